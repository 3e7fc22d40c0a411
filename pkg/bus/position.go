package bus

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
)

// A durable's position is worth something only together with what was made of
// the messages before it. Position keeps both in one place: the server stores,
// with the durable, for which stores everything up to its position was written.

// What a durable's metadata holds, all of it about its position.
const (
	metadataStores  = "broadsheet-stores"  // names of the stores, with commas
	metadataUntil   = "broadsheet-until"   // Position.Until
	metadataSettled = "broadsheet-settled" // Position.Settled
)

// ours keeps of a durable's metadata what the server did not add itself.
func ours(metadata map[string]string) map[string]string {
	out := map[string]string{}
	for _, key := range []string{metadataStores, metadataUntil, metadataSettled} {
		if v, ok := metadata[key]; ok {
			out[key] = v
		}
	}
	return out
}

// Position is where a durable stands.
type Position struct {
	Stores  []string // for which everything before was written; empty: for none that is known
	Floor   uint64   // every message up to this stream sequence is settled
	Until   uint64   // the stream's last message when the stores were begun: they lack something while Floor is before it
	Settled uint64   // messages up to here were settled before, for a store that is gone
	Fresh   bool     // nothing was handed out yet
	Active  bool     // somebody is working it off
}

func positionOf(info *jetstream.ConsumerInfo) Position {
	p := Position{Floor: info.AckFloor.Stream, Fresh: info.Delivered.Consumer == 0, Active: taken(info)}
	if v := info.Config.Metadata[metadataStores]; v != "" {
		p.Stores = strings.Split(v, ",")
	}
	// What nobody of ours wrote counts as nothing.
	p.Until, _ = strconv.ParseUint(info.Config.Metadata[metadataUntil], 10, 64)
	p.Settled, _ = strconv.ParseUint(info.Config.Metadata[metadataSettled], 10, 64)
	return p
}

// Position returns where a durable stands; fault.NotFound: there is none.
func (b *Bus) Position(ctx context.Context, c event.Consumer) (Position, error) {
	info, err := b.consumerInfo(ctx, c)
	if err != nil {
		return Position{}, err
	}
	if info == nil {
		return Position{}, fault.New(fault.NotFound, "there is no consumer %s of %s", c.Durable, c.Stream).Fix("run broadsheet provision")
	}
	return positionOf(info), nil
}

// Begin makes a durable that is not there, at the beginning of the stream, for a
// store that is empty. Of several who do so at once one succeeds; for the others
// it is fault.Unavailable.
func (b *Bus) Begin(ctx context.Context, c event.Consumer, store string) error {
	return b.stand(ctx, c, Position{Stores: []string{store}, Fresh: true}, true)
}

// Stand notes for which stores everything before the durable's position was
// written.
func (b *Bus) Stand(ctx context.Context, c event.Consumer, stores ...string) error {
	p, err := b.Position(ctx, c)
	if err != nil {
		return err
	}
	p.Stores = stores
	return b.stand(ctx, c, p, false)
}

// Rewind puts a durable back to the beginning of the stream for a store that is
// empty. Whoever works it off goes on with the new position by itself.
func (b *Bus) Rewind(ctx context.Context, c event.Consumer, store string) error {
	p, err := b.Position(ctx, c)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err := b.Drop(ctx, c); err != nil {
		return err
	}
	return b.stand(ctx, c, Position{Stores: []string{store}, Settled: max(p.Settled, p.Floor), Fresh: true}, true)
}

func (b *Bus) stand(ctx context.Context, c event.Consumer, p Position, create bool) error {
	if p.Fresh {
		stream, err := b.StreamState(ctx, c.Stream)
		if err != nil {
			return err
		}
		p.Until = stream.Last
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	config := b.consumerConfig(c)
	config.Metadata = map[string]string{
		metadataStores:  strings.Join(slices.Compact(slices.Sorted(slices.Values(p.Stores))), ","),
		metadataUntil:   strconv.FormatUint(p.Until, 10),
		metadataSettled: strconv.FormatUint(p.Settled, 10),
	}
	put := b.js.UpdateConsumer
	if create {
		put = b.js.CreateConsumer
	}
	_, err := put(ctx, c.Stream, config)
	if create && errors.Is(err, jetstream.ErrConsumerExists) || !create && errors.Is(err, jetstream.ErrConsumerDoesNotExist) {
		return fault.Wrap(fault.Unavailable, err, "consumer %s of %s was made or deleted by another process a moment ago", c.Durable, c.Stream)
	}
	return classify(err, "consumer %s of %s", c.Durable, c.Stream)
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
