package main

import (
	"bytes"
	"context"
	"os"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/fault"
)

// natsFlags say which NATS to talk to, and as whom. The environment is that of
// the services.
type natsFlags struct {
	NATS         string `name:"nats" default:"${nats}" env:"BROADSHEET_NATS" placeholder:"URL" help:"Address of NATS (${default})."`
	User         string `name:"nats-user" env:"BROADSHEET_NATS_USER" placeholder:"NAME" group:"NATS login" help:"User; the password comes from BROADSHEET_NATS_PASSWORD or a file."`
	Password     string `name:"nats-password" env:"BROADSHEET_NATS_PASSWORD" hidden:""`
	PasswordFile string `name:"nats-password-file" env:"BROADSHEET_NATS_PASSWORD_FILE" placeholder:"PATH" group:"NATS login" help:"File with the password."`
	Credentials  string `name:"nats-credentials" env:"BROADSHEET_NATS_CREDENTIALS" placeholder:"PATH" group:"NATS login" help:"Credentials file (JWT)."`
	NKey         string `name:"nats-nkey" env:"BROADSHEET_NATS_NKEY" placeholder:"PATH" group:"NATS login" help:"File with an nkey seed."`
	CA           string `name:"nats-ca" env:"BROADSHEET_NATS_CA" placeholder:"PATH" group:"NATS login" help:"PEM file of the authority that signed the server's certificate."`
	Cert         string `name:"nats-cert" env:"BROADSHEET_NATS_CERT" placeholder:"PATH" group:"NATS login" help:"PEM file of our certificate."`
	Key          string `name:"nats-key" env:"BROADSHEET_NATS_KEY" placeholder:"PATH" group:"NATS login" help:"PEM file of its key."`
}

// reach is how long a command waits for NATS.
const reach = 2 * time.Second

func (f natsFlags) connect(ctx context.Context) (*bus.Bus, error) { return f.connectAs(ctx, "cli") }

// connectAs returns a bus under a name of its own.
func (f natsFlags) connectAs(ctx context.Context, name string) (*bus.Bus, error) {
	password := f.Password
	if f.PasswordFile != "" {
		if password != "" {
			return nil, usage("the password of NATS is given twice, in the environment and in %s: leave one of them", f.PasswordFile)
		}
		data, err := os.ReadFile(f.PasswordFile)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "the password of NATS").On("nats-password-file")
		}
		password = string(bytes.TrimSpace(data))
	}
	ctx, cancel := context.WithTimeout(ctx, reach)
	defer cancel()
	return bus.Connect(ctx, bus.Options{URL: f.NATS, Name: name, Auth: bus.Auth{User: f.User, Password: password,
		Credentials: f.Credentials, NKey: f.NKey, CA: f.CA, Cert: f.Cert, Key: f.Key}})
}
