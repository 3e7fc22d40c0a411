package console

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"broadsheet/services/console/api"
	"broadsheet/services/console/ledger"
)

// gauges show the ledger's balance at the moment of a scrape.
type gauges struct{ ledger *ledger.Ledger }

var (
	gaugePages   = prometheus.NewDesc("broadsheet_ledger_pages", "Revisions received, by fate.", []string{"fate"}, nil)
	gaugeEvents  = prometheus.NewDesc("broadsheet_ledger_article_events", "Article events, by what the index made of them.", []string{"state"}, nil)
	gaugeLive    = prometheus.NewDesc("broadsheet_ledger_live_articles", "Articles that the newest manifests call live.", nil, nil)
	gaugeLetters = prometheus.NewDesc("broadsheet_ledger_dead_letters", "Dead letters that wait for a person.", nil, nil)
	gaugeOldest  = prometheus.NewDesc("broadsheet_ledger_oldest_waiting_seconds", "Age of what has waited longest; 0: nothing waits.", []string{"stage"}, nil)
)

// Describe names the gauges.
func (g gauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{gaugePages, gaugeEvents, gaugeLive, gaugeLetters, gaugeOldest} {
		out <- d
	}
}

// Collect reads the ledger. One that is closed has nothing to show.
func (g gauges) Collect(out chan<- prometheus.Metric) {
	s, err := g.ledger.Summary()
	if err != nil {
		return
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	p, a := s.Accounting.All.Pages, s.Accounting.All.Articles
	for fate, n := range map[api.Fate]int{
		api.Waiting: p.Waiting, api.Committed: p.Committed, api.Superseded: p.Superseded, api.Dead: p.Dead - p.Discarded, api.Discarded: p.Discarded,
	} {
		gauge(gaugePages, float64(n), string(fate))
	}
	for state, n := range map[api.State]int{
		api.Pending: a.Waiting, api.Applied: a.Applied, api.Overtaken: a.Overtaken, api.Refused: a.Dead - a.Discarded, api.PutAside: a.Discarded,
	} {
		gauge(gaugeEvents, float64(n), string(state))
	}
	gauge(gaugeLive, float64(s.Accounting.All.Live))
	gauge(gaugeLetters, float64(s.Unresolved))
	for stage, oldest := range map[string]*ledger.Oldest{api.StageParse: s.OldestPage, api.StageIndex: s.OldestEvent} {
		age := 0.0
		if oldest != nil {
			age = max(0, time.Since(oldest.At).Seconds())
		}
		gauge(gaugeOldest, age, stage)
	}
}
