package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"broadsheet/cmd/broadsheet/client"
	"broadsheet/cmd/broadsheet/intake"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// sendFlags are of the commands that send pages.
type sendFlags struct {
	serverFlags
	Wait     bool          `help:"Wait until every page is searchable or dead, and say which."`
	Parallel int           `default:"4" help:"Pages sent at a time (${default})."`
	Patience time.Duration `default:"2m" help:"How long to try again while the server is away, busy or full (${default})."`
}

// outcome is what became of a file.
type outcome struct {
	intake.Item
	receipt newspaper.Receipt
}

func (o *outcome) state() string {
	switch {
	case o.Err != nil:
		return "refused"
	case o.receipt.Duplicate:
		return "duplicate"
	}
	return "accepted"
}

// send sends pages with one, several at a time, and says what became of each.
func (f sendFlags) send(ctx context.Context, t *terminal, items []intake.Item, announced bool, one func(context.Context, *client.Client, intake.Item) (newspaper.Receipt, error)) error {
	server, err := f.client(f.Patience)
	if err != nil {
		return usageError{err}
	}
	defer server.Close()
	if announced {
		if err := announce(ctx, server, items); err != nil {
			return err
		}
	}
	outcomes := make([]outcome, len(items))
	progress := newProgress(t, len(items), "sending")
	var group errgroup.Group
	group.SetLimit(max(f.Parallel, 1))
	for i, item := range items {
		group.Go(func() error {
			o := &outcomes[i]
			o.Item = item
			if o.Err == nil {
				o.Err = ctx.Err()
			}
			if o.Err == nil {
				o.receipt, o.Err = one(ctx, server, item)
			}
			progress.done(o.line())
			return nil
		})
	}
	_ = group.Wait() // outcomes carry the errors
	progress.end()
	if err := ctx.Err(); err != nil {
		_, _ = fmt.Fprintln(t.err, "interrupted: run the same command again, only what is missing is sent")
		return err
	}
	return f.finish(ctx, t, server, outcomes)
}

func (o *outcome) line() string {
	if o.Err != nil {
		return fmt.Sprintf("refused\t%s\t%s", o.Path, printable(o.Err.Error()))
	}
	return fmt.Sprintf("%s\t%s\t%s revision %d", o.state(), o.Path, o.Key, o.receipt.Number)
}

// finish prints the table, and waits where asked to.
func (f sendFlags) finish(ctx context.Context, t *terminal, server *client.Client, outcomes []outcome) error {
	count := map[string]int{}
	var worst error
	for i := range outcomes {
		o := &outcomes[i]
		count[o.state()]++
		if o.Err != nil && fault.KindOf(o.Err).Policy().Fate == fault.Wait {
			worst = o.Err
		}
	}
	_, _ = fmt.Fprintf(t.out, "\naccepted   %d\nduplicate  %d\nrefused    %d\n", count["accepted"], count["duplicate"], count["refused"])
	for i := range outcomes {
		if o := &outcomes[i]; o.Err != nil {
			printRefusal(t, o)
		}
	}
	dead := 0
	if f.Wait {
		var err error
		if dead, err = waitForPages(ctx, t, server, outcomes); err != nil {
			return err
		}
	}
	switch {
	case worst != nil:
		return fault.Wrap(fault.KindOf(worst), worst, "not all pages could be uploaded").
			Fix("run the same command again when the server is back: only what is missing is sent")
	case dead > 0 || count["refused"] > 0:
		return errRefused
	}
	return nil
}

func printRefusal(t *terminal, o *outcome) {
	name := o.Path
	if o.Row > 0 {
		name = fmt.Sprintf("row %d: %s", o.Row, o.Path)
	}
	_, _ = fmt.Fprintf(t.out, "  %s\n    %s\n", printable(name), printable(o.Err.Error()))
	if p := fault.ProblemOf(o.Err); p.Remedy != "" {
		_, _ = fmt.Fprintf(t.out, "    → %s\n", p.Remedy)
	}
}
