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
	Query []string `arg:"" optional:"" help:"What to look for: words, \"phrases\", OR, NOT, fields like person:NAME (docs/searching.md)."`
	filterFlags
	MinConfidence string   `placeholder:"NUMBER" help:"Only of pages read with at least this confidence, 0 to 1."`
	Sort          string   `placeholder:"ORDER" help:"relevance, newest, oldest or position."`
	Facet         []string `placeholder:"NAME" help:"Count publication, month, person, organisation, place or title over all that is found."`
	Limit         int      `default:"10" help:"Articles at most (${default})."`
	Cursor        string   `help:"Go on behind an earlier answer's next."`
	JSON          bool     `name:"json" help:"The server's answer as it is."`
}

// Help is shown by --help.
func (searchCommand) Help() string {
	return `Examples:
  broadsheet search 市人大常委会
  broadsheet search --person 刘振国 --from 2022-10-01 --to 2022-10-31
  broadsheet search '(大雪 OR 暴雨) NOT 高温 place:河阳县' --facet person --facet month
  broadsheet search 煤矿 --json | jq '.articles[].uri'`
}

func (c searchCommand) query() url.Values {
	q := c.filterFlags.query()
	q.Set("limit", strconv.Itoa(c.Limit))
	if len(c.Facet) > 0 {
		q["facet"] = c.Facet
	}
	for name, value := range map[string]string{
		"q": strings.Join(c.Query, " "), "minConfidence": c.MinConfidence, "sort": c.Sort, "cursor": c.Cursor,
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
	for _, name := range c.Facet {
		printFacet(t, name, hits.Facets[name])
	}
	most := ""
	if hits.TotalRelation == "atLeast" {
		most = "more than "
	}
	_, _ = fmt.Fprintf(t.out, "%d of %s%d articles\n", len(hits.Articles), most, hits.Total)
	for _, note := range hits.Notes {
		_, _ = fmt.Fprintln(t.err, printable(note))
	}
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

func printFacet(t *terminal, name string, counts []client.Count) {
	_, _ = fmt.Fprintln(t.out, name)
	for _, c := range counts {
		_, _ = fmt.Fprintf(t.out, "  %6d  %s\n", c.Count, printable(c.Value))
	}
	_, _ = fmt.Fprintln(t.out)
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
