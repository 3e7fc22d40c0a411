package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
)

// audit holds what was acknowledged against the streams, the index and the console's
// books, and returns what is not as it has to be. It reads the streams and the
// index itself; no service helps.
func (w *world) audit(ctx context.Context, r *result) []string {
	var a auditor
	a.ledger = w.ledger
	if err := a.read(ctx, w); err != nil {
		return []string{"the audit could not read: " + err.Error()}
	}
	for key, u := range w.ledger.pages {
		r.pages += len(u.sums)
		a.page(key, u)
	}
	if len(a.pages) != len(w.ledger.pages) {
		a.wrong("%d pages were acknowledged, %d are in the registry", len(w.ledger.pages), len(a.pages))
	}
	a.letters()
	a.index()
	r.articles, r.dead, r.deliveries = a.events, len(a.dead), a.deliveries
	a.books(ctx, w, r)
	const most = 20
	if len(a.findings) > most {
		a.findings = append(a.findings[:most], fmt.Sprintf("and %d more", len(a.findings)-most))
	}
	return a.findings
}

// auditor has what there is.
type auditor struct {
	ledger     *ledger
	pages      map[newspaper.PageKey]newspaper.Page       // the newest entry of the registry
	received   map[newspaper.PageKey]int                  // entries
	manifests  map[newspaper.PageKey][]newspaper.Manifest // in the order of the commits
	newest     map[string]version                         // of each article, as published
	events     int                                        // of articles
	dead       []event.Letter
	documents  map[string]version // what Elasticsearch holds
	shown      map[string]bool    // what readers find
	deliveries uint64
	findings   []string
}

// version is which state of an article it is.
type version struct {
	sequence  int64
	withdrawn bool
}

func (a *auditor) wrong(format string, args ...any) {
	a.findings = append(a.findings, fmt.Sprintf(format, args...))
}

func (a *auditor) read(ctx context.Context, w *world) error {
	b, err := w.As(ctx, "console")
	if err != nil {
		return err
	}
	defer b.Close()
	a.pages, a.received = map[newspaper.PageKey]newspaper.Page{}, map[newspaper.PageKey]int{}
	a.manifests, a.newest = map[newspaper.PageKey][]newspaper.Manifest{}, map[string]version{}
	for _, stream := range []string{event.Pages, event.Articles, event.DeadLetters} {
		if err := b.Read(ctx, stream, "", a.take); err != nil {
			return fmt.Errorf("%s: %w", stream, err)
		}
	}
	state, err := b.ConsumerState(ctx, event.IndexArticles)
	if err != nil {
		return err
	}
	a.deliveries = state.Deliveries
	if status, body, err := w.o.node.Request(ctx, http.MethodPost, "/"+w.prefix+"-g*/_refresh", ""); err != nil || status != http.StatusOK {
		return fmt.Errorf("refresh: %d, %w: %s", status, err, body)
	}
	a.documents, a.shown = map[string]version{}, map[string]bool{}
	if err := w.scan(ctx, w.prefix+"-g*", func(uri string, v version) { a.documents[uri] = v }); err != nil {
		return err
	}
	return w.scan(ctx, w.prefix, func(uri string, _ version) { a.shown[uri] = true })
}

// take reads a message of any stream.
func (a *auditor) take(m *bus.Message) error {
	e, err := m.Event()
	if err != nil {
		return err
	}
	switch e.Type {
	case event.PageReceived:
		page, err := event.DataAs[newspaper.Page](e, e.Type)
		a.pages[page.Key] = page
		a.received[page.Key]++
		return err
	case event.PageParsed:
		manifest, err := event.DataAs[newspaper.Manifest](e, e.Type)
		a.manifests[manifest.Key] = append(a.manifests[manifest.Key], manifest)
		return err
	case event.LetterWritten:
		letter, err := event.DataAs[event.Letter](e, e.Type)
		a.dead = append(a.dead, letter)
		return err
	}
	a.events++
	if v := (version{e.Sequence, e.Type == event.ArticleWithdrawn}); v.sequence > a.newest[e.Subject].sequence && !a.ledger.refused[e.Subject] {
		a.newest[e.Subject] = v
	}
	return nil
}

// page: the registry has exactly the acknowledged revisions, and each of them has
// one fate: committed, superseded or dead.
func (a *auditor) page(key newspaper.PageKey, u *uploaded) {
	entry := a.pages[key]
	if len(entry.Revisions) != len(u.sums) || a.received[key] != len(u.sums) {
		a.wrong("%s: %d revisions were acknowledged, %d are in the registry in %d entries", key, len(u.sums), len(entry.Revisions), a.received[key])
		return
	}
	for i, sum := range u.sums {
		place := slices.IndexFunc(entry.Revisions, func(r newspaper.Revision) bool { return r.SHA256 == sum })
		if place < 0 || u.http && place != i {
			a.wrong("%s: the bytes %s, acknowledged as revision %d, are in place %d", key, sum[:12], i+1, place+1)
		}
	}
	for _, r := range entry.Revisions {
		a.fate(key, r.Number, r.Number == entry.Current().Number, u.poison)
	}
}

func (a *auditor) fate(key newspaper.PageKey, revision int, newest, poison bool) {
	committed, dead := 0, 0
	for _, m := range a.manifests[key] {
		if m.Revision == revision {
			committed++
		}
	}
	for _, l := range a.dead {
		if l.Service == "parse" && l.Key == key && l.Revision == revision {
			dead++
		}
	}
	superseded := 0
	if !newest && committed+dead == 0 {
		superseded = 1
	}
	if committed+dead+superseded != 1 || poison != (dead == 1) {
		a.wrong("%s revision %d: committed %d times, dead %d times, superseded %d times", key, revision, committed, dead, superseded)
	}
}

// letters: exactly what has to be refused is dead.
func (a *auditor) letters() {
	expected := len(a.ledger.refused)
	for _, u := range a.ledger.pages {
		if u.poison {
			expected++
		}
	}
	for _, l := range a.dead {
		u := a.ledger.pages[l.Key]
		if poison := u != nil && u.poison && l.Service == "parse"; !poison && !a.ledger.refused[l.URI] {
			a.wrong("a good one is dead: %s %s: %s", l.Key, l.URI, l.Message)
		}
		if l.Message == "" || l.Kind == "" {
			a.wrong("the dead letter of %s %s gives no reason", l.Key, l.URI)
		}
	}
	if len(a.dead) != expected {
		a.wrong("%d dead letters, not %d", len(a.dead), expected)
	}
}

// index: Elasticsearch holds the newest version of every article and nothing else,
// and readers find what the manifests call live.
func (a *auditor) index() {
	for uri, want := range a.newest {
		if got, ok := a.documents[uri]; !ok {
			a.wrong("%s is not in the index", uri)
		} else if got != want {
			a.wrong("%s is in the index as %+v, published as %+v", uri, got, want)
		}
	}
	for uri := range a.documents {
		if _, ok := a.newest[uri]; !ok {
			a.wrong("%s is in the index and was never published", uri)
		}
	}
	live := 0
	for _, manifests := range a.manifests {
		for _, article := range manifests[len(manifests)-1].Articles {
			if article.State != newspaper.Live {
				continue
			}
			live++
			if v, ok := a.newest[article.URI]; !ok || v.withdrawn || !a.shown[article.URI] {
				a.wrong("%s is live; published %v, withdrawn %v, found by readers %v", article.URI, ok, v.withdrawn, a.shown[article.URI])
			}
		}
	}
	if live != len(a.shown) {
		a.wrong("%d articles are live, readers find %d", live, len(a.shown))
	}
}

// books: the console has counted the same.
func (a *auditor) books(ctx context.Context, w *world, r *result) {
	status, err := w.compared(ctx)
	if err != nil {
		a.wrong("%v", err)
		return
	}
	all := status.Accounting.All
	refused := len(a.ledger.refused)
	if len(status.Accounting.Differences) > 0 || !all.Balanced() || !status.Accounting.Settled || !status.Accounting.Exact {
		a.wrong("the books do not balance: %+v", status.Accounting)
	}
	if all.Pages.Received != r.pages || all.Pages.Dead != r.dead-refused || all.Articles.Events != r.articles || all.Articles.Dead != refused ||
		all.Live != len(a.shown) || status.Unresolved != r.dead {
		a.wrong("%d pages, %d events, %d live, %d dead were counted; the books say %+v, %d unresolved", r.pages, r.articles, len(a.shown), r.dead, all, status.Unresolved)
	}
}

// scan reads every document of an index or alias.
func (w *world) scan(ctx context.Context, index string, each func(uri string, v version)) error {
	after := ""
	for {
		request := `{"size":1000,"version":true,"_source":["withdrawn"],"sort":["uri"],"track_total_hits":false` + after + `}`
		status, body, err := w.o.node.Request(ctx, http.MethodPost, "/"+index+"/_search", request)
		if err != nil || status != http.StatusOK {
			return fmt.Errorf("search %s: %d, %w: %s", index, status, err, body)
		}
		var answer struct {
			Hits struct {
				Hits []struct {
					ID      string `json:"_id"`
					Version int64  `json:"_version"`
					Source  struct {
						Withdrawn bool `json:"withdrawn"`
					} `json:"_source"`
				}
			}
		}
		if err := json.Unmarshal(body, &answer); err != nil {
			return err
		}
		if len(answer.Hits.Hits) == 0 {
			return nil
		}
		for _, h := range answer.Hits.Hits {
			each(h.ID, version{h.Version, h.Source.Withdrawn})
			after = `,"search_after":[` + strconv.Quote(h.ID) + `]`
		}
	}
}
