package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
	"go.uber.org/goleak"

	"broadsheet/pkg/bus/bustest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"broadsheet/services/console/api"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, bustest.UpstreamLeak()) }

// run opens a ledger that works until stop is called or the test ends.
func run(t *testing.T, b Bus, dir string) (l *Ledger, stop func()) {
	t.Helper()
	l, err := Open(Options{Bus: b, Dir: dir, Logger: zaptest.NewLogger(t, zaptest.Level(zap.FatalLevel)), Check: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return l, stop
}

// await waits until the ledger says so.
func await(t *testing.T, l *Ledger, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	for {
		changed := l.Changed()
		if ok() {
			return
		}
		poll := time.NewTimer(100 * time.Millisecond) // being ready is no change
		defer poll.Stop()
		select {
		case <-changed:
		case <-poll.C:
		case <-deadline.C:
			s, err := l.Summary()
			t.Fatalf("it never comes to %s: %+v %v", what, s, err)
		}
	}
}

// caughtUp waits until the ledger has read what the streams hold now.
func caughtUp(t *testing.T, l *Ledger, b Bus) {
	t.Helper()
	last := map[string]uint64{}
	for _, s := range streams {
		state, err := b.StreamState(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if state.Messages > 0 {
			last[s] = state.Last
		}
	}
	await(t, l, fmt.Sprintf("reading %v", last), func() bool {
		ok, err := l.reached(observation{last: last})
		return ok && err == nil && l.Ready() == nil
	})
}

func all(t *testing.T, l *Ledger) api.Counts {
	t.Helper()
	s, err := l.Summary()
	if err != nil {
		t.Fatal(err)
	}
	return s.Accounting.All
}

// checked checks that what is kept up to date is what the facts say.
func checked(t *testing.T, l *Ledger) {
	t.Helper()
	if err := l.Recount(); err != nil {
		t.Error(err)
	}
	s, err := l.Summary()
	if err != nil || !s.Accounting.All.Balanced() {
		t.Errorf("%+v %v", s, err)
	}
	for slug, c := range s.Accounting.Publications {
		if !c.Balanced() {
			t.Errorf("%s: %+v", slug, c)
		}
	}
}

// dump is all that a ledger holds: bucket/key → value.
func dump(t *testing.T, l *Ledger) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := l.view(func(tx *bolt.Tx) error {
		for _, name := range buckets {
			err := tx.Bucket(name).ForEach(func(k, v []byte) error {
				data, err := open(k, v)
				out[fmt.Sprintf("%s/%q", name, k)] = string(data)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// same compares two ledgers entry by entry.
func same(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	if maps.Equal(got, want) {
		return
	}
	keys := map[string]bool{}
	for k := range got {
		keys[k] = true
	}
	for k := range want {
		keys[k] = true
	}
	var out strings.Builder
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		g, has := got[k]
		w, needs := want[k]
		if g != w || has != needs {
			fmt.Fprintf(&out, "\n%s\n  got  %v %s\n  want %v %s", k, has, g, needs, w)
		}
	}
	t.Errorf("%s:%.4000s", what, out.String())
}
