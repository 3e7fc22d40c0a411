// Package export writes articles as JSON Lines, CSV or Parquet.
package export

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// Format is how articles are written.
type Format string

// The formats.
const (
	JSONLines Format = "jsonl"   // the article as it is, one a line
	CSV       Format = "csv"     // the columns of Row, lists joined by "; "
	Parquet   Format = "parquet" // the columns of Row, and the article as JSON
)

// Writer writes articles one after the other.
type Writer interface {
	Write(a *newspaper.Article) error
	// Flush hands all that was written to the writer below, where the format allows
	// to go on behind it.
	Flush() error
	// Close ends the format. The writer below stays open.
	Close() error
}

// New returns a writer. head is false when what is written is appended to what an
// earlier one of the same format wrote.
func New(f Format, w io.Writer, head bool) (Writer, error) {
	switch f {
	case JSONLines:
		b := bufio.NewWriterSize(w, 64<<10)
		e := json.NewEncoder(b)
		e.SetEscapeHTML(false)
		return &lines{b, e}, nil
	case CSV:
		c := csv.NewWriter(w)
		if head {
			if err := c.Write(columns); err != nil {
				return nil, err
			}
		}
		return &table{c}, nil
	case Parquet:
		if !head {
			return nil, fault.New(fault.Invalid, "a Parquet file cannot be appended to").On("resume").Fix("give --cursor and another file")
		}
		return &columnar{w: parquet.NewGenericWriter[Row](w, parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(groupRows))}, nil
	}
	return nil, fault.New(fault.Invalid, "there is no format %q", string(f)).On("format").Fix("use jsonl, csv or parquet")
}

// Row is an article as a row of a table. Empty is unknown.
type Row struct {
	URI            string   `parquet:"uri"`
	Version        int64    `parquet:"version"`
	VersionCreated string   `parquet:"versionCreated"` // RFC 3339, UTC
	Publication    string   `parquet:"publication,dict"`
	Name           string   `parquet:"name,dict"` // of the publication
	Date           string   `parquet:"date,dict"` // YYYY-MM-DD
	Edition        string   `parquet:"edition,dict"`
	Page           string   `parquet:"page,dict"`
	Position       int64    `parquet:"position"`
	Type           string   `parquet:"type,dict"`
	Language       string   `parquet:"language,dict"`
	Kicker         string   `parquet:"kicker"`
	Headline       string   `parquet:"headline"`
	Deck           string   `parquet:"deck"`
	By             string   `parquet:"by"`
	Located        string   `parquet:"located"`
	ContentCreated string   `parquet:"contentCreated"`
	Agencies       []string `parquet:"agencies,list"`
	Body           string   `parquet:"body"` // one paragraph a line
	Captions       []string `parquet:"captions,list"`
	People         []string `parquet:"people,list"`
	Organisations  []string `parquet:"organisations,list"`
	Places         []string `parquet:"places,list"`
	Confidence     float64  `parquet:"confidence"`
	Parts          []string `parquet:"parts,list"` // uris of the whole that jump lines make
	Article        string   `parquet:"article"`    // all of it, as JSON; not in CSV
}

// columns of the CSV, as in Row.
var columns = []string{"uri", "version", "versionCreated", "publication", "name", "date", "edition", "page", "position", "type", "language",
	"kicker", "headline", "deck", "by", "located", "contentCreated", "agencies", "body", "captions", "people", "organisations", "places", "confidence", "parts"}

// NewRow makes a row of an article.
func NewRow(a *newspaper.Article) Row {
	version, _ := strconv.ParseInt(a.Version, 10, 64) // 0 when it has none
	r := Row{
		URI: a.URI, Version: version, Publication: a.Print.Publication, Name: a.Print.Name, Date: a.Print.Date, Edition: a.Print.Edition,
		Page: a.Print.Page, Position: int64(a.Print.Position), Type: a.Type, Language: a.Language, By: a.By, Located: a.Located,
		ContentCreated: a.ContentCreated, Confidence: a.Print.Confidence,
	}
	if !a.VersionCreated.IsZero() {
		r.VersionCreated = a.VersionCreated.UTC().Format("2006-01-02T15:04:05Z")
	}
	into := map[string]*string{newspaper.Kicker: &r.Kicker, newspaper.Main: &r.Headline, newspaper.Deck: &r.Deck}
	for _, h := range a.Headlines {
		if to := into[h.Role]; to != nil {
			*to = joined(*to, h.Value)
		}
	}
	for _, b := range a.Bodies {
		r.Body = joined(r.Body, b.Value)
	}
	for _, d := range a.Descriptions {
		r.Captions = append(r.Captions, d.Value)
	}
	for _, p := range a.Associations {
		for _, d := range p.Descriptions {
			r.Captions = append(r.Captions, d.Value)
		}
	}
	for _, s := range a.InfoSources {
		r.Agencies = append(r.Agencies, s.Name)
	}
	for _, p := range a.People {
		r.People = append(r.People, p.Name)
	}
	for _, o := range a.Organisations {
		r.Organisations = append(r.Organisations, o.Name)
	}
	for _, p := range a.Places {
		r.Places = append(r.Places, p.Name)
	}
	for _, p := range a.Print.Parts {
		r.Parts = append(r.Parts, p.URI)
	}
	return r
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + "\n" + b
}

type lines struct {
	*bufio.Writer
	encoder *json.Encoder
}

func (l *lines) Write(a *newspaper.Article) error { return l.encoder.Encode(a) }
func (l *lines) Close() error                     { return l.Flush() }

type table struct{ *csv.Writer }

func (t *table) Write(a *newspaper.Article) error {
	r := NewRow(a)
	list := func(s []string) string { return strings.Join(s, "; ") }
	return t.Writer.Write([]string{r.URI, strconv.FormatInt(r.Version, 10), r.VersionCreated, r.Publication, r.Name, r.Date, r.Edition, r.Page,
		strconv.FormatInt(r.Position, 10), r.Type, r.Language, r.Kicker, r.Headline, r.Deck, r.By, r.Located, r.ContentCreated, list(r.Agencies),
		r.Body, list(r.Captions), list(r.People), list(r.Organisations), list(r.Places), strconv.FormatFloat(r.Confidence, 'g', -1, 64), list(r.Parts)})
}

func (t *table) Flush() error {
	t.Writer.Flush()
	return t.Error()
}

func (t *table) Close() error { return t.Flush() }

// groupRows bounds what a Parquet writer holds in memory: a group of rows is
// written when it is full.
const groupRows = 10_000

type columnar struct {
	w *parquet.GenericWriter[Row]
}

func (c *columnar) Write(a *newspaper.Article) error {
	r := NewRow(a)
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	r.Article = string(data)
	_, err = c.w.Write([]Row{r})
	return err
}

// Flush does nothing: small groups of rows would make a large file.
func (c *columnar) Flush() error { return nil }

func (c *columnar) Close() error { return c.w.Close() }
