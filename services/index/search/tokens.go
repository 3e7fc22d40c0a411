package search

import (
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/segment"
	"golang.org/x/text/width"
)

// Token is a word of a text in the sense of Unicode's text segmentation (UAX 29),
// which the stores' analysers follow: an ideograph or kana on its own, a run of
// letters or digits together. Punctuation is no token.
type Token struct {
	Term      string // folded: half width, lower case
	Start     int    // byte offsets into the text, End exclusive
	End       int
	Ideograph bool
}

// Tokens splits a text into its tokens.
func Tokens(text string) []Token {
	narrow, at := narrowed(text)
	words := segment.NewWordSegmenterDirect([]byte(narrow))
	tokens := make([]Token, 0, len(text)/3)
	start := 0
	for words.Segment() {
		raw := words.Text()
		end := start + len(raw)
		switch words.Type() {
		case segment.None:
		case segment.Ideo, segment.Kana:
			// A run of katakana is one segment; the pairs are made of its characters.
			for i := start; i < end; {
				_, size := utf8.DecodeRuneInString(narrow[i:end])
				tokens = append(tokens, Token{fold(narrow[i : i+size]), at(i), at(i + size), true})
				i += size
			}
		default:
			tokens = append(tokens, Token{fold(raw), at(start), at(end), false})
		}
		start = end
	}
	return tokens
}

func fold(s string) string { return strings.ToLower(width.Fold.String(s)) }

// Narrow prepares a text for being split: full-width letters, digits and full
// stops become half-width, because the segmentation takes full-width digits for
// signs in some versions and for digits in others; full-width commas and colons,
// which it takes for parts of numbers and words, become a plain separator.
func Narrow(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return narrowOf(r) != r }) {
		return text
	}
	return strings.Map(narrowOf, text)
}

func narrowOf(r rune) rune {
	switch {
	case r >= '０' && r <= '９', r >= 'Ａ' && r <= 'Ｚ', r >= 'ａ' && r <= 'ｚ', r == '．':
		return r - 0xFEE0
	case r == '，', r == '：', r == '；':
		return '、'
	}
	return r
}

// narrowed is Narrow, and also returns the way back: from an offset into the narrow text to one
// into the text. It must be asked for growing offsets.
func narrowed(text string) (string, func(int) int) {
	narrow := Narrow(text)
	if len(narrow) == len(text) {
		return narrow, func(i int) int { return i }
	}
	from, to := 0, 0 // the same place in narrow and in text
	return narrow, func(i int) int {
		for from < i {
			_, n := utf8.DecodeRuneInString(narrow[from:])
			_, t := utf8.DecodeRuneInString(text[to:])
			from, to = from+n, to+t
		}
		return to
	}
}
