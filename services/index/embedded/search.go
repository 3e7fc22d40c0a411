package embedded

import (
	"context"
	"fmt"
	"strconv"

	"github.com/blevesearch/bleve/v2"
	blevesearch "github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
	index "github.com/blevesearch/bleve_index_api"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/search"
)

// Search answers a query.
func (s *volume) Search(ctx context.Context, q search.Query) (result search.Result, err error) {
	done, err := s.use()
	if err != nil {
		return search.Result{}, err
	}
	defer done()
	defer recovered(&err)
	reader, err := s.reader()
	if err != nil {
		return search.Result{}, err
	}
	defer func() { _ = reader.Close() }()
	c, err := s.newCollector(reader, q)
	if err != nil {
		return search.Result{}, err
	}
	if err := s.collect(ctx, c); err != nil {
		return search.Result{}, fault.Wrap(fault.Unavailable, err, "the search was not finished")
	}
	result = search.Result{
		Total: min(c.total, search.MaxTotal), AtLeast: c.total > search.MaxTotal, More: len(c.best) > q.Limit, Facets: c.facets(),
	}
	for _, hit := range c.sorted()[:min(len(c.best), q.Limit)] {
		stored, err := s.stored(reader, c.uri(hit))
		if err != nil {
			return search.Result{}, err
		}
		result.Hits = append(result.Hits, search.Hit{URI: stored.URI, Source: stored.Source, Place: c.place(hit)})
	}
	if c.err != nil {
		return search.Result{}, storage(c.err, "the index in %s cannot be read", s.dir)
	}
	return result, nil
}

// recovered makes an error of a panic of bleve's: a batch that failed is still in
// memory for a moment.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fault.Wrap(fault.Unavailable, fmt.Errorf("bleve panicked: %v", p), "the search was not finished")
	}
}

// collect runs the collector's query.
func (s *volume) collect(ctx context.Context, c *collector) error {
	options := blevesearch.SearcherOptions{}
	if c.query.Sort != search.Relevance {
		options.Score = "none"
	}
	scoring, err := scoring(ctx, c.reader)
	if err != nil {
		return err
	}
	hits, err := build(c.query).Searcher(scoring, c.reader, s.index.Mapping(), options)
	if err != nil {
		return err
	}
	defer func() { _ = hits.Close() }()
	return c.collect(ctx, hits)
}

// typical are lengths of texts in terms. Scores compare a text's length with them;
// were they counted, the order would change with every article that arrives.
var typical = map[string]float64{search.FieldHeadline: 20, search.FieldBody: 400, search.FieldCaption: 40, search.FieldByline: 6}

// scoring is a context in which hits are scored by BM25.
func scoring(ctx context.Context, reader index.IndexReader) (context.Context, error) {
	n, err := reader.DocCount()
	if err != nil {
		return nil, err
	}
	stats := &blevesearch.BM25Stats{DocCount: float64(n), FieldCardinality: map[string]int{fieldStatus: int(n), "*": int(n)}} // * is what bleve makes of several terms
	for _, f := range append([]string{search.FieldSketch}, search.KeywordFields...) {
		stats.FieldCardinality[f] = int(n)
	}
	for _, f := range search.TextFields {
		for _, name := range []string{f.Name, search.Single(f.Name), gramsOf(f.Name)} {
			stats.FieldCardinality[name] = int(typical[f.Name] * float64(n))
		}
	}
	ctx = context.WithValue(ctx, blevesearch.BM25StatsKey, stats)
	return context.WithValue(ctx, blevesearch.GetScoringModelCallbackKey, blevesearch.GetScoringModelCallbackFn(func() string { return index.BM25Scoring })), nil
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
	defer recovered(&err)
	result, err = s.index.SearchInContext(ctx, request)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the search was not finished")
	}
	return result, nil
}

// build makes bleve's query. What is looked for decides the score, filters do not.
func build(q search.Query) query.Query {
	all := query.NewBooleanQuery(nil, nil, nil)
	if q.Root != nil {
		all.AddMust(clause(q.Root))
	} else {
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
		filters = append(filters, between(search.FieldDate, q.From, q.To))
	}
	if q.Confidence != "" {
		filters = append(filters, between(search.FieldConfidence, q.Confidence, ""))
	}
	if len(filters) > 0 {
		all.AddFilter(query.NewConjunctionQuery(filters))
	}
	return all
}

// between matches what lies between two values, both included; "" is open.
func between(field, from, to string) query.Query {
	yes := true
	q := query.NewTermRangeInclusiveQuery(from, to, &yes, &yes)
	q.SetField(field)
	return q
}

// clause is a clause in bleve's form.
func clause(c search.Clause) query.Query {
	switch c := c.(type) {
	case search.All:
		return query.NewConjunctionQuery(clauses(c))
	case search.Any:
		q := query.NewDisjunctionQuery(clauses(c.Of))
		q.SetMin(float64(c.Least()))
		return q
	case search.Not:
		visible := term(fieldStatus, newspaper.Usable)
		visible.SetBoost(0)
		return query.NewBooleanQuery([]query.Query{visible}, nil, []query.Query{clause(c.Of)})
	case search.Exact:
		q := term(c.Field, c.Value)
		q.SetBoost(weight(c.Weight))
		return q
	case search.Text:
		return text(c)
	}
	return query.NewMatchNoneQuery() // there are no other clauses
}

func clauses(of []search.Clause) []query.Query {
	out := make([]query.Query, len(of))
	for i, c := range of {
		out[i] = clause(c)
	}
	return out
}

func weight(w float64) float64 {
	if w == 0 {
		return 1
	}
	return w
}

// text matches in any of the text fields.
func text(t search.Text) query.Query {
	var any []query.Query
	for _, f := range t.In() {
		any = append(any, in(f.Name, t.Word, f.Weight*weight(t.Weight)))
	}
	return query.NewDisjunctionQuery(any)
}

// filterBoost is what a term counts that is only looked up to be quick.
const filterBoost = 0.001

// in matches a word in a text field: by one term where there is one for it, else
// by the places of its terms, in the documents that have all its grams.
func in(field string, w search.Word, boost float64) query.Query {
	terms, paired := phrase(w)
	runs, enough := gramsIn(w)
	switch {
	case enough:
		q := term(gramsOf(field), runs[0])
		q.SetBoost(boost)
		return q
	case paired && len(w.Tokens) == 2:
		q := term(field, terms[0][0])
		q.SetBoost(boost)
		return q
	case len(w.Tokens) == 1:
		q := term(search.Single(field), terms[0][0])
		q.SetBoost(boost)
		return q
	}
	places := query.NewMultiPhraseQuery(terms, field)
	if !paired {
		places = query.NewMultiPhraseQuery(terms, search.Single(field))
	}
	places.SetBoost(boost)
	all := []query.Query{places}
	for _, r := range runs {
		q := term(gramsOf(field), r)
		q.SetBoost(filterBoost)
		all = append(all, q)
	}
	return query.NewConjunctionQuery(all)
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

func term(field, value string) *query.TermQuery {
	q := query.NewTermQuery(value)
	q.SetField(field)
	return q
}
