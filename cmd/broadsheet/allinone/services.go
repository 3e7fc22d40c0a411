package allinone

import (
	"context"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse"
)

// openServices makes the four services, in the order of the flow. They share the
// catalogue, the mux and the metrics; each has a connection of its own.
func (p *process) openServices(ctx context.Context) error {
	catalogue, err := newspaper.OpenCatalogue(p.o.Catalogue)
	if err != nil {
		return err
	}
	for _, open := range []func(context.Context, *newspaper.Catalogue) error{p.openParse} {
		if err := open(ctx, catalogue); err != nil {
			return err
		}
	}
	return nil
}

func (p *process) openParse(ctx context.Context, catalogue *newspaper.Catalogue) error {
	b, err := p.connect(ctx, "parse")
	if err != nil {
		return err
	}
	s, err := parse.New(parse.Options{Bus: b, Catalogue: catalogue, Logger: p.log.Named("parse"), Metrics: p.metrics})
	if err != nil {
		return err
	}
	p.services = append(p.services, service{"parse", s.Run})
	return nil
}
