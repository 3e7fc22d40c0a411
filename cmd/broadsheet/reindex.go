package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/services/index/search"
)

type reindexCommand struct {
	natsFlags
	Wait     bool `help:"Return when searches answer from the new index."`
	LoseData bool `help:"Go on although the streams lack articles that the index holds: they are gone then."`
}

// Help is shown by --help.
func (reindexCommand) Help() string {
	return `The index service builds a second index from the streams, beside the one that is searched. Searches go on and new articles reach both; when the second holds whatever the first does, compared by id and version, searches move over and the first is deleted. Nothing but the streams is needed. Killed half way, it goes on when an index service runs again.

Example:
  broadsheet reindex --wait`
}

// Run gives the command.
func (c reindexCommand) Run(ctx context.Context, t *terminal) error {
	b, err := c.connect(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	run := event.NewRun(time.Now())
	if err := b.Command(ctx, "index", event.Command{Action: event.Reindex, Run: run, LoseData: c.LoseData}); err != nil {
		return err
	}
	if !c.Wait {
		_, err = fmt.Fprintln(t.out, "the index will be built anew")
		return err
	}
	if err := awaitReindex(ctx, t, b, run); err != nil {
		return err
	}
	_, err = fmt.Fprintln(t.out, "searches answer from the new index")
	return err
}

// awaitReindex returns when a reindex is over.
func awaitReindex(ctx context.Context, t *terminal, b *bus.Bus, run string) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	id := search.GenerationOf(run)
	shown, looked := time.Now(), time.Time{}
	for {
		// Where the reindex is, only the services know: what they leave on the way is
		// looked at. An outage is waited for.
		next, err := b.Position(ctx, event.IndexNext)
		at, errAt := b.Position(ctx, event.IndexArticles)
		if fault.Is(err, fault.NotFound) && errAt == nil && slices.Equal(at.Stores, []string{id}) {
			return nil
		}
		if time.Since(looked) > time.Second {
			if dead, err := deadReindex(ctx, b, run); err == nil && dead != nil {
				return dead
			}
			looked = time.Now()
		}
		if err == nil && slices.Contains(next.Stores, id) && time.Since(shown) > 5*time.Second {
			if state, err := b.ConsumerState(ctx, event.IndexNext); err == nil {
				shown = time.Now()
				_, _ = fmt.Fprintf(t.err, "%d article events to go\n", state.Pending+state.AckPending)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// deadReindex returns why a reindex was given up.
func deadReindex(ctx context.Context, b *bus.Bus, run string) (dead, err error) {
	err = b.Read(ctx, event.DeadLetters, "deadletters.index."+event.Commands+".>", func(m *bus.Message) error {
		l, err := bus.LetterOf(m)
		if err != nil || l.Resolution != "" {
			return err
		}
		c, err := bus.DeadCommand(l)
		if err == nil && c.Run == run {
			dead = fault.New(l.Kind, "%s", l.Message).Fix("%s", l.Remedy)
		}
		return err
	})
	return dead, err
}
