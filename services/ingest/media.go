package ingest

import (
	"bytes"
	"mime"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	xunicode "golang.org/x/text/encoding/unicode"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// Media types of pages.
const (
	typeText = "text/plain"
	typeHTML = "text/html"
	typeXML  = "application/xml"
	typePDF  = "application/pdf"
)

// refusedText are sorts that detection files under text but that are no pages.
var refusedText = []string{"image/svg+xml", "application/json", "application/x-ndjson", "text/rtf", "application/postscript"}

// sniff finds out what a page is: text in any encoding, HTML, XML or PDF. The
// bytes decide; the declared type may only tell apart what the bytes leave open,
// and must not contradict them. It returns a media type without parameters.
func sniff(data []byte, declared string) (string, error) {
	claim, err := parseDeclared(declared)
	if err != nil {
		return "", err
	}
	if claim == newspaper.ArticlesType {
		return claim, checkArticles(data)
	}
	found, err := detect(data)
	if err != nil {
		return "", err
	}
	switch claim {
	case typePDF:
		if found != typePDF {
			return "", fault.New(fault.Corrupt, "the upload is declared as PDF, but its bytes are %s", found).On("body").Fix("upload the file again from its source")
		}
	case typeHTML, typeXML:
		if found == typeText && bytes.HasPrefix(bytes.TrimSpace(data), []byte("<")) {
			return claim, nil // a fragment that shows no sign of its own
		}
	}
	return found, nil
}

// checkArticles refuses what cannot be articles, one JSON object a line, by its
// beginning: data may be all of the page or the first of it. Each is looked at
// when the page is parsed.
func checkArticles(data []byte) error {
	start := bytes.TrimSpace(data)
	if !bytes.HasPrefix(start, []byte("{")) || bytes.IndexByte(data, 0) >= 0 {
		return fault.New(fault.Corrupt, "the upload is declared as articles, but it is no JSON Lines").On("body").Fix("send one JSON object a line, as broadsheet parse prints them")
	}
	return nil
}

// parseDeclared reads a Content-Type. What says nothing is empty; curl declares
// application/x-www-form-urlencoded for whatever it posts.
func parseDeclared(declared string) (string, error) {
	if declared == "" {
		return "", nil
	}
	claim, _, err := mime.ParseMediaType(declared)
	if err != nil {
		return "", fault.Wrap(fault.Invalid, err, "the Content-Type is malformed").On("Content-Type").Fix("write it like text/plain, or leave it out")
	}
	switch {
	case claim == "application/octet-stream", claim == "application/x-www-form-urlencoded":
		return "", nil
	case claim == typeHTML, claim == "application/xhtml+xml":
		return typeHTML, nil
	case claim == typePDF, claim == newspaper.ArticlesType:
		return claim, nil
	case slices.Contains(refusedText, claim):
	case claim == "text/xml", claim == typeXML, strings.HasSuffix(claim, "+xml"):
		return typeXML, nil
	case strings.HasPrefix(claim, "text/"):
		return typeText, nil
	}
	return "", unsupported("is declared as "+claim, "Content-Type")
}

// detect names what bytes are.
func detect(data []byte) (string, error) {
	found := mimetype.Detect(data)
	name, _, _ := strings.Cut(found.String(), ";")
	if found.Is(typePDF) {
		return typePDF, nil
	}
	text := false
	for m := found; m != nil; m = m.Parent() {
		switch {
		case slices.ContainsFunc(refusedText, m.Is):
			return "", unsupported("is "+name, "body")
		case m.Is(typeHTML):
			return typeHTML, nil
		case m.Is("text/xml"):
			return typeXML, nil
		}
		text = text || m.Is(typeText)
	}
	if text {
		return typeText, nil
	}
	// Detection does not know text without a byte order mark in UTF-16, nor with a
	// NUL in it; and a short magic number may open a text by chance ("BM" is a
	// bitmap's), which then has no NUL.
	unknown := name == "application/octet-stream"
	if (unknown || !bytes.Contains(data, []byte{0})) && isText(data) {
		return typeText, nil
	}
	if unknown {
		return "", unsupported("is binary data of an unknown sort", "body")
	}
	return "", unsupported("is "+name, "body")
}

func unsupported(what, field string) error {
	return fault.New(fault.Unsupported, "the page %s, which is not taken", what).On(field).Fix("upload plain text, PDF, XML or HTML")
}

const (
	// sampleSize bounds detection: a few pages of text are evidence enough.
	sampleSize = 64 << 10
	// mostBroken is the share of characters that text may have broken. Binary data
	// read as GB18030 or UTF-16 has far more.
	mostBroken = 0.02
)

var textEncodings = []encoding.Encoding{
	xunicode.UTF8, // replaces what is invalid
	simplifiedchinese.GB18030,
	traditionalchinese.Big5,
	xunicode.UTF16(xunicode.LittleEndian, xunicode.IgnoreBOM),
	xunicode.UTF16(xunicode.BigEndian, xunicode.IgnoreBOM),
}

// isText reports whether data can be read as text in one of the encodings that
// Chinese text comes in. Which one is found out when the page is parsed.
func isText(data []byte) bool {
	sample := data[:min(len(data), sampleSize)]
	for _, e := range textEncodings {
		if decoded, err := e.NewDecoder().Bytes(sample); err == nil && readable(decoded) {
			return true
		}
	}
	return false
}

// readable reports whether hardly a character is broken, and most are ones that
// newspapers print. The second tells text from data that any two bytes of which
// happen to be some UTF-16 character.
func readable(text []byte) bool {
	var n, broken, usual int
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		text = text[size:]
		n++
		switch {
		case r == utf8.RuneError, r < ' ' && r != 0 && !unicode.IsSpace(r), r == 0x7F, unicode.Is(unicode.Co, r), !unicode.IsPrint(r) && !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zs):
			broken++
		case r < utf8.RuneSelf && r != 0, unicode.Is(unicode.Han, r), unicode.IsPunct(r), unicode.Is(unicode.Zs, r), r >= 0xFF01 && r <= 0xFF5E:
			usual++
		}
	}
	// One for a character that the sample's end cuts.
	return float64(broken-1) <= mostBroken*float64(n) && 10*usual >= 7*n
}
