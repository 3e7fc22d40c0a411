package index

import (
	"context"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/services/index/search"
)

// Replayed is a Store that knows whether it holds what the stream of articles
// has: a new one, or one made in place of a damaged one, does not, although the
// stream's consumer is long past. The service then fills it from the stream.
type Replayed interface {
	Store
	Complete(ctx context.Context) (bool, error)
	SetComplete(ctx context.Context) error
}

// replay is the filling of a store from the stream.
type replay struct {
	state atomic.Int32 // one of the states below
	read  atomic.Int64 // events read so far
}

const (
	unknown = iota
	filling
	complete
)

// Complete returns nil when the store holds all that the stream of articles has;
// while it is being filled, and searches do not see everything, how far it is.
func (s *Service) Complete(context.Context) error {
	switch s.replay.state.Load() {
	case filling:
		return fault.New(fault.Unavailable, "the index is being made from the stream of articles: %d events so far", s.replay.read.Load()).
			Fix("wait: searches find more and more")
	case complete:
		return nil
	}
	return fault.New(fault.Unavailable, "the index has not begun its work yet")
}

// fill writes all that the stream has into a store that lacks it, beside what is
// consumed meanwhile: the versions decide. Nothing is confirmed; that was done
// when the events were consumed.
func (s *Service) fill(ctx context.Context) error {
	store, ok := s.store.(Replayed)
	if !ok {
		s.replay.state.Store(complete)
		return nil
	}
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		err := s.fillOnce(ctx, store)
		if ctx.Err() != nil {
			return nil
		}
		if err == nil {
			s.replay.state.Store(complete)
			return nil
		}
		s.log.Warn("cannot fill the index from the stream, trying again", zap.Error(err))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

func (s *Service) fillOnce(ctx context.Context, store Replayed) error {
	done, err := store.Complete(ctx)
	if err != nil || done {
		return err
	}
	s.replay.read.Store(0)
	s.replay.state.Store(filling)
	began := time.Now()
	batch := make([]search.Write, 0, s.batch)
	err = s.bus.Read(ctx, event.Articles, event.IndexArticles.Filter, func(m *bus.Message) error {
		s.replay.read.Add(1)
		w, err := decode(m)
		if err != nil {
			return nil // its dead letter was written when it was consumed, or will be
		}
		if batch = append(batch, w); len(batch) < s.batch {
			return nil
		}
		defer func() { batch = batch[:0] }()
		return s.refill(ctx, batch)
	})
	if err == nil {
		err = s.refill(ctx, batch)
	}
	if err == nil {
		err = store.SetComplete(ctx)
	}
	if n := s.replay.read.Load(); err == nil && n > 0 {
		s.log.Info("the index was filled from the stream", zap.Int64("events", n), zap.Duration("took", time.Since(began)))
	}
	return err
}

// refill writes again; an outage ends it, a refusal of an article does not.
func (s *Service) refill(ctx context.Context, writes []search.Write) error {
	if len(writes) == 0 {
		return nil
	}
	for i, v := range s.store.Write(ctx, writes) {
		if v.Err == nil {
			continue
		}
		if fault.KindOf(v.Err).Policy().Fate == fault.Wait {
			return v.Err
		}
		s.log.Warn("an article cannot be indexed", zap.String("uri", writes[i].URI), zap.Error(v.Err))
	}
	return nil
}
