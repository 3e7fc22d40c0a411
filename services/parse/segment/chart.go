package segment

import "math"

// chart is a page's lattice with all its scores, to sum over paths in.
type chart struct {
	m     *model
	k     int
	lines []*line
	pots  []potentials
	end   [2][]float64

	masses [][roleCount]float64 // where expect notes the log mass of each line's roles, if anybody asks
}

func newChart(m *model, lines []*line) *chart {
	c := &chart{m: m, k: len(m.widths), lines: lines}
	for i := range lines {
		c.pots = append(c.pots, m.potentials(lines, i))
	}
	c.end = m.byColumn(lines[len(lines)-1]).closes
	return c
}

func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	at := (a - b) * addSteps
	if !(at < addMost*addSteps) {
		return a // b is next to nothing, or minus infinity
	}
	k := int(at)
	return a + addTable[k] + (addTable[k+1]-addTable[k])*(at-float64(k))
}

// addTable has log(1 + exp(-d)) for every d that is so many steps a unit: between them
// it is as good as straight, and reading it is much faster than working it out.
const (
	addMost  = 15
	addSteps = 256
)

var addTable = func() (t [addMost*addSteps + 2]float64) {
	for i := range t {
		t[i] = math.Log1p(math.Exp(-float64(i) / addSteps))
	}
	return t
}()

func logSum(xs ...float64) float64 {
	s := math.Inf(-1)
	for _, x := range xs {
		s = logAdd(s, x)
	}
	return s
}

// likelihood is the log likelihood of what truth allows, and adds its slope to the
// gradient; false where no path is allowed, as the page's widths cannot express it.
func (c *chart) likelihood(truth []roleSet, gradient []float64) (float64, bool) {
	right, ok := c.expect(truth, 1, gradient)
	if !ok {
		return 0, false
	}
	all, _ := c.expect(nil, -1, gradient)
	return right - all, true
}

// expect adds sign times the expected count of every feature to the gradient,
// over all paths that truth allows (nil: all), and returns the log of their sum.
func (c *chart) expect(truth []roleSet, sign float64, gradient []float64) (float64, bool) {
	forward := c.forward(truth)
	n := len(c.lines)
	last := forward[n-1]
	backward := make([]float64, len(last))
	total := math.Inf(-1)
	for w := range c.k {
		backward[c.at(para, w)], backward[c.at(cont, w)] = c.end[1][w], c.end[0][w]
		total = logSum(total, last[c.at(head, w)], last[c.at(para, w)]+c.end[1][w], last[c.at(cont, w)]+c.end[0][w])
	}
	if math.IsInf(total, -1) {
		return 0, false
	}
	t := &tally{c: c, gradient: gradient, sign: sign, total: total}
	for w := range c.k {
		for first, r := range [...]role{cont, para} {
			t.add(last[c.at(r, w)]+c.end[first][w], lastFeatures(nil, c.lines[n-1], c.m.widths[w], first == 1)...)
		}
	}
	for i := n - 1; i > 0; i-- {
		backward = t.back(i, forward[i-1], forward[i], backward, truth)
	}
	t.emissions(0, forward[0], backward)
	for w := range c.k {
		t.add(logAdd(forward[0][c.at(para, w)]+backward[c.at(para, w)], forward[0][c.at(head, w)]+backward[c.at(head, w)]), fOtherWidth+feature(c.m.share[w]))
	}
	return total, true
}

func (c *chart) at(r role, w int) int { return int(r)*c.k + w }

func allows(truth []roleSet, i int, r role) bool { return truth == nil || truth[i][r] }

func (c *chart) forward(truth []roleSet) [][]float64 {
	out := make([][]float64, len(c.lines))
	for i := range c.lines {
		p := &c.pots[i]
		row := make([]float64, c.k*int(roleCount))
		for s := range row {
			row[s] = impossible
		}
		out[i] = row
		if i == 0 {
			for w := range c.k {
				row[c.at(head, w)], row[c.at(para, w)] = p.head+p.prior[w], p.para+p.prior[w]
			}
		} else {
			c.advance(p, out[i-1], row)
		}
		for r := range roleCount {
			if !allows(truth, i, r) {
				for w := range c.k {
					row[c.at(r, w)] = impossible
				}
			}
		}
	}
	return out
}

func (c *chart) advance(p *potentials, from, to []float64) {
	w8 := c.m.w
	anyBody, anyHead := impossible, impossible
	closed := make([]float64, c.k)
	for w := range c.k {
		closed[w] = logAdd(from[c.at(para, w)]+p.closes[1][w], from[c.at(cont, w)]+p.closes[0][w])
		anyBody, anyHead = logAdd(anyBody, closed[w]), logAdd(anyHead, from[c.at(head, w)])
	}
	for w := range c.k {
		h := from[c.at(head, w)]
		if !p.cut {
			to[c.at(cont, w)] = p.cont + logSum(from[c.at(para, w)]+p.goesOn[1][w], from[c.at(cont, w)]+p.goesOn[0][w], h+p.resumed)
		}
		to[c.at(para, w)] = p.para + logSum(
			closed[w]+w8[fStep+stepParaAfterBody]+w8[fSameWidth], anyBody+w8[fStep+stepParaAfterBody]+p.prior[w],
			h+w8[p.afterHead]+w8[fSameWidth+1], anyHead+w8[p.afterHead]+p.priorHead[w])
		to[c.at(head, w)] = p.head + logAdd(closed[w]+w8[fStep+stepHeadAfterBody], h+p.again)
	}
}

// tally adds expected counts up.
type tally struct {
	c        *chart
	gradient []float64
	sign     float64
	total    float64
}

// add counts features of a set of paths whose log sum is given.
func (t *tally) add(logMass float64, features ...feature) {
	if logMass < t.total-20 {
		return
	}
	mass := t.sign * math.Exp(logMass-t.total)
	for _, f := range features {
		t.gradient[f] += mass
	}
}

func (t *tally) emissions(i int, forward, backward []float64) {
	c := t.c
	before, next := neighbours(c.lines, i)
	l := c.lines[i]
	mass := [roleCount]float64{impossible, impossible, impossible}
	for r := range roleCount {
		for w := range c.k {
			mass[r] = logAdd(mass[r], forward[c.at(r, w)]+backward[c.at(r, w)])
		}
	}
	if c.masses != nil {
		c.masses[i] = mass
		return
	}
	t.add(mass[head], c.m.headFeatures(nil, before, l, next)...)
	t.add(mass[para], c.m.paraFeatures(nil, before, l, next)...)
	if before != nil {
		t.add(mass[cont], c.m.contFeatures(nil, before, l, next)...)
	}
}

// swap counts a mass of paths on which line i resumes a paragraph: emissions counts
// every continuation as one of the line before.
func (t *tally) swap(logMass float64, i int) {
	if logMass < t.total-20 {
		return
	}
	before, next := neighbours(t.c.lines, i)
	_, resumed := outOfHead(before)
	t.add(logMass, append(t.c.m.resumeFeatures(nil, before, t.c.lines[i], next), resumed)...)
	t.sign = -t.sign
	t.add(logMass, t.c.m.contFeatures(nil, before, t.c.lines[i], next)...)
	t.sign = -t.sign
}

// back counts the features of line i and of the steps into it, and returns the
// backward scores of the line before.
func (t *tally) back(i int, from, to, backward []float64, truth []roleSet) []float64 {
	c, w8 := t.c, t.c.m.w
	p, before, l := &c.pots[i], c.lines[i-1], c.lines[i]
	t.emissions(i, to, backward)
	out := make([]float64, len(backward))
	beta := func(r role, w int) float64 {
		if !allows(truth, i, r) {
			return impossible
		}
		return backward[c.at(r, w)]
	}
	// What follows a closed body and a head, whatever the column.
	otherPara, otherAfterHead := impossible, impossible
	anyBody, anyHead := impossible, impossible
	for w := range c.k {
		otherPara = logAdd(otherPara, w8[fStep+stepParaAfterBody]+p.prior[w]+p.para+beta(para, w))
		otherAfterHead = logAdd(otherAfterHead, w8[p.afterHead]+p.priorHead[w]+p.para+beta(para, w))
		anyBody = logSum(anyBody, from[c.at(para, w)]+p.closes[1][w], from[c.at(cont, w)]+p.closes[0][w])
		anyHead = logAdd(anyHead, from[c.at(head, w)])
	}
	for w := range c.k {
		column := c.m.widths[w]
		same := w8[fStep+stepParaAfterBody] + w8[fSameWidth] + p.para + beta(para, w)
		toHead := w8[fStep+stepHeadAfterBody] + p.head + beta(head, w)
		toCont := p.cont + beta(cont, w)
		for first, r := range [...]role{cont, para} {
			f := from[c.at(r, w)]
			goes, after := impossible, logSum(same, otherPara, toHead)
			if !p.cut {
				goes = p.goesOn[first][w] + toCont
				t.add(f+goes, append(fullFeatures(nil, before, column, first == 1), fStep+stepGoesOn)...)
			}
			closes := f + p.closes[first][w]
			t.add(closes+after, lastFeatures(nil, before, column, first == 1)...)
			t.add(closes+same, fStep+stepParaAfterBody, fSameWidth)
			t.add(closes+toHead, fStep+stepHeadAfterBody)
			out[c.at(r, w)] = logAdd(goes, p.closes[first][w]+after)
		}
		h := from[c.at(head, w)]
		sameHead := w8[p.afterHead] + w8[fSameWidth+1] + p.para + beta(para, w)
		again := p.again + p.head + beta(head, w)
		t.add(h+sameHead, p.afterHead, fSameWidth+1)
		t.add(h+again, append(alikeFeatures(nil, before, l), fStep+stepHeadAfterHead)...)
		resumed := impossible
		if !p.cut {
			resumed = p.resumed + toCont
			t.swap(h+resumed, i)
		}
		out[c.at(head, w)] = logSum(sameHead, otherAfterHead, again, resumed)
		t.add(anyBody+w8[fStep+stepParaAfterBody]+p.prior[w]+p.para+beta(para, w), fStep+stepParaAfterBody, fOtherWidth+feature(c.m.share[w]))
		t.add(anyHead+w8[p.afterHead]+p.priorHead[w]+p.para+beta(para, w), p.afterHead, fOtherWidth+7+feature(c.m.share[w]))
	}
	return out
}
