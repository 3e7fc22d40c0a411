package parse

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// asLines is what broadsheet parse prints of a page.
func asLines(t testing.TB, articles []newspaper.Article) []byte {
	t.Helper()
	var out bytes.Buffer
	for _, a := range articles {
		data, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(data, '\n'))
	}
	return out.Bytes()
}

func plainParser(t testing.TB) *Parser {
	t.Helper()
	catalogue, err := newspaper.NewCatalogue(false)
	if err != nil {
		t.Fatal(err)
	}
	return NewParser(catalogue, nil)
}

// What was parsed elsewhere by us is, taken in, the same article: text, entities,
// identity. Only where it stands is that of the page made of the articles.
func TestArticlesOfAPage(t *testing.T) {
	p := plainParser(t)
	page, err := p.Parse(t.Context(), text(harvest, bridge, library), "text/plain", pageKey)
	if err != nil {
		t.Fatal(err)
	}
	want := Fresh(page, pageKey, noon)
	got, err := p.Parse(t.Context(), asLines(t, want), newspaper.ArticlesType, pageKey)
	if err != nil {
		t.Fatal(err)
	}
	articles := Fresh(got, pageKey, noon)
	if len(articles) != len(want) {
		t.Fatalf("%d articles, not %d", len(articles), len(want))
	}
	lines := strings.Split(got.Text, "\n")
	covered := 0
	for i := range articles {
		for _, r := range articles[i].Print.Lines {
			covered += r.Len()
			if lines[r[0]-1] != articles[i].MainHeadline() {
				t.Errorf("article %d begins at %q", i, lines[r[0]-1])
			}
		}
		articles[i].Print.Lines, want[i].Print.Lines = nil, nil
		if !reflect.DeepEqual(articles[i], want[i]) {
			t.Errorf("taken in:\n%+v\nparsed:\n%+v", articles[i], want[i])
		}
	}
	blank := len(want) - 1 // between the articles
	if covered+blank != got.Lines {
		t.Errorf("%d of %d lines belong to an article", covered, got.Lines)
	}
	// Without entities they are found.
	for i := range want {
		want[i].Mentions, want[i].People, want[i].Organisations, want[i].Places = nil, nil, nil, nil
	}
	if got, err = p.Parse(t.Context(), asLines(t, want), newspaper.ArticlesType, pageKey); err != nil || len(got.Articles[0].Mentions) == 0 {
		t.Errorf("%+v, %v", got.Articles, err)
	}
}

func TestArticlesThatAreNone(t *testing.T) {
	p := plainParser(t)
	good := newspaper.Article{Type: newspaper.TypeText, Headlines: []newspaper.Headline{{Role: newspaper.Main, Value: "秋"}},
		Print: newspaper.Print{Publication: pageKey.Publication, Date: pageKey.Date, Edition: pageKey.Edition, Page: pageKey.Page}}
	elsewhere := good
	elsewhere.Print.Page = "02"
	named := good
	named.URI = "urn:broadsheet:article:heyang-ribao:2026-03-02:main:02:7f3c9a1e"
	spoilt := good
	spoilt.Type = "video"
	for name, c := range map[string]struct {
		data  []byte
		kind  fault.Kind
		field string
		says  string
	}{
		"another page":     {asLines(t, []newspaper.Article{good, elsewhere}), fault.Invalid, "print.page", "line 2"},
		"another's uri":    {asLines(t, []newspaper.Article{named}), fault.Invalid, "uri", "line 1"},
		"bad vocabulary":   {append([]byte("\n\n"), asLines(t, []newspaper.Article{spoilt})...), fault.Invalid, "type", "line 3"},
		"cut":              {[]byte(`{"type":"te`), fault.Invalid, "", "line 1"},
		"another's field":  {[]byte(`{"type":"text","surprise":1}`), fault.Invalid, "", "line 1"},
		"nothing":          {[]byte("\n\n"), fault.Invalid, "", "no article"},
		"too many":         {bytes.Repeat(asLines(t, []newspaper.Article{good}), 451), fault.TooLarge, "", "450"},
		"half a character": {[]byte(`{"type":"text","by":"\ud800"}`), fault.Invalid, "", "line 1"},
		"a lone surrogate": {[]byte("{\"type\":\"text\",\"by\":\"\xed\xa0\x80\"}"), fault.Invalid, "", "line 1"},
	} {
		_, err := p.Parse(t.Context(), c.data, newspaper.ArticlesType, pageKey)
		if !fault.Is(err, c.kind) || fault.ProblemOf(err).Field != c.field || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v (%+v)", name, err, fault.ProblemOf(err))
		}
	}
}

// A page of articles is committed, corrected and parsed again like any other.
func TestArticlesAreCommitted(t *testing.T) {
	b := bustest.Start(t).Bus(t, "parse")
	s := newService(t, b)
	start(t, s)
	page := parsed(t, harvest, library)
	receiveTyped(t, b, pageKey, asLines(t, Fresh(page, pageKey, noon)), newspaper.ArticlesType)
	settled(t, b)
	before := live(t, b)
	if len(before) != 2 {
		t.Fatal(before)
	}
	receiveTyped(t, b, pageKey, asLines(t, Fresh(parsed(t, harvest, libraryCorrected), pageKey, noon)), newspaper.ArticlesType)
	settled(t, b)
	after := live(t, b)
	versions := map[string]int{}
	for uri, a := range after {
		if _, there := before[uri]; !there {
			t.Errorf("%s changed its uri", a.MainHeadline())
		}
		versions[a.Version]++
	}
	if fmt.Sprint(versions) != "map[1:1 2:1]" {
		t.Errorf("versions %v", versions)
	}
	if m := manifest(t, b); m.Encoding != "utf-8" || m.Lines == 0 || m.Text == "" {
		t.Errorf("%+v", m)
	}
}

func FuzzReadArticle(f *testing.F) {
	f.Add([]byte(`{"type":"text","headlines":[{"role":"main","value":"秋"}],"print":{"publication":"a","date":"2026-03-02","edition":"main","page":"01","continues":null}}`))
	f.Add([]byte(`{"uri":"urn:broadsheet:article:a:2026-03-02:main:01:7f3c9a1e","type":"picture","print":{}}`))
	p := plainParser(f)
	f.Fuzz(func(t *testing.T, line []byte) {
		a, key, err := ReadArticle(line)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("%q: %v", line, err)
			}
			return
		}
		got, err := p.Parse(t.Context(), asLines(t, []newspaper.Article{a}), newspaper.ArticlesType, key)
		if err != nil || len(got.Articles) != 1 {
			t.Fatalf("%q: %v", line, err)
		}
		again, err := json.Marshal(Bare(got.Articles[0]))
		if err != nil || !json.Valid(again) {
			t.Fatalf("%q: %v", line, err)
		}
	})
}
