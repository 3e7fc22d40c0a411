package index

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"html"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/search"
)

// format is a form in which a search is answered.
type format struct {
	name   string   // of the parameter format
	media  string   // as it is sent
	accept []string // what asks for it
	write  func(*page) ([]byte, error)
}

// page is an answer with its addresses, relative to the server.
type page struct {
	*Answer
	self, next, query string
}

var (
	asObject = &format{"json", mediaJSON, []string{"application/json", "application/*", "*/*"}, writeJSON}
	jsonl    = &format{"jsonl", "application/x-ndjson", []string{"application/x-ndjson", "application/ndjson", "application/jsonl", "application/jsonlines"}, writeLines}
	table    = &format{"csv", "text/csv; charset=utf-8", []string{"text/csv"}, writeCSV}
	atom     = &format{"atom", "application/atom+xml; charset=utf-8", []string{"application/atom+xml"}, writeAtom}
	formats  = []*format{asObject, jsonl, table, atom}
)

// chosen is the format that the parameter names, else the one that Accept likes
// best, else JSON.
func chosen(r *http.Request, params url.Values) (*format, error) {
	if name := params.Get("format"); name != "" {
		i := slices.IndexFunc(formats, func(f *format) bool { return f.name == name })
		if i < 0 || len(params["format"]) > 1 {
			return nil, fault.New(fault.Invalid, "there is no format %.80q", strings.Join(params["format"], ",")).On("format").Fix("use json, jsonl, csv or atom")
		}
		return formats[i], nil
	}
	best, quality := asObject, 0.0
	for one := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		media, p, err := mime.ParseMediaType(one)
		if err != nil {
			continue
		}
		q := 1.0
		if s, ok := p["q"]; ok {
			if q, err = strconv.ParseFloat(s, 64); err != nil {
				continue
			}
		}
		for _, f := range formats {
			if q > quality && slices.Contains(f.accept, media) {
				best, quality = f, q
			}
		}
	}
	return best, nil
}

func writeJSON(p *page) ([]byte, error) {
	body, err := json.Marshal(p.Answer)
	return append(body, '\n'), err
}

// writeLines writes an article a line.
func writeLines(p *page) ([]byte, error) {
	var b bytes.Buffer
	for _, a := range p.Articles {
		if err := json.Compact(&b, a); err != nil {
			return nil, fault.Wrap(fault.Internal, err, "an article cannot be written as a line")
		}
		b.WriteByte('\n')
	}
	return b.Bytes(), nil
}

// columns of the table.
var columns = []string{"uri", "publication", "date", "edition", "page", "position", "type", "headline", "byline", "people", "organisations", "places", "confidence", "text"}

func writeCSV(p *page) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true // RFC 4180
	_ = w.Write(columns)
	for _, source := range p.Articles {
		a, err := decoded("an article", source)
		if err != nil {
			return nil, err
		}
		var people []string
		for _, person := range a.People {
			people = append(people, person.Name)
		}
		_ = w.Write([]string{
			a.URI, a.Print.Publication, a.Print.Date, a.Print.Edition, a.Print.Page, strconv.Itoa(a.Print.Position), a.Type, a.MainHeadline(), a.By,
			strings.Join(people, ";"), named(a.Organisations), named(a.Places), strconv.FormatFloat(a.Print.Confidence, 'f', -1, 64), content(a),
		})
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

func named(all []newspaper.Named) string {
	names := make([]string, len(all))
	for i, n := range all {
		names[i] = n.Name
	}
	return strings.Join(names, ";")
}

// content is the body, or the caption of a picture.
func content(a *newspaper.Article) string {
	if text := a.Text(); text != "" || len(a.Descriptions) == 0 {
		return text
	}
	return a.Descriptions[0].Value
}

// Elements of Atom (RFC 4287).
type (
	atomFeed struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Updated string      `xml:"updated"`
		Author  atomPerson  `xml:"author"`
		Links   []atomLink  `xml:"link"`
		Entries []atomEntry `xml:"entry"`
	}
	atomEntry struct {
		ID        string         `xml:"id"`
		Title     string         `xml:"title"`
		Updated   string         `xml:"updated"`
		Published string         `xml:"published,omitempty"`
		Authors   []atomPerson   `xml:"author"`
		Links     []atomLink     `xml:"link"`
		Terms     []atomCategory `xml:"category"`
		Summary   string         `xml:"summary"`
	}
	atomPerson struct {
		Name string `xml:"name"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr,omitempty"`
		Href string `xml:"href,attr"`
	}
	atomCategory struct {
		Term   string `xml:"term,attr"`
		Scheme string `xml:"scheme,attr,omitempty"`
	}
)

const summaryLength = 200 // code points

func writeAtom(p *page) ([]byte, error) {
	feed := atomFeed{
		ID: "urn:broadsheet:search:" + url.QueryEscape(p.self), Title: "Broadsheet", Updated: time.Unix(0, 0).UTC().Format(time.RFC3339),
		Author: atomPerson{"Broadsheet"}, Links: []atomLink{{"self", "application/atom+xml", p.self}},
	}
	if p.query != "" {
		feed.Title += ": " + p.query
	}
	if p.next != "" {
		feed.Links = append(feed.Links, atomLink{"next", "application/atom+xml", p.next})
	}
	for _, source := range p.Articles {
		e, err := entry(source)
		if err != nil {
			return nil, err
		}
		feed.Updated = max(feed.Updated, e.Updated)
		feed.Entries = append(feed.Entries, e)
	}
	body, err := xml.Marshal(feed)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the feed")
	}
	return append([]byte(xml.Header), append(body, '\n')...), nil
}

func entry(source json.RawMessage) (atomEntry, error) {
	a, err := decoded("an article", source)
	if err != nil {
		return atomEntry{}, err
	}
	var found struct {
		Highlights map[string][]string `json:"highlights"`
	}
	_ = json.Unmarshal(source, &found) // it was just decoded
	e := atomEntry{
		ID: a.URI, Title: a.MainHeadline(), Updated: a.VersionCreated.UTC().Format(time.RFC3339), Published: a.Print.Date + "T00:00:00Z",
		Links:   []atomLink{{"alternate", mediaJSON, "/v1/articles/" + url.PathEscape(a.URI)}},
		Terms:   []atomCategory{{a.Print.Publication, "urn:broadsheet:publication"}},
		Summary: cut(content(a), summaryLength),
	}
	if pieces := found.Highlights[search.FieldBody]; len(pieces) > 0 {
		e.Summary = html.UnescapeString(strings.NewReplacer("<em>", "", "</em>", "").Replace(strings.Join(pieces, " ")))
	}
	if e.Title == "" {
		e.Title = cut(content(a), 30)
	}
	for _, c := range a.Creators {
		e.Authors = append(e.Authors, atomPerson{c.Name})
	}
	for _, person := range a.People {
		e.Terms = append(e.Terms, atomCategory{person.Name, "urn:broadsheet:person"})
	}
	return e, nil
}

// cut is the beginning of a text on one line.
func cut(s string, most int) string {
	r := []rune(strings.ReplaceAll(s, "\n", " "))
	if len(r) > most {
		return string(r[:most]) + "…"
	}
	return string(r)
}
