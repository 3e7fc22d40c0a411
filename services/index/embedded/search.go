package embedded

import (
	"context"
	"fmt"
	"strconv"

	"github.com/blevesearch/bleve/v2"
	blevesearch "github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"

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
	if err := c.search(ctx); err != nil {
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

// phrase returns the terms of a word with their places, and whether they are pairs.
// Of the overlapping pairs of a run every second one and the last say it all, and
// the fewer the faster.
func phrase(w search.Word) (terms []placed, paired bool) {
	t := w.Tokens
	if !w.Bigrams() {
		for i := range t {
			terms = append(terms, placed{t[i].Term, uint64(i)})
		}
		return terms, false
	}
	last := len(t) - 2
	for i := 0; i <= last; i++ {
		if i%2 == 0 || i == last {
			terms = append(terms, placed{t[i].Term + t[i+1].Term, uint64(i)})
		}
	}
	return terms, true
}

// placed is a term of a phrase and how far behind its beginning it stands.
type placed struct {
	term   string
	offset uint64
}

func term(field, value string) *query.TermQuery {
	q := query.NewTermQuery(value)
	q.SetField(field)
	return q
}
