package compose

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/samples/gold"
)

// Page is a set page with its gold.
type Page struct {
	File     string
	Bytes    []byte
	Gold     gold.Page
	Entities *gold.Entities // nil when the source does not mark them
}

// Make sets a page.
func Make(s *Source) (Page, error) {
	lines, err := set(s)
	if err != nil {
		return Page{}, err
	}
	var text strings.Builder
	for _, l := range lines {
		text.WriteString(l.text + "\n")
	}
	data, err := encode(text.String(), s.Encoding)
	if err != nil {
		return Page{}, fmt.Errorf("%s: %w", s.File(), err)
	}
	p := Page{File: s.File(), Bytes: data, Gold: gold.Page{
		Publication: s.Name, Date: s.Date, Page: s.Page, Family: "samples", Gap: s.Gap,
		Furniture: ranges(lines, furniture), Neutral: ranges(lines, tag), Ads: ranges(lines, ad),
	}}
	if s.Entities {
		p.Entities = &gold.Entities{Page: p.File + ".txt", Types: []string{"PER", "LOC", "ORG", "TITLE"}, Offsets: "code points, end exclusive, into parts[field][part]"}
	}
	for _, n := range order(s, lines) {
		a := &s.Articles[n]
		article := goldOf(s, a, lines, n)
		article.Print.Position = len(p.Gold.Articles) + 1
		article.URI = fmt.Sprintf("gold:%d", article.Print.Position)
		p.Gold.Articles = append(p.Gold.Articles, article)
		if p.Entities != nil {
			p.Entities.Articles = append(p.Entities.Articles, entitiesOf(a, article.Print.Position, article.Type))
		}
	}
	return p, nil
}

func encode(text, name string) ([]byte, error) {
	encodings := map[string]encoding.Encoding{
		"utf-8": unicode.UTF8, "gb18030": simplifiedchinese.GB18030, "big5": traditionalchinese.Big5,
		"utf-16le": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
	}
	e, ok := encodings[name]
	if !ok {
		return nil, fault.New(fault.Invalid, "encoding %q is unknown", name).On("encoding")
	}
	data, err := e.NewEncoder().Bytes([]byte(text))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the page cannot be written in %s", name)
	}
	if name == "big5" {
		// The encoder writes some characters by codes of Hong Kong's extension,
		// which other programs do not read.
		for _, r := range text {
			if code, _ := e.NewEncoder().Bytes([]byte(string(r))); code[0] >= 0xFA {
				return nil, fault.New(fault.Invalid, "%c has no code in plain Big5", r).Fix("use another word")
			}
		}
	}
	return data, nil
}

// order lists the articles as the page has them.
func order(s *Source, lines []line) []int {
	all := make([]int, len(s.Articles))
	for i := range all {
		all[i] = i
	}
	first := func(n int) int { return slices.IndexFunc(lines, func(l line) bool { return l.owner == n }) }
	slices.SortStableFunc(all, func(a, b int) int { return cmp.Compare(first(a), first(b)) })
	return all
}

func goldOf(s *Source, a *Article, lines []line, n int) newspaper.Article {
	out := newspaper.Article{Type: cmp.Or(a.Type, newspaper.TypeText), Language: s.Language, By: byline(a), Creators: creators(a),
		Located: a.Located, ContentCreated: a.Created, Headlines: headlines(a)}
	if a.Agency != "" {
		out.InfoSources = []newspaper.InfoSource{{Role: "agency", Name: a.Agency}}
	}
	if a.Body != "" {
		value := strings.TrimRight(plain(a.Body), "\n")
		out.Bodies = []newspaper.Body{{Role: "main", ContentType: "text/plain", CharCount: utf8.RuneCountInString(value), Value: value}}
	}
	if a.Caption != "" {
		caption := []newspaper.Description{{Role: "caption", Value: plain(a.Caption)}}
		out.Descriptions = caption
		if out.Type != newspaper.TypePicture {
			out.Associations = []newspaper.Association{{Type: newspaper.TypePicture, Descriptions: caption, By: a.Photographer}}
		}
	}
	out.Print = newspaper.Print{Page: s.Page, Lines: ranges(lines, n), HeadlinePosition: headlinePosition(lines, n)}
	if a.From != "" || a.To != "" {
		out.Print.Continues = &newspaper.Jump{From: a.From, To: a.To}
	}
	return out
}

// byline is the byline without the mark that some papers set before it; where
// there is none, the signature at the end without its brackets.
func byline(a *Article) string {
	return strings.TrimLeft(plain(cmp.Or(a.By, strings.Trim(a.Sign, "（）"))), "□■◎●")
}

func headlines(a *Article) []newspaper.Headline {
	out := []newspaper.Headline{}
	for _, h := range []newspaper.Headline{{Role: newspaper.Kicker, Value: cmp.Or(a.Kicker, a.Column)}, {Role: newspaper.Main, Value: a.Main}, {Role: newspaper.Deck, Value: a.Deck}} {
		if h.Value != "" {
			h.Value = headline(plain(h.Value))
			out = append(out, h)
		}
	}
	return out
}

func creators(a *Article) []newspaper.Creator {
	var out []newspaper.Creator
	for _, c := range a.Creators {
		role, name, _ := strings.Cut(c, " ")
		out = append(out, newspaper.Creator{Role: role, Name: name})
	}
	return out
}

// headlinePosition says where an article's headline stands to its body.
func headlinePosition(lines []line, n int) string {
	head, before, after := false, false, false // body lines before and after the headline
	for _, l := range lines {
		switch {
		case l.owner != n:
		case l.role == "head":
			head = true
		case head && l.role == "body":
			after = true
		case l.role == "body":
			before = true
		}
	}
	switch {
	case !head:
		return newspaper.HeadlineNone
	case before && after:
		return newspaper.HeadlineInside
	case before:
		return newspaper.HeadlineAfter
	}
	return newspaper.HeadlineBefore
}

// entitiesOf collects the marks of an article's texts.
func entitiesOf(a *Article, index int, kind string) gold.Article {
	out := gold.Article{Index: index, Type: kind, Parts: map[string][]string{}, Mentions: []newspaper.Mention{}}
	add := func(field, text string) {
		if text == "" {
			return
		}
		value, mentions, _ := unmark(strings.TrimRight(text, "\n"))
		for _, m := range mentions {
			m.Field, m.Part = field, len(out.Parts[field])
			out.Mentions = append(out.Mentions, m)
		}
		out.Parts[field] = append(out.Parts[field], value)
	}
	for _, h := range []string{cmp.Or(a.Kicker, a.Column), a.Main, a.Deck} {
		add("headline", headline(h))
	}
	for _, b := range []string{a.By, a.Sign, a.Credit} {
		add("byline", b)
	}
	add("body", a.Body)
	add("caption", a.Caption)
	return out
}

// JSON writes gold for files: readable, Chinese as it is.
func JSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("write gold: %w", err)
	}
	return b.Bytes(), nil
}

// Files sets every page and revision of a source directory: the content of each
// file by its path below samples/.
func Files(source string) (map[string][]byte, error) {
	pages, revisions, err := Read(source)
	if err != nil {
		return nil, err
	}
	out := make(map[string][]byte)
	write := func(s *Source, text, answers string) error {
		p, err := Make(s)
		if err != nil {
			return err
		}
		out[text+"/"+p.File+".txt"] = p.Bytes
		if out[answers+"/"+p.File+".json"], err = JSON(p.Gold); err != nil {
			return err
		}
		if p.Entities != nil {
			out[answers+"/"+p.File+".entities.json"], err = JSON(p.Entities)
		}
		return err
	}
	for _, s := range pages {
		if err := write(s, "pages", "gold"); err != nil {
			return nil, err
		}
	}
	for _, s := range revisions {
		if err := write(s, "revisions", "revisions"); err != nil {
			return nil, err
		}
	}
	return out, nil
}
