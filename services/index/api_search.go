package index

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"broadsheet/pkg/fault"
	"broadsheet/services/index/search"
)

// Values of Answer.TotalRelation.
const (
	TotalExact   = "exact"
	TotalAtLeast = "atLeast"
)

// Answer is a page of a search's result. An article is as in the article's
// events, with "highlights" added: by field, pieces of text in HTML in which the
// words that were looked for stand in <em>…</em>.
type Answer struct {
	Total         int                       `json:"total"`
	TotalRelation string                    `json:"totalRelation"`     // exact, or atLeast when there are more than 10,000
	Relaxed       bool                      `json:"relaxed,omitempty"` // no article has all that was asked for; these have most of it
	Notes         []string                  `json:"notes,omitempty"`   // for a person: why the answer may not be what was expected
	Articles      []json.RawMessage         `json:"articles"`
	Facets        map[string][]search.Count `json:"facets,omitempty"` // those asked for
	Next          string                    `json:"next,omitempty"`   // the cursor of the next page; absent on the last
}

func (s *Service) searchArticles(ctx context.Context, r *http.Request) (response, error) {
	params, err := parameters(r)
	if err != nil {
		return response{}, err
	}
	f, err := chosen(r, params)
	if err != nil {
		return response{}, err
	}
	address := *r.URL
	delete(params, "format")
	if f == atom && params.Get("sort") == "" {
		params.Set("sort", string(search.Newest)) // a feed is read from its newest end
	}
	q, err := search.Parse(params)
	if err != nil {
		return response{}, err
	}
	out, err := Find(ctx, s.store, q)
	if err != nil {
		return response{}, err
	}
	next := ""
	if out.Next != "" {
		values := address.Query()
		values.Set("cursor", out.Next)
		next = (&url.URL{Path: address.Path, RawQuery: values.Encode()}).String()
	}
	body, err := f.write(&page{Answer: out, self: address.RequestURI(), next: next, query: params.Get("q")})
	return response{media: f.media, body: body, next: next}, err
}

// Find answers a query from a store, in its relaxed form when nothing has all of
// it: what GET /v1/articles answers.
func Find(ctx context.Context, store Store, q search.Query) (*Answer, error) {
	result, err := store.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	if result.Total == 0 && q.Behind == nil {
		if relaxed, ok := q.Relax(); ok {
			if result, err = store.Search(ctx, relaxed); err != nil {
				return nil, err
			}
			if result.Total > 0 {
				q = relaxed
			}
		}
	}
	out := &Answer{
		Total: result.Total, TotalRelation: TotalExact, Relaxed: q.Relaxed, Facets: result.Facets,
	}
	if result.AtLeast {
		out.TotalRelation = TotalAtLeast
	}
	if q.Relaxed {
		out.Notes = append(out.Notes, "no article has all of q; these have the most of it. Put in quotes what must be there")
	}
	shown := collapsed{hits: result.Hits, more: result.More}
	if len(result.Hits) > 0 {
		shown.last = result.Hits[len(result.Hits)-1].Place
	}
	if q.Collapse {
		if shown, err = collapse(ctx, store, q, result); err != nil {
			return nil, err
		}
		if shown.hidden > 0 {
			out.Notes = append(out.Notes, "prints of the same copy are shown once, under the first of them; total and facets count each")
		}
	}
	out.Articles = make([]json.RawMessage, len(shown.hits))
	for i, h := range shown.hits {
		if out.Articles[i], err = highlighted(h, q.Words); err == nil && len(shown.prints[h.URI]) > 0 {
			out.Articles[i], err = with(out.Articles[i], "reprints", shown.prints[h.URI])
		}
		if err != nil {
			return nil, err
		}
	}
	if shown.more {
		out.Next = q.Cursor(shown.last)
	}
	if result.Total == 0 {
		note, err := misspelt(ctx, store, q)
		if err != nil {
			return nil, err
		}
		out.Notes = append(out.Notes, note...)
	}
	return out, nil
}

// misspelt says of publications that are filtered by that the index has nothing of
// them: a slug that is misspelt looks like a search without a hit.
func misspelt(ctx context.Context, store Store, q search.Query) ([]string, error) {
	for _, f := range q.Exact {
		if f.Field != search.FieldPublication {
			continue
		}
		all, err := store.Search(ctx, search.Query{Sort: search.Newest, Limit: 1, Facets: []search.Facet{
			{Name: "publication", Field: search.FieldPublication, Size: search.MaxFacetSize},
		}})
		if err != nil {
			return nil, err
		}
		known := map[string]bool{}
		var names []string
		for _, c := range all.Facets["publication"] {
			known[c.Value] = true
			names = append(names, c.Value)
		}
		var missing []string
		for _, v := range f.Values {
			if !known[v] && len(names) < search.MaxFacetSize {
				missing = append(missing, v)
			}
		}
		if len(missing) > 0 {
			return []string{fmt.Sprintf("the index has no article of publication %s; it has: %s", strings.Join(missing, ", "), strings.Join(names, ", "))}, nil
		}
	}
	return nil, nil
}

// highlighted is a hit with its highlights. It is added to the text as it is
// stored, so that what a newer writer put there is answered too.
func highlighted(h search.Hit, words []search.Word) (json.RawMessage, error) {
	if len(words) == 0 {
		return h.Source, nil
	}
	a, err := decoded(h.URI, h.Source)
	if err != nil {
		return nil, err
	}
	found := search.Highlights(a, words)
	if found == nil {
		return h.Source, nil
	}
	return with(h.Source, "highlights", found)
}

// with adds a field to a JSON object.
func with(source json.RawMessage, name string, value any) (json.RawMessage, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "%s cannot be written as JSON", name)
	}
	out := append([]byte{}, source[:len(source)-1]...)
	out = append(out, `,"`+name+`":`...)
	return append(append(out, data...), '}'), nil
}
