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
