// Package allinone runs the whole pipeline in one process: an embedded
// nats-server, the four services and one HTTP address. The services are the very
// ones that run apart; they share nothing but the process.
package allinone

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"

	"broadsheet/cmd/broadsheet/embedded"
	"broadsheet/pkg/bus"
	"broadsheet/pkg/daemon"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/pkg/observe"
)

// Options make an all-in-one.
type Options struct {
	Data        string // the data directory
	HTTP        string // host:port of upload, search, console; port 0 is any
	NATS        string // host:port of NATS, or embedded.Off
	MaxStore    int64  // bytes that JetStream may use; 0: chosen by the disk
	Catalogue   string // path of a publications.yaml; empty: none
	EntityModel string // path of a model of broadsheet train; empty: the built-in one
	Tokens      string // path of the upload tokens; empty: anybody may upload
	Admins      string // path of the admin tokens; empty: nobody takes anything down over HTTP
	Demo        bool   // feed the sample pages
	Logger      *zap.Logger
	Ready       func(Running) // called once, when pages are taken
}

// Running describes an all-in-one that is ready.
type Running struct {
	HTTP, NATS string // URLs; NATS is empty when it does not listen
	Data       string
	MaxStore   int64
	Took       time.Duration       // to become ready
	Demo       []newspaper.PageKey // the sample pages, when they are fed
}

// service is a part that runs until its context ends.
type service struct {
	name string
	run  func(context.Context) error
}

// process is an all-in-one at work.
type process struct {
	o        Options
	log      *zap.Logger
	began    time.Time
	data     *dataDir
	maxStore int64
	listener net.Listener
	server   *embedded.Server
	metrics  *prometheus.Registry
	health   *observe.Health
	mux      *http.ServeMux
	services []service
	demo     []newspaper.PageKey
	closers  []func() // in the order of opening
}

// Run runs until ctx ends, then drains: what was accepted is finished or stays
// in its stream, nothing is cut off. It returns nil after a clean end, and the
// reason when a part failed or could not start.
func Run(ctx context.Context, o Options) error {
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	p := &process{o: o, log: o.Logger, began: time.Now(), metrics: prometheus.NewRegistry(), health: observe.NewHealth(), mux: http.NewServeMux()}
	defer p.close()
	if err := p.open(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // told to end before it was ready
		}
		return err
	}
	return p.serve(ctx)
}

// close gives everything back in the opposite order of its opening.
func (p *process) close() {
	for i := len(p.closers) - 1; i >= 0; i-- {
		p.closers[i]()
	}
}

func (p *process) onClose(f func()) { p.closers = append(p.closers, f) }

func (p *process) open(ctx context.Context) error {
	for _, step := range []func(context.Context) error{p.openData, p.listen, p.openNATS, p.openServices} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	p.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	p.mux.Handle("GET /metrics", promhttp.HandlerFor(p.metrics, promhttp.HandlerOpts{}))
	p.mux.Handle("GET /healthz", p.health.Live())
	p.mux.Handle("GET /readyz", p.health.Ready())
	return nil
}

func (p *process) openData(context.Context) error {
	var err error
	if p.data, err = openDataDir(p.o.Data); err != nil {
		return err
	}
	p.onClose(p.data.close)
	return nil
}

func (p *process) listen(context.Context) error {
	l, err := net.Listen("tcp", p.o.HTTP)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fault.Wrap(fault.Conflict, err, "the HTTP address %s is taken", p.o.HTTP).On("http").
			Fix("another broadsheet or server may be running: stop it, or choose another address, for example --http 127.0.0.1:8081")
	}
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "cannot listen on the HTTP address %q", p.o.HTTP).On("http").
			Fix("write it as host:port, for example 127.0.0.1:8080")
	}
	p.listener = l
	p.onClose(func() { _ = l.Close() })
	return nil
}

func (p *process) openNATS(ctx context.Context) error {
	streams, store, err := p.data.storage(p.o.MaxStore)
	if err != nil {
		return err
	}
	p.server, err = embedded.Start(embedded.Options{Addr: p.o.NATS, Dir: p.data.sub(jetstreamDir), MaxStore: store, Logger: p.log})
	if err != nil {
		return err
	}
	p.onClose(p.server.Stop)
	b, err := p.connect(ctx, "cli")
	if err != nil {
		return err
	}
	changes, err := b.Provision(ctx, streams)
	for _, change := range changes {
		p.log.Debug(change)
	}
	if err != nil {
		return err
	}
	p.maxStore = streams
	p.health.Add("nats", func(context.Context) error { return b.Ready() })
	p.health.Add("store", func(context.Context) error { return p.server.StoreError() })
	return p.data.remember(streams)
}

// connect returns a bus of its own for a service.
func (p *process) connect(ctx context.Context, name string) (*bus.Bus, error) {
	b, err := bus.Connect(ctx, bus.Options{InProcess: p.server, Name: name, Logger: p.log.Named(name), Metrics: p.metrics})
	if err != nil {
		return nil, err
	}
	p.onClose(b.Close)
	p.health.Add(name+" consumers", func(context.Context) error {
		for durable, why := range b.Paused() {
			return fault.New(fault.Unavailable, "%s does not consume: %s", durable, why)
		}
		return nil
	})
	return b, nil
}

// Limits of the HTTP server. Bodies are large and clients slow: how long a body
// may take is bounded generously here, and by the services for what they read.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 10 * time.Minute
	idleTimeout       = 2 * time.Minute
	shutdownGrace     = 10 * time.Second // for requests under way
	storePollInterval = 2 * time.Second
)

// serve runs the services and the HTTP server until ctx ends or one of them
// fails, and then ends them in the order of the flow.
func (p *process) serve(ctx context.Context) error {
	streaming, endStreams := context.WithCancel(context.WithoutCancel(ctx))
	defer endStreams()
	web := &http.Server{
		Handler:           endingStreams(streaming, http.NewCrossOriginProtection().Handler(daemon.Exact(daemon.Routed(p.mux)))),
		ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: daemon.MaxHeaderBytes,
		ErrorLog: zap.NewStdLog(p.log.Named("http")),
	}
	working, endWork := context.WithCancel(context.WithoutCancel(ctx))
	defer endWork()
	failed := make(chan error, len(p.services)+2)
	var running sync.WaitGroup
	for _, s := range append(p.services, service{"the store", p.watchStore}) {
		running.Go(func() { failed <- p.supervise(working, s) })
	}
	running.Go(func() {
		if err := web.Serve(p.listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- fault.Wrap(fault.Internal, err, "the HTTP server stopped")
		}
	})
	p.announce()

	var why error
	select {
	case <-ctx.Done():
		p.log.Info("stopping: finishing what was begun; another signal ends at once")
	case why = <-failed:
		p.log.Error("stopping, because a part failed", zap.Error(why))
	}
	endStreams()
	p.endHTTP(web)
	endWork()
	running.Wait()
	return why
}

// endingStreams ends server-sent events with ctx: they have no end of their own
// that a shutdown could wait for.
func endingStreams(ctx context.Context, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
			streaming, cancel := context.WithCancel(r.Context())
			defer cancel()
			defer context.AfterFunc(ctx, cancel)()
			r = r.WithContext(streaming)
		}
		next.ServeHTTP(w, r)
	})
}

// supervise returns why a service ended. One that ends by itself has failed,
// whatever it says.
func (p *process) supervise(ctx context.Context, s service) error {
	err := s.run(ctx)
	if ctx.Err() != nil && (err == nil || errors.Is(err, context.Canceled)) {
		return nil
	}
	if err == nil {
		return fault.New(fault.Internal, "%s stopped without being asked to", s.name)
	}
	return fmt.Errorf("%s: %w", s.name, err)
}

// endHTTP refuses new requests and lets those under way finish.
func (p *process) endHTTP(web *http.Server) {
	grace, cancel := context.WithTimeout(context.Background(), shutdownGrace)
	defer cancel()
	if err := web.Shutdown(grace); err != nil {
		p.log.Warn("requests are cut off", zap.Error(err))
		_ = web.Close()
	}
}

// watchStore fails when JetStream's store takes no writes any more.
func (p *process) watchStore(ctx context.Context) error {
	tick := time.NewTicker(storePollInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := p.server.StoreError(); err != nil {
				return err
			}
		}
	}
}

// announce says that pages are taken.
func (p *process) announce() {
	r := Running{HTTP: "http://" + p.listener.Addr().String(), Data: p.data.path, MaxStore: p.maxStore, Took: time.Since(p.began), Demo: p.demo}
	if p.o.NATS != embedded.Off {
		r.NATS = p.server.ClientURL()
	}
	p.log.Info("ready", zap.String("http", r.HTTP), zap.String("nats", r.NATS), zap.Duration("took", r.Took))
	if p.o.Ready != nil {
		p.o.Ready(r)
	}
}
