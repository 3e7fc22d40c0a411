// Command bench compares the store's bulk writer with a bare loop of _bulk
// requests: the same documents, the same number in a request, the same requests
// at once, on the same Elasticsearch. The order of the two is rotated from round
// to round, because whoever comes second finds another machine.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/elastic"
	"broadsheet/services/index/elastic/estest"
	"broadsheet/services/index/search"
)

var (
	documents = flag.Int("documents", 10000, "documents of a round")
	batch     = flag.Int("batch", 500, "documents of a request")
	flights   = flag.Int("flights", 2, "requests at once")
	rounds    = flag.Int("rounds", 7, "rounds")
	compress  = flag.Bool("compress", false, "send compressed requests; the bare loop does not")
)

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// measured is what a round took.
type measured struct {
	took time.Duration
	cpu  time.Duration
}

func run(ctx context.Context) error {
	node, err := estest.Open(ctx)
	if err != nil {
		return err
	}
	defer node.Close()
	fmt.Printf("%d documents a round, %d a request, %d requests at once, %d rounds; %s, %d cores, Elasticsearch %s\n",
		*documents, *batch, *flights, *rounds, runtime.Version(), runtime.NumCPU(), estest.Version)
	var ratios []float64
	var cpus []time.Duration
	for round := range *rounds + 1 { // the first one warms up
		var ours, bare measured
		measures := []func() error{
			func() (err error) { ours, err = writer(ctx, node); return },
			func() (err error) { bare, err = loop(ctx, node); return },
		}
		if round%2 == 1 {
			slices.Reverse(measures)
		}
		for _, m := range measures {
			if err := m(); err != nil {
				return err
			}
		}
		if round == 0 {
			continue
		}
		ratio := float64(bare.took) / float64(ours.took)
		ratios, cpus = append(ratios, ratio), append(cpus, ours.cpu)
		fmt.Printf("round %d: writer %6.0f docs/s, %.2f CPU-s; bare loop %6.0f docs/s, %.2f CPU-s; ratio %.2f\n", round,
			float64(*documents)/ours.took.Seconds(), ours.cpu.Seconds(), float64(*documents)/bare.took.Seconds(), bare.cpu.Seconds(), ratio)
	}
	slices.Sort(ratios)
	slices.Sort(cpus)
	making, err := parallel(func(first int) error {
		for n := first; n < min(first+*batch, *documents); n++ {
			if _, err := write(n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	per := func(d time.Duration) float64 { return d.Seconds() * 20000 / float64(*documents) }
	median := cpus[len(cpus)/2]
	fmt.Printf("median: ratio %.2f; CPU-s per 20,000 documents %.2f, %.2f of it to make them here, which a service does not; peak resident memory %s\n",
		ratios[len(ratios)/2], per(median), per(making.cpu), peak())
	return nil
}

// article is the nth of the documents: about 800 characters of text.
func article(n int) newspaper.Article {
	key := newspaper.PageKey{Publication: "ceshi-bao", Date: "2026-03-02", Edition: "main", Page: fmt.Sprintf("%02d", n%90+1)}
	body := strings.Repeat(fmt.Sprintf("横跨柳湾河的大桥昨天合龙，全长%d米。县交通局局长孙军介绍，工程于前年开工，", n), 20)
	return newspaper.Article{
		URI: key.ArticleURI(fmt.Sprintf("%08x", n)), Type: newspaper.TypeText, Version: "1", PubStatus: newspaper.Usable, Language: "zh-Hans",
		Headlines: []newspaper.Headline{{Role: newspaper.Main, Value: fmt.Sprintf("柳湾大桥第%d次合龙", n)}},
		Bodies:    []newspaper.Body{{Role: "main", ContentType: "text/plain", CharCount: len([]rune(body)), Value: body}},
		People:    []newspaper.Person{{Name: "孙军", Count: 20}},
		Print:     newspaper.Print{Publication: key.Publication, Date: key.Date, Edition: key.Edition, Page: key.Page, Position: n % 12},
	}
}

// write is an article as the service hands it over, made as it is needed: in the
// service it comes from a message that is gone after its batch.
func write(n int) (search.Write, error) {
	a := article(n)
	source, err := json.Marshal(a)
	return search.Write{URI: a.URI, Sequence: 1, Article: a, Source: source}, err
}

func options(node *estest.Node) elastic.Options {
	return elastic.Options{
		URLs: []string{node.URL}, Username: node.Username, Password: node.Password, Prefix: fmt.Sprintf("bench%d", time.Now().UnixNano()),
		BulkDocuments: *batch, BulkBytes: 64 << 20, Flights: *flights, Uncompressed: !*compress,
	}
}

// prepared makes an empty index, and returns what takes it away.
func prepared(ctx context.Context, node *estest.Node) (*elastic.Store, elastic.Options, func() error, error) {
	o := options(node)
	s, err := elastic.Open(o)
	if err != nil {
		return nil, o, nil, err
	}
	if _, err := s.Provision(ctx); err != nil {
		return nil, o, nil, err
	}
	generation, err := s.Generation(ctx)
	return s, o, func() error {
		return errors.Join(request(ctx, node, http.MethodDelete, "/"+o.Prefix+"-"+generation, nil, nil),
			request(ctx, node, http.MethodDelete, "/_index_template/"+o.Prefix, nil, nil), s.Close())
	}, err
}

// parallel calls f for the beginning of every batch, as many at once as there are
// flights, and measures.
func parallel(f func(first int) error) (measured, error) {
	var next atomic.Int64
	var workers sync.WaitGroup
	failed := make(chan error, *flights)
	cpu, began := cpuTime(), time.Now()
	for range *flights {
		workers.Go(func() {
			for {
				first := int(next.Add(int64(*batch))) - *batch
				if first >= *documents {
					return
				}
				if err := f(first); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	workers.Wait()
	out := measured{time.Since(began), cpuTime() - cpu}
	select {
	case err := <-failed:
		return out, err
	default:
		return out, nil
	}
}

// writer writes by the store.
func writer(ctx context.Context, node *estest.Node) (m measured, err error) {
	s, _, remove, err := prepared(ctx, node)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	return parallel(func(first int) error {
		var writes []search.Write
		for n := first; n < min(first+*batch, *documents); n++ {
			w, err := write(n)
			if err != nil {
				return err
			}
			writes = append(writes, w)
		}
		for _, v := range s.Write(ctx, writes) {
			if v.Err != nil {
				return v.Err
			}
		}
		return nil
	})
}

// loop posts the same documents to an index of the same kind and looks only for
// errors.
func loop(ctx context.Context, node *estest.Node) (m measured, err error) {
	s, o, remove, err := prepared(ctx, node)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	generation, err := s.Generation(ctx)
	if err != nil {
		return m, err
	}
	return parallel(func(first int) error {
		body := make([]byte, 0, *batch*8<<10)
		for n := first; n < min(first+*batch, *documents); n++ {
			w, err := write(n)
			if err != nil {
				return err
			}
			if body, err = elastic.AppendLines(body, w); err != nil {
				return err
			}
		}
		var out struct{ Errors bool }
		if err := request(ctx, node, http.MethodPost, "/"+o.Prefix+"-"+generation+"/_bulk", bytes.NewReader(body), &out); err != nil {
			return err
		}
		if out.Errors {
			return errors.New("a bare request has errors")
		}
		return nil
	})
}

func request(ctx context.Context, node *estest.Node, method, path string, body io.Reader, out any) error {
	r, err := http.NewRequestWithContext(ctx, method, node.URL+path, body)
	if err != nil {
		return err
	}
	r.SetBasicAuth(node.Username, node.Password)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s", method, path, data[:min(len(data), 300)])
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(data, out)
}

// cpuTime is what this process has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak is the most memory that this process has had. The kernel's count for getrusage
// is not asked: it begins with what the process was started by, and "go run" is big.
func peak() string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(status)) {
		if size, found := strings.CutPrefix(line, "VmHWM:"); found {
			return strings.TrimSpace(size)
		}
	}
	return "unknown"
}
