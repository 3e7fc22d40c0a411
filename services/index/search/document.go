package search

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"broadsheet/pkg/newspaper"
)

// Fields of a document. The text fields are analysed twice: as pairs of
// characters under their own name, and as single characters under Single.
const (
	FieldHeadline = "headline" // kicker, main headline, deck
	FieldBody     = "body"
	FieldCaption  = "caption" // of the picture, or of pictures printed with it
	FieldByline   = "byline"  // as printed, and the names in it

	FieldPublication  = "publication"
	FieldDate         = "date"
	FieldEdition      = "edition"
	FieldPage         = "page"
	FieldType         = "type"
	FieldPerson       = "person"
	FieldOrganisation = "organisation"
	FieldPlace        = "place"
	FieldCreator      = "creator" // names of bylines and photo credits
	FieldAgency       = "agency"
	FieldTitle        = "title"      // of people, as printed
	FieldMonth        = "month"      // of the paper, YYYY-MM
	FieldOffice       = "office"     // who had which title when, see Office
	FieldConfidence   = "confidence" // of the segmentation
	FieldOrder        = "order"      // where the article stands in the day's papers
	FieldPosition     = "position"   // page and place on it, of whatever paper
	FieldSketch       = "sketch"     // of the copy, see Copy.Sketch: searched, not sorted or counted by

	FieldURI   = "uri"   // of every document
	FieldScore = "score" // of every hit
)

// KeywordFields are all fields of a document that are not texts. Names in them
// are as FoldName makes them.
var KeywordFields = []string{
	FieldPublication, FieldDate, FieldMonth, FieldEdition, FieldPage, FieldType, FieldPerson, FieldOrganisation, FieldPlace,
	FieldTitle, FieldOffice, FieldCreator, FieldAgency, FieldConfidence, FieldOrder, FieldPosition,
}

// TextFields are searched for words; Weight says how much a match counts.
var TextFields = []TextField{{FieldHeadline, 3}, {FieldBody, 1}, {FieldCaption, 1}, {FieldByline, 1}}

// TextField is a field that is searched for words.
type TextField struct {
	Name   string
	Weight float64
}

// Single is the name under which a text field is analysed as single characters.
func Single(field string) string { return field + "_single" }

// Document is what is searched of an article.
type Document struct {
	Headline []string `json:"headline,omitempty"`
	Body     []string `json:"body,omitempty"`
	Caption  []string `json:"caption,omitempty"`
	Byline   []string `json:"byline,omitempty"`

	Publication  string   `json:"publication,omitempty"`
	Date         string   `json:"date,omitempty"`
	Edition      string   `json:"edition,omitempty"`
	Page         string   `json:"page,omitempty"`
	Type         string   `json:"type,omitempty"`
	Person       []string `json:"person,omitempty"`
	Organisation []string `json:"organisation,omitempty"`
	Place        []string `json:"place,omitempty"`
	Creator      []string `json:"creator,omitempty"`
	Agency       []string `json:"agency,omitempty"`
	Title        []string `json:"title,omitempty"`
	Month        string   `json:"month,omitempty"`
	Office       []string `json:"office,omitempty"`
	Confidence   string   `json:"confidence,omitempty"` // five digits, ten-thousandths: 09300
	Order        string   `json:"order,omitempty"`
	Position     string   `json:"position,omitempty"`
	Sketch       []string `json:"sketch,omitempty"`
}

// officeSeparator stands in no name: control characters are no part of names.
const officeSeparator = "\x1f"

// Office is a value of FieldOffice: in that month an article gave the person that
// title. Without title and month it is what all of the person's begin with.
func Office(person, title, month string) string {
	if title == "" {
		return FoldName(person) + officeSeparator
	}
	return FoldName(person) + officeSeparator + FoldName(title) + officeSeparator + month
}

// ParseOffice takes a value of FieldOffice apart; false: it is none.
func ParseOffice(s string) (person, title, month string, ok bool) {
	parts := strings.Split(s, officeSeparator)
	if len(parts) != 3 {
		return "", "", "", false
	}
	return parts[0], parts[1], parts[2], true
}

// confidence is a confidence from 0 to 1 as a text that sorts like the number.
func confidence(c float64) string {
	return fmt.Sprintf("%05d", int(math.Round(min(max(c, 0), 1)*10_000)))
}

// pageOrder makes pages sort by number: 2 before 10, A2 before A10.
func pageOrder(page string) string {
	letter := strings.TrimRight(page, "0123456789")
	return letter + fmt.Sprintf("%03s", page[len(letter):])
}

// NewDocument takes from an article what is searched.
func NewDocument(a *newspaper.Article) Document {
	d := Fields(a)
	d.Sketch = NewCopy(a).Sketch()
	return d
}

// Fields is NewDocument without the sketch of the copy, which takes longer than
// all the others together.
func Fields(a *newspaper.Article) Document {
	d := Document{
		Publication: a.Print.Publication, Date: a.Print.Date, Edition: a.Print.Edition, Page: a.Print.Page, Type: a.Type,
		Confidence: confidence(a.Print.Confidence),
		Position:   fmt.Sprintf("%s/%05d", pageOrder(a.Print.Page), a.Print.Position),
	}
	d.Order = fmt.Sprintf("%s/%s/%s", a.Print.Publication, a.Print.Edition, d.Position)
	if len(a.Print.Date) >= len("2006-01") {
		d.Month = a.Print.Date[:len("2006-01")]
	}
	for _, h := range a.Headlines {
		d.Headline = text(d.Headline, h.Value)
	}
	for _, b := range a.Bodies {
		d.Body = text(d.Body, b.Value)
	}
	for _, c := range a.Captions() {
		d.Caption = text(d.Caption, c)
	}
	d.Byline = text(d.Byline, a.By)
	for _, c := range a.Creators {
		d.Creator, d.Byline = name(d.Creator, c.Name), text(d.Byline, c.Name)
	}
	for _, p := range a.Associations {
		d.Creator, d.Byline = name(d.Creator, p.By), text(d.Byline, p.By)
	}
	for _, s := range a.InfoSources {
		d.Agency = name(d.Agency, s.Name)
	}
	for _, p := range a.People {
		d.Person = name(d.Person, p.Name)
		for _, t := range p.Titles {
			d.Title = name(d.Title, t)
			if d.Month != "" {
				d.Office = office(d.Office, p.Name, t, d.Month)
			}
		}
	}
	for _, o := range a.Organisations {
		d.Organisation = name(d.Organisation, o.Name)
	}
	for _, p := range a.Places {
		d.Place = name(d.Place, p.Name)
	}
	return d
}

func text(to []string, s string) []string {
	if s == "" {
		return to
	}
	return append(to, s)
}

// name adds a name once. What is longer than any filter can ask for is no name.
func name(to []string, s string) []string {
	s = FoldName(s)
	if s == "" || utf8.RuneCountInString(s) > MaxValue || slices.Contains(to, s) {
		return to
	}
	return append(to, s)
}

func office(to []string, person, title, month string) []string {
	if person == "" || title == "" || strings.Contains(person+title, officeSeparator) || utf8.RuneCountInString(person+title) > MaxValue {
		return to
	}
	if o := Office(person, title, month); !slices.Contains(to, o) {
		to = append(to, o)
	}
	return to
}
