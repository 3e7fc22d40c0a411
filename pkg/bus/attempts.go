package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go/jetstream"

	"broadsheet/pkg/event"
)

// attempts counts how often a message was really tried. The server's own count
// of deliveries is of no use for it: it also grows when a process is restarted
// during an outage. A message on its first delivery has no entry, so that the
// count costs nothing while all is well.
type attempts struct {
	kv      jetstream.KeyValue
	durable event.Consumer
}

func (b *Bus) attempts(ctx context.Context, c event.Consumer) (*attempts, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	kv, err := b.js.KeyValue(ctx, attemptsBucket)
	if err != nil {
		return nil, classify(err, "bucket %s", attemptsBucket)
	}
	return &attempts{kv, c}, nil
}

func (a *attempts) key(m *Message) string {
	// The time of publishing tells a recreated stream's messages apart.
	return fmt.Sprintf("%s.%s.%d.%d", a.durable.Stream, a.durable.Durable, m.StreamSeq, m.Published.UnixNano())
}

// begin counts an attempt that is about to be made and returns its number.
func (a *attempts) begin(ctx context.Context, m *Message) (int, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	n := 0
	entry, err := a.kv.Get(ctx, a.key(m))
	if err == nil {
		n, err = strconv.Atoi(string(entry.Value()))
	} else if errors.Is(err, jetstream.ErrKeyNotFound) {
		err = nil
	}
	if err != nil {
		return 0, classify(err, "attempts of message %d", m.StreamSeq)
	}
	return n + 1, a.record(ctx, m, n+1)
}

// record notes that n attempts were made.
func (a *attempts) record(ctx context.Context, m *Message, n int) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	_, err := a.kv.Put(ctx, a.key(m), []byte(strconv.Itoa(n)))
	return classify(err, "attempts of message %d", m.StreamSeq)
}

// takeBack uncounts the attempt of a message that has to wait: being killed
// while it waits is no fault of its own.
func (a *attempts) takeBack(ctx context.Context, m *Message, n int) {
	if m.Deliveries > 1 {
		_ = a.record(ctx, m, n-1) // should this fail, one attempt too many is counted
	}
}

// again counts the attempt of a message that has waited.
func (a *attempts) again(ctx context.Context, m *Message, n int) {
	if m.Deliveries > 1 {
		_ = a.record(ctx, m, n)
	}
}

// forget drops the count of a settled message. A count that stays behind is
// harmless and goes with its age.
func (a *attempts) forget(ctx context.Context, m *Message, n int) {
	if n <= 1 && m.Deliveries <= 1 {
		return
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	_ = a.kv.Purge(ctx, a.key(m))
}
