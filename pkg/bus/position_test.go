package bus_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
)

// A durable knows for which stores its position counts, through provisioning too,
// and begins anew for another one.
func TestPosition(t *testing.T) {
	s := bustest.Start(t)
	b := s.Bus(t, "index")
	p, err := b.Position(t.Context(), event.IndexArticles)
	if err != nil || !p.Fresh || len(p.Stores) != 0 || p.Active {
		t.Fatalf("%+v, %v", p, err)
	}
	if err := b.Stand(t.Context(), event.IndexArticles, "b", "a", "b"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Provision(t.Context(), bustest.Storage); err != nil {
		t.Fatal(err)
	}
	if p, err := b.Position(t.Context(), event.IndexArticles); err != nil || !slices.Equal(p.Stores, []string{"a", "b"}) {
		t.Fatalf("%+v, %v", p, err)
	}
	e, err := event.New(event.ArticleParsed, "parse", "1", "", time.Now(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Publish(t.Context(), bus.Outgoing{Subject: "articles.parsed.p.2026-03-02.main.01.x", Event: e}); err != nil {
		t.Fatal(err)
	}
	got := make(chan uint64, 4)
	run(t, b, bus.Subscription{Consumer: event.IndexArticles}, bus.Each(func(_ context.Context, m *bus.Message) error {
		got <- m.StreamSeq
		return nil
	}))
	<-got
	eventually(t, "somebody is seen at work", func() bool {
		p, err := b.Position(t.Context(), event.IndexArticles)
		return err == nil && p.Active && !p.Fresh
	})
	if err := b.Rewind(t.Context(), event.IndexArticles, "c"); err != nil {
		t.Fatal(err)
	}
	if seq := <-got; seq != 1 {
		t.Errorf("message %d comes again", seq)
	}
	if p, err := b.Position(t.Context(), event.IndexArticles); err != nil || !slices.Equal(p.Stores, []string{"c"}) {
		t.Fatalf("%+v, %v", p, err)
	}
	if _, err := b.Position(t.Context(), event.IndexNext); !fault.Is(err, fault.NotFound) {
		t.Errorf("%v", err)
	}
	if err := b.Drop(t.Context(), event.IndexNext); err != nil {
		t.Error(err)
	}
}

// Of several who make a durable at once, each for a store of its own, one succeeds.
func TestBeginAtOnce(t *testing.T) {
	s := bustest.Start(t)
	won := make(chan error, 4)
	for i := range 4 {
		b := s.Bus(t, "index")
		go func() { won <- b.Begin(t.Context(), event.IndexNext, string(rune('a'+i))) }()
	}
	good := 0
	for range 4 {
		switch err := <-won; {
		case err == nil:
			good++
		case !fault.Is(err, fault.Unavailable):
			t.Error(err)
		}
	}
	if good != 1 {
		t.Errorf("%d succeeded", good)
	}
}
