package index

import (
	"context"

	"go.uber.org/zap"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/services/index/search"
)

// command carries out what a person asked for: index knows Retry,
// Reindex and Expunge.
func (s *Service) command(ctx context.Context, m *bus.Message) error {
	c, err := bus.CommandOf(m)
	if err != nil {
		return err
	}
	switch c.Action {
	case event.Reindex:
		return s.reindex(ctx, c)
	case event.Retry:
		return s.retry(ctx, m, c)
	case event.Expunge:
		return s.expunge(ctx, c)
	}
	return fault.New(fault.Unsupported, "command %q is unknown to index", c.Action).On("action").Fix("give retry, reindex or expunge")
}

// retry applies once more the event that a dead letter names.
func (s *Service) retry(ctx context.Context, m *bus.Message, c event.Command) error {
	if c.Letter == nil || c.Letter.Stream != event.Articles {
		return fault.New(fault.Invalid, "the command to retry does not name an event of %s", event.Articles).On("letter")
	}
	m.Letter.URI = c.Letter.URI
	dead, err := s.bus.MessageAt(ctx, c.Letter.Stream, c.Letter.StreamSeq)
	if err != nil {
		return err
	}
	if dead.Subject != c.Letter.Subject {
		return fault.New(fault.Conflict, "message %d of %s is about %s, the dead letter about %s", dead.StreamSeq, dead.Stream, dead.Subject, c.Letter.Subject).
			Fix("the stream was made anew since; parse the page again")
	}
	// The generation that is being built has refused it as well, and passed it. It
	// comes first: it must never lack what the one that is searched has.
	if err := s.applyBeside(ctx, dead); err != nil {
		return err
	}
	if err := s.applyAs(ctx, []*bus.Message{dead}, true)[0]; err != nil {
		return err
	}
	s.log.Info("retried", zap.String("uri", c.Letter.URI), zap.Uint64("seq", c.Letter.StreamSeq))
	return nil
}

// applyBeside writes an event into the generation that is being built, if one is.
func (s *Service) applyBeside(ctx context.Context, m *bus.Message) error {
	write, err := s.beside(ctx)
	if err != nil || write == nil {
		return err
	}
	w, err := decode(m)
	if err != nil {
		return err
	}
	return write(ctx, []search.Write{w})[0].Err
}

// Expunger is a Store that can free its files of what was overwritten in it.
type Expunger interface {
	Expunge(ctx context.Context) error
}

// expunge frees the store's files of what was erased, once the tombstones have
// taken its place in the store.
func (s *Service) expunge(ctx context.Context, c event.Command) error {
	if _, err := s.reach(ctx, event.IndexArticles, c.After); err != nil {
		return err
	}
	if err := s.free(ctx); err != nil {
		return err
	}
	s.log.Info("freed of what was erased", zap.Stringer("page", c.Key), zap.String("uri", c.URI))
	return nil
}

// free has the store rewrite what holds overwritten text.
func (s *Service) free(ctx context.Context) error {
	store, ok := s.store.(Expunger)
	if !ok {
		return nil // it keeps nothing that was overwritten
	}
	return store.Expunge(ctx)
}
