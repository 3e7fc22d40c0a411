package index

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/search"
)

// apply writes a batch of article events and confirms what became durable. A
// message is done when its confirmation is durable too; if that fails they come
// again, and the store finds that it has them.
func (s *Service) apply(ctx context.Context, messages []*bus.Message) []error {
	return s.applyAs(ctx, messages, false)
}

// applyAs applies. Events that come again, for a store that took the place of one
// that had them, are confirmed only when asked for.
func (s *Service) applyAs(ctx context.Context, messages []*bus.Message, again bool) []error {
	verdicts := make([]error, len(messages))
	writes, origin := decodeAll(messages, verdicts)
	if len(writes) == 0 {
		return verdicts
	}
	s.moving.RLock()
	written, settled, err := s.write(ctx, writes)
	s.moving.RUnlock()
	if err != nil {
		for _, i := range origin {
			verdicts[i] = err
		}
		return verdicts
	}
	var confirmations []bus.Outgoing
	var confirmed []int
	for j, v := range written {
		i := origin[j]
		if v.Err != nil {
			verdicts[i] = v.Err
			continue
		}
		if messages[i].StreamSeq <= settled && !again {
			continue
		}
		c, err := confirmation(messages[i], writes[j], v.Outcome)
		if err != nil {
			verdicts[i] = err
			continue
		}
		confirmations, confirmed = append(confirmations, c), append(confirmed, i)
		s.articles.WithLabelValues(string(v.Outcome)).Inc()
	}
	if err := s.bus.PublishBatch(ctx, confirmations); err != nil {
		for _, i := range confirmed {
			verdicts[i] = err
		}
		return verdicts
	}
	s.log.Debug("indexed", zap.Int("articles", len(confirmed)), zap.Int("failed", len(messages)-len(confirmed)))
	return verdicts
}

// decodeAll reads article events; origin is of each write its message. What
// cannot be read gets its verdict.
func decodeAll(messages []*bus.Message, verdicts []error) (writes []search.Write, origin []int) {
	for i, m := range messages {
		w, err := decode(m)
		if err != nil {
			verdicts[i] = err
			continue
		}
		writes, origin = append(writes, w), append(origin, i)
	}
	return writes, origin
}

// decode reads an article event, and fills in what its dead letter would say.
func decode(m *bus.Message) (search.Write, error) {
	var w search.Write
	e, err := m.Event()
	if err != nil {
		return w, err
	}
	m.Letter.URI = e.Subject
	switch e.Type {
	case event.ArticleParsed, event.ArticleWithdrawn:
	default:
		return w, fault.New(fault.Unsupported, "index knows no events of type %s", e.Type).Fix("update the index service, then retry")
	}
	a, err := event.DataAs[newspaper.Article](e, e.Type)
	if err != nil {
		return w, err
	}
	withdrawn := e.Type == event.ArticleWithdrawn
	if err := check(m, e, &a, withdrawn); err != nil {
		return w, err
	}
	var source bytes.Buffer
	if err := json.Compact(&source, e.Data); err != nil {
		return w, fault.Wrap(fault.Corrupt, err, "data of event %s", e.ID)
	}
	return search.Write{URI: a.URI, Sequence: e.Sequence, Withdrawn: withdrawn, Article: a, Source: source.Bytes()}, nil
}

// check refuses an event that contradicts itself: indexed under the wrong name
// or version it would hide another article.
func check(m *bus.Message, e event.Event, a *newspaper.Article, withdrawn bool) error {
	subject, err := event.ArticleSubject(e.Type, a.URI)
	if err != nil {
		return fault.Wrap(fault.Corrupt, err, "event %s", e.ID)
	}
	if e.Subject != a.URI || m.Subject != subject {
		return fault.New(fault.Corrupt, "event %s on %s is about %q and carries the article %s", e.ID, m.Subject, e.Subject, a.URI)
	}
	if e.Sequence <= 0 {
		return fault.New(fault.Corrupt, "event %s has no sequence, the version of its article", e.ID)
	}
	if withdrawn != (a.PubStatus == newspaper.Canceled) {
		return fault.New(fault.Corrupt, "event %s is a %s and its article's pubStatus is %q", e.ID, e.Type, a.PubStatus)
	}
	return nil
}

// confirmation says that an event's article is durable in the store.
func confirmation(m *bus.Message, w search.Write, outcome event.Outcome) (bus.Outgoing, error) {
	key, _, err := newspaper.ParseArticleURI(w.URI)
	if err != nil {
		return bus.Outgoing{}, err
	}
	status := newspaper.Usable
	if w.Withdrawn {
		status = newspaper.Canceled
	}
	e, err := event.New(event.ArticleIndexed, service, fmt.Sprintf("%s@%d#%d", w.URI, w.Sequence, m.StreamSeq), w.URI, time.Now(), event.Indexed{
		Key: key, URI: w.URI, Sequence: w.Sequence, StreamSeq: m.StreamSeq, Outcome: outcome, Status: status,
	})
	if err != nil {
		return bus.Outgoing{}, err
	}
	subject, err := event.ArticleSubject(event.ArticleIndexed, w.URI)
	return bus.Outgoing{Subject: subject, Event: e, Trace: m.Trace}, err
}
