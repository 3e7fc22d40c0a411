package elastic

import (
	"context"
	"net/http"
	"net/url"
)

// Expunge has Elasticsearch rewrite the segments that hold overwritten documents.
// It keeps them a while longer where a replica may still need them
// (index.soft_deletes.retention_lease.period).
func (s *Store) Expunge(ctx context.Context) error {
	done, err := s.use()
	if err != nil {
		return err
	}
	defer done()
	all := "/" + url.PathEscape(s.pattern())
	for _, r := range []struct {
		method, path string
	}{
		{http.MethodPost, all + "/_flush"},
		{http.MethodPost, all + "/_forcemerge?only_expunge_deletes=true"},
	} {
		if _, err := s.client.call(ctx, r.method, r.path, nil, nil); err != nil {
			return err
		}
	}
	return nil
}
