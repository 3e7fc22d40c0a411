package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"broadsheet/cmd/broadsheet/client"
	"broadsheet/cmd/broadsheet/intake"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

type importCommand struct {
	sendFlags
	Files    []string `arg:"" help:"Files of articles, one JSON object a line; - reads standard input."`
	Check    bool     `help:"Only look whether every line can be taken in; nothing is sent."`
	Announce bool     `help:"Say that the pages belong to their day's paper, so that it is known when all are there."`
}

// Help is shown by --help.
func (importCommand) Help() string {
	return `For archives that were segmented elsewhere: takes articles as broadsheet parse and broadsheet export write them. print.publication, date, edition and page say which page an article is of; its uri, version and lines are made anew. People, organisations, places and mentions are found in articles that come without any. Every line is checked before anything is sent; each page goes through the streams as an upload of its own, with revisions, and becomes searchable whole or not at all. The articles of a page must all be in one import: what is missing is withdrawn.

Run it again after an interruption: only what is missing is sent.

Examples:
  broadsheet import --check archive-1998.jsonl
  broadsheet import --wait archive-1998.jsonl archive-1999.jsonl
  broadsheet export --server http://old:8080 | broadsheet import -`
}

// mostMistakes is how many wrong lines are shown.
const mostMistakes = 50

// Run imports.
func (c importCommand) Run(ctx context.Context, t *terminal) error {
	files, done, err := onDisk(t, c.Files)
	if err != nil {
		return err
	}
	defer done()
	archive, mistakes, err := intake.OpenArchive(files)
	if err != nil {
		return err
	}
	defer archive.Close()
	if len(mistakes) > 0 {
		printMistakes(t, mistakes)
		return errRefused
	}
	if archive.Articles == 0 {
		return fault.New(fault.Invalid, "there is no article in it")
	}
	_, _ = fmt.Fprintf(t.out, "%d articles on %d pages can be taken in\n", archive.Articles, len(archive.Pages))
	if c.Check {
		return nil
	}
	items := make([]intake.Item, len(archive.Pages))
	for i, key := range archive.Pages {
		items[i] = intake.Item{Path: archive.File(key), Key: key}
	}
	return c.send(ctx, t, items, c.Announce, func(ctx context.Context, server *client.Client, item intake.Item) (newspaper.Receipt, error) {
		data, err := archive.Page(item.Key)
		if err != nil {
			return newspaper.Receipt{}, err
		}
		return server.Upload(ctx, client.Upload{Key: item.Key, Data: data, MediaType: newspaper.ArticlesType})
	})
}

func printMistakes(t *terminal, mistakes []intake.Mistake) {
	for i, m := range mistakes {
		if i == mostMistakes {
			_, _ = fmt.Fprintf(t.out, "… and %d more\n", len(mistakes)-i)
			break
		}
		_, _ = fmt.Fprintf(t.out, "%s line %d: %s\n", printable(m.File), m.Line, printable(m.Err.Error()))
		if p := fault.ProblemOf(m.Err); p.Remedy != "" {
			_, _ = fmt.Fprintf(t.out, "    → %s\n", p.Remedy)
		}
	}
	_, _ = fmt.Fprintf(t.out, "%d lines cannot be taken in; nothing was sent\n", len(mistakes))
}

// onDisk puts standard input into a file: the lines are read twice. done removes it.
func onDisk(t *terminal, paths []string) (files []string, done func(), err error) {
	done = func() {}
	for _, path := range paths {
		if path != "-" {
			files = append(files, path)
			continue
		}
		f, err := os.CreateTemp("", "broadsheet-import-*.jsonl")
		if err != nil {
			return nil, done, fault.Wrap(fault.Invalid, err, "cannot keep standard input")
		}
		earlier := done
		done = func() { earlier(); _ = os.Remove(f.Name()) }
		_, err = io.Copy(f, t.in)
		if closing := f.Close(); err == nil {
			err = closing
		}
		if err != nil {
			done()
			return nil, func() {}, fault.Wrap(fault.Invalid, err, "cannot keep standard input")
		}
		files = append(files, f.Name())
	}
	return files, done, nil
}
