package intake

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse"
	"broadsheet/services/parse/document"
)

// Archive is files of articles, one JSON object a line, ordered by page. Only
// where the lines are is held in memory.
type Archive struct {
	Pages    []newspaper.PageKey // in the order in which they first occur
	Articles int

	files []*os.File
	at    map[newspaper.PageKey][]place
}

// place is where an article's line is.
type place struct {
	file   int
	line   int
	offset int64
	length int
	uri    string // may be empty
}

// Mistake is a line that is no article that can be taken in.
type Mistake struct {
	File string
	Line int
	Err  error
}

// maxLine is the most bytes of a line.
const maxLine = document.MaxBytes

// OpenArchive reads through files of articles and checks every line. When there
// are mistakes nothing else of the result may be used. The error is about a file
// as a whole. Close closes the files, also after a mistake.
func OpenArchive(paths []string) (*Archive, []Mistake, error) {
	a := &Archive{at: map[newspaper.PageKey][]place{}}
	var mistakes []Mistake
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			a.Close()
			return nil, nil, unreadable(err)
		}
		a.files = append(a.files, f)
		wrong, err := a.read(f)
		mistakes = append(mistakes, wrong...)
		if err != nil {
			a.Close()
			return nil, nil, fault.Wrap(fault.Invalid, err, "cannot read %s", path)
		}
	}
	for _, key := range a.Pages {
		mistakes = append(mistakes, a.tooMuch(key)...)
	}
	return a, mistakes, nil
}

// read checks the lines of a file.
func (a *Archive) read(f *os.File) ([]Mistake, error) {
	var mistakes []Mistake
	offset, started := int64(0), int64(0)
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	lines.Split(func(data []byte, atEOF bool) (int, []byte, error) {
		advance, token, err := bufio.ScanLines(data, atEOF)
		if token != nil {
			started = offset
		}
		offset += int64(advance)
		return advance, token, err
	})
	number := 0
	for lines.Scan() {
		number++
		line := lines.Bytes()
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		article, key, err := parse.ReadArticle(line)
		if err != nil {
			mistakes = append(mistakes, Mistake{f.Name(), number, err})
			continue
		}
		if a.at[key] == nil {
			a.Pages = append(a.Pages, key)
		}
		a.at[key] = append(a.at[key], place{len(a.files) - 1, number, started, len(line), article.URI})
		a.Articles++
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return append(mistakes, Mistake{f.Name(), number + 1, fault.New(fault.TooLarge, "the line has more than %d bytes", maxLine)}), nil
	}
	return mistakes, lines.Err()
}

// tooMuch finds what is wrong with the lines of a page together.
func (a *Archive) tooMuch(key newspaper.PageKey) []Mistake {
	var mistakes []Mistake
	seen := map[string]int{}
	size := 0
	for i, p := range a.at[key] {
		wrong := func(err *fault.Error) { mistakes = append(mistakes, Mistake{a.files[p.file].Name(), p.line, err}) }
		size += p.length
		if first, twice := seen[p.uri]; twice && p.uri != "" {
			wrong(fault.New(fault.Invalid, "the uri %s is that of line %d too", p.uri, first).On("uri").Fix("leave out one of the two"))
		}
		seen[p.uri] = p.line
		switch {
		case i == bus.MaxArticles:
			wrong(fault.New(fault.TooLarge, "the page %s has more than the %d articles that one page may have", key, bus.MaxArticles))
		case size > document.MaxBytes && size-p.length <= document.MaxBytes:
			wrong(fault.New(fault.TooLarge, "the articles of page %s have more than %d bytes", key, document.MaxBytes))
		}
	}
	return mistakes
}

// File is the path of the file that the page's first article is in.
func (a *Archive) File(key newspaper.PageKey) string { return a.files[a.at[key][0].file].Name() }

// Page is a page as it is uploaded: its articles without what the other system
// gave them, so that the same articles are the same bytes.
func (a *Archive) Page(key newspaper.PageKey) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	for _, p := range a.at[key] {
		line := make([]byte, p.length)
		if _, err := a.files[p.file].ReadAt(line, p.offset); err != nil && !errors.Is(err, io.EOF) {
			return nil, fault.Wrap(fault.Invalid, err, "cannot read %s again", a.files[p.file].Name())
		}
		article, named, err := parse.ReadArticle(line)
		if err == nil && named != key {
			err = errors.New("it is another page's now")
		}
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "line %d of %s changed while it was read", p.line, a.files[p.file].Name())
		}
		if err := encoder.Encode(parse.Bare(article)); err != nil {
			return nil, fmt.Errorf("article of %s: %w", key, err)
		}
	}
	return out.Bytes(), nil
}

// Close closes the files.
func (a *Archive) Close() {
	for _, f := range slices.Backward(a.files) {
		_ = f.Close()
	}
}
