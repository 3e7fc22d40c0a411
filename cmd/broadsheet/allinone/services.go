package allinone

import (
	"context"
)

func (p *process) openServices(ctx context.Context) error {
	return nil
}
