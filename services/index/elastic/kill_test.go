package elastic_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index"
	"broadsheet/services/index/elastic"
	"broadsheet/services/index/elastic/estest"
	"broadsheet/services/index/storetest"
)

// counting counts deliveries on their way to the service.
type counting struct {
	*bus.Bus
	mu         sync.Mutex
	deliveries map[uint64]int // by stream sequence
}

func (c *counting) Consume(ctx context.Context, s bus.Subscription, h bus.Handler) error {
	return c.Bus.Consume(ctx, s, func(ctx context.Context, batch []*bus.Message) []error {
		c.mu.Lock()
		for _, m := range batch {
			if m.Stream == event.Articles {
				c.deliveries[m.StreamSeq] = max(c.deliveries[m.StreamSeq], m.Deliveries)
			}
		}
		c.mu.Unlock()
		return h(ctx, batch)
	})
}

func (c *counting) total() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range c.deliveries {
		n += d
	}
	return n
}

// serve runs an index service until the test ends or stop is called.
func serve(t *testing.T, on index.Bus, store index.Store) (s *index.Service, stop func()) {
	t.Helper()
	s, err := index.New(index.Options{Bus: on, Store: store, Workers: 2, Logger: zaptest.NewLogger(t, zaptest.Level(zap.ErrorLevel))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("Run: %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return s, stop
}

// publish publishes articles as parse does.
func publish(t *testing.T, b *bus.Bus, sequence int64, articles ...newspaper.Article) {
	t.Helper()
	for len(articles) > 0 {
		n := min(len(articles), 400)
		var out []bus.Outgoing
		for _, a := range articles[:n] {
			out = append(out, outgoing(t, a, sequence))
		}
		if err := b.PublishBatch(t.Context(), out); err != nil {
			t.Fatal(err)
		}
		articles = articles[n:]
	}
}

func outgoing(t *testing.T, a newspaper.Article, sequence int64) bus.Outgoing {
	t.Helper()
	kind := event.ArticleParsed
	if a.PubStatus == newspaper.Canceled {
		kind = event.ArticleWithdrawn
	}
	e, err := event.New(kind, "parse", fmt.Sprintf("%s@%d", a.URI, sequence), a.URI, time.Now(), a)
	if err != nil {
		t.Fatal(err)
	}
	e.Sequence = sequence
	subject, err := event.ArticleSubject(kind, a.URI)
	if err != nil {
		t.Fatal(err)
	}
	return bus.Outgoing{Subject: subject, Event: e}
}

// articles are n articles of ours, numbered from the first.
func articles(first, n int) []newspaper.Article {
	out := make([]newspaper.Article, n)
	for i := range out {
		out[i] = storetest.Article(day, first+i, fmt.Sprintf("第%d号稿件", first+i), strings.Repeat("同样的正文，只有编号不同。", 40))
	}
	return out
}

func eventually(t *testing.T, what string, within time.Duration, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(within)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", within, what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// settled reports whether every event of a stream of articles has its verdict.
func settled(t *testing.T, b *bus.Bus) bool {
	s, err := b.StreamState(t.Context(), event.Articles)
	c, errC := b.ConsumerState(t.Context(), event.IndexArticles)
	return err == nil && errC == nil && c.AckFloor >= s.Last && c.Pending == 0 && c.AckPending == 0
}

// count is the number of documents behind the read alias.
func count(t *testing.T, n *estest.Node, o elastic.Options) int {
	t.Helper()
	n.Do(t, http.MethodPost, "/"+o.Prefix+"/_refresh", "")
	var out struct{ Count int }
	if err := json.Unmarshal(n.Do(t, http.MethodGet, "/"+o.Prefix+"/_count", ""), &out); err != nil {
		t.Fatal(err)
	}
	return out.Count
}

func letters(t *testing.T, b *bus.Bus) []event.Letter {
	t.Helper()
	var out []event.Letter
	err := b.Read(t.Context(), event.DeadLetters, "", func(m *bus.Message) error {
		e, err := m.Event()
		if err != nil {
			return err
		}
		l, err := event.DataAs[event.Letter](e, e.Type)
		out = append(out, l)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Elasticsearch is killed under load. Nothing is lost, nothing doubled; the one
// document that it refuses is the only dead letter, and while it is away nothing
// is delivered over and over.
func TestKilledUnderLoad(t *testing.T) {
	const documents = 1000
	n := estest.Start(t)
	store, o := provisioned(t, n)
	c := &counting{Bus: bustest.Start(t).Bus(t, "index"), deliveries: map[uint64]int{}}
	service, _ := serve(t, c, store)
	all := articles(0, documents)
	publish(t, c.Bus, 7, all[:500]...)
	// Deeper than Elasticsearch reads.
	bad := outgoing(t, storetest.Article(day, documents, "坏稿", "坏稿"), 7)
	bad.Event.Data = []byte(strings.Replace(string(bad.Event.Data), `{"uri"`, `{"later":`+strings.Repeat("[", 1500)+strings.Repeat("]", 1500)+`,"uri"`, 1))
	if err := c.Publish(t.Context(), bad); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the first are indexed", time.Minute, func() bool {
		s, err := c.ConsumerState(t.Context(), event.IndexArticles)
		return err == nil && s.AckFloor > 0
	})
	n.Kill(t)
	publish(t, c.Bus, 7, all[500:]...)
	eventually(t, "consuming stops and says why", time.Minute, func() bool {
		return strings.Contains(c.Paused()[event.IndexArticles.Durable], "Elasticsearch")
	})
	if err := service.Ready(t.Context()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Ready: %v", err)
	}
	n.Restart(t)
	green := time.Now()
	eventually(t, "everything is settled", 2*time.Minute, func() bool { return settled(t, c.Bus) })
	t.Logf("settled %v after the node was there again, %d deliveries", time.Since(green).Round(time.Millisecond), c.total())
	if got := count(t, n, o); got != documents {
		t.Errorf("%d documents, not %d", got, documents)
	}
	for _, a := range all {
		if stored, err := store.Get(t.Context(), a.URI); err != nil || stored.Sequence != 7 {
			t.Fatalf("%s: %+v, %v", a.URI, stored, err)
		}
	}
	if dead := letters(t, c.Bus); len(dead) != 1 || dead[0].Kind != fault.Corrupt || dead[0].URI != bad.Event.Subject {
		t.Errorf("dead letters: %+v", dead)
	}
	if got := c.total(); got > (documents+1)*11/10 {
		t.Errorf("%d deliveries of %d messages", got, documents+1)
	}
}
