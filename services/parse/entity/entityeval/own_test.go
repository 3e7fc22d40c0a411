package entityeval

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/entity"
	"broadsheet/services/parse/entity/corpus"
)

func markup(t *testing.T, path string) []corpus.Text {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	texts, err := corpus.Markup(f)
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// TestShippedModel measures the model in the binary on paragraphs written for
// Broadsheet. It is a tripwire for broken weights, lists and rules, not a figure.
func TestShippedModel(t *testing.T) {
	report := Texts(entity.New(), markup(t, "../testdata/gold.txt"), entity.Context{}, nil)
	var out strings.Builder
	if err := report.Write(&out, true); err != nil {
		t.Fatal(err)
	}
	t.Log(out.String())
	for name, least := range map[string]float64{newspaper.PER: .9, newspaper.LOC: .85, newspaper.ORG: .85, newspaper.TITLE: .85} {
		if f1 := report.ByType[name].F1(); f1 < least {
			t.Errorf("%s: F1 %.3f, less than %.2f", name, f1, least)
		}
	}
}

func TestReport(t *testing.T) {
	var r Report
	mention := func(kind string, start, end int) newspaper.Mention {
		text := []rune("市长王刚到交城县看望李明")
		return newspaper.Mention{Type: kind, Text: string(text[start:end]), Start: start, End: end}
	}
	gold := []newspaper.Mention{mention("TITLE", 0, 2), mention("PER", 2, 4), mention("LOC", 5, 8), mention("PER", 10, 12)}
	found := []newspaper.Mention{mention("TITLE", 0, 2), mention("ORG", 2, 4), mention("LOC", 5, 7), mention("PER", 8, 10)}
	r.Add("body", "市长王刚到交城县看望李明", gold, found, nil)
	if c := r.Overall(); c != (Counts{Right: 0, Gold: 3, Found: 3}) {
		t.Errorf("overall %+v", c)
	}
	if c := r.ByType["TITLE"]; c.F1() != 1 {
		t.Errorf("titles %+v", c)
	}
	kinds := map[string]int{}
	for _, e := range r.Errors {
		kinds[e.Kind]++
	}
	for _, kind := range []string{Missed, Invented, Boundary, Type} {
		if kinds[kind] != 1 {
			t.Errorf("%d errors %q, want 1 in %+v", kinds[kind], kind, r.Errors)
		}
	}
	var html bytes.Buffer
	if err := r.HTML(&html); err != nil || !strings.Contains(html.String(), "<mark>交城县</mark>") {
		t.Errorf("%v: %s", err, html.String())
	}
}
