package entity

import (
	"unicode"
	"unicode/utf8"

	"broadsheet/services/parse/entity/lexicon"
)

// text is a string as the tagger sees it: its code points, folded, without the
// blanks that set a two-character name to three characters' width.
type text struct {
	value string
	runes []rune   // RuneError for each byte that is no UTF-8, as range and utf8 count them
	bytes []int32  // byte offset of each code point, and the length
	fold  []uint16 // folded, some blanks left out
	at    []int32  // code point of each folded character, and the number of code points
}

func newText(value string, lex *lexicon.Lexicon) *text {
	n := utf8.RuneCountInString(value)
	t := &text{value: value, runes: make([]rune, 0, n), bytes: make([]int32, 0, n+1), fold: make([]uint16, 0, n), at: make([]int32, 0, n+1)}
	for i, r := range value {
		t.runes = append(t.runes, r)
		t.bytes = append(t.bytes, int32(i))
	}
	t.bytes = append(t.bytes, int32(len(value)))
	for i := 0; i < n; i++ {
		t.fold = append(t.fold, lex.Fold(t.runes[i]))
		t.at = append(t.at, int32(i))
		if j := t.spacedName(i, lex); j > 0 {
			i = j - 1 // go on with the given name
		}
	}
	t.at = append(t.at, int32(n))
	return t
}

// spacedName is where the given name stands when i is a family name alone, with
// blanks and one more character alone after it (刘　亮); else 0.
func (t *text) spacedName(i int, lex *lexicon.Lexicon) int {
	if !t.han(i) || t.han(i-1) || !t.blank(i+1) {
		return 0
	}
	j := i + 1
	for t.blank(j) && j-i <= 3 {
		j++
	}
	if !t.han(j) || t.han(j+1) || lex.Words.Lookup([]uint16{lex.Fold(t.runes[i])})&lexicon.Surname == 0 {
		return 0
	}
	return j
}

func (t *text) rune(i int) rune {
	if i < 0 || i >= len(t.runes) {
		return 0
	}
	return t.runes[i]
}

func (t *text) han(i int) bool   { return unicode.Is(unicode.Han, t.rune(i)) }
func (t *text) blank(i int) bool { r := t.rune(i); return r == ' ' || r == '\u3000' || r == '\u00a0' }

// slice is the text of the code points from start to end.
func (t *text) slice(start, end int) string { return t.value[t.bytes[start]:t.bytes[end]] }

// longestSentence bounds what is labelled at once, in characters.
const longestSentence = 400

// sentences calls yield with the bounds of each sentence, in folded characters.
func (t *text) sentences(yield func(start, end int)) {
	start := 0
	for i, c := range t.fold {
		if c == '\n' || c == '。' || c == '！' || c == '!' || c == '？' || c == '?' || c == '；' || c == ';' || i+1-start == longestSentence {
			yield(start, i+1)
			start = i + 1
		}
	}
	if start < len(t.fold) {
		yield(start, len(t.fold))
	}
}
