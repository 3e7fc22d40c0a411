package segment

import (
	"math"
	"testing"

	"broadsheet/services/parse/document"
)

// TestScoresAreSumsOfFeatures: the search adds scores up piece by piece; what it
// finds must weigh what its features weigh.
func TestScoresAreSumsOfFeatures(t *testing.T) {
	s := New()
	lines := s.readLines(document.Lines(page), new(desk))
	seq, _, x, m := s.blocks(lines, new(desk))
	c := newCutter(seq, x, m, s.pageWeights)
	checked := 0
	for j := 1; j <= len(seq); j++ {
		c.each(j, nil, func(sp *span) {
			checked++
			want := s.pageWeights.sum(c.spanFeatures(nil, sp, styleMixed)) - s.pageWeights[gPlace+feature(styleMixed*places+sp.place)]
			if math.Abs(sp.score-want) > 1e-9 {
				t.Fatalf("span %+v: %.4f, its features %.4f", *sp, sp.score, want)
			}
		})
	}
	if checked < 50 {
		t.Fatalf("only %d spans", checked)
	}
}

// TestLongSpansAreBounded: no long span scores more than is said of its start and of its
// end, so that the search misses none by what it passes over.
func TestLongSpansAreBounded(t *testing.T) {
	s := New()
	d := new(desk)
	seq, _, x, m := s.blocks(s.readLines(document.Lines(page+page+page), d), d)
	c := newCutter(seq, x, m, s.pageWeights)
	checked := 0
	for j := 1; j <= len(seq); j++ {
		c.each(j, nil, func(sp *span) {
			if c.edge.paras <= reach {
				return
			}
			checked++
			if most := c.long[sp.from] + c.edge.mostLong(); sp.score > most+1e-9 {
				t.Fatalf("span %+v: no more than %.4f was expected", *sp, most)
			}
		})
	}
	if checked < 50 {
		t.Fatalf("only %d spans", checked)
	}
	found := c.cut()
	for i := range c.long {
		c.long[i] = 1e9 // nothing is passed over
	}
	same(t, "spans", found, c.cut())
}

// TestChancesAreProbabilities: the chances of all spans that may cover a paragraph
// first add up to one.
func TestChancesAreProbabilities(t *testing.T) {
	s := New()
	seq, _, x, m := s.blocks(s.readLines(document.Lines(page), new(desk)), new(desk))
	c := newCutter(seq, x, m, s.pageWeights)
	sums := c.sumUp()
	total := 0.0
	for j := 1; j <= len(seq); j++ {
		c.each(j, nil, func(sp *span) {
			for st := range styles {
				if sp.from <= c.paras[0] && j > c.paras[0] {
					total += exp(sums.forward[st][sp.from] + sp.score + s.pageWeights[gPlace+feature(st*places+sp.place)] + sums.backward[st][j] - sums.total)
				}
			}
		})
	}
	if math.Abs(total-1) > 1e-6 {
		t.Errorf("the first paragraph is in an article with probability %.6f", total)
	}
}

// TestWrittenOutScores: what viterbi.go writes out for speed is what the features
// say.
func TestWrittenOutScores(t *testing.T) {
	s := New()
	lines := s.readLines(document.Lines(page), new(desk))
	m := newModel(lines, s.lineWeights, new(desk))
	for i := range lines {
		l := &lines[i]
		for _, first := range []bool{false, true} {
			full, last := m.filling(l, first, make([]float64, len(m.widths))), m.closing(l, first, make([]float64, len(m.widths)))
			for w, column := range m.widths {
				if want := m.w.sum(fullFeatures(nil, l, column, first)); math.Abs(full[w]-want) > 1e-9 {
					t.Fatalf("%q going on in %d: %.4f, want %.4f", l.text, column, full[w], want)
				}
				if want := m.w.sum(lastFeatures(nil, l, column, first)); math.Abs(last[w]-want) > 1e-9 {
					t.Fatalf("%q ending in %d: %.4f, want %.4f", l.text, column, last[w], want)
				}
			}
		}
	}
}

// TestLikenesses: the likenesses that are added up over the pairs that paragraphs share
// are what comparing the paragraphs two by two says.
func TestLikenesses(t *testing.T) {
	s := New()
	seq, _, x, m := s.blocks(s.readLines(document.Lines(page+page+page), new(desk)), new(desk))
	c := newCutter(seq, x, m, s.pageWeights)
	c.marks = make([]int32, len(x.keys))
	compared := 0
	for n, i := range c.paras {
		near, far := [reach]float64{}, 0.0
		best := 0.0
		for up := 1; up <= farthest; up++ {
			if up <= n {
				likeness := c.likeness(c.paras[n-up], i)
				if up > 1 {
					far = max(far, likeness)
				}
				best = max(best, likeness)
				compared++
			}
			if up <= reach {
				near[up-1] = best
			}
		}
		for d := range near {
			if math.Abs(near[d]-c.ties[i][d]) > 1e-9 {
				t.Fatalf("paragraph %d and the %d before: %.4f, want %.4f", n, d+1, c.ties[i][d], near[d])
			}
		}
		if math.Abs(far-c.farTie[i]) > 1e-9 {
			t.Fatalf("paragraph %d and those farther up: %.4f, want %.4f", n, c.farTie[i], far)
		}
	}
	if compared < 50 {
		t.Fatalf("only %d comparisons", compared)
	}
}

// TestLookBeyond: what is added up of the products of single paragraphs is what comparing
// every run with every three says.
func TestLookBeyond(t *testing.T) {
	s := New()
	seq, _, x, m := s.blocks(s.readLines(document.Lines(page+page+page), new(desk)), new(desk))
	topics := newCutter(seq, x, m, s.pageWeights).topics
	bins := map[feature]bool{}
	for rank := range topics.own {
		for n := 1; n <= mostRun; n++ {
			run := topics.text(rank, rank+n)
			best, sure := 0.0, 0.0
			for to := rank - 1; to > 0 && to >= rank-farthest/2; to-- {
				if likeness, mass := topics.common.Apart(&topics.three[to], &run); likeness > best {
					best, sure = likeness, mass
				}
			}
			if want := paraTopics.bin(best, sure); topics.far[rank][n-1] != want {
				t.Fatalf("%d paragraphs from %d on: bin %d, want %d", n, rank, topics.far[rank][n-1], want)
			}
			bins[topics.far[rank][n-1]] = true
		}
	}
	if len(bins) < 4 {
		t.Fatalf("only %d different bins", len(bins))
	}
}
