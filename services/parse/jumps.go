package parse

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"broadsheet/pkg/newspaper"
)

// Which article goes on in which is read off three things: the jump lines, which
// name a page each; the headlines, of which the later part repeats at least some;
// and, where a part has none or one of its own, the words of the texts.

// piece is an article with a jump line.
type piece struct {
	uri       string
	page      string
	order     int // in the edition
	to, from  string
	headlines []map[string]bool // character pairs of each
	text      map[string]bool   // character pairs of headlines and bodies
}

func newPiece(page string, order int, a *newspaper.Article) piece {
	p := piece{uri: a.URI, page: page, order: order, to: target(page, a.Print.Continues.To), from: target(page, a.Print.Continues.From), text: map[string]bool{}}
	for _, h := range a.Headlines {
		if grams := pairsOf(h.Value); len(grams) > 0 {
			p.headlines = append(p.headlines, grams)
		}
		addPairs(p.text, h.Value)
	}
	for _, b := range a.Bodies {
		addPairs(p.text, b.Value)
	}
	return p
}

// target is the canonical page that a jump line names. A paper with lettered
// pages leaves the letter out where it is the same: 下转第3版 on A01 is A03.
func target(own, named string) string {
	if named == "" {
		return ""
	}
	if letter := strings.TrimRight(own, "0123456789"); letter != "" && named[0] <= '9' {
		named = letter + named
	}
	key, err := newspaper.NewPageKey("p", "2000-01-01", "e", named)
	if err != nil {
		return "" // no page that could be there
	}
	return key.Page
}

func pairsOf(s string) map[string]bool {
	out := map[string]bool{}
	addPairs(out, s)
	return out
}

// addPairs adds the pairs of characters that stand next to each other, without
// what is between words.
func addPairs(to map[string]bool, s string) {
	var last rune
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			continue
		}
		if last != 0 {
			to[string([]rune{last, r})] = true
		}
		last = r
	}
}

// contained is the part of a's pairs that b has as well.
func contained(a, b map[string]bool) float64 {
	if len(a) == 0 {
		return 0
	}
	n := 0
	for g := range a {
		if b[g] {
			n++
		}
	}
	return float64(n) / float64(len(a))
}

// sameHeadline is how much of the shorter of two headlines, one of each part,
// stands in the longer one: the best two count.
func sameHeadline(a, b *piece) float64 {
	best := 0.0
	for _, x := range a.headlines {
		for _, y := range b.headlines {
			if len(y) < len(x) {
				best = max(best, contained(y, x))
			} else {
				best = max(best, contained(x, y))
			}
		}
	}
	return best
}

// likePiece is how much speaks for b being the next part of a, 0 to 1. A headline
// that the other part's text speaks of counts, though less than one it repeats.
func likePiece(a, b *piece) float64 {
	score := sameHeadline(a, b)
	for _, h := range b.headlines {
		score = max(score, 0.8*contained(h, a.text))
	}
	for _, h := range a.headlines {
		score = max(score, 0.8*contained(h, b.text))
	}
	return score
}

// What must speak for two parts: more when others could be meant.
const (
	surelyNext = 0.5
	maybeNext  = 0.2
)

// assemble returns, by uri, the parts of the whole that each piece is part of. One
// that is not joined is not in it. The result depends on what the pieces are and
// not on their order.
func assemble(pieces []piece) map[string][]newspaper.Part {
	slices.SortFunc(pieces, func(a, b piece) int { return cmp.Or(cmp.Compare(a.page, b.page), cmp.Compare(a.order, b.order)) })
	next := nextOf(pieces)
	continued := map[int]bool{}
	for _, k := range next {
		continued[k] = true
	}
	out := map[string][]newspaper.Part{}
	for i := range pieces {
		if _, goesOn := next[i]; continued[i] || !goesOn {
			continue
		}
		var parts []newspaper.Part
		var at []int
		for k, more := i, true; more; {
			at = append(at, k)
			parts = append(parts, newspaper.Part{URI: pieces[k].uri, Page: pieces[k].page})
			k, more = next[k]
		}
		for _, k := range at {
			out[pieces[k].uri] = parts
		}
	}
	return out
}

// nextOf decides which piece goes on in which: those that have most in common
// first. Of what remains, two are joined whose jump lines nobody else's answer,
// unless their headlines have nothing to do with each other.
func nextOf(pieces []piece) map[int]int {
	type candidate struct {
		a, b  int
		score float64
	}
	var candidates []candidate
	for i := range pieces {
		for k := range pieces {
			a, b := &pieces[i], &pieces[k]
			if i != k && a.to != "" && a.to == b.page && b.from == a.page {
				candidates = append(candidates, candidate{i, k, likePiece(a, b)})
			}
		}
	}
	slices.SortStableFunc(candidates, func(x, y candidate) int { return cmp.Compare(y.score, x.score) })
	next, continued := map[int]int{}, map[int]bool{}
	open := func(c candidate) bool { _, goesOn := next[c.a]; return !goesOn && !continued[c.b] }
	for _, c := range candidates {
		if c.score >= surelyNext && open(c) {
			next[c.a], continued[c.b] = c.b, true
		}
	}
	candidates = slices.DeleteFunc(candidates, func(c candidate) bool { return !open(c) })
	for _, c := range candidates {
		alone := !slices.ContainsFunc(candidates, func(o candidate) bool { return o != c && (o.a == c.a || o.b == c.b) })
		bare := len(pieces[c.a].headlines) == 0 || len(pieces[c.b].headlines) == 0
		if alone && (bare || c.score >= maybeNext) {
			next[c.a], continued[c.b] = c.b, true
		}
	}
	return next
}
