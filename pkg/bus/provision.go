package bus

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
)

// attemptsBucket counts the attempts of messages that were delivered before.
const attemptsBucket = "attempts"

// Provision creates or updates the streams, consumers and buckets of the table.
// storage is the number of bytes the deployment gives to JetStream; every stream
// gets its share, so that none can starve another. It returns what it changed.
// Running it again changes nothing.
func (b *Bus) Provision(ctx context.Context, storage int64) ([]string, error) {
	var changes []string
	for _, s := range event.Streams {
		change, err := b.provisionStream(ctx, streamConfig(s, storage))
		if err != nil {
			return changes, err
		}
		changes = append(changes, change...)
	}
	for _, c := range event.Consumers {
		change, err := b.provisionConsumer(ctx, c)
		if err != nil {
			return changes, err
		}
		changes = append(changes, change...)
	}
	_, err := b.js.CreateOrUpdateObjectStore(ctx, jetstream.ObjectStoreConfig{
		Bucket: event.Objects, Description: "page bytes and texts, named by their sha256",
		Storage: jetstream.FileStorage, MaxBytes: share(storage, event.ObjectsShare),
	})
	if err != nil {
		return changes, classify(err, "object bucket %s", event.Objects)
	}
	_, err = b.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: attemptsBucket, Description: "attempts of messages that were delivered before",
		Storage: jetstream.FileStorage, MaxBytes: share(storage, 0.01), TTL: 7 * 24 * time.Hour,
	})
	return changes, classify(err, "bucket %s", attemptsBucket)
}

func share(storage int64, part float64) int64 { return int64(float64(storage) * part) }

func streamConfig(s event.Stream, storage int64) jetstream.StreamConfig {
	c := jetstream.StreamConfig{
		Name: s.Name, Description: s.About, Subjects: s.Subjects,
		Storage: jetstream.FileStorage, MaxBytes: share(storage, s.Share), MaxMsgsPerSubject: -1,
		// A full stream refuses: whoever publishes is told and nothing is lost.
		Discard:            jetstream.DiscardNew,
		AllowAtomicPublish: s.Atomic,
		// Reads of a subject's last message must come from the leader: they are
		// the guard of the next commit.
		AllowDirect: false,
		Duplicates:  2 * time.Minute,
	}
	switch s.Retention {
	case event.WorkQueue:
		c.Retention = jetstream.WorkQueuePolicy
	case event.Record:
		c.Retention = jetstream.LimitsPolicy
	case event.Window:
		c.Retention = jetstream.LimitsPolicy
		c.MaxAge = s.MaxAge
		c.Discard = jetstream.DiscardOld
	}
	if s.Latest {
		c.MaxMsgsPerSubject = 1
	}
	return c
}

func (b *Bus) provisionStream(ctx context.Context, want jetstream.StreamConfig) ([]string, error) {
	stream, err := b.js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		_, err = b.js.CreateStream(ctx, want)
		return []string{"created stream " + want.Name}, classify(err, "create stream %s", want.Name)
	}
	if err != nil {
		return nil, classify(err, "stream %s", want.Name)
	}
	state := stream.CachedInfo().State
	have := stream.CachedInfo().Config
	if have.Retention != want.Retention {
		return nil, fault.New(fault.Conflict, "stream %s exists with another retention, which cannot be changed", want.Name).
			Fix("it does not come from this version of Broadsheet: move it away or use another NATS account")
	}
	if want.MaxBytes > 0 && int64(state.Bytes) > want.MaxBytes {
		return nil, fault.New(fault.Conflict, "stream %s holds %d bytes, more than the %d it would get", want.Name, state.Bytes, want.MaxBytes).
			Fix("give JetStream more storage; shrinking it would lose data")
	}
	merged := have
	merged.Description, merged.Subjects, merged.MaxBytes = want.Description, want.Subjects, want.MaxBytes
	merged.Discard, merged.MaxAge, merged.MaxMsgsPerSubject = want.Discard, want.MaxAge, want.MaxMsgsPerSubject
	merged.AllowAtomicPublish, merged.AllowDirect, merged.Duplicates = want.AllowAtomicPublish, want.AllowDirect, want.Duplicates
	if reflect.DeepEqual(merged, have) {
		return nil, nil
	}
	_, err = b.js.UpdateStream(ctx, merged)
	return []string{"updated stream " + want.Name}, classify(err, "update stream %s", want.Name)
}

func (b *Bus) consumerConfig(c event.Consumer) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable: c.Durable, FilterSubject: c.Filter,
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: b.ackWait,
		// Attempts are ours to count: an outage must not use them up.
		MaxDeliver: -1, MaxAckPending: 2000, DeliverPolicy: jetstream.DeliverAllPolicy,
	}
}

func (b *Bus) provisionConsumer(ctx context.Context, c event.Consumer) ([]string, error) {
	want := b.consumerConfig(c)
	consumer, err := b.js.Consumer(ctx, c.Stream, c.Durable)
	created := errors.Is(err, jetstream.ErrConsumerNotFound)
	if err != nil && !created {
		return nil, classify(err, "consumer %s of %s", c.Durable, c.Stream)
	}
	if !created {
		have := consumer.CachedInfo().Config
		want.Metadata = ours(have.Metadata) // says what its position is worth
		if have.FilterSubject == want.FilterSubject && have.AckWait == want.AckWait && have.MaxAckPending == want.MaxAckPending && have.MaxDeliver == want.MaxDeliver {
			return nil, nil
		}
	}
	if _, err := b.js.CreateOrUpdateConsumer(ctx, c.Stream, want); err != nil {
		return nil, classify(err, "consumer %s of %s", c.Durable, c.Stream)
	}
	verb := "updated"
	if created {
		verb = "created"
	}
	return []string{fmt.Sprintf("%s consumer %s of %s", verb, c.Durable, c.Stream)}, nil
}

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
		AckPending: uint64(info.NumAckPending), Redelivered: uint64(info.NumRedelivered),
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
	for _, name := range []string{event.Pages, event.Articles, "OBJ_" + event.Objects} {
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
