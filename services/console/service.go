package console

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/pkg/observe"
	"broadsheet/services/console/ledger"
	"broadsheet/services/console/web"
)

// Bus is what the service needs of the bus.
type Bus interface {
	ledger.Bus
	Page(ctx context.Context, key newspaper.PageKey) (newspaper.Page, uint64, error)
	Manifest(ctx context.Context, key newspaper.PageKey) (newspaper.Manifest, uint64, error)
	Command(ctx context.Context, service string, c event.Command) error
	Audit(ctx context.Context, a event.Audit, trace string) error
	AuditLog(ctx context.Context, filter string, h func(event.Audit) error) error
	Announcement(ctx context.Context, issue newspaper.IssueKey) (newspaper.Announcement, uint64, error)
	CompletedIssue(ctx context.Context, issue newspaper.IssueKey) (newspaper.CompletedIssue, uint64, error)
	Object(ctx context.Context, sha256 string) ([]byte, error)
	RetryLetter(ctx context.Context, subject string) error
	DiscardLetter(ctx context.Context, subject string) error
}

// Options make a Service.
type Options struct {
	Bus       Bus
	Dir       string                // of the ledger; made when missing
	Catalogue *newspaper.Catalogue  // display names; nil: an empty one
	Documents Documents             // what readers can find, held against the manifests; nil: not compared
	Index     web.Index             // finds articles for the search page; nil: it says that there is none
	Checks    Checks                // health of the services: why one stands still; nil: unknown
	Admins    *Admins               // who may have something taken down; nil: nobody over HTTP
	Logger    *zap.Logger           // nil: silent
	Metrics   prometheus.Registerer // nil: unmeasured
}

// Checks returns the health checks of the services that are watched. A name
// begins with its service: "parse consumers".
type Checks func(ctx context.Context) []observe.Check

// Service is the console. Run keeps the ledger, Register adds the routes.
type Service struct {
	bus       Bus
	ledger    *ledger.Ledger
	catalogue *newspaper.Catalogue
	web       *web.Site
	compare   *comparer
	uploads   oldestUpload
	admins    *Admins
	health    health
	log       *zap.Logger
	now       func() time.Time

	ending context.Context // of server-sent events: they have no end of their own
	end    context.CancelFunc
	closed sync.Once
}

// New opens the ledger; Run keeps it up to date, Close gives it back.
func New(o Options) (*Service, error) {
	s := &Service{bus: o.Bus, admins: o.Admins, catalogue: o.Catalogue, health: health{ask: o.Checks}, log: o.Logger, now: time.Now}
	if s.log == nil {
		s.log = zap.NewNop()
	}
	var err error
	if s.catalogue == nil {
		if s.catalogue, err = newspaper.NewCatalogue(false); err != nil {
			return nil, err
		}
	}
	name := func(slug string) string { return s.catalogue.Lookup(slug).Name }
	if s.web, err = web.New(web.Options{Source: source{s}, Index: o.Index, Name: name, Logger: s.log}); err != nil {
		return nil, fmt.Errorf("console's pages: %w", err)
	}
	if s.ledger, err = ledger.Open(ledger.Options{Bus: o.Bus, Dir: o.Dir, Logger: s.log}); err != nil {
		return nil, err
	}
	if o.Documents != nil {
		s.compare = newComparer(o.Documents, s.ledger, s.log)
	}
	if o.Metrics != nil {
		if err := o.Metrics.Register(gauges{s.ledger}); err != nil {
			_ = s.ledger.Close()
			return nil, fmt.Errorf("metrics: %w", err)
		}
	}
	s.ending, s.end = context.WithCancel(context.Background())
	return s, nil
}

// Run keeps the ledger until ctx ends; then it ends the streams of events.
func (s *Service) Run(ctx context.Context) error {
	defer s.end()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.ledger.Run(ctx) })
	if s.compare != nil {
		group.Go(func() error { return s.compare.run(ctx) })
	}
	return group.Wait()
}

// Close closes the ledger's file. Run must have returned; requests that still
// come are answered with fault.Unavailable.
func (s *Service) Close() {
	s.closed.Do(func() {
		s.end()
		if err := s.ledger.Close(); err != nil {
			s.log.Warn("the ledger did not close", zap.Error(err))
		}
	})
}

// Ready returns nil while the ledger follows the streams.
func (s *Service) Ready() error {
	if err := s.ledger.Ready(); err != nil {
		return fault.Wrap(fault.KindOf(err), err, "the ledger does not follow the streams")
	}
	return nil
}

// Register adds the routes. For programs, with problems as errors:
//
//	GET  /v1/status                                   api.Status: the balance and the flow
//	GET  /v1/pages                                    api.Pages: publication, date, fate, cursor, limit
//	GET  /v1/pages/{publication}/{date}/{edition}/{page}        api.Page: what became of each revision
//	GET  /v1/pages/{publication}/{date}/{edition}/{page}/text   its decoded text
//	GET  /v1/issues/{publication}/{date}              api.Issue: the day's paper, its pages and articles
//	GET  /v1/deadletters                              api.Letters: service, kind, open, cursor, limit
//	GET  /v1/deadletters/{id}                         api.Letter
//	POST /v1/deadletters/{id}/retry                   api.Resolution; discard likewise
//
// With an admin token:
//
//	POST /v1/withdrawals                              api.Takedown → api.Taken; reinstatements, erasures likewise
//	GET  /v1/audit                                    api.AuditLog: key
//
// For people: /, /pages, /pages/{key}, /deadletters, /search, /articles/{uri}, what
// they need below /assets, and below /events the streams that keep them up to date.
// The search page's suggestions come from GET /v1/suggest of its own origin, which
// is the index's, and it links to GET /v1/articles there.
func (s *Service) Register(mux *http.ServeMux) {
	s.registerJSON(mux)
	s.registerAdmin(mux)
	s.web.Register(mux, ownOrigin)
}
