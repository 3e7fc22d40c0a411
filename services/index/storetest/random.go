package storetest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/search"
)

// testRandom compares a store with the plain definition: an article matches when
// each word stands in one of its texts. The texts are short and of few signs, so
// that words stand beside, across and within one another in every way.
func testRandom(_ *testing.T, s *suite) {
	const seed = 20260302
	r := rand.New(rand.NewPCG(seed, 1))
	signs := []string{"雪", "大", "孙", "军", "雪大", "，", "。", " ", "\n", "5G", "５ｇ", "a", "3", "《", "·", "GDP增", "、", "—"}
	text := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(signs[r.IntN(len(signs))])
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

// matches is the definition of a hit, by way of what would be highlighted.
func matches(a *newspaper.Article, words []search.Word) bool {
	for i := range words {
		if search.Highlights(a, words[i:i+1]) == nil {
			return false
		}
	}
	return true
}
