package index

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/services/index/search"
)

// Generations is a Store that is built from an empty beginning, and can be built
// anew beside itself. What a store holds is worth something only together with
// how far the stream was read into it: the durable notes for which generations
// its position counts (bus.Position), and one that it does not count for is
// filled from the start.
type Generations interface {
	// Generation returns the id of the generation that searches answer from. A
	// store that lost its content has another one than before.
	Generation(ctx context.Context) (string, error)
	// Begin makes a generation beside it, or finds it again, and returns how to
	// write to it. made: it was not there and is empty.
	Begin(ctx context.Context, id string) (write search.Writer, made bool, err error)
	// Held lists everything that a generation holds, withdrawn articles too, by
	// uri, those behind after; fewer than limit are the last.
	Held(ctx context.Context, id, after string, limit int) ([]search.Listed, error)
	// Adopt makes searches answer from a generation, from one moment to the next.
	Adopt(ctx context.Context, id string) error
	// Settled is how long after Adopt some process may still write to the
	// generation before.
	Settled() time.Duration
	// Discard deletes all generations but those to keep and the one that searches
	// answer from.
	Discard(ctx context.Context, keep ...string) error
}

// reindex builds the index anew from the stream, beside the one that is searched,
// and has searches answer from it once it has caught up. Every step can be done
// again: whoever carries on an interrupted one finds what is there.
func (s *Service) reindex(ctx context.Context, c event.Command) error {
	store, ok := s.store.(Generations)
	if !ok {
		return fault.New(fault.Unsupported, "this index cannot be built anew")
	}
	id := search.GenerationOf(c.Run)
	live, err := store.Generation(ctx)
	if err != nil {
		return err
	}
	b := &building{s: s, store: store, id: id, lose: c.LoseData, log: s.log.With(zap.String("generation", id))}
	if _, err := s.bus.Position(ctx, event.IndexNext); live != id || !fault.Is(err, fault.NotFound) { // else only the end is left to do
		if err := b.claim(ctx); err != nil {
			return err
		}
		if err := b.work(ctx, live); err != nil {
			return err
		}
	}
	return b.finish(ctx)
}

// giveUp is called before a command becomes a dead letter: it takes back what a
// reindex has begun. Another one's is left alone.
func (s *Service) giveUp(ctx context.Context, m *bus.Message, _ error) error {
	store, ok := s.store.(Generations)
	c, err := bus.CommandOf(m)
	if !ok || err != nil || c.Action != event.Reindex {
		return nil
	}
	at, err := s.bus.Position(ctx, event.IndexNext)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil || !slices.Contains(at.Stores, search.GenerationOf(c.Run)) {
		return err
	}
	s.log.Warn("the reindex is given up; what it has built is deleted", zap.String("generation", search.GenerationOf(c.Run)))
	return errors.Join(store.Discard(ctx), s.bus.Drop(ctx, event.IndexNext))
}

// beside returns how to write to the generation that is being built; nil: none is.
func (s *Service) beside(ctx context.Context) (search.Writer, error) {
	store, ok := s.store.(Generations)
	if !ok {
		return nil, nil
	}
	at, err := s.bus.Position(ctx, event.IndexNext)
	if fault.Is(err, fault.NotFound) || err == nil && len(at.Stores) != 1 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	write, _, err := store.Begin(ctx, at.Stores[0])
	return write, err
}

// building is a generation on its way.
type building struct {
	s     *Service
	store Generations
	id    string
	lose  bool // what only the generation before holds
	write search.Writer
	log   *zap.Logger
	// erased: it may hold below a tombstone what was erased meanwhile. An erasure
	// frees the files of all generations, but of this one perhaps too early.
	erased atomic.Bool
}

// claim makes the second durable ours. One that another reindex left is taken
// over; one that another works on is not.
func (b *building) claim(ctx context.Context) error {
	at, err := b.s.bus.Position(ctx, event.IndexNext)
	switch {
	case fault.Is(err, fault.NotFound):
		return b.s.bus.Begin(ctx, event.IndexNext, b.id)
	case err != nil:
		return err
	case slices.Contains(at.Stores, b.id):
		return nil
	}
	for range 30 { // a worker between two requests looks idle for a moment
		if at.Active {
			return fault.New(fault.Conflict, "the index is being built anew already").Fix("wait until that is done; broadsheet doctor shows how far it is")
		}
		if !bus.Sleep(ctx, pollEvery) {
			return ctx.Err()
		}
		if at, err = b.s.bus.Position(ctx, event.IndexNext); err != nil {
			return err
		}
	}
	b.log.Info("taking over from a reindex that was not finished")
	return b.s.bus.Rewind(ctx, event.IndexNext, b.id)
}

// work fills the generation, has searches answer from it, and returns when nobody
// writes to the one before any more.
func (b *building) work(ctx context.Context, live string) error {
	if live != b.id {
		if err := b.store.Discard(ctx, b.id); err != nil { // what others left
			return err
		}
	}
	if err := b.begin(ctx); err != nil {
		return err
	}
	filling, stop := context.WithCancel(ctx)
	failed := make(chan error, 1)
	var consuming sync.WaitGroup
	consuming.Go(func() {
		failed <- b.s.bus.Consume(filling, bus.Subscription{
			Consumer: event.IndexNext, Workers: b.s.workers, Batch: b.s.batch, Pace: b.s.pace, BreakAfter: breakAfter,
		}, b.apply)
	})
	var err error
	if live != b.id {
		b.log.Info("building the index anew")
		err = b.adopt(ctx, live)
	}
	if err == nil {
		err = b.settle(ctx)
	}
	if err == nil && b.erased.Load() {
		err = b.s.free(ctx)
	}
	stop()
	consuming.Wait()
	if consumed := <-failed; err == nil {
		err = consumed
	}
	return err
}

// finish leaves nothing of the generation before.
func (b *building) finish(ctx context.Context) error {
	if err := b.s.bus.Stand(ctx, event.IndexArticles, b.id); err != nil {
		return err
	}
	if err := b.s.bus.Drop(ctx, event.IndexNext); err != nil {
		return err
	}
	b.log.Info("the index was built anew")
	return b.store.Discard(ctx)
}

// begin makes the generation, or finds it. One that has gone since it was begun
// is filled from the start.
func (b *building) begin(ctx context.Context) error {
	write, made, err := b.store.Begin(ctx, b.id)
	if err != nil {
		return err
	}
	b.write = write
	if !made {
		b.erased.Store(true) // by the one who began it, for all we know
		return nil
	}
	at, err := b.s.bus.Position(ctx, event.IndexNext)
	if err != nil || at.Fresh {
		return err
	}
	return b.s.bus.Rewind(ctx, event.IndexNext, b.id)
}

// apply writes article events into the generation. It confirms none: that an
// article can be found is for the durable to say that searches depend on.
func (b *building) apply(ctx context.Context, messages []*bus.Message) []error {
	verdicts := make([]error, len(messages))
	at, err := b.s.bus.Position(ctx, event.IndexNext)
	if err == nil && !slices.Contains(at.Stores, b.id) {
		err = fault.New(fault.Unavailable, "another reindex has begun")
	}
	if err != nil {
		for i := range verdicts {
			verdicts[i] = err
		}
		return verdicts
	}
	writes, origin := decodeAll(messages, verdicts)
	for j, v := range b.write(ctx, writes) {
		verdicts[origin[j]] = v.Err
		if writes[j].Article.Erased {
			b.erased.Store(true)
		}
	}
	return verdicts
}

// adopt waits until the generation holds whatever was handed out for the one that
// is searched, compares the two, and moves the searches over.
func (b *building) adopt(ctx context.Context, live string) error {
	for at := false; !at; {
		var err error
		// Once it holds at the first look, what is handed out meanwhile is a matter of
		// a moment, and comes to this generation as well.
		if at, err = b.catchUp(ctx); err != nil {
			return err
		}
	}
	if err := b.compare(ctx, live); err != nil {
		return err
	}
	// From here on the position counts for both: whoever starts in between finds it
	// to be right.
	if err := b.s.bus.Stand(ctx, event.IndexArticles, live, b.id); err != nil {
		return err
	}
	// Whatever this process has made findable is findable behind the move as well.
	// Another process may write on to the generation before for a moment; settle
	// waits for that.
	b.s.moving.Lock()
	defer b.s.moving.Unlock()
	if _, err := b.catchUp(ctx); err != nil {
		return err
	}
	return b.store.Adopt(ctx, b.id)
}

// settle waits until nobody writes to the generation before any more, and what
// was written there last is in this one too.
func (b *building) settle(ctx context.Context) error {
	if !bus.Sleep(ctx, 2*b.store.Settled()+pollEvery) {
		return ctx.Err()
	}
	_, err := b.catchUp(ctx)
	return err
}

// catchUp waits until every event that was handed out for the generation that is
// searched has its verdict for this one. It reports whether there was nothing to
// wait for.
func (b *building) catchUp(ctx context.Context) (atOnce bool, err error) {
	state, err := b.s.bus.ConsumerState(ctx, event.IndexArticles)
	if err != nil {
		return false, err
	}
	return b.s.reach(ctx, event.IndexNext, state.Delivered)
}

// idlePolls is how often in a row nothing may be left before that is believed of a
// durable which stands before the event that it is to reach: the event may be gone
// from the stream, but a durable that was made a moment ago counts nothing yet.
const idlePolls = 30

// reach waits until a durable has settled every event up to a place of the stream
// that it reads. It reports whether there was nothing to wait for.
func (s *Service) reach(ctx context.Context, c event.Consumer, seq uint64) (atOnce bool, err error) {
	for idle, looks := 0, 0; idle < idlePolls; looks++ {
		state, err := s.bus.ConsumerState(ctx, c)
		if err != nil {
			return false, err
		}
		if state.AckFloor >= seq {
			return looks == 0, nil
		}
		if state.Pending == 0 && state.AckPending == 0 {
			idle++
		} else {
			idle = 0
		}
		if !bus.Sleep(ctx, pollEvery) {
			return false, ctx.Err()
		}
	}
	return true, nil
}
