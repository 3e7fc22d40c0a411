package segment

import (
	"math/bits"
	"slices"
)

// retold knows, for every display line, which of its words stand in which
// paragraphs near it.
type retold struct {
	heads []headWords // by position in the sequence; zero for paragraphs
	best  []float64   // of a display line: the most weight of its words that any two paragraphs have; of a paragraph: the most that it and the next have of any display line
}

// headWords are a display line's pairs of characters, up to 64, as bits.
type headWords struct {
	weights []float64
	total   float64
	base    int      // position of hits[0]
	hits    []uint64 // by position in the sequence: the bits that paragraph has
	shared  [][3]float32
}

// depths of comparison: with the first paragraph, the first two, the first four.
var depths = [3]int{1, 2, 4}

func newRetold(seq []*block, x *index) *retold {
	s := &retold{heads: make([]headWords, len(seq))}
	ends := x.desk.numbers.take(len(x.keys) + 1) // by pair: where its postings end
	for _, b := range seq {
		if b.kind == headBlock {
			for _, g := range b.words() {
				ends[g+1]++
			}
		}
	}
	for g := range x.keys {
		ends[g+1] += ends[g]
	}
	type word struct{ head, bit int32 }
	postings := make([]word, ends[len(x.keys)])
	for i := len(seq) - 1; i >= 0; i-- {
		if b := seq[i]; b.kind == headBlock {
			s.heads[i] = newHeadWords(i, len(seq), b.words(), x)
			for bit, g := range b.words() {
				ends[g+1]--
				postings[ends[g+1]] = word{int32(i), int32(bit)}
			}
		}
	}
	// Now the postings of a pair begin at its end and go to the next one's, in the order
	// of the page: those of display lines that are left too far behind are passed for good.
	starts := ends[1:]
	next := x.desk.numbers.take(len(starts))
	copy(next, starts)
	var paras []int
	for i, b := range seq {
		if b.kind != paraBlock {
			continue
		}
		paras = append(paras, i)
		for _, g := range b.grams {
			to := int32(len(postings))
			if int(g)+1 < len(starts) {
				to = starts[g+1]
			}
			for next[g] < to && int(postings[next[g]].head) <= i-mostBlocks {
				next[g]++
			}
			for _, p := range postings[next[g]:to] {
				if int(p.head) > i+mostBlocks {
					break
				}
				h := &s.heads[p.head]
				h.hits[i-h.base] |= 1 << p.bit
			}
		}
	}
	s.best = x.desk.scores.take(len(seq))
	for i := range s.heads {
		h := &s.heads[i]
		h.sum(paras)
		for k := range h.shared {
			mass := float64(h.shared[k][1])
			s.best[i] = max(s.best[i], mass)
			s.best[h.base+k] = max(s.best[h.base+k], mass)
		}
	}
	return s
}

// words are the pairs of a display line that are compared: the first 64.
func (b *block) words() []gram { return b.grams[:min(len(b.grams), 64)] }

func newHeadWords(at, blocks int, words []gram, x *index) headWords {
	h := headWords{base: max(0, at-mostBlocks), weights: x.desk.scores.take(len(words))}
	h.hits = x.desk.bits.take(min(blocks, at+mostBlocks) - h.base)
	h.shared = x.desk.shares.take(len(h.hits))
	for bit, g := range words {
		h.weights[bit] = x.value[g]
		h.total += x.value[g]
	}
	return h
}

// sum fills shared: by first paragraph and depth, the weight of the words that
// those paragraphs have. paras are the positions of all paragraphs.
func (h *headWords) sum(paras []int) {
	from, _ := slices.BinarySearch(paras, h.base)
	to, _ := slices.BinarySearch(paras, h.base+len(h.hits))
	near := paras[from:to]
	for k := range near {
		at := &h.shared[near[k]-h.base]
		var mask uint64
		weight := float32(0)
		for n, i := range near[k:min(k+depths[2], len(near))] {
			if more := h.hits[i-h.base] &^ mask; more != 0 {
				mask |= more
				weight = h.weigh(mask)
			} else if n > 0 {
				continue
			}
			for d, depth := range depths {
				if n < depth {
					at[d] = weight
				}
			}
		}
	}
}

func (h *headWords) weigh(mask uint64) float32 {
	w := 0.0
	for mask != 0 {
		w += h.weights[bits.TrailingZeros64(mask)]
		mask &= mask - 1
	}
	return float32(w)
}

// mass is the weight of the words of display lines [from, to) that the paragraphs
// from first on have.
func (s *retold) mass(from, to, first, depth int) float64 {
	shared := 0.0
	for i := from; i < to; i++ {
		h := &s.heads[i]
		if k := first - h.base; k >= 0 && k < len(h.shared) {
			shared += float64(h.shared[k][depth])
		}
	}
	return shared
}

// overlap is the weighted share of the words of display lines [from, to) that the
// paragraphs from first on have, to the depth given as an index into depths.
func (s *retold) overlap(from, to, first, depth int) float64 {
	shared, total := 0.0, 0.0
	for i := from; i < to; i++ {
		h := &s.heads[i]
		if k := first - h.base; k >= 0 && k < len(h.shared) {
			shared += float64(h.shared[k][depth])
		}
		total += h.total
	}
	if total == 0 {
		return 0
	}
	return shared / total
}

// stray is the most weight of one line's words, of display lines [from, to), that some
// text has beyond what the paragraphs from first on have: a line with much of it is
// another article's.
func (s *retold) stray(from, to, first, depth int) float64 {
	most := 0.0
	for i := from; i < to; i++ {
		most = max(most, s.best[i]-s.mass(i, i+1, first, depth))
	}
	return most
}

// rivals compares display lines [from, to) and the paragraphs from first on with the
// others near: the weight of the lines' words that the paragraphs have, beside the
// most that any paragraphs have, and the most that they have of any line.
func (s *retold) rivals(from, to, first int) (texts, heads float64) {
	most, own, mass := 0.0, 0.0, 0.0
	for i := from; i < to; i++ {
		m := s.mass(i, i+1, first, 1)
		mass += m
		own = max(own, m)
		most += s.best[i]
	}
	texts, heads = 1, 1
	if most > 0 {
		texts = mass / most
	}
	if b := s.best[first]; b > 0 {
		heads = own / b
	}
	return texts, heads
}
