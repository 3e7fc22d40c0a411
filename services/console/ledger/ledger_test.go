package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/api"
	"broadsheet/services/console/internal/play"
)

// reading is a page with so many articles.
func reading(revision, articles int) play.Reading {
	r := play.Reading{Revision: revision, Text: "文\n"}
	for i := range articles {
		r.Articles = append(r.Articles, play.Article(fmt.Sprintf("第%d篇", i+1), "文", i+1, i+1))
	}
	return r
}

// letter is what service gives up on.
func letter(service, stream string, seq uint64, key newspaper.PageKey, revision int, uri string) event.Letter {
	l := event.Letter{Service: service, Stream: stream, StreamSeq: seq, Subject: event.ReceivedSubject(key), Key: key, Revision: revision, URI: uri,
		Kind: fault.Corrupt, Message: "broken", Remedy: "mend it", Attempts: 3}
	if uri != "" {
		l.Subject, _ = event.ArticleSubject(event.ArticleParsed, uri)
	}
	return l
}

// history plays everything that can become of a page.
func history(t *testing.T, c *play.Company) {
	t.Helper()
	good, revised, dead, again := play.Key(t, "a-bao", "01"), play.Key(t, "a-bao", "02"), play.Key(t, "b-bao", "01"), play.Key(t, "b-bao", "02")
	c.Receive(good, "1")
	events := c.Commit(good, reading(0, 3))
	c.Confirm(event.Applied, events[:2]...)
	c.Receive(revised, "1")
	c.Receive(revised, "2")
	c.Confirm(event.Applied, c.Commit(revised, reading(0, 2))...)
	c.Confirm(event.Overtaken, c.Commit(revised, reading(0, 1))...) // parsed again, one article is gone
	c.Bury(letter("index", event.Articles, events[2].StreamSeq, good, 0, events[2].URI))
	c.Bury(letter("parse", event.Pages, c.Receive(dead, "1"), dead, 1, ""))
	id := c.Bury(letter("parse", event.Pages, c.Receive(again, "1"), again, 1, ""))
	if err := c.Parse.RetryLetter(t.Context(), "deadletters."+id); err != nil {
		t.Fatal(err)
	}
	c.Confirm(event.Applied, c.Commit(again, reading(0, 1))...)
}

func TestRebuiltEqualsIncremental(t *testing.T) {
	s := bustest.Start(t)
	c := play.New(t, s)
	b := s.Bus(t, "console")
	grown, _ := run(t, b, t.TempDir())
	history(t, c)
	caughtUp(t, grown, b)
	checked(t, grown)
	rebuilt, _ := run(t, b, t.TempDir())
	caughtUp(t, rebuilt, b)
	checked(t, rebuilt)
	same(t, "rebuilt from the streams", dump(t, rebuilt), dump(t, grown))
	want := api.Counts{
		Pages:    api.PageCounts{Received: 5, Committed: 3, Superseded: 1, Dead: 1},
		Articles: api.Events{Events: 8, Applied: 5, Overtaken: 2, Dead: 1}, Manifests: 4, Live: 5,
	}
	if got := all(t, rebuilt); got != want {
		t.Errorf("counted %+v\nnot     %+v", got, want)
	}
}

// spy sees from where streams are followed.
type spy struct {
	Bus
	mu   sync.Mutex
	from map[string]uint64
}

func (s *spy) Follow(ctx context.Context, stream string, from uint64, filter string, h func(*bus.Message) error) error {
	s.mu.Lock()
	s.from[stream] = from
	s.mu.Unlock()
	return s.Bus.Follow(ctx, stream, from, filter, h)
}

func (s *spy) followed(stream string) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.from[stream]
}

// What was read is not read again after a restart, and what came meanwhile is.
func TestCheckpoint(t *testing.T) {
	s := bustest.Start(t)
	c := play.New(t, s)
	b := s.Bus(t, "console")
	dir := t.TempDir()
	l, stop := run(t, b, dir)
	history(t, c)
	caughtUp(t, l, b)
	before := dump(t, l)
	stop()
	if _, err := l.Summary(); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a closed ledger answers %v", err)
	}

	key := play.Key(t, "c-bao", "01")
	seq := c.Receive(key, "1")
	watched := &spy{Bus: b, from: map[string]uint64{}}
	l, stop = run(t, watched, dir)
	caughtUp(t, l, b)
	if from := watched.followed(event.Pages); from != seq {
		t.Errorf("PAGES is read from %d, not from %d", from, seq)
	}
	after := dump(t, l)
	for k, v := range before {
		if after[k] == "" && v != "" {
			t.Errorf("%s is gone", k)
		}
	}
	checked(t, l)
	stop()
	fresh, _ := run(t, b, t.TempDir())
	caughtUp(t, fresh, b)
	same(t, "continued", after, dump(t, fresh))
}

// twoServers stands for one whose streams are replaced: it can be switched over,
// and made to say that they are as old as before.
type twoServers struct {
	Bus     // the first
	second  Bus
	moved   atomic.Bool
	created func(stream string) time.Time // nil: as it is
}

func (s *twoServers) now() Bus {
	if s.moved.Load() {
		return s.second
	}
	return s.Bus
}

func (s *twoServers) Follow(ctx context.Context, stream string, from uint64, filter string, h func(*bus.Message) error) error {
	return s.now().Follow(ctx, stream, from, filter, h)
}

func (s *twoServers) StreamState(ctx context.Context, stream string) (bus.StreamState, error) {
	state, err := s.now().StreamState(ctx, stream)
	if s.created != nil {
		state.Created = s.created(stream)
	}
	return state, err
}

func (s *twoServers) MessageAt(ctx context.Context, stream string, seq uint64) (*bus.Message, error) {
	return s.now().MessageAt(ctx, stream, seq)
}

func (s *twoServers) ConsumerState(ctx context.Context, c event.Consumer) (bus.ConsumerState, error) {
	return s.now().ConsumerState(ctx, c)
}

// A ledger of other streams than those that are there is built anew, whether the
// streams were recreated or restored from an older backup, while it runs or not.
func TestOtherStreams(t *testing.T) {
	first, second := bustest.Start(t), bustest.Start(t)
	old, restored := first.Bus(t, "console"), second.Bus(t, "console")
	history(t, play.New(t, first))
	other := play.New(t, second)
	history(t, other)
	fresh, _ := run(t, restored, t.TempDir())
	caughtUp(t, fresh, restored)

	asOld := func(stream string) time.Time {
		state, err := old.StreamState(context.Background(), stream)
		if err != nil {
			t.Error(err)
		}
		return state.Created
	}
	for name, created := range map[string]func(string) time.Time{"recreated": nil, "restored": asOld} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l, stop := run(t, old, dir)
			caughtUp(t, l, old)
			stop()
			moved := &twoServers{Bus: old, second: restored, created: created}
			moved.moved.Store(true)
			l, _ = run(t, moved, dir)
			caughtUp(t, l, restored)
			checked(t, l)
			equalButForAge(t, name, dump(t, l), dump(t, fresh))
		})
	}
	t.Run("while it runs", func(t *testing.T) {
		moving := &twoServers{Bus: old, second: restored}
		l, _ := run(t, moving, t.TempDir())
		caughtUp(t, l, old)
		moving.moved.Store(true)
		want := dump(t, fresh)
		await(t, l, "the other streams", func() bool {
			return dump(t, l)[`pages/"a-bao/2022-10-30/main/01"`] == want[`pages/"a-bao/2022-10-30/main/01"`]
		})
		caughtUp(t, l, restored)
		checked(t, l)
		same(t, "switched over", dump(t, l), want)
	})
}

// equalButForAge compares two ledgers but for the streams' ages, which a test
// pretends.
func equalButForAge(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	for _, s := range streams {
		k := fmt.Sprintf("meta/%q", positionKey(s))
		delete(got, k)
		delete(want, k)
	}
	same(t, what, got, want)
}

// An event whose confirmation is not kept any more is settled once the index's
// queue is past it, unless it died.
func TestConfirmationsAgeOut(t *testing.T) {
	s := bustest.Start(t)
	c := play.New(t, s)
	b := s.Bus(t, "console")
	key := play.Key(t, "a-bao", "01")
	c.Receive(key, "1")
	events := c.Commit(key, reading(0, 3))
	bad := events[1].StreamSeq
	ctx, cancel := context.WithCancel(t.Context())
	consumed := make(chan error, 1)
	go func() { // the index, whose confirmations are long gone
		consumed <- c.Index.Consume(ctx, bus.Subscription{Consumer: event.IndexArticles}, bus.Each(func(_ context.Context, m *bus.Message) error {
			if m.StreamSeq == bad {
				return fault.New(fault.Invalid, "the mapping refuses it")
			}
			return nil
		}))
	}()
	l, _ := run(t, b, t.TempDir())
	await(t, l, "settled events", func() bool {
		return all(t, l).Articles == api.Events{Events: 3, Applied: 2, Dead: 1}
	})
	checked(t, l)
	cancel()
	if err := <-consumed; err != nil {
		t.Error(err)
	}
}

// lateFloor stands for a server that does not say how far the index is. The
// ledger is right without it, and says that it is missing.
type lateFloor struct{ Bus }

func (lateFloor) ConsumerState(context.Context, event.Consumer) (bus.ConsumerState, error) {
	return bus.ConsumerState{}, fault.Wrap(fault.Unavailable, errors.New("late"), "consumer")
}

func TestNotReadyWhileServersAreAway(t *testing.T) {
	s := bustest.Start(t)
	c := play.New(t, s)
	l, _ := run(t, lateFloor{s.Bus(t, "console")}, t.TempDir())
	history(t, c)
	await(t, l, "the balance", func() bool { return all(t, l).Pages.Received == 5 && all(t, l).Articles.Waiting == 0 })
	checked(t, l)
	await(t, l, "not being ready", func() bool { return fault.Is(l.Ready(), fault.Unavailable) })
}
