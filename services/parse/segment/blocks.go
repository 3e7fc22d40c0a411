package segment

import (
	"math"
	"strings"
)

// blockKind is what a block is on the page.
type blockKind uint8

const (
	headBlock    blockKind = iota // one line of display type
	paraBlock                     // a paragraph
	captionBlock                  // a picture's caption
)

// block is a run of lines that belong together for sure.
type block struct {
	kind  blockKind
	lines []*line // what it says, in order; never empty
	extra []*line // marks attached to it: bylines, signatures, doubled lines
	text  string  // joined and clean
	width int     // of the column, for paragraphs; 0 when one line leaves it open
	grams []gram

	opening    opening
	tag        string // the column name that stands over it
	jumps      []*line
	unfinished bool // breaks off in the middle of a sentence
	resumes    bool // begins in the middle of one
	closed     bool // ends with a signature
	framed     bool // its first line stands at a frame's edge
	spaced     bool // more blank lines before it than usual
}

type gram = int32

func (b *block) first() *line { return b.lines[0] }

// blocksOf groups labelled lines. lines are the page's; those of a kind other
// than plain hang on to the block they belong to, and furniture to none.
func blocksOf(lines []line, m *model) []*block {
	flow := make([]*line, 0, len(lines))
	for i := range lines {
		switch lines[i].kind {
		case plain, byline, signature:
			flow = append(flow, &lines[i])
		}
	}
	g := grouper{m: m}
	labels := m.label(flow)
	next := 0
	for i := range lines {
		l := &lines[i]
		switch l.kind {
		case furniture:
		case doubled:
			g.double(l)
		case jump:
			g.jump(l)
		case columnTag:
			g.tag = compact(l.text)
		default:
			g.add(l, labels[next])
			next++
		}
	}
	for _, b := range g.blocks {
		b.finish(m)
	}
	return g.blocks
}

type grouper struct {
	m       *model
	blocks  []*block
	pending []*line // own-line bylines waiting for their paragraph
	tag     string
}

func (g *grouper) last() *block {
	if len(g.blocks) == 0 {
		return nil
	}
	return g.blocks[len(g.blocks)-1]
}

func (g *grouper) add(l *line, as labelled) {
	prev := g.last()
	switch {
	case l.kind == byline:
		g.pending = append(g.pending, l)
	case l.kind == signature && prev != nil && prev.kind == paraBlock:
		prev.extra = append(prev.extra, l)
		prev.closed = true
	case as.role == cont && prev != nil && prev.kind == paraBlock && len(g.pending) == 0:
		prev.lines = append(prev.lines, l)
	case as.role == head:
		g.flush(prev)
		g.blocks = append(g.blocks, &block{kind: headBlock, lines: []*line{l}, tag: g.takeTag()})
	default:
		b := &block{kind: paraBlock, lines: []*line{l}, width: as.width, extra: g.pending, tag: g.takeTag()}
		if len(g.pending) > 0 {
			b.opening = bylineOpens
		}
		g.pending = nil
		g.blocks = append(g.blocks, b)
	}
}

// flush gives bylines that no paragraph followed to the one before.
func (g *grouper) flush(prev *block) {
	if len(g.pending) == 0 || prev == nil || prev.kind != paraBlock {
		return // they wait: a byline may stand above a headline
	}
	prev.extra = append(prev.extra, g.pending...)
	prev.closed = true
	g.pending = nil
}

func (g *grouper) takeTag() string {
	tag := g.tag
	g.tag = ""
	return tag
}

func (g *grouper) double(l *line) {
	if b := g.last(); b != nil {
		b.extra = append(b.extra, l)
	}
}

func (g *grouper) jump(l *line) {
	if b := g.last(); b != nil {
		b.jumps = append(b.jumps, l)
	}
}

func (b *block) finish(m *model) {
	texts := make([]string, len(b.lines))
	for i, l := range b.lines {
		texts[i] = l.text
	}
	b.text = unwrap(texts)
	first, last := b.lines[0], b.lines[len(b.lines)-1]
	b.opening = max(b.opening, first.opening)
	b.spaced = m.gapsTell && first.gap > m.usualGap
	b.framed = !m.indented && first.indent > 0
	if b.kind == headBlock {
		if photoCredit.MatchString(b.text) || strings.HasPrefix(b.text, "图为") {
			b.kind = captionBlock
		}
		return
	}
	b.unfinished = !last.ends && !b.closed && lastRune(b.text) != '：' && (last.width >= b.width-5 || last.pauses)
	b.resumes = first.hanging || b.opening == noOpening && len(b.lines) > 1 && abs(first.width-b.width) <= 2 && !m.indented
	if _, _, ok := takeSignature(b.text); ok {
		b.closed = true
	}
	if b.opening != bylineOpens && isCaption(b.text) {
		b.kind = captionBlock
	}
	if len(b.lines) == 1 {
		b.width = 0
	}
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

// index numbers the pairs of characters that the page's paragraphs are made of
// and weighs each by how few paragraphs have it.
type index struct {
	number map[uint64]gram
	df     []int32
	paras  int
}

// indexBlocks fills the blocks' grams.
func indexBlocks(blocks []*block) *index {
	x := &index{number: make(map[uint64]gram, 4096)}
	seen := make([]int32, 0, 4096) // by gram: the last block that counted it
	for n, b := range blocks {
		if b.kind == captionBlock {
			continue
		}
		if b.kind == paraBlock {
			x.paras++
		}
		b.grams = x.grams(b.text)
		distinct := b.grams[:0]
		for _, id := range b.grams {
			for int(id) >= len(seen) {
				seen = append(seen, -1)
				x.df = append(x.df, 0)
			}
			if seen[id] == int32(n) {
				continue
			}
			seen[id] = int32(n)
			distinct = append(distinct, id)
			if b.kind == paraBlock {
				x.df[id]++
			}
		}
		b.grams = distinct
	}
	return x
}

func (x *index) grams(text string) []gram {
	out := make([]gram, 0, len(text)/3)
	var last rune
	for _, r := range text {
		if r == ' ' {
			continue
		}
		if !isHan(r) && !isDigit(r) && !isLatin(r) {
			if in("“”‘’《》", r) {
				continue // quoting a name does not change it
			}
			last = 0
			continue
		}
		if last != 0 && (isHan(last) || isHan(r) || isLatin(r)) {
			key := uint64(last)<<32 | uint64(r)
			id, ok := x.number[key]
			if !ok {
				id = gram(len(x.number))
				x.number[key] = id
			}
			out = append(out, id)
		}
		last = r
	}
	return out
}

// weight is the pair's inverse document frequency; one that no paragraph has
// counts less: a headline may well use a word of its own.
func (x *index) weight(id gram) float64 {
	df := x.df[id]
	if df == 0 {
		return 0.6 * math.Log(float64(x.paras+1))
	}
	return math.Log(float64(x.paras+1) / float64(df))
}
