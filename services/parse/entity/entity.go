// Package entity finds people, organisations, places, titles and dates in
// articles.
package entity

import (
	_ "embed"
	"fmt"
	"sync"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/entity/crf"
	"broadsheet/services/parse/entity/lexicon"
)

// Context is what is known about the texts besides themselves. The zero value
// is fine.
type Context struct {
	Date string   // the page's date, YYYY-MM-DD; normalises printed dates
	Home []string // the publication's home region from large to small, e.g. 山西省, 吕梁市
}

//go:embed model/model.bin
var packedModel []byte

// builtin is the shipped model, unpacked on first use.
var builtin = sync.OnceValue(func() *crf.Model {
	m, err := crf.Load(packedModel, lexicon.Load())
	if err != nil {
		panic(fmt.Sprintf("built-in entity model: %v", err)) // the build is broken, a test loads it
	}
	return m
})

// Tagger finds entities. It is safe for concurrent use.
type Tagger struct {
	model func() *crf.Model
	lex   func() *lexicon.Lexicon
	skip  Parts
}

// Parts are what a tagger has around its model.
type Parts struct{ Grammar, Agreement bool }

// Without is the tagger without the parts that are set, to see what they are
// worth.
func (t *Tagger) Without(p Parts) *Tagger {
	without := *t
	without.skip = p
	return &without
}

// New returns a tagger with the built-in model, which is loaded when it is first
// needed.
func New() *Tagger { return &Tagger{model: builtin, lex: lexicon.Load} }

// NewWith returns a tagger with another model, see package crf, and its lexicon.
func NewWith(model *crf.Model, lex *lexicon.Lexicon) *Tagger {
	return &Tagger{model: func() *crf.Model { return model }, lex: func() *lexicon.Lexicon { return lex }}
}

// Mentions returns the entities of one text, in order, not overlapping. Field
// and Part are left empty.
func (t *Tagger) Mentions(text string, c Context) []newspaper.Mention {
	p := t.newPage(c)
	p.read("", 0, text)
	p.agree()
	return p.texts[0].mentions()
}

// Annotate fills Mentions, People, Organisations and Places of a page's
// articles. Articles of one page are given together: a name that is sure in one
// place helps where it is doubtful.
func (t *Tagger) Annotate(articles []newspaper.Article, c Context) {
	p := t.newPage(c)
	first := make([]int, len(articles)+1)
	for i := range articles {
		a := &articles[i]
		for part, h := range a.Headlines {
			p.read(newspaper.FieldHeadline, part, h.Value)
		}
		if len(a.Bodies) > 0 {
			p.read(newspaper.FieldBody, 0, a.Bodies[0].Value)
		}
		for part, d := range a.Descriptions {
			p.read(newspaper.FieldCaption, part, d.Value)
		}
		first[i+1] = len(p.texts)
	}
	p.agree()
	for i := range articles {
		summarise(&articles[i], p.texts[first[i]:first[i+1]])
	}
}

// page is the texts of one page while they are read.
type page struct {
	Context
	lex   *lexicon.Lexicon
	model *crf.Model
	home  []string // short names of the home region's divisions
	texts []*tagged
	skip  Parts
}

// tagged is a text with its spans in code points, in order, not overlapping.
type tagged struct {
	*text
	field string
	part  int
	spans []span
	model []crf.Span // what the model found, by sentence
	cuts  []sentence
}

// sentence is a part of a text in folded characters; spans is how many of the
// text's model spans are of it or before it.
type sentence struct{ start, end, spans int }

// span is an entity of a text, in code points.
type span struct {
	start, end int
	kind       string // newspaper.PER …
	value      string // of a date
}

func (t *Tagger) newPage(c Context) *page {
	p := &page{Context: c, lex: t.lex(), model: t.model(), skip: t.skip}
	p.home = homeNames(p.lex, c.Home)
	return p
}

// read labels one text by itself.
func (p *page) read(field string, part int, value string) {
	t := &tagged{text: newText(value, p.lex), field: field, part: part}
	t.sentences(func(start, end int) {
		t.model = p.model.Spans(t.fold[start:end], t.model)
		t.cuts = append(t.cuts, sentence{start, end, len(t.model)})
	})
	p.settle(t)
	p.texts = append(p.texts, t)
}

// settle makes spans of what the model found.
func (p *page) settle(t *tagged) {
	t.spans = make([]span, 0, len(t.model))
	k := 0
	for _, c := range t.cuts {
		for ; k < c.spans; k++ {
			s := t.model[k]
			from, to := t.at[c.start+s.Start], t.at[c.start+s.End-1]+1
			t.spans = append(t.spans, span{start: int(from), end: int(to), kind: crf.Types[s.Type]})
		}
	}
	if !p.skip.Grammar {
		p.grammar(t)
		p.latinWords(t)
	}
}

// add puts in those of more that overlap nothing.
func (t *tagged) add(more []span) { t.spans = merge(t.spans, more) }

// merge puts those of more that overlap none of spans and none before them into
// spans. Both are in order.
func merge(spans, more []span) []span {
	if len(more) == 0 {
		return spans
	}
	merged := make([]span, 0, len(spans)+len(more))
	i := 0
	for _, s := range more {
		for i < len(spans) && spans[i].start < s.start {
			merged = append(merged, spans[i])
			i++
		}
		free := len(merged) == 0 || merged[len(merged)-1].end <= s.start
		if free && (i == len(spans) || s.end <= spans[i].start) {
			merged = append(merged, s)
		}
	}
	return append(merged, spans[i:]...)
}

func (t *tagged) mentions() []newspaper.Mention {
	out := make([]newspaper.Mention, 0, len(t.spans))
	for _, s := range t.spans {
		out = append(out, newspaper.Mention{
			Field: t.field, Part: t.part, Type: s.kind, Text: t.slice(s.start, s.end), Start: s.start, End: s.end, Value: s.value,
		})
	}
	return out
}
