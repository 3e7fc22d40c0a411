package bus

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
)

// A durable's position is worth something only together with what was made of
// the messages before it. Position keeps both in one place: the server stores,
// with the durable, for which stores everything up to its position was written.

// metadataStores names those stores in the metadata of a durable.
const metadataStores = "broadsheet-stores"

// ours keeps of a durable's metadata what the server did not add itself.
func ours(metadata map[string]string) map[string]string {
	if v, ok := metadata[metadataStores]; ok {
		return map[string]string{metadataStores: v}
	}
	return nil
}

// Position is where a durable stands.
type Position struct {
	Stores []string // for which everything before was written; empty: for none that is known
	Fresh  bool     // nothing was handed out yet
	Active bool     // somebody is working it off
}

// Position returns where a durable stands; fault.NotFound: there is none.
func (b *Bus) Position(ctx context.Context, c event.Consumer) (Position, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	consumer, err := b.js.Consumer(ctx, c.Stream, c.Durable)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return Position{}, fault.New(fault.NotFound, "there is no consumer %s of %s", c.Durable, c.Stream).Fix("run broadsheet provision")
	}
	if err != nil {
		return Position{}, classify(err, "consumer %s of %s", c.Durable, c.Stream)
	}
	info := consumer.CachedInfo()
	p := Position{Fresh: info.Delivered.Consumer == 0, Active: info.NumWaiting > 0 || info.NumAckPending > 0}
	if v := info.Config.Metadata[metadataStores]; v != "" {
		p.Stores = strings.Split(v, ",")
	}
	return p, nil
}

// Stand notes for which stores everything before the durable's position was
// written. A durable that is not there is made, at the beginning of the stream.
func (b *Bus) Stand(ctx context.Context, c event.Consumer, stores ...string) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	config := b.consumerConfig(c)
	if len(stores) > 0 {
		config.Metadata = map[string]string{metadataStores: strings.Join(slices.Compact(slices.Sorted(slices.Values(stores))), ",")}
	}
	_, err := b.js.CreateOrUpdateConsumer(ctx, c.Stream, config)
	return classify(err, "consumer %s of %s", c.Durable, c.Stream)
}

// Rewind puts a durable back to the beginning of the stream for a store that is
// empty. Whoever works it off goes on with the new position by itself.
func (b *Bus) Rewind(ctx context.Context, c event.Consumer, store string) error {
	if err := b.Drop(ctx, c); err != nil {
		return err
	}
	return b.Stand(ctx, c, store)
}

// Drop removes a durable; one that is not there is no error.
func (b *Bus) Drop(ctx context.Context, c event.Consumer) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	err := b.js.DeleteConsumer(ctx, c.Stream, c.Durable)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return nil
	}
	return classify(err, "consumer %s of %s", c.Durable, c.Stream)
}
