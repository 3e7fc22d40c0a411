package corpus

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"broadsheet/pkg/newspaper"
)

var marked = regexp.MustCompile(`\[([^\[\]]+)/([A-Z]+)\]`)

// Markup reads texts with their names marked, one a line, as "broadsheet entities
// --lines --pretty" prints them: [交城县/LOC]召开会议. Lines that begin with # and
// empty ones are left out, as are DATE marks (their text stays).
func Markup(r io.Reader) ([]Text, error) {
	var texts []Text
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<24)
	for n := 1; s.Scan(); n++ {
		line := strings.TrimSpace(string([]rune(s.Text()))) // every byte that is no UTF-8 is one character
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		t, err := unmark(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		texts = append(texts, t)
	}
	return texts, s.Err()
}

func unmark(line string) (Text, error) {
	var t Text
	var value strings.Builder
	length, at := 0, 0
	add := func(s string) {
		value.WriteString(s)
		length += utf8.RuneCountInString(s)
	}
	for _, m := range marked.FindAllStringSubmatchIndex(line, -1) {
		add(line[at:m[0]])
		name, kind := line[m[2]:m[3]], line[m[4]:m[5]]
		start := length
		add(name)
		at = m[1]
		switch {
		case kind == newspaper.DATE:
		case Ours[kind] == "":
			return Text{}, fmt.Errorf("%q: the type %s is none of PER, LOC, ORG, TITLE", name, kind)
		default:
			t.Mentions = append(t.Mentions, newspaper.Mention{Type: kind, Text: name, Start: start, End: length})
		}
	}
	add(line[at:])
	t.Value = value.String()
	return t, nil
}
