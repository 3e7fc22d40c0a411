package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"broadsheet/cmd/broadsheet/client"
	"broadsheet/deploy"
	"broadsheet/pkg/event"
	"broadsheet/services/console/api"
	"broadsheet/services/index/elastic/estest"
)

// options are those of a run.
type options struct {
	folder, bin, dir string
	node             *estest.Node
	seed             uint64
	down             time.Duration // how long Elasticsearch is away
	rounds           int           // how much is killed
}

// world is what a fault happens to.
type world struct {
	*deploy.Stack
	o       options
	fault   fault
	random  *rand.Rand
	prefix  string // of the index
	proxy   *toxiproxy.Proxy
	ledger  *ledger
	ingest  *client.Client
	console *client.Client
	kills   int
}

// result is what became of a run.
type result struct {
	fault      fault
	seed       uint64
	pages      int // revisions acknowledged
	articles   int // events of articles
	kills      int
	waiting    uint64        // article events when every part was there again
	caught     time.Duration // from then until no queue held anything
	recovered  time.Duration // from then until all was settled and the console had counted it
	deliveries uint64        // of article events
	dead       int           // dead letters, all of them expected
	wrong      []string      // what is not as it has to be
}

func (r result) good() bool { return len(r.wrong) == 0 }

// ratio is deliveries for each document.
func (r result) ratio() float64 { return float64(r.deliveries) / float64(max(r.articles, 1)) }

func (r result) String() string {
	text := fmt.Sprintf("%-14s seed %d: %d pages, %d articles, %d kills, %d waiting, caught up after %.1f s, settled after %.1f s, %.3f deliveries each, %d dead letters",
		r.fault.name, r.seed, r.pages, r.articles, r.kills, r.waiting, r.caught.Seconds(), r.recovered.Seconds(), r.ratio(), r.dead)
	if r.good() {
		return text + ": all there, once"
	}
	return text + "\n  ! " + strings.Join(r.wrong, "\n  ! ")
}

// once runs a fault with a seed.
func once(ctx context.Context, f fault, o options) result {
	r := result{fault: f, seed: o.seed}
	w, err := begin(ctx, f, o)
	if err != nil {
		r.wrong = []string{err.Error()}
		return r
	}
	defer w.end()
	if err := w.happen(ctx, &r); err != nil {
		r.wrong = append(r.wrong, err.Error())
		return r
	}
	r.wrong = append(r.wrong, w.audit(ctx, &r)...)
	return r
}

// begin starts a deployment with an index of its own.
func begin(ctx context.Context, f fault, o options) (*world, error) {
	w := &world{o: o, fault: f, ledger: newLedger(), prefix: fmt.Sprintf("chaos-%s-%d-%d", f.name, o.seed, time.Now().Unix()),
		random: rand.New(rand.NewPCG(o.seed, uint64(len(f.name))<<8|uint64(f.name[0])))}
	e := &deploy.Elasticsearch{URL: o.node.URL, Username: o.node.Username, Password: o.node.Password, Prefix: w.prefix}
	if f.proxied {
		silent := zerolog.Nop()
		server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), silent)
		w.proxy = toxiproxy.NewProxy(server, "elasticsearch", "127.0.0.1:0", strings.TrimPrefix(o.node.URL, "http://"))
		if err := w.proxy.Start(); err != nil {
			return nil, err
		}
		e.URL = "http://" + w.proxy.Listen
	}
	var err error
	if w.Stack, err = deploy.Start(ctx, deploy.Options{Folder: o.folder, Bin: o.bin, Dir: o.dir, Elasticsearch: e}); err != nil {
		return nil, err
	}
	w.ingest, err = client.New(client.Options{Server: "http://" + w.Service("ingest").Address, Patience: 10 * time.Minute})
	if err == nil {
		w.console, err = client.New(client.Options{Server: "http://" + w.Service("console").Address})
	}
	if err != nil {
		w.end()
		return nil, err
	}
	return w, nil
}

// end stops the deployment and deletes its index.
func (w *world) end() {
	for _, c := range []*client.Client{w.ingest, w.console} {
		if c != nil {
			c.Close()
		}
	}
	w.Close()
	if w.proxy != nil {
		w.proxy.Stop()
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, body, err := w.o.node.Request(ctx, http.MethodGet, "/"+w.prefix+"-g*/_alias", "")
	indices := map[string]json.RawMessage{}
	if err == nil {
		_ = json.Unmarshal(body, &indices)
	}
	for name := range indices {
		if strings.HasPrefix(name, w.prefix) {
			_, _, _ = w.o.node.Request(ctx, http.MethodDelete, "/"+name, "")
		}
	}
	_, _, _ = w.o.node.Request(ctx, http.MethodDelete, "/_index_template/"+w.prefix, "")
}

// process is a service or nats.
func (w *world) process(name string) *deploy.Supervised {
	if name == "nats" {
		return w.NATS
	}
	return w.Service(name)
}

func (w *world) kill(p *deploy.Supervised) {
	w.kills++
	p.Kill()
}

func (w *world) killElasticsearch() error {
	w.kills++
	return w.o.node.End()
}

// happen uploads, lets the fault strike, and waits until everything is settled.
func (w *world) happen(ctx context.Context, r *result) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Minute)
	defer cancel()
	over := make(chan struct{})
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error { return w.load(groupCtx, over) })
	var there time.Time
	group.Go(func() error {
		defer close(over)
		err := w.fault.strike(groupCtx, w)
		there = time.Now()
		r.waiting, _ = w.waiting(groupCtx, event.IndexArticles)
		return err
	})
	if err := group.Wait(); err != nil {
		return err
	}
	for { // queue after queue, as pages pass through them
		n, err := w.waiting(ctx, event.IngestUploads, event.ParsePages, event.IndexArticles)
		if err == nil && n == 0 {
			break
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	r.caught, r.kills = time.Since(there), w.kills
	err := w.settle(ctx)
	r.recovered = time.Since(there)
	return err
}

// waiting is how many messages consumers have not settled.
func (w *world) waiting(ctx context.Context, consumers ...event.Consumer) (uint64, error) {
	b, err := w.As(ctx, "operator")
	if err != nil {
		return 0, err
	}
	defer b.Close()
	total := uint64(0)
	for _, c := range consumers {
		s, err := b.ConsumerState(ctx, c)
		if err != nil {
			return 0, err
		}
		total += s.Pending + s.AckPending
	}
	return total, nil
}

// settlePatience is how long a deployment may take to settle all by itself.
const settlePatience = 5 * time.Minute

// settle returns once the console says that nothing waits and the books balance.
func (w *world) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, settlePatience)
	defer cancel()
	for {
		status, err := w.console.Status(ctx)
		if err == nil && status.Accounting.Settled && status.Accounting.Exact {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("not settled within %v: %+v, problems %q", settlePatience, status.Accounting, status.Problems), err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// compared returns the status with the comparison of what is live and what readers
// find, once Elasticsearch has refreshed its index.
func (w *world) compared(ctx context.Context) (api.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		status, err := w.console.Status(ctx)
		if err == nil && status.Index != nil && status.Index.Equal() {
			return status, nil
		}
		select {
		case <-ctx.Done():
			return status, errors.Join(fmt.Errorf("readers do not find what is live: %+v", status.Index), err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}
