package segment

import (
	"math"

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
	number map[uint64]gram
	keys   []uint64
	df     []int32 // paragraphs that have the pair
	value  []float64
	paras  int
}

// indexBlocks fills the blocks' grams.
func indexBlocks(blocks []*block) *index {
	size := 0
	for _, b := range blocks {
		size += len(b.plain)
	}
	x := &index{number: make(map[uint64]gram, size/8), keys: make([]uint64, 0, size/6)}
	seen := make([]int32, 0, size/6) // by gram: the last block that counted it
	for n, b := range blocks {
		if b.kind == captionBlock {
			continue
		}
		if b.kind == paraBlock {
			x.paras++
		}
		b.grams = x.grams(b.plain)
		distinct := b.grams[:0]
		for _, id := range b.grams {
			for int(id) >= len(seen) {
				seen = append(seen, -1)
				x.df = append(x.df, 0)
			}
			if seen[id] == int32(n) {
				continue
			}
			seen[id] = int32(n)
			distinct = append(distinct, id)
			if b.kind == paraBlock {
				x.df[id]++
			}
		}
		b.grams = distinct
	}
	x.weigh()
	return x
}

// grams of a text, in order.
func (x *index) grams(text string) []gram {
	out := make([]gram, 0, len(text)/3)
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
			id, ok := x.number[key]
			if !ok {
				id = gram(len(x.keys))
				x.number[key] = id
				x.keys = append(x.keys, key)
			}
			out = append(out, id)
		}
		last = r
	}
	return out
}

// told is the weighted share of a text's words that some blocks have.
func (x *index) told(plain string, by []*block) float64 {
	has := map[gram]bool{}
	for _, b := range by {
		for _, g := range b.grams {
			has[g] = true
		}
	}
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
			if id, ok := x.number[uint64(last)<<32|uint64(r)]; ok && has[id] {
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
	x.value = make([]float64, len(x.keys))
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

// ties says how much paragraphs have in common with those before them: row i
// holds, for paragraph i, the best likeness to the paragraph before, to the two,
// … to the reach before. Likeness is the shared weight over the lighter one's.
func ties(seq []*block, x *index) [][reach]float64 {
	out := make([][reach]float64, len(seq))
	mark := make([]int32, len(x.keys))
	heavy := make([]float64, len(seq))
	var paras []int
	for i, b := range seq {
		if b.kind == paraBlock {
			paras = append(paras, i)
			for _, g := range b.grams {
				heavy[i] += x.value[g]
			}
		}
	}
	for n, i := range paras {
		for _, g := range seq[i].grams {
			mark[g] = int32(i + 1)
		}
		best := 0.0
		for d := range reach {
			if k := n - 1 - d; k >= 0 {
				shared := 0.0
				for _, g := range seq[paras[k]].grams {
					if mark[g] == int32(i+1) {
						shared += x.value[g]
					}
				}
				if light := min(heavy[i], heavy[paras[k]]); light > 0 {
					best = max(best, shared/light)
				}
			}
			out[i][d] = best
		}
	}
	return out
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
	mark, seen := make([]int32, len(x.keys)), make([]int32, len(x.keys))
	stamp := int32(0)
	weigh := func(from, to int, in []int32, shared func(gram) bool) (all, both float64) {
		for _, i := range paras[from:to] {
			for _, g := range seq[i].grams {
				if in[g] == stamp {
					continue
				}
				in[g] = stamp
				all += x.value[g]
				if shared(g) {
					both += x.value[g]
				}
			}
		}
		return all, both
	}
	for k, window := range windows {
		for n := 1; n < len(paras); n++ {
			stamp++
			left, _ := weigh(max(0, n-window), n, mark, func(gram) bool { return false })
			right, both := weigh(n, min(len(paras), n+window), seen, func(g gram) bool { return mark[g] == stamp })
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

// leadTie is the share of a paragraph's first words that the paragraphs before
// have: one that goes on speaks of the same people.
func leadTie(seq []*block, i int, before []int, x *index) float64 {
	lead := seq[i].grams[:min(len(seq[i].grams), 10)]
	shared, all := 0.0, 0.0
	for _, g := range lead {
		all += x.value[g]
		for _, k := range before {
			if has(seq[k].grams, g) {
				shared += x.value[g]
				break
			}
		}
	}
	if all == 0 {
		return 0
	}
	return shared / all
}

func has(grams []gram, g gram) bool {
	for _, o := range grams {
		if o == g {
			return true
		}
	}
	return false
}
