package ledger

import (
	"fmt"
	"strings"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// streams the ledger follows. COMMANDS and UPLOADS are work queues: what became
// of their messages shows in the others.
var streams = []string{event.Pages, event.Articles, event.IndexedName, event.DeadLetters}

// fact is what one message of a stream says, stripped of the article's text so
// that many can be held.
type fact struct {
	stream string
	seq    uint64
	at     time.Time         // when it was published
	key    newspaper.PageKey // zero: about no page
	take   func(*record)     // nil: about no page
	letter *event.Letter     // DEADLETTERS only
	tick   Tick              // what it counts for in the rates
	erased bool              // something was erased with it: the file is to be freed of what it said
	err    error             // it is no event of ours
}

// letterID is a letter's name for people and in URLs: the tail of its subject.
func letterID(service, stream string, seq uint64) string {
	return strings.TrimPrefix(event.LetterSubject(service, stream, seq), letterPrefix)
}

const letterPrefix = "deadletters."

// read makes a fact of a message. One that cannot be read is a fact too: it is
// counted, and the ledger goes on.
func read(m *bus.Message) fact {
	f := fact{stream: m.Stream, seq: m.StreamSeq, at: m.Published}
	e, err := m.Event()
	if err == nil {
		err = f.interpret(e)
	}
	if err != nil {
		f.key, f.take, f.letter, f.tick = newspaper.PageKey{}, nil, nil, 0
		f.err = fmt.Errorf("message %d of %s: %w", m.StreamSeq, m.Stream, err)
	}
	return f
}

func (f *fact) interpret(e event.Event) error {
	switch e.Type {
	case event.PageReceived:
		return f.page(e)
	case event.PageParsed:
		return f.manifest(e)
	case event.ArticleParsed, event.ArticleWithdrawn:
		key, _, err := newspaper.ParseArticleURI(e.Subject)
		seq, at := f.seq, f.at
		f.key, f.tick = key, ArticlePublished
		f.take = func(r *record) { r.published(e.Subject, seq, e.Sequence, at) }
		return err
	case event.ArticleIndexed:
		return f.indexed(e)
	case event.LetterWritten, event.LetterResolved:
		return f.dead(e)
	}
	return fault.New(fault.Unsupported, "a %s has no place in this stream", e.Type)
}

func (f *fact) page(e event.Event) error {
	page, err := event.DataAs[newspaper.Page](e, event.PageReceived)
	if err != nil {
		return err
	}
	if len(page.Revisions) == 0 || page.Key.IsZero() {
		return fault.New(fault.Corrupt, "a registry entry without a key or a revision")
	}
	seq := f.seq
	f.key, f.tick = page.Key, PageReceived
	f.take = func(r *record) { r.received(seq, page.Current()) }
	return nil
}

func (f *fact) manifest(e event.Event) error {
	m, err := event.DataAs[newspaper.Manifest](e, event.PageParsed)
	if err != nil {
		return err
	}
	if m.Key.IsZero() {
		return fault.New(fault.Corrupt, "a manifest without a key")
	}
	seq, at := f.seq, f.at
	f.key, f.tick, f.erased = m.Key, PageCommitted, len(m.Erasures) > 0
	f.take = func(r *record) { r.committed(seq, at, &m) }
	return nil
}

func (f *fact) indexed(e event.Event) error {
	x, err := event.DataAs[event.Indexed](e, event.ArticleIndexed)
	if err != nil {
		return err
	}
	if x.Outcome != event.Applied && x.Outcome != event.Overtaken {
		return fault.New(fault.Corrupt, "a confirmation with the outcome %q", x.Outcome)
	}
	key, _, err := newspaper.ParseArticleURI(x.URI)
	at := f.at
	f.key, f.tick = key, ArticleIndexed
	f.take = func(r *record) { r.confirmed(x, at) }
	return err
}

func (f *fact) dead(e event.Event) error {
	l, err := event.DataAs[event.Letter](e, e.Type)
	if err != nil {
		return err
	}
	if l.Service == "" || l.Stream == "" {
		return fault.New(fault.Corrupt, "a dead letter that does not say whose it is")
	}
	if l.Key.IsZero() {
		l.Key, _ = event.KeyOfSubject(l.Subject) // zero when the subject names none
	}
	if l.URI == "" && l.Stream == event.Articles && !l.Key.IsZero() {
		l.URI = l.Key.ArticleURI(l.Subject[strings.LastIndexByte(l.Subject, '.')+1:])
	}
	f.letter, f.erased = &l, bus.IsErased(l)
	if l.Resolution == "" {
		f.tick = LetterWritten
	}
	if l.Key.IsZero() {
		return nil
	}
	id, seq := letterID(l.Service, l.Stream, l.StreamSeq), f.seq
	f.key = l.Key
	f.take = func(r *record) { r.died(id, seq, l) }
	return nil
}
