package bus

import (
	"context"
	"sync"
	"time"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
)

// StreamState is what a stream holds.
type StreamState struct {
	First, Last, Messages uint64
	Bytes, MaxBytes       int64
	Created               time.Time // changes when the stream is made anew
}

// StreamState returns the state of a stream of the table.
func (b *Bus) StreamState(ctx context.Context, stream string) (StreamState, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	s, err := b.js.Stream(ctx, stream)
	if err != nil {
		return StreamState{}, classify(err, "stream %s", stream)
	}
	info := s.CachedInfo()
	return StreamState{
		First: info.State.FirstSeq, Last: info.State.LastSeq, Messages: info.State.Msgs,
		Bytes: int64(info.State.Bytes), MaxBytes: info.Config.MaxBytes, Created: info.Created,
	}, nil
}

// ConsumerState is how far a durable has come.
type ConsumerState struct {
	AckFloor    uint64 // every message up to this stream sequence is settled
	Delivered   uint64 // the last stream sequence that was handed out
	Pending     uint64 // not delivered yet
	AckPending  uint64 // delivered, not settled
	Redelivered uint64
	Deliveries  uint64 // ever made, repeated ones included
}

// ConsumerState returns the state of a consumer of the table.
func (b *Bus) ConsumerState(ctx context.Context, c event.Consumer) (ConsumerState, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	consumer, err := b.js.Consumer(ctx, c.Stream, c.Durable)
	if err != nil {
		return ConsumerState{}, classify(err, "consumer %s of %s", c.Durable, c.Stream)
	}
	info := consumer.CachedInfo()
	return ConsumerState{
		AckFloor: info.AckFloor.Stream, Delivered: info.Delivered.Stream, Pending: info.NumPending,
		AckPending: uint64(info.NumAckPending), Redelivered: uint64(info.NumRedelivered), Deliveries: info.Delivered.Consumer,
	}, nil
}

// fullAt is the part of a record stream's storage from which uploads are
// refused: what is in transit still finds room.
const fullAt = 0.8

type headroom struct {
	mu   sync.Mutex
	at   time.Time
	last error
}

// Headroom returns fault.Full when a record stream or the object store is filled
// to 80 %. The answer is remembered for a second: it is asked for every upload.
func (b *Bus) Headroom(ctx context.Context) error {
	h := &b.headroom
	h.mu.Lock()
	defer h.mu.Unlock()
	if time.Since(h.at) < time.Second {
		return h.last
	}
	err := b.measureHeadroom(ctx)
	if err != nil && !fault.Is(err, fault.Full) {
		return err
	}
	h.at, h.last = time.Now(), err
	return err
}

func (b *Bus) measureHeadroom(ctx context.Context) error {
	for _, name := range []string{event.Pages, event.Articles, objectsStream} {
		s, err := b.StreamState(ctx, name)
		if err != nil {
			return err
		}
		if s.MaxBytes > 0 && float64(s.Bytes) >= fullAt*float64(s.MaxBytes) {
			return fault.New(fault.Full, "storage of %s is filled to %d %%", name, s.Bytes*100/s.MaxBytes).
				Fix("give JetStream more storage or erase what is not needed; pages on their way are still taken through")
		}
	}
	return nil
}
