package index_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index"
	"broadsheet/services/index/embedded"
	"broadsheet/services/index/storetest"
)

func TestMain(m *testing.M) {
	if os.Getenv(childDir) != "" {
		runChild()
	}
	// bleve's analysers are one pool for the whole process.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/blevesearch/bleve_index_api.AnalysisWorker"))
}

var _ index.Bus = (*bus.Bus)(nil)

var pageKey = newspaper.PageKey{Publication: "heyang-ribao", Date: "2026-03-02", Edition: "main", Page: "01"}

// bench is an index service between a real nats-server and a store.
type bench struct {
	t       *testing.T
	server  *bustest.Server
	bus     *bus.Bus
	service *index.Service
	store   index.Store // the one it runs over
	mux     *http.ServeMux
	stop    func()

	sequence int64
}

// newBench starts a service; a nil store is the embedded one.
func newBench(t *testing.T, store index.Store) *bench {
	t.Helper()
	server := bustest.Start(t)
	b := &bench{t: t, server: server, bus: server.Bus(t, "index")}
	if store == nil {
		store = openStore(t, t.TempDir())
	}
	b.start(store)
	return b
}

func openStore(t *testing.T, dir string) *embedded.Store {
	t.Helper()
	s, err := embedded.Open(embedded.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// start runs a service over the store until stop or the end of the test.
func (b *bench) start(store index.Store) { b.startOn(b.bus, store) }

func (b *bench) startOn(on index.Bus, store index.Store) {
	b.t.Helper()
	b.store = store
	var err error
	b.service, err = index.New(index.Options{Bus: on, Store: store, Logger: zaptest.NewLogger(b.t, zaptest.Level(zap.WarnLevel))})
	if err != nil {
		b.t.Fatal(err)
	}
	b.mux = http.NewServeMux()
	b.service.Register(b.mux)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.service.Run(ctx) }()
	var once sync.Once
	b.stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				b.t.Errorf("Run: %v", err)
			}
		})
	}
	b.t.Cleanup(b.stop)
}

// articleEvent is an event as parse publishes it.
func articleEvent(t testing.TB, a newspaper.Article, sequence int64) bus.Outgoing {
	t.Helper()
	kind := event.ArticleParsed
	if a.PubStatus == newspaper.Canceled {
		kind = event.ArticleWithdrawn
	}
	e, err := event.New(kind, "parse", fmt.Sprintf("%s@%s", a.URI, a.Version), a.URI, time.Now(), a)
	if err != nil {
		t.Fatal(err)
	}
	e.Sequence = sequence
	subject, err := event.ArticleSubject(kind, a.URI)
	if err != nil {
		t.Fatal(err)
	}
	return bus.Outgoing{Subject: subject, Event: e, Trace: "00-11111111111111111111111111111111-2222222222222222-01"}
}

// publish publishes articles as one commit and returns its sequence.
func (b *bench) publish(articles ...newspaper.Article) int64 {
	b.t.Helper()
	b.sequence++
	var out []bus.Outgoing
	for _, a := range articles {
		out = append(out, articleEvent(b.t, a, b.sequence))
	}
	if err := b.bus.PublishBatch(b.t.Context(), out); err != nil {
		b.t.Fatal(err)
	}
	return b.sequence
}

// settled waits until index has nothing left to do. A server counts what is
// pending a moment after it has stored it, so that alone is no sign.
func (b *bench) settled() {
	b.t.Helper()
	for _, c := range []event.Consumer{event.IndexArticles, event.IndexCommands} {
		eventually(b.t, c.Durable+" has nothing left", func() bool {
			stream, err := b.bus.StreamState(b.t.Context(), c.Stream)
			if err != nil {
				return false
			}
			s, err := b.bus.ConsumerState(b.t.Context(), c)
			return err == nil && (stream.Messages == 0 || s.AckFloor >= stream.Last)
		})
	}
}

// confirmations returns what INDEXED says, in order.
func (b *bench) confirmations() []event.Indexed {
	b.t.Helper()
	var out []event.Indexed
	err := b.bus.Read(b.t.Context(), event.IndexedName, "", func(m *bus.Message) error {
		e, err := m.Event()
		if err != nil {
			return err
		}
		i, err := event.DataAs[event.Indexed](e, event.ArticleIndexed)
		if subject, _ := event.ArticleSubject(event.ArticleIndexed, i.URI); m.Subject != subject || e.Subject != i.URI || m.Trace == "" {
			b.t.Errorf("confirmation of %s on %s with trace %q", i.URI, m.Subject, m.Trace)
		}
		out = append(out, i)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

// letters returns the dead letters in order.
func (b *bench) letters() []event.Letter {
	b.t.Helper()
	var out []event.Letter
	err := b.bus.Read(b.t.Context(), event.DeadLetters, "", func(m *bus.Message) error {
		e, err := m.Event()
		if err != nil {
			return err
		}
		l, err := event.DataAs[event.Letter](e, e.Type)
		out = append(out, l)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

// answer is what a search answers over HTTP.
type answer struct {
	Total    int
	Articles []struct {
		URI        string
		Highlights map[string][]string
	}
	Next string
}

// ask asks over HTTP. Every answer must be as openapi.yaml says.
func (b *bench) ask(target string, header http.Header) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), http.MethodGet, target, nil)
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	b.mux.ServeHTTP(w, r)
	described(b.t, r, w)
	return w
}

// get asks over HTTP; params alternate names and values.
func (b *bench) get(path string, params ...string) (int, []byte) {
	b.t.Helper()
	values := url.Values{}
	for i := 0; i < len(params); i += 2 {
		values.Add(params[i], params[i+1])
	}
	target := (&url.URL{Path: path, RawQuery: values.Encode()}).String()
	if strings.Contains(path, "%") { // escaped already
		target = path + "?" + values.Encode()
	}
	w := b.ask(target, nil)
	return w.Code, w.Body.Bytes()
}

// refusal asks for what must be refused.
func (b *bench) refusal(target string) fault.Problem {
	b.t.Helper()
	path, query, _ := strings.Cut(target, "?")
	if !strings.Contains(path, "%") {
		path = (&url.URL{Path: path}).EscapedPath()
	}
	if query != "" {
		path += "?" + query
	}
	w := b.ask(path, nil)
	var p fault.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Status != w.Code {
		b.t.Fatalf("%s: %d %s", target, w.Code, w.Body)
	}
	return p
}

func (b *bench) search(params ...string) answer {
	b.t.Helper()
	status, body := b.get("/v1/articles", params...)
	var a answer
	if err := json.Unmarshal(body, &a); err != nil || status != http.StatusOK {
		b.t.Fatalf("%v: %d %s", params, status, body)
	}
	return a
}

func (b *bench) problem(path string, params ...string) fault.Problem {
	b.t.Helper()
	status, body := b.get(path, params...)
	var p fault.Problem
	if err := json.Unmarshal(body, &p); err != nil || p.Status != status {
		b.t.Fatalf("%s %v: %d %s", path, params, status, body)
	}
	return p
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not within 30 s: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func article(n int, headline, body string) newspaper.Article {
	return storetest.Article(pageKey, n, headline, body)
}
