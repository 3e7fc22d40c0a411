package ledger

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// past is the messages of each stream, in order, of a random but possible
// history.
type past struct {
	t       *testing.T
	r       *rand.Rand
	at      time.Time
	streams map[string][]*bus.Message
	pages   map[newspaper.PageKey]*newspaper.Page
	last    map[newspaper.PageKey]*newspaper.Manifest
	events  []event.Indexed // that were published
	letters []event.Letter  // open ones
}

func newPast(t *testing.T, seed uint64) *past {
	return &past{t: t, r: rand.New(rand.NewPCG(seed, 1)), at: time.Date(2022, 10, 30, 0, 0, 0, 0, time.UTC), streams: map[string][]*bus.Message{},
		pages: map[newspaper.PageKey]*newspaper.Page{}, last: map[newspaper.PageKey]*newspaper.Manifest{}}
}

// add appends a message to a stream and returns its place.
func (p *past) add(stream, subject string, kind event.Type, about string, sequence int64, data any) uint64 {
	p.t.Helper()
	p.at = p.at.Add(time.Millisecond)
	e, err := event.New(kind, "test", fmt.Sprintf("%s-%d", stream, len(p.streams[stream])), about, p.at, data)
	if err != nil {
		p.t.Fatal(err)
	}
	e.Sequence = sequence
	raw, err := json.Marshal(e)
	if err != nil {
		p.t.Fatal(err)
	}
	seq := uint64(len(p.streams[stream]) + 1)
	p.streams[stream] = append(p.streams[stream], &bus.Message{Subject: subject, Data: raw, Stream: stream, StreamSeq: seq, Published: p.at})
	return seq
}

func (p *past) key() newspaper.PageKey {
	key, err := newspaper.NewPageKey([]string{"a-bao", "b-bao"}[p.r.IntN(2)], "2022-10-30", "main", fmt.Sprint(1+p.r.IntN(3)))
	if err != nil {
		p.t.Fatal(err)
	}
	return key
}

func (p *past) receive() {
	key := p.key()
	page := p.pages[key]
	if page == nil {
		page = &newspaper.Page{Key: key}
		p.pages[key] = page
	}
	page.Revisions = append(page.Revisions, newspaper.Revision{Number: len(page.Revisions) + 1, SHA256: "x", UploadID: "u", Received: p.at})
	seq := p.add(event.Pages, event.ReceivedSubject(key), event.PageReceived, key.String(), 0, page)
	if p.r.IntN(4) == 0 {
		p.bury(event.Letter{Service: "parse", Stream: event.Pages, StreamSeq: seq, Subject: event.ReceivedSubject(key), Key: key, Revision: len(page.Revisions)})
	}
}

func (p *past) commit() {
	key := p.key()
	page := p.pages[key]
	if page == nil {
		return
	}
	m := newspaper.Manifest{Key: key, Revision: 1 + p.r.IntN(len(page.Revisions)), Sequence: p.at.UnixMicro(), Attempts: 1}
	for i := range 3 {
		uri := key.ArticleURI(fmt.Sprintf("%08x", i))
		state := []string{newspaper.Live, newspaper.Vanished}[p.r.IntN(2)]
		m.Articles = append(m.Articles, newspaper.ManifestArticle{URI: uri, State: state, Version: 1})
		kind := map[string]event.Type{newspaper.Live: event.ArticleParsed, newspaper.Vanished: event.ArticleWithdrawn}[state]
		subject, _ := event.ArticleSubject(kind, uri)
		seq := p.add(event.Articles, subject, kind, uri, m.Sequence, newspaper.Article{URI: uri})
		p.events = append(p.events, event.Indexed{Key: key, URI: uri, Sequence: m.Sequence, StreamSeq: seq})
		if p.r.IntN(6) == 0 {
			p.bury(event.Letter{Service: "index", Stream: event.Articles, StreamSeq: seq, Subject: subject, Key: key, URI: uri})
		}
	}
	p.last[key] = &m
	p.add(event.Articles, event.ManifestSubject(key), event.PageParsed, key.String(), m.Sequence, m)
}

// confirm answers for an event, perhaps once more.
func (p *past) confirm() {
	if len(p.events) == 0 {
		return
	}
	x := p.events[p.r.IntN(len(p.events))]
	x.Outcome = []event.Outcome{event.Applied, event.Overtaken}[p.r.IntN(2)]
	subject, _ := event.ArticleSubject(event.ArticleIndexed, x.URI)
	p.add(event.IndexedName, subject, event.ArticleIndexed, x.URI, x.Sequence, x)
}

func (p *past) bury(l event.Letter) {
	l.Kind, l.Message, l.Attempts, l.Time = fault.Corrupt, "broken", 1, p.at
	p.letters = append(p.letters, l)
	p.add(event.DeadLetters, event.LetterSubject(l.Service, l.Stream, l.StreamSeq), event.LetterWritten, "", 0, l)
}

// resolve retries or discards a letter; a retry may die as well.
func (p *past) resolve() {
	if len(p.letters) == 0 {
		return
	}
	i := p.r.IntN(len(p.letters))
	l := p.letters[i]
	p.letters = slices.Delete(p.letters, i, i+1)
	l.Resolution, l.Resolved = []string{event.Retried, event.Discarded}[p.r.IntN(2)], p.at
	p.add(event.DeadLetters, event.LetterSubject(l.Service, l.Stream, l.StreamSeq), event.LetterResolved, "", 0, l)
	if l.Resolution == event.Retried && p.r.IntN(2) == 0 {
		p.bury(event.Letter{Service: l.Service, Stream: event.Commands, StreamSeq: uint64(len(p.streams[event.DeadLetters]) + 100),
			Subject: event.CommandSubject(l.Service, l.Key), Key: l.Key, Revision: l.Revision, URI: l.URI})
	}
}

// garbage is a message that is no event of ours.
func (p *past) garbage() {
	stream := streams[p.r.IntN(len(streams))]
	p.add(stream, "x", "somebody.elses.v9", "", 0, "?")
}

func (p *past) happen(steps int) {
	for range steps {
		switch n := p.r.IntN(20); {
		case n < 5:
			p.receive()
		case n < 10:
			p.commit()
		case n < 16:
			p.confirm()
		case n < 19:
			p.resolve()
		default:
			p.garbage()
		}
	}
}

// compacted is what the streams hold later: of each dead letter only the newest
// message.
func (p *past) compacted() map[string][]*bus.Message {
	out := map[string][]*bus.Message{}
	newest := map[string]uint64{}
	for _, m := range p.streams[event.DeadLetters] {
		newest[m.Subject] = m.StreamSeq
	}
	for stream, messages := range p.streams {
		for _, m := range messages {
			if stream != event.DeadLetters || m.StreamSeq == newest[m.Subject] {
				out[stream] = append(out[stream], m)
			}
		}
	}
	return out
}

// take reads the streams in a random order of theirs, in transactions of random
// sizes, some messages twice.
func take(t *testing.T, r *rand.Rand, messages map[string][]*bus.Message) *Ledger {
	t.Helper()
	l, err := Open(Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	l.db.NoSync = true // nothing is to survive
	left := map[string]int{}
	var batch []fact
	for {
		var open []string
		for _, s := range streams {
			if left[s] < len(messages[s]) {
				open = append(open, s)
			}
		}
		if len(open) == 0 || len(batch) > r.IntN(40) {
			if err := l.apply(batch); err != nil {
				t.Fatal(err)
			}
			batch = nil
		}
		if len(open) == 0 {
			return l
		}
		s := open[r.IntN(len(open))]
		if left[s] > 0 && r.IntN(10) == 0 {
			batch = append(batch, read(messages[s][r.IntN(left[s])]))
		}
		batch = append(batch, read(messages[s][left[s]]))
		left[s]++
	}
}

// Whatever order the streams are read in, the ledger is the same, and it
// balances.
func TestOrderOfStreamsDoesNotMatter(t *testing.T) {
	for seed := range uint64(10) {
		p := newPast(t, seed)
		p.happen(100)
		r := rand.New(rand.NewPCG(seed, 2))
		first := take(t, r, p.streams)
		checked(t, first)
		want := dump(t, first)
		for range 2 {
			l := take(t, r, p.streams)
			checked(t, l)
			same(t, fmt.Sprintf("seed %d, another order", seed), dump(t, l), want)
		}
		rebuilt := take(t, r, p.compacted())
		checked(t, rebuilt)
		same(t, fmt.Sprintf("seed %d, read when old letters were gone", seed), withoutUnreadable(dump(t, rebuilt)), withoutUnreadable(want))
		p.compare(first)
		if t.Failed() {
			return
		}
	}
}

// withoutUnreadable leaves out the positions: messages that are no events of ours
// share a subject in DEADLETTERS, so that a later reader sees fewer.
func withoutUnreadable(entries map[string]string) map[string]string {
	delete(entries, fmt.Sprintf("meta/%q", positionKey(event.DeadLetters)))
	return entries
}

// compare counts the history itself, in the plainest way.
func (p *past) compare(l *Ledger) {
	p.t.Helper()
	received, live, known := 0, 0, map[uint64]bool{}
	for _, page := range p.pages {
		received += len(page.Revisions)
	}
	for _, m := range p.last {
		for _, a := range m.Articles {
			if a.State == newspaper.Live {
				live++
			}
		}
	}
	for _, x := range p.events {
		known[x.StreamSeq] = true
	}
	s, err := l.Summary()
	if err != nil {
		p.t.Fatal(err)
	}
	if got := s.Accounting.All; got.Pages.Received != received || got.Live != live || got.Articles.Events != len(known) || s.Unresolved != len(p.letters) {
		p.t.Errorf("%d received, %d live, %d events, %d letters open; the ledger says %+v, %d", received, live, len(known), len(p.letters), got, s.Unresolved)
	}
}

// FuzzRead: whatever stands in a stream, reading it gives a fact or an error that
// is counted, and never stops the ledger.
func FuzzRead(f *testing.F) {
	p := newPast(nil, 3)
	p.t = &testing.T{}
	p.happen(200)
	for _, s := range streams {
		for _, m := range p.streams[s] {
			f.Add(s, m.Subject, m.Data)
		}
	}
	f.Add(event.Pages, "", []byte(`{"specversion":"1.0","id":"1","source":"x","type":"broadsheet.page.parsed.v1","data":null}`))
	f.Add(event.DeadLetters, "deadletters", []byte(`{"specversion":"1.0","id":"1","source":"x","type":"broadsheet.deadletter.written.v1","data":{"service":"a","stream":"ARTICLES"}}`))
	f.Fuzz(func(t *testing.T, stream, subject string, data []byte) {
		x := read(&bus.Message{Stream: stream, Subject: subject, StreamSeq: 1, Data: data})
		if x.take == nil {
			return
		}
		if x.err != nil || x.key.IsZero() {
			t.Fatalf("a fact about %v with the error %v", x.key, x.err)
		}
		r := record{Key: x.key}
		x.take(&r)
		once, _ := json.Marshal(r)
		x.take(&r)
		if twice, _ := json.Marshal(r); string(once) != string(twice) {
			t.Fatalf("taken in twice it is another: %s, %s", once, twice)
		}
		r.view()
		if d := r.digest(); !d.counts.Balanced() {
			t.Fatalf("%+v", d.counts)
		}
	})
}
