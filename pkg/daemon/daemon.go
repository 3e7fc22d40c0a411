// Package daemon is the frame of a service's process: settings, connection,
// health, metrics, and a drain on the first signal. What the service does is its
// own.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/observe"
)

// Settings are those of every service. A service embeds them in its own; each
// can be given as a flag or in the environment, the flag wins.
type Settings struct {
	NATS      string `name:"nats" env:"BROADSHEET_NATS" default:"nats://127.0.0.1:4222" help:"NATS server, several separated by commas."`
	HTTP      string `name:"http" env:"BROADSHEET_HTTP" default:"127.0.0.1:0" help:"Address of the HTTP interface with /healthz, /readyz and /metrics."`
	LogFormat string `env:"BROADSHEET_LOG_FORMAT" default:"json" enum:"json,console" help:"json or console."`
	LogLevel  string `env:"BROADSHEET_LOG_LEVEL" default:"info" enum:"debug,info,warn,error" help:"debug, info, warn or error."`
}

// Env is what a process offers its service.
type Env struct {
	Bus     *bus.Bus
	Log     *zap.Logger
	Metrics *prometheus.Registry
	Health  *observe.Health
	Mux     *http.ServeMux
}

// Runner is a service.
type Runner interface {
	Run(ctx context.Context) error
}

// Main runs the service of that name until SIGINT or SIGTERM, and exits the
// process with 0, or 1 after saying why. settings is a pointer to a struct that
// embeds Settings, common points to that part of it, and start makes the service
// once the process is connected.
func Main(name string, settings any, common *Settings, start func(ctx context.Context, env Env) (Runner, error)) {
	kong.Parse(settings, kong.Name("broadsheet-"+name), kong.Description("The "+name+" service of Broadsheet."))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if err := run(ctx, name, common, start); err != nil {
		fmt.Fprintf(os.Stderr, "broadsheet-%s: %v\n", name, err)
		if remedy := fault.ProblemOf(err).Remedy; remedy != "" {
			fmt.Fprintf(os.Stderr, "  %s\n", remedy)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, name string, s *Settings, start func(context.Context, Env) (Runner, error)) error {
	log, err := observe.NewLogger(s.LogFormat, s.LogLevel)
	if err != nil {
		return err
	}
	log = log.Named(name)
	defer func() { _ = log.Sync() }()
	metrics := NewRegistry()
	connecting, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	b, err := bus.Connect(connecting, bus.Options{URL: s.NATS, Name: name, Logger: log, Metrics: metrics})
	if err != nil {
		return err
	}
	defer b.Close()
	env := Env{Bus: b, Log: log, Metrics: metrics, Health: observe.NewHealth(), Mux: http.NewServeMux()}
	Checks(env.Health, name, b)
	Operate(env.Mux, env.Health, metrics)
	service, err := start(ctx, env)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return service.Run(ctx) })
	group.Go(func() error { return Serve(ctx, s.HTTP, Exact(env.Mux), log) })
	return group.Wait()
}

// NewRegistry returns a registry with the metrics of the Go process.
func NewRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// Checks adds the checks that every service has: it is connected, and nothing
// keeps it from consuming.
func Checks(h *observe.Health, name string, b *bus.Bus) {
	h.Add(name+" nats", func(context.Context) error { return b.Ready() })
	h.Add(name+" consuming", func(context.Context) error {
		for durable, why := range b.Paused() {
			return fault.New(fault.Unavailable, "%s does not consume: %s", durable, why)
		}
		return nil
	})
}

// Operate adds the routes for whoever runs the process.
func Operate(mux *http.ServeMux, h *observe.Health, metrics *prometheus.Registry) {
	mux.Handle("GET /healthz", h.Live())
	mux.Handle("GET /readyz", h.Ready())
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
}

// Serve answers HTTP on an address until ctx ends, then lets requests finish.
func Serve(ctx context.Context, address string, handler http.Handler, log *zap.Logger) error {
	listener, err := Listen(address)
	if err != nil {
		return err
	}
	return ServeOn(ctx, listener, handler, log)
}

// Listen opens a TCP address and says what to do when it is taken.
func Listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fault.Wrap(fault.Conflict, err, "address %s is taken by another process", address).Fix("stop that process, or choose another address")
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "cannot listen on %q", address)
	}
	return l, nil
}

// ServeOn answers HTTP on a listener until ctx ends, then lets requests finish.
func ServeOn(ctx context.Context, listener net.Listener, handler http.Handler, log *zap.Logger) error {
	// Requests end with the process, not with the listener: streams of events
	// would otherwise hold up the shutdown.
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	server := &http.Server{
		Handler: handler, BaseContext: func(net.Listener) context.Context { return base },
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: zap.NewStdLog(log),
	}
	log.Info("listening", zap.String("http", listener.Addr().String()))
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		bounded, cancelBounded := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancelBounded()
		context.AfterFunc(bounded, cancel)
		if err := server.Shutdown(bounded); err != nil {
			_ = server.Close()
		}
	})
	err := server.Serve(listener)
	if stop() { // ctx is still running: the listener failed
		return fault.Wrap(fault.Unavailable, err, "HTTP on %s", listener.Addr())
	}
	<-done
	return nil
}
