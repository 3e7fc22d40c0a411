// Package storetest is the contract of the index's stores: every store runs it,
// so that all of them answer alike.
package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index"
	"broadsheet/services/index/search"
)

// Subject is a store under test.
type Subject struct {
	Store index.Store
	// Refresh returns when what was written is found by searches. Nil: it is at once.
	Refresh func(context.Context) error
}

// Run runs the contract. open returns an empty store, which it closes with the
// test.
func Run(t *testing.T, open func(t *testing.T) Subject) {
	for name, test := range map[string]func(*testing.T, *suite){
		"Versions":           testVersions,
		"VersionsInOneBatch": testVersionsInOneBatch,
		"Withdrawn":          testWithdrawn,
		"Get":                testGet,
		"List":               testList,
		"Words":              testWords,
		"ManyTexts":          testManyTexts,
		"Filters":            testFilters,
		"Language":           testLanguage,
		"Variants":           testVariants,
		"Refusals":           testRefusals,
		"Facets":             testFacets,
		"Offices":            testOffices,
		"Suggest":            testSuggest,
		"Relaxed":            testRelaxed,
		"Related":            testRelated,
		"Reprints":           testReprints,
		"Collapse":           testCollapse,
		"Total":              testTotal,
		"Order":              testOrder,
		"Paging":             testPaging,
		"PagingWhileWriting": testPagingWhileWriting,
		"Highlights":         testHighlights,
		"Random":             testRandom,
		"OddArticles":        testOddArticles,
		"Interrupted":        testInterrupted,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			test(t, &suite{t, s})
		})
	}
}

// suite is a store with the words of the tests.
type suite struct {
	*testing.T
	Subject
}

// on is the suite in a subtest.
func (s *suite) on(t *testing.T) *suite { return &suite{t, s.Subject} }

var day = newspaper.PageKey{Publication: "heyang-ribao", Date: "2026-03-02", Edition: "main", Page: "01"}

// Article returns an article of ours with that headline and body, the nth of a
// page.
func Article(key newspaper.PageKey, n int, headline, body string) newspaper.Article {
	return newspaper.Article{
		URI: key.ArticleURI(fmt.Sprintf("%08x", n)), Type: newspaper.TypeText, Version: "1", PubStatus: newspaper.Usable, Language: "zh-Hans",
		VersionCreated: time.Date(2026, 3, 2, 1, 2, 3, 0, time.UTC),
		Headlines:      []newspaper.Headline{{Role: newspaper.Main, Value: headline}},
		Bodies:         []newspaper.Body{{Role: "main", ContentType: "text/plain", CharCount: len([]rune(body)), Value: body}},
		Print: newspaper.Print{
			Publication: key.Publication, Name: "河阳日报", Date: key.Date, Edition: key.Edition, Page: key.Page, Position: n,
			Lines: []newspaper.LineRange{{n, n}}, Confidence: 0.9, HeadlinePosition: newspaper.HeadlineBefore,
		},
	}
}

// Write returns the write of an article as an event of that sequence makes it.
func Write(t testing.TB, a newspaper.Article, sequence int64) search.Write {
	t.Helper()
	source, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return search.Write{URI: a.URI, Sequence: sequence, Withdrawn: a.PubStatus == newspaper.Canceled, Article: a, Source: source}
}

// Withdrawn returns what parse publishes when it withdraws an article.
func Withdrawn(a newspaper.Article, reason string) newspaper.Article {
	return newspaper.Article{
		URI: a.URI, Type: newspaper.TypeText, Version: "2", VersionCreated: a.VersionCreated, PubStatus: newspaper.Canceled, EdNote: reason,
		Print: newspaper.Print{
			Publication: a.Print.Publication, Date: a.Print.Date, Edition: a.Print.Edition, Page: a.Print.Page,
			HeadlinePosition: newspaper.HeadlineNone,
		},
	}
}

// write writes articles under a sequence; all must be applied.
func (s *suite) write(sequence int64, articles ...newspaper.Article) {
	s.Helper()
	writes := make([]search.Write, len(articles))
	for i, a := range articles {
		writes[i] = Write(s, a, sequence)
	}
	s.outcomes(writes, event.Applied)
}

// outcomes writes and compares the verdicts; one outcome stands for all.
func (s *suite) outcomes(writes []search.Write, want ...event.Outcome) {
	s.Helper()
	verdicts := s.Store.Write(s.Context(), writes)
	if len(verdicts) != len(writes) {
		s.Fatalf("%d verdicts for %d writes", len(verdicts), len(writes))
	}
	for i, v := range verdicts {
		if expected := want[min(i, len(want)-1)]; v.Err != nil || v.Outcome != expected {
			s.Fatalf("write %d of %s: %s, %v; want %s", i, writes[i].URI, v.Outcome, v.Err, expected)
		}
	}
	if s.Refresh != nil {
		if err := s.Refresh(s.Context()); err != nil {
			s.Fatal(err)
		}
	}
}

// query parses parameters written as in a URL's query, unescaped: "q=雪&limit=5".
func query(t testing.TB, params string) search.Query {
	t.Helper()
	q, err := parse(params)
	if err != nil {
		t.Fatalf("%s: %v", params, err)
	}
	return q
}

func parse(params string) (search.Query, error) { return search.Parse(values(params)) }

func values(params string) url.Values {
	values := url.Values{}
	for _, p := range strings.Split(params, "&") {
		if name, value, ok := strings.Cut(p, "="); ok {
			values[name] = append(values[name], value)
		}
	}
	return values
}

// find returns the position numbers of the articles found, in their order.
func (s *suite) find(params string) []int {
	s.Helper()
	return numbers(s, s.search(query(s, params)))
}

func (s *suite) search(q search.Query) search.Result {
	s.Helper()
	r, err := s.Store.Search(s.Context(), q)
	if err != nil {
		s.Fatalf("search: %v", err)
	}
	return r
}

// numbers reads the test's number of an article off its uri.
func numbers(t testing.TB, r search.Result) []int {
	t.Helper()
	out := []int{}
	for _, h := range r.Hits {
		_, id, err := newspaper.ParseArticleURI(h.URI)
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.ParseInt(id, 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, int(n))
	}
	return out
}

// finds compares what is found, in any order.
func (s *suite) finds(params string, want ...int) {
	s.Helper()
	r := s.search(query(s, params))
	got := numbers(s, r)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) && (len(got) > 0 || len(want) > 0) {
		s.Errorf("%s finds %v, not %v", params, got, want)
	}
	if r.Total != len(got) && !r.More {
		s.Errorf("%s finds %d and says %d", params, len(got), r.Total)
	}
}
