package index

import (
	"context"
	"strings"

	"go.uber.org/zap"

	"broadsheet/pkg/fault"
	"broadsheet/services/index/search"
)

// comparePage is how many articles are listed at once.
const comparePage = 1000

// compare makes sure, by id and version, that the generation holds everything
// that the one before holds, withdrawn articles too, each in no older version.
// Both are written to meanwhile: what looks missing is looked at again once the
// generation has caught up, and by then must be there.
func (b *building) compare(ctx context.Context, live string) error {
	behind, counted, err := b.behind(ctx, live)
	if err != nil {
		return err
	}
	if len(behind) > 0 {
		if _, err := b.catchUp(ctx); err != nil {
			return err
		}
		if err := b.lookAgain(ctx, behind); err != nil {
			return err
		}
	}
	if len(behind) == 0 {
		b.log.Info("both generations hold the same", zap.Int("articles", counted))
		return nil
	}
	example := ""
	for uri := range behind {
		if example == "" || uri < example {
			example = uri
		}
	}
	if b.lose {
		b.log.Warn("articles of the generation before are not in the new one and will be gone, as was asked for", zap.Int("articles", len(behind)), zap.String("one", example))
		return nil
	}
	return fault.New(fault.Conflict, "the new index would lack %d of %d articles, such as %s; searches stay with the index before", len(behind), counted, example).
		Fix("look at the dead letters of index, and whether the stream of articles was restored from an old copy; broadsheet reindex --lose-data does without them")
}

// behind returns what the generation lacks of the live one, by uri with the
// version that it has to have, and how many articles that one holds.
func (b *building) behind(ctx context.Context, live string) (map[string]int64, int, error) {
	behind := map[string]int64{}
	counted := 0
	before, next := b.list(live), b.list(b.id)
	have, err := next.get(ctx)
	if err != nil {
		return nil, 0, err
	}
	for {
		want, err := before.get(ctx)
		if err != nil || want == nil {
			return behind, counted, err
		}
		counted++
		for have != nil && strings.Compare(have.URI, want.URI) < 0 {
			if have, err = next.get(ctx); err != nil {
				return nil, 0, err
			}
		}
		if have == nil || have.URI != want.URI || have.Sequence < want.Sequence {
			behind[want.URI] = want.Sequence
		}
	}
}

// lookAgain takes out of behind what the generation holds by now.
func (b *building) lookAgain(ctx context.Context, behind map[string]int64) error {
	all := b.list(b.id)
	for {
		have, err := all.get(ctx)
		if err != nil || have == nil {
			return err
		}
		if want, ok := behind[have.URI]; ok && have.Sequence >= want {
			delete(behind, have.URI)
		}
	}
}

// listing reads a generation from the first uri to the last.
type listing struct {
	store Generations
	id    string
	after string
	page  []search.Listed
	last  bool
}

func (b *building) list(id string) *listing { return &listing{store: b.store, id: id} }

// get returns the next article; nil: there are no more.
func (l *listing) get(ctx context.Context) (*search.Listed, error) {
	if len(l.page) == 0 && !l.last {
		page, err := l.store.Held(ctx, l.id, l.after, comparePage)
		if err != nil {
			return nil, err
		}
		l.page, l.last = page, len(page) < comparePage
	}
	if len(l.page) == 0 {
		return nil, nil
	}
	one := &l.page[0]
	l.page, l.after = l.page[1:], one.URI
	return one, nil
}
