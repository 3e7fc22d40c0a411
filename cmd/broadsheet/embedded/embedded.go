// Package embedded is the nats-server that the all-in-one carries: the real one,
// in this process, with a JetStream store in the data directory.
package embedded

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/zap"

	"broadsheet/pkg/fault"
)

// MaxPayload is the most bytes of one NATS message, and so of an upload over
// NATS. Larger pages come by HTTP.
const MaxPayload = 8 << 20

// Options make a Server.
type Options struct {
	Addr     string // host:port to listen on, port 0 is any; "off": in-process only
	Dir      string // of the JetStream store
	MaxStore int64  // bytes that JetStream may use
	Logger   *zap.Logger
}

// Off as an address keeps the server from listening.
const Off = "off"

// Server is a running nats-server.
type Server struct {
	*server.Server
	addr string
}

// startTimeout bounds the start: reading a store of a million pages takes 2 s.
const startTimeout = 60 * time.Second

// Start runs a server and returns once it takes connections.
func Start(o Options) (*Server, error) {
	options := &server.Options{
		// JetStream's state belongs to a server of that name: it never changes.
		ServerName: "broadsheet",
		// Without NoSigs the server would exit the process on SIGTERM by itself.
		NoSigs: true,
		// An acknowledged page is on the disk, also after the power failed.
		JetStream: true, StoreDir: o.Dir, SyncAlways: true,
		JetStreamMaxStore: o.MaxStore, MaxPayload: MaxPayload,
	}
	if err := listen(options, o.Addr); err != nil {
		return nil, err
	}
	inner, err := server.NewServer(options)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "cannot start the embedded nats-server")
	}
	log := &adapter{log: o.Logger.Named("nats"), failed: make(chan struct{})}
	inner.SetLoggerV2(log, false, false, false)
	s := &Server{Server: inner, addr: o.Addr}
	inner.Start()
	if err := s.await(log); err != nil {
		inner.Shutdown()
		inner.WaitForShutdown()
		return nil, err
	}
	return s, nil
}

func listen(options *server.Options, addr string) error {
	if addr == Off {
		options.DontListen = true
		return nil
	}
	host, port, err := net.SplitHostPort(addr)
	if err == nil {
		options.Host = host
		options.Port, err = strconv.Atoi(port)
	}
	if err != nil || options.Port < 0 || options.Port > 65535 {
		return fault.New(fault.Invalid, "%q is no address for NATS to listen on", addr).On("nats").
			Fix("write it as host:port, for example 127.0.0.1:4222, or %s", Off)
	}
	if options.Port == 0 {
		options.Port = server.RANDOM_PORT
	}
	return nil
}

// await returns when the server is ready, or has said why it cannot be.
func (s *Server) await(log *adapter) error {
	for began := time.Now(); !s.ReadyForConnections(100 * time.Millisecond); {
		select {
		case <-log.failed:
			return s.explain(log.reason)
		default:
		}
		if time.Since(began) > startTimeout {
			return fault.New(fault.Internal, "the embedded nats-server is not ready after %v", startTimeout).Fix("look for its last words in the log")
		}
	}
	if !s.JetStreamEnabled() {
		return fault.New(fault.Internal, "the embedded nats-server runs without JetStream").Fix("look for its last words in the log")
	}
	return nil
}

func (s *Server) explain(why string) error {
	if strings.Contains(why, syscall.EADDRINUSE.Error()) {
		return fault.Wrap(fault.Conflict, errors.New(why), "the NATS address %s is taken", s.addr).
			Fix("another broadsheet or nats-server may be running: stop it, or choose another address, for example --nats 127.0.0.1:4223")
	}
	return fault.Wrap(fault.Invalid, errors.New(why), "the embedded nats-server cannot start")
}

// Stop ends the server after its store is written. Connections must be closed.
func (s *Server) Stop() {
	s.Shutdown()
	s.WaitForShutdown() // without it the store may be cut off in mid-write
}

// StoreError returns why JetStream's store takes no writes any more, for example
// a full disk. The server does not come back from that by itself, even when
// space is made: it has to be started again. Nothing acknowledged is lost.
func (s *Server) StoreError() error {
	health := s.Healthz(&server.HealthzOptions{Details: true})
	for _, e := range health.Errors {
		if strings.Contains(e.Error, "write error") {
			return storeError(e.Error)
		}
	}
	if strings.Contains(health.Error, "write error") {
		return storeError(health.Error)
	}
	return nil
}

func storeError(why string) error {
	return fault.Wrap(fault.Full, errors.New(why), "the store can't be written").
		Fix("make room on the disk or repair it, then start again: everything acknowledged is there, uploads that were refused can be repeated")
}

// adapter writes the server's log with zap and keeps its last words: the server
// calls Fatalf and expects the process to end.
type adapter struct {
	log    *zap.Logger
	once   sync.Once
	failed chan struct{}
	reason string
}

func (a *adapter) Noticef(format string, v ...any) { a.log.Debug(fmt.Sprintf(format, v...)) }
func (a *adapter) Warnf(format string, v ...any)   { a.log.Warn(fmt.Sprintf(format, v...)) }
func (a *adapter) Errorf(format string, v ...any)  { a.log.Error(fmt.Sprintf(format, v...)) }
func (a *adapter) Debugf(string, ...any)           {}
func (a *adapter) Tracef(string, ...any)           {}
func (a *adapter) Fatalf(format string, v ...any) {
	a.once.Do(func() {
		a.reason = fmt.Sprintf(format, v...)
		close(a.failed)
	})
}
