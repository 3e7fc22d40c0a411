package elastic_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/services/index/elastic/estest"
	"broadsheet/services/index/embedded"
	"broadsheet/services/index/search"
	"broadsheet/services/index/storetest"
)

// A deployment that moves from the embedded store to Elasticsearch needs nothing
// but the streams: the same service over the other store has everything, withdrawn
// articles too, and confirms nothing that was confirmed before.
func TestMoveFromEmbedded(t *testing.T) {
	n := estest.Start(t)
	b := bustest.Start(t).Bus(t, "index")
	before, err := embedded.Open(embedded.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	_, stop := serve(t, b, before)
	publish(t, b, 1, articles(0, 300)...)
	publish(t, b, 2, storetest.Withdrawn(articles(3, 1)[0], "稿件失实"))
	eventually(t, "indexed", time.Minute, func() bool { return settled(t, b) })
	stop()
	want, err := before.List(t.Context(), "", 1000)
	if err != nil || len(want) != 299 {
		t.Fatalf("%d, %v", len(want), err)
	}
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	confirmed := confirmations(t, b)
	store, _ := provisioned(t, n)
	service, _ := serve(t, b, store)
	publish(t, b, 3, articles(300, 1)...)
	eventually(t, "the index says that it is complete", time.Minute, func() bool { return service.Complete(t.Context()) == nil && settled(t, b) })
	eventually(t, "the same is found", time.Minute, func() bool {
		got, err := store.List(t.Context(), "", 1000)
		return err == nil && fmt.Sprint(got[:min(len(got), 299)]) == fmt.Sprint(want) && len(got) == 300
	})
	if stored, err := store.Get(t.Context(), articles(3, 1)[0].URI); err != nil || !stored.Withdrawn || stored.Sequence != 2 {
		t.Errorf("%+v, %v", stored, err)
	}
	if got := confirmations(t, b); got != confirmed+1 {
		t.Errorf("%d confirmations, %d before", got, confirmed)
	}
}

func confirmations(t *testing.T, b *bus.Bus) (n int) {
	t.Helper()
	if err := b.Read(t.Context(), event.IndexedName, "", func(*bus.Message) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

// An index of an older mapping is searched and not written to, with a message that
// says what to do; a reindex builds one of ours beside it, and what waited is in it.
func TestOlderMapping(t *testing.T) {
	n := estest.Start(t)
	store, o := provisioned(t, n)
	b := bustest.Start(t).Bus(t, "index")
	_, stop := serve(t, b, store)
	publish(t, b, 1, articles(0, 40)...)
	eventually(t, "indexed", time.Minute, func() bool { return settled(t, b) })
	stop()
	old, err := store.Generation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n.Do(t, http.MethodPut, "/"+o.Prefix+"-"+old+"/_mapping", `{"_meta":{"broadsheet":{"format":0}}}`)
	store = open(t, o)
	service, _ := serve(t, b, store)
	publish(t, b, 2, articles(40, 2)...)
	eventually(t, "it waits and says why", time.Minute, func() bool {
		p := fault.ProblemOf(service.Ready(t.Context()))
		return p.Kind == fault.Unavailable && strings.Contains(p.Remedy, "broadsheet reindex") && b.Paused()[event.IndexArticles.Durable] != ""
	})
	if r, err := store.Search(t.Context(), search.Query{Sort: search.Newest, Limit: 1}); err != nil || r.Total != 40 {
		t.Errorf("a search finds %d, %v", r.Total, err)
	}
	run := command(t, b)
	eventually(t, "built anew", time.Minute, func() bool { return reindexed(t, b, store, run) && settled(t, b) })
	eventually(t, "everything is found", time.Minute, func() bool { return count(t, n, o) == 42 })
	if err := service.Ready(t.Context()); err != nil || len(letters(t, b)) != 0 {
		t.Errorf("%v, %+v", err, letters(t, b))
	}
}

// Two processes are told to reindex at once: one does, the other is refused, and
// one generation is left.
func TestReindexTwiceAtOnce(t *testing.T) {
	n := estest.Start(t)
	store, o := provisioned(t, n)
	server := bustest.Start(t)
	b := server.Bus(t, "index")
	serve(t, b, store)
	serve(t, server.Bus(t, "index"), open(t, o))
	publish(t, b, 1, articles(0, 1000)...)
	eventually(t, "indexed", time.Minute, func() bool { return settled(t, b) })
	runs := []string{command(t, b), command(t, b)}
	eventually(t, "both are over", 2*time.Minute, func() bool {
		s, err := b.StreamState(t.Context(), event.Commands)
		return err == nil && s.Messages == 0
	})
	dead := letters(t, b)
	live, err := store.Generation(t.Context())
	if err != nil || live != search.GenerationOf(runs[0]) && live != search.GenerationOf(runs[1]) {
		t.Errorf("%s, %v", live, err)
	}
	if len(dead) != 1 || dead[0].Kind != fault.Conflict || !strings.Contains(dead[0].Message, "already") {
		t.Errorf("%+v", dead)
	}
	if got := n.Do(t, http.MethodGet, "/"+o.Prefix+"-g*/_alias", ""); strings.Count(string(got), `"aliases"`) != 1 || !strings.Contains(string(got), live) {
		t.Errorf("left: %s", got)
	}
	if got := count(t, n, o); got != 1000 {
		t.Errorf("%d articles", got)
	}
}

// An abandoned generation, whose process and command are gone, is deleted by the
// next reindex.
func TestAbandonedGeneration(t *testing.T) {
	n := estest.Start(t)
	store, o := provisioned(t, n)
	b := bustest.Start(t).Bus(t, "index")
	abandoned := search.NewGeneration()
	if _, made, err := store.Begin(context.Background(), abandoned); err != nil || !made {
		t.Fatal(made, err)
	}
	if _, made, err := store.Begin(context.Background(), abandoned); err != nil || made {
		t.Fatal(made, err)
	}
	if err := b.Begin(t.Context(), event.IndexNext, abandoned); err != nil {
		t.Fatal(err)
	}
	serve(t, b, store)
	publish(t, b, 1, articles(0, 3)...)
	run := command(t, b)
	eventually(t, "built anew", time.Minute, func() bool { return reindexed(t, b, store, run) })
	eventually(t, "it is gone", time.Minute, func() bool {
		return string(n.Do(t, http.MethodGet, "/"+o.Prefix+"-"+abandoned+"*/_alias", "")) == "{}"
	})
}
