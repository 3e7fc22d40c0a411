// Package topic knows what pairs of characters speak of, so that two texts can be told
// to speak of one thing that share no word: 发射 and 航天员, 小麦 and 收割. A text is the
// sum of its pairs, and stands near where a network that was trained to tell what texts
// are about (BAAI's bge-small-zh-v1.5, MIT licence) would put it.
package topic

import (
	_ "embed"
	"encoding/binary"
	"math"

	"broadsheet/services/parse/internal/pairtable"
)

// table is built by ./build, see package pairtable: the vector of each pair, and of each
// character under the pair of it and 0.
//
//go:embed table.bin
var table []byte

var known = pairtable.New(table, Dims)

// Dims of a vector.
const Dims = 48

// Vector is what a text speaks of. The zero value is that of no text.
type Vector [Dims]int32

// Word is what a pair of characters says: its own entry in the table, or those of
// the two characters.
type Word [2][]byte

// Of finds a pair of characters.
func Of(a, b rune) Word {
	if pair := known.Find(a, b); pair != nil {
		return Word{pair}
	}
	return Word{known.Find(a, 0), known.Find(b, 0)}
}

// Sum adds up what the pairs of a text say. The zero value is that of no text.
type Sum struct {
	vector Vector
	lanes  [2][Dims / 8]uint64 // of the entries since: every other number, 128 more than it is, in 16 bits
	count  int32               // of those entries
}

// mostLanes is how many entries fit into the lanes.
const mostLanes = 256

// Add adds a pair to the text.
func (s *Sum) Add(w Word) {
	const signs, every = 0x8080808080808080, 0x00FF00FF00FF00FF
	for _, entry := range w {
		if len(entry) < Dims {
			continue
		}
		for i := range Dims / 8 {
			eight := binary.LittleEndian.Uint64(entry[8*i:]) ^ signs
			s.lanes[0][i] += eight & every
			s.lanes[1][i] += eight >> 8 & every
		}
		if s.count++; s.count == mostLanes {
			s.flush()
		}
	}
}

func (s *Sum) flush() {
	for k := range s.lanes {
		for i, four := range s.lanes[k] {
			for j := range 4 {
				s.vector[8*i+2*j+k] += int32(four>>(16*j)&0xFFFF) - 128*s.count
			}
		}
	}
	s.lanes, s.count = [2][Dims / 8]uint64{}, 0
}

// Vector is the sum so far.
func (s *Sum) Vector() Vector {
	s.flush()
	return s.vector
}

// Text is what can be compared.
type Text struct {
	vector [Dims]float32
	length float32
	common float32 // how far it goes along a page's Common, over its own length
	apart  float32 // 1 over what is left of that length without it
}

// Common is what all texts of a page speak of: the mean of their directions.
type Common struct {
	vector [Dims]float32
	square float32
}

// NewCommon returns the mean of the directions of the texts.
func NewCommon(texts []Text) *Common {
	const few = 4 // paragraphs say little of what others would speak of
	c := &Common{}
	for k := range texts {
		if t := &texts[k]; t.length > 0 {
			for i, x := range t.vector {
				c.vector[i] += x / t.length
			}
		}
	}
	for i := range c.vector {
		c.vector[i] /= float32(len(texts) + few)
		c.square += c.vector[i] * c.vector[i]
	}
	return c
}

// Along returns the text with how far it goes along what all have in common.
func (c *Common) Along(t Text) Text {
	const little = 1e-6 // a text may be all that there is
	if t.length > 0 {
		t.common = product(&t.vector, &c.vector) / t.length
		t.apart = 1 / root(1-2*t.common+c.square+little)
	}
	return t
}

// Apart is the likeness of two texts with what all texts have in common taken off both:
// the cosine of what is left, about 0 for strangers, 1 at most; 0 where one of them says
// nothing. It is as sure as the text that says less of topics says: mass is the length
// of its vector.
func (c *Common) Apart(a, b *Text) (likeness, mass float64) {
	return c.ApartBy(Product(a, b), a, b)
}

// ApartBy is Apart for two texts whose product is known.
func (c *Common) ApartBy(p float32, a, b *Text) (likeness, mass float64) {
	if a.length == 0 || b.length == 0 {
		return 0, 0
	}
	cosine := float64(p / (a.length * b.length))
	return (cosine - float64(a.common+b.common-c.square)) * float64(a.apart*b.apart), float64(min(a.length, b.length))
}

// Between is what a text speaks of after its first part.
func Between(part, text *Vector) Text {
	var t Text
	for i, x := range text {
		t.vector[i] = float32(x - part[i])
	}
	t.length = root(product(&t.vector, &t.vector))
	return t
}

// Product of two texts' vectors: that of a text of several parts is the sum of those of
// its parts.
func Product(a, b *Text) float32 { return product(&a.vector, &b.vector) }

// product of two vectors, in four sums that do not wait for one another.
func product(a, b *[Dims]float32) float32 {
	var s0, s1, s2, s3 float32
	for i := 0; i < Dims; i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	return s0 + s1 + (s2 + s3)
}

func root(x float32) float32 { return float32(math.Sqrt(float64(x))) }
