package segment

import "broadsheet/services/parse/internal/topic"

// topics are what the paragraphs of a page speak of.
type topics struct {
	sums   []topic.Vector // of all before each rank, so that any run is one subtraction
	own    []topic.Text   // of each
	three  []topic.Text   // of the three before each
	common *topic.Common
	far    [][3]feature // beyond, of one, two and three paragraphs
}

func newTopics(seq []*block, paras []int, x *index) *topics {
	d := x.desk
	words := d.words.take(len(x.keys))
	for id, key := range x.keys {
		words[id] = topic.Of(rune(key>>32), rune(key&0xFFFFFFFF))
	}
	n := len(paras)
	t := &topics{sums: d.vectors.take(n + 1), own: d.texts.take(n), three: d.texts.take(n), far: make([][3]feature, n)}
	for rank, i := range paras {
		t.sums[rank+1] = t.sums[rank]
		for _, g := range seq[i].grams {
			t.sums[rank+1].Add(words[g])
		}
		t.own[rank] = topic.Between(&t.sums[rank], &t.sums[rank+1])
	}
	t.common = topic.NewCommon(t.own)
	for rank := range n {
		t.own[rank], t.three[rank] = t.common.Along(t.own[rank]), t.text(rank-3, rank)
	}
	for rank := range n {
		for k := range t.far[rank] {
			t.far[rank][k] = t.beyond(rank, k+1)
		}
	}
	return t
}

// text is what the paragraphs of ranks [from, to) speak of, as far as there are any.
func (t *topics) text(from, to int) topic.Text {
	from, to = max(0, from), min(to, len(t.sums)-1)
	return t.common.Along(topic.Between(&t.sums[from], &t.sums[to]))
}

// around compares so many paragraphs on both sides of a paragraph's beginning.
func (t *topics) around(rank, window int) feature {
	above, below := t.text(rank-window, rank), t.text(rank, rank+window)
	return topicBin(t.common.Apart(&above, &below))
}

// within compares a paragraph with the n before it.
func (t *topics) within(rank, n int) feature {
	above := t.text(rank-n, rank)
	return topicBin(t.common.Apart(&above, &t.own[rank]))
}

// beyond compares the n paragraphs from a rank on with the likest three in a row of
// those farther up than the one before, as far as an article may have stood apart.
func (t *topics) beyond(rank, n int) feature {
	own := t.text(rank, rank+n)
	best, sure := 0.0, 0.0
	for to := rank - 1; to > 0 && to >= rank-farthest/2; to-- {
		if likeness, mass := t.common.Apart(&t.three[to], &own); likeness > best {
			best, sure = likeness, mass
		}
	}
	return topicBin(best, sure)
}

// apart compares the last paragraphs of one part with the first of another.
func (t *topics) apart(end, start, last int) feature {
	const most = 6
	above, below := t.text(end+1-most, end+1), t.text(start, min(start+most, last+1))
	return topicBin(t.common.Apart(&above, &below))
}

const topicBins = 1 + 2*9

// topicBin sorts a likeness of topics by how sure it is. Texts that are unlike speak of
// different things.
func topicBin(likeness, mass float64) feature {
	const least, much = 400, 1600
	bin := feature(1)
	switch {
	case mass < least:
		return 0
	case mass >= much:
		bin += 9
	}
	for _, limit := range [...]float64{-.25, -.15, -.05, .05, .15, .25, .35, .45} {
		if likeness >= limit {
			bin++
		}
	}
	return bin
}
