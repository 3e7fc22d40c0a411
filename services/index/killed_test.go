package index_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/services/index"
	"broadsheet/services/index/embedded"
)

// childDir tells this test's binary to be an index service that is going to be
// killed.
const childDir = "BROADSHEET_TEST_INDEX_SERVICE"

func runChild() {
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	b, err := bus.Connect(context.Background(), bus.Options{URL: os.Getenv(childDir + "_NATS"), Name: "index"})
	fail(err)
	store, err := embedded.Open(embedded.Options{Dir: os.Getenv(childDir)})
	fail(err)
	s, err := index.New(index.Options{Bus: b, Store: store, Batch: 16})
	fail(err)
	fail(s.Run(context.Background()))
}

// spawn runs an index service as a process of its own.
func (b *bench) spawn(dir string) *exec.Cmd {
	b.t.Helper()
	command := exec.Command(os.Args[0], "-test.run=^$")
	command.Env = append(os.Environ(), childDir+"="+dir, childDir+"_NATS="+b.server.URL)
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	return command
}

// The process that builds the index anew is killed in the middle, again and
// again: the one that starts next carries on, and nothing is left over or missing.
func TestReindexKilled(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir)
	b := newBench(t, store)
	b.many(0, 2000)
	b.settled()
	before, err := store.Generation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.stop()
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	id := b.reindex()
	for _, progress := range []uint64{1, 1000} {
		child := b.spawn(dir)
		eventually(t, fmt.Sprintf("it has come to event %d", progress), func() bool {
			at, err := b.bus.Position(t.Context(), event.IndexNext)
			return err == nil && slices.Contains(at.Stores, id) && at.Floor >= progress
		})
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait()
		b.many(int(2000+progress), 1)
	}
	store = openStore(t, dir)
	if live, err := store.Generation(t.Context()); err != nil || live != before {
		t.Fatalf("searches answer from %s, %v, although it was never finished", live, err)
	}
	if found, err := store.List(t.Context(), "", 5000); err != nil || len(found) < 2000 {
		t.Fatalf("%d articles are found meanwhile, %v", len(found), err)
	}
	b.start(store)
	eventually(t, "it was finished", func() bool { return b.reindexed(store, id) })
	b.settled()
	if found := b.search(); found.Total != 2002 || len(b.letters()) != 0 {
		t.Errorf("%d articles, letters %+v", found.Total, b.letters())
	}
	b.alone(dir)
}
