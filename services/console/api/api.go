// Package api is what the console answers over HTTP: plain types that a client,
// such as the command line, decodes. Times are UTC; sizes are bytes.
package api

import (
	"time"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// Fate is what became of a revision of a page.
type Fate string

// The fates. Each received revision has exactly one.
const (
	Waiting    Fate = "waiting"    // not parsed yet, or being retried
	Committed  Fate = "committed"  // its articles are published; indexing may still go on
	Superseded Fate = "superseded" // a newer revision came before it was parsed
	Dead       Fate = "dead"       // refused; a dead letter says why
	Discarded  Fate = "discarded"  // dead, and a person put the letter aside
)

// Fates lists them in the order a page passes through.
func Fates() []Fate { return []Fate{Waiting, Committed, Superseded, Dead, Discarded} }

// State is what became of an article event in the index.
type State string

// The states. Each article event has exactly one.
const (
	Pending   State = "waiting"
	Applied   State = "applied"   // the index holds, or held, exactly this event's article
	Overtaken State = "overtaken" // the index already held a newer one
	Refused   State = "dead"
	PutAside  State = "discarded"
)

// Values of Revision.Stage: where a revision stands, or stopped.
const (
	StageIngest = "ingest"
	StageParse  = "parse"
	StageIndex  = "index"
	StageDone   = "done" // nothing about it is waiting any more
)

// Page is the answer of GET /v1/pages/{publication}/{date}/{edition}/{page}.
type Page struct {
	Key newspaper.PageKey `json:"key"`
	// Settled: nothing about the page waits. Its newest revision is committed with
	// every article event answered by the index, or it is dead or discarded.
	Settled   bool       `json:"settled"`
	Revisions []Revision `json:"revisions"` // newest first
	Articles  []Article  `json:"articles"`  // live ones in page order, then those that are gone
	Text      *Text      `json:"text,omitempty"`
	Letters   []Letter   `json:"letters"`             // everything that ever died of the page, newest first
	Withdrawn string     `json:"withdrawn,omitempty"` // the reason, when the whole page is withdrawn
}

// Revision is one upload of a page and its fate.
type Revision struct {
	newspaper.Revision
	Fate     Fate       `json:"fate"`
	Stage    string     `json:"stage"`              // where it stands or stopped
	Since    time.Time  `json:"since"`              // of the fate
	Attempts int        `json:"attempts,omitempty"` // deliveries it took until its fate
	Kind     fault.Kind `json:"kind,omitempty"`     // dead and discarded: why
	Field    string     `json:"field,omitempty"`
	Message  string     `json:"message,omitempty"`
	Remedy   string     `json:"remedy,omitempty"`
	Letter   string     `json:"letter,omitempty"`     // id of its dead letter
	Replaced int        `json:"replacedBy,omitempty"` // the newer revision that took its place
	Events   Events     `json:"events"`               // article events of its commits
	Commits  []Commit   `json:"commits"`              // oldest first
}

// Commit is one parse, re-parse, withdrawal or following of jump lines.
type Commit struct {
	Sequence int64     `json:"sequence"` // the version of its events, microseconds since 1970
	Time     time.Time `json:"time"`
	Parser   int       `json:"parser"`
	Run      string    `json:"run,omitempty"` // the command that asked for it
	Attempts int       `json:"attempts"`
}

// Article is an article of the page's newest manifest.
type Article struct {
	URI       string                `json:"uri"`
	Headline  string                `json:"headline,omitempty"`
	Version   int                   `json:"version"`
	State     string                `json:"state"`            // newspaper.Live, Vanished, Withdrawn
	Reason    string                `json:"reason,omitempty"` // of a withdrawal
	Lines     []newspaper.LineRange `json:"lines"`
	Index     State                 `json:"index,omitempty"`    // of its newest event; empty when it never had one
	Confirmed time.Time             `json:"confirmed,omitzero"` // by the index
	Letter    string                `json:"letter,omitempty"`   // id of the dead letter of its newest event
	Continues *newspaper.Jump       `json:"continues,omitempty"`
	Parts     []newspaper.Part      `json:"parts,omitempty"` // of the whole that jump lines make, this one among them
}

// Text describes the decoded text that the newest manifest was read from.
type Text struct {
	Revision  int                   `json:"revision"`
	SHA256    string                `json:"sha256"` // object: UTF-8, lines ended by \n
	Encoding  string                `json:"encoding"`
	Parser    int                   `json:"parser"`
	Lines     int                   `json:"lines"`
	Furniture []newspaper.LineRange `json:"furniture"`
	Rest      []newspaper.LineRange `json:"rest"`
	Warnings  []string              `json:"warnings"`
}

// Row is a revision in a list of pages.
type Row struct {
	Key      newspaper.PageKey `json:"key"`
	Revision int               `json:"revision"`
	Fate     Fate              `json:"fate"`
	Received time.Time         `json:"received"`
	Stage    string            `json:"stage"`
	Articles int               `json:"articles"`          // live now, when the revision is the page's current one
	Message  string            `json:"message,omitempty"` // why it is dead
	Letter   string            `json:"letter,omitempty"`
}

// Pages is the answer of GET /v1/pages, newest revision first.
type Pages struct {
	Pages []Row  `json:"pages"`
	Next  string `json:"next,omitempty"` // cursor of the next part; empty at the end
}

// Letter is a dead letter. Its ID is <service>.<stream>.<sequence>.
type Letter struct {
	ID         string            `json:"id"`
	Service    string            `json:"service"`
	Stream     string            `json:"stream"`
	StreamSeq  uint64            `json:"streamSeq"`
	Subject    string            `json:"subject"`
	Key        newspaper.PageKey `json:"key,omitzero"`
	Revision   int               `json:"revision,omitempty"`
	URI        string            `json:"uri,omitempty"`
	Kind       fault.Kind        `json:"kind"`
	Field      string            `json:"field,omitempty"`
	Message    string            `json:"message"`
	Remedy     string            `json:"remedy,omitempty"`
	Attempts   int               `json:"attempts"`
	Time       time.Time         `json:"time"`
	Trace      string            `json:"trace,omitempty"`
	Resolution string            `json:"resolution,omitempty"` // event.Retried, event.Discarded; empty: unresolved
	Resolved   time.Time         `json:"resolved,omitzero"`
	Seq        uint64            `json:"-"` // of its newest message in DEADLETTERS
}

// Letters is the answer of GET /v1/deadletters: unresolved ones first, each part
// newest first.
type Letters struct {
	Letters    []Letter `json:"letters"`
	Unresolved int      `json:"unresolved"` // in all, whatever the filter
	Next       string   `json:"next,omitempty"`
}

// Resolution is the answer to a retry or discard.
type Resolution struct {
	ID         string `json:"id"`
	Resolution string `json:"resolution"`
}
