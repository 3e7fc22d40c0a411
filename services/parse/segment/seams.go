package segment

import (
	"strings"
	"unicode/utf8"
)

// What a headline's lines and the breaks between them look like beside the article's
// text and the page's other headlines.

// said reports that the article's first paragraphs have the lines word for word.
func (t *titler) said(from, to int) bool {
	text := ""
	for i := from; i < to; i++ {
		text += t.line(i).plain
	}
	if len(text) < 3*7 {
		return false
	}
	for i, n := t.near, 0; i < len(t.c.seq) && n < depths[2] && t.c.seq[i].kind == paraBlock; i, n = i+1, n+1 {
		if strings.Contains(t.c.seq[i].plain, text) {
			return true
		}
	}
	return false
}

// attends reports lines that say who took part, in one or broken into two.
func (t *titler) attends(from, to int) bool {
	switch to - from {
	case 1:
		return t.line(from).says.attends
	case 2:
		return t.line(to-1).says.deck && attends(t.line(from).plain+t.line(to-1).plain)
	}
	return false
}

// inTextBins are the answers of inText.
const inTextBins = 5

// inText reports how many characters around the break between two lines the
// article's first paragraphs have in a row: none, though they have what stands on
// either side of it, none, two, three, or four, two on each side.
func (t *titler) inText(a, b *block) feature {
	last, first := lastRune(a.plain), firstRune(b.plain)
	before, _ := utf8.DecodeLastRuneInString(strings.TrimSuffix(a.plain, string(last)))
	left, right := string([]rune{before, last}), firstRunes(b.plain, 2)
	id := t.c.index.find(last, first)
	if id < 0 || t.c.index.df[id] == 0 {
		if t.tells(left) && t.tells(right) {
			return 0
		}
		return 1
	}
	switch {
	case t.tells(left + right):
		return 4
	case t.tells(left + string(first)), t.tells(string(last) + right):
		return 3
	}
	return 2
}

// tells reports that the article's first paragraphs have the words.
func (t *titler) tells(words string) bool {
	for i, n := t.near, 0; i < len(t.c.seq) && n < depths[2]; i++ {
		if p := t.c.seq[i]; p.kind == paraBlock {
			n++
			if strings.Contains(p.plain, words) {
				return true
			}
		}
	}
	return false
}

// roomBin compares the width that two lines would have as one with the page's long
// headline lines: a break that no measure forced is one between two texts.
func (t *titler) roomBin(a, b *block) feature {
	both := a.first().width + b.first().width
	for i, limit := range [...]int{6, 9, 11, 14, 18} {
		if both*10 <= t.c.longHead*limit {
			return feature(i)
		}
	}
	return 5
}

// columnBin compares it with the article's column.
func (t *titler) columnBin(a, b *block) feature {
	column := t.c.seq[t.near].width
	if column == 0 {
		return 4
	}
	both := a.first().width + b.first().width
	for i, limit := range [...]int{8, 11, 16} {
		if both*10 <= column*limit {
			return feature(i)
		}
	}
	return 3
}

// pageGap compares so many blank lines between two display lines with those between
// the page's others: papers set the lines of one text closer than the parts of a
// headline, each in its own way.
func (c *cutter) pageGap(gap int) feature {
	less, more, all := 0, 0, -1 // all but this one
	for g, n := range c.headGaps {
		all += n
		if g < min(gap, 3) {
			less += n
		} else if g > gap {
			more += n
		}
	}
	share := func(n int) feature {
		switch {
		case n == 0:
			return 0
		case n*4 <= all:
			return 1
		}
		return 2
	}
	return share(less)*3 + share(more)
}
