package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse"
	"broadsheet/services/parse/entity"
)

// campaign is a re-parse of many pages. It keeps no state of its own: which pages
// are done, and what that changed, is read off their manifests.
type campaign struct {
	bus      *bus.Bus
	run      string // the commands' run ids begin with it
	every    time.Duration
	out      io.Writer
	progress io.Writer
}

// progressEvery is how often a campaign says how far it is.
const progressEvery = 10 * time.Second

// Of a campaign at most this many commands wait at a time, so that a takedown
// never waits behind hundreds of pages.
const mostOutstanding = 2

// parseAll has parse read pages again, one after the other, and only while no new
// page waits. It returns those that were not asked for because their bytes were
// erased.
func (c *campaign) parseAll(ctx context.Context, keys []newspaper.PageKey) (erased []newspaper.PageKey, err error) {
	said := time.Now()
	for i, key := range keys {
		if time.Since(said) > progressEvery {
			said = time.Now()
			_, _ = fmt.Fprintf(c.progress, "%d of %d pages\n", i, len(keys))
		}
		m, _, err := c.bus.Manifest(ctx, key)
		if err != nil {
			return erased, err
		}
		if m.Run >= c.run {
			continue // before the campaign was interrupted
		}
		if m.ErasedBytes(m.SHA256) {
			erased = append(erased, key)
			continue
		}
		if err := c.room(ctx, mostOutstanding); err != nil {
			return erased, err
		}
		if err := c.bus.Command(ctx, "parse", event.Command{Action: event.Reparse, Key: key, Run: fmt.Sprintf("%s-%06d", c.run, i)}); err != nil {
			return erased, err
		}
		if !bus.Sleep(ctx, c.every) {
			return erased, ctx.Err()
		}
	}
	return erased, c.room(ctx, 1)
}

// room waits until parse has fewer than so many commands to carry out, and no new
// page.
func (c *campaign) room(ctx context.Context, commands uint64) error {
	for {
		given, err := c.bus.ConsumerState(ctx, event.ParseCommands)
		if err != nil {
			return err
		}
		pages, err := c.bus.ConsumerState(ctx, event.ParsePages)
		if err != nil {
			return err
		}
		if given.Pending+given.AckPending < commands && pages.Pending+pages.AckPending == 0 {
			return nil
		}
		if !bus.Sleep(ctx, 50*time.Millisecond) {
			return ctx.Err()
		}
	}
}

// changes are a page's manifests before the campaign and after it; false when it
// was not parsed in it.
func (c *campaign) changes(ctx context.Context, key newspaper.PageKey) (before, after newspaper.Manifest, done bool, err error) {
	err = c.bus.Read(ctx, event.Articles, event.ManifestSubject(key), func(m *bus.Message) error {
		manifest, err := bus.DataOf[newspaper.Manifest](m, event.PageParsed)
		if err != nil {
			return err
		}
		if done = done || manifest.Run >= c.run; done {
			after = manifest
		} else {
			before = manifest
		}
		return nil
	})
	return before, after, done, err
}

// report sums up what the campaign changed.
func (c *campaign) report(ctx context.Context, keys, erased []newspaper.PageKey) error {
	var sum reparseReport
	for _, key := range keys {
		before, after, done, err := c.changes(ctx, key)
		if err != nil {
			return err
		}
		if done {
			sum.add(parse.Differ(before, after))
		} else if !slices.Contains(erased, key) {
			sum.failed = append(sum.failed, key.String())
		}
	}
	sum.erased = len(erased)
	return sum.print(c.out)
}

// preview says what a re-parse would change, without changing anything: the pages
// are parsed here.
func preview(ctx context.Context, b *bus.Bus, parser *parse.Parser, keys []newspaper.PageKey, out io.Writer) error {
	var sum reparseReport
	for _, key := range keys {
		page, _, err := b.Page(ctx, key)
		if err != nil {
			return err
		}
		last, _, err := b.Manifest(ctx, key)
		if err != nil {
			return err
		}
		revision := page.Current()
		if last.ErasedBytes(revision.SHA256) {
			sum.erased++
			continue
		}
		data, err := b.Object(ctx, revision.SHA256)
		var parsed parse.Parsed
		if err == nil {
			parsed, err = parser.Parse(ctx, data, revision.MediaType, key)
		}
		if fault.KindOf(err).Policy().Fate == fault.Wait && err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if err != nil {
			sum.failed = append(sum.failed, key.String())
			continue
		}
		sum.add(parse.Differ(last, parse.Preview(last, key, parsed, time.Now())))
	}
	return sum.print(out)
}

// newPreviewParser is the parser of this program with its own entity model.
func newPreviewParser(catalogue, model string) (*parse.Parser, error) {
	publications, err := newspaper.OpenCatalogue(catalogue)
	if err != nil {
		return nil, err
	}
	tagger, err := entity.Open(model)
	if err != nil {
		return nil, err
	}
	return parse.NewParser(publications, tagger), nil
}

// reparseReport counts articles, with examples to look at.
type reparseReport struct {
	pages, erased int
	changes       parse.Difference
	failed        []string
}

func (r *reparseReport) add(d parse.Difference) {
	r.pages++
	r.changes.Unchanged = append(r.changes.Unchanged, d.Unchanged...)
	r.changes.Changed = append(r.changes.Changed, d.Changed...)
	r.changes.Added = append(r.changes.Added, d.Added...)
	r.changes.Withdrawn = append(r.changes.Withdrawn, d.Withdrawn...)
}

// mostExamples of each sort are printed.
const mostExamples = 5

func (r *reparseReport) print(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "pages      %d\nunchanged  %d\n", r.pages, len(r.changes.Unchanged))
	for _, part := range []struct {
		name string
		of   []string
	}{{"changed", r.changes.Changed}, {"added", r.changes.Added}, {"withdrawn", r.changes.Withdrawn}, {"failed", r.failed}} {
		fmt.Fprintf(&b, "%-9s  %d\n", part.name, len(part.of))
		for _, example := range part.of[:min(len(part.of), mostExamples)] {
			fmt.Fprintf(&b, "  %s\n", example)
		}
	}
	if r.erased > 0 {
		fmt.Fprintf(&b, "erased     %d pages that cannot be parsed again\n", r.erased)
	}
	_, err := io.WriteString(out, b.String())
	if err == nil && len(r.failed) > 0 {
		return errRefused
	}
	return err
}
