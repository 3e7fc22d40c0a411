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
	// By default a segment is left alone until a tenth of it is deleted.
	for _, r := range []struct {
		method, path string
		body         []byte
	}{
		{http.MethodPut, all + "/_settings", []byte(`{"index.merge.policy.expunge_deletes_allowed": "0"}`)},
		{http.MethodPost, all + "/_flush", nil},
		{http.MethodPost, all + "/_forcemerge?only_expunge_deletes=true", nil},
	} {
		if _, err := s.client.call(ctx, r.method, r.path, r.body, nil); err != nil {
			return err
		}
	}
	return nil
}
