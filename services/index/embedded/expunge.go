package embedded

import (
	"context"
	"errors"

	"github.com/blevesearch/bleve/v2/index/scorch"
)

// Expunge rewrites the index's files without what was overwritten or deleted: a
// document's words stand in them until then. It takes as long as reading and
// writing the whole index once; searches and writes go on meanwhile.
func (s *Store) Expunge(ctx context.Context) error {
	s.mu.RLock()
	volumes := []*volume{s.live}
	if s.next != nil {
		volumes = append(volumes, s.next)
	}
	s.mu.RUnlock()
	var failed error
	for _, v := range volumes {
		failed = errors.Join(failed, v.expunge(ctx))
	}
	return failed
}

func (s *volume) expunge(ctx context.Context) error {
	done, err := s.use()
	if err != nil {
		return err
	}
	defer done()
	advanced, err := s.index.Advanced()
	if err != nil {
		return storage(err, "the index in %s cannot be merged", s.dir)
	}
	engine, ok := advanced.(*scorch.Scorch)
	if !ok {
		return nil
	}
	if err := engine.ForceMerge(ctx, nil); err != nil {
		return storage(err, "the index in %s cannot be merged", s.dir)
	}
	return ctx.Err()
}
