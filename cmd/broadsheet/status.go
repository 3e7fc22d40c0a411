package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/api"
)

type statusCommand struct {
	serverFlags
	Key  string `arg:"" optional:"" help:"A page: publication/date/edition/page."`
	JSON bool   `name:"json" help:"The server's answer as it is."`
}

// Help is shown by --help.
func (statusCommand) Help() string {
	return `Without a key: what was received and what became of it, the flow through each stage, and whether the books balance; exit code 1 when they do not. With a key: the page's revisions, their fate, and its articles; exit code 1 when its newest revision is dead.

Examples:
  broadsheet status
  broadsheet status lvliang-ribao/2022-10-30/main/01
  broadsheet status --json | jq .accounting.all`
}

// Run shows the status.
func (c statusCommand) Run(ctx context.Context, t *terminal) error {
	server, err := c.client(0)
	if err != nil {
		return usageError{err}
	}
	defer server.Close()
	path := "/v1/status"
	var key newspaper.PageKey
	if c.Key != "" {
		if key, err = newspaper.ParsePageKey(c.Key); err != nil {
			return usageError{err}
		}
		path = "/v1/pages/" + key.String()
	}
	if c.JSON {
		return rawJSON(ctx, t, server, path, nil)
	}
	if c.Key != "" {
		page, err := server.Page(ctx, key)
		if err != nil {
			return err
		}
		printPage(t.out, page)
		if len(page.Revisions) > 0 && page.Revisions[0].Fate == api.Dead {
			return errRefused
		}
		return nil
	}
	status, err := server.Status(ctx)
	if err != nil {
		return err
	}
	printStatus(t.out, status)
	if len(status.Accounting.Differences) > 0 {
		return errRefused
	}
	return nil
}

func printStatus(out io.Writer, s api.Status) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "publication\treceived\tcommitted\tsuperseded\tdead\twaiting\t|\tevents\tapplied\tovertaken\tdead\twaiting\t|\tlive\t")
	row := func(name string, c api.Counts) {
		p, a := c.Pages, c.Articles
		_, _ = fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t|\t%d\t%d\t%d\t%d\t%d\t|\t%d\t\n", name,
			p.Received, p.Committed, p.Superseded, p.Dead, p.Waiting, a.Events, a.Applied, a.Overtaken, a.Dead, a.Waiting, c.Live)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Accounting.Publications)) {
		row(name, s.Accounting.Publications[name])
	}
	row("all", s.Accounting.All)
	_ = w.Flush()

	w = tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "\nstage\tbacklog\tin progress\tper minute\toldest\t")
	for _, stage := range s.Stages {
		oldest := "–"
		if stage.OldestAge > 0 {
			oldest = time.Duration(stage.OldestAge * float64(time.Second)).Round(time.Second).String()
		}
		_, _ = fmt.Fprintf(w, "%s (%s)\t%d\t%d\t%d\t%s\t\n", stage.Name, stage.Unit, stage.Backlog, stage.InProgress, stage.PerMinute, oldest)
	}
	_ = w.Flush()
	if s.Index != nil {
		_, _ = fmt.Fprintf(out, "\nindex: %d articles shown, %d live; %d missing, %d too many\n", s.Index.Documents, s.Index.Live, s.Index.Missing, s.Index.Extra)
	}
	_, _ = fmt.Fprintf(out, "dead letters waiting for a person: %d\n", s.Unresolved)
	_, _ = fmt.Fprintln(out, "books:", balance(s.Accounting))
	for _, d := range append(s.Accounting.Differences, s.Problems...) {
		_, _ = fmt.Fprintln(out, "  !", d)
	}
}

func balance(a api.Accounting) string {
	switch {
	case len(a.Differences) > 0:
		return "do not balance"
	case !a.Exact:
		return "still being read"
	case !a.Settled:
		return "balance, work is under way"
	}
	return "balance, nothing is waiting"
}

func printPage(out io.Writer, p api.Page) {
	_, _ = fmt.Fprintln(out, p.Key)
	if p.Withdrawn != "" {
		_, _ = fmt.Fprintln(out, "withdrawn:", printable(p.Withdrawn))
	}
	for _, r := range p.Revisions {
		_, _ = fmt.Fprintf(out, "\nrevision %d  %s  (%s, %d bytes, received %s)\n", r.Number, r.Fate, r.Stage, r.Size, r.Received.Format(time.RFC3339))
		if r.Message != "" {
			_, _ = fmt.Fprintf(out, "  %s: %s\n", r.Kind, printable(r.Message))
		}
		if r.Remedy != "" {
			_, _ = fmt.Fprintf(out, "  → %s\n", printable(r.Remedy))
		}
		if r.Letter != "" {
			_, _ = fmt.Fprintf(out, "  dead letter %s\n", r.Letter)
		}
		if e := r.Events; e.Events > 0 {
			_, _ = fmt.Fprintf(out, "  article events %d: applied %d, overtaken %d, dead %d, waiting %d\n", e.Events, e.Applied, e.Overtaken, e.Dead, e.Waiting)
		}
	}
	if len(p.Articles) > 0 {
		_, _ = fmt.Fprintln(out)
	}
	for _, a := range p.Articles {
		headline := a.Headline
		if headline == "" {
			headline = "(no headline)"
		}
		_, _ = fmt.Fprintf(out, "%s  lines %s  %s\n  %s  version %d, %s\n", a.State, ranges(a.Lines), printable(headline), a.URI, a.Version, a.Index)
	}
	if p.Text != nil {
		for _, warning := range p.Text.Warnings {
			_, _ = fmt.Fprintln(out, "warning:", printable(warning))
		}
	}
}
