package newspaper

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/goccy/go-yaml"

	"broadsheet/pkg/fault"
)

// Publication is what the catalogue knows of a newspaper.
type Publication struct {
	Slug       string   `yaml:"slug"`
	Name       string   `yaml:"name"`       // as readers know it, e.g. 吕梁日报
	Editions   []string `yaml:"editions"`   // slugs; empty: any
	PageNaming string   `yaml:"pageNaming"` // number (01), letter (A01); empty: either
	Pages      int      `yaml:"pages"`      // that an edition usually has; 0: it varies
	Home       []string `yaml:"home"`       // home region from large to small: [山西省, 吕梁市]
	Days       []string `yaml:"days"`       // publishing days, mon … sun; empty: every day
	Encoding   string   `yaml:"encoding"`   // of its text pages, where detection may be wrong
	Language   string   `yaml:"language"`   // BCP 47; empty: found out
}

// Catalogue maps slugs to publications. It is safe for concurrent use; Reload
// replaces its content whole.
type Catalogue struct {
	path    string
	content atomic.Pointer[catalogueFile]
}

type catalogueFile struct {
	Strict       bool          `yaml:"strict"` // refuse uploads of publications that are not listed
	Publications []Publication `yaml:"publications"`
	bySlug       map[string]Publication
}

// NewCatalogue returns a catalogue of the given publications.
func NewCatalogue(strict bool, publications ...Publication) (*Catalogue, error) {
	c := &Catalogue{}
	return c, c.set(catalogueFile{Strict: strict, Publications: publications})
}

// OpenCatalogue reads a publications.yaml. An empty path is an empty catalogue,
// which accepts every publication under its slug.
func OpenCatalogue(path string) (*Catalogue, error) {
	c := &Catalogue{path: path}
	return c, c.Reload()
}

// Reload reads the file again. When the file has mistakes they are all named in
// the error and the earlier content stays in force.
func (c *Catalogue) Reload() error {
	if c.path == "" {
		if c.content.Load() == nil {
			return c.set(catalogueFile{})
		}
		return nil
	}
	data, err := os.ReadFile(c.path)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "cannot read the publication catalogue")
	}
	return c.parse(data)
}

// ParseCatalogue reads the text of a publications.yaml. There is nothing that
// Reload could read again.
func ParseCatalogue(data []byte) (*Catalogue, error) {
	c := &Catalogue{}
	return c, c.parse(data)
}

func (c *Catalogue) parse(data []byte) error {
	var f catalogueFile
	if len(bytes.TrimSpace(data)) > 0 {
		if err := unmarshal(data, &f); err != nil {
			return fault.Wrap(fault.Invalid, err, "publication catalogue %s", c.path)
		}
	}
	return c.set(f)
}

// unmarshal survives the panics that the library has for some malformed files.
func unmarshal(data []byte, into any) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("malformed YAML: %v", p)
		}
	}()
	return yaml.UnmarshalWithOptions(data, into, yaml.Strict())
}

func (c *Catalogue) set(f catalogueFile) error {
	var mistakes []string
	f.bySlug = make(map[string]Publication, len(f.Publications))
	for i, p := range f.Publications {
		for _, m := range p.mistakes() {
			mistakes = append(mistakes, fmt.Sprintf("publication %d (%s): %s", i+1, quote(p.Slug), m))
		}
		if _, twice := f.bySlug[p.Slug]; twice {
			mistakes = append(mistakes, fmt.Sprintf("publication %d (%s): listed twice", i+1, quote(p.Slug)))
		}
		if p.Name == "" {
			p.Name = p.Slug
		}
		f.bySlug[p.Slug] = p
	}
	if len(mistakes) > 0 {
		return fault.New(fault.Invalid, "publication catalogue %s: %s", c.path, strings.Join(mistakes, "; "))
	}
	c.content.Store(&f)
	return nil
}

var (
	weekdays  = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	namings   = []string{"", "number", "letter"}
	encodings = []string{"", "utf-8", "utf-16le", "utf-16be", "gb18030", "big5"}
)

func (p Publication) mistakes() []string {
	var out []string
	if err := checkSlug("slug", p.Slug); err != nil {
		out = append(out, err.Error())
	}
	for _, e := range p.Editions {
		if err := checkSlug("edition", e); err != nil {
			out = append(out, err.Error())
		}
	}
	oneOf := func(field, value string, allowed []string) {
		if !slices.Contains(allowed, value) {
			out = append(out, fmt.Sprintf("%s %s is none of %s", field, quote(value), strings.Trim(strings.Join(allowed, ", "), ", ")))
		}
	}
	oneOf("pageNaming", p.PageNaming, namings)
	if p.Pages < 0 || p.Pages > MaxIssuePages {
		out = append(out, fmt.Sprintf("pages %d is not a number from 0 to %d", p.Pages, MaxIssuePages))
	}
	oneOf("encoding", p.Encoding, encodings)
	for _, d := range p.Days {
		oneOf("day", d, weekdays)
	}
	return out
}

// Lookup returns the publication of a slug. One that is not listed has its slug
// as its name.
func (c *Catalogue) Lookup(slug string) Publication {
	if p, ok := c.content.Load().bySlug[slug]; ok {
		return p
	}
	return Publication{Slug: slug, Name: slug}
}

// Admit refuses a key that contradicts the catalogue: an unlisted publication
// when the catalogue is strict, an edition or page naming that the publication
// does not have.
func (c *Catalogue) Admit(key PageKey) error {
	f := c.content.Load()
	p, listed := f.bySlug[key.Publication]
	if !listed {
		if f.Strict {
			return fault.New(fault.Invalid, "publication %s is not in the catalogue, which is strict", quote(key.Publication)).
				On("publication").Fix("add it to publications.yaml or correct the slug")
		}
		return nil
	}
	if len(p.Editions) > 0 && !slices.Contains(p.Editions, key.Edition) {
		return fault.New(fault.Invalid, "%s has no edition %s", p.Name, quote(key.Edition)).
			On("edition").Fix("its editions are %s", strings.Join(p.Editions, ", "))
	}
	lettered := key.Page[0] >= 'A'
	if p.PageNaming == "number" && lettered || p.PageNaming == "letter" && !lettered {
		return fault.New(fault.Invalid, "%s does not number its pages like %s", p.Name, quote(key.Page)).
			On("page").Fix("the catalogue says pageNaming: %s", p.PageNaming)
	}
	return nil
}

// Publications lists the catalogue in its order.
func (c *Catalogue) Publications() []Publication {
	return slices.Clone(c.content.Load().Publications)
}
