package eval

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/document"
	"broadsheet/services/parse/segment"
)

// thresholds of line overlap (intersection over union) at which an article
// counts as found.
var thresholds = [...]float64{.5, .8, .95}

// Counts are what a page's comparison counts; they add up over pages.
type Counts struct {
	Pages        int    `json:"pages"`
	GoldArticles int    `json:"goldArticles"`
	Articles     int    `json:"articles"`
	Found        [3]int `json:"found"` // at IoU .5, .8, .95

	HeadlineAsked int `json:"headlineAsked"` // gold text articles
	HeadlineRight int `json:"headlineRight"` // main headline equal, or none and none given
	HeadlineMade  int `json:"headlineMade"`  // given where the gold has none
	DisplayAsked  int `json:"displayAsked"`  // kickers and decks
	DisplayRight  int `json:"displayRight"`
	BylineAsked   int `json:"bylineAsked"` // articles whose gold names creators
	BylineRight   int `json:"bylineRight"`
	DatelineAsked int `json:"datelineAsked"` // articles whose gold has a place, date or source
	DatelineRight int `json:"datelineRight"`
	CaptionAsked  int `json:"captionAsked"`
	CaptionRight  int `json:"captionRight"`

	BodyCharacters  int `json:"bodyCharacters"`
	BodyErrors      int `json:"bodyErrors"`      // edit distance, spaces included; an article not found counts whole
	FoundCharacters int `json:"foundCharacters"` // of the articles found at IoU .5
	FoundErrors     int `json:"foundErrors"`
	SpuriousSpaces  int `json:"spuriousSpaces"`
	LostLines       int `json:"lostLines"` // article lines in no article

	Calibration [10]Bin `json:"calibration"` // by confidence, tenths
}

// Bin compares what was said with what was so.
type Bin struct {
	Articles   int     `json:"articles"`
	Confidence float64 `json:"confidence"` // sum
	Right      int     `json:"right"`      // found at IoU .8 with the right headline
}

// Page is one page's outcome.
type Page struct {
	Name   string   `json:"name"`
	Family string   `json:"family"`
	Counts Counts   `json:"counts"`
	Faults []string `json:"faults,omitempty"` // what was wrong, for people

	lines []document.Line
	gold  Gold
	got   segment.Page
}

// Compare counts how a segmented page differs from its gold.
func Compare(name string, lines []document.Line, gold Gold, got segment.Page) Page {
	p := Page{Name: name, Family: gold.Family, lines: lines, gold: gold, got: got}
	p.Counts.Pages = 1
	m := newMatcher(lines, gold, got)
	p.Counts.GoldArticles, p.Counts.Articles = len(gold.Articles), m.counted
	p.Counts.LostLines = m.lost
	for g, a := range gold.Articles {
		h, iou := m.of(g)
		p.found(a, iou)
		var answer *newspaper.Article
		if h >= 0 && iou >= .5 {
			answer = &got.Articles[h]
		}
		p.text(a, answer)
		p.pictures(a, answer, got.Articles)
	}
	for h := range got.Articles {
		p.calibrate(got.Articles[h], m, h, gold)
	}
	return p
}

func (p *Page) found(a newspaper.Article, iou float64) {
	for i, t := range thresholds {
		if iou >= t {
			p.Counts.Found[i]++
		}
	}
	if iou < .8 {
		p.fault("article %v %q: overlap %.2f", a.Print.Lines, clip(a.MainHeadline()+a.Text()), iou)
	}
}

// text compares what the article says with the answer, nil when there is none.
func (p *Page) text(a newspaper.Article, answer *newspaper.Article) {
	c := &p.Counts
	if answer == nil {
		answer = &newspaper.Article{}
	}
	if a.Type == newspaper.TypePicture {
		c.CaptionAsked++
		if captionOf(*answer) == captionOf(a) {
			c.CaptionRight++
		} else {
			p.fault("caption %q: got %q", captionOf(a), captionOf(*answer))
		}
		return
	}
	p.headlines(a, *answer)
	count(&c.BylineAsked, &c.BylineRight, len(a.Creators) > 0, slices.Equal(a.Creators, answer.Creators))
	if len(a.Creators) > 0 && !slices.Equal(a.Creators, answer.Creators) {
		p.fault("creators %v: got %v", a.Creators, answer.Creators)
	}
	dated := a.Located != "" || a.ContentCreated != "" || len(a.InfoSources) > 0
	right := a.Located == answer.Located && a.ContentCreated == answer.ContentCreated && slices.Equal(a.InfoSources, answer.InfoSources)
	count(&c.DatelineAsked, &c.DatelineRight, dated, right)
	if dated && !right {
		p.fault("dateline %q %s %v: got %q %s %v", a.Located, a.ContentCreated, a.InfoSources, answer.Located, answer.ContentCreated, answer.InfoSources)
	}
	want, have := normal(a.Text()), normal(answer.Text())
	c.BodyCharacters += len([]rune(want))
	errors := distance([]rune(want), []rune(have))
	c.BodyErrors += errors
	if answer.Type != "" {
		c.FoundCharacters += len([]rune(want))
		c.FoundErrors += errors
	}
	if errors > 0 && answer.Type != "" {
		p.fault("body of %q: %d errors: %s", clip(a.MainHeadline()), errors, firstDifference(want, have))
	}
	c.SpuriousSpaces += max(0, strings.Count(have, " ")-strings.Count(want, " "))
}

// pictures looks for the captions of a text's pictures, with the text or as pictures of
// their own.
func (p *Page) pictures(a newspaper.Article, answer *newspaper.Article, all []newspaper.Article) {
	if a.Type == newspaper.TypePicture {
		return
	}
	for _, caption := range a.Captions() {
		want := compact(caption)
		p.Counts.CaptionAsked++
		if answer != nil && slices.ContainsFunc(answer.Captions(), func(c string) bool { return compact(c) == want }) || slices.ContainsFunc(all, func(o newspaper.Article) bool {
			return o.Type == newspaper.TypePicture && captionOf(o) == want
		}) {
			p.Counts.CaptionRight++
			continue
		}
		p.fault("caption %q of %q is missing", want, clip(a.MainHeadline()))
	}
}

func count(asked, right *int, ask, is bool) {
	if ask {
		*asked++
		if is {
			*right++
		}
	}
}

func (p *Page) headlines(a, answer newspaper.Article) {
	c := &p.Counts
	c.HeadlineAsked++
	want, have := compact(a.MainHeadline()), compact(answer.MainHeadline()) // nobody sees the space that a wrap took
	found, joined := answer.Type != "", joinedWell(a, answer)
	switch {
	case found && want == have, found && joined:
		c.HeadlineRight++
	case found:
		p.fault("headline %q: got %q", show(a.Headlines), show(answer.Headlines))
	}
	if want == "" && have != "" {
		c.HeadlineMade++
	}
	for _, h := range a.Headlines {
		if h.Role == newspaper.Main {
			continue
		}
		c.DisplayAsked++
		if joined || slices.ContainsFunc(answer.Headlines, func(o newspaper.Headline) bool {
			return o.Role == h.Role && compact(o.Value) == compact(h.Value)
		}) {
			c.DisplayRight++
		} else if found && want == have {
			p.fault("%s %q: got %q", h.Role, h.Value, show(answer.Headlines))
		}
	}
}

// addressed matches a kicker that says who is to do what the headline says: the two
// are one sentence.
var addressed = regexp.MustCompile(`(?:号召|要求|希望|呼吁|勉励|倡议|动员|號召|呼籲|勉勵|倡議|動員)[^，。：“”]{2,}$`)

// joinedWell accepts a kicker that the answer joins to its main headline where print
// has one sentence in two sizes of type: 市关工委号召全市各级关工委 / 迅速掀起热潮. Any
// other kicker is its own text.
func joinedWell(a, answer newspaper.Article) bool {
	if len(a.Headlines) != 2 || len(answer.Headlines) != 1 || inOrder(a.Headlines) != compact(answer.Headlines[0].Value) {
		return false
	}
	return slices.ContainsFunc(a.Headlines, func(h newspaper.Headline) bool {
		return h.Role == newspaper.Kicker && addressed.MatchString(h.Value)
	})
}

func inOrder(hs []newspaper.Headline) string {
	main, kicker := "", ""
	for _, h := range hs {
		if h.Role == newspaper.Main {
			main = compact(h.Value)
		} else {
			kicker = compact(h.Value)
		}
	}
	return kicker + main
}

// calibrate files an answer by its confidence.
func (p *Page) calibrate(a newspaper.Article, m *matcher, h int, gold Gold) {
	if m.neutral(h) {
		return
	}
	bin := &p.Counts.Calibration[min(9, int(a.Print.Confidence*10))]
	bin.Articles++
	bin.Confidence += a.Print.Confidence
	g := m.goldOf(h)
	if g < 0 || m.iou[g][h] < .8 {
		return
	}
	want := gold.Articles[g]
	if want.Type == newspaper.TypePicture || compact(want.MainHeadline()) == compact(a.MainHeadline()) || joinedWell(want, a) {
		bin.Right++
	}
}

func captionOf(a newspaper.Article) string {
	if len(a.Descriptions) == 0 {
		return ""
	}
	return compact(a.Descriptions[0].Value)
}

// normal makes texts comparable: one form of space, none at the edges.
func normal(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.Join(strings.Fields(l), " ")
	}
	return strings.Join(lines, "\n")
}

func compact(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}
