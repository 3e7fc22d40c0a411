package daemon

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/observe"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// runner is a service that is a function.
type runner func(context.Context) error

func (r runner) Run(ctx context.Context) error { return r(ctx) }

// freeAddress is one that nobody listens on at the moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// A process from its start to its drain: connected, ready, measured; told to
// stop, it lets the service finish.
func TestProcess(t *testing.T) {
	s := bustest.Start(t)
	s.Bus(t, "cli") // provisions
	address := freeAddress(t)
	args := []string{"--needed=x", "--nats", s.URL, "--http", address, "--log-level=error"}
	var d demo
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	finished := false
	started := make(chan *bus.Bus, 1)
	ended := make(chan error, 1)
	go func() {
		ended <- command(ctx, "parse", &d, &d.Settings, func(_ context.Context, env Env) (Runner, error) {
			started <- env.Bus
			return runner(func(ctx context.Context) error {
				<-ctx.Done()
				_, err := env.Bus.StreamState(context.Background(), "PAGES") // the bus outlives the service
				finished = err == nil
				return nil
			}), nil
		}, args, environment(nil), io.Discard)
	}()
	select {
	case <-started:
	case err := <-ended:
		t.Fatal(err)
	}
	var health demo
	var out bytes.Buffer
	if err := command(t.Context(), "parse", &health, &health.Settings, nil, append(args, "--healthcheck"), environment(nil), &out); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	for path, want := range map[string]string{"/healthz": "alive", "/readyz": `"parse nats","ok":true`, "/metrics": "go_goroutines"} {
		if body := get(t, "http://"+address+path); !strings.Contains(body, want) {
			t.Errorf("%s: %q is missing in %s", path, want, body)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if !finished {
		t.Error("the service was not allowed to finish")
	}
	if err := command(t.Context(), "parse", &health, &health.Settings, nil, append(args, "--healthcheck"), environment(nil), io.Discard); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a service that is not there is healthy: %v", err)
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func serveFor(t *testing.T, ctx context.Context, drain time.Duration, r runner) error {
	t.Helper()
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serve(ctx, "parse", drain, r, l, Env{Log: zap.NewNop(), Health: observe.NewHealth(), Mux: http.NewServeMux()})
}

// A service that does not come to an end is cut off.
func TestDrainIsBounded(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	release := make(chan struct{})
	ended := make(chan struct{})
	go stop()
	err := serveFor(t, ctx, 50*time.Millisecond, func(context.Context) error {
		defer close(ended)
		<-release
		return nil
	})
	if !errors.Is(err, errCutOff) || !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
	close(release)
	<-ended
}

// A service that ends by itself has failed, and the process with it.
func TestServiceEndsByItself(t *testing.T) {
	if err := serveFor(t, t.Context(), time.Second, func(context.Context) error { return nil }); !fault.Is(err, fault.Internal) {
		t.Errorf("%v", err)
	}
	broken := fault.New(fault.Invalid, "broken")
	if err := serveFor(t, t.Context(), time.Second, func(context.Context) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

// What is in the way of a start is said at once.
func TestCannotStart(t *testing.T) {
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	var d demo
	err = command(t.Context(), "parse", &d, &d.Settings, nil, []string{"--needed=x", "--http", l.Addr().String()}, environment(nil), io.Discard)
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "taken by another process") {
		t.Errorf("%v", err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := command(stopped, "parse", &d, &d.Settings, nil, []string{"--needed=x", "--nats=nats://127.0.0.1:1"}, environment(nil), io.Discard); err != nil {
		t.Errorf("told to stop before it was there: %v", err)
	}
}
