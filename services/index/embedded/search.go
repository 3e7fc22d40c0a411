package embedded

import (
	"context"
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
func (v *volume) Search(ctx context.Context, q search.Query) (search.Result, error) {
	done, err := v.use()
	if err != nil {
		return search.Result{}, err
	}
	defer done()
	request := bleve.NewSearchRequestOptions(build(q), q.Limit+1, 0, false)
	request.Sort = order(q.Sort)
	request.Fields = []string{fieldSource}
	if q.Sort != search.Relevance {
		request.Score = "none"
	}
	if q.Behind != nil {
		request.SetSearchAfter(q.Behind.Keys)
	}
	found, err := v.index.SearchInContext(ctx, request)
	if err != nil {
		return search.Result{}, fault.Wrap(fault.Unavailable, err, "the search was not finished")
	}
	result := search.Result{Total: int(found.Total), More: len(found.Hits) > q.Limit}
	for _, h := range found.Hits[:min(len(found.Hits), q.Limit)] {
		source, _ := h.Fields[fieldSource].(string)
		result.Hits = append(result.Hits, search.Hit{URI: h.ID, Source: []byte(source), Place: place(q.Sort, h)})
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
	for _, f := range search.TextFields {
		phrase := query.NewMatchPhraseQuery(w.Text)
		field, analyzer := f.Name, pairs
		if !w.Bigrams() {
			field, analyzer = search.Single(f.Name), single
		}
		phrase.SetField(field)
		phrase.Analyzer = analyzer
		phrase.SetBoost(f.Weight)
		any = append(any, phrase)
	}
	return query.NewDisjunctionQuery(any)
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
