package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"

	"broadsheet/cmd/broadsheet/internal/madeup"
	"broadsheet/pkg/newspaper"
)

// newPages are numbered from here on, so that they are not among those that are
// parsed again.
const newPages = 1_000_000

// unchanged is what the report of a re-parse says when the parser is the same.
var unchanged = regexp.MustCompile(`(?s)pages +(\d+)\n.*changed +0\nadded +0\nwithdrawn +0\nfailed +0\n`)

// reparse has all pages parsed again as fast as they are let through, while new
// ones come in, and compares how soon those are found with how soon they are
// without it.
func (c *target) reparse(ctx context.Context, s settings, r *report) error {
	dir, err := os.MkdirTemp("", "broadsheet-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	tool := filepath.Join(dir, "broadsheet")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", tool, "broadsheet/cmd/broadsheet").CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	first := newPages
	page := func(n int) madeup.Page { return madeup.New(reparseSeed, first+n, 1, s.articles) }
	sent := func(newspaper.PageKey, time.Time) {}
	without, err := c.steadily(ctx, s, page, s.lasting(), sent)
	if err != nil {
		return err
	}
	first += newPages
	last := madeup.New(backfillSeed, s.pages-1, 1, s.articles).Key.Date
	command := exec.CommandContext(ctx, tool, "reparse", "--publication", "ceshi-bao", "--to", last, "--rate", "1000")
	command.Env = append(os.Environ(), c.operator...)
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, os.Stderr
	began := time.Now()
	if err := command.Start(); err != nil {
		return err
	}
	ended, failed := make(chan struct{}), error(nil)
	go func() { failed = command.Wait(); close(ended) }()
	with, err := c.steadily(ctx, s, page, func(int) bool {
		select {
		case <-ended:
			return false
		default:
			return true
		}
	}, sent)
	<-ended
	took := time.Since(began)
	if err != nil {
		return err
	}
	parsed := unchanged.FindStringSubmatch(said.String())
	if failed != nil || parsed == nil {
		return fmt.Errorf("the re-parse has not ended as it should (%v); it says\n%s", failed, said.String())
	}
	r.add(fmt.Sprintf("searchable p50 / p99 at %d pages/s, nothing parsed again", s.rate), without.searchable.quantiles(), "")
	r.add(fmt.Sprintf("… while %s pages are parsed again", parsed[1]), with.searchable.quantiles(),
		fmt.Sprintf("p99 ≤ 2 × that without; is %.1f ×", float64(with.searchable.at(0.99))/float64(without.searchable.at(0.99))))
	r.add(fmt.Sprintf("%s pages parsed again, none changed", parsed[1]), round(took), "")
	return nil
}
