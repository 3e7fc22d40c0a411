package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"broadsheet/pkg/fault"
)

// quotes open and close a phrase.
var quotes = map[rune]rune{'"': '"', '＂': '＂', '“': '”'}

// parseWords splits q at white space; what stands in quotes is one phrase.
func parseWords(q string) ([]Word, error) {
	if n := utf8.RuneCountInString(q); n > MaxQuery {
		return nil, fault.New(fault.Invalid, "q is %d characters long, more than %d", n, MaxQuery).On("q").Fix("look for the words that matter most")
	}
	var texts []string
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			texts = append(texts, word.String())
			word.Reset()
		}
	}
	var closing rune
	for _, r := range q {
		switch {
		case unicode.IsControl(r) && !unicode.IsSpace(r):
			return nil, fault.New(fault.Invalid, "q has a control character in it (%U)", r).On("q").Fix("take it out")
		case closing != 0 && r == closing:
			closing = 0
			end()
		case closing == 0 && quotes[r] != 0:
			end()
			closing = quotes[r]
		case closing == 0 && unicode.IsSpace(r):
			end()
		default:
			word.WriteRune(r)
		}
	}
	end()
	if closing != 0 {
		return nil, fault.New(fault.Invalid, "q opens a quote and does not close it").On("q").Fix("close it with %c, or take it out", closing)
	}
	return searchable(texts)
}

// searchable drops what has neither letters nor digits, like a stray comma.
func searchable(texts []string) ([]Word, error) {
	var words []Word
	for _, text := range texts {
		if tokens := Tokens(text); len(tokens) > 0 {
			words = append(words, Word{strings.TrimSpace(text), tokens})
		}
	}
	if len(words) == 0 && len(texts) > 0 {
		return nil, fault.New(fault.Invalid, "q has nothing that can be looked for: neither letters nor digits").On("q").Fix("give a word")
	}
	if len(words) > MaxWords {
		return nil, fault.New(fault.Invalid, "q has %d words, more than %d", len(words), MaxWords).On("q").Fix("look for the words that matter most")
	}
	return words, nil
}

// Bigrams reports whether the word can be looked up in the fields of character
// pairs: it is one unbroken run of at least two ideographs. Any other word, such
// as 雪, 第3版 or GDP, is looked up in the fields of single characters: in pairs,
// a character has no entry of its own beside its neighbours.
func (w Word) Bigrams() bool {
	if len(w.Tokens) < 2 {
		return false
	}
	for i, t := range w.Tokens {
		if !t.Ideograph || i > 0 && t.Start != w.Tokens[i-1].End {
			return false
		}
	}
	return true
}
