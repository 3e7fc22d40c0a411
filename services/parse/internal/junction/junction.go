// Package junction knows pairs of characters in Chinese news: how naturally one
// follows the other, which tells a line break that a column's width forced into a
// sentence from one between two texts; how often the pair begins or ends a clause,
// which tells whole phrases from parts; and how rare it is, which tells the words of a
// story from those that every story has.
package junction

import (
	_ "embed"
	"unicode"
)

// table is built by ./build: slots of SlotSize bytes, a 16-bit fingerprint of the pair,
// its score, its rarity, and how it begins and ends clauses, in tenths; a fingerprint of
// 0 is an empty slot. Lookup probes linearly.
//
//go:embed table.bin
var table []byte

const (
	// SlotSize in bytes.
	SlotSize = 6
	// Slots of the table, a power of two.
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
	if slot := find(a, b); slot != nil {
		return float64(int8(slot[2])) / 10
	}
	return unseen
}

// Rarity is the log of how many sentences there are for each that has the pair,
// 2 for the commonest to 11. Pairs with digits or letters are rare.
func Rarity(a, b rune) float64 {
	if han(a) && han(b) {
		if slot := find(a, b); slot != nil {
			return float64(slot[3]) / 10
		}
	}
	return rarest
}

// Begins is the log of how much likelier a clause begins with the pair than with any
// other that it has; 0 for pairs that the corpus has not.
func Begins(a, b rune) float64 { return edge(a, b, 4) }

// Ends is the same of how clauses end.
func Ends(a, b rune) float64 { return edge(a, b, 5) }

func edge(a, b rune, at int) float64 {
	if han(a) && han(b) {
		if slot := find(a, b); slot != nil {
			return float64(int8(slot[at])) / 10
		}
	}
	return 0
}

func han(r rune) bool { return r >= 0x4E00 && r <= 0x9FFF || unicode.Is(unicode.Han, r) }

func find(a, b rune) []byte {
	h := Hash(a, b)
	fp := Fingerprint(h)
	for i := h % Slots; ; i = (i + 1) % Slots {
		slot := table[i*SlotSize : (i+1)*SlotSize]
		switch uint16(slot[0]) | uint16(slot[1])<<8 {
		case 0:
			return nil
		case fp:
			return slot
		}
	}
}

// Hash spreads a pair over 32 bits.
func Hash(a, b rune) uint32 {
	h := uint64(a)<<21 | uint64(b)
	h *= 0x9E3779B97F4A7C15
	return uint32(h >> 32)
}

// Fingerprint of a hash: never 0.
func Fingerprint(h uint32) uint16 {
	h *= 0x85EBCA6B
	return uint16(h>>16) | 1
}
