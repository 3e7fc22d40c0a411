package entity

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/entity/crf"
	"broadsheet/services/parse/entity/lexicon"
)

// What speaks for a name, as the logarithm of its odds. A name was found in a
// share of the places where it stands; the share is drawn towards nothing as if
// it stood in one place more.
const (
	weightShort  = 4  // times the share: two characters stand in other words too
	weightLong   = 30 // times the share, from three characters
	weightPerson = 60 // times the share, a person's name from three characters
	weightShape  = 5  // the short form of a name: 云岭县 speaks for 云岭
	weightHome   = 8  // a division of the paper's home
)

// known are names that are looked for on a page, by their folded text.
type known struct {
	names map[string]*evidence
	trie  *lexicon.Trie
	ends  []*evidence // of the name that ends at a node of trie
	key   []byte      // of the name that was looked up last
	spare []evidence  // not yet of a name
}

// evidence is what speaks for a name, by type.
type evidence struct {
	found  [len(crf.Types)]int // how often it was found
	seen   int                 // how often it stands by itself
	weight [len(crf.Types)]float64
}

// best is the type that most speaks for.
func (e *evidence) best() int {
	best := 0
	for kind, w := range e.weight {
		if w > e.weight[best] {
			best = kind
		}
	}
	return best
}

var typePER, typeLOC = crf.TypeIndex(newspaper.PER), crf.TypeIndex(newspaper.LOC)

// known are the names that were found on the page, their short forms, and the
// divisions of the paper's home.
func (p *page) known() *known {
	k := &known{names: map[string]*evidence{}}
	for _, t := range p.texts {
		for _, s := range t.folded() {
			if name := t.fold[s.start:s.end]; s.kind != newspaper.TITLE && distinct(name) {
				k.named(name).found[crf.TypeIndex(s.kind)]++
			}
		}
	}
	for _, name := range slices.Collect(maps.Keys(k.names)) {
		if short := shortPlace(name); short != "" && k.of(name).found[typeLOC] > 0 {
			k.of(short).weight[typeLOC] = weightShape
		}
		if _, family, ok := cutLast(name, "·"); ok && utf8.RuneCountInString(family) > 1 && k.of(name).found[typePER] > 0 {
			k.of(family).weight[typePER] = weightShape
		}
	}
	for _, name := range p.home {
		k.of(lexicon.String(p.lex.Folded(name))).weight[typeLOC] = weightHome
	}
	entries := make([]lexicon.Entry, 0, len(k.names))
	for name := range k.names {
		entries = append(entries, lexicon.Entry{Text: p.lex.Folded(name), Class: lexicon.Word})
	}
	k.trie = lexicon.NewTrie(entries)
	k.ends = make([]*evidence, k.trie.Len())
	for _, e := range entries {
		var node uint32
		for _, c := range e.Text {
			node = k.trie.Next(node, c)
		}
		k.ends[node] = k.named(e.Text)
	}
	for _, t := range p.texts {
		k.apart(t, t.folded(), sentence{end: len(t.fold)}, func(_ span, e *evidence) { e.seen++ })
	}
	for name, e := range k.names {
		e.weigh(utf8.RuneCountInString(name))
	}
	return k
}

func (k *known) of(name string) *evidence {
	e := k.names[name]
	if e == nil {
		if len(k.spare) == 0 {
			k.spare = make([]evidence, 32)
		}
		e, k.spare = &k.spare[0], k.spare[1:]
		k.names[name] = e
	}
	return e
}

// named is of, for a name as it stands folded in a text.
func (k *known) named(name []uint16) *evidence {
	k.key = k.key[:0]
	for _, c := range name {
		k.key = utf8.AppendRune(k.key, rune(c))
	}
	if e := k.names[string(k.key)]; e != nil { // looks up without a copy of the key
		return e
	}
	return k.of(string(k.key))
}

// weigh adds what the places of a name of that many characters say.
func (e *evidence) weigh(length int) {
	for kind, n := range e.found {
		weight := float64(weightLong)
		switch {
		case length < 3:
			weight = weightShort
		case kind == typePER:
			weight = weightPerson
		}
		e.weight[kind] += weight * float64(n) / float64(e.seen+1)
	}
}

// apart calls visit with the places of a sentence where a known name stands, but
// for those within a longer one of spans.
func (k *known) apart(t *tagged, spans []span, c sentence, visit func(span, *evidence)) {
	at := 0
	for i := c.start; i < c.end; i++ {
		var node uint32
		for j := i; j < c.end; j++ {
			if node = k.trie.Next(node, t.fold[j]); node == 0 {
				break
			}
			if k.trie.Class(node) == 0 {
				continue
			}
			for at < len(spans) && spans[at].end <= i {
				at++
			}
			within := at < len(spans) && spans[at].start <= i && spans[at].end > j && spans[at].end-spans[at].start > j+1-i
			if !within {
				visit(span{start: i, end: j + 1}, k.ends[node])
			}
		}
	}
}

// distinct reports whether a name can be looked for elsewhere: letters and
// digits, which are folded to one, say nothing.
func distinct(name []uint16) bool {
	return len(name) > 1 && !slices.ContainsFunc(name, func(c uint16) bool { return c == lexicon.Letter || c == lexicon.Digit || c == lexicon.Unknown })
}

// shortPlace is a place's name without its suffix: 云岭县, 草沟村; "" when it has
// none.
func shortPlace(name string) string {
	if short := lexicon.ShortForm(name); short != "" {
		return short
	}
	for _, suffix := range []string{"街道", "社区", "镇", "乡", "村"} {
		if short, ok := strings.CutSuffix(name, suffix); ok && utf8.RuneCountInString(short) > 1 {
			return short
		}
	}
	return ""
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
