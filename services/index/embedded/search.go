package embedded

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/blevesearch/bleve/v2"
	blevesearch "github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/search"
)

// Search answers a query.
func (s *volume) Search(ctx context.Context, q search.Query) (search.Result, error) {
	request := bleve.NewSearchRequestOptions(build(q), q.Limit+1, 0, false)
	request.Sort = order(q.Sort)
	request.Fields = []string{fieldSource}
	if q.Sort != search.Relevance {
		request.Score = "none"
	}
	if q.Behind != nil {
		request.SetSearchAfter(q.Behind.Keys)
	}
	found, err := s.run(ctx, request)
	if err != nil {
		return search.Result{}, err
	}
	result := search.Result{Total: int(found.Total), More: len(found.Hits) > q.Limit}
	for _, h := range found.Hits[:min(len(found.Hits), q.Limit)] {
		source, _ := h.Fields[fieldSource].(string)
		result.Hits = append(result.Hits, search.Hit{URI: h.ID, Source: []byte(source), Place: place(q.Sort, h)})
	}
	return result, nil
}

// List lists what searches can find, by uri.
func (s *volume) List(ctx context.Context, after string, limit int) ([]search.Listed, error) {
	return s.listed(ctx, term(fieldStatus, newspaper.Usable), after, limit)
}

// held lists what searches can find and what is withdrawn, by uri.
func (s *volume) held(ctx context.Context, after string, limit int) ([]search.Listed, error) {
	return s.listed(ctx, query.NewMatchAllQuery(), after, limit)
}

func (s *volume) listed(ctx context.Context, which query.Query, after string, limit int) ([]search.Listed, error) {
	request := bleve.NewSearchRequestOptions(which, limit, 0, false)
	request.Sort = blevesearch.SortOrder{&blevesearch.SortDocID{}}
	request.Fields = []string{fieldVersion}
	request.Score = "none"
	if after != "" {
		request.SetSearchAfter([]string{after})
	}
	found, err := s.run(ctx, request)
	if err != nil {
		return nil, err
	}
	out := make([]search.Listed, len(found.Hits))
	for i, h := range found.Hits {
		version, _ := h.Fields[fieldVersion].(string)
		sequence, err := strconv.ParseInt(version, 10, 64)
		if err != nil {
			return nil, storage(err, "the index in %s holds %s without its version", s.dir, h.ID)
		}
		out[i] = search.Listed{URI: h.ID, Sequence: sequence}
	}
	return out, nil
}

func (s *volume) run(ctx context.Context, request *bleve.SearchRequest) (result *bleve.SearchResult, err error) {
	done, err := s.use()
	if err != nil {
		return nil, err
	}
	defer done()
	defer func() {
		if p := recover(); p != nil { // a batch that failed is still in memory for a moment
			err = fault.Wrap(fault.Unavailable, fmt.Errorf("bleve panicked: %v", p), "the search was not finished")
		}
	}()
	result, err = s.index.SearchInContext(ctx, request)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the search was not finished")
	}
	return result, nil
}

// build makes bleve's query. Words decide the score, filters do not.
func build(q search.Query) query.Query {
	all := query.NewBooleanQuery(nil, nil, nil)
	for _, w := range q.Words {
		all.AddMust(word(w))
	}
	if len(q.Words) == 0 {
		all.AddMust(term(fieldStatus, newspaper.Usable))
	}
	var filters []query.Query
	for _, f := range q.Exact {
		var any []query.Query
		for _, v := range f.Values {
			any = append(any, term(f.Field, v))
		}
		filters = append(filters, query.NewDisjunctionQuery(any))
	}
	if q.From != "" || q.To != "" {
		yes := true
		days := query.NewTermRangeInclusiveQuery(q.From, q.To, &yes, &yes)
		days.SetField(search.FieldDate)
		filters = append(filters, days)
	}
	if len(filters) > 0 {
		all.AddFilter(query.NewConjunctionQuery(filters))
	}
	return all
}

// word matches in any of the text fields.
func word(w search.Word) query.Query {
	var any []query.Query
	terms, paired := phrase(w)
	for _, f := range search.TextFields {
		field := f.Name
		if !paired {
			field = search.Single(field)
		}
		q := query.NewMultiPhraseQuery(terms, field)
		q.SetBoost(f.Weight)
		any = append(any, q)
	}
	return query.NewDisjunctionQuery(any)
}

// phrase returns the terms of a word, one for each place, and whether they are
// pairs. Of the overlapping pairs of a run every second one and the last say it
// all, and the fewer the faster; a place without a term takes any.
func phrase(w search.Word) (terms [][]string, paired bool) {
	t := w.Tokens
	if !w.Bigrams() {
		for i := range t {
			terms = append(terms, []string{t[i].Term})
		}
		return terms, false
	}
	last := len(t) - 2
	for i := 0; i <= last; i++ {
		var term []string
		if i%2 == 0 || i == last {
			term = []string{t[i].Term + t[i+1].Term}
		}
		terms = append(terms, term)
	}
	return terms, true
}

func term(field, value string) query.Query {
	q := query.NewTermQuery(value)
	q.SetField(field)
	return q
}

// order is bleve's form of a sort.
func order(s search.Sort) blevesearch.SortOrder {
	var out blevesearch.SortOrder
	for _, k := range s.Keys() {
		switch k.Field {
		case search.FieldScore:
			out = append(out, &blevesearch.SortScore{Desc: k.Descending})
		case search.FieldURI:
			out = append(out, &blevesearch.SortDocID{Desc: k.Descending})
		default:
			out = append(out, &blevesearch.SortField{Field: k.Field, Desc: k.Descending, Type: blevesearch.SortFieldAsString, Missing: blevesearch.SortFieldMissingLast})
		}
	}
	return out
}

// place is where a hit stands in the order.
func place(s search.Sort, h *blevesearch.DocumentMatch) []string {
	keys := slices.Clone(h.Sort)
	for i, k := range s.Keys() {
		switch k.Field {
		case search.FieldScore:
			keys[i] = strconv.FormatFloat(h.Score, 'g', -1, 64)
		case search.FieldURI:
			keys[i] = h.ID
		}
	}
	return keys
}
