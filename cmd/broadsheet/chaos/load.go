package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"broadsheet/cmd/broadsheet/client"
	"broadsheet/cmd/broadsheet/internal/madeup"
	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	kinds "broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// Every so many pages has a second revision, or is sent twice.
const (
	revised = 5
	doubled = 7
	atOnce  = 32 // uploads under way
)

// ledger is what was acknowledged, and what has to be refused.
type ledger struct {
	mu      sync.Mutex
	pages   map[newspaper.PageKey]*uploaded
	refused map[string]bool // uris that Elasticsearch must refuse
}

// uploaded are a page's revisions that were acknowledged.
type uploaded struct {
	sums   []string // SHA-256 of the bytes, each once, in the order of the acknowledgements
	http   bool     // then that is the order of the revisions too
	poison bool     // parse must refuse it
}

func newLedger() *ledger {
	return &ledger{pages: map[newspaper.PageKey]*uploaded{}, refused: map[string]bool{}}
}

func (l *ledger) note(key newspaper.PageKey, data []byte, http, poison bool) {
	sum := sha256.Sum256(data)
	text := hex.EncodeToString(sum[:])
	l.mu.Lock()
	defer l.mu.Unlock()
	u := l.pages[key]
	if u == nil {
		u = &uploaded{http: http, poison: poison}
		l.pages[key] = u
	}
	if !slices.Contains(u.sums, text) {
		u.sums = append(u.sums, text)
	}
}

// load uploads pages at a steady rate until the fault is over, and returns when each has been acknowledged. Odd pages go over NATS, the others
// over HTTP.
func (w *world) load(ctx context.Context, over <-chan struct{}) error {
	rate, articles := max(w.fault.rate, 1), max(w.fault.articles, 1)
	if w.fault.rate == 0 {
		rate = 10
	}
	if w.fault.articles == 0 {
		articles = 3
	}
	uploader, err := w.As(ctx, "uploader")
	if err != nil {
		return err
	}
	defer uploader.Close()
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	group.Go(func() error { return w.badApples(ctx) })
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return group.Wait()
		case <-over:
			return group.Wait()
		default:
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
		group.Go(func() error { return w.page(ctx, uploader, n, articles) })
	}
}

// page uploads page n: its revisions, and perhaps its first one again.
func (w *world) page(ctx context.Context, uploader *bus.Bus, n, articles int) error {
	first := madeup.New(w.o.seed, n, 1, articles)
	pages := []madeup.Page{first}
	if n%revised == 0 {
		pages = append(pages, madeup.New(w.o.seed, n, 2, articles))
	}
	if n%doubled == 0 {
		pages = append(pages, first)
	}
	for i, p := range pages {
		if n%2 == 0 {
			if _, err := w.ingest.Upload(ctx, client.Upload{Key: p.Key, Data: []byte(p.Text), MediaType: "text/plain"}); err != nil {
				return fmt.Errorf("an upload over HTTP was given up: %w", err)
			}
		} else if err := w.publish(ctx, uploader, p, fmt.Sprintf("chaos-%d-%d-%d", w.o.seed, n, i)); err != nil {
			return fmt.Errorf("an upload over NATS was given up: %w", err)
		}
		w.ledger.note(p.Key, []byte(p.Text), n%2 == 0, false)
	}
	return nil
}

// publish uploads over NATS as a careful script does: the same upload again until
// it is acknowledged.
func (w *world) publish(ctx context.Context, uploader *bus.Bus, p madeup.Page, id string) error {
	for {
		// The answer may have been lost with the server that wrote it.
		attempt, cancel := context.WithTimeout(ctx, 5*time.Second)
		err := uploader.Upload(attempt, p.Key, []byte(p.Text), map[string]string{event.HeaderUploadID: id})
		cancel()
		if err == nil || kinds.KindOf(err).Policy().Fate != kinds.Wait {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(250 * time.Millisecond):
		}
	}
}

// badApples sends what has to be refused, among the good ones.
func (w *world) badApples(ctx context.Context) error {
	for n := range w.fault.poison {
		if err := sleep(ctx, 2*time.Second); err != nil {
			return err
		}
		key := newspaper.PageKey{Publication: "ceshi-bao", Date: "2021-01-01", Edition: newspaper.DefaultEdition, Page: fmt.Sprintf("%02d", n+1)}
		data := []byte(strings.Repeat(" \n　\n", n+2)) // no text in it
		if _, err := w.ingest.Upload(ctx, client.Upload{Key: key, Data: data, MediaType: "text/plain"}); err != nil {
			return err
		}
		w.ledger.note(key, data, true, true)
	}
	if w.fault.refused == 0 {
		return nil
	}
	parse, err := w.As(ctx, "parse")
	if err != nil {
		return err
	}
	defer parse.Close()
	for n := range w.fault.refused {
		if err := sleep(ctx, 2*time.Second); err != nil {
			return err
		}
		if err := w.refusedDocument(ctx, parse, n); err != nil {
			return err
		}
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	if !bus.Sleep(ctx, d) {
		return ctx.Err()
	}
	return nil
}

// refusedDocument publishes an article event, as parse does, that is nested deeper
// than Elasticsearch reads.
func (w *world) refusedDocument(ctx context.Context, parse *bus.Bus, n int) error {
	key := newspaper.PageKey{Publication: "ceshi-bao", Date: "2021-01-02", Edition: newspaper.DefaultEdition, Page: fmt.Sprintf("%02d", n+1)}
	uri := key.ArticleURI(fmt.Sprintf("%08x", n+1))
	a := newspaper.Article{URI: uri, Type: "text", Version: "1", VersionCreated: time.Now().UTC(), PubStatus: newspaper.Usable, Language: "zh-Hans"}
	e, err := event.New(event.ArticleParsed, "parse", uri+"@1", uri, time.Now(), a)
	if err != nil {
		return err
	}
	e.Sequence = time.Now().UnixMicro()
	e.Data = []byte(`{"later":` + strings.Repeat("[", 1500) + strings.Repeat("]", 1500) + `,` + string(e.Data[1:]))
	subject, err := event.ArticleSubject(event.ArticleParsed, uri)
	if err != nil {
		return err
	}
	if err := parse.Publish(ctx, bus.Outgoing{Subject: subject, Event: e}); err != nil {
		return err
	}
	w.ledger.mu.Lock()
	defer w.ledger.mu.Unlock()
	w.ledger.refused[uri] = true
	return nil
}
