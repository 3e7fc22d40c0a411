package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

type watchCommand struct {
	natsFlags
	Since       string   `placeholder:"WHEN" help:"Begin in the past: a duration (2h), a time (2022-10-30T08:00:00Z), a day, or with one --type a stream sequence."`
	Until       bool     `name:"until-now" help:"End with what there is now instead of waiting for more."`
	Type        []string `placeholder:"TYPE" enum:"received,parsed,article,withdrawn,indexed,issue,dead" help:"Only these: received, parsed, article, withdrawn, indexed, issue, dead."`
	Publication string   `placeholder:"SLUG" help:"Only of this publication."`
	JSON        bool     `name:"json" help:"Each event as it is (CloudEvents), one a line."`
}

// Help is shown by --help.
func (watchCommand) Help() string {
	return `Examples:
  broadsheet watch
  broadsheet watch --since 1h --type article --publication lvliang-ribao --json | jq -r .data.uri
  broadsheet watch --since 1 --until-now --type dead`
}

// watched says where the events of a type are.
type watched struct {
	name, stream string
	types        []event.Type
}

var watchable = []watched{
	{"received", event.Pages, []event.Type{event.PageReceived}},
	{"parsed", event.Articles, []event.Type{event.PageParsed}},
	{"article", event.Articles, []event.Type{event.ArticleParsed}},
	{"withdrawn", event.Articles, []event.Type{event.ArticleWithdrawn}},
	{"indexed", event.IndexedName, []event.Type{event.ArticleIndexed}},
	{"issue", event.Issues, []event.Type{event.IssueAnnounced, event.IssueCompleted}},
	{"dead", event.DeadLetters, []event.Type{event.LetterWritten, event.LetterResolved}},
}

// chosen returns the streams to follow and the types to show.
func (c watchCommand) chosen() (streams []string, types map[event.Type]bool) {
	types = map[event.Type]bool{}
	for _, w := range watchable {
		if len(c.Type) > 0 && !slices.Contains(c.Type, w.name) {
			continue
		}
		if !slices.Contains(streams, w.stream) {
			streams = append(streams, w.stream)
		}
		for _, t := range w.types {
			types[t] = true
		}
	}
	return streams, types
}

// Run watches until it is interrupted.
func (c watchCommand) Run(ctx context.Context, t *terminal) error {
	streams, types := c.chosen()
	since, err := parseSince(c.Since, time.Now())
	if err != nil {
		return usageError{err}
	}
	if since.Sequence > 0 && len(streams) > 1 {
		return usage("a sequence belongs to one stream: add a --type")
	}
	b, err := c.connect(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	var printing sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	for _, stream := range streams {
		group.Go(func() error {
			return c.follow(ctx, t, b, stream, since, func(m *bus.Message, e event.Event) error {
				if !types[e.Type] {
					return nil
				}
				printing.Lock()
				defer printing.Unlock()
				return c.print(t, m, e)
			})
		})
	}
	return group.Wait()
}

// follow hands the events of a stream to show, from the point asked for.
func (c watchCommand) follow(ctx context.Context, t *terminal, b *bus.Bus, stream string, from bus.Place, show func(*bus.Message, event.Event) error) error {
	read := b.FollowFrom
	if c.Until {
		read = b.ReadFrom
	}
	return read(ctx, stream, from, "", func(m *bus.Message) error { return c.one(t, m, show) })
}

func (c watchCommand) one(t *terminal, m *bus.Message, show func(*bus.Message, event.Event) error) error {
	e, err := m.Event()
	if err != nil {
		_, _ = fmt.Fprintf(t.err, "message %d of %s cannot be read: %v\n", m.StreamSeq, m.Stream, err)
		return nil
	}
	if c.Publication != "" && publicationOf(e) != c.Publication {
		return nil
	}
	return show(m, e)
}

// publicationOf is the slug in an event's subject: a page key or an article's uri.
func publicationOf(e event.Event) string {
	if key, _, err := newspaper.ParseArticleURI(e.Subject); err == nil {
		return key.Publication
	}
	slug, _, _ := strings.Cut(e.Subject, "/")
	return slug
}

func (c watchCommand) print(t *terminal, m *bus.Message, e event.Event) error {
	if c.JSON {
		return writeJSON(t.out, e)
	}
	_, err := fmt.Fprintf(t.out, "%s  %s  %s\n", m.Published.Local().Format("2006-01-02 15:04:05"), e.Subject, printable(oneLine(e)))
	return err
}

// oneLine says what an event means.
func oneLine(e event.Event) string {
	read := func(into any) bool { return json.Unmarshal(e.Data, into) == nil }
	var page newspaper.Page
	var manifest newspaper.Manifest
	var article newspaper.Article
	var indexed event.Indexed
	var announced newspaper.Announcement
	var completed newspaper.CompletedIssue
	var letter event.Letter
	switch e.Type {
	case event.PageReceived:
		if read(&page) && len(page.Revisions) > 0 {
			return fmt.Sprintf("received revision %d, %d bytes", page.Current().Number, page.Current().Size)
		}
	case event.PageParsed:
		if read(&manifest) {
			return fmt.Sprintf("parsed revision %d: %d articles", manifest.Revision, len(manifest.Articles))
		}
	case event.ArticleParsed, event.ArticleWithdrawn:
		if read(&article) {
			if article.PubStatus == newspaper.Canceled {
				return "withdrawn: " + article.EdNote
			}
			return "article version " + article.Version + " " + article.MainHeadline()
		}
	case event.ArticleIndexed:
		if read(&indexed) {
			return "index: " + string(indexed.Outcome)
		}
	case event.IssueAnnounced:
		if read(&announced) {
			return fmt.Sprintf("announced: %d pages", len(announced.Pages))
		}
	case event.IssueCompleted:
		if read(&completed) {
			return fmt.Sprintf("complete: %d pages, %d articles", len(completed.Pages), completed.Articles)
		}
	case event.LetterWritten, event.LetterResolved:
		if read(&letter) {
			if letter.Resolution != "" {
				return "dead letter " + letter.Resolution
			}
			return fmt.Sprintf("dead in %s after %d attempts: %s: %s", letter.Service, letter.Attempts, letter.Kind, letter.Message)
		}
	}
	return string(e.Type)
}

func parseSince(s string, now time.Time) (bus.Place, error) {
	if s == "" {
		return bus.Place{New: true}, nil
	}
	if n, err := strconv.ParseUint(s, 10, 64); err == nil && n > 0 {
		return bus.Place{Sequence: n}, nil
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return bus.Place{Time: now.Add(-d)}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly} {
		if at, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return bus.Place{Time: at}, nil
		}
	}
	return bus.Place{}, fault.New(fault.Invalid, "--since %q is no duration, time or sequence", s).On("since").
		Fix("for example 2h, 2022-10-30T08:00:00Z or 17")
}
