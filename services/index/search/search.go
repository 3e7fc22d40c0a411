// Package search is what the stores of the index have in common: what is written
// to them and what they answer, the model of a search with its filters, order and
// cursor, the words of a text as they are matched, and highlights. A store that
// follows it gives the same hits as every other.
package search

import (
	"encoding/json"

	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
)

// Write is an article on its way into a store.
type Write struct {
	URI       string
	Sequence  int64             // the commit's version: of two writes of a uri the larger one stays
	Withdrawn bool              // hidden from searches; answered by its uri
	Article   newspaper.Article // what is searched
	Source    json.RawMessage   // the article as it is answered: one JSON object
}

// Verdict is the fate of one Write: an outcome, or the error that prevented one.
// The error's kind decides what happens to the event.
type Verdict struct {
	// Outcome is event.Applied when the store holds exactly this version now, or
	// event.Overtaken when it already held a newer one.
	Outcome event.Outcome
	Err     error
}

// Stored is an article of a store, withdrawn ones included.
type Stored struct {
	URI       string
	Sequence  int64
	Withdrawn bool
	Source    json.RawMessage
}

// Hit is an article that was found, and its place in the order of the answer.
type Hit struct {
	URI    string
	Source json.RawMessage
	Place  []string // the keys of Query.Sort, the last of them the uri
}

// Result is a page of hits.
type Result struct {
	Total   int  // all that match, not only those of this page; MaxTotal when AtLeast
	AtLeast bool // more than MaxTotal match
	Facets  map[string][]Count
	Hits    []Hit
	More    bool // hits follow behind the last one
}

// Listed is an article that searches can find.
type Listed struct {
	URI      string `json:"uri"`
	Sequence int64  `json:"sequence"` // the version that the store holds
}
