package crashtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"broadsheet/cmd/broadsheet/client"
	"broadsheet/cmd/broadsheet/internal/madeup"
	"broadsheet/contract"
	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/api"
)

// awaitQuiet returns the status once nothing is waiting any more.
func awaitQuiet(ctx context.Context, t *testing.T, server *client.Client) api.Status {
	t.Helper()
	var status api.Status
	for {
		var err error
		status, err = server.Status(ctx)
		if err == nil && status.Accounting.Settled && status.Accounting.Exact {
			return status
		}
		select {
		case <-ctx.Done():
			t.Fatalf("not quiet in time: %v, %+v", err, status.Accounting)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// check holds the service's own books, the streams and the search against what
// was acknowledged.
func check(ctx context.Context, t *testing.T, v *victim, server *client.Client, status api.Status, l *ledger, seed uint64) {
	t.Helper()
	revisions := 0
	for _, receipts := range l.pages {
		revisions += len(receipts)
	}
	all := status.Accounting.All
	if len(status.Accounting.Differences) > 0 || !all.Balanced() {
		t.Errorf("the books do not balance: %+v", status.Accounting)
	}
	if len(l.pages) != pages || all.Pages.Received != revisions || all.Pages.Dead != 0 || all.Articles.Dead != 0 ||
		all.Pages.Committed+all.Pages.Superseded != revisions {
		t.Errorf("%d pages with %d revisions were acknowledged, the books say %+v", len(l.pages), revisions, all)
	}
	if status.Index == nil || !status.Index.Equal() {
		t.Errorf("index and manifests differ: %+v", status.Index)
	}

	s := readStreams(ctx, t, v)
	for key, receipts := range l.pages {
		s.checkPage(t, key, receipts)
	}
	if len(s.pages) != len(l.pages) || len(s.manifests) != len(l.pages) {
		t.Errorf("%d pages acknowledged, %d in PAGES, %d in ARTICLES", len(l.pages), len(s.pages), len(s.manifests))
	}
	live := s.live()
	if all.Live != len(live) || len(live) < pages*articles {
		t.Errorf("%d live articles in the manifests, the books say %d; at least %d were uploaded", len(live), all.Live, pages*articles)
	}
	if shown := searchAll(ctx, t, server); !slices.Equal(shown, live) {
		t.Errorf("search shows %d articles, %d are live%s", len(shown), len(live), difference(shown, live))
	}
	checkMarkers(ctx, t, server, l, seed)
}

// streams is what the streams hold, read without any service's help.
type streams struct {
	pages     map[newspaper.PageKey][]newspaper.Page
	manifests map[newspaper.PageKey][]newspaper.Manifest
	versions  map[string][]string // by uri, as published
}

var errEnd = errors.New("end of the stream")

func readStreams(ctx context.Context, t *testing.T, v *victim) streams {
	t.Helper()
	b, err := bus.Connect(ctx, bus.Options{URL: "nats://" + v.nats, Name: "cli"})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	s := streams{map[newspaper.PageKey][]newspaper.Page{}, map[newspaper.PageKey][]newspaper.Manifest{}, map[string][]string{}}
	for _, name := range []string{event.Pages, event.Articles} {
		state, err := b.StreamState(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		err = b.Follow(ctx, name, 0, "", func(m *bus.Message) error {
			if err := s.take(m); err != nil {
				return err
			}
			if m.StreamSeq >= state.Last {
				return errEnd
			}
			return nil
		})
		if !errors.Is(err, errEnd) {
			t.Fatalf("%s: %v", name, errors.Join(err, ctx.Err()))
		}
	}
	return s
}

func (s streams) take(m *bus.Message) error {
	if err := contract.Check(m.Data); err != nil {
		return err
	}
	e, err := m.Event()
	if err != nil {
		return err
	}
	switch e.Type {
	case event.PageReceived:
		page, err := event.DataAs[newspaper.Page](e, e.Type)
		s.pages[page.Key] = append(s.pages[page.Key], page)
		return err
	case event.PageParsed:
		manifest, err := event.DataAs[newspaper.Manifest](e, e.Type)
		s.manifests[manifest.Key] = append(s.manifests[manifest.Key], manifest)
		return err
	}
	article, err := event.DataAs[newspaper.Article](e, e.Type)
	s.versions[article.URI] = append(s.versions[article.URI], article.Version)
	return err
}

// checkPage: the registry holds exactly the acknowledged revisions, each was
// committed at most once, the newest exactly once and last.
func (s streams) checkPage(t *testing.T, key newspaper.PageKey, receipts []newspaper.Receipt) {
	t.Helper()
	entries, manifests := s.pages[key], s.manifests[key]
	if len(entries) != len(receipts) || len(manifests) == 0 || len(manifests) > len(receipts) {
		t.Errorf("%s: %d revisions acknowledged, %d received, %d committed", key, len(receipts), len(entries), len(manifests))
		return
	}
	registry := entries[len(entries)-1].Revisions
	for i, r := range receipts {
		if i >= len(registry) || registry[i].SHA256 != r.SHA256 || registry[i].Number != r.Number {
			t.Errorf("%s: the registry has not the acknowledged revision %d", key, r.Number)
		}
	}
	for i := 1; i < len(manifests); i++ {
		if manifests[i].Revision <= manifests[i-1].Revision {
			t.Errorf("%s: revision %d is committed after %d", key, manifests[i].Revision, manifests[i-1].Revision)
		}
	}
	if newest := manifests[len(manifests)-1]; newest.Revision != receipts[len(receipts)-1].Number {
		t.Errorf("%s: revision %d is acknowledged, %d is live", key, receipts[len(receipts)-1].Number, newest.Revision)
	}
}

// live returns the uris that the newest manifests call live, sorted. No uri may
// have one version twice.
func (s streams) live() []string {
	var out []string
	for _, manifests := range s.manifests {
		for _, a := range manifests[len(manifests)-1].Articles {
			if a.State == newspaper.Live {
				out = append(out, a.URI)
			}
		}
	}
	for uri, versions := range s.versions {
		for i, version := range versions {
			if version != fmt.Sprint(i+1) {
				out = append(out, fmt.Sprintf("%s was published with versions %v", uri, versions))
				break
			}
		}
	}
	slices.Sort(out)
	return out
}

// searchAll returns the uri of every article that readers can find, sorted, and
// those that come twice twice.
func searchAll(ctx context.Context, t *testing.T, server *client.Client) []string {
	t.Helper()
	var out []string
	query := url.Values{"publication": {"ceshi-bao"}, "limit": {"100"}}
	for {
		hits, err := server.Search(ctx, query)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range hits.Articles {
			out = append(out, h.URI)
		}
		if hits.Next == "" {
			slices.Sort(out)
			return out
		}
		query.Set("cursor", hits.Next)
	}
}

// checkMarkers looks for the word that only one article has: the newest
// revision's, and no other's.
func checkMarkers(ctx context.Context, t *testing.T, server *client.Client, l *ledger, seed uint64) {
	t.Helper()
	for n := 0; n < pages; n += revised {
		newest := madeup.New(seed, n, 2, articles)
		old := madeup.New(seed, n, 1, articles)
		expect := map[string]int{old.Markers[articles-1]: 0}
		for _, marker := range newest.Markers {
			expect[marker] = 1
		}
		for marker, want := range expect {
			hits, err := server.Search(ctx, url.Values{"q": {marker}})
			if err != nil {
				t.Fatal(err)
			}
			if hits.Total != want {
				t.Errorf("%s is found %d times, not %d (%s has %d revisions)", marker, hits.Total, want, newest.Key, len(l.pages[newest.Key]))
			}
		}
	}
}

func difference(a, b []string) string {
	text := ""
	for _, uri := range a {
		if !slices.Contains(b, uri) {
			text += "\n  not live: " + uri
		}
	}
	for _, uri := range b {
		if !slices.Contains(a, uri) {
			text += "\n  not shown: " + uri
		}
	}
	if len(text) > 1000 {
		text = text[:1000] + "…"
	}
	return text
}
