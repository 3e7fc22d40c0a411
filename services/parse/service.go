package parse

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

const service = "parse"

// Bus is what the service needs of the bus.
type Bus interface {
	Page(ctx context.Context, key newspaper.PageKey) (newspaper.Page, uint64, error)
	Manifest(ctx context.Context, key newspaper.PageKey) (newspaper.Manifest, uint64, error)
	Object(ctx context.Context, sha256 string) ([]byte, error)
	PutObject(ctx context.Context, data []byte) (string, error)
	Article(ctx context.Context, uri string) (newspaper.Article, error)
	CommittedPages(ctx context.Context, issue newspaper.IssueKey) ([]newspaper.PageKey, error)
	Announcement(ctx context.Context, issue newspaper.IssueKey) (newspaper.Announcement, uint64, error)
	CompletedIssue(ctx context.Context, issue newspaper.IssueKey) (newspaper.CompletedIssue, uint64, error)
	CompleteIssue(ctx context.Context, c newspaper.CompletedIssue, guard uint64, trace string) error
	Read(ctx context.Context, stream, filter string, h func(*bus.Message) error) error
	StreamState(ctx context.Context, stream string) (bus.StreamState, error)
	Command(ctx context.Context, service string, c event.Command) error
	Audit(ctx context.Context, a event.Audit, trace string) error
	Scrub(ctx context.Context, stream, subject string, before uint64, seen func(*bus.Message) error) (int, error)
	EraseObject(ctx context.Context, sha256 string) error
	EraseLetter(ctx context.Context, l event.Letter) error
	CommitPage(ctx context.Context, articles []event.Event, manifest event.Event, guard uint64, trace string) error
	Consume(ctx context.Context, s bus.Subscription, h bus.Handler) error
}

// Options make a Service.
type Options struct {
	Bus       Bus
	Catalogue *newspaper.Catalogue  // nil: an empty one
	Extractor Extractor             // nil: entities by the built-in model
	Logger    *zap.Logger           // nil: silent
	Metrics   prometheus.Registerer // nil: unmeasured
	Workers   int                   // pages parsed at once; 0: one for each core
}

// Service parses pages.
type Service struct {
	bus     Bus
	parser  *Parser
	log     *zap.Logger
	workers int
	// parsing has a place for each page that is parsed; others wait for NATS meanwhile.
	parsing chan struct{}
	now     func() time.Time
	orders  orderBook

	articles *prometheus.CounterVec
}

// New returns a Service; Run starts it.
func New(o Options) (*Service, error) {
	s := &Service{bus: o.Bus, log: o.Logger, workers: o.Workers, now: time.Now,
		articles: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "broadsheet_articles_committed_total", Help: "Article events committed, by type.",
		}, []string{"type"}),
	}
	if s.log == nil {
		s.log = zap.NewNop()
	}
	if s.workers == 0 {
		s.workers = runtime.GOMAXPROCS(0)
	}
	s.parsing = make(chan struct{}, s.workers)
	catalogue := o.Catalogue
	if catalogue == nil {
		var err error
		if catalogue, err = newspaper.NewCatalogue(false); err != nil {
			return nil, err
		}
	}
	s.parser = NewParser(catalogue, o.Extractor)
	if o.Metrics != nil {
		if err := o.Metrics.Register(s.articles); err != nil {
			return nil, fmt.Errorf("metrics: %w", err)
		}
	}
	return s, nil
}

// breakAfter pages in a row that fail as if we were to blame open the breaker.
const breakAfter = 20

// inHand are the pages in hand for each that is parsed: more than half of a page's
// time is spent waiting until NATS has given or kept something.
const inHand = 4

// Run consumes pages and commands until ctx ends, then finishes what it holds.
func (s *Service) Run(ctx context.Context) error {
	if !s.begin(ctx) {
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { s.keep(ctx); return nil })
	group.Go(func() error {
		return s.bus.Consume(ctx, bus.Subscription{Consumer: event.ParsePages, Workers: inHand * s.workers, BreakAfter: breakAfter}, bus.Each(s.received))
	})
	group.Go(func() error {
		return s.bus.Consume(ctx, bus.Subscription{Consumer: event.ParseCommands}, bus.Each(s.command))
	})
	group.Go(func() error {
		return s.bus.Consume(ctx, bus.Subscription{Consumer: event.ParseIssues}, bus.Each(s.announced))
	})
	return group.Wait()
}

// received parses a page that has a new revision.
func (s *Service) received(ctx context.Context, m *bus.Message) error {
	page, err := bus.DataOf[newspaper.Page](m, event.PageReceived)
	if err != nil {
		return err
	}
	if len(page.Revisions) == 0 {
		return fault.New(fault.Corrupt, "the registry entry of %s has no revision", page.Key)
	}
	revision := page.Current()
	m.Letter.Key, m.Letter.Revision, m.Letter.SHA256 = page.Key, revision.Number, revision.SHA256
	if err := s.parse(ctx, job{key: page.Key, revision: revision, attempt: m.Attempt, trace: m.Trace}); err != nil {
		return err
	}
	return s.settle(ctx, page.Key, m.Trace)
}

// settle does what a page's change asks of its issue. It is done after every
// message about a page, also when there was nothing to commit any more: whoever
// committed may have been stopped before he came to this.
func (s *Service) settle(ctx context.Context, key newspaper.PageKey, trace string) error {
	if err := s.heed(ctx, key); err != nil {
		return err
	}
	if err := s.join(ctx, key, trace); err != nil {
		return err
	}
	return s.complete(ctx, key.Issue(), trace)
}

// command carries out what a person asked for.
func (s *Service) command(ctx context.Context, m *bus.Message) error {
	c, err := bus.CommandOf(m)
	if err != nil {
		return err
	}
	if c.Letter != nil && c.Letter.Stream == event.Issues {
		return s.announcement(ctx, c.Letter.Subject, m.Trace)
	}
	page, _, err := s.bus.Page(ctx, c.Key)
	if err != nil {
		return err
	}
	m.Letter.URI = c.URI
	if len(page.Revisions) == 0 {
		return fault.New(fault.NotFound, "page %s was never received", c.Key).On("key").Fix("correct the key, or upload the page")
	}
	revision := page.Current()
	m.Letter.Revision, m.Letter.SHA256 = revision.Number, revision.SHA256
	j := job{key: c.Key, revision: revision, run: c.Run, attempt: m.Attempt, trace: m.Trace}
	if err := s.carryOut(ctx, j, c); err != nil {
		return err
	}
	return s.settle(ctx, c.Key, m.Trace)
}

func (s *Service) carryOut(ctx context.Context, j job, c event.Command) error {
	switch c.Action {
	case event.Reparse, event.Retry:
		return s.parse(ctx, j)
	case event.Withdraw:
		return s.withdraw(ctx, j, c)
	case event.Reinstate:
		return s.reinstate(ctx, j, c)
	case event.Erase:
		return s.erase(ctx, j, c)
	}
	return fault.New(fault.Unsupported, "command %q is unknown to parse", c.Action).On("action").Fix("give reparse, retry, withdraw, reinstate or erase")
}

// job is one revision of a page to be parsed.
type job struct {
	key      newspaper.PageKey
	revision newspaper.Revision
	run      string // empty: because it was received
	attempt  int
	trace    string
}

// done reports whether the manifest already is at least as new as the job.
func (j job) done(m newspaper.Manifest) bool {
	if m.Sequence == 0 || m.Revision != j.revision.Number {
		return m.Revision > j.revision.Number
	}
	if m.Parser != Version {
		return m.Parser > Version
	}
	return m.Run >= j.run
}

// parse brings the page to the job's revision. It may lose a race for the
// manifest; then it begins again from what the winner left.
func (s *Service) parse(ctx context.Context, j job) error {
	log := s.log.With(zap.Stringer("page", j.key), zap.Int("revision", j.revision.Number), zap.String("trace", j.trace))
	var parsed *Parsed
	for {
		page, _, err := s.bus.Page(ctx, j.key)
		if err != nil {
			return err
		}
		if len(page.Revisions) > 0 && page.Current().Number > j.revision.Number {
			log.Info("superseded", zap.Int("by", page.Current().Number))
			return nil
		}
		last, guard, err := s.bus.Manifest(ctx, j.key)
		if err != nil {
			return err
		}
		if last.ErasedBytes(j.revision.SHA256) {
			return s.erasedAlready(ctx, j, last, parsed)
		}
		if j.done(last) {
			log.Info("done already", zap.Int("manifest", last.Revision))
			return nil
		}
		if parsed == nil {
			if parsed, err = s.read(ctx, j); err != nil {
				return err
			}
		}
		c, err := s.next(ctx, j, last, parsed)
		if err != nil {
			return err
		}
		err = s.commit(ctx, c, guard, j.trace)
		if err == nil && c.erased {
			err = s.purge(ctx, j.key, []string{j.revision.SHA256})
		}
		if err == nil {
			log.Info("committed", zap.Int("articles", len(parsed.Articles)), zap.Int("changes", len(c.changes)), zap.Int("rest", lines(parsed.Rest)))
		}
		if !fault.Is(err, fault.Conflict) {
			return err
		}
		log.Info("somebody else committed first, reading again")
	}
}

// next is the page's commit after a parse. What holds the text of something that
// was erased is not kept.
func (s *Service) next(ctx context.Context, j job, last newspaper.Manifest, parsed *Parsed) (commit, error) {
	c := advance(last, j.key, *parsed, s.now())
	c.manifest.Revision, c.manifest.SHA256, c.manifest.Run, c.manifest.Attempts = j.revision.Number, j.revision.SHA256, j.run, j.attempt
	text := parsed.Text
	if c.erased {
		s.log.Warn("the page brings back what was erased: its bytes are not kept", zap.Stringer("page", j.key), zap.Int("revision", j.revision.Number))
		c.manifest.Erased = with(c.manifest.Erased, j.revision.SHA256)
		text = ""
	}
	var err error
	c.manifest.Text, err = s.bus.PutObject(ctx, []byte(text))
	return c, err
}

func (s *Service) read(ctx context.Context, j job) (*Parsed, error) {
	data, err := s.bus.Object(ctx, j.revision.SHA256)
	if err != nil {
		return nil, err
	}
	select {
	case s.parsing <- struct{}{}:
		defer func() { <-s.parsing }()
	case <-ctx.Done():
		return nil, fault.Wrap(fault.Unavailable, ctx.Err(), "page %s was not parsed before the service stopped", j.key)
	}
	parsed, err := s.parser.Parse(ctx, data, j.revision.MediaType, j.key)
	return &parsed, err
}

func (s *Service) commit(ctx context.Context, c commit, guard uint64, trace string) error {
	events, manifest, err := c.events()
	if err != nil {
		return err
	}
	if err := s.bus.CommitPage(ctx, events, manifest, guard, trace); err != nil {
		return err
	}
	for _, e := range events {
		s.articles.WithLabelValues(string(e.Type)).Inc()
	}
	return nil
}

func knows(m newspaper.Manifest, uri string) bool {
	return slices.ContainsFunc(m.Articles, func(k newspaper.ManifestArticle) bool { return k.URI == uri })
}

func lines(ranges []newspaper.LineRange) int {
	n := 0
	for _, r := range ranges {
		n += r.Len()
	}
	return n
}
