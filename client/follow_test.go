package client_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"broadsheet/client"
	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
)

// collect follows until it has as many events as wanted.
func collect(t *testing.T, c *client.Client, s client.Subscription, want int) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var got []string
	err := c.Follow(ctx, s, func(_ context.Context, e client.Event) error {
		if got = append(got, line(e)); len(got) == want {
			cancel()
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%d events: %v", len(got), err)
	}
	return got
}

func containing(lines []string, part string) (out []string) {
	for _, l := range lines {
		if strings.Contains(l, part) {
			out = append(out, l)
		}
	}
	return out
}

// From the beginning, a time, a sequence; of a publication, a day, a page: exactly
// the events, in order.
func TestPlacesAndFilters(t *testing.T) {
	s := start(t)
	c := s.client()
	for day := 1; day <= 3; day++ {
		for _, publication := range []string{"heyang-ribao", "ceshi-bao"} {
			for page := 1; page <= 2; page++ {
				s.commit(key(t, publication, fmt.Sprintf("2022-10-%02d", day), fmt.Sprint(page)), 1, 1)
			}
		}
	}
	middle := time.Now()
	s.commit(key(t, "heyang-ribao", "2022-10-01", "1"), 2, -2)
	all := s.stored()
	if len(all) != 26 {
		t.Fatal(len(all))
	}
	for name, tt := range map[string]struct {
		s    client.Subscription
		want []string
	}{
		"all":           {client.Subscription{}, all},
		"after":         {client.Subscription{From: client.After(sequenceOf(all[9]))}, all[10:]},
		"time":          {client.Subscription{From: client.At(middle)}, all[24:]},
		"publication":   {client.Subscription{Filter: client.Filter{Publication: "ceshi-bao"}}, containing(all, ":ceshi-bao:")},
		"day":           {client.Subscription{Filter: client.Filter{Date: "2022-10-02"}}, containing(all, ":2022-10-02:")},
		"page":          {client.Subscription{Filter: client.Filter{Publication: "heyang-ribao", Date: "2022-10-01", Edition: "main", Page: "01"}}, containing(all, ":heyang-ribao:2022-10-01:main:01:")},
		"days":          {client.Subscription{Filter: client.Filter{FirstDay: "2022-10-02", LastDay: "2022-10-03"}}, append(containing(all[:16], ":2022-10-02:"), containing(all, ":2022-10-03:")...)},
		"withdrawn":     {client.Subscription{Filter: client.Filter{Types: []client.Type{client.ArticleWithdrawn}}}, containing(all, "canceled")},
		"durable":       {client.Subscription{Durable: "d1"}, all},
		"durable after": {client.Subscription{Durable: "d2", From: client.After(sequenceOf(all[9]))}, all[10:]},
		"durable page":  {client.Subscription{Durable: "d3", Filter: client.Filter{Page: "02"}}, containing(all, ":main:02:")},
		"side by side":  {client.Subscription{Durable: "d4", InFlight: 8, Filter: client.Filter{Types: []client.Type{client.ArticleWithdrawn}}}, containing(all, "canceled")},
	} {
		same(t, name, collect(t, c, tt.s, len(tt.want)), tt.want)
	}
	replay(t, c, all)
	manifests(t, c)
}

func sequenceOf(line string) (n uint64) {
	_, _ = fmt.Sscan(line, &n)
	return n
}

// A replay ends, with batches no larger than asked for.
func replay(t *testing.T, c *client.Client, all []string) {
	t.Helper()
	var got []string
	largest := 0
	err := c.Replay(t.Context(), client.Subscription{}, 10, func(_ context.Context, batch []client.Event) error {
		largest = max(largest, len(batch))
		for _, e := range batch {
			got = append(got, line(e))
		}
		return nil
	})
	if err != nil || largest != 10 {
		t.Errorf("batches up to %d, %v", largest, err)
	}
	same(t, "replay", got, all)
	for name, s := range map[string]client.Subscription{
		"nothing matches": {Filter: client.Filter{Publication: "other"}}, "all is older": {From: client.At(time.Now().Add(time.Hour))},
		"nothing is new": {From: client.Now()}, "the end": {From: client.After(sequenceOf(all[25]) + 1)},
	} {
		if err := c.Replay(t.Context(), s, 10, func(context.Context, []client.Event) error { return errors.New("an event") }); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A page's manifest comes behind its articles.
func manifests(t *testing.T, c *client.Client) {
	t.Helper()
	page := client.Filter{Publication: "ceshi-bao", Date: "2022-10-01", Edition: "main", Page: "02"}
	for _, types := range [][]client.Type{{client.PageParsed}, {client.ArticleParsed, client.PageParsed}} {
		page.Types = types
		var got []client.Event
		if err := c.Replay(t.Context(), client.Subscription{Filter: page}, 100, func(_ context.Context, batch []client.Event) error {
			got = append(got, batch...)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		last := got[len(got)-1]
		if len(got) != 1+2*(len(types)-1) || last.Manifest == nil || last.Manifest.Key.Page != "02" || last.URI() != "" {
			t.Errorf("%v: %d events, the last %+v", types, len(got), last)
		}
	}
}

// From now on: nothing of before, everything after Follow has begun, over a
// restart of the server.
func TestServerRestarts(t *testing.T) {
	s := start(t)
	c := s.client()
	s.commit(key(t, "a", "2022-10-01", "1"), 1)
	before := len(s.stored())
	for name, sub := range map[string]client.Subscription{
		"ordered": {From: client.Now()}, "durable": {From: client.Now(), Durable: "restart"}, "side by side": {From: client.Now(), Durable: "restart8", InFlight: 8},
	} {
		t.Run(name, func(t *testing.T) {
			before := max(before, len(s.stored()))
			const pages = 60
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var mu sync.Mutex
			got := map[string]int{}
			var order []string
			first := make(chan struct{}, 1)
			done := make(chan error, 1)
			go func() {
				done <- c.Follow(ctx, sub, func(_ context.Context, e client.Event) error {
					mu.Lock()
					defer mu.Unlock()
					select {
					case first <- struct{}{}:
					default:
					}
					got[line(e)]++
					order = append(order, line(e))
					if len(got) == pages+1 {
						cancel()
					}
					return nil
				})
			}()
			// Now is when Follow has asked the server: commit until an event comes.
			seen := false
			for n := 0; !seen; n++ {
				s.commit(key(t, "first", "2022-10-01", fmt.Sprint(n+1)), 1)
				select {
				case <-first:
					seen = true
				case <-time.After(200 * time.Millisecond):
				}
			}
			mu.Lock()
			clear(got)
			order = nil
			got["begun"] = 1
			mu.Unlock()
			begun := len(s.stored())
			for n := range pages {
				if n == 20 || n == 40 {
					s.Kill()
					s.Restart()
				}
				s.commit(key(t, "b", "2022-10-01", fmt.Sprint(n+1)), before+n)
			}
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			want := s.stored()[begun:]
			if name != "side by side" {
				same(t, name, order, want)
			}
			for _, l := range want {
				if got[l] != 1 {
					t.Errorf("%s came %d times", l, got[l])
				}
			}
		})
	}
}

// A program that begins while the server is away begins when it is back.
func TestBeginsInAnOutage(t *testing.T) {
	s := start(t)
	c := s.client()
	s.commit(key(t, "a", "2022-10-01", "1"), 1, 2, 3)
	want := s.stored()
	ways := map[string]func(context.Context, func(client.Event) error) error{
		"durable": func(ctx context.Context, h func(client.Event) error) error {
			return c.Follow(ctx, client.Subscription{Durable: "outage"}, func(_ context.Context, e client.Event) error { return h(e) })
		},
		"ordered": func(ctx context.Context, h func(client.Event) error) error {
			return c.Follow(ctx, client.Subscription{From: client.After(1)}, func(_ context.Context, e client.Event) error { return h(e) })
		},
		"replay": func(ctx context.Context, h func(client.Event) error) error {
			return c.Replay(ctx, client.Subscription{}, 1, func(_ context.Context, batch []client.Event) error { return h(batch[0]) })
		},
	}
	s.Kill()
	time.Sleep(100 * time.Millisecond) // until the client has noticed
	got := make(map[string][]string)
	var mu sync.Mutex
	var running sync.WaitGroup
	for name, follow := range ways {
		running.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			err := follow(ctx, func(e client.Event) error {
				mu.Lock()
				defer mu.Unlock()
				if got[name] = append(got[name], line(e)); got[name][len(got[name])-1] == want[len(want)-1] && name != "replay" {
					cancel()
				}
				return nil
			})
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	time.Sleep(time.Second)
	s.Restart()
	running.Wait()
	same(t, "durable", got["durable"], want)
	same(t, "ordered", got["ordered"], want[1:])
	same(t, "replay", got["replay"], want)
}

// What a handler refuses ends Follow and comes again first.
func TestHandlerRefuses(t *testing.T) {
	s := start(t)
	c := s.client()
	s.commit(key(t, "a", "2022-10-01", "1"), 1, 1, 1, 1)
	all := s.stored()
	refusal := errors.New("no")
	sub := client.Subscription{Durable: "refuses"}
	n := 0
	err := c.Follow(t.Context(), sub, func(context.Context, client.Event) error {
		if n++; n == 3 {
			return refusal
		}
		return nil
	})
	if !errors.Is(err, refusal) {
		t.Fatal(err)
	}
	same(t, "again", collect(t, c, sub, 2), all[2:])
}

// A consumer that acknowledges nothing disturbs nobody: neither who commits, nor
// the index, nor other consumers; and it holds no more than a bounded number.
func TestWhoAcknowledgesNothing(t *testing.T) {
	s := start(t)
	c := s.client()
	ctx, cancel := context.WithCancel(t.Context())
	var held sync.Map
	stuck := make(chan error, 1)
	go func() {
		stuck <- c.Follow(ctx, client.Subscription{Durable: "rude", InFlight: 5}, func(ctx context.Context, e client.Event) error {
			held.Store(e.StreamSequence, true)
			<-ctx.Done()
			return ctx.Err()
		})
	}()
	var slowest time.Duration
	for n := range 200 {
		began := time.Now()
		s.commit(key(t, "a", "2022-10-01", fmt.Sprint(n+1)), 1)
		slowest = max(slowest, time.Since(began))
	}
	indexed := 0
	index := s.as("index")
	working, enough := context.WithTimeout(t.Context(), time.Minute)
	defer enough()
	err := index.Consume(working, bus.Subscription{Consumer: event.IndexArticles, Batch: 50}, bus.Each(func(_ context.Context, m *bus.Message) error {
		if indexed++; indexed == 200 {
			enough()
		}
		return nil
	}))
	if err != nil || indexed != 200 {
		t.Errorf("the index has taken %d articles, %v", indexed, err)
	}
	same(t, "another consumer", collect(t, c, client.Subscription{Durable: "polite"}, 200), s.stored())
	cancel()
	if err := <-stuck; err != nil {
		t.Error(err)
	}
	n := 0
	held.Range(func(any, any) bool { n++; return true })
	if n != 5 {
		t.Errorf("it was handed %d events, not 5", n)
	}
	t.Logf("slowest commit %v", slowest)
	same(t, "the rude one, reformed", collect(t, c, client.Subscription{Durable: "rude"}, 200), s.stored())
}

// What cannot be done is said, with the remedy.
func TestRefused(t *testing.T) {
	s := start(t)
	c := s.client()
	s.commit(key(t, "a", "2022-10-01", "1"), 1)
	none := func(context.Context, client.Event) error { return nil }
	collect(t, c, client.Subscription{Durable: "taken"}, 1)
	for name, tt := range map[string]struct {
		s    client.Subscription
		kind fault.Kind
		says string
	}{
		"publication":     {client.Subscription{Filter: client.Filter{Publication: "A b"}}, fault.Invalid, "publication"},
		"wildcard":        {client.Subscription{Filter: client.Filter{Publication: ">"}}, fault.Invalid, "publication"},
		"date":            {client.Subscription{Filter: client.Filter{Date: "2022-02-30"}}, fault.Invalid, "2022-02-30"},
		"page":            {client.Subscription{Filter: client.Filter{Page: "1"}}, fault.Invalid, `"01"`},
		"day":             {client.Subscription{Filter: client.Filter{FirstDay: "yesterday"}}, fault.Invalid, "yesterday"},
		"days":            {client.Subscription{Filter: client.Filter{FirstDay: "2022-10-02", LastDay: "2022-10-01"}}, fault.Invalid, "behind"},
		"name":            {client.Subscription{Durable: "a.b"}, fault.Invalid, "a.b"},
		"a service's":     {client.Subscription{Durable: "index"}, fault.Invalid, "service"},
		"no durable":      {client.Subscription{InFlight: 2}, fault.Invalid, "durable"},
		"behind the end":  {client.Subscription{From: client.After(1000)}, fault.Conflict, "restored"},
		"issue and more":  {client.Subscription{Filter: client.Filter{Types: []client.Type{client.IssueCompleted, client.PageParsed}}}, fault.Invalid, "alone"},
		"issue's page":    {client.Subscription{Filter: client.Filter{Page: "01", Types: []client.Type{client.IssueCompleted}}}, fault.Invalid, "alone"},
		"another filter":  {client.Subscription{Durable: "taken", Filter: client.Filter{Publication: "b"}}, fault.Conflict, "taken"},
		"new, behind end": {client.Subscription{Durable: "new", From: client.After(1000)}, fault.Conflict, "restored"},
	} {
		err := c.Follow(t.Context(), tt.s, none)
		if !fault.Is(err, tt.kind) || !strings.Contains(err.Error()+fault.ProblemOf(err).Remedy, tt.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := c.Replay(t.Context(), client.Subscription{Durable: "x"}, 1, nil); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	if err := c.Forget(t.Context(), client.Subscription{Durable: "nobody"}); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}

// A subscription that is removed while it is followed says so, and does not begin
// anew by itself.
func TestForget(t *testing.T) {
	s := start(t)
	c := s.client()
	s.commit(key(t, "a", "2022-10-01", "1"), 1)
	err := c.Follow(t.Context(), client.Subscription{Durable: "gone"}, func(ctx context.Context, _ client.Event) error {
		return c.Forget(ctx, client.Subscription{Durable: "gone"})
	})
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "removed") {
		t.Error(err)
	}
}

// Completed issues are followed in their own stream, by name as well.
func TestIssues(t *testing.T) {
	s := start(t)
	c := s.client()
	for day := 1; day <= 3; day++ {
		for _, publication := range []string{"a", "b"} {
			issue := key(t, publication, fmt.Sprintf("2022-10-%02d", day), "1").Issue()
			if err := s.parse.CompleteIssue(t.Context(), client.Issue{Issue: issue, Sequence: 17, Articles: day}, 0, ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, durable := range []string{"", "issues"} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		var got []int
		sub := client.Subscription{Durable: durable, Filter: client.Filter{Publication: "a", FirstDay: "2022-10-02", Types: []client.Type{client.IssueCompleted}}}
		err := c.Follow(ctx, sub, func(_ context.Context, e client.Event) error {
			if got = append(got, e.Issue.Articles); len(got) == 2 {
				cancel()
			}
			return nil
		})
		cancel()
		if err != nil || fmt.Sprint(got) != "[2 3]" {
			t.Errorf("%q: %v, %v", durable, got, err)
		}
	}
	if err := c.Forget(t.Context(), client.Subscription{Durable: "issues", Filter: client.Filter{Types: []client.Type{client.IssueCompleted}}}); err != nil {
		t.Error(err)
	}
}

// A message that is no event stops a follower, or is skipped by who says so.
func TestUnreadable(t *testing.T) {
	s := start(t)
	c := s.client()
	s.commit(key(t, "a", "2022-10-01", "1"), 1)
	subject, err := event.ArticleSubject(event.ArticleParsed, key(t, "a", "2022-10-01", "1").ArticleURI("00000000"))
	if err != nil {
		t.Fatal(err)
	}
	odd := s.event(event.ArticleParsed, "x", 1, "not an article")
	if err := s.parse.Publish(t.Context(), bus.Outgoing{Subject: subject, Event: odd}); err != nil {
		t.Fatal(err)
	}
	s.commit(key(t, "a", "2022-10-01", "2"), 1)
	if err := c.Follow(t.Context(), client.Subscription{}, func(context.Context, client.Event) error { return nil }); !fault.Is(err, fault.Corrupt) {
		t.Error(err)
	}
	skipped := 0
	got := collect(t, c, client.Subscription{Unreadable: func(uint64, error) error { skipped++; return nil }}, 2)
	if len(got) != 2 || skipped != 1 {
		t.Errorf("%v, %d skipped", got, skipped)
	}
}
