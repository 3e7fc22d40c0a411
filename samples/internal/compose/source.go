// Package compose sets the sample pages: it takes articles with their roles and
// a layout, breaks them into lines as a newspaper's column does, damages the
// lines as a text layer does, and keeps account of which line is whose. The gold
// is what it knows, not what somebody read off the page.
package compose

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"broadsheet/pkg/fault"
)

// Source is a page before it is set: source/NAME.yaml. Texts may hold marks like
// {P王磊}, {L柳泉县}, {O市教育局} and {T局长}, which become the gold of entities.
type Source struct {
	Publication string            `yaml:"publication"` // slug
	Name        string            `yaml:"name"`        // display name
	Date        string            `yaml:"date"`        // YYYY-MM-DD
	Edition     string            `yaml:"edition"`
	Page        string            `yaml:"page"`
	Language    string            `yaml:"language"` // BCP 47; zh-Hans unless given
	Encoding    string            `yaml:"encoding"` // utf-8 (unless given), gb18030, big5, utf-16le
	Gap         string            `yaml:"gap"`      // line: a blank line after each; block: after each piece; none
	Indent      bool              `yaml:"indent"`   // paragraphs keep their indent
	Width       int               `yaml:"width"`    // of columns in full characters, where an article gives none
	Entities    bool              `yaml:"entities"` // all names on the page are marked
	Furniture   map[string]string `yaml:"furniture"`
	Tags        map[string]string `yaml:"tags"` // names of columns: neither headline nor body
	Ads         map[string]Ad     `yaml:"ads"`
	Articles    []Article         `yaml:"articles"`
	// Flow is the order of the text layer: furniture, tags and ads by name;
	// "NAME" for an article in its usual order, "NAME head", "NAME body",
	// "NAME body 1-12" for its first twelve lines, "NAME body 13-", "NAME caption".
	Flow []string `yaml:"flow"`
}

// Ad is a notice or advertisement, set in its own width.
type Ad struct {
	Width int    `yaml:"width"`
	Text  string `yaml:"text"`
}

// Article is an article or, with type picture, a photo that stands alone. A
// slash in a headline is a line break of the print.
type Article struct {
	ID    string `yaml:"id"`
	Type  string `yaml:"type"` // text unless given
	Width int    `yaml:"width"`
	// Column is the name that a column of briefs has above its first article:
	// every one's kicker, printed once, as a tag.
	Column  string `yaml:"column"`
	Kicker  string `yaml:"kicker"`
	Main    string `yaml:"main"`
	Deck    string `yaml:"deck"`
	Spread  bool   `yaml:"spread"` // the main headline is justified with blanks
	By      string `yaml:"by"`
	OwnLine bool   `yaml:"ownLine"` // the byline stands on a line of its own
	Body    string `yaml:"body"`    // a paragraph a line
	Sign    string `yaml:"sign"`    // in brackets at the end
	RunOn   bool   `yaml:"runOn"`   // the signature follows in the last paragraph
	Jump    string `yaml:"jump"`    // 下转第3版 after the body, 上接第1版 before it
	From    string `yaml:"from"`    // the page that it comes from
	To      string `yaml:"to"`      // the page where it goes on
	Caption string `yaml:"caption"`
	Credit  string `yaml:"credit"` // of the photo
	// Photographer is who took the photo of an article; that of a photo which
	// stands alone is among the creators.
	Photographer string `yaml:"photographer"`
	// CaptionWidth is the width of the picture.
	CaptionWidth int      `yaml:"captionWidth"`
	Creators     []string `yaml:"creators"` // "reporter 王磊"
	Located      string   `yaml:"located"`
	Created      string   `yaml:"created"` // the dateline's date, YYYY-MM-DD
	Agency       string   `yaml:"agency"`
}

// Correction makes a later revision of a page: source/revisions/NAME.yaml.
type Correction struct {
	Of      string `yaml:"of"` // name of the page's source
	Replace []struct {
		Article string `yaml:"article"`
		Old     string `yaml:"old"`
		New     string `yaml:"new"`
	} `yaml:"replace"`
	Drop []string  `yaml:"drop"` // ids of articles
	Add  []Article `yaml:"add"`
	Flow []string  `yaml:"flow"` // all of it, where articles come or go
}

// File is the name of the page's files, without their ending.
func (s *Source) File() string {
	return strings.Join([]string{s.Publication, s.Date, s.Edition, s.Page}, "_")
}

// Read reads the sources of a directory in the order of their names. Corrections
// are applied to copies of their pages.
func Read(dir string) (pages, revisions []*Source, err error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return nil, nil, fmt.Errorf("list %s: %w", dir, err)
	}
	slices.Sort(names)
	for _, name := range names {
		s := &Source{}
		if err := read(name, s); err != nil {
			return nil, nil, err
		}
		pages = append(pages, s)
	}
	if names, err = filepath.Glob(filepath.Join(dir, "revisions", "*.yaml")); err != nil {
		return nil, nil, fmt.Errorf("list %s: %w", dir, err)
	}
	slices.Sort(names)
	for _, name := range names {
		var c Correction
		if err := read(name, &c); err != nil {
			return nil, nil, err
		}
		s := &Source{}
		if err := read(filepath.Join(dir, c.Of+".yaml"), s); err != nil {
			return nil, nil, err
		}
		if err := c.apply(s); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		revisions = append(revisions, s)
	}
	return pages, revisions, nil
}

func read(name string, into any) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read a page's source: %w", err)
	}
	if err := yaml.UnmarshalWithOptions(data, into, yaml.Strict()); err != nil {
		return fault.Wrap(fault.Invalid, err, "page source %s", name)
	}
	if s, ok := into.(*Source); ok {
		s.defaults()
		return s.check(name)
	}
	return nil
}

// check finds mistakes in the marks, so that no later step has to.
func (s *Source) check(name string) error {
	for _, a := range s.Articles {
		for _, text := range []string{a.Kicker, a.Main, a.Deck, a.By, a.Body, a.Sign, a.Caption, a.Credit} {
			if _, _, err := unmark(text); err != nil {
				return fmt.Errorf("%s, article %s: %w", name, a.ID, err)
			}
		}
	}
	return nil
}

func (s *Source) defaults() {
	set := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	set(&s.Language, "zh-Hans")
	set(&s.Encoding, "utf-8")
	set(&s.Edition, "main")
	set(&s.Gap, "line")
}

func (c Correction) apply(s *Source) error {
	for _, r := range c.Replace {
		a := s.article(r.Article)
		if a == nil || strings.Count(a.Main+"\n"+a.Body, r.Old) != 1 {
			return fault.New(fault.Invalid, "%q does not stand once in article %s", r.Old, r.Article).On("replace")
		}
		a.Main, a.Body = strings.Replace(a.Main, r.Old, r.New, 1), strings.Replace(a.Body, r.Old, r.New, 1)
	}
	s.Articles = slices.DeleteFunc(s.Articles, func(a Article) bool { return slices.Contains(c.Drop, a.ID) })
	s.Articles = append(s.Articles, c.Add...)
	if len(c.Flow) > 0 {
		s.Flow = c.Flow
	}
	return s.check("the correction of " + c.Of)
}

func (s *Source) article(id string) *Article {
	for i := range s.Articles {
		if s.Articles[i].ID == id {
			return &s.Articles[i]
		}
	}
	return nil
}
