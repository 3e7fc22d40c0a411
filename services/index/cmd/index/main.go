// Command index runs the index service on its own.
package main

import (
	"context"

	"go.uber.org/zap"

	"broadsheet/pkg/daemon"
	"broadsheet/services/index"
	"broadsheet/services/index/elastic"
	"broadsheet/services/index/embedded"
)

// running is the service with the store that it is the only user of.
type running struct {
	*index.Service
	store index.Store
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

// open opens the store, and says how many batches may be written to it at once.
func (s *settings) open(log *zap.Logger) (index.Store, int, error) {
	if s.Store == storeElastic {
		store, err := elastic.Open(s.Elasticsearch.Options(log))
		return store, 2, err // one is on its way while the next is put together
	}
	store, err := embedded.Open(embedded.Options{Dir: s.Dir, Logger: log})
	return store, 1, err
}

func main() {
	var s settings
	daemon.Main("index", &s, &s.Settings, func(_ context.Context, env daemon.Env) (daemon.Runner, error) {
		store, workers, err := s.open(env.Log)
		if err != nil {
			return nil, err
		}
		service, err := index.New(index.Options{Bus: env.Bus, Store: store, Logger: env.Log, Metrics: env.Metrics, Workers: workers, Batch: s.Batch})
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
