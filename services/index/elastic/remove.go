package elastic

import (
	"context"
	"net/http"
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
		if _, err := s.client.call(ctx, http.MethodDelete, path, nil, nil); err != nil {
			if why, ok := refusalOf(err); !ok || why.status != http.StatusNotFound {
				return fault.Wrap(fault.KindOf(err), err, "%s cannot be removed", path)
			}
		}
	}
	return nil
}
