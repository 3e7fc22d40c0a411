package segment

import (
	"math"
	"slices"
)

// The first decision: which lines are body text, where paragraphs begin, which
// lines are display type. It is the likeliest sequence of roles under a small
// generative model: a paragraph is set in a column of some width, its first line
// two cells short where the extractor lost the indent; all its lines but the last
// fill the column, and the last ends with a final mark. Display lines have any
// width and little punctuation. The numbers below are probabilities read off
// pages set by package typeset; none needs to be exact.

type role uint8

const (
	head role = iota // display type: kicker, main, deck, subhead, or what we don't know
	para             // first line of a paragraph
	cont             // any further line of one
	roleCount
)

// unboundedWidth stands for text that is not wrapped at all.
const unboundedWidth = 400

// model holds what is measured on the page before its lines are read in turn.
type model struct {
	widths    []int     // candidate column widths, ascending
	prior     []float64 // log share of each
	usualGap  int       // blank lines between two lines of running text
	gapsTell  bool      // more than that is rare enough to mean something
	indented  bool      // paragraphs keep their indent
	logLength []float64 // by width: log density of a last line's length
}

func newModel(lines []line) *model {
	m := &model{}
	m.findWidths(lines)
	m.findGaps(lines)
	deep := 0
	for i := range lines {
		if lines[i].indent >= 2 && lines[i].indent <= 8 {
			deep++
		}
	}
	m.indented = deep >= 3 && deep*2 < len(lines)
	return m
}

// findWidths takes the local maxima of the lines' width histogram.
func (m *model) findWidths(lines []line) {
	const mostWidths = 24
	var histogram [unboundedWidth + 8]int
	for i := range lines {
		w := lines[i].width
		if w >= 8 && w < unboundedWidth && !lines[i].spread {
			histogram[w]++
		}
	}
	// Wide columns have few lines, and punctuation varies the fill of each more.
	smooth := func(w int) int {
		s := 2*histogram[w] + histogram[w-1] + histogram[w+1]
		if w > 50 {
			s += histogram[w-2] + histogram[w+2]
		}
		return s
	}
	type peak struct{ w, mass int }
	var peaks []peak
	for w := 8; w < unboundedWidth; w++ {
		s := smooth(w)
		if histogram[w] > 0 && s >= 3 && s > smooth(w-1) && s >= smooth(w+1) {
			peaks = append(peaks, peak{w, s})
		}
	}
	// Text of few lines makes no peak: a caption across two columns. Its first line
	// shows the column all the same, short of the indent or not.
	for i := range lines {
		l := &lines[i]
		if l.ends || l.commas == 0 || l.spread || l.width < 24 || l.width >= unboundedWidth-4 {
			continue
		}
		if !slices.ContainsFunc(peaks, func(p peak) bool { return p.w >= l.width-2 && p.w <= l.width+6 }) {
			peaks = append(peaks, peak{l.width, 1}, peak{l.width + 4, 1})
		}
	}
	slices.SortStableFunc(peaks, func(a, b peak) int { return b.mass - a.mass })
	peaks = append(peaks[:min(len(peaks), mostWidths-1)], peak{unboundedWidth, 1})
	slices.SortFunc(peaks, func(a, b peak) int { return a.w - b.w })
	total := 0
	for _, p := range peaks {
		total += p.mass
	}
	for _, p := range peaks {
		m.widths = append(m.widths, p.w)
		m.prior = append(m.prior, math.Log(float64(p.mass)/float64(total)))
		m.logLength = append(m.logLength, -math.Log(float64(min(p.w, 120))/2+1))
	}
}

func (m *model) findGaps(lines []line) {
	var counts [4]int
	for i := 1; i < len(lines); i++ {
		counts[min(lines[i].gap, 3)]++
	}
	extra := 0
	for g := range counts {
		if counts[g] > counts[m.usualGap] {
			m.usualGap = g
		}
	}
	for g := m.usualGap + 1; g < len(counts); g++ {
		extra += counts[g]
	}
	m.gapsTell = extra > 0 && extra*5 < len(lines)*2
}

// fit is the log probability that a full line misses its column by d half units.
func fit(d int) float64 {
	switch {
	case d < 0:
		d = -d
		if d > 4 {
			return -6.5 // overfull: squeezing gains two cells at most
		}
	}
	if d < len(fits) {
		return fits[d]
	}
	return max(-12, -5-0.2*float64(d-len(fits)))
}

var fits = [...]float64{-0.6, -1.6, -1.7, -3, -3.4, -4.5, -5}

// filled scores a line as one that the paragraph goes on after.
func (m *model) filled(l *line, w int, first bool) float64 {
	score := -0.05
	if l.ends {
		score = -3
	}
	if l.spread {
		return score - 0.6
	}
	f := fit(w - l.width)
	if first {
		f = max(f, fit(w-4-l.width), fit(w-2-l.width)-2) - 0.7
	}
	return score + f
}

// closing scores a line as the last of its paragraph.
func (m *model) closing(l *line, k int, first bool) float64 {
	score := m.logLength[k]
	if l.width > m.widths[k]+3 {
		score = -8
	}
	switch {
	case l.ends:
		score -= 0.03
	case lastRune(l.text) == '：' || lastRune(l.text) == '）':
		score -= 2.3
	case l.pauses:
		score -= 6
	default:
		score -= 5
	}
	return score
}

// display scores a line as display type.
func display(l *line) float64 {
	score := -3.7 // any of some forty widths
	if l.width > 84 {
		score = -7
	}
	switch {
	case l.ends && lastRune(l.text) == '。':
		score -= 5.5
	case l.ends:
		score -= 2.3
	case l.pauses:
		score -= 3.5
	}
	if l.hanging {
		score -= 6
	}
	score += [...]float64{-0.07, -2.6, -4.5, -6}[min(l.commas, 3)]
	if l.opening == bylineOpens {
		score -= 8
	} else if l.opening == weakOpening {
		score -= 3
	}
	return score
}

// alike scores a display line's width beside that of the one before: the lines of
// a wrapped headline are about as long as each other.
func alike(before, l *line) float64 {
	switch d := abs(before.width - l.width); {
	case d <= 2:
		return 1.5
	case d <= 6:
		return 0.7
	}
	return -0.4
}

// text scores a line's inside as running text.
func text(l *line) float64 {
	if l.width < 12 {
		return 0
	}
	if l.commas == 0 {
		return -0.8
	}
	return -0.6
}

// between scores what stands between a line and the one before it.
func (m *model) between(l *line, r role) float64 {
	score := 0.0
	if m.gapsTell {
		extra := l.gap > m.usualGap
		switch {
		case extra && r == cont:
			score -= 3.5
		case extra:
			score -= 0.9
		case r != cont:
			score -= 0.6
		}
	}
	deep := l.indent >= 2
	switch {
	case m.indented && r == para && deep, m.indented && r == cont && !deep:
	case m.indented && r == para:
		score -= 3
	case m.indented && r == cont:
		score -= 3.5
	}
	return score
}

// beginning scores a line as the first of a paragraph.
func beginning(l *line) float64 {
	score := 0.0
	if l.hanging {
		score -= 6
	}
	if l.opening == bylineOpens {
		score -= 1
	}
	return score
}

// continuing scores a line as going on from the line before.
func continuing(before, l *line) float64 {
	score := junctionOf(before.text, l.text)
	if l.hanging {
		score -= 3
	}
	switch l.opening {
	case bylineOpens:
		score -= 6
	case weakOpening:
		score -= 0.7
	}
	if before.pauses && before.width >= 8 {
		score += 1
	}
	return score
}

// Log probabilities of what follows what.
var (
	logParaGoesOn  = math.Log(.83)
	logBodyToPara  = math.Log(.17 * .8)
	logBodyToHead  = math.Log(.17 * .2)
	logHeadToHead  = math.Log(.45)
	logHeadToPara  = math.Log(.55)
	logSameWidth   = math.Log(.93)
	logOtherWidth  = math.Log(.07)
	logSameAfter   = math.Log(.6) // after display type, where another article is likely
	logOtherAfter  = math.Log(.4)
	impossiblyBad  = math.Inf(-1)
	markedBoundary = -0.3
)
