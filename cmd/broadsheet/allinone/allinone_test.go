package allinone

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"broadsheet/cmd/broadsheet/client"
	"broadsheet/cmd/broadsheet/embedded"
	"broadsheet/cmd/broadsheet/internal/madeup"
	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/fault"
)

// The workers of bleve last as long as the process.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/blevesearch/bleve_index_api.AnalysisWorker"), bustest.UpstreamLeak())
}

// running is an all-in-one in this process.
type running struct {
	Running
	t      *testing.T
	server *client.Client
	end    context.CancelFunc
	ended  chan error
}

func start(t *testing.T, o Options) *running {
	t.Helper()
	if o.HTTP == "" {
		o.HTTP, o.NATS = "127.0.0.1:0", "127.0.0.1:0"
	}
	o.MaxStore = 1 << 30
	o.Logger = zaptest.NewLogger(t, zaptest.Level(zap.ErrorLevel))
	ready := make(chan Running, 1)
	o.Ready = func(r Running) { ready <- r }
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{t: t, end: cancel, ended: make(chan error, 1)}
	go func() { r.ended <- Run(ctx, o) }()
	select {
	case err := <-r.ended:
		t.Fatalf("it does not start: %v", err)
	case r.Running = <-ready:
	}
	var err error
	if r.server, err = client.New(client.Options{Server: r.HTTP, Patience: 10 * time.Second}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.stop)
	return r
}

// stop ends it the way SIGTERM does, and returns when it is gone.
func (r *running) stop() {
	r.t.Helper()
	r.server.Close()
	r.end()
	if r.ended == nil {
		return
	}
	if err := <-r.ended; err != nil {
		r.t.Errorf("it ends with %v", err)
	}
	r.ended = nil
}

func (r *running) upload(p madeup.Page) {
	r.t.Helper()
	receipt, err := r.server.Upload(r.t.Context(), client.Upload{Key: p.Key, Data: []byte(p.Text), MediaType: "text/plain"})
	if err != nil || receipt.Key != p.Key || receipt.Duplicate {
		r.t.Fatalf("upload %s: %+v, %v", p.Key, receipt, err)
	}
}

// awaitFound returns once the marker's article is found, exactly once.
func (r *running) awaitFound(marker string) {
	r.t.Helper()
	var hits client.Hits
	r.await("found: "+marker, func() (bool, error) {
		var err error
		hits, err = r.server.Search(r.t.Context(), url.Values{"q": {marker}})
		return hits.Total > 0, err
	})
	if hits.Total != 1 {
		r.t.Errorf("%s is found %d times", marker, hits.Total)
	}
}

func (r *running) await(what string, holds func() (bool, error)) {
	r.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		ok, err := holds()
		if err != nil {
			r.t.Fatalf("%s: %v", what, err)
		}
		if ok {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("not in time: %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (r *running) get(path string) (int, string) {
	r.t.Helper()
	response, err := http.Get(r.HTTP + path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer func() { _ = response.Body.Close() }()
	body, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(body)
}

// A page goes in by HTTP and by NATS, and is found.
func TestFlow(t *testing.T) {
	r := start(t, Options{Data: t.TempDir()})
	byHTTP, byNATS := madeup.New(1, 0, 1, 2), madeup.New(1, 1, 1, 2)
	r.upload(byHTTP)
	r.awaitFound(byHTTP.Markers[0])

	b, err := bus.Connect(t.Context(), bus.Options{URL: r.NATS, Name: "cli"})
	if err != nil {
		t.Fatal(err)
	}
	err = b.Upload(t.Context(), byNATS.Key, []byte(byNATS.Text), map[string]string{"Content-Type": "text/plain"})
	b.Close()
	if err != nil {
		t.Fatal(err)
	}
	r.awaitFound(byNATS.Markers[1])

	r.await("the books balance", func() (bool, error) {
		status, err := r.server.Status(t.Context())
		a := status.Accounting
		return a.Exact && a.Settled && a.All.Pages.Committed == 2 && a.All.Live >= 4, err
	})
	if code, body := r.get("/readyz"); code != http.StatusOK {
		t.Errorf("not ready: %s", body)
	}
	if code, _ := r.get("/healthz"); code != http.StatusOK {
		t.Error("not alive")
	}
	if _, body := r.get("/metrics"); !strings.Contains(body, `broadsheet_stage_messages_total{kind="",result="done",stage="parse"} 2`) {
		t.Errorf("the metrics do not show the two parsed pages:\n%s", body)
	}
	if code, body := r.get("/"); code != http.StatusOK || !strings.Contains(body, "<html") {
		t.Errorf("no console: %d", code)
	}
	code, body := r.get("/search?q=" + url.QueryEscape(byHTTP.Markers[0]))
	_, uri, _ := strings.Cut(body, `href="/articles/`)
	uri, _, found := strings.Cut(uri, `"`)
	if code != http.StatusOK || !found || !strings.Contains(body, "<mark>") || !strings.Contains(body, `id="facet-publication"`) {
		t.Fatalf("the search page does not find it: %d\n%s", code, body)
	}
	if code, body := r.get("/articles/" + uri); code != http.StatusOK || !strings.Contains(body, byHTTP.Markers[0]) || !strings.Contains(body, `class="line article c1"`) {
		t.Errorf("the article's page: %d\n%s", code, body)
	}
}

// What was acknowledged when it ends is there when it comes back.
func TestDrain(t *testing.T) {
	o := Options{Data: t.TempDir()}
	r := start(t, o)
	var uploaded []madeup.Page
	for n := range 20 {
		p := madeup.New(2, n, 1, 1)
		r.upload(p)
		uploaded = append(uploaded, p)
	}
	r.stop()
	r = start(t, o)
	for _, p := range uploaded {
		r.awaitFound(p.Markers[0])
	}
}

// A taken address or directory is named, and nothing is left behind.
func TestTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	taken, free := l.Addr().String(), "127.0.0.1:0"
	r := start(t, Options{Data: t.TempDir()})
	tests := []struct {
		name string
		o    Options
		says string
	}{
		{"http", Options{Data: t.TempDir(), HTTP: taken, NATS: free}, taken},
		{"nats", Options{Data: t.TempDir(), HTTP: free, NATS: taken}, taken},
		{"data", Options{Data: r.Data, HTTP: free, NATS: free}, r.Data},
	}
	for _, tt := range tests {
		tt.o.MaxStore = 1 << 30
		err := Run(t.Context(), tt.o)
		p := fault.ProblemOf(err)
		if p.Kind != fault.Conflict || !strings.Contains(p.Detail, tt.says) || p.Remedy == "" {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestRefusedOptions(t *testing.T) {
	for name, o := range map[string]Options{
		"http":      {HTTP: "nowhere", NATS: embedded.Off},
		"nats":      {HTTP: "127.0.0.1:0", NATS: "nowhere"},
		"catalogue": {HTTP: "127.0.0.1:0", NATS: embedded.Off, Catalogue: "gone.yaml"},
		"model":     {HTTP: "127.0.0.1:0", NATS: embedded.Off, EntityModel: "allinone.go"},
		"tokens":    {HTTP: "127.0.0.1:0", NATS: embedded.Off, Tokens: "gone.yaml"},
	} {
		o.Data, o.MaxStore = t.TempDir(), 1<<30
		if err := Run(t.Context(), o); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A service that ends by itself is a failure, however it ends.
func TestSupervise(t *testing.T) {
	broken := errors.New("broken")
	p := &process{}
	for _, tt := range []struct {
		run  func(context.Context) error
		want string
	}{
		{func(context.Context) error { return broken }, "part: broken"},
		{func(context.Context) error { return nil }, "part stopped without being asked to"},
	} {
		if err := p.supervise(t.Context(), service{"part", tt.run}); err == nil || err.Error() != tt.want {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.supervise(ended, service{"part", func(ctx context.Context) error { return ctx.Err() }}); err != nil {
		t.Errorf("a service that was asked to stop: %v", err)
	}
}
