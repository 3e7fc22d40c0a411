package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"broadsheet/pkg/bus"
)

type provisionCommand struct {
	natsFlags
	Storage  int64    `default:"21474836480" env:"BROADSHEET_STORAGE" placeholder:"BYTES" help:"Bytes that the deployment gives to JetStream (${default}); every stream gets its share."`
	Replicas int      `env:"BROADSHEET_REPLICAS" placeholder:"N" help:"On how many servers of a NATS cluster each message is kept: 1, 3 or 5. Without it new streams are kept on one and others as they are."`
	DryRun   bool     `help:"Only show what would be done."`
	LoseData []string `placeholder:"NAME" help:"Carry out a change of this stream or consumer although it loses data, as the refusal says."`
}

// Help is shown by --help.
func (provisionCommand) Help() string {
	return `Compares what the server has with what it has to have, shows the plan, and carries it out. Running it again changes nothing; a change that would lose data is refused, and all others with it. broadsheet up does it by itself.

Examples:
  broadsheet provision --nats nats://nats.example.org:4222 --storage 107374182400 --dry-run
  broadsheet provision --nats nats://nats.example.org:4222 --storage 107374182400`
}

// Run provisions.
func (c provisionCommand) Run(ctx context.Context, t *terminal) error {
	if c.Storage <= 0 {
		return usage("--storage %d is no size: give the bytes that JetStream may use", c.Storage)
	}
	if c.Replicas < 0 || c.Replicas > 5 {
		return usage("--replicas %d: a message is kept on 1, 3 or 5 servers", c.Replicas)
	}
	b, err := c.connectAs(ctx, "provision")
	if err != nil {
		return err
	}
	defer b.Close()
	plan, err := b.Plan(ctx, bus.Layout{Storage: c.Storage, Replicas: c.Replicas})
	if err != nil {
		return err
	}
	refused := c.show(t.out, plan)
	if c.DryRun {
		if refused {
			return errRefused
		}
		return nil
	}
	done, err := b.Apply(ctx, plan, c.LoseData)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.out, "done: %d of %d changes\n", len(done), len(plan))
	return err
}

// show prints a plan, and reports whether a part of it will be refused.
func (c provisionCommand) show(w io.Writer, plan []bus.Change) (refused bool) {
	if len(plan) == 0 {
		_, _ = fmt.Fprintln(w, "nothing to change")
	}
	for _, change := range plan {
		_, _ = fmt.Fprintln(w, change)
		if change.Loses == "" {
			continue
		}
		_, _ = fmt.Fprintf(w, "  loses %s\n", change.Loses)
		if !slices.Contains(c.LoseData, change.Name) {
			refused = true
			_, _ = fmt.Fprintf(w, "  refused without --lose-data %s; %s\n", change.Name, change.Fix)
		}
	}
	return refused
}
