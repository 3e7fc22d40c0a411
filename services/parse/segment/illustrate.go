package segment

import (
	"slices"
	"strings"

	"broadsheet/pkg/newspaper"
)

// illustrate files the captions once all texts are: with the article whose picture each is
// of, or as a picture by itself, under the display lines right over it.
func (w *writer) illustrate(c *cutter, captions []*block) {
	if len(captions) == 0 {
		return
	}
	free := w.freeHeads(c)
	for _, b := range captions {
		heads := w.headsOver(b, free)
		said, text := takePhotoCredit(b.text)
		text = strings.TrimLeft(text, arrows)
		if to := w.illustrated(b, text, c.index); to != 0 && len(heads) == 0 {
			w.attach(b, to, said, text)
		} else {
			w.picture(b, heads, said, text)
		}
	}
}

// freeHeads are the display lines that no article has, by number.
func (w *writer) freeHeads(c *cutter) map[int]*block {
	free := make(map[int]*block)
	for _, b := range c.seq {
		if l := b.first(); b.kind == headBlock && w.taken[w.slot(l)] == 0 && !b.named {
			free[l.number] = b
		}
	}
	return free
}

// headsOver are the free display lines right over a caption: its headline. A picture of
// its own has one as often as not, and text never goes on after it.
func (w *writer) headsOver(caption *block, free map[int]*block) []*block {
	var heads []*block
	for n := caption.first().number - 1; n >= w.source[0].Number && len(heads) < mostHeads; n-- {
		if b := free[n]; b != nil {
			heads = append(heads, b)
		} else if !w.source[n-w.source[0].Number].Blank() {
			break
		}
	}
	slices.Reverse(heads)
	return heads
}

// Whose picture a caption is of. One that says too little to stand alone, 图为活动现场。, is
// an article's: that which it stands inside of, or of two that it stands between. One of a
// sentence or two is so inside an article only. Any other is an article's when it speaks of
// what that does, and else a picture of its own.
const (
	littleSaid = 24  // characters
	someSaid   = 45  // characters
	tellsOf    = 0.2 // share of its words that the article has; of other articles' it has next to none
	overFirst  = 0.1 // share that the text under it must have more to be preferred to the one over it
)

// illustrated finds the article that a caption is of a picture of, by its id; 0 when there
// is none.
func (w *writer) illustrated(b *block, text string, x *index) int {
	over, under := w.near(b.first().number, -1), w.near(b.lines[len(b.lines)-1].number, 1)
	said := visibleRunes(text)
	if over == under && said <= someSaid {
		return over
	}
	best, told := over, -1.0
	if over != 0 {
		told = x.told(b.plain, w.articles[over-1].blocks)
	}
	if under != 0 && under != over {
		if other := x.told(b.plain, w.articles[under-1].blocks); over == 0 || other > told+overFirst {
			best, told = under, other
		}
	}
	if said <= littleSaid || told >= tellsOf {
		return best
	}
	return 0
}

// near is the id of the article of the nearest line over or under one that belongs to a
// text; 0 when there is none.
func (w *writer) near(number, step int) int {
	for k := number - w.source[0].Number + step; k >= 0 && k < len(w.source); k += step {
		if id := w.taken[k]; id != 0 && w.articles[id-1].article.Type == newspaper.TypeText {
			return id
		}
	}
	return 0
}

// attach gives a caption to the article whose picture it is.
func (w *writer) attach(b *block, id int, said credit, text string) {
	picture := newspaper.Association{Type: newspaper.TypePicture}
	a := &w.articles[id-1].article
	if text != "" {
		picture.Descriptions = []newspaper.Description{{Role: "caption", Value: text}}
		a.Descriptions = append(a.Descriptions, picture.Descriptions...)
	}
	var names []string
	for _, c := range said.creators {
		names = append(names, c.Name)
	}
	picture.By = strings.Join(names, " ")
	a.Associations = append(a.Associations, picture)
	for _, list := range [][]*line{b.lines, b.extra, b.jumps} {
		for _, l := range list {
			w.taken[w.slot(l)] = id
		}
	}
}

// picture writes a caption as an article of its own.
func (w *writer) picture(b *block, heads []*block, said credit, text string) {
	a := newspaper.Article{Type: newspaper.TypePicture, By: said.by, Creators: said.creators, InfoSources: said.sources}
	if text != "" {
		a.Descriptions = []newspaper.Description{{Role: "caption", Value: text}}
	}
	a.Print.HeadlinePosition = newspaper.HeadlineNone
	if len(heads) > 0 {
		a.Headlines, a.Print.HeadlinePosition = pictureHeadlines(heads), newspaper.HeadlineBefore
	}
	trust := pictureFeatures(b, said.by != "")
	a.Print.Confidence = w.segmenter.confidence(trust)
	w.add(a, append(heads, b), trust)
}

// pictureHeadlines reads the display lines over a caption: what names a column is its
// kicker, what a dash begins its deck.
func pictureHeadlines(heads []*block) []newspaper.Headline {
	var out []newspaper.Headline
	for i, b := range heads {
		role := newspaper.Main
		switch last := len(out) - 1; {
		case b.says.column && i+1 < len(heads):
			role = newspaper.Kicker
		case b.says.dash && last >= 0 && out[last].Role == newspaper.Main:
			role = newspaper.Deck
		case last >= 0 && out[last].Role != newspaper.Kicker:
			out[last].Value = unwrap([]string{out[last].Value, b.text})
			continue
		}
		out = append(out, newspaper.Headline{Role: role, Value: b.text})
	}
	return out
}
