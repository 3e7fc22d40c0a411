// Package samples holds newspaper pages written for this project, with what must
// come out of them. Papers, people and events are invented. The pages are made
// from source/ by `go generate`; see the README.
package samples

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"broadsheet/pkg/newspaper"
	"broadsheet/samples/gold"
)

//go:generate go run ./build

// FS holds pages/*.txt, gold/*.json, revisions/*.txt and *.json, stories/*.jsonl,
// and publications.yaml.
//
//go:embed pages gold revisions stories publications.yaml
var FS embed.FS

// Page is a sample page as somebody would upload it.
type Page struct {
	Key       newspaper.PageKey
	Name      string // of the file, e.g. heyang-ribao_2025-04-18_main_01.txt
	Bytes     []byte // in the encoding of its paper
	MediaType string // text/plain, with no charset: finding it out is the reader's work
	answers   string // path without its ending
}

// Pages returns the sample pages, by publication, date, edition and page.
func Pages() []Page { return list("pages", "gold") }

// Revisions returns corrected second revisions of some of the pages: the same
// keys, other bytes.
func Revisions() []Page { return list("revisions", "revisions") }

// list reads what is embedded: a mistake in it is one in the build, which the
// tests find.
func list(dir, answers string) []Page {
	names, err := fs.Glob(FS, dir+"/*.txt")
	if err != nil {
		panic(err)
	}
	pages := make([]Page, 0, len(names))
	for _, name := range names {
		data, err := FS.ReadFile(name)
		if err != nil {
			panic(err)
		}
		base := strings.TrimSuffix(path.Base(name), ".txt")
		part := strings.Split(base, "_")
		key, err := newspaper.NewPageKey(part[0], part[1], part[2], part[3])
		if err != nil {
			panic(err)
		}
		pages = append(pages, Page{Key: key, Name: base + ".txt", Bytes: data, MediaType: "text/plain", answers: answers + "/" + base})
	}
	return pages
}

// Gold returns what must come out of the page.
func (p Page) Gold() (gold.Page, error) {
	var g gold.Page
	err := read(p.answers+".json", &g)
	return g, err
}

// Entities returns the page's mentions; false when they are not annotated.
func (p Page) Entities() (gold.Entities, bool, error) {
	name := p.answers + ".entities.json"
	if _, err := fs.Stat(FS, name); err != nil {
		return gold.Entities{}, false, nil
	}
	var e gold.Entities
	err := read(name, &e)
	return e, true, err
}

func read(name string, into any) error {
	data, err := FS.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read the gold: %w", err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("read the gold %s: %w", name, err)
	}
	return nil
}

// Catalogue returns publications.yaml, which lists the papers of the pages.
func Catalogue() []byte {
	data, err := FS.ReadFile("publications.yaml")
	if err != nil {
		panic(err) // it is embedded
	}
	return data
}

// Stories returns the stories of all papers of stories/ to set pages from, as JSON
// Lines.
func Stories() []byte {
	names, err := fs.Glob(FS, "stories/*.jsonl")
	if err != nil {
		panic(err)
	}
	var out []byte
	for _, name := range names {
		data, err := FS.ReadFile(name)
		if err != nil {
			panic(err) // it is embedded
		}
		out = append(out, data...)
	}
	return out
}
