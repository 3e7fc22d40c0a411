package api

import (
	"time"

	"broadsheet/pkg/newspaper"
)

// Missing is the fate of a page of an issue that was never received.
const Missing Fate = "missing"

// Values of Issue.Expected: how it is known which pages an issue has.
const (
	ByAnnouncement = "announced" // it was announced
	ByCatalogue    = "catalogue" // the catalogue says how many pages an edition usually has
	ByNumbering    = "numbering" // by gaps in the numbers of those that are there
)

// Issue is the answer of GET /v1/issues/{publication}/{date}: the day's paper.
type Issue struct {
	Publication string    `json:"publication"`
	Name        string    `json:"name"` // display name
	Date        string    `json:"date"`
	Expected    string    `json:"expected"`
	Announced   time.Time `json:"announced,omitzero"` // when
	// Complete: every page that is expected is committed. Without an announcement
	// nobody knows that there is no further page at the end.
	Complete bool `json:"complete"`
	// Completed is the version of the newest issue.completed event; 0: there is none.
	Completed int64     `json:"completed,omitempty"`
	Editions  []Edition `json:"editions"`
	Counts    PageTally `json:"counts"`
}

// PageTally counts pages by fate; in Total each once.
type PageTally struct {
	Total      int `json:"total"`
	Committed  int `json:"committed"`
	Waiting    int `json:"waiting"`
	Dead       int `json:"dead"` // discarded ones too
	Missing    int `json:"missing"`
	Unexpected int `json:"unexpected"` // there, but not announced
	Articles   int `json:"articles"`   // live ones
}

// Edition is an edition of an issue.
type Edition struct {
	Edition string      `json:"edition"`
	Pages   []IssuePage `json:"pages"` // in order, missing ones too
}

// IssuePage is a page of an issue.
type IssuePage struct {
	Key newspaper.PageKey `json:"key"`
	// Fate of the newest revision that was not superseded, or missing. Articles are
	// those of the newest revision that was committed, which may be an older one.
	Fate       Fate      `json:"fate"`
	Revision   int       `json:"revision,omitempty"`
	Since      time.Time `json:"since,omitzero"`       // of the fate
	Unexpected bool      `json:"unexpected,omitempty"` // it was not announced
	Withdrawn  string    `json:"withdrawn,omitempty"`  // the reason, when the whole page is withdrawn
	Message    string    `json:"message,omitempty"`    // dead and discarded: why
	Letter     string    `json:"letter,omitempty"`
	Articles   []Article `json:"articles"` // live ones, in page order
}
