package ledger

import (
	"encoding/binary"
	"time"

	bolt "go.etcd.io/bbolt"

	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/api"
)

// schema is the version of what is in the file; another one is rebuilt.
const schema = "3"

// The buckets. pages holds the facts; counts, rows, the waiting ones and live
// follow from them and are kept up to date with every change.
var (
	bucketMeta    = []byte("meta")        // schema, position/<stream>
	bucketPages   = []byte("pages")       // page key → record
	bucketCounts  = []byte("counts")      // publication → api.Counts
	bucketRows    = []byte("rows")        // sequence in PAGES → row
	bucketPagesW  = []byte("waitPages")   // sequence in PAGES → waiting
	bucketEventsW = []byte("waitEvents")  // sequence in ARTICLES → waiting
	bucketLive    = []byte("live")        // uri → nothing
	bucketLetters = []byte("letters")     // id → storedLetter
	bucketOrder   = []byte("letterOrder") // open or not, sequence in DEADLETTERS → id
	buckets       = [][]byte{bucketMeta, bucketPages, bucketCounts, bucketRows, bucketPagesW, bucketEventsW, bucketLive, bucketLetters, bucketOrder}
)

// row is a revision in the order of arrival.
type row struct {
	Key  newspaper.PageKey `json:"key"`
	Fate api.Fate          `json:"fate"`
}

type storedLetter struct {
	event.Letter
	Seq uint64 `json:"seq"` // in DEADLETTERS
}

// position is how far a stream was read, and enough to notice that it is not the
// same stream any more.
type position struct {
	Seq        uint64    `json:"seq"`
	At         time.Time `json:"at"`      // when message Seq was published
	Created    time.Time `json:"created"` // of the stream
	Unreadable int       `json:"unreadable"`
}

func seqKey(seq uint64) []byte    { return binary.BigEndian.AppendUint64(nil, seq) }
func keySeq(k []byte) uint64      { return binary.BigEndian.Uint64(k) }
func positionKey(s string) []byte { return []byte("position/" + s) }
func orderKey(l *event.Letter, seq uint64) []byte {
	open := byte(0)
	if l.Resolution == "" {
		open = 1 // sorts behind the resolved ones; lists are read from the end
	}
	return binary.BigEndian.AppendUint64([]byte{open}, seq)
}

// writer collects the changes of one transaction, so that a page with many
// facts in it is read and written once.
type writer struct {
	tx        *bolt.Tx
	pages     map[newspaper.PageKey]*change
	positions map[string]*position
}

type change struct {
	record record
	before digest
}

func newWriter(tx *bolt.Tx) *writer {
	return &writer{tx: tx, pages: map[newspaper.PageKey]*change{}, positions: map[string]*position{}}
}

func (w *writer) position(stream string) (*position, error) {
	if p := w.positions[stream]; p != nil {
		return p, nil
	}
	p := &position{}
	w.positions[stream] = p
	_, err := load(w.tx.Bucket(bucketMeta), positionKey(stream), p)
	return p, err
}

func (w *writer) page(key newspaper.PageKey) (*record, error) {
	if c := w.pages[key]; c != nil {
		return &c.record, nil
	}
	c := &change{}
	if _, err := load(w.tx.Bucket(bucketPages), []byte(key.String()), &c.record); err != nil {
		return nil, err
	}
	c.record.Key = key
	c.before = c.record.digest()
	w.pages[key] = c
	return &c.record, nil
}

// take applies a fact. One that was applied already is passed over.
func (w *writer) take(f *fact) (fresh bool, err error) {
	p, err := w.position(f.stream)
	if err != nil || f.seq <= p.Seq {
		return false, err
	}
	p.Seq, p.At = f.seq, f.at
	if f.err != nil {
		p.Unreadable++
		return true, nil
	}
	if f.letter != nil {
		if err := w.letter(f.letter, f.seq); err != nil {
			return true, err
		}
	}
	if f.take == nil {
		return true, nil
	}
	r, err := w.page(f.key)
	if err != nil {
		return true, err
	}
	f.take(r)
	return true, nil
}

func (w *writer) letter(l *event.Letter, seq uint64) error {
	id := []byte(letterID(l.Service, l.Stream, l.StreamSeq))
	letters, order := w.tx.Bucket(bucketLetters), w.tx.Bucket(bucketOrder)
	var old storedLetter
	there, err := load(letters, id, &old)
	if err != nil {
		return err
	}
	if there {
		if err := order.Delete(orderKey(&old.Letter, old.Seq)); err != nil {
			return err
		}
	}
	slim := *l
	slim.Headers = nil
	if err := store(letters, id, storedLetter{slim, seq}); err != nil {
		return err
	}
	return put(order, orderKey(l, seq), id)
}

// flush writes what was collected.
func (w *writer) flush() error {
	counts := map[string]*api.Counts{}
	for key, c := range w.pages {
		if err := store(w.tx.Bucket(bucketPages), []byte(key.String()), &c.record); err != nil {
			return err
		}
		after := c.record.digest()
		if err := w.reindex(key, c.before, after); err != nil {
			return err
		}
		if counts[key.Publication] == nil {
			counts[key.Publication] = &api.Counts{}
			if _, err := load(w.tx.Bucket(bucketCounts), []byte(key.Publication), counts[key.Publication]); err != nil {
				return err
			}
		}
		counts[key.Publication].Add(c.before.counts, -1)
		counts[key.Publication].Add(after.counts, 1)
	}
	for publication, c := range counts {
		if err := store(w.tx.Bucket(bucketCounts), []byte(publication), c); err != nil {
			return err
		}
	}
	for stream, p := range w.positions {
		if err := store(w.tx.Bucket(bucketMeta), positionKey(stream), p); err != nil {
			return err
		}
	}
	return nil
}

// reindex brings the derived buckets from one digest of a page to the next.
func (w *writer) reindex(key newspaper.PageKey, before, after digest) error {
	for seq, fate := range after.rows {
		if before.rows[seq] != fate {
			if err := store(w.tx.Bucket(bucketRows), seqKey(seq), row{key, fate}); err != nil {
				return err
			}
		}
	}
	if err := replace(w.tx.Bucket(bucketPagesW), before.pages, after.pages); err != nil {
		return err
	}
	if err := replace(w.tx.Bucket(bucketEventsW), before.events, after.events); err != nil {
		return err
	}
	live := w.tx.Bucket(bucketLive)
	for uri := range before.live {
		if !after.live[uri] {
			if err := live.Delete([]byte(uri)); err != nil {
				return err
			}
		}
	}
	for uri := range after.live {
		if !before.live[uri] {
			if err := put(live, []byte(uri), nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func replace(b *bolt.Bucket, before, after map[uint64]waiting) error {
	for seq := range before {
		if _, stays := after[seq]; !stays {
			if err := b.Delete(seqKey(seq)); err != nil {
				return err
			}
		}
	}
	for seq, v := range after {
		if _, there := before[seq]; !there {
			if err := store(b, seqKey(seq), v); err != nil {
				return err
			}
		}
	}
	return nil
}
