package bus

import (
	"context"

	"go.uber.org/zap"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
)

// bury writes a message's dead letter and then takes the message out of its
// queue. A crash between the two is harmless: a message has one place for its
// letter, and the second letter finds it taken.
func (c *consumption) bury(ctx context.Context, m *Message, why error, attempt int) error {
	if c.s.Keep != nil {
		if err := c.s.Keep(ctx, m, why); err != nil {
			return waiting(err)
		}
	}
	letter := m.Letter
	letter.Service, letter.Stream, letter.StreamSeq, letter.Subject = c.name, m.Stream, m.StreamSeq, m.Subject
	if letter.Key.IsZero() {
		letter.Key, _ = event.KeyOfSubject(m.Subject) // zero when the subject names none
	}
	letter.Attempts, letter.Time, letter.Trace = attempt, now(), m.Trace
	problem := fault.ProblemOf(why)
	letter.Kind, letter.Field, letter.Message, letter.Remedy = problem.Kind, problem.Field, problem.Detail, problem.Remedy
	if err := c.writeLetter(ctx, letter); err != nil {
		return err
	}
	c.log.Error("dead letter", zap.String("subject", m.Subject), zap.String("key", letter.Key.String()),
		zap.String("kind", string(letter.Kind)), zap.Int("attempts", attempt), zap.Error(why))
	if err := m.raw.TermWithReason(string(letter.Kind)); err != nil {
		c.log.Debug("termination did not get through, the message will come again", zap.Error(err))
	}
	return nil
}

// WriteLetter writes a dead letter for a program that settles its messages itself
// (ConsumeOwn). It fills in the service and the time. A message has one place for
// its letter: a second one changes nothing.
func (b *Bus) WriteLetter(ctx context.Context, letter event.Letter) error {
	letter.Service, letter.Time = b.name, now()
	ctx, cancel := bounded(ctx)
	defer cancel()
	return b.writeLetter(ctx, letter)
}

func (b *Bus) writeLetter(ctx context.Context, letter event.Letter) error {
	subject := event.LetterSubject(letter.Service, letter.Stream, letter.StreamSeq)
	e, err := event.New(event.LetterWritten, b.name, subject, subjectOf(letter), letter.Time, letter)
	if err != nil {
		return err
	}
	none := uint64(0)
	err = b.publishGuarded(ctx, Outgoing{subject, e, letter.Trace}, &none)
	if fault.Is(err, fault.Conflict) {
		return nil // written before a crash
	}
	return waiting(err)
}

// waiting makes sure that a letter which cannot be written holds its message
// back: without a letter nothing may leave a queue.
func waiting(err error) error {
	if err == nil || fault.KindOf(err).Policy().Fate == fault.Wait {
		return err
	}
	return fault.Wrap(fault.Unavailable, err, "cannot write a dead letter")
}

func subjectOf(l event.Letter) string {
	if l.URI != "" {
		return l.URI
	}
	if l.Key.IsZero() {
		return ""
	}
	return l.Key.String()
}

// letter reads the dead letter on a subject and the guard for its resolution.
func (b *Bus) letter(ctx context.Context, subject string) (event.Letter, uint64, error) {
	m, err := b.lastMessage(ctx, event.DeadLetters, subject)
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			err = fault.New(fault.NotFound, "there is no dead letter %s", subject)
		}
		return event.Letter{}, 0, err
	}
	letter, err := LetterOf(m)
	if err == nil && letter.Resolution != "" {
		err = fault.New(fault.Conflict, "dead letter %s has been %s already", subject, letter.Resolution)
	}
	return letter, m.StreamSeq, err
}

// LetterOf decodes a dead letter, also one that is resolved.
func LetterOf(m *Message) (event.Letter, error) {
	letter, err := DataOf[event.Letter](m, event.LetterWritten)
	if fault.Is(err, fault.Unsupported) {
		letter, err = DataOf[event.Letter](m, event.LetterResolved)
	}
	return letter, err
}

// RetryLetter asks the letter's service to handle what it names once more, and
// marks it retried. A crash in between asks twice, which does no harm.
func (b *Bus) RetryLetter(ctx context.Context, subject string) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	letter, guard, err := b.letter(ctx, subject)
	if err != nil {
		return err
	}
	command := event.Command{Action: event.Retry, Key: letter.Key, Run: event.NewRun(now()), Letter: &letter}
	if err := b.Command(ctx, letter.Service, command); err != nil {
		return err
	}
	return b.resolve(ctx, letter, guard, event.Retried)
}

// DiscardLetter marks a letter as read and done with. What it names is lost on
// purpose, by a person.
func (b *Bus) DiscardLetter(ctx context.Context, subject string) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	letter, guard, err := b.letter(ctx, subject)
	if err != nil {
		return err
	}
	return b.resolve(ctx, letter, guard, event.Discarded)
}

// resolve replaces the letter on its subject. The stream keeps the last message
// of a subject, so the place stays taken: a late redelivery writes no second one.
func (b *Bus) resolve(ctx context.Context, letter event.Letter, guard uint64, resolution string) error {
	letter.Resolution, letter.Resolved = resolution, now()
	subject := event.LetterSubject(letter.Service, letter.Stream, letter.StreamSeq)
	e, err := event.New(event.LetterResolved, b.name, subject+"@"+resolution, subjectOf(letter), letter.Resolved, letter)
	if err != nil {
		return err
	}
	return b.publishGuarded(ctx, Outgoing{subject, e, letter.Trace}, &guard)
}
