package typeset

import "math/rand/v2"

// Style is a family of page looks. Plain numbers are probabilities drawn anew for
// every case; a Range is drawn once a page, so that a page is true to itself.
type Style struct {
	Name   string
	Widths []int // of columns, half units

	SameWidth    float64 // an article keeps the column of the one before
	WidthChanges float64 // the column changes inside an article

	Before, After, Inside, None Range   // weights of headline places
	Away                        float64 // a headline stands beyond the next item
	WrapHeads                   float64 // headlines are set in a measure
	OnePhrase                   Range   // titles of two phrases stay one headline
	Kickers                     float64 // keeps kicker and deck where the article has them
	SpreadHeads                 float64 // short headlines spread with spaces
	Columns                     float64 // a column title (栏目) over the headline

	Bylines     Range   // share of articles with 本报讯, a dateline or a byline
	OwnLine     float64 // of those, on a line of their own
	Signed      float64 // （李建龙） at the end of an article without a byline
	Justified   Range   // share of lines spread with spaces
	DigitSpaces Range   // share of numbers with spaces around
	KeepIndent  float64 // pages that keep the indent
	Flush       float64 // pages whose paragraphs have no indent at all
	FrameSpace  float64 // a space before an article's first line

	Captions            float64 // pictures per article
	InnerPhotos         float64 // articles with a picture inside
	Extra               float64 // articles that get a kicker or deck which their source has not
	Furniture           float64 // pages with masthead and folio
	MidFurniture        float64
	HeaderInside        float64 // pages with a header in the middle of the text
	Briefs              float64 // pages with a column of briefs
	Subheads            float64 // long articles with subheads
	Pieces              float64 // articles set in two pieces with another between
	Grid                float64 // pages in frames on a grid, read without regard for them
	Jumps               float64 // articles with 下转 or 上接
	Ads, Poems, Notices float64 // pages with one
	Doubled, Dropped    float64 // lines
	Swapped, FormFeed   float64
	Careless            float64 // lines broken without regard for the rules
	Unwrapped           float64 // pages with a paragraph a line
	FullDigits          float64 // pages with full-width digits and letters
	HalfMarks           float64 // pages with half-width punctuation
	Traditional         float64 // pages in traditional script
	Gaps                []string
	Themed              float64 // pages whose articles are of one kind
	Articles            [2]int  // a page
	LongestParagraphs   int     // of one article
	ShortestParagraphs  int
}

// Range is a probability drawn evenly between two bounds for each page.
type Range [2]float64

func (x Range) draw(r *rand.Rand) float64 { return x[0] + r.Float64()*(x[1]-x[0]) }

// drawn is a style with its ranges drawn.
type drawn struct {
	Style
	before, after, inside, none float64
	bylines, justified, digits  float64
	onePhrase, commas           float64 // titles of two phrases: left as they are, joined by a comma
	indent                      string  // before a paragraph's first line, if kept
	shortFirst                  int     // half units that the first line is shorter
	gapName                     string
	spaceBracket                bool // 本报讯 （记者
	unwrapped                   bool
	squeeze                     bool
	traditional                 bool
	fullDigits, halfMarks       bool
	cutNumbers                  bool    // lines break inside numbers' neighbours
	torn                        float64 // bodies come apart anywhere, not between paragraphs
	tightHeads                  int     // which lines of a headline stand close
	headScale                   float64 // a headline's measure by its column: its type is larger, and it may run across columns
	smallType                   float64 // how much more of a kicker or deck goes into a line
	house                       int     // the paper's own habits in bylines and credits
}

func (s Style) draw(r *rand.Rand) drawn {
	d := drawn{Style: s, gapName: pick(r, s.Gaps), shortFirst: 4}
	d.before, d.after, d.inside, d.none = s.Before.draw(r), s.After.draw(r), s.Inside.draw(r), s.None.draw(r)
	d.bylines, d.justified, d.digits = s.Bylines.draw(r), s.Justified.draw(r), s.DigitSpaces.draw(r)
	d.onePhrase = s.OnePhrase.draw(r)
	d.commas = pick(r, []float64{0, 0, .2, .6})
	switch x := r.Float64(); {
	case x < s.KeepIndent:
		d.indent = pick(r, []string{"　　", "　　", "    ", "  "})
	case x < s.KeepIndent+s.Flush:
		d.shortFirst = 0
	}
	d.spaceBracket = r.IntN(2) == 0
	d.unwrapped = r.Float64() < s.Unwrapped
	d.squeeze = r.IntN(2) == 0
	d.traditional = r.Float64() < s.Traditional
	d.fullDigits = r.Float64() < s.FullDigits
	d.halfMarks = r.Float64() < s.HalfMarks
	d.cutNumbers = r.IntN(3) == 0
	d.house = r.IntN(1 << 16)
	d.headScale = .55 + 1.1*r.Float64()
	if r.IntN(7) == 0 {
		d.headScale = .35 + .2*r.Float64() // large type in a narrow frame
	}
	d.smallType = 1 + .6*r.Float64()
	d.torn = pick(r, []float64{.1, .1, .4, 1})
	d.tightHeads = pick(r, []int{tightWraps, tightWraps, tightWraps, tightWraps, tightHead, looseHead})
	return d
}

// Lines of a headline stand closer than others: those of one wrapped text, all of
// them, or none.
const (
	tightWraps = iota
	tightHead
	looseHead
)

// blanks is the number of blank lines at a boundary.
func (d drawn) blanks(r *rand.Rand, g gapClass) int {
	if g == newPart {
		g = newParagraph
		if d.tightHeads == tightHead {
			g = inHead
		}
	}
	switch d.gapName {
	case "line":
		if g == inHead && d.tightHeads != looseHead && r.IntN(12) > 0 || r.IntN(60) == 0 || g == newArticle && r.IntN(4) == 0 {
			return 0
		}
		return 1
	case "every":
		return 1
	case "double":
		if g == inText || g == inHead {
			return 1
		}
		return 2
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
	case "some":
		if g >= newBlock && r.IntN(2) == 0 {
			return 1
		}
	}
	return 0
}
