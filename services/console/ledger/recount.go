package ledger

import (
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"broadsheet/pkg/fault"
	"broadsheet/services/console/api"
)

// Recount computes everything that is kept up to date with each change once more
// from the facts, by reading every page, and returns an error that names the
// first difference. There never is one: it proves so.
func (l *Ledger) Recount() error {
	return l.view(func(tx *bolt.Tx) error {
		counts := map[string]api.Counts{}
		sizes := map[string]int{}
		err := tx.Bucket(bucketPages).ForEach(func(k, v []byte) error {
			var r record
			if err := json.Unmarshal(v, &r); err != nil {
				return err
			}
			d := r.digest()
			sum := counts[r.Key.Publication]
			sum.Add(d.counts, 1)
			counts[r.Key.Publication] = sum
			for name, n := range map[string]int{"rows": len(d.rows), "waitPages": len(d.pages), "waitEvents": len(d.events), "live": len(d.live)} {
				sizes[name] += n
			}
			return d.matches(tx)
		})
		if err != nil {
			return err
		}
		for name, n := range sizes {
			if kept := tx.Bucket([]byte(name)).Stats().KeyN; kept != n {
				return fault.New(fault.Internal, "the ledger keeps %d entries in %s, the facts say %d", kept, name, n)
			}
		}
		return compareCounts(tx, counts)
	})
}

// matches looks up each entry of a page's digest.
func (d *digest) matches(tx *bolt.Tx) error {
	for seq, fate := range d.rows {
		var r row
		if there, err := load(tx.Bucket(bucketRows), seqKey(seq), &r); err != nil || !there || r.Fate != fate {
			return fmt.Errorf("revision at %d is %q, kept as %q (%w)", seq, fate, r.Fate, err)
		}
	}
	for name, entries := range map[string]map[uint64]waiting{"waitPages": d.pages, "waitEvents": d.events} {
		for seq := range entries {
			if tx.Bucket([]byte(name)).Get(seqKey(seq)) == nil {
				return fault.New(fault.Internal, "%d waits and is not in %s", seq, name)
			}
		}
	}
	for uri := range d.live {
		if k, _ := tx.Bucket(bucketLive).Cursor().Seek([]byte(uri)); string(k) != uri {
			return fault.New(fault.Internal, "%s is live and is not kept so", uri)
		}
	}
	return nil
}

func compareCounts(tx *bolt.Tx, want map[string]api.Counts) error {
	err := tx.Bucket(bucketCounts).ForEach(func(k, v []byte) error {
		var kept api.Counts
		if err := json.Unmarshal(v, &kept); err != nil {
			return err
		}
		if kept != want[string(k)] {
			return fault.New(fault.Internal, "%s: kept %+v, counted %+v", k, kept, want[string(k)])
		}
		delete(want, string(k))
		return nil
	})
	if err != nil {
		return err
	}
	for publication, c := range want {
		if c != (api.Counts{}) {
			return fault.New(fault.Internal, "%s: nothing kept, counted %+v", publication, c)
		}
	}
	return nil
}
