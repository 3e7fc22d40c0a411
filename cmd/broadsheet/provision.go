package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"broadsheet/pkg/bus"
	"broadsheet/services/index/elastic"
)

type provisionCommand struct {
	natsFlags
	Storage  int64    `default:"21474836480" env:"BROADSHEET_STORAGE" placeholder:"BYTES" help:"Bytes that the deployment gives to JetStream (${default}); every stream gets its share."`
	Replicas int      `env:"BROADSHEET_REPLICAS" placeholder:"N" help:"On how many servers of a NATS cluster each message is kept: 1, 3 or 5. Without it new streams are kept on one and others as they are."`
	DryRun   bool     `help:"Only show what would be done."`
	LoseData []string `placeholder:"NAME" help:"Carry out a change of this stream, consumer or template although it loses data, as the refusal says."`

	PrintRole     roleName         `name:"print-role" placeholder:"ROLE" help:"Print a role for Elasticsearch, as PUT /_security/role/NAME takes it, and end. Alone or =index: the least that the index service needs. =manager: what provision needs, and an index service that is to carry out broadsheet reindex."`
	Elasticsearch elastic.Settings `embed:"" group:"Elasticsearch, when the index is kept there"`
}

// roleName names a role; given without one it is the index service's.
type roleName string

const (
	roleIndex   roleName = "index"
	roleManager roleName = "manager"
)

// IsBool says that the flag may stand alone.
func (roleName) IsBool() bool { return true }

// Decode reads what is behind the "=", if anything.
func (r *roleName) Decode(c *kong.DecodeContext) error {
	*r = roleIndex
	if c.Scan.Peek().Type == kong.FlagValueToken {
		*r = roleName(fmt.Sprint(c.Scan.Pop().Value))
	}
	if *r != roleIndex && *r != roleManager {
		return fmt.Errorf("there is no role %s: give index or manager", string(*r))
	}
	return nil
}

// Help is shown by --help.
func (provisionCommand) Help() string {
	return `Compares what the server has with what it has to have, shows the plan, and carries it out. Running it again changes nothing; a change that would lose data is refused, and all others with it. With --elasticsearch-url the index template, a first index and the alias over it are made too. broadsheet up does it by itself.

Examples:
  broadsheet provision --nats nats://nats.example.org:4222 --storage 107374182400 --dry-run
  broadsheet provision --nats nats://nats.example.org:4222 --storage 107374182400
  broadsheet provision --nats nats://nats:4222 --elasticsearch-url https://es:9200 --elasticsearch-username broadsheet-manager
  broadsheet provision --print-role=manager`
}

// Run provisions.
func (c provisionCommand) Run(ctx context.Context, t *terminal) error {
	switch c.PrintRole {
	case roleIndex:
		_, err := fmt.Fprintln(t.out, elastic.Role(c.Elasticsearch.Prefix))
		return err
	case roleManager:
		_, err := fmt.Fprintln(t.out, elastic.ManagerRole(c.Elasticsearch.Prefix))
		return err
	}
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
	var index []elastic.Change
	store, err := openElasticsearch(c.Elasticsearch)
	if err != nil {
		return err
	}
	if store != nil {
		defer func() { _ = store.Close() }()
		if index, err = store.Plan(ctx); err != nil {
			return err
		}
	}
	refused := c.show(t.out, plan, index)
	if c.DryRun || refused && store != nil { // all or nothing, in both
		if refused {
			return errRefused
		}
		return nil
	}
	done, err := b.Apply(ctx, plan, c.LoseData)
	if err != nil {
		return err
	}
	made := []string{}
	if store != nil {
		if made, err = store.Apply(ctx, index, c.LoseData); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(t.out, "done: %d of %d changes\n", len(done)+len(made), len(plan)+len(index))
	return err
}

// show prints a plan, and reports whether a part of it will be refused.
func (c provisionCommand) show(w io.Writer, plan []bus.Change, index []elastic.Change) (refused bool) {
	if len(plan)+len(index) == 0 {
		_, _ = fmt.Fprintln(w, "nothing to change")
	}
	one := func(says, name, loses, fix string) {
		_, _ = fmt.Fprintln(w, says)
		if loses == "" {
			return
		}
		_, _ = fmt.Fprintf(w, "  loses %s\n", loses)
		if !slices.Contains(c.LoseData, name) {
			refused = true
			_, _ = fmt.Fprintf(w, "  refused without --lose-data %s; %s\n", quoted(name), fix)
		}
	}
	for _, change := range plan {
		one(change.String(), change.Name, change.Loses, change.Fix)
	}
	for _, change := range index {
		one(change.String(), change.Name, change.Loses, change.Fix)
	}
	return refused
}

// quoted is a name as a shell takes it.
func quoted(name string) string {
	if strings.Contains(name, " ") {
		return "'" + name + "'"
	}
	return name
}
