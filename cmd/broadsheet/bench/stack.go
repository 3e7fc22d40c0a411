package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"broadsheet/cmd/broadsheet/client"
	"broadsheet/cmd/broadsheet/internal/madeup"
	"broadsheet/deploy"
	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/elastic/estest"
)

// stack is the deployment of the compose file, measured.
type stack struct {
	*deploy.Stack
	node *estest.Node
	dir  string
}

func startStack(ctx context.Context) (*target, error) {
	dir, err := os.MkdirTemp("", "broadsheet-bench-")
	if err != nil {
		return nil, err
	}
	s := &stack{dir: dir}
	c, err := s.start(ctx)
	if err != nil {
		s.stop()
	}
	return c, err
}

func (s *stack) start(ctx context.Context) (*target, error) {
	bin := filepath.Join(s.dir, "bin")
	if err := deploy.Build(ctx, "deploy", bin); err != nil {
		return nil, err
	}
	var err error
	if s.node, err = estest.Open(ctx); err != nil {
		return nil, err
	}
	began := time.Now()
	s.Stack, err = deploy.Start(ctx, deploy.Options{Folder: "deploy", Bin: bin, Dir: s.dir,
		Elasticsearch: &deploy.Elasticsearch{URL: s.node.URL, Username: s.node.Username, Password: s.node.Password, Prefix: "bench"}})
	if err != nil {
		return nil, err
	}
	c := &target{stack: s, stop: s.stop, memory: s.memory, ready: time.Since(began), operator: []string{
		"BROADSHEET_NATS=nats://" + s.NATS.Address, "BROADSHEET_NATS_USER=operator", "BROADSHEET_NATS_PASSWORD=" + s.Password("operator"),
	}}
	for service, to := range map[string]**client.Client{"ingest": &c.ingest, "index": &c.index, "console": &c.console} {
		if *to, err = client.New(client.Options{Server: "http://" + s.Service(service).Address, Patience: 10 * time.Second}); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (s *stack) stop() {
	if s.Stack != nil {
		s.Close()
	}
	if s.node != nil {
		s.node.Close()
	}
	_ = os.RemoveAll(s.dir)
}

// memory is that of every process of ours, and of nats-server.
func (s *stack) memory() string {
	var out []string
	for _, p := range s.Processes() {
		out = append(out, p.Name+" "+residentSet(p.PID()))
	}
	return strings.Join(out, ", ")
}

// confirmations are the times from an upload to the last confirmation of one of its
// articles.
type confirmations struct {
	cancel context.CancelFunc
	ended  chan struct{}
	mu     sync.Mutex
	began  map[newspaper.PageKey]time.Time
	last   map[newspaper.PageKey]time.Time
}

// confirmations begins to follow what the index confirms. It does nothing for the
// all-in-one.
func (s *stack) confirmations(ctx context.Context) (*confirmations, error) {
	if s == nil {
		return nil, nil
	}
	b, err := s.As(ctx, "consumer")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	c := &confirmations{cancel: cancel, ended: make(chan struct{}), began: map[newspaper.PageKey]time.Time{}, last: map[newspaper.PageKey]time.Time{}}
	go func() {
		defer close(c.ended)
		defer b.Close()
		_ = b.Follow(ctx, event.IndexedName, 0, "", func(m *bus.Message) error {
			key, err := event.KeyOfSubject(m.Subject)
			if err != nil {
				return err
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.last[key] = m.Published
			return nil
		})
	}()
	return c, nil
}

func (c *confirmations) sent(key newspaper.PageKey, at time.Time) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.began[key] = at
}

func (c *confirmations) stop() *durations {
	if c == nil {
		return nil
	}
	c.cancel()
	<-c.ended
	var out durations
	for key, began := range c.began {
		if last, ok := c.last[key]; ok {
			out.add(last.Sub(began))
		}
	}
	return &out
}

// stage is a service with the queue that it works off.
type stage struct {
	service string
	waiting func(ctx context.Context, b *bus.Bus) (uint64, error)
}

func consumer(of event.Consumer) func(context.Context, *bus.Bus) (uint64, error) {
	return func(ctx context.Context, b *bus.Bus) (uint64, error) {
		s, err := b.ConsumerState(ctx, of)
		return s.Pending + s.AckPending, err
	}
}

var stages = []stage{
	{"ingest", consumer(event.IngestUploads)},
	{"parse", consumer(event.ParsePages)},
	{"index", consumer(event.IndexArticles)},
}

// paces are how many pages a second were worked off, one figure a round, and what
// the last round's cost.
type paces struct {
	rates []float64
	spent processorTimes
}

// rate is the median of the rounds.
func (p *paces) rate() float64 {
	return slices.Sorted(slices.Values(p.rates))[len(p.rates)/2]
}

func (p *paces) String() string {
	return fmt.Sprintf("%.1f pages/s (%.1f to %.1f); CPU a page: %s", p.rate(), slices.Min(p.rates), slices.Max(p.rates), p.spent)
}

// stages measures each stage alone, the others stopped, and then all of them
// together, with as many pages that wait in UPLOADS when they start. It does so in
// several rounds: the speed of a machine changes from one minute to the next.
func (s *stack) stages(ctx context.Context, o settings, r *report) error {
	b, err := s.As(ctx, "console")
	if err != nil {
		return err
	}
	defer b.Close()
	alone := make([]paces, len(stages))
	var together paces
	for round := range o.rounds {
		if err := s.queue(ctx, stagesSeed, round, o); err != nil {
			return err
		}
		for i, stage := range stages {
			if err := s.workOff(ctx, b, o, &alone[i], stage); err != nil {
				return err
			}
		}
		if err := s.queue(ctx, pipelineSeed, round, o); err != nil {
			return err
		}
		if err := s.workOff(ctx, b, o, &together, stages...); err != nil {
			return err
		}
	}
	slowest, seconds := 0.0, 0.0
	for i, stage := range stages {
		rate := alone[i].rate()
		r.add("alone: "+stage.service, alone[i].String(), "")
		seconds += 1 / rate
		if slowest == 0 || rate < slowest {
			slowest = rate
		}
	}
	r.add("all together", together.String(), "")
	r.add("… ÷ the slowest alone", fmt.Sprintf("%.2f", together.rate()/slowest), "≥ 0.80")
	// Each stage alone has all cores; together they share them.
	r.add("… ÷ what sharing the cores allows", fmt.Sprintf("%.2f", together.rate()*seconds), "")
	for _, stage := range stages { // as they were
		if err := s.begin(ctx, stage.service); err != nil {
			return err
		}
	}
	return nil
}

// queue stops the services and fills UPLOADS with pages.
func (s *stack) queue(ctx context.Context, seed uint64, round int, o settings) error {
	for _, stage := range stages {
		if err := s.Service(stage.service).End(syscall.SIGTERM); err != nil {
			return err
		}
	}
	b, err := s.As(ctx, "uploader")
	if err != nil {
		return err
	}
	defer b.Close()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(o.uploaders)
	for n := range o.each {
		group.Go(func() error {
			p := madeup.New(seed, round*o.each+n, 1, o.articles)
			p.Key.Publication = fmt.Sprintf("%s-%d", p.Key.Publication, seed)
			return b.Upload(ctx, p.Key, []byte(p.Text), nil)
		})
	}
	return group.Wait()
}

func (s *stack) begin(ctx context.Context, service string) error {
	if s.Service(service).PID() != 0 {
		return nil
	}
	if err := s.Service(service).Start(); err != nil {
		return err
	}
	return s.Ready(ctx, s.Service(service))
}

// countEvery is how often it is seen whether the queues are empty: asking costs
// nats-server time that is measured.
const countEvery = 100 * time.Millisecond

// workOff starts services and adds to their paces how long they take, from the
// first message that is done until the queues of all are empty, and what processor
// time that costs. They are stopped then.
func (s *stack) workOff(ctx context.Context, b *bus.Bus, o settings, p *paces, of ...stage) error {
	all, err := of[0].waiting(ctx, b)
	if err != nil {
		return err
	}
	before, err := s.processorTimes(ctx)
	if err != nil {
		return err
	}
	// All others are ready before the first begins: starting is not what is measured.
	for _, stage := range of[1:] {
		if err := s.begin(ctx, stage.service); err != nil {
			return err
		}
	}
	if err := s.Service(of[0].service).Start(); err != nil {
		return err
	}
	var began time.Time
	for {
		var total uint64
		for i, stage := range of {
			n, err := stage.waiting(ctx, b)
			if err != nil {
				return err
			}
			if i == 0 && began.IsZero() && n < all {
				began = time.Now()
			}
			total += n
		}
		if !began.IsZero() && total == 0 {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(countEvery):
		}
	}
	took := time.Since(began)
	after, err := s.processorTimes(ctx)
	errs := []error{err}
	for _, stage := range of {
		errs = append(errs, s.Service(stage.service).End(syscall.SIGTERM))
	}
	p.rates = append(p.rates, float64(o.each)/took.Seconds())
	p.spent = after.since(before, o.each)
	return errors.Join(errs...)
}

// processorTimes are what processes have had of all cores, by name.
type processorTimes map[string]time.Duration

// processorTimes of what runs now: the services, nats-server and Elasticsearch.
func (s *stack) processorTimes(ctx context.Context) (processorTimes, error) {
	out := processorTimes{}
	for _, p := range s.Processes() {
		out[p.Name] = processorTime(p.PID())
	}
	_, body, err := s.node.Request(ctx, http.MethodGet, "/_nodes/stats/process?filter_path=nodes.*.process.cpu.total_in_millis", "")
	if err != nil {
		return nil, err
	}
	var stats struct {
		Nodes map[string]struct {
			Process struct {
				CPU struct {
					Milliseconds int64 `json:"total_in_millis"`
				} `json:"cpu"`
			} `json:"process"`
		} `json:"nodes"`
	}
	if err := json.Unmarshal(body, &stats); err != nil {
		return nil, fmt.Errorf("statistics of Elasticsearch: %w", err)
	}
	for _, n := range stats.Nodes {
		out["elasticsearch"] += time.Duration(n.Process.CPU.Milliseconds) * time.Millisecond
	}
	return out, nil
}

// since is what each of so many pages cost since then. A process that began after
// it has its whole.
func (t processorTimes) since(before processorTimes, pages int) processorTimes {
	out := processorTimes{}
	for name, spent := range t {
		out[name] = (spent - before[name]) / time.Duration(pages)
	}
	return out
}

func (t processorTimes) String() string {
	var all time.Duration
	var names []string
	for _, name := range slices.Sorted(maps.Keys(t)) {
		all += t[name]
		if spent := t[name].Round(100 * time.Microsecond); spent > 0 {
			names = append(names, fmt.Sprintf("%s %s", name, spent))
		}
	}
	return fmt.Sprintf("%s (%s)", all.Round(100*time.Microsecond), strings.Join(names, ", "))
}
