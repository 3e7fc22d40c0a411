package ledger

import (
	"bytes"
	"slices"
	"strconv"
	"time"

	bolt "go.etcd.io/bbolt"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/api"
)

// Page returns what is known of a page: fault.NotFound when nothing is.
func (l *Ledger) Page(key newspaper.PageKey) (api.Page, error) {
	var r record
	found := false
	err := l.view(func(tx *bolt.Tx) (err error) {
		found, err = load(tx.Bucket(bucketPages), []byte(key.String()), &r)
		return err
	})
	if err != nil {
		return api.Page{}, err
	}
	if !found {
		return api.Page{}, fault.New(fault.NotFound, "page %s was never received", key).On("key").Fix("correct the key, or upload the page")
	}
	return r.view(), nil
}

// Issue returns what is known of the pages of an issue, in order; none when
// nothing is.
func (l *Ledger) Issue(issue newspaper.IssueKey) ([]api.Page, error) {
	var out []api.Page
	prefix := []byte(issue.String() + "/")
	err := l.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketPages).Cursor()
		for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
			var r record
			if err := decode(k, v, &r); err != nil {
				return err
			}
			out = append(out, r.view())
		}
		return nil
	})
	slices.SortFunc(out, func(a, b api.Page) int { return newspaper.ComparePages(a.Key, b.Key) })
	return out, err
}

// Filter chooses rows of a list. The zero value is all, newest first.
type Filter struct {
	Publication string
	Date        string
	Fate        api.Fate
	Cursor      string // of an earlier answer
	Limit       int    // rows; 0: 50
}

// Bounds of one answer. A list that finds little looks at mostScanned rows and
// goes on at its cursor.
const (
	DefaultLimit = 50
	MostRows     = 500
	mostScanned  = 100_000
)

func (f *Filter) limit() int {
	if f.Limit <= 0 {
		return DefaultLimit
	}
	return min(f.Limit, MostRows)
}

// before is the sequence that rows must be smaller than.
func (f *Filter) before() (uint64, error) {
	if f.Cursor == "" {
		return 1<<63 - 1, nil
	}
	n, err := strconv.ParseUint(f.Cursor, 10, 63)
	if err != nil {
		return 0, fault.New(fault.Invalid, "the cursor %q is none of ours", f.Cursor).On("cursor").Fix("use the next of an earlier answer, or leave it out")
	}
	return n, nil
}

// Pages lists revisions in the order they came, newest first.
func (l *Ledger) Pages(f Filter) (api.Pages, error) {
	out := api.Pages{Pages: []api.Row{}}
	before, err := f.before()
	if err != nil {
		return out, err
	}
	err = l.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketRows).Cursor()
		scanned := 0
		for k, v := back(c, seqKey(before)); k != nil; k, v = c.Prev() {
			if scanned++; len(out.Pages) == f.limit() || scanned > mostScanned {
				out.Next = strconv.FormatUint(keySeq(k)+1, 10)
				return nil
			}
			var r row
			if err := decode(k, v, &r); err != nil {
				return err
			}
			if f.Publication != "" && r.Key.Publication != f.Publication || f.Date != "" && r.Key.Date != f.Date || f.Fate != "" && r.Fate != f.Fate {
				continue
			}
			var page record
			if _, err := load(tx.Bucket(bucketPages), []byte(r.Key.String()), &page); err != nil {
				return err
			}
			out.Pages = append(out.Pages, page.row(keySeq(k)))
		}
		return nil
	})
	return out, err
}

// back puts a cursor on the last entry before key.
func back(c *bolt.Cursor, key []byte) (k, v []byte) {
	if k, _ := c.Seek(key); k == nil {
		return c.Last()
	}
	return c.Prev()
}

// LetterFilter chooses dead letters.
type LetterFilter struct {
	Service string
	Kind    fault.Kind
	Open    bool   // unresolved ones only
	Cursor  string // of an earlier answer
	Limit   int    // 0: 50
}

// Letters lists dead letters: unresolved ones first, each part newest first.
func (l *Ledger) Letters(f LetterFilter) (api.Letters, error) {
	out := api.Letters{Letters: []api.Letter{}}
	paging := Filter{Cursor: f.Cursor, Limit: f.Limit}
	end, err := paging.before()
	if err != nil {
		return out, err
	}
	err = l.view(func(tx *bolt.Tx) error {
		out.Unresolved = unresolved(tx)
		c := tx.Bucket(bucketOrder).Cursor()
		scanned := 0
		for k, v := back(c, cursorKey(f.Cursor, end)); k != nil && !(f.Open && k[0] == 0); k, v = c.Prev() {
			if scanned++; len(out.Letters) == paging.limit() || scanned > mostScanned {
				out.Next = strconv.FormatUint(2*(keySeq(k[1:])+1)+uint64(k[0]), 10)
				return nil
			}
			id, err := open(k, v)
			if err != nil {
				return err
			}
			var s storedLetter
			if _, err := load(tx.Bucket(bucketLetters), id, &s); err != nil {
				return err
			}
			if f.Service != "" && s.Service != f.Service || f.Kind != "" && s.Kind != f.Kind {
				continue
			}
			out.Letters = append(out.Letters, letterView(string(id), &s.Letter, s.Seq))
		}
		return nil
	})
	return out, err
}

// cursorKey is the place in the order of letters that a cursor names: twice the
// sequence, plus one among the unresolved.
func cursorKey(cursor string, n uint64) []byte {
	if cursor == "" {
		return []byte{2}
	}
	return append([]byte{byte(n % 2)}, seqKey(n/2)...)
}

// unresolved counts the letters nobody has dealt with: they are few.
func unresolved(tx *bolt.Tx) int {
	n := 0
	c := tx.Bucket(bucketOrder).Cursor()
	for k, _ := c.Seek([]byte{1}); k != nil; k, _ = c.Next() {
		n++
	}
	return n
}

// Letter returns a dead letter: fault.NotFound when there is none.
func (l *Ledger) Letter(id string) (api.Letter, error) {
	var s storedLetter
	found := false
	err := l.view(func(tx *bolt.Tx) (err error) {
		found, err = load(tx.Bucket(bucketLetters), []byte(id), &s)
		return err
	})
	if err == nil && !found {
		err = fault.New(fault.NotFound, "there is no dead letter %s", id).On("id")
	}
	return letterView(id, &s.Letter, s.Seq), err
}

// Summary is the ledger at one moment.
type Summary struct {
	Accounting  api.Accounting // without Differences
	Unresolved  int
	Positions   map[string]api.Position // Position and Unreadable
	OldestPage  *Oldest                 // revision that waits to be parsed
	OldestEvent *Oldest                 // article event that waits to be indexed
}

// Oldest is what has waited longest.
type Oldest struct {
	Key newspaper.PageKey
	At  time.Time
}

// Summary reads the balance.
func (l *Ledger) Summary() (Summary, error) {
	out := Summary{Positions: map[string]api.Position{}}
	out.Accounting.Publications = map[string]api.Counts{}
	err := l.view(func(tx *bolt.Tx) error {
		err := tx.Bucket(bucketCounts).ForEach(func(k, v []byte) error {
			var c api.Counts
			if err := decode(k, v, &c); err != nil {
				return err
			}
			out.Accounting.Publications[string(k)] = c
			out.Accounting.All.Add(c, 1)
			return nil
		})
		if err != nil {
			return err
		}
		for _, s := range streams {
			var p position
			if _, err := load(tx.Bucket(bucketMeta), positionKey(s), &p); err != nil {
				return err
			}
			out.Positions[s] = api.Position{Stream: s, Position: p.Seq, Unreadable: p.Unreadable}
		}
		out.Unresolved = unresolved(tx)
		if out.OldestPage, err = oldest(tx.Bucket(bucketPagesW)); err != nil {
			return err
		}
		out.OldestEvent, err = oldest(tx.Bucket(bucketEventsW))
		return err
	})
	all := out.Accounting.All
	out.Accounting.Settled = all.Pages.Waiting == 0 && all.Articles.Waiting == 0
	return out, err
}

func oldest(b *bolt.Bucket) (*Oldest, error) {
	k, v := b.Cursor().First()
	if v == nil {
		return nil, nil
	}
	var w waiting
	err := decode(k, v, &w)
	return &Oldest{w.Key, w.At}, err
}

// PerMinute is how often something happened within the last sixty seconds.
func (l *Ledger) PerMinute(t Tick) int { return l.rates.perMinute(t, time.Now()) }

// Series is how often something happened in each of the last sixty seconds,
// oldest first.
func (l *Ledger) Series(t Tick) []int { return l.rates.series(t, time.Now()) }

// Live calls visit with the uri of every live article, then check with a function
// that says whether one is, all about the same moment. It returns how many there
// are.
func (l *Ledger) Live(visit func(uri string), check func(isLive func(uri string) bool)) (n int, err error) {
	err = l.view(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketLive)
		c := b.Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			n++
			visit(string(k))
		}
		check(func(uri string) bool {
			k, _ := b.Cursor().Seek([]byte(uri))
			return string(k) == uri
		})
		return nil
	})
	return n, err
}

// Sources returns where the newest event of each article of a page is: uri →
// sequence in ARTICLES.
func (l *Ledger) Sources(key newspaper.PageKey) (map[string]uint64, error) {
	var r record
	err := l.view(func(tx *bolt.Tx) error {
		_, err := load(tx.Bucket(bucketPages), []byte(key.String()), &r)
		return err
	})
	out := map[string]uint64{}
	for uri, a := range r.Articles {
		for _, e := range a.Events {
			if e.Known {
				out[uri] = max(out[uri], e.Seq)
			}
		}
	}
	return out, err
}

// Provisional is a page that the registry has and the ledger has not read yet.
func Provisional(p newspaper.Page) api.Page {
	r := record{Key: p.Key}
	for i, rev := range p.Revisions {
		r.received(uint64(i+1), rev)
	}
	return r.view()
}

func letterView(id string, l *event.Letter, seq uint64) api.Letter {
	return api.Letter{
		ID: id, Service: l.Service, Stream: l.Stream, StreamSeq: l.StreamSeq, Subject: l.Subject, Key: l.Key, Revision: l.Revision,
		URI: l.URI, Kind: l.Kind, Field: l.Field, Message: l.Message, Remedy: l.Remedy, Attempts: l.Attempts, Time: l.Time,
		Trace: l.Trace, Resolution: l.Resolution, Resolved: l.Resolved, Seq: seq,
	}
}
