package segment

import (
	"slices"
	"strings"
	"unicode"

	"broadsheet/services/parse/document"
)

// kind is what a line is by itself, before its neighbours are asked.
type kind uint8

const (
	ordinary  kind = iota
	furniture      // masthead, folio, hotline: never part of an article
	byline         // a line that is nothing but a byline
	signature      // a line that is nothing but a name in brackets, closing an article
	jump           // 下转第3版
	columnTag      // 简讯: the name of a column of briefs
	doubled        // the line before once more, an extractor's mistake
	photo          // nothing but a photo credit: 记者 刘亮亮 摄
	caption        // of a caption that says it is one
)

// line is a non-blank line with the evidence it carries by itself.
type line struct {
	number      int    // of the document
	raw         string // collapsed, spaces of justification still in
	text        string // tightened
	plain       string // text as patterns want it, see plainForm
	width       int    // of text, in half units
	indent      int    // white space before it, in half units
	gap         int    // blank lines before it
	kind        kind
	spread      bool // filled to the column by spaces: 动 城 市
	ends        bool // with a sentence's final mark
	end         int  // what it ends with: endsStop, …
	pauses      bool // ends with a comma or an opening bracket: something must follow
	swapped     bool // with the next line: see exchanged
	hanging     bool // begins with what may not begin a line
	commas      int  // marks inside that headlines hardly use
	opening     opening
	picture     bool    // begins as a caption does
	credited    bool    // ends as one does
	creditAt    int     // where in plain the photo credit begins that it ends with; -1
	captionFrom int     // of caption lines: the number of the caption's first
	formFeed    bool    // stands before it
	rejoins     float64 // the same of the best of the lines before that one, with display lines between
	joins       float64 // how well it goes on from the line before, by the pair of characters at the break
}

// readLines measures the non-blank lines.
func readLines(source []document.Line) []line {
	lines := make([]line, 0, len(source))
	gap := 0
	for _, s := range source {
		raw := collapse(s.Text)
		if raw == "" && s.Blank() {
			gap++
			continue
		}
		l := line{number: s.Number, raw: raw, gap: gap, indent: indentOf(s.Text), formFeed: strings.HasPrefix(s.Text, "\f")}
		l.measure()
		lines = append(lines, l)
		gap = 0
	}
	markKinds(lines)
	brokenOpenings(lines)
	findCaptions(lines)
	joinLines(lines)
	return lines
}

func (l *line) measure() {
	l.text = tighten(l.raw)
	l.plain = plainForm(l.text)
	l.width = width(l.text)
	if l.text != l.raw {
		l.spread = isSpread(strings.Split(l.raw, " "))
	}
	last, first := lastRune(l.text), firstRune(l.text)
	l.creditAt, _, _ = matchCredit(l.plain)
	l.credited = l.creditAt >= 0
	l.ends = endsSentence(l.text) || l.credited
	l.picture = strings.Contains(firstRunes(l.plain, 3), "图") && pictureWords.MatchString(l.plain)
	l.pauses = pauseSet.has(last) && last != '：' && last != ':' || openerSet.has(last)
	l.end = endOf(l)
	l.hanging = neverFirstSet.has(first)
	for _, r := range l.text {
		if commaSet.has(r) {
			l.commas++
		}
	}
	if l.ends && l.commas > 0 {
		l.commas--
	}
	l.opening = openingOf(plainForm(l.raw))
}

func indentOf(text string) int {
	n := 0
	for _, r := range text {
		if !unicode.IsSpace(r) {
			return n
		}
		n += cells(r)
		if r == '\t' {
			n += 4
		}
	}
	return n
}

// joinLines looks up how well each line goes on from the one before it that is
// part of the flow.
func joinLines(lines []line) {
	var before *line
	var recent [4]*line // the lines before, nearest first
	for i := range lines {
		l := &lines[i]
		switch l.kind {
		case ordinary, byline, signature, photo:
		default:
			continue
		}
		if before != nil {
			l.joins = junctionOf(before.plain, l.plain)
		}
		l.rejoins = -2
		for _, r := range recent[1:] {
			if r != nil && !r.ends && r.kind == ordinary {
				l.rejoins = max(l.rejoins, junctionOf(r.plain, l.plain))
			}
		}
		before = l
		copy(recent[1:], recent[:])
		recent[0] = l
		if p, x, y := recent[3], recent[2], recent[1]; p != nil {
			exchanged(p, x, y, l)
		}
	}
}

// exchanged marks two lines x and y that an extractor read in the wrong order, by
// their joins with what stands before and after: the other order must be better by
// far. Their text stays as it stands; see inReadingOrder.
func exchanged(p, x, y, z *line) {
	const surely, doubtful = 5, .5
	was := y.joins + z.joins
	if !p.ends {
		was += x.joins
	}
	if was > doubtful || x.opening == bylineOpens || y.opening == bylineOpens || p.swapped || x.kind != ordinary || y.kind != ordinary {
		return
	}
	a, b, c := junctionOf(p.plain, y.plain), junctionOf(y.plain, x.plain), junctionOf(x.plain, z.plain)
	x.swapped = a+b+c >= was+surely
}

// inReadingOrder is the flow with lines that are marked as exchanged put back, and
// their joins and blank lines those of their new places. It is the same slice where
// there are none.
func inReadingOrder(flow []*line) []*line {
	out := flow
	for i := 0; i+1 < len(flow); i++ {
		if !flow[i].swapped {
			continue
		}
		if &out[0] == &flow[0] {
			out = slices.Clone(flow)
		}
		x, y := *out[i], *out[i+1]
		x.gap, y.gap, x.indent, y.indent = y.gap, x.gap, y.indent, x.indent
		out[i], out[i+1] = &y, &x
		if i > 0 {
			y.joins = junctionOf(out[i-1].plain, y.plain)
		}
		x.joins = junctionOf(y.plain, x.plain)
		if i+2 < len(out) {
			z := *out[i+2]
			z.joins = junctionOf(x.plain, z.plain)
			out[i+2] = &z
		}
		i++
	}
	return out
}
