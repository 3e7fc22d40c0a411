package console

import (
	"context"
	"net/url"
	"sync"

	"golang.org/x/sync/errgroup"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/api"
	"broadsheet/services/console/ledger"
)

// source is the service as the pages see it.
type source struct{ *Service }

// Pages lists pages.
func (s source) Pages(q url.Values) (api.Pages, error) { return s.listPages(q) }

// Letters lists dead letters.
func (s source) Letters(q url.Values) (api.Letters, error) { return s.listLetters(q) }

// Page returns what is known of a page.
func (s source) Page(ctx context.Context, key newspaper.PageKey) (api.Page, error) {
	return s.page(ctx, key)
}

// Text returns a page's decoded text.
func (s source) Text(ctx context.Context, sha256 string) ([]byte, error) {
	return s.bus.Object(ctx, sha256)
}

// Resolve retries or discards a dead letter.
func (s source) Resolve(ctx context.Context, id, action string) (api.Resolution, error) {
	return s.resolve(ctx, id, action)
}

// Changed is the ledger's.
func (s source) Changed() <-chan struct{} { return s.ledger.Changed() }

// Ending is closed when the service ends.
func (s source) Ending() <-chan struct{} { return s.ending.Done() }

// Series is what a stage did in each of the last sixty seconds.
func (s source) Series(stage string) []int {
	return s.ledger.Series(map[string]ledger.Tick{
		api.StageIngest: ledger.PageReceived, api.StageParse: ledger.PageCommitted, api.StageIndex: ledger.ArticleIndexed,
	}[stage])
}

// readersAtOnce bounds the requests for the articles of one page.
const readersAtOnce = 8

// Articles reads the newest event of each article of a page. One whose event is
// gone from the stream or cannot be read is left out: its page is shown without.
func (s source) Articles(ctx context.Context, key newspaper.PageKey) (map[string]newspaper.Article, error) {
	places, err := s.ledger.Sources(key)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	out := make(map[string]newspaper.Article, len(places))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readersAtOnce)
	for uri, seq := range places {
		group.Go(func() error {
			a, err := s.article(ctx, seq)
			if err == nil && a.URI == uri {
				mu.Lock()
				defer mu.Unlock()
				out[uri] = a
			}
			if fault.Is(err, fault.Unavailable) && ctx.Err() != nil {
				return err
			}
			return nil
		})
	}
	return out, group.Wait()
}

func (s source) article(ctx context.Context, seq uint64) (newspaper.Article, error) {
	m, err := s.bus.MessageAt(ctx, event.Articles, seq)
	if err != nil {
		return newspaper.Article{}, err
	}
	e, err := m.Event() // of either type
	if err != nil {
		return newspaper.Article{}, err
	}
	return event.DataAs[newspaper.Article](e, e.Type)
}
