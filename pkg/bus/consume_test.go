package bus_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
)

var pages = bus.Subscription{Consumer: event.ParsePages}

// settled reports whether a consumer of its whole stream has nothing left. A
// server counts what is pending a moment after it has stored it, so that alone is
// no sign.
func settled(t testing.TB, b *bus.Bus, c event.Consumer) bool {
	t.Helper()
	stream, err := b.StreamState(t.Context(), c.Stream)
	if err != nil {
		return false
	}
	s, err := b.ConsumerState(t.Context(), c)
	return err == nil && (stream.Messages == 0 || s.AckFloor >= stream.Last)
}

func TestEveryMessageIsHandledOnce(t *testing.T) {
	s, b := server(t)
	other := s.Bus(t, "parse2")
	receive(t, b, 60)
	var mu sync.Mutex
	seen := map[string]int{}
	handler := bus.Each(func(_ context.Context, m *bus.Message) error {
		mu.Lock()
		defer mu.Unlock()
		seen[m.Subject]++
		return nil
	})
	// Two processes share the durable; one stops in the middle.
	stop := run(t, b, bus.Subscription{Consumer: event.ParsePages, Workers: 3}, handler)
	run(t, other, bus.Subscription{Consumer: event.ParsePages, Batch: 7}, handler)
	eventually(t, "half of them", func() bool { mu.Lock(); defer mu.Unlock(); return len(seen) >= 30 })
	stop()
	eventually(t, "all settled", func() bool { return settled(t, b, event.ParsePages) })
	mu.Lock()
	defer mu.Unlock()
	if len(seen) != 60 {
		t.Fatalf("%d of 60 handled", len(seen))
	}
	for subject, n := range seen {
		if n != 1 {
			t.Errorf("%s handled %d times", subject, n)
		}
	}
}

// sizes are those of the batches that a handler was given.
type sizes struct {
	mu  sync.Mutex
	all []int
}

func (s *sizes) handle(_ context.Context, batch []*bus.Message) []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, len(batch))
	return nil
}

func (s *sizes) are() (all []int, total int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.all {
		total += n
	}
	return slices.Clone(s.all), total
}

func TestPaceGathersWhatComesOneByOne(t *testing.T) {
	const pace, messages = 300 * time.Millisecond, 20
	_, b := server(t)
	var got sizes
	run(t, b, bus.Subscription{Consumer: event.ParsePages, Workers: 2, Batch: 100, Pace: pace}, got.handle)
	receive(t, b, 1)
	began := time.Now()
	eventually(t, "the first, at once", func() bool { _, n := got.are(); return n == 1 })
	for n := 2; n <= messages; n++ {
		if err := b.CommitReceived(t.Context(), page(key(t, n), 1), 0, ""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(pace / messages)
	}
	eventually(t, "all of them", func() bool { _, n := got.are(); return n == messages })
	took := time.Since(began)
	if all, _ := got.are(); len(all) > 2+int(took/pace) {
		t.Errorf("in %v, with %v between them, they came in batches of %v", took, pace, all)
	}
}

func TestPaceSlowsNoBacklog(t *testing.T) {
	_, b := server(t)
	receive(t, b, 30)
	var got sizes
	run(t, b, bus.Subscription{Consumer: event.ParsePages, Workers: 2, Batch: 10, Pace: time.Hour}, got.handle)
	eventually(t, "the backlog", func() bool { _, n := got.are(); return n == 30 })
}

func TestFailingMessageBecomesOneLetter(t *testing.T) {
	_, b := server(t)
	receive(t, b, 5)
	var tries atomic.Int32
	bad := event.ReceivedSubject(key(t, 3))
	run(t, b, bus.Subscription{Consumer: event.ParsePages, MaxAttempts: 3, Batch: 5}, bus.Each(func(_ context.Context, m *bus.Message) error {
		if m.Subject != bad {
			return nil
		}
		tries.Add(1)
		m.Letter.SHA256 = "abc"
		return errors.New("nil map in frobnicate")
	}))
	eventually(t, "all settled", func() bool { return settled(t, b, event.ParsePages) })
	got := letters(t, b)
	if len(got) != 1 || tries.Load() != 3 {
		t.Fatalf("%d letters after %d tries", len(got), tries.Load())
	}
	l := got[0]
	if l.Kind != fault.Internal || l.Attempts != 3 || l.Key != key(t, 3) || l.SHA256 != "abc" || l.StreamSeq != 3 || l.Service != "parse" {
		t.Fatalf("%+v", l)
	}
	if strings.Contains(l.Message, "frobnicate") {
		t.Errorf("the letter shows internals: %s", l.Message)
	}
}

func TestRefusedMessageIsNotRetried(t *testing.T) {
	_, b := server(t)
	receive(t, b, 3)
	var calls atomic.Int32
	run(t, b, pages, bus.Each(func(_ context.Context, m *bus.Message) error {
		calls.Add(1)
		return fault.New(fault.Unsupported, "a PDF").Fix("wait for a later version")
	}))
	eventually(t, "all settled", func() bool { return settled(t, b, event.ParsePages) })
	if n := len(letters(t, b)); n != 3 || calls.Load() != 3 {
		t.Fatalf("%d letters after %d calls", n, calls.Load())
	}
}

// TestLetterOnceOverACrash: the process died between writing the letter and
// taking the message out of the queue.
// What only the queue holds can be saved before the message leaves it; until it
// is saved, the message stays.
func TestKeepComesBeforeTheLetter(t *testing.T) {
	_, b := server(t)
	receive(t, b, 1)
	var calls atomic.Int32
	run(t, b, bus.Subscription{Consumer: event.ParsePages, Keep: func(_ context.Context, m *bus.Message, why error) error {
		if !fault.Is(why, fault.Invalid) {
			t.Errorf("kept because of %v", why)
		}
		if calls.Add(1) == 1 {
			return fault.New(fault.Full, "no room to keep it")
		}
		if n := len(letters(t, b)); n != 0 {
			t.Errorf("%d letters before it was kept", n)
		}
		m.Letter.SHA256 = "kept"
		return nil
	}}, bus.Each(func(context.Context, *bus.Message) error { return fault.New(fault.Invalid, "no") }))
	eventually(t, "all settled", func() bool { return settled(t, b, event.ParsePages) })
	got := letters(t, b)
	if len(got) != 1 || got[0].SHA256 != "kept" || calls.Load() != 2 {
		t.Fatalf("%d calls, letters %+v", calls.Load(), got)
	}
}

func TestLetterOnceOverACrash(t *testing.T) {
	_, b := server(t)
	receive(t, b, 1)
	written := event.Letter{Service: "parse", Stream: event.Pages, StreamSeq: 1, Kind: fault.Corrupt, Time: time.Now()}
	if err := bus.WriteLetter(b, t.Context(), written); err != nil {
		t.Fatal(err)
	}
	run(t, b, pages, bus.Each(func(context.Context, *bus.Message) error { return fault.New(fault.Corrupt, "broken") }))
	eventually(t, "settled", func() bool { return settled(t, b, event.ParsePages) })
	if n := messages(t, b, event.DeadLetters); n != 1 {
		t.Fatalf("%d letters", n)
	}
}

func TestOutageUsesNoAttempts(t *testing.T) {
	_, b := server(t)
	receive(t, b, 4)
	var away atomic.Bool
	away.Store(true)
	var calls, done atomic.Int32
	handler := bus.Each(func(_ context.Context, m *bus.Message) error {
		calls.Add(1)
		if away.Load() {
			return fault.New(fault.Unavailable, "the index is away")
		}
		if m.Attempt > 2 {
			t.Errorf("attempt %d", m.Attempt)
		}
		done.Add(1)
		return nil
	})
	subscription := bus.Subscription{Consumer: event.ParsePages, MaxAttempts: 2, Batch: 4}
	// The process is restarted again and again while the dependency is away.
	for range 4 {
		before := calls.Load()
		stop := run(t, b, subscription, handler)
		eventually(t, "two more tries", func() bool { return calls.Load() >= before+2 })
		eventually(t, "paused", func() bool { return strings.Contains(b.Paused()["parse"], "the index is away") })
		stop()
	}
	away.Store(false)
	run(t, b, subscription, handler)
	eventually(t, "all done", func() bool { return done.Load() == 4 && settled(t, b, event.ParsePages) })
	if n := messages(t, b, event.DeadLetters); n != 0 {
		t.Fatalf("%d pages were buried because of an outage", n)
	}
	if why := b.Paused(); len(why) != 0 {
		t.Errorf("still paused: %v", why)
	}
}

func TestProbeDecidesWhenToGoOn(t *testing.T) {
	_, b := server(t)
	receive(t, b, 1)
	var probes, calls atomic.Int32
	s := bus.Subscription{Consumer: event.ParsePages, Probe: func(context.Context) error {
		if probes.Add(1) < 3 {
			return fault.New(fault.Unavailable, "still away")
		}
		return nil
	}}
	run(t, b, s, bus.Each(func(context.Context, *bus.Message) error {
		if calls.Add(1) == 1 {
			return fault.New(fault.Unavailable, "away")
		}
		return nil
	}))
	eventually(t, "settled", func() bool { return settled(t, b, event.ParsePages) })
	if probes.Load() != 3 || calls.Load() != 2 {
		t.Fatalf("%d probes, %d calls", probes.Load(), calls.Load())
	}
}

func TestBreakerHoldsARunOfFailures(t *testing.T) {
	_, b := server(t)
	receive(t, b, 40)
	var broken atomic.Bool
	broken.Store(true)
	stop := run(t, b, bus.Subscription{Consumer: event.ParsePages, BreakAfter: 5, BreakFor: time.Minute}, bus.Each(func(context.Context, *bus.Message) error {
		if broken.Load() {
			return fault.New(fault.Corrupt, "the object is missing")
		}
		return nil
	}))
	eventually(t, "the breaker opens", func() bool { return strings.Contains(b.Paused()["parse"], "5 messages in a row") })
	if n := messages(t, b, event.DeadLetters); n != 4 {
		t.Fatalf("%d letters, the breaker opens at the fifth failure", n)
	}
	stop()
	broken.Store(false)
	run(t, b, pages, bus.Each(func(context.Context, *bus.Message) error { return nil }))
	eventually(t, "the rest goes through", func() bool { return settled(t, b, event.ParsePages) })
	if n := messages(t, b, event.DeadLetters); n != 4 {
		t.Fatalf("%d letters", n)
	}
}

func TestPanicBlamesOnlyItsMessage(t *testing.T) {
	_, b := server(t)
	receive(t, b, 10)
	bad := event.ReceivedSubject(key(t, 4))
	run(t, b, bus.Subscription{Consumer: event.ParsePages, Batch: 10, MaxAttempts: 3}, func(_ context.Context, batch []*bus.Message) []error {
		for _, m := range batch {
			if m.Subject == bad {
				panic("out of range")
			}
		}
		return nil
	})
	eventually(t, "all settled", func() bool { return settled(t, b, event.ParsePages) })
	got := letters(t, b)
	if len(got) != 1 || got[0].Subject != bad {
		t.Fatalf("%+v", got)
	}
}

const poisonURL = "BUS_TEST_POISON_URL"

// consumePoison is a process that one message kills.
func consumePoison(url string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	b, err := bus.Connect(ctx, bus.Options{URL: url, Name: "parse", AckWait: time.Second})
	if err != nil {
		panic(err)
	}
	_ = b.Consume(ctx, bus.Subscription{Consumer: event.ParsePages, Workers: 3, Batch: 4, MaxAttempts: 3}, bus.Each(func(_ context.Context, m *bus.Message) error {
		if strings.HasSuffix(m.Subject, ".07") {
			os.Exit(9)
		}
		fmt.Println(m.Subject)
		return nil
	}))
}

// TestPoisonIsIsolated: a page that kills the process is buried after a few
// deliveries, and none of those that were in flight with it is.
func TestPoisonIsIsolated(t *testing.T) {
	s, b := server(t)
	quick, err := bus.Connect(t.Context(), bus.Options{URL: s.URL, Name: "provision", AckWait: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer quick.Close()
	if _, err := quick.Provision(t.Context(), 4<<30); err != nil {
		t.Fatal(err)
	}
	receive(t, b, 12)
	var done []string
	crashes := 0
	for !settled(t, b, event.ParsePages) {
		ctx, cancel := context.WithCancel(t.Context())
		c := exec.CommandContext(ctx, os.Args[0])
		c.Env = append(os.Environ(), poisonURL+"="+s.URL)
		var out strings.Builder
		c.Stdout, c.Stderr = &out, os.Stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		exited := make(chan error, 1)
		go func() { exited <- c.Wait() }()
		for alive := true; alive; {
			select {
			case <-exited:
				alive = false
				crashes++
			case <-time.After(50 * time.Millisecond):
				if settled(t, b, event.ParsePages) {
					cancel()
					<-exited
					alive = false
				}
			}
		}
		cancel()
		done = append(done, strings.Fields(out.String())...)
		if crashes > 10 {
			t.Fatal("the poison is still there after ten crashes")
		}
	}
	got := letters(t, b)
	if len(got) != 1 || got[0].Key != key(t, 7) {
		t.Fatalf("%+v", got)
	}
	slices.Sort(done)
	if n := len(slices.Compact(done)); n != 11 {
		t.Fatalf("%d of 11 good pages handled: %v", n, done)
	}
	t.Logf("buried after %d crashes", crashes)
}

func TestServerKilledWhileConsuming(t *testing.T) {
	s, b := server(t)
	receive(t, b, 50)
	var mu sync.Mutex
	seen := map[string]bool{}
	started := make(chan struct{})
	var once sync.Once
	run(t, b, bus.Subscription{Consumer: event.ParsePages, Workers: 2, Batch: 3}, bus.Each(func(_ context.Context, m *bus.Message) error {
		mu.Lock()
		seen[m.Subject] = true
		mu.Unlock()
		once.Do(func() { close(started) })
		return nil
	}))
	<-started
	s.Kill()
	eventually(t, "not ready", func() bool { return b.Ready() != nil })
	if err := b.CommitReceived(t.Context(), page(key(t, 51), 1), 0, ""); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a commit without a server: %v", err)
	}
	s.Restart()
	eventually(t, "all settled", func() bool { return settled(t, b, event.ParsePages) })
	mu.Lock()
	defer mu.Unlock()
	if len(seen) != 50 {
		t.Fatalf("%d of 50 handled", len(seen))
	}
}

func TestFollowGoesOnAfterARestart(t *testing.T) {
	s, b := server(t)
	receive(t, b, 3)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var mu sync.Mutex
	var got []uint64
	finished := make(chan error, 1)
	go func() {
		finished <- b.Follow(ctx, event.Pages, 2, "", func(m *bus.Message) error {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, m.StreamSeq)
			return nil
		})
	}()
	length := func() int { mu.Lock(); defer mu.Unlock(); return len(got) }
	eventually(t, "what was there", func() bool { return length() == 2 })
	s.Kill()
	s.Restart()
	eventually(t, "connected", func() bool { return b.Ready() == nil })
	eventually(t, "a new page", func() bool {
		return fault.KindOf(b.CommitReceived(t.Context(), page(key(t, 4), 1), 0, "")) != fault.Unavailable
	})
	eventually(t, "what came later", func() bool { return length() == 3 })
	cancel()
	if err := <-finished; err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, []uint64{2, 3, 4}) {
		t.Fatalf("%v", got)
	}
}

func TestFollowReturnsTheHandlersError(t *testing.T) {
	_, b := server(t)
	receive(t, b, 1)
	want := errors.New("enough")
	if err := b.Follow(t.Context(), event.Pages, 0, "", func(*bus.Message) error { return want }); !errors.Is(err, want) {
		t.Fatal(err)
	}
}

// The server has no more than a thousand consumers on a stream.
func TestReadsLeaveNoConsumers(t *testing.T) {
	s, b := server(t)
	receive(t, b, 3)
	consumers := func() int {
		t.Helper()
		js, done := jetStream(t, s.URL)
		defer done()
		stream, err := js.Stream(t.Context(), event.Pages)
		if err != nil {
			t.Fatal(err)
		}
		return stream.CachedInfo().State.Consumers
	}
	before := consumers()
	for range 5 {
		if err := b.Read(t.Context(), event.Pages, "", func(*bus.Message) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := b.Follow(ctx, event.Pages, 0, "", func(*bus.Message) error { cancel(); return nil }); err != nil {
		t.Fatal(err)
	}
	if n := consumers(); n != before {
		t.Errorf("%d consumers, before it %d", n, before)
	}
}

func TestRetryAndDiscardLetters(t *testing.T) {
	_, b := server(t)
	receive(t, b, 2)
	stop := run(t, b, pages, bus.Each(func(context.Context, *bus.Message) error { return fault.New(fault.Unsupported, "a PDF") }))
	eventually(t, "two letters", func() bool { return messages(t, b, event.DeadLetters) == 2 && settled(t, b, event.ParsePages) })
	stop()
	first, second := event.LetterSubject("parse", event.Pages, 1), event.LetterSubject("parse", event.Pages, 2)
	if err := b.RetryLetter(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if err := b.RetryLetter(t.Context(), first); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second retry: %v", err)
	}
	if err := b.DiscardLetter(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	if err := b.DiscardLetter(t.Context(), event.LetterSubject("parse", event.Pages, 9)); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown letter: %v", err)
	}
	var got event.Command
	stop = run(t, b, bus.Subscription{Consumer: event.ParseCommands}, bus.Each(func(_ context.Context, m *bus.Message) error {
		e, err := m.Event()
		if err != nil {
			return err
		}
		got, err = event.DataAs[event.Command](e, event.CommandGiven)
		return err
	}))
	eventually(t, "the command", func() bool { return settled(t, b, event.ParseCommands) && messages(t, b, event.Commands) == 0 })
	stop()
	if got.Action != event.Retry || got.Key != key(t, 1) || got.Letter == nil || got.Letter.StreamSeq != 1 {
		t.Fatalf("%+v", got)
	}
	resolutions := map[string]int{}
	for _, l := range letters(t, b) {
		resolutions[l.Resolution]++
	}
	if resolutions[event.Retried] != 1 || resolutions[event.Discarded] != 1 {
		t.Fatalf("%v", resolutions)
	}
}
