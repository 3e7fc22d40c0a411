package index_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"broadsheet/services/index"
	"broadsheet/services/index/internal/prints"
)

// An article is answered with its other prints, and a search shows them once.
func TestReprintsOverHTTP(t *testing.T) {
	b := newBench(t, nil)
	copy, print := prints.Printed(3)
	alone := prints.Filler(5)
	first, second := copy, print
	if print.Print.Date+print.URI < copy.Print.Date+copy.URI {
		first, second = print, copy
	}
	b.publish(copy, print, alone)
	b.settled()
	type answered struct {
		URI      string
		Reprints []index.Reprint
	}
	status, body := b.get("/v1/articles/" + url.PathEscape(second.URI))
	got := decode[answered](t, body)
	if status != http.StatusOK || len(got.Reprints) != 1 || got.Reprints[0].URI != first.URI || got.Reprints[0].Date != first.Print.Date ||
		got.Reprints[0].Publication != first.Print.Publication || got.Reprints[0].Headline != first.MainHeadline() || got.Reprints[0].Covered < 0.55 {
		t.Errorf("%d %s", status, body)
	}
	if _, body := b.get("/v1/articles/" + url.PathEscape(alone.URI)); strings.Contains(string(body), "reprints") {
		t.Errorf("%s", body)
	}
	_, body = b.get("/v1/articles", "collapse", "reprints")
	all := decode[struct {
		Total    int
		Notes    []string
		Articles []answered
	}](t, body)
	if all.Total != 3 || len(all.Articles) != 2 || len(all.Notes) != 1 {
		t.Fatalf("%s", body)
	}
	for _, a := range all.Articles {
		if a.URI == second.URI || a.URI == first.URI && (len(a.Reprints) != 1 || a.Reprints[0].URI != second.URI) {
			t.Errorf("%+v", a)
		}
	}
	if p := b.problem("/v1/articles", "collapse", "yes"); p.Field != "collapse" || p.Remedy == "" {
		t.Errorf("%+v", p)
	}
	for _, format := range []string{"csv", "jsonl", "atom"} {
		if status, body := b.get("/v1/articles", "collapse", "reprints", "format", format); status != http.StatusOK || strings.Contains(string(body), second.URI) && format != "jsonl" {
			t.Errorf("%s: %d %s", format, status, body)
		}
	}
}
