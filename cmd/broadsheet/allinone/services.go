package allinone

import (
	"context"
	"net/http"
	"time"

	"broadsheet/pkg/newspaper"
	"broadsheet/pkg/observe"
	"broadsheet/samples"
	"broadsheet/services/console"
	"broadsheet/services/console/search"
	"broadsheet/services/index"
	indexstore "broadsheet/services/index/embedded"
	"broadsheet/services/ingest"
	"broadsheet/services/parse"
	"broadsheet/services/parse/entity"
)

// openServices makes the four services, in the order of the flow. They share the
// catalogue, the mux and the metrics; each has a connection of its own.
func (p *process) openServices(ctx context.Context) error {
	catalogue, err := p.openCatalogue()
	if err != nil {
		return err
	}
	for _, open := range []func(context.Context, *newspaper.Catalogue) error{p.openIngest, p.openParse, p.openIndex, p.openConsole} {
		if err := open(ctx, catalogue); err != nil {
			return err
		}
	}
	return p.openDemo(ctx)
}

// openCatalogue reads the catalogue that was given; the demo brings its own.
func (p *process) openCatalogue() (*newspaper.Catalogue, error) {
	if p.o.Demo && p.o.Catalogue == "" {
		return newspaper.ParseCatalogue(samples.Catalogue())
	}
	return newspaper.OpenCatalogue(p.o.Catalogue)
}

func (p *process) openIngest(ctx context.Context, catalogue *newspaper.Catalogue) error {
	tokens, err := ingest.OpenTokens(p.o.Tokens)
	if err != nil {
		return err
	}
	b, err := p.connect(ctx, "ingest")
	if err != nil {
		return err
	}
	s, err := ingest.New(ingest.Options{Bus: b, Catalogue: catalogue, Tokens: tokens, Logger: p.log.Named("ingest"), Metrics: p.metrics})
	if err != nil {
		return err
	}
	s.Register(p.mux)
	p.services = append(p.services, service{"ingest", s.Run})
	return nil
}

func (p *process) openParse(ctx context.Context, catalogue *newspaper.Catalogue) error {
	b, err := p.connect(ctx, "parse")
	if err != nil {
		return err
	}
	tagger, err := entity.Open(p.o.EntityModel)
	if err != nil {
		return err
	}
	s, err := parse.New(parse.Options{Bus: b, Catalogue: catalogue, Extractor: tagger, Logger: p.log.Named("parse"), Metrics: p.metrics})
	if err != nil {
		return err
	}
	p.services = append(p.services, service{"parse", s.Run})
	return nil
}

func (p *process) openIndex(ctx context.Context, _ *newspaper.Catalogue) error {
	b, err := p.connect(ctx, "index")
	if err != nil {
		return err
	}
	store, err := indexstore.Open(indexstore.Options{Dir: p.data.sub(indexDir), Logger: p.log.Named("index")})
	if err != nil {
		return err
	}
	p.onClose(func() { _ = store.Close() })
	s, err := index.New(index.Options{Bus: b, Store: store, Logger: p.log.Named("index"), Metrics: p.metrics})
	if err != nil {
		return err
	}
	s.Register(p.mux)
	p.health.Add("index store", s.Ready)
	p.services = append(p.services, service{"index", s.Run})
	return nil
}

func (p *process) openConsole(ctx context.Context, catalogue *newspaper.Catalogue) error {
	b, err := p.connect(ctx, "console")
	if err != nil {
		return err
	}
	admins, err := console.OpenAdmins(p.o.Admins)
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: time.Minute, Transport: http.DefaultTransport.(*http.Transport).Clone()}
	p.onClose(client.CloseIdleConnections)
	own := "http://" + p.listener.Addr().String()
	s, err := console.New(console.Options{
		Bus: b, Dir: p.data.sub(ledgerDir), Catalogue: catalogue, Admins: admins, Logger: p.log.Named("console"), Metrics: p.metrics,
		Documents: console.SearchDocuments(own, client), Index: search.New(own, client),
		Checks: func(ctx context.Context) []observe.Check {
			checks, _ := p.health.Checks(ctx)
			return checks
		},
	})
	if err != nil {
		return err
	}
	p.onClose(s.Close)
	s.Register(p.mux)
	p.health.Add("console ledger", func(context.Context) error { return s.Ready() })
	p.services = append(p.services, service{"console", s.Run})
	return nil
}
