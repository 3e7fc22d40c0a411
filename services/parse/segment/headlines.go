package segment

import (
	"strings"

	"broadsheet/pkg/newspaper"
)

var positionNames = [4]string{newspaper.HeadlineBefore, newspaper.HeadlineAfter, newspaper.HeadlineInside, newspaper.HeadlineNone}

// similarity knows, for every display line, which of its words stand in which
// paragraph near it.
type similarity struct {
	heads []headWords // by position in the sequence; zero for paragraphs
}

// headWords are a display line's pairs of characters, up to 64, as bits.
type headWords struct {
	weights []float64
	total   float64
	base    int      // position of hits[0]
	hits    []uint64 // by position in the sequence: the bits that paragraph has
}

// newSimilarity links every display line with the paragraphs within mostBlocks of
// it.
func newSimilarity(seq []*block, x *index) *similarity {
	s := &similarity{heads: make([]headWords, len(seq))}
	type posting struct {
		head int
		bit  uint
	}
	postings := make(map[gram][]posting)
	for i, b := range seq {
		if b.kind != headBlock {
			continue
		}
		h := &s.heads[i]
		h.base = max(0, i-mostBlocks)
		h.hits = make([]uint64, min(len(seq), i+mostBlocks)-h.base)
		for bit, g := range b.grams[:min(len(b.grams), 64)] {
			w := x.weight(g)
			h.weights = append(h.weights, w)
			h.total += w
			postings[g] = append(postings[g], posting{i, uint(bit)})
		}
	}
	for i, b := range seq {
		if b.kind != paraBlock {
			continue
		}
		for _, g := range b.grams {
			for _, p := range postings[g] {
				if h := &s.heads[p.head]; i >= h.base && i < h.base+len(h.hits) {
					h.hits[i-h.base] |= 1 << p.bit
				}
			}
		}
	}
	return s
}

// overlap is the weighted share of the words of display lines [from, to) that
// paragraphs [first, last) have, 0 to 1.
func (s *similarity) overlap(from, to, first, last int) float64 {
	shared, total := 0.0, 0.0
	for i := from; i < to; i++ {
		h := &s.heads[i]
		var mask uint64
		for k := max(first, h.base); k < min(last, h.base+len(h.hits)); k++ {
			mask |= h.hits[k-h.base]
		}
		for bit, w := range h.weights {
			if mask&(1<<uint(bit)) != 0 {
				shared += w
			}
		}
		total += h.total
	}
	if total == 0 {
		return 0
	}
	return shared / total
}

// fit is the log odds that display lines [from, to) are the headline of the
// article of paragraphs [first, last): that much overlap for the right one
// against that much for a stranger. The first paragraphs count twice: a news
// story's headline retells its lead.
func (s *similarity) fit(from, to, first, last int) float64 {
	lead := s.overlap(from, to, first, min(last, first+2))
	all := s.overlap(from, to, first, last)
	o := (lead + all) / 2
	return max(-3.5, min(6, 14*(o-0.2)))
}

// display assigns the roles of a headline's lines: which of them are one wrapped
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
