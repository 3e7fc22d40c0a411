package typeset

import (
	"math/rand/v2"
	"unicode"

	"broadsheet/services/parse/internal/junction"
)

// stories hands out articles in a shuffled order, all of them before any again.
type stories struct {
	articles []Article
	order    []int
	taken    int
}

func newStories(articles []Article, seed uint64) *stories {
	return &stories{articles: articles, order: rand.New(rand.NewPCG(seed, 0x5eed)).Perm(len(articles))}
}

func (s *stories) next() Article {
	a := s.articles[s.order[s.taken%len(s.order)]]
	s.taken++
	return a
}

// candidates are how many of the next articles a page of one theme chooses from.
const candidates = 40

// like hands out those of the next articles that have most in common with one, as
// pages of sport, of the world or of one town have.
func (s *stories) like(model Article) func() Article {
	has := map[[2]rune]bool{}
	model.pairs(func(a, b rune) { has[[2]rune{a, b}] = true })
	return func() Article {
		best, most := s.taken, -1.0
		for k := s.taken; k < min(s.taken+candidates, len(s.order)); k++ {
			shared, all := 0.0, 1.0
			s.articles[s.order[k]].pairs(func(a, b rune) {
				weight := junction.Rarity(a, b)
				all += weight
				if has[[2]rune{a, b}] {
					shared += weight
				}
			})
			if shared/all > most {
				best, most = k, shared/all
			}
		}
		if best < len(s.order) {
			s.order[s.taken], s.order[best] = s.order[best], s.order[s.taken]
		}
		return s.next()
	}
}

// pairs yields the pairs of characters of an article's title and first paragraph.
func (a *Article) pairs(yield func(a, b rune)) {
	last := rune(0)
	for _, r := range a.Title + "，" + a.Paragraphs[0] {
		if !unicode.Is(unicode.Han, r) {
			last = 0
			continue
		}
		if last != 0 {
			yield(last, r)
		}
		last = r
	}
}
