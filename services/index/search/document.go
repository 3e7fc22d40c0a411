package search

import (
	"fmt"
	"slices"
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
	FieldOrder        = "order" // where the article stands in the day's papers

	FieldURI   = "uri"   // of every document
	FieldScore = "score" // of every hit
)

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
	Order        string   `json:"order,omitempty"`
}

// NewDocument takes from an article what is searched.
func NewDocument(a *newspaper.Article) Document {
	d := Document{
		Publication: a.Print.Publication, Date: a.Print.Date, Edition: a.Print.Edition, Page: a.Print.Page, Type: a.Type,
		Order: fmt.Sprintf("%s/%s/%s/%05d", a.Print.Publication, a.Print.Edition, a.Print.Page, a.Print.Position),
	}
	for _, h := range a.Headlines {
		d.Headline = text(d.Headline, h.Value)
	}
	for _, b := range a.Bodies {
		d.Body = text(d.Body, b.Value)
	}
	for _, c := range captions(a) {
		d.Caption = text(d.Caption, c)
	}
	d.Byline = text(d.Byline, a.By)
	for _, c := range a.Creators {
		d.Creator = name(d.Creator, c.Name)
	}
	for _, p := range a.Associations {
		d.Creator = name(d.Creator, p.By)
	}
	for _, c := range d.Creator {
		d.Byline = text(d.Byline, c)
	}
	for _, s := range a.InfoSources {
		d.Agency = name(d.Agency, s.Name)
	}
	for _, p := range a.People {
		d.Person = name(d.Person, p.Name)
	}
	for _, o := range a.Organisations {
		d.Organisation = name(d.Organisation, o.Name)
	}
	for _, p := range a.Places {
		d.Place = name(d.Place, p.Name)
	}
	return d
}

func captions(a *newspaper.Article) []string {
	var out []string
	for _, d := range a.Descriptions {
		out = append(out, d.Value)
	}
	for _, p := range a.Associations {
		for _, d := range p.Descriptions {
			out = append(out, d.Value)
		}
	}
	return out
}

func text(to []string, s string) []string {
	if s == "" {
		return to
	}
	return append(to, s)
}

// name adds a name once. What is longer than any filter can ask for is no name.
func name(to []string, s string) []string {
	if s == "" || utf8.RuneCountInString(s) > MaxValue || slices.Contains(to, s) {
		return to
	}
	return append(to, s)
}
