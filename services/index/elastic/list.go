package elastic

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"broadsheet/pkg/fault"
	"broadsheet/services/index/search"
)

// List returns what the read alias shows, in the order of the uri.
func (s *Store) List(ctx context.Context, after string, limit int) ([]search.Listed, error) {
	return s.list(ctx, s.alias(), after, limit)
}

// Held lists everything that a generation holds, withdrawn articles too, by uri.
func (s *Store) Held(ctx context.Context, generation, after string, limit int) ([]search.Listed, error) {
	if after == "" { // what was written last is listed too
		if err := s.refresh(ctx, generation); err != nil {
			return nil, err
		}
	}
	return s.list(ctx, s.physical(generation), after, limit)
}

// refresh makes what was written last be found.
func (s *Store) refresh(ctx context.Context, generation string) error {
	_, err := s.client.call(ctx, http.MethodPost, "/"+url.PathEscape(s.physical(generation))+"/_refresh", nil, nil)
	return err
}

func (s *Store) list(ctx context.Context, where, after string, limit int) ([]search.Listed, error) {
	done, err := s.use()
	if err != nil {
		return nil, err
	}
	defer done()
	question := object{"query": object{"match_all": object{}}, "size": limit, "sort": []object{{search.FieldURI: "asc"}}, "_source": false, "version": true}
	if after != "" {
		question["search_after"] = []string{after}
	}
	body, err := json.Marshal(question)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the search cannot be written as JSON")
	}
	var out struct {
		Hits struct {
			Hits []struct {
				ID      string `json:"_id"`
				Version int64  `json:"_version"`
			} `json:"hits"`
		} `json:"hits"`
	}
	path := "/" + url.PathEscape(where) + "/_search?allow_partial_search_results=false"
	if _, err := s.client.call(ctx, http.MethodPost, path, body, &out); err != nil {
		return nil, asked(err)
	}
	listed := make([]search.Listed, len(out.Hits.Hits))
	for i, h := range out.Hits.Hits {
		listed[i] = search.Listed{URI: h.ID, Sequence: h.Version}
	}
	return listed, nil
}
