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
			h.Value = strings.TrimLeft(h.Value, itemMarks+" ") // an item of a column
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
			t = strings.TrimLeft(t, itemMarks+" ")
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
