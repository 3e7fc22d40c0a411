package segment

import "strings"

// Captions stand adrift: between a headline and its body, between two articles, in
// the middle of a sentence. Those that say what they are, by a photo credit at
// their end or 图为 at their beginning, are taken out before anything else is read,
// so that the text around them closes up again. Where such a caption begins, or
// ends, is the likeliest of a few lines; the numbers are log odds, set by hand.

const (
	captionLines = 6 // of one caption, at most
	unlikely     = -100.0
)

// findCaptions marks the lines of captions.
func findCaptions(lines []line) {
	common := commonWidths(lines)
	for i := range lines {
		l := &lines[i]
		if l.credited && i+1 < len(lines) && lines[i+1].width <= 12 && unclosed(l.plain) && breaksCredit(l.plain, lines[i+1].plain) {
			l.credited, l.ends = false, false // （程小舟 摄影: its bracket is closed on the next line
		}
		if i > 0 && l.width <= 20 && lines[i-1].kind == ordinary && !lines[i-1].ends && breaksCredit(lines[i-1].plain, l.plain) {
			l.kind, l.credited, l.ends, l.opening = ordinary, true, true, noOpening
		}
		switch {
		case l.kind == photo || l.kind == ordinary && l.credited:
			markCaption(lines, captionStart(lines, i, i, common), i)
		case l.kind == ordinary && !l.picture && strings.Contains(l.plain, "图为") && pictureWords.MatchString(l.plain):
			// The sentence that names the picture is the caption's last.
			for end := i; end < len(lines) && end < i+3 && lines[end].kind == ordinary; end++ {
				if lines[end].credited {
					break
				}
				if lines[end].ends {
					markCaption(lines, captionStart(lines, end, i, common), end)
					break
				}
			}
		case l.kind == ordinary && l.picture:
			if end := captionEnd(lines, i); end >= 0 {
				markCaption(lines, i, end)
			}
		}
	}
}

// breaksCredit reports two lines that have the two halves of a photo credit: the
// column's end broke it, at a space or inside a word (（程小舟 摄影|报道）).
func breaksCredit(above, below string) bool {
	return mayEndCredit(below) && (creditEnds(above+" "+below) || creditEnds(above+below))
}

// mayEndCredit reports that a text may end a photo credit.
func mayEndCredit(plain string) bool {
	last := lastRune(strings.TrimRight(plain, "）。"))
	return photoTail.has(last) || agencyTail.has(last) || pictureSet.in(plain)
}

// commonWidths are the widths that many lines of the page have, give or take two.
func commonWidths(lines []line) *[160]bool {
	const many = 6
	var count [160]int
	for i := range lines {
		count[min(lines[i].width, len(count)-1)]++
	}
	common := new([160]bool)
	for w := range count {
		n := 0
		for k := max(0, w-2); k <= min(len(count)-1, w+2); k++ {
			n += count[k]
		}
		common[w] = n >= many
	}
	return common
}

func markCaption(lines []line, from, to int) {
	if from == to && lines[to].kind == photo {
		return // a credit without its caption
	}
	for k := from; k <= to; k++ {
		if lines[k].kind == doubled {
			continue
		}
		lines[k].kind = caption
		lines[k].captionFrom = lines[from].number
	}
}

// captionStart finds where the caption that line end closes begins: not after line
// latest.
func captionStart(lines []line, end, latest int, common *[160]bool) int {
	last := end
	if lines[end].kind == photo {
		if end == 0 || lines[end-1].kind != ordinary || !lines[end-1].ends || lines[end-1].opening == bylineOpens {
			return end
		}
		last = end - 1 // the credit has a line of its own
	}
	best, most := min(last, latest), unlikely
	inner := 0.0 // how well the lines taken in so far hold together
	column := lines[last].width
	for from := last; from >= 0 && end-from < captionLines && (lines[from].kind == ordinary || lines[from].kind == doubled); from-- {
		l := &lines[from]
		if l.kind == doubled {
			continue
		}
		if from < last {
			column = max(column, l.width)
			if l.credited || l.opening == bylineOpens && from < last-1 {
				break
			}
			inner += holds(l, column)
			if inner < -4 {
				break
			}
		}
		if l.opening == bylineOpens {
			break
		}
		if score := inner + begins(lines, from, last, end, column, common); score > most && from <= latest {
			best, most = from, score
		}
	}
	return best
}

// holds scores two lines as of one caption: it has one column and no paragraphs.
// How well the lines join says nothing here: so do the lines of any text.
func holds(l *line, column int) float64 {
	score := -.3
	switch short := column - l.width; {
	case l.ends && short > 2:
		score -= 3
	case l.ends:
		score -= .7
	case short > max(6, column/8):
		score -= 3
	case short > max(3, column/16):
		score -= .5
	}
	return score
}

// begins scores line from as the first of the caption whose text ends with line last
// and that ends with line end.
func begins(lines []line, from, last, end, column int, common *[160]bool) float64 {
	l := &lines[from]
	score := 0.0
	if l.picture {
		score += 2
	}
	if l.opening == weakOpening {
		score += .8
	}
	if l.hanging {
		score -= 4
	}
	if from == 0 || lines[from-1].kind != ordinary {
		return score + 1
	}
	p := &lines[from-1]
	if l.gap > p.gap {
		score += .4
	}
	slack := max(3, column/8)                    // wide columns have few lines to show their width by
	known := common[min(p.width, len(common)-1)] // other text has that column
	switch off := p.width - column; {
	case off >= -slack+1 && !p.ends && !known:
		score -= 2.5 // the line over it goes on, and no other text has its column
	case off > slack && from == last && !p.ends:
		score -= .8 // it may be the short last line of that column
	case off > slack, off < -slack-3 && !p.ends:
		score += 1.5
	case off >= -slack+1 && !p.ends:
		score -= 1.2 // the line over it fills the same column and goes on
	}
	if p.ends {
		score += 1.5
		switch {
		case p.width < column-4:
			score += .7
		case abs(p.width-column) <= slack && from < end && !known:
			score -= 2 // a sentence of the caption may end with its line
		}
		if end+2 < len(lines) && lines[end+1].kind == ordinary && lines[end+2].kind == ordinary && lines[end+1].opening == noOpening &&
			!lines[end+1].ends && lines[end+1].width >= lines[end+2].width-1 {
			score -= 1.2 // what stands under the caption begins no paragraph: it must go on from something
		}
		return score
	}
	score += [...]float64{1.2, .5, 0, -1, -2, -3}[joinBin(junctionOf(p.plain, l.plain))]
	if end+1 < len(lines) && lines[end+1].kind == ordinary && lines[end+1].opening == noOpening {
		score += [...]float64{-.8, -.3, 0, .8, 1.6, 2.2}[joinBin(junctionOf(p.plain, lines[end+1].plain))]
	}
	return score
}

// captionEnd finds where a caption without a credit ends, -1 when it does not say.
func captionEnd(lines []line, from int) int {
	column := 0
	for k := from; k < len(lines) && k-from < captionLines && lines[k].kind == ordinary; k++ {
		l := &lines[k]
		column = max(column, l.width)
		if l.credited || k > from && l.opening == bylineOpens {
			return -1 // its credit closes it
		}
		if !l.ends {
			continue
		}
		if k+1 == len(lines) || lines[k+1].kind != ordinary || l.width < column-2 {
			return k
		}
		next := &lines[k+1]
		full := from == k // one line only: nothing says how wide the column is
		if next.opening == bylineOpens || next.gap > l.gap || abs(next.width-column) > 6 {
			return k
		}
		if from > 0 && !lines[from-1].ends && lines[from-1].kind == ordinary && junctionOf(lines[from-1].plain, next.plain) > .3 {
			return k
		}
		if full && next.width < column-3 {
			return k
		}
	}
	return -1
}
