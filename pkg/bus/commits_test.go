package bus_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
)

func TestRegistryIsComparedAndSet(t *testing.T) {
	_, b := server(t)
	k := key(t, 1)
	if p, guard, err := b.Page(t.Context(), k); err != nil || guard != 0 || len(p.Revisions) != 0 {
		t.Fatalf("a page never received: %v %d %v", p, guard, err)
	}
	if err := b.CommitReceived(t.Context(), page(k, 1), 0, ""); err != nil {
		t.Fatal(err)
	}
	if err := b.CommitReceived(t.Context(), page(k, 1), 0, ""); !fault.Is(err, fault.Conflict) {
		t.Fatalf("a second first revision: %v", err)
	}
	p, guard, err := b.Page(t.Context(), k)
	if err != nil || p.Current().Number != 1 || p.Key != k {
		t.Fatalf("%v %v", p, err)
	}
	if err := b.CommitReceived(t.Context(), page(k, 2), guard, ""); err != nil {
		t.Fatal(err)
	}
	if err := b.CommitReceived(t.Context(), page(k, 2), guard, ""); !fault.Is(err, fault.Conflict) {
		t.Fatalf("a stale guard: %v", err)
	}
}

func TestOneOfManyReceiversWins(t *testing.T) {
	s, b := server(t)
	other := s.Bus(t, "ingest")
	var won atomic.Int32
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			err := []*bus.Bus{b, other}[i%2].CommitReceived(context.Background(), page(key(t, 1), 1), 0, "")
			if err == nil {
				won.Add(1)
			} else if !fault.Is(err, fault.Conflict) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || messages(t, b, event.Pages) != 1 {
		t.Fatalf("%d won, %d messages", won.Load(), messages(t, b, event.Pages))
	}
}

func TestPageCommitIsAllOrNothing(t *testing.T) {
	_, b := server(t)
	k := key(t, 1)
	events, manifest := articles(t, k, 8, 100)
	if err := b.CommitPage(t.Context(), events, manifest, 0, ""); err != nil {
		t.Fatal(err)
	}
	if n := messages(t, b, event.Articles); n != 9 {
		t.Fatalf("%d messages for 8 articles and a manifest", n)
	}
	// The stale worker: nothing of its batch is stored.
	events, manifest = articles(t, k, 8, 200)
	if err := b.CommitPage(t.Context(), events, manifest, 0, ""); !fault.Is(err, fault.Conflict) {
		t.Fatalf("a stale guard: %v", err)
	}
	m, guard, err := b.Manifest(t.Context(), k)
	if err != nil || m.Sequence != 100 || guard != 9 || messages(t, b, event.Articles) != 9 {
		t.Fatalf("manifest %d at %d, %d messages, %v", m.Sequence, guard, messages(t, b, event.Articles), err)
	}
	if err := b.CommitPage(t.Context(), events, manifest, guard, ""); err != nil {
		t.Fatal(err)
	}
	// A page without articles is a batch of one.
	_, manifest = articles(t, key(t, 2), 0, 1)
	if err := b.CommitPage(t.Context(), nil, manifest, 0, ""); err != nil {
		t.Fatal(err)
	}
}

func TestLargestPageFits(t *testing.T) {
	_, b := server(t)
	k := key(t, 1)
	events, manifest := articles(t, k, 2*bus.MaxArticles, 1)
	if err := b.CommitPage(t.Context(), events, manifest, 0, ""); err != nil {
		t.Fatal(err)
	}
	events, manifest = articles(t, k, 2*bus.MaxArticles+1, 2)
	if err := b.CommitPage(t.Context(), events, manifest, 0, ""); !fault.Is(err, fault.TooLarge) {
		t.Fatalf("one more: %v", err)
	}
}

func TestFullStreamRefuses(t *testing.T) {
	s, _ := server(t)
	small := s.Bus(t, "ingest")
	if _, err := small.Provision(t.Context(), 1<<20); err != nil { // PAGES gets 80 kB
		t.Fatal(err)
	}
	committed := uint64(0)
	var err error
	for i := 1; i < 1000 && err == nil; i++ {
		if err = small.CommitReceived(t.Context(), page(key(t, i), 1), 0, ""); err == nil {
			committed++
		}
	}
	if !fault.Is(err, fault.Full) {
		t.Fatalf("after %d pages: %v", committed, err)
	}
	if n := messages(t, small, event.Pages); n != committed {
		t.Fatalf("%d pages were acknowledged, %d are there", committed, n)
	}
	if err := small.Headroom(t.Context()); !fault.Is(err, fault.Full) {
		t.Fatalf("head-room: %v", err)
	}
}

func TestFullUploadsRefuse(t *testing.T) {
	s, _ := server(t)
	small := s.Bus(t, "cli")
	if _, err := small.Provision(t.Context(), 10<<20); err != nil { // UPLOADS gets 1 MB
		t.Fatal(err)
	}
	accepted := uint64(0)
	var err error
	for err == nil && accepted < 1000 {
		if err = small.Upload(t.Context(), key(t, 1), make([]byte, 100<<10), nil); err == nil {
			accepted++
		}
	}
	if !fault.Is(err, fault.Full) || messages(t, small, event.Uploads) != accepted {
		t.Fatalf("%d accepted, %d there, then %v", accepted, messages(t, small, event.Uploads), err)
	}
}

func TestObjects(t *testing.T) {
	_, b := server(t)
	data := make([]byte, 300<<10)
	name, err := b.PutObject(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := b.PutObject(t.Context(), data); err != nil || again != name {
		t.Fatal(again, err)
	}
	got, err := b.Object(t.Context(), name)
	if err != nil || len(got) != len(data) {
		t.Fatal(len(got), err)
	}
	if list, err := b.Objects(t.Context()); err != nil || len(list) != 1 || list[0].SHA256 != name {
		t.Fatal(list, err)
	}
	if err := b.DeleteObject(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Object(t.Context(), name); !fault.Is(err, fault.Corrupt) {
		t.Fatalf("a missing object: %v", err)
	}
	if list, err := b.Objects(t.Context()); err != nil || len(list) != 0 {
		t.Fatal(list, err)
	}
}

// TestStreamTable proves the rows of the table on the server.
func TestStreamTable(t *testing.T) {
	s, b := server(t)
	if changes, err := b.Provision(t.Context(), 4<<30); err != nil || len(changes) != 0 {
		t.Fatalf("a second provision changed %v, %v", changes, err)
	}
	checkTable(t, s.URL)
}

func TestShrinkingStorageIsRefused(t *testing.T) {
	_, b := server(t)
	receive(t, b, 50)
	_, err := b.Provision(t.Context(), 1000)
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Conflict {
		t.Fatalf("%v", err)
	}
}

func TestNewestVersionOfAnArticle(t *testing.T) {
	_, b := server(t)
	k := key(t, 1)
	uri := k.ArticleURI("00000000")
	if _, err := b.Article(t.Context(), uri); !fault.Is(err, fault.NotFound) {
		t.Fatalf("an article that never was: %v", err)
	}
	changes, manifest := articles(t, k, 2, 1)
	if err := b.CommitPage(t.Context(), changes, manifest, 0, ""); err != nil {
		t.Fatal(err)
	}
	if a, err := b.Article(t.Context(), uri); err != nil || a.URI != uri {
		t.Fatal(a, err)
	}
	if _, err := b.Article(t.Context(), "urn:other"); !fault.Is(err, fault.Invalid) {
		t.Fatal(err)
	}
}
