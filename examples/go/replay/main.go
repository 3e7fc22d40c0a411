// Command replay prints the articles of a month as they are now, as CSV.
//
//	go run broadsheet/examples/go/replay 2022-10
package main

import (
	"context"
	"encoding/csv"
	"log"
	"maps"
	"os"
	"slices"
	"time"

	"broadsheet/client"
	"broadsheet/examples/go/internal/connect"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: replay YYYY-MM")
	}
	month, err := time.Parse("2006-01", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	c, err := connect.Client(ctx, "replay")
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	articles := map[string]*client.Article{}
	days := client.Filter{FirstDay: month.Format(time.DateOnly), LastDay: month.AddDate(0, 1, -1).Format(time.DateOnly)}
	err = c.Replay(ctx, client.Subscription{Filter: days}, 1000, func(_ context.Context, batch []client.Event) error {
		for _, e := range batch {
			// The newest event of an article counts; one that is not parsed takes it away.
			if e.Type == client.ArticleParsed {
				articles[e.URI()] = e.Article
			} else {
				delete(articles, e.URI())
			}
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	out := csv.NewWriter(os.Stdout)
	for _, uri := range slices.Sorted(maps.Keys(articles)) {
		_ = out.Write([]string{uri, articles[uri].Version, articles[uri].MainHeadline()})
	}
	if out.Flush(); out.Error() != nil {
		log.Fatal(out.Error())
	}
}
