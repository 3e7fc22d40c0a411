// Package ledger knows the fate of every page: a projection over the record
// streams, kept in a file and rebuilt from the streams whenever that file is
// missing, damaged, or belongs to other streams. It decides nothing and writes to
// no stream.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
)

// Bus is what the ledger needs of the bus.
type Bus interface {
	Follow(ctx context.Context, stream string, from uint64, filter string, h func(*bus.Message) error) error
	StreamState(ctx context.Context, stream string) (bus.StreamState, error)
	ConsumerState(ctx context.Context, c event.Consumer) (bus.ConsumerState, error)
	MessageAt(ctx context.Context, stream string, seq uint64) (*bus.Message, error)
}

// Options make a Ledger.
type Options struct {
	Bus    Bus
	Dir    string        // of the file; made when missing
	Logger *zap.Logger   // nil: silent
	Check  time.Duration // how often the streams and the index's progress are looked at; 0: 1 s
}

// Ledger is the projection. Reading it is safe at any time, also while it runs.
type Ledger struct {
	bus   Bus
	using sync.RWMutex // held for reading by whoever uses db
	db    *bolt.DB
	log   *zap.Logger
	check time.Duration
	rates rates
	// damaged: an entry could not be read; the ledger is to be built anew.
	damaged atomic.Bool

	mu      sync.Mutex
	changed chan struct{} // closed and replaced after every change
	changes uint64
	failed  error // why it cannot go on at the moment
}

// Open opens the ledger's file in its directory, or makes it.
func Open(o Options) (*Ledger, error) {
	l := &Ledger{bus: o.Bus, log: o.Logger, check: o.Check, changed: make(chan struct{})}
	if l.log == nil {
		l.log = zap.NewNop()
	}
	if l.check == 0 {
		l.check = time.Second
	}
	l.failed = fault.New(fault.Unavailable, "it has only just begun to read them")
	var err error
	l.db, err = openDB(o.Dir, l.log)
	return l, err
}

// Close closes the file. Run must have returned.
func (l *Ledger) Close() error {
	l.using.Lock()
	defer l.using.Unlock()
	return l.db.Close()
}

// errOther says that a stream is not the one that was read before.
var errOther = errors.New("the streams are others than those the ledger was built from")

// Run follows the streams until ctx ends.
func (l *Ledger) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		positions, err := l.resume(ctx)
		if err == nil {
			err = l.follow(ctx, positions)
		}
		if ctx.Err() != nil {
			return nil
		}
		l.fail(err)
		if errors.Is(err, errOther) {
			continue
		}
		if errors.Is(err, errDamaged) {
			l.log.Error("building the ledger anew", zap.Error(err))
			if err = l.update(clear); err == nil {
				l.damaged.Store(false)
				continue
			}
		}
		l.log.Warn("the ledger waits", zap.Error(err))
		bus.Sleep(ctx, time.Second)
	}
	return nil
}

// Ready returns nil while the ledger can follow the streams.
func (l *Ledger) Ready() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed
}

func (l *Ledger) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed = err
}

// Changed returns a channel that is closed at the next change.
func (l *Ledger) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}

// Generation grows with every change.
func (l *Ledger) Generation() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changes
}

func (l *Ledger) announce() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changes++
	close(l.changed)
	l.changed = make(chan struct{})
}

// resume compares the file with the streams. When one was recreated, or restored
// from an older backup, the ledger begins anew: its positions mean nothing there.
func (l *Ledger) resume(ctx context.Context) (map[string]position, error) {
	states := map[string]bus.StreamState{}
	same := true
	for _, s := range streams {
		state, err := l.bus.StreamState(ctx, s)
		if err != nil {
			return nil, err
		}
		states[s] = state
		ok, err := l.same(ctx, s, state)
		if err != nil {
			return nil, err
		}
		same = same && ok
	}
	out := map[string]position{}
	err := l.update(func(tx *bolt.Tx) error {
		if !same {
			l.log.Info("building the ledger anew", zap.Error(errOther))
			if err := clear(tx); err != nil {
				return err
			}
		}
		w := newWriter(tx)
		for _, s := range streams {
			p, err := w.position(s)
			if err != nil {
				return err
			}
			p.Created = states[s].Created
			out[s] = *p
		}
		return w.flush()
	})
	if err == nil && !same {
		l.announce()
	}
	return out, err
}

// same reports whether the stream is the one that was read up to the ledger's
// position.
func (l *Ledger) same(ctx context.Context, stream string, state bus.StreamState) (bool, error) {
	p, err := l.position(stream)
	if err != nil || p.Created.IsZero() {
		return p.Seq == 0, err
	}
	if !state.Created.Equal(p.Created) || state.Last < p.Seq {
		return false, nil
	}
	if p.Seq == 0 {
		return true, nil
	}
	m, err := l.bus.MessageAt(ctx, stream, p.Seq)
	if fault.Is(err, fault.NotFound) {
		return true, nil // aged out, or replaced by a newer one on its subject
	}
	if err != nil {
		return false, err
	}
	return m.Published.Equal(p.At), nil
}

func (l *Ledger) position(stream string) (position, error) {
	var p position
	err := l.view(func(tx *bolt.Tx) error {
		_, err := load(tx.Bucket(bucketMeta), positionKey(stream), &p)
		return err
	})
	return p, err
}

// The size of a transaction: as many facts as there are, up to a bound, but none
// waits longer than a moment for company.
const (
	batchSize = 256
	batchWait = 150 * time.Millisecond
)

// follow reads the streams from the positions on. It returns errOther when one
// was replaced meanwhile, nil when ctx ends.
func (l *Ledger) follow(ctx context.Context, positions map[string]position) error {
	group, ctx := errgroup.WithContext(ctx)
	facts := make(chan fact, batchSize)
	for _, s := range streams {
		group.Go(func() error {
			return l.bus.Follow(ctx, s, positions[s].Seq+1, "", func(m *bus.Message) error {
				select {
				case facts <- read(m):
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			})
		})
	}
	group.Go(func() error { return l.collect(ctx, facts) })
	group.Go(func() error { return l.watch(ctx) })
	l.fail(nil)
	return group.Wait()
}

func (l *Ledger) collect(ctx context.Context, facts <-chan fact) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		var batch []fact
		select {
		case <-ctx.Done():
			return nil
		case f := <-facts:
			batch = append(batch, f)
		}
		timer.Reset(batchWait)
		for open := true; open && len(batch) < batchSize; {
			select {
			case f := <-facts:
				batch = append(batch, f)
			case <-timer.C:
				open = false
			case <-ctx.Done():
				return nil // what is in hand comes again from the checkpoint
			}
		}
		if err := l.apply(batch); err != nil {
			return err
		}
	}
}

// apply takes facts in, in one transaction with the positions they bring.
func (l *Ledger) apply(batch []fact) error {
	fresh := make([]bool, len(batch))
	err := l.update(func(tx *bolt.Tx) error {
		w := newWriter(tx)
		for i := range batch {
			var err error
			if fresh[i], err = w.take(&batch[i]); err != nil {
				return err
			}
		}
		return w.flush()
	})
	if err != nil {
		return fmt.Errorf("write the ledger: %w", err)
	}
	now := time.Now()
	erased := false
	for i := range batch {
		erased = erased || fresh[i] && batch[i].erased
		if fresh[i] {
			l.rates.add(batch[i].tick, batch[i].at, now)
		}
		if err := batch[i].err; fresh[i] && err != nil {
			l.log.Error("a message that is no event of ours, counted as unreadable", zap.Error(err))
		}
	}
	l.announce()
	if erased {
		return l.compact()
	}
	return nil
}
