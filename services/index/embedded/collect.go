package embedded

import (
	"cmp"
	"container/heap"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/blevesearch/bleve/v2/index/scorch"
	blevesearch "github.com/blevesearch/bleve/v2/search"
	index "github.com/blevesearch/bleve_index_api"

	"broadsheet/pkg/fault"
	"broadsheet/services/index/search"
)

// candidate is a hit that may be among those that are answered.
type candidate struct {
	id       index.IndexInternalID
	document uint64 // within its segment
	score    float64
	segment  *view
	uri      string // looked up when it is needed
}

// view is a segment with the columns that a search reads.
type view struct {
	first  uint64    // number of its first document
	behind uint64    // number behind its last
	keys   []*column // of the sort's keys; nil for score and uri
	facets []*column
	counts [][]int32 // of facets, by place in terms
}

// collector takes the hits of a search one by one, and keeps the best of them and
// the counts of all.
type collector struct {
	store  *volume
	reader index.IndexReader
	query  search.Query
	keys   []search.Key
	after  float64 // score of query.Behind

	segments []*scorch.SegmentSnapshot
	at       int // segment of the last hit
	view     *view
	total    int
	best     []*candidate // a heap, the worst first
	counts   []map[string]int
	err      error
}

func (s *volume) newCollector(reader index.IndexReader, q search.Query) (*collector, error) {
	snapshot, ok := reader.(*scorch.IndexSnapshot)
	if !ok {
		return nil, fault.New(fault.Internal, "the index in %s is of another kind than ours", s.dir)
	}
	c := &collector{store: s, reader: reader, query: q, keys: q.Sort.Keys(), segments: snapshot.Segments(), at: -1, view: &view{}}
	s.columns.keep(c.segments)
	for range q.Facets {
		c.counts = append(c.counts, map[string]int{})
	}
	if q.Behind != nil && c.keys[0].Field == search.FieldScore {
		c.after, _ = strconv.ParseFloat(q.Behind.Keys[0], 64) // the cursor was checked
	}
	return c, nil
}

// collect takes all hits that a searcher has.
func (c *collector) collect(ctx context.Context, hits blevesearch.Searcher) error {
	const checkEvery = 1024
	sc := &blevesearch.SearchContext{
		DocumentMatchPool: blevesearch.NewDocumentMatchPool(hits.DocumentMatchPoolSize()+1, 0), IndexReader: c.reader,
	}
	for n := 0; ; n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		hit, err := hits.Next(sc)
		if err != nil {
			return err
		}
		if hit == nil {
			c.flush()
			return c.err
		}
		if err := c.take(hit.IndexInternalID, hit.Score); err != nil {
			return err
		}
		sc.DocumentMatchPool.Put(hit)
	}
}

func (c *collector) take(id index.IndexInternalID, score float64) error {
	if math.IsNaN(score) || math.IsInf(score, 0) {
		score = 0
	}
	number := id.Value()
	for number >= c.view.behind {
		if err := c.advance(); err != nil {
			return err
		}
	}
	v := c.view
	document := number - v.first
	c.total++
	for i, column := range v.facets {
		for _, place := range column.values(document) {
			v.counts[i][place]++
		}
	}
	hit := candidate{document: document, score: score, segment: v, id: id}
	if c.query.Behind != nil && c.compareBehind(&hit) <= 0 {
		return c.err
	}
	keep := c.query.Limit + 1
	if len(c.best) == keep && c.compare(&hit, c.best[0]) >= 0 {
		return c.err
	}
	kept := hit
	kept.id = slices.Clone(id) // bleve uses it again
	if len(c.best) < keep {
		heap.Push((*worst)(c), &kept)
	} else {
		c.best[0] = &kept
		heap.Fix((*worst)(c), 0)
	}
	return c.err
}

// advance goes to the next segment. Hits come in the order of their numbers.
func (c *collector) advance() error {
	c.flush()
	c.at++
	if c.at == len(c.segments) {
		return fault.New(fault.Internal, "a hit is in no part of the index in %s", c.store.dir)
	}
	s := c.segments[c.at].Segment()
	v := &view{first: c.view.behind, behind: c.view.behind + s.Count(), keys: make([]*column, len(c.keys))}
	c.view = v
	if s.Count() == 0 {
		return nil
	}
	for i, k := range c.keys {
		if k.Field == search.FieldScore || k.Field == search.FieldURI {
			continue
		}
		var err error
		if v.keys[i], err = c.store.columns.get(s, k.Field); err != nil {
			return err
		}
	}
	for _, f := range c.query.Facets {
		column, err := c.store.columns.get(s, f.Field)
		if err != nil {
			return err
		}
		v.facets = append(v.facets, column)
		v.counts = append(v.counts, make([]int32, len(column.terms)))
	}
	return nil
}

// flush adds the counts of a segment to those of all.
func (c *collector) flush() {
	for i, counts := range c.view.counts {
		prefix := c.query.Facets[i].Prefix
		for place, n := range counts {
			if term := c.view.facets[i].terms[place]; n > 0 && strings.HasPrefix(term, prefix) {
				c.counts[i][term] += int(n)
			}
		}
	}
	c.view.counts = nil
}

// compare orders two candidates; negative: a comes first.
func (c *collector) compare(a, b *candidate) int {
	for i, k := range c.keys {
		var d int
		switch k.Field {
		case search.FieldScore:
			d = cmp.Compare(b.score, a.score)
		case search.FieldURI:
			d = strings.Compare(c.uri(a), c.uri(b))
		default:
			d = byValue(a.segment.keys[i].value(a.document), b.segment.keys[i].value(b.document), k.Descending)
		}
		if d != 0 {
			return d
		}
	}
	return 0
}

// compareBehind orders a candidate and the place behind which the page begins.
func (c *collector) compareBehind(a *candidate) int {
	for i, k := range c.keys {
		var d int
		switch k.Field {
		case search.FieldScore:
			d = cmp.Compare(c.after, a.score)
		case search.FieldURI:
			d = strings.Compare(c.uri(a), c.query.Behind.Keys[i])
		default:
			d = byValue(a.segment.keys[i].value(a.document), c.query.Behind.Keys[i], k.Descending)
		}
		if d != 0 {
			return d
		}
	}
	return 0
}

// byValue orders two values; missing ones are last either way.
func byValue(a, b string, descending bool) int {
	switch {
	case a == b:
		return 0
	case a == "":
		return 1
	case b == "":
		return -1
	case descending:
		return strings.Compare(b, a)
	}
	return strings.Compare(a, b)
}

func (c *collector) uri(a *candidate) string {
	if a.uri == "" {
		uri, err := c.reader.ExternalID(a.id)
		if err != nil && c.err == nil {
			c.err = err
		}
		a.uri = uri
	}
	return a.uri
}

// place is where a hit stands in the order.
func (c *collector) place(a *candidate) []string {
	out := make([]string, len(c.keys))
	for i, k := range c.keys {
		switch k.Field {
		case search.FieldScore:
			out[i] = strconv.FormatFloat(a.score, 'g', -1, 64)
		case search.FieldURI:
			out[i] = c.uri(a)
		default:
			out[i] = a.segment.keys[i].value(a.document)
		}
	}
	return out
}

// sorted returns the best, the first one first.
func (c *collector) sorted() []*candidate {
	slices.SortFunc(c.best, c.compare)
	return c.best
}

// facets are the most frequent values of each facet.
func (c *collector) facets() map[string][]search.Count {
	if len(c.query.Facets) == 0 {
		return nil
	}
	out := make(map[string][]search.Count, len(c.query.Facets))
	for i, f := range c.query.Facets {
		counts := make([]search.Count, 0, len(c.counts[i]))
		for value, n := range c.counts[i] {
			counts = append(counts, search.Count{Value: value, Count: n})
		}
		slices.SortFunc(counts, func(a, b search.Count) int {
			return cmp.Or(b.Count-a.Count, strings.Compare(a.Value, b.Value))
		})
		out[f.Name] = slices.Clone(counts[:min(len(counts), f.Size)])
	}
	return out
}

// worst is a collector's best as a heap with the last of them on top.
type worst collector

func (w *worst) Len() int           { return len(w.best) }
func (w *worst) Less(i, j int) bool { return (*collector)(w).compare(w.best[i], w.best[j]) > 0 }
func (w *worst) Swap(i, j int)      { w.best[i], w.best[j] = w.best[j], w.best[i] }

// Push is the heap's.
func (w *worst) Push(x any) { w.best = append(w.best, x.(*candidate)) }

// Pop is the heap's.
func (w *worst) Pop() any {
	last := w.best[len(w.best)-1]
	w.best = w.best[:len(w.best)-1]
	return last
}
