package entity

import (
	"strings"
	"unicode/utf8"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/entity/lexicon"
)

// homeNames are the names of a region's divisions, with and without suffix.
// Short names that are ordinary words as well are left out.
func homeNames(lex *lexicon.Lexicon, region []string) []string {
	var out []string
	for _, name := range lex.Within(region) {
		out = append(out, name)
		if short := lexicon.ShortForm(name); short != "" && lex.Lookup(short)&lexicon.Word == 0 {
			out = append(out, short)
		}
	}
	return out
}

// agree makes the texts of the page agree: a name found in one place is found
// wherever it stands alone, as what it mostly is; the divisions of the paper's
// home are places; what is left over may be dates.
func (p *page) agree() {
	known := p.names()
	if len(known) > 0 && !p.skip.Agreement {
		entries := make([]lexicon.Entry, 0, len(known))
		for name := range known {
			entries = append(entries, lexicon.Entry{Text: p.lex.Folded(name), Class: lexicon.Word})
		}
		trie := lexicon.NewTrie(entries)
		for _, t := range p.texts {
			t.add(p.occurrences(t, trie, known))
		}
	}
	for _, t := range p.texts {
		t.add(p.dates(t.text))
	}
}

// names are the names sure enough to look for elsewhere on the page, by type.
func (p *page) names() map[string]string {
	votes := map[string]map[string]int{}
	for _, t := range p.texts {
		for _, s := range t.spans {
			name := t.slice(s.start, s.end)
			if !lookFor(s.kind, name, p.lex) {
				continue
			}
			if votes[name] == nil {
				votes[name] = map[string]int{}
			}
			votes[name][s.kind]++
		}
	}
	names := make(map[string]string, len(votes)+len(p.home))
	for _, name := range p.home {
		names[name] = newspaper.LOC
	}
	for name, kinds := range votes {
		best := newspaper.PER
		for _, kind := range []string{newspaper.ORG, newspaper.LOC} {
			if kinds[kind] > kinds[best] {
				best = kind
			}
		}
		names[name] = best
	}
	return names
}

// lookFor reports whether a name is distinct enough to be looked for elsewhere:
// whole person's names, and places and organisations that are no common words.
func lookFor(kind, name string, lex *lexicon.Lexicon) bool {
	n := utf8.RuneCountInString(name)
	switch kind {
	case newspaper.PER:
		return n >= 3 || n == 2 && lex.Lookup(name)&^(lexicon.Name|lexicon.Place) == 0
	case newspaper.ORG, newspaper.LOC:
		return n >= 3 && lex.Lookup(name)&lexicon.OrgSuffix == 0 || n == 2 && lex.Lookup(name)&(lexicon.Division|lexicon.Organ) != 0
	}
	return false
}

// occurrences are the places of a text where a name stands, the longest first.
func (p *page) occurrences(t *tagged, trie *lexicon.Trie, known map[string]string) []span {
	var out []span
	for i := 0; i < len(t.fold); i++ {
		var node uint32
		end := 0
		for j := i; j < len(t.fold); j++ {
			if node = trie.Next(node, t.fold[j]); node == 0 {
				break
			}
			if trie.Class(node) != 0 {
				end = j + 1
			}
		}
		if end == 0 {
			continue
		}
		s := span{start: int(t.at[i]), end: int(t.at[end-1]) + 1}
		if s.kind = known[t.slice(s.start, s.end)]; s.kind != "" && !t.adjective(s) && !t.cutsWord(s) {
			out = append(out, s)
			i = end - 1
		}
	}
	return out
}

// adjective reports whether a place's name stands in a word that is no name:
// 中国式, 中国人, 美国队长.
func (t *tagged) adjective(s span) bool {
	return s.kind == newspaper.LOC && strings.ContainsRune(adjectives, t.rune(s.end))
}

// cutsWord reports whether a name would begin or end within a word of letters.
func (t *tagged) cutsWord(s span) bool {
	return latin(t.rune(s.start)) && latin(t.rune(s.start-1)) || latin(t.rune(s.end-1)) && latin(t.rune(s.end))
}

// plain is a name without the blanks it was set with.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '\u3000' || r == '\u00a0' {
			return -1
		}
		return r
	}, name)
}
