package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"broadsheet/cmd/broadsheet/allinone"
	"broadsheet/pkg/observe"
)

type upCommand struct {
	Data        string `default:"data" placeholder:"DIR" env:"BROADSHEET_DATA" help:"Directory that holds everything (./${default}). Delete it to begin anew."`
	HTTP        string `name:"http" default:"127.0.0.1:8080" placeholder:"ADDR" env:"BROADSHEET_HTTP" help:"Address of upload, search and console (${default})."`
	NATS        string `name:"nats" default:"127.0.0.1:4222" placeholder:"ADDR" env:"BROADSHEET_NATS_LISTEN" help:"Address of NATS for scripts (${default}); off: none."`
	MaxStore    int64  `placeholder:"BYTES" help:"Bytes that the streams may use. Without it: 80 % of the free disk, 20 GiB at most, as found at the first start."`
	Catalogue   string `placeholder:"FILE" type:"path" help:"publications.yaml with names, editions, home regions."`
	EntityModel string `placeholder:"FILE" type:"path" env:"BROADSHEET_ENTITY_MODEL" help:"Entity model of broadsheet train, instead of the built-in one."`
	Tokens      string `placeholder:"FILE" type:"path" help:"Tokens of those who may upload. Without it anybody who reaches the address may."`
	AdminTokens string `placeholder:"FILE" type:"path" help:"Tokens of those who may have articles taken down over HTTP: a line for each, NAME and the sha256 of the token. Without it nobody may."`
	Demo        bool   `help:"Feed the sample pages and show where to see them."`
	LogFormat   string `default:"auto" enum:"auto,console,json" help:"console, json, or auto: console on a terminal."`
	LogLevel    string `default:"info" enum:"debug,info,warn,error" help:"debug, info, warn or error (${default})."`
}

// Help is shown by --help.
func (upCommand) Help() string {
	return `Ends after finishing what was begun on Ctrl-C or SIGTERM; a second signal ends at once. Nothing that was acknowledged is lost either way.

Examples:
  broadsheet up --demo
  broadsheet up --data /srv/broadsheet --http 127.0.0.1:8080 --catalogue publications.yaml
  curl -T page.txt http://127.0.0.1:8080/v1/pages/demo-ribao/2022-10-30/main/01`
}

// Run runs the all-in-one.
func (c upCommand) Run(ctx context.Context, t *terminal) error {
	format := c.LogFormat
	if format == "auto" {
		if format = "json"; interactive(t.err) {
			format = "console"
		}
	}
	log, err := observe.NewLogger(format, c.LogLevel)
	if err != nil {
		return usageError{err}
	}
	defer func() { _ = log.Sync() }()
	return allinone.Run(ctx, allinone.Options{
		Data: c.Data, HTTP: c.HTTP, NATS: c.NATS, MaxStore: c.MaxStore, Catalogue: c.Catalogue, EntityModel: c.EntityModel, Tokens: c.Tokens, Admins: c.AdminTokens, Demo: c.Demo,
		Logger: log, Ready: func(r allinone.Running) { welcome(t.out, r) },
	})
}

func welcome(w io.Writer, r allinone.Running) {
	_, _ = fmt.Fprintf(w, `
Broadsheet is ready (%v).

  open      %s
  upload    curl -T page.txt %[2]s/v1/pages/demo-ribao/2022-10-30/main/01
  search    curl '%[2]s/v1/articles?q=煤矿'
            broadsheet search 煤矿
  status    broadsheet status
`, r.Took.Round(time.Millisecond), r.HTTP)
	if r.NATS != "" {
		_, _ = fmt.Fprintf(w, "  NATS      %s: publish pages to uploads.<publication>.<date>.<edition>.<page>\n", r.NATS)
	}
	_, _ = fmt.Fprintf(w, "  data      %s, acknowledged pages are on the disk; up to %d GiB\n", filepath.Clean(r.Data), r.MaxStore>>30)
	if len(r.Demo) > 0 {
		_, _ = fmt.Fprintf(w, "\nThe sample pages are on their way:\n")
		for _, key := range r.Demo {
			_, _ = fmt.Fprintf(w, "  %s/pages/%s\n", r.HTTP, key)
		}
	}
	_, _ = fmt.Fprintln(w, "\nCtrl-C ends it.")
}
