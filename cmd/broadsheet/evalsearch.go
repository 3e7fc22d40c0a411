package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"broadsheet/services/index"
	"broadsheet/services/index/elastic"
	"broadsheet/services/index/embedded"
	"broadsheet/services/index/relevance"
)

// searchEvalFlags are those of eval that measure the order of searches instead of
// articles.
type searchEvalFlags struct {
	Search   bool   `help:"Measure the order of searches instead: queries with judgements over the sample pages, in an index of its own. Takes no DIR."`
	URL      string `name:"elasticsearch-url" env:"BROADSHEET_ELASTICSEARCH_URL" placeholder:"URL" help:"With --search: of a node; without it the embedded index is measured. What is written there is removed again."`
	Username string `name:"elasticsearch-username" env:"BROADSHEET_ELASTICSEARCH_USERNAME" placeholder:"NAME" help:"With --search: its user; the password is in BROADSHEET_ELASTICSEARCH_PASSWORD."`
}

// relevance measures nDCG@10.
func (c evalCommand) relevance(ctx context.Context, t *terminal) (err error) {
	if len(c.Dirs) > 0 || c.JSON != "" || c.HTML != "" || c.Baseline != "" || len(c.Damage) > 0 || c.Entities {
		return usage("--search goes with --faults and --elasticsearch-url only: the queries and pages are built in")
	}
	store, remove, err := c.searchStore(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	filling, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := relevance.Fill(filling, store); err != nil {
		return err
	}
	report, err := relevance.Measure(ctx, store)
	if err != nil {
		return err
	}
	return report.Write(t.out, c.Faults)
}

// searchStore opens an empty index, and returns what removes it.
func (c evalCommand) searchStore(ctx context.Context) (index.Store, func() error, error) {
	if c.URL != "" {
		store, err := elastic.Open(elastic.Options{
			URLs: []string{c.URL}, Username: c.Username, Password: os.Getenv("BROADSHEET_ELASTICSEARCH_PASSWORD"),
			Prefix: fmt.Sprintf("broadsheet-eval-%d", time.Now().UnixNano()), Refresh: 100 * time.Millisecond,
		})
		if err != nil {
			return nil, nil, err
		}
		remove := func() error {
			ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
			defer cancel()
			return errors.Join(store.Remove(ending), store.Close())
		}
		if _, err := store.Provision(ctx); err != nil {
			return nil, nil, errors.Join(err, remove())
		}
		return store, remove, nil
	}
	dir, err := os.MkdirTemp("", "broadsheet-eval-")
	if err != nil {
		return nil, nil, err
	}
	store, err := embedded.Open(embedded.Options{Dir: dir})
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	return store, func() error { return errors.Join(store.Close(), os.RemoveAll(dir)) }, nil
}
