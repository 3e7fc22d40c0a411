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
	var tokens []Token
	words := segment.NewWordSegmenterDirect([]byte(text))
	start := 0
	for words.Segment() {
		raw := words.Text()
		end := start + len(raw)
		switch words.Type() {
		case segment.None:
		case segment.Ideo, segment.Kana:
			// A run of katakana is one segment; the pairs are made of its characters.
			for at := start; at < end; {
				_, size := utf8.DecodeRuneInString(text[at:end])
				tokens = append(tokens, Token{Fold(text[at : at+size]), at, at + size, true})
				at += size
			}
		default:
			tokens = append(tokens, Token{Fold(raw), start, end, false})
		}
		start = end
	}
	return tokens
}

// Fold makes full-width letters and digits half-width, and all letters lower case.
func Fold(s string) string { return strings.ToLower(width.Fold.String(s)) }
