package compose

import (
	"math/rand/v2"
	"strings"
	"unicode"
)

const (
	closers = "，。、；：？！）》〉”’」』】〕…％%"
	openers = "（《〈“‘「『【〔"
)

// cells is a character's width in half units: a Han character has two.
func cells(r rune) int {
	if r < 0x2E80 && !strings.ContainsRune("“”‘’…—·", r) {
		return 1
	}
	return 2
}

func width(runes []rune) int {
	n := 0
	for _, r := range runes {
		n += cells(r)
	}
	return n
}

// squeeze is how much narrower a line's punctuation can be set.
func squeeze(runes []rune) int {
	n := 0
	for _, r := range runes {
		if strings.ContainsRune(closers+openers, r) {
			n++
		}
	}
	return n
}

// wrap breaks a paragraph into lines of a measure in half units; the first is
// indent shorter. Closing marks begin no line and opening ones end none: such a
// line is squeezed or stays short, as it is in print. Numbers stay whole.
func wrap(text string, measure, indent int, rng *rand.Rand) []string {
	var lines []string
	rest := []rune(text)
	room := measure - indent
	for len(rest) > 0 {
		n := breakAt(rest, room, rng)
		lines = append(lines, strings.TrimRight(string(rest[:n]), " "))
		rest = rest[n:]
		for len(rest) > 0 && rest[0] == ' ' {
			rest = rest[1:]
		}
		room = measure
	}
	return lines
}

func breakAt(rest []rune, room int, rng *rand.Rand) int {
	n, used := 0, 0
	for n < len(rest) && used+cells(rest[n]) <= room {
		used += cells(rest[n])
		n++
	}
	if n == len(rest) {
		return n
	}
	// What fits when the punctuation gives way: always for a closing mark, now
	// and then for a character more.
	for n < len(rest) {
		over := used + cells(rest[n]) - room
		give := min(2, squeeze(rest[:n+1])-1)
		closes := strings.ContainsRune(closers, rest[n])
		if over > give || !closes && rng.IntN(3) > 0 {
			break
		}
		used += cells(rest[n])
		n++
	}
	most := n
	for n > 1 && n < len(rest) && !breakable(rest[n-1], rest[n]) {
		n--
	}
	if n == 1 {
		return most
	}
	return n
}

func breakable(before, after rune) bool {
	switch {
	case strings.ContainsRune(closers, after), strings.ContainsRune(openers, before):
		return false
	case before == '—' && after == '—':
		return false
	}
	return !isWord(before) || !isWord(after)
}

// isWord reports characters of numbers and Latin words.
func isWord(r rune) bool {
	return r < 0x80 && (unicode.IsDigit(r) || unicode.IsLetter(r) || r == '.' || r == '%' || r == '-')
}

// loosen puts blanks between all characters of a line, as justification does
// with a line that has too few of them.
func loosen(line string) string {
	var b strings.Builder
	before := ' '
	for _, r := range line {
		if before != ' ' && r != ' ' && (!isWord(before) || !isWord(r)) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		before = r
	}
	return b.String()
}

// spaceNumbers puts blanks around some of a line's numbers, as extraction does
// where the typesetter's program left a thin space between scripts.
func spaceNumbers(line string, rng *rand.Rand) string {
	var b strings.Builder
	before := ' '
	for _, r := range line {
		border := unicode.Is(unicode.Han, before) && unicode.IsDigit(r) || unicode.IsDigit(before) && unicode.Is(unicode.Han, r)
		if border && rng.IntN(100) < 60 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		before = r
	}
	return b.String()
}

// spreadNames sets two-character names as wide as those of three.
func spreadNames(text string, names []newName, rng *rand.Rand) string {
	for _, n := range names {
		if r := []rune(string(n)); len(r) == 2 && rng.IntN(2) == 0 {
			text = strings.Replace(text, string(n), string(r[0])+" "+string(r[1]), 1)
		}
	}
	return text
}

type newName string
