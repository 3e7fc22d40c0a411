// Package segment turns a page's lines into articles. It knows nothing of where
// lines come from or where articles go.
package segment

import (
	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/document"
)

// Page is a segmented page. Every non-blank line of the input is in exactly one
// of: the Print.Lines of one article, Furniture, Rest.
type Page struct {
	// Articles in page order. Filled: Type, Language, Headlines, By, Creators,
	// Located, ContentCreated, InfoSources, Bodies, Descriptions, Associations,
	// and of Print: Position, Lines, Boxes, Confidence, HeadlinePosition,
	// Continues. Identity, publication and entities are others' business.
	Articles  []newspaper.Article
	Furniture []newspaper.LineRange // masthead, folio, date line, hotline, staff box
	Rest      []newspaper.LineRange // what belongs to nothing we recognise
	Warnings  []string              // e.g. a printed date that contradicts the key
}

// Options are what is known about the page besides its lines. The zero value is
// fine.
type Options struct {
	Key         newspaper.PageKey     // zero when unknown; its year completes printed dates
	Publication newspaper.Publication // zero when unknown
}

// Segmenter cuts pages into articles. It is safe for concurrent use.
type Segmenter struct{}

// New returns a segmenter.
func New() *Segmenter { return &Segmenter{} }

// Segment returns the page's articles, furniture and rest.
func (s *Segmenter) Segment(lines []document.Line, o Options) Page {
	var p Page
	for _, l := range lines {
		p.Rest = append(p.Rest, newspaper.LineRange{l.Number, l.Number})
	}
	return p
}
