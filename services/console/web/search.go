package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/search"
)

// Index finds articles.
type Index interface {
	// Find takes the parameters of the index's GET /v1/articles.
	Find(ctx context.Context, q url.Values) (search.Answer, error)
	Article(ctx context.Context, uri string) (search.Article, error)
	Related(ctx context.Context, uri string, limit int) ([]search.Article, error)
}

// noIndex is for a console that was not told where the index is.
func noIndex() error {
	return fault.New(fault.Unavailable, "the console was not told where the index is").Fix("start it with --index, the address of the index's HTTP interface")
}

// searchView is the search page.
type searchView struct {
	Query   url.Values     // as asked, without what is empty
	Problem *fault.Problem // why there is no answer; nil: there is one
	Answer  search.Answer
	Hits    []hitView
	Facets  []facetView
	Chosen  []choice // the filters that are set
	Sorts   []option
	Share   string // address of this search, from its beginning
	Next    string // address of the next page; "": this is the last
	Later   bool   // it is not the first page
	Feed    string // the search as Atom; CSV and JSON Lines likewise
	CSV     string
	Lines   string
}

// hitView is an article that was found.
type hitView struct {
	search.Article
	Headline paragraph
	Snippets []paragraph
}

// Paper is the publication's name, or its slug.
func (h hitView) Paper() string { return paper(h.Print.Name, h.Print.Publication) }

func paper(name, slug string) string {
	if name != "" {
		return name
	}
	return slug
}

// facetView is the values of a facet.
type facetView struct {
	Name, Label string
	Values      []facetValue
}

type facetValue struct {
	search.Count
	Label   string
	Address string // of the search narrowed down to it, or without it when Chosen; "": it cannot be
	Chosen  bool
}

// choice is a filter that is set.
type choice struct{ Name, Label, Value, Text, Without string }

// option is an entry of a list to choose from.
type option struct {
	Value, Label string
	Selected     bool
}

// What is asked for of each facet, and in which order.
var facets = []struct{ name, label string }{
	{"publication", "Publication"}, {"month", "Month"}, {"person", "People"}, {"organisation", "Organisations"}, {"place", "Places"}, {"title", "Titles"},
}

// filters are the parameters that narrow a search down. Those beginning with
// from are given once.
var filters = []struct{ name, label string }{
	{"publication", "publication"}, {"edition", "edition"}, {"page", "page"}, {"month", "month"}, {"type", "type"}, {"person", "person"},
	{"organisation", "organisation"}, {"place", "place"}, {"title", "title"}, {"byline", "byline"}, {"agency", "agency"},
	{"from", "from"}, {"to", "to"}, {"minConfidence", "confidence at least"}, {"collapse", "once"},
}

// Title is what is looked for.
func (v *searchView) Title() string {
	if q := v.Query.Get("q"); q != "" {
		return q + " · Search"
	}
	return "Search"
}

// Status is that of the answer.
func (v *searchView) Status() int {
	if v.Problem != nil {
		return v.Problem.Status
	}
	return http.StatusOK
}

// Get is a parameter of the search.
func (v *searchView) Get(name string) string { return v.Query.Get(name) }

// Found says how many there are.
func (v *searchView) Found() string {
	found := plural(v.Answer.Total, "article", "articles")
	if v.Answer.AtLeast() {
		found = "more than " + found
	}
	return found
}

// Kept are the filters that the form has no field for.
func (v *searchView) Kept() []choice {
	return slices.DeleteFunc(slices.Clone(v.Chosen), func(c choice) bool {
		return slices.Contains([]string{"from", "to", "collapse"}, c.Name)
	})
}

func (s *Site) search(r *http.Request) (any, error) {
	v := &searchView{Query: given(r.URL.Query())}
	v.Later = v.Get("cursor") != ""
	base := clone(v.Query)
	base.Del("cursor")
	v.Share = address("/search", base)
	for _, f := range []struct {
		to     *string
		format string
	}{{&v.Feed, "atom"}, {&v.CSV, "csv"}, {&v.Lines, "jsonl"}} {
		*f.to = address("/v1/articles", with(base, "format", f.format))
	}
	v.choices(s.name)
	v.sorts()
	asked := clone(v.Query)
	asked.Set("facetSize", "8")
	for _, f := range facets {
		asked.Add("facet", f.name)
	}
	if asked.Get("limit") == "" {
		asked.Set("limit", "20")
	}
	var err error
	if v.Answer, err = s.find(r.Context(), asked); err != nil {
		s.report(r, err)
		p := fault.ProblemOf(err)
		v.Problem = &p
		return v, nil
	}
	for _, a := range v.Answer.Articles {
		v.Hits = append(v.Hits, newHit(a))
	}
	if v.Answer.Next != "" {
		v.Next = address("/search", with(base, "cursor", v.Answer.Next))
	}
	v.count(base, s.name)
	return v, nil
}

func (s *Site) find(ctx context.Context, q url.Values) (search.Answer, error) {
	if s.index == nil {
		return search.Answer{}, noIndex()
	}
	return s.index.Find(ctx, q)
}

// choices are the filters that are set, each with the search without it.
func (v *searchView) choices(name func(string) string) {
	for _, f := range filters {
		for _, value := range v.Query[f.name] {
			c := choice{f.name, f.label, value, value, address("/search", without(v.Query, f.name, value))}
			switch f.name {
			case "publication":
				c.Text = name(value)
			case "collapse":
				c.Text = "reprints"
			}
			v.Chosen = append(v.Chosen, c)
		}
	}
}

// sorts are the orders. That of a search that names none is not in its address: it
// depends on whether there are words.
func (v *searchView) sorts() {
	usual := option{Label: "best first"}
	if v.Get("q") == "" {
		usual.Label = "best or newest"
	}
	v.Sorts = []option{usual, {Value: "newest", Label: "newest first"}, {Value: "oldest", Label: "oldest first"}, {Value: "position", Label: "front pages first"}}
	for i := range v.Sorts {
		v.Sorts[i].Selected = v.Sorts[i].Value == v.Get("sort")
	}
}

// count lays the facets out.
func (v *searchView) count(base url.Values, name func(string) string) {
	for _, f := range facets {
		view := facetView{Name: f.name, Label: f.label}
		for _, c := range v.Answer.Facets[f.name] {
			value := facetValue{Count: c, Label: c.Value, Chosen: slices.Contains(base[f.name], c.Value)}
			if f.name == "publication" {
				value.Label = name(c.Value)
			}
			value.Address = address("/search", narrowed(base, f.name, c.Value))
			if value.Chosen {
				value.Address = address("/search", without(base, f.name, c.Value))
			}
			view.Values = append(view.Values, value)
		}
		if len(view.Values) > 0 {
			v.Facets = append(v.Facets, view)
		}
	}
}

// narrowed is a search for those of its articles that have the value. A filter
// with two values finds what has either; the count beside a second one is of what
// has both, which q can say.
func narrowed(q url.Values, name, value string) url.Values {
	if len(q[name]) == 0 || name == "publication" || name == "month" {
		return with(q, name, value)
	}
	words := q.Get("q")
	if strings.Contains(words, "OR") {
		words = "(" + words + ")"
	}
	return with(q, "q", strings.TrimSpace(words+" "+name+`:"`+strings.ReplaceAll(value, `"`, "")+`"`))
}

func newHit(a search.Article) hitView {
	v := hitView{Article: a, Headline: headline(&a.Article)}
	for _, piece := range a.Highlights["headline"] {
		if p := highlighted(piece); p.plain() == a.MainHeadline() {
			v.Headline = p
		}
	}
	for _, field := range []string{"body", "caption", "byline"} {
		for _, piece := range a.Highlights[field] {
			v.Snippets = append(v.Snippets, highlighted(piece))
		}
	}
	const most, beginning = 3, 140
	v.Snippets = v.Snippets[:min(len(v.Snippets), most)]
	if text := a.Text(); len(v.Snippets) == 0 && text != "" {
		v.Snippets = []paragraph{{{"", beginningOf(text, beginning)}}}
	}
	return v
}

// headline is the main headline, or a picture's caption: what a list calls it.
func headline(a *newspaper.Article) paragraph {
	text := a.MainHeadline()
	if text == "" && a.Type == newspaper.TypePicture && len(a.Descriptions) > 0 {
		text = beginningOf(a.Descriptions[0].Value, 40)
	}
	if text == "" {
		return nil
	}
	return paragraph{{"", text}}
}

// beginningOf is the first characters of a text, on one line.
func beginningOf(text string, most int) string {
	runes := []rune(strings.ReplaceAll(text, "\n", " "))
	if len(runes) <= most {
		return string(runes)
	}
	return string(runes[:most]) + "…"
}
