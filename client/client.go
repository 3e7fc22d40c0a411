// Package client is for programs that use the articles: it hands them the events
// of Broadsheet, typed, in order, and without a gap over every outage.
//
// There are two ways to go on where a program left off. A program that keeps its
// data in a place of its own stores Event.StreamSequence along with it, in the
// same transaction, and begins After it: that is exact, and the fastest. A
// program that has no such place names a Durable: the server remembers what was
// handled, and after a crash the last event may come once more.
//
// docs/consuming.md of the repository has the whole of it.
package client

import (
	"context"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// The types of what events carry.
type (
	// Article is the data of article events.
	Article = newspaper.Article
	// Manifest is the data of page events.
	Manifest = newspaper.Manifest
	// Issue is the data of IssueCompleted.
	Issue = newspaper.CompletedIssue
	// PageKey names a page.
	PageKey = newspaper.PageKey
	// Type is an event's type.
	Type = event.Type
)

// The types of events: those about articles and pages are in one stream, and in
// one order; those about issues are in another, and followed apart.
const (
	ArticleParsed    = event.ArticleParsed
	ArticleWithdrawn = event.ArticleWithdrawn
	PageParsed       = event.PageParsed
	IssueCompleted   = event.IssueCompleted
)

// Options say how to reach the NATS server of Broadsheet.
type Options struct {
	URL      string // nats://host:port, several separated by commas
	Name     string // of the program, for whoever looks at the server; empty: consumer
	bus.Auth        // who we are to the server
	Logger   *zap.Logger
	// AckWait is how long the server waits for a sign of life of whoever works off
	// a durable subscription before it hands the event out again. 0: 10 s.
	AckWait time.Duration
}

// Client is a connection. It is safe for concurrent use.
type Client struct{ bus *bus.Bus }

// Connect returns a client. It fails when the server cannot be reached before
// ctx ends, and at once when it refuses us; later it reconnects for ever.
func Connect(ctx context.Context, o Options) (*Client, error) {
	if o.Name == "" {
		o.Name = "consumer"
	}
	b, err := bus.Connect(ctx, bus.Options{URL: o.URL, Name: o.Name, Auth: o.Auth, Logger: o.Logger, AckWait: o.AckWait})
	if err != nil {
		return nil, err
	}
	return &Client{b}, nil
}

// Over returns a client that uses a connection of somebody else, who closes it.
func Over(b *bus.Bus) *Client { return &Client{b} }

// Close ends the connection. Every Follow must have returned.
func (c *Client) Close() { c.bus.Close() }

// Ready returns nil while the server is reachable and forbids us nothing.
func (c *Client) Ready() error { return c.bus.Ready() }

// Event is an event with its place in the stream.
type Event struct {
	event.Event
	// Article is set for every event about an article whose data is one, those of
	// types that are younger than this package as well.
	Article *Article
	// Manifest is set for PageParsed.
	Manifest *Manifest
	// Issue is set for IssueCompleted.
	Issue *Issue
	// StreamSequence is the event's place: store it with what you make of the
	// event and go on After it. It says nothing about which of two events is newer
	// once a stream was restored from a backup; Event.Sequence does.
	StreamSequence uint64
	Published      time.Time // by the server's clock
	Key            PageKey   // the page it is about; of an issue the publication and the date
	Pending        uint64    // how many more were there behind it, as far as the server knew
}

// Withdrawn reports whether the article is not to be shown any more.
func (e Event) Withdrawn() bool {
	return e.Article != nil && e.Article.PubStatus == newspaper.Canceled
}

// URI is the article's uri, or empty for an event about a page.
func (e Event) URI() string {
	if _, _, err := newspaper.ParseArticleURI(e.Subject); err != nil {
		return ""
	}
	return e.Subject
}

// read makes an Event of a message.
func read(m *bus.Message) (Event, error) {
	e, err := m.Event()
	if err != nil {
		return Event{}, fault.Wrap(fault.Corrupt, err, "message %d of %s", m.StreamSeq, m.Stream).
			Fix("it may be of a newer version of Broadsheet: update this program, or go on after it")
	}
	out := Event{Event: e, StreamSequence: m.StreamSeq, Published: m.Published, Pending: m.Pending}
	if e.Type == IssueCompleted {
		issue, err := event.DataAs[Issue](e, e.Type)
		out.Issue, out.Key = &issue, PageKey{Publication: issue.Issue.Publication, Date: issue.Issue.Date}
		return out, err
	}
	if out.Key, err = event.KeyOfSubject(m.Subject); err != nil {
		return Event{}, fault.Wrap(fault.Corrupt, err, "message %d of %s", m.StreamSeq, m.Stream)
	}
	switch e.Type {
	case PageParsed:
		manifest, err := event.DataAs[Manifest](e, e.Type)
		out.Manifest = &manifest
		return out, err
	case ArticleParsed, ArticleWithdrawn:
		article, err := event.DataAs[Article](e, e.Type)
		out.Article = &article
		return out, err
	}
	if article, err := event.DataAs[Article](e, e.Type); err == nil && article.URI != "" && article.PubStatus != "" {
		out.Article = &article
	}
	return out, nil
}
