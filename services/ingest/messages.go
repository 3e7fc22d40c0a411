package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"

	"go.uber.org/zap"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/pkg/observe"
)

// headerSubject keeps, in a dead letter, the subject that an upload came on.
const headerSubject = "Broadsheet-Subject"

// uploads takes a batch: pages side by side, the uploads of one page in their
// order.
func (s *Service) uploads(ctx context.Context, batch []*bus.Message) []error {
	verdicts := make([]error, len(batch))
	byPage := map[string][]int{}
	for i, m := range batch {
		page := m.Subject
		if key, err := event.KeyOfSubject(m.Subject); err == nil {
			page = key.Subject() // 1 and 01 are one page
		}
		byPage[page] = append(byPage[page], i)
	}
	var pages sync.WaitGroup
	for _, of := range byPage {
		pages.Go(func() {
			for n, i := range of {
				verdicts[i] = s.upload(ctx, batch[i])
				if verdicts[i] != nil && fault.KindOf(verdicts[i]).Policy().Fate == fault.Wait {
					for _, behind := range of[n+1:] { // they must not overtake
						verdicts[behind] = verdicts[i]
					}
					return
				}
			}
		})
	}
	pages.Wait()
	return verdicts
}

// upload takes one page that was published. It survives a panic, as the bus does
// for what runs on its own goroutine.
func (s *Service) upload(ctx context.Context, m *bus.Message) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("taking an upload panicked", zap.String("subject", m.Subject), zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
			err = fault.New(fault.Internal, "taking it failed by a mistake of ours (%v)", p).Fix("retry after an update")
		}
	}()
	sent := sentHeaders(m)
	replyTo := sent[event.HeaderReceiptTo]
	if err := checkReceiptTo(replyTo); err != nil {
		s.refused(s.log.With(zap.String("subject", m.Subject), zap.String("via", "nats")), "nats", err)
		return err
	}
	receipt, err := s.takeSent(ctx, sent, m.Data, m.Trace)
	if err != nil {
		return err
	}
	s.reply(replyTo, "application/json", receipt)
	return nil
}

// sentHeaders is what an upload over NATS says of itself, as a dead letter keeps
// it. An upload without an id gets one that is the same at every delivery.
func sentHeaders(m *bus.Message) map[string]string {
	sent := map[string]string{headerSubject: m.Subject, event.HeaderUploadID: fmt.Sprintf("%s-%d-%d", m.Stream, m.StreamSeq, m.Published.UnixNano())}
	for _, name := range []string{"Content-Type", event.HeaderUploadID, event.HeaderSupersede, event.HeaderReceiptTo} {
		if v := m.Headers[name]; v != "" {
			sent[name] = v
		}
	}
	return sent
}

// takeSent takes an upload by its headers, whether it just came or died before.
func (s *Service) takeSent(ctx context.Context, sent map[string]string, data []byte, trace string) (newspaper.Receipt, error) {
	u := upload{data: data, declared: sent["Content-Type"], id: sent[event.HeaderUploadID], trace: observe.Trace(trace), via: "nats"}
	var err error
	if u.key, err = event.KeyOfSubject(sent[headerSubject]); err == nil {
		err = checkUploadID(event.HeaderUploadID, u.id)
	}
	if err == nil {
		u.supersede, err = parseSupersede(event.HeaderSupersede, sent[event.HeaderSupersede])
	}
	if err != nil {
		s.refused(s.log.With(zap.String("subject", sent[headerSubject]), zap.String("via", u.via), zap.String("trace", u.trace)), u.via, err)
		return newspaper.Receipt{}, err
	}
	return s.receive(ctx, u)
}

// keepUpload saves the bytes of an upload that becomes a dead letter, and tells
// the sender.
func (s *Service) keepUpload(ctx context.Context, m *bus.Message, why error) error {
	if len(m.Data) > 0 && !fault.Is(why, fault.Gone) { // what was erased is not kept
		sha, err := s.bus.PutObject(ctx, m.Data)
		if err != nil {
			return err
		}
		m.Letter.SHA256 = sha
	}
	m.Letter.Headers = sentHeaders(m)
	s.tell(m, why)
	return nil
}

// keepCommand tells the sender of an upload that it was refused once more. The
// bytes are kept already.
func (s *Service) keepCommand(_ context.Context, m *bus.Message, why error) error {
	s.tell(m, why)
	return nil
}

// tell sends the problem to whoever asked for a receipt.
func (s *Service) tell(m *bus.Message, why error) {
	if to := m.Letter.Headers[event.HeaderReceiptTo]; checkReceiptTo(to) == nil {
		s.reply(to, "application/problem+json", fault.ProblemOf(why))
	}
}

// command carries out what a person asked for: to take a dead upload again.
func (s *Service) command(ctx context.Context, m *bus.Message) error {
	c, err := bus.DataOf[event.Command](m, event.CommandGiven)
	if err != nil {
		return err
	}
	m.Letter.Key = c.Key
	if c.Action != event.Retry {
		return fault.New(fault.Unsupported, "command %q is unknown to ingest", c.Action).On("action").Fix("give retry, with a dead letter")
	}
	if c.Letter == nil || c.Letter.Headers[headerSubject] == "" {
		return fault.New(fault.Invalid, "the command names no dead upload to retry").On("letter").Fix("upload the page again")
	}
	// Should it die again, its letter must say as much as this one.
	m.Letter.SHA256, m.Letter.Headers = c.Letter.SHA256, c.Letter.Headers
	var data []byte
	if c.Letter.SHA256 != "" { // otherwise it was empty
		if data, err = s.bus.Object(ctx, c.Letter.SHA256); err != nil {
			return err
		}
	}
	receipt, err := s.takeSent(ctx, c.Letter.Headers, data, c.Letter.Trace)
	if err != nil {
		return err
	}
	if to := c.Letter.Headers[event.HeaderReceiptTo]; checkReceiptTo(to) == nil {
		s.reply(to, "application/json", receipt)
	}
	return nil
}

// reply sends a receipt or a problem. Nobody may be listening any more, so a
// failure changes nothing: who misses a receipt uploads again and gets it.
func (s *Service) reply(to, contentType string, v any) {
	if to == "" {
		return
	}
	body, err := json.Marshal(v)
	if err == nil {
		err = s.bus.Reply(to, contentType, body)
	}
	if err != nil {
		s.log.Warn("a receipt was not sent", zap.String("to", to), zap.Error(err))
	}
}

// checkReceiptTo refuses a subject that cannot get a receipt, or must not: a
// sender could otherwise have us write into our own streams.
func checkReceiptTo(to string) error {
	if to == "" {
		return nil
	}
	own := false
	first, _, _ := strings.Cut(to, ".")
	for _, stream := range event.Streams {
		for _, subject := range stream.Subjects {
			prefix, _, _ := strings.Cut(subject, ".")
			own = own || prefix == first
		}
	}
	if own || !bus.ValidSubject(to) {
		return fault.New(fault.Invalid, "%s is no subject that a receipt can be sent to", event.HeaderReceiptTo).
			On(event.HeaderReceiptTo).Fix("name an inbox or a subject of your own, without wildcards and blanks")
	}
	return nil
}
