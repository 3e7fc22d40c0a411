package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"broadsheet/cmd/broadsheet/intake"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse"
	"broadsheet/services/parse/entity"
)

type keyFlags struct {
	Publication string `placeholder:"SLUG" help:"Publication, for example lvliang-ribao."`
	Date        string `placeholder:"DAY" help:"Day of the paper, YYYY-MM-DD."`
	Edition     string `placeholder:"SLUG" help:"Edition (main)."`
	Page        string `placeholder:"PAGE" help:"Page, for example 1, 01 or A1."`
}

func (f keyFlags) fields() intake.Fields {
	return intake.Fields{Publication: f.Publication, Date: f.Date, Edition: f.Edition, Page: f.Page}
}

// key is the key that the flags name; zero when they name none.
func (f keyFlags) key() (newspaper.PageKey, error) {
	if f == (keyFlags{}) {
		return newspaper.PageKey{}, nil
	}
	if f.Publication == "" || f.Date == "" || f.Page == "" {
		return newspaper.PageKey{}, usage("a page key needs --publication, --date and --page (--edition is main unless you say so)")
	}
	key, err := f.fields().Key()
	if err != nil {
		return key, usageError{err}
	}
	return key, nil
}

type parseCommand struct {
	keyFlags
	File        string `arg:"" help:"The page's file; - reads standard input."`
	MediaType   string `placeholder:"TYPE" help:"Media type of the file (found out)."`
	Catalogue   string `placeholder:"FILE" help:"publications.yaml with names and home regions."`
	EntityModel string `placeholder:"FILE" help:"A model of broadsheet train, instead of the built-in one."`
	PageReport  bool   `help:"One JSON object for the page: articles, furniture, rest (line ranges), warnings."`
	Explain     bool   `help:"Instead of articles: for each line what it was taken for, the next likely role, and what weighed most."`
	Pretty      bool   `help:"For people instead of programs."`
}

// Help is shown by --help.
func (parseCommand) Help() string {
	return `Prints one article a line as JSON (ninjs 3.1 names). Without a key the articles have no uri and nothing that depends on the key. Every non-blank line of the page is in exactly one article, in the furniture or in the rest; --page-report shows all three.

Examples:
  broadsheet parse --publication lvliang-ribao --date 2022-10-30 --page 01 page.txt
  broadsheet parse --pretty - < page.txt
  broadsheet parse --page-report page.txt | jq .rest
  broadsheet parse --explain --pretty page.txt | less`
}

// pageReport accounts for every non-blank line of a page.
type pageReport struct {
	Key         *newspaper.PageKey    `json:"key,omitempty"`
	Encoding    string                `json:"encoding"`
	Lines       int                   `json:"lines"`
	NonBlank    int                   `json:"nonBlank"`
	Articles    []newspaper.Article   `json:"articles"`
	Furniture   []newspaper.LineRange `json:"furniture"`
	Rest        []newspaper.LineRange `json:"rest"`
	Unaccounted []int                 `json:"unaccounted"` // lines in none of the three: always empty
	Warnings    []string              `json:"warnings"`
}

// Run parses a page.
func (c parseCommand) Run(ctx context.Context, t *terminal) error {
	key, err := c.key()
	if err != nil {
		return err
	}
	catalogue, err := newspaper.OpenCatalogue(c.Catalogue)
	if err != nil {
		return err
	}
	tagger, err := entity.Open(c.EntityModel)
	if err != nil {
		return err
	}
	data, err := readInput(t, c.File)
	if err != nil {
		return err
	}
	parser := parse.NewParser(catalogue, tagger)
	if c.Explain {
		why, err := parser.Explain(ctx, data, c.MediaType, key)
		if err != nil {
			return err
		}
		return explain(t.out, why, c.Pretty)
	}
	parsed, err := parser.Parse(ctx, data, c.MediaType, key)
	if err != nil {
		return err
	}
	articles := parsed.Articles
	if key.IsZero() {
		unnamed(articles)
	} else {
		articles = parse.Fresh(parsed, key, time.Now())
	}
	out := bufio.NewWriter(t.out)
	defer func() { _ = out.Flush() }()
	switch report := reportOf(key, parsed, articles); {
	case c.Pretty:
		return prettyPage(out, parsed, report, c.PageReport)
	case c.PageReport:
		return writeJSON(out, report)
	}
	for _, a := range articles {
		if err := writeJSON(out, a); err != nil {
			return err
		}
	}
	return out.Flush()
}

// unnamed fills what an article without a key can have.
func unnamed(articles []newspaper.Article) {
	for i := range articles {
		a := &articles[i]
		a.Version, a.PubStatus = "1", newspaper.Usable
		a.VersionCreated = time.Now().UTC().Truncate(time.Second)
	}
}

func reportOf(key newspaper.PageKey, p parse.Parsed, articles []newspaper.Article) pageReport {
	r := pageReport{Encoding: p.Encoding, Lines: p.Lines, Articles: articles, Furniture: p.Furniture, Rest: p.Rest,
		Unaccounted: []int{}, Warnings: p.Warnings}
	if !key.IsZero() {
		r.Key = &key
	}
	covered := make(map[int]bool, p.Lines)
	cover := func(ranges []newspaper.LineRange) {
		for _, g := range ranges {
			for n := g[0]; n <= g[1]; n++ {
				covered[n] = true
			}
		}
	}
	cover(p.Furniture)
	cover(p.Rest)
	for _, a := range articles {
		cover(a.Print.Lines)
	}
	for n, line := range strings.Split(p.Text, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		r.NonBlank++
		if !covered[n+1] {
			r.Unaccounted = append(r.Unaccounted, n+1)
		}
	}
	r.Furniture, r.Rest = notNil(r.Furniture), notNil(r.Rest)
	r.Warnings, r.Articles = notNil(r.Warnings), notNil(r.Articles)
	return r
}

func notNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// writeJSON writes v on one line, with <, > and & as they are.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// maxInput is the most that is read from a file or from standard input.
const maxInput = 256 << 20

// readInput reads a file, or standard input for "-".
func readInput(t *terminal, path string) ([]byte, error) {
	in := t.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "cannot read the page").Fix("correct the path; - is standard input")
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxInput+1))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "cannot read %s", path)
	}
	if len(data) > maxInput {
		return nil, fault.New(fault.TooLarge, "%s is larger than %d MiB", path, maxInput>>20)
	}
	return data, nil
}

func prettyPage(w io.Writer, p parse.Parsed, r pageReport, withRest bool) error {
	for i, a := range r.Articles {
		if i > 0 {
			_, _ = fmt.Fprintln(w)
		}
		prettyArticle(w, &a)
	}
	if !withRest {
		return nil
	}
	lines := strings.Split(p.Text, "\n")
	_, _ = fmt.Fprintf(w, "\n%d lines (%s), %d of them not blank\n", r.Lines, r.Encoding, r.NonBlank)
	for _, part := range []struct {
		name   string
		ranges []newspaper.LineRange
	}{{"furniture", r.Furniture}, {"rest", r.Rest}} {
		_, _ = fmt.Fprintf(w, "\n%s:\n", part.name)
		for _, g := range part.ranges {
			for n := g[0]; n <= g[1]; n++ {
				_, _ = fmt.Fprintf(w, "%5d  %s\n", n, printable(lines[n-1]))
			}
		}
	}
	for _, n := range r.Unaccounted {
		_, _ = fmt.Fprintf(w, "line %d is in neither: this is a mistake of ours\n", n)
	}
	for _, warning := range r.Warnings {
		_, _ = fmt.Fprintln(w, "warning:", warning)
	}
	return nil
}
