package segment

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"broadsheet/pkg/newspaper"
)

// How sure the segmenter is of an article: the probability that its lines are right
// (four fifths of them, in both directions) and its headline exact. The models'
// own probabilities are the main evidence; how far they can be believed is learned
// from pages that they were not fitted to.

var (
	trustSpace space

	tBias    = trustSpace.block("trust", 1)
	tChance  = trustSpace.block("trust.chance", 10)  // of the cut
	tReading = trustSpace.block("trust.headline", 6) // of the headline's reading
	tPlace   = trustSpace.block("trust.place", places)
	tSize    = trustSpace.block("trust.size", 3)
	tIs      = trustSpace.block("trust.is", 8)
	tPicture = trustSpace.block("trust.picture", 4)
)

func chanceBin(p float64) feature {
	for i, limit := range [...]float64{.1, .25, .45, .65, .8, .9, .95, .98, .995} {
		if p <= limit {
			return feature(i)
		}
	}
	return 9
}

func readingBin(p float64) feature {
	for i, limit := range [...]float64{.5, .65, .8, .9, .97} {
		if p <= limit {
			return feature(i)
		}
	}
	return 5
}

// trustFeatures of a text article: reading is the probability of its headline's
// reading.
func (c *cutter) trustFeatures(a *assembled, reading float64) []feature {
	out := []feature{tBias, tChance + chanceBin(a.chance), tReading + readingBin(reading), tPlace + feature(a.place)}
	paras, kept, han, all := 0, 0, 0, 0
	var last *block
	for _, b := range a.body {
		for _, r := range b.text {
			all++
			if isHan(r) {
				han++
			}
		}
		if b.kind != paraBlock {
			kept++
			continue
		}
		paras++
		last = b
	}
	switch {
	case paras <= 1:
		out = append(out, tSize)
	case paras <= 4:
		out = append(out, tSize+1)
	default:
		out = append(out, tSize+2)
	}
	first := c.seq[a.first]
	for k, is := range [...]bool{a.linked, a.far, kept > 0, last != nil && last.unfinished, first.resumes, han*2 < all, first.opening == bylineOpens, len(first.lines) == 1 && paras == 1} {
		if is {
			out = append(out, tIs+feature(k))
		}
	}
	return out
}

// pictureFeatures of a picture's caption.
func pictureFeatures(b *block, named bool) []feature {
	out := []feature{tBias, tPicture}
	for k, is := range [...]bool{named, pictureWords.MatchString(b.plain), len(b.lines) > 4} {
		if is {
			out = append(out, tPicture+1+feature(k))
		}
	}
	return out
}

// confidence of an article with these features: 0.01 to 0.99.
func (s *Segmenter) confidence(features []feature) float64 {
	p := 1 / (1 + math.Exp(-s.trustWeights.sum(features)))
	return math.Round(1000*max(.01, min(.99, p))) / 1000
}

// learnTrust fits the confidences to pages that the other models have not seen.
func (s *Segmenter) learnTrust(examples []Example, epochs int, log io.Writer) {
	type sample struct {
		features []feature
		right    bool
	}
	var samples []sample
	for i := range examples {
		e := &examples[i]
		page, features := s.segment(e.Lines, Options{})
		for n, a := range page.Articles {
			if right, counts := e.judge(a); counts {
				samples = append(samples, sample{features[n], right})
			}
		}
	}
	r := rand.New(rand.NewPCG(5, 5))
	a := &ascent{w: s.trustWeights, decay: .0005, off: s.frozen(&trustSpace)}
	a.epochs(epochs, func(epoch int) {
		a.rate = .1 / (1 + float64(epoch)/2)
		likelihood := 0.0
		for _, n := range r.Perm(len(samples)) {
			sm := &samples[n]
			p := 1 / (1 + math.Exp(-s.trustWeights.sum(sm.features)))
			gradient := make([]float64, len(s.trustWeights))
			want := 0.0
			if sm.right {
				want = 1
				likelihood += math.Log(p)
			} else {
				likelihood += math.Log(1 - p)
			}
			for _, f := range sm.features {
				gradient[f] += want - p
			}
			a.step(gradient)
		}
		fmt.Fprintf(log, "trust: epoch %d, log likelihood each %.4f of %d\n", epoch+1, likelihood/float64(max(1, len(samples))), len(samples))
	})
}

// judge says whether an article is right, and whether it counts at all: one of
// lines that are free does not.
func (e *Example) judge(a newspaper.Article) (right, counts bool) {
	free := func(n int) bool { return within(e.Free, n) }
	mine := map[int]bool{}
	for _, r := range a.Print.Lines {
		for n := r[0]; n <= r[1]; n++ {
			if n <= len(e.Lines) && !e.Lines[n-1].Blank() && !free(n) {
				mine[n] = true
			}
		}
	}
	if len(mine) == 0 {
		return false, false
	}
	for _, g := range e.Articles {
		shared, size := 0, 0
		for _, r := range g.Print.Lines {
			for n := r[0]; n <= r[1]; n++ {
				if n <= len(e.Lines) && !e.Lines[n-1].Blank() && !free(n) {
					size++
					if mine[n] {
						shared++
					}
				}
			}
		}
		if shared*10 >= 8*(size+len(mine)-shared) {
			return g.Type == newspaper.TypePicture || squeeze(g.MainHeadline()) == squeeze(a.MainHeadline()), true
		}
	}
	return false, true
}

func within(ranges []newspaper.LineRange, n int) bool {
	for _, r := range ranges {
		if r[0] <= n && n <= r[1] {
			return true
		}
	}
	return false
}

// squeeze takes all white space out.
func squeeze(text string) string { return compact(collapse(text)) }
