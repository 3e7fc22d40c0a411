package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"broadsheet/cmd/broadsheet/client"
	"broadsheet/cmd/broadsheet/intake"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

type importCommand struct {
	serverFlags
	Files    []string      `arg:"" help:"Files of articles, one JSON object a line; - reads standard input."`
	Check    bool          `help:"Only look whether every line can be taken in; nothing is sent."`
	Announce bool          `help:"Say that the pages belong to their day's paper, so that it is known when all are there."`
	Wait     bool          `help:"Wait until every page is searchable or dead, and say which."`
	Parallel int           `default:"4" help:"Pages sent at a time (${default})."`
	Patience time.Duration `default:"2m" help:"How long to try again while the server is away, busy or full (${default})."`
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
	return c.send(ctx, t, archive)
}

func (c importCommand) send(ctx context.Context, t *terminal, archive *intake.Archive) error {
	server, err := c.client(c.Patience)
	if err != nil {
		return usageError{err}
	}
	defer server.Close()
	outcomes := make([]outcome, len(archive.Pages))
	items := make([]intake.Item, len(archive.Pages))
	for i, key := range archive.Pages {
		items[i] = intake.Item{Path: archive.File(key), Key: key}
	}
	if c.Announce {
		if err := announce(ctx, server, items); err != nil {
			return err
		}
	}
	progress := newProgress(t, len(items), "importing")
	var group errgroup.Group
	group.SetLimit(max(c.Parallel, 1))
	for i, item := range items {
		group.Go(func() error {
			o := &outcomes[i]
			o.Item = item
			if o.Err = ctx.Err(); o.Err == nil {
				var data []byte
				if data, o.Err = archive.Page(item.Key); o.Err == nil {
					o.receipt, o.Err = server.Upload(ctx, client.Upload{Key: item.Key, Data: data, MediaType: newspaper.ArticlesType})
				}
			}
			progress.done(o.line())
			return nil
		})
	}
	_ = group.Wait() // outcomes carry the errors
	progress.end()
	if err := ctx.Err(); err != nil {
		_, _ = fmt.Fprintln(t.err, "interrupted: run the same command again, only what is missing is sent")
		return err
	}
	return uploadCommand{Wait: c.Wait}.finish(ctx, t, server, outcomes)
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
