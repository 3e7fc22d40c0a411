package bus

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"broadsheet/pkg/fault"
)

// Place is a point in a stream. The zero value is its first message.
type Place struct {
	Sequence uint64    // that message, or the next there is
	Time     time.Time // the first message published then or later
	New      bool      // what comes from now on
}

// Follow hands every message of a stream to h in order, those to come as well,
// beginning with sequence from (0: the first there is). An empty filter is all
// subjects. It returns nil when ctx ends, and an error only when h returns one:
// outages are waited for.
func (b *Bus) Follow(ctx context.Context, stream string, from uint64, filter string, h func(*Message) error) error {
	return b.followFrom(ctx, stream, Place{Sequence: from}, filter, false, h)
}

// FollowFrom is Follow from a place. It fails at once when the place is a
// sequence that the stream has not come to: the stream was restored from a
// backup or made anew, and what is behind the place is not what was read before.
func (b *Bus) FollowFrom(ctx context.Context, stream string, from Place, filter string, h func(*Message) error) error {
	err := b.begin(ctx, math.MaxInt64, func() (err error) {
		from, err = b.settlePlace(ctx, stream, from)
		return err
	})
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	return b.followFrom(ctx, stream, from, filter, false, h)
}

// begin does what a subscription begins with. A server that gives no answer is
// waited for so long, as it is later; one that says no, or forbids it, is not.
func (b *Bus) begin(ctx context.Context, patience time.Duration, do func() error) error {
	for began := time.Now(); ; {
		err := do()
		if !unanswered(err) || time.Since(began) > patience {
			return err
		}
		if denied := b.Ready(); denied != nil && !fault.Is(denied, fault.Unavailable) {
			return denied
		}
		b.log.Warn("cannot begin, trying again", zap.Error(err))
		if !Sleep(ctx, 500*time.Millisecond) {
			return ctx.Err()
		}
	}
}

// settlePlace makes "from now on" a sequence, so that an outage before the first
// message skips none, and checks one that is given.
func (b *Bus) settlePlace(ctx context.Context, stream string, p Place) (Place, error) {
	if !p.New && p.Sequence == 0 {
		return p, nil
	}
	state, err := b.StreamState(ctx, stream)
	if err != nil {
		return p, err
	}
	if p.New {
		return Place{Sequence: state.Last + 1}, nil
	}
	if p.Sequence > state.Last+1 {
		return p, fault.New(fault.Conflict, "%s ends with message %d, and the next to be read is %d: it was restored from a backup or made anew", stream, state.Last, p.Sequence).
			On("from").Fix("begin at a time before the backup, or at the beginning; what is read twice is told by uri and sequence")
	}
	return p, nil
}

// Patience with a server that gives no message: after that a Follow says so in the
// log, and goes on; a Read ends.
const (
	readPatience   = 30 * time.Second
	followPatience = time.Minute
)

// followFrom follows for ever, or, with end, until a message is not given in time.
func (b *Bus) followFrom(ctx context.Context, stream string, from Place, filter string, end bool, h func(*Message) error) error {
	progress := time.Now()
	for ctx.Err() == nil {
		next, err := b.follow(ctx, stream, from, filter, end, h)
		var stop handlerError
		if errors.As(err, &stop) {
			return stop.error
		}
		if next != from {
			from, progress = next, time.Now()
		}
		if ctx.Err() != nil {
			return nil
		}
		b.log.Debug("following anew", zap.String("stream", stream), zap.Error(err))
		waited := time.Since(progress)
		if end && waited > readPatience {
			return classify(err, "reading %s", stream)
		}
		if waited > followPatience {
			b.log.Warn("a stream cannot be followed", zap.String("stream", stream), zap.Error(err))
			progress = time.Now()
		}
		Sleep(ctx, 250*time.Millisecond)
	}
	return nil
}

// Read hands every message that a stream holds now to h, in order, and returns.
// An empty filter is all subjects.
func (b *Bus) Read(ctx context.Context, stream, filter string, h func(*Message) error) error {
	return b.ReadFrom(ctx, stream, Place{}, filter, h)
}

// ReadFrom is Read from a place, which is checked as FollowFrom does.
func (b *Bus) ReadFrom(ctx context.Context, stream string, from Place, filter string, h func(*Message) error) error {
	subject := filter
	if subject == "" {
		subject = ">"
	}
	var newest *Message
	err := b.begin(ctx, readPatience, func() (err error) {
		if from, err = b.settlePlace(ctx, stream, from); err == nil {
			newest, err = b.Newest(ctx, stream, subject)
		}
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil || newest.StreamSeq < from.Sequence || newest.Published.Before(from.Time) {
		return err
	}
	all, done := context.WithCancel(ctx)
	defer done()
	err = b.followFrom(all, stream, from, filter, true, func(m *Message) error {
		if err := h(m); err != nil {
			return err
		}
		if m.StreamSeq >= newest.StreamSeq {
			done()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return ctx.Err()
}

// Newest returns the last message on a subject, which may have wildcards:
// fault.NotFound when there is none.
func (b *Bus) Newest(ctx context.Context, stream, subject string) (*Message, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	return b.lastMessage(ctx, stream, subject)
}

// handlerError tells the handler's refusal from an outage.
type handlerError struct{ error }

func (b *Bus) follow(ctx context.Context, stream string, from Place, filter string, end bool, h func(*Message) error) (Place, error) {
	config := jetstream.OrderedConsumerConfig{}
	config.DeliverPolicy, config.OptStartSeq, config.OptStartTime = from.policy()
	if filter != "" {
		config.FilterSubjects = []string{filter}
	}
	consumer, err := b.js.OrderedConsumer(ctx, stream, config)
	if err != nil {
		return from, err
	}
	messages, err := consumer.Messages()
	if err != nil {
		return from, err
	}
	defer b.forget(ctx, stream, consumer)
	defer messages.Stop()
	for {
		waiting, cancel := ctx, context.CancelFunc(func() {})
		if end {
			waiting, cancel = context.WithTimeout(ctx, readPatience)
		}
		raw, err := messages.Next(jetstream.NextContext(waiting))
		cancel()
		if err != nil {
			return from, err
		}
		m, err := newMessage(raw)
		if err != nil {
			return from, err
		}
		m.Deliveries = 0
		if err := h(m); err != nil {
			return from, handlerError{err}
		}
		from = Place{Sequence: m.StreamSeq + 1}
	}
}

// forget deletes a consumer that is not read from any more. The server would keep
// it for minutes, and has no more than a thousand on a stream.
func (b *Bus) forget(ctx context.Context, stream string, consumer jetstream.Consumer) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := b.js.DeleteConsumer(ctx, stream, consumer.CachedInfo().Name); err != nil {
		b.log.Debug("a consumer is left to the server", zap.String("stream", stream), zap.Error(err))
	}
}

func (p Place) policy() (jetstream.DeliverPolicy, uint64, *time.Time) {
	switch {
	case p.New:
		return jetstream.DeliverNewPolicy, 0, nil
	case p.Sequence > 0:
		return jetstream.DeliverByStartSequencePolicy, p.Sequence, nil
	case !p.Time.IsZero():
		return jetstream.DeliverByStartTimePolicy, 0, &p.Time
	}
	return jetstream.DeliverAllPolicy, 0, nil
}
