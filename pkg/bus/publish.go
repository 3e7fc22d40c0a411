package bus

import (
	"context"
	"encoding/json"
	"errors"
	"net/textproto"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/pkg/observe"
)

// Outgoing is an event on its way to a subject.
type Outgoing struct {
	Subject string
	Event   event.Event
	Trace   string // W3C traceparent; empty: none
}

func (o Outgoing) message() (*nats.Msg, error) {
	data, err := json.Marshal(o.Event)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "event %s", o.Event.ID)
	}
	m := nats.NewMsg(o.Subject)
	m.Data = data
	m.Header.Set("Content-Type", event.ContentType)
	if o.Trace != "" {
		m.Header.Set(event.HeaderTrace, o.Trace)
	}
	return m, nil
}

// Publish makes an event durable: when it returns nil the stream has it.
func (b *Bus) Publish(ctx context.Context, o Outgoing) error {
	return b.publishGuarded(ctx, o, nil)
}

// publishGuarded publishes; a guard that is not nil must be the subject's last
// sequence or the answer is a Conflict.
func (b *Bus) publishGuarded(ctx context.Context, o Outgoing, guard *uint64, more ...jetstream.PublishOpt) error {
	m, err := o.message()
	if err != nil {
		return err
	}
	if guard != nil {
		more = append(more, jetstream.WithExpectLastSequencePerSubject(*guard))
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	_, err = b.js.PublishMsg(ctx, m, more...)
	return classify(err, "publish on %s", o.Subject)
}

// maxBatch is what a server takes in one atomic batch, and maxBatchBytes what we
// ask of it: a larger one is refused before it is sent.
const (
	maxBatch      = 1000
	maxBatchBytes = 64 << 20
)

// PublishBatch makes all events durable or none.
func (b *Bus) PublishBatch(ctx context.Context, events []Outgoing) error {
	return b.publishBatch(ctx, events, nil)
}

// publishBatch publishes atomically; a guard that is not nil must be the last
// sequence of the last event's subject.
func (b *Bus) publishBatch(ctx context.Context, events []Outgoing, guard *uint64) error {
	if len(events) == 0 {
		return nil
	}
	if len(events) > maxBatch {
		return fault.New(fault.TooLarge, "%d events at once, more than the %d of an atomic batch", len(events), maxBatch)
	}
	messages := make([]*nats.Msg, len(events))
	size := 0
	for i, o := range events {
		m, err := o.message()
		if err != nil {
			return err
		}
		size += len(m.Data)
		messages[i] = m
	}
	last := messages[len(messages)-1]
	if size > maxBatchBytes {
		return fault.New(fault.TooLarge, "%d bytes of events at once, more than the %d of an atomic batch", size, maxBatchBytes)
	}
	if guard != nil {
		last.Header.Set(jetstream.ExpectedLastSubjSeqHeader, formatSeq(*guard))
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	_, err := jetstreamext.PublishMsgBatch(ctx, b.js, messages)
	return classify(err, "commit on %s", last.Subject)
}

// Command asks a service to do something.
func (b *Bus) Command(ctx context.Context, service string, c event.Command) error {
	subject := ""
	if !c.Key.IsZero() {
		subject = c.Key.String()
	}
	e, err := event.New(event.CommandGiven, b.name, c.Run, subject, now(), c)
	if err != nil {
		return err
	}
	return b.Publish(ctx, Outgoing{event.CommandSubject(service, c.Key), e, observe.Trace("")})
}

// Upload publishes a page's bytes the way scripts do. When it returns nil the
// bytes are durable; the receipt follows on the subject named in the headers.
func (b *Bus) Upload(ctx context.Context, key newspaper.PageKey, data []byte, headers map[string]string) error {
	m := nats.NewMsg(event.UploadSubject(key))
	m.Data = data
	for k, v := range headers {
		m.Header.Set(k, v)
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	_, err := b.js.PublishMsg(ctx, m)
	return classify(err, "upload %s", key)
}

// Reply sends a receipt to whoever asked for one. It is not durable: nobody may
// be listening.
func (b *Bus) Reply(subject, contentType string, data []byte) error {
	m := nats.NewMsg(subject)
	m.Data = data
	m.Header.Set("Content-Type", contentType)
	err := b.nc.PublishMsg(m)
	if errors.Is(err, nats.ErrBadSubject) {
		return fault.Wrap(fault.Invalid, err, "cannot reply on %q", subject)
	}
	return classify(err, "reply on %s", subject)
}

// flatten makes NATS headers a map with canonical names: NATS keeps their case,
// people do not.
func flatten(h nats.Header) map[string]string {
	out := make(map[string]string, len(h))
	for k, v := range h {
		if len(v) > 0 {
			out[textproto.CanonicalMIMEHeaderKey(k)] = v[0]
		}
	}
	return out
}
