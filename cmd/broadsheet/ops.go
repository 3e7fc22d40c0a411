package main

import (
	"context"
	"fmt"
	"runtime/debug"
	"text/tabwriter"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/api"
	"broadsheet/services/parse"
)

type reparseCommand struct {
	natsFlags
	Keys        []string `arg:"" optional:"" name:"key" help:"Pages: publication/date/edition/page."`
	Publication string   `placeholder:"SLUG" help:"All pages of this publication."`
	From        string   `placeholder:"DAY" help:"Only from this day on, YYYY-MM-DD."`
	To          string   `placeholder:"DAY" help:"Only up to this day."`
	Rate        float64  `default:"20" placeholder:"N" help:"With --publication: at most this many pages a second (${default})."`
	Resume      string   `placeholder:"RUN" help:"With --publication: go on with a run that was interrupted, as it was printed."`
	DryRun      bool     `help:"Say what would change, and change nothing: the pages are parsed here."`
	Catalogue   string   `placeholder:"FILE" help:"For --dry-run: publications.yaml, as the service has it."`
	EntityModel string   `placeholder:"FILE" help:"For --dry-run: a model of broadsheet train, as the service has it."`
}

// Help is shown by --help.
func (reparseCommand) Help() string {
	return `Articles that come out as before keep their uri and version. With keys it returns once the commands are accepted; broadsheet status shows the work. With --publication it paces itself, lets new pages go first, can be interrupted and resumed, and ends with a report of articles unchanged, changed, added and withdrawn, with examples. Pages whose bytes were erased are left out.

Examples:
  broadsheet reparse lvliang-ribao/2022-10-30/main/01
  broadsheet reparse --publication lvliang-ribao --from 2022-10-01 --to 2022-10-31
  broadsheet reparse --publication lvliang-ribao --dry-run`
}

// Run gives the commands.
func (c reparseCommand) Run(ctx context.Context, t *terminal) error {
	if (len(c.Keys) == 0) == (c.Publication == "") {
		return usage("name pages or a --publication, not both")
	}
	var keys []newspaper.PageKey
	for _, k := range c.Keys {
		key, err := newspaper.ParsePageKey(k)
		if err != nil {
			return usageError{err}
		}
		keys = append(keys, key)
	}
	for _, day := range []string{c.From, c.To} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			return usage("%q is not a day of the calendar: write it as YYYY-MM-DD", day)
		}
	}
	b, err := c.connect(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	if c.Publication != "" {
		if keys, err = c.pages(ctx, b); err != nil {
			return err
		}
	}
	if c.DryRun {
		parser, err := newPreviewParser(c.Catalogue, c.EntityModel)
		if err != nil {
			return err
		}
		return preview(ctx, b, parser, keys, t.out)
	}
	if c.Publication != "" {
		return c.pace(ctx, b, keys, t)
	}
	for _, key := range keys {
		if err := b.Command(ctx, "parse", event.Command{Action: event.Reparse, Key: key, Run: event.NewRun(time.Now())}); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(t.out, "%d pages will be parsed again\n", len(keys))
	return err
}

// pace parses the pages as a campaign.
func (c reparseCommand) pace(ctx context.Context, b *bus.Bus, keys []newspaper.PageKey, t *terminal) error {
	if c.Rate <= 0 {
		return usage("--rate %v is not above 0", c.Rate)
	}
	run := c.Resume
	if run == "" {
		run = event.NewRun(time.Now())
	}
	if _, err := fmt.Fprintf(t.out, "%d pages will be parsed again; --resume %s goes on with it\n", len(keys), run); err != nil {
		return err
	}
	work := campaign{bus: b, run: run, every: time.Duration(float64(time.Second) / c.Rate), out: t.out, progress: t.err}
	erased, err := work.parseAll(ctx, keys)
	if err != nil {
		return err
	}
	return work.report(ctx, keys, erased)
}

// pages reads the registry as it is now.
func (c reparseCommand) pages(ctx context.Context, b *bus.Bus) ([]newspaper.PageKey, error) {
	var keys []newspaper.PageKey
	seen := map[newspaper.PageKey]bool{}
	err := b.Read(ctx, event.Pages, "", func(m *bus.Message) error {
		key, err := event.KeyOfSubject(m.Subject)
		if err == nil && !seen[key] && key.Publication == c.Publication && (c.From == "" || key.Date >= c.From) && (c.To == "" || key.Date <= c.To) {
			seen[key] = true
			keys = append(keys, key)
		}
		return nil
	})
	return keys, err
}

type deadlettersCommand struct {
	List    lettersListCommand    `cmd:"" default:"withargs" help:"List dead letters (default)."`
	Retry   lettersRetryCommand   `cmd:"" help:"Handle once more what letters name."`
	Discard lettersDiscardCommand `cmd:"" help:"Put letters aside for good."`
}

// Help is shown by --help.
func (deadlettersCommand) Help() string {
	return `Examples:
  broadsheet deadletters
  broadsheet deadletters retry parse.PAGES.17
  broadsheet deadletters discard parse.PAGES.17`
}

type lettersListCommand struct {
	serverFlags
	JSON bool `name:"json" help:"The server's answer as it is."`
}

// Run lists.
func (c lettersListCommand) Run(ctx context.Context, t *terminal) error {
	server, err := c.client(0)
	if err != nil {
		return usageError{err}
	}
	defer server.Close()
	if c.JSON {
		return rawJSON(ctx, t, server, "/v1/deadletters", nil)
	}
	var letters api.Letters
	if err := server.Get(ctx, "/v1/deadletters", nil, &letters); err != nil {
		return err
	}
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	for _, l := range letters.Letters {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", l.ID, l.Key, l.Kind, l.Resolution, printable(l.Message))
	}
	_ = w.Flush()
	_, err = fmt.Fprintf(t.out, "%d wait for a person\n", letters.Unresolved)
	return err
}

type lettersRetryCommand struct {
	serverFlags
	IDs []string `arg:"" name:"id" help:"Letters, as listed."`
}

// Run retries.
func (c lettersRetryCommand) Run(ctx context.Context, t *terminal) error {
	return resolve(ctx, t, c.serverFlags, c.IDs, "retry")
}

type lettersDiscardCommand struct {
	serverFlags
	IDs []string `arg:"" name:"id" help:"Letters, as listed."`
}

// Run discards.
func (c lettersDiscardCommand) Run(ctx context.Context, t *terminal) error {
	return resolve(ctx, t, c.serverFlags, c.IDs, "discard")
}

func resolve(ctx context.Context, t *terminal, f serverFlags, ids []string, what string) error {
	server, err := f.client(0)
	if err != nil {
		return usageError{err}
	}
	defer server.Close()
	refused := false
	for _, id := range ids {
		var r api.Resolution
		err := server.Post(ctx, "/v1/deadletters/"+id+"/"+what, &r)
		if err != nil && exitCode(fault.KindOf(err)) != exitRefused {
			return err
		}
		if err != nil {
			refused = true
			_, _ = fmt.Fprintf(t.out, "%s\trefused: %s\n", id, printable(err.Error()))
			continue
		}
		_, _ = fmt.Fprintf(t.out, "%s\t%s\n", id, r.Resolution)
	}
	if refused {
		return errRefused
	}
	return nil
}

type versionCommand struct{}

// Help is shown by --help.
func (versionCommand) Help() string { return "Example:\n  broadsheet version" }

// version is set by the linker for releases.
var version = ""

// Run prints the version.
func (versionCommand) Run(t *terminal) error {
	_, err := fmt.Fprintf(t.out, "broadsheet %s (parser %d)\n", programVersion(), parse.Version)
	return err
}

func programVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "development " + s.Value[:12]
		}
	}
	return "development"
}
