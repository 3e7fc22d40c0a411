package segment

import (
	"slices"

	"broadsheet/services/parse/internal/topic"
)

// headFeatures speak for display lines [from, to) being the headline of the
// article whose first paragraph is first.
func (c *cutter) headFeatures(dst []feature, from, to, first, paras, place int) []feature {
	return c.looksFeatures(c.fitFeatures(dst, from, to, first, paras, place), from, to, place)
}

// bestHead is no less than the score of any headline.
func (c *cutter) bestHead() float64 {
	most := func(from feature, n int) float64 { return slices.Max(c.w[from : int(from)+n]) }
	best := impossible
	for place := range 3 {
		at := feature(place * 8)
		fit := most(gNear+at, 8) + most(gLeadFit+at, 8) + most(gBodyFit+at, 8) + max(0, most(gLeast+at, 8)) + most(gMass+feature(place*massBins), massBins)
		fit += most(gTexts+feature(place*rivalBins), rivalBins) + most(gRivals+feature(place*rivalBins), rivalBins)
		fit += most(gHeadTopic+feature(place*headTopicBins), headTopicBins) + max(0, most(gHeadSide+feature(place*sideBins), sideBins))
		best = max(best, fit+most(gHeadGap+feature(place*9), 9))
	}
	best += most(gHeadWhole, clausePairs) + most(gStray, massBins) + most(gHeads, 6) + most(gHeadLong, 6) + float64(mostHeads-1)*(max(0, most(gRunGap, 9))+max(0, most(gRunPage, 9)))
	for k := range feature(6) {
		best += max(0, c.w[gHeadText+k])
	}
	best += max(0, slices.Max(c.w[gHeadMark:gHeadMark+2*2])) + max(0, most(gHeadPic, 3*3))
	for k := range feature(headEdges) {
		best += max(0, c.w[gHeadEdge+k])
	}
	return best
}

// fitFeatures compare a headline with its article.
func (c *cutter) fitFeatures(dst []feature, from, to, first, paras, place int) []feature {
	at := feature(place * 8)
	dst = append(dst,
		gNear+at+fitBin(c.retold.overlap(from, to, first, 0)),
		gLeadFit+at+fitBin(c.retold.overlap(from, to, first, depthOf(paras, 1))),
		gBodyFit+at+fitBin(c.retold.overlap(from, to, first, depthOf(paras, 2))),
	)
	dst = append(dst, gMass+feature(place*massBins)+massBin(c.retold.mass(from, to, first, depthOf(paras, 1))))
	texts, heads := c.retold.rivals(from, to, first)
	dst = append(dst, gTexts+feature(place*rivalBins)+rivalBin(texts), gRivals+feature(place*rivalBins)+rivalBin(heads))
	dst = append(dst, gStray+massBin(c.retold.stray(from, to, first, depthOf(paras, 2))))
	likeness, sure := c.topics.told(from, to, c.rank[first], paras)
	dst = append(dst, gHeadTopic+feature(place*headTopicBins)+headTopics.bin(likeness, sure))
	if other := c.otherSide(from, to, place); other != nil && sure >= headTopics.least {
		stranger, _ := c.topics.common.Apart(c.topics.headline(from, to), other)
		dst = append(dst, gHeadSide+feature(place*sideBins)+sideBin(likeness-stranger))
	}
	if to-from > 1 {
		least := 1.0
		for i := from; i < to; i++ {
			if c.seq[i].first().width >= 10 {
				least = min(least, c.retold.overlap(i, i+1, first, depthOf(paras, 2)))
			}
		}
		dst = append(dst, gLeast+at+fitBin(least))
	}
	return dst
}

// otherSide is what the paragraphs on the side of a headline that is not its article's
// speak of; nil where there are none.
func (c *cutter) otherSide(from, to, place int) *topic.Text {
	switch place {
	case before:
		if i := c.prev[from]; i >= 0 {
			return &c.topics.three[c.rank[i]+1]
		}
	case after:
		if i := c.nextPara[to-1]; i >= 0 {
			return &c.topics.two[c.rank[i]]
		}
	}
	return nil
}

// looksFeatures say how display lines look as a headline, whatever the article.
func (c *cutter) looksFeatures(dst []feature, from, to, place int) []feature {
	above, below := c.seq[from].first().gap, c.gapBelow(to-1)
	if place == after {
		above, below = below, above // far side, body's side
	}
	nearer := feature(1)
	if below < above {
		nearer = 0
	} else if below > above {
		nearer = 2
	}
	dst = append(dst, gHeadWhole+c.seq[from].first().opens*clauseBins+c.seq[to-1].first().closes)
	dst = append(dst, gHeads+feature(min(to-from, 6)-1), gHeadGap+feature(place*9+c.m.gapMode*3)+nearer)
	for i := from + 1; i < to; i++ {
		gap := c.seq[i].first().gap
		dst = append(dst, gRunGap+c.gapBin(gap), gRunPage+c.pageGap(gap))
	}
	total, commas, stops, tails := 0, 0, 0, 0
	for i := from; i < to; i++ {
		l := c.seq[i].first()
		total += l.width
		commas += l.commas
		if l.ends {
			stops++
		}
		if c.seq[i].signs {
			tails++
		}
	}
	for k, is := range [...]bool{commas > 0, commas > 1, stops > 0, tails > 0 && to-from == 1, c.seq[from].named, c.seq[to-1].named} {
		if is {
			dst = append(dst, gHeadText+feature(k))
		}
	}
	if n := c.pictured[to-1]; n > 0 {
		dst = append(dst, gHeadPic+feature(place*3)+n-1)
	}
	dst = edgeFeatures(dst, &c.seq[from].says, &c.seq[to-1].says, to-from > 1)
	if mark := markOf(c.seq[from].plain); mark >= 0 {
		dst = append(dst, gHeadMark+2*yes(to-from > 1)+feature(mark))
	}
	long := feature(5)
	for i, limit := range [...]int{12, 20, 36, 60, 100} {
		if total <= limit {
			long = feature(i)
			break
		}
	}
	return append(dst, gHeadLong+long)
}

// headEdges is the number of signs that a headline begins or ends in the middle of
// another one, or does not: what says that words follow is no last line, who took part
// no first one.
const headEdges = 15

func edgeFeatures(dst []feature, first, last *headSigns, several bool) []feature {
	for k, is := range [headEdges]bool{
		first.attends || first.deck, first.dash, first.goesOn, first.unopened,
		last.kicker, last.column, last.unclosed, last.open,
		several && first.kicker, several && first.column, several && (last.attends || last.deck || last.dash), several && last.genre,
		several && first.label, !several && first.label, several && last.label,
	} {
		if is {
			dst = append(dst, gHeadEdge+feature(k))
		}
	}
	return dst
}
