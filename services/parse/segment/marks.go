package segment

import (
	"strings"
	"unicode/utf8"
)

// What opens the items of a column and the sections of an article: marks, and headlines in
// brackets.

// itemMarks stand before the items of a column.
const itemMarks = "●◆▲■★◎○△□▶·"

var (
	itemMarkSet    = newRuneSet(itemMarks)
	sectionMarkSet = newRuneSet("■★▍【")
)

// markOf tells the marks of items, 0, from those of section names, 1; -1 where a text
// begins with neither.
func markOf(text string) int {
	switch r := firstRune(text); {
	case sectionMarkSet.has(r):
		return 1
	case itemMarkSet.has(r):
		return 0
	}
	return -1
}

// marked reports a mark that opens the items of a column.
func marked(text string) bool { return itemMarkSet.has(firstRune(text)) }

// opensItem reports a text that opens an item of a column: with a mark, or with its
// headline in brackets.
func opensItem(text string) bool {
	if marked(text) {
		return true
	}
	headline, _ := takeRunIn(text)
	return headline != ""
}

// takeRunIn cuts a headline in brackets off the beginning of a text: 【江滩公园试开放】昨日起….
// Names of columns, which are shorter, stay.
func takeRunIn(text string) (headline, rest string) {
	inside, ok := strings.CutPrefix(text, "【")
	if !ok {
		return "", text
	}
	headline, rest, ok = strings.Cut(inside, "】")
	if n := utf8.RuneCountInString(headline); !ok || n < 7 || n > 40 || visibleRunes(rest) < n {
		return "", text
	}
	return headline, strings.TrimLeft(rest, " ")
}
