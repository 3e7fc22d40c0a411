package segment

import (
	"broadsheet/pkg/newspaper"
)

// The third decision: which lines of a headline are its kicker (引题), its main
// headline and its deck (副题). They stand in this order; what speaks for a
// reading are the features of this file.

// placeNames are the places of headlines in articles, by place.
var placeNames = [places]string{newspaper.HeadlineBefore, newspaper.HeadlineAfter, newspaper.HeadlineInside, newspaper.HeadlineNone, newspaper.HeadlineNone}

var (
	headSpace space

	hWrapJoin   = headSpace.block("wrap.junction", 6)
	hWrapGap    = headSpace.block("wrap.gap", 3*3)
	hWrapAlike  = headSpace.block("wrap.alike", 6)
	hWrapIs     = headSpace.block("wrap.is", betweenSigns)
	hWrapEnd    = headSpace.block("wrap.end", endClasses)
	hTurnJoin   = headSpace.block("turn.junction", 2*6) // into main, into deck
	hTurnGap    = headSpace.block("turn.gap", 2*3*3)
	hTurnAlike  = headSpace.block("turn.alike", 2*6)
	hTurnIs     = headSpace.block("turn.is", 2*betweenSigns)
	hTurnEnd    = headSpace.block("turn.end", 2*endClasses)
	hHas        = headSpace.block("has", 3)
	hLength     = headSpace.block("length", 3*9)
	hLines      = headSpace.block("lines", 3*4)
	hFit        = headSpace.block("fit", 3*8)
	hRatio      = headSpace.block("ratio", 2*6) // of kicker and deck to the main headline
	hIs         = headSpace.block("is", 3*6)
	hSigns      = headSpace.block("signs", 3*lineSigns)
	hBodyFit    = headSpace.block("fit.body", 3*8)               // share of its words in the first four paragraphs
	hTopic      = headSpace.block("part.topic", 3*headTopicBins) // likeness of topics to the first two paragraphs
	hRank       = headSpace.block("fit.rank", 2*3)               // of kicker and deck beside the main headline's share
	hSaid       = headSpace.block("said", 3)                     // the text says it word for word
	hWrapRoom   = headSpace.block("wrap.room", 6)                // both lines' width by the page's headlines: see roomBin
	hTurnRoom   = headSpace.block("turn.room", 2*6)
	hWrapWhole  = headSpace.block("wrap.column", 5) // the same by the column
	hTurnWhole  = headSpace.block("turn.column", 2*5)
	hWrapWord   = headSpace.block("wrap.word", inTextBins) // the text has the characters at the break in a row: see inText
	hTurnWord   = headSpace.block("turn.word", 2*inTextBins)
	hWrapPage   = headSpace.block("wrap.page", 9) // blank lines over it beside those between the page's other display lines: see pageGap
	hTurnPage   = headSpace.block("turn.page", 2*9)
	hWrapClause = headSpace.block("wrap.clause", clausePairs) // the line over it ends as clauses do × it begins so
	hTurnClause = headSpace.block("turn.clause", 2*clausePairs)
	hShape      = headSpace.block("shape", 4*4)      // kicker, deck or none × lines
	hShort      = headSpace.block("short", 2*7)      // a kicker of one line: its width × the text has words of it
	hType       = headSpace.block("type", 2*2*7)     // of kicker and deck: its widest line beside the main headline's: smaller type, more characters
	hJoint      = headSpace.block("fit.joint", 2*27) // of kicker and deck: its share of words in the text × its width × the main headline's share
)

// parts of a headline, in order.
const (
	partKicker = iota
	partMain
	partDeck
	numParts
)

var partRoles = [numParts]string{newspaper.Kicker, newspaper.Main, newspaper.Deck}

// reading is a way to read a headline's lines: kicker [0, main), main [main, deck),
// deck [deck, n).
type reading struct{ main, deck int }

// titler reads headlines.
type titler struct {
	c    *cutter
	w    weights
	from int // position of the first line in the cutter's sequence
	n    int
	near int // first paragraph of the article

	seams []seam // before each line but the first, as features count from 0
}

// seam is what the break between two lines says.
type seam struct{ room, whole, word, page, clause feature }

func newTitler(c *cutter, w weights, from, n, near int) *titler {
	t := &titler{c: c, w: w, from: from, n: n, near: near, seams: make([]seam, n)}
	for i := 1; i < n; i++ {
		a, b := t.line(i-1), t.line(i)
		t.seams[i] = seam{t.roomBin(a, b), t.columnBin(a, b), t.inText(a, b), t.c.pageGap(b.first().gap), a.first().closes*clauseBins + b.first().opens}
	}
	return t
}

func (t *titler) line(i int) *block { return t.c.seq[t.from+i] }

// readings are all ways, none of more than eight lines.
func (t *titler) readings(yield func(reading)) {
	for main := range t.n {
		for deck := main + 1; deck <= t.n; deck++ {
			yield(reading{main, deck})
		}
	}
}

// features of a reading.
func (t *titler) features(dst []feature, r reading) []feature {
	cuts := [numParts + 1]int{0, r.main, r.deck, t.n}
	shape := feature(0)
	if r.main > 0 {
		shape++
	}
	if r.deck < t.n {
		shape += 2
	}
	dst = append(dst, hShape+shape*4+feature(min(t.n, 5)-2))
	mainWidth := 0
	for i := r.main; i < r.deck; i++ {
		mainWidth += t.line(i).first().width
	}
	for part := range numParts {
		from, to := cuts[part], cuts[part+1]
		if from == to {
			continue
		}
		if part > 0 && from > 0 {
			dst = t.turnFeatures(dst, from, part-1)
		}
		dst = t.partFeatures(dst, part, from, to, mainWidth, r)
		for i := from + 1; i < to; i++ {
			dst = t.wrapFeatures(dst, i)
		}
	}
	return dst
}

func (t *titler) partFeatures(dst []feature, part, from, to, mainWidth int, main reading) []feature {
	width := 0
	for i := from; i < to; i++ {
		width += t.line(i).first().width
	}
	p := feature(part)
	dst = append(dst, hHas+p, hLength+p*9+widthBin(width), hLines+p*4+feature(min(to-from, 4)-1),
		hFit+p*8+fitBin(t.c.retold.overlap(t.from+from, t.from+to, t.near, 0)))
	if part != partMain {
		ratio := feature(5)
		for i, limit := range [...]int{4, 7, 10, 13, 18} {
			if width*10 <= mainWidth*limit {
				ratio = feature(i)
				break
			}
		}
		dst = append(dst, hRatio+(p/2)*6+ratio, hType+((p/2)*2+feature(min(main.deck-main.main, 2)-1))*7+typeBin(t.widest(from, to), t.widest(main.main, main.deck)))
	}
	fit := t.c.retold.overlap(t.from+from, t.from+to, t.near, 2)
	dst = append(dst, hBodyFit+p*8+fitBin(fit), hTopic+p*headTopicBins+headTopics.bin(t.c.topics.told(t.from+from, t.from+to, t.c.rank[t.near], 2)))
	if part != partMain {
		best := t.c.retold.overlap(t.from+main.main, t.from+main.deck, t.near, 2)
		dst = append(dst, hRank+(p/2)*3+rankOf(fit, best), hJoint+(p/2)*27+third(fit, .15, .45)*9+third(float64(width), 16, 28)*3+third(best, .15, .45))
	}
	if part == partKicker && to == 1 {
		short := kickerBin(width)
		if fit > 0 {
			short += 7
		}
		dst = append(dst, hShort+short)
	}
	if t.said(from, to) {
		dst = append(dst, hSaid+p)
	}
	first, last := &t.line(from).says, &t.line(to-1).says
	for k, is := range [...]bool{last.kicker, last.deck, first.dash, first.column, first.colon, t.attends(from, to)} {
		if is {
			dst = append(dst, hIs+p*6+feature(k))
		}
	}
	for k, is := range [lineSigns]bool{last.genre, first.figures, first.comma, first.ours, first.quote, last.event, last.says, last.occasion, first.label, first.reports, last.asks, first.quoted, first.space || last.space, first.plays} {
		if is {
			dst = append(dst, hSigns+p*lineSigns+feature(k))
		}
	}
	return dst
}

// widest is the width of the widest of lines [from, to).
func (t *titler) widest(from, to int) int {
	w := 0
	for i := from; i < to; i++ {
		w = max(w, t.line(i).first().width)
	}
	return w
}

// typeBin compares the widest line of a part with the main headline's.
func typeBin(width, main int) feature {
	for i, limit := range [...]int{5, 8, 10, 12, 14, 18} {
		if width*10 <= main*limit {
			return feature(i)
		}
	}
	return 6
}

func kickerBin(width int) feature {
	for i, limit := range [...]int{4, 6, 8, 10, 12, 16} {
		if width <= limit {
			return feature(i)
		}
	}
	return 6
}

// rankOf compares the share of a line's words in the text with the main headline's.
func rankOf(fit, best float64) feature {
	return third(fit, best-.1, best+.1)
}

// third sorts by two limits.
func third(x, low, high float64) feature {
	switch {
	case x < low:
		return 0
	case x <= high:
		return 1
	}
	return 2
}

// wrapFeatures speak for line i going on from the one before.
func (t *titler) wrapFeatures(dst []feature, i int) []feature {
	a, b := t.line(i-1), t.line(i)
	dst = append(dst, hWrapJoin+joinBin(junctionOf(a.plain, b.plain)), hWrapGap+t.gapBin(b), hWrapAlike+alikeBin(a.first(), b.first()), hWrapEnd+feature(a.first().end))
	at := &t.seams[i]
	dst = append(dst, hWrapRoom+at.room, hWrapWhole+at.whole, hWrapWord+at.word, hWrapPage+at.page, hWrapClause+at.clause)
	return t.between(dst, hWrapIs, a, b)
}

// turnFeatures speak for line i beginning the main headline or the deck.
func (t *titler) turnFeatures(dst []feature, i, into int) []feature {
	a, b := t.line(i-1), t.line(i)
	k := feature(into)
	dst = append(dst, hTurnJoin+k*6+joinBin(junctionOf(a.plain, b.plain)), hTurnGap+k*9+t.gapBin(b), hTurnAlike+k*6+alikeBin(a.first(), b.first()), hTurnEnd+k*endClasses+feature(a.first().end))
	at := &t.seams[i]
	dst = append(dst, hTurnRoom+k*6+at.room, hTurnWhole+k*5+at.whole, hTurnWord+k*inTextBins+at.word, hTurnPage+k*9+at.page, hTurnClause+k*clausePairs+at.clause)
	return t.between(dst, hTurnIs+k*betweenSigns, a, b)
}

func (t *titler) gapBin(b *block) feature {
	gap := feature(min(b.first().gap, 2))
	return feature(t.c.m.gapMode)*3 + gap
}

// betweenSigns is the number of signs that a break between two lines has by what they say.
const betweenSigns = 19

func (t *titler) between(dst []feature, base feature, a, b *block) []feature {
	known := false
	if id := t.c.index.find(lastRune(a.plain), firstRune(b.plain)); id >= 0 {
		known = t.c.index.df[id] > 0
	}
	for k, is := range [betweenSigns]bool{a.says.unclosed, known, b.says.dash, a.says.kicker, a.says.stop, a.says.space, b.says.space, a.says.column, b.says.goesOn, b.says.attends, a.says.says,
		b.says.reports, a.says.reports, a.says.label, a.says.asks, b.says.asks, a.says.quoted, b.says.quote, b.says.genre} {
		if is {
			dst = append(dst, base+feature(k))
		}
	}
	return dst
}

// Decided, not learned: a line like 刘振国出席 is neither the rest of the text over it,
// a feature of wrap.is, nor the main headline beside others, one of is.
const (
	wrapsAttendance  = 9
	mainIsAttendance = partMain*6 + 5
)

// read finds the likeliest reading and its probability.
func (t *titler) read() (reading, float64) {
	if t.n == 1 {
		return reading{0, 1}, 1
	}
	best, most, total := reading{0, t.n}, impossible, impossible
	t.readings(func(r reading) {
		score := t.w.sum(t.features(t.c.buffer[:0], r))
		total = logAdd(total, score)
		if score > most {
			best, most = r, score
		}
	})
	return best, exp(most - total)
}

// headlines reads display lines [from, to) as the headline of the article whose
// first paragraph is near.
func (s *Segmenter) headlines(c *cutter, from, to, near int) ([]newspaper.Headline, float64) {
	if from == to {
		return nil, 1
	}
	to = min(to, from+mostHeads)
	t := newTitler(c, s.headWeights, from, to-from, near)
	r, chance := t.read()
	var out []newspaper.Headline
	for i := range t.n {
		part := partMain
		if i < r.main {
			part = partKicker
		} else if i >= r.deck {
			part = partDeck
		}
		text := t.line(i).text
		if last := len(out) - 1; last >= 0 && out[last].Role == partRoles[part] {
			if part != partMain && t.w.sum(t.wrapFeatures(c.buffer[:0], i)) <= 0 {
				out[last].Value += " " + text // 吕琼主持 王福娟讲话: a deck of two phrases
			} else {
				out[last].Value = unwrap([]string{out[last].Value, text})
			}
			continue
		}
		out = append(out, newspaper.Headline{Role: partRoles[part], Value: text})
	}
	return out, chance
}

// unclosed reports an opening quote or bracket that is not closed.
func unclosed(text string) bool {
	depth := 0
	for _, r := range text {
		if openQuoteSet.has(r) {
			depth++
		} else if shutQuoteSet.has(r) {
			depth--
		}
	}
	return depth > 0
}

// unopened reports a closing quote or bracket that was not opened.
func unopened(text string) bool {
	depth := 0
	for _, r := range text {
		if openQuoteSet.has(r) {
			depth++
		} else if shutQuoteSet.has(r) {
			if depth--; depth < 0 {
				return true
			}
		}
	}
	return false
}
