package segment

import "strings"

// Captions stand adrift: between a headline and its body, between two articles, in
// the middle of a sentence. Those that say what they are, by a photo credit at
// their end or 图为 at their beginning, are taken out before anything else is read,
// so that the text around them closes up again. Which lines such a caption has is
// the decision of captions.go.

// findCaptions marks the lines of captions.
func findCaptions(lines []line, p *pairs, w weights) {
	f := captionFinder{lines: lines, pairs: p, w: w, common: commonWidths(lines), usual: usualGap(lines), buffer: make([]feature, 0, 64)}
	for i := range lines {
		f.credit(i)
		for _, r := range f.asked(i) {
			if from, to := f.best(r); from >= 0 {
				markCaption(lines, from, to)
				break
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
	return photoTail.has(last) || agencyTail.has(last) || strings.Contains(plain, "摄") || strings.Contains(plain, "图")
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
