package segment

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// The second decision: which blocks make an article. A cut of the page is a row of
// spans, each an article with at most one group of headlines before, after or
// inside its paragraphs; display lines that are nobody's stand between. What
// speaks for a cut are the features of this file; cut.go searches for the best.

// places of a headline.
const (
	before = iota
	after
	inside
	nowhere
	again // no article of its own: the rest of one that began before
	places
)

// Pages have a style: headlines before their bodies, after, or both ways.
const (
	styleBefore = iota
	styleAfter
	styleMixed
	styles
)

var (
	pageSpace space

	gStyle     = pageSpace.block("style", styles)
	gPlace     = pageSpace.block("place", styles*places)
	gStart     = pageSpace.block("start", 1)
	gOpening   = pageSpace.block("start.opening", 4*3*2)  // page's share of bylines × opening × first words of a story or not
	gWords     = pageSpace.block("start.words", 5)        // see firstWords
	gMarks     = pageSpace.block("start.marks", 8)        // see startMarks
	gBroken    = pageSpace.block("start.after.broken", 4) // the paragraph before breaks off × this one resumes
	gLastLine  = pageSpace.block("start.after.line", closeBins)
	gColumn    = pageSpace.block("start.column", 5)
	gGap       = pageSpace.block("start.gap", 3*3)
	gFirst     = pageSpace.block("start.first.line", 4)
	gTie       = pageSpace.block("start.tie", 2*3*tieBins)   // short or long × likeness to the paragraph before, the three, the six
	gCross     = pageSpace.block("start.cross", 2*tieBins)   // likeness of the two, the four paragraphs from here on to as many before
	gValley    = pageSpace.block("start.valley", 2*5)        // the same beside what it is one paragraph up and down
	gJoint     = pageSpace.block("start.joint", 4*5*3*2)     // likeness to the three before × column × blank lines × first words of a story or not
	gShape     = pageSpace.block("start.shape", 4*4*3)       // likeness of the two from here on to the two before × how its first line fills the column × how the last line over it does
	gTopic     = pageSpace.block("start.topic", 3*topicBins) // likeness of topics of the one, the two, the four paragraphs from here on to as many before
	gLead      = pageSpace.block("start.lead", 5)
	gInside    = pageSpace.block("inside.tie", 2*2*tieBins)      // a paragraph in its article: short or long × after display type × likeness to those before
	gWithin    = pageSpace.block("inside.topic", 2*topicBins)    // after display type × likeness of topics to those before
	gTagged    = pageSpace.block("inside.tagged", 2)             // the name of a column of briefs inside an article, or over the texts in a row that it stands in
	gAnother   = pageSpace.block("inside.opening", 1)            // 本报讯 inside an article: decided, not learned
	gSize      = pageSpace.block("size", 6)                      // paragraphs of an article
	gLeadFit   = pageSpace.block("head.lead", 3*8)               // place × share of its words in the first two paragraphs
	gBodyFit   = pageSpace.block("head.body", 3*8)               // in the first four
	gNear      = pageSpace.block("head.first", 3*8)              // in the first paragraph
	gLeast     = pageSpace.block("head.least", 3*8)              // the same of the line that has least
	gMass      = pageSpace.block("head.mass", 3*massBins)        // place × weight of its words in the first two paragraphs
	gTexts     = pageSpace.block("head.rival.text", 3*rivalBins) // place × what it shares with its body beside the most that it shares with any
	gRivals    = pageSpace.block("head.rival.head", 3*rivalBins) // place × the same beside the most that its body shares with any headline
	gStray     = pageSpace.block("head.stray", massBins)         // the most weight of one line's words that another text has beyond its body
	gHeadTopic = pageSpace.block("head.topic", 3*headTopicBins)  // place × likeness of topics to its first two paragraphs
	gHeadSide  = pageSpace.block("head.topic.side", 3*sideBins)  // place × the same less the likeness to the paragraphs on its other side
	gHeads     = pageSpace.block("head.lines", 6)
	gHeadGap   = pageSpace.block("head.gap", 3*3*3) // place × page's gaps × nearer to its body or to the neighbour
	gHeadText  = pageSpace.block("head.text", 6)
	gHeadLong  = pageSpace.block("head.length", 6)
	gHeadEdge  = pageSpace.block("head.edge", headEdges)    // what its first and last lines say: see headEdges
	gHeadWhole = pageSpace.block("head.whole", clausePairs) // it begins as clauses do × it ends so
	gHeadMark  = pageSpace.block("head.mark", 2*2)          // one line or several × the mark it begins with: see markOf
	gBare      = pageSpace.block("bare", 3*3*2)             // no headline: opening × paragraphs × under a column's name
	gBareBest  = pageSpace.block("bare.rival", massBins)    // weight of the words of the display line that fits it best
	gKept      = pageSpace.block("kept", 1)                 // a display line inside an article that is not its headline
	gKeptRun   = pageSpace.block("kept.run", 3)
	gKeptMark  = pageSpace.block("kept.mark", 2)
	gKeptFit   = pageSpace.block("kept.fit", 4) // share of its words in the next paragraph
	gKeptLong  = pageSpace.block("kept.width", 9)
	gKeptMass  = pageSpace.block("kept.mass", massBins) // their weight
	gKeptGap   = pageSpace.block("kept.gap", 2*3*3)     // blank lines over and under it
	gSections  = pageSpace.block("kept.groups", 4*3)    // groups of such lines in an article × its paragraphs
	gTrailGap  = pageSpace.block("trail.gap", 2*3*3)
	gTrail     = pageSpace.block("trail", 5)               // a display line under an article
	gOrphanFit = pageSpace.block("orphan.rival", massBins) // weight of its words that the text which fits it best has
	gTorn      = pageSpace.block("torn", 2*6)              // a display line begins a span after another: junction, widths
	gTornGap   = pageSpace.block("torn.gap", 3*3)
	gTornIs    = pageSpace.block("torn.is", 3)
	gTornPage  = pageSpace.block("torn.page", 9)             // its blank lines beside those of the page's other display lines
	gTornWhole = pageSpace.block("torn.clause", clausePairs) // the line over it ends as clauses do × it begins so
	gRunGap    = pageSpace.block("head.inner.gap", 3*3)
	gRunPage   = pageSpace.block("head.inner.page", 9)
	gAgain     = pageSpace.block("again", 1)
	gAgainWord = pageSpace.block("again.words", 5)
	gAgainIs   = pageSpace.block("again.is", 8)
	gAgainJoin = pageSpace.block("again.joins", noBroken+1)
	gAgainTie  = pageSpace.block("again.tie", tieBins)     // likeness to an article before
	gAgainFar  = pageSpace.block("again.topic", topicBins) // likeness of topics to the paragraphs before those over it
	gAgainMore = pageSpace.block("again.tie.more", 5)
	gAgainHere = pageSpace.block("again.broken", 4)
	gAgainCol  = pageSpace.block("again.column", 5)
	gAgainSize = pageSpace.block("again.size", 3)
	gOrphan    = pageSpace.block("orphan", 1)
	gOrphanPic = pageSpace.block("orphan.caption", 3) // it stands over a caption: see pictured
	gHeadPic   = pageSpace.block("head.caption", 3*3) // its last line does × place
	gOrphanIs  = pageSpace.block("orphan.is", 6)
	gOrphanRun = pageSpace.block("orphan.run", 4) // display lines in a row: those of a row of articles are many
)

var (
	goesOnWords = beginnings(words("据了解|据悉|据介绍|会议指出|会议强调|会议要求|会议认为|会议听取|会议还|会议审议|此外|同时|与此同时|他说|她说|他指出|他强调|他表示|目前|下一步|其中|随后|对此|一是|二是|三是|四是|五是|首先|其次|第一|第二|第三|最后|截至|接下来|而|但|另外|为此|通过|活动中|活动现场|现场|座谈会上|仪式上|会上|“|‘|①|②|③|④|在谈到|谈及|谈到|从|这"))
	itemNumber  = regexp.MustCompile(`^(?:\d[.．、]|[一二三四五六七八九十]、|（[一二三四五六七八九十]）)`)
	saidWords   = words("指出|强调|要求|表示|认为|介绍|说|说道|告诉记者|坦言")
	beginWords  = words("近日|日前|昨日|昨天|今天|上午|下午|获悉|最新")
	letterWords = beginnings(words("编辑同志|编辑部：|编辑你好|编辑您好|尊敬的"))
	beginDay    = regexp.MustCompile(`^.{0,14}\d{1,2}日`)
	signed      = regexp.MustCompile(`(?:局|会|部|院|司|队|所|办|处|厅|中心|公司|年\d{1,2}月\d{1,2}日|声明人|政府)$`)
	tradeWords  = words("热线|电话|地址|咨询|优惠|订购|QQ|微信")
)

// What texts must have for these to match: most have it not, and a look costs less.
var (
	goesOnFirst = newRuneSet("据会此同与他她目下其随对一二三四五六七八九十首第最截接而但另为通活现座仪“‘0123456789（①②③④在谈从这")
	signedTail  = newRuneSet("局会部院司队所办处厅心日人府")
)

var tradingTrait = lineTraits.set("热电地咨优订Q微0123456789")

// trades reports a line that an advertisement has: with one of its words, or the seven
// digits in a row of a telephone's number.
func trades(l *line) bool {
	if l.has&tradingTrait == 0 {
		return false
	}
	digits := 0
	for i := range len(l.plain) {
		if c := l.plain[i]; c < '0' || c > '9' {
			digits = 0
		} else if digits++; digits == 7 {
			return true
		}
	}
	return containsAny(l.plain, tradeWords...)
}

// firstWords sorts a paragraph by how it begins.
func firstWords(text string) feature {
	head := firstRunes(text, 40)
	switch {
	case goesOnFirst.has(firstRune(head)) && (goesOnWords.match(head) || itemNumber.MatchString(head)):
		return 0
	case saidSo(head):
		return 1
	case letterWords.match(head):
		return 2
	case speaks(head):
		return 4
	case saysWhen(head):
		return 2
	}
	return 3
}

// speaks reports a text that begins with who says it, as questions and answers do:
// 答：, 记者：, 乌兰：.
func speaks(head string) bool {
	const longest = 4
	n := 0
	for _, r := range head {
		switch {
		case r == '：' || r == ':':
			return n > 0
		case n == longest || !isHan(r) && r != '·':
			return false
		}
		n++
	}
	return false
}

// saidSo reports a text whose first clause says who says what follows: 他强调，
func saidSo(head string) bool {
	for at, r := range head {
		switch r {
		case '。':
			return false
		case '，', '：', ':':
			for _, word := range saidWords {
				if who, ok := strings.CutSuffix(head[:at], word); ok {
					if n := utf8.RuneCountInString(who); n >= 2 && n <= 18 {
						return true
					}
				}
			}
			if r == '，' {
				return false
			}
		}
	}
	return false
}

// saysWhen reports a text that begins with when it was, as news do.
func saysWhen(head string) bool {
	start := firstRunes(head, 17)
	return containsAny(firstRunes(start, 16), beginWords...) || strings.Contains(start, "日") && beginDay.MatchString(start)
}

const tieBins = 9

// tieBin sorts a likeness. Strangers have next to none: half of them below the
// first limit, nine tenths below the fourth, where most of one article are above.
func tieBin(t float64) feature {
	for i, limit := range [...]float64{.002, .01, .02, .035, .06, .09, .13, .2} {
		if t <= limit {
			return feature(i)
		}
	}
	return tieBins - 1
}

// likeBin sorts a likeness coarsely.
func likeBin(t float64) feature {
	for i, limit := range [...]float64{.01, .04, .1} {
		if t <= limit {
			return feature(i)
		}
	}
	return 3
}

// leadBin sorts the share of a paragraph's first words that were there before.
func leadBin(t float64) feature {
	for i, limit := range [...]float64{.01, .05, .12, .25} {
		if t <= limit {
			return feature(i)
		}
	}
	return 4
}

// fitBin sorts the share of a headline's words.
func fitBin(t float64) feature {
	for i, limit := range [...]float64{.05, .15, .27, .4, .53, .67, .82} {
		if t <= limit {
			return feature(i)
		}
	}
	return 7
}

const rivalBins = 5

// rivalBin sorts what is shared by the most that is shared with another.
func rivalBin(share float64) feature {
	for i, limit := range [...]float64{.2, .5, .8, .99} {
		if share <= limit {
			return feature(i)
		}
	}
	return rivalBins - 1
}

const massBins = 7

// massBin sorts the weight of the words that display lines share with a text: long
// ones that share much leave no doubt, where the share of short ones may be chance.
func massBin(mass float64) feature {
	for i, limit := range [...]float64{2, 6, 12, 20, 32, 50} {
		if mass <= limit {
			return feature(i)
		}
	}
	return massBins - 1
}

// length is 0 for paragraphs of so few words that their likenesses are chance's, else 1.
func (b *block) length() feature {
	const few = 45
	if len(b.grams) < few {
		return 0
	}
	return 1
}

func (c *cutter) startFeatures(dst []feature, i int) []feature {
	b := c.seq[i]
	words := c.words[i]
	begins := 0
	if words == 2 || words == 3 {
		begins = 1
	}
	dst = append(dst, gStart, gOpening+feature((c.bylined*3+int(b.opening))*2+begins), gWords+words)
	prev := c.prev[i]
	for k, is := range [...]bool{b.tag != "", b.framed, prev < 0, prev >= 0 && c.seq[prev].closed, prev >= 0 && i > prev+1, opensItem(b.plain), b.formFeed, c.listed[i]} {
		if is {
			dst = append(dst, gMarks+feature(k))
		}
	}
	dst = append(dst, gFirst+b.firstLine)
	if prev < 0 {
		return dst
	}
	p := c.seq[prev]
	broken := feature(0)
	if p.unfinished {
		broken += 2
	}
	if b.resumes {
		broken++
	}
	dst = append(dst, gBroken+broken, gColumn+columnBin(p, b), gLastLine+p.lastLine)
	if i == prev+1 {
		dst = append(dst, gGap+c.gapBin(b.first().gap))
	}
	t := &c.ties[i]
	gap := feature(1)
	switch {
	case i > prev+1:
	case b.first().gap > c.m.usualGap:
		gap = 2
	case b.first().gap < c.m.usualGap:
		gap = 0
	}
	dst = append(dst, gJoint+((likeBin(t[2])*5+columnBin(p, b))*3+gap)*2+feature(begins), gShape+(likeBin(c.cross[i][0].likeness)*4+b.firstLine)*3+third(float64(p.lastLine), 1.5, 3.5))
	tie := gTie + 3*tieBins*b.length()
	for k := range c.cross[i] {
		x := c.cross[i][k]
		dst = append(dst, gCross+feature(k)*tieBins+tieBin(x.likeness), gValley+feature(k*5)+x.valley)
	}
	n := c.rank[i]
	dst = append(dst, gTopic+c.topics.around(n, 1), gTopic+topicBins+c.topics.around(n, 2), gTopic+2*topicBins+c.topics.around(n, 4))
	return append(dst, tie+tieBin(t[0]), tie+tieBins+tieBin(t[2]), tie+2*tieBins+tieBin(t[reach-1]), gLead+c.lead[i])
}

// noBroken stands for a paragraph before which none breaks off.
const noBroken = 6

// againFeatures speak for the paragraphs from i on being the rest of an article that
// began before another one.
func (c *cutter) againFeatures(dst []feature, i, paras int) []feature {
	b := c.seq[i]
	dst = append(dst, gAgain, gAgainWord+c.words[i])
	far, near := c.farTie[i], c.ties[i][0]
	dst = append(dst, gAgainTie+tieBin(far), gAgainFar+c.topics.far[c.rank[i]][min(paras, 3)-1])
	more := feature(4)
	for k, limit := range [...]float64{.6, 1, 1.5, 2.5} {
		if far <= near*limit {
			more = feature(k)
			break
		}
	}
	dst = append(dst, gAgainMore+more, gAgainJoin+c.brokenBefore[i], gAgainSize+feature(min(paras, 3)-1))
	prev := c.prev[i]
	if prev >= 0 {
		p := c.seq[prev]
		broken := feature(0)
		if p.unfinished {
			broken += 2
		}
		if b.resumes {
			broken++
		}
		dst = append(dst, gAgainHere+broken, gAgainCol+columnBin(p, b))
	}
	for k, is := range [...]bool{b.opening == bylineOpens, b.opening == weakOpening, b.tag != "", b.framed, b.spaced, b.firstLine == 1, prev >= 0 && c.seq[prev].closed, prev >= 0 && i > prev+1} {
		if is {
			dst = append(dst, gAgainIs+feature(k))
		}
	}
	return dst
}

func columnBin(p, b *block) feature {
	if p.width == 0 || b.width == 0 {
		return 0
	}
	switch d := b.width - p.width; {
	case d == 0:
		return 1
	case d >= -2 && d <= 2:
		return 2
	case d > 0:
		return 3
	}
	return 4
}

func (c *cutter) gapBin(gap int) feature {
	is := 1
	if gap < c.m.usualGap {
		is = 0
	} else if gap > c.m.usualGap {
		is = 2
	}
	return feature(c.m.gapMode*3 + is)
}

// insideFeatures speak for paragraph i being in the article of the n paragraphs
// before it.
func (c *cutter) insideFeatures(dst []feature, i, n int) []feature {
	apart := feature(0)
	if c.prev[i] < i-1 {
		apart = tieBins
	}
	dst = append(dst, gInside+2*tieBins*c.seq[i].length()+apart+tieBin(c.ties[i][min(n, reach)-1]))
	dst = append(dst, gWithin+topicBins*yes(apart > 0)+c.topics.within(c.rank[i], min(n, reach)))
	if c.seq[i].tag != "" {
		dst = append(dst, gTagged)
	} else if c.listed[i] {
		dst = append(dst, gTagged+1)
	}
	if c.seq[i].opening == bylineOpens {
		dst = append(dst, gAnother)
	}
	return dst
}

func sizeBin(paras int) feature {
	switch {
	case paras <= 3:
		return feature(paras - 1)
	case paras <= 6:
		return 3
	case paras <= 12:
		return 4
	}
	return 5
}

// depthOf is the index into depths for an article of so many paragraphs: deeper
// would look beyond its end.
func depthOf(paras, want int) int {
	for want > 0 && depths[want] > paras {
		want--
	}
	return want
}

// spanFeatures are all features of a span, in a page of a style.
func (c *cutter) spanFeatures(dst []feature, s *span, style int) []feature {
	dst = c.tornFeatures(dst, s.from)
	if s.place < 0 {
		return c.orphanFeatures(dst, s.from)
	}
	dst = append(dst, gPlace+feature(style*places+s.place))
	first, last := s.from, s.to-1
	for c.seq[first].kind == headBlock {
		first++
	}
	for c.seq[last].kind == headBlock {
		last--
	}
	if s.place != again {
		dst = c.startFeatures(dst, first)
	}
	paras, groups := 0, 0
	for k := first; k < s.to; k++ {
		headline := k >= s.heads[0] && k < s.heads[1]
		switch {
		case c.seq[k].kind == paraBlock && paras > 0:
			dst = c.insideFeatures(dst, k, paras)
			paras++
		case c.seq[k].kind == paraBlock:
			paras++
		case headline:
		case k > last:
			dst = c.trailFeatures(dst, k)
		default:
			if c.seq[k-1].kind == paraBlock {
				groups++
			}
			dst = c.keptFeatures(dst, k)
		}
	}
	dst = append(dst, gSize+sizeBin(paras), sections(groups, paras))
	switch s.place {
	case nowhere:
		return c.bareFeatures(dst, first, paras)
	case again:
		return c.againFeatures(dst, first, paras)
	}
	return c.headFeatures(dst, s.heads[0], s.heads[1], first, paras, s.place)
}
