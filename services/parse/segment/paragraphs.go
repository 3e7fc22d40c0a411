package segment

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/document"
)

// writer turns what was decided into articles, and keeps account of the lines.
type writer struct {
	segmenter *Segmenter
	source    []document.Line
	lines     []line
	options   Options
	taken     []int // by source line: number of the article that has it, counted from 1
	articles  []written
}

type written struct {
	article newspaper.Article
	first   int // source line it stands at
	last    int
	blocks  []*block
	trust   []feature // what its confidence was read off
}

// newWriter makes the writer of at most so many articles.
func newWriter(s *Segmenter, source []document.Line, lines []line, o Options, articles int) *writer {
	return &writer{segmenter: s, source: source, lines: lines, options: o, taken: make([]int, len(source)+1), articles: make([]written, 0, articles)}
}

// article writes an article.
func (w *writer) article(c *cutter, s assembled) {
	a := newspaper.Article{Type: newspaper.TypeText}
	a.Print.HeadlinePosition = placeNames[s.place]
	var reading float64
	a.Headlines, reading = w.segmenter.headlines(c, s.heads[0], s.heads[1], s.first)
	for i := range a.Headlines {
		if h := &a.Headlines[i]; h.Role == newspaper.Main {
			h.Value = strings.TrimLeft(h.Value, itemMarks) // an item of a column
		}
	}
	trust := c.trustFeatures(&s, reading)
	a.Print.Confidence = w.segmenter.confidence(trust)
	if s.column != "" {
		a.Headlines = append([]newspaper.Headline{{Role: newspaper.Kicker, Value: s.column}}, a.Headlines...)
	}
	w.write(&a, s.body, s.author, s.under)
	blocks := append(slices.Clone(s.body), c.seq[s.heads[0]:s.heads[1]]...)
	if s.under != nil {
		blocks = append(blocks, &block{extra: s.under})
	}
	for _, b := range blocks {
		for _, j := range b.jumps {
			a.Print.Continues = bothWays(a.Print.Continues, jumpOf(j.text))
		}
	}
	if s.author != nil {
		blocks = append(blocks, s.author)
	}
	w.add(a, blocks, trust)
}

// itemMarks stand before the items of a column.
const itemMarks = "●◆▲■★◎○△□▶· "

// write fills body, byline and sources from the article's paragraphs.
func (w *writer) write(a *newspaper.Article, paras []*block, author *block, under []*line) {
	var said credit
	for _, l := range under {
		said.fromLine(l)
	}
	if author != nil {
		words := groupNames(strings.Fields(author.first().raw))
		said.by = strings.Join(words, " ")
		for _, name := range words {
			if first, _ := utf8.DecodeRuneInString(name); looksLikeName(name) && (isSurname(first) || compoundSurname(name)) && !placed.MatchString(plainForm(name)) {
				said.creators = append(said.creators, newspaper.Creator{Role: newspaper.Contributor, Name: name})
			}
		}
	}
	var texts []string
	for i, b := range paras {
		t := b.text
		for _, l := range b.extra {
			said.fromLine(l)
		}
		if b.kind == paraBlock && len(texts) == 0 {
			var came *newspaper.Jump
			came, t = comesFrom(t)
			a.Print.Continues = bothWays(a.Print.Continues, came)
		}
		var runIn string
		if b.kind == paraBlock && len(texts) == 0 && !hasMain(a.Headlines) {
			if runIn, t = takeRunIn(t); runIn != "" {
				a.Headlines = append(a.Headlines, newspaper.Headline{Role: newspaper.Main, Value: runIn})
				a.Print.HeadlinePosition = newspaper.HeadlineBefore
			}
		}
		if b.kind == paraBlock && len(texts) == 0 {
			_, raw := comesFrom(rawOf(b))
			if runIn != "" {
				raw = strings.TrimLeft(dropVisible(raw, visibleRunes(runIn)+len([]rune("【】"))), " ")
			}
			if opened, n := takeOpening(raw); n > 0 || len(opened.sources) > 0 {
				said.join(opened)
				t = strings.TrimLeft(dropVisible(t, n), " ，：:")
			}
		}
		if len(texts) == 0 && marked(plainForm(t)) {
			t = strings.TrimLeft(t, itemMarks)
		}
		if i == len(paras)-1 {
			var goes *newspaper.Jump
			goes, t = goesOnAt(t)
			a.Print.Continues = bothWays(a.Print.Continues, goes)
			if inside, rest, ok := takeSignature(t); ok {
				said.fromSignature(inside)
				t = rest
			}
		}
		if t == "" {
			continue
		}
		if i > 0 && len(texts) > 0 && paras[i-1].unfinished && b.kind == paraBlock && paras[i-1].kind == paraBlock {
			texts[len(texts)-1] = unwrap([]string{texts[len(texts)-1], t})
			continue
		}
		texts = append(texts, t)
	}
	a.By, a.Creators, a.InfoSources, a.Located = said.by, said.creators, said.sources, said.located
	a.ContentCreated = w.date(said.month, said.day)
	body := strings.Join(texts, "\n")
	if body != "" {
		a.Bodies = []newspaper.Body{{Role: "main", ContentType: "text/plain", CharCount: utf8.RuneCountInString(body), Value: body}}
	}
}

// takeRunIn cuts a headline in brackets off the beginning of a text: 【江滩公园试开放】昨日起….
// Names of columns, which are shorter, stay.
func takeRunIn(text string) (headline, rest string) {
	inside, ok := strings.CutPrefix(text, "【")
	if !ok {
		return "", text
	}
	headline, rest, ok = strings.Cut(inside, "】")
	if n := utf8.RuneCountInString(headline); !ok || n < 7 || n > 40 || visibleRunes(rest) < n {
		return "", text
	}
	return headline, strings.TrimLeft(rest, " ")
}

func hasMain(headlines []newspaper.Headline) bool {
	return slices.ContainsFunc(headlines, func(h newspaper.Headline) bool { return h.Role == newspaper.Main })
}

// join adds what the body's opening says to what the lines over it said: a dateline
// may fill a line, and its reporters begin the next.
func (c *credit) join(o credit) {
	switch {
	case c.by == "":
		c.by = o.by
	case o.by != "":
		c.by += " " + o.by
	}
	c.creators = append(o.creators, c.creators...)
	c.sources = append(c.sources, o.sources...)
	if c.located == "" {
		c.located = o.located
	}
	if c.day == "" {
		c.month, c.day = o.month, o.day
	}
}

// rawOf is the collapsed text of a block's first lines, spaces kept: bylines need
// them between names.
func rawOf(b *block) string {
	var out strings.Builder
	out.Grow(400) // most of what is asked for
	n := 0
	for _, l := range b.lines {
		part := l.raw
		if l.spread {
			part = l.text
		}
		if isLatin(lastRune(out.String())) {
			out.WriteByte(' ')
		}
		out.WriteString(part)
		if n += l.width; n > 200 {
			break
		}
	}
	return out.String()
}

// fromLine files a byline or signature that is a line of its own.
func (c *credit) fromLine(l *line) {
	switch l.kind {
	case byline:
		opened, n := takeOpening(l.raw)
		if n == 0 {
			opened.by = strings.TrimLeft(opened.fromNames(tightenDigits(l.raw)), "□■●◎○▲△◆◇★☆-—▍| ")
		}
		if l.lone {
			for i := range opened.creators {
				opened.creators[i].Role = newspaper.Contributor // a bare name is no reporter of the paper
			}
		}
		opened.creators = append(c.creators, opened.creators...)
		if c.by != "" {
			opened.by = c.by + " " + opened.by
		}
		*c = opened
	case signature:
		if inside, _, ok := takeSignature(l.text); ok {
			c.fromSignature(inside)
		}
	}
}

// date completes a dateline's date by the page's: the nearest such day. It may be a day
// or two after the page's, whose key is no clock.
func (w *writer) date(month, day string) string {
	printed := w.options.Key.Date
	if day == "" || len(printed) != len("2022-10-30") {
		return ""
	}
	if month == "" {
		month = printed[5:7]
		if pad(day) > printed[8:] {
			m, _ := strconv.Atoi(month)
			month = strconv.Itoa((m+10)%12 + 1)
		}
	}
	page, err := time.Parse(time.DateOnly, printed)
	if err != nil {
		return ""
	}
	best := ""
	nearest := 400 * 24 * time.Hour
	for year := page.Year() - 1; year <= page.Year()+1; year++ {
		made := fmt.Sprintf("%04d-%s-%s", year, pad(month), pad(day))
		t, err := time.Parse(time.DateOnly, made)
		if err == nil && page.Sub(t).Abs() < nearest {
			best, nearest = made, page.Sub(t).Abs()
		}
	}
	return best
}

func pad(n string) string {
	if len(n) == 1 {
		return "0" + n
	}
	return n
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

// Whose picture a caption is of. One that says too little to stand alone, 图为活动现场。, is
// an article's: that which it stands inside of, or of two that it stands between. One of a
// sentence or two is so inside an article only. Any other is an article's when it speaks of
// what that does, and else a picture of its own.
const (
	littleSaid = 24  // characters
	someSaid   = 45  // characters
	tellsOf    = 0.4 // share of its words that the article has; of other articles' it has about a fifth
	overFirst  = 0.1 // share that the text under it must have more to be preferred to the one over it
)

// illustrated finds the article that a caption is of a picture of, or nil.
func (w *writer) illustrated(b *block, text string, x *index) *written {
	over, under := w.near(b.first().number, -1), w.near(b.lines[len(b.lines)-1].number, 1)
	said := visibleRunes(text)
	if over == under && said <= someSaid {
		return over
	}
	best, told := over, -1.0
	if over != nil {
		told = x.told(b.plain, over.blocks)
	}
	if under != nil && under != over {
		if other := x.told(b.plain, under.blocks); over == nil || other > told+overFirst {
			best, told = under, other
		}
	}
	if said <= littleSaid || told >= tellsOf {
		return best
	}
	return nil
}

// near is the article of the nearest line over or under one that belongs to a text.
func (w *writer) near(number, step int) *written {
	for k := number - w.source[0].Number + step; k >= 0 && k < len(w.source); k += step {
		if id := w.taken[k]; id != 0 {
			if a := &w.articles[id-1]; a.article.Type == newspaper.TypeText {
				return a
			}
		}
	}
	return nil
}

// attach gives a caption to the article whose picture it is.
func (w *writer) attach(b *block, a *written, said credit, text string) {
	picture := newspaper.Association{Type: newspaper.TypePicture}
	if text != "" {
		picture.Descriptions = []newspaper.Description{{Role: "caption", Value: text}}
	}
	var names []string
	for _, c := range said.creators {
		names = append(names, c.Name)
	}
	picture.By = strings.Join(names, " ")
	a.article.Associations = append(a.article.Associations, picture)
	id := 0
	for i := range w.articles {
		if &w.articles[i] == a {
			id = i + 1
		}
	}
	for _, list := range [][]*line{b.lines, b.extra, b.jumps} {
		for _, l := range list {
			w.taken[w.slot(l)] = id
		}
	}
}
