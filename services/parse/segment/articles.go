package segment

import (
	"math"
	"regexp"
)

// The second decision: which blocks make an article. It is the best cut of the
// page into spans, each an article with at most one group of headlines before,
// after or inside its paragraphs. Evidence is in log odds, so that it adds up.

const (
	// mostBlocks bounds a span, and with it the work: no article of one page has
	// more paragraphs and headlines.
	mostBlocks = 96

	logStart  = -1.6 // a paragraph begins an article, before any evidence
	orphan    = -5.0 // a display line that is nobody's headline
	subhead   = -1.8 // a display line inside an article that is not its headline
	strayHead = -4.0 // one at an article's edge
	runOn     = -0.6 // every display line of a headline beyond the second
)

// span is an article in the making: blocks [from, to) of the sequence.
type span struct {
	from, to int
	heads    [2]int // range of its headline lines in the sequence; empty when none
	position string // newspaper.HeadlineBefore, …
	score    float64
	more     []*block // pieces that stand elsewhere
}

// cutter searches for the best cut.
type cutter struct {
	seq    []*block // heads and paragraphs, no captions
	index  *index
	sims   *similarity
	start  []float64 // by block: log odds that an article begins at this paragraph
	where  [4]float64
	forbid []bool
}

// positions in the order of cutter.where.
const (
	before = iota
	after
	inside
	nowhere
)

func newCutter(seq []*block, x *index) *cutter {
	c := &cutter{seq: seq, index: x, sims: newSimilarity(seq, x)}
	c.where = [4]float64{math.Log(.45), math.Log(.3), math.Log(.1), math.Log(.15)}
	c.start = make([]float64, len(seq))
	prev := -1
	openings, paras := 0, 0
	for _, b := range seq {
		if b.kind == paraBlock {
			paras++
			if b.opening == bylineOpens {
				openings++
			}
		}
	}
	for i, b := range seq {
		if b.kind != paraBlock {
			continue
		}
		c.start[i] = logStart + c.evidence(prev, i, openings*8 > paras)
		prev = i
	}
	return c
}

var (
	goesOn  = regexp.MustCompile(`^(?:据了解|据悉|据介绍|会议(?:指出|强调|要求|认为|听取|还|审议)|此外|同时|与此同时|他说|她说|他指出|他强调|他表示|目前|下一步|其中|随后|对此|一是|二是|三是|四是|五是|首先|其次|第一|第二|第三|最后|截至|接下来|而|但|另外|为此|通过|活动(?:中|现场)|现场|座谈会上|仪式上|会上|“|‘|\d[.．、]|[一二三四五六七八九十]、|（[一二三四五六七八九十]）|①|②|③|④|在谈到|谈及|谈到|从|这)`)
	saidSo  = regexp.MustCompile(`^[^，。]{2,18}(?:指出|强调|要求|表示|认为|介绍|说道?|告诉记者|坦言)[，：:]`)
	beginOn = regexp.MustCompile(`^(?:.{0,14}(?:\d{1,2}日|近日|日前|昨日|昨天|今天|上午|下午|获悉))`)
)

// evidence that an article begins at paragraph i, the one before being prev (or
// -1), in log odds.
func (c *cutter) evidence(prev, i int, opened bool) float64 {
	b := c.seq[i]
	score := 0.0
	switch {
	case b.opening == bylineOpens:
		score += 5.5
	case opened:
		score -= 1.2
	default:
		score -= 0.4
	}
	switch {
	case b.opening == bylineOpens:
	case beginOn.MatchString(b.text):
		score += 1.2
	case goesOn.MatchString(b.text):
		score -= 2
	case saidSo.MatchString(b.text):
		score -= 1.5
	}
	if b.tag != "" {
		score += 4
	}
	if b.framed {
		score += 2
	}
	if b.spaced {
		score += 0.7
	}
	if prev < 0 {
		return score + 2
	}
	p := c.seq[prev]
	if p.unfinished {
		score -= 3
		if b.resumes {
			score -= 2
		}
	}
	if p.closed {
		score += 3.5
	}
	if p.width > 0 && b.width > 0 {
		if abs(p.width-b.width) > 2 {
			score += 2.5
		} else {
			score -= 0.5
		}
	}
	if i > prev+1 {
		score += 1 // display type between them
	}
	return score + c.cohesion(prev, i)
}

// cohesion compares paragraph i with those before it, up to three of them, by the
// rare words they share: those of one article share more than strangers do.
func (c *cutter) cohesion(prev, i int) float64 {
	left := map[gram]bool{}
	for n := 0; prev >= 0 && n < 3; prev-- {
		if c.seq[prev].kind != paraBlock {
			continue
		}
		for _, g := range c.seq[prev].grams {
			left[g] = true
		}
		n++
	}
	shared, all := 0.0, 0.0
	for _, g := range c.seq[i].grams {
		w := c.index.weight(g)
		all += w
		if left[g] {
			shared += w
		}
	}
	if all == 0 {
		return 0
	}
	return max(-2, min(1.2, 1.4-shared/all*22))
}

// cut returns the best cut, in order, and the display lines that no span took.
func (c *cutter) cut() ([]span, []int) {
	n := len(c.seq)
	total := make([]float64, n+1)
	chosen := make([]span, n+1)
	for j := 1; j <= n; j++ {
		total[j] = math.Inf(-1)
		if c.seq[j-1].kind == headBlock {
			total[j] = total[j-1] + orphan
			chosen[j] = span{from: j - 1, to: j, position: ""}
		}
		c.spansTo(j, func(s span) {
			if t := total[s.from] + s.score; t > total[j] {
				total[j], chosen[j] = t, s
			}
		})
	}
	var spans []span
	var orphans []int
	for j := n; j > 0; j = chosen[j].from {
		if chosen[j].position == "" {
			orphans = append(orphans, j-1)
			continue
		}
		spans = append(spans, chosen[j])
	}
	for i, k := 0, len(spans)-1; i < k; i, k = i+1, k-1 {
		spans[i], spans[k] = spans[k], spans[i]
	}
	return spans, orphans
}

// spansTo yields, for every start, the best article that ends before j.
func (c *cutter) spansTo(j int, yield func(span)) {
	paras := 0
	for i := j - 1; i >= 0 && j-i <= mostBlocks; i-- {
		if c.seq[i].kind == paraBlock {
			paras++
		}
		if paras == 0 {
			if j-i > 8 {
				return // a pile of display lines ends no article
			}
			continue
		}
		yield(c.bestOf(i, j))
	}
}

// bestOf finds the best headline for the article of blocks [i, j).
func (c *cutter) bestOf(i, j int) span {
	first, last := i, j-1
	for c.seq[first].kind == headBlock {
		first++
	}
	for c.seq[last].kind == headBlock {
		last--
	}
	base := c.start[first] + c.tagInside(first+1, last)
	insideRuns := 0
	for k := first + 1; k < last; k++ {
		if c.seq[k].kind == headBlock {
			insideRuns++
		}
	}
	lead, trail := first-i, j-1-last
	stray := strayHead*float64(lead+trail) + subhead*float64(insideRuns)
	best := span{from: i, to: j, position: positionNames[nowhere], score: base + stray + c.where[nowhere]}
	try := func(from, to, where int, rest float64) {
		s := base + rest + c.where[where] + c.sims.fit(from, to, first, last+1) + runOn*float64(max(0, to-from-2))
		if s > best.score {
			best.score, best.heads, best.position = s, [2]int{from, to}, positionNames[where]
		}
	}
	if lead > 0 {
		try(i, first, before, stray-strayHead*float64(lead))
	}
	if trail > 0 {
		try(last+1, j, after, stray-strayHead*float64(trail))
	}
	for k := first + 1; k < last && insideRuns > 0; k++ {
		if c.seq[k].kind != headBlock {
			continue
		}
		end := k
		for c.seq[end].kind == headBlock {
			end++
		}
		try(k, end, inside, stray-subhead*float64(end-k))
		k = end
	}
	return best
}

// tagInside forbids the name of a column in the middle of an article.
func (c *cutter) tagInside(from, to int) float64 {
	for k := from; k <= to && k < len(c.seq); k++ {
		if c.seq[k].tag != "" {
			return -6
		}
	}
	return 0
}
