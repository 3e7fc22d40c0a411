// Package typeset sets newspaper pages as text layers, with gold: from titled
// articles it makes what a PDF's or an OCR's text layer would show, hard wraps,
// lost indents, justified spaces, headlines out of place and all, and says which
// line belongs to what. For measuring and training parsers.
//
// Everything is drawn from one seed: the same articles, style and seed give the
// same page.
package typeset

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/eval"
)

// Article is a text to set. Only Paragraphs must be there.
type Article struct {
	Kicker     string   `json:"kicker,omitempty"`
	Title      string   `json:"title"`
	Deck       string   `json:"deck,omitempty"`
	Date       string   `json:"date,omitempty"` // digits, YYYYMMDD
	Paragraphs []string `json:"paragraphs"`
}

// ReadArticles reads JSON Lines of articles, of running text only. A title of several phrases becomes
// kicker, title and deck: 引题 正题 副题.
func ReadArticles(r io.Reader) ([]Article, error) {
	var out []Article
	s := bufio.NewScanner(r)
	s.Buffer(nil, 4<<20)
	for s.Scan() {
		var a Article
		if err := json.Unmarshal(s.Bytes(), &a); err != nil {
			return nil, fmt.Errorf("article %d: %w", len(out)+1, err)
		}
		if a.Kicker == "" && a.Deck == "" {
			a.splitTitle()
		}
		if a.running() {
			out = append(out, a)
		}
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("read the articles: %w", err)
	}
	return out, nil
}

// running reports whether every paragraph is sentences: lists and digests of
// several stories have no one headline to find.
func (a *Article) running() bool {
	for _, text := range a.Paragraphs {
		r := []rune(strings.TrimSpace(text))
		if len(r) == 0 || !strings.ContainsRune("。！？”…）", r[len(r)-1]) {
			return false
		}
	}
	return len(a.Paragraphs) > 0
}

func (a *Article) splitTitle() {
	a.Title = strings.TrimSpace(a.Title)
	if i := strings.Index(a.Title, "】"); i >= 0 && strings.HasPrefix(a.Title, "【") {
		a.Kicker = strings.Trim(a.Title[:i], "【】")
		a.Title = strings.TrimSpace(a.Title[i+len("】"):])
	}
	parts := strings.Fields(a.Title)
	switch {
	case len(parts) == 2 && a.Kicker == "" && length(parts[0])*3 < length(parts[1])*4:
		a.Kicker, a.Title = parts[0], parts[1]
	case len(parts) == 2 && a.Kicker == "":
		a.Title, a.Deck = parts[0], parts[1]
	case len(parts) == 3 && a.Kicker == "":
		a.Kicker, a.Title, a.Deck = parts[0], parts[1], parts[2]
	}
}

// Pages sets n pages in a style, taking articles in a shuffled order.
func Pages(articles []Article, style Style, n int, seed uint64) []eval.Case {
	r := rand.New(rand.NewPCG(seed, 0x5eed))
	order := r.Perm(len(articles))
	next := 0
	take := func() Article {
		a := articles[order[next%len(order)]]
		next++
		return a
	}
	out := make([]eval.Case, n)
	for i := range out {
		p := newPage(rand.New(rand.NewPCG(seed, uint64(i)+1)), style.draw(r))
		p.compose(take)
		out[i] = p.finish(fmt.Sprintf("%s-%d-%03d", style.Name, seed, i))
	}
	return out
}

// owner of a set line: an article's number from 0, or one of these.
const (
	ownerFurniture = -1
	ownerNeutral   = -2
)

// setLine is a line of the page in the making.
type setLine struct {
	text  string
	owner int
	gap   gapClass
}

// gapClass says what boundary stands before a line; the style turns it into blank
// lines.
type gapClass uint8

const (
	inText gapClass = iota
	inHead
	newParagraph
	newBlock
	newArticle
)

// page is the page in the making.
type page struct {
	r     *rand.Rand
	style drawn
	lines []setLine
	gold  eval.Gold
	width int // of the column now set, in half units
}

func newPage(r *rand.Rand, style drawn) *page {
	p := &page{r: r, style: style}
	p.gold = eval.Gold{
		Publication: "typeset", Family: style.Name, Gap: style.gapName,
		Date: fmt.Sprintf("%04d-%02d-%02d", 2018+r.IntN(7), 1+r.IntN(12), 1+r.IntN(28)), Page: fmt.Sprint(1 + r.IntN(16)),
	}
	p.width = pick(r, style.Widths)
	return p
}

func (p *page) chance(probability float64) bool { return p.r.Float64() < probability }

func (p *page) put(text string, owner int, gap gapClass) {
	p.lines = append(p.lines, setLine{text, owner, gap})
}

// finish makes mistakes, places blank lines and numbers the lines.
func (p *page) finish(name string) eval.Case {
	p.spoil()
	var b strings.Builder
	var owners []int
	for i, l := range p.lines {
		if i > 0 {
			for range p.style.blanks(p.r, l.gap) {
				b.WriteByte('\n')
				owners = append(owners, ownerNeutral-1)
			}
		}
		if p.chance(p.style.FormFeed) && l.gap == newArticle {
			b.WriteByte('\f')
		}
		b.WriteString(l.text)
		b.WriteByte('\n')
		owners = append(owners, l.owner)
	}
	p.number(owners)
	return eval.Case{Name: name, Text: []byte(b.String()), Gold: p.gold}
}

// number turns the owners of lines into line ranges.
func (p *page) number(owners []int) {
	lists := map[int]*[]newspaper.LineRange{ownerFurniture: &p.gold.Furniture, ownerNeutral: &p.gold.Neutral}
	for i := range p.gold.Articles {
		lists[i] = &p.gold.Articles[i].Print.Lines
	}
	last := ownerNeutral - 1
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
		if p.chance(p.style.Swapped) && i+1 < len(p.lines) && p.lines[i+1].owner == l.owner && p.lines[i+1].gap == inText {
			out = append(out, setLine{p.lines[i+1].text, l.owner, l.gap}, setLine{l.text, l.owner, inText})
			i++
			continue
		}
		if p.chance(p.style.Dropped) {
			continue
		}
		out = append(out, l)
		if p.chance(p.style.Doubled) {
			out = append(out, setLine{l.text, l.owner, inText})
		}
	}
	p.lines = out
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func length(text string) int { return len([]rune(text)) }
