package typeset

import (
	"regexp"
	"strings"
	"unicode"

	"broadsheet/services/parse/eval"
	"broadsheet/services/parse/internal/junction"
)

// Characters that may not begin or end a line (禁则).
const (
	neverFirst = "，。、；：？！,.;:?!”’）》」』〉】)％%…—·"
	neverLast  = "“‘（《「『〈【("
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
		return piece{{p.style.indent + text, owner, eval.RolePara, gap}}
	}
	var out piece
	for i, l := range p.wrap([]rune(text), p.width, p.width-p.style.shortFirst, p.style.squeeze) {
		l, role := p.justify(l), eval.RoleCont
		if i == 0 {
			l, role = p.style.indent+l, eval.RolePara
		}
		out = append(out, setLine{l, owner, role, inText})
	}
	out[0].gap = gap
	return out
}

// wrap breaks text into lines of a width, the first of another, keeping Latin
// words, numbers and the rules of line breaking.
func (p *page) wrap(text []rune, width, first int, squeeze bool) []string {
	var out []string
	limit := first
	for len(text) > 0 {
		n, w := 0, 0
		for n < len(text) && w+cells(text[n]) <= limit {
			w += cells(text[n])
			n++
		}
		n = max(1, n)
		if n < len(text) && !p.chance(p.style.Careless) {
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
		return (r < 0x2E80 || r >= '０' && r <= 'ｚ') && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '.' || r == '%')
	}
	return word(text[n-1]) && word(text[n])
}

var number = regexp.MustCompile(`[0-9.]+%?`)

// spaced puts spaces around numbers as layers of justified text have them.
func (d drawn) spaced(p *page, text string) string {
	if !strings.ContainsAny(text, "0123456789") {
		return text
	}
	return number.ReplaceAllStringFunc(text, func(n string) string {
		switch {
		case n == "." || !p.chance(d.digits):
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
		return spread(text)
	}
	return strings.TrimSpace(strings.ReplaceAll(p.style.spaced(p, text), "  ", " "))
}

// spread sets a space between the characters of a line, not inside numbers and
// Latin words: 动 城 市.
func spread(text string) string {
	var b strings.Builder
	for i, r := range []rune(text) {
		if i > 0 && cells(r) == 2 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// wrapText breaks a kicker or deck into lines as a text is.
func (p *page) wrapText(text string, limit int) []string {
	return p.wrap([]rune(text), limit, limit, p.style.squeeze)
}

// wrapHead breaks a headline into up to four lines of about equal length, at
// phrases where it has them.
func (p *page) wrapHead(text string, limit int) []string {
	runes := []rune(text)
	total := measure(runes)
	limit = max(limit, (total+3)/4+2)
	if total <= limit {
		if total <= 14 && p.chance(p.style.SpreadHeads) {
			return []string{spread(strings.ReplaceAll(text, " ", ""))}
		}
		return []string{text}
	}
	if at := strings.IndexByte(text, ' '); at > 0 && strings.Count(text, " ") == 1 && p.chance(.7) {
		// Two phrases are two lines, or more where they are long.
		return append(p.wrapHead(text[:at], limit), p.wrapHead(text[at+1:], limit)...)
	}
	lines := (total + limit - 1) / limit
	share := limit
	if p.chance(.7) {
		share = total/lines + 2
	}
	if p.chance(.35) {
		return p.wrap(runes, share, share, false)
	}
	return breakAtWords(runes, lines, share)
}

// breakAtWords breaks a headline into so many lines as an editor does: between
// words, where the two characters hardly belong together.
func breakAtWords(runes []rune, lines, share int) []string {
	var out []string
	for ; lines > 1 && measure(runes) > share/2; lines-- {
		target, w := 0, 0
		for target < len(runes) && w < measure(runes)/lines {
			w += cells(runes[target])
			target++
		}
		best, least := target, 1e9
		for at := max(3, target-4); at <= min(len(runes)-3, target+4); at++ {
			if inWord(runes, at) || strings.ContainsRune(neverFirst, runes[at]) || strings.ContainsRune(neverLast, runes[at-1]) {
				continue
			}
			away := at - target
			cost := junction.Score(runes[at-1], runes[at]) + .25*float64(max(away, -away))
			if strings.ContainsRune("，：", runes[at-1]) || runes[at] == ' ' {
				cost -= 4
			}
			if cost < least {
				best, least = at, cost
			}
		}
		if best < 1 || best >= len(runes) {
			break
		}
		out = append(out, strings.TrimSpace(string(runes[:best])))
		runes = []rune(strings.TrimSpace(string(runes[best:])))
	}
	if len(runes) > 0 {
		out = append(out, string(runes))
	}
	return out
}
