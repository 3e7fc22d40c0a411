package event

import (
	"time"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// Outcome says what an article event did to the index.
type Outcome string

// The outcomes.
const (
	Applied   Outcome = "applied"   // the index holds exactly this event's article
	Overtaken Outcome = "overtaken" // the index already held a newer one
)

// Indexed confirms that an article event is durable in the index.
type Indexed struct {
	Key       newspaper.PageKey `json:"key"`
	URI       string            `json:"uri"`
	Sequence  int64             `json:"sequence"`  // of the article event
	StreamSeq uint64            `json:"streamSeq"` // the article event's place in ARTICLES
	Outcome   Outcome           `json:"outcome"`
	Status    string            `json:"pubStatus"` // newspaper.Usable or newspaper.Canceled
}

// Action is what a command asks for.
type Action string

// The actions. All services know Retry, index Reindex and Expunge as well, parse the others.
const (
	Reparse   Action = "reparse"   // parse the page's current revision again
	Retry     Action = "retry"     // handle once more what a dead letter names
	Withdraw  Action = "withdraw"  // hide an article, or the page when URI is empty
	Reinstate Action = "reinstate" // take a withdrawal back
	Erase     Action = "erase"     // withdraw for good, and purge all that is kept of its text
	Reindex   Action = "reindex"   // build the index anew from the streams, beside the one that is searched
	Discard   Action = "discard"   // put a dead letter aside; no service's command
	Expunge   Action = "expunge"   // leave nothing of articles of the page that were erased in the index's files
)

// Command asks a service to do something.
type Command struct {
	Action Action            `json:"action"`
	Key    newspaper.PageKey `json:"key"`              // zero: Reindex, and a retry of a letter that names no page
	Run    string            `json:"run"`              // unique; sorts by time (NewRun)
	URI    string            `json:"uri,omitempty"`    // Withdraw, Reinstate, Erase: the article
	Reason string            `json:"reason,omitempty"` // of these, for readers
	Until  string            `json:"until,omitempty"`  // Withdraw: the day it comes back by itself, YYYY-MM-DD
	Who    string            `json:"who,omitempty"`    // who asks, for the audit log
	After  uint64            `json:"after,omitempty"`  // Expunge: when the index has taken in ARTICLES up to here
	Letter *Letter           `json:"letter,omitempty"` // Retry: what died
	// Reindex: go on although the streams lack what the index holds.
	LoseData bool `json:"loseData,omitempty"`
}

// Letter is a dead letter: what could not be handled and why. It refers to the
// bytes, it never carries them.
type Letter struct {
	Service   string            `json:"service"`            // who gave up
	Stream    string            `json:"stream"`             // where the message stands or stood
	StreamSeq uint64            `json:"streamSeq"`          //
	Subject   string            `json:"subject"`            // the message's
	Key       newspaper.PageKey `json:"key,omitzero"`       // when it names one
	Revision  int               `json:"revision,omitempty"` // the page's, when known
	URI       string            `json:"uri,omitempty"`      // the article's, when it is about one
	SHA256    string            `json:"sha256,omitempty"`   // of the bytes, an object
	Headers   map[string]string `json:"headers,omitempty"`  // of an upload, so that it can be taken again
	Kind      fault.Kind        `json:"kind"`
	Field     string            `json:"field,omitempty"`
	Message   string            `json:"message"`
	Remedy    string            `json:"remedy,omitempty"`
	Attempts  int               `json:"attempts"`
	Time      time.Time         `json:"time"`
	Trace     string            `json:"trace,omitempty"` // W3C traceparent

	Resolution string    `json:"resolution,omitempty"` // Retried or Discarded; empty while it waits
	Resolved   time.Time `json:"resolved,omitzero"`
}

// Values of Letter.Resolution.
const (
	Retried   = "retried"
	Discarded = "discarded"
)

// Audit is an entry of the audit log: who had what taken down, or dealt with a
// dead letter, when and why. It never holds content.
type Audit struct {
	Run    string            `json:"run"`    // the command's; sorts by time
	Time   time.Time         `json:"time"`   // UTC, when it was carried out
	Who    string            `json:"who"`    // as whoever gave the command says
	Action Action            `json:"action"` // Withdraw, Reinstate, Erase, Retry or Discard
	Key    newspaper.PageKey `json:"key,omitzero"`
	URI    string            `json:"uri,omitempty"` // the article; empty: the whole page
	Reason string            `json:"reason,omitempty"`
	Until  string            `json:"until,omitempty"`  // Withdraw: the day it comes back, YYYY-MM-DD
	Letter string            `json:"letter,omitempty"` // Retry, Discard: the dead letter
}
