package segment

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
)

// Extractors read two lines in the wrong order now and then. Which lines are to be
// read the other way round is a decision of its own, before all others: how the
// lines go on from one another as they stand and as they would, and what opens or
// ends where. Lines are exchanged for reading only; a paragraph that has both prints
// them as they stand.

var (
	orderSpace space

	oBias   = orderSpace.block("order", 1)
	oNow    = orderSpace.block("order.now", 3*3*breakBins)  // at each of three breaks as they stand: what stands over it × junction
	oThen   = orderSpace.block("order.then", 3*3*breakBins) // the same the other way round
	oGain   = orderSpace.block("order.gain", 8)             // of all junctions
	oOpens  = orderSpace.block("order.opens", 3*3*3)        // how the first opens × the second × what stands over them
	oEnds   = orderSpace.block("order.ends", 3*3*3)         // what stands over them × how the first ends × the second
	oWidth  = orderSpace.block("order.width", 3*3*5)        // how the two end × their widths
	oGap    = orderSpace.block("order.gap", 3*3)            // blank lines over the first × the second
	oHangs  = orderSpace.block("order.hanging", 3)
	oPauses = orderSpace.block("order.after.pause", 3)
)

// orderer looks for lines in the wrong order.
type orderer struct {
	lines  []line
	pairs  *pairs
	w      weights
	usual  int
	torn   []bool // by line: see look
	buffer []feature
}

// reorder puts lines that were read in the wrong order the other way round. A page on
// which some surely are has more of them.
func (s *Segmenter) reorder(lines []line, p *pairs) {
	o := orderer{lines: lines, pairs: p, w: s.orderWeights, usual: usualGap(lines), buffer: make([]feature, 0, 64)}
	o.look()
	gains := make([]float64, len(lines))
	sure := 0
	for i := range gains {
		if gains[i] = o.gain(i); gains[i] > 1 {
			sure++
		}
	}
	least := .5
	if sure >= 2 && sure*100 >= len(lines) {
		least = -1
	}
	for i := 0; i+1 < len(lines); i++ {
		if gains[i] > least && gains[i] >= gains[i+1] {
			o.exchange(i)
			i++
		}
	}
}

// exchange has two lines change places; blank lines and indentation stay.
func (o *orderer) exchange(i int) {
	x, y := &o.lines[i], &o.lines[i+1]
	x.gap, y.gap, x.indent, y.indent = y.gap, x.gap, y.indent, x.indent
	x.formFeed, y.formFeed = y.formFeed, x.formFeed
	*x, *y = *y, *x
}

// gain is what speaks for lines i and i+1 being exchanged.
func (o *orderer) gain(i int) float64 {
	if !o.suspect(i) || opensText(&o.lines[i], &o.lines[i+1]) {
		return impossible
	}
	return o.w.sum(o.features(o.buffer[:0], i))
}

// suspect reports that lines i and i+1 may be exchanged at all: where they go on as
// they should nobody asks.
func (o *orderer) suspect(i int) bool {
	if i+1 >= len(o.lines) || !movable(&o.lines[i]) || !movable(&o.lines[i+1]) {
		return false
	}
	return o.torn[i] || o.torn[i+1] || i+2 < len(o.lines) && o.torn[i+2]
}

// opensText reports a line that begins with 本报讯 before one of running text: in that
// order they are right, whatever else speaks against it. Decided, not learned.
func opensText(x, y *line) bool {
	return x.opening == bylineOpens && y.commas > 0 && !y.ends
}

// look finds the lines that do not go on from the line before, which does not end
// either.
func (o *orderer) look() {
	const well = -.3
	o.torn = make([]bool, len(o.lines))
	for i := 1; i < len(o.lines); i++ {
		o.torn[i] = stops(&o.lines[i-1]) == 0 && junctionAt(&o.lines[i-1], &o.lines[i]) < well
	}
}

func movable(l *line) bool { return l.kind == ordinary && !l.lone }

func (o *orderer) features(dst []feature, i int) []feature {
	x, y := &o.lines[i], &o.lines[i+1]
	var p, z *line
	if i > 0 {
		p = &o.lines[i-1]
	}
	if i+2 < len(o.lines) {
		z = &o.lines[i+2]
	}
	gain := 0.0
	at := func(base feature, n int, sign float64, a, b *line) {
		if a == nil || b == nil {
			return
		}
		join := junctionAt(a, b)
		if !a.ends {
			gain += sign * join
		}
		dst = append(dst, base+(feature(n)*3+stops(a))*breakBins+joinBin(join)+6*yes(o.pairs.joined(a, b)))
	}
	dst = append(dst, oBias)
	at(oNow, 0, -1, p, x)
	at(oNow, 1, -1, x, y)
	at(oNow, 2, -1, y, z)
	at(oThen, 0, 1, p, y)
	at(oThen, 1, 1, y, x)
	at(oThen, 2, 1, x, z)
	dst = append(dst, oGain+gainBin(gain), oOpens+(opens(x)*3+opens(y))*3+stops(p), oEnds+(stops(p)*3+stops(x))*3+stops(y),
		oWidth+(stops(x)*3+stops(y))*5+widerBin(x.width-y.width), oGap+o.gap(x)*3+o.gap(y))
	for k, l := range [...]*line{x, y, z} {
		if l != nil && l.hanging {
			dst = append(dst, oHangs+feature(k))
		}
	}
	for k, l := range [...]*line{p, x, y} {
		if l != nil && l.pauses {
			dst = append(dst, oPauses+feature(k))
		}
	}
	return dst
}

func (o *orderer) gap(l *line) feature {
	return third(float64(l.gap), float64(o.usual), float64(o.usual))
}

// stops says whether text ends with a line: 2 where none stands over it.
func stops(l *line) feature {
	switch {
	case l == nil || l.kind == furniture:
		return 2
	case l.ends || !movable(l):
		return 1
	}
	return 0
}

func opens(l *line) feature {
	switch {
	case l.kind != ordinary || l.opening == bylineOpens:
		return 2
	case l.opening == weakOpening:
		return 1
	}
	return 0
}

func gainBin(gain float64) feature {
	for i, limit := range [...]float64{-2, 0, 1, 2, 4, 6, 9} {
		if gain <= limit {
			return feature(i)
		}
	}
	return 7
}

func widerBin(more int) feature {
	for i, limit := range [...]int{-9, -3, 2, 8} {
		if more <= limit {
			return feature(i)
		}
	}
	return 4
}

// inPageOrder is the lines by their numbers.
func inPageOrder(lines []line) []*line {
	out := make([]*line, len(lines))
	for i := range lines {
		out[i] = &lines[i]
	}
	slices.SortFunc(out, func(a, b *line) int { return cmp.Compare(a.number, b.number) })
	return out
}

// learnOrder fits the weights to pages some of whose lines it exchanges.
func (s *Segmenter) learnOrder(examples []Example, epochs int, log io.Writer) {
	const often = .03
	type sample struct {
		features []feature
		swapped  bool
	}
	var samples []sample
	r := rand.New(rand.NewPCG(8, 8))
	for i := range examples {
		lines := measureLines(examples[i].Lines, new(desk))
		markKinds(lines)
		brokenOpenings(lines)
		o := orderer{lines: lines, pairs: pairsOf(lines, new(desk)), w: s.orderWeights, usual: usualGap(lines)}
		swapped := make([]bool, len(lines)+1)
		for k := 0; k+1 < len(lines); k++ {
			if r.Float64() < often && movable(&lines[k]) && movable(&lines[k+1]) {
				o.exchange(k)
				swapped[k] = true
				k++
			}
		}
		o.look()
		for k := range lines {
			if o.suspect(k) {
				samples = append(samples, sample{o.features(nil, k), swapped[k]})
			}
		}
	}
	a := &ascent{w: s.orderWeights, decay: .0002, off: s.frozen(&orderSpace)}
	a.epochs(epochs, func(epoch int) {
		a.rate = .2 / (1 + float64(epoch)/2)
		likelihood, missed, made := 0.0, 0, 0
		for _, n := range r.Perm(len(samples)) {
			sm := &samples[n]
			score := a.w.sum(sm.features)
			p := 1 / (1 + math.Exp(-score))
			want := 0.0
			if sm.swapped {
				want = 1
				likelihood += math.Log(p)
				if score <= 0 {
					missed++
				}
			} else {
				likelihood += math.Log(1 - p)
				if score > 0 {
					made++
				}
			}
			gradient := make([]float64, len(a.w))
			for _, f := range sm.features {
				gradient[f] += want - p
			}
			a.step(gradient)
		}
		fmt.Fprintf(log, "order: epoch %d, log likelihood each %.4f of %d, %d missed, %d made\n", epoch+1, likelihood/float64(max(1, len(samples))), len(samples), missed, made)
	})
}
