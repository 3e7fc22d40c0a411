package index

import (
	"context"
	"encoding/json"

	"go.uber.org/zap"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
)

// headerCommand keeps a dead command in its letter.
const headerCommand = "Broadsheet-Command"

// command carries out what a person asked for: index knows Retry, which applies
// once more the event that a dead letter names, and Reindex.
func (s *Service) command(ctx context.Context, m *bus.Message) error {
	e, err := m.Event()
	if err != nil {
		return err
	}
	c, err := event.DataAs[event.Command](e, event.CommandGiven)
	if err != nil {
		return err
	}
	if c.Letter != nil && c.Letter.Headers[headerCommand] != "" {
		// A command that died is given again, not the retry of it.
		if err := json.Unmarshal([]byte(c.Letter.Headers[headerCommand]), &c); err != nil {
			return fault.Wrap(fault.Corrupt, err, "the dead command of %s", c.Key)
		}
	}
	asked, _ := json.Marshal(c) // plain data, cannot fail
	m.Letter.Headers = map[string]string{headerCommand: string(asked)}
	m.Letter.Key = c.Key
	if c.Action == event.Reindex {
		return s.reindex(ctx, c.Run)
	}
	if c.Action != event.Retry {
		return fault.New(fault.Unsupported, "command %q is unknown to index", c.Action).On("action").Fix("give retry or reindex")
	}
	if c.Letter == nil || c.Letter.Stream != event.Articles {
		return fault.New(fault.Invalid, "the command to retry does not name an event of %s", event.Articles).On("letter")
	}
	m.Letter.URI = c.Letter.URI
	dead, err := s.bus.MessageAt(ctx, c.Letter.Stream, c.Letter.StreamSeq)
	if err != nil {
		return err
	}
	if dead.Subject != c.Letter.Subject {
		return fault.New(fault.Conflict, "message %d of %s is about %s, the dead letter about %s", dead.StreamSeq, dead.Stream, dead.Subject, c.Letter.Subject).
			Fix("the stream was made anew since; parse the page again")
	}
	if err := s.apply(ctx, []*bus.Message{dead})[0]; err != nil {
		return err
	}
	s.log.Info("retried", zap.String("uri", c.Letter.URI), zap.Uint64("seq", c.Letter.StreamSeq))
	return nil
}
