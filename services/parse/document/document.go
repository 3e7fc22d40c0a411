// Package document turns a page's bytes into lines: it finds out the encoding
// or format, decodes, and keeps whatever geometry the source has.
package document

import (
	"strings"
	"unicode"

	"broadsheet/pkg/newspaper"
)

// Line is one line of a page's text layer.
type Line struct {
	Number int            // 1-based; lines end at '\n' only
	Text   string         // valid UTF-8 without the line end; may be blank
	Box    *newspaper.Box // where the source has coordinates, else nil
	Size   float64        // font size in the box's unit; 0 when unknown
}

// Blank reports whether the line holds nothing but white space.
func (l Line) Blank() bool {
	return strings.IndexFunc(l.Text, func(r rune) bool { return !unicode.IsSpace(r) }) < 0
}

// Document is a decoded page.
type Document struct {
	Lines     []Line
	MediaType string   // what the bytes turned out to be, e.g. text/plain
	Encoding  string   // utf-8, utf-16le, utf-16be, gb18030, big5
	Warnings  []string // what was odd, for ops
}

// Text is the page's text in UTF-8, each line ended by '\n'.
func (d *Document) Text() string {
	var b strings.Builder
	for _, l := range d.Lines {
		b.WriteString(l.Text)
		b.WriteByte('\n')
	}
	return b.String()
}

// Lines cuts decoded text into lines. Only '\n' ends a line: a form feed, U+0085,
// U+2028 and vertical tabs occur inside the text of real pages. One '\r' before
// the '\n' belongs to the line end. What follows the last '\n' is a line only if
// there is something.
func Lines(text string) []Line {
	lines := make([]Line, 0, strings.Count(text, "\n")+1)
	for text != "" {
		line, rest, _ := strings.Cut(text, "\n")
		lines = append(lines, Line{Number: len(lines) + 1, Text: strings.TrimSuffix(line, "\r")})
		text = rest
	}
	return lines
}
