package client

import (
	"context"
	"strings"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// Handler handles an event. Nil is done; with an error Follow ends.
type Handler func(ctx context.Context, e Event) error

// Follow hands every event to h, those to come as well, until ctx ends (nil) or h
// returns an error. Outages of the server are waited for. An event that was
// handed over without a nil from h comes again the next time: without Durable
// when you begin After the last one you stored.
func (c *Client) Follow(ctx context.Context, s Subscription, h Handler) error {
	if err := s.check(); err != nil {
		return err
	}
	if s.Durable == "" {
		return c.FollowBatches(ctx, s, 1, func(ctx context.Context, batch []Event) error { return h(ctx, batch[0]) })
	}
	own := bus.Own{Stream: s.stream(), Name: s.Durable, Filter: s.subject(), From: s.From.at, InFlight: s.InFlight,
		Key: func(m *bus.Message) string { return articleOf(m.Subject) }}
	return c.bus.ConsumeOwn(ctx, own, func(ctx context.Context, m *bus.Message) error {
		e, ok, err := s.read(m)
		if err != nil || !ok {
			return err
		}
		return h(ctx, e)
	})
}

// FollowBatches is Follow with up to most events at a time, so that a database
// commits once for all of them. It hands over what is there and never waits to
// fill a batch. A subscription with a Durable has no batches.
func (c *Client) FollowBatches(ctx context.Context, s Subscription, most int, h func(context.Context, []Event) error) error {
	if err := s.checkBatches(); err != nil {
		return err
	}
	b := &batcher{s: s, most: max(most, 1), h: h}
	return c.bus.FollowFrom(ctx, s.stream(), s.From.at, s.subject(), func(m *bus.Message) error { return b.take(ctx, m) })
}

// Replay hands over what is in the stream now, up to most events at a time, and
// returns.
func (c *Client) Replay(ctx context.Context, s Subscription, most int, h func(context.Context, []Event) error) error {
	if err := s.checkBatches(); err != nil {
		return err
	}
	b := &batcher{s: s, most: max(most, 1), h: h}
	err := c.bus.ReadFrom(ctx, s.stream(), s.From.at, s.subject(), func(m *bus.Message) error { return b.take(ctx, m) })
	if err != nil {
		return err
	}
	return b.flush(ctx)
}

// Forget removes a durable subscription with its place.
func (c *Client) Forget(ctx context.Context, s Subscription) error {
	if err := s.check(); err != nil {
		return err
	}
	return c.bus.ForgetOwn(ctx, s.stream(), s.Durable)
}

// Event returns the event at a place of the stream of articles.
func (c *Client) Event(ctx context.Context, streamSequence uint64) (Event, error) {
	m, err := c.bus.MessageAt(ctx, event.Articles, streamSequence)
	if err != nil {
		return Event{}, err
	}
	return read(m)
}

// Newest returns the newest event about an article: fault.NotFound when there is
// none.
func (c *Client) Newest(ctx context.Context, uri string) (Event, error) {
	key, id, err := newspaper.ParseArticleURI(uri)
	if err != nil {
		return Event{}, err
	}
	m, err := c.bus.Newest(ctx, event.Articles, "articles.*."+key.Subject()+"."+id)
	if err != nil {
		return Event{}, err
	}
	return read(m)
}

func (s Subscription) checkBatches() error {
	if s.Durable != "" {
		return fault.New(fault.Invalid, "a durable subscription has no batches").On("durable").Fix("use Follow, or store the sequence yourself")
	}
	return s.check()
}

// read makes an event of a message; false: it is not wanted.
func (s Subscription) read(m *bus.Message) (Event, bool, error) {
	e, err := read(m)
	if err != nil {
		if s.Unreadable == nil {
			return Event{}, false, err
		}
		return Event{}, false, s.Unreadable(m.StreamSeq, err)
	}
	return e, s.wants(e), nil
}

// batcher collects events until no more are there.
type batcher struct {
	s     Subscription
	most  int
	h     func(context.Context, []Event) error
	batch []Event
}

func (b *batcher) take(ctx context.Context, m *bus.Message) error {
	e, ok, err := b.s.read(m)
	if err != nil {
		return err
	}
	if ok {
		b.batch = append(b.batch, e)
	}
	if len(b.batch) >= b.most || m.Pending == 0 {
		return b.flush(ctx)
	}
	return nil
}

func (b *batcher) flush(ctx context.Context) error {
	if len(b.batch) == 0 {
		return nil
	}
	batch := b.batch
	b.batch = nil
	return b.h(ctx, batch)
}

// articleOf is what the subjects of events about one article, or one page, have
// in common: all but the first two tokens.
func articleOf(subject string) string {
	if parts := strings.SplitN(subject, ".", 3); len(parts) == 3 {
		return parts[2]
	}
	return subject
}
