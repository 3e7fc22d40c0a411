package segment

import (
	"cmp"
	"slices"

	"broadsheet/pkg/newspaper"
)

// add files an article under the lines of its blocks.
func (w *writer) add(a newspaper.Article, blocks []*block, trust []feature) {
	id := len(w.articles) + 1
	first, last := 0, 0
	take := func(l *line) {
		w.taken[w.slot(l)] = id
		if first == 0 || l.number < first {
			first = l.number
		}
		last = max(last, l.number)
	}
	for _, b := range blocks {
		for _, l := range b.lines {
			take(l)
		}
		for _, l := range b.extra {
			take(l)
		}
		for _, l := range b.tail {
			take(l)
		}
		for _, l := range b.jumps {
			take(l)
		}
	}
	a.Language = languageOf(a)
	w.articles = append(w.articles, written{a, first, last, blocks, trust})
}

// slot is where in the source a line stands.
func (w *writer) slot(l *line) int { return l.number - w.source[0].Number }

// page puts everything into page order and accounts for every line.
func (w *writer) page() (Page, [][]feature) {
	var trust [][]feature
	var p Page
	ranges := make([][]newspaper.LineRange, len(w.articles)+1)
	last := -1 // who had the last non-blank line
	lines := inPageOrder(w.lines)
	for _, l := range lines {
		owner := w.taken[w.slot(l)]
		list := &ranges[owner]
		if owner == 0 {
			list = &p.Rest
			if l.kind == furniture || l.kind == columnTag {
				list, owner = &p.Furniture, -2
			} else {
				owner = -3
			}
		}
		if owner == last {
			(*list)[len(*list)-1][1] = l.number
		} else {
			*list = append(*list, newspaper.LineRange{l.number, l.number})
		}
		last = owner
	}
	p.Warnings = contradictions(lines, w.options.Key)
	order := make([]int, len(w.articles))
	for i := range order {
		order[i] = i
		w.articles[i].article.Print.Lines = ranges[i+1]
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(w.articles[a].first, w.articles[b].first) })
	p.Articles, trust = slices.Grow(p.Articles, len(order)), slices.Grow(trust, len(order))
	for n, i := range order {
		a := w.articles[i].article
		a.Print.Position = n + 1
		p.Articles = append(p.Articles, a)
		trust = append(trust, w.articles[i].trust)
	}
	return p, trust
}

var chineseDigits = map[rune]int{'一': 1, '二': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9}

// bothWays is the jump lines of one article: the middle part of a long one comes
// from one page and goes on on another. Either may be nil.
func bothWays(one, other *newspaper.Jump) *newspaper.Jump {
	if one == nil || other == nil {
		return cmp.Or(one, other)
	}
	return &newspaper.Jump{From: cmp.Or(one.From, other.From), To: cmp.Or(other.To, one.To)}
}

func chineseNumber(text string) int {
	n := 0
	for _, r := range text {
		switch d := chineseDigits[r]; {
		case d > 0:
			n += d
		case r == '十' && n == 0:
			n = 10
		case r == '十':
			n *= 10
		default:
			return 0
		}
	}
	return n
}

const traditionalOnly = "這個們來時為國會對說發經產過還沒開關問實現點業東車學體當動無從後見間數與義萬長機應總電員區團報記聞縣廣場設計劃議務質"

var traditionalSet = newRuneSet(traditionalOnly)

// languageOf tells simplified from traditional script, and Chinese from others.
func languageOf(a newspaper.Article) string {
	han, traditional, other := 0, 0, 0
	count := func(text string) {
		for _, r := range text {
			switch {
			case isHan(r):
				han++
				if traditionalSet.has(r) {
					traditional++
				}
			case isLatin(r):
				other++
			}
		}
	}
	count(a.Text())
	count(a.MainHeadline())
	for _, d := range a.Descriptions {
		count(d.Value)
	}
	switch {
	case han*3 < other || han == 0:
		return ""
	case traditional*50 > han:
		return "zh-Hant"
	default:
		return "zh-Hans"
	}
}
