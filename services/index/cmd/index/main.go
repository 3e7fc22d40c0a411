// Command index runs the index service on its own.
package main

import (
	"context"
	"time"

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

// elasticPace: a request of one article costs Elasticsearch nearly what one of
// fifty does, and what is new it shows once a second only.
const elasticPace = 250 * time.Millisecond

// open opens the store, and says how it is to be written to.
func (s *settings) open(log *zap.Logger) (index.Options, error) {
	if s.Store == storeElastic {
		store, err := elastic.Open(s.Elasticsearch.Options(log))
		// One batch is on its way while the next is put together.
		return index.Options{Store: store, Workers: 2, Pace: elasticPace, Batch: s.Batch}, err
	}
	store, err := embedded.Open(embedded.Options{Dir: s.Dir, Logger: log})
	return index.Options{Store: store, Workers: 1, Batch: s.Batch}, err
}

func main() {
	var s settings
	daemon.Main("index", &s, &s.Settings, func(_ context.Context, env daemon.Env) (daemon.Runner, error) {
		o, err := s.open(env.Log)
		if err != nil {
			return nil, err
		}
		o.Bus, o.Logger, o.Metrics = env.Bus, env.Log, env.Metrics
		service, err := index.New(o)
		if err != nil {
			_ = o.Store.Close()
			return nil, err
		}
		service.Register(env.Mux)
		env.Health.Add("index store", service.Ready)
		env.Health.Add("index complete", service.Complete)
		return running{service, o.Store, env.Log}, nil
	})
}
