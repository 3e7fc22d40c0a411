package embedded_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"

	"broadsheet/cmd/broadsheet/embedded"
	"broadsheet/pkg/bus"
	"broadsheet/pkg/fault"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

func start(t *testing.T, o embedded.Options) *embedded.Server {
	t.Helper()
	o.Logger, o.MaxStore = zap.NewNop(), 1<<30
	s, err := embedded.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// The store is there again after a restart, over TCP and in-process.
func TestRestart(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	dir := t.TempDir()
	o := embedded.Options{Addr: "127.0.0.1:0", Dir: dir, MaxStore: 1 << 30, Logger: zap.NewNop()}
	s, err := embedded.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	b, err := bus.Connect(ctx, bus.Options{URL: s.ClientURL(), Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	changes, err := b.Provision(ctx, 1<<30)
	if err != nil || len(changes) == 0 {
		t.Fatalf("provisioning an empty server: %v, %v", changes, err)
	}
	b.Close()
	s.Stop()

	o.Addr = embedded.Off
	s = start(t, o)
	b, err = bus.Connect(ctx, bus.Options{InProcess: s, Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if changes, err := b.Provision(ctx, 1<<30); err != nil || len(changes) != 0 {
		t.Fatalf("provisioning again: %v, %v", changes, err)
	}
	if err := s.StoreError(); err != nil {
		t.Fatal(err)
	}
}

func TestAddressTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, err = embedded.Start(embedded.Options{Addr: l.Addr().String(), Dir: t.TempDir(), MaxStore: 1 << 30, Logger: zap.NewNop()})
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), l.Addr().String()) {
		t.Fatalf("got %v", err)
	}
}

func TestAddressWrong(t *testing.T) {
	for _, addr := range []string{"", "4222", "127.0.0.1:x", "127.0.0.1:70000"} {
		if _, err := embedded.Start(embedded.Options{Addr: addr, Dir: t.TempDir(), Logger: zap.NewNop()}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", addr, err)
		}
	}
}
