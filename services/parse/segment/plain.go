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
	case r == '「':
		return '“'
	case r == '」':
		return '”'
	}
	return r
}

// plainForm maps a text character for character.
func plainForm(text string) string {
	for _, r := range text {
		if plainRune(r) != r {
			return strings.Map(plainRune, text)
		}
	}
	return text
}
