package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"broadsheet/pkg/fault"
	"broadsheet/services/parse/eval"
	"broadsheet/services/parse/segment"
)

type evalCommand struct {
	Dirs     []string `arg:"" optional:"" name:"dir" help:"Directories of pages with gold: NAME.json beside NAME.txt, or NAME.txt in ../pages."`
	JSON     string   `name:"json" placeholder:"FILE" help:"Write the figures as JSON, of all, of every family and of every page; - is standard output."`
	HTML     string   `name:"html" placeholder:"FILE" help:"Write a report that shows each page with gold and result side by side."`
	Baseline string   `placeholder:"FILE" help:"Earlier JSON: say what got worse. Exit code 1 if anything did."`
	Faults   bool     `help:"List what is wrong, page by page."`
	Damage   []string `enum:"drop,double,swap,noblank" placeholder:"KIND" help:"Spoil the pages first: drop, double or swap one line in twenty, or take out all blank lines (noblank). Texts are not comparable then, places are."`
	Seed     uint64   `default:"1" help:"Of the damage (${default})."`
	entityEvalFlags
	searchEvalFlags
	Weights string `placeholder:"FILE" help:"Measure with these weights instead of those built in."`
}

// Help is shown by --help.
func (evalCommand) Help() string {
	return `Segments pages whose articles are known and says how well: article F1 at line overlaps (IoU) of .5, .8 and .95, headlines (none counted), kickers and decks, bylines, datelines, captions, error rate of the bodies' characters, of all and of the articles found at .5, spurious spaces, lost lines, and how far confidences can be believed (ECE).

Examples:
  broadsheet eval samples/gold
  broadsheet eval --html report.html --json now.json --baseline before.json pages/
  broadsheet eval --search --faults
  broadsheet eval --entities --faults --home 山西省,吕梁市 gold/
  broadsheet typeset --family varied --pages 50 --out pages articles.jsonl && broadsheet eval --damage swap pages`
}

// Run measures.
func (c evalCommand) Run(ctx context.Context, t *terminal) error {
	if c.Search {
		return c.relevance(ctx, t)
	}
	if len(c.Dirs) == 0 {
		return usage("name a directory of pages with gold, for example samples/gold")
	}
	if c.Entities {
		return c.entities(t)
	}
	var cases []eval.Case
	for _, dir := range c.Dirs {
		found, err := eval.Load(dir)
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "cannot read the pages").Fix("name a directory that has NAME.txt and NAME.json")
		}
		cases = append(cases, found...)
	}
	cases, err := c.damaged(ctx, cases)
	if err != nil {
		return err
	}
	segmenter, err := c.segmenter()
	if err != nil {
		return err
	}
	report, err := eval.Run(ctx, cases, segmenter)
	if err != nil {
		return err
	}
	if err := c.write(t, report); err != nil {
		return err
	}
	if c.Baseline == "" {
		return nil
	}
	return c.compare(t, report)
}

func (c evalCommand) segmenter() (*segment.Segmenter, error) {
	if c.Weights == "" {
		return segment.New(), nil
	}
	f, err := os.Open(c.Weights)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "cannot read the weights")
	}
	defer func() { _ = f.Close() }()
	s, err := segment.NewWith(f)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "cannot read the weights of %s", c.Weights).Fix("give a file of the form of services/parse/segment/weights.txt")
	}
	return s, nil
}

// damaged spoils the cases in every way asked for.
func (c evalCommand) damaged(ctx context.Context, cases []eval.Case) ([]eval.Case, error) {
	if len(c.Damage) == 0 {
		return cases, nil
	}
	var out []eval.Case
	for _, damage := range c.Damage {
		for i, page := range cases {
			spoilt, err := eval.Perturb(ctx, page, damage, c.Seed+uint64(i))
			if err != nil {
				return nil, err
			}
			out = append(out, spoilt)
		}
	}
	return out, nil
}

func (c evalCommand) write(t *terminal, report eval.Report) error {
	if c.JSON != "-" {
		if err := report.WriteTable(t.out); err != nil {
			return err
		}
	}
	if c.Faults {
		for _, p := range report.Pages {
			for _, f := range p.Faults {
				if _, err := fmt.Fprintf(t.out, "%s: %s\n", p.Name, printable(f)); err != nil {
					return err
				}
			}
		}
	}
	if err := writeFile(t, c.JSON, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", " ")
		return e.Encode(report)
	}); err != nil {
		return err
	}
	return writeFile(t, c.HTML, report.WriteHTML)
}

func (c evalCommand) compare(t *terminal, report eval.Report) error {
	f, err := os.Open(c.Baseline)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "cannot read the baseline").Fix("give a file that eval --json wrote")
	}
	defer func() { _ = f.Close() }()
	baseline, err := eval.ReadReport(f)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "cannot read the baseline %s", c.Baseline).Fix("give a file that eval --json wrote")
	}
	changes := report.Against(baseline)
	if err := eval.WriteChanges(t.err, changes); err != nil {
		return err
	}
	for _, change := range changes {
		if change.Worse {
			return errRefused
		}
	}
	return nil
}

// writeFile writes a file with what write says; no path is no file, - is standard
// output.
func writeFile(t *terminal, path string, write func(io.Writer) error) error {
	switch path {
	case "":
		return nil
	case "-":
		return write(t.out)
	}
	f, err := os.Create(path)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "cannot write %s", path)
	}
	b := bufio.NewWriter(f)
	if err := write(b); err != nil {
		_ = f.Close()
		return err
	}
	if err := b.Flush(); err != nil {
		_ = f.Close()
		return fault.Wrap(fault.Unavailable, err, "cannot write %s", path)
	}
	return f.Close()
}
