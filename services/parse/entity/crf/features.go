package crf

import (
	"math/bits"

	"broadsheet/services/parse/entity/lexicon"
)

// pad is how many characters of edge stand before and after a text.
const pad = 3

const edge = 1 // the folded character beyond the edges

// view is a text as the features see it. Slices are indexed by character, c
// shifted by pad.
type view struct {
	c      []uint16
	best   []int32  // cost of the cheapest division into words from here on
	step   []uint8  // length of its first word
	id     []uint32 // that word, hashed: what a word is does not depend on the other words
	words  []word
	at     []int32 // index into words
	tags   [][lexicon.ClassNumber]uint8
	sign   []uint32
	ahead  [][2]uint32 // what ends the phrase to the right: nearest organisation and place suffix
	longer [][lexicon.ClassNumber]uint8
	name   []uint8 // roles of the characters in names, shifted by pad
}

type word struct {
	id         uint32
	start, end int32
}

func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/2)
	}
	s = s[:n]
	clear(s)
	return s
}

// look prepares the view of a folded text.
func (v *view) look(lex *lexicon.Lexicon, text []uint16) {
	n := len(text)
	v.c = grow(v.c, n+2*pad)
	for i := range pad {
		v.c[i], v.c[n+pad+i] = edge, edge
	}
	copy(v.c[pad:], text)
	v.name = grow(v.name, n+2*pad)
	for i, c := range text {
		v.name[i+pad] = lex.NameChar(c)
	}
	v.best, v.step, v.id = grow(v.best, n+1), grow(v.step, n), grow(v.id, n)
	v.longer, v.tags = grow(v.longer, n), grow(v.tags, n)
	v.sign, v.ahead, v.at = grow(v.sign, n), grow(v.ahead, n+1), grow(v.at, n)
	v.match(lex.Words, text)
	v.divide(text)
	v.mark()
}

// unknownCost is the cost of a character that no word of the list covers.
const unknownCost = 160

// match walks the word list from every character: the longest word of each
// class, and the cheapest division into words.
func (v *view) match(words *lexicon.Trie, text []uint16) {
	for i := len(text) - 1; i >= 0; i-- {
		v.best[i], v.step[i], v.id[i] = v.best[i+1]+unknownCost, 1, uint32(text[i])
		var node, id uint32
		for j := i; j < len(text); j++ {
			if node = words.Next(node, text[j]); node == 0 {
				break
			}
			id = id*0x01000193 ^ uint32(text[j])
			class := words.Class(node)
			if class == 0 {
				continue
			}
			length := j + 1 - i
			for c := class; c != 0; c &= c - 1 {
				v.longer[i][bits.TrailingZeros32(uint32(c))] = uint8(length)
			}
			if cost := int32(words.Cost(node)) + v.best[j+1]; cost < v.best[i] {
				v.best[i], v.step[i], v.id[i] = cost, uint8(length), id
			}
		}
		v.ahead[i] = v.phraseEnd(i, text)
	}
}

// reach is how far ahead the end of a phrase is looked for.
const reach = 20

// phraseEnd is, for an organisation's and a place's suffix, the distance and
// first character of the nearest one ahead in the same phrase, packed; 0 for none.
func (v *view) phraseEnd(i int, text []uint16) [2]uint32 {
	var out [2]uint32
	if stops(text[i]) {
		return out
	}
	out = v.ahead[i+1]
	for k := range out {
		if d := out[k] & 0xFF; d >= reach {
			out[k] = 0
		} else if out[k] != 0 {
			out[k]++
		}
	}
	for k, class := range [2]int{orgSuffix, locSuffix} {
		if length := int(v.longer[i][class]); length > 0 && length < 16 {
			out[k] = uint32(text[i+length-1])<<8 | 1
		}
	}
	return out
}

var (
	orgSuffix = bits.TrailingZeros32(uint32(lexicon.OrgSuffix))
	locSuffix = bits.TrailingZeros32(uint32(lexicon.LocSuffix))
)

// stopTable holds what no name goes on after, but for a few.
var stopTable = func() (t [1 << 16]bool) {
	for c := range t[:0x3000] {
		t[c] = !(c >= 'a' && c <= 'z' || c == '0' || c == '-' || c == 0xB7)
	}
	for _, r := range "、，。！？；：“”‘’（）《》〈〉【】…—的在了是等为将把被对向从于和与及并或也都又就还" {
		t[r] = true
	}
	return t
}()

func stops(c uint16) bool { return stopTable[c] }

// divide lists the words of the cheapest division.
func (v *view) divide(text []uint16) {
	v.words = v.words[:0]
	for i := 0; i < len(text); {
		j := i + int(v.step[i])
		for k := i; k < j; k++ {
			v.at[k] = int32(len(v.words))
		}
		v.words = append(v.words, word{v.id[i], int32(i), int32(j)})
		i = j
	}
}

// Boundaries reports for each place between the characters of a folded text, and
// for its ends, whether a word of the cheapest division begins or ends there.
func Boundaries(lex *lexicon.Lexicon, text []uint16) []bool {
	var v view
	v.look(lex, text)
	at := make([]bool, len(text)+1)
	at[len(text)] = true
	for _, w := range v.words {
		at[w.start] = true
	}
	return at
}

// mark gives every character, for each class, its place in the longest word of
// that class, found from left to right; and a signature of them all.
func (v *view) mark() {
	var free [lexicon.ClassNumber]int
	for i := range v.tags {
		for k := 1; k < lexicon.ClassNumber; k++ {
			length := int(v.longer[i][k])
			if length == 0 || i < free[k] {
				continue
			}
			free[k] = i + length
			capped := uint8(min(length, 7)) << 2
			if length == 1 {
				v.tags[i][k] = capped | single
				continue
			}
			for j := i; j < i+length; j++ {
				v.tags[j][k] = capped | inside
			}
			v.tags[i][k], v.tags[i+length-1][k] = capped, capped|end // begin is 0
		}
		var sign uint32
		for k, t := range v.tags[i] {
			if t != 0 {
				sign = sign*31 + uint32(k)<<2 + uint32(t&3) + 1
			}
		}
		v.sign[i] = sign
	}
}

// maxFeatures bounds the number of features of one character.
const maxFeatures = 57

func mix(template, a, b uint32) uint32 {
	x := uint64(a)<<32 | uint64(b)
	x = (x ^ uint64(template)*0x9E3779B97F4A7C15) * 0xFF51AFD7ED558CCD
	x ^= x >> 32
	x *= 0xC4CEB9FE1A85EC53
	return uint32(x >> 32)
}

func pair(a, b uint16) uint32 { return uint32(a)<<16 | uint32(b) }

// features appends the hashed features of character i.
func (v *view) features(i int, f []uint32) []uint32 {
	c := v.c[i : i+7 : i+7] // c[3] is the character itself
	f = append(f,
		mix(1, uint32(c[3]), 0), mix(2, uint32(c[2]), 0), mix(3, uint32(c[4]), 0), mix(4, uint32(c[1]), 0), mix(5, uint32(c[5]), 0),
		mix(6, pair(c[1], c[2]), 0), mix(7, pair(c[2], c[3]), 0), mix(8, pair(c[3], c[4]), 0), mix(9, pair(c[4], c[5]), 0), mix(10, pair(c[2], c[4]), 0),
		mix(11, pair(c[1], c[2]), uint32(c[3])), mix(12, pair(c[2], c[3]), uint32(c[4])), mix(13, pair(c[3], c[4]), uint32(c[5])),
		mix(14, pair(c[1], c[2]), pair(c[3], c[4])), mix(15, pair(c[2], c[3]), pair(c[4], c[5])),
	)
	return v.nameFeatures(i, v.listFeatures(i, v.wordFeatures(i, f)))
}

// Roles of a character in names, as lexicon.NameChar packs them.
func family(n uint8) uint32  { return uint32(n & 3) }
func first(n uint8) uint32   { return uint32(n >> 2 & 3) }
func second(n uint8) uint32  { return uint32(n >> 4 & 3) }
func foreign(n uint8) uint32 { return uint32(n >> 6) }

// nameFeatures say how much the character and its neighbours are like a name of
// two or three characters that starts here, one or two before; and how much like
// a transliterated one.
func (v *view) nameFeatures(i int, f []uint32) []uint32 {
	n := v.name[i : i+7 : i+7]
	like := func(at int) uint32 { return family(n[at])<<4 | first(n[at+1])<<2 | second(n[at+2]) }
	return append(f,
		mix(40, like(3), 0), mix(41, like(2), 0), mix(42, like(1), 0),
		mix(43, foreign(n[2])<<4|foreign(n[3])<<2|foreign(n[4]), 0),
		mix(44, foreign(n[1])<<8|foreign(n[2])<<6|foreign(n[3])<<4|foreign(n[4])<<2|foreign(n[5]), 0))
}

func (v *view) wordFeatures(i int, f []uint32) []uint32 {
	at := int(v.at[i])
	w := v.words[at]
	place := uint32(inside)
	switch {
	case w.end-w.start == 1:
		place = single
	case int32(i) == w.start:
		place = begin
	case int32(i) == w.end-1:
		place = end
	}
	var before, after, after2, before2 uint32
	if at > 0 {
		before = v.words[at-1].id
	}
	if at > 1 {
		before2 = v.words[at-2].id
	}
	if at+1 < len(v.words) {
		after = v.words[at+1].id
	}
	if at+2 < len(v.words) {
		after2 = v.words[at+2].id
	}
	return append(f,
		mix(20, w.id, place), mix(21, before, place), mix(22, after, place),
		mix(23, before, w.id<<2|place), mix(24, w.id<<2|place, after), mix(25, before2, place), mix(26, after2, place))
}

func (v *view) listFeatures(i int, f []uint32) []uint32 {
	sign := v.sign[i]
	before, after := uint32(edge), uint32(edge)
	if i > 0 {
		before = v.sign[i-1]
	}
	if i+1 < len(v.sign) {
		after = v.sign[i+1]
	}
	f = append(f, mix(30, sign, 0), mix(31, before, sign), mix(32, sign, after), mix(33, sign, uint32(v.c[i+pad])))
	for k, t := range v.tags[i] {
		if t != 0 {
			f = append(f, mix(34, uint32(k), uint32(t)))
		}
	}
	org, loc := v.ahead[i][0], v.ahead[i][1]
	return append(f, mix(35, org, 0), mix(36, loc, 0), mix(37, org&0xFF, loc&0xFF), mix(38, sign, org&0xFF))
}
