// Package webhook delivers article events to an HTTP endpoint, signed as Standard
// Webhooks asks for: at least once, those about one article in their order, with
// a place in the stream of its own, so that an endpoint that is away for a day
// disturbs nobody.
package webhook

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"broadsheet/client"
	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
)

// Options make a webhook.
type Options struct {
	Bus *bus.Bus // connected under Name
	// Name is the webhook's: of its place in the stream, its dead letters and its
	// commands. Small letters.
	Name        string
	URL         string        // of the endpoint
	Secrets     *Secrets      // that sign
	Filter      client.Filter // what is delivered
	From        client.Place  // where a new webhook begins
	Timeout     time.Duration // of a request; 0: 15 s
	Attempts    int           // before an event becomes a dead letter; 0: 8
	Concurrency int           // requests at once; 0: 4
	InFlight    int           // events held at once; 0: 64
	FirstWait   time.Duration // before the second attempt; doubles; 0: 1 s
	LongestWait time.Duration // 0: 5 minutes
	Logger      *zap.Logger   // nil: silent
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		value     *time.Duration
		otherwise time.Duration
	}{{&o.Timeout, 15 * time.Second}, {&o.FirstWait, time.Second}, {&o.LongestWait, 5 * time.Minute}} {
		if *d.value == 0 {
			*d.value = d.otherwise
		}
	}
	for _, n := range []struct {
		value     *int
		otherwise int
	}{{&o.Attempts, 8}, {&o.Concurrency, 4}, {&o.InFlight, 64}} {
		if *n.value == 0 {
			*n.value = n.otherwise
		}
	}
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	return o
}

// namePattern is what a name may be: it becomes a token of subjects and a part of
// a dead letter's id.
var namePattern = regexp.MustCompile(`^[a-z]{1,32}$`)

// taken are names that mean something else in subjects of commands and letters.
var taken = map[string]bool{"ingest": true, "parse": true, "index": true, "console": true, "cli": true, "provision": true, "operator": true}

// CheckName returns what is wrong with a webhook's name.
func CheckName(name string) error {
	if !namePattern.MatchString(name) || taken[name] {
		return fault.New(fault.Invalid, "%q is no name for a webhook", name).On("name").Fix("use up to 32 small letters, and not the name of a service")
	}
	return nil
}

func (o Options) check() error {
	if err := CheckName(o.Name); err != nil {
		return err
	}
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fault.New(fault.Invalid, "the endpoint is no address of HTTP").On("url").Fix("write it as https://host/path")
	}
	if u.User != nil {
		return fault.New(fault.Invalid, "the endpoint's address has a password in it, which others could see").On("url").
			Fix("leave it out: deliveries are signed, and the endpoint checks the signature")
	}
	if o.Secrets == nil {
		return fault.New(fault.Invalid, "there is no secret to sign with").On("secret-file").Fix("give a file with a line whsec_…")
	}
	return nil
}

// hook is a webhook at work.
type hook struct {
	Options
	client   *client.Client
	http     *http.Client
	requests chan struct{} // a slot for each request at once
	accepted atomic.Uint64 // deliveries that the endpoint took
}

// Run delivers until ctx ends (nil), or until the endpoint says that it wants no
// more (fault.Gone).
func Run(ctx context.Context, o Options) error {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxConnsPerHost = o.Concurrency
	defer transport.CloseIdleConnections()
	h := &hook{Options: o, client: client.Over(o.Bus), requests: make(chan struct{}, o.Concurrency),
		http: &http.Client{Transport: transport, Timeout: o.Timeout,
			// A redirect would send the event to whom nobody has chosen.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	commands := event.Consumer{Stream: event.Commands, Durable: o.Name + "-commands", Filter: "commands." + o.Name + ".>"}
	if err := o.Bus.MakeConsumer(ctx, commands); err != nil {
		return err
	}
	group, working := errgroup.WithContext(ctx)
	group.Go(func() error {
		sub := client.Subscription{Filter: o.Filter, From: o.From, Durable: o.Name, InFlight: o.InFlight, Unreadable: h.unreadable}
		err := h.client.Follow(working, sub, h.deliver)
		if err == nil && working.Err() == nil {
			return fault.New(fault.Internal, "the webhook stopped without being asked to")
		}
		return err
	})
	group.Go(func() error {
		return o.Bus.Consume(working, bus.Subscription{Consumer: commands}, bus.Each(h.command))
	})
	return group.Wait()
}

// unreadable passes over what is no event: nobody could deliver it.
func (h *hook) unreadable(sequence uint64, why error) error {
	h.Logger.Error("a message that cannot be read is passed over", zap.Uint64("sequence", sequence), zap.Error(why))
	return nil
}

// command delivers what a dead letter names once more: the newest event of its
// article, because what is older is of no use any more.
func (h *hook) command(ctx context.Context, m *bus.Message) error {
	c, err := bus.DataOf[event.Command](m, event.CommandGiven)
	if err != nil {
		return err
	}
	if c.Action != event.Retry || c.Letter == nil || c.Letter.URI == "" {
		return fault.New(fault.Unsupported, "a webhook cannot be asked to %q", c.Action).On("action").Fix("retry a dead letter of it")
	}
	m.Letter.URI, m.Letter.Key = c.Letter.URI, c.Letter.Key
	newest, err := h.client.Newest(ctx, c.Letter.URI)
	if err != nil {
		return err
	}
	if _, err := h.post(ctx, newest); err != nil {
		if fault.Is(err, fault.Unavailable) { // away or refusing: count it as an attempt
			return fault.Wrap(fault.Internal, err, "%s", fault.ProblemOf(err).Detail)
		}
		return err
	}
	return nil
}

// deliver brings an event to the endpoint, however long that takes, or makes it a
// dead letter.
func (h *hook) deliver(ctx context.Context, e client.Event) error {
	before := h.accepted.Load()
	wait := h.FirstWait
	for attempt := 1; ; attempt++ {
		accepted := h.accepted.Load()
		again, err := h.post(ctx, e)
		if err == nil {
			h.accepted.Add(1)
			return nil
		}
		if ctx.Err() != nil || fault.Is(err, fault.Gone) || fault.Is(err, fault.Internal) {
			return err
		}
		h.Logger.Warn("not delivered", zap.String("uri", e.Subject), zap.Uint64("sequence", e.StreamSequence), zap.Int("attempt", attempt), zap.Error(err))
		// An endpoint that takes nothing at all is away: waiting for it makes no
		// dead letters. One that took others before it was asked for this one, and
		// does not take it, has to be told of.
		if attempt >= h.Attempts && accepted > before {
			return h.bury(ctx, e, err, attempt)
		}
		if !bus.Sleep(ctx, min(max(jitter(wait), again), h.LongestWait)) {
			return ctx.Err()
		}
		wait = min(2*wait, h.LongestWait)
	}
}

// bury writes the dead letter, from which a person can have the event delivered.
func (h *hook) bury(ctx context.Context, e client.Event, why error, attempts int) error {
	subject, err := event.ArticleSubject(e.Type, e.Subject)
	if err != nil {
		subject = e.Subject // of a younger type
	}
	problem := fault.ProblemOf(why)
	letter := event.Letter{Stream: event.Articles, StreamSeq: e.StreamSequence, Subject: subject, Key: e.Key, URI: e.URI(), Kind: problem.Kind,
		Field: problem.Field, Message: problem.Detail, Remedy: problem.Remedy, Attempts: attempts}
	for {
		err := h.Bus.WriteLetter(ctx, letter)
		if err == nil {
			h.Logger.Error("dead letter", zap.String("uri", e.Subject), zap.Uint64("sequence", e.StreamSequence), zap.Int("attempts", attempts), zap.Error(why))
			return nil
		}
		if !bus.Sleep(ctx, time.Second) {
			return ctx.Err()
		}
	}
}
