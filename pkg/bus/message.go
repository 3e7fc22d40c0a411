package bus

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
)

// Message is a message of a stream.
type Message struct {
	Subject    string
	Headers    map[string]string // names in canonical form, e.g. Broadsheet-Upload-Id
	Data       []byte
	Stream     string
	StreamSeq  uint64
	Published  time.Time
	Deliveries int    // 1 the first time; 0 when read outside a subscription
	Attempt    int    // which try this is, as MaxAttempts counts them
	Trace      string // W3C traceparent; empty when none came along

	// Letter is what a handler knows of the message in case it becomes a dead
	// letter: it may fill Key, Revision, URI, SHA256 and Headers.
	Letter event.Letter

	raw  jetstream.Msg
	held bool // the breaker has kept it back once
}

// Event decodes the message as an event.
func (m *Message) Event() (event.Event, error) { return event.Decode(m.Data) }

func newMessage(raw jetstream.Msg) (*Message, error) {
	meta, err := raw.Metadata()
	if err != nil {
		return nil, err
	}
	headers := flatten(raw.Headers())
	return &Message{
		Subject: raw.Subject(), Headers: headers, Data: raw.Data(),
		Stream: meta.Stream, StreamSeq: meta.Sequence.Stream, Published: meta.Timestamp,
		Deliveries: int(meta.NumDelivered), Trace: headers[event.HeaderTrace], raw: raw,
	}, nil
}

func storedMessage(stream string, raw *jetstream.RawStreamMsg) *Message {
	headers := flatten(raw.Header)
	return &Message{
		Subject: raw.Subject, Headers: headers, Data: raw.Data, Stream: stream,
		StreamSeq: raw.Sequence, Published: raw.Time, Trace: headers[event.HeaderTrace],
	}
}

// stream returns a handle that is looked up once.
func (b *Bus) stream(ctx context.Context, name string) (jetstream.Stream, error) {
	b.mu.Lock()
	s := b.streams[name]
	b.mu.Unlock()
	if s != nil {
		return s, nil
	}
	s, err := b.js.Stream(ctx, name)
	if err != nil {
		return nil, classify(err, "stream %s", name)
	}
	b.mu.Lock()
	b.streams[name] = s
	b.mu.Unlock()
	return s, nil
}

func (b *Bus) lastMessage(ctx context.Context, stream, subject string) (*Message, error) {
	s, err := b.stream(ctx, stream)
	if err != nil {
		return nil, err
	}
	raw, err := s.GetLastMsgForSubject(ctx, subject)
	if err != nil {
		return nil, classify(err, "last message on %s", subject)
	}
	return storedMessage(stream, raw), nil
}

// MessageAt returns the message at a place of a stream: fault.NotFound when it
// is not there any more.
func (b *Bus) MessageAt(ctx context.Context, stream string, seq uint64) (*Message, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	s, err := b.stream(ctx, stream)
	if err != nil {
		return nil, err
	}
	raw, err := s.GetMsg(ctx, seq)
	if err != nil {
		return nil, classify(err, "message %d of %s", seq, stream)
	}
	return storedMessage(stream, raw), nil
}

// Follow hands every message of a stream to h in order, those to come as well,
// beginning with sequence from (0: the first there is). An empty filter is all
// subjects. It returns nil when ctx ends, and an error only when h returns one:
// outages are waited for.
func (b *Bus) Follow(ctx context.Context, stream string, from uint64, filter string, h func(*Message) error) error {
	for ctx.Err() == nil {
		next, err := b.follow(ctx, stream, from, filter, h)
		var stop handlerError
		if errors.As(err, &stop) {
			return stop.error
		}
		from = next
		if ctx.Err() != nil {
			return nil
		}
		b.log.Debug("following anew", zap.String("stream", stream), zap.Error(err))
		sleep(ctx, 250*time.Millisecond)
	}
	return nil
}

// Read hands every message that a stream holds now to h, in order, and returns.
// An empty filter is all subjects.
func (b *Bus) Read(ctx context.Context, stream, filter string, h func(*Message) error) error {
	subject := filter
	if subject == "" {
		subject = ">"
	}
	newest, err := b.lastMessage(ctx, stream, subject)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	all, done := context.WithCancel(ctx)
	defer done()
	err = b.Follow(all, stream, 0, filter, func(m *Message) error {
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

// handlerError tells the handler's refusal from an outage.
type handlerError struct{ error }

func (b *Bus) follow(ctx context.Context, stream string, from uint64, filter string, h func(*Message) error) (uint64, error) {
	config := jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverAllPolicy}
	if from > 0 {
		config.DeliverPolicy, config.OptStartSeq = jetstream.DeliverByStartSequencePolicy, from
	}
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
	defer messages.Stop()
	for {
		raw, err := messages.Next(jetstream.NextContext(ctx))
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
		from = m.StreamSeq + 1
	}
}

// ValidSubject reports whether s can be published to: no wildcards, no blanks,
// no empty tokens, and none of the server's own.
func ValidSubject(s string) bool {
	if s == "" || len(s) > 255 || strings.HasPrefix(s, "$") {
		return false
	}
	for _, token := range strings.Split(s, ".") {
		if token == "" || strings.ContainsAny(token, "*> \t\r\n\x00") {
			return false
		}
	}
	return true
}
