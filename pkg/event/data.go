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

// The actions. Parse knows Reparse, Withdraw and Retry; ingest knows Retry; index
// knows Retry and Reindex.
const (
	Reparse  Action = "reparse"  // parse the page's current revision again
	Retry    Action = "retry"    // handle once more what a dead letter names
	Withdraw Action = "withdraw" // hide an article, or the page when URI is empty, for good
	Reindex  Action = "reindex"  // build the index anew from the streams, beside the one that is searched
)

// Command asks a service to do something.
type Command struct {
	Action Action            `json:"action"`
	Key    newspaper.PageKey `json:"key"`              // zero: Reindex, and a retry of a letter that names no page
	Run    string            `json:"run"`              // unique; sorts by time (NewRun)
	URI    string            `json:"uri,omitempty"`    // Withdraw: the article
	Reason string            `json:"reason,omitempty"` // Withdraw: for readers
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
