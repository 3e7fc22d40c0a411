package segment

import (
	"cmp"
	"slices"
)

// credit gives the bylines and the bare names under display lines to their articles.
// Where those are the headline of the text over them and another text follows, it is the
// one's that nobody is named for yet; where that tells nothing the page decides: its
// bylines stand under headlines or at the top of texts.
func (c *cutter) credit(articles []*assembled) {
	if !slices.ContainsFunc(c.seq, func(b *block) bool { return b.under != nil || b.kind == headBlock && b.named }) {
		return
	}
	of := make(map[*block]*assembled, len(c.seq))
	credited := make(map[*assembled]bool, len(articles))
	for _, a := range articles {
		for _, b := range a.body {
			of[b] = a
		}
		for k := a.heads[0]; k < a.heads[1]; k++ {
			of[c.seq[k]] = a
		}
		credited[a] = a.signed()
	}
	names := c.namesUnder(articles)
	type dispute struct {
		under     *block
		own, next *assembled // the headline's, the text's under it
	}
	var open []dispute
	headlines, texts := 0, 0 // bylines under those, at the top of those
	last := (*assembled)(nil)
	give := func(to *assembled, b *block) {
		to.under = append(to.under, b.under...)
		if names[b] {
			to.author = b
		}
		credited[to] = true
	}
	for i, b := range c.seq {
		own := of[b]
		if own != nil {
			last = own
		}
		if b.kind == paraBlock && (i == 0 || c.seq[i-1].kind == paraBlock) && b.topByline() {
			texts++
		}
		if b.under == nil && !names[b] {
			continue
		}
		var next *assembled
		if i+1 < len(c.seq) && c.seq[i+1].kind == paraBlock {
			next = of[c.seq[i+1]]
		}
		if next == nil && b.under != nil {
			headlines++
		}
		switch {
		case own != nil && next != nil && own != next:
			open = append(open, dispute{b, own, next})
		case cmp.Or(own, next, last) != nil:
			give(cmp.Or(own, next, last), b)
		}
	}
	settled := func(d dispute) bool {
		switch {
		case credited[d.own] == credited[d.next]:
			return false
		case credited[d.own]:
			texts++
			give(d.next, d.under)
		default:
			headlines++
			give(d.own, d.under)
		}
		return true
	}
	for range 2 { // down the page and up again: who is named leaves the next byline to the other
		open = slices.DeleteFunc(open, settled)
		slices.Reverse(open)
	}
	for _, d := range open {
		if headlines > texts || names[d.under] && headlines == texts {
			give(d.own, d.under)
		} else {
			give(d.next, d.under)
		}
	}
}

// namesUnder takes the names that end headlines off them.
func (c *cutter) namesUnder(articles []*assembled) map[*block]bool {
	names := make(map[*block]bool)
	for _, a := range articles {
		if n := a.heads[1] - a.heads[0]; n >= 2 && (a.place == before || a.place == after) && c.seq[a.heads[1]-1].first().lone {
			a.heads[1]--
			names[c.seq[a.heads[1]]] = true
		}
	}
	return names
}

// topByline reports a paragraph with a line over it that says but who wrote it.
func (b *block) topByline() bool {
	return len(b.extra) > 0 && b.extra[0].kind == byline && b.extra[0].number < b.first().number && openingLength(b.extra[0].raw) == 0
}

// signed reports a text that says itself who wrote it: 本报讯（记者 张三）, （张三）.
func (a *assembled) signed() bool {
	if len(a.body) == 0 {
		return false
	}
	first, last := a.body[0], a.body[len(a.body)-1]
	return first.first().opening == bylineOpens || len(first.extra) > 0 && first.extra[0].kind == byline || last.closed
}

// findAuthor looks for a line that is but a name at the beginning or the end of a body.
func (c *cutter) findAuthor(a *assembled) {
	if a.author != nil {
		return
	}
	last := len(a.body) - 1
	for _, at := range []int{0, last} {
		if last >= 1 && a.body[at].kind == headBlock && a.body[at].first().lone {
			a.author = a.body[at]
			a.body = slices.Delete(slices.Clone(a.body), at, at+1)
			return
		}
	}
}
