package bus

import (
	"context"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"broadsheet/pkg/event"
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
	Pending    uint64 // how many more the subscription's filter found behind it when it was delivered
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
		Deliveries: int(meta.NumDelivered), Pending: meta.NumPending, Trace: headers[event.HeaderTrace], raw: raw,
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
