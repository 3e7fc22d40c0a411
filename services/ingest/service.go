package ingest

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
)

// Bus is what the service needs of the bus.
type Bus interface {
	Ready() error
	Headroom(ctx context.Context) error
	Page(ctx context.Context, key newspaper.PageKey) (newspaper.Page, uint64, error)
	Manifest(ctx context.Context, key newspaper.PageKey) (newspaper.Manifest, uint64, error)
	CommitReceived(ctx context.Context, page newspaper.Page, guard uint64, trace string) error
	PutObject(ctx context.Context, data []byte) (string, error)
	Object(ctx context.Context, sha256 string) ([]byte, error)
	Objects(ctx context.Context) ([]bus.ObjectInfo, error)
	DeleteObject(ctx context.Context, sha256 string) error
	Read(ctx context.Context, stream, filter string, h func(*bus.Message) error) error
	Consume(ctx context.Context, s bus.Subscription, h bus.Handler) error
	Announcement(ctx context.Context, issue newspaper.IssueKey) (newspaper.Announcement, uint64, error)
	Announce(ctx context.Context, a newspaper.Announcement, guard uint64, trace string) error
	Reply(subject, contentType string, data []byte) error
}

// Options make a Service. A zero limit is its default.
type Options struct {
	Bus       Bus
	Catalogue *newspaper.Catalogue  // nil: an empty one
	Tokens    *Tokens               // who may upload over HTTP; nil: everyone
	Logger    *zap.Logger           // nil: silent
	Metrics   prometheus.Registerer // nil: unmeasured

	MaxBytes     int64         // of one page; 0: 32 MiB
	MaxRequest   int64         // bytes of one multipart request; 0: 512 MiB
	MaxParts     int           // pages in one multipart request; 0: 1000
	Concurrency  int           // HTTP requests worked on at once, which bounds memory; 0: 16
	Queue        int           // requests beyond that which wait for their turn; 0: 128. More get 503 at once
	QueueWait    time.Duration // how long they wait before 503; 0: 2 s
	BodyPause    time.Duration // how long a request's body may pause; 0: 30 s
	BodyTime     time.Duration // how long it may take in all; 0: 10 min
	StoreTimeout time.Duration // to make one page durable; 0: 10 s
	SweepEvery   time.Duration // 0: 6 h. A sweep reads the whole registry
	SweepAge     time.Duration // how old an object must be to be swept; 0: 24 h. Less than bus keeps for fresh (12 h) is for tests only
}

func (o *Options) setDefaults() error {
	orElse(&o.MaxBytes, 32<<20)
	orElse(&o.MaxRequest, 512<<20)
	orElse(&o.MaxParts, 1000)
	orElse(&o.Concurrency, 16)
	orElse(&o.Queue, 128)
	orElse(&o.QueueWait, 2*time.Second)
	orElse(&o.BodyPause, 30*time.Second)
	orElse(&o.BodyTime, 10*time.Minute)
	orElse(&o.StoreTimeout, 10*time.Second)
	orElse(&o.SweepEvery, 6*time.Hour)
	orElse(&o.SweepAge, 24*time.Hour)
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	if o.Catalogue == nil {
		var err error
		if o.Catalogue, err = newspaper.NewCatalogue(false); err != nil {
			return err
		}
	}
	return nil
}

// orElse sets what is zero.
func orElse[T comparable](v *T, otherwise T) {
	var zero T
	if *v == zero {
		*v = otherwise
	}
}

// Service takes pages in.
type Service struct {
	o       Options
	bus     Bus
	log     *zap.Logger
	now     func() time.Time
	slots   chan struct{} // one for each HTTP request worked on
	waiting atomic.Int64  // requests that wait for a slot
	pages   locks
	metrics *metrics
}

// New returns a Service. Register adds its routes, Run consumes what comes over NATS.
func New(o Options) (*Service, error) {
	if err := o.setDefaults(); err != nil {
		return nil, err
	}
	m, err := newMetrics(o.Metrics)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	return &Service{o: o, bus: o.Bus, log: o.Logger, now: time.Now, slots: make(chan struct{}, o.Concurrency), pages: newLocks(), metrics: m}, nil
}

// Register adds the service's routes.
func (s *Service) Register(mux *http.ServeMux) {
	mux.HandleFunc("PUT /v1/pages/{publication}/{date}/{edition}/{page}", s.put)
	mux.HandleFunc("PUT /v1/pages/{rest...}", s.putNowhere)
	mux.HandleFunc("POST /v1/pages", s.post)
	mux.HandleFunc("POST /v1/issues/{publication}/{date}", s.postIssue)
}

// uploadBatch is how many messages are taken from UPLOADS at once.
const uploadBatch = 8

// maxAttempts is how often an upload that fails by our mistake is tried.
const maxAttempts = 5

// Run takes uploads and commands from NATS, and sweeps, until ctx ends; then it
// finishes what it holds.
func (s *Service) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		// One worker: the order of a page's uploads is the order of its revisions.
		// Different pages are handled side by side within a batch.
		return s.bus.Consume(ctx, bus.Subscription{
			Consumer: event.IngestUploads, Batch: uploadBatch, MaxAttempts: maxAttempts, Keep: s.keepUpload, Probe: s.probe,
		}, s.uploads)
	})
	group.Go(func() error {
		return s.bus.Consume(ctx, bus.Subscription{
			Consumer: event.IngestCommands, MaxAttempts: maxAttempts, Keep: s.keepCommand, Probe: s.probe,
		}, bus.Each(s.command))
	})
	group.Go(func() error { return s.sweepRegularly(ctx) })
	return group.Wait()
}

// probe reports whether uploads can be taken again.
func (s *Service) probe(ctx context.Context) error {
	if err := s.bus.Ready(); err != nil {
		return err
	}
	return s.bus.Headroom(ctx)
}

// metrics are the service's own; what is consumed is measured by the bus.
type metrics struct {
	uploads  *prometheus.CounterVec
	bytes    prometheus.Counter
	duration *prometheus.HistogramVec
	swept    prometheus.Counter
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		uploads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "broadsheet_uploads_total", Help: "Uploads, by the way they came (http, nats) and result: new, duplicate, or the kind of the refusal.",
		}, []string{"via", "result"}),
		bytes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "broadsheet_upload_bytes_total", Help: "Bytes of the pages that became new revisions.",
		}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "broadsheet_upload_seconds", Help: "Time from having a page's bytes to its verdict.", Buckets: prometheus.ExponentialBuckets(.001, 2, 14),
		}, []string{"via"}),
		swept: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "broadsheet_objects_swept_total", Help: "Objects deleted because nothing named them.",
		}),
	}
	if r == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.uploads, m.bytes, m.duration, m.swept} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}
