package bus_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(poisonURL); url != "" {
		consumePoison(url)
		return
	}
	goleak.VerifyTestMain(m, bustest.UpstreamLeak())
}

func server(t *testing.T) (*bustest.Server, *bus.Bus) {
	t.Helper()
	s := bustest.Start(t)
	return s, s.Bus(t, "parse")
}

func key(t testing.TB, page int) newspaper.PageKey {
	t.Helper()
	k, err := newspaper.NewPageKey("heyang-ribao", "2026-03-02", "main", fmt.Sprint(page))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func page(k newspaper.PageKey, revisions int) newspaper.Page {
	p := newspaper.Page{Key: k}
	for n := 1; n <= revisions; n++ {
		sum := sha256.Sum256(fmt.Append(nil, k, n))
		p.Revisions = append(p.Revisions, newspaper.Revision{
			Number: n, SHA256: hex.EncodeToString(sum[:]), Size: 1, MediaType: "text/plain",
			UploadID: fmt.Sprint("u", n), Received: time.Now().UTC(),
		})
	}
	return p
}

// receive puts n pages into the registry.
func receive(t testing.TB, b *bus.Bus, n int) {
	t.Helper()
	for i := 1; i <= n; i++ {
		if err := b.CommitReceived(t.Context(), page(key(t, i), 1), 0, ""); err != nil {
			t.Fatal(err)
		}
	}
}

// articles are the events of a commit of n articles of page k.
func articles(t testing.TB, k newspaper.PageKey, n int, sequence int64) ([]event.Event, event.Event) {
	t.Helper()
	var out []event.Event
	for i := range n {
		uri := k.ArticleURI(fmt.Sprintf("%08x", i))
		e, err := event.New(event.ArticleParsed, "parse", uri+"@1", uri, time.Now(), newspaper.Article{URI: uri, Type: newspaper.TypeText})
		if err != nil {
			t.Fatal(err)
		}
		e.Sequence = sequence
		out = append(out, e)
	}
	m, err := event.New(event.PageParsed, "parse", fmt.Sprintf("%s@%d", k, sequence), k.String(), time.Now(), newspaper.Manifest{Key: k, Revision: 1, Sequence: sequence})
	if err != nil {
		t.Fatal(err)
	}
	return out, m
}

// run consumes in the background until the returned function is called or the
// test ends.
func run(t testing.TB, b *bus.Bus, s bus.Subscription, h bus.Handler) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Consume(ctx, s, h) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Consume: %v", err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// eventually waits until ok holds.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not within 30 s: %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func messages(t testing.TB, b *bus.Bus, stream string) uint64 {
	t.Helper()
	s, err := b.StreamState(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	return s.Messages
}

// letters reads every dead letter there is.
func letters(t testing.TB, b *bus.Bus) []event.Letter {
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
