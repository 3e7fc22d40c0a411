// Package junction knows pairs of characters in Chinese news: how naturally one
// follows the other, which tells a line break that a column's width forced into a
// sentence from one between two texts; how often the pair begins or ends a clause,
// which tells whole phrases from parts; and how rare it is, which tells the words of a
// story from those that every story has.
package junction

import (
	_ "embed"
	"unicode"

	"broadsheet/services/parse/internal/pairtable"
)

// table is built by ./build, see package pairtable: of each pair its score, its rarity,
// and how it begins and ends clauses, in tenths.
//
//go:embed table.bin
var table []byte

var known = pairtable.New(table, Values)

const (
	// Values of a pair, a byte each.
	Values = 4
	// Slots of the table.
	Slots = 1 << 17
	// unseen is the score of two Chinese characters that the corpus never shows
	// together: about a tenth as likely within a sentence as by chance.
	unseen = -1.2
	// rarest is the rarity of a pair that the corpus has not.
	rarest = 11
)

// Score is the log of how much likelier b follows a inside a sentence than it
// would by chance, from -1.2 (never seen) to 5. Pairs with digits, Latin letters
// or punctuation say nothing: 0.
func Score(a, b rune) float64 {
	if !han(a) || !han(b) {
		return 0
	}
	if slot := known.Find(a, b); slot != nil {
		return float64(int8(slot[0])) / 10
	}
	return unseen
}

// Rarity is the log of how many sentences there are for each that has the pair,
// 2 for the commonest to 11. Pairs with digits or letters are rare.
func Rarity(a, b rune) float64 {
	if han(a) && han(b) {
		if slot := known.Find(a, b); slot != nil {
			return float64(slot[1]) / 10
		}
	}
	return rarest
}

// Begins is the log of how much likelier a clause begins with the pair than with any
// other that it has; 0 for pairs that the corpus has not.
func Begins(a, b rune) float64 { return edge(a, b, 2) }

// Ends is the same of how clauses end.
func Ends(a, b rune) float64 { return edge(a, b, 3) }

func edge(a, b rune, at int) float64 {
	if han(a) && han(b) {
		if slot := known.Find(a, b); slot != nil {
			return float64(int8(slot[at])) / 10
		}
	}
	return 0
}

func han(r rune) bool { return r >= 0x4E00 && r <= 0x9FFF || unicode.Is(unicode.Han, r) }
