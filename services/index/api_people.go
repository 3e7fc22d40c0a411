package index

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/search"
)

// PersonAnswer is what the papers have of everybody of one name.
type PersonAnswer struct {
	Name          string            `json:"name"`  // half width and simplified, as people are told apart
	Total         int               `json:"total"` // articles
	TotalRelation string            `json:"totalRelation"`
	First         string            `json:"first"`  // day of the earliest paper
	Last          string            `json:"last"`   // day of the latest
	Titles        []HeldTitle       `json:"titles"` // earliest first
	Publications  []search.Count    `json:"publications"`
	Months        []search.Count    `json:"months"` // of most articles first
	With          []search.Count    `json:"with"`   // people in the same articles
	Organisations []search.Count    `json:"organisations"`
	Places        []search.Count    `json:"places"`
	Articles      []json.RawMessage `json:"articles"`       // the newest
	Next          string            `json:"next,omitempty"` // cursor of GET /v1/articles?person=NAME&sort=newest
}

// HeldTitle is a title that articles give a person, with the months of the first
// and the last paper that does.
type HeldTitle struct {
	Title string `json:"title"`
	First string `json:"first"` // YYYY-MM
	Last  string `json:"last"`
	Count int    `json:"count"` // articles
}

// maxOffices bounds how many pairs of title and month are read of a person.
const maxOffices = 1000

func (s *Service) person(ctx context.Context, r *http.Request) (any, error) {
	name := search.FoldName(r.PathValue("name"))
	if n := utf8.RuneCountInString(name); n > search.MaxValue {
		return nil, fault.New(fault.Invalid, "the name is %d characters long, more than %d", n, search.MaxValue).On("name").Fix("give the name of one person")
	}
	if name == "" || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return nil, fault.New(fault.Invalid, "%q is not a name", name).On("name").Fix("give a name in UTF-8, without control characters")
	}
	limit, err := limited(r, 1, search.DefaultLimit, search.MaxLimit)
	if err != nil {
		return nil, err
	}
	facet := func(name, field string) search.Facet { return search.Facet{Name: name, Field: field, Size: 25} }
	q := search.Query{
		Exact: []search.Filter{{Field: search.FieldPerson, Values: []string{name}}}, Sort: search.Newest, Limit: limit,
		Facets: []search.Facet{
			{Name: "office", Field: search.FieldOffice, Prefix: search.Office(name, "", ""), Size: maxOffices},
			facet("person", search.FieldPerson), facet("organisation", search.FieldOrganisation), facet("place", search.FieldPlace),
			facet("publication", search.FieldPublication), {Name: "month", Field: search.FieldMonth, Size: search.MaxFacetSize},
		},
	}
	found, err := Find(ctx, s.store, q)
	if err != nil {
		return nil, err
	}
	if found.Total == 0 {
		return nil, fault.New(fault.NotFound, "no article names a person %q", name).On("name").Fix("look the name up: GET /v1/suggest?kind=person&q=…")
	}
	q.Sort, q.Limit, q.Facets = search.Oldest, 1, nil
	oldest, err := Find(ctx, s.store, q)
	if err != nil {
		return nil, err
	}
	first, err := day(oldest.Articles)
	if err != nil {
		return nil, err
	}
	last, err := day(found.Articles)
	if err != nil {
		return nil, err
	}
	return PersonAnswer{
		Name: name, Total: found.Total, TotalRelation: found.TotalRelation, First: first, Last: last,
		Titles: held(found.Facets["office"]), Publications: found.Facets["publication"], Months: found.Facets["month"],
		With:          slices.DeleteFunc(found.Facets["person"], func(c search.Count) bool { return c.Value == name }),
		Organisations: found.Facets["organisation"], Places: found.Facets["place"],
		Articles: found.Articles, Next: found.Next,
	}, nil
}

// day is that of the first article's paper; "": there is none any more.
func day(articles []json.RawMessage) (string, error) {
	if len(articles) == 0 {
		return "", nil
	}
	a, err := decoded("an article", articles[0])
	if err != nil {
		return "", err
	}
	return a.Print.Date, nil
}

// held puts the months of a title together.
func held(offices []search.Count) []HeldTitle {
	titles := map[string]*HeldTitle{}
	for _, o := range offices {
		_, title, month, ok := search.ParseOffice(o.Value)
		if !ok {
			continue
		}
		t := titles[title]
		if t == nil {
			t = &HeldTitle{Title: title, First: month, Last: month}
			titles[title] = t
		}
		t.First, t.Last, t.Count = min(t.First, month), max(t.Last, month), t.Count+o.Count
	}
	out := []HeldTitle{}
	for _, t := range titles {
		out = append(out, *t)
	}
	slices.SortFunc(out, func(a, b HeldTitle) int {
		return cmp.Or(strings.Compare(a.First, b.First), b.Count-a.Count, strings.Compare(a.Title, b.Title))
	})
	return out
}

// RelatedAnswer has articles like one, the most alike first. Each has "shared"
// added: the names that both have.
type RelatedAnswer struct {
	Articles []json.RawMessage `json:"articles"`
}

// Shared are names that two articles have in common.
type Shared struct {
	People        []string `json:"people,omitempty"`
	Organisations []string `json:"organisations,omitempty"`
	Places        []string `json:"places,omitempty"`
}

func (s *Service) related(ctx context.Context, r *http.Request) (any, error) {
	uri := r.PathValue("uri")
	limit, err := limited(r, 1, search.DefaultLimit, search.MaxLimit)
	if err != nil {
		return nil, err
	}
	stored, err := s.visible(ctx, uri)
	if err != nil {
		return nil, err
	}
	a, err := decoded(uri, stored.Source)
	if err != nil {
		return nil, err
	}
	out := RelatedAnswer{Articles: []json.RawMessage{}}
	q, ok := search.Related(a, limit+1) // one of them is the article itself
	if !ok {
		return out, nil
	}
	found, err := s.store.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	for _, h := range found.Hits {
		if h.URI == uri || len(out.Articles) == limit {
			continue
		}
		other, err := decoded(h.URI, h.Source)
		if err != nil {
			return nil, err
		}
		article, err := with(h.Source, "shared", shared(a, other))
		if err != nil {
			return nil, err
		}
		out.Articles = append(out.Articles, article)
	}
	return out, nil
}

func shared(a, b *newspaper.Article) Shared {
	x, y := search.Fields(a), search.Fields(b)
	return Shared{common(x.Person, y.Person), common(x.Organisation, y.Organisation), common(x.Place, y.Place)}
}

func common(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return !slices.Contains(b, s) })
}

// SuggestAnswer has names that begin as what was typed.
type SuggestAnswer struct {
	Suggestions []search.Suggestion `json:"suggestions"` // those of most articles first
}

func (s *Service) suggest(ctx context.Context, r *http.Request) (any, error) {
	params, err := parameters(r)
	if err != nil {
		return nil, err
	}
	b, err := search.ParseBeginning(params)
	if err != nil {
		return nil, err
	}
	found, err := s.store.Suggest(ctx, b)
	if err != nil {
		return nil, err
	}
	if found == nil {
		found = []search.Suggestion{}
	}
	return SuggestAnswer{found}, nil
}
