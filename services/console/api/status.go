package api

import (
	"time"

	"broadsheet/pkg/newspaper"
)

// Status is the answer of GET /v1/status.
type Status struct {
	Time       time.Time   `json:"time"`
	Problems   []string    `json:"problems"` // what is not as it should be, for a person; empty when all is well
	Accounting Accounting  `json:"accounting"`
	Stages     []Stage     `json:"stages"` // in the order of the flow
	Consumers  []Consumer  `json:"consumers"`
	Streams    []Stream    `json:"streams"`
	Ledger     []Position  `json:"ledger"`
	Unresolved int         `json:"deadLetters"` // not yet retried or discarded
	Index      *Comparison `json:"index,omitempty"`
}

// Accounting is the balance of everything received.
type Accounting struct {
	// Exact: the sums below hold, and the ledger has counted every message that
	// the streams keep. It is false as well while the ledger catches up.
	Exact        bool              `json:"exact"`
	Settled      bool              `json:"settled"` // nothing waits
	Differences  []string          `json:"differences"`
	All          Counts            `json:"all"`
	Publications map[string]Counts `json:"publications"`
}

// Counts is the balance of a publication, or of all.
//
//	Pages.Received  = Committed + Superseded + Dead + Waiting
//	Articles.Events = Applied + Overtaken + Dead + Waiting
type Counts struct {
	Pages     PageCounts `json:"pages"`
	Articles  Events     `json:"articles"`
	Manifests int        `json:"manifests"` // page commits
	Live      int        `json:"live"`      // articles that the newest manifests call live
}

// PageCounts counts revisions by fate.
type PageCounts struct {
	Received   int `json:"received"`
	Committed  int `json:"committed"`
	Superseded int `json:"superseded"`
	Dead       int `json:"dead"` // discarded ones as well
	Waiting    int `json:"waiting"`
	Discarded  int `json:"discarded"` // of the dead: put aside by a person
}

// Events counts article events by state.
type Events struct {
	Events    int `json:"events"`
	Applied   int `json:"applied"`
	Overtaken int `json:"overtaken"`
	Dead      int `json:"dead"` // discarded ones as well
	Waiting   int `json:"waiting"`
	Discarded int `json:"discarded"` // of the dead: put aside by a person
}

// Add adds other times sign to c; a sign of -1 takes it away.
func (c *Counts) Add(other Counts, sign int) {
	p, q := &c.Pages, other.Pages
	p.Received += sign * q.Received
	p.Committed += sign * q.Committed
	p.Superseded += sign * q.Superseded
	p.Dead += sign * q.Dead
	p.Waiting += sign * q.Waiting
	p.Discarded += sign * q.Discarded
	c.Articles.add(other.Articles, sign)
	c.Manifests += sign * other.Manifests
	c.Live += sign * other.Live
}

func (e *Events) add(other Events, sign int) {
	e.Events += sign * other.Events
	e.Applied += sign * other.Applied
	e.Overtaken += sign * other.Overtaken
	e.Dead += sign * other.Dead
	e.Waiting += sign * other.Waiting
	e.Discarded += sign * other.Discarded
}

// Count counts a revision of that fate.
func (p *PageCounts) Count(f Fate) {
	p.Received++
	switch f {
	case Committed:
		p.Committed++
	case Superseded:
		p.Superseded++
	case Dead:
		p.Dead++
	case Discarded:
		p.Dead++
		p.Discarded++
	case Waiting:
		p.Waiting++
	}
}

// Count counts an event in that state.
func (e *Events) Count(s State) {
	e.Events++
	switch s {
	case Applied:
		e.Applied++
	case Overtaken:
		e.Overtaken++
	case Refused:
		e.Dead++
	case PutAside:
		e.Dead++
		e.Discarded++
	case Pending:
		e.Waiting++
	}
}

// Balanced reports whether every sum holds.
func (c Counts) Balanced() bool {
	p, a := c.Pages, c.Articles
	return p.Received == p.Committed+p.Superseded+p.Dead+p.Waiting && a.Events == a.Applied+a.Overtaken+a.Dead+a.Waiting
}

// Stage is the flow through one service.
type Stage struct {
	Name       string             `json:"name"`       // StageIngest, StageParse, StageIndex
	Unit       string             `json:"unit"`       // what it counts: pages or articles
	Backlog    int                `json:"backlog"`    // not handed out yet
	InProgress int                `json:"inProgress"` // handed out, not settled
	PerMinute  int                `json:"perMinute"`  // done within the last sixty seconds
	Oldest     time.Time          `json:"oldest,omitzero"`
	OldestAge  float64            `json:"oldestAgeSeconds,omitempty"` // of what has waited longest; 0: nothing waits
	OldestPage *newspaper.PageKey `json:"oldestPage,omitempty"`
	Paused     string             `json:"paused,omitempty"` // why it stands still; empty: it does not, as far as is known
}

// Consumer is the lag of a durable.
type Consumer struct {
	Stream      string `json:"stream"`
	Durable     string `json:"durable"`
	Pending     uint64 `json:"pending"`
	AckPending  uint64 `json:"ackPending"`
	Redelivered uint64 `json:"redelivered"`
	AckFloor    uint64 `json:"ackFloor"`
}

// Stream is the storage of a stream or of the object store.
type Stream struct {
	Name     string  `json:"name"`
	Messages uint64  `json:"messages"`
	Bytes    int64   `json:"bytes"`
	MaxBytes int64   `json:"maxBytes"` // 0 or less: no limit
	Used     float64 `json:"used"`     // Bytes / MaxBytes
}

// Position is how far the ledger has read a stream.
type Position struct {
	Stream     string `json:"stream"`
	Position   uint64 `json:"position"`
	Last       uint64 `json:"last"`
	Behind     uint64 `json:"behind"`
	Unreadable int    `json:"unreadable,omitempty"` // messages that are no event of ours; the log names them
}

// Comparison holds the live articles of the manifests against the documents that
// readers can find.
type Comparison struct {
	Live      int      `json:"live"`      // articles the manifests call live
	Documents int      `json:"documents"` // articles the index shows
	Missing   int      `json:"missing"`   // live, not shown
	Extra     int      `json:"extra"`     // shown, not live
	Examples  []string `json:"examples"`  // uris of some that differ
}

// Equal reports whether the index shows exactly what is live.
func (c Comparison) Equal() bool { return c.Missing == 0 && c.Extra == 0 }
