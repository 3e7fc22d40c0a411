package elastic

import (
	"context"
	"net/url"

	"broadsheet/pkg/fault"
)

// Remove deletes all that Provision made under the store's prefix, and every
// article with it. It is for measurements, which leave nothing behind.
func (s *Store) Remove(ctx context.Context) error {
	done, err := s.use()
	if err != nil {
		return err
	}
	defer done()
	generations, err := s.generations(ctx)
	if err != nil {
		return err
	}
	paths := []string{"/_index_template/" + url.PathEscape(s.template())}
	for _, g := range generations {
		paths = append(paths, "/"+url.PathEscape(s.physical(g.ID)))
	}
	for _, path := range paths {
		if err := s.delete(ctx, path); err != nil {
			return fault.Wrap(fault.KindOf(err), err, "%s cannot be removed", path)
		}
	}
	return nil
}
