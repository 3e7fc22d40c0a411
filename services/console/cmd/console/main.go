// Command console runs the console service on its own.
package main

import (
	"context"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"broadsheet/pkg/daemon"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console"
	"broadsheet/services/console/search"
)

type settings struct {
	daemon.Settings
	Data        string            `env:"BROADSHEET_DATA" default:"broadsheet-console" placeholder:"DIR" help:"Directory of the ledger (${default}). It can be deleted: it is built anew from the streams."`
	Catalogue   string            `env:"BROADSHEET_CATALOGUE" type:"existingfile" help:"publications.yaml."`
	Index       string            `env:"BROADSHEET_INDEX" placeholder:"URL" help:"Address of the index's HTTP interface, for the search page and to compare what is live with what readers find."`
	AdminTokens string            `name:"admin-tokens" env:"BROADSHEET_ADMIN_TOKENS" type:"existingfile" placeholder:"PATH" help:"File of tokens that may have articles taken down over HTTP: a line for each, NAME and the token's sha256. Without it nobody may."`
	Watch       map[string]string `env:"BROADSHEET_WATCH" mapsep:"," placeholder:"SERVICE=URL" help:"Addresses of the services' HTTP interfaces, for why one stands still: ingest=http://…,parse=http://…,index=http://…"`
}

func main() {
	var s settings
	daemon.Main("console", &s, &s.Settings, s.start)
}

// start makes the service. Its context ends with the process, and the ledger is
// closed after it.
func (s *settings) start(_ context.Context, env daemon.Env) (daemon.Runner, error) {
	catalogue, err := newspaper.OpenCatalogue(s.Catalogue)
	if err != nil {
		return nil, err
	}
	admins, err := console.OpenAdmins(s.AdminTokens)
	if err != nil {
		return nil, err
	}
	client := &http.Client{Timeout: time.Minute}
	o := console.Options{Bus: env.Bus, Dir: s.Data, Catalogue: catalogue, Admins: admins, Logger: env.Log, Metrics: env.Metrics}
	if s.Index != "" {
		index, err := url.Parse(s.Index)
		if err != nil || index.Host == "" {
			return nil, fault.New(fault.Invalid, "%q is not the address of the index", s.Index).On("index").Fix("write it as http://127.0.0.1:8082")
		}
		o.Documents, o.Index = console.SearchDocuments(index.String(), client), search.New(index.String(), client)
		// The search page asks its own origin, so that no other one has to be
		// trusted by a browser.
		proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(index) }, ErrorHandler: indexAway}
		for _, route := range []string{"/v1/articles", "/v1/articles/{uri}", "/v1/articles/{uri}/related", "/v1/people/{name}", "/v1/suggest", "/v1/openapi.json"} {
			env.Mux.Handle("GET "+route, proxy)
		}
	}
	if len(s.Watch) > 0 {
		o.Checks = console.ReadyChecks(s.Watch, client)
	}
	service, err := console.New(o)
	if err != nil {
		return nil, err
	}
	env.Health.Add("console ledger", func(context.Context) error { return service.Ready() })
	service.Register(env.Mux)
	return closing{service}, nil
}

// indexAway answers for an index that cannot be reached.
func indexAway(w http.ResponseWriter, _ *http.Request, err error) {
	fault.Write(w, fault.Wrap(fault.Unavailable, err, "the index does not answer").Fix("try again; the console's status says more"))
}

// closing closes the ledger after the run.
type closing struct{ *console.Service }

// Run runs the service.
func (c closing) Run(ctx context.Context) error {
	defer c.Close()
	return c.Service.Run(ctx)
}
