package segment

import (
	"slices"
	"strings"
)

// span is an article in the making: blocks [from, to) of the sequence. A span
// with place -1 is one display line that is nobody's.
type span struct {
	from, to int
	heads    [2]int // range of its headline lines in the sequence; empty when none
	place    int    // before, after, inside, nowhere; -1
	score    float64
	chance   float64 // that this is an article, with this headline; of all cuts
	parted   bool    // the best cut has it in one span with what stands before: see split
}

// cutter searches for the best cut.
type cutter struct {
	w      weights
	m      *model
	seq    []*block // heads and paragraphs, no captions
	index  *index
	retold *retold
	topics *topics
	ties   [][reach]float64
	cross  [][2]crossing

	headGaps     [4]int    // how many display lines that follow one another have so many blank lines between
	longHead     int       // width of the page's long headline lines
	bylined      int       // how many of the paragraphs open with a byline, as a bin
	prev         []int     // the paragraph before, or -1
	nextPara     []int     // the paragraph after, or -1
	words        []feature // of paragraphs: firstWords
	lead         []feature
	tagged       []bool    // stands under the name of a column of briefs
	listed       []bool    // of paragraphs: with nothing but others between
	farTie       []float64 // likeness to paragraphs farther up
	brokenBefore []feature // how it goes on from a paragraph farther up that breaks off: see lookBack

	paras    []int     // positions of the paragraphs
	rank     []int     // the other way round
	pictured []feature // of display lines over a caption: see picturedBin
	run      []feature // of display lines: how many stand in a row, as runBin says

	start, kept, trail, orphan []float64
	torn                       []float64
	deep                       []float64
	bare, again                [][4]float64     // by first paragraph and number of paragraphs: four stands for more
	inside                     [][reach]float64 // by number of paragraphs before
	buffer                     []feature
	edge                       edge        // scratch
	chosen                     choice      // scratch
	groups                     [][2]int    // scratch
	known                      [][]float64 // by first display line of a headline: see headScore
	marks                      []int32     // scratch, by pair of characters
	edges                      [][]choice  // by end: the spans of the best cut's search
	mostPlace                  [styles]float64
	mostHead                   float64   // no headline scores more
	begins                     []float64 // of a paragraph: the probability that a span begins with it, see chances

	// What bounds the scores of long spans: see boundLong.
	keptBefore, long     []float64
	mostSpared, mostLong float64
}

func newCutter(seq []*block, x *index, m *model, w weights) *cutter {
	n := len(seq)
	d := m.desk
	c := &cutter{w: w, m: m, seq: seq, index: x, retold: newRetold(seq, x),
		prev: make([]int, n), nextPara: make([]int, n), words: d.features.take(n), lead: d.features.take(n), tagged: make([]bool, n), listed: make([]bool, n), rank: make([]int, n),
		pictured: d.features.take(n), run: d.features.take(n), torn: d.scores.take(n), bare: d.sizes.take(n), again: d.sizes.take(n), start: d.scores.take(n), kept: d.scores.take(n), trail: d.scores.take(n), orphan: d.scores.take(n),
		inside: d.ties.take(n), buffer: make([]feature, 0, 64)}
	c.survey()
	c.ties, c.farTie = likenesses(seq, c.paras, x)
	c.brokenBefore = c.lookBack()
	c.topics = newTopics(seq, c.paras, x)
	c.cross = crossings(seq, c.paras, x)
	c.rescore()
	return c
}

// rescore computes the cutter's scores anew from the weights.
func (c *cutter) rescore() {
	for i, b := range c.seq {
		c.torn[i] = c.w.sum(c.tornFeatures(c.buffer[:0], i))
		if b.kind == headBlock {
			c.kept[i] = c.w.sum(c.keptFeatures(c.buffer[:0], i))
			c.trail[i] = c.w.sum(c.trailFeatures(c.buffer[:0], i))
			c.orphan[i] = c.torn[i] + c.w.sum(c.orphanFeatures(c.buffer[:0], i))
			continue
		}
		c.start[i] = c.w.sum(c.startFeatures(c.buffer[:0], i))
		for n := range c.bare[i] {
			c.bare[i][n] = c.w.sum(c.bareFeatures(c.buffer[:0], i, n+1))
			c.again[i][n] = c.w.sum(c.againFeatures(c.buffer[:0], i, n+1))
		}
		for d := range reach {
			c.inside[i][d] = c.w.sum(c.insideFeatures(c.buffer[:0], i, d+1))
		}
	}
	c.known = make([][]float64, len(c.seq))
	c.mostHead = c.bestHead()
	c.sumInside()
	c.boundLong()
}

// survey looks at the page's blocks once, for what features ask.
func (c *cutter) survey() {
	last := -1
	openings, paras := 0, 0
	tagged, listed := false, false
	for i, b := range c.seq {
		c.prev[i] = last
		if b.tag != "" {
			tagged, listed = true, true
		}
		listed = listed && b.kind == paraBlock
		c.tagged[i], c.listed[i] = tagged, listed
		if b.kind != paraBlock {
			c.pictured[i] = picturedBin(b)
			if i > 0 && c.seq[i-1].kind == headBlock {
				c.headGaps[min(b.first().gap, 3)]++
			}
			continue
		}
		c.rank[i] = paras
		c.paras = append(c.paras, i)
		paras++
		if b.opening == bylineOpens {
			openings++
		}
		c.words[i] = firstWords(b.plain)
		last = i
	}
	for i, tie := range leadTies(c.seq, c.paras, c.index) {
		c.lead[i] = leadBin(tie)
	}
	c.longHead = longHead(c.seq)
	next := -1
	for i := len(c.seq) - 1; i >= 0; i-- {
		c.nextPara[i] = next
		if c.seq[i].kind == paraBlock {
			next = i
			continue
		}
		below := next
		if below < 0 {
			below = len(c.seq)
		}
		c.run[i] = runBin(below - c.prev[i] - 1)
	}
	switch {
	case openings == 0:
	case openings*12 < paras:
		c.bylined = 1
	case openings*5 < paras:
		c.bylined = 2
	default:
		c.bylined = 3
	}
}

// picturedBin sorts display lines that stand over a caption by the share of their pairs of
// characters that it has, from 1; 0 for others.
func picturedBin(b *block) feature {
	if b.over == nil {
		return 0
	}
	pairs, shared := 0, 0
	var last rune
	for _, r := range b.plain {
		if isHan(r) && isHan(last) {
			pairs++
			if strings.Contains(b.over.plain, string([]rune{last, r})) {
				shared++
			}
		}
		last = r
	}
	return 1 + third(float64(shared), .2*float64(pairs), .5*float64(pairs))
}

// runBin sorts by how many display lines stand in a row.
func runBin(n int) feature {
	for i, limit := range [...]int{2, 4, 7} {
		if n <= limit {
			return feature(i)
		}
	}
	return 3
}

// longHead is the width that one display line in ten exceeds.
func longHead(seq []*block) int {
	var widths []int
	for _, b := range seq {
		if b.kind == headBlock {
			widths = append(widths, b.first().width)
		}
	}
	if len(widths) == 0 {
		return 0
	}
	slices.Sort(widths)
	return widths[len(widths)*9/10]
}

// lookBack looks, for every paragraph, at those farther up than the one before it that
// break off and that the next paragraph does not resume: how well the paragraph goes on
// from the best, as joinBin says; noBroken where there is none.
func (c *cutter) lookBack() []feature {
	broken := c.m.desk.features.take(len(c.seq))
	var open []int // ranks of the paragraphs that break off so
	for n, i := range c.paras {
		broken[i] = noBroken
		join := impossible
		for k := len(open) - 1; k >= 0 && open[k] >= n-farthest; k-- {
			join = max(join, junctionOf(c.seq[c.paras[open[k]]].plain, c.seq[i].plain))
			broken[i] = joinBin(join)
		}
		if n > 0 && c.seq[c.paras[n-1]].unfinished && !c.seq[i].resumes {
			open = append(open, n-1)
		}
	}
	return broken
}

// cut returns the best cut in order, display lines that are nobody's left out.
func (c *cutter) cut() []span {
	n := len(c.seq)
	found := &ways{c: c}
	total := &found.total
	var chosen [styles][]span
	for s := range styles {
		total[s], chosen[s] = c.m.desk.scores.take(n+1), c.m.desk.spans.take(n+1)
		found.farther[s] = c.m.desk.scores.take(n + 1)
	}
	c.edges = make([][]choice, n+1)
	row := make([]choice, 0, mostBlocks)
	for s := range styles {
		c.mostPlace[s] = slices.Max(c.w[gPlace+feature(s*places) : gPlace+feature((s+1)*places)])
	}
	for j := 1; j <= n; j++ {
		for s := range styles {
			total[s][j] = impossible
			if c.seq[j-1].kind == headBlock {
				total[s][j] = total[s][j-1] + c.orphan[j-1]
				chosen[s][j] = span{from: j - 1, to: j, place: -1}
			}
		}
		c.edges[j] = row[:0]
		found.from(j - 1)
		c.choices(j, false, found, func(ch *choice) {
			c.edges[j] = append(c.edges[j], *ch)
			for p, score := range ch.score {
				if score == impossible {
					continue
				}
				for s := range styles {
					if t := total[s][ch.from] + score + c.w[gPlace+feature(s*places+p)]; t > total[s][j] {
						total[s][j] = t
						chosen[s][j] = span{from: ch.from, to: j, heads: ch.heads[p], place: p, score: score}
					}
				}
			}
		})
		c.prune(j, total)
	}
	best := 0
	for s := range styles {
		total[s][n] += c.w[gStyle+feature(s)]
		if total[s][n] > total[best][n] {
			best = s
		}
	}
	var spans []span
	for j := n; j > 0; j = chosen[best][j].from {
		spans = append(spans, chosen[best][j])
	}
	for i, k := 0, len(spans)-1; i < k; i, k = i+1, k-1 {
		spans[i], spans[k] = spans[k], spans[i]
	}
	return spans
}

// ways are the scores of the best cuts before each block, by style.
type ways struct {
	c       *cutter
	total   [styles][]float64
	farther [styles][]float64 // the most that a cut and the start of a long span at a block, or at one before it, have
}

// from adds the spans from block i: the cuts before it are known.
func (w *ways) from(i int) {
	for s := range styles {
		w.farther[s][i] = w.total[s][i] + w.c.long[i]
		if i > 0 {
			w.farther[s][i] = max(w.farther[s][i], w.farther[s][i-1])
		}
	}
}

// worth reports that a span which scores no more than most may be part of a cut that
// matters.
func (w *ways) worth(from, to int, most float64) bool {
	for s := range styles {
		if w.total[s][from]+most+w.c.mostPlace[s] > w.total[s][to]-hopeless {
			return true
		}
	}
	return false
}

// worthFarther is worth for all long spans from block last or one before it; most is
// that of their rest.
func (w *ways) worthFarther(last, to int, most float64) bool {
	const rounding = 1e-6 // the sums are added up in another order
	for s := range styles {
		if last >= 0 && w.farther[s][last]+most+w.c.mostPlace[s] > w.total[s][to]-hopeless-rounding {
			return true
		}
	}
	return false
}

// hopeless is how far below the best a way to some block is not worth summing.
const hopeless = 9

// prune drops the spans that end at j and cannot matter.
func (c *cutter) prune(j int, total *[styles][]float64) {
	kept := c.edges[j][:0]
	for k := range c.edges[j] {
		ch := &c.edges[j][k]
		most := slices.Max(ch.score[:])
		for s := range styles {
			if total[s][ch.from]+most+c.mostPlace[s] > total[s][j]-hopeless {
				kept = append(kept, *ch)
				break
			}
		}
	}
	c.edges[j] = c.m.desk.choices.take(len(kept))
	copy(c.edges[j], kept)
}
