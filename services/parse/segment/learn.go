package segment

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/document"
)

// Example is a page with the truth about it, to learn from.
type Example struct {
	Lines    []document.Line
	Roles    []LineRole            // by line; Open for blank lines and where nothing is known
	Articles []newspaper.Article   // headlines and Print.Lines
	Free     []newspaper.LineRange // lines that are right wherever they go
}

// LineRole is the role of a line in an Example.
type LineRole uint8

// Values of LineRole.
const (
	Open   LineRole = iota
	Kicker          // a headline's parts
	Title
	Deck
	Display  // all else that stands in lines of its own
	Begins   // the first line of a paragraph
	GoesOn   // a further line of one
	Caption  // the first line of a picture's caption; its credit, on a line of its own
	numRoles = 3
)

// Learning says how to learn.
type Learning struct {
	Epochs  int       // times that every page is seen
	Without []string  // beginnings of names of feature blocks that stay 0, to see what they are worth
	Log     io.Writer // progress
}

// Learn fits the segmenter's weights to examples and returns a segmenter that has
// them. The same examples give the same weights.
func Learn(examples []Example, how Learning) *Segmenter {
	epochs, log := how.Epochs, how.Log
	s := &Segmenter{}
	for _, model := range s.models() {
		*model.weights = make(weights, model.space.size)
	}
	s.pageWeights[gAnother] = decided
	s.headWeights[hWrapIs+wrapsAttendance], s.headWeights[hIs+mainIsAttendance] = decided, decided
	r := rand.New(rand.NewPCG(6, 6))
	examples = slices.Clone(examples)
	r.Shuffle(len(examples), func(i, k int) { examples[i], examples[k] = examples[k], examples[i] })
	unseen := examples[:len(examples)/4]
	examples = examples[len(unseen):]
	s.without = how.Without
	s.learnOrder(examples, epochs, log)
	s.learnCaptions(examples, 2*epochs, log)
	s.learnLines(examples, epochs, log)
	s.learnCuts(examples, 2*epochs, log)
	s.learnHeads(examples, 2*epochs, log)
	s.learnLinks(unseen, 2*epochs, log) // how sure the cut is must be what it is on pages that it was not learned from
	s.learnTrust(unseen, 2*epochs, log)
	return s
}

// WriteWeights writes the segmenter's weights as this package embeds them.
func (s *Segmenter) WriteWeights(w io.Writer) error {
	for _, model := range s.models() {
		if err := model.space.write(w, *model.weights); err != nil {
			return err
		}
	}
	return nil
}

// decided is the weight of what no likeness outweighs: two stories of one office in
// one town may share most of their words, but each has its own 本报讯.
const decided = -30

// ascent is stochastic gradient ascent with a step size for every weight
// (AdaGrad) and a pull of all weights to 0. The weights at its end are the mean of
// those of the last epochs: single steps are noise.
type ascent struct {
	w     weights
	seen  []float64
	rate  float64
	decay float64
	off   []bool // weights that stay 0
	sum   []float64
	steps float64
}

// epochs runs so many epochs, whose steps pass calls, and leaves the mean of the
// weights of the second half of them.
func (a *ascent) epochs(n int, pass func(epoch int)) {
	for epoch := range n {
		if epoch == n/2 {
			a.sum, a.steps = make([]float64, len(a.w)), 0
		}
		pass(epoch)
	}
	for i := range a.w {
		if !a.off[i] && a.steps > 0 {
			a.w[i] = a.sum[i] / a.steps
		}
	}
}

// frozen marks the features of a space that are left out.
func (s *Segmenter) frozen(sp *space) []bool {
	off := make([]bool, sp.size)
	switch sp {
	case &pageSpace:
		off[gAnother] = true
	case &headSpace:
		off[hWrapIs+wrapsAttendance], off[hIs+mainIsAttendance] = true, true
	}
	for _, b := range sp.blocks {
		for _, name := range s.without {
			if strings.HasPrefix(b.name, name) {
				for i := range b.n {
					off[int(b.base)+i] = true
				}
			}
		}
	}
	return off
}

func (a *ascent) step(gradient []float64) {
	if a.seen == nil {
		a.seen = make([]float64, len(a.w))
	}
	for i, g := range gradient {
		g -= a.decay * a.w[i]
		if g == 0 || a.off[i] {
			continue
		}
		a.seen[i] += g * g
		a.w[i] += a.rate * g / (1 + math.Sqrt(a.seen[i]))
	}
	if a.sum != nil {
		for i, x := range a.w {
			a.sum[i] += x
		}
		a.steps++
	}
}

func (s *Segmenter) learnLines(examples []Example, epochs int, log io.Writer) {
	r := rand.New(rand.NewPCG(1, 1))
	s.prime()
	a := &ascent{w: s.lineWeights, rate: .5, decay: .0005, off: s.frozen(&lineSpace)}
	a.epochs(epochs, func(epoch int) {
		likelihood, lines := 0.0, 0
		a.rate = .5 / (1 + float64(epoch)/4)
		for _, n := range r.Perm(len(examples)) {
			c, truth := s.chartOf(&examples[n])
			if c == nil {
				continue
			}
			gradient := make([]float64, len(s.lineWeights))
			if l, ok := c.likelihood(truth, gradient); ok {
				likelihood += l
				lines += len(truth)
				a.step(gradient)
			}
		}
		fmt.Fprintf(log, "lines: epoch %d, log likelihood a line %.4f\n", epoch+1, likelihood/float64(lines))
	})
}

// chartOf is the chart of a page's lines, and the roles that they may truly have; nil
// for a page without lines.
func (s *Segmenter) chartOf(e *Example) (*chart, []roleSet) {
	page := s.readLines(e.Lines, new(desk))
	flow := flowOf(page)
	if len(flow) == 0 {
		return nil, nil
	}
	truth := make([]roleSet, len(flow))
	above := nobody // whose text the last line of text is
	for i, l := range flow {
		truth[i] = e.allowed(l)
		text := !truth[i][head]
		if owner := e.ownerOf(l); text && owner != nobody {
			if truth[i][cont] && above != nobody && above != owner {
				truth[i] = roleSet{para: true} // it goes on from elsewhere
			}
			above = owner
		}
	}
	return newChart(newModel(page, s.lineWeights, new(desk)), flow), truth
}

// prime starts the first model where it ought to end: which column a line stands in
// is not in the examples, and from nothing the search may settle for columns that
// no line fills.
func (s *Segmenter) prime() {
	w := s.lineWeights
	for missing := -8; missing <= 60; missing++ {
		at := fullBin(missing)
		w[fFull+at], w[fFullFirst+at] = -1, -1
		if missing >= -2 && missing <= 2 {
			w[fFull+at] = 2
		}
		if missing >= 3 && missing <= 6 {
			w[fFullFirst+at] = 2
		}
	}
	for end := range endClasses {
		w[fLast+feature(end)] = -1 // wider than its column
	}
	w[fSameWidth] = 1
}

// roleSet is a set of roles that a line may have.
type roleSet [numRoles]bool

func (e *Example) allowed(l *line) roleSet {
	what := Open
	if l.number <= len(e.Roles) {
		what = e.Roles[l.number-1]
	}
	if l.kind != ordinary {
		what = Open
	}
	switch what {
	case Kicker, Title, Deck, Display:
		return roleSet{head: true}
	case Begins, Caption:
		return roleSet{para: true}
	case GoesOn:
		return roleSet{cont: true}
	}
	return roleSet{true, true, true}
}
