package index

import (
	"context"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/services/index/search"
)

// alignment is what is known of the durable's position.
type alignment struct {
	mu         sync.Mutex
	generation string // that the position counts for
	settled    uint64 // events up to here were confirmed for a generation that is gone
}

// pollEvery is how often what changes by itself is looked at.
const pollEvery = 100 * time.Millisecond

// align waits until the durable is where it belongs for the store.
func (s *Service) align(ctx context.Context) error {
	for backoff := pollEvery; ; backoff = min(2*backoff, 5*time.Second) {
		_, err := s.aligned(ctx)
		if err == nil || ctx.Err() != nil {
			return nil
		}
		if fault.KindOf(err).Policy().Fate != fault.Wait {
			return err
		}
		s.log.Warn("not consuming yet", zap.Error(err))
		if !bus.Sleep(ctx, backoff) {
			return nil
		}
	}
}

// aligned returns the generation that searches answer from, after it has made
// sure that the durable's position counts for it: a store that is empty, whatever
// became of it, is filled from the start of the stream. Empty: the store has no
// generations.
func (s *Service) aligned(ctx context.Context) (string, error) {
	store, ok := s.store.(Generations)
	if !ok {
		return "", nil
	}
	generation, err := store.Generation(ctx)
	if err != nil {
		return "", err
	}
	s.at.mu.Lock()
	defer s.at.mu.Unlock()
	if generation == s.at.generation {
		return generation, nil
	}
	if err := s.alignTo(ctx, generation); err != nil {
		return "", err
	}
	at, err := s.bus.Position(ctx, event.IndexArticles)
	if err != nil {
		return "", err
	}
	s.at.generation, s.at.settled = generation, at.Settled
	return generation, nil
}

func (s *Service) alignTo(ctx context.Context, generation string) error {
	at, err := s.bus.Position(ctx, event.IndexArticles)
	if fault.Is(err, fault.NotFound) {
		return s.bus.Begin(ctx, event.IndexArticles, generation)
	}
	switch {
	case err != nil:
		return err
	case slices.Contains(at.Stores, generation):
		return nil
	case at.Fresh:
		return s.bus.Stand(ctx, event.IndexArticles, generation)
	}
	s.log.Warn("the index is another than the one that was written to so far: it is filled from the start of the stream", zap.String("generation", generation))
	return s.bus.Rewind(ctx, event.IndexArticles, generation)
}

// write writes into the store, and vouches that all went into the generation that
// the durable's position counts for: it may be replaced at any moment. Events up
// to confirmed need no confirmation: they had it for a generation that is gone.
func (s *Service) write(ctx context.Context, writes []search.Write) (verdicts []search.Verdict, confirmed uint64, err error) {
	before, err := s.aligned(ctx)
	if err != nil {
		return nil, 0, err
	}
	verdicts = s.store.Write(ctx, writes)
	after, err := s.aligned(ctx)
	if err == nil && after != before {
		err = fault.New(fault.Unavailable, "the index was replaced meanwhile").Fix("it is written to again by itself")
	}
	s.at.mu.Lock()
	defer s.at.mu.Unlock()
	return verdicts, s.at.settled, err
}

// Complete returns nil when the index holds all that the stream of articles had
// when the index was begun; while it is being filled, and searches do not see
// everything, how far it is.
func (s *Service) Complete(ctx context.Context) error {
	s.at.mu.Lock()
	begun := s.at.generation != ""
	s.at.mu.Unlock()
	if _, ok := s.store.(Generations); ok && !begun {
		return fault.New(fault.Unavailable, "the index has not begun its work yet")
	}
	at, err := s.bus.Position(ctx, event.IndexArticles)
	if err != nil {
		return err
	}
	if at.Floor < at.Until {
		return fault.New(fault.Unavailable, "the index is being made from the stream of articles: event %d of %d", at.Floor, at.Until).
			Fix("wait: searches find more and more")
	}
	return nil
}
