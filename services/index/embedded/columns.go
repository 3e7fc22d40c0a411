package embedded

import (
	"slices"
	"sync"

	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// column is a keyword field of a segment by document: what sorting and counting
// read for every hit, where bleve's document values are too slow for all hits of
// a hundred thousand.
type column struct {
	terms []string // in order
	start []uint32 // of a document in of; one more than documents
	of    []uint32 // places in terms, each document's in order
}

// values are the places in terms of a document's values.
func (c *column) values(document uint64) []uint32 {
	return c.of[c.start[document]:c.start[document+1]]
}

// value is the first value of a document; "": it has none.
func (c *column) value(document uint64) string {
	v := c.values(document)
	if len(v) == 0 {
		return ""
	}
	return c.terms[v[0]]
}

// columnCache keeps the columns of the segments that searches see. Segments never
// change; a merged one is a new one.
type columnCache struct {
	mu       sync.Mutex
	segments map[segment.Segment]map[string]*columnEntry
}

type columnEntry struct {
	once   sync.Once
	column *column
	err    error
}

// get returns a column, which it makes when nobody has asked for it yet.
func (c *columnCache) get(s segment.Segment, field string) (*column, error) {
	c.mu.Lock()
	if c.segments == nil {
		c.segments = map[segment.Segment]map[string]*columnEntry{}
	}
	fields := c.segments[s]
	if fields == nil {
		fields = map[string]*columnEntry{}
		c.segments[s] = fields
	}
	e := fields[field]
	if e == nil {
		e = &columnEntry{}
		fields[field] = e
	}
	c.mu.Unlock()
	e.once.Do(func() { e.column, e.err = newColumn(s, field) })
	return e.column, e.err
}

// keep forgets the segments that are no more.
func (c *columnCache) keep(now []*scorch.SegmentSnapshot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.segments) <= 2*len(now)+8 { // a search that is still running may use older ones
		return
	}
	live := map[segment.Segment]bool{}
	for _, s := range now {
		live[s.Segment()] = true
	}
	for s := range c.segments {
		if !live[s] {
			delete(c.segments, s)
		}
	}
}

// newColumn reads the terms of a field in their order, and the documents of each.
func newColumn(s segment.Segment, field string) (*column, error) {
	dictionary, err := s.Dictionary(field)
	if err != nil {
		return nil, err
	}
	c := &column{start: make([]uint32, s.Count()+1)}
	type pair struct{ document, term uint32 }
	var pairs []pair
	var postings segment.PostingsList
	var documents segment.PostingsIterator
	terms := dictionary.AutomatonIterator(nil, nil, nil)
	for {
		entry, err := terms.Next()
		if err != nil {
			return nil, err
		}
		if entry == nil {
			break
		}
		if postings, err = dictionary.PostingsList([]byte(entry.Term), nil, postings); err != nil {
			return nil, err
		}
		documents = postings.Iterator(false, false, false, documents)
		for {
			p, err := documents.Next()
			if err != nil {
				return nil, err
			}
			if p == nil {
				break
			}
			pairs = append(pairs, pair{uint32(p.Number()), uint32(len(c.terms))})
			c.start[p.Number()+1]++
		}
		c.terms = append(c.terms, entry.Term)
	}
	for i := 1; i < len(c.start); i++ {
		c.start[i] += c.start[i-1]
	}
	c.of = make([]uint32, len(pairs))
	next := slices.Clone(c.start)
	for _, p := range pairs { // by term, so that each document's come in order
		c.of[next[p.document]] = p.term
		next[p.document]++
	}
	return c, nil
}
