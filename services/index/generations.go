package index

import (
	"context"
	"errors"
	"slices"
	"sync"
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
	// write to it.
	Begin(ctx context.Context, id string) (func(context.Context, []search.Write) []search.Verdict, error)
	// Adopt makes searches answer from a generation, from one moment to the next.
	Adopt(ctx context.Context, id string) error
	// Settled is how long after Adopt some process may still write to the
	// generation before.
	Settled() time.Duration
	// Discard deletes all generations but those to keep and the one that searches
	// answer from.
	Discard(ctx context.Context, keep ...string) error
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
		if !pause(ctx, backoff) {
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
	s.aligning.Lock()
	defer s.aligning.Unlock()
	if generation == s.generation {
		return generation, nil
	}
	if err := s.alignTo(ctx, generation); err != nil {
		return "", err
	}
	s.generation = generation
	return generation, nil
}

func (s *Service) alignTo(ctx context.Context, generation string) error {
	at, err := s.bus.Position(ctx, event.IndexArticles)
	if fault.Is(err, fault.NotFound) {
		return s.bus.Stand(ctx, event.IndexArticles, generation)
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

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// reindex builds the index anew from the stream, beside the one that is searched,
// and has searches answer from it once it has caught up. Every step can be done
// again: whoever carries on an interrupted one finds what is there.
func (s *Service) reindex(ctx context.Context, run string) error {
	store, ok := s.store.(Generations)
	if !ok {
		return fault.New(fault.Unsupported, "this index cannot be built anew")
	}
	id := search.GenerationOf(run)
	live, err := store.Generation(ctx)
	if err != nil {
		return err
	}
	b := &building{s: s, store: store, id: id, log: s.log.With(zap.String("generation", id))}
	if err := b.claim(ctx, live == id); err != nil {
		return err
	}
	err = b.work(ctx, live)
	if err != nil && fault.KindOf(err).Policy().Fate != fault.Wait {
		return errors.Join(err, b.abort(ctx))
	}
	return err
}

// building is a generation on its way.
type building struct {
	s     *Service
	store Generations
	id    string
	write func(context.Context, []search.Write) []search.Verdict
	log   *zap.Logger
}

// claim makes the second durable ours. One that another reindex left is taken
// over; one that another works on is not.
func (b *building) claim(ctx context.Context, adopted bool) error {
	at, err := b.s.bus.Position(ctx, event.IndexNext)
	switch {
	case fault.Is(err, fault.NotFound):
		if adopted {
			return nil // only the end is left to be done
		}
		return b.s.bus.Stand(ctx, event.IndexNext, b.id)
	case err != nil:
		return err
	case slices.Contains(at.Stores, b.id):
		return nil
	}
	for range 30 { // a worker between two requests looks idle for a moment
		if at.Active {
			return fault.New(fault.Conflict, "the index is being built anew already").Fix("wait until that is done; broadsheet status shows how far it is")
		}
		if !pause(ctx, pollEvery) {
			return ctx.Err()
		}
		if at, err = b.s.bus.Position(ctx, event.IndexNext); err != nil {
			return err
		}
	}
	b.log.Info("taking over from a reindex that was not finished")
	return b.s.bus.Rewind(ctx, event.IndexNext, b.id)
}

// abort takes back what was begun.
func (b *building) abort(ctx context.Context) error {
	return errors.Join(b.s.bus.Drop(ctx, event.IndexNext), b.store.Discard(ctx))
}

func (b *building) work(ctx context.Context, live string) error {
	if live != b.id {
		if err := b.store.Discard(ctx, b.id); err != nil { // what others left
			return err
		}
	}
	write, err := b.store.Begin(ctx, b.id)
	if err != nil {
		return err
	}
	b.write = write
	filling, stop := context.WithCancel(ctx)
	failed := make(chan error, 1)
	var consuming sync.WaitGroup
	consuming.Go(func() {
		failed <- b.s.bus.Consume(filling, bus.Subscription{
			Consumer: event.IndexNext, Workers: b.s.workers, Batch: b.s.batch, BreakAfter: breakAfter, Probe: b.s.Ready,
		}, b.apply)
	})
	if live != b.id {
		b.log.Info("building the index anew")
		err = b.adopt(ctx, live)
	}
	if err == nil {
		err = b.settle(ctx)
	}
	stop()
	consuming.Wait()
	if consumed := <-failed; err == nil {
		err = consumed
	}
	if err != nil {
		return err
	}
	if err := b.s.bus.Stand(ctx, event.IndexArticles, b.id); err != nil {
		return err
	}
	if err := b.s.bus.Drop(ctx, event.IndexNext); err != nil {
		return err
	}
	b.log.Info("the index was built anew")
	return b.store.Discard(ctx)
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
	}
	return verdicts
}

// adopt waits until the generation holds whatever was handed out for the one that
// is searched, and moves the searches over.
func (b *building) adopt(ctx context.Context, live string) error {
	for at := false; !at; {
		delivered, err := b.delivered(ctx)
		if err != nil {
			return err
		}
		// Once it holds at the first look, what is handed out meanwhile is a matter of
		// a moment, and comes to this generation as well.
		if at, err = b.reach(ctx, delivered); err != nil {
			return err
		}
	}
	// From here on the position counts for both: whoever starts in between finds it
	// to be right.
	if err := b.s.bus.Stand(ctx, event.IndexArticles, live, b.id); err != nil {
		return err
	}
	return b.store.Adopt(ctx, b.id)
}

// settle waits until nobody writes to the generation before any more, and what
// was written there last is in this one too.
func (b *building) settle(ctx context.Context) error {
	if !pause(ctx, 2*b.store.Settled()+pollEvery) {
		return ctx.Err()
	}
	delivered, err := b.delivered(ctx)
	if err != nil {
		return err
	}
	if _, err := b.s.bus.Position(ctx, event.IndexNext); fault.Is(err, fault.NotFound) {
		return nil // that was done before, only not all of the end
	}
	_, err = b.reach(ctx, delivered)
	return err
}

// delivered is the last event that was handed out for the generation that is
// searched.
func (b *building) delivered(ctx context.Context) (uint64, error) {
	state, err := b.s.bus.ConsumerState(ctx, event.IndexArticles)
	return state.Delivered, err
}

// idlePolls is how often in a row nothing may be left before that is believed of a
// durable which stands before the event that it is to reach: the event may be gone
// from the stream, but a durable that was made a moment ago counts nothing yet.
const idlePolls = 30

// reach waits until every event up to seq has its verdict. It reports whether there
// was nothing to wait for.
func (b *building) reach(ctx context.Context, seq uint64) (atOnce bool, err error) {
	for idle, looks := 0, 0; idle < idlePolls; looks++ {
		state, err := b.s.bus.ConsumerState(ctx, event.IndexNext)
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
		if !pause(ctx, pollEvery) {
			return false, ctx.Err()
		}
	}
	return true, nil
}
