package embedded

import (
	"cmp"
	"context"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/search"
)

// A clause of a query becomes a node for each segment. A segment is searched node
// by node: each takes the documents that are left and returns those that match,
// the cheap ones first, so that places of terms are compared in few documents;
// only hits are scored. bleve's own searchers go document by document, which costs
// many times as much where most documents match (docs/adr/0016).
type node interface {
	// match returns which of the documents match.
	match(ctx context.Context, within *roaring.Bitmap) (*roaring.Bitmap, error)
	// score adds to the scores of documents, all of which match, and to no others.
	score(docs *roaring.Bitmap, scores []float64) error
	// cost compares nodes: how long match takes.
	cost() uint64
}

// statistics are what scores depend on, of all segments.
type statistics struct {
	documents uint64
	having    []uint64 // documents that have a term, by its number in the query
}

// part is a segment as a search sees it.
type part struct {
	snapshot     *scorch.SegmentSnapshot
	segment      segment.Segment
	columns      *columnCache
	statistics   *statistics
	dictionaries map[string]segment.TermDictionary
	terms        int // numbered so far
}

// occurrences are the documents of a segment that have a term.
type occurrences struct {
	list segment.PostingsList
	docs *roaring.Bitmap // not to be changed
}

// look looks up a term.
func (p *part) look(field, term string) (occurrences, error) {
	d := p.dictionaries[field]
	if d == nil {
		var err error
		if d, err = p.segment.Dictionary(field); err != nil {
			return occurrences{}, err
		}
		p.dictionaries[field] = d
	}
	list, err := d.PostingsList([]byte(term), p.snapshot.Deleted(), nil)
	if err != nil {
		return occurrences{}, err
	}
	it, ok := list.Iterator(false, false, false, nil).(segment.OptimizablePostingsIterator)
	if !ok {
		return occurrences{}, fault.New(fault.Internal, "the index is of another kind than ours")
	}
	docs := it.ActualBitmap()
	if docs == nil {
		docs = roaring.New()
		if one, ok := it.DocNum1Hit(); ok {
			docs.Add(uint32(one))
		}
	}
	return occurrences{list, docs}, nil
}

// number gives what is scored a number, the same in every segment, and counts it.
func (p *part) number(having uint64) int {
	n := p.terms
	p.terms++
	if n == len(p.statistics.having) {
		p.statistics.having = append(p.statistics.having, 0)
	}
	p.statistics.having[n] += having
	return n
}

// query is the node of a query, without its filters.
func (p *part) query(q search.Query) (node, error) {
	if q.Root == nil {
		return allOf{}, nil
	}
	return p.clause(q.Root)
}

// visible are the documents that are not withdrawn.
func (p *part) visible() (*roaring.Bitmap, error) {
	o, err := p.look(fieldStatus, newspaper.Usable)
	return o.docs, err
}

// filtered are the visible documents that pass the filters of a query.
func (p *part) filtered(ctx context.Context, q search.Query) (*roaring.Bitmap, error) {
	within, err := p.visible()
	if err != nil {
		return nil, err
	}
	for _, f := range q.Exact {
		any := roaring.New()
		for _, v := range f.Values {
			o, err := p.look(f.Field, v)
			if err != nil {
				return nil, err
			}
			any.Or(o.docs)
		}
		within = roaring.And(within, any)
	}
	for _, r := range []between{{search.FieldDate, q.From, q.To}, {search.FieldConfidence, q.Confidence, ""}} {
		if r.from == "" && r.to == "" || within.IsEmpty() {
			continue
		}
		if within, err = p.between(ctx, r, within); err != nil {
			return nil, err
		}
	}
	return within, nil
}

// between is a range of values, both included; "" is open.
type between struct{ field, from, to string }

func (p *part) between(ctx context.Context, r between, within *roaring.Bitmap) (*roaring.Bitmap, error) {
	c, err := p.columns.get(p.segment, r.field)
	if err != nil {
		return nil, err
	}
	first, _ := slices.BinarySearch(c.terms, r.from)
	behind := len(c.terms)
	if r.to != "" {
		var there bool
		if behind, there = slices.BinarySearch(c.terms, r.to); there {
			behind++
		}
	}
	out := roaring.New()
	err = each(ctx, within, func(docs []uint32) error {
		for _, d := range docs {
			if v := c.values(uint64(d)); len(v) > 0 && int(v[0]) >= first && int(v[0]) < behind {
				out.Add(d)
			}
		}
		return nil
	})
	return out, err
}

// each hands out documents in their order, some at a time, as long as ctx lasts.
func each(ctx context.Context, docs *roaring.Bitmap, f func([]uint32) error) error {
	var some [1024]uint32
	it := docs.ManyIterator()
	for n := it.NextMany(some[:]); n > 0; n = it.NextMany(some[:]) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := f(some[:n]); err != nil {
			return err
		}
	}
	return nil
}

// clause is the node of a clause.
func (p *part) clause(c search.Clause) (node, error) {
	switch c := c.(type) {
	case search.All:
		of, err := p.clauses(c)
		return allOf{of}, err
	case search.Any:
		of, err := p.clauses(c.Of)
		return &anyOf{of: of, least: c.Least()}, err
	case search.Not:
		of, err := p.clause(c.Of)
		return notOf{of}, err
	case search.Exact:
		o, err := p.look(c.Field, c.Value)
		return &termNode{occurrences: o, weight: weight(c.Weight), scoring: p.scoring(o.docs.GetCardinality(), 0)}, err
	case search.Text:
		any := &anyOf{least: 1}
		for _, f := range c.In() {
			n, err := p.word(f.Name, c.Word, f.Weight*weight(c.Weight))
			if err != nil {
				return nil, err
			}
			any.of = append(any.of, n)
		}
		return any, nil
	}
	return &anyOf{least: 1}, nil // there are no other clauses
}

func (p *part) clauses(of []search.Clause) ([]node, error) {
	out := make([]node, len(of))
	for i, c := range of {
		var err error
		if out[i], err = p.clause(c); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func weight(w float64) float64 {
	if w == 0 {
		return 1
	}
	return w
}

// word looks for a word in a text field: by one term where there is one for it,
// else by the places of its terms.
func (p *part) word(field string, w search.Word, weight float64) (node, error) {
	terms, paired := phrase(w)
	runs, enough := gramsIn(w)
	in, one := "", ""
	switch {
	case enough:
		in, one = gramsOf(field), runs[0]
	case paired && len(w.Tokens) == 2:
		in, one = field, terms[0].term
	case len(w.Tokens) == 1:
		in, one = search.Single(field), terms[0].term
	}
	if in != "" {
		o, err := p.look(in, one)
		return &termNode{occurrences: o, weight: weight, scoring: p.scoring(o.docs.GetCardinality(), typical[field])}, err
	}
	in = field
	if !paired {
		in = search.Single(field)
	}
	n := &phraseNode{weight: weight}
	var having uint64
	least := func(o occurrences) {
		if count := o.docs.GetCardinality(); len(n.has) == 0 || count < having {
			having = count
		}
		n.has = append(n.has, o.docs)
	}
	for _, r := range runs {
		o, err := p.look(gramsOf(field), r)
		if err != nil {
			return nil, err
		}
		least(o)
	}
	for _, t := range terms {
		o, err := p.look(in, t.term)
		if err != nil {
			return nil, err
		}
		least(o)
		n.places = append(n.places, place{o, t.offset})
	}
	n.most, n.scoring = having, p.scoring(having, typical[field])
	return n, nil
}

// allOf matches where all of its nodes do; where there are none, everywhere.
type allOf struct{ of []node }

func (n allOf) match(ctx context.Context, within *roaring.Bitmap) (*roaring.Bitmap, error) {
	cheapest := slices.Clone(n.of)
	slices.SortStableFunc(cheapest, func(a, b node) int { return cmp.Compare(a.cost(), b.cost()) })
	for _, one := range cheapest {
		var err error
		if within, err = one.match(ctx, within); err != nil || within.IsEmpty() {
			return within, err
		}
	}
	return within, nil
}

func (n allOf) score(docs *roaring.Bitmap, scores []float64) error {
	for _, one := range n.of {
		if err := one.score(docs, scores); err != nil {
			return err
		}
	}
	return nil
}

func (n allOf) cost() uint64 { return costs(n.of) }

func costs(of []node) (sum uint64) {
	for _, n := range of {
		sum += n.cost()
	}
	return sum
}

// anyOf matches where at least some of its nodes do.
type anyOf struct {
	of      []node
	least   int
	matched []*roaring.Bitmap // by each
}

func (n *anyOf) match(ctx context.Context, within *roaring.Bitmap) (*roaring.Bitmap, error) {
	n.matched = n.matched[:0]
	for _, one := range n.of {
		m, err := one.match(ctx, within)
		if err != nil {
			return nil, err
		}
		n.matched = append(n.matched, m)
	}
	// Of the documents with at least one, two, … of those so far.
	having := make([]*roaring.Bitmap, n.least)
	for i := range having {
		having[i] = roaring.New()
	}
	for _, m := range n.matched {
		for i := n.least - 1; i > 0; i-- {
			having[i].Or(roaring.And(having[i-1], m))
		}
		having[0].Or(m)
	}
	return having[n.least-1], nil
}

func (n *anyOf) score(docs *roaring.Bitmap, scores []float64) error {
	for i, one := range n.of {
		if err := one.score(roaring.And(docs, n.matched[i]), scores); err != nil {
			return err
		}
	}
	return nil
}

func (n *anyOf) cost() uint64 { return costs(n.of) }

// notOf matches where its node does not.
type notOf struct{ of node }

func (n notOf) match(ctx context.Context, within *roaring.Bitmap) (*roaring.Bitmap, error) {
	m, err := n.of.match(ctx, within)
	if err != nil {
		return nil, err
	}
	return roaring.AndNot(within, m), nil
}

func (notOf) score(*roaring.Bitmap, []float64) error { return nil }

func (n notOf) cost() uint64 { return n.of.cost() }

// termNode matches where a term is.
type termNode struct {
	occurrences
	scoring
	weight float64
}

func (n *termNode) match(_ context.Context, within *roaring.Bitmap) (*roaring.Bitmap, error) {
	return roaring.And(within, n.docs), nil
}

func (n *termNode) score(docs *roaring.Bitmap, scores []float64) error {
	if docs.IsEmpty() {
		return nil
	}
	weight := n.weight * n.rarity()
	if n.typical == 0 { // a value is in a keyword field once
		every := weight * n.saturation(1, 0)
		for it := docs.Iterator(); it.HasNext(); {
			scores[it.Next()] += every
		}
		return nil
	}
	it := n.list.Iterator(true, true, false, nil)
	if o, ok := it.(segment.OptimizablePostingsIterator); ok && docs.GetCardinality() < n.docs.GetCardinality() {
		o.ReplaceActual(docs)
	}
	for {
		p, err := it.Next()
		if p == nil || err != nil {
			return err
		}
		norm := p.Norm()
		scores[p.Number()] += weight * n.saturation(float64(p.Frequency()), 1/(norm*norm))
	}
}

func (n *termNode) cost() uint64 { return 1 }
