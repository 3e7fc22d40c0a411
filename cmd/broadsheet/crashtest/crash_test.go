package crashtest

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"broadsheet/cmd/broadsheet/client"
	"broadsheet/cmd/broadsheet/internal/madeup"
	"broadsheet/pkg/newspaper"
)

const (
	pages     = 200
	revised   = 5 // every fifth page gets a second revision
	doubled   = 7 // every seventh upload is sent twice
	articles  = 2 // on a page
	uploaders = 6
)

// A process that takes pages is killed at random moments, some of them while it
// starts, and begins anew. Afterwards the books balance, every page is there
// once and whole, and search shows what is live and nothing else.
//
// BROADSHEET_CRASH_ROUNDS sets the rounds (3), BROADSHEET_CRASH_SEED repeats one.
func TestCrash(t *testing.T) {
	rounds, seed := fromEnvironment(t, "BROADSHEET_CRASH_ROUNDS", 3), fromEnvironment(t, "BROADSHEET_CRASH_SEED", uint64(time.Now().UnixNano()))
	bin := build(t)
	for i := range rounds {
		t.Run(strconv.FormatUint(i+1, 10), func(t *testing.T) {
			t.Logf("repeat with BROADSHEET_CRASH_ROUNDS=1 BROADSHEET_CRASH_SEED=%d", seed+i)
			round(t, bin, seed+i)
		})
	}
}

func fromEnvironment(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

func round(t *testing.T, bin string, seed uint64) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	v := newVictim(t, bin)
	v.start()
	server, err := client.New(client.Options{Server: "http://" + v.http, Patience: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()

	acknowledged := &ledger{pages: map[newspaper.PageKey][]newspaper.Receipt{}}
	finished := make(chan struct{})
	var driving errgroup.Group
	driving.Go(func() error {
		defer close(finished)
		return drive(ctx, server, seed, acknowledged)
	})
	killAtRandom(v, rand.New(rand.NewPCG(seed, 1)), finished)
	if err := driving.Wait(); err != nil {
		t.Fatalf("an upload was given up: %v", err)
	}
	v.kill() // with everything acknowledged and much still on its way
	v.awaitReady(ctx)
	began := time.Now()
	settled := awaitQuiet(ctx, t, server)
	t.Logf("%d kills; quiet %v after the last", v.kills, time.Since(began).Round(time.Millisecond))
	check(ctx, t, v, server, settled, acknowledged, seed)
}

// killAtRandom kills until the uploads are done: mostly under load, sometimes
// while the process is still starting.
func killAtRandom(v *victim, random *rand.Rand, finished <-chan struct{}) {
	for {
		moment := time.Duration(50+random.IntN(1500)) * time.Millisecond
		select {
		case <-finished:
			return
		case <-time.After(moment):
			v.kill()
		}
	}
}

// ledger is what the server has acknowledged.
type ledger struct {
	mu    sync.Mutex
	pages map[newspaper.PageKey][]newspaper.Receipt // by revision, ascending
}

func (l *ledger) note(r newspaper.Receipt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := l.pages[r.Key]
	if len(known) == 0 || known[len(known)-1].Number < r.Number {
		l.pages[r.Key] = append(known, r)
	}
}

// drive uploads all pages, some twice and some in two revisions.
func drive(ctx context.Context, server *client.Client, seed uint64, l *ledger) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(uploaders)
	for n := range pages {
		group.Go(func() error {
			revisions := 1
			if n%revised == 0 {
				revisions = 2
			}
			for revision := 1; revision <= revisions; revision++ {
				if err := upload(ctx, server, madeup.New(seed, n, revision, articles), l); err != nil {
					return err
				}
			}
			if n%doubled == 0 {
				return upload(ctx, server, madeup.New(seed, n, 1, articles), l)
			}
			return nil
		})
	}
	return group.Wait()
}

func upload(ctx context.Context, server *client.Client, p madeup.Page, l *ledger) error {
	receipt, err := server.Upload(ctx, client.Upload{Key: p.Key, Data: []byte(p.Text), MediaType: "text/plain"})
	if err == nil {
		l.note(receipt)
	}
	return err
}
