package segment

import (
	"unicode/utf8"

	"broadsheet/services/parse/internal/junction"
)

// Headlines and their parts are whole phrases, where a line that a measure broke off
// ends and begins anywhere: 技术改造助推 / 老字号焕发新生机. How often the first and the
// last two characters of a text begin and end clauses in the news says which it is.

const (
	clauseBins  = 5
	clausePairs = clauseBins * clauseBins
)

func clauseBin(score float64) feature {
	for i, limit := range [...]float64{-2, -.7, .3, 1.2} {
		if score < limit {
			return feature(i)
		}
	}
	return clauseBins - 1
}

// clauseOpens sorts a text by how its first two characters begin clauses.
func clauseOpens(plain string) feature {
	first, n := utf8.DecodeRuneInString(plain)
	second, _ := utf8.DecodeRuneInString(plain[n:])
	return clauseBin(junction.Begins(first, second))
}

// clauseCloses sorts it by how its last two end them.
func clauseCloses(plain string) feature {
	last, n := utf8.DecodeLastRuneInString(plain)
	before, _ := utf8.DecodeLastRuneInString(plain[:len(plain)-n])
	return clauseBin(junction.Ends(before, last))
}
