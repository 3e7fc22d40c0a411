package segment

import (
	"regexp"
	"strings"
)

// What stays in lines: verse and lists, and what stands under a notice.

const (
	shortestVerse = 7 // lines: more than a headline with kicker and deck has of one width
	verseSpread   = 6 // half units between its longest and its shortest line
	widestVerse   = 44
	shortestPoem  = 4 // lines under its author's name
	widestPoem    = 36
	shortestList  = 3 // lines
	widestList    = 84
	shortestTable = 4 // rows
	widestSigner  = 30
)

// keepLines makes a paragraph of every run of display lines that is no headline: of
// more lines of about one width than any has, under the name of who wrote them, with
// names in a row, or rows of figures. The name and the date under a notice become its
// text's, and so does what closes a letter.
func keepLines(blocks []*block, m *model) []*block {
	out := blocks[:0:0]
	for i := 0; i < len(blocks); {
		if n, rows := keptLen(blocks[i:], i > 0 && (blocks[i-1].named || blocks[i-1].under != nil)); n > 0 {
			b := &block{kind: paraBlock, verse: true, rows: rows, tag: blocks[i].tag}
			for _, l := range blocks[i : i+n] {
				b.lines, b.extra, b.jumps = append(b.lines, l.lines...), append(append(b.extra, l.extra...), l.under...), append(b.jumps, l.jumps...)
			}
			b.finish(m)
			out = append(out, b)
			i += n
			continue
		}
		if n := max(signedLen(blocks[i:]), closedLen(blocks[i:])); n > 0 && len(out) > 0 && out[len(out)-1].endsAbove(blocks[i].first()) {
			p := out[len(out)-1]
			for _, l := range blocks[i : i+n] {
				p.tail = append(p.tail, l.lines...)
				p.extra = append(p.extra, l.extra...)
			}
			p.text, p.closed = p.joined(), true
			i += n
			continue
		}
		out = append(out, blocks[i])
		i++
	}
	return out
}

// endsAbove reports a paragraph that is at its end and stands over a line with all it has.
func (b *block) endsAbove(l *line) bool {
	return b.kind == paraBlock && !b.unfinished && b.lines[len(b.lines)-1].number < l.number
}

// keptLen is how many display lines from the first on stay lines, 0 when none do, and
// whether they are rows of a table. named: a name stands over them.
func keptLen(blocks []*block, named bool) (n int, rows bool) {
	if n := verseLen(blocks); n >= shortestVerse {
		return n, tableLen(blocks) == n
	}
	if named {
		if n := poemLen(blocks); n >= shortestPoem {
			return n, false
		}
	}
	if n := tableLen(blocks); n > 0 {
		return n, true
	}
	return listLen(blocks), false
}

// figureField is a row's figure with what it counts: 76.31, 12元, 5注.
var figureField = regexp.MustCompile(`^[+\-]?[0-9][0-9.,:\-]*[\p{Han}%％℃]{0,2}$`)

// isRow reports a row of a table: a few words with a figure at their end, 豆角 7.74, set
// apart by spaces.
func isRow(l *line) bool {
	if l.ends || l.commas > 0 || l.width > widestList || !strings.Contains(l.raw, " ") {
		return false
	}
	fields := strings.Fields(plainForm(l.raw))
	return len(fields) >= 2 && len(fields) <= 10 && figureField.MatchString(fields[len(fields)-1])
}

// tableLen is how many display lines are rows of a table, its heading of several words
// included.
func tableLen(blocks []*block) int {
	n := 0
	if l := blocks[0].first(); blocks[0].kind == headBlock && !isRow(l) && len(strings.Fields(l.raw)) >= 3 {
		n = 1
	}
	rows := 0
	for n < len(blocks) && blocks[n].kind == headBlock && (blocks[n].tag == "" || n == 0) && isRow(blocks[n].first()) {
		n++
		rows++
	}
	if rows < shortestTable {
		return 0
	}
	return n
}

// poemLen is how many short display lines there are before the next name.
func poemLen(blocks []*block) int {
	for i, b := range blocks {
		if b.kind != headBlock || b.first().width > widestPoem || i > 0 && (blocks[i-1].under != nil || b.tag != "") {
			return i
		}
	}
	return len(blocks)
}

// listLen is how many display lines are a list: half of them and more are names in a row.
func listLen(blocks []*block) int {
	n, names := 0, 0
	for i, b := range blocks {
		if b.kind != headBlock || b.first().width > widestList || b.tag != "" && i > 0 {
			break
		}
		if isNames(b.first()) {
			names++
			n = i + 1
		} else if i > 0 && !isNames(blocks[i-1].first()) || i == 0 && !labelsNames(blocks) {
			break // two lines in a row without names
		}
	}
	if n < shortestList || names*2 < n {
		return 0
	}
	return n
}

// labelsNames reports a first line that says whose names follow, 东城区（4名）, and is no
// headline of the list.
func labelsNames(blocks []*block) bool {
	l := blocks[0].first()
	return l.width <= 20 && strings.Contains(l.plain, "（") && len(blocks) > 1 && isNames(blocks[1].first())
}

// isNames reports a line of three names or more: 一等奖：张三 李四 王小五.
func isNames(l *line) bool {
	raw := l.raw
	if _, rest, ok := strings.Cut(raw, "："); ok {
		raw = rest
	}
	if strings.Count(raw, " ") < 2 {
		return false
	}
	words := groupNames(strings.Fields(raw))
	names := 0
	for _, w := range words {
		if r := firstRune(w); looksLikeName(w) && (isSurname(r) || compoundSurname(w)) {
			names++
		}
	}
	return names >= 3 && names*4 >= len(words)*3
}

// verseLen is how many display lines from the first on are about as wide as each other.
func verseLen(blocks []*block) int {
	low, high := widestVerse, 0
	for i, b := range blocks {
		if b.kind != headBlock || b.first().width > widestVerse || b.tag != "" && i > 0 {
			return i
		}
		low, high = min(low, b.first().width), max(high, b.first().width)
		if high-low > verseSpread {
			return i
		}
	}
	return len(blocks)
}

// closings are what letters close with, over the name.
var closings = regexp.MustCompile(`^(?:此致敬礼|此致|敬礼|顺颂[\p{Han}]{2}|[敬谨]?[颂祝][\p{Han}]{2,4}[安祺康好利])[！!]?$`)

var closingFirst = newRuneSet("此敬顺谨颂祝")

// closedLen is how many lines close a letter: 此致, 敬礼, who writes and when.
func closedLen(blocks []*block) int {
	n := 0
	for n < len(blocks) && blocks[n].kind == headBlock && closingFirst.has(firstRune(blocks[n].plain)) && closings.MatchString(compact(blocks[n].plain)) {
		n++
	}
	if n == 0 {
		return 0
	}
	for most := n + 2; n < min(most, len(blocks)); n++ {
		if b := blocks[n]; b.kind != headBlock || !b.first().lone && !b.signs && !strings.Contains(b.plain, "读者") || b.first().width > widestSigner {
			break
		}
	}
	return n
}

// signedLen is how many lines sign a notice: an office's name or two and a date.
func signedLen(blocks []*block) int {
	for i, b := range blocks[:min(3, len(blocks))] {
		if b.kind != headBlock || b.first().width > widestVerse {
			return 0
		}
		if bareDate.MatchString(compact(b.plain)) {
			return i + 1
		}
		if !b.signs {
			return 0
		}
	}
	return 0
}
