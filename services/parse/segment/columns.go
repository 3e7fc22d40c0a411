package segment

import (
	"math"
	"slices"
)

// model holds what is measured on the page before its lines are read in turn.
type model struct {
	w                    weights
	desk                 *desk
	widths               []int     // candidate column widths, ascending
	share                []int     // of lines in each, as a bin
	usualGap             int       // blank lines between two lines of running text
	gapMode              int       // 0 no blank lines, 1 one after every line, 2 they tell
	indented             bool      // paragraphs keep their indent
	buffer               []feature // scratch
	shapes               map[shape]*columnScores
	peaks                []feature // by width: see findPeaks
	closed               []best
	priorBody, priorHead []float64
}

func newModel(lines []line, w weights, d *desk) *model {
	m := &model{w: w, desk: d, buffer: make([]feature, 0, 64), shapes: map[shape]*columnScores{}}
	m.findWidths(lines)
	m.findPeaks()
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
		m.share = append(m.share, min(6, int(-math.Log2(float64(p.mass)/float64(total)))))
	}
}

// findPeaks says of every width whether it is a common column's, 1, or short of one by
// an indent, 2.
func (m *model) findPeaks() {
	m.peaks = m.desk.features.take(unboundedWidth + 2)
	for i, w := range m.widths {
		if m.share[i] > 3 {
			continue
		}
		for _, short := range [...]int{3, 4, 5} {
			if at := w - short; m.peaks[at] == 0 {
				m.peaks[at] = 2
			}
		}
		for at := w - 1; at <= w+1; at++ {
			m.peaks[at] = 1
		}
	}
}

// peakOf is what findPeaks says of a width.
func (m *model) peakOf(width int) feature {
	if width < len(m.peaks) {
		return m.peaks[width]
	}
	return 0
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
	switch {
	case extra > 0 && extra*5 < len(lines)*2:
		m.gapMode = 2
	case m.usualGap > 0:
		m.gapMode = 1
	}
}

// gapsTell reports that more blank lines than usual mean something.
func (m *model) gapsTell() bool { return m.gapMode == 2 }
