// Package document turns a page's bytes into lines: it finds out the encoding
// or format, decodes, and keeps whatever geometry the source has.
package document

import (
	"strings"

	"broadsheet/pkg/newspaper"
)

// Line is one line of a page's text layer.
type Line struct {
	Number int            // 1-based; lines end at '\n' only
	Text   string         // valid UTF-8 without the line end; may be blank
	Box    *newspaper.Box // where the source has coordinates, else nil
	Size   float64        // font size in the box's unit; 0 when unknown
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
