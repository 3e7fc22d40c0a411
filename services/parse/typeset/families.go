package typeset

var (
	narrow = []int{26, 28, 30, 32, 34, 36, 38, 40, 44}
	wide   = []int{48, 52, 56, 60, 72, 84}
	odd    = []int{20, 22, 23, 25, 27, 29, 31, 33, 35, 37, 39, 41, 43, 46}
)

func join(lists ...[]int) []int {
	var out []int
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

// Families are the styles that development looks at; HeldOut those that it does
// not. Both lists are fixed: a figure names its family.
var (
	Families = []Style{
		{ // like the one real page we have: a blank line after every line, headlines after bodies
			Name: "seed", Widths: narrow, SameWidth: .45, After: Range{.5, .9}, Before: Range{.05, .3}, None: Range{.02, .1},
			Gaps: []string{"line"}, WrapHeads: .9, OnePhrase: Range{.75, 1}, Kickers: .7, SpreadHeads: .1, Columns: .08, Bylines: Range{.8, 1}, Signed: .1,
			Justified: Range{0, .04}, DigitSpaces: Range{.2, .8}, FrameSpace: .3, Captions: .12, InnerPhotos: .12, Extra: .35, Pieces: .06, Themed: .3, Articles: [2]int{5, 9},
			ShortestParagraphs: 1, LongestParagraphs: 9,
		},
		{ // papers at large
			Name: "varied", Widths: join(narrow, wide), SameWidth: .6, WidthChanges: .02, Before: Range{.2, .9}, After: Range{0, .6}, Inside: Range{0, .25},
			None: Range{0, .15}, Away: .03, Gaps: []string{"line", "none", "para", "block", "article", "every"}, WrapHeads: .9, OnePhrase: Range{.75, 1}, Kickers: .8,
			SpreadHeads: .2, Columns: .12, Bylines: Range{.4, 1}, OwnLine: .25, Signed: .15, Justified: Range{0, .1}, DigitSpaces: Range{0, .9},
			KeepIndent: .2, Flush: .04, FrameSpace: .1, Captions: .15, InnerPhotos: .12, Extra: .35, Furniture: .7, MidFurniture: .2, HeaderInside: .1, Briefs: .3, Subheads: .15,
			Pieces: .09, Jumps: .05, Ads: .1, Poems: .05, Notices: .08, FullDigits: .06, HalfMarks: .05, Traditional: .06, Unwrapped: .03, Careless: .01,
			Themed: .3, Articles: [2]int{4, 10}, ShortestParagraphs: 1, LongestParagraphs: 10,
		},
		{ // what makes it difficult, all at once
			Name: "hard", Widths: join([]int{20, 22, 24}, narrow, wide), SameWidth: .8, WidthChanges: .04, Before: Range{.1, .8}, After: Range{.1, .6}, Inside: Range{.1, .4},
			None: Range{.05, .25}, Away: .08, Gaps: []string{"none", "none", "line", "every", "ragged", "some", "article"}, WrapHeads: .95, OnePhrase: Range{.75, 1}, Kickers: .9,
			SpreadHeads: .2, Columns: .12, Bylines: Range{0, 1}, OwnLine: .3, Signed: .2, Justified: Range{0, .2}, DigitSpaces: Range{0, 1},
			KeepIndent: .1, Flush: .06, FrameSpace: .05, Captions: .2, InnerPhotos: .12, Extra: .35, Furniture: .9, MidFurniture: .5, HeaderInside: .3, Briefs: .4, Subheads: .25,
			Pieces: .25, Jumps: .08, Ads: .15, Poems: .1, Notices: .1, Doubled: .01, Dropped: .005, Swapped: .003, FormFeed: .05,
			FullDigits: .1, HalfMarks: .1, Traditional: .1, Unwrapped: .03, Careless: .01, Themed: .3, Articles: [2]int{4, 12}, ShortestParagraphs: 1, LongestParagraphs: 10,
		},
		{ // long reads on a page of their own, few bylines, no blank lines
			Name: "feature", Widths: join(narrow, odd, wide), SameWidth: .85, WidthChanges: .06, Before: Range{.5, 1}, After: Range{0, .2}, Inside: Range{0, .3}, None: Range{0, .05},
			Away: .04, Gaps: []string{"none", "block", "para", "every", "double"}, WrapHeads: .9, OnePhrase: Range{.7, 1}, Kickers: .8, SpreadHeads: .1, Columns: .15,
			Bylines: Range{.2, .8}, OwnLine: .7, Signed: .2, DigitSpaces: Range{0, .5}, Justified: Range{0, .05}, KeepIndent: .3, Flush: .05, Captions: .4, InnerPhotos: .12, Extra: .35, Furniture: .8,
			MidFurniture: .3, HeaderInside: .15, Subheads: .6, Pieces: .1, Jumps: .05, Poems: .05, FullDigits: .05, HalfMarks: .03, Traditional: .05,
			Themed: .3, Articles: [2]int{2, 5}, ShortestParagraphs: 3, LongestParagraphs: 20,
		},
		{ // pages of short items
			Name: "shorts", Widths: join(narrow, odd), SameWidth: .8, Before: Range{.3, 1}, After: Range{0, .5}, Inside: Range{0, .05}, None: Range{0, .3},
			Gaps: []string{"none", "line", "article", "every", "some"}, WrapHeads: .8, OnePhrase: Range{.7, 1}, Kickers: .4, SpreadHeads: .2, Columns: .1, Bylines: Range{.1, 1},
			OwnLine: .1, Signed: .3, DigitSpaces: Range{0, 1}, Justified: Range{0, .1}, KeepIndent: .15, Flush: .05, FrameSpace: .1, Captions: .1, InnerPhotos: .12, Extra: .35, Furniture: .6, MidFurniture: .2,
			Briefs: .5, Pieces: .04, Ads: .2, Notices: .2, FullDigits: .05, HalfMarks: .05, Traditional: .05, Themed: .3, Articles: [2]int{6, 14}, ShortestParagraphs: 1, LongestParagraphs: 3,
		},
		{ // frames on a grid of columns, read by an extractor that does not know them
			Name: "frames", Grid: .85, Widths: join([]int{18, 20, 22, 24}, narrow), SameWidth: 1, WidthChanges: .005, Before: Range{.9, 1}, After: Range{0, .1}, None: Range{0, .1},
			Gaps: []string{"none", "block", "para", "line", "article", "every"}, WrapHeads: .95, OnePhrase: Range{.7, 1}, Kickers: .8, SpreadHeads: .1, Columns: .12, Bylines: Range{.3, 1},
			OwnLine: .25, Signed: .2, Justified: Range{0, .05}, DigitSpaces: Range{0, .8}, KeepIndent: .2, Flush: .05, FrameSpace: .05, Captions: .1, InnerPhotos: .1, Extra: .35, Furniture: .7,
			MidFurniture: .2, HeaderInside: .1, Subheads: .15, Jumps: .05, FullDigits: .05, HalfMarks: .05, Traditional: .05, Careless: .01, Themed: .3, Articles: [2]int{4, 9},
			ShortestParagraphs: 1, LongestParagraphs: 9,
		},
		{ // plain text, as from the web: headlines before, indents kept
			Name: "plain", Widths: []int{36, 40, 44, 48, 60, 72, 80}, SameWidth: 1, Before: Range{1, 1}, Gaps: []string{"block", "block", "article", "para", "none"},
			OnePhrase: Range{.7, 1}, Kickers: .4, Columns: .05, Extra: .1, Bylines: Range{.5, 1}, OwnLine: .1, Signed: .1, KeepIndent: .9, Unwrapped: .05, Careless: .02,
			Captions: .05, Themed: .3, Articles: [2]int{1, 5}, ShortestParagraphs: 1, LongestParagraphs: 6,
		},
	}
	HeldOut = []Style{
		{
			Name: "evening", Widths: []int{29, 31, 33, 35, 41, 46}, SameWidth: .7, Before: Range{.6, 1}, After: Range{0, .1}, Inside: Range{0, .1}, None: Range{0, .05},
			Gaps: []string{"none", "block"}, WrapHeads: 1, OnePhrase: Range{.6, .9}, Kickers: 1, Bylines: Range{.5, .9}, OwnLine: .6, Justified: Range{0, .02}, DigitSpaces: Range{0, .2},
			KeepIndent: .5, Captions: .3, InnerPhotos: .12, Extra: .35, Furniture: 1, MidFurniture: .1, Subheads: .3, Articles: [2]int{3, 7}, ShortestParagraphs: 2, LongestParagraphs: 12,
		},
		{
			Name: "digest", Extra: .2, Widths: []int{24, 27, 30, 42}, SameWidth: .9, Before: Range{.3, .6}, After: Range{.1, .3}, None: Range{.1, .4},
			Gaps: []string{"none", "line", "para"}, WrapHeads: .7, OnePhrase: Range{.6, 1}, Kickers: .3, Bylines: Range{.1, .6}, Signed: .5, Justified: Range{0, .1}, DigitSpaces: Range{.3, 1},
			FrameSpace: .2, Furniture: .5, Briefs: 1, Articles: [2]int{4, 8}, ShortestParagraphs: 1, LongestParagraphs: 4,
		},
		{
			Name: "county", Widths: []int{27, 30, 33, 36, 50}, SameWidth: .5, After: Range{.4, .9}, Before: Range{.1, .5}, Inside: Range{0, .1}, None: Range{0, .1}, Away: .02,
			Gaps: []string{"line", "every"}, WrapHeads: 1, OnePhrase: Range{.3, .7}, Kickers: .9, SpreadHeads: .2, Bylines: Range{.7, 1}, OwnLine: .1, Signed: .2, Justified: Range{0, .08},
			DigitSpaces: Range{.3, 1}, FrameSpace: .2, Captions: .2, InnerPhotos: .12, Extra: .35, Furniture: .5, MidFurniture: .1, Articles: [2]int{4, 9}, ShortestParagraphs: 1, LongestParagraphs: 10,
		},
		{
			Name: "scan", Widths: []int{25, 30, 36, 37, 54}, SameWidth: .6, Before: Range{.2, .5}, After: Range{.2, .5}, Inside: Range{.05, .2}, None: Range{.05, .1}, Away: .05,
			Gaps: []string{"ragged", "none"}, WrapHeads: .9, OnePhrase: Range{.3, 1}, Kickers: .8, Bylines: Range{.2, .8}, OwnLine: .2, Signed: .2, Justified: Range{.05, .3}, DigitSpaces: Range{.5, 1},
			KeepIndent: .2, Captions: .2, InnerPhotos: .12, Extra: .35, Furniture: .8, MidFurniture: .4, HeaderInside: .3, Pieces: .1, Jumps: .1, Ads: .2, Doubled: .02, Dropped: .01, Swapped: .005,
			Articles: [2]int{4, 9}, ShortestParagraphs: 1, LongestParagraphs: 9,
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

// StyleNames are the names of all styles, those for development first.
func StyleNames() []string {
	var out []string
	for _, list := range [][]Style{Families, HeldOut} {
		for _, s := range list {
			out = append(out, s.Name)
		}
	}
	return out
}
