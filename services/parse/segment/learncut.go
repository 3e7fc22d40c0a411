package segment

import (
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
)

// learnCuts fits the second model's weights: of all cuts of each page's blocks, as
// the first model made them, the true one is to be the likeliest.
func (s *Segmenter) learnCuts(examples []Example, epochs int, log io.Writer) {
	var cutters []*cutter
	var truths [][]span
	var truthStyles []int
	for e, c := range s.cutters(examples) {
		seq := c.seq
		truth := e.spans(seq)
		cutters, truths, truthStyles = append(cutters, c), append(truths, truth), append(truthStyles, styleOf(truth))
	}
	r := rand.New(rand.NewPCG(2, 2))
	a := &ascent{w: s.pageWeights, decay: .0007, off: s.frozen(&pageSpace)}
	a.epochs(epochs, func(epoch int) {
		a.rate = .4 / (1 + float64(epoch)/3)
		likelihood, spans := 0.0, 0
		for _, n := range r.Perm(len(cutters)) {
			c := cutters[n]
			c.rescore()
			gradient := make([]float64, len(s.pageWeights))
			gold := c.countTruth(truths[n], truthStyles[n], gradient)
			total := c.countAll(gradient)
			likelihood += gold - total
			spans += len(truths[n])
			a.step(gradient)
			c.known = nil // it is large
		}
		fmt.Fprintf(log, "cuts: epoch %d, log likelihood a span %.4f\n", epoch+1, likelihood/float64(max(1, spans)))
	})
}

// styleOf is the style of a page whose headlines stand so.
func styleOf(truth []span) int {
	counts := [places]int{}
	for _, s := range truth {
		if s.place >= 0 {
			counts[s.place]++
		}
	}
	switch all := counts[before] + counts[after] + counts[inside]; {
	case counts[before]*10 >= all*7:
		return styleBefore
	case counts[after]*10 >= all*7:
		return styleAfter
	}
	return styleMixed
}

// owners of blocks that no article has.
const nobody = -1

// owner is the article that has most lines of a block.
func (e *Example) owner(b *block) int {
	votes := map[int]int{}
	best := nobody
	for _, l := range b.lines {
		o := e.ownerOf(l)
		votes[o]++
		if votes[o] > votes[best] || best == nobody && o != nobody && votes[o] >= votes[best] {
			best = o
		}
	}
	return best
}

// ownerOf is the article that has a line.
func (e *Example) ownerOf(l *line) int {
	for n, a := range e.Articles {
		for _, r := range a.Print.Lines {
			if r[0] <= l.number && l.number <= r[1] {
				return n
			}
		}
	}
	return nobody
}

func (e *Example) isTitle(b *block) bool {
	n := b.first().number
	return n <= len(e.Roles) && (e.Roles[n-1] == Title || e.Roles[n-1] == Kicker || e.Roles[n-1] == Deck)
}

// spans is the true cut of a page's blocks: every run of blocks of one article. A
// piece of an article that stands elsewhere is a span of its own.
func (e *Example) spans(seq []*block) []span {
	var out []span
	seen := map[int]bool{} // articles that have begun
	for i := 0; i < len(seq); {
		o := e.owner(seq[i])
		j := i + 1
		for j < len(seq) && o != nobody && e.owner(seq[j]) == o {
			j++
		}
		made := e.span(seq, i, j)
		for k := range made {
			if made[k].place == nowhere && seen[o] && o != nobody {
				made[k].place = again
			}
			if made[k].place >= 0 {
				seen[o] = true
			}
		}
		out = append(out, made...)
		i = j
	}
	return out
}

// span makes one span of blocks [i, j) of one owner, and orphans of the display
// lines that the model's shapes leave out.
func (e *Example) span(seq []*block, i, j int) []span {
	var out, tail []span
	orphan := func(k int) span { return span{from: k, to: k + 1, place: -1} }
	first := i
	for first < j && seq[first].kind == headBlock {
		first++
	}
	if first == j || first-i > 8 {
		for k := i; k < first; k++ {
			out = append(out, orphan(k))
		}
		if first == j {
			return out
		}
		i = first
	}
	last := j - 1
	for seq[last].kind == headBlock {
		last--
	}
	for j-1-last > 8 {
		j--
		tail = append([]span{orphan(j)}, tail...)
	}
	s := span{from: i, to: j, place: nowhere}
	switch {
	case i < first && e.isTitle(seq[i]) || i < first && e.isTitle(seq[first-1]):
		s.place, s.heads = before, [2]int{i, first}
	case i < first:
		for k := i; k < first; k++ {
			out = append(out, orphan(k))
		}
		s.from = first
	}
	if s.place == nowhere && last+1 < j && e.isTitle(seq[last+1]) {
		s.place, s.heads = after, [2]int{last + 1, j}
	}
	for k := first; k < last && s.place == nowhere; k++ {
		if seq[k].kind == headBlock && e.isTitle(seq[k]) {
			from, to := k, k
			for from > first && seq[from-1].kind == headBlock {
				from--
			}
			for seq[to].kind == headBlock {
				to++
			}
			s.place, s.heads = inside, [2]int{from, to}
		}
	}
	return append(append(out, s), tail...)
}

func (c *cutter) countTruth(truth []span, style int, gradient []float64) float64 {
	features := []feature{gStyle + feature(style)}
	for i := range truth {
		features = c.spanFeatures(features, &truth[i], style)
	}
	for _, f := range features {
		gradient[f]++
	}
	return c.w.sum(features)
}

// countAll takes the expected counts over all cuts off the gradient and returns
// the log sum of their scores.
func (c *cutter) countAll(gradient []float64) float64 {
	s := c.sumUp()
	take := func(log float64, features []feature) {
		if log < s.total-18 {
			return
		}
		mass := exp(log - s.total)
		for _, f := range features {
			gradient[f] -= mass
		}
	}
	n := len(c.seq)
	for t := range styles {
		take(s.forward[t][n], []feature{gStyle + feature(t)})
		for i, b := range c.seq {
			if b.kind == headBlock {
				take(s.forward[t][i]+c.orphan[i]+s.backward[t][i+1], c.orphanFeatures(c.tornFeatures(c.buffer[:0], i), i))
			}
		}
	}
	for j := 1; j <= n; j++ {
		c.each(j, nil, func(sp *span) {
			for t := range styles {
				log := s.forward[t][sp.from] + sp.score + c.w[gPlace+feature(t*places+sp.place)] + s.backward[t][j]
				if log >= s.total-18 {
					take(log, c.spanFeatures(nil, sp, t))
				}
			}
		})
	}
	return s.total
}

// longestLearned is the most blocks of a page that is learned from.
const longestLearned = 400

// cutters are the examples with their blocks, but for empty and very long pages.
func (s *Segmenter) cutters(examples []Example) iter.Seq2[*Example, *cutter] {
	return func(yield func(*Example, *cutter) bool) {
		for i := range examples {
			lines := s.readLines(examples[i].Lines, new(desk))
			if len(lines) == 0 {
				continue
			}
			seq, _, x, m := s.blocks(lines, new(desk))
			if len(seq) == 0 || len(seq) > longestLearned {
				continue
			}
			if !yield(&examples[i], newCutter(seq, x, m, s.pageWeights)) {
				return
			}
		}
	}
}
