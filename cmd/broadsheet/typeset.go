package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"broadsheet/pkg/fault"
	"broadsheet/samples"
	"broadsheet/services/parse/typeset"
)

type typesetCommand struct {
	Articles string   `arg:"" optional:"" placeholder:"FILE" help:"Articles as JSON Lines of {kicker, title, deck, paragraphs}; - reads standard input. Without it the stories of samples/stories are set."`
	Out      string   `required:"" placeholder:"DIR" help:"Directory to write NAME.txt and NAME.json into."`
	Family   []string `placeholder:"NAME" help:"Layout families (all for development: seed, varied, hard, feature, shorts, plain; held out: evening, digest, county, scan)."`
	Pages    int      `default:"10" help:"Pages of each family (${default})."`
	Seed     uint64   `default:"1" help:"The same seed, families and articles give the same pages (${default})."`
	Half     int      `default:"0" help:"Use one half of the articles only, 1 or 2: to measure on texts that were not learned from."`
}

// Help is shown by --help.
func (typesetCommand) Help() string {
	return `Sets newspaper pages as text layers, with gold: what must come out of them, and what every line is. Columns of many widths, breaks by the rules of Chinese setting, headlines before, after and inside their bodies, kickers and decks, bylines of all kinds, briefs, captions, furniture, justified spaces, blank lines by several policies, and the mistakes of extractors.

Examples:
  broadsheet typeset --out pages
  broadsheet typeset --family hard --family scan --pages 100 --seed 7 --out pages articles.jsonl
  broadsheet eval pages`
}

// Run sets pages.
func (c typesetCommand) Run(t *terminal) error {
	articles, err := c.read(t)
	if err != nil {
		return err
	}
	styles := typeset.Families
	if len(c.Family) > 0 {
		styles = nil
	}
	for _, name := range c.Family {
		s, ok := typeset.StyleNamed(name)
		if !ok {
			return usage("--family %s: there is none of that name; there are %s", name, strings.Join(typeset.StyleNames(), ", "))
		}
		styles = append(styles, s)
	}
	if c.Pages < 1 || c.Pages > 100_000 {
		return usage("--pages %d: give a number from 1 to 100000", c.Pages)
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return fault.Wrap(fault.Invalid, err, "cannot write into %s", c.Out)
	}
	n := 0
	for _, style := range styles {
		for _, page := range typeset.Pages(articles, style, c.Pages, c.Seed) {
			if err := page.Save(c.Out); err != nil {
				return fault.Wrap(fault.Invalid, err, "cannot write into %s", c.Out)
			}
			n++
		}
	}
	_, err = fmt.Fprintf(t.err, "%d pages in %s\n", n, c.Out)
	return err
}

func (c typesetCommand) read(t *terminal) ([]typeset.Article, error) {
	if c.Half < 0 || c.Half > 2 {
		return nil, usage("--half %d: give 1 or 2", c.Half)
	}
	var in io.Reader = bytes.NewReader(samples.Stories())
	switch c.Articles {
	case "":
	case "-":
		in = t.in
	default:
		f, err := os.Open(c.Articles)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "cannot read the articles").Fix("correct the path; - is standard input")
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	articles, err := typeset.ReadArticles(in)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "cannot read the articles").Fix("give one JSON object a line: {\"title\": …, \"paragraphs\": […]}")
	}
	if c.Half > 0 {
		articles = typeset.Half(articles, c.Half == 2)
	}
	if len(articles) == 0 {
		return nil, fault.New(fault.Invalid, "there is no article of running text to set")
	}
	return articles, nil
}
