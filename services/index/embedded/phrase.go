package embedded

import (
	"cmp"
	"context"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
	segment "github.com/blevesearch/scorch_segment_api/v2"

	"broadsheet/pkg/fault"
)

// phraseNode matches where terms stand at their places of a phrase.
type phraseNode struct {
	scoring
	weight float64
	has    []*roaring.Bitmap // documents must be in all of them
	places []place
	most   uint64 // documents at most
	found  []found
}

// place is a term and how far behind the phrase's beginning it stands.
type place struct {
	occurrences
	offset uint64
}

// found is a phrase in a document.
type found struct {
	document uint32
	times    uint32
	length   float64 // of the text
}

func (n *phraseNode) match(ctx context.Context, within *roaring.Bitmap) (*roaring.Bitmap, error) {
	n.found = n.found[:0]
	out := roaring.New()
	within = roaring.FastAnd(append([]*roaring.Bitmap{within}, n.has...)...)
	if within.IsEmpty() || len(n.places) == 0 {
		return out, nil
	}
	// What is rare leaves little to be looked for of the others.
	slices.SortStableFunc(n.places, func(a, b place) int { return cmp.Compare(a.docs.GetCardinality(), b.docs.GetCardinality()) })
	at := make([]segment.PostingsIterator, len(n.places))
	for i, p := range n.places {
		at[i] = p.list.Iterator(true, true, true, nil)
		if o, ok := at[i].(segment.OptimizablePostingsIterator); ok {
			o.ReplaceActual(within)
		}
	}
	var begins, next []uint64
	err := each(ctx, within, func(docs []uint32) error {
		for _, d := range docs {
			length := 0.0
			for i := range at {
				p, err := at[i].Advance(uint64(d))
				if err != nil {
					return err
				}
				if p == nil || p.Number() != uint64(d) {
					return fault.New(fault.Internal, "the index has a term in document %d and not its places", d)
				}
				if next = beginnings(next[:0], p.Locations(), n.places[i].offset); i == 0 {
					begins, next = next, begins
					norm := p.Norm()
					length = 1 / (norm * norm)
				} else {
					begins = common(begins, next)
				}
				if len(begins) == 0 {
					break
				}
			}
			if len(begins) > 0 {
				out.Add(d)
				n.found = append(n.found, found{d, uint32(len(begins)), length})
			}
		}
		return nil
	})
	return out, err
}

// beginnings adds where a phrase would have to begin for each place of a term, in
// order: the number of the value in the field, and the place in it.
func beginnings(out []uint64, places []segment.Location, offset uint64) []uint64 {
	sorted := true
	for _, l := range places {
		pos := l.Pos()
		if pos < offset {
			continue
		}
		begin := pos - offset
		if values := l.ArrayPositions(); len(values) > 0 {
			begin |= values[0] << 32
		}
		sorted = sorted && (len(out) == 0 || out[len(out)-1] < begin)
		out = append(out, begin)
	}
	if !sorted {
		slices.Sort(out)
	}
	return out
}

// common leaves in a what is in b too; both are in order.
func common(a, b []uint64) []uint64 {
	out, j := a[:0], 0
	for _, x := range a {
		for j < len(b) && b[j] < x {
			j++
		}
		if j < len(b) && b[j] == x {
			out = append(out, x)
		}
	}
	return out
}

func (n *phraseNode) score(docs *roaring.Bitmap, scores []float64) error {
	weight := n.weight * n.rarity()
	it := docs.Iterator()
	for _, f := range n.found {
		if it.AdvanceIfNeeded(f.document); !it.HasNext() {
			break
		}
		if it.PeekNext() != f.document {
			continue
		}
		scores[f.document] += weight * n.saturation(float64(f.times), f.length)
	}
	return nil
}

// placesCost is how many times as much it costs to compare places in a document as
// to look up a term.
const placesCost = 10

func (n *phraseNode) cost() uint64 { return placesCost + n.most*uint64(len(n.places)) }
