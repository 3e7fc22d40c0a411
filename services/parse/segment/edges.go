package segment

import (
	"math"
	"slices"
)

// choice is the score of the best spans (or the sum over all) from one block to
// another, by place.
type choice struct {
	from  int
	score [places]float64
	heads [places][2]int
	sum   [styles]float64 // over its places in a page of each style; see sumOver
}

// choices yields, for every start, the spans that end before j, but for those that
// the ways to j found so far leave no hope; nil means all.
func (c *cutter) choices(j int, sum bool, found *ways, yield func(*choice)) {
	chosen := &c.chosen
	open := -1
	c.each(j, found, func(s *span) {
		if s.from != open {
			if open >= 0 {
				yield(chosen)
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
		yield(chosen)
	}
}

// each yields every span that ends before j, from the shortest to the longest,
// with its score, that of its place in a page's style left out. found is as for
// choices.
func (c *cutter) each(j int, found *ways, yield func(*span)) {
	last := j - 1
	for last >= 0 && c.seq[last].kind == headBlock {
		last--
	}
	if last < 0 || j-1-last > mostHeads {
		return // a pile of display lines ends no article
	}
	e := &c.edge
	*e = edge{c: c, j: j, last: last, first: last, yield: yield, groups: c.groups[:0]}
	for k := last + 1; k < j; k++ {
		e.trails += c.trail[k]
	}
	e.spared = max(0, -e.trails)
	for i := last; i >= 0 && j-i <= mostBlocks; i-- {
		if c.seq[i].kind == paraBlock {
			e.extend(i)
		}
		if found != nil && !found.worth(i, j, e.most(i)) {
			if e.paras > reach && !found.worthFarther(i-1, j, e.mostLong()) {
				break
			}
			continue
		}
		switch {
		case c.seq[i].kind == paraBlock:
			e.bare()
		case i >= e.first-mostHeads:
			e.offer(before, i, e.first, i, e.kept+e.trails)
		}
	}
	c.groups = e.groups
}

// mostHeads bounds the display lines of one headline.
const mostHeads = 8

// edge walks the spans that end at one place.
type edge struct {
	c              *cutter
	j, first, last int
	paras          int
	kept, trails   float64  // of display lines between first and last, and under last
	spared         float64  // what kept may gain at most by one group that is the headline
	groups         [][2]int // of display lines between first and last
	body           float64  // score of the paragraphs
	grouped        float64  // score of the number of groups
	looks          float64  // of the display lines under last as a headline
	yield          func(*span)
	span           span
}

// most is no less than the score of any span from block i, as far as the walk has
// come. What stands inside as its headline is not kept, so that its score may be
// missing.
func (e *edge) most(i int) float64 {
	c, size := e.c, min(e.paras, 4)-1
	headed := e.body + c.torn[i] + c.mostHead + e.kept + e.trails + e.spared
	headed += max(0, c.sectioned(len(e.groups)-1, e.paras)-e.grouped)
	return max(headed, e.body+e.kept+e.trails+max(c.bare[e.first][size], c.again[e.first][size]-c.start[e.first]))
}

// mostLong is no less than what the score of any span of more paragraphs than reach has
// besides what c.long knows of its start.
func (e *edge) mostLong() float64 {
	c := e.c
	return c.deep[c.rank[e.last]+1] + c.keptBefore[e.last] + e.trails + max(c.mostSpared, -e.trails) + c.mostLong
}

// extend takes paragraph i in as the first.
func (e *edge) extend(i int) {
	c := e.c
	if e.paras > 0 && e.first > i+1 {
		e.groups = append(e.groups, [2]int{i + 1, e.first})
		group := 0.0
		for k := i + 1; k < e.first; k++ {
			group += c.kept[k]
		}
		e.kept += group
		e.spared = max(e.spared, -group)
	}
	e.first = i
	e.paras++
	e.grouped = c.sectioned(len(e.groups), e.paras)
	e.body = c.start[i] + c.w[gSize+sizeBin(e.paras)] + c.insides(c.rank[i], c.rank[e.last]) + e.grouped
}

func (c *cutter) sectioned(groups, paras int) float64 { return c.w[sections(max(0, groups), paras)] }

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
		rest := e.kept + e.trails + c.sectioned(len(e.groups)-1, e.paras) - e.grouped
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
	if len(*row) <= at {
		longer := c.m.desk.scores.take(max(at+1, 2*len(*row), 32))
		for k := copy(longer, *row); k < len(longer); k++ {
			longer[k] = math.NaN()
		}
		*row = longer
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

// boundLong prepares mostLong. The score of a span of many paragraphs is a difference of
// sums up to its end and to its start, so that what speaks for its start needs no end.
func (c *cutter) boundLong() {
	kept, run := 0.0, 0.0 // of the display lines so far, of those in a row
	c.mostSpared = 0
	c.keptBefore = append(c.keptBefore[:0], 0)
	for i, b := range c.seq {
		if b.kind == paraBlock {
			run = 0
		} else {
			kept += c.kept[i]
			run += c.kept[i]
			c.mostSpared = max(c.mostSpared, -run)
		}
		c.keptBefore = append(c.keptBefore, kept)
	}
	c.mostLong = slices.Max(c.w[gSize:gSize+6]) + slices.Max(c.w[gSections:gSections+4*3])
	c.long = c.long[:0]
	for i := range c.seq {
		first := i
		if c.seq[i].kind == headBlock {
			first = c.nextPara[i]
		}
		if first < 0 || c.rank[first]+reach >= len(c.paras) {
			c.long = append(c.long, impossible)
			continue
		}
		long := c.start[first] - c.deep[c.rank[first]+reach] - c.keptBefore[first]
		for n := 1; n < reach; n++ {
			long += c.inside[c.paras[c.rank[first]+n]][n-1]
		}
		c.long = append(c.long, long+max(c.torn[i]+c.mostHead, c.bare[first][3], c.again[first][3]-c.start[first]))
	}
}
