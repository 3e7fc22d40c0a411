package segment

import "slices"

// Where the articles of a page are alike, their words cannot tell whose headline is
// whose, and the cut may give each body the headline under it: the one on top is left
// over, and the last body has none. Where every body opens with a dateline, such
// headlines belong one place on; the cut's reading stands only if it is much likelier.

// How much likelier, log odds, a reading that leaves both a headline and a body over must
// be than one that leaves none: where every body in between has the headline under it,
// and where the one stands right over the other.
const (
	shiftMargin = 10
	overMargin  = 6
)

// shifts gives headlines that are one place off to the bodies under them.
func (c *cutter) shifts(spans []span) []span {
	for i := 0; i < len(spans); i++ {
		over := i
		for over > 0 && spans[over-1].place < 0 {
			over--
		}
		if over == i {
			continue
		}
		end := i
		for end < len(spans) && spans[end].place == after && c.opens(&spans[end]) {
			end++
		}
		if end == len(spans) || spans[end].place != nowhere || !c.opens(&spans[end]) || c.seq[spans[end].from-1].kind != headBlock {
			continue
		}
		margin := float64(shiftMargin)
		if end == i {
			margin = overMargin
		}
		if moved, gain := c.shift(spans[over : end+1]); gain > -margin {
			spans = slices.Replace(spans, over, end+1, moved...)
		}
	}
	return spans
}

// shift reads a row of display lines, bodies with their headlines under them, and a body
// without one as bodies with their headlines over them, and says how much likelier that
// is.
func (c *cutter) shift(spans []span) (moved []span, gain float64) {
	heads := [2]int{spans[0].from, spans[0].from}
	for spans[0].place < 0 {
		gain -= c.orphan[spans[0].from]
		heads[1] = spans[0].to
		spans = spans[1:]
	}
	if heads[1]-heads[0] > mostHeads {
		return nil, impossible
	}
	for _, s := range spans {
		first, paras := c.firstPara(&s), c.paragraphs(&s)
		if s.place == after {
			gain -= c.torn[first] + c.w.sum(c.headFeatures(c.buffer[:0], s.heads[0], s.heads[1], first, paras, after)) + c.w[gPlace+styleMixed*places+after]
		} else {
			gain -= c.bare[first][min(paras, 4)-1] + c.w[gPlace+styleMixed*places+nowhere]
		}
		gain += c.torn[heads[0]] + c.w.sum(c.headFeatures(c.buffer[:0], heads[0], heads[1], first, paras, before)) + c.w[gPlace+styleMixed*places+before]
		next := s.heads
		if s.place == after {
			s.to = next[0]
		}
		s.from, s.heads, s.place = heads[0], heads, before
		moved, heads = append(moved, s), next
	}
	return moved, gain
}

// opens reports a body that begins with 本报讯 or the like: what stands over that is its
// headline on most pages.
func (c *cutter) opens(s *span) bool { return c.seq[c.firstPara(s)].opening == bylineOpens }

// paragraphs is how many a span has.
func (c *cutter) paragraphs(s *span) (n int) {
	for _, b := range c.seq[s.from:s.to] {
		if b.kind == paraBlock {
			n++
		}
	}
	return n
}
