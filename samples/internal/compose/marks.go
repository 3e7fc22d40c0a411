package compose

import (
	"strings"
	"unicode/utf8"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

var markTypes = map[byte]string{'P': newspaper.PER, 'L': newspaper.LOC, 'O': newspaper.ORG, 'T': newspaper.TITLE}

// unmark takes the marks out of a text and returns them with their places.
func unmark(text string) (string, []newspaper.Mention, error) {
	var plain strings.Builder
	var mentions []newspaper.Mention
	at := 0 // code points written
	for text != "" {
		before, rest, found := strings.Cut(text, "{")
		plain.WriteString(before)
		at += utf8.RuneCountInString(before)
		if !found {
			break
		}
		name, after, closed := strings.Cut(rest, "}")
		kind := ""
		if name != "" {
			kind = markTypes[name[0]]
		}
		if !closed || kind == "" || len(name) == 1 {
			return "", nil, fault.New(fault.Invalid, "the mark {%s is not closed, empty or of no type", rest).Fix("write marks like {P王磊}; the types are P, L, O, T")
		}
		n := utf8.RuneCountInString(name) - 1
		mentions = append(mentions, newspaper.Mention{Type: kind, Text: name[1:], Start: at, End: at + n})
		plain.WriteString(name[1:])
		at += n
		text = after
	}
	return plain.String(), mentions, nil
}

// plain is for texts that Source.check has passed.
func plain(text string) string {
	text, _, _ = unmark(text)
	return text
}

// headline joins the lines of a headline.
func headline(text string) string { return strings.ReplaceAll(text, "/", "") }
