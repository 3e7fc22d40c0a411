package newspaper

import (
	"slices"
	"time"
)

// Page is the registry entry of a page: its newest revision and all before it.
// It is the data of page.received events; the newest event on a page's subject
// is the registry, there is no database beside the stream.
type Page struct {
	Key       PageKey    `json:"key"`
	Revisions []Revision `json:"revisions"` // ascending by number, never empty
}

// Revision is one upload of a page's bytes.
type Revision struct {
	Number    int       `json:"revision"` // 1, 2, …
	SHA256    string    `json:"sha256"`   // lower-case hex of the bytes; also the object's name
	Size      int64     `json:"size"`     // bytes
	MediaType string    `json:"mediaType"`
	UploadID  string    `json:"uploadId"`
	Received  time.Time `json:"received"` // UTC
}

// Current is the newest revision.
func (p *Page) Current() Revision { return p.Revisions[len(p.Revisions)-1] }

// Receipt is the answer to an upload, over HTTP and NATS alike.
type Receipt struct {
	Key PageKey `json:"key"`
	Revision
	Duplicate bool   `json:"duplicate"` // the bytes or the upload id were known: nothing new was made
	Follow    string `json:"follow"`    // path of the page's fate on the console, /v1/pages/<key>
}

// Manifest says what is live of a page: the data of page.parsed events, the last
// message of every page commit, and the guard of the next.
type Manifest struct {
	Key       PageKey           `json:"key"`
	Revision  int               `json:"revision"`
	SHA256    string            `json:"sha256"`              // of the revision's bytes
	Text      string            `json:"text"`                // sha256 of the page's decoded text (UTF-8, lines ended by \n), an object
	Encoding  string            `json:"encoding"`            // what the bytes were decoded from, e.g. utf-8, gb18030
	Parser    int               `json:"parser"`              // the parser's version
	Run       string            `json:"run,omitempty"`       // the command that asked for this parse; sorts by time
	Sequence  int64             `json:"sequence"`            // the commit's version: microseconds since 1970, growing for each page
	Attempts  int               `json:"attempts"`            // deliveries it took
	Articles  []ManifestArticle `json:"articles"`            // live ones in page order, then tombstones
	Lines     int               `json:"lines"`               // of the page's text
	Furniture []LineRange       `json:"furniture"`           // masthead, folio, staff box, hotline
	Rest      []LineRange       `json:"rest"`                // lines that belong to nothing we know
	Warnings  []string          `json:"warnings"`            // for ops: what was odd about the page
	Withdrawn string            `json:"withdrawn,omitempty"` // the reason, when the page as a whole is withdrawn
	Erasures  []Erasure         `json:"erasures,omitempty"`  // what was erased of the page, ascending by time
	Erased    []string          `json:"erased,omitempty"`    // sha256 of bytes of the page that were erased and are not taken again
}

// Erasure is what is left of something that was erased: no content.
type Erasure struct {
	URI    string    `json:"uri,omitempty"` // the article; empty: the whole page
	Time   time.Time `json:"time"`          // UTC
	Who    string    `json:"who"`           // who asked for it
	Reason string    `json:"reason"`        // for readers
}

// ErasedBytes reports whether bytes of that sha256 were erased from the page.
func (m *Manifest) ErasedBytes(sha256 string) bool { return slices.Contains(m.Erased, sha256) }

// ErasedPage is the erasure of the page as a whole, nil when there is none.
func (m *Manifest) ErasedPage() *Erasure {
	for i := range m.Erasures {
		if m.Erasures[i].URI == "" && m.Withdrawn != "" {
			return &m.Erasures[i]
		}
	}
	return nil
}

// ManifestArticle is an article's identity and state.
type ManifestArticle struct {
	URI         string      `json:"uri"`
	Version     int         `json:"version"`
	Fingerprint string      `json:"fingerprint"` // of the text as readers see it
	Digest      string      `json:"digest"`      // of the whole article without its version: changed or not
	Sketch      string      `json:"sketch"`      // MinHash of the text, to find it again when it changed
	Lines       []LineRange `json:"lines"`
	Headline    string      `json:"headline,omitempty"`
	Continues   *Jump       `json:"continues,omitempty"` // its jump line
	Parts       []Part      `json:"parts,omitempty"`     // as published with it; of one that is gone, what is still to be undone
	State       string      `json:"state"`               // Live, Vanished, Withdrawn, Erased
	Reason      string      `json:"reason,omitempty"`    // of a withdrawal or an erasure
	WithPage    bool        `json:"withPage,omitempty"`  // withdrawn because its page is, and comes back with it
}

// Values of ManifestArticle.State.
const (
	Live      = "live"
	Vanished  = "vanished"  // not found any more by a later parse; may come back
	Withdrawn = "withdrawn" // by a person; stays so through every later parse, until it is reinstated
	Erased    = "erased"    // by a person, with all that was kept of its text; for good
)
