// Package junction says how naturally two characters stand next to each other
// in Chinese news. It tells a line break that a column's width forced into a
// sentence from one between two texts.
package junction

import (
	_ "embed"
	"unicode"
)

// table is built by ./build: slots of 3 bytes, a 16-bit fingerprint of the pair
// and its score in tenths; a fingerprint of 0 is an empty slot. Lookup probes
// linearly.
//
//go:embed table.bin
var table []byte

const (
	slotSize = 3
	// unseen is the score of two Chinese characters that the corpus never shows
	// together: about a tenth as likely within a sentence as by chance.
	unseen = -1.2
)

// Score is the log of how much likelier b follows a inside a sentence than it
// would by chance, from -1.2 (never seen) to 5. Pairs with digits, Latin letters
// or punctuation say nothing: 0.
func Score(a, b rune) float64 {
	if !unicode.Is(unicode.Han, a) || !unicode.Is(unicode.Han, b) {
		return 0
	}
	h := Hash(a, b)
	slots := uint32(len(table) / slotSize)
	fp := Fingerprint(h)
	for i := h % slots; ; i = (i + 1) % slots {
		slot := table[i*slotSize : (i+1)*slotSize]
		found := uint16(slot[0]) | uint16(slot[1])<<8
		switch found {
		case 0:
			return unseen
		case fp:
			return float64(int8(slot[2])) / 10
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
