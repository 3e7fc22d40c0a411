package segment

import (
	"math"

	"broadsheet/services/parse/internal/junction"
)

// labelled is the outcome for one line.
type labelled struct {
	role  role
	width int // of the column, for para and cont; of the last column for head
}

// lattice is the search for the likeliest sequence. A state is a role in a column
// width; a head remembers the width of the column before it.
type lattice struct {
	m     *model
	k     int // widths
	score []float64
	next  []float64
	back  [][]int16
}

// label gives each line its role. lines are those that are not furniture; forced
// breaks (own-line bylines, signatures) are marked by their kind.
func (m *model) label(lines []*line) []labelled {
	k := len(m.widths)
	v := &lattice{m: m, k: k, score: make([]float64, k*int(roleCount)), next: make([]float64, k*int(roleCount))}
	cells := m.desk.features.take(len(lines) * len(v.score))
	v.back = make([][]int16, 0, len(lines))
	for i, l := range lines {
		v.back = append(v.back, cells[i*len(v.score):(i+1)*len(v.score)])
		p := m.potentials(lines, i)
		if i == 0 {
			for w := range k {
				v.next[v.at(head, w)] = p.head + p.prior[w]
				v.next[v.at(para, w)] = p.para + p.prior[w]
				v.next[v.at(cont, w)] = impossible
			}
		} else {
			v.step(&p, v.back[i])
		}
		_ = l
		v.score, v.next = v.next, v.score
	}
	return v.trace(lines)
}

var impossible = math.Inf(-1)

// potentials are the scores of all steps into one line.
type potentials struct {
	head, para, cont float64   // of the line in that role
	again            float64   // a head after a head
	resumed          float64   // the line goes on with what stands before the head before it
	afterHead        feature   // the step from a head to a paragraph
	*columnScores              // of the line before
	prior            []float64 // of a new column after body
	priorHead        []float64 // after a head
	cut              bool      // the line cannot go on from the one before
}

func (v *lattice) at(r role, w int) int { return int(r)*v.k + w }

// potentials scores line i of the flow.
func (m *model) potentials(lines []*line, i int) potentials {
	l := lines[i]
	before, next := neighbours(lines, i)
	p := potentials{cut: breaks(before, l)}
	p.head = m.w.sum(m.headFeatures(m.buffer[:0], before, l, next))
	if l.greets {
		p.head += decided
	}
	p.para = m.w.sum(m.paraFeatures(m.buffer[:0], before, l, next))
	p.prior, p.priorHead = m.priors()
	if before == nil {
		return p
	}
	afterHead, resumed := outOfHead(before)
	p.afterHead = afterHead
	p.again = m.w[fStep+stepHeadAfterHead] + m.w.sum(alikeFeatures(m.buffer[:0], before, l))
	p.resumed = impossible
	if !p.cut {
		goesOn := m.w.sum(m.contFeatures(m.buffer[:0], before, l, next))
		p.cont = m.w[fStep+stepGoesOn] + goesOn
		if l.opening != bylineOpens && !marked(before.plain) { // no text goes on around ●an item's headline
			p.resumed = m.w[resumed] + m.w.sum(m.resumeFeatures(m.buffer[:0], before, l, next)) - m.w[fStep+stepGoesOn] - goesOn
		}
	}
	p.columnScores = m.byColumn(before)
	return p
}

func neighbours(lines []*line, i int) (before, next *line) {
	if i > 0 {
		before = lines[i-1]
	}
	if i+1 < len(lines) {
		next = lines[i+1]
	}
	return before, next
}

// breaks reports that l cannot go on from the line before: one of them is a
// byline, signature or photo credit, or a letter begins there.
func breaks(before, l *line) bool {
	return l.kind != ordinary || l.greets || before != nil && (before.kind != ordinary || before.greets)
}

// shape is all of a line that its scores by column ask for.
type shape struct {
	width, end int
	spread     bool
}

// columnScores are the scores of a line going on and being the last, as a further line
// of its paragraph and as the first, by column.
type columnScores struct{ goesOn, closes [2][]float64 }

// byColumn scores a line by column. Lines of a page are of few shapes.
func (m *model) byColumn(l *line) *columnScores {
	is := shape{l.width, l.end, l.spread}
	s, ok := m.shapes[is]
	if !ok {
		s = new(columnScores)
		k := len(m.widths)
		for first := range 2 {
			s.goesOn[first] = m.filling(l, first == 1, m.desk.scores.take(k))
			s.closes[first] = m.closing(l, first == 1, m.desk.scores.take(k))
		}
		m.shapes[is] = s
	}
	return s
}

// priors are the scores of a new column, after body and after a head.
func (m *model) priors() (body, head []float64) {
	if m.priorBody == nil {
		for _, s := range m.share {
			m.priorBody = append(m.priorBody, m.w[fOtherWidth+feature(s)])
			m.priorHead = append(m.priorHead, m.w[fOtherWidth+7+feature(s)])
		}
	}
	return m.priorBody, m.priorHead
}

// closing is the score of lastFeatures by width, written out: it is asked for many
// lines and every column.
func (m *model) closing(l *line, first bool, out []float64) []float64 {
	end := feature(l.end)
	for w, column := range m.widths {
		if column == unboundedWidth {
			out[w] = m.w[fLastOpen+end]
			continue
		}
		bin := closeBin(column-l.width, column)
		out[w] = m.w[fLast+bin*endClasses+end]
		if first {
			out[w] += m.w[fLastFirst+bin]
		}
	}
	return out
}

// filling is the score of fullFeatures by width.
func (m *model) filling(l *line, first bool, out []float64) []float64 {
	base := m.w[fFullEnd+feature(l.end)]
	bins := fFull
	if first {
		bins = fFullFirst
	}
	for w, column := range m.widths {
		switch {
		case column == unboundedWidth:
			out[w] = base + m.w[fFullOpen]
		case l.spread:
			out[w] = base + m.w[fFullSpread]
		default:
			out[w] = base + m.w[bins+fullBin(column-l.width)]
		}
	}
	return out
}

// best is a state's score and number.
type best struct {
	score float64
	state int16
}

func (b *best) offer(score float64, state int) {
	if score > b.score {
		b.score, b.state = score, int16(state)
	}
}

func (v *lattice) step(p *potentials, back []int16) {
	w8 := v.m.w
	heads, paras, conts := v.score[v.at(head, 0):v.at(para, 0)], v.score[v.at(para, 0):v.at(cont, 0)], v.score[v.at(cont, 0):]
	anyBody, anyHead := best{score: impossible}, best{score: impossible}
	closed := v.m.closed[:0]
	asCont, asPara := p.closes[0][:v.k], p.closes[1][:v.k]
	for w := range v.k {
		b := best{score: impossible}
		b.offer(paras[w]+asPara[w], v.at(para, w))
		b.offer(conts[w]+asCont[w], v.at(cont, w))
		closed = append(closed, b)
		anyBody.offer(b.score, int(b.state))
		anyHead.offer(heads[w], v.at(head, w))
	}
	v.m.closed = closed
	afterBody, afterHead, toHead := w8[fStep+stepParaAfterBody], w8[p.afterHead], w8[fStep+stepHeadAfterBody]
	sameBody, sameHead := w8[fSameWidth], w8[fSameWidth+1]
	contOn, paraOn := p.goesOn[0][:v.k], p.goesOn[1][:v.k]
	for w := range v.k {
		h := heads[w]
		b := best{score: impossible}
		if !p.cut {
			b.offer(paras[w]+paraOn[w], v.at(para, w))
			b.offer(conts[w]+contOn[w], v.at(cont, w))
			b.offer(h+p.resumed, v.at(head, w))
		}
		v.set(cont, w, b, p.cont, back)

		b = best{score: impossible}
		b.offer(closed[w].score+afterBody+sameBody, int(closed[w].state))
		b.offer(anyBody.score+afterBody+p.prior[w], int(anyBody.state))
		b.offer(h+afterHead+sameHead, v.at(head, w))
		b.offer(anyHead.score+afterHead+p.priorHead[w], int(anyHead.state))
		v.set(para, w, b, p.para, back)

		b = best{score: impossible}
		b.offer(closed[w].score+toHead, int(closed[w].state))
		b.offer(h+p.again, v.at(head, w))
		v.set(head, w, b, p.head, back)
	}
}

func (v *lattice) set(r role, w int, b best, gain float64, back []int16) {
	s := v.at(r, w)
	v.next[s] = b.score + gain
	back[s] = b.state
}

func (v *lattice) trace(lines []*line) []labelled {
	out := make([]labelled, len(lines))
	if len(lines) == 0 {
		return out
	}
	l := lines[len(lines)-1]
	last := best{score: impossible}
	closes := v.m.byColumn(l).closes
	asCont, asPara := closes[0], closes[1]
	for w := range v.k {
		last.offer(v.score[v.at(head, w)], v.at(head, w))
		last.offer(v.score[v.at(para, w)]+asPara[w], v.at(para, w))
		last.offer(v.score[v.at(cont, w)]+asCont[w], v.at(cont, w))
	}
	s := last.state
	for i := len(lines) - 1; i >= 0; i-- {
		out[i] = labelled{role: role(int(s) / v.k), width: v.m.widths[int(s)%v.k]}
		s = v.back[i][s]
	}
	return out
}

// junctionAt says how well the end of one line goes on at the beginning of another.
func junctionAt(before, after *line) float64 { return junction.Score(before.last, after.first) }

// junctionOf says the same of two texts.
func junctionOf(before, after string) float64 {
	return junction.Score(lastRune(before), firstRune(after))
}
