package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"broadsheet/cmd/broadsheet/client"
	"broadsheet/cmd/broadsheet/internal/madeup"
	"broadsheet/pkg/newspaper"
)

// target is the deployment that is measured.
type target struct {
	ingest, index, console *client.Client // of its HTTP interfaces
	operator               []string       // environment of a command that may re-parse
	ready                  time.Duration  // from its start to its readiness
	memory                 func() string  // of its processes
	stop                   func()
	stack                  *stack // nil: the all-in-one
}

// Seeds keep the pages of the measurements apart.
const (
	backfillSeed = 1
	latencySeed  = 2
	stagesSeed   = 3
	pipelineSeed = 4
	reparseSeed  = 5
)

// durations are safe for concurrent use.
type durations struct {
	mu  sync.Mutex
	all []time.Duration
}

func (d *durations) add(one time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all = append(d.all, one)
}

// quantiles are p50 and p99.
func (d *durations) quantiles() string {
	n := len(d.all)
	if n == 0 {
		return "nothing measured"
	}
	return fmt.Sprintf("%s / %s (n %d)", round(d.at(0.50)), round(d.at(0.99)), n)
}

// at is a quantile of what was measured.
func (d *durations) at(q float64) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.all) == 0 {
		return 0
	}
	slices.Sort(d.all)
	return d.all[min(int(q*float64(len(d.all))), len(d.all)-1)]
}

func (c *target) upload(ctx context.Context, p madeup.Page) error {
	_, err := c.ingest.Upload(ctx, client.Upload{Key: p.Key, Data: []byte(p.Text), MediaType: "text/plain"})
	return err
}

// soon is how soon pages were acknowledged, and found.
type soon struct {
	acknowledged, searchable durations
}

// steadily uploads pages at the rate, as long as more says so, and looks for each
// until it is found.
func (c *target) steadily(ctx context.Context, s settings, page func(n int) madeup.Page, more func(n int) bool, sent func(newspaper.PageKey, time.Time)) (*soon, error) {
	out := &soon{}
	group, ctx := errgroup.WithContext(ctx)
	tick := time.NewTicker(time.Second / time.Duration(s.rate))
	defer tick.Stop()
	for n := 0; more(n); n++ {
		select {
		case <-ctx.Done():
			return out, group.Wait()
		case <-tick.C:
		}
		group.Go(func() error {
			p := page(n)
			began := time.Now()
			sent(p.Key, began)
			if err := c.upload(ctx, p); err != nil {
				return err
			}
			out.acknowledged.add(time.Since(began))
			if err := c.awaitFound(ctx, p.Markers[len(p.Markers)-1]); err != nil {
				return err
			}
			out.searchable.add(time.Since(began))
			return nil
		})
	}
	return out, group.Wait()
}

// latency measures how soon pages are acknowledged and found.
func (c *target) latency(ctx context.Context, s settings, r *report) error {
	confirmed, err := c.stack.confirmations(ctx)
	if err != nil {
		return err
	}
	took, err := c.steadily(ctx, s, func(n int) madeup.Page { return madeup.New(latencySeed, n, 1, s.articles) }, s.lasting(), confirmed.sent)
	if err != nil {
		return err
	}
	r.add(fmt.Sprintf("acknowledged p50 / p99 at %d pages/s", s.rate), took.acknowledged.quantiles(), "p99 < 50 ms")
	if indexed := confirmed.stop(); indexed != nil {
		r.add(fmt.Sprintf("indexed p50 / p99 at %d pages/s", s.rate), indexed.quantiles(), "")
	}
	r.add(fmt.Sprintf("searchable p50 / p99 at %d pages/s", s.rate), took.searchable.quantiles(), "p99 < 2 s")
	return nil
}

// lasting is true for as many pages as latency is measured with.
func (s settings) lasting() func(n int) bool {
	pages := int(s.duration.Seconds() * float64(s.rate))
	return func(n int) bool { return n < pages }
}

const lookEvery = 20 * time.Millisecond

func (c *target) awaitFound(ctx context.Context, marker string) error {
	deadline := time.Now().Add(2 * time.Minute)
	for {
		hits, err := c.index.Search(ctx, url.Values{"q": {marker}, "limit": {"1"}})
		if err != nil || hits.Total == 1 {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s is not found after two minutes", marker)
		}
		time.Sleep(lookEvery)
	}
}

// backfill uploads as fast as the server takes pages, and waits until all of
// them can be searched.
func (c *target) backfill(ctx context.Context, s settings, r *report) error {
	r.add("memory before the back-fill", c.memory(), "")
	var acknowledged durations
	var done atomic.Int64
	marks := map[int64]string{int64(s.pages / 4): "", int64(s.pages / 2): "", int64(s.pages): ""}
	var mu sync.Mutex
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(s.uploaders)
	began := time.Now()
	for n := range s.pages {
		group.Go(func() error {
			p := madeup.New(backfillSeed, n, 1, s.articles)
			start := time.Now()
			if err := c.upload(groupCtx, p); err != nil {
				return err
			}
			acknowledged.add(time.Since(start))
			count := done.Add(1)
			mu.Lock()
			defer mu.Unlock()
			if _, mark := marks[count]; mark {
				marks[count] = c.memory()
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	uploaded := time.Since(began)
	if err := c.awaitQuiet(ctx); err != nil {
		return err
	}
	whole := time.Since(began)
	perSecond := func(d time.Duration) string { return fmt.Sprintf("%.1f pages/s", float64(s.pages)/d.Seconds()) }
	r.add(fmt.Sprintf("%d pages of %d articles taken", s.pages, s.articles), perSecond(uploaded), "")
	r.add("… and searchable", perSecond(whole), "")
	r.add(fmt.Sprintf("acknowledged p50 / p99, %d at once", s.uploaders), acknowledged.quantiles(), "")
	for _, at := range []int{s.pages / 4, s.pages / 2, s.pages} {
		r.add(fmt.Sprintf("memory at %d pages taken", at), marks[int64(at)], "flat")
	}
	r.add("memory when all is searchable", c.memory(), "flat")
	return nil
}

func (c *target) awaitQuiet(ctx context.Context) error {
	for {
		status, err := c.console.Status(ctx)
		if err != nil {
			return err
		}
		if status.Accounting.Settled && status.Accounting.Exact {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// balance makes sure that what was measured is right.
func (c *target) balance(ctx context.Context, r *report) error {
	status, err := c.console.Status(ctx)
	if err != nil {
		return err
	}
	all := status.Accounting.All
	if len(status.Accounting.Differences) > 0 || all.Pages.Dead > 0 || all.Articles.Dead > 0 {
		return fmt.Errorf("the books do not balance: %+v", status.Accounting)
	}
	r.add("books", fmt.Sprintf("%d pages, %d articles live, none lost or dead", all.Pages.Received, all.Live), "exact")
	return nil
}
