package bus

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
)

// Subscription says how a durable consumer is worked off.
type Subscription struct {
	Consumer event.Consumer
	Workers  int // batches handled at once; at least 1
	Batch    int // messages handed over together; at least 1
	// Pace is how long after a batch that was not full the next is fetched: for a
	// handler to whom many messages together cost little more than one. What comes
	// after a pause is fetched at once, and a backlog is not slowed. 0: no pace.
	Pace        time.Duration
	MaxAttempts int // tries of a failing message before it is a dead letter; 0: 5
	// BreakAfter opens the breaker when that many different messages in a row
	// fail in a way that points at us (fault.Policy.Suspect). 0: never.
	BreakAfter int
	BreakFor   time.Duration // how long it first stays open; doubles up to 5 minutes; 0: 5 s
	// Keep is called before a message becomes a dead letter and leaves its queue,
	// with the reason: the place to save what only the queue holds and to fill in
	// m.Letter. It may be called again for the same message; its error holds the
	// message back. Nil: there is nothing to keep.
	Keep func(ctx context.Context, m *Message, why error) error
	// Probe is asked, while a dependency is away, whether it is back. Nil: the
	// same batch is simply tried again.
	Probe func(context.Context) error
}

// Handler handles a batch. It returns one verdict for each message: nil is done,
// otherwise the error's kind decides (package fault). A nil slice is all done.
type Handler func(ctx context.Context, batch []*Message) []error

// Each makes a Handler of a function for single messages.
func Each(h func(context.Context, *Message) error) Handler {
	return func(ctx context.Context, batch []*Message) []error {
		verdicts := make([]error, len(batch))
		for i, m := range batch {
			verdicts[i] = h(ctx, m)
		}
		return verdicts
	}
}

// idle is how long a fetch waits at the server for a first message.
const idle = time.Second

// Consume works off a subscription until ctx ends; then it settles what it holds
// and returns nil. The context of handlers outlives ctx by the grace a drain has.
func (b *Bus) Consume(ctx context.Context, s Subscription, h Handler) error {
	s.Workers, s.Batch = max(s.Workers, 1), max(s.Batch, 1)
	if s.MaxAttempts == 0 {
		s.MaxAttempts = 5
	}
	attempts, err := b.attempts(ctx, s.Consumer)
	if err != nil && ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	c := &consumption{Bus: b, s: s, handle: h, attempts: attempts, breaker: newBreaker(s.BreakAfter, s.BreakFor),
		turn: make(chan struct{}, 1), log: b.log.With(zap.String("consumer", s.Consumer.Durable))}
	var workers sync.WaitGroup
	for range s.Workers {
		workers.Go(func() { c.work(ctx) })
	}
	workers.Wait()
	return nil
}

// consumption is a running subscription.
type consumption struct {
	*Bus
	s        Subscription
	handle   Handler
	attempts *attempts
	breaker  *breaker
	log      *zap.Logger
	// isolation is held while a redelivered message is handled: should it kill
	// the process, then it alone was being tried again and no neighbour is blamed.
	isolation sync.Mutex
	// turn is held by the worker that fetches, and until the pace allows the next.
	turn chan struct{}
}

func (c *consumption) work(ctx context.Context) {
	for ctx.Err() == nil {
		consumer, err := c.js.Consumer(ctx, c.s.Consumer.Stream, c.s.Consumer.Durable)
		for err == nil && ctx.Err() == nil {
			var batch []*Message
			if batch, err = c.paced(ctx, consumer); err == nil {
				c.process(ctx, batch)
			}
		}
		if ctx.Err() != nil {
			return
		}
		c.pause(c.s.Consumer.Durable)
		c.pausedBecause(c.s.Consumer.Durable, classify(err, "cannot fetch"))
		c.log.Warn("cannot fetch, trying again", zap.Error(err))
		Sleep(ctx, 500*time.Millisecond)
		c.resume(c.s.Consumer.Durable)
	}
}

// paced fetches a batch, one worker at a time where there is a pace.
func (c *consumption) paced(ctx context.Context, consumer jetstream.Consumer) ([]*Message, error) {
	if c.s.Pace == 0 {
		return fetch(consumer, c.s.Batch)
	}
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, nil
	}
	batch, err := fetch(consumer, c.s.Batch)
	pace := c.s.Pace
	if len(batch) == 0 || len(batch) == c.s.Batch {
		pace = 0
	}
	time.AfterFunc(pace, func() { <-c.turn })
	return batch, err
}

// fetch waits for a first message and takes along what is there already, so that
// a batch is as large as the backlog but never waits to fill up.
func fetch(consumer jetstream.Consumer, most int) ([]*Message, error) {
	batch, err := consumer.Fetch(1, jetstream.FetchMaxWait(idle))
	if err != nil {
		return nil, err
	}
	out, err := collect(batch, nil)
	if err != nil || len(out) == 0 || most == 1 {
		return out, err
	}
	more, err := consumer.FetchNoWait(most - 1)
	if err != nil {
		return out, nil // the first message is in hand; the outage shows at the next fetch
	}
	out, _ = collect(more, out)
	return out, nil
}

func collect(batch jetstream.MessageBatch, out []*Message) ([]*Message, error) {
	for raw := range batch.Messages() {
		m, err := newMessage(raw)
		if err != nil {
			return out, err
		}
		out = append(out, m)
	}
	if err := batch.Error(); err != nil && len(out) == 0 &&
		!errors.Is(err, jetstream.ErrNoMessages) && !errors.Is(err, nats.ErrTimeout) {
		return nil, err
	}
	return out, nil
}

// process handles what was fetched: messages on their first delivery together,
// redelivered ones one by one, because one of them may be what killed us.
func (c *consumption) process(ctx context.Context, batch []*Message) {
	if len(batch) == 0 {
		return
	}
	stop := c.keepAlive(batch)
	defer stop()
	inProgress := c.metrics.inProgress.WithLabelValues(c.s.Consumer.Durable)
	inProgress.Add(float64(len(batch)))
	defer inProgress.Sub(float64(len(batch)))
	var fresh []*Message
	for _, m := range batch {
		if m.Deliveries <= 1 {
			fresh = append(fresh, m)
			continue
		}
		c.retryAlone(ctx, m)
	}
	if len(fresh) > 0 {
		c.settle(ctx, fresh, 1)
	}
}

// retryAlone tries a redelivered message again, counting the attempt before it
// is made so that one which kills the process is counted too.
func (c *consumption) retryAlone(ctx context.Context, m *Message) {
	c.isolation.Lock()
	defer c.isolation.Unlock()
	n, err := c.attempts.begin(ctx, m)
	if err != nil {
		c.log.Warn("cannot count the attempt", zap.Uint64("seq", m.StreamSeq), zap.Error(err))
		c.later(m, time.Second)
		return
	}
	if n > c.s.MaxAttempts {
		err := fault.New(fault.Internal, "%d attempts to handle it ended without an answer: it may be what stops the process", n-1).
			Fix("look into the log of the service at the time of the attempts; retry after an update")
		if rest := c.verdict(ctx, m, err, n); rest != nil {
			c.later(m, time.Second)
		}
		return
	}
	c.settle(ctx, []*Message{m}, n)
}

// settle hands messages to the handler until each has a final verdict. Messages
// whose verdict is to wait are kept, not given back: that uses no attempts, and
// nobody else fetches what nobody can handle.
func (c *consumption) settle(ctx context.Context, batch []*Message, attempt int) {
	for _, m := range batch {
		m.Attempt = attempt
	}
	backoff := 100 * time.Millisecond
	paused := false
	for len(batch) > 0 {
		started := time.Now()
		verdicts := c.call(ctx, batch)
		c.metrics.handled(c.s.Consumer.Durable, time.Since(started))
		var waiting []*Message
		var why error
		for i, m := range batch {
			var err error
			if i < len(verdicts) {
				err = verdicts[i]
			}
			if rest := c.verdict(ctx, m, err, attempt); rest != nil {
				waiting, why = append(waiting, m), rest
				c.attempts.takeBack(ctx, m, attempt)
			}
		}
		if len(waiting) == 0 {
			return
		}
		if !paused {
			paused = true
			c.pause(c.s.Consumer.Durable)
			defer c.resume(c.s.Consumer.Durable)
		}
		if !c.wait(ctx, why, backoff) {
			for _, m := range waiting {
				c.later(m, 0)
			}
			return
		}
		for _, m := range waiting {
			c.attempts.again(ctx, m, attempt)
		}
		batch, backoff = waiting, min(2*backoff, 5*time.Second)
	}
}

// call runs the handler. It survives a panic, which blames the whole batch; the
// redeliveries then come one by one.
func (c *consumption) call(ctx context.Context, batch []*Message) (verdicts []error) {
	defer func() {
		if p := recover(); p != nil {
			c.log.Error("handler panicked", zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
			verdicts = make([]error, len(batch))
			for i := range verdicts {
				verdicts[i] = fault.New(fault.Internal, "handling it failed by a mistake of ours (%v)", p).Fix("retry after an update")
			}
		}
	}()
	// A drain lets handlers finish: ctx's end is no reason to stop half way.
	grace, cancel := afterEnd(ctx, drainGrace)
	defer cancel()
	verdicts = c.handle(grace, batch)
	if verdicts != nil && len(verdicts) != len(batch) {
		panic(fmt.Sprintf("%d verdicts for %d messages", len(verdicts), len(batch)))
	}
	return verdicts
}

// verdict carries out what the error's kind asks for. It returns the reason when
// the message must wait.
func (c *consumption) verdict(ctx context.Context, m *Message, err error, attempt int) error {
	kind := fault.KindOf(err)
	c.metrics.verdict(c.s.Consumer.Durable, err)
	if err == nil {
		c.breaker.good()
		c.attempts.forget(ctx, m, attempt)
		if err := m.raw.Ack(); err != nil {
			c.log.Warn("acknowledgement did not get through, the message will come again", zap.Uint64("seq", m.StreamSeq), zap.Error(err))
		}
		return nil
	}
	policy := kind.Policy()
	if policy.Fate == fault.Wait {
		return err
	}
	if policy.Fate == fault.Retry && attempt < c.s.MaxAttempts {
		c.log.Warn("failed, trying again later", zap.String("subject", m.Subject), zap.Int("attempt", attempt), zap.Error(err))
		if err := c.attempts.record(ctx, m, attempt); err != nil {
			return err
		}
		c.later(m, retryDelay(attempt))
		return nil
	}
	if policy.Suspect && !m.held {
		if open := c.breaker.bad(m.Subject, err); open != nil {
			m.held = true
			return open
		}
	}
	if err := c.bury(ctx, m, err, attempt); err != nil {
		return err
	}
	c.attempts.forget(ctx, m, attempt)
	return nil
}

// probeEvery is how often, at the least, a dependency that is away is asked whether
// it is back: what waits for it waits that much longer.
const probeEvery = 2 * time.Second

// wait pauses the worker until the reason may have passed. It returns false when
// ctx ends first.
func (c *consumption) wait(ctx context.Context, why error, backoff time.Duration) bool {
	c.pausedBecause(c.s.Consumer.Durable, why)
	c.log.Warn("not consuming", zap.String("reason", why.Error()))
	var open *openBreaker
	if errors.As(why, &open) {
		return Sleep(ctx, open.until)
	}
	for Sleep(ctx, jitter(backoff)) {
		if c.s.Probe == nil {
			return true
		}
		err := c.s.Probe(ctx)
		if err == nil {
			return true
		}
		c.pausedBecause(c.s.Consumer.Durable, err)
		backoff = min(2*backoff, probeEvery)
	}
	return false
}

// later gives a message back to be delivered after a delay.
func (c *consumption) later(m *Message, delay time.Duration) {
	if err := m.raw.NakWithDelay(delay); err != nil {
		c.log.Debug("could not give a message back, it comes again by itself", zap.Error(err))
	}
}

// keepAlive tells the server that the messages are being worked on until the
// returned function is called.
func (c *consumption) keepAlive(batch []*Message) (stop func()) {
	done := make(chan struct{})
	var ticking sync.WaitGroup
	ticking.Go(func() {
		t := time.NewTicker(c.ackWait / 4)
		defer t.Stop()
		for {
			select {
			case <-done:
				return
			case <-t.C:
				for _, m := range batch {
					_ = m.raw.InProgress() // settled ones answer with an error
				}
			}
		}
	})
	return func() { close(done); ticking.Wait() }
}

// retryDelay grows from a quarter of a second to half a minute.
func retryDelay(attempt int) time.Duration {
	return jitter(min(250*time.Millisecond<<min(attempt, 10), 30*time.Second))
}

func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }

// Sleep waits; false when ctx ended first.
func Sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// drainGrace is how long a handler may go on after its service was told to stop.
const drainGrace = 15 * time.Second

// afterEnd returns a context that ends a grace after ctx.
func afterEnd(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		t := time.AfterFunc(grace, cancel)
		context.AfterFunc(out, func() { t.Stop() })
	})
	return out, func() { stop(); cancel() }
}
