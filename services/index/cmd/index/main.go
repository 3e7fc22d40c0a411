// Command index runs the index service on its own.
package main

import (
	"context"

	"go.uber.org/zap"

	"broadsheet/pkg/daemon"
	"broadsheet/services/index"
	"broadsheet/services/index/embedded"
)

type settings struct {
	daemon.Settings
	Dir   string `env:"BROADSHEET_INDEX_DIR" required:"" type:"path" help:"Directory of the embedded index; one process owns it."`
	Batch int    `env:"BROADSHEET_INDEX_BATCH" default:"256" help:"Articles written together."`
}

// running is the service with the store that it is the only user of.
type running struct {
	*index.Service
	store *embedded.Store
	log   *zap.Logger
}

func (r running) Run(ctx context.Context) error {
	defer func() {
		if err := r.store.Close(); err != nil {
			r.log.Error("the index did not close well", zap.Error(err))
		}
	}()
	return r.Service.Run(ctx)
}

func main() {
	var s settings
	daemon.Main("index", &s, &s.Settings, func(_ context.Context, env daemon.Env) (daemon.Runner, error) {
		store, err := embedded.Open(embedded.Options{Dir: s.Dir, Logger: env.Log})
		if err != nil {
			return nil, err
		}
		service, err := index.New(index.Options{Bus: env.Bus, Store: store, Logger: env.Log, Metrics: env.Metrics, Batch: s.Batch})
		if err != nil {
			_ = store.Close()
			return nil, err
		}
		service.Register(env.Mux)
		env.Health.Add("index store", service.Ready)
		env.Health.Add("index complete", service.Complete)
		return running{service, store, env.Log}, nil
	})
}
