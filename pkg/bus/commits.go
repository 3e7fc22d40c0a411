package bus

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

func now() time.Time              { return time.Now().UTC() }
func formatSeq(seq uint64) string { return strconv.FormatUint(seq, 10) }

// MaxArticles is the most articles a page may have: a commit that withdraws them
// all and adds as many must fit into one atomic batch.
const MaxArticles = 450

// Page returns a page's registry entry and the guard for the next one. A page
// that was never received has no revisions and guard 0.
func (b *Bus) Page(ctx context.Context, key newspaper.PageKey) (newspaper.Page, uint64, error) {
	return last[newspaper.Page](ctx, b, event.Pages, event.ReceivedSubject(key), event.PageReceived)
}

// Manifest returns what is live of a page and the guard for the next commit. A
// page that was never committed has Sequence 0 and guard 0.
func (b *Bus) Manifest(ctx context.Context, key newspaper.PageKey) (newspaper.Manifest, uint64, error) {
	return last[newspaper.Manifest](ctx, b, event.Articles, event.ManifestSubject(key), event.PageParsed)
}

// Article returns the newest version of an article that was published; that it
// was withdrawn since only its page's manifest says. One that never was, or whose
// events were erased, is fault.NotFound.
func (b *Bus) Article(ctx context.Context, uri string) (newspaper.Article, error) {
	subject, err := event.ArticleSubject(event.ArticleParsed, uri)
	if err != nil {
		return newspaper.Article{}, err
	}
	a, seq, err := last[newspaper.Article](ctx, b, event.Articles, subject, event.ArticleParsed)
	if err == nil && seq == 0 {
		err = fault.New(fault.NotFound, "article %s was never published", uri).On("uri")
	}
	return a, err
}

// last reads the newest event of a subject, which is the subject's state.
func last[T any](ctx context.Context, b *Bus, stream, subject string, t event.Type) (T, uint64, error) {
	var zero T
	ctx, cancel := bounded(ctx)
	defer cancel()
	m, err := b.lastMessage(ctx, stream, subject)
	if fault.Is(err, fault.NotFound) {
		return zero, 0, nil
	}
	if err != nil {
		return zero, 0, err
	}
	v, err := DataOf[T](m, t)
	return v, m.StreamSeq, err
}

// CommitReceived is commit 1: it makes page the registry entry, provided that
// guard still is the last sequence. fault.Conflict: it is not, read again.
// fault.Unavailable is ambiguous: read again and see whose revision is there.
func (b *Bus) CommitReceived(ctx context.Context, page newspaper.Page, guard uint64, trace string) error {
	current := page.Current()
	e, err := event.New(event.PageReceived, b.name, fmt.Sprintf("%s@r%d", page.Key, current.Number), page.Key.String(), current.Received, page)
	if err != nil {
		return err
	}
	return b.publishGuarded(ctx, Outgoing{event.ReceivedSubject(page.Key), e, trace}, &guard)
}

// CommitPage is commit 2: the page's article events and its manifest, all or
// nothing, provided that guard still is the manifest's last sequence. Errors are
// those of CommitReceived.
func (b *Bus) CommitPage(ctx context.Context, articles []event.Event, manifest event.Event, guard uint64, trace string) error {
	if len(articles) > 2*MaxArticles {
		return fault.New(fault.TooLarge, "%s changes %d articles at once, more than %d", manifest.Subject, len(articles), 2*MaxArticles)
	}
	out := make([]Outgoing, 0, len(articles)+1)
	for _, e := range articles {
		subject, err := event.ArticleSubject(e.Type, e.Subject)
		if err != nil {
			return err
		}
		out = append(out, Outgoing{subject, e, trace})
	}
	key, err := newspaper.ParsePageKey(manifest.Subject)
	if err != nil {
		return err
	}
	out = append(out, Outgoing{event.ManifestSubject(key), manifest, trace})
	return b.publishBatch(ctx, out, &guard)
}
