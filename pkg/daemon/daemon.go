// Package daemon is the frame of a service's process: settings, connection,
// health, metrics, and a drain on the first signal. What the service does is its
// own.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/observe"
)

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

// The exit codes of a service's process.
const (
	exitFailed   = 1
	exitSettings = 2
)

// Main runs the service of that name until SIGINT or SIGTERM, and exits the
// process: 0 after a clean end, 1 when it failed, 2 when the settings are wrong,
// both after saying why. settings is a pointer to a struct that embeds Settings
// and may be a Checker, common points to that part of it, and start makes the
// service once the process is connected.
func Main(name string, settings any, common *Settings, start func(ctx context.Context, env Env) (Runner, error)) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	err := command(ctx, name, settings, common, start, os.Args[1:], os.LookupEnv, os.Stdout)
	if err == nil {
		return
	}
	fmt.Fprintf(os.Stderr, "broadsheet-%s: %v\n", name, err)
	if errors.As(err, new(Mistakes)) {
		os.Exit(exitSettings)
	}
	if remedy := fault.ProblemOf(err).Remedy; remedy != "" {
		fmt.Fprintf(os.Stderr, "  %s\n", remedy)
	}
	os.Exit(exitFailed)
}

// command does what the command line asks for.
func command(ctx context.Context, name string, settings any, common *Settings, start func(context.Context, Env) (Runner, error),
	args []string, lookup func(string) (string, bool), out io.Writer) error {
	l, err := load(name, settings, args, lookup)
	switch {
	case errors.Is(err, errHelp):
		return help(name, settings, out)
	case errors.Is(err, errDescribe):
		return l.describe(out)
	case err != nil:
		return err
	case common.PrintConfig:
		return l.print(out)
	case common.Healthcheck:
		return healthcheck(ctx, common.HTTP, out)
	}
	return run(ctx, name, common, start)
}

// connectFor is how long a starting process tries to reach NATS before it gives
// up and leaves it to its supervisor to start it again.
const connectFor = 30 * time.Second

func run(ctx context.Context, name string, s *Settings, start func(context.Context, Env) (Runner, error)) error {
	log, err := observe.NewLogger(s.LogFormat, s.LogLevel)
	if err != nil {
		return err
	}
	log = log.Named(name)
	defer func() { _ = log.Sync() }()
	listener, err := Listen(s.HTTP)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	metrics := NewRegistry()
	options := s.Options(name)
	options.Logger, options.Metrics = log, metrics
	connecting, cancel := context.WithTimeout(ctx, connectFor)
	defer cancel()
	b, err := bus.Connect(connecting, options)
	if ctx.Err() != nil && err != nil {
		return nil // told to stop before there was anything to do
	}
	if err != nil {
		return err
	}
	cutOff := false
	defer func() {
		if !cutOff { // what still works with the bus ends with the process
			b.Close()
		}
	}()
	env := Env{Bus: b, Log: log, Metrics: metrics, Health: observe.NewHealth(), Mux: http.NewServeMux()}
	Checks(env.Health, name, b)
	Operate(env.Mux, env.Health, metrics)
	service, err := start(ctx, env)
	if err != nil {
		return err
	}
	err = serve(ctx, name, s.DrainTimeout, service, listener, env)
	cutOff = errors.Is(err, errCutOff)
	return err
}

// errCutOff is the cause of a failure to finish in time.
var errCutOff = errors.New("the time to drain is over")

// serve runs the service and its HTTP interface until ctx ends, then lets both
// finish, for no longer than drain.
func serve(ctx context.Context, name string, drain time.Duration, service Runner, listener net.Listener, env Env) error {
	env.Health.Add(name+" running", func(context.Context) error {
		if ctx.Err() != nil {
			return fault.New(fault.Unavailable, "%s is stopping", name).Fix("start it again, or send requests to another one")
		}
		return nil
	})
	group, working := errgroup.WithContext(ctx)
	group.Go(func() error {
		err := service.Run(working)
		if err == nil && working.Err() == nil {
			return fault.New(fault.Internal, "%s stopped without being asked to", name)
		}
		return err
	})
	group.Go(func() error { return ServeOn(working, listener, Exact(Routed(env.Mux)), env.Log) })
	done := make(chan error, 1)
	go func() { done <- group.Wait() }()
	select {
	case err := <-done:
		return err
	case <-working.Done():
	}
	env.Log.Info("stopping: finishing what was begun; another signal ends at once", zap.Duration("within", drain))
	timeout := time.NewTimer(drain)
	defer timeout.Stop()
	select {
	case err := <-done:
		env.Log.Info("stopped")
		return err
	case <-timeout.C:
		return fault.Wrap(fault.Unavailable, errCutOff, "%s did not finish within %v and is cut off; nothing is lost, it is done again", name, drain).
			Fix("give it more time with --drain-timeout if this happens often")
	}
}

// help prints what a service takes.
func help(name string, settings any, out io.Writer) error {
	parser, err := newParser(name, settings)
	if err != nil {
		return err
	}
	parser.Stdout = out
	printed := false
	parser.Exit = func(int) { printed = true }
	if _, err = parser.Parse([]string{"--help"}); printed {
		return nil // kong goes on to miss what is required
	}
	return err
}

// healthcheck asks the process that listens on an address whether it is ready.
func healthcheck(ctx context.Context, address string, out io.Writer) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil || port == "0" {
		return Mistakes{fault.New(fault.Invalid, "with %q nobody knows where the service listens", address).On("http").Fix("give it a port")}
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	bounded, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(bounded, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "no answer").Fix("look into the log of the service")
	}
	defer func() { _ = answer.Body.Close() }()
	if _, err := io.Copy(out, io.LimitReader(answer.Body, 1<<20)); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fault.New(fault.Unavailable, "not ready").Fix("the checks above say why")
	}
	return nil
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

// MaxHeaderBytes bounds a request's line and headers. It leaves room for a query of
// 100 kB, three times as long in an address, to be refused by whoever knows why: what
// net/http says to more is no problem document.
const MaxHeaderBytes = 1 << 20

// ServeOn answers HTTP on a listener until ctx ends, then lets requests finish.
func ServeOn(ctx context.Context, listener net.Listener, handler http.Handler, log *zap.Logger) error {
	// Requests end with the process, not with the listener: streams of events
	// would otherwise hold up the shutdown.
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	server := &http.Server{
		Handler: handler, BaseContext: func(net.Listener) context.Context { return base },
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: MaxHeaderBytes,
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
