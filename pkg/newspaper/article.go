package newspaper

import (
	"encoding/json"
	"slices"
	"time"
)

// Article is one article of a page: the data of article events, a line of
// `broadsheet parse` and the search document. Names follow IPTC ninjs 3.1; what
// ninjs has no name for is under Print. Absent means unknown: there are no
// empty-string placeholders.
type Article struct {
	URI            string        `json:"uri,omitempty"`           // urn:broadsheet:article:<key with colons>:<id>
	Type           string        `json:"type"`                    // TypeText or TypePicture
	Version        string        `json:"version,omitempty"`       // "1", "2", …: grows when the article changes
	VersionCreated time.Time     `json:"versionCreated,omitzero"` // when this version was committed, UTC
	PubStatus      string        `json:"pubStatus,omitempty"`     // Usable or Canceled
	EdNote         string        `json:"edNote,omitempty"`        // the reason of a withdrawal
	Erased         bool          `json:"erased,omitempty"`        // canceled for good: whoever has a copy of its text erases it
	Language       string        `json:"language,omitempty"`      // BCP 47, e.g. zh-Hans
	Headlines      []Headline    `json:"headlines"`               // in reading order; empty when the page prints none
	By             string        `json:"by,omitempty"`            // the byline as printed, cleaned
	Creators       []Creator     `json:"creators,omitempty"`
	Located        string        `json:"located,omitempty"`        // the dateline's place
	ContentCreated string        `json:"contentCreated,omitempty"` // the dateline's date, YYYY-MM-DD
	InfoSources    []InfoSource  `json:"infoSources,omitempty"`
	Bodies         []Body        `json:"bodies,omitempty"`
	Descriptions   []Description `json:"descriptions,omitempty"` // captions: of a stand-alone picture, or of the pictures printed with the article
	People         []Person      `json:"people,omitempty"`
	Organisations  []Named       `json:"organisations,omitempty"`
	Places         []Named       `json:"places,omitempty"`
	Mentions       []Mention     `json:"mentions,omitempty"`
	Associations   []Association `json:"associations,omitempty"` // pictures printed with the article
	Print          Print         `json:"print"`
}

// Values of Article.Type.
const (
	TypeText    = "text"
	TypePicture = "picture" // a stand-alone photo with its caption
)

// Values of Article.PubStatus.
const (
	Usable   = "usable"
	Canceled = "canceled" // withdrawn
)

// Headline is one line of display type, unwrapped.
type Headline struct {
	Role  string `json:"role"` // kicker (引题), main, deck (副题)
	Value string `json:"value"`
}

// Values of Headline.Role.
const (
	Kicker = "kicker"
	Main   = "main"
	Deck   = "deck"
)

// Creator is a person named in a byline or credit.
type Creator struct {
	Role string `json:"role"` // reporter, correspondent, photographer, contributor, editor
	Name string `json:"name"`
}

// Values of Creator.Role.
const (
	Reporter      = "reporter"
	Correspondent = "correspondent"
	Photographer  = "photographer"
	Contributor   = "contributor"
	Editor        = "editor"
)

// InfoSource is an organisation the text comes from.
type InfoSource struct {
	Role string `json:"role"` // "agency"
	Name string `json:"name"`
}

// Body is the article's text: wraps joined, one paragraph a line, byline and
// dateline kept out.
type Body struct {
	Role        string `json:"role"`        // "main"
	ContentType string `json:"contentType"` // "text/plain"
	CharCount   int    `json:"charCount"`   // code points of Value
	Value       string `json:"value"`
}

// Description is a caption.
type Description struct {
	Role  string `json:"role"` // "caption"
	Value string `json:"value"`
}

// Person is somebody the article names, with every title it prints for them.
type Person struct {
	Name   string   `json:"name"`
	Titles []string `json:"titles,omitempty"` // as printed, with the organisation
	Count  int      `json:"count"`
}

// Named is an organisation or place and how often it is named.
type Named struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// Mention is one occurrence of an entity. Start and End count code points into
// the value that Field and Part name, End exclusive.
type Mention struct {
	Field string `json:"field,omitempty"` // FieldBody, FieldHeadline or FieldCaption; empty for bare text
	Part  int    `json:"part,omitempty"`  // index into headlines or descriptions
	Type  string `json:"type"`            // PER, ORG, LOC, TITLE, DATE
	Text  string `json:"text"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	Value string `json:"value,omitempty"` // DATE only: the ISO 8601 date or interval it stands for
}

// Values of Mention.Type.
const (
	PER   = "PER"
	ORG   = "ORG"
	LOC   = "LOC"
	TITLE = "TITLE"
	DATE  = "DATE"
)

// Values of Mention.Field.
const (
	FieldBody     = "body"
	FieldHeadline = "headline"
	FieldCaption  = "caption" // into descriptions
)

// Association is a picture printed with an article.
type Association struct {
	Type         string        `json:"type"` // TypePicture
	Descriptions []Description `json:"descriptions,omitempty"`
	By           string        `json:"by,omitempty"` // the photographer
}

// Print says where the article stands in the paper: our extension of ninjs.
type Print struct {
	Publication      string      `json:"publication,omitempty"` // slug
	Name             string      `json:"name,omitempty"`        // display name
	Date             string      `json:"date,omitempty"`        // YYYY-MM-DD
	Edition          string      `json:"edition,omitempty"`
	Page             string      `json:"page,omitempty"`
	Position         int         `json:"position,omitempty"` // 1-based, in page order
	Lines            []LineRange `json:"lines,omitempty"`    // of the page's text
	Boxes            []Box       `json:"boxes,omitempty"`    // where the source has coordinates
	Confidence       float64     `json:"confidence,omitempty"`
	HeadlinePosition string      `json:"headlinePosition,omitempty"` // before, after, inside, none
	Continues        *Jump       `json:"continues"`                  // a jump line, or null
	Parts            []Part      `json:"parts,omitempty"`            // of the whole, first to last, this one among them; absent when it is not joined
}

// Part is one of the articles that jump lines make a whole: an article that
// begins on one page and goes on on others.
type Part struct {
	URI  string `json:"uri"`
	Page string `json:"page"`
}

// Values of Print.HeadlinePosition.
const (
	HeadlineBefore = "before"
	HeadlineAfter  = "after"
	HeadlineInside = "inside"
	HeadlineNone   = "none"
)

// Jump is a jump line: 下转第3版 is To "03", 上接第1版 is From "01".
type Jump struct {
	To   string `json:"to,omitempty"`
	From string `json:"from,omitempty"`
}

// LineRange is a 1-based inclusive range of a page's lines, [first, last] in JSON.
type LineRange [2]int

// Len is the number of lines in the range.
func (r LineRange) Len() int { return r[1] - r[0] + 1 }

// Box is a rectangle on the page in the source's own unit, origin top left.
type Box struct {
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

// MainHeadline is the value of the headline whose role is main, or "".
func (a *Article) MainHeadline() string {
	for _, h := range a.Headlines {
		if h.Role == Main {
			return h.Value
		}
	}
	return ""
}

// Text is the body's value, or "".
func (a *Article) Text() string {
	if len(a.Bodies) == 0 {
		return ""
	}
	return a.Bodies[0].Value
}

// Captions are those of the article's pictures, each once: its descriptions, and those of
// its associations that are not among them.
func (a *Article) Captions() []string {
	var out []string
	add := func(all []Description) {
		for _, d := range all {
			if !slices.Contains(out, d.Value) {
				out = append(out, d.Value)
			}
		}
	}
	add(a.Descriptions)
	for _, p := range a.Associations {
		add(p.Descriptions)
	}
	return out
}

// MarshalJSON writes headlines as [] when there are none: the page was read and
// prints no headline, which is not the same as unknown.
func (a Article) MarshalJSON() ([]byte, error) {
	type plain Article
	if a.Headlines == nil {
		a.Headlines = []Headline{}
	}
	return json.Marshal(plain(a))
}
