// Command searchbench measures searching: made articles in the embedded index and
// in Elasticsearch, searches of many kinds with facets while articles come in, and
// a cursor through all of them meanwhile, which must meet each once. With -reprints
// it measures how prints of the same copy are found.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/index"
	"broadsheet/services/index/elastic"
	"broadsheet/services/index/elastic/estest"
	"broadsheet/services/index/embedded"
	"broadsheet/services/index/search"
)

var (
	documents = flag.Int("documents", 100_000, "articles that are there before")
	searches  = flag.Int("searches", 600, "searches that are measured")
	rate      = flag.Int("rate", 20, "articles a second that come in meanwhile")
	stores    = flag.String("store", "both", "embedded, elastic or both")
	of        = flag.String("set", "news", "what the articles are made of: news, or formulaic, where all say nearly the same")
	reprints  = flag.Bool("reprints", false, "measure finding reprints, among articles made for that")
	dir       = flag.String("dir", "", "directory of the embedded index, kept; filled when it is not yet")
)

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	made, ok := sets[*of]
	if !ok {
		fmt.Fprintf(os.Stderr, "searchbench: there is no set %q: give news or formulaic\n", *of)
		os.Exit(2)
	}
	fmt.Printf("%d articles, %d come in a second; %s, %d cores\n", *documents, *rate, runtime.Version(), runtime.NumCPU())
	var err error
	if *stores != "elastic" {
		err = measureEmbedded(ctx, made)
	}
	if *stores != "embedded" {
		err = errors.Join(err, measureElastic(ctx, made))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "searchbench:", err)
		os.Exit(1)
	}
}

func measureEmbedded(ctx context.Context, made set) (err error) {
	where := *dir
	if where == "" {
		if where, err = os.MkdirTemp("", "broadsheet-searchbench-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(where)) }()
	}
	s, err := embedded.Open(embedded.Options{Dir: where})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return measure(ctx, "embedded", s, made, func(context.Context) error { return nil })
}

func measureElastic(ctx context.Context, made set) (err error) {
	node, err := estest.Open(ctx)
	if err != nil {
		return err
	}
	defer node.Close()
	o := elastic.Options{
		URLs: []string{node.URL}, Username: node.Username, Password: node.Password, Prefix: fmt.Sprintf("searchbench%d", time.Now().UnixNano()),
	}
	s, err := elastic.Open(o)
	if err != nil {
		return err
	}
	defer func() {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		err = errors.Join(err, s.Remove(ending), s.Close())
	}()
	if _, err := s.Provision(ctx); err != nil {
		return err
	}
	refresh := func(ctx context.Context) error {
		status, body, err := node.Request(ctx, http.MethodPost, "/"+o.Prefix+"/_refresh", "")
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("%d %s", status, body)
		}
		return err
	}
	return measure(ctx, "Elasticsearch", s, made, refresh)
}

// put writes articles by their numbers.
func put(ctx context.Context, s index.Store, article func(n int) newspaper.Article, from, to int) error {
	writes := make([]search.Write, 0, to-from)
	for n := from; n < to; n++ {
		a := article(n)
		source, err := json.Marshal(a)
		if err != nil {
			return err
		}
		writes = append(writes, search.Write{URI: a.URI, Sequence: int64(n + 1), Article: a, Source: source})
	}
	for _, v := range s.Write(ctx, writes) {
		if v.Err != nil {
			return v.Err
		}
	}
	return nil
}

func fill(ctx context.Context, name string, s index.Store, article func(n int) newspaper.Article, n int) error {
	began := time.Now()
	const batch = 500
	for from := 0; from < n; from += batch {
		if err := put(ctx, s, article, from, min(from+batch, n)); err != nil {
			return err
		}
	}
	took := time.Since(began)
	fmt.Printf("%s: filled in %.0f s, %.0f articles/s\n", name, took.Seconds(), float64(n)/took.Seconds())
	return rest(ctx)
}

// rest waits until this process has next to nothing to do: the embedded index puts
// its files together when it was filled.
func rest(ctx context.Context) error {
	const look, little = time.Second, 50 * time.Millisecond
	for range 120 {
		before := processor()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(look):
		}
		if processor()-before < little {
			break
		}
	}
	return nil
}

// measure fills a store, and searches it while articles come in and a cursor goes
// through all.
func measure(ctx context.Context, name string, s index.Store, made set, refresh func(context.Context) error) error {
	if *reprints {
		return measureReprints(ctx, name, s, refresh)
	}
	if err := fill(ctx, name, s, made.article, *documents); err != nil {
		return err
	}
	work, stop := context.WithCancel(ctx)
	defer stop()
	group, work := errgroup.WithContext(work)
	group.Go(func() error { return comeIn(work, s, made) })
	group.Go(func() error {
		defer stop()
		if err := ask(work, name, s, made); err != nil {
			return err
		}
		return walk(work, name, s, made)
	})
	if err := group.Wait(); err != nil && ctx.Err() == nil {
		return err
	}
	return ctx.Err()
}

// comeIn writes new articles at the rate until ctx ends.
func comeIn(ctx context.Context, s index.Store, made set) error {
	tick := time.NewTicker(time.Second / 4)
	defer tick.Stop()
	for n := *documents; ; n += *rate / 4 {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := put(ctx, s, made.article, n, n+*rate/4); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

const allFacets = "&facet=publication&facet=month&facet=person&facet=organisation&facet=place&facet=title"

// warm is how often each kind is searched before it is measured: Elasticsearch
// compiles what it does often.
const warm = 10

// ask measures searches.
func ask(ctx context.Context, name string, s index.Store, made set) error {
	r := rand.New(rand.NewPCG(1, 2))
	took, cpu := map[string][]time.Duration{}, map[string]time.Duration{}
	var kinds []string
	for round := 0; len(took["all"]) < *searches; round++ {
		for _, one := range made.questions(r) {
			values, err := url.ParseQuery(one.params + allFacets)
			if err != nil {
				return err
			}
			q, err := search.Parse(values)
			if err != nil {
				return err
			}
			began, spent := time.Now(), processor()
			if _, err := index.Find(ctx, s, q); err != nil {
				return err
			}
			elapsed := time.Since(began)
			switch {
			case round == 0:
				kinds = append(kinds, one.kind)
			case round > warm:
				for _, of := range []string{one.kind, "all"} {
					took[of] = append(took[of], elapsed)
					cpu[of] += processor() - spent
				}
			}
		}
	}
	for _, kind := range append(kinds, "all") {
		show(name, kind, took[kind], cpu[kind])
	}
	return nil
}

// processor is the time that this process has had on all cores.
func processor() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // cannot fail for ourselves
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// show prints a line: the CPU is that of this process in the mean, with that of the
// articles that came in meanwhile.
func show(name, kind string, took []time.Duration, cpu time.Duration) {
	if len(took) == 0 {
		return
	}
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	fmt.Printf("%-14s %-20s p50 %7.1f ms  p99 %7.1f ms  CPU %7.1f ms  (%d)\n", name, kind,
		ms(took[len(took)/2]), ms(took[len(took)*99/100]), ms(cpu)/float64(len(took)), len(took))
}

// walk goes through all articles by cursor, in both directions of time.
func walk(ctx context.Context, name string, s index.Store, made set) error {
	for _, sort := range []string{"newest", "oldest"} {
		began := time.Now()
		seen := map[string]bool{}
		values := url.Values{"sort": {sort}, "limit": {"100"}}
		for pages := 1; ; pages++ {
			q, err := search.Parse(values)
			if err != nil {
				return err
			}
			r, err := s.Search(ctx, q)
			if err != nil {
				return err
			}
			for _, h := range r.Hits {
				if seen[h.URI] {
					return fmt.Errorf("%s: the cursor meets %s twice", name, h.URI)
				}
				seen[h.URI] = true
			}
			if !r.More {
				break
			}
			values.Set("cursor", q.Cursor(r.Hits[len(r.Hits)-1].Place))
		}
		missing := 0
		for n := range *documents {
			if a := made.article(n); !seen[a.URI] {
				missing++
			}
		}
		fmt.Printf("%-14s cursor, %s: %d articles in %.0f s, %d of the first %d missing, none twice\n", name, sort, len(seen), time.Since(began).Seconds(), missing, *documents)
		if missing > 0 {
			return fmt.Errorf("%s: the cursor missed %d articles", name, missing)
		}
	}
	return nil
}
