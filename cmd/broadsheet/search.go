package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"broadsheet/cmd/broadsheet/client"
)

type searchCommand struct {
	serverFlags
	Query        []string `arg:"" optional:"" help:"Words to look for."`
	Publication  string   `placeholder:"SLUG" help:"Only of this publication."`
	From         string   `placeholder:"DAY" help:"Only from this day on, YYYY-MM-DD."`
	To           string   `placeholder:"DAY" help:"Only up to this day."`
	Edition      string   `placeholder:"SLUG" help:"Only of this edition."`
	Page         string   `placeholder:"PAGE" help:"Only of this page."`
	Person       string   `placeholder:"NAME" help:"Only with this person."`
	Organisation string   `placeholder:"NAME" help:"Only with this organisation."`
	Place        string   `placeholder:"NAME" help:"Only with this place."`
	Limit        int      `default:"10" help:"Articles at most (${default})."`
	Cursor       string   `help:"Go on behind an earlier answer's next."`
	JSON         bool     `name:"json" help:"The server's answer as it is."`
}

// Help is shown by --help.
func (searchCommand) Help() string {
	return `Examples:
  broadsheet search 市人大常委会
  broadsheet search --person 刘振国 --from 2022-10-01 --to 2022-10-31
  broadsheet search 煤矿 --json | jq '.articles[].uri'`
}

func (c searchCommand) query() url.Values {
	q := url.Values{"limit": {strconv.Itoa(c.Limit)}}
	for name, value := range map[string]string{
		"q": strings.Join(c.Query, " "), "publication": c.Publication, "from": c.From, "to": c.To, "edition": c.Edition,
		"page": c.Page, "person": c.Person, "organisation": c.Organisation, "place": c.Place, "cursor": c.Cursor,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// Run searches.
func (c searchCommand) Run(ctx context.Context, t *terminal) error {
	server, err := c.client(0)
	if err != nil {
		return usageError{err}
	}
	defer server.Close()
	if c.JSON {
		return rawJSON(ctx, t, server, "/v1/articles", c.query())
	}
	hits, err := server.Search(ctx, c.query())
	if err != nil {
		return err
	}
	for i := range hits.Articles {
		printHit(t, &hits.Articles[i])
	}
	_, _ = fmt.Fprintf(t.out, "%d of %d articles\n", len(hits.Articles), hits.Total)
	if hits.Next != "" {
		_, _ = fmt.Fprintf(t.out, "more: add --cursor %s\n", hits.Next)
	}
	return nil
}

// rawJSON prints the answer at a path as the server gave it.
func rawJSON(ctx context.Context, t *terminal, server *client.Client, path string, q url.Values) error {
	var answer json.RawMessage
	if err := server.Get(ctx, path, q, &answer); err != nil {
		return err
	}
	_, err := fmt.Fprintf(t.out, "%s\n", strings.TrimSpace(string(answer)))
	return err
}

func printHit(t *terminal, h *client.Hit) {
	headline := h.MainHeadline()
	if headline == "" {
		headline = "(no headline)"
	}
	name := h.Print.Name
	if name == "" {
		name = h.Print.Publication
	}
	_, _ = fmt.Fprintf(t.out, "%s\n  %s %s, page %s", printable(headline), printable(name), h.Print.Date, h.Print.Page)
	if h.By != "" {
		_, _ = fmt.Fprintf(t.out, ", %s", printable(h.By))
	}
	_, _ = fmt.Fprintln(t.out)
	if len(h.People) > 0 {
		_, _ = fmt.Fprintf(t.out, "  %s\n", printable(people(h.People)))
	}
	if start := firstRunes(h.Text(), 60); start != "" {
		_, _ = fmt.Fprintf(t.out, "  %s\n", printable(start))
	}
	_, _ = fmt.Fprintf(t.out, "  %s\n\n", h.URI)
}

// firstRunes is the beginning of a text on one line.
func firstRunes(s string, most int) string {
	r := []rune(strings.ReplaceAll(s, "\n", " "))
	if len(r) > most {
		return string(r[:most]) + "…"
	}
	return string(r)
}
