package bus_test

import (
	"slices"
	"testing"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

func TestCommittedPages(t *testing.T) {
	_, b := server(t)
	issue := key(t, 1).Issue()
	if pages, err := b.CommittedPages(t.Context(), issue); err != nil || len(pages) != 0 {
		t.Fatal(pages, err)
	}
	for _, n := range []int{3, 1, 12} {
		changes, manifest := articles(t, key(t, n), 1, 1)
		if err := b.CommitPage(t.Context(), changes, manifest, 0, ""); err != nil {
			t.Fatal(err)
		}
	}
	pages, err := b.CommittedPages(t.Context(), issue)
	if want := []newspaper.PageKey{key(t, 1), key(t, 3), key(t, 12)}; err != nil || !slices.Equal(pages, want) {
		t.Fatal(pages, err)
	}
	other, err := newspaper.NewIssueKey(issue.Publication, "2026-03-03")
	if err != nil {
		t.Fatal(err)
	}
	if pages, err := b.CommittedPages(t.Context(), other); err != nil || len(pages) != 0 {
		t.Fatal(pages, err)
	}
}

// Of two who say the same thing at the same moment one is told that it was said.
func TestIssueEventsAreGuarded(t *testing.T) {
	_, b := server(t)
	issue := key(t, 1).Issue()
	a, guard, err := b.Announcement(t.Context(), issue)
	if err != nil || guard != 0 || len(a.Pages) != 0 {
		t.Fatal(a, guard, err)
	}
	a = newspaper.Announcement{Issue: issue, Pages: []newspaper.PageKey{key(t, 1)}, Announced: time.Now().UTC().Round(0)}
	if err := b.Announce(t.Context(), a, guard, ""); err != nil {
		t.Fatal(err)
	}
	if err := b.Announce(t.Context(), a, guard, ""); !fault.Is(err, fault.Conflict) {
		t.Errorf("announced twice: %v", err)
	}
	if got, _, err := b.Announcement(t.Context(), issue); err != nil || got.Issue != issue || !slices.Equal(got.Pages, a.Pages) {
		t.Errorf("%+v, %v", got, err)
	}
	c := newspaper.CompletedIssue{Issue: issue, Sequence: 17, Pages: []newspaper.CompletedPage{{Key: key(t, 1), Revision: 1}}}
	if err := b.CompleteIssue(t.Context(), c, 0, ""); err != nil {
		t.Fatal(err)
	}
	if err := b.CompleteIssue(t.Context(), c, 0, ""); !fault.Is(err, fault.Conflict) {
		t.Errorf("completed twice: %v", err)
	}
	if got, guard, err := b.CompletedIssue(t.Context(), issue); err != nil || guard == 0 || got.Sequence != 17 || !got.Same(&c) {
		t.Errorf("%+v, %d, %v", got, guard, err)
	}
	n := 0
	if err := b.Read(t.Context(), event.Issues, "issues.completed.>", func(*bus.Message) error { n++; return nil }); err != nil || n != 1 {
		t.Errorf("%d events, %v", n, err)
	}
}
