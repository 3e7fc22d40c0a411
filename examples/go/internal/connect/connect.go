// Package connect reaches the NATS server that the environment names.
package connect

import (
	"cmp"
	"context"
	"os"

	"broadsheet/client"
	"broadsheet/pkg/bus"
)

// Client returns a client from BROADSHEET_NATS, BROADSHEET_NATS_USER and
// BROADSHEET_NATS_PASSWORD.
func Client(ctx context.Context, name string) (*client.Client, error) {
	return client.Connect(ctx, client.Options{
		URL: cmp.Or(os.Getenv("BROADSHEET_NATS"), "nats://127.0.0.1:4222"), Name: name,
		Auth: bus.Auth{User: os.Getenv("BROADSHEET_NATS_USER"), Password: os.Getenv("BROADSHEET_NATS_PASSWORD")},
	})
}
