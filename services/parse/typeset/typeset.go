// Package typeset sets newspaper pages as text layers, with gold: from titled
// articles it makes what a PDF's or an OCR's text layer would show, hard wraps,
// lost indents, justified spaces, headlines out of place and all, and says which
// line belongs to what. For measuring and training parsers.
//
// Everything is drawn from one seed: the same articles, style and seed give the
// same page.
package typeset

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/eval"
)

// Pages sets n pages in a style, taking articles in a shuffled order.
func Pages(articles []Article, style Style, n int, seed uint64) []eval.Case {
	stories := newStories(articles, seed)
	out := make([]eval.Case, n)
	for i := range out {
		r := rand.New(rand.NewPCG(seed, uint64(i)+1))
		p := newPage(r, style.draw(r))
		take := stories.next
		if p.chance(style.Themed) {
			take = stories.like(take())
		}
		p.take = func() Article { return p.dress(take()) }
		p.compose()
		out[i] = p.finish(fmt.Sprintf("%s-%d-%03d", style.Name, seed, i))
	}
	return out
}

// owner of a set line: an article's number from 0, or one of these.
const (
	ownerFurniture = -1
	ownerNeutral   = -2
	ownerAd        = -3
	ownerBlank     = -4
)

// setLine is a line of the page in the making.
type setLine struct {
	text  string
	owner int
	role  string // eval.RoleHead, …
	gap   gapClass
}

// gapClass says what boundary stands before a line; the style turns it into blank
// lines.
type gapClass uint8

const (
	inText gapClass = iota
	inHead
	newPart // of a headline: kicker, main, deck
	newParagraph
	newBlock
	newArticle
)

// piece is a run of lines that stays together.
type piece []setLine

// page is the page in the making.
type page struct {
	r     *rand.Rand
	style drawn
	take  func() Article
	lines []setLine
	gold  eval.Gold
	width int // of the column now set, in half units
}

func newPage(r *rand.Rand, style drawn) *page {
	p := &page{r: r, style: style}
	p.gold = eval.Gold{
		Publication: "typeset", Family: style.Name, Gap: style.gapName,
		Date: fmt.Sprintf("%04d-%02d-%02d", 2015+r.IntN(11), 1+r.IntN(12), 1+r.IntN(28)), Page: fmt.Sprint(1 + r.IntN(16)),
	}
	p.width = pick(r, style.Widths)
	return p
}

func (p *page) chance(probability float64) bool { return p.r.Float64() < probability }

func (p *page) put(pieces ...piece) {
	for _, q := range pieces {
		p.lines = append(p.lines, q...)
	}
}

// finish makes mistakes, places blank lines and numbers the lines.
func (p *page) finish(name string) eval.Case {
	p.spoil()
	var b strings.Builder
	var owners []int
	var roles []string
	for i, l := range p.lines {
		if i > 0 {
			for range p.style.blanks(p.r, l.gap) {
				b.WriteByte('\n')
				owners, roles = append(owners, ownerBlank), append(roles, "")
			}
		}
		if l.gap == newArticle && p.chance(p.style.FormFeed) {
			b.WriteByte('\f')
		}
		b.WriteString(l.text)
		b.WriteByte('\n')
		owners, roles = append(owners, l.owner), append(roles, l.role)
	}
	p.number(owners)
	p.gold.Roles = roles
	return eval.Case{Name: name, Text: []byte(b.String()), Gold: p.gold}
}

// number turns the owners of lines into line ranges.
func (p *page) number(owners []int) {
	lists := map[int]*[]newspaper.LineRange{ownerFurniture: &p.gold.Furniture, ownerNeutral: &p.gold.Neutral, ownerAd: &p.gold.Ads}
	for i := range p.gold.Articles {
		lists[i] = &p.gold.Articles[i].Print.Lines
	}
	last := ownerBlank
	for i, o := range owners {
		list, ok := lists[o]
		if !ok {
			continue // blank
		}
		if o == last {
			(*list)[len(*list)-1][1] = i + 1
		} else {
			*list = append(*list, newspaper.LineRange{i + 1, i + 1})
		}
		last = o
	}
}

// spoil makes the mistakes of extractors.
func (p *page) spoil() {
	var out []setLine
	for i := 0; i < len(p.lines); i++ {
		l := p.lines[i]
		next := i + 1
		if p.chance(p.style.Swapped) && next < len(p.lines) && p.lines[next].owner == l.owner && p.lines[next].gap == inText {
			other := p.lines[next]
			other.gap, l.gap = l.gap, inText
			out = append(out, other, l)
			i++
			continue
		}
		if p.chance(p.style.Dropped) {
			p.forget(l)
			continue
		}
		out = append(out, l)
		if p.chance(p.style.Doubled) {
			l.gap, l.role = inText, eval.RoleDoubled
			out = append(out, l)
		}
	}
	p.lines = out
	if p.chance(p.style.HeaderInside) {
		p.headerInside()
	}
}

// forget takes a lost line's text out of the gold: nobody can find it.
func (p *page) forget(l setLine) {
	if l.owner < 0 || l.role != eval.RoleCont || len(p.gold.Articles[l.owner].Bodies) == 0 {
		return
	}
	body := &p.gold.Articles[l.owner].Bodies[0]
	body.Value = strings.Replace(body.Value, strings.Join(strings.Fields(l.text), ""), "", 1)
}

// headerInside puts a line of furniture where a page's header crosses the text
// that an extractor reads: anywhere.
func (p *page) headerInside() {
	if len(p.lines) < 8 {
		return
	}
	at := 3 + p.r.IntN(len(p.lines)-6)
	kept := p.lines
	p.lines = append([]setLine(nil), kept[:at]...)
	p.furniture(1)
	p.lines[len(p.lines)-1].gap = inText
	p.lines = append(p.lines, kept[at:]...)
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func length(text string) int { return len([]rune(text)) }
