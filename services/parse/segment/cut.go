package segment

import (
	"math"
	"slices"
)

// span is an article in the making: blocks [from, to) of the sequence. A span
// with place -1 is one display line that is nobody's.
type span struct {
	from, to int
	heads    [2]int // range of its headline lines in the sequence; empty when none
	place    int    // before, after, inside, nowhere; -1
	score    float64
	chance   float64 // that this is an article, with this headline; of all cuts
}

// cutter searches for the best cut.
type cutter struct {
	w      weights
	m      *model
	seq    []*block // heads and paragraphs, no captions
	index  *index
	retold *retold
	ties   [][reach]float64

	bylined      int       // how many of the paragraphs open with a byline, as a bin
	prev         []int     // the paragraph before, or -1
	nextPara     []int     // the paragraph after, or -1
	words        []feature // of paragraphs: firstWords
	lead         []feature
	tagged       []bool    // stands under the name of a column of briefs
	farTie       []float64 // likeness to paragraphs farther up
	brokenBefore []bool    // a paragraph farther up breaks off, and none has gone on from it

	paras []int // positions of the paragraphs
	rank  []int // the other way round

	start, kept, trail, orphan []float64
	torn                       []float64
	deep                       []float64
	bare, again                [][4]float64     // by first paragraph and number of paragraphs: four stands for more
	inside                     [][reach]float64 // by number of paragraphs before
	buffer                     []feature
	known                      [][]float64 // by first display line of a headline: see headScore
	marks                      []int32     // scratch, by pair of characters
	edges                      [][]choice  // by end: the spans of the best cut's search
	mostPlace                  [styles]float64
}

func newCutter(seq []*block, x *index, m *model, w weights) *cutter {
	n := len(seq)
	c := &cutter{w: w, m: m, seq: seq, index: x, retold: newRetold(seq, x), ties: ties(seq, x),
		prev: make([]int, n), nextPara: make([]int, n), words: make([]feature, n), lead: make([]feature, n), tagged: make([]bool, n),
		rank: make([]int, n), torn: make([]float64, n), bare: make([][4]float64, n), again: make([][4]float64, n), start: make([]float64, n), kept: make([]float64, n), trail: make([]float64, n), orphan: make([]float64, n),
		inside: make([][reach]float64, n), buffer: make([]feature, 0, 64)}
	c.survey()
	c.farTie, c.brokenBefore = c.lookBack()
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
	c.sumInside()
}

// survey looks at the page's blocks once, for what features ask.
func (c *cutter) survey() {
	last := -1
	var recent []int
	openings, paras := 0, 0
	tagged := false
	for i, b := range c.seq {
		c.prev[i] = last
		if b.tag != "" {
			tagged = true
		}
		c.tagged[i] = tagged
		if b.kind != paraBlock {
			continue
		}
		c.rank[i] = paras
		c.paras = append(c.paras, i)
		paras++
		if b.opening == bylineOpens {
			openings++
		}
		c.words[i] = firstWords(b.plain)
		c.lead[i] = leadBin(leadTie(c.seq, i, recent[max(0, len(recent)-3):], c.index))
		recent = append(recent, i)
		last = i
	}
	next := -1
	for i := len(c.seq) - 1; i >= 0; i-- {
		c.nextPara[i] = next
		if c.seq[i].kind == paraBlock {
			next = i
		}
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

// lookBack compares every paragraph with those farther up than ties does: from the
// fourth to the fortieth before it.
func (c *cutter) lookBack() (far []float64, broken []bool) {
	const nearest, farthest = 4, 40
	far, broken = make([]float64, len(c.seq)), make([]bool, len(c.seq))
	heavy := make([]float64, len(c.paras))
	mark := make([]int32, len(c.index.keys))
	for n, i := range c.paras {
		for _, g := range c.seq[i].grams {
			mark[g] = int32(n + 1)
			heavy[n] += c.index.value[g]
		}
		for k := max(0, n-farthest); k <= n-nearest; k++ {
			shared := 0.0
			for _, g := range c.seq[c.paras[k]].grams {
				if mark[g] == int32(n+1) {
					shared += c.index.value[g]
				}
			}
			if light := min(heavy[n], heavy[k]); light > 0 {
				far[i] = max(far[i], shared/light)
			}
		}
		for k := n - 2; k >= 0 && k >= n-farthest && !broken[i]; k-- {
			broken[i] = c.seq[c.paras[k]].unfinished && !c.seq[c.paras[k+1]].resumes
		}
	}
	return far, broken
}

// choice is the score of the best spans (or the sum over all) from one block to
// another, by place.
type choice struct {
	from  int
	score [places]float64
	heads [places][2]int
}

// choices yields, for every start, the spans that end before j.
func (c *cutter) choices(j int, sum bool, yield func(*choice)) {
	var chosen choice
	open := -1
	c.each(j, func(s *span) {
		if s.from != open {
			if open >= 0 {
				yield(&chosen)
			}
			open = s.from
			chosen.from = open
			for p := range chosen.score {
				chosen.score[p] = impossible
			}
		}
		switch old := chosen.score[s.place]; {
		case sum:
			chosen.score[s.place] = logAdd(old, s.score)
		case s.score > old:
			chosen.score[s.place], chosen.heads[s.place] = s.score, s.heads
		}
	})
	if open >= 0 {
		yield(&chosen)
	}
}

// each yields every span that ends before j, from the shortest to the longest,
// with its score, that of its place in a page's style left out.
func (c *cutter) each(j int, yield func(*span)) {
	last := j - 1
	for last >= 0 && c.seq[last].kind == headBlock {
		last--
	}
	if last < 0 || j-1-last > mostHeads {
		return // a pile of display lines ends no article
	}
	e := edge{c: c, j: j, last: last, first: last, yield: yield}
	for k := last + 1; k < j; k++ {
		e.trails += c.trail[k]
	}
	for i := last; i >= 0 && j-i <= mostBlocks; i-- {
		switch {
		case c.seq[i].kind == paraBlock:
			e.extend(i)
			e.bare()
		case i >= e.first-mostHeads:
			e.offer(before, i, e.first, i, e.kept+e.trails)
		}
	}
}

// mostHeads bounds the display lines of one headline.
const mostHeads = 8

// edge walks the spans that end at one place.
type edge struct {
	c              *cutter
	j, first, last int
	paras          int
	kept, trails   float64  // of display lines between first and last, and under last
	groups         [][2]int // of display lines between first and last
	body           float64  // score of the paragraphs
	looks          float64  // of the display lines under last as a headline
	yield          func(*span)
	span           span
}

// extend takes paragraph i in as the first.
func (e *edge) extend(i int) {
	c := e.c
	if e.paras > 0 && e.first > i+1 {
		e.groups = append(e.groups, [2]int{i + 1, e.first})
		for k := i + 1; k < e.first; k++ {
			e.kept += c.kept[k]
		}
	}
	e.first = i
	e.paras++
	e.body = c.start[i] + c.w[gSize+sizeBin(e.paras)] + c.insides(c.rank[i], c.rank[e.last])
}

// bare yields the spans that begin with their first paragraph.
func (e *edge) bare() {
	c := e.c
	e.span = span{from: e.first, to: e.j, place: nowhere}
	e.span.score = e.body + e.kept + e.trails + c.bare[e.first][min(e.paras, 4)-1]
	e.yield(&e.span)
	if c.rank[e.first] > 0 {
		e.span.place = again
		e.span.score = e.body - c.start[e.first] + e.kept + e.trails + c.again[e.first][min(e.paras, 4)-1]
		e.yield(&e.span)
	}
	if e.last+1 < e.j {
		e.offer(after, e.last+1, e.j, e.first, e.kept)
	}
	for _, g := range e.groups {
		if g[1]-g[0] > mostHeads {
			continue
		}
		rest := e.kept + e.trails
		for k := g[0]; k < g[1]; k++ {
			rest -= c.kept[k]
		}
		e.offer(inside, g[0], g[1], e.first, rest)
	}
}

func (e *edge) offer(place, from, to, start int, rest float64) {
	c := e.c
	e.span = span{from: start, to: e.j, heads: [2]int{from, to}, place: place}
	e.span.score = e.body + c.torn[start] + rest + e.headScore(place, from, to)
	e.yield(&e.span)
}

// headScore is the sum of headFeatures. What has been asked before is remembered:
// a headline's looks do not depend on the article, and beyond four paragraphs its
// fit does not change.
func (e *edge) headScore(place, from, to int) float64 {
	c := e.c
	if place == after { // every end and first paragraph comes but once
		if e.looks == 0 {
			e.looks = c.w.sum(c.looksFeatures(c.buffer[:0], from, to, place))
		}
		return e.looks + c.w.sum(c.fitFeatures(c.buffer[:0], from, to, e.first, e.paras, place))
	}
	const deep = 4 // depths[2]
	row := &c.known[from]
	away := from - e.first // negative: the headline stands before
	at := (max(away, 0)*deep + min(e.paras, deep) - 1) * 2
	if place == inside {
		at++
	}
	for len(*row) <= at {
		*row = append(*row, math.NaN())
	}
	if math.IsNaN((*row)[at]) {
		(*row)[at] = c.w.sum(c.headFeatures(c.buffer[:0], from, to, e.first, e.paras, place))
	}
	return (*row)[at]
}

// insides sums the scores of the paragraphs after the first, which are given by
// their rank among the page's paragraphs.
func (c *cutter) insides(first, last int) float64 {
	s := 0.0
	for n := 1; n < reach && first+n <= last; n++ {
		s += c.inside[c.paras[first+n]][n-1]
	}
	if last >= first+reach {
		s += c.deep[last+1] - c.deep[first+reach]
	}
	return s
}

// sumInside prepares insides: deep[n] is the score of the first n paragraphs, each
// well inside an article.
func (c *cutter) sumInside() {
	c.deep = append(c.deep[:0], 0)
	for n, i := range c.paras {
		c.deep = append(c.deep, c.deep[n]+c.inside[i][reach-1])
	}
}

// cut returns the best cut in order, display lines that are nobody's left out.
func (c *cutter) cut() []span {
	n := len(c.seq)
	var total [styles][]float64
	var chosen [styles][]span
	for s := range styles {
		total[s], chosen[s] = make([]float64, n+1), make([]span, n+1)
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
		c.choices(j, false, func(ch *choice) {
			c.edges[j] = append(c.edges[j], *ch)
			for s := range styles {
				for p, score := range ch.score {
					if t := total[s][ch.from] + score + c.w[gPlace+feature(s*places+p)]; t > total[s][j] {
						total[s][j] = t
						chosen[s][j] = span{from: ch.from, to: j, heads: ch.heads[p], place: p, score: score}
					}
				}
			}
		})
		c.prune(j, &total)
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

// hopeless is how far below the best a way to some block is not worth summing.
const hopeless = 12

// prune drops the spans that end at j and cannot matter.
func (c *cutter) prune(j int, total *[styles][]float64) {
	kept := c.edges[j][:0]
	for k := range c.edges[j] {
		ch := &c.edges[j][k]
		for s := range styles {
			if total[s][ch.from]+slices.Max(ch.score[:])+c.mostPlace[s] > total[s][j]-hopeless {
				kept = append(kept, *ch)
				break
			}
		}
	}
	c.edges[j] = append([]choice(nil), kept...)
}

// sums are the log sums over all cuts of a page's blocks before and from each.
type sums struct {
	forward, backward [styles][]float64
	total             float64
}

// sumUp sums over all cuts.
func (c *cutter) sumUp() *sums {
	edges := make([][]choice, len(c.seq)+1)
	for j := 1; j <= len(c.seq); j++ {
		c.choices(j, true, func(ch *choice) { edges[j] = append(edges[j], *ch) })
	}
	return c.sumOver(edges)
}

// sumOver sums over all cuts of the given spans, by end.
func (c *cutter) sumOver(edges [][]choice) *sums {
	n := len(c.seq)
	s := &sums{total: impossible}
	for t := range styles {
		s.forward[t], s.backward[t] = make([]float64, n+1), make([]float64, n+1)
		for i := range n + 1 {
			s.forward[t][i], s.backward[t][i] = impossible, impossible
		}
		s.forward[t][0], s.backward[t][n] = c.w[gStyle+feature(t)], 0
	}
	for j := 1; j <= n; j++ {
		for t := range styles {
			f := impossible
			if c.seq[j-1].kind == headBlock {
				f = s.forward[t][j-1] + c.orphan[j-1]
			}
			for k := range edges[j] {
				f = logAdd(f, s.forward[t][edges[j][k].from]+c.styled(&edges[j][k], t))
			}
			s.forward[t][j] = f
		}
	}
	for j := n; j >= 1; j-- {
		for t := range styles {
			b := s.backward[t][j]
			if c.seq[j-1].kind == headBlock {
				s.backward[t][j-1] = logAdd(s.backward[t][j-1], b+c.orphan[j-1])
			}
			for k := range edges[j] {
				from := edges[j][k].from
				s.backward[t][from] = logAdd(s.backward[t][from], b+c.styled(&edges[j][k], t))
			}
		}
	}
	for t := range styles {
		s.total = logAdd(s.total, s.forward[t][n])
	}
	return s
}

// styled sums a choice over its places in a style.
func (c *cutter) styled(ch *choice, style int) float64 {
	s := impossible
	for p, score := range ch.score {
		if score > impossible {
			s = logAdd(s, score+c.w[gPlace+feature(style*places+p)])
		}
	}
	return s
}

// chances fills the probability of every span of the best cut.
func (c *cutter) chances(spans []span) {
	s := c.sumOver(c.edges)
	for k := range spans {
		sp := &spans[k]
		if sp.place < 0 {
			continue
		}
		log := impossible
		for t := range styles {
			log = logAdd(log, s.forward[t][sp.from]+sp.score+c.w[gPlace+feature(t*places+sp.place)]+s.backward[t][sp.to])
		}
		sp.chance = exp(log - s.total)
	}
}

func exp(x float64) float64 { return math.Exp(x) }
