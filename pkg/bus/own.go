package bus

import (
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
)

// Own is a durable subscription that a program makes for itself: the server
// remembers what it has handled. The services' own are in the stream table.
type Own struct {
	Stream, Name, Filter string
	From                 Place // where it begins when it is made; later it goes on where it was
	// InFlight is how many messages it holds unacknowledged at most. With 1 they
	// are handled strictly in the stream's order. With more, those whose Key is
	// the same are, and others side by side. 0: 1.
	InFlight int
	Key      func(*Message) string // nil: the subject
}

// ConsumeOwn hands every message to h, at least once, until ctx ends or h returns
// an error, which it returns; then what is unsettled comes again the next time.
// A nil from h settles the message before another with its key is handed over.
// Outages are waited for.
// One process at a time works off a name.
func (b *Bus) ConsumeOwn(ctx context.Context, o Own, h func(context.Context, *Message) error) error {
	o.InFlight = max(o.InFlight, 1)
	if o.Key == nil {
		o.Key = func(m *Message) string { return m.Subject }
	}
	var consumer jetstream.Consumer
	err := b.begin(ctx, math.MaxInt64, func() (err error) {
		consumer, err = b.makeOwn(ctx, o)
		return err
	})
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	working, cancel := context.WithCancel(ctx)
	w := &ownWork{Bus: b, o: o, consumer: consumer, handle: h, ctx: working, cancel: cancel, held: map[uint64]*Message{}, queues: map[string][]*Message{}, settled: make(chan struct{}, 1)}
	w.running.Go(w.keepAlive)
	if o.InFlight > 1 { // else nothing is given out while something is unsettled
		err = w.takeOver()
	}
	if err == nil {
		err = w.fetchAll()
	}
	w.end(err)
	w.running.Wait()
	w.giveBack()
	if ctx.Err() != nil {
		return nil
	}
	return w.failed
}

// ForgetOwn removes a subscription with its place in the stream.
func (b *Bus) ForgetOwn(ctx context.Context, stream, name string) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	err := b.js.DeleteConsumer(ctx, stream, name)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return fault.New(fault.NotFound, "%s has no subscription %q", stream, name).On("name")
	}
	return classify(err, "forget %s of %s", name, stream)
}

// MakeConsumer makes a durable for Consume that is not in the table: a program's
// own. Provisioning makes those of the table.
func (b *Bus) MakeConsumer(ctx context.Context, c event.Consumer) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	_, err := b.js.CreateOrUpdateConsumer(ctx, c.Stream, b.consumerConfig(c))
	return classify(err, "make the consumer %s of %s", c.Durable, c.Stream)
}

// makeOwn returns the subscription, made when it is not there yet.
func (b *Bus) makeOwn(ctx context.Context, o Own) (jetstream.Consumer, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	consumer, err := b.js.Consumer(ctx, o.Stream, o.Name)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		from, err := b.settlePlace(ctx, o.Stream, o.From)
		if err != nil {
			return nil, err
		}
		config := jetstream.ConsumerConfig{Durable: o.Name, FilterSubject: o.Filter, AckPolicy: jetstream.AckExplicitPolicy,
			AckWait: b.ackWait, MaxDeliver: -1, MaxAckPending: o.InFlight}
		config.DeliverPolicy, config.OptStartSeq, config.OptStartTime = from.policy()
		consumer, err = b.js.CreateConsumer(ctx, o.Stream, config)
		return consumer, classify(err, "make the subscription %s of %s", o.Name, o.Stream)
	}
	if err != nil {
		return nil, classify(err, "subscription %s of %s", o.Name, o.Stream)
	}
	config := consumer.CachedInfo().Config
	if config.FilterSubject != o.Filter || config.AckPolicy != jetstream.AckExplicitPolicy {
		return nil, fault.New(fault.Conflict, "there is a subscription %q of %s for %q, not for %q", o.Name, o.Stream, config.FilterSubject, o.Filter).
			On("name").Fix("use another name, or remove the old one with its place in the stream")
	}
	if config.MaxAckPending == o.InFlight && config.AckWait == b.ackWait {
		return consumer, nil
	}
	config.MaxAckPending, config.AckWait = o.InFlight, b.ackWait
	consumer, err = b.js.UpdateConsumer(ctx, o.Stream, config)
	return consumer, classify(err, "change the subscription %s of %s", o.Name, o.Stream)
}

// ownWork is a subscription being worked off.
type ownWork struct {
	*Bus
	o        Own
	consumer jetstream.Consumer
	handle   func(context.Context, *Message) error
	ctx      context.Context
	cancel   context.CancelFunc
	running  sync.WaitGroup
	settled  chan struct{} // something was settled since the last look

	mu     sync.Mutex
	failed error                 // why it ends by itself
	held   map[uint64]*Message   // unsettled, by stream sequence
	queues map[string][]*Message // what waits behind the message of its key that is being handled
	done   memory                // settled a short while ago
}

// takeOver gets everything into our hands that was given out and not settled, and
// hands it over in the stream's order. What a killed predecessor held comes again
// when the server has waited for its acknowledgement; until then the server gives
// out what is behind it, and the order would be lost. What does not come again has
// somebody else who is at work.
func (w *ownWork) takeOver() error {
	said, until := false, time.Now().Add(3*w.ackWait)
	for w.ctx.Err() == nil {
		missing, err := w.unsettled()
		if err == nil && missing > 0 {
			if !said {
				w.log.Info("waiting for what a predecessor has not settled", zap.String("consumer", w.o.Name), zap.Int("messages", missing))
				said = true
			}
			var batch []*Message
			batch, err = fetch(w.consumer, missing)
			w.mu.Lock()
			for _, m := range batch {
				w.held[m.StreamSeq] = m
			}
			w.mu.Unlock()
		}
		if err != nil {
			if _, removed := w.look(); removed != nil {
				return removed
			}
			w.log.Warn("cannot fetch, trying again", zap.String("consumer", w.o.Name), zap.Error(err))
			Sleep(w.ctx, 500*time.Millisecond)
			continue
		}
		if missing <= 0 || time.Now().After(until) {
			w.mu.Lock()
			defer w.mu.Unlock()
			for _, seq := range slices.Sorted(maps.Keys(w.held)) {
				w.queue(w.held[seq])
			}
			return nil
		}
	}
	return nil
}

// unsettled is how many messages were given out and are not in our hands.
func (w *ownWork) unsettled() (int, error) {
	ctx, cancel := bounded(w.ctx)
	defer cancel()
	info, err := w.consumer.Info(ctx)
	if err != nil {
		return 0, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return info.NumAckPending - len(w.held), nil
}

func (w *ownWork) fetchAll() error {
	for w.ctx.Err() == nil {
		free := w.free()
		if free == 0 {
			select {
			case <-w.settled:
			case <-w.ctx.Done():
			}
			continue
		}
		batch, err := fetch(w.consumer, free)
		if err != nil {
			if _, removed := w.look(); removed != nil {
				return removed
			}
			w.log.Warn("cannot fetch, trying again", zap.String("consumer", w.o.Name), zap.Error(err))
			Sleep(w.ctx, 500*time.Millisecond)
			continue
		}
		for _, m := range batch {
			w.take(m)
		}
	}
	return nil
}

// end stops everything; the first reason counts.
func (w *ownWork) end(why error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failed == nil && w.ctx.Err() == nil {
		w.failed = why
	}
	w.cancel()
}

// look asks the server for the last stream sequence that it knows to have
// delivered. The error tells a subscription that somebody has removed from an
// outage, during which the sequence is the highest there can be.
func (w *ownWork) look() (delivered uint64, removed error) {
	ctx, cancel := bounded(w.ctx)
	defer cancel()
	info, err := w.consumer.Info(ctx)
	switch {
	case err == nil:
		return info.Delivered.Stream, nil
	case errors.Is(err, jetstream.ErrConsumerNotFound), errors.Is(err, jetstream.ErrStreamNotFound):
		return 0, fault.New(fault.Conflict, "the subscription %q of %s was removed", w.o.Name, w.o.Stream).On("name").
			Fix("begin anew, at a time or a sequence that is known to be handled")
	}
	return math.MaxUint64, nil
}

func (w *ownWork) free() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return max(w.o.InFlight-len(w.held), 0) // a predecessor may have held more
}

// take hands a message over, or queues it behind another of its key.
func (w *ownWork) take(m *Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.held[m.StreamSeq] != nil {
		return // we hold it already: the server had lost patience with us
	}
	if w.done.has(m.StreamSeq) {
		_ = m.raw.Ack() // the server was killed before it had kept our acknowledgement
		return
	}
	w.held[m.StreamSeq] = m
	w.queue(m)
}

// queue has a message handled behind the others of its key. The caller holds mu.
func (w *ownWork) queue(m *Message) {
	key := w.o.Key(m)
	waiting, busy := w.queues[key]
	if busy {
		w.queues[key] = append(waiting, m)
		return
	}
	w.queues[key] = nil
	w.running.Go(func() { w.workOff(key, m) })
}

// workOff handles the messages of a key one after another.
func (w *ownWork) workOff(key string, m *Message) {
	for m != nil && w.ctx.Err() == nil {
		if err := w.handle(w.ctx, m); err != nil {
			w.end(err)
			return
		}
		if !w.acknowledge(m) {
			return
		}
		m = w.next(key, m)
	}
}

// acknowledge settles a message for certain: one that came again later would
// come behind newer ones of its key. A server that was killed before it had kept
// that it delivered the message never answers an acknowledgement of it.
func (w *ownWork) acknowledge(m *Message) bool {
	for {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), 5*time.Second)
		err := m.raw.DoubleAck(ctx)
		cancel()
		if err == nil || errors.Is(err, jetstream.ErrMsgAlreadyAckd) {
			return true
		}
		delivered, removed := w.look()
		if removed != nil {
			w.end(removed)
			return false
		}
		if delivered < m.StreamSeq {
			return true // take acknowledges it when it comes again
		}
		if !Sleep(w.ctx, 250*time.Millisecond) {
			return false
		}
	}
}

func (w *ownWork) next(key string, done *Message) *Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.held, done.StreamSeq)
	w.done.add(done.StreamSeq)
	select {
	case w.settled <- struct{}{}:
	default:
	}
	if len(w.queues[key]) == 0 {
		delete(w.queues, key)
		return nil
	}
	m := w.queues[key][0]
	w.queues[key] = w.queues[key][1:]
	return m
}

// keepAlive tells the server that what is held is worked on.
func (w *ownWork) keepAlive() {
	t := time.NewTicker(w.ackWait / 4)
	defer t.Stop()
	for {
		select {
		case <-w.ctx.Done():
			return
		case <-t.C:
			w.mu.Lock()
			for _, m := range w.held {
				_ = m.raw.InProgress() // one that is settled just now answers with an error
			}
			w.mu.Unlock()
		}
	}
}

// giveBack returns what is unsettled, in order, to come again at once.
func (w *ownWork) giveBack() {
	for _, seq := range slices.Sorted(maps.Keys(w.held)) {
		_ = w.held[seq].raw.Nak() // should it not get through, it comes after a while
	}
}

// memory holds the last sequences that were added, many more than a server
// that is killed forgets.
type memory struct {
	known map[uint64]bool
	ring  [4096]uint64
	next  int
}

func (r *memory) has(seq uint64) bool { return r.known[seq] }

func (r *memory) add(seq uint64) {
	if r.known == nil {
		r.known = make(map[uint64]bool, len(r.ring))
	}
	delete(r.known, r.ring[r.next])
	r.ring[r.next], r.known[seq] = seq, true
	r.next = (r.next + 1) % len(r.ring)
}
