package parse

import (
	"context"
	"slices"
	"strconv"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// join ties together what jump lines (下转第3版, 上接第1版) say belongs together:
// every part of a whole is published with the list of all of them. It works on
// what is committed of the edition and commits what is other than it should be,
// so that the pages may come in any order and either may change later. Nothing is
// kept but the manifests; run again it finds nothing to do.
func (s *Service) join(ctx context.Context, key newspaper.PageKey, trace string) error {
	for try := 1; ; try++ {
		own, _, err := s.bus.Manifest(ctx, key)
		if err != nil || !jumps(&own) {
			return err
		}
		err = s.joinEdition(ctx, key, trace)
		if !fault.Is(err, fault.Conflict) {
			return err
		}
		if try == mostJoins {
			return fault.Wrap(fault.Internal, err, "the jump lines of %s cannot be followed: its issue changed %d times meanwhile", key, try)
		}
		s.log.Info("a page changed while its jump lines were followed, looking again", zap.Stringer("page", key))
	}
}

// mostJoins is how often a page's jump lines are followed anew. Of several who do
// it at once one succeeds each time.
const mostJoins = 100

// jumps reports whether the page has, or had, anything to do with other pages.
func jumps(m *newspaper.Manifest) bool {
	return slices.ContainsFunc(m.Articles, func(a newspaper.ManifestArticle) bool {
		return len(a.Parts) > 0 || a.State == newspaper.Live && a.Continues != nil
	})
}

// guarded is a manifest and the guard of the page's next commit.
type guarded struct {
	newspaper.Manifest
	guard uint64
}

// joinEdition brings all pages of the edition to what their jump lines say. The
// page itself comes last: as long as it has parts to be undone, it is known that
// others may have.
func (s *Service) joinEdition(ctx context.Context, key newspaper.PageKey, trace string) error {
	pages, err := s.edition(ctx, key)
	if err != nil {
		return err
	}
	articles := map[string]newspaper.Article{} // those that may have to be published again
	var all []piece
	for _, p := range pages {
		for i := range p.Articles {
			entry := &p.Articles[i]
			if entry.State != newspaper.Live || entry.Continues == nil && len(entry.Parts) == 0 {
				continue
			}
			a, err := s.published(ctx, entry)
			if err != nil {
				return err
			}
			articles[entry.URI] = a
			if entry.Continues != nil {
				all = append(all, newPiece(p.Key.Page, len(all), &a))
			}
		}
	}
	wholes := assemble(all)
	for _, p := range pages {
		c, changed := withParts(p.Manifest, wholes, articles, s.now())
		if !changed {
			continue
		}
		if err := s.commit(ctx, c, p.guard, trace); err != nil {
			return err
		}
		s.log.Info("jump lines joined", zap.Stringer("page", p.Key), zap.Int("changes", len(c.changes)), zap.String("trace", trace))
	}
	return nil
}

// edition reads the manifests of the edition's pages in order, key's own last.
func (s *Service) edition(ctx context.Context, key newspaper.PageKey) ([]guarded, error) {
	keys, err := s.bus.CommittedPages(ctx, key.Issue())
	if err != nil {
		return nil, err
	}
	keys = slices.DeleteFunc(keys, func(k newspaper.PageKey) bool { return k.Edition != key.Edition || k == key })
	var out []guarded
	for _, k := range append(keys, key) {
		m, guard, err := s.bus.Manifest(ctx, k)
		if err != nil {
			return nil, err
		}
		if jumps(&m) {
			out = append(out, guarded{m, guard})
		}
	}
	return out, nil
}

// published reads the article that a manifest's entry stands for. The two are
// read one after the other: fault.Conflict says that a commit came between.
func (s *Service) published(ctx context.Context, entry *newspaper.ManifestArticle) (newspaper.Article, error) {
	a, err := s.bus.Article(ctx, entry.URI)
	if fault.Is(err, fault.NotFound) || err == nil && a.Version != strconv.Itoa(entry.Version) {
		return a, fault.New(fault.Conflict, "%s is not at version %d any more", entry.URI, entry.Version)
	}
	return a, err
}

// withParts is the page's next commit when its articles get the parts that wholes
// has for them. It reports whether anything is to be changed.
func withParts(m newspaper.Manifest, wholes map[string][]newspaper.Part, articles map[string]newspaper.Article, at time.Time) (commit, bool) {
	c := from(m, at)
	changed := false
	for i := range c.manifest.Articles {
		entry := &c.manifest.Articles[i]
		var want []newspaper.Part
		if entry.State == newspaper.Live {
			want = wholes[entry.URI]
		}
		if slices.Equal(entry.Parts, want) {
			continue
		}
		entry.Parts, changed = want, true
		if a, there := articles[entry.URI]; there && entry.State == newspaper.Live {
			entry.Version++
			a.Print.Parts = want
			c.changes = append(c.changes, change{event.ArticleParsed, published(a, *entry, at)})
		}
	}
	return c, changed
}
