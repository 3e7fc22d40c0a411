package segment

// tornFeatures speak against taking block i, a display line, from the display line
// over it: it may be the second half of one wrapped text.
func (c *cutter) tornFeatures(dst []feature, i int) []feature {
	if i == 0 || c.seq[i].kind != headBlock || c.seq[i-1].kind != headBlock {
		return dst
	}
	a, b := c.seq[i-1].first(), c.seq[i].first()
	dst = append(dst, gTorn+joinBin(junctionOf(a.plain, b.plain)), gTorn+6+alikeBin(a, b), gTornGap+c.gapBin(b.gap), gTornPage+c.pageGap(b.gap), gTornWhole+a.closes*clauseBins+b.opens)
	for k, is := range [...]bool{firstRune(b.plain) == '—', unclosed(a.text), a.end == endsParticle} {
		if is {
			dst = append(dst, gTornIs+feature(k))
		}
	}
	return dst
}

// gapBelow is the number of blank lines under a block.
func (c *cutter) gapBelow(i int) int {
	if i+1 < len(c.seq) {
		return c.seq[i+1].first().gap
	}
	return c.m.usualGap + 1
}

// bareFeatures speak for an article without a headline.
func (c *cutter) bareFeatures(dst []feature, first, paras int) []feature {
	b := c.seq[first]
	size := feature(2)
	if paras == 1 {
		size = 0
	} else if paras <= 3 {
		size = 1
	}
	tagged := feature(0)
	if c.tagged[first] {
		tagged = 1
	}
	return append(dst, gBareBest+massBin(c.retold.best[first]), gBare+(feature(b.opening)*3+size)*2+tagged)
}

// keptFeatures speak for a display line standing inside an article without being
// its headline: a section's name, a line of a list.
func (c *cutter) keptFeatures(dst []feature, i int) []feature {
	run := feature(0)
	if i > 0 && c.seq[i-1].kind == headBlock {
		run++
	}
	if i+1 < len(c.seq) && c.seq[i+1].kind == headBlock {
		run++
	}
	dst = append(dst, gKept, gKeptRun+run, gKeptLong+widthBin(c.seq[i].first().width), gKeptGap+c.gapBin(c.seq[i].first().gap), gKeptGap+9+c.gapBin(c.gapBelow(i)))
	if mark := markOf(c.seq[i].plain); mark >= 0 {
		dst = append(dst, gKeptMark+feature(mark))
	}
	if n := c.nextPara[i]; n >= 0 {
		dst = append(dst, gKeptFit+min(3, fitBin(c.retold.overlap(i, i+1, n, 0))/2), gKeptMass+massBin(c.retold.mass(i, i+1, n, 1)))
	}
	return dst
}

// sections is the feature of an article that has so many groups of display lines
// inside besides its headline: a long one has several names of sections, a short one
// none.
func sections(groups, paras int) feature {
	size := feature(2)
	if paras <= 3 {
		size = 0
	} else if paras <= 6 {
		size = 1
	}
	return gSections + feature(min(groups, 3))*3 + size
}

func (c *cutter) trailFeatures(dst []feature, i int) []feature {
	dst = append(dst, gTrail, gTrailGap+c.gapBin(c.seq[i].first().gap), gTrailGap+9+c.gapBin(c.gapBelow(i)))
	if c.seq[i].signs {
		dst = append(dst, gTrail+1)
	}
	if i+1 < len(c.seq) && c.seq[i+1].kind == headBlock {
		dst = append(dst, gTrail+2)
	}
	if c.seq[i].named {
		dst = append(dst, gTrail+3)
		if i > 0 && c.seq[i-1].kind == paraBlock {
			dst = append(dst, gTrail+4)
		}
	}
	return dst
}

func (c *cutter) orphanFeatures(dst []feature, i int) []feature {
	dst = append(dst, gOrphan, gOrphanFit+massBin(c.retold.best[i]), gOrphanRun+c.run[i])
	if n := c.pictured[i]; n > 0 {
		dst = append(dst, gOrphanPic+n-1)
	}
	l := c.seq[i].first()
	edge := i < 2 || i >= len(c.seq)-2
	for k, is := range [...]bool{edge, trades(l), l.width <= 8, l.width > 40, l.ends || l.commas > 0, c.seq[i].named} {
		if is {
			dst = append(dst, gOrphanIs+feature(k))
		}
	}
	return dst
}
