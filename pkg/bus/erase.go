package bus

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
)

// Scrub deletes the messages on a subject that stand before a place of the stream
// (0: all), and overwrites their bytes in the stream's files. seen, when it is not
// nil, gets each before it goes; its error ends the scrub. Run again it goes on
// where it was stopped. It returns how many were deleted.
func (b *Bus) Scrub(ctx context.Context, stream, subject string, before uint64, seen func(*Message) error) (int, error) {
	s, err := b.stream(ctx, stream)
	if err != nil {
		return 0, err
	}
	n := 0
	for at := uint64(1); ; {
		m, err := messageFrom(ctx, s, at, subject)
		if fault.Is(err, fault.NotFound) || err == nil && before > 0 && m.Sequence >= before {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		if seen != nil {
			if err := seen(storedMessage(stream, m)); err != nil {
				return n, err
			}
		}
		if err := overwrite(ctx, s, m.Sequence); err != nil {
			return n, err
		}
		n, at = n+1, m.Sequence+1
	}
}

// messageFrom is the first message on a subject at or behind a place.
func messageFrom(ctx context.Context, s jetstream.Stream, at uint64, subject string) (*jetstream.RawStreamMsg, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	m, err := s.GetMsg(ctx, at, jetstream.WithGetMsgSubject(subject))
	return m, classify(err, "messages on %s", subject)
}

// overwrite deletes a message and overwrites its bytes; one that is gone already
// is no error.
func overwrite(ctx context.Context, s jetstream.Stream, seq uint64) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	err := classify(s.SecureDeleteMsg(ctx, seq), "delete message %d of %s", seq, s.CachedInfo().Config.Name)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// EraseObject removes the object of that name and overwrites its bytes. One that
// is not there is no error.
func (b *Bus) EraseObject(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, bucketTimeout)
	defer cancel()
	store, err := b.objects(ctx)
	if err != nil {
		return err
	}
	info, err := store.GetInfo(ctx, name)
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return nil
	}
	if err != nil {
		return classify(err, "object %s", name)
	}
	if _, err := b.Scrub(ctx, objectsStream, "$O."+event.Objects+".C."+info.NUID, 0, nil); err != nil {
		return err
	}
	err = store.Delete(ctx, name)
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return nil
	}
	return classify(err, "delete object %s", name)
}

// EraseLetter puts in a dead letter's place one that is resolved and holds nothing
// of what it was about but its name.
func (b *Bus) EraseLetter(ctx context.Context, l event.Letter) error {
	for {
		subject := event.LetterSubject(l.Service, l.Stream, l.StreamSeq)
		m, err := b.lastMessage(ctx, event.DeadLetters, subject)
		if err != nil {
			return err
		}
		l.Headers, l.SHA256, l.Field, l.Remedy, l.Message = nil, "", "", "", erasedMessage
		if l.Resolution == "" {
			l.Resolution, l.Resolved = event.Discarded, now()
		}
		e, err := event.New(event.LetterResolved, b.name, subject+"@erased", subjectOf(l), now(), l)
		if err != nil {
			return err
		}
		err = b.publishGuarded(ctx, Outgoing{subject, e, l.Trace}, &m.StreamSeq)
		if !fault.Is(err, fault.Conflict) {
			return err
		}
	}
}

// erasedMessage stands for what a dead letter said.
const erasedMessage = "what this was about has been erased"

// IsErased reports whether EraseLetter has dealt with the letter.
func IsErased(l event.Letter) bool {
	return l.Message == erasedMessage && len(l.Headers) == 0 && l.SHA256 == ""
}

// Audit writes an entry of the audit log. An entry that is there already, of the
// same command, stands.
func (b *Bus) Audit(ctx context.Context, a event.Audit, trace string) error {
	subject := event.AuditSubject(a.Key, a.Run)
	about := a.URI
	if about == "" && !a.Key.IsZero() {
		about = a.Key.String()
	}
	e, err := event.New(event.Audited, b.name, fmt.Sprintf("%s@%s", a.Action, a.Run), about, a.Time, a)
	if err != nil {
		return err
	}
	none := uint64(0)
	err = b.publishGuarded(ctx, Outgoing{subject, e, trace}, &none)
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	return err
}

// AuditLog hands the entries of the audit log to h, oldest first. An empty filter
// is all of them.
func (b *Bus) AuditLog(ctx context.Context, filter string, h func(event.Audit) error) error {
	return b.Read(ctx, event.AuditLog, filter, func(m *Message) error {
		a, err := DataOf[event.Audit](m, event.Audited)
		if err != nil {
			return err
		}
		return h(a)
	})
}
