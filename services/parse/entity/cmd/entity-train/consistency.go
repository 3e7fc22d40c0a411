package main

import (
	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/entity/corpus"
	"broadsheet/services/parse/entity/lexicon"
)

// How sure a corpus must be of a name before it is carried through.
const (
	leastSeen      = 3    // labelled so often
	dominance      = 0.85 // share of the most frequent type among the labels
	shareLong      = 0.6  // labelled share of all occurrences, for 3 characters and more
	shareShort     = 0.85 // for two
	neverShare     = 0.1  // below it, labels are mistakes
	neverSeenTimes = 12
	readTimes      = 20 // a text that readers marked counts as often
)

// tally is how often a name stands in the corpus by itself, by label.
type tally struct {
	kinds map[string]int
	none  int
}

func (t *tally) best() (kind string, labelled, total int) {
	n := 0
	for _, k := range []string{newspaper.PER, newspaper.LOC, newspaper.ORG, newspaper.TITLE} {
		labelled += t.kinds[k]
		if t.kinds[k] > n {
			kind, n = k, t.kinds[k]
		}
	}
	if float64(n) < dominance*float64(labelled) {
		kind = ""
	}
	return kind, labelled, labelled + t.none
}

// consistent carries through what the corpus as a whole says of its names: one
// that is mostly labelled is labelled everywhere, one that hardly ever is nowhere.
// Texts that readers marked have a louder voice.
func consistent(texts, read []corpus.Text, lex *lexicon.Lexicon) []corpus.Text {
	seen := map[string]int{}
	note := func(texts []corpus.Text, times int) {
		for _, t := range texts {
			for _, m := range t.Mentions {
				if m.Type != newspaper.TITLE && m.End-m.Start >= 2 {
					seen[m.Text] += times
				}
			}
		}
	}
	note(texts, 1)
	note(read, readTimes)
	var entries []lexicon.Entry
	for name, n := range seen {
		if n >= leastSeen {
			entries = append(entries, lexicon.Entry{Text: lex.Folded(name), Class: lexicon.Word})
		}
	}
	c := &corpusNames{lexicon.NewTrie(entries), map[string]*tally{}}
	r := &repairer{lex}
	open := make([]*labelled, len(texts))
	for i, t := range texts {
		open[i] = r.open(t)
		c.each(open[i], func(s span, kind string) { c.count(open[i].text(s), kind, 1) })
	}
	for _, t := range read {
		l := r.open(t)
		c.each(l, func(s span, kind string) { c.count(l.text(s), kind, readTimes) })
	}
	out := make([]corpus.Text, len(texts))
	for i, l := range open {
		c.each(l, func(s span, kind string) { c.settle(l, s, kind) })
		out[i] = l.close()
	}
	return out
}

type corpusNames struct {
	trie  *lexicon.Trie
	names map[string]*tally
}

func (c *corpusNames) count(name, kind string, times int) {
	t := c.names[name]
	if t == nil {
		t = &tally{kinds: map[string]int{}}
		c.names[name] = t
	}
	if kind == "" {
		t.none += times
	} else {
		t.kinds[kind] += times
	}
}

// each calls visit with every occurrence of a name that is labelled as a whole,
// with its type, or not at all, with "".
func (c *corpusNames) each(l *labelled, visit func(s span, kind string)) {
	k := 0
	spans := append([]span(nil), l.spans...)
	for i := 0; i < len(l.fold); {
		for k < len(spans) && spans[k].end <= i {
			k++
		}
		limit := len(l.fold)
		if k < len(spans) {
			if spans[k].start <= i {
				if spans[k].kind != newspaper.TITLE {
					visit(spans[k], spans[k].kind)
				}
				i = spans[k].end
				continue
			}
			limit = spans[k].start
		}
		end := 0
		var node uint32
		for j := i; j < limit; j++ {
			if node = c.trie.Next(node, l.fold[j]); node == 0 {
				break
			}
			if c.trie.Class(node) != 0 {
				end = j + 1
			}
		}
		if end == 0 {
			i++
			continue
		}
		if l.words[i] && l.words[end] { // no part of other words: 发展中国家
			visit(span{i, end, ""}, "")
		}
		i = end
	}
}

func (c *corpusNames) settle(l *labelled, s span, kind string) {
	t := c.names[l.text(s)]
	if t == nil {
		return
	}
	best, labelled, total := t.best()
	share := float64(labelled) / float64(total)
	switch least := map[bool]float64{true: shareShort, false: shareLong}[s.end-s.start == 2]; {
	case kind == "" && best == newspaper.LOC && l.adjective(s.end):
	case kind == "" && best != "" && labelled >= leastSeen && share >= least:
		l.put(span{s.start, s.end, best})
	case kind != "" && share < neverShare && total >= neverSeenTimes:
		for i, o := range l.spans {
			if o.start == s.start {
				l.spans = append(l.spans[:i], l.spans[i+1:]...)
				break
			}
		}
	case kind != "" && best != "" && best != kind && (kind == newspaper.PER || best == newspaper.PER):
		l.put(span{s.start, s.end, best})
	}
}
