package segment

import (
	"math"
	"slices"

	"broadsheet/services/parse/internal/junction"
)

// Texts of one story share words that other stories do not have. Words are pairs
// of characters here; a pair weighs by how rare it is, on the page and in the news
// at large.

type gram = int32

const (
	reach      = 6  // paragraphs back that a paragraph is compared with
	mostBlocks = 96 // of an article, and how far a headline may stand from its body
)

// index numbers the pairs of characters of the page's blocks.
type index struct {
	desk  *desk
	slots []gram // by hash of the pair, probed linearly: its number, from 1
	keys  []uint64
	df    []int32 // paragraphs that have the pair
	value []float64
	paras int
}

// indexBlocks fills the blocks' grams.
func indexBlocks(blocks []*block, d *desk) *index {
	size := 0
	for _, b := range blocks {
		size += len(b.plain)
	}
	distinct := size / 5 // pairs, about: most characters take three bytes, and some pairs come again
	slots := 1 << 8
	for slots < 3*distinct/2 {
		slots *= 2
	}
	x := &index{desk: d, slots: d.numbers.take(slots), keys: d.bits.take(distinct)[:0], df: d.numbers.take(distinct)[:0]}
	seen := d.numbers.take(distinct)[:0] // by gram: the last block that counted it
	for n, b := range blocks {
		if b.kind == captionBlock {
			continue
		}
		if b.kind == paraBlock {
			x.paras++
		}
		b.grams = x.grams(b.plain)
		once := b.grams[:0]
		for _, id := range b.grams {
			for int(id) >= len(seen) {
				seen = append(seen, -1)
				x.df = append(x.df, 0)
			}
			if seen[id] == int32(n) {
				continue
			}
			seen[id] = int32(n)
			once = append(once, id)
			if b.kind == paraBlock {
				x.df[id]++
			}
		}
		b.grams = once
	}
	x.weigh()
	return x
}

// slot is where a pair is, or where it would be.
func (x *index) slot(key uint64) int {
	mask := len(x.slots) - 1
	at := int(key*0x9E3779B97F4A7C15>>32) & mask
	for x.slots[at] != 0 && x.keys[x.slots[at]-1] != key {
		at = (at + 1) & mask
	}
	return at
}

// grow doubles the slots.
func (x *index) grow() {
	x.slots = x.desk.numbers.take(2 * len(x.slots))
	for i, key := range x.keys {
		x.slots[x.slot(key)] = gram(i + 1)
	}
}

// find is the number of a pair of characters; -1 where the page has it not.
func (x *index) find(a, b rune) gram {
	if len(x.slots) == 0 {
		return -1
	}
	return x.slots[x.slot(uint64(a)<<32|uint64(b))] - 1
}

// grams of a text, in order.
func (x *index) grams(text string) []gram {
	out := x.desk.numbers.take(len(text) / 3)[:0]
	var last rune
	for _, r := range text {
		if r == ' ' {
			continue
		}
		if !isHan(r) && !isDigit(r) && !isLatin(r) {
			if skippedSet.has(r) {
				continue // quoting a name does not change it
			}
			last = 0
			continue
		}
		if last != 0 && (isHan(last) || isHan(r) || isLatin(r)) {
			key := uint64(last)<<32 | uint64(r)
			at := x.slot(key)
			id := x.slots[at]
			if id == 0 {
				x.keys = append(x.keys, key)
				id = gram(len(x.keys))
				x.slots[at] = id
				if 4*len(x.keys) > 3*len(x.slots) {
					x.grow()
				}
			}
			out = append(out, id-1)
		}
		last = r
	}
	return out
}

// told is the weighted share of a text's words that some blocks have.
func (x *index) told(plain string, by []*block) float64 {
	shared, all := 0.0, 0.0
	var last rune
	for _, r := range plain {
		if !isHan(r) {
			last = 0
			continue
		}
		if last != 0 {
			w := max(0.2, junction.Rarity(last, r)-2.5)
			all += w
			if id := x.find(last, r); id >= 0 && slices.ContainsFunc(by, func(b *block) bool { return slices.Contains(b.grams, id) }) {
				shared += w
			}
		}
		last = r
	}
	if all == 0 {
		return 0
	}
	return shared / all
}

// weigh values every pair: its rarity in the news times its rarity on the page. A
// pair that no paragraph has counts less: a headline may well use a word of its
// own.
func (x *index) weigh() {
	x.value = x.desk.scores.take(len(x.keys))
	most := math.Log(float64(x.paras + 1))
	for id, key := range x.keys {
		rare := max(0.2, junction.Rarity(rune(key>>32), rune(key&0xFFFFFFFF))-2.5)
		here := 0.6
		if df := x.df[id]; df > 0 {
			here = math.Log(float64(x.paras+1)/float64(df)) / most
		}
		x.value[id] = rare * here
	}
}

// farthest is how many paragraphs up a paragraph is compared with those that it may
// be the rest of.
const farthest = 40

// posting is a paragraph that has a pair, and the posting before of the same pair,
// counted from 1; 0 is none.
type posting struct{ para, before int32 }

// likenesses says how much paragraphs have in common with those before them. Row i of
// near holds, for paragraph i, the best likeness to the paragraph before, to the two,
// … to the reach before; far the best to those from the second to the farthest.
// Likeness is the shared weight over the lighter one's.
func likenesses(seq []*block, paras []int, x *index) (near [][reach]float64, far []float64) {
	near, far = x.desk.ties.take(len(seq)), x.desk.scores.take(len(seq))
	size := 0
	for _, i := range paras {
		size += len(seq[i].grams)
	}
	postings, last := x.desk.postings.take(size)[:0], x.desk.numbers.take(len(x.keys))
	heavy := x.desk.scores.take(len(paras))
	var shared [farthest + 1]float64 // by how many paragraphs up
	for n, i := range paras {
		clear(shared[:])
		for _, g := range seq[i].grams {
			heavy[n] += x.value[g]
			for p := last[g]; p > 0; p = postings[p-1].before {
				up := n - int(postings[p-1].para)
				if up > farthest {
					break
				}
				shared[up] += x.value[g]
			}
			postings = append(postings, posting{int32(n), last[g]})
			last[g] = int32(len(postings))
		}
		best := 0.0
		for up := 1; up <= max(reach, min(n, farthest)); up++ {
			likeness := 0.0
			if up <= n {
				if light := min(heavy[n], heavy[n-up]); light > 0 {
					likeness = shared[up] / light
				}
			}
			if up <= reach {
				best = max(best, likeness)
				near[i][up-1] = best
			}
			if up > 1 {
				far[i] = max(far[i], likeness)
			}
		}
	}
	return near, far
}

// crossing compares the texts on both sides of a paragraph's beginning.
type crossing struct {
	likeness float64
	valley   feature // how it lies beside those at the paragraphs before and after, see valleyBin
}

// windows are how many paragraphs a crossing compares on each side.
var windows = [2]int{2, 4}

// crossings says for every paragraph how alike the paragraphs from it on are to as
// many before it: one that says little by itself may stand between two that tell.
func crossings(seq []*block, paras []int, x *index) [][2]crossing {
	out := make([][2]crossing, len(seq))
	mark, seen := x.desk.numbers.take(len(x.keys)), x.desk.numbers.take(len(x.keys))
	stamp := int32(0)
	for k, window := range windows {
		for n := 1; n < len(paras); n++ {
			stamp++
			left, right, both := 0.0, 0.0, 0.0
			for _, i := range paras[max(0, n-window):n] {
				for _, g := range seq[i].grams {
					if mark[g] != stamp {
						mark[g] = stamp
						left += x.value[g]
					}
				}
			}
			for _, i := range paras[n:min(len(paras), n+window)] {
				for _, g := range seq[i].grams {
					if seen[g] == stamp {
						continue
					}
					seen[g] = stamp
					right += x.value[g]
					if mark[g] == stamp {
						both += x.value[g]
					}
				}
			}
			if light := min(left, right); light > 0 {
				out[paras[n]][k].likeness = both / light
			}
		}
		for n := 1; n < len(paras); n++ {
			peak := 0.0
			if n > 1 {
				peak = out[paras[n-1]][k].likeness
			}
			if n+1 < len(paras) {
				peak = max(peak, out[paras[n+1]][k].likeness)
			}
			out[paras[n]][k].valley = valleyBin(out[paras[n]][k].likeness, peak)
		}
	}
	return out
}

// valleyBin sorts a likeness by the greater of its neighbours.
func valleyBin(likeness, peak float64) feature {
	for i, limit := range [...]float64{.15, .4, .7, 1} {
		if likeness <= peak*limit {
			return feature(i)
		}
	}
	return 4
}

// leadTies are the shares of paragraphs' first words that the three paragraphs before
// have: one that goes on speaks of the same people.
func leadTies(seq []*block, paras []int, x *index) []float64 {
	ties := x.desk.scores.take(len(seq))
	last := x.desk.numbers.take(len(x.keys)) // by gram: the last paragraph that has it, counted from 1
	for n, i := range paras {
		grams := seq[i].grams
		shared, all := 0.0, 0.0
		for _, g := range grams[:min(len(grams), 10)] {
			all += x.value[g]
			if last[g] > 0 && int(last[g]) > n-3 {
				shared += x.value[g]
			}
		}
		if all > 0 {
			ties[i] = shared / all
		}
		for _, g := range grams {
			last[g] = int32(n + 1)
		}
	}
	return ties
}
