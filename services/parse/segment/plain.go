package segment

import (
	"strings"

	"broadsheet/services/parse/internal/script"
)

// plainRune is a character as the patterns of this package write it: simplified
// script, ASCII digits, full-width brackets and marks.
func plainRune(r rune) rune {
	switch {
	case r >= 0x4E00:
		if r >= '０' && r <= '９' {
			return r - '０' + '0'
		}
		return script.Simplified(r)
	case r == '(' || r == ')' || r == ',' || r == ':' || r == ';' || r == '?' || r == '!':
		return r - '(' + '（'
	case r == '\\':
		return '/' // 文\张三
	case r == '「':
		return '“'
	case r == '」':
		return '”'
	}
	return r
}

// dressedTrait are the characters that are not their own plain form.
var dressedTrait = func() traits {
	var dressed []rune
	for r := range rune(len(lineTraits.of)) {
		if plainRune(r) != r {
			dressed = append(dressed, r)
		}
	}
	return lineTraits.set(string(dressed))
}()

// plainForm maps a text character for character.
func plainForm(text string) string {
	if lineTraits.in(text)&dressedTrait == 0 {
		return text
	}
	return strings.Map(plainRune, text)
}
