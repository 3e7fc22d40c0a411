package allinone

import (
	"context"
	"crypto/sha256"
	"fmt"

	"broadsheet/pkg/event"
	"broadsheet/samples"
)

// openDemo publishes the sample pages the way scripts do. The upload ids make
// them the same uploads at every start.
func (p *process) openDemo(ctx context.Context) error {
	if !p.o.Demo {
		return nil
	}
	b, err := p.connect(ctx, "demo")
	if err != nil {
		return err
	}
	pages := samples.Pages()
	for _, page := range pages {
		p.demo = append(p.demo, page.Key)
	}
	for _, page := range append(pages, samples.Revisions()...) {
		id := fmt.Sprintf("demo-%x", sha256.Sum256(page.Bytes))
		if err := b.Upload(ctx, page.Key, page.Bytes, map[string]string{"Content-Type": page.MediaType, event.HeaderUploadID: id}); err != nil {
			return err
		}
	}
	return nil
}
