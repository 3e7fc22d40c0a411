package segment

import "broadsheet/services/parse/internal/topic"

// desk is where one page is worked on: the slices whose sizes depend on the page and
// that nobody keeps. A Segmenter has its desks cleared and used again: two thirds of the
// memory that a page took were for these.
type desk struct {
	lines    slab[line]
	rows     slab[*line]
	blocks   slab[block]
	numbers  slab[int32]
	bits     slab[uint64]
	scores   slab[float64]
	features slab[feature]
	postings slab[posting]
	shares   slab[[3]float32]
	ties     slab[[reach]float64]
	sizes    slab[[4]float64]
	choices  slab[choice]
	spans    slab[span]
	words    slab[topic.Word]
	vectors  slab[topic.Vector]
	texts    slab[topic.Text]
}

// desk is an empty desk; tidy takes it back.
func (s *Segmenter) desk() *desk {
	if d, ok := s.desks.Get().(*desk); ok {
		return d
	}
	return new(desk)
}

func (s *Segmenter) tidy(d *desk) {
	d.clear()
	s.desks.Put(d)
}

// clear makes the desk ready for another page.
func (d *desk) clear() {
	d.lines.clear()
	d.rows.clear()
	d.blocks.clear()
	d.numbers.clear()
	d.bits.clear()
	d.scores.clear()
	d.features.clear()
	d.postings.clear()
	d.shares.clear()
	d.ties.clear()
	d.sizes.clear()
	d.choices.clear()
	d.spans.clear()
	d.words.clear()
	d.vectors.clear()
	d.texts.clear()
}

// slab hands out pieces of one slice that is as long as the longest page so far needed,
// and new slices where that is too short.
type slab[T any] struct {
	whole, free []T
	taken       int
}

// take returns n zeroes.
func (s *slab[T]) take(n int) []T {
	s.taken += n
	if n > len(s.free) {
		return make([]T, n)
	}
	piece := s.free[:n:n]
	s.free = s.free[n:]
	return piece
}

func (s *slab[T]) clear() {
	if s.taken > len(s.whole) {
		s.whole = make([]T, s.taken)
	} else {
		clear(s.whole[:len(s.whole)-len(s.free)])
	}
	s.free, s.taken = s.whole, 0
}
