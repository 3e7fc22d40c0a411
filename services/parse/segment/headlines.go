package segment

import (
	"strings"

	"broadsheet/pkg/newspaper"
)

// placeNames are the places of headlines in articles, by place.
var placeNames = [places]string{newspaper.HeadlineBefore, newspaper.HeadlineAfter, newspaper.HeadlineInside, newspaper.HeadlineNone}

// headlinesOf assigns the roles of a headline's lines: which of them are one wrapped
// text, which of the texts is the main headline, and what stands over and under it.
func headlinesOf(blocks []*block, x *index) []newspaper.Headline {
	texts := joinHeads(blocks, x)
	if len(texts) == 0 {
		return nil
	}
	main := mainOf(texts)
	out := make([]newspaper.Headline, 0, len(texts))
	for i, t := range texts {
		role := newspaper.Main
		if i < main {
			role = newspaper.Kicker
		} else if i > main {
			role = newspaper.Deck
		}
		out = append(out, newspaper.Headline{Role: role, Value: t.text})
	}
	return out
}

type headText struct {
	text  string
	lines int
	width int // of its widest line
}

// joinHeads unwraps display lines.
func joinHeads(blocks []*block, x *index) []headText {
	var out []headText
	var open []string
	flush := func() {
		if len(open) == 0 {
			return
		}
		t := headText{text: unwrap(open), lines: len(open)}
		for _, l := range open {
			t.width = max(t.width, width(l))
		}
		out = append(out, t)
		open = nil
	}
	for i, b := range blocks {
		if i > 0 && !wraps(blocks[i-1], b, x) {
			flush()
		}
		open = append(open, b.text)
	}
	flush()
	return out
}

// wraps reports whether a display line goes on in the next one.
func wraps(a, b *block, x *index) bool {
	score := -0.3
	if unclosed(a.text) {
		score += 4
	}
	score += 0.8 * junctionOf(a.text, b.text)
	if id, ok := x.number[uint64(lastRune(a.text))<<32|uint64(firstRune(b.text))]; ok && x.df[id] > 0 {
		score += 1.5
	}
	if b.first().gap > a.first().gap {
		score -= 1
	}
	if b.first().gap == 0 && a.first().gap > 0 {
		score += 1.5
	}
	wa, wb := width(a.text), width(b.text)
	switch d := abs(wa - wb); {
	case d <= 4:
		score += 0.8
	case d > 14:
		score -= 1
	}
	if strings.HasPrefix(b.text, "——") || strings.HasPrefix(b.text, "—") || in(sentenceEnds, lastRune(a.text)) {
		score -= 4
	}
	if wa+wb > 90 {
		score -= 1.5
	}
	return score > 0
}

// unclosed reports an opening quote or bracket that is not closed.
func unclosed(text string) bool {
	depth := 0
	for _, r := range text {
		if in("“‘（《「『【", r) {
			depth++
		} else if in("”’）》」』】", r) {
			depth--
		}
	}
	return depth > 0
}

// unopened reports a closing quote or bracket that was not opened.
func unopened(text string) bool {
	depth := 0
	for _, r := range text {
		if in("“‘（《「『【", r) {
			depth++
		} else if in("”’）》」』】", r) {
			if depth--; depth < 0 {
				return true
			}
		}
	}
	return false
}

// mainOf chooses the main headline among unwrapped texts. Of two, the first is a
// kicker, unless the second is marked as a deck or is a mere tail of the first
// (刘振国出席). Of three the middle one is it.
func mainOf(texts []headText) int {
	switch n := len(texts); {
	case n == 1:
		return 0
	case n == 2:
		first, second := width(texts[0].text), width(texts[1].text)
		if isDeck(texts[1].text) || second*10 <= first*6 && !endsAsKicker(texts[0].text) {
			return 0
		}
		return 1
	case isDeck(texts[1].text):
		return 0
	default:
		return 1
	}
}

// isDeck reports a text that only a deck begins with.
func isDeck(text string) bool { return strings.HasPrefix(text, "—") }

// endsAsKicker reports a text that the next one must go on: …回信强调, …座谈会上指出.
func endsAsKicker(text string) bool {
	for _, tail := range []string{"强调", "指出", "要求", "号召", "表示", "时", "：", "……"} {
		if strings.HasSuffix(text, tail) {
			return true
		}
	}
	return false
}
