// Package bus is the delivery guarantee: everything the services do with NATS
// JetStream. It provisions the stream table, makes the two commits, consumes
// with one verdict for every message, writes dead letters, and keeps objects.
// It is the only package that knows nats.go.
package bus

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"broadsheet/pkg/fault"
)

// InProcess is an embedded server that hands out connections without a socket.
// *server.Server of nats-server is one.
type InProcess interface {
	InProcessConn() (net.Conn, error)
}

// Options say how to reach JetStream and who is calling.
type Options struct {
	URL       string                // nats://host:port, several separated by commas; unused with InProcess
	InProcess InProcess             // an embedded server; nil: dial URL
	Name      string                // the service: ingest, parse, index, console, cli
	Auth                            // who we are to a server; unused with InProcess
	Logger    *zap.Logger           // nil: silent
	Metrics   prometheus.Registerer // nil: unmeasured
	// AckWait is how long the server waits for a sign of life from whoever holds
	// a message before it gives it to another: the time until the messages of a
	// killed process are taken over. Holders renew it while they work. All
	// services of a deployment use the same. 0: 10 s.
	AckWait time.Duration
}

// Bus is a connection to JetStream. It is safe for concurrent use.
type Bus struct {
	name    string
	nc      *nats.Conn
	js      jetstream.JetStream
	log     *zap.Logger
	metrics *metrics
	ackWait time.Duration
	url     string
	user    string
	gone    chan struct{} // closed when the connection is closed for good

	mu          sync.Mutex
	denied      denial
	paused      map[string]*pause // by durable
	streams     map[string]jetstream.Stream
	objectStore jetstream.ObjectStore

	headroom headroom
}

// requestTimeout bounds one request to the server where the caller's context
// does not. A fsync on a busy disk fits in it many times.
const requestTimeout = 10 * time.Second

// Connect returns a connected bus. It fails with fault.Unavailable when the
// server cannot be reached before ctx ends, and at once, with fault.Unauthorized
// or fault.Invalid, when the server or we refuse; later it reconnects for ever.
func Connect(ctx context.Context, o Options) (*Bus, error) {
	log := o.Logger
	if log == nil {
		log = zap.NewNop()
	}
	auth, mistakes := o.options()
	if len(mistakes) > 0 {
		return nil, mistakes[0]
	}
	b := &Bus{name: o.Name, url: o.URL, user: o.User, log: log, metrics: newMetrics(o.Metrics), ackWait: o.AckWait, gone: make(chan struct{}),
		paused: map[string]*pause{}, streams: map[string]jetstream.Stream{}}
	if b.ackWait == 0 {
		b.ackWait = 10 * time.Second
	}
	options := []nats.Option{
		nats.Name("broadsheet " + o.Name),
		nats.CustomInboxPrefix(o.inbox()),
		nats.MaxReconnects(-1), // the default gives up after two minutes
		// A server that is configured wrongly for a while is an outage: by default
		// the client would close for good at its second refusal.
		nats.IgnoreAuthErrorAbort(),
		nats.ReconnectWait(250 * time.Millisecond),
		nats.ReconnectJitter(100*time.Millisecond, 500*time.Millisecond),
		// Without a buffer a publish during an outage fails at once instead of
		// being sent later, when nobody waits for its answer any more.
		nats.ReconnectBufSize(-1),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil { // nil: we closed it ourselves
				log.Warn("connection to NATS lost, reconnecting", zap.Error(err))
			}
		}),
		nats.ReconnectHandler(func(c *nats.Conn) { log.Info("connected to NATS again", zap.String("server", c.ConnectedUrl())) }),
		nats.ClosedHandler(func(*nats.Conn) { close(b.gone) }),
		nats.ErrorHandler(func(_ *nats.Conn, s *nats.Subscription, err error) {
			subject := ""
			if s != nil {
				subject = s.Subject
			}
			b.noteDenial(err)
			log.Warn("NATS reports an error", zap.String("subject", subject), zap.Error(err))
		}),
	}
	options = append(options, auth...)
	if o.InProcess != nil {
		options = append(options, nats.InProcessServer(o.InProcess))
	}
	nc, err := dial(ctx, o, options)
	if err != nil {
		return nil, err
	}
	b.nc = nc
	b.js, err = jetstream.New(nc, jetstream.WithDefaultTimeout(requestTimeout))
	if err != nil {
		nc.Close()
		return nil, fmt.Errorf("jetstream: %w", err)
	}
	return b, nil
}

func dial(ctx context.Context, o Options, options []nats.Option) (*nats.Conn, error) {
	for {
		nc, err := nats.Connect(o.URL, options...)
		if err == nil {
			return nc, nil
		}
		if refused := refusal(err, o.shownURL(), o.User); refused != nil {
			return nil, refused
		}
		select {
		case <-ctx.Done():
			return nil, fault.Wrap(fault.Unavailable, err, "cannot reach NATS at %s", o.shownURL()).
				Fix("start it (broadsheet up, or nats-server -js) or correct the address")
		case <-time.After(250 * time.Millisecond):
		}
	}
}

// Close ends the connection after what was published has gone out. Consume and
// Follow must have returned.
func (b *Bus) Close() {
	if err := b.nc.Drain(); err != nil {
		b.nc.Close()
	}
	<-b.gone
}

// Ready returns nil while the server is reachable and forbids us nothing.
func (b *Bus) Ready() error {
	if b.nc.IsConnected() {
		return b.recentDenial()
	}
	if refused := refusal(b.nc.LastError(), b.shownServer(), b.user); refused != nil {
		return refused
	}
	return fault.New(fault.Unavailable, "not connected to NATS").Fix("the service reconnects by itself once NATS is back")
}

// Paused says which subscriptions do not consume at the moment, why, and what to
// do. Empty when all is well.
func (b *Bus) Paused() map[string]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make(map[string]string, len(b.paused))
	for durable, p := range b.paused {
		out[durable] = p.why
	}
	return out
}

// pause is why a durable's workers stand still, and how many of them do.
type pause struct {
	workers int
	why     string
}

func (b *Bus) pause(durable string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.paused[durable] == nil {
		b.paused[durable] = &pause{}
	}
	b.paused[durable].workers++
}

func (b *Bus) pausedBecause(durable string, why error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.paused[durable]; p != nil {
		p.why = why.Error()
		if remedy := fault.ProblemOf(why).Remedy; remedy != "" {
			p.why += "; " + remedy
		}
	}
}

func (b *Bus) resume(durable string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.paused[durable]; p != nil {
		if p.workers--; p.workers == 0 {
			delete(b.paused, durable)
		}
	}
}

// bounded gives ctx a deadline when it has none.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, requestTimeout)
}
