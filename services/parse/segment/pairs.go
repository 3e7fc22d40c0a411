package segment

import (
	"math"
	"strings"
	"unicode/utf8"
)

// pairs is the set of a page's pairs of characters, as bits by hash: that the
// characters at a line's break stand in a row elsewhere on the page says that the text
// goes on there, whatever they do in the news at large.
type pairs struct {
	bits  []uint64
	again []uint64 // those that come more than once
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
	p.again = d.bits.take(len(p.bits))
	for i := range lines {
		last := rune(0)
		for _, r := range lines[i].plain {
			if r < 0x4E00 {
				last = 0
				continue
			}
			if last != 0 {
				h := p.hash(last, r)
				bit := uint64(1) << (h & 63)
				p.again[h>>6] |= p.bits[h>>6] & bit
				p.bits[h>>6] |= bit
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

// What a line says again tells a headline from a line of running text: its words come
// again in what it stands over.
const (
	recurBins = 7
	tellsBins = 6
	tellsFar  = 2 // lines under it that it may tell of
)

// retell finds out how much of each line that may be display type comes again on the
// page, beside what of its other lines does, and how much right under it. A page of one
// matter says its words again and again.
func (p *pairs) retell(flow []*line) {
	type share struct {
		*line
		again float64
	}
	shares := make([]share, 0, len(flow))
	sum, squares := 0.0, 0.0
	for i, l := range flow {
		if l.kind != ordinary || l.end == endsStop || l.commas > 1 || l.width > 80 {
			continue
		}
		under := flow[i+1 : min(len(flow), i+1+tellsFar)]
		near := p.sieve(under)
		pairs, again, told := 0, 0, 0
		last, from := rune(0), 0
		for at, r := range l.plain {
			if r >= 0x4E00 && last >= 0x4E00 {
				pairs++
				if h := p.hash(last, r); p.again[h>>6]&(1<<(h&63)) != 0 {
					again++
					if near[h>>6&3]&(1<<(h&63)) != 0 && says(under, l.plain[from:min(at+utf8.RuneLen(r), len(l.plain))]) {
						told++
					}
				}
			}
			last, from = r, at
		}
		if pairs < 3 {
			continue
		}
		l.tells = 1 + shareBin(told, pairs, 0, 12, 25, 45)
		x := float64(again) / float64(pairs)
		shares = append(shares, share{l, x})
		sum += x
		squares += x * x
	}
	mean := sum / float64(max(1, len(shares)))
	spread := math.Sqrt(max(squares/float64(max(1, len(shares)))-mean*mean, leastSpread*leastSpread))
	for _, s := range shares {
		s.recurs = 1 + recurBin((s.again-mean)/spread)
	}
}

// leastSpread of the shares that come again, on pages whose lines hardly differ.
const leastSpread = .1

// recurBin sorts how many times the spread of a page's lines more of one comes again than
// of most.
func recurBin(beyond float64) feature {
	for i, limit := range [recurBins - 2]float64{-1, -.3, .4, 1, 1.6} {
		if beyond <= limit {
			return feature(i)
		}
	}
	return recurBins - 2
}

// sieve has a bit for every pair of the lines, and for some others.
func (p *pairs) sieve(lines []*line) (bits [4]uint64) {
	for _, l := range lines {
		last := rune(0)
		for _, r := range l.plain {
			if r >= 0x4E00 && last >= 0x4E00 {
				h := p.hash(last, r)
				bits[h>>6&3] |= 1 << (h & 63)
			}
			last = r
		}
	}
	return bits
}

// says reports that one of the lines has a pair.
func says(lines []*line, pair string) bool {
	for _, l := range lines {
		if strings.Contains(l.plain, pair) {
			return true
		}
	}
	return false
}

// shareBin sorts a share by limits in hundredths.
func shareBin(part, of int, limits ...int) feature {
	for i, limit := range limits {
		if part*100 <= of*limit {
			return feature(i)
		}
	}
	return feature(len(limits))
}
