// Command ingest runs the ingest service on its own.
package main

import (
	"context"

	"broadsheet/pkg/daemon"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/ingest"
)

type settings struct {
	daemon.Settings
	Catalogue   string `env:"BROADSHEET_CATALOGUE" type:"existingfile" help:"publications.yaml."`
	Tokens      string `env:"BROADSHEET_TOKENS" type:"existingfile" help:"Tokens of those who may upload over HTTP. Without it anybody who reaches the address may."`
	MaxBytes    int64  `env:"BROADSHEET_MAX_BYTES" help:"Most bytes of one page; 0: 32 MiB."`
	Concurrency int    `env:"BROADSHEET_CONCURRENCY" help:"HTTP uploads worked on at once; 0: 16."`
}

func main() {
	var s settings
	daemon.Main("ingest", &s, &s.Settings, func(_ context.Context, env daemon.Env) (daemon.Runner, error) {
		catalogue, err := newspaper.OpenCatalogue(s.Catalogue)
		if err != nil {
			return nil, err
		}
		tokens, err := ingest.OpenTokens(s.Tokens)
		if err != nil {
			return nil, err
		}
		service, err := ingest.New(ingest.Options{
			Bus: env.Bus, Catalogue: catalogue, Tokens: tokens, Logger: env.Log, Metrics: env.Metrics,
			MaxBytes: s.MaxBytes, Concurrency: s.Concurrency,
		})
		if err != nil {
			return nil, err
		}
		service.Register(env.Mux)
		return service, nil
	})
}
