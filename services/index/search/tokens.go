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
	Term      string // folded: simplified, half width, lower case
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

// fold makes a token half width and lower case. Most are ideographs, which have
// neither.
func fold(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if size == len(s) && r >= simplifiedFrom && r <= simplifiedTo {
		return s
	}
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return strings.ToLower(s)
	}
	return strings.ToLower(width.Fold.String(s))
}

// narrowed is Fold, and also returns the way back: from an offset into the folded
// text to one into the text. It must be asked for growing offsets.
func narrowed(text string) (string, func(int) int) {
	narrow := Fold(text)
	if narrow == text {
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
