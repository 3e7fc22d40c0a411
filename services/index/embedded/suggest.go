package embedded

import (
	"context"
	"slices"

	index "github.com/blevesearch/bleve_index_api"

	"broadsheet/services/index/search"
)

// maxNames bounds how many names of a kind are looked at for a suggestion, and
// maxCounted how many of them are counted exactly.
const (
	maxNames   = 100_000
	maxCounted = 200
)

// Suggest returns names that begin so, the most frequent first.
func (s *volume) Suggest(ctx context.Context, b search.Beginning) ([]search.Suggestion, error) {
	done, err := s.use()
	if err != nil {
		return nil, err
	}
	defer done()
	reader, err := s.reader()
	if err != nil {
		return nil, err
	}
	defer func() { _ = reader.Close() }()
	var all []search.Suggestion
	for _, kind := range b.Kinds {
		found, err := names(ctx, reader, kind, b.Prefix)
		if err != nil {
			return nil, storage(err, "the index in %s cannot be read", s.dir)
		}
		all = append(all, found...)
	}
	return b.Best(all), nil
}

// names returns names of a kind. The dictionary counts replaced articles too, so
// the most frequent names are counted again.
func names(ctx context.Context, reader index.IndexReader, kind, prefix string) ([]search.Suggestion, error) {
	field := search.Names[kind]
	dictionary, err := reader.FieldDictPrefix(field, []byte(prefix))
	if err != nil {
		return nil, err
	}
	defer func() { _ = dictionary.Close() }()
	var all []search.Suggestion
	for len(all) < maxNames {
		entry, err := dictionary.Next()
		if err != nil {
			return nil, err
		}
		if entry == nil {
			break
		}
		all = append(all, search.Suggestion{Kind: kind, Value: entry.Term, Count: int(entry.Count)})
	}
	slices.SortStableFunc(all, func(x, y search.Suggestion) int { return y.Count - x.Count })
	var out []search.Suggestion
	for _, n := range all[:min(len(all), maxCounted)] {
		postings, err := reader.TermFieldReader(ctx, []byte(n.Value), field, false, false, false)
		if err != nil {
			return nil, err
		}
		n.Count = int(postings.Count())
		if err := postings.Close(); err != nil {
			return nil, err
		}
		if n.Count > 0 {
			out = append(out, n)
		}
	}
	return out, nil
}
