package storetest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/search"
)

// testRandom compares a store with the plain definition of a hit: each word stands
// in one of the article's texts. The texts are short and of few signs, so
// that words stand beside, across and within one another in every way.
func testRandom(_ *testing.T, s *suite) {
	const seed = 20260302
	r := rand.New(rand.NewPCG(seed, 1))
	alphabet := []string{"雪", "大", "孙", "军", "雪大", "，", "：", "。", " ", "\n", "5G", "５ｇ", "a", "3", "３．", "《", "·", "GDP增", "、", "—"}
	text := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(alphabet[r.IntN(len(alphabet))])
		}
		return b.String()
	}
	articles := make([]newspaper.Article, 150)
	for i := range articles {
		articles[i] = Article(day, i, text(1+r.IntN(6)), text(1+r.IntN(20)))
	}
	s.write(1, articles...)
	asked := 0
	for asked < 400 {
		params := "limit=100&q=" + strings.TrimSpace(strings.ReplaceAll(text(1+r.IntN(4)), "\n", " "))
		q, err := parse(params)
		if err != nil || len(q.Words) == 0 {
			continue // nothing but punctuation
		}
		asked++
		want := map[string]bool{}
		for i := range articles {
			if matches(&articles[i], q.Words) {
				want[articles[i].URI] = true
			}
		}
		found := s.search(q)
		if found.Total != len(want) {
			s.Errorf("seed %d: %q finds %d, not %d", seed, params, found.Total, len(want))
		}
		for _, h := range found.Hits {
			if !want[h.URI] {
				var a newspaper.Article
				_ = json.Unmarshal(h.Source, &a)
				s.Errorf("seed %d: %q finds %q", seed, params, fmt.Sprint(a.MainHeadline(), " | ", a.Text()))
			}
		}
		if s.Failed() {
			return
		}
	}
}

// matches is the definition of a hit.
func matches(a *newspaper.Article, words []search.Word) bool {
	for _, w := range words {
		any := false
		for _, text := range []string{a.MainHeadline(), a.Text()} {
			any = any || stands(w, text)
		}
		if !any {
			return false
		}
	}
	return true
}

// stands reports whether a word stands in a text: its signs, or for a run of
// ideographs their pairs, one after the other. Pairs follow one another over
// punctuation: 大雪《雪大 has the pairs 大雪 and 雪大, and so 大雪大 stands in it.
// That is rare, and the price of looking up pairs.
func stands(w search.Word, text string) bool {
	have, want := signs(search.Tokens(text)), signs(w.Tokens)
	if w.Bigrams() {
		have, want = pairs(search.Tokens(text)), pairs(w.Tokens)
	}
	for i := 0; i+len(want) <= len(have); i++ {
		if slices.Equal(have[i:i+len(want)], want) {
			return true
		}
	}
	return false
}

func signs(tokens []search.Token) []string {
	out := make([]string, len(tokens))
	for i, t := range tokens {
		out[i] = t.Term
	}
	return out
}

// pairs are what Lucene's and bleve's filters make of tokens.
func pairs(tokens []search.Token) []string {
	var out []string
	beside := func(i, j int) bool {
		return i >= 0 && j < len(tokens) && tokens[i].Ideograph && tokens[j].Ideograph && tokens[i].End == tokens[j].Start
	}
	for i, t := range tokens {
		if beside(i, i+1) {
			out = append(out, t.Term+tokens[i+1].Term)
		} else if !beside(i-1, i) {
			out = append(out, t.Term)
		}
	}
	return out
}
