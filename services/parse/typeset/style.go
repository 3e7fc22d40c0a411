package typeset

import "math/rand/v2"

// Style is a family of page looks. Probabilities are drawn per page or per
// article; a Range is drawn once a page.
type Style struct {
	Name   string
	Widths []int // of columns, half units

	SameWidth             float64 // an article keeps the column of the one before
	Before, After, Inside Range   // weights of headline places; the rest has none
	None                  Range
	Gaps                  []string // line, none, para, block, article
	WrapHeads             float64  // of headlines longer than their measure
	Kickers               float64  // keeps kicker and deck where the article has them
	Bylines               Range    // share of articles with 本报讯 or an agency's dateline
	OwnLine               float64  // bylines on a line of their own
	Signed                float64  // （李建龙） at the end
	Justified             Range    // share of lines spread with spaces
	DigitSpaces           Range    // share of numbers with spaces around
	KeepIndent            float64  // share of pages that keep the indent
	FrameSpace            float64  // a space before an article's first line
	Captions              float64  // pictures per article
	Furniture             float64  // pages with masthead and folio
	MidFurniture          float64
	Briefs                float64 // pages with a column of briefs
	Subheads              float64 // articles with subheads
	Pieces                float64 // articles set in two pieces with another between
	Doubled, Dropped      float64 // lines
	Swapped, FormFeed     float64
	Unwrapped             float64 // pages with a paragraph a line
	Articles              [2]int  // a page
	LongestParagraphs     int     // of one article
}

// Range is a probability drawn evenly between two bounds for each page.
type Range [2]float64

func (x Range) draw(r *rand.Rand) float64 { return x[0] + r.Float64()*(x[1]-x[0]) }

// drawn is a style with its ranges drawn.
type drawn struct {
	Style
	before, after, inside, none float64
	bylines, justified, digits  float64
	keepIndent                  bool
	gapName                     string
	spaceBracket                bool // 本报讯 （记者
	unwrapped                   bool
	squeeze                     bool
}

func (s Style) draw(r *rand.Rand) drawn {
	d := drawn{Style: s, gapName: pick(r, s.Gaps)}
	d.before, d.after, d.inside, d.none = s.Before.draw(r), s.After.draw(r), s.Inside.draw(r), s.None.draw(r)
	d.bylines, d.justified, d.digits = s.Bylines.draw(r), s.Justified.draw(r), s.DigitSpaces.draw(r)
	d.keepIndent = r.Float64() < s.KeepIndent
	d.spaceBracket = r.IntN(2) == 0
	d.unwrapped = r.Float64() < s.Unwrapped
	d.squeeze = r.IntN(2) == 0
	return d
}

// blanks is the number of blank lines at a boundary.
func (d drawn) blanks(r *rand.Rand, g gapClass) int {
	switch d.gapName {
	case "line":
		if g == inHead && r.IntN(3) > 0 || r.IntN(60) == 0 || g == newArticle && r.IntN(4) == 0 {
			return 0
		}
		return 1
	case "para":
		if g >= newParagraph {
			return 1
		}
	case "block":
		if g >= newBlock {
			return 1
		}
	case "article":
		if g == newArticle {
			return 1 + r.IntN(2)
		}
	case "ragged":
		if r.IntN(4) == 0 {
			return 1
		}
	}
	return 0
}

var narrow = []int{26, 28, 30, 32, 34, 36, 38, 40, 44}

// Families are the styles that development looks at; HeldOut those that it does
// not. Both lists are fixed: a figure names its family.
var (
	Families = []Style{
		{
			Name: "seed", Widths: narrow, SameWidth: .45, After: Range{.5, .9}, Before: Range{.05, .3}, None: Range{.02, .1},
			Gaps: []string{"line"}, WrapHeads: .9, Kickers: .7, Bylines: Range{.8, 1}, Signed: .1, Justified: Range{0, .04}, DigitSpaces: Range{.2, .8},
			FrameSpace: .3, Captions: .12, Articles: [2]int{5, 9}, LongestParagraphs: 9,
		},
		{
			Name: "varied", Widths: append([]int{48, 52, 60, 72}, narrow...), SameWidth: .6, Before: Range{.2, .9}, After: Range{0, .6}, Inside: Range{0, .25}, None: Range{0, .15},
			Gaps: []string{"line", "none", "para", "block", "article"}, WrapHeads: .9, Kickers: .8, Bylines: Range{.3, 1}, OwnLine: .2, Signed: .15,
			Justified: Range{0, .1}, DigitSpaces: Range{0, .9}, KeepIndent: .25, FrameSpace: .1, Captions: .15, Furniture: .7, MidFurniture: .2,
			Briefs: .3, Subheads: .15, Pieces: .05, Articles: [2]int{4, 10}, LongestParagraphs: 10,
		},
		{
			Name: "hard", Widths: append([]int{20, 22, 24, 48, 56, 80}, narrow...), SameWidth: .8, Before: Range{.1, .8}, After: Range{.1, .6}, Inside: Range{.1, .4}, None: Range{.05, .25},
			Gaps: []string{"none", "none", "line", "ragged", "article"}, WrapHeads: .95, Kickers: .9, Bylines: Range{0, .7}, OwnLine: .3, Signed: .2,
			Justified: Range{0, .2}, DigitSpaces: Range{0, 1}, KeepIndent: .1, FrameSpace: .05, Captions: .2, Furniture: .9, MidFurniture: .5,
			Briefs: .4, Subheads: .25, Pieces: .2, Doubled: .01, Dropped: .005, Swapped: .003, FormFeed: .05, Articles: [2]int{4, 12}, LongestParagraphs: 10,
		},
	}
	HeldOut = []Style{
		{
			Name: "evening", Widths: []int{29, 31, 33, 35, 41, 46}, SameWidth: .7, Before: Range{.6, 1}, After: Range{0, .1}, Inside: Range{0, .1}, None: Range{0, .05},
			Gaps: []string{"none", "block"}, WrapHeads: 1, Kickers: 1, Bylines: Range{.5, .9}, OwnLine: .6, Justified: Range{0, .02}, DigitSpaces: Range{0, .2},
			KeepIndent: .5, Captions: .3, Furniture: 1, MidFurniture: .1, Subheads: .3, Articles: [2]int{3, 7}, LongestParagraphs: 12,
		},
		{
			Name: "digest", Widths: []int{24, 27, 30, 42}, SameWidth: .9, Before: Range{.3, .6}, After: Range{.1, .3}, None: Range{.1, .4},
			Gaps: []string{"none", "line", "para"}, WrapHeads: .7, Kickers: .3, Bylines: Range{.1, .6}, Signed: .5, Justified: Range{0, .1}, DigitSpaces: Range{.3, 1},
			FrameSpace: .2, Furniture: .5, Briefs: 1, Articles: [2]int{4, 8}, LongestParagraphs: 4,
		},
		{
			Name: "scan", Widths: []int{25, 30, 36, 37, 54}, SameWidth: .6, Before: Range{.2, .5}, After: Range{.2, .5}, Inside: Range{.05, .2}, None: Range{.05, .1},
			Gaps: []string{"ragged", "none"}, WrapHeads: .9, Kickers: .8, Bylines: Range{.2, .8}, OwnLine: .2, Signed: .2, Justified: Range{.05, .3}, DigitSpaces: Range{.5, 1},
			KeepIndent: .2, Captions: .2, Furniture: .8, MidFurniture: .4, Pieces: .1, Doubled: .02, Dropped: .01, Swapped: .005, Articles: [2]int{4, 9}, LongestParagraphs: 9,
		},
	}
)

// StyleNamed finds a style of either list.
func StyleNamed(name string) (Style, bool) {
	for _, list := range [][]Style{Families, HeldOut} {
		for _, s := range list {
			if s.Name == name {
				return s, true
			}
		}
	}
	return Style{}, false
}
