package segment

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
)

// Which lines a caption has is a decision of its own: a line says that it is part of
// one (see captionFinder.asked), and of the runs of lines around it the likeliest is
// the caption. What speaks for a run are its edges and how it holds together.

const (
	captionLines  = 7  // of one caption, at most
	shortSentence = 44 // half units of a sentence that but names the picture, its credit included
)

var (
	captionSpace space

	kLines   = captionSpace.block("caption.lines", captionLines)
	kFirst   = captionSpace.block("caption.first", 4)                       // its first line begins as a caption does, as a story does, as no line may; it is but a short sentence that names the picture
	kIndent  = captionSpace.block("caption.indent", 6)                      // by how much its first line is short of its column
	kTop     = captionSpace.block("caption.top", 1)                         // nothing stands over it
	kGap     = captionSpace.block("caption.gap", 2*3)                       // blank lines over it; over the line before
	kAbove   = captionSpace.block("caption.above", 2*2*6)                   // the line over it ends a sentence × its width is one that the page has × beside the caption's
	kAlone   = captionSpace.block("caption.above.alone", 4)                 // that line looks like display type
	kJoin    = captionSpace.block("caption.junction", 2*breakBins)          // it goes on in the caption
	kOver    = captionSpace.block("caption.junction.over", 2*(breakBins+1)) // it goes on under the caption
	kBelow   = captionSpace.block("caption.below", 2*6)                     // what stands under it
	kBelowIs = captionSpace.block("caption.below.width", 2*6)               // its width beside the caption's
	kHolds   = captionSpace.block("caption.inside", 2*4)                    // of two lines inside: the upper one ends a sentence × how it fills the column
	kLast    = captionSpace.block("caption.last", 2*4)                      // the same of its last line
	kNone    = captionSpace.block("caption.none", 1)                        // there is no caption
	kNoneIs  = captionSpace.block("caption.none.credited", 1)
)

// captionFinder decides about the captions of a page.
type captionFinder struct {
	lines  []line
	pairs  *pairs
	w      weights
	common *[160]bool
	usual  int
	buffer []feature
}

// captionRange is what a line asks: which lines from one of [earliest, latest] to
// one of [first, last] are the caption.
type captionRange struct {
	earliest, latest, first, last int
	surely                        bool // there is one
}

// credit finds out whether line i ends with a photo credit that a line's end broke.
func (f *captionFinder) credit(i int) {
	lines, l := f.lines, &f.lines[i]
	if l.credited && i+1 < len(lines) && lines[i+1].width <= 12 && unclosed(l.plain) && breaksCredit(l.plain, lines[i+1].plain) {
		l.credited, l.ends = false, false // （程小舟 摄影: its bracket is closed on the next line
	}
	if i > 0 && l.width <= 20 && !(l.kind == byline && writes(l)) && lines[i-1].kind == ordinary && !lines[i-1].ends && breaksCredit(lines[i-1].plain, l.plain) {
		l.kind, l.credited, l.ends, l.opening = ordinary, true, true, noOpening
	}
}

// asked says where to look for a caption that line i is a part of: one that it
// closes with a credit, or whose picture it names.
func (f *captionFinder) asked(i int) []captionRange {
	l := &f.lines[i]
	switch {
	case l.kind == photo:
		if i == 0 || f.lines[i-1].kind != ordinary || !f.lines[i-1].ends || f.lines[i-1].opening == bylineOpens {
			return nil
		}
		return []captionRange{{f.up(i), i - 1, i, i, true}}
	case l.kind == ordinary && l.credited:
		return []captionRange{{f.up(i), i, i, i, true}}
	case l.kind == ordinary && points(l.plain):
		return []captionRange{{i, i, i, f.down(i), false}}
	case l.kind == ordinary && l.picture:
		return []captionRange{{f.up(i), i, i, f.down(i), false}} // 图为活动现场。 may be its last sentence
	case l.kind == ordinary && strings.Contains(l.plain, "图为") && pictureWords.MatchString(l.plain):
		// The sentence that names the picture is the caption's last.
		for end := i; end < len(f.lines) && end < i+3 && f.lines[end].kind == ordinary && !f.lines[end].credited; end++ {
			if f.lines[end].ends {
				return []captionRange{{f.up(end), i, end, end, true}}
			}
		}
	}
	return nil
}

// up is the first line that a caption which ends with line i may begin with.
func (f *captionFinder) up(i int) int {
	from := i
	for k, n := i, 0; k >= 0 && n < captionLines; k-- {
		switch l := &f.lines[k]; {
		case l.kind == doubled:
			continue
		case k == i:
		case l.kind != ordinary || l.credited || l.opening == bylineOpens:
			return from
		}
		from = k
		n++
	}
	return from
}

// down is the last line that a caption which begins with line i may have.
func (f *captionFinder) down(i int) int {
	to := i
	for k := i; k < len(f.lines) && k-i < captionLines; k++ {
		if l := &f.lines[k]; l.kind != ordinary && l.kind != doubled || k > i && l.opening == bylineOpens {
			return to
		}
		to = k
		if f.lines[k].credited {
			return to
		}
	}
	return to
}

// each yields the runs that a question leaves, and that there is none.
func (f *captionFinder) each(r captionRange, yield func(from, to int)) {
	for from := r.earliest; from <= r.latest; from++ {
		for to := max(from, r.first); to <= r.last; to++ {
			if k := f.lines[from].kind; (k == ordinary || from == to) && (f.lines[to].kind == ordinary || f.lines[to].kind == photo) {
				yield(from, to)
			}
		}
	}
	if !r.surely {
		yield(-1, -1)
	}
}

// best is the likeliest run; -1 when there is no caption.
func (f *captionFinder) best(r captionRange) (from, to int) {
	from, to = -1, -1
	most := impossible
	f.each(r, func(a, b int) {
		if score := f.w.sum(f.features(f.buffer[:0], r, a, b)); score > most {
			from, to, most = a, b, score
		}
	})
	return from, to
}

// features of lines [from, to] as the caption.
func (f *captionFinder) features(dst []feature, r captionRange, from, to int) []feature {
	if from < 0 {
		dst = append(dst, kNone)
		if f.lines[r.last].credited {
			dst = append(dst, kNoneIs)
		}
		return dst
	}
	last := to
	if f.lines[to].kind == photo && to > from {
		last-- // the credit has a line of its own
	}
	column, n := 0, 0
	for k := from; k <= last; k++ {
		if f.lines[k].kind != doubled {
			column = max(column, f.lines[k].width)
			n++
		}
	}
	dst = append(dst, kLines+feature(min(n, captionLines)-1))
	l := &f.lines[from]
	for k, is := range [...]bool{l.picture || in(arrows, l.first), l.opening == weakOpening, l.hanging, l.picture && n == 1 && !points(l.plain) && width(l.plain) <= shortSentence} {
		if is {
			dst = append(dst, kFirst+feature(k))
		}
	}
	indent := feature(5)
	if n > 1 {
		indent = shortBin(column - l.width)
	}
	dst = append(dst, kIndent+indent, kGap+f.gap(l))
	var upper *line
	for k := from; k <= last; k++ {
		if f.lines[k].kind == doubled {
			continue
		}
		if upper != nil {
			dst = append(dst, kHolds+fills(upper, column))
		}
		upper = &f.lines[k]
	}
	dst = append(dst, kLast+fills(upper, column))
	var below *line
	if to+1 < len(f.lines) && f.lines[to+1].kind == ordinary {
		below = &f.lines[to+1]
	}
	if from == 0 || f.lines[from-1].kind != ordinary {
		return append(f.belowFeatures(dst, nil, below, column, to), kTop)
	}
	p := &f.lines[from-1]
	return f.belowFeatures(f.aboveFeatures(dst, p, l, from, column), p, below, column, to)
}

func (f *captionFinder) aboveFeatures(dst []feature, p, l *line, from, column int) []feature {
	over := yes(p.ends) * 12
	if f.common[min(p.width, len(f.common)-1)] {
		over += 6
	}
	dst = append(dst, kAbove+over+besideBin(p.width-column), kGap+3+f.gap(p), kJoin+yes(p.ends)*breakBins+f.pairs.breakBin(p, l))
	if !p.ends && p.commas == 0 {
		alone := yes(p.gap > f.usual || l.gap > f.usual)
		if from > 1 && (f.lines[from-2].ends || f.lines[from-2].kind != ordinary) {
			alone += 2
		}
		dst = append(dst, kAlone+alone)
	}
	return dst
}

// belowFeatures say what stands under the caption and how it goes on from what
// stands over it.
func (f *captionFinder) belowFeatures(dst []feature, p, below *line, column, to int) []feature {
	ended := feature(1)
	if p != nil {
		ended = yes(p.ends)
	}
	is := feature(0)
	join := feature(breakBins)
	switch {
	case below == nil:
	case below.opening == bylineOpens:
		is = 1
	case below.gap > f.usual:
		is = 2
	case to+2 < len(f.lines) && f.lines[to+2].kind == ordinary && !below.ends && f.lines[to+2].width >= below.width+2:
		is = 3 // it begins a paragraph
	case below.hanging:
		is = 4
	default:
		is = 5
	}
	if below != nil {
		dst = append(dst, kBelowIs+ended*6+besideBin(below.width-column))
		if p != nil {
			join = f.pairs.breakBin(p, below)
		}
	}
	return append(dst, kBelow+ended*6+is, kOver+ended*(breakBins+1)+join)
}

func (f *captionFinder) gap(l *line) feature {
	switch {
	case l.gap < f.usual:
		return 0
	case l.gap == f.usual:
		return 1
	}
	return 2
}

func yes(is bool) feature {
	if is {
		return 1
	}
	return 0
}

// shortBin sorts by how much a line is short of its column.
func shortBin(missing int) feature {
	for i, limit := range [...]int{1, 3, 4, 6} {
		if missing <= limit {
			return feature(i)
		}
	}
	return 4
}

// fills says whether a line ends a sentence and how it fills its column.
func fills(l *line, column int) feature {
	at := feature(3)
	for i, limit := range [...]int{1, 3, 7} {
		if column-l.width <= limit {
			at = feature(i)
			break
		}
	}
	return yes(l.ends)*4 + at
}

// besideBin sorts a width beside a caption's.
func besideBin(more int) feature {
	for i, limit := range [...]int{-9, -4, -1, 1, 4} {
		if more <= limit {
			return feature(i)
		}
	}
	return 5
}

// usualGap is how many blank lines most lines have over them.
func usualGap(lines []line) int {
	var counts [4]int
	for i := 1; i < len(lines); i++ {
		counts[min(lines[i].gap, 3)]++
	}
	usual := 0
	for g := range counts {
		if counts[g] > counts[usual] {
			usual = g
		}
	}
	return usual
}

// learnCaptions fits the weights.
func (s *Segmenter) learnCaptions(examples []Example, epochs int, log io.Writer) {
	type sample struct {
		runs  [][]feature
		right int
	}
	var samples []sample
	for i := range examples {
		e := &examples[i]
		lines := measureLines(e.Lines, new(desk))
		markKinds(lines)
		brokenOpenings(lines)
		f := captionFinder{lines: lines, pairs: pairsOf(lines, new(desk)), w: s.captionWeights, common: commonWidths(lines), usual: usualGap(lines)}
		for k := range lines {
			f.credit(k)
			for _, r := range f.asked(k) {
				from, to := e.caption(lines, k)
				sm := sample{right: -1}
				f.each(r, func(a, b int) {
					if a == from && b == to {
						sm.right = len(sm.runs)
					}
					sm.runs = append(sm.runs, f.features(nil, r, a, b))
				})
				if sm.right >= 0 && len(sm.runs) > 1 {
					samples = append(samples, sm)
				}
				if from >= 0 && sm.right >= 0 {
					markCaption(lines, from, to)
				}
			}
		}
	}
	r := rand.New(rand.NewPCG(7, 7))
	a := &ascent{w: s.captionWeights, decay: .0005, off: s.frozen(&captionSpace)}
	a.epochs(epochs, func(epoch int) {
		a.rate = .4 / (1 + float64(epoch)/4)
		likelihood, right := 0.0, 0
		for _, n := range r.Perm(len(samples)) {
			sm := &samples[n]
			best := 0
			total := impossible
			for k, features := range sm.runs {
				score := a.w.sum(features)
				total = logAdd(total, score)
				if score > a.w.sum(sm.runs[best]) {
					best = k
				}
			}
			if best == sm.right {
				right++
			}
			gradient := make([]float64, len(a.w))
			for k, features := range sm.runs {
				mass := -exp(a.w.sum(features) - total)
				if k == sm.right {
					mass++
				}
				for _, f := range features {
					gradient[f] += mass
				}
			}
			likelihood += a.w.sum(sm.runs[sm.right]) - total
			a.step(gradient)
		}
		fmt.Fprintf(log, "captions: epoch %d, log likelihood each %.4f, right %d of %d\n", epoch+1, likelihood/float64(max(1, len(samples))), right, len(samples))
	})
}

// caption is the true caption that has line i, as positions in lines; -1 where there
// is none.
func (e *Example) caption(lines []line, i int) (from, to int) {
	is := func(k int, what LineRole) bool {
		return k >= 0 && k < len(lines) && lines[k].number <= len(e.Roles) && e.Roles[lines[k].number-1] == what
	}
	part := func(k int) bool { return is(k, GoesOn) || is(k, Open) && lines[k].kind == doubled }
	from = i
	if from > 0 && is(from, Caption) && lines[from].kind == photo {
		from-- // the credit has a line of its own
	}
	for from > 0 && part(from) {
		from--
	}
	if !is(from, Caption) {
		return -1, -1
	}
	to = from
	for part(to + 1) {
		to++
	}
	if to+1 < len(lines) && is(to+1, Caption) && lines[to+1].kind == photo {
		to++
	}
	return from, to
}
