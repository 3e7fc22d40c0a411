package bus

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

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

// DataOf decodes the message as an event of that type and returns its data.
func DataOf[T any](m *Message, t event.Type) (T, error) {
	e, err := m.Event()
	if err != nil {
		var zero T
		return zero, err
	}
	return event.DataAs[T](e, t)
}

// headerCommand keeps a dead command in its letter.
const headerCommand = "Broadsheet-Command"

// CommandOf decodes a command. The retry of a command that died is that command.
// Should it die, its letter keeps it.
func CommandOf(m *Message) (event.Command, error) {
	c, err := DataOf[event.Command](m, event.CommandGiven)
	if err != nil {
		return c, err
	}
	if c.Letter != nil && c.Letter.Headers[headerCommand] != "" {
		if c, err = DeadCommand(*c.Letter); err != nil {
			return c, err
		}
	}
	m.Letter.Key = c.Key
	asked, _ := json.Marshal(c) // plain data, cannot fail
	m.Letter.Headers = map[string]string{headerCommand: string(asked)}
	return c, nil
}

// DeadCommand is the command that a dead letter keeps; zero when it keeps none.
func DeadCommand(l event.Letter) (event.Command, error) {
	var c event.Command
	asked := l.Headers[headerCommand]
	if asked == "" {
		return c, nil
	}
	if err := json.Unmarshal([]byte(asked), &c); err != nil {
		return event.Command{}, fault.Wrap(fault.Corrupt, err, "the dead command of %s", l.Key)
	}
	return c, nil
}

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
