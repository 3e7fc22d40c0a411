package segment

import (
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
	has         traits // of plain
	first, last rune   // of plain
	width       int    // of text, in half units
	indent      int    // white space before it, in half units
	gap         int    // blank lines before it
	kind        kind
	lone        bool // but a name: see isLoneName
	spread      bool // filled to the column by spaces: 动 城 市
	ends        bool // with a sentence's final mark
	end         int  // what it ends with: endsStop, …
	pauses      bool // ends with a comma or an opening bracket: something must follow
	hanging     bool // begins with what may not begin a line
	commas      int  // marks inside that headlines hardly use
	opening     opening
	dispatch    bool    // opens with a dateline: no sentence goes on so
	greets      bool    // 编辑同志：, by itself: a letter begins, and its text under it
	picture     bool    // begins as a caption does
	credited    bool    // ends as one does
	creditAt    int     // where in plain the photo credit begins that it ends with; -1
	captionFrom int     // of caption lines: the number of the caption's first
	formFeed    bool    // stands before it
	rejoins     float64 // the same of the best of the lines before that one, with display lines between
	known       bool    // the page has that pair elsewhere
	joins       float64 // how well it goes on from the line before, by the pair of characters at the break
	recurs      feature // of what may be display type: how much of it comes again on the page; 0 for others
	tells       feature // and right under it
	opens       feature // how its first characters begin clauses
	closes      feature // how its last ones end them
}

// readLines measures the non-blank lines, puts them in the order in which they are to
// be read, and finds out what each is by itself.
func (s *Segmenter) readLines(source []document.Line, d *desk) []line {
	lines := measureLines(source, d)
	markKinds(lines)
	brokenOpenings(lines)
	p := pairsOf(lines, d)
	s.reorder(lines, p)
	findCaptions(lines, p, s.captionWeights)
	flow := flowOf(lines)
	joinLines(flow, p)
	p.retell(flow)
	return lines
}

// measureLines measures the non-blank lines.
func measureLines(source []document.Line, d *desk) []line {
	printed := 0
	for i := range source {
		if source[i].Text != "" {
			printed++
		}
	}
	lines := d.lines.take(printed)[:0]
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
	return lines
}

func (l *line) measure() {
	l.text, l.spread = tighten(l.raw)
	l.plain = l.text
	for _, r := range l.text {
		is := lineTraits.rune(r)
		l.has |= is
		l.width += cells(r)
		if is&commaTrait != 0 {
			l.commas++
		}
	}
	if l.has&dressedTrait != 0 {
		l.plain = strings.Map(plainRune, l.text)
		l.has = lineTraits.in(l.plain)
	}
	l.first, l.last = firstRune(l.plain), lastRune(l.plain)
	last, first := lastRune(l.text), firstRune(l.text)
	l.creditAt, _, _ = matchCredit(l.plain)
	l.credited = l.creditAt >= 0
	l.ends = endsSentence(l.text) || l.credited
	l.picture = points(l.plain) || strings.Contains(firstRunes(l.plain, 4), "图") && pictureWords.MatchString(l.plain)
	l.pauses = pauseSet.has(last) && last != '：' && last != ':' || openerSet.has(last)
	l.end = endOf(l)
	l.hanging = neverFirstSet.has(first)
	if l.ends && l.commas > 0 {
		l.commas--
	}
	printed := l.plain
	if l.raw != l.text {
		printed = plainForm(l.raw)
	}
	l.opening, l.dispatch = openingOf(printed, l.has)
	l.greets = l.width <= 24 && (last == '：' || last == ':') && letterWords.match(l.plain)
	if l.opening == bylineOpens && l.creditAt > 0 {
		l.credited, l.ends = false, endsSentence(l.text) // 本报讯（记者 张三 文/图） begins an article and ends no caption
		l.end = endOf(l)
	}
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

// joinLines looks up how well each line of the flow goes on from the one before it.
func joinLines(flow []*line, p *pairs) {
	var before *line
	var recent [4]*line // the lines before, nearest first
	for _, l := range flow {
		l.opens, l.closes = clauseOpens(l.plain), clauseCloses(l.plain)
		if before != nil {
			l.joins = junctionAt(before, l)
			l.known = p.joined(before, l)
		}
		l.rejoins = -2
		for _, r := range recent[1:] {
			if r != nil && !r.ends && r.kind == ordinary {
				l.rejoins = max(l.rejoins, junctionAt(r, l))
			}
		}
		before = l
		copy(recent[1:], recent[:])
		recent[0] = l
	}
}
