package search

import (
	"slices"
	"strings"
)

// Limits of a relaxed search.
const (
	maxRelaxed   = 40 // pairs that are looked for
	relaxedShare = 3  // one of so many must be there
)

// asking are words that ask and words that only join others: in a question typed
// as people type it they part what is looked for. Longer ones stand before those
// they contain.
var asking = []string{
	"有没有", "为什么", "怎么样", "怎么办", "什么时候", "什么样", "是不是", "能不能", "多少钱", "多长时间", "请问", "关于", "有关",
	"什么", "怎么", "怎样", "如何", "哪里", "哪儿", "哪些", "哪个", "哪位", "哪天", "哪年", "几时", "何时", "何地", "多少", "多大", "多久", "是否", "为何",
	"谁", "吗", "呢", "吧", "的", "了", "是", "在", "和", "与", "及", "被", "把", "有", "几",
}

var cutter = func() *strings.Replacer {
	var pairs []string
	for _, word := range asking {
		pairs = append(pairs, word, "\n")
	}
	return strings.NewReplacer(pairs...)
}()

// Relax returns a query that asks for less: of the words that are not in quotes
// a third of their pairs of characters, and at least two, have to be in an article,
// anywhere; the more there are, the further up it comes. It is for questions and
// sentences, which stand in no article as they were typed. False:
// there is nothing to relax, because of operators or because the words are too
// short to be taken apart.
func (q Query) Relax() (Query, bool) {
	parts, ok := q.Root.(All)
	if !ok {
		if _, single := q.Root.(Text); !single {
			return q, false
		}
		parts = All{q.Root}
	}
	var keep All
	var loose []Clause
	for _, p := range parts {
		switch p := p.(type) {
		case Text:
			if p.Quoted {
				keep = append(keep, p)
				continue
			}
			for _, w := range taken(p.Word) {
				loose = append(loose, Text{Word: w})
			}
		case Exact:
			keep = append(keep, p)
		default:
			return q, false
		}
	}
	if len(loose) < 2 || len(loose) < len(parts)-len(keep) {
		return q, false
	}
	loose = loose[:min(len(loose), maxRelaxed)]
	least := 1
	if len(loose) > 2 {
		least = max(2, (len(loose)+relaxedShare/2)/relaxedShare)
	}
	root := append(keep, Any{Of: loose, Min: least})
	q.Root, q.Relaxed = root, true
	q.Words = nil
	for _, c := range append(slices.Clone(keep), loose...) {
		if t, ok := c.(Text); ok {
			q.Words = append(q.Words, t.Word)
		}
	}
	return q, true
}

// taken takes a word apart into pairs of ideographs and runs of others, each once.
func taken(w Word) []Word {
	var out []Word
	add := func(text string) {
		if !slices.ContainsFunc(out, func(o Word) bool { return o.Text == text }) {
			out = append(out, Word{Text: text, Tokens: Tokens(text), Field: w.Field})
		}
	}
	for run := range strings.SplitSeq(cutter.Replace(Fold(w.Text)), "\n") {
		tokens := Tokens(run)
		for i, t := range tokens {
			switch {
			case !t.Ideograph:
				add(run[t.Start:t.End])
			case i+1 < len(tokens) && tokens[i+1].Ideograph && tokens[i+1].Start == t.End:
				add(run[t.Start:tokens[i+1].End])
			}
		}
	}
	return out
}
