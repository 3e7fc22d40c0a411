package elastic

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"broadsheet/pkg/fault"
	"broadsheet/services/index/search"
)

// Suggest returns names that begin so, the most frequent first.
func (s *Store) Suggest(ctx context.Context, b search.Beginning) ([]search.Suggestion, error) {
	done, err := s.use()
	if err != nil {
		return nil, err
	}
	defer done()
	var any []object
	aggregations := object{}
	for _, kind := range b.Kinds {
		field := search.Names[kind]
		any = append(any, object{"prefix": object{field: object{"value": b.Prefix}}})
		aggregations[kind] = object{"terms": terms(search.Facet{Field: field, Prefix: b.Prefix, Size: b.Limit})}
	}
	body, err := json.Marshal(object{
		"query": object{"bool": object{"filter": []object{{"bool": object{"should": any}}}}}, "size": 0, "track_total_hits": false, "aggs": aggregations,
	})
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the search cannot be written as JSON")
	}
	var out found
	path := "/" + url.PathEscape(s.alias()) + "/_search?allow_partial_search_results=false"
	if _, err := s.client.call(ctx, http.MethodPost, path, body, &out); err != nil {
		return nil, asked(err)
	}
	var all []search.Suggestion
	for _, kind := range b.Kinds {
		for _, bucket := range out.Aggregations[kind].Buckets {
			all = append(all, search.Suggestion{Kind: kind, Value: bucket.Key, Count: bucket.Count})
		}
	}
	return b.Best(all), nil
}
