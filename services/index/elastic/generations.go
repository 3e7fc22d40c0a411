package elastic

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/fault"
	"broadsheet/services/index/search"
)

// generationInfo is a generation that Elasticsearch holds.
type generationInfo struct {
	ID       string
	Live     bool // the one that searches answer from
	Filtered bool // by an alias that hides what is withdrawn
	Writable bool // has the alias that it is written under
}

// generations lists ours, oldest first.
func (s *Store) generations(ctx context.Context) ([]generationInfo, error) {
	var out map[string]struct {
		Aliases map[string]object `json:"aliases"`
	}
	path := "/" + url.PathEscape(s.pattern()) + "/_alias?expand_wildcards=open&ignore_unavailable=true"
	if _, err := s.client.call(ctx, http.MethodGet, path, nil, &out); err != nil {
		return nil, err
	}
	var all []generationInfo
	for index, i := range out {
		if id, ours := s.generationOf(index); ours {
			alias, live := i.Aliases[s.alias()]
			_, writable := i.Aliases[s.writeAlias(id)]
			all = append(all, generationInfo{id, live, live && sameJSON(alias["filter"], readAlias()["filter"]), writable})
		}
	}
	slices.SortFunc(all, func(a, b generationInfo) int { return strings.Compare(a.ID, b.ID) })
	return all, nil
}

// create makes an empty generation. One that is there already is left as it is.
func (s *Store) create(ctx context.Context, generation string, live bool) (made bool, err error) {
	aliases := object{s.writeAlias(generation): object{"is_write_index": true}}
	if live {
		aliases[s.alias()] = readAlias()
	}
	// Settings and mapping come along: an index never depends on what somebody
	// made of the template.
	body, err := encode(object{"aliases": aliases, "settings": s.o.settings(), "mappings": mapping()})
	if err != nil {
		return false, err
	}
	_, err = s.client.call(ctx, http.MethodPut, "/"+url.PathEscape(s.physical(generation)), body, nil)
	if why, ok := refusalOf(err); ok && why.kind == "resource_already_exists_exception" {
		return false, nil
	}
	return err == nil, err
}

// readAlias hides what is withdrawn.
func readAlias() object {
	return object{"filter": object{"term": object{fieldWithdrawn: false}}}
}

// Generation returns the id of the generation that searches answer from, also of
// one whose format is too old to be written to.
func (s *Store) Generation(ctx context.Context) (string, error) {
	done, err := s.use()
	if err != nil {
		return "", err
	}
	defer done()
	return s.current(ctx)
}

// Begin makes a generation beside the one that searches answer from, or finds it
// again, and returns how to write to it; made: it is empty.
func (s *Store) Begin(ctx context.Context, generation string) (write search.Writer, made bool, err error) {
	done, err := s.use()
	if err != nil {
		return nil, false, err
	}
	defer done()
	if !search.ValidGeneration(generation) {
		return nil, false, fault.New(fault.Internal, "%q is no id of a generation", generation)
	}
	there, err := s.generations(ctx)
	if err != nil {
		return nil, false, err
	}
	if !slices.ContainsFunc(there, func(g generationInfo) bool { return g.ID == generation }) {
		made, err = s.create(ctx, generation, false)
		if why, ok := refusalOf(err); ok && why.status == http.StatusForbidden { // no outage: it would not pass
			return nil, false, fault.Wrap(fault.Forbidden, why, "our user may not make an index").
				Fix("give it the role that broadsheet provision --print-role=manager prints, then give broadsheet reindex again")
		}
		if err != nil {
			return nil, false, err
		}
	}
	if err := s.checkFormat(ctx, generation); err != nil {
		return nil, false, err
	}
	return func(ctx context.Context, writes []search.Write) []search.Verdict {
		if len(writes) == 0 {
			return nil
		}
		return s.write(ctx, generation, writes)
	}, made, nil
}

// Adopt makes searches answer from a generation, from one moment to the next.
func (s *Store) Adopt(ctx context.Context, generation string) error {
	done, err := s.use()
	if err != nil {
		return err
	}
	defer done()
	// What was written last is found at once.
	if err := s.refresh(ctx, generation); err != nil {
		return err
	}
	generations, err := s.generations(ctx)
	if err != nil {
		return err
	}
	add := readAlias()
	add["index"], add["alias"] = s.physical(generation), s.alias()
	actions := []object{{"add": add}}
	for _, g := range generations {
		if g.Live && g.ID != generation {
			actions = append(actions, object{"remove": object{"index": s.physical(g.ID), "alias": s.alias(), "must_exist": true}})
		}
	}
	body, err := encode(object{"actions": actions})
	if err != nil {
		return err
	}
	if _, err := s.client.call(ctx, http.MethodPost, "/_aliases", body, nil); err != nil {
		return err
	}
	s.doubt(errAdopted)
	s.log.Info("searches answer from another generation", zap.String("index", s.physical(generation)))
	return nil
}

var errAdopted = fault.New(fault.Unavailable, "another generation was adopted")

// Settled is how long after Adopt another process may still write to the
// generation before.
func (s *Store) Settled() time.Duration { return liveFor }

// Discard deletes all generations but those to keep and the one that searches
// answer from.
func (s *Store) Discard(ctx context.Context, keep ...string) error {
	done, err := s.use()
	if err != nil {
		return err
	}
	defer done()
	generations, err := s.generations(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(generations, func(g generationInfo) bool { return g.Live }) {
		return nil // nothing is searched: whatever is there may be all there is
	}
	for _, g := range generations {
		if g.Live || slices.Contains(keep, g.ID) {
			continue
		}
		if err := s.delete(ctx, "/"+url.PathEscape(s.physical(g.ID))); err != nil {
			return err
		}
		s.log.Info("deleted a generation", zap.String("index", s.physical(g.ID)))
	}
	return nil
}

// delete deletes what may be gone already.
func (s *Store) delete(ctx context.Context, path string) error {
	_, err := s.client.call(ctx, http.MethodDelete, path, nil, nil)
	if why, ok := refusalOf(err); ok && why.status == http.StatusNotFound {
		return nil
	}
	return err
}
