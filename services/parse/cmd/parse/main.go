// Command parse runs the parse service on its own.
package main

import (
	"context"

	"broadsheet/pkg/daemon"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse"
	"broadsheet/services/parse/entity"
)

type settings struct {
	daemon.Settings
	Catalogue   string `env:"BROADSHEET_CATALOGUE" type:"existingfile" help:"publications.yaml."`
	EntityModel string `env:"BROADSHEET_ENTITY_MODEL" type:"existingfile" placeholder:"PATH" help:"Entity model of broadsheet train, instead of the built-in one."`
	Workers     int    `env:"BROADSHEET_WORKERS" help:"Pages parsed at once; 0: one for each core."`
}

func main() {
	var s settings
	daemon.Main("parse", &s, &s.Settings, func(_ context.Context, env daemon.Env) (daemon.Runner, error) {
		catalogue, err := newspaper.OpenCatalogue(s.Catalogue)
		if err != nil {
			return nil, err
		}
		tagger, err := entity.Open(s.EntityModel)
		if err != nil {
			return nil, err
		}
		return parse.New(parse.Options{Bus: env.Bus, Catalogue: catalogue, Extractor: tagger, Logger: env.Log, Metrics: env.Metrics, Workers: s.Workers})
	})
}
