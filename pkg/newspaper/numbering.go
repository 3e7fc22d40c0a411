package newspaper

import (
	"fmt"
	"slices"
)

// MissingPages returns what of an edition's pages is not there, by its numbering:
// up to usual in the part without a letter, if that is larger than what is there;
// in every lettered part the numbers below its last.
func MissingPages(present []string, usual int) []string {
	last := map[string]int{}
	if usual > 0 && !slices.ContainsFunc(present, func(p string) bool { return p[0] >= 'A' }) {
		last[""] = usual
	}
	for _, p := range present {
		letter, number := splitPage(p)
		last[letter] = max(last[letter], number)
	}
	var out []string
	for letter, n := range last {
		for i := 1; i <= n; i++ {
			if page := fmt.Sprintf("%s%02d", letter, i); !slices.Contains(present, page) {
				out = append(out, page)
			}
		}
	}
	slices.SortFunc(out, func(a, b string) int { return ComparePages(PageKey{Page: a}, PageKey{Page: b}) })
	return out
}
