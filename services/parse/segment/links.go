package segment

import (
	"fmt"
	"io"
	"math/rand/v2"
)

// The fourth decision ties together what stands apart: the pieces of a body with
// another article between, and a headline with a body beyond its neighbour. Every
// piece that may be another's chooses one, or none.

var (
	linkSpace space

	// piece: that a body without a headline of its own goes on another one.
	lPiece      = linkSpace.block("piece", 1)
	lApart      = linkSpace.block("piece.apart", 4)
	lBroken     = linkSpace.block("piece.broken", 4)    // breaks off × resumes
	lPieceTie   = linkSpace.block("piece.tie", tieBins) // likeness of the ends that meet
	lPieceBest  = linkSpace.block("piece.tie.best", tieBins)
	lPieceFit   = linkSpace.block("piece.fit", 8)      // words of the headline in the other piece
	lPieceBody  = linkSpace.block("piece.fit.body", 8) // in its first four paragraphs
	lPieceJoin  = linkSpace.block("piece.joins", noBroken+1)
	lPieceAll   = linkSpace.block("piece.tie.all", tieBins) // of all their texts
	lPieceTopic = linkSpace.block("piece.topic", topicBins) // likeness of topics of the same
	lPieceIs    = linkSpace.block("piece.is", 12)
	lPieceSure  = linkSpace.block("piece.begins", 3*sureBins) // apart, in a row or in one span × how sure it is that a span begins with it
	lPieceBare  = linkSpace.block("piece.bare", 2*4)          // apart or in a row × how many other bodies of the page have no headline
	lPieceLong  = linkSpace.block("piece.long", 2*3*3)        // apart or in a row × how long the two are
	lPieceOurs  = linkSpace.block("piece.chance", 2*10)       // how sure the cut is of the one, of the other
	lPieceNeed  = linkSpace.block("piece.need", 2*3*3)        // apart or in a row × which of the two has a headline × whether that stands before, after or inside
	lRival      = linkSpace.block("piece.rival", 3)           // likeness to what stands between

	// far: that display lines are the headline of a body that has none.
	lFar      = linkSpace.block("far", 1)
	lFarAway  = linkSpace.block("far.away", 8)
	lFarNear  = linkSpace.block("far.first", 8)
	lFarBody  = linkSpace.block("far.body", 8)
	lFarTopic = linkSpace.block("far.topic", headTopicBins)
	lFarIs    = linkSpace.block("far.is", 8)
)

// mostApart bounds how many spans may stand between what is tied.
const mostApart = 6

// part is a span with what ties ask of it.
type part struct {
	span
	first, last int // paragraphs, positions in the sequence; -1 for display lines
	paras       int
	pairs       int // of characters, different ones in each paragraph
}

// length is 0 for a brief, 1 for a paragraph or two, 2 for more.
func (p *part) length() feature { return third(float64(p.pairs), 60, 180) }

func (c *cutter) partsOf(spans []span) []part {
	var out []part
	for i := 0; i < len(spans); i++ {
		p := part{span: spans[i], first: -1, last: -1}
		if p.place < 0 {
			for i+1 < len(spans) && spans[i+1].place < 0 && spans[i+1].from == p.to && p.to-p.from < mostHeads {
				i++
				p.to = spans[i].to // lines of one headline stay together
			}
			out = append(out, p)
			continue
		}
		for k := p.from; k < p.to; k++ {
			if c.seq[k].kind == paraBlock {
				if p.first < 0 {
					p.first = k
				}
				p.last = k
				p.paras++
				p.pairs += len(c.seq[k].grams)
			}
		}
		out = append(out, p)
	}
	return out
}

// doubtful is how likely a paragraph must be to begin an article for a second look.
const doubtful = .15

const sureBins = 13

// sureBin sorts the probability that a span begins with a paragraph.
func sureBin(p float64) feature {
	for i, limit := range [...]float64{.05, .1, .17, .25, .35, .5, .65, .8, .9, .95, .98, .995} {
		if p <= limit {
			return feature(i)
		}
	}
	return sureBins - 1
}

// split takes the spans of the best cut apart where another article may well begin: the
// fourth decision sees more of both sides than the second, and ties together again what
// is one.
func (c *cutter) split(spans []span) []span {
	var out []span
	for _, s := range spans {
		if s.place >= 0 {
			for i := s.from + 1; i < s.to; i++ {
				if c.begins[i] < doubtful || c.seq[i].kind != paraBlock || c.seq[i-1].kind != paraBlock {
					continue
				}
				over := s
				over.to, s.from, s.parted = i, i, true
				if s.heads[0] >= i {
					over.heads, over.place = [2]int{}, nowhere
				} else {
					s.heads, s.place = [2]int{}, nowhere
				}
				out = append(out, over)
			}
		}
		out = append(out, s)
	}
	return out
}

// bare is 1 for a body that has no headline, else 0.
func (p *part) bare() int {
	if p.place >= nowhere && !p.parted {
		return 1
	}
	return 0
}

func (p *part) headed() bool { return p.place >= 0 && p.place < nowhere }

// mayJoin reports that part k may be the rest of part i.
func (c *cutter) mayJoin(i, k *part) bool {
	if i.place < 0 || k.place < 0 || i.headed() && k.headed() {
		return false
	}
	b := c.seq[k.first]
	return b.opening != bylineOpens && b.tag == "" && k.place != before
}

// likeness of two paragraphs: the shared weight over the lighter one's.
func (c *cutter) likeness(a, b int) float64 {
	shared, x, y := 0.0, 0.0, 0.0
	for _, g := range c.seq[a].grams {
		x += c.index.value[g]
		c.marks[g] = int32(a + 1)
	}
	for _, g := range c.seq[b].grams {
		y += c.index.value[g]
		if c.marks[g] == int32(a+1) {
			shared += c.index.value[g]
		}
	}
	for _, g := range c.seq[a].grams {
		c.marks[g] = 0
	}
	if light := min(x, y); light > 0 {
		return shared / light
	}
	return 0
}

// closest is the best likeness of the first paragraphs of k to those of i.
func (c *cutter) closest(i, k *part) float64 {
	best := 0.0
	for b, n := k.first, 0; b <= k.last && n < 2; b++ {
		if c.seq[b].kind != paraBlock {
			continue
		}
		n++
		for a, m := i.last, 0; a >= i.first && m < 4; a-- {
			if c.seq[a].kind == paraBlock {
				m++
				best = max(best, c.likeness(a, b))
			}
		}
	}
	return best
}

// wholly is the likeness of all the text of two parts, of the last paragraphs of i
// and the first of k.
func (c *cutter) wholly(i, k *part) float64 {
	const most = 6
	shared, x, y := 0.0, 0.0, 0.0
	for b, n := i.last, 0; b >= i.first && n < most; b-- {
		if c.seq[b].kind != paraBlock {
			continue
		}
		n++
		for _, g := range c.seq[b].grams {
			if c.marks[g] == 0 {
				c.marks[g] = 1
				x += c.index.value[g]
			}
		}
	}
	for b, n := k.first, 0; b <= k.last && n < most; b++ {
		if c.seq[b].kind != paraBlock {
			continue
		}
		n++
		for _, g := range c.seq[b].grams {
			if c.marks[g] == 1 {
				shared += c.index.value[g]
			}
			if c.marks[g] < 2 {
				y += c.index.value[g]
				c.marks[g] += 2 // 2: here only, 3: in both
			}
		}
	}
	for b := i.first; b <= i.last; b++ {
		c.unmark(b)
	}
	for b := k.first; b <= k.last; b++ {
		c.unmark(b)
	}
	if light := min(x, y); light > 0 {
		return shared / light
	}
	return 0
}

func (c *cutter) unmark(b int) {
	for _, g := range c.seq[b].grams {
		c.marks[g] = 0
	}
}

func (c *cutter) joinFeatures(dst []feature, parts []part, bare, i, k int) []feature {
	a, b := &parts[i], &parts[k]
	end, start := c.seq[a.last], c.seq[b.first]
	broken := feature(0)
	if end.unfinished {
		broken += 2
	}
	if start.resumes {
		broken++
	}
	best := c.closest(a, b)
	where, near := feature(0), feature(0)
	switch {
	case k > i+1:
	case b.parted:
		where, near = 2, 1
	default:
		where, near = 1, 1
	}
	dst = append(dst, lPieceSure+where*sureBins+sureBin(c.begins[b.first]), lPieceBare+near*4+feature(min(bare-a.bare()-b.bare(), 3)))
	dst = append(dst, lPieceLong+(near*3+a.length())*3+b.length(), lPieceOurs+chanceBin(a.chance), lPieceOurs+10+chanceBin(b.chance))
	switch {
	case a.headed():
		dst = append(dst, lPieceNeed+near*3*3+feature(a.place))
	case b.headed():
		dst = append(dst, lPieceNeed+(near*3+1)*3+feature(b.place))
	default:
		dst = append(dst, lPieceNeed+(near*3+2)*3+yes(a.place == again))
	}
	dst = append(dst, lPiece, lApart+feature(min(k-i, 4)-1), lBroken+broken, lPieceTie+tieBin(c.likeness(a.last, b.first)), lPieceBest+tieBin(best))
	join := feature(noBroken)
	if end.unfinished {
		join = joinBin(junctionOf(end.plain, start.plain))
	}
	dst = append(dst, lPieceJoin+join, lPieceAll+tieBin(c.wholly(a, b)))
	dst = append(dst, lPieceTopic+c.topics.apart(c.rank[a.last], c.rank[b.first], c.rank[b.last]))
	switch {
	case a.headed():
		dst = append(dst, lPieceFit+fitBin(c.retold.overlap(a.heads[0], a.heads[1], b.first, 0)), lPieceBody+fitBin(c.retold.overlap(a.heads[0], a.heads[1], b.first, depthOf(b.paras, 2))))
	case b.headed():
		dst = append(dst, lPieceFit+fitBin(c.retold.overlap(b.heads[0], b.heads[1], a.first, 0)), lPieceBody+fitBin(c.retold.overlap(b.heads[0], b.heads[1], a.first, depthOf(a.paras, 2))))
	}
	rival := 0.0
	for n := i + 1; n < k; n++ {
		if parts[n].place >= 0 {
			rival = max(rival, c.closest(&parts[n], b))
		}
	}
	if k+1 < len(parts) && parts[k+1].place >= 0 {
		rival = max(rival, c.closest(b, &parts[k+1]))
	}
	switch {
	case best > rival*1.5:
		dst = append(dst, lRival)
	case best > rival:
		dst = append(dst, lRival+1)
	default:
		dst = append(dst, lRival+2)
	}
	words := c.words[b.first]
	for n, is := range [...]bool{a.headed(), b.headed(), end.closed, end.width > 0 && abs(end.width-start.width) <= 1, start.opening == weakOpening, words == 2, words == 0 || words == 1, start.firstLine == 1, b.paras == 1, c.seq[a.first].opening == bylineOpens, b.place == again, c.listed[b.first]} {
		if is {
			dst = append(dst, lPieceIs+feature(n))
		}
	}
	return dst
}

// farFeatures speak for display lines h being the headline of part k.
func (c *cutter) farFeatures(dst []feature, parts []part, h, k int) []feature {
	away := max(-4, min(4, k-h))
	if away < 0 {
		away += 4 // 0..3
	} else {
		away += 3 // 4..7
	}
	p, heads := &parts[k], &parts[h]
	dst = append(dst, lFar, lFarAway+feature(away), lFarNear+fitBin(c.retold.overlap(heads.from, heads.to, p.first, 0)),
		lFarBody+fitBin(c.retold.overlap(heads.from, heads.to, p.first, depthOf(p.paras, 2))))
	dst = append(dst, lFarTopic+headTopics.bin(c.topics.told(heads.from, heads.to, c.rank[p.first], p.paras)))
	b := c.seq[p.first]
	l := c.seq[heads.from].first()
	for n, is := range [...]bool{b.opening == bylineOpens, b.opening == weakOpening, p.paras == 1, l.width <= 12, l.width > 48, l.ends, heads.to-heads.from > 1, trades(l)} {
		if is {
			dst = append(dst, lFarIs+feature(n))
		}
	}
	return dst
}

// linkChoice is what one part may be tied to: nothing, or one of others.
type linkChoice struct {
	of       int
	others   []int
	features [][]feature
}

func (c *cutter) linkChoices(parts []part, yield func(linkChoice)) {
	if c.marks == nil {
		c.marks = c.m.desk.numbers.take(len(c.index.keys))
	}
	bare := 0 // of the page's bodies
	for k := range parts {
		bare += parts[k].bare()
	}
	for k := range parts {
		ch := linkChoice{of: k}
		if parts[k].place < 0 {
			for i := max(0, k-mostApart); i <= min(len(parts)-1, k+mostApart); i++ {
				if parts[i].place == nowhere || parts[i].place == again {
					ch.others = append(ch.others, i)
					ch.features = append(ch.features, c.farFeatures(nil, parts, k, i))
				}
			}
		} else {
			for i := k - 1; i >= max(0, k-mostApart); i-- {
				if c.mayJoin(&parts[i], &parts[k]) {
					ch.others = append(ch.others, i)
					ch.features = append(ch.features, c.joinFeatures(nil, parts, bare, i, k))
				}
			}
		}
		if len(ch.others) > 0 {
			yield(ch)
		}
	}
}

// link decides. It returns, by part, the part that it belongs to, or -1.
func (c *cutter) link(parts []part, w weights) []int {
	out := make([]int, len(parts))
	for i := range out {
		out[i] = -1
	}
	taken := map[int]bool{} // bodies that have found a headline
	c.linkChoices(parts, func(ch linkChoice) {
		most := 0.0 // the score of nothing
		for n, i := range ch.others {
			if score := w.sum(ch.features[n]); score > most && !(parts[ch.of].place < 0 && taken[i]) && out[i] != ch.of {
				most, out[ch.of] = score, i
			}
		}
		if i := out[ch.of]; i >= 0 && parts[ch.of].place < 0 {
			taken[i] = true
		}
	})
	return out
}

// learnLinks fits the fourth model's weights.
func (s *Segmenter) learnLinks(examples []Example, epochs int, log io.Writer) {
	type sample struct {
		linkChoice
		right int // index into others, or -1
	}
	var samples []sample
	for e, c := range s.cutters(examples) {
		seq := c.seq
		spans := c.cut()
		c.chances(spans)
		parts := c.partsOf(c.split(c.rows(spans)))
		owners := make([]int, len(parts))
		for n, p := range parts {
			owners[n] = e.owner(seq[p.from])
			if p.first >= 0 {
				owners[n] = e.owner(seq[p.first])
			} else if !e.isTitle(seq[p.from]) {
				owners[n] = nobody
			}
		}
		c.linkChoices(parts, func(ch linkChoice) {
			right := -1
			for n, o := range ch.others {
				if owners[o] == owners[ch.of] && owners[o] != nobody && right < 0 {
					right = n
				}
			}
			samples = append(samples, sample{ch, right})
		})
	}
	r := rand.New(rand.NewPCG(4, 4))
	w := s.linkWeights
	a := &ascent{w: w, decay: .0007, off: s.frozen(&linkSpace)}
	a.epochs(epochs, func(epoch int) {
		a.rate = .4 / (1 + float64(epoch)/4)
		likelihood := 0.0
		for _, n := range r.Perm(len(samples)) {
			sm := &samples[n]
			gradient := make([]float64, len(w))
			total := 0.0
			for _, f := range sm.features {
				total = logAdd(total, w.sum(f))
			}
			for k, features := range sm.features {
				mass := -exp(w.sum(features) - total)
				if k == sm.right {
					mass++
					likelihood += w.sum(features)
				}
				for _, f := range features {
					gradient[f] += mass
				}
			}
			likelihood -= total
			a.step(gradient)
		}
		fmt.Fprintf(log, "links: epoch %d, log likelihood each %.4f of %d\n", epoch+1, likelihood/float64(max(1, len(samples))), len(samples))
	})
}
