package typeset

import (
	"regexp"
	"strings"
	"unicode"
)

// Characters that may not begin or end a line (禁则).
const (
	neverFirst = "，。、；：？！,.;:?!”’）》」』〉】％%…—·"
	neverLast  = "“‘（《「『〈【"
)

func cells(r rune) int {
	if r >= 0x2E80 || strings.ContainsRune("“”‘’…—·×", r) {
		return 2
	}
	return 1
}

func measure(runes []rune) int {
	n := 0
	for _, r := range runes {
		n += cells(r)
	}
	return n
}

// paragraph sets a paragraph in the page's column.
func (p *page) paragraph(text string, owner int, gap gapClass) piece {
	if p.style.unwrapped {
		return piece{{text, owner, gap}}
	}
	var out piece
	for i, l := range wrap([]rune(text), p.width, p.width-4, p.style.squeeze) {
		if i == 0 && p.style.keepIndent {
			l = "　　" + l
		}
		out = append(out, setLine{p.justify(l), owner, inText})
	}
	out[0].gap = gap
	return out
}

// wrap breaks text into lines of a width, the first of another, keeping Latin
// words, numbers and the rules of line breaking.
func wrap(text []rune, width, first int, squeeze bool) []string {
	var out []string
	limit := first
	for len(text) > 0 {
		n, w := 0, 0
		for n < len(text) && w+cells(text[n]) <= limit {
			w += cells(text[n])
			n++
		}
		n = max(1, n)
		if n < len(text) {
			n = breakAt(text, n, squeeze)
		}
		out = append(out, strings.TrimRight(string(text[:n]), " "))
		text = text[n:]
		for len(text) > 0 && text[0] == ' ' {
			text = text[1:]
		}
		limit = width
	}
	return out
}

// breakAt moves a break to where the rules allow one.
func breakAt(text []rune, n int, squeeze bool) int {
	from := n
	if squeeze && strings.ContainsRune(neverFirst, text[n]) && (n+1 >= len(text) || !strings.ContainsRune(neverFirst, text[n+1])) {
		return n + 1 // one mark is squeezed in
	}
	for n > 1 && n > from-8 && (strings.ContainsRune(neverFirst, text[n]) || strings.ContainsRune(neverLast, text[n-1]) || inWord(text, n)) {
		n--
	}
	if n <= 1 || n <= from-8 {
		return from
	}
	return n
}

// inWord reports whether a break would cut a Latin word or a number.
func inWord(text []rune, n int) bool {
	word := func(r rune) bool {
		return r < 0x2E80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '.' || r == '%')
	}
	return word(text[n-1]) && word(text[n])
}

var number = regexp.MustCompile(`[0-9.]+%?`)

// spaced puts spaces around numbers as layers of justified text have them.
func (d drawn) spaced(p *page, text string) string {
	return number.ReplaceAllStringFunc(text, func(n string) string {
		switch {
		case !p.chance(d.digits):
			return n
		case p.r.IntN(3) == 0:
			return " " + n
		case p.r.IntN(2) == 0:
			return n + " "
		}
		return " " + n + " "
	})
}

// justify spreads some lines with spaces and sets others around their numbers.
func (p *page) justify(text string) string {
	if p.chance(p.style.justified) && !strings.ContainsAny(text, " 　") && length(text) > 6 {
		var b strings.Builder
		for i, r := range []rune(text) {
			if i > 0 && (cells(r) == 2 || r == ' ') {
				b.WriteByte(' ')
			}
			b.WriteRune(r)
		}
		return b.String()
	}
	return strings.TrimSpace(strings.ReplaceAll(p.style.spaced(p, text), "  ", " "))
}

// wrapHead breaks a headline into lines of about equal length, at phrases where
// it has them.
func (p *page) wrapHead(text string, limit int) []string {
	runes := []rune(text)
	total := measure(runes)
	if total <= limit {
		if total <= 12 && p.chance(.3) {
			return []string{strings.Join(strings.Split(strings.ReplaceAll(text, " ", ""), ""), " ")}
		}
		return []string{text}
	}
	lines := (total + limit - 1) / limit
	share := limit
	if p.chance(.6) {
		share = total/lines + 2
	}
	return wrap(runes, share, share, false)
}
