package ledger

import (
	"testing"

	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/api"
	"broadsheet/services/console/internal/play"
)

// walk is a ledger whose balance is checked at every step of a story.
type walk struct {
	t *testing.T
	l *Ledger
	b Bus
	*play.Company
	want api.Counts
}

// then waits for the step and compares the balance with what it should have become.
func (w *walk) then(step string, change func(*api.Counts)) {
	w.t.Helper()
	change(&w.want)
	caughtUp(w.t, w.l, w.b)
	if got := all(w.t, w.l); got != w.want {
		w.t.Errorf("%s:\n got %+v\nwant %+v", step, got, w.want)
	}
	checked(w.t, w.l)
}

func (w *walk) page(key newspaper.PageKey) api.Page {
	w.t.Helper()
	p, err := w.l.Page(key)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *walk) resolve(id, resolution string) {
	w.t.Helper()
	f := w.Parse.RetryLetter
	if resolution == event.Discarded {
		f = w.Parse.DiscardLetter
	}
	if err := f(w.t.Context(), "deadletters."+id); err != nil {
		w.t.Fatal(err)
	}
}

func startWalk(t *testing.T) *walk {
	t.Helper()
	s := bustest.Start(t)
	w := &walk{t: t, Company: play.New(t, s), b: s.Bus(t, "console")}
	w.l, _ = run(t, w.b, t.TempDir())
	return w
}

// Every fate of a revision, one after the other.
func TestAccountingOfPages(t *testing.T) {
	w := startWalk(t)
	key := play.Key(t, "a-bao", "01")
	first := w.Receive(key, "1")
	w.then("received", func(c *api.Counts) { c.Pages.Received++; c.Pages.Waiting++ })
	id := w.Bury(letter("parse", event.Pages, first, key, 1, ""))
	w.then("dead", func(c *api.Counts) { c.Pages.Waiting--; c.Pages.Dead++ })
	if r := w.page(key).Revisions[0]; r.Fate != api.Dead || r.Message != "broken" || r.Remedy != "mend it" || r.Letter != id || r.Attempts != 3 || r.Stage != api.StageParse {
		t.Errorf("dead: %+v", r)
	}
	w.resolve(id, event.Retried)
	w.then("retried", func(c *api.Counts) { c.Pages.Dead--; c.Pages.Waiting++ })
	if r := w.page(key).Revisions[0]; r.Fate != api.Waiting || r.Message != "" || !r.Since.After(r.Received) {
		t.Errorf("retried: %+v", r)
	}
	again := w.Bury(letter("parse", event.Commands, 7, key, 1, ""))
	w.then("the retry died", func(c *api.Counts) { c.Pages.Waiting--; c.Pages.Dead++ })
	w.resolve(again, event.Discarded)
	w.then("discarded", func(c *api.Counts) { c.Pages.Discarded++ })
	if p := w.page(key); p.Revisions[0].Fate != api.Discarded || !p.Settled || len(p.Letters) != 2 {
		t.Errorf("discarded: %+v", p)
	}

	w.Receive(key, "2")
	w.then("a second revision", func(c *api.Counts) { c.Pages.Received++; c.Pages.Waiting++ })
	w.Receive(key, "3")
	w.then("a third one before it was read", func(c *api.Counts) { c.Pages.Received++; c.Pages.Superseded++ })
	if r := w.page(key).Revisions[1]; r.Fate != api.Superseded || r.Replaced != 3 {
		t.Errorf("superseded: %+v", r)
	}
	w.Commit(key, reading(3, 0))
	w.then("committed, without an article", func(c *api.Counts) { c.Pages.Waiting--; c.Pages.Committed++; c.Manifests++ })
	w.Commit(key, play.Reading{Revision: 3, Run: "again", Text: "文\n"})
	w.then("parsed again", func(c *api.Counts) { c.Manifests++ })
	if r := w.page(key).Revisions[0]; r.Fate != api.Committed || r.Stage != api.StageDone || len(r.Commits) != 2 || r.Commits[1].Run != "again" {
		t.Errorf("committed: %+v", r)
	}

	late := play.Key(t, "a-bao", "02")
	w.Receive(late, "1")
	w.Receive(late, "2")
	w.then("two revisions", func(c *api.Counts) { c.Pages.Received += 2; c.Pages.Superseded++; c.Pages.Waiting++ })
	w.Commit(late, reading(1, 0)) // a worker had read the first one already
	w.then("the older one committed all the same", func(c *api.Counts) { c.Pages.Superseded--; c.Pages.Committed++; c.Manifests++ })
	w.Commit(late, reading(2, 0))
	w.then("and the newer one", func(c *api.Counts) { c.Pages.Waiting--; c.Pages.Committed++; c.Manifests++ })
}

// Every fate of an article's event.
func TestAccountingOfArticles(t *testing.T) {
	w := startWalk(t)
	key := play.Key(t, "a-bao", "01")
	w.Receive(key, "1")
	events := w.Commit(key, reading(1, 3))
	w.then("published", func(c *api.Counts) {
		c.Pages.Received, c.Pages.Committed, c.Manifests, c.Live = 1, 1, 1, 3
		c.Articles.Events, c.Articles.Waiting = 3, 3
	})
	if p := w.page(key); p.Settled || p.Revisions[0].Stage != api.StageIndex {
		t.Errorf("published: %+v", p)
	}
	w.Confirm(event.Applied, events[0])
	w.then("applied", func(c *api.Counts) { c.Articles.Waiting--; c.Articles.Applied++ })
	w.Confirm(event.Overtaken, events[1])
	w.then("overtaken", func(c *api.Counts) { c.Articles.Waiting--; c.Articles.Overtaken++ })
	w.Confirm(event.Applied, events[1]) // by itself, before a crash: applied is what stands
	w.then("overtaken by itself", func(c *api.Counts) { c.Articles.Overtaken--; c.Articles.Applied++ })
	w.Confirm(event.Overtaken, events[0])
	w.then("confirmed twice", func(*api.Counts) {})

	uri := events[2].URI
	id := w.Bury(letter("index", event.Articles, events[2].StreamSeq, key, 0, uri))
	w.then("refused by the index", func(c *api.Counts) { c.Articles.Waiting--; c.Articles.Dead++ })
	if a := w.page(key).Articles[2]; a.Index != api.Refused || a.Letter != id {
		t.Errorf("refused: %+v", a)
	}
	w.resolve(id, event.Retried)
	w.then("retried", func(c *api.Counts) { c.Articles.Dead--; c.Articles.Waiting++ })
	again := w.Bury(letter("index", event.Commands, 9, key, 0, uri))
	w.then("the retry died", func(c *api.Counts) { c.Articles.Waiting--; c.Articles.Dead++ })
	w.resolve(again, event.Retried)
	w.then("retried again", func(c *api.Counts) { c.Articles.Dead--; c.Articles.Waiting++ })
	w.Confirm(event.Applied, events[2])
	w.then("applied at last", func(c *api.Counts) { c.Articles.Waiting--; c.Articles.Applied++ })
	if p := w.page(key); !p.Settled || p.Revisions[0].Stage != api.StageDone {
		t.Errorf("all applied: %+v", p)
	}

	w.Receive(key, "2")
	gone := w.Commit(key, reading(2, 1)) // one article stays and is published anew, two are withdrawn
	w.then("withdrawn", func(c *api.Counts) {
		c.Pages.Received++
		c.Pages.Committed++
		c.Manifests++
		c.Live = 1
		c.Articles.Events += 3
		c.Articles.Waiting += 3
	})
	w.Confirm(event.Applied, gone...)
	w.then("and hidden", func(c *api.Counts) { c.Articles.Waiting -= 3; c.Articles.Applied += 3 })
	p := w.page(key)
	if len(p.Articles) != 3 || p.Articles[0].State != newspaper.Live || p.Articles[1].State != newspaper.Vanished || p.Articles[1].Reason == "" || p.Articles[1].Index != api.Applied {
		t.Errorf("withdrawn: %+v", p.Articles)
	}

	w.Receive(key, "3")
	dead := w.Commit(key, reading(3, 1))
	put := w.Bury(letter("index", event.Articles, dead[0].StreamSeq, key, 0, dead[0].URI))
	w.resolve(put, event.Discarded)
	w.then("put aside", func(c *api.Counts) {
		c.Pages.Received++
		c.Pages.Committed++
		c.Manifests++
		c.Articles.Events++
		c.Articles.Dead++
		c.Articles.Discarded++
	})
	if places, err := w.l.Sources(key); err != nil || places[dead[0].URI] != dead[0].StreamSeq || len(places) != 3 {
		t.Errorf("where its articles are: %v %v", places, err)
	}
}

// Messages that are no events of ours are counted, and nothing stops.
func TestUnreadable(t *testing.T) {
	w := startWalk(t)
	key := play.Key(t, "a-bao", "01")
	w.Garbage(event.ReceivedSubject(key))
	w.Garbage("deadletters.x")
	w.Receive(play.Key(t, "a-bao", "02"), "1")
	w.then("received", func(c *api.Counts) { c.Pages.Received++; c.Pages.Waiting++ })
	s, err := w.l.Summary()
	if err != nil || s.Positions[event.Pages].Unreadable != 1 || s.Positions[event.DeadLetters].Unreadable != 1 {
		t.Errorf("%+v %v", s.Positions, err)
	}
}
