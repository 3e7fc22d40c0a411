package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"broadsheet/cmd/broadsheet/client"
	"broadsheet/pkg/fault"
	"broadsheet/services/console/api"
)

// progress is a bar on a screen, and plain lines in a pipe. It is safe for
// concurrent use.
type progress struct {
	mu  sync.Mutex
	bar *progressbar.ProgressBar
	t   *terminal
}

func newProgress(t *terminal, total int, what string) *progress {
	p := &progress{t: t}
	if interactive(t.err) {
		p.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(t.err), progressbar.OptionSetDescription(what),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("pages"),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	return p
}

func (p *progress) done(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Add(1)
		return
	}
	_, _ = fmt.Fprintln(p.t.out, line)
}

func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}

// waitForPages returns when each uploaded revision can be searched, or is dead,
// or was replaced by a newer one. It prints the dead ones and returns their
// number.
func waitForPages(ctx context.Context, t *terminal, server *client.Client, outcomes []outcome) (int, error) {
	var waiting []*outcome
	for i := range outcomes {
		if outcomes[i].Err == nil {
			waiting = append(waiting, &outcomes[i])
		}
	}
	bar := newProgress(t, len(waiting), "waiting")
	defer bar.end()
	searchable, dead := 0, 0
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		var still []*outcome
		for _, o := range waiting {
			state, why, err := fateOf(ctx, server, o)
			switch {
			case err != nil:
				return dead, err
			case state == "":
				still = append(still, o)
				continue
			case state == "dead":
				dead++
			default:
				searchable++
			}
			bar.done(fmt.Sprintf("%s\t%s\t%s%s", state, o.Path, o.Key, why))
		}
		if waiting = still; len(waiting) == 0 {
			break
		}
		select {
		case <-ctx.Done():
			return dead, ctx.Err()
		case <-time.After(pause):
		}
	}
	_, _ = fmt.Fprintf(t.out, "searchable %d\ndead       %d\n", searchable, dead)
	return dead, nil
}

// fateOf says how an uploaded revision ended, or "" while it has not.
func fateOf(ctx context.Context, server *client.Client, o *outcome) (state, why string, err error) {
	page, err := server.Page(ctx, o.Key)
	if fault.Is(err, fault.NotFound) { // the ledger has not read it yet
		return "", "", nil
	}
	if err != nil {
		return "", "", err
	}
	for _, r := range page.Revisions {
		if r.Number == o.receipt.Number {
			state, why = stateOf(page, r)
			return state, why, nil
		}
	}
	return "", "", nil
}

func stateOf(page api.Page, r api.Revision) (state, why string) {
	switch r.Fate {
	case api.Dead, api.Discarded:
		return "dead", ": " + printable(r.Message)
	case api.Superseded:
		return "superseded", fmt.Sprintf(" by revision %d", r.Replaced)
	case api.Committed:
		if r.Events.Waiting > 0 {
			return "", ""
		}
		if r.Events.Dead > 0 {
			return "dead", fmt.Sprintf(": the index refused %d articles, see broadsheet status %s", r.Events.Dead, page.Key)
		}
		return "searchable", ""
	}
	return "", ""
}
