// Package index makes articles searchable: it writes every article event into a
// store under its commit's version, confirms it, and answers searches.
package index

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/services/index/search"
)

const service = "index"

// Bus is what the service needs of the bus.
type Bus interface {
	Consume(ctx context.Context, s bus.Subscription, h bus.Handler) error
	MessageAt(ctx context.Context, stream string, seq uint64) (*bus.Message, error)
	PublishBatch(ctx context.Context, events []bus.Outgoing) error
	// Where the durables stand, and for which content of the store that counts.
	Position(ctx context.Context, c event.Consumer) (bus.Position, error)
	ConsumerState(ctx context.Context, c event.Consumer) (bus.ConsumerState, error)
	Begin(ctx context.Context, c event.Consumer, store string) error
	Stand(ctx context.Context, c event.Consumer, stores ...string) error
	Rewind(ctx context.Context, c event.Consumer, store string) error
	Drop(ctx context.Context, c event.Consumer) error
}

// Store keeps the articles. Package storetest has what it must keep to. One that is
// also Generations can be built anew.
type Store interface {
	// Write writes articles in the order given and returns one verdict for each.
	// What it calls applied is durable, answered by Get, and soon found by searches.
	Write(ctx context.Context, writes []search.Write) []search.Verdict
	// Search answers a query; withdrawn articles are never among the hits.
	Search(ctx context.Context, q search.Query) (search.Result, error)
	// Suggest returns names that begin so, those of most articles first.
	Suggest(ctx context.Context, b search.Beginning) ([]search.Suggestion, error)
	// Get returns an article, also a withdrawn one; fault.NotFound: there is none.
	Get(ctx context.Context, uri string) (search.Stored, error)
	// List returns the articles that searches can find, by uri, those behind after;
	// fewer than limit are the last.
	List(ctx context.Context, after string, limit int) ([]search.Listed, error)
	// Probe returns nil when the store takes writes and answers.
	Probe(ctx context.Context) error
	Close() error
}

// Options make a Service.
type Options struct {
	Bus     Bus
	Store   Store                 // stays the caller's, who closes it when Run has returned
	Logger  *zap.Logger           // nil: silent
	Metrics prometheus.Registerer // nil: unmeasured
	Workers int                   // batches written at once; 0: 1
	Batch   int                   // articles written together; 0: 256
	Pace    time.Duration         // after a batch that was not full; 0: none
}

// Service writes articles into a store and searches it.
type Service struct {
	bus     Bus
	store   Store
	log     *zap.Logger
	workers int
	batch   int
	pace    time.Duration
	at      alignment
	moving  sync.RWMutex // held while searches move to another generation: nothing is written to the one before

	articles *prometheus.CounterVec
	searches *prometheus.HistogramVec
}

// New returns a Service; Run starts it, Register adds its HTTP interface.
func New(o Options) (*Service, error) {
	if o.Bus == nil || o.Store == nil {
		return nil, errors.New("index: Bus and Store are needed")
	}
	s := &Service{bus: o.Bus, store: o.Store, log: o.Logger, workers: o.Workers, batch: o.Batch, pace: o.Pace,
		articles: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "broadsheet_index_articles_total", Help: "Article events confirmed, by outcome.",
		}, []string{"outcome"}),
		searches: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "broadsheet_index_request_duration_seconds", Help: "Time to answer a request, by route and status.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2.5, 10),
		}, []string{"route", "status"}),
	}
	if s.log == nil {
		s.log = zap.NewNop()
	}
	if s.workers == 0 {
		s.workers = 1
	}
	if s.batch == 0 {
		s.batch = 256
	}
	if o.Metrics != nil {
		for _, c := range []prometheus.Collector{s.articles, s.searches} {
			if err := o.Metrics.Register(c); err != nil {
				return nil, fmt.Errorf("metrics: %w", err)
			}
		}
	}
	return s, nil
}

// breakAfter articles in a row that fail as if we were to blame open the breaker.
const breakAfter = 20

// commandWorkers are two, so that a reindex holds up no retry.
const commandWorkers = 2

// Run consumes article events and commands until ctx ends, then finishes what it
// holds.
func (s *Service) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := s.align(ctx); err != nil {
			return err
		}
		return s.bus.Consume(ctx, bus.Subscription{
			Consumer: event.IndexArticles, Workers: s.workers, Batch: s.batch, Pace: s.pace, BreakAfter: breakAfter, Probe: s.Ready,
		}, s.apply)
	})
	group.Go(func() error {
		return s.bus.Consume(ctx, bus.Subscription{
			Consumer: event.IndexCommands, Workers: commandWorkers, Keep: s.giveUp, Probe: s.Ready,
		}, bus.Each(s.command))
	})
	return group.Wait()
}

// Ready returns nil when the store takes writes and answers; otherwise why not.
func (s *Service) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return s.store.Probe(ctx)
}
