package embedded

import (
	"cmp"
	"container/heap"
	"context"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"
	"golang.org/x/sync/errgroup"

	"broadsheet/pkg/fault"
	"broadsheet/services/index/search"
)

// candidate is a hit that may be among those that are answered.
type candidate struct {
	document uint64 // within its segment
	score    float64
	segment  *view
	uri      string // looked up when it is needed
}

// view is a segment with the columns that a search reads.
type view struct {
	first  uint64    // number of its first document in the index
	keys   []*column // of the sort's keys; nil for score and uri
	facets []*column
	counts [][]int32 // of facets, by place in terms
}

// collector takes the hits of a search, segment by segment, and keeps the best of
// them and the counts of all.
type collector struct {
	store  *volume
	reader index.IndexReader
	query  search.Query
	keys   []search.Key
	after  float64 // score of query.Behind

	segments []*scorch.SegmentSnapshot
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
	c := &collector{store: s, reader: reader, query: q, keys: q.Sort.Keys(), segments: snapshot.Segments()}
	s.columns.keep(c.segments)
	for range q.Facets {
		c.counts = append(c.counts, map[string]int{})
	}
	if q.Behind != nil && c.keys[0].Field == search.FieldScore {
		c.after, _ = strconv.ParseFloat(q.Behind.Keys[0], 64) // the cursor was checked
	}
	return c, nil
}

// hits are what matches in a segment.
type hits struct {
	docs   *roaring.Bitmap
	scores []float64 // by document; nil: they do not matter
}

// search goes through all segments. They are searched side by side, and their hits
// taken one after the other.
func (c *collector) search(ctx context.Context) error {
	statistics, err := &statistics{}, ctx.Err()
	if err != nil {
		return err
	}
	if statistics.documents, err = c.reader.DocCount(); err != nil {
		return err
	}
	parts, nodes := make([]*part, len(c.segments)), make([]node, len(c.segments))
	for i, s := range c.segments {
		parts[i] = &part{
			snapshot: s, segment: s.Segment(), columns: &c.store.columns, statistics: statistics, dictionaries: map[string]segment.TermDictionary{},
		}
		if nodes[i], err = parts[i].query(c.query); err != nil {
			return err
		}
	}
	found := make([]hits, len(parts))
	group, matching := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, p := range parts {
		group.Go(func() (err error) {
			defer recovered(&err)
			found[i], err = p.hits(matching, c.query, nodes[i])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	first := uint64(0)
	for i, p := range parts {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := c.take(first, p, found[i]); err != nil {
			return err
		}
		first += p.segment.Count()
	}
	return c.err
}

// hits searches a segment.
func (p *part) hits(ctx context.Context, q search.Query, n node) (hits, error) {
	within, err := p.filtered(ctx, q)
	if err != nil || within.IsEmpty() {
		return hits{docs: within}, err
	}
	h := hits{}
	if h.docs, err = n.match(ctx, within); err != nil || h.docs.IsEmpty() || q.Sort != search.Relevance {
		return h, err
	}
	if used, ok := noScores.Get().(*[]float64); ok {
		h.scores = *used
	}
	if n := int(p.segment.Count()); len(h.scores) < n {
		h.scores = make([]float64, n)
	}
	return h, n.score(h.docs, h.scores)
}

// noScores are *[]float64 of zeros: most searches have few hits in a large segment, and
// making room for the scores of all its documents would take longer than they do.
var noScores sync.Pool

// take takes the hits of a segment.
func (c *collector) take(first uint64, p *part, h hits) error {
	if h.docs.IsEmpty() {
		return nil
	}
	v, err := c.view(first, p)
	if err != nil {
		return err
	}
	c.total += int(h.docs.GetCardinality())
	err = each(context.Background(), h.docs, func(docs []uint32) error {
		for i, column := range v.facets {
			counts := v.counts[i]
			for _, d := range docs {
				for _, place := range column.values(uint64(d)) {
					counts[place]++
				}
			}
		}
		for _, d := range docs {
			hit := candidate{document: uint64(d), segment: v}
			if h.scores != nil {
				hit.score, h.scores[d] = h.scores[d], 0
			}
			c.offer(&hit)
		}
		return c.err
	})
	if err == nil && h.scores != nil {
		noScores.Put(&h.scores)
	}
	c.flush(v)
	return err
}

// offer keeps a hit if it is among the best so far.
func (c *collector) offer(hit *candidate) {
	if c.query.Behind != nil && c.compareBehind(hit) <= 0 {
		return
	}
	keep := c.query.Limit + 1
	if len(c.best) == keep && c.compare(hit, c.best[0]) >= 0 {
		return
	}
	kept := *hit
	if len(c.best) < keep {
		heap.Push((*worst)(c), &kept)
	} else {
		c.best[0] = &kept
		heap.Fix((*worst)(c), 0)
	}
}

// view is a segment with the columns that the search reads.
func (c *collector) view(first uint64, p *part) (*view, error) {
	v := &view{first: first, keys: make([]*column, len(c.keys))}
	for i, k := range c.keys {
		if k.Field == search.FieldScore || k.Field == search.FieldURI {
			continue
		}
		var err error
		if v.keys[i], err = c.store.columns.get(p.segment, k.Field); err != nil {
			return nil, err
		}
	}
	for _, f := range c.query.Facets {
		column, err := c.store.columns.get(p.segment, f.Field)
		if err != nil {
			return nil, err
		}
		v.facets = append(v.facets, column)
		v.counts = append(v.counts, make([]int32, len(column.terms)))
	}
	return v, nil
}

// flush adds the counts of a segment to those of all.
func (c *collector) flush(v *view) {
	for i, counts := range v.counts {
		prefix := c.query.Facets[i].Prefix
		for place, n := range counts {
			if term := v.facets[i].terms[place]; n > 0 && strings.HasPrefix(term, prefix) {
				c.counts[i][term] += int(n)
			}
		}
	}
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
		uri, err := c.reader.ExternalID(index.NewIndexInternalID(nil, a.segment.first+a.document))
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
