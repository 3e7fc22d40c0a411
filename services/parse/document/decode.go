package document

import (
	"bytes"
	"context"
	"fmt"
	"mime"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"

	"broadsheet/pkg/fault"
)

// Limits of one page. A page over them is refused, whole, as too large: no
// newspaper page comes near, and what does is not a page.
const (
	MaxBytes = 32 << 20
	MaxLines = 100_000
)

// Decode turns a page's bytes into lines. mediaType is what the sender claims;
// the bytes decide. hint is the encoding the catalogue knows for the publication
// (utf-8, utf-16le, utf-16be, gb18030, big5 or empty); it wins over detection
// only where it is plausible.
//
// Errors are *fault.Error: Unsupported for sound input of another sort (PDF,
// XML, HTML, images), Corrupt for bytes that are no text, Invalid for a page
// without text, TooLarge for one over the limits.
func Decode(ctx context.Context, data []byte, mediaType, hint string) (*Document, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("decode the page: %w", err)
	}
	if len(data) > MaxBytes {
		return nil, fault.New(fault.TooLarge, "the page has %d bytes; the limit is %d", len(data), MaxBytes).
			Fix("upload one page at a time")
	}
	if err := checkSort(data, mediaType); err != nil {
		return nil, err
	}
	d := &Document{MediaType: "text/plain"}
	text, err := d.decodeText(data, hint)
	if err != nil {
		return nil, err
	}
	if !visible(text) {
		return nil, fault.New(fault.Invalid, "the page has no text").
			Fix("upload the page's text layer; a scan needs character recognition first")
	}
	if n := strings.Count(text, "\n"); n > MaxLines {
		return nil, fault.New(fault.TooLarge, "the page has %d lines; the limit is %d", n, MaxLines).
			Fix("upload one page at a time")
	}
	d.Lines = Lines(text)
	return d, nil
}

// unread are media types that mimetype places under text/plain but which are
// not pages of plain text.
var unread = []string{"text/html", "text/xml", "application/json", "application/x-ndjson", "text/rtf", "image/svg+xml", "application/postscript"}

// checkSort refuses what is not plain text. A short magic number ("BM" is a
// bitmap's) may open a text by chance, so printable UTF-8 counts as text
// unless it is a format that is itself made of printable characters.
func checkSort(data []byte, claimed string) error {
	found := mimetype.Detect(data)
	name, _, _ := strings.Cut(found.String(), ";")
	for m := found; m != nil; m = m.Parent() {
		for _, u := range unread {
			if m.Is(u) {
				return unsupported(name)
			}
		}
	}
	switch {
	case found.Is("application/pdf"):
		return unsupported(name)
	case name == "application/octet-stream", strings.HasPrefix(name, "text/"), isChildOfText(found), printable(data):
	default:
		return unsupported(name)
	}
	// Markup fragments escape detection by their first bytes; the claim and a
	// leading '<' together do not.
	claim, _, _ := mime.ParseMediaType(claimed)
	markup := strings.HasSuffix(claim, "html") || strings.HasSuffix(claim, "xml")
	if markup && bytes.HasPrefix(bytes.TrimSpace(data), []byte("<")) {
		return unsupported(claim)
	}
	return nil
}

func isChildOfText(m *mimetype.MIME) bool {
	for ; m != nil; m = m.Parent() {
		if m.Is("text/plain") {
			return true
		}
	}
	return false
}

func unsupported(mediaType string) error {
	return fault.New(fault.Unsupported, "the page is %s, which this version does not read", mediaType).
		On("mediaType").Fix("upload the page's text layer as plain text")
}

func printable(data []byte) bool {
	if !utf8.Valid(data) {
		return false
	}
	return bytes.IndexFunc(data, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }) < 0
}

// visible reports whether text has anything a reader could see.
func visible(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool {
		return !unicode.IsSpace(r) && !unicode.IsControl(r) && !unicode.Is(unicode.Cf, r)
	}) >= 0
}
