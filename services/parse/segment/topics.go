package segment

import "broadsheet/services/parse/internal/topic"

// topics are what the paragraphs and headlines of a page speak of.
type topics struct {
	sums   []topic.Vector // of all paragraphs before each rank, so that any run is one subtraction
	own    []topic.Text   // of each
	three  []topic.Text   // of the three before each, and before the end
	two    []topic.Text   // of each and the next
	common *topic.Common
	far    [][mostRun]feature // see lookBeyond; of one, two and three paragraphs

	lines  []topic.Vector // the sums of all display lines before each block
	asked  [2]int         // the headline that was asked for last
	answer topic.Text
}

// mostRun is how many paragraphs in a row are compared with those far from them.
const mostRun = 3

func newTopics(seq []*block, paras []int, x *index) *topics {
	d := x.desk
	words := d.words.take(len(x.keys))
	for id, key := range x.keys {
		words[id] = topic.Of(rune(key>>32), rune(key&0xFFFFFFFF))
	}
	n := len(paras)
	t := &topics{sums: d.vectors.take(n + 1), own: d.texts.take(n), three: d.texts.take(n + 1), two: d.texts.take(n), far: make([][mostRun]feature, n), lines: d.vectors.take(len(seq) + 1)}
	var body, display topic.Sum
	for rank, i := range paras {
		t.sums[rank+1] = add(&body, seq[i], words)
		t.own[rank] = topic.Between(&t.sums[rank], &t.sums[rank+1])
	}
	t.common = topic.NewCommon(t.own)
	for rank := range n {
		t.own[rank], t.three[rank], t.two[rank] = t.common.Along(t.own[rank]), t.sum(rank-3, rank), t.sum(rank, rank+2)
	}
	t.three[n] = t.sum(n-3, n)
	for i, b := range seq {
		t.lines[i+1] = t.lines[i]
		if b.kind == headBlock {
			t.lines[i+1] = add(&display, b, words)
		}
	}
	t.lookBeyond()
	return t
}

func add(sum *topic.Sum, b *block, words []topic.Word) topic.Vector {
	for _, g := range b.grams {
		sum.Add(words[g])
	}
	return sum.Vector()
}

// headline is what the display lines of blocks [from, to) speak of.
func (t *topics) headline(from, to int) *topic.Text {
	if asked := [2]int{from, to}; t.asked != asked {
		t.asked, t.answer = asked, t.common.Along(topic.Between(&t.lines[from], &t.lines[to]))
	}
	return &t.answer
}

// told is how like a headline's topics are to those of its article's first paragraphs.
func (t *topics) told(from, to, rank, paras int) (likeness, mass float64) {
	return t.common.Apart(t.headline(from, to), t.leads(rank, paras))
}

// leads is what the first two paragraphs of an article of so many speak of.
func (t *topics) leads(rank, paras int) *topic.Text {
	if paras == 1 {
		return &t.own[rank]
	}
	return &t.two[rank]
}

// text is what the paragraphs of ranks [from, to) speak of, as far as there are any.
func (t *topics) text(from, to int) topic.Text {
	from, to = max(0, from), min(to, len(t.own))
	switch to - from {
	case 1:
		return t.own[from]
	case 2:
		return t.two[from]
	case 3:
		return t.three[to]
	}
	return t.sum(from, to)
}

// sum is text, worked out.
func (t *topics) sum(from, to int) topic.Text {
	from, to = max(0, from), min(to, len(t.own))
	return t.common.Along(topic.Between(&t.sums[from], &t.sums[to]))
}

// around compares so many paragraphs on both sides of a paragraph's beginning.
func (t *topics) around(rank, window int) feature {
	above, below := t.text(rank-window, rank), t.text(rank, rank+window)
	return paraTopics.bin(t.common.Apart(&above, &below))
}

// within compares a paragraph with the n before it.
func (t *topics) within(rank, n int) feature {
	above := t.text(rank-n, rank)
	return paraTopics.bin(t.common.Apart(&above, &t.own[rank]))
}

// lookBeyond compares the paragraphs from every rank on with the likest three in a row
// of those farther up than the one before, as far as an article may have stood apart.
func (t *topics) lookBeyond() {
	const away = farthest / 2
	// By how far up the three end: what a paragraph and they have in common; of a run of
	// paragraphs it is the sum.
	var products [mostRun][away + mostRun]float32
	for rank := len(t.own) - 1; rank >= 0; rank-- {
		row := &products[rank%mostRun]
		for up := 1; up < len(row) && up < rank; up++ {
			row[up] = topic.Product(&t.three[rank-up], &t.own[rank])
		}
		for n := 1; n <= mostRun; n++ {
			run := t.text(rank, rank+n)
			best, sure := 0.0, 0.0
			for up := 1; up <= away && up < rank; up++ {
				product := float32(0)
				for k := range min(n, len(t.own)-rank) {
					product += products[(rank+k)%mostRun][up+k]
				}
				if likeness, mass := t.common.ApartBy(product, &t.three[rank-up], &run); likeness > best {
					best, sure = likeness, mass
				}
			}
			t.far[rank][n-1] = paraTopics.bin(best, sure)
		}
	}
}

// apart compares the last paragraphs of one part with the first of another.
func (t *topics) apart(end, start, last int) feature {
	const most = 6
	above, below := t.text(end+1-most, end+1), t.text(start, min(start+most, last+1))
	return paraTopics.bin(t.common.Apart(&above, &below))
}

// topicScale sorts likenesses of topics: 0 where a text says next to nothing, and those
// of texts that say much apart from the others. Texts that are unlike speak of different
// things.
type topicScale struct {
	least, much float64 // lengths of the vector of the text that says less
	limits      []float64
}

var (
	paraTopics = topicScale{400, 1600, []float64{-.25, -.15, -.05, .05, .15, .25, .35, .45}}
	// Half of all headlines have a length of 570 and more and a likeness of .35 and more to
	// their first paragraphs; a twentieth of all strangers have .25.
	headTopics = topicScale{200, 500, []float64{-.15, -.05, .05, .15, .25, .35, .5}}
)

// The bins of these scales: one, and two for each space between limits.
const (
	topicBins     = 1 + 2*9
	headTopicBins = 1 + 2*8
)

func (s *topicScale) bin(likeness, mass float64) feature {
	if mass < s.least {
		return 0
	}
	bin := 1
	if mass >= s.much {
		bin += len(s.limits) + 1
	}
	for _, limit := range s.limits {
		if likeness >= limit {
			bin++
		}
	}
	return feature(bin)
}

const sideBins = 8

// sideBin sorts how much liker a headline is to its article than to what stands on its
// other side.
func sideBin(more float64) feature {
	bin := feature(0)
	for _, limit := range [...]float64{-.3, -.15, -.05, .05, .15, .3, .45} {
		if more >= limit {
			bin++
		}
	}
	return bin
}
