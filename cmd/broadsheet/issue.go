package main

import (
	"context"
	"fmt"
	"slices"

	"broadsheet/cmd/broadsheet/client"
	"broadsheet/cmd/broadsheet/intake"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/api"
)

type issueCommand struct {
	serverFlags
	Issue string `arg:"" placeholder:"PUBLICATION/DATE" help:"The day's paper, for example lvliang-ribao/2022-10-30."`
	JSON  bool   `name:"json" help:"The server's answer as it is."`
}

// Help is shown by --help.
func (issueCommand) Help() string {
	return `Shows the pages of a day's paper with their fate, those that are missing too, and their articles in order. Exit code 1 if it is not complete.

Examples:
  broadsheet issue lvliang-ribao/2022-10-30
  broadsheet issue --json lvliang-ribao/2022-10-30 | jq '.editions[].pages[] | select(.fate != "committed")'`
}

// Run shows an issue.
func (c issueCommand) Run(ctx context.Context, t *terminal) error {
	issue, err := newspaper.ParseIssueKey(c.Issue)
	if err != nil {
		return usageError{err}
	}
	server, err := c.client(0)
	if err != nil {
		return usageError{err}
	}
	defer server.Close()
	if c.JSON {
		return rawJSON(ctx, t, server, "/v1/issues/"+issue.String(), nil)
	}
	i, err := server.Issue(ctx, issue)
	if err != nil {
		return err
	}
	printIssue(t, &i)
	if !i.Complete {
		return errRefused
	}
	return nil
}

// sure says how it is known which pages an issue has.
var sure = map[string]string{
	api.ByAnnouncement: "as announced", api.ByCatalogue: "by the catalogue's number of pages", api.ByNumbering: "as far as the numbering tells",
}

func printIssue(t *terminal, i *api.Issue) {
	state := "complete"
	if !i.Complete {
		state = "not complete"
	}
	_, _ = fmt.Fprintf(t.out, "%s %s: %s, %s\n", printable(i.Name), i.Date, state, sure[i.Expected])
	n := i.Counts
	_, _ = fmt.Fprintf(t.out, "%d pages: %d committed, %d waiting, %d dead, %d missing; %d articles\n", n.Total, n.Committed, n.Waiting, n.Dead, n.Missing, n.Articles)
	for _, e := range i.Editions {
		for _, p := range e.Pages {
			_, _ = fmt.Fprintf(t.out, "\n%s/%s  %s", e.Edition, p.Key.Page, p.Fate)
			if p.Message != "" {
				_, _ = fmt.Fprintf(t.out, ": %s", printable(p.Message))
			}
			_, _ = fmt.Fprintln(t.out)
			for _, a := range p.Articles {
				printIssueArticle(t, &a)
			}
		}
	}
}

func printIssueArticle(t *terminal, a *api.Article) {
	headline := a.Headline
	if headline == "" {
		headline = "(no headline)"
	}
	_, _ = fmt.Fprintf(t.out, "  %s", printable(headline))
	for i, p := range a.Parts {
		if p.URI == a.URI && i > 0 {
			_, _ = fmt.Fprintf(t.out, "  ← %s", a.Parts[i-1].Page)
		}
		if p.URI == a.URI && i < len(a.Parts)-1 {
			_, _ = fmt.Fprintf(t.out, "  → %s", a.Parts[i+1].Page)
		}
	}
	_, _ = fmt.Fprintf(t.out, "\n    %s\n", a.URI)
}

// announce says which pages the issues of an upload have. What is announced is
// what was meant to be sent, also where a file turns out to be missing: then the
// issue is not complete.
func announce(ctx context.Context, server *client.Client, items []intake.Item) error {
	pages := map[newspaper.IssueKey][]newspaper.PageKey{}
	var issues []newspaper.IssueKey
	for _, item := range items {
		if item.Key.IsZero() {
			continue
		}
		issue := item.Key.Issue()
		if pages[issue] == nil {
			issues = append(issues, issue)
		}
		pages[issue] = append(pages[issue], item.Key)
	}
	for _, issue := range issues {
		for part := range slices.Chunk(pages[issue], newspaper.MaxIssuePages) {
			if _, err := server.Announce(ctx, issue, part); err != nil {
				return err
			}
		}
	}
	return nil
}
