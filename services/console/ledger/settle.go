package ledger

import (
	"context"
	"time"

	bolt "go.etcd.io/bbolt"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
)

// observation is what was true at one moment: everything in ARTICLES up to floor
// had left the index's queue, so each of these events has a confirmation or a
// dead letter among the messages up to last, or had one once.
type observation struct {
	floor uint64
	last  map[string]uint64
}

// watch looks after what no message tells: streams that were replaced, and
// article events whose confirmations are not kept any more.
func (l *Ledger) watch(ctx context.Context) error {
	var seen *observation
	ticker := time.NewTicker(l.check)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		var err error
		seen, err = l.look(ctx, seen)
		if err != nil && !fault.Is(err, fault.Unavailable) {
			return err
		}
		if ctx.Err() == nil {
			l.fail(err) // an outage shows in Ready; Follow gets over it by itself
		}
	}
}

// look settles what the earlier observation allows, once the ledger has read
// that far, and returns the observation to wait for next.
func (l *Ledger) look(ctx context.Context, seen *observation) (*observation, error) {
	if seen != nil {
		reached, err := l.reached(*seen)
		if err == nil && reached {
			err, seen = l.settle(seen.floor), nil
		}
		if err != nil {
			return nil, err
		}
	}
	index, err := l.bus.ConsumerState(ctx, event.IndexArticles) // before the streams: see observation
	if err != nil {
		return seen, err
	}
	last := map[string]uint64{}
	for _, s := range streams {
		state, err := l.bus.StreamState(ctx, s)
		if err != nil {
			return seen, err
		}
		p, err := l.position(s)
		if err != nil {
			return seen, err
		}
		if !state.Created.Equal(p.Created) || state.Last < p.Seq {
			return nil, errOther
		}
		if state.Messages > 0 { // else there is nothing to be read, however large its last number
			last[s] = state.Last
		}
	}
	if seen == nil {
		seen = &observation{index.AckFloor, last}
	}
	return seen, nil
}

// reached reports whether the ledger has read all that the observation is about.
func (l *Ledger) reached(o observation) (bool, error) {
	for _, s := range streams {
		p, err := l.position(s)
		if err != nil || p.Seq < o.last[s] {
			return false, err
		}
	}
	return true, nil
}

// settle marks the events up to floor that still wait as indexed: their
// confirmations were given and are not kept any more.
func (l *Ledger) settle(floor uint64) error {
	for from := uint64(0); ; {
		batch, err := l.waitingEvents(from, floor)
		if err != nil || len(batch) == 0 {
			return err
		}
		err = l.update(func(tx *bolt.Tx) error {
			w := newWriter(tx)
			for _, e := range batch {
				r, err := w.page(e.Key)
				if err != nil {
					return err
				}
				r.settled(e.seq)
			}
			return w.flush()
		})
		if err != nil {
			return err
		}
		l.announce()
		from = batch[len(batch)-1].seq + 1
	}
}

type waitingEvent struct {
	waiting
	seq uint64
}

// waitingEvents returns some events that wait although the index is past them,
// but for those that died and are being retried.
func (l *Ledger) waitingEvents(from, floor uint64) ([]waitingEvent, error) {
	var out []waitingEvent
	err := l.view(func(tx *bolt.Tx) error {
		letters := tx.Bucket(bucketLetters)
		c := tx.Bucket(bucketEventsW).Cursor()
		for k, _ := c.Seek(seqKey(from)); k != nil && keySeq(k) <= floor && len(out) < batchSize; k, _ = c.Next() {
			seq := keySeq(k)
			if letters.Get([]byte(letterID("index", event.Articles, seq))) != nil {
				continue
			}
			e := waitingEvent{seq: seq}
			if _, err := load(tx.Bucket(bucketEventsW), k, &e.waiting); err != nil {
				return err
			}
			out = append(out, e)
		}
		return nil
	})
	return out, err
}
