// Package corpus reads labelled texts for training and measuring: one character
// a line, "character TAB tag" in BIO, a blank line between texts, packed with xz.
package corpus

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/therootcompany/xz"

	"broadsheet/pkg/newspaper"
)

// Text is one labelled text. Mentions count code points and have types of
// package newspaper.
type Text struct {
	Value    string
	Mentions []newspaper.Mention
}

// Types maps the type names of a corpus to ours; a name it lacks is no mention.
type Types map[string]string

// Ours are the types of corpora labelled by our guideline, and of those with
// PER, LOC and ORG only.
var Ours = Types{"PER": newspaper.PER, "LOC": newspaper.LOC, "ORG": newspaper.ORG, "TITLE": newspaper.TITLE}

// CLUENER maps the ten types of CLUENER2020.
var CLUENER = Types{
	"name": newspaper.PER, "address": newspaper.LOC, "scene": newspaper.LOC, "position": newspaper.TITLE,
	"organization": newspaper.ORG, "government": newspaper.ORG, "company": newspaper.ORG,
}

// ResumeNER maps the types of ResumeNER.
var ResumeNER = Types{"NAME": newspaper.PER, "ORG": newspaper.ORG, "TITLE": newspaper.TITLE, "LOC": newspaper.LOC}

// Read reads a corpus file.
func Read(path string, types Types) ([]Text, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := xz.NewReader(bufio.NewReader(f), 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	texts, err := parse(r, types)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return texts, nil
}

func parse(r io.Reader, types Types) ([]Text, error) {
	var texts []Text
	var b builder
	s := bufio.NewScanner(r)
	for n := 1; s.Scan(); n++ {
		line := s.Text()
		if strings.TrimSpace(line) == "" {
			texts = b.flush(texts)
			continue
		}
		char, tag, ok := strings.Cut(line, "\t")
		if !ok || utf8.RuneCountInString(char) != 1 {
			return nil, fmt.Errorf("line %d: %q is not a character, a TAB and a tag", n, line)
		}
		b.add(char, tag, types)
	}
	return b.flush(texts), s.Err()
}

type builder struct {
	value    strings.Builder
	length   int
	open     bool // the last mention may go on
	mentions []newspaper.Mention
}

func (b *builder) add(char, tag string, types Types) {
	part, kind, _ := strings.Cut(tag, "-")
	kind, known := types[kind]
	b.value.WriteString(char)
	b.length++
	switch {
	case !known:
		b.open = false
	case part == "I" && b.open && b.mentions[len(b.mentions)-1].Type == kind:
		m := &b.mentions[len(b.mentions)-1]
		m.End, m.Text = b.length, m.Text+char
	default:
		b.mentions = append(b.mentions, newspaper.Mention{Type: kind, Text: char, Start: b.length - 1, End: b.length})
		b.open = true
	}
}

func (b *builder) flush(texts []Text) []Text {
	if b.length > 0 {
		texts = append(texts, Text{b.value.String(), b.mentions})
	}
	*b = builder{}
	return texts
}
