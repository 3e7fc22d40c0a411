package segment

import (
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
)

// learnHeads fits the third model's weights.
func (s *Segmenter) learnHeads(examples []Example, epochs int, log io.Writer) {
	var titlers []*titler
	var truths []reading
	for t, truth := range s.titlers(examples) {
		titlers, truths = append(titlers, t), append(truths, truth)
	}
	r := rand.New(rand.NewPCG(3, 3))
	a := &ascent{w: s.headWeights, decay: .0005, off: s.frozen(&headSpace)}
	a.epochs(epochs, func(epoch int) {
		a.rate = .5 / (1 + float64(epoch)/4)
		likelihood := 0.0
		for _, n := range r.Perm(len(titlers)) {
			gradient := make([]float64, len(s.headWeights))
			likelihood += titlers[n].count(truths[n], gradient)
			a.step(gradient)
		}
		fmt.Fprintf(log, "headlines: epoch %d, log likelihood each %.4f\n", epoch+1, likelihood/float64(max(1, len(titlers))))
	})
}

// titlers yields the headlines of the examples, and how they are to be read.
func (s *Segmenter) titlers(examples []Example) iter.Seq2[*titler, reading] {
	return func(yield func(*titler, reading) bool) {
		for e, c := range s.cutters(examples) {
			for _, sp := range e.spans(c.seq) {
				n := sp.heads[1] - sp.heads[0]
				if sp.place < 0 || sp.place == nowhere || n == 0 || n > mostHeads {
					continue
				}
				near := sp.from
				for c.seq[near].kind == headBlock {
					near++
				}
				t := newTitler(c, s.headWeights, sp.heads[0], n, near)
				if truth, ok := e.reading(t); ok && !yield(t, truth) {
					return
				}
			}
		}
	}
}

// count adds the truth's features to the gradient, takes the expected ones off and
// returns the truth's log likelihood.
func (t *titler) count(truth reading, gradient []float64) float64 {
	total := impossible
	t.readings(func(r reading) { total = logAdd(total, t.w.sum(t.features(t.c.buffer[:0], r))) })
	t.readings(func(r reading) {
		features := t.features(t.c.buffer[:0], r)
		mass := exp(t.w.sum(features) - total)
		for _, f := range features {
			gradient[f] -= mass
		}
	})
	features := t.features(nil, truth)
	for _, f := range features {
		gradient[f]++
	}
	return t.w.sum(features) - total
}

// reading is the true one of a headline's lines, if the lines are all of it.
func (e *Example) reading(t *titler) (reading, bool) {
	r := reading{main: -1, deck: t.n}
	for i := range t.n {
		n := t.line(i).first().number
		if n > len(e.Roles) {
			return r, false
		}
		switch e.Roles[n-1] {
		case Kicker:
			if r.main >= 0 {
				return r, false
			}
		case Title:
			if r.main < 0 {
				r.main = i
			}
			if r.deck < t.n {
				return r, false
			}
		case Deck:
			r.deck = min(r.deck, i)
		default:
			return r, false
		}
	}
	return r, r.main >= 0 && r.deck > r.main
}
