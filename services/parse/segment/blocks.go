package segment

import (
	"cmp"
	"slices"
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
	under []*line // of display lines: bylines under it, see credit
	over  *block  // of display lines: the caption right under it
	tail  []*line // who signs a notice and when, under its text
	verse bool    // its lines stay lines
	rows  bool    // as rows of a table, spaces between their fields kept
	text  string  // joined and clean
	plain string  // text as patterns want it
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
	formFeed   bool
	signs      bool      // of display lines: ends as an office's name or a date does
	named      bool      // of display lines: but a name
	says       headSigns // of display lines
	firstLine  feature   // how its first line fills the column
	lastLine   feature   // how its last line does, see closeBin
}

func (b *block) first() *line { return b.lines[0] }

// blocksOf groups labelled lines. lines are the page's; those of a kind other
// than plain hang on to the block they belong to, and furniture to none.
func blocksOf(lines []line, m *model) []*block {
	g := grouper{m: m}
	labels := m.label(flowOf(lines))
	next := 0
	for i := range lines {
		l := &lines[i]
		switch l.kind {
		case furniture:
		case doubled:
			g.double(l)
		case jump:
			g.jump(l)
		case caption:
			g.caption(l)
		case columnTag:
			g.tag = compact(l.text)
		default:
			g.add(l, labels[next])
			next++
		}
	}
	g.flush(g.last())
	if b := g.last(); b != nil {
		b.jumps = append(b.jumps, g.ahead...)
	}
	for _, b := range g.blocks {
		b.finish(m)
	}
	return mergeCaptions(keepLines(g.blocks, m), m)
}

// mergeCaptions puts captions together whose sentences the lines' ends took apart:
// a caption has no paragraphs, and often no indent either. A photo credit on a line
// of its own makes a caption of the few lines over it.
func mergeCaptions(blocks []*block, m *model) []*block {
	out := blocks[:0]
	for _, b := range blocks {
		if len(out) == 0 || b.kind != captionBlock || b.first().kind == caption {
			out = append(out, b)
			continue
		}
		p := out[len(out)-1]
		credit := len(b.lines) == 1 && b.first().kind == photo
		last := p.lines[len(p.lines)-1]
		column := max(p.width, b.width)
		flush := p.kind == paraBlock && p.opening != bylineOpens && column > 0 && abs(last.width-column) <= 2 && b.first().width >= column-2 && !b.first().picture
		switch {
		case credit && p.kind == captionBlock, credit && p.kind == paraBlock && p.opening != bylineOpens && len(p.lines) <= 4, flush && len(p.lines) <= 4:
			p.lines = append(p.lines, b.lines...)
			p.extra = append(p.extra, b.extra...)
			p.finish(m)
			p.kind = captionBlock
		default:
			out = append(out, b)
		}
	}
	return out
}

// flowOf are the lines that may be part of articles.
func flowOf(lines []line) []*line {
	flow := make([]*line, 0, len(lines))
	for i := range lines {
		switch lines[i].kind {
		case ordinary, byline, signature, photo:
			flow = append(flow, &lines[i])
		}
	}
	return flow
}

type grouper struct {
	m       *model
	blocks  []*block
	pending []*line // own-line bylines waiting for their paragraph
	tag     string
	ahead   []*line // jump lines waiting for their block
}

// last is the last block of the text, captions apart.
func (g *grouper) last() *block {
	for i := len(g.blocks) - 1; i >= 0; i-- {
		if g.blocks[i].kind != captionBlock {
			return g.blocks[i]
		}
	}
	return nil
}

// caption puts the lines of a caption together.
func (g *grouper) caption(l *line) {
	if n := len(g.blocks); n > 0 && g.blocks[n-1].kind == captionBlock && g.blocks[n-1].first().captionFrom == l.captionFrom {
		g.blocks[n-1].lines = append(g.blocks[n-1].lines, l)
		return
	}
	b := g.block(captionBlock, l)
	if n := len(g.blocks); n > 0 && g.blocks[n-1].kind == headBlock {
		g.blocks[n-1].over = b
	}
	g.blocks = append(g.blocks, b)
}

func (g *grouper) add(l *line, as labelled) {
	prev := g.last()
	switch {
	case l.kind == byline && prev != nil && prev.kind == headBlock && openingLength(l.raw) == 0: // a dateline is its text's
		prev.under = append(prev.under, l)
	case l.kind == byline:
		g.pending = append(g.pending, l)
	case l.kind == signature && prev != nil && prev.kind == paraBlock:
		prev.extra = append(prev.extra, l)
		prev.closed = true
	case as.role == cont && prev != nil && prev.kind == paraBlock && len(g.pending) == 0:
		prev.lines = append(prev.lines, l)
	case as.role == cont && prev != nil && prev.under == nil && len(g.pending) == 0 && g.resumed(as.width) != nil:
		b := g.resumed(as.width)
		b.lines = append(b.lines, l)
	case as.role == head:
		g.flush(prev)
		g.open(g.block(headBlock, l))
	default:
		b := g.block(paraBlock, l)
		b.width, b.extra = as.width, g.pending
		if len(g.pending) > 0 || prev != nil && prev.under != nil {
			b.opening = bylineOpens
		}
		g.pending = nil
		g.open(b)
	}
}

// resumed is the paragraph that goes on after the display lines that end the blocks
// so far.
func (g *grouper) resumed(width int) *block {
	for i := len(g.blocks) - 1; i >= 0 && i >= len(g.blocks)-mostHeads-1; i-- {
		if b := g.blocks[i]; b.kind == paraBlock {
			if b.width == width {
				return b
			}
			return nil
		}
	}
	return nil
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
	b := g.last()
	if n := len(g.blocks); n > 0 && g.blocks[n-1].kind == captionBlock && g.blocks[n-1].lines[len(g.blocks[n-1].lines)-1].text == l.text {
		b = g.blocks[n-1]
	}
	if b != nil {
		b.extra = append(b.extra, l)
	}
}

// jump gives a jump line to the block it stands under, or over: 上接第1版.
func (g *grouper) jump(l *line) {
	b := g.last()
	if says := jumpOf(l.text); b == nil || says != nil && says.From != "" {
		g.ahead = append(g.ahead, l)
		return
	}
	b.jumps = append(b.jumps, l)
}

// block is a new block of one line.
func (g *grouper) block(is blockKind, l *line) *block {
	b := &g.m.desk.blocks.take(1)[0]
	const most = 8 // lines of most blocks
	b.kind, b.lines = is, append(g.m.desk.rows.take(most)[:0], l)
	return b
}

// open adds a new block of the text.
func (g *grouper) open(b *block) {
	b.tag = g.takeTag()
	b.jumps, g.ahead = g.ahead, nil
	g.blocks = append(g.blocks, b)
}

func (b *block) finish(m *model) {
	first, last := b.lines[0], b.lines[len(b.lines)-1]
	slices.SortFunc(b.lines, func(x, y *line) int { return cmp.Compare(x.number, y.number) }) // as they stand
	b.text = b.joined()
	b.plain = b.text
	if slices.ContainsFunc(b.lines, func(l *line) bool { return l.plain != l.text }) {
		b.plain = plainForm(b.text)
	}
	if b.kind == captionBlock {
		return
	}
	b.opening = max(b.opening, first.opening)
	b.spaced = m.gapsTell() && first.gap > m.usualGap
	b.framed = !m.indented && first.indent > 0
	b.formFeed = first.formFeed
	if b.kind == headBlock {
		if first.kind == photo || creditEnds(b.plain) || strings.HasPrefix(b.plain, "图为") {
			b.kind = captionBlock
		}
		b.signs = signedTail.has(lastRune(b.plain)) && signed.MatchString(b.plain)
		b.named = first.lone
		b.says = signsOf(b.text, b.plain)
		b.says.open = first.end == endsPause || first.end == endsParticle
		return
	}
	if b.verse {
		b.closed = false
		return
	}
	b.unfinished = !last.ends && !b.closed && lastRune(b.text) != '：' && (last.width >= b.width-5 || last.pauses)
	b.resumes = first.hanging || b.opening == noOpening && len(b.lines) > 1 && abs(first.width-b.width) <= 2 && !m.indented
	if _, _, ok := takeSignature(b.text); ok {
		b.closed = true
	}
	if first.kind == photo || b.opening != bylineOpens && isCaption(b.plain) {
		b.kind = captionBlock
	}
	b.fill(first, last)
	if len(b.lines) == 1 {
		b.width = 0 // one line leaves it open
	}
}

// joined is the text of the block's lines.
func (b *block) joined() string {
	texts := make([]string, len(b.lines))
	for i, l := range b.lines {
		texts[i] = l.text
		if b.rows {
			texts[i] = l.raw
		}
	}
	text := ""
	if b.verse {
		text = strings.Join(texts, "\n")
	} else {
		text = unwrap(texts)
	}
	for _, l := range b.tail {
		text += "\n" + l.text
	}
	return text
}

// fill measures how the paragraph's first and last lines fill its column.
func (b *block) fill(first, last *line) {
	b.lastLine = closeBin(b.width-last.width, b.width)
	if len(b.lines) == 1 {
		return
	}
	switch d := b.width - first.width; {
	case d <= 1:
		b.firstLine = 1
	case d <= 6:
		b.firstLine = 2
	default:
		b.firstLine = 3
	}
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
