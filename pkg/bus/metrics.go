package bus

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"broadsheet/pkg/fault"
)

// metrics count what consumers do. Labels never carry page keys.
type metrics struct {
	messages   *prometheus.CounterVec
	duration   *prometheus.HistogramVec
	inProgress *prometheus.GaugeVec
	last       *prometheus.GaugeVec
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "broadsheet_stage_messages_total",
			Help: "Messages by verdict: done, retry, wait, dead; kind is that of the failure.",
		}, []string{"stage", "result", "kind"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "broadsheet_stage_duration_seconds", Help: "Time a handler took for a batch.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2.5, 12),
		}, []string{"stage"}),
		inProgress: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "broadsheet_stage_messages_in_progress", Help: "Messages being handled or held.",
		}, []string{"stage"}),
		last: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "broadsheet_stage_last_success_timestamp_seconds", Help: "When a message was last done.",
		}, []string{"stage"}),
	}
	if r == nil {
		return m
	}
	m.messages = register(r, m.messages)
	m.duration = register(r, m.duration)
	m.inProgress = register(r, m.inProgress)
	m.last = register(r, m.last)
	return m
}

// register returns the collector that is there already when services share a
// registry, as they do in the all-in-one.
func register[C prometheus.Collector](r prometheus.Registerer, c C) C {
	if err := r.Register(c); err != nil {
		if already, ok := err.(prometheus.AlreadyRegisteredError); ok {
			return already.ExistingCollector.(C)
		}
	}
	return c
}

func (m *metrics) handled(stage string, took time.Duration) {
	m.duration.WithLabelValues(stage).Observe(took.Seconds())
}

func (m *metrics) verdict(stage string, err error) {
	kind := fault.KindOf(err)
	result := "done"
	if err != nil {
		result = map[fault.Fate]string{fault.DeadLetter: "dead", fault.Retry: "retry", fault.Wait: "wait"}[kind.Policy().Fate]
	} else {
		m.last.WithLabelValues(stage).SetToCurrentTime()
	}
	m.messages.WithLabelValues(stage, result, string(kind)).Inc()
}
