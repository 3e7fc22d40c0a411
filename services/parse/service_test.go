package parse

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// receive stores bytes as the page's next revision, as ingest does.
func receive(t *testing.T, b *bus.Bus, data []byte) {
	t.Helper()
	receiveAs(t, b, pageKey, data)
}

func receiveAs(t *testing.T, b *bus.Bus, key newspaper.PageKey, data []byte) {
	t.Helper()
	receiveTyped(t, b, key, data, "text/plain")
}

func receiveTyped(t *testing.T, b *bus.Bus, pageKey newspaper.PageKey, data []byte, mediaType string) {
	t.Helper()
	sha, err := b.PutObject(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	page, guard, err := b.Page(t.Context(), pageKey)
	if err != nil {
		t.Fatal(err)
	}
	page.Key = pageKey
	n := len(page.Revisions) + 1
	page.Revisions = append(page.Revisions, newspaper.Revision{
		Number: n, SHA256: sha, Size: int64(len(data)), MediaType: mediaType, UploadID: fmt.Sprint("u", n), Received: time.Now().UTC(),
	})
	if err := b.CommitReceived(t.Context(), page, guard, "00-11111111111111111111111111111111-2222222222222222-01"); err != nil {
		t.Fatal(err)
	}
}

func start(t *testing.T, s *Service) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		// The index takes its commands, so that none of them is left either.
		index := make(chan error, 1)
		go func() {
			index <- s.bus.Consume(ctx, bus.Subscription{Consumer: event.IndexCommands}, bus.Each(func(context.Context, *bus.Message) error { return nil }))
		}()
		done <- errors.Join(s.Run(ctx), <-index)
	}()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("Run: %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

func manifest(t *testing.T, b *bus.Bus) newspaper.Manifest {
	t.Helper()
	m, _, err := b.Manifest(t.Context(), pageKey)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// settled waits until parse has nothing left to do. A server counts what is
// pending a moment after it has stored it, so that alone is no sign.
func settled(t *testing.T, b *bus.Bus) {
	t.Helper()
	for _, c := range []event.Consumer{event.ParsePages, event.ParseCommands} {
		eventually(t, c.Durable+" has nothing left", func() bool {
			stream, err := b.StreamState(t.Context(), c.Stream)
			if err != nil {
				return false
			}
			s, err := b.ConsumerState(t.Context(), c)
			return err == nil && (stream.Messages == 0 || s.AckFloor >= stream.Last)
		})
	}
	last := uint64(0)
	if err := b.Read(t.Context(), event.Issues, event.ParseIssues.Filter, func(m *bus.Message) error { last = m.StreamSeq; return nil }); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the announcements are taken in", func() bool {
		s, err := b.ConsumerState(t.Context(), event.ParseIssues)
		return err == nil && s.AckFloor >= last
	})
}

func messages(t *testing.T, b *bus.Bus, stream string) uint64 {
	t.Helper()
	s, err := b.StreamState(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	return s.Messages
}

// live is what a consumer of the article events holds: uri → article.
func live(t *testing.T, b *bus.Bus) map[string]newspaper.Article {
	t.Helper()
	state, err := b.StreamState(t.Context(), event.Articles)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]newspaper.Article{}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if state.Last == 0 {
		return out
	}
	err = b.Follow(ctx, event.Articles, 0, "", func(m *bus.Message) error {
		e, err := m.Event()
		if err != nil {
			return err
		}
		if e.Type != event.PageParsed {
			a, err := event.DataAs[newspaper.Article](e, e.Type)
			if err != nil {
				return err
			}
			delete(out, a.URI)
			if e.Type == event.ArticleParsed {
				out[a.URI] = a
			}
			if m.Trace == "" {
				t.Errorf("%s lost its trace", e.ID)
			}
		}
		if m.StreamSeq == state.Last {
			cancel()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRevisionsOfAPage(t *testing.T) {
	b := bustest.Start(t).Bus(t, "parse")
	start(t, newService(t, b))
	receive(t, b, text(harvest, bridge, library))
	settled(t, b)
	first := manifest(t, b)
	if first.Revision != 1 || len(live(t, b)) != 3 || messages(t, b, event.Articles) != 4 {
		t.Fatalf("%+v, %d live", first, len(live(t, b)))
	}
	if data, err := b.Object(t.Context(), first.Text); err != nil || string(data) != string(text(harvest, bridge, library)) {
		t.Fatalf("the page's text: %q %v", data, err)
	}
	receive(t, b, text(harvest, libraryCorrected))
	settled(t, b)
	articles := live(t, b)
	if len(articles) != 2 {
		t.Fatalf("%d live after one vanished", len(articles))
	}
	for _, want := range []struct {
		uri     string
		version string
	}{{first.Articles[0].URI, "1"}, {first.Articles[2].URI, "2"}} {
		if got := articles[want.uri].Version; got != want.version {
			t.Errorf("%s has version %q, want %s", want.uri, got, want.version)
		}
	}
}

func TestOlderRevisionIsSuperseded(t *testing.T) {
	b := bustest.Start(t).Bus(t, "parse")
	receive(t, b, text(harvest))
	receive(t, b, text(bridge))
	receive(t, b, text(library))
	start(t, newService(t, b))
	settled(t, b)
	if m := manifest(t, b); m.Revision != 3 || messages(t, b, event.Articles) != 2 {
		t.Fatalf("%+v: older revisions were published", m)
	}
}

// TestTwoWorkersOnOnePage: both parse the same revision; one commits, the other
// sees it and leaves nothing behind.
func TestTwoWorkersOnOnePage(t *testing.T) {
	server := bustest.Start(t)
	b := server.Bus(t, "parse")
	receive(t, b, text(harvest, bridge))
	page, _, err := b.Page(t.Context(), pageKey)
	if err != nil {
		t.Fatal(err)
	}
	const workers = 6
	gate := &gatedBus{Bus: b, arrived: make(chan struct{}, workers), open: make(chan struct{})}
	var wg sync.WaitGroup
	for range workers {
		s := newService(t, gate)
		wg.Go(func() {
			if err := s.parse(context.Background(), job{key: pageKey, revision: page.Current(), attempt: 1, trace: "t"}); err != nil {
				t.Error(err)
			}
		})
	}
	for range workers { // all have read the same guard before any commits
		<-gate.arrived
	}
	close(gate.open)
	wg.Wait()
	if n := messages(t, b, event.Articles); n != 3 {
		t.Fatalf("%d messages for two articles and a manifest", n)
	}
	if gate.conflicts() != workers-1 {
		t.Fatalf("%d of %d lost the race", gate.conflicts(), workers)
	}
}

// gatedBus lets commits through together.
type gatedBus struct {
	*bus.Bus
	arrived, open chan struct{}

	mu   sync.Mutex
	lost int
}

func (g *gatedBus) CommitPage(ctx context.Context, articles []event.Event, m event.Event, guard uint64, trace string) error {
	g.arrived <- struct{}{}
	<-g.open
	err := g.Bus.CommitPage(ctx, articles, m, guard, trace)
	if fault.Is(err, fault.Conflict) {
		g.mu.Lock()
		g.lost++
		g.mu.Unlock()
	}
	return err
}

func (g *gatedBus) conflicts() int { g.mu.Lock(); defer g.mu.Unlock(); return g.lost }

func TestCommands(t *testing.T) {
	b := bustest.Start(t).Bus(t, "parse")
	start(t, newService(t, b))
	receive(t, b, text(harvest, bridge))
	settled(t, b)
	before := manifest(t, b)

	give := func(c event.Command) {
		t.Helper()
		c.Run = event.NewRun(time.Now())
		if err := b.Command(t.Context(), "parse", c); err != nil {
			t.Fatal(err)
		}
		settled(t, b)
	}
	give(event.Command{Action: event.Reparse, Key: pageKey})
	if m := manifest(t, b); m.Run == "" || messages(t, b, event.Articles) != 4 {
		t.Fatalf("a re-parse without a change commits a manifest and nothing else: %+v", m)
	}
	give(event.Command{Action: event.Withdraw, Key: pageKey, URI: before.Articles[1].URI, Reason: "内容有误"})
	if articles := live(t, b); len(articles) != 1 {
		t.Fatalf("%d live after a withdrawal", len(articles))
	}
	give(event.Command{Action: event.Reparse, Key: pageKey})
	receive(t, b, text(harvest, bridge, library))
	settled(t, b)
	if articles := live(t, b); len(articles) != 2 {
		t.Fatalf("%d live: the withdrawal did not hold", len(articles))
	}
	if n := messages(t, b, event.DeadLetters); n != 0 {
		t.Fatalf("%d dead letters", n)
	}
	give(event.Command{Action: event.Withdraw, Key: pageKey, URI: pageKey.ArticleURI("00000000"), Reason: "x"})
	other := pageKey
	other.Page = "09"
	give(event.Command{Action: event.Reparse, Key: other})
	if n := messages(t, b, event.DeadLetters); n != 2 {
		t.Fatalf("%d dead letters for two commands that make no sense", n)
	}
	give(event.Command{Action: event.Withdraw, Key: pageKey, Reason: "整版撤回"})
	if articles := live(t, b); len(articles) != 0 {
		t.Fatalf("%d live after the page was withdrawn", len(articles))
	}
}

func TestBadPagesAreDeadLettersAndHarmNobody(t *testing.T) {
	b := bustest.Start(t).Bus(t, "parse")
	start(t, newService(t, b))
	good := pageKey
	for i, data := range [][]byte{[]byte("%PDF-1.4\n%âãÏÓ\n1 0 obj"), []byte(" \n\n \n"), text(harvest)} {
		sha, err := b.PutObject(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		good.Page = fmt.Sprintf("%02d", i+1)
		page := newspaper.Page{Key: good, Revisions: []newspaper.Revision{{Number: 1, SHA256: sha, Size: int64(len(data)), MediaType: "text/plain", UploadID: "u", Received: time.Now().UTC()}}}
		if err := b.CommitReceived(t.Context(), page, 0, ""); err != nil {
			t.Fatal(err)
		}
	}
	settled(t, b)
	if m, _, err := b.Manifest(t.Context(), good); err != nil || m.Revision != 1 {
		t.Fatalf("the good page: %+v %v", m, err)
	}
	if n := messages(t, b, event.DeadLetters); n != 2 {
		t.Fatalf("%d dead letters", n)
	}
}

// TestMissingObjectIsOneDeadLetter: bytes that are gone are corrupt, and a retry
// after they came back goes through.
func TestMissingObjectIsOneDeadLetter(t *testing.T) {
	b := bustest.Start(t).Bus(t, "parse")
	receive(t, b, text(harvest))
	page, _, err := b.Page(t.Context(), pageKey)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.DeleteObject(t.Context(), page.Current().SHA256); err != nil {
		t.Fatal(err)
	}
	start(t, newService(t, b))
	settled(t, b)
	subject := event.LetterSubject("parse", event.Pages, 1)
	if n := messages(t, b, event.DeadLetters); n != 1 {
		t.Fatalf("%d dead letters", n)
	}
	if _, err := b.PutObject(t.Context(), text(harvest)); err != nil {
		t.Fatal(err)
	}
	if err := b.RetryLetter(t.Context(), subject); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the page is there", func() bool { return manifest(t, b).Revision == 1 })
}
