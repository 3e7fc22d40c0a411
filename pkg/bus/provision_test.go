package bus_test

import (
	"context"
	"testing"

	"broadsheet/pkg/bus/bustest"
)

func TestProvisionTwice(t *testing.T) {
	s := bustest.Start(t)
	b := s.Bus(t, "parse")
	changes, err := b.Provision(context.Background(), bustest.Storage)
	if err != nil || len(changes) != 0 {
		t.Fatalf("a second provision changed %v, %v", changes, err)
	}
}
