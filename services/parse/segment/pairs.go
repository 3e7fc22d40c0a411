package segment

// pairs is the set of a page's pairs of characters, as bits by hash: that the
// characters at a line's break stand in a row elsewhere on the page says that the text
// goes on there, whatever they do in the news at large.
type pairs struct {
	bits  []uint64
	shift uint
}

func pairsOf(lines []line, d *desk) *pairs {
	size := 0
	for i := range lines {
		size += len(lines[i].plain)
	}
	p := &pairs{shift: 64 - 10}
	for n := 1 << 10; n < 4*size; n *= 2 {
		p.shift--
	}
	p.bits = d.bits.take(max(1, 1<<(64-p.shift)>>6))
	for i := range lines {
		last := rune(0)
		for _, r := range lines[i].plain {
			if r < 0x4E00 {
				last = 0
				continue
			}
			if last != 0 {
				h := p.hash(last, r)
				p.bits[h>>6] |= 1 << (h & 63)
			}
			last = r
		}
	}
	return p
}

func (p *pairs) hash(a, b rune) uint64 {
	return (uint64(a)<<21 | uint64(b)) * 0x9E3779B97F4A7C15 >> p.shift
}

// joined reports that the page has the characters at the break between two lines in a
// row.
func (p *pairs) joined(before, after *line) bool {
	if before.last < 0x4E00 || after.first < 0x4E00 {
		return false
	}
	h := p.hash(before.last, after.first)
	return p.bits[h>>6]&(1<<(h&63)) != 0
}

// breakBins are the bins of breakBin.
const breakBins = 12

// breakBin sorts the break between two lines by their characters there.
func (p *pairs) breakBin(before, after *line) feature {
	return joinBin(junctionAt(before, after)) + 6*yes(p.joined(before, after))
}
