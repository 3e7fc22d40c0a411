// Package relevance measures the order in which searches answer: queries as
// people type them, over the articles of the sample pages, with judgements of how
// well each article answers (queries.yaml). All of it is written by us.
package relevance

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/goccy/go-yaml"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/samples"
	"broadsheet/services/index"
	"broadsheet/services/index/search"
)

//go:embed queries.yaml
var queriesText []byte

// Depth is how many hits of each query are looked at.
const Depth = 10

// Query is a search with the articles that answer it.
type Query struct {
	Kind      string         `yaml:"kind"` // person, event, phrase, character, question, words, operators, variants
	Text      string         `yaml:"q"`
	Judgement map[string]int `yaml:"good"` // by label: 3 just what was looked for, 2 much of it, 1 touches on it
}

// Queries reads the queries; an error is a mistake in them.
func Queries() ([]Query, error) {
	var out struct {
		Queries []Query `yaml:"queries"`
	}
	if err := yaml.UnmarshalWithOptions(queriesText, &out, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("queries.yaml: %w", err)
	}
	return out.Queries, nil
}

// labels name the sample pages in queries.yaml; an article's label has its number
// on the page behind a dot, from 1: h18-1.2.
var labels = map[string]string{
	"heyang-ribao/2025-04-18/main/01": "h18-1", "heyang-ribao/2025-04-18/main/02": "h18-2", "heyang-ribao/2025-04-18/main/03": "h18-3",
	"heyang-ribao/2025-04-18/main/04": "h18-4", "heyang-ribao/2025-04-19/main/01": "h19-1", "heyang-ribao/2025-04-19/main/02": "h19-2",
	"heyang-ribao/2025-09-12/main/01": "h12-1", "lanpu-wanbao/2025-04-19/main/A01": "l19-1", "lanpu-wanbao/2025-04-19/main/A02": "l19-2",
	"lanpu-wanbao/2025-09-12/main/A03": "l12-3", "nanyu-shibao/2025-09-12/main/A01": "n12-1", "nanyu-shibao/2025-09-12/main/A02": "n12-2",
}

// Articles returns the articles of the sample pages as parse should make them, by
// label.
func Articles() (map[string]newspaper.Article, error) {
	out := map[string]newspaper.Article{}
	for _, page := range samples.Pages() {
		label := labels[page.Key.String()]
		if label == "" {
			continue // a page that came later: nobody has judged its articles
		}
		g, err := page.Gold()
		if err != nil {
			return nil, err
		}
		entities, _, err := page.Entities()
		if err != nil {
			return nil, err
		}
		for i, a := range g.Articles {
			a.URI = page.Key.ArticleURI(fmt.Sprintf("%08x", i+1))
			a.Version, a.PubStatus, a.VersionCreated = "1", newspaper.Usable, time.Date(2025, 9, 12, 0, 0, 0, 0, time.UTC)
			a.Print.Publication, a.Print.Date, a.Print.Edition, a.Print.Page = page.Key.Publication, page.Key.Date, page.Key.Edition, page.Key.Page
			a.Print.Position = i + 1
			for _, e := range entities.Articles {
				if e.Index == i+1 {
					name(&a, e.Mentions)
				}
			}
			out[fmt.Sprintf("%s.%d", label, i+1)] = a
		}
	}
	return out, nil
}

// name takes the names of an article from its mentions, as parse does.
func name(a *newspaper.Article, mentions []newspaper.Mention) {
	for _, m := range mentions {
		switch {
		case m.Field == "byline":
		case m.Type == "PER" && !slices.ContainsFunc(a.People, func(p newspaper.Person) bool { return p.Name == m.Text }):
			a.People = append(a.People, newspaper.Person{Name: m.Text, Count: 1})
		case m.Type == "ORG" && !slices.ContainsFunc(a.Organisations, func(n newspaper.Named) bool { return n.Name == m.Text }):
			a.Organisations = append(a.Organisations, newspaper.Named{Name: m.Text, Count: 1})
		case m.Type == "LOC" && !slices.ContainsFunc(a.Places, func(n newspaper.Named) bool { return n.Name == m.Text }):
			a.Places = append(a.Places, newspaper.Named{Name: m.Text, Count: 1})
		}
	}
}

// Fill writes the articles into a store. Afterwards they have to be found soon.
func Fill(ctx context.Context, store index.Store) error {
	articles, err := Articles()
	if err != nil {
		return err
	}
	var writes []search.Write
	for _, a := range articles {
		source, err := json.Marshal(a)
		if err != nil {
			return err
		}
		writes = append(writes, search.Write{URI: a.URI, Sequence: 1, Article: a, Source: source})
	}
	for _, v := range store.Write(ctx, writes) {
		if v.Err != nil {
			return v.Err
		}
	}
	return wait(ctx, store, len(articles))
}

// wait returns when all articles are found.
func wait(ctx context.Context, store index.Store, n int) error {
	for {
		r, err := store.Search(ctx, search.Query{Sort: search.Newest, Limit: 1})
		if err != nil {
			return err
		}
		if r.Total == n {
			return nil
		}
		if r.Total > n {
			return fault.New(fault.Conflict, "the index has %d articles that are not ours", r.Total-n).Fix("measure in an index of its own")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Result is how well a query was answered.
type Result struct {
	Query Query
	NDCG  float64
	Found []string // labels of the first Depth hits
}

// Report has the results of all queries.
type Report struct {
	Results []Result
	NDCG    float64 // the mean
}

// Measure asks all queries of a store that Fill has filled.
func Measure(ctx context.Context, store index.Store) (Report, error) {
	queries, err := Queries()
	if err != nil {
		return Report{}, err
	}
	articles, err := Articles()
	if err != nil {
		return Report{}, err
	}
	label := map[string]string{}
	for l, a := range articles {
		label[a.URI] = l
	}
	var report Report
	for _, q := range queries {
		for l := range q.Judgement {
			if _, ok := articles[l]; !ok {
				return report, fmt.Errorf("queries.yaml: %q judges %s, which there is not", q.Text, l)
			}
		}
		parsed, err := search.Parse(url.Values{"q": {q.Text}, "limit": {fmt.Sprint(Depth)}})
		if err != nil {
			return report, fmt.Errorf("queries.yaml: %q: %w", q.Text, err)
		}
		answer, err := index.Find(ctx, store, parsed)
		if err != nil {
			return report, err
		}
		result := Result{Query: q}
		for _, source := range answer.Articles {
			var a newspaper.Article
			if err := json.Unmarshal(source, &a); err != nil {
				return report, err
			}
			result.Found = append(result.Found, label[a.URI])
		}
		result.NDCG = ndcg(result.Found, q.Judgement)
		report.Results = append(report.Results, result)
		report.NDCG += result.NDCG / float64(len(queries))
	}
	return report, nil
}

// ndcg is the discounted gain of the hits, as a share of the best there could be.
func ndcg(found []string, judgement map[string]int) float64 {
	gain := func(grade, place int) float64 { return (math.Exp2(float64(grade)) - 1) / math.Log2(float64(place)+2) }
	got := 0.0
	for place, l := range found[:min(len(found), Depth)] {
		got += gain(judgement[l], place)
	}
	grades := make([]int, 0, len(judgement))
	for _, g := range judgement {
		grades = append(grades, g)
	}
	slices.Sort(grades)
	slices.Reverse(grades)
	ideal := 0.0
	for place, g := range grades[:min(len(grades), Depth)] {
		ideal += gain(g, place)
	}
	if ideal == 0 { // nothing answers it: nothing must be found
		if len(found) == 0 {
			return 1
		}
		return 0
	}
	return got / ideal
}

// Write writes the report: of every kind of query the mean, and with all set of
// every query what was found.
func (r Report) Write(w io.Writer, all bool) error {
	kinds := map[string][]float64{}
	var names []string
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, one := range r.Results {
		if kinds[one.Query.Kind] == nil {
			names = append(names, one.Query.Kind)
		}
		kinds[one.Query.Kind] = append(kinds[one.Query.Kind], one.NDCG)
		if all {
			_, _ = fmt.Fprintf(t, "%.3f\t%s\t%s\n", one.NDCG, one.Query.Text, strings.Join(one.graded(), " "))
		}
	}
	if all {
		_, _ = fmt.Fprintln(t)
	}
	for _, kind := range names {
		sum := 0.0
		for _, n := range kinds[kind] {
			sum += n
		}
		_, _ = fmt.Fprintf(t, "%s\t%d queries\tnDCG@%d %.3f\n", kind, len(kinds[kind]), Depth, sum/float64(len(kinds[kind])))
	}
	_, _ = fmt.Fprintf(t, "all\t%d queries\tnDCG@%d %.3f\n", len(r.Results), Depth, r.NDCG)
	return t.Flush()
}

// graded are the hits with their grades, and what was not found.
func (r Result) graded() []string {
	var out []string
	for _, l := range r.Found {
		out = append(out, fmt.Sprintf("%s=%d", l, r.Query.Judgement[l]))
	}
	var missing []string
	for l, g := range r.Query.Judgement {
		if !slices.Contains(r.Found, l) {
			missing = append(missing, fmt.Sprintf("!%s=%d", l, g))
		}
	}
	slices.Sort(missing)
	return append(out, missing...)
}
