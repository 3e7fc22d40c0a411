// Package segment turns a page's lines into articles. It knows nothing of where
// lines come from or where articles go.
//
// It decides in this order, each step in a file of its own: what a line is by
// itself (lines.go, furniture.go, byline.go), which lines stand in the wrong order
// (order.go), which are captions (captions.go), which are body text and which display
// type (roles.go, viterbi.go), which blocks make an article and which headline is its
// (blocks.go, spans.go, cut.go, headlines.go), what the article says and who wrote it
// (paragraphs.go, credit.go, caption.go), and whose pictures there are (illustrate.go).
package segment

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"

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
type Segmenter struct {
	orderWeights   weights  // which lines stand in the wrong order
	captionWeights weights  // which lines are a caption
	lineWeights    weights  // of the first decision
	pageWeights    weights  // of the second
	headWeights    weights  // of the third
	linkWeights    weights  // of the fourth
	trustWeights   weights  // of the confidences
	without        []string // features that learning leaves out
	desks          sync.Pool
}

// New returns a segmenter with the weights that this package was built with.
func New() *Segmenter {
	s, err := NewWith(strings.NewReader(shippedWeights))
	if err != nil {
		panic("the weights built into this binary: " + err.Error())
	}
	return s
}

// NewWith returns a segmenter with weights of the form of weights.txt, as
// WriteWeights writes them. What they do not name weighs nothing.
func NewWith(weights io.Reader) (*Segmenter, error) {
	text, err := io.ReadAll(weights)
	if err != nil {
		return nil, fmt.Errorf("read the weights: %w", err)
	}
	s := &Segmenter{}
	for _, model := range s.models() {
		if *model.weights, err = model.space.read(bytes.NewReader(text)); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// weighed is a decision's features and weights.
type weighed struct {
	space   *space
	weights *weights
}

func (s *Segmenter) models() []weighed {
	return []weighed{{&orderSpace, &s.orderWeights}, {&captionSpace, &s.captionWeights}, {&lineSpace, &s.lineWeights}, {&pageSpace, &s.pageWeights}, {&headSpace, &s.headWeights}, {&linkSpace, &s.linkWeights}, {&trustSpace, &s.trustWeights}}
}

// Segment returns the page's articles, furniture and rest.
func (s *Segmenter) Segment(source []document.Line, o Options) Page {
	page, _ := s.segment(source, o)
	return page
}

// segment returns with the page what the confidence of each article was read off.
func (s *Segmenter) segment(source []document.Line, o Options) (Page, [][]feature) {
	d := s.desk()
	defer s.tidy(d)
	lines := s.readLines(source, d)
	if len(lines) == 0 {
		return Page{}, nil
	}
	seq, captions, x, m := s.blocks(lines, d)
	c := newCutter(seq, x, m, s.pageWeights)
	spans := c.cut()
	c.chances(spans)
	articles := c.assemble(spans, s.linkWeights)
	w := newWriter(s, source, lines, o, len(articles)+len(captions))
	for _, a := range articles {
		w.article(c, a)
	}
	w.illustrate(c, captions)
	return w.page()
}

// blocks makes the first decision. Captions stand apart.
func (s *Segmenter) blocks(lines []line, d *desk) (seq, captions []*block, x *index, m *model) {
	m = newModel(lines, s.lineWeights, d)
	all := blocksOf(lines, m)
	x = indexBlocks(all, d)
	for _, b := range all {
		if b.kind == captionBlock {
			captions = append(captions, b)
		} else {
			seq = append(seq, b)
		}
	}
	return seq, captions, x, m
}
