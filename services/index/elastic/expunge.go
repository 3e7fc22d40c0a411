package elastic

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/bus"
)

// leasesSynced is how long after a write Elasticsearch may still keep what was
// overwritten for a copy that lags behind: it looks every 30 s
// (index.soft_deletes.retention_lease.sync_interval) at how far all copies are.
const leasesSynced = 35 * time.Second

// Expunge has Elasticsearch rewrite the segments that hold overwritten documents.
// What a replica that is away may still need is kept longer, up to
// index.soft_deletes.retention_lease.period.
func (s *Store) Expunge(ctx context.Context) error {
	done, err := s.use()
	if err != nil {
		return err
	}
	defer done()
	left, err := s.rewrite(ctx)
	if err != nil || left == 0 {
		return err
	}
	if !bus.Sleep(ctx, leasesSynced) {
		return ctx.Err()
	}
	// While articles arrive some are always overwritten and not rewritten yet: what
	// is left now is of those, or of a replica that is away.
	if left, err = s.rewrite(ctx); left > 0 {
		s.log.Info("overwritten documents are left after an erasure: of articles that arrive, or kept for a replica", zap.Int("documents", left))
	}
	return err
}

// rewrite returns how many overwritten documents are left.
func (s *Store) rewrite(ctx context.Context) (left int, err error) {
	all := "/" + url.PathEscape(s.pattern())
	for _, path := range []string{"/_flush?wait_if_ongoing=true", "/_forcemerge?only_expunge_deletes=true"} {
		if _, err := s.client.call(ctx, http.MethodPost, all+path, nil, nil); err != nil {
			return 0, err
		}
	}
	var stats struct {
		All struct {
			Total struct {
				Docs struct {
					Deleted int `json:"deleted"`
				} `json:"docs"`
			} `json:"total"`
		} `json:"_all"`
	}
	if _, err := s.client.call(ctx, http.MethodGet, all+"/_stats/docs", nil, &stats); err != nil {
		return 0, err
	}
	return stats.All.Total.Docs.Deleted, nil
}
