package segment

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Classes of characters. Sets are strings: they are short, and they read as what
// they are.
const (
	sentenceEnds = "。！？!?…"
	closers      = "”’」』）)》〉】］]"
	openers      = "“‘「『（(《〈【［["
	pauses       = "，、；：,;:"
	// neverFirst may not begin a line by the rules of Chinese composition (禁则).
	neverFirst = "。！？，、；：!?,;:”’」』）)》〉】］]％%"
)

func in(set string, r rune) bool { return strings.ContainsRune(set, r) }

func isHan(r rune) bool {
	return r >= 0x4E00 && r <= 0x9FFF || r >= 0x3400 && r <= 0x4DBF || r == '〇' || r >= 0x20000 && r <= 0x3FFFF
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' || r >= '０' && r <= '９' }

func isLatin(r rune) bool {
	return r < 0x3000 && unicode.IsLetter(r) || r >= 'Ａ' && r <= 'ｚ' && unicode.IsLetter(r)
}

// isWide reports whether r takes a full cell of the setting, two half units.
func isWide(r rune) bool {
	return r >= 0x2E80 || in("“”‘’…—·×", r)
}

func cells(r rune) int {
	switch {
	case isWide(r):
		return 2
	case unicode.IsControl(r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r):
		return 0
	default:
		return 1
	}
}

// width is the length of a text in half units: 1 for a Latin letter or digit, 2
// for a Chinese character or punctuation mark.
func width(text string) int {
	n := 0
	for _, r := range text {
		n += cells(r)
	}
	return n
}

// collapse trims a line and makes every run of white space, of whatever kind,
// one ordinary space. Characters that cannot be seen go.
func collapse(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	pending := false
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			pending = b.Len() > 0
			continue
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			continue
		}
		if pending {
			b.WriteByte(' ')
			pending = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// tighten takes out the spaces that justification put into a collapsed line and
// keeps those that were printed:
//   - beside punctuation, digits and a lone character the setting made them;
//   - between two Latin words they are the language's;
//   - between longer Chinese phrases the editor set them (我爱我村 我爱我岗), unless
//     the whole line is spread.
func tighten(text string) string {
	if !strings.Contains(text, " ") {
		return text
	}
	tokens := strings.Split(text, " ")
	spread := isSpread(tokens)
	var b strings.Builder
	b.Grow(len(text))
	for i, token := range tokens {
		if i > 0 && !spread && keepSpace(tokens[i-1], token) {
			b.WriteByte(' ')
		}
		b.WriteString(token)
	}
	return b.String()
}

func keepSpace(left, right string) bool {
	a, _ := utf8.DecodeLastRuneInString(left)
	b, _ := utf8.DecodeRuneInString(right)
	switch {
	case isLatin(a) && isLatin(b):
		return true
	case isLatin(a) && isDigit(b), isDigit(a) && isLatin(b):
		// iPhone 14, but C919 and 5G are one word that the setting took apart.
		return len(left) > 2 && len(right) > 2 || len(left) > 3
	case isDigit(a) && isDigit(b):
		return true // two numbers
	case isHan(a) && isHan(b):
		return hanCount(left) > 1 && hanCount(right) > 1
	case in("”》」』！？!?", a) && (isHan(b) || in("“《「『", b)), isHan(a) && in("“《「『", b):
		// 发扬“三牛精神” 建设美丽乡村: phrases again, but only long ones.
		return hanCount(left) > 3 && hanCount(right) > 3
	}
	return false
}

// isSpread reports a line most of whose characters stand alone: 动 城 市 高 质 量.
func isSpread(tokens []string) bool {
	single := 0
	for _, t := range tokens {
		if hanCount(t) <= 1 {
			single++
		}
	}
	return len(tokens) >= 4 && single*10 >= len(tokens)*7
}

func hanCount(text string) int {
	n := 0
	for _, r := range text {
		if isHan(r) {
			n++
		}
	}
	return n
}

// appendWrapped adds the next line of a wrapped text. Chinese wraps anywhere and
// needs nothing between; Latin words need their space; a hyphen that broke a word
// goes.
func appendWrapped(b *strings.Builder, last rune, line string) {
	first, _ := utf8.DecodeRuneInString(line)
	if isLatin(last) && isLatin(first) {
		b.WriteByte(' ')
	}
	b.WriteString(line)
}

// unwrap joins tightened lines into one text.
func unwrap(lines []string) string {
	var b strings.Builder
	var last, before rune
	for i, line := range lines {
		first, _ := utf8.DecodeRuneInString(line)
		if i > 0 && last == '-' && isLatin(before) && unicode.IsLower(first) {
			joined := strings.TrimSuffix(b.String(), "-")
			b.Reset()
			b.WriteString(joined)
			b.WriteString(line)
		} else {
			appendWrapped(&b, last, line)
		}
		var size int
		last, size = utf8.DecodeLastRuneInString(line)
		before, _ = utf8.DecodeLastRuneInString(line[:len(line)-size])
	}
	return b.String()
}

// endsSentence reports whether text ends as a paragraph does: with a sentence's
// final mark, perhaps inside closing quotes or brackets.
func endsSentence(text string) bool {
	for text != "" {
		r, size := utf8.DecodeLastRuneInString(text)
		if in(sentenceEnds, r) {
			return true
		}
		if !in(closers, r) {
			return false
		}
		text = text[:len(text)-size]
	}
	return false
}

func firstRune(text string) rune { r, _ := utf8.DecodeRuneInString(text); return r }
func lastRune(text string) rune  { r, _ := utf8.DecodeLastRuneInString(text); return r }
