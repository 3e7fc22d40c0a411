// Package takedowntest is what takedown promises of an index that can be built
// anew: every store with generations runs it.
package takedowntest

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
	"broadsheet/services/index/search"
	"broadsheet/services/index/storetest"
)

// Store is a store that can be built anew and freed of what was erased.
type Store interface {
	index.Store
	index.Generations
	index.Expunger
}

// Subject is a store under test.
type Subject struct {
	Store Store
	// Holding lists where the bytes of all generations hold a text.
	Holding func(t *testing.T, text string) []string
}

// many articles make a segment of the embedded index that is not merged with the
// next by itself.
const many = 2500

// Run takes articles down before and while the index is built anew. What was
// withdrawn stays hidden, and no byte of what was erased is left.
func Run(t *testing.T, s Subject) {
	const before, meanwhile = "marker7c2f", "marker91be" // as they stand in dictionaries of words
	server := bustest.Start(t)
	w := &world{T: t, Subject: s, index: server.Bus(t, "index"), parse: server.Bus(t, "parse"), held: &held{Store: s.Store}}
	w.serve()
	for n := 0; n < many; n += 500 {
		w.publish(1, numbered(n, 500, "")...)
	}
	w.publish(1, numbered(many, 1, before)...)
	w.publish(1, numbered(many+1, 1, meanwhile)...)
	w.settled()
	if len(s.Holding(t, before)) == 0 || len(s.Holding(t, meanwhile)) == 0 {
		t.Fatal("the markers are in no file to begin with: the test shows nothing")
	}

	w.withdraw(2, 3)
	w.erase(3, many)
	w.eventually("the first marker is gone", func() bool { return len(s.Holding(t, before)) == 0 })
	id := w.reindex()
	w.eventually("the index is built anew", func() bool { return w.reindexed(id) })
	w.hidden(3, "稿件失实")
	w.hidden(many, "法院判决")
	w.found(many)

	// Now while one is being built: it has all that was there before and lacks the
	// takedown, when the service carries out the erasure.
	release := w.held.from(4)
	id = w.reindex()
	w.eventually("the generation to come is filled", func() bool {
		at, err := w.index.Position(t.Context(), event.IndexNext)
		return err == nil && slices.Contains(at.Stores, id) && at.Floor >= w.last()
	})
	if len(s.Holding(t, meanwhile)) == 0 {
		t.Fatal("the marker is in no file while the index is built anew: the test shows nothing")
	}
	w.withdraw(4, 5)
	expunged := w.held.expunged.Load()
	w.erase(5, many+1)
	w.eventually("the erasure is carried out", func() bool { return w.held.expunged.Load() > expunged })
	w.hidden(5, "稿件失实")
	w.hidden(many+1, "法院判决")
	release()
	w.eventually("the index is built anew", func() bool { return w.reindexed(id) })
	w.eventually("both markers are gone", func() bool { return len(s.Holding(t, before))+len(s.Holding(t, meanwhile)) == 0 })
	for _, n := range []int{3, 5} {
		w.hidden(n, "稿件失实")
	}
	for _, n := range []int{many, many + 1} {
		w.hidden(n, "法院判决")
	}
	w.found(many - 2)
	if err := w.index.Read(t.Context(), event.DeadLetters, "", func(m *bus.Message) error {
		return fmt.Errorf("a dead letter: %s", m.Data)
	}); err != nil {
		t.Error(err)
	}
}

// Files lists the files below a directory that hold a text.
func Files(t *testing.T, dir, text string) (in []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // gone meanwhile, or to be walked
		}
		if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, []byte(text)) {
			in = append(in, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// held is a store whose generation to come waits before events from a place on, and
// before it is compared with the one that is searched.
type held struct {
	Store
	expunged atomic.Int32

	mu       sync.Mutex
	sequence int64
	released chan struct{}
}

// from has what is built from now on wait before events of a sequence, until
// release is called.
func (h *held) from(sequence int64) (release func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sequence, h.released = sequence, make(chan struct{})
	return sync.OnceFunc(func() { close(h.released) })
}

// Begin is the store's.
func (h *held) Begin(ctx context.Context, id string) (search.Writer, bool, error) {
	write, made, err := h.Store.Begin(ctx, id)
	h.mu.Lock()
	sequence, released := h.sequence, h.released
	h.mu.Unlock()
	if released == nil {
		return write, made, err
	}
	return func(ctx context.Context, writes []search.Write) []search.Verdict {
		if slices.ContainsFunc(writes, func(w search.Write) bool { return w.Sequence >= sequence }) {
			select {
			case <-released:
			case <-ctx.Done():
			}
		}
		return write(ctx, writes)
	}, made, err
}

// Held is the store's.
func (h *held) Held(ctx context.Context, id, after string, limit int) ([]search.Listed, error) {
	h.mu.Lock()
	released := h.released
	h.mu.Unlock()
	if released != nil {
		select {
		case <-released:
		case <-ctx.Done():
		}
	}
	return h.Store.Held(ctx, id, after, limit)
}

// Expunge is the store's.
func (h *held) Expunge(ctx context.Context) error {
	err := h.Store.Expunge(ctx)
	if err == nil {
		h.expunged.Add(1)
	}
	return err
}

// world is a stream of articles and an index service that follows it.
type world struct {
	*testing.T
	Subject
	index, parse *bus.Bus
	held         *held
}

var page = newspaper.PageKey{Publication: "heyang-ribao", Date: "2026-03-02", Edition: "main", Page: "01"}

// numbered are articles with a text that holds something.
func numbered(first, n int, text string) []newspaper.Article {
	out := make([]newspaper.Article, n)
	for i := range out {
		out[i] = storetest.Article(page, first+i, fmt.Sprintf("第%d号稿件", first+i), "各地的消息 "+text)
	}
	return out
}

func (w *world) serve() {
	w.Helper()
	s, err := index.New(index.Options{Bus: w.index, Store: w.held, Logger: zaptest.NewLogger(w, zaptest.Level(zap.ErrorLevel))})
	if err != nil {
		w.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	w.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			w.Errorf("Run: %v", err)
		}
	})
}

// publish publishes articles as a commit of that sequence.
func (w *world) publish(sequence int64, articles ...newspaper.Article) {
	w.Helper()
	var out []bus.Outgoing
	for _, a := range articles {
		kind := event.ArticleParsed
		if a.PubStatus == newspaper.Canceled {
			kind = event.ArticleWithdrawn
		}
		e, err := event.New(kind, "parse", fmt.Sprintf("%s@%d", a.URI, sequence), a.URI, time.Now(), a)
		if err != nil {
			w.Fatal(err)
		}
		e.Sequence = sequence
		subject, err := event.ArticleSubject(kind, a.URI)
		if err != nil {
			w.Fatal(err)
		}
		out = append(out, bus.Outgoing{Subject: subject, Event: e})
	}
	if err := w.parse.PublishBatch(w.Context(), out); err != nil {
		w.Fatal(err)
	}
}

func (w *world) withdraw(sequence int64, n int) {
	w.Helper()
	w.publish(sequence, storetest.Withdrawn(numbered(n, 1, "")[0], "稿件失实"))
	w.settled()
}

// erase does what parse does to erase an article.
func (w *world) erase(sequence int64, n int) {
	w.Helper()
	a := storetest.Withdrawn(numbered(n, 1, "")[0], "法院判决")
	a.Erased = true
	w.publish(sequence, a)
	tombstone := w.last()
	subject, err := event.ArticleSubject(event.ArticleParsed, a.URI)
	if err != nil {
		w.Fatal(err)
	}
	if gone, err := w.parse.Scrub(w.Context(), event.Articles, subject, 0, nil); err != nil || gone != 1 {
		w.Fatalf("%d, %v", gone, err)
	}
	c := event.Command{Action: event.Expunge, Key: page, URI: a.URI, Run: event.NewRun(time.Now()), After: tombstone}
	if err := w.parse.Command(w.Context(), "index", c); err != nil {
		w.Fatal(err)
	}
}

func (w *world) last() uint64 {
	w.Helper()
	s, err := w.index.StreamState(w.Context(), event.Articles)
	if err != nil {
		w.Fatal(err)
	}
	return s.Last
}

// settled waits until the index has all articles.
func (w *world) settled() {
	w.Helper()
	w.eventually("indexed", func() bool {
		c, err := w.index.ConsumerState(w.Context(), event.IndexArticles)
		return err == nil && c.AckFloor >= w.last()
	})
}

// reindex asks for a reindex and returns the generation to come.
func (w *world) reindex() string {
	w.Helper()
	run := event.NewRun(time.Now())
	if err := w.index.Command(w.Context(), "index", event.Command{Action: event.Reindex, Run: run}); err != nil {
		w.Fatal(err)
	}
	return search.GenerationOf(run)
}

func (w *world) reindexed(id string) bool {
	live, err := w.Store.Generation(w.Context())
	_, building := w.index.Position(w.Context(), event.IndexNext)
	c, errC := w.index.ConsumerState(w.Context(), event.IndexCommands)
	return err == nil && live == id && fault.Is(building, fault.NotFound) && errC == nil && c.Pending == 0 && c.AckPending == 0
}

// hidden expects that an article is not found and says why.
func (w *world) hidden(n int, reason string) {
	w.Helper()
	uri := numbered(n, 1, "")[0].URI
	stored, err := w.Store.Get(w.Context(), uri)
	if err != nil || !stored.Withdrawn || !strings.Contains(string(stored.Source), reason) {
		w.Errorf("article %d: %s, %v", n, stored.Source, err)
	}
	r, err := w.Store.Search(w.Context(), search.Query{Sort: search.Newest, Limit: 100})
	if err != nil || slices.ContainsFunc(r.Hits, func(h search.Hit) bool { return h.URI == uri }) {
		w.Errorf("article %d is found, %v", n, err)
	}
}

// found expects that many articles.
func (w *world) found(n int) {
	w.Helper()
	w.eventually(fmt.Sprintf("%d articles are found", n), func() bool {
		r, err := w.Store.Search(w.Context(), search.Query{Sort: search.Newest, Limit: 1})
		return err == nil && r.Total == n
	})
}

func (w *world) eventually(what string, ok func() bool) {
	w.Helper()
	deadline := time.Now().Add(4 * time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			w.Fatalf("not within four minutes: %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
