package client

import (
	"slices"
	"strings"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// Place is a point in the stream of articles to begin at.
type Place struct{ at bus.Place }

// Beginning is the first event there is.
func Beginning() Place { return Place{} }

// Now is the first event from now on.
func Now() Place { return Place{bus.Place{New: true}} }

// At is the first event published at t or later.
func At(t time.Time) Place { return Place{bus.Place{Time: t}} }

// After is the event behind a StreamSequence; After(0) is Beginning.
func After(sequence uint64) Place { return Place{bus.Place{Sequence: sequence + 1}} }

// Filter chooses events. The zero value is every event about an article.
type Filter struct {
	Publication, Date, Edition, Page string // of a page key; empty: any
	// FirstDay and LastDay bound the paper's days, YYYY-MM-DD; empty: without
	// bound. Date is for a single day.
	FirstDay, LastDay string
	// Types are the events to hand over. Empty: all that are about articles.
	// IssueCompleted is followed alone.
	Types []Type
}

// Subscription says what to follow, and from where.
type Subscription struct {
	Filter
	From Place
	// Durable names a subscription that the server remembers: From counts the
	// first time only, later it goes on behind what was handled. Letters, digits,
	// - and _. One process at a time uses a name.
	Durable string
	// InFlight, with Durable, is how many events are handled side by side. Those
	// about one article come one after another even so. 0 or 1: strictly in order.
	InFlight int
	// Unreadable is called for a message that is no event this package can read;
	// nil from it skips the message. Nil: Follow ends with the error.
	Unreadable func(streamSequence uint64, why error) error
}

// check returns what is wrong with a subscription.
func (s Subscription) check() error {
	part := func(given, otherwise string) string {
		if given == "" {
			return otherwise
		}
		return given
	}
	key, err := newspaper.NewPageKey(part(s.Publication, "any"), part(s.Date, "2000-01-01"), part(s.Edition, "any"), part(s.Page, "01"))
	if err != nil {
		return err
	}
	if s.Page != "" && s.Page != key.Page {
		return fault.New(fault.Invalid, "page %q is written %q", s.Page, key.Page).On("page").Fix("write it as it stands in a page key")
	}
	for field, day := range map[string]string{"first-day": s.FirstDay, "last-day": s.LastDay} {
		if _, err := newspaper.NewPageKey("any", part(day, "2000-01-01"), "any", "01"); err != nil {
			return fault.New(fault.Invalid, "%q is not a day of the calendar", day).On(field).Fix("write it as YYYY-MM-DD, for example 2022-10-30")
		}
	}
	if s.FirstDay != "" && s.LastDay != "" && s.FirstDay > s.LastDay {
		return fault.New(fault.Invalid, "the first day %s is behind the last, %s", s.FirstDay, s.LastDay).On("first-day").Fix("change them round")
	}
	if strings.Trim(s.Durable, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" || len(s.Durable) > 64 {
		return fault.New(fault.Invalid, "%q is no name for a subscription", s.Durable).On("durable").Fix("use up to 64 letters, digits, - and _")
	}
	if s.Durable == "" && s.InFlight > 1 {
		return fault.New(fault.Invalid, "without a durable name events come one after another").On("in-flight").Fix("name it, or leave InFlight out")
	}
	if slices.Contains(s.Types, IssueCompleted) && (len(s.Types) > 1 || s.Edition != "" || s.Page != "") {
		return fault.New(fault.Invalid, "%s is followed alone, by publication and day", IssueCompleted).On("types").Fix("make two subscriptions")
	}
	for _, c := range event.Consumers {
		if s.Durable == c.Durable {
			return fault.New(fault.Invalid, "%q is the name of a service's own subscription", s.Durable).On("durable").Fix("use another name")
		}
	}
	return nil
}

// stream is where the events are.
func (f Filter) stream() string {
	if slices.Contains(f.Types, IssueCompleted) {
		return event.Issues
	}
	return event.Articles
}

// subject is the filter that the server applies: one, with wildcards. Several
// would make it slow.
func (f Filter) subject() string {
	any := func(part string) string {
		if part == "" {
			return "*"
		}
		return part
	}
	if f.stream() == event.Issues {
		return "issues.completed." + any(f.Publication) + "." + any(f.Date)
	}
	edition := strings.Join([]string{any(f.Publication), any(f.Date), any(f.Edition)}, ".")
	switch {
	case len(f.Types) == 0:
		return "articles.*." + edition + "." + any(f.Page) + ".>"
	case len(f.Types) == 1 && f.Types[0] == PageParsed:
		return "pages.parsed." + edition + "." + any(f.Page)
	}
	return "*.*." + edition + ".>" // a page's own subject is one token shorter than its articles'
}

// wants chooses what the server's filter cannot.
func (f Filter) wants(e Event) bool {
	return (f.Page == "" || f.Page == e.Key.Page) &&
		(f.FirstDay == "" || e.Key.Date >= f.FirstDay) && (f.LastDay == "" || e.Key.Date <= f.LastDay) &&
		(len(f.Types) == 0 || slices.Contains(f.Types, e.Type))
}
