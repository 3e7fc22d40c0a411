package segment

import (
	"cmp"
	"slices"
	"strings"
)

// assembled is an article whose blocks are known.
type assembled struct {
	heads  [2]int // of its headline lines in the sequence
	place  int
	first  int      // its first paragraph
	body   []*block // paragraphs, section names, kept lines, in page order
	author *block   // the line that names who wrote it
	under  []*line  // bylines under its headline that do not stand in its text
	column string   // the column of briefs it stands in
	chance float64
	linked bool // made of pieces that stand apart
	far    bool // its headline stands beyond something else
}

// assemble ties together what stands apart and returns the articles in the order
// of their bodies. Display lines that stay nobody's are left out.
func (c *cutter) assemble(spans []span, w weights) []assembled {
	parts := c.partsOf(c.split(c.shifts(c.rows(spans))))
	belongs := c.link(parts, w)
	columns := c.columns(parts)
	made := make([]*assembled, len(parts))
	var out []*assembled
	for k := range parts {
		p := &parts[k]
		if p.place < 0 {
			continue
		}
		body := c.bodyOf(p)
		if to := belongs[k]; to >= 0 && made[to] != nil {
			a := made[to]
			made[k] = a
			a.body = append(a.body, body...)
			a.chance = min(a.chance, p.chance)
			a.linked = a.linked || !p.parted || to < k-1
			if p.headed() {
				a.heads, a.place = p.heads, inside
			}
			continue
		}
		a := &assembled{heads: p.heads, place: p.place, first: p.first, body: body, column: columns[k], chance: p.chance}
		made[k] = a
		out = append(out, a)
	}
	for k := range parts {
		to := belongs[k]
		if parts[k].place >= 0 || to < 0 || made[to] == nil || made[to].place < nowhere {
			continue
		}
		made[to].heads = [2]int{parts[k].from, parts[k].to}
		made[to].place, made[to].far = after, true
		if k < to {
			made[to].place = before
		}
	}
	c.credit(out)
	articles := make([]assembled, len(out))
	for i, a := range out {
		c.findAuthor(a)
		a.body = asPrinted(inOrder(a.body))
		articles[i] = *a
	}
	return articles
}

// credit gives the bylines and the bare names under display lines to their articles.
// Where those are the headline of the text over them and another text follows, it is the
// one's that nobody is named for yet; where that tells nothing the page decides: its
// bylines stand under headlines or at the top of texts.
func (c *cutter) credit(articles []*assembled) {
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
	for settled := true; settled; {
		settled = false
		rest := open[:0]
		for _, d := range open {
			switch {
			case credited[d.own] == credited[d.next]:
				rest = append(rest, d)
				continue
			case credited[d.own]:
				texts++
				give(d.next, d.under)
			default:
				headlines++
				give(d.own, d.under)
			}
			settled = true
		}
		open = rest
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

func (c *cutter) bodyOf(p *part) []*block {
	var body []*block
	for k := p.from; k < p.to; k++ {
		if k < p.heads[0] || k >= p.heads[1] {
			body = append(body, c.seq[k])
		}
	}
	return body
}

// columns names the column of briefs that each part stands in. A column goes on as
// long as its items look alike.
func (c *cutter) columns(parts []part) []string {
	out := make([]string, len(parts))
	var model *part
	name := ""
	for k := range parts {
		p := &parts[k]
		for _, b := range c.seq[p.from:p.to] {
			if b.tag != "" {
				name, model = strings.Trim(b.tag, "【[〔●■□▲◆★☆·】]〕"), nil
				break
			}
		}
		if name == "" || p.place < 0 {
			continue
		}
		if model == nil {
			model, out[k] = p, name
		}
		if !c.alike(model, p) {
			name, model = "", nil
			continue
		}
		out[k] = name
	}
	return out
}

// alike reports two items that may stand in one column of briefs.
func (c *cutter) alike(a, b *part) bool {
	x, y := c.seq[a.first], c.seq[b.first]
	return b.paras <= 2 && a.headed() == b.headed() && marked(x.plain) == marked(y.plain) &&
		(x.width == 0 || y.width == 0 || abs(x.width-y.width) <= 2) && !slices.Contains([]int{after, inside}, b.place)
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

// inOrder takes paragraphs apart that go on after a display line which stays in the
// body, so that the body keeps the page's order.
func inOrder(body []*block) []*block {
	var out []*block
	for i, b := range body {
		out = append(out, b)
		for k := i + 1; k < len(body) && body[k].kind == headBlock; k++ {
			before := b.before(body[k].first().number)
			if before == len(b.lines) {
				continue
			}
			rest := *b
			rest.lines, rest.extra, rest.jumps = b.lines[before:], nil, nil
			rest.text = rest.joined()
			cut := *b
			cut.lines, cut.tail = b.lines[:before], nil
			cut.text, cut.unfinished = cut.joined(), false
			out[len(out)-1] = &cut
			return append(append(append(out, body[i+1:k+1]...), &rest), inOrder(body[k+1:])...)
		}
	}
	return out
}

// asPrinted gives lines that were exchanged for reading, and that different blocks of
// one body have, back to where they stand.
func asPrinted(body []*block) []*block {
	var lines []*line
	for _, b := range body {
		lines = append(lines, b.lines...)
	}
	byNumber := func(x, y *line) int { return cmp.Compare(x.number, y.number) }
	if slices.IsSortedFunc(lines, byNumber) {
		return body
	}
	slices.SortFunc(lines, byNumber)
	out := make([]*block, len(body))
	for i, b := range body {
		made := *b
		made.lines, lines = lines[:len(b.lines)], lines[len(b.lines):]
		made.text = made.joined()
		out[i] = &made
	}
	return out
}

// before is how many of a block's lines stand before a line of the page.
func (b *block) before(number int) int {
	for i, l := range b.lines {
		if l.number > number {
			return i
		}
	}
	return len(b.lines)
}
