package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/observe"
	"broadsheet/services/index/elastic"
)

type doctorCommand struct {
	natsFlags
	Storage  int64             `env:"BROADSHEET_STORAGE" placeholder:"BYTES" help:"What was given to provision; without it sizes are not compared."`
	Replicas int               `env:"BROADSHEET_REPLICAS" placeholder:"N" help:"What was given to provision."`
	Monitor  string            `env:"BROADSHEET_NATS_MONITOR" placeholder:"URL" help:"Monitoring address of the nats-server, http://…:8222: its disk, and what an acknowledgement means."`
	Services map[string]string `env:"BROADSHEET_WATCH" mapsep:"," placeholder:"SERVICE=URL" help:"HTTP addresses of the services, to ask each whether it is ready: ingest=http://…,parse=http://…"`
	JSON     bool              `name:"json" help:"The findings as JSON, one a line."`

	Elasticsearch elastic.Settings `embed:"" group:"Elasticsearch, when the index is kept there"`

	building []string // generations of the index that are on their way
}

// Help is shown by --help.
func (doctorCommand) Help() string {
	return `Looks at the server, its streams and consumers, how much waits and how full everything is, at the services and at Elasticsearch when told where they are. Every line that is not ok says what to do. Changes nothing.

Ends with 0 when nothing is bad (warnings may be), 1 when something is, 3 when NATS cannot be reached.

Examples:
  broadsheet doctor --nats nats://nats.example.org:4222
  broadsheet doctor --elasticsearch-url http://es.example.org:9200 --elasticsearch-username broadsheet-index
  broadsheet doctor --monitor http://nats.example.org:8222 --services parse=http://10.0.0.5:8080`
}

// Run examines.
func (c doctorCommand) Run(ctx context.Context, t *terminal) error {
	d := &diagnosis{client: &http.Client{Timeout: 5 * time.Second}}
	defer d.client.CloseIdleConnections()
	for _, name := range slices.Sorted(maps.Keys(c.Services)) {
		d.add(d.service(ctx, name, c.Services[name])...)
	}
	if c.Monitor != "" {
		d.add(d.monitor(ctx, strings.TrimRight(c.Monitor, "/"))...)
	}
	unreachable := c.nats(ctx, d)
	if err := c.elasticsearch(ctx, d); err != nil {
		return err
	}
	if err := d.print(t.out, c.JSON); err != nil {
		return err
	}
	if unreachable != nil {
		return unreachable
	}
	if d.bad {
		return errRefused
	}
	return nil
}

// nats examines what is seen through a connection.
func (c *doctorCommand) nats(ctx context.Context, d *diagnosis) error {
	b, err := c.connectAs(ctx, "cli")
	if err != nil {
		return err
	}
	defer b.Close()
	findings, err := b.Examine(ctx, bus.Layout{Storage: c.Storage, Replicas: c.Replicas})
	d.add(findings...)
	if err != nil {
		return err
	}
	building, findings, err := generations(ctx, b)
	d.add(findings...)
	c.building = building
	return err
}

// generations looks at how far the index is, and one that is built beside it.
func generations(ctx context.Context, b *bus.Bus) (building []string, findings []bus.Finding, err error) {
	at, err := b.Position(ctx, event.IndexArticles)
	switch {
	case fault.Is(err, fault.NotFound): // said already
	case err != nil:
		return nil, nil, err
	case at.Floor < at.Until:
		findings = append(findings, bus.Finding{About: "index", Level: bus.Odd, Says: fmt.Sprintf("is made from the stream of articles: event %d of %d; searches do not find everything", at.Floor, at.Until),
			Do: "wait; should it not move, start the index service"})
	}
	next, err := b.Position(ctx, event.IndexNext)
	switch {
	case fault.Is(err, fault.NotFound):
		return nil, findings, nil
	case err != nil:
		return nil, findings, err
	}
	f := bus.Finding{About: "reindex", Level: bus.Good, Says: fmt.Sprintf("a second index is being built: event %d of %d", next.Floor, next.Until)}
	if !next.Active {
		f.Level, f.Do = bus.Odd, "start the index service, which carries it on; if it runs, give broadsheet reindex again: it deletes what is left over"
		f.Says += ", and nobody works on it"
	}
	return next.Stores, append(findings, f), nil
}

// elasticsearch examines where the index is kept.
func (c doctorCommand) elasticsearch(ctx context.Context, d *diagnosis) error {
	store, err := openElasticsearch(c.Elasticsearch)
	if err != nil || store == nil {
		return err
	}
	defer func() { _ = store.Close() }()
	d.add(store.Examine(ctx, c.building)...)
	return nil
}

// diagnosis collects findings.
type diagnosis struct {
	client   *http.Client
	findings []bus.Finding
	bad      bool
}

func (d *diagnosis) add(findings ...bus.Finding) {
	d.findings = append(d.findings, findings...)
	for _, f := range findings {
		d.bad = d.bad || f.Level == bus.Bad
	}
}

func (d *diagnosis) print(w io.Writer, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		for _, f := range d.findings {
			if err := e.Encode(f); err != nil {
				return err
			}
		}
		return nil
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range d.findings {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", f.Level, f.About, printable(f.Says))
		if f.Do != "" {
			_, _ = fmt.Fprintf(table, "\t\t→ %s\n", printable(f.Do))
		}
	}
	return table.Flush()
}

// get reads a JSON answer; with a status other than 200 it is read all the same.
func (d *diagnosis) get(ctx context.Context, url string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := d.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if err := json.NewDecoder(io.LimitReader(answer.Body, 4<<20)).Decode(into); err != nil {
		return fault.Wrap(fault.Invalid, err, "%s answers %s, and not what was expected", url, answer.Status)
	}
	return nil
}

// service asks a service why it is not ready.
func (d *diagnosis) service(ctx context.Context, name, url string) []bus.Finding {
	about := "service " + name
	var answer struct {
		Status string
		Checks []observe.Check
	}
	if err := d.get(ctx, strings.TrimRight(url, "/")+"/readyz", &answer); err != nil {
		return []bus.Finding{{About: about, Level: bus.Bad, Says: err.Error(), Do: "start it, or correct its address"}}
	}
	var out []bus.Finding
	for _, c := range answer.Checks {
		if !c.OK {
			do := c.Remedy
			if do == "" {
				do = "look into its log"
			}
			out = append(out, bus.Finding{About: about, Level: bus.Bad, Says: c.Name + ": " + c.Reason, Do: do})
		}
	}
	if len(out) == 0 {
		out = append(out, bus.Finding{About: about, Level: bus.Good, Says: "ready"})
	}
	return out
}

// monitor asks the server itself, which knows more of its disk than its clients.
func (d *diagnosis) monitor(ctx context.Context, url string) []bus.Finding {
	var health struct{ Status, Error string }
	if err := d.get(ctx, url+"/healthz", &health); err != nil {
		return []bus.Finding{{About: "monitor", Level: bus.Bad, Says: err.Error(), Do: "correct the address; http_port in the server's configuration turns it on"}}
	}
	var out []bus.Finding
	switch {
	case health.Status == "ok":
		out = append(out, bus.Finding{About: "health", Level: bus.Good, Says: "the server is well"})
	case strings.Contains(health.Error, "write error"):
		out = append(out, bus.Finding{About: "health", Level: bus.Bad, Says: health.Error,
			Do: "make room on the server's disk, then restart nats-server: it takes no writes before; nothing acknowledged is lost"})
	default:
		out = append(out, bus.Finding{About: "health", Level: bus.Bad, Says: health.Error, Do: "look into the log of nats-server"})
	}
	return append(out, d.store(ctx, url)...)
}

// store looks at the JetStream store of the server.
func (d *diagnosis) store(ctx context.Context, url string) []bus.Finding {
	var js struct {
		Config struct {
			MaxStorage   int64         `json:"max_storage"`
			SyncInterval time.Duration `json:"sync_interval"`
			SyncAlways   bool          `json:"sync_always"`
		} `json:"config"`
		Storage  int64 `json:"storage"`
		Disabled bool  `json:"disabled"`
	}
	if err := d.get(ctx, url+"/jsz", &js); err != nil {
		return []bus.Finding{{About: "monitor", Level: bus.Bad, Says: err.Error(), Do: "look into the log of nats-server"}}
	}
	if js.Disabled {
		return []bus.Finding{{About: "store", Level: bus.Bad, Says: "the server runs without JetStream", Do: "turn JetStream on in its configuration, as deploy/nats/nats.conf does"}}
	}
	var out []bus.Finding
	used := bus.Finding{About: "store", Level: bus.Good}
	if js.Config.MaxStorage > 0 {
		part := 100 * js.Storage / js.Config.MaxStorage
		used.Says = fmt.Sprintf("%d %% of max_file_store is used", part)
		if part >= 80 {
			used.Level, used.Do = bus.Bad, "raise max_file_store, and see that the disk has that much"
		}
	}
	out = append(out, used)
	if js.Config.SyncAlways {
		return append(out, bus.Finding{About: "sync", Level: bus.Good, Says: "an acknowledgement means: on the disk"})
	}
	return append(out, bus.Finding{About: "sync", Level: bus.Odd, Says: fmt.Sprintf("a power cut can take what was acknowledged in the last %v", js.Config.SyncInterval),
		Do: "set sync_interval: always, unless the cluster keeps every message on three servers with power of their own"})
}
