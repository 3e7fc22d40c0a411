package index_test

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/services/index"
	"broadsheet/services/index/search"
)

var pageTime = time.Date(2026, 3, 2, 1, 2, 3, 0, time.UTC)

// scripted is a store that can be away, and refuse single articles: what the
// embedded one cannot be made to do.
type scripted struct {
	index.Store
	mu     sync.Mutex
	away   error
	refuse map[string]error // by uri
	writes int
	probes int
}

func (s *scripted) script(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *scripted) Write(ctx context.Context, writes []search.Write) []search.Verdict {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	verdicts := make([]search.Verdict, len(writes))
	for i, w := range writes {
		verdicts[i].Err = s.refuse[w.URI]
		if s.away != nil {
			verdicts[i].Err = s.away
		}
		if verdicts[i].Err == nil {
			verdicts[i] = s.Store.Write(ctx, writes[i:i+1])[0]
		}
	}
	return verdicts
}

func (s *scripted) Probe(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.probes++
	return s.away
}

func (s *scripted) Search(ctx context.Context, q search.Query) (search.Result, error) {
	s.mu.Lock()
	away := s.away
	s.mu.Unlock()
	if away != nil {
		return search.Result{}, away
	}
	return s.Store.Search(ctx, q)
}

// While the store is away nothing is tried, no attempt is used and no letter
// written; it goes on by itself.
func TestStoreAway(t *testing.T) {
	store := &scripted{Store: openStore(t, t.TempDir())}
	store.away = fault.New(fault.Unavailable, "the store is away")
	b := newBench(t, store)
	for n := range 5 {
		b.publish(article(n, "标题", "正文"))
	}
	eventually(t, "the store is probed, and the reason shown", func() bool {
		store.mu.Lock()
		defer store.mu.Unlock()
		return store.probes >= 3 && b.bus.Paused()[event.IndexArticles.Durable] != ""
	})
	if err := b.service.Ready(t.Context()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Ready: %v", err)
	}
	if p := b.problem("/v1/articles"); p.Kind != fault.Unavailable || p.Status != http.StatusServiceUnavailable {
		t.Errorf("%+v", p)
	}
	var writes int
	store.script(func() { writes = store.writes; store.away = nil })
	b.settled()
	if writes > 5 {
		t.Errorf("%d writes were tried while the store was away", writes)
	}
	if found := b.search(); found.Total != 5 || len(b.letters()) != 0 || len(b.confirmations()) != 5 {
		t.Errorf("%+v, %+v", found, b.letters())
	}
}

// What the store refuses is a dead letter; a retry takes it once the reason is
// gone.
func TestRefusedArticleAndRetry(t *testing.T) {
	store := &scripted{Store: openStore(t, t.TempDir()), refuse: map[string]error{}}
	bad := article(2, "坏稿", "正文")
	store.refuse[bad.URI] = fault.New(fault.Invalid, "the mapping has no such field").Fix("update the index")
	b := newBench(t, store)
	b.publish(article(1, "好稿", "正文"), bad, article(3, "好稿", "正文"))
	b.settled()
	letters := b.letters()
	if len(letters) != 1 || letters[0].Kind != fault.Invalid || letters[0].URI != bad.URI || letters[0].Remedy != "update the index" {
		t.Fatalf("%+v", letters)
	}
	if found := b.search(); found.Total != 2 {
		t.Fatalf("%+v", found)
	}
	first := event.LetterSubject("index", event.Articles, letters[0].StreamSeq)
	b.retry(first)
	letters = b.letters() // the first is resolved, the retry has died
	if len(letters) != 2 || letters[0].Resolution != event.Retried || letters[1].Stream != event.Commands || letters[1].URI != bad.URI || letters[1].Key != pageKey {
		t.Fatalf("%+v", letters)
	}
	store.script(func() { delete(store.refuse, bad.URI) })
	b.retry(event.LetterSubject("index", event.Commands, letters[1].StreamSeq))
	if found := b.search("q", "坏稿"); found.Total != 1 {
		t.Fatalf("%+v, %+v", found, b.letters())
	}
	if c := b.confirmations(); len(c) != 3 || c[2].StreamSeq != letters[0].StreamSeq || c[2].Outcome != event.Applied {
		t.Fatalf("%+v", c)
	}
}

func (b *bench) retry(letter string) {
	b.t.Helper()
	if err := b.bus.RetryLetter(b.t.Context(), letter); err != nil {
		b.t.Fatal(err)
	}
	b.settled()
}

// Commands that cannot be carried out are dead letters with the reason.
func TestBadCommands(t *testing.T) {
	b := newBench(t, nil)
	for _, c := range []event.Command{
		{Action: event.Reparse, Key: pageKey, Run: "r1"},
		{Action: event.Retry, Key: pageKey, Run: "r2"},
		{Action: event.Retry, Key: pageKey, Run: "r3", Letter: &event.Letter{Stream: event.Articles, StreamSeq: 999, Subject: "x"}},
	} {
		if err := b.bus.Command(t.Context(), "index", c); err != nil {
			t.Fatal(err)
		}
	}
	b.settled()
	dead := b.letters()
	slices.SortFunc(dead, func(a, b event.Letter) int { return cmp.Compare(a.StreamSeq, b.StreamSeq) })
	kinds := ""
	for _, l := range dead {
		kinds += fmt.Sprint(l.Kind, " ")
	}
	if kinds != "unsupported invalid not_found " {
		t.Fatalf("%s: %+v", kinds, b.letters())
	}
}

// When the confirmation cannot be published the events wait, and the store is
// not written to twice.
func TestConfirmationWaits(t *testing.T) {
	store := openStore(t, t.TempDir())
	server := bustest.Start(t)
	flaky := &flakyBus{Bus: server.Bus(t, "index"), failures: 2}
	b := &bench{t: t, server: server, bus: flaky.Bus}
	b.startOn(flaky, store)
	b.publish(article(1, "标题", "正文"), article(2, "标题", "正文"))
	b.settled()
	if c := b.confirmations(); len(c) != 2 || c[0].Outcome != event.Applied || c[1].Outcome != event.Applied {
		t.Fatalf("%+v", c)
	}
	if len(b.letters()) != 0 || b.search().Total != 2 {
		t.Fatalf("%+v", b.letters())
	}
}

// flakyBus loses the first confirmations.
type flakyBus struct {
	*bus.Bus
	mu       sync.Mutex
	failures int
}

func (f *flakyBus) PublishBatch(ctx context.Context, events []bus.Outgoing) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(events) > 0 && events[0].Event.Type == event.ArticleIndexed && f.failures > 0 {
		f.failures--
		return fault.New(fault.Unavailable, "no answer")
	}
	return f.Bus.PublishBatch(ctx, events)
}
