package segment

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"broadsheet/services/parse/internal/junction"
)

// commaTrait are marks that headlines hardly use.
var commaTrait = lineTraits.set("，。；,;")

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

// runeSet is a set that is asked about every character: one bit for each of the
// basic plane.
type runeSet [1 << 10]uint64

func newRuneSet(runes string) *runeSet {
	s := new(runeSet)
	for _, r := range runes {
		s[r>>6] |= 1 << (r & 63)
	}
	return s
}

// in reports a text with a character of the set.
func (s *runeSet) in(text string) bool {
	for _, r := range text {
		if s.has(r) {
			return true
		}
	}
	return false
}

// traits are sets of characters, a bit each: of a text, those that it has a character
// of. Every line is asked about them, so that its characters are looked at once for all.
type traits uint32

// traitTable says which of the sets each character of the basic plane is in.
type traitTable struct {
	of   [1 << 16]traits
	sets int
}

// set makes a set of characters and returns its bit.
func (t *traitTable) set(runes string) traits {
	bit := traits(1) << t.sets
	t.sets++
	for _, r := range runes {
		t.of[r] |= bit
	}
	return bit
}

func (t *traitTable) rune(r rune) traits {
	if uint32(r) < uint32(len(t.of)) {
		return t.of[r]
	}
	return 0
}

// in are the traits of a text.
func (t *traitTable) in(text string) traits {
	var has traits
	for _, r := range text {
		has |= t.rune(r)
	}
	return has
}

// lineTraits are asked about every line.
var lineTraits traitTable

func (s *runeSet) has(r rune) bool { return r < 1<<16 && r >= 0 && s[r>>6]&(1<<(r&63)) != 0 }

var (
	sentenceEndSet = newRuneSet(sentenceEnds)
	closerSet      = newRuneSet(closers)
	openerSet      = newRuneSet(openers)
	pauseSet       = newRuneSet(pauses)
	neverFirstSet  = newRuneSet(neverFirst)
	wideSet        = newRuneSet("“”‘’…—·×")
	openQuoteSet   = newRuneSet("“‘（《「『【")
	shutQuoteSet   = newRuneSet("”’）》」』】")
	particleSet    = newRuneSet("的了和在与及是为对将等以并于把被让从向到这个")
	skippedSet     = newRuneSet("“”‘’《》「」")
)

func isHan(r rune) bool {
	return r >= 0x4E00 && r <= 0x9FFF || r >= 0x3400 && r <= 0x4DBF || r == '〇' || r >= 0x20000 && r <= 0x3FFFF
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' || r >= '０' && r <= '９' }

func isLatin(r rune) bool {
	return r < 0x3000 && unicode.IsLetter(r) || r >= 'Ａ' && r <= 'ｚ' && unicode.IsLetter(r)
}

// isWide reports whether r takes a full cell of the setting, two half units.
func isWide(r rune) bool {
	return r >= 0x2E80 || r >= 0xB7 && wideSet.has(r)
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
	if isCollapsed(text) {
		return text
	}
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

// isCollapsed reports a text that collapse leaves alone: most lines are one.
func isCollapsed(text string) bool {
	last := ' '
	for _, r := range text {
		switch {
		case r == ' ':
			if last == ' ' {
				return false
			}
		case r > ' ' && r < 0x7F, r > 0x3000 && r < 0xFE00, r >= 0xFF01 && r <= 0xFF5E, wideSet.has(r):
		default:
			return false
		}
		last = r
	}
	return last != ' '
}

// tighten takes out the spaces that justification put into a collapsed line and
// keeps those that were printed:
//   - beside punctuation, digits and a lone character the setting made them;
//   - between two Latin words they are the language's;
//   - between longer Chinese phrases the editor set them (我爱我村 我爱我岗), unless
//     a word of a sentence is torn by it, or the whole line is spread, which it reports.
func tighten(text string) (tight string, spread bool) {
	if !strings.Contains(text, " ") {
		return text, false
	}
	tokens := strings.Split(text, " ")
	spread = isSpread(tokens)
	prose := strings.Contains(text, "，") || strings.Contains(text, "。")
	var b strings.Builder
	b.Grow(len(text))
	for i, token := range tokens {
		if i > 0 && !spread && (keepSpace(tokens[i-1], token) && !(prose && torn(tokens[i-1], token) && !unclosed(b.String())) || cutPhrase(tokens, i)) {
			b.WriteByte(' ')
		}
		b.WriteString(token)
	}
	return b.String(), spread
}

// torn reports a space between two characters that often stand in a row: in a sentence,
// but for its quotations, an extractor made it.
func torn(left, right string) bool {
	const often = .3
	a, b := lastRune(left), firstRune(right)
	return isHan(a) && isHan(b) && junction.Score(a, b) > often
}

// cutPhrase reports a space between phrases one of which the line's beginning or
// end cut down to one character: 岗 我爱我家.
func cutPhrase(tokens []string, i int) bool {
	if len(tokens) > 3 {
		return false
	}
	left, right := tokens[i-1], tokens[i]
	a, _ := utf8.DecodeLastRuneInString(left)
	b, _ := utf8.DecodeRuneInString(right)
	if !isHan(a) || !isHan(b) {
		return false
	}
	return i == 1 && hanCount(left) == 1 && hanRun(right) >= 3 || i == len(tokens)-1 && hanCount(right) == 1 && hanCount(left) >= 3 && len(right) == utf8.RuneLen(b)
}

// hanRun is how many Chinese characters a text begins with.
func hanRun(text string) int {
	n := 0
	for _, r := range text {
		if !isHan(r) {
			break
		}
		n++
	}
	return n
}

func keepSpace(left, right string) bool {
	a, _ := utf8.DecodeLastRuneInString(left)
	b, _ := utf8.DecodeRuneInString(right)
	switch {
	case isLatin(a) && isLatin(b):
		return true
	case isLatin(a) && isDigit(b):
		return latinEnd(left) >= 4 // Windows 10, but C919 and SH6 are one word that the setting took apart
	case isDigit(a) && isLatin(b):
		return latinStart(right) >= 4 // 5G, 100km
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

// latinEnd is the length of the Latin word that a text ends with.
func latinEnd(text string) int {
	n := 0
	for text != "" {
		r, size := utf8.DecodeLastRuneInString(text)
		if !isLatin(r) {
			break
		}
		text = text[:len(text)-size]
		n++
	}
	return n
}

// latinStart is the length of the Latin word that a text begins with.
func latinStart(text string) int {
	n := 0
	for _, r := range text {
		if !isLatin(r) {
			break
		}
		n++
	}
	return n
}

// isSpread reports a line most of whose characters stand alone: 动 城 市.
func isSpread(tokens []string) bool {
	single := 0
	for _, t := range tokens {
		if standsAlone(t) {
			single++
		}
	}
	return len(tokens) >= 4 && single*10 >= len(tokens)*7
}

// standsAlone reports a character, perhaps with marks, or a number.
func standsAlone(token string) bool {
	han, latin := 0, 0
	for _, r := range token {
		switch {
		case isHan(r):
			han++
		case isLatin(r):
			latin++
		}
	}
	return han <= 1 && latin <= 1
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
	if len(lines) == 1 {
		return lines[0]
	}
	var b strings.Builder
	size := 0
	for _, line := range lines {
		size += len(line) + 1
	}
	b.Grow(size)
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
		if sentenceEndSet.has(r) {
			return true
		}
		if !closerSet.has(r) {
			return false
		}
		text = text[:len(text)-size]
	}
	return false
}

func firstRune(text string) rune { r, _ := utf8.DecodeRuneInString(text); return r }
func lastRune(text string) rune  { r, _ := utf8.DecodeLastRuneInString(text); return r }
