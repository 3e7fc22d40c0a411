package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/daemon"
	"broadsheet/pkg/fault"
	"broadsheet/services/index/elastic"
)

type provisionCommand struct {
	natsFlags
	Storage       int64            `default:"21474836480" placeholder:"BYTES" help:"Bytes that the deployment gives to JetStream (${default}); every stream gets its share."`
	PrintRole     string           `name:"print-role" enum:",index,manager" default:"" placeholder:"NAME" help:"Print a role for Elasticsearch, as PUT /_security/role/NAME takes it, and end: index is the least that the index service needs, manager what provision and reindex need."`
	Elasticsearch elastic.Settings `embed:"" group:"Elasticsearch, where the index is kept in it"`
}

// Help is shown by --help.
func (provisionCommand) Help() string {
	return `Running it again changes nothing. broadsheet up does it by itself. With --elasticsearch-url, the index template and a first index are made too.

Examples:
  broadsheet provision --nats nats://nats.example.org:4222 --storage 107374182400
  broadsheet provision --nats nats://nats:4222 --elasticsearch-url https://es:9200 --elasticsearch-username broadsheet-manager
  broadsheet provision --print-role index`
}

// Run provisions.
func (c provisionCommand) Run(ctx context.Context, t *terminal) error {
	switch c.PrintRole {
	case "index":
		_, err := fmt.Fprintln(t.out, elastic.Role(c.Elasticsearch.Prefix))
		return err
	case "manager":
		_, err := fmt.Fprintln(t.out, elastic.ManagerRole(c.Elasticsearch.Prefix))
		return err
	}
	b, err := c.connect(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	changes, err := c.provision(ctx, b)
	for _, change := range changes {
		_, _ = fmt.Fprintln(t.out, change)
	}
	if err == nil && len(changes) == 0 {
		_, err = fmt.Fprintln(t.out, "nothing to change")
	}
	return err
}

func (c provisionCommand) provision(ctx context.Context, b *bus.Bus) ([]string, error) {
	changes, err := b.Provision(ctx, c.Storage)
	if err != nil || c.Elasticsearch.URL == "" {
		return changes, err
	}
	store, err := openElasticsearch(c.Elasticsearch)
	if err != nil {
		return changes, err
	}
	defer func() { _ = store.Close() }()
	more, err := store.Provision(ctx)
	return append(changes, more...), err
}

// openElasticsearch reads the files that hold secrets and opens the store.
func openElasticsearch(s elastic.Settings) (*elastic.Store, error) {
	for _, secret := range []struct {
		path string
		into *daemon.Secret
	}{{s.PasswordFile, &s.Password}, {s.APIKeyFile, &s.APIKey}} {
		if secret.path == "" || *secret.into != "" {
			continue
		}
		data, err := os.ReadFile(secret.path)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "a secret cannot be read")
		}
		*secret.into = daemon.Secret(strings.TrimSpace(string(data)))
	}
	o := s.Options(nil)
	if mistakes := o.Check(); len(mistakes) > 0 {
		return nil, usageError{errors.Join(mistakes...)}
	}
	return elastic.Open(o)
}
