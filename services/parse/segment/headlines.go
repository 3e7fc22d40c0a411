package segment

import (
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"strings"
	"unicode/utf8"

	"broadsheet/pkg/newspaper"
)

// The third decision: which lines of a headline are its kicker (引题), its main
// headline and its deck (副题). They stand in this order; what speaks for a
// reading are the features of this file.

// placeNames are the places of headlines in articles, by place.
var placeNames = [places]string{newspaper.HeadlineBefore, newspaper.HeadlineAfter, newspaper.HeadlineInside, newspaper.HeadlineNone, newspaper.HeadlineNone}

var (
	headSpace space

	hWrapJoin  = headSpace.block("wrap.junction", 6)
	hWrapGap   = headSpace.block("wrap.gap", 3*3)
	hWrapAlike = headSpace.block("wrap.alike", 6)
	hWrapIs    = headSpace.block("wrap.is", 10)
	hWrapEnd   = headSpace.block("wrap.end", endClasses)
	hTurnJoin  = headSpace.block("turn.junction", 2*6) // into main, into deck
	hTurnGap   = headSpace.block("turn.gap", 2*3*3)
	hTurnAlike = headSpace.block("turn.alike", 2*6)
	hTurnIs    = headSpace.block("turn.is", 2*10)
	hTurnEnd   = headSpace.block("turn.end", 2*endClasses)
	hHas       = headSpace.block("has", 3)
	hLength    = headSpace.block("length", 3*9)
	hLines     = headSpace.block("lines", 3*4)
	hFit       = headSpace.block("fit", 3*8)
	hRatio     = headSpace.block("ratio", 2*6) // of kicker and deck to the main headline
	hIs        = headSpace.block("is", 3*6)
	hSigns     = headSpace.block("signs", 3*lineSigns)
	hBodyFit   = headSpace.block("fit.body", 3*8) // share of its words in the first four paragraphs
	hRank      = headSpace.block("fit.rank", 2*3) // of kicker and deck beside the main headline's share
	hSaid      = headSpace.block("said", 3)       // the text says it word for word
	hWrapRoom  = headSpace.block("wrap.room", 6)  // both lines' width by the page's headlines: see roomBin
	hTurnRoom  = headSpace.block("turn.room", 2*6)
	hWrapWhole = headSpace.block("wrap.column", 5) // the same by the column
	hTurnWhole = headSpace.block("turn.column", 2*5)
	hWrapWord  = headSpace.block("wrap.word", 3) // the text has the characters at the break in a row
	hTurnWord  = headSpace.block("turn.word", 2*3)
)

// parts of a headline, in order.
const (
	partKicker = iota
	partMain
	partDeck
	numParts
)

var partRoles = [numParts]string{newspaper.Kicker, newspaper.Main, newspaper.Deck}

var (
	kickerTail = regexp.MustCompile(`(?:强调|指出|要求|号召|表示|时|：|……|会上|之[一二三四五六七八九十])$`)
	deckTail   = regexp.MustCompile(`(?:出席|主持|讲话|参加|致辞|主持会议|出席会议|并讲话)$`)
	columnHead = regexp.MustCompile(`^[【■●◆▍▌★]|】$`)
)

// The last characters of texts that these patterns can match.
var (
	kickerLast = newRuneSet("调出求召示时：…上一二三四五六七八九十強調號")
	deckLast   = newRuneSet("席持话加辞布告示研议动")
)

var attendance = regexp.MustCompile(`^(?:[\p{Han}]{2,3}[ 、]?){1,4}(?:出席|主持|讲话|参加|致辞|宣布|作报告|作批示|调研|主持会议|主持并讲话|出席并讲话|出席会议|出席活动|参加活动|主持会议并讲话|出席并致辞|作工作报告)$`)

// attends reports who took part, as decks do: 刘振国出席.
func attends(plain string) bool {
	return deckLast.has(lastRune(plain)) && isSurname(firstRune(plain)) && width(plain) <= 40 && attendance.MatchString(plain)
}

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
type seam struct{ room, whole, word feature }

func newTitler(c *cutter, w weights, from, n, near int) *titler {
	t := &titler{c: c, w: w, from: from, n: n, near: near, seams: make([]seam, n)}
	for i := 1; i < n; i++ {
		a, b := t.line(i-1), t.line(i)
		t.seams[i] = seam{t.roomBin(a, b), t.columnBin(a, b), t.inText(a, b)}
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
		dst = append(dst, hRatio+(p/2)*6+ratio)
	}
	fit := t.c.retold.overlap(t.from+from, t.from+to, t.near, 2)
	dst = append(dst, hBodyFit+p*8+fitBin(fit))
	if part != partMain {
		dst = append(dst, hRank+(p/2)*3+t.rank(fit, main))
	}
	if t.said(from, to) {
		dst = append(dst, hSaid+p)
	}
	first, last := &t.line(from).says, &t.line(to-1).says
	for k, is := range [...]bool{last.kicker, last.deck, first.dash, first.column, first.colon, to == from+1 && first.attends} {
		if is {
			dst = append(dst, hIs+p*6+feature(k))
		}
	}
	for k, is := range [lineSigns]bool{last.genre, first.figures, first.comma, first.ours, first.quote, last.event} {
		if is {
			dst = append(dst, hSigns+p*lineSigns+feature(k))
		}
	}
	return dst
}

// rank compares the share of a line's words in the text with the main headline's.
func (t *titler) rank(fit float64, main reading) feature {
	switch best := t.c.retold.overlap(t.from+main.main, t.from+main.deck, t.near, 2); {
	case fit < best-.1:
		return 0
	case fit <= best+.1:
		return 1
	}
	return 2
}

// said reports that the article's first paragraphs have the lines word for word.
func (t *titler) said(from, to int) bool {
	text := ""
	for i := from; i < to; i++ {
		text += t.line(i).plain
	}
	if len(text) < 3*7 {
		return false
	}
	for i, n := t.near, 0; i < len(t.c.seq) && n < depths[2] && t.c.seq[i].kind == paraBlock; i, n = i+1, n+1 {
		if strings.Contains(t.c.seq[i].plain, text) {
			return true
		}
	}
	return false
}

// inText reports how many characters around the break between two lines the
// article's first paragraphs have in a row: none, two, or more.
func (t *titler) inText(a, b *block) feature {
	last, first := lastRune(a.plain), firstRune(b.plain)
	id, ok := t.c.index.number[uint64(last)<<32|uint64(first)]
	if !ok || t.c.index.df[id] == 0 {
		return 0
	}
	before, _ := utf8.DecodeLastRuneInString(strings.TrimSuffix(a.plain, string(last)))
	left, right := string([]rune{before, last, first}), string(last)+firstRunes(b.plain, 2)
	for i, n := t.near, 0; i < len(t.c.seq) && n < depths[2]; i++ {
		if p := t.c.seq[i]; p.kind == paraBlock {
			n++
			if strings.Contains(p.plain, left) || strings.Contains(p.plain, right) {
				return 2
			}
		}
	}
	return 1
}

// roomBin compares the width that two lines would have as one with the page's long
// headline lines: a break that no measure forced is one between two texts.
func (t *titler) roomBin(a, b *block) feature {
	both := a.first().width + b.first().width
	for i, limit := range [...]int{6, 9, 11, 14, 18} {
		if both*10 <= t.c.longHead*limit {
			return feature(i)
		}
	}
	return 5
}

// columnBin compares it with the article's column.
func (t *titler) columnBin(a, b *block) feature {
	column := t.c.seq[t.near].width
	if column == 0 {
		return 4
	}
	both := a.first().width + b.first().width
	for i, limit := range [...]int{8, 11, 16} {
		if both*10 <= column*limit {
			return feature(i)
		}
	}
	return 3
}

// wrapFeatures speak for line i going on from the one before.
func (t *titler) wrapFeatures(dst []feature, i int) []feature {
	a, b := t.line(i-1), t.line(i)
	dst = append(dst, hWrapJoin+joinBin(junctionOf(a.plain, b.plain)), hWrapGap+t.gapBin(b), hWrapAlike+alikeBin(a.first(), b.first()), hWrapEnd+feature(a.first().end))
	at := &t.seams[i]
	dst = append(dst, hWrapRoom+at.room, hWrapWhole+at.whole, hWrapWord+at.word)
	return t.between(dst, hWrapIs, a, b)
}

// turnFeatures speak for line i beginning the main headline or the deck.
func (t *titler) turnFeatures(dst []feature, i, into int) []feature {
	a, b := t.line(i-1), t.line(i)
	k := feature(into)
	dst = append(dst, hTurnJoin+k*6+joinBin(junctionOf(a.plain, b.plain)), hTurnGap+k*9+t.gapBin(b), hTurnAlike+k*6+alikeBin(a.first(), b.first()), hTurnEnd+k*endClasses+feature(a.first().end))
	at := &t.seams[i]
	dst = append(dst, hTurnRoom+k*6+at.room, hTurnWhole+k*5+at.whole, hTurnWord+k*3+at.word)
	return t.between(dst, hTurnIs+k*10, a, b)
}

func (t *titler) gapBin(b *block) feature {
	gap := feature(min(b.first().gap, 2))
	return feature(t.c.m.gapMode)*3 + gap
}

func (t *titler) between(dst []feature, base feature, a, b *block) []feature {
	known := false
	if id, ok := t.c.index.number[uint64(lastRune(a.plain))<<32|uint64(firstRune(b.plain))]; ok {
		known = t.c.index.df[id] > 0
	}
	for k, is := range [...]bool{a.says.unclosed, known, b.says.dash, a.says.kicker, a.says.stop, a.says.space, b.says.space, a.says.column, b.says.goesOn, b.says.attends} {
		if is {
			dst = append(dst, base+feature(k))
		}
	}
	return dst
}

// wrapsAttendance is the feature of wrap.is that a line like 刘振国出席 would be the
// rest of the text over it: decided, not learned.
const wrapsAttendance = 9

// headSigns are what a display line says of itself.
type headSigns struct {
	kicker, deck, dash, column, colon, attends, unclosed, stop, space, goesOn bool
	genre, figures, comma, ours, quote, event                                 bool
}

const lineSigns = 6

var (
	genreTail = regexp.MustCompile(`(?:纪实|综述|见闻|侧记|观察|扫描|巡礼|之际|调查|启示|故事|报告|报道|访谈|随笔|印象|展望|回眸|透视|解读|[一二三四五六七八九十]）)$`)
	ownPlace  = regexp.MustCompile(`^(?:—|——)?(?:我|全|本)(?:市|县|区|省|州|镇|乡|国|校|院)`)
	eventTail = regexp.MustCompile(`(?:召开|举行|开幕|闭幕|启动|启幕|启动仪式|印发|发布|出台|揭晓|揭牌|落幕|开工|通车|投产|会议|大会)$`)
	genreLast = newRuneSet("实述闻记察描礼际查示事告道谈笔象望眸视读）")
	eventLast = newRuneSet("开行幕动式发布台晓牌工车产议会")
)

var goesOnSet = newRuneSet("的了和与及是已将并获被把让使向为在再又或等者中内上下至")

func signsOf(text, plain string) headSigns {
	return headSigns{
		kicker: kickerLast.has(lastRune(plain)) && kickerTail.MatchString(plain), deck: deckLast.has(lastRune(plain)) && deckTail.MatchString(plain), dash: strings.HasPrefix(plain, "—"),
		column: columnHead.MatchString(plain), colon: strings.Contains(plain, "："), attends: attends(plain), unclosed: unclosed(text),
		stop: sentenceEndSet.has(lastRune(text)), space: strings.Contains(text, " "), goesOn: goesOnSet.has(firstRune(plain)),
		genre: genreLast.has(lastRune(plain)) && genreTail.MatchString(plain), figures: digitSet.in(plain), comma: strings.Contains(plain, "，"),
		ours: ownPlace.MatchString(plain), quote: openQuoteSet.has(firstRune(plain)), event: eventLast.has(lastRune(plain)) && eventTail.MatchString(plain),
	}
}

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
		last := len(out) - 1
		if last >= 0 && out[last].Role == partRoles[part] && (part == partMain || t.w.sum(t.wrapFeatures(c.buffer[:0], i)) > 0) {
			out[last].Value = unwrap([]string{out[last].Value, text})
			continue
		}
		out = append(out, newspaper.Headline{Role: partRoles[part], Value: text})
	}
	return out, chance
}

// learnHeads fits the third model's weights.
func (s *Segmenter) learnHeads(examples []Example, epochs int, log io.Writer) {
	var titlers []*titler
	var truths []reading
	for i := range examples {
		e := &examples[i]
		lines := readLines(e.Lines)
		if len(lines) == 0 {
			continue
		}
		seq, _, x, m := s.blocks(lines)
		if len(seq) == 0 || len(seq) > 400 {
			continue
		}
		c := newCutter(seq, x, m, s.pageWeights)
		for _, sp := range e.spans(seq) {
			n := sp.heads[1] - sp.heads[0]
			if sp.place < 0 || sp.place == nowhere || n == 0 || n > mostHeads {
				continue
			}
			near := sp.from
			for seq[near].kind == headBlock {
				near++
			}
			t := newTitler(c, s.headWeights, sp.heads[0], n, near)
			if r, ok := e.reading(t); ok {
				titlers, truths = append(titlers, t), append(truths, r)
			}
		}
	}
	r := rand.New(rand.NewPCG(3, 3))
	a := &ascent{w: s.headWeights, decay: .0001, off: s.frozen(&headSpace)}
	for epoch := range epochs {
		a.rate = .5 / (1 + float64(epoch)/4)
		likelihood := 0.0
		for _, n := range r.Perm(len(titlers)) {
			gradient := make([]float64, len(s.headWeights))
			likelihood += titlers[n].count(truths[n], gradient)
			a.step(gradient)
		}
		fmt.Fprintf(log, "headlines: epoch %d, log likelihood each %.4f\n", epoch+1, likelihood/float64(max(1, len(titlers))))
	}
}

// count adds the truth's features to the gradient, takes the expected ones off and
// returns the truth's log likelihood.
func (t *titler) count(truth reading, gradient []float64) float64 {
	total := impossible
	t.readings(func(r reading) { total = logAdd(total, t.w.sum(t.features(t.c.buffer[:0], r))) })
	t.readings(func(r reading) {
		features := t.features(t.c.buffer[:0], r)
		mass := exp(t.w.sum(features) - total)
		for _, f := range features {
			gradient[f] -= mass
		}
	})
	features := t.features(nil, truth)
	for _, f := range features {
		gradient[f]++
	}
	return t.w.sum(features) - total
}

// reading is the true one of a headline's lines, if the lines are all of it.
func (e *Example) reading(t *titler) (reading, bool) {
	r := reading{main: -1, deck: t.n}
	for i := range t.n {
		n := t.line(i).first().number
		if n > len(e.Roles) {
			return r, false
		}
		switch e.Roles[n-1] {
		case Kicker:
			if r.main >= 0 {
				return r, false
			}
		case Title:
			if r.main < 0 {
				r.main = i
			}
			if r.deck < t.n {
				return r, false
			}
		case Deck:
			r.deck = min(r.deck, i)
		default:
			return r, false
		}
	}
	return r, r.main >= 0 && r.deck > r.main
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
