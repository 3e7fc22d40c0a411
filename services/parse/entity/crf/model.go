package crf

import (
	"encoding/binary"
	"errors"
	"math"
	"sync"

	"github.com/klauspost/compress/zstd"

	"broadsheet/services/parse/entity/lexicon"
)

// Model is a trained model with quantised weights. It is read-only and safe for
// concurrent use.
type Model struct {
	lex         *lexicon.Lexicon
	keys        []uint32 // hashed features, ascending
	index       []uint32 // first key of each value of the keys' upper bits
	weights     []int8   // Labels for each key
	transitions [Labels][Labels]int32
	scratch     sync.Pool
}

const indexShift = 32 - 20

type scratch struct {
	view  view
	feats []uint32
	back  [][Labels]Label
	path  []Label
	hints [][Labels]int32
}

func newModel(lex *lexicon.Lexicon, keys []uint32, weights []int8, transitions [Labels][Labels]int32) *Model {
	m := &Model{lex: lex, keys: keys, weights: weights, transitions: transitions}
	m.index = make([]uint32, 1<<(32-indexShift)+1)
	k := uint32(0)
	for i := range m.index {
		for int(k) < len(keys) && int(keys[k]>>indexShift) < i {
			k++
		}
		m.index[i] = k
	}
	m.scratch.New = func() any { return &scratch{feats: make([]uint32, 0, maxFeatures)} }
	return m
}

func (m *Model) emission(features []uint32, e *[Labels]int32) {
	*e = [Labels]int32{}
	for _, h := range features {
		slot := h >> indexShift
		for k := m.index[slot]; k < m.index[slot+1]; k++ {
			if m.keys[k] != h {
				continue
			}
			row := m.weights[int(k)*Labels : int(k)*Labels+Labels]
			for l := range e {
				e[l] += int32(row[l])
			}
			break
		}
	}
}

const impossible = math.MinInt32 / 2

// Spans appends the most likely spans of a folded text, in order. Its time is
// linear in the text's length.
func (m *Model) Spans(text []uint16, spans []Span) []Span { return m.SpansWith(text, nil, spans) }

// Hint is a span that something besides the text speaks for.
type Hint struct {
	Span
	Weight float64 // added to the span's score, the logarithm of its odds
}

// SpansWith is Spans with hints, which are in order of their start.
func (m *Model) SpansWith(text []uint16, hints []Hint, spans []Span) []Span {
	if len(text) == 0 {
		return spans
	}
	s := m.scratch.Get().(*scratch)
	defer m.scratch.Put(s)
	s.view.look(m.lex, text)
	s.hint(hints, len(text))
	return Decode(m.viterbi(s, len(text)), spans)
}

// hint lays out hints by label and character.
func (s *scratch) hint(hints []Hint, n int) {
	s.hints = s.hints[:0]
	if len(hints) == 0 {
		return
	}
	s.hints = grow(s.hints, n)
	for _, h := range hints {
		weight := int32(h.Weight / quantum)
		if h.End-h.Start == 1 {
			s.hints[h.Start][labelOf(h.Type, single)] += weight
			continue
		}
		s.hints[h.Start][labelOf(h.Type, begin)] += weight / 2
		s.hints[h.End-1][labelOf(h.Type, end)] += weight / 2
	}
}

func (m *Model) viterbi(s *scratch, n int) []Label {
	s.back = grow(s.back, n)
	var score, next, e [Labels]int32
	for i := range n {
		s.feats = s.view.features(i, s.feats[:0])
		m.emission(s.feats, &e)
		if len(s.hints) > 0 {
			for l, v := range s.hints[i] {
				e[l] += v
			}
		}
		for b := range Labels {
			if i == 0 {
				next[b] = impossible
				if canStart>>b&1 != 0 {
					next[b] = e[b]
				}
				continue
			}
			best, from := int32(math.MinInt32), Label(0)
			for _, a := range predecessors[b] {
				if v := score[a] + m.transitions[a][b]; v > best {
					best, from = v, a
				}
			}
			next[b] = max(best+e[b], impossible)
			s.back[i][b] = from
		}
		score = next
	}
	last := Label(0)
	for a := range Labels {
		if canEnd>>a&1 != 0 && score[a] > score[last] {
			last = Label(a)
		}
	}
	s.path = grow(s.path, n)
	for i := n - 1; i >= 0; i-- {
		s.path[i] = last
		last = s.back[i][last]
	}
	return s.path
}

// bytes packs the model. Weights stand label by label, which compresses well.
func (m *Model) bytes() ([]byte, error) {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(m.keys)))
	for a := range Labels {
		for c := range Labels {
			b = binary.LittleEndian.AppendUint32(b, uint32(m.transitions[a][c]))
		}
	}
	last := uint32(0)
	for _, k := range m.keys {
		b = binary.AppendUvarint(b, uint64(k-last))
		last = k
	}
	for l := range Labels {
		for k := range m.keys {
			b = append(b, byte(m.weights[k*Labels+l]))
		}
	}
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	if err != nil {
		return nil, err
	}
	return w.EncodeAll(b, nil), nil
}

var errDamaged = errors.New("entity model: the file is cut short or damaged")

// Load unpacks a model made by Train for the same lexicon.
func Load(packed []byte, lex *lexicon.Lexicon) (*Model, error) {
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<28))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := r.DecodeAll(packed, nil)
	if err != nil {
		return nil, err
	}
	const head = 4 + 4*Labels*Labels
	if len(b) < head {
		return nil, errDamaged
	}
	n := int(binary.LittleEndian.Uint32(b))
	var transitions [Labels][Labels]int32
	for i := range Labels * Labels {
		transitions[i/Labels][i%Labels] = int32(binary.LittleEndian.Uint32(b[4+4*i:]))
	}
	b = b[head:]
	if n > len(b)/Labels {
		return nil, errDamaged
	}
	keys := make([]uint32, n)
	last := uint32(0)
	for i := range keys {
		d, used := binary.Uvarint(b)
		if used <= 0 {
			return nil, errDamaged
		}
		last += uint32(d)
		keys[i], b = last, b[used:]
	}
	if len(b) != n*Labels {
		return nil, errDamaged
	}
	weights := make([]int8, n*Labels)
	for l := range Labels {
		for k, w := range b[l*n : (l+1)*n] {
			weights[k*Labels+l] = int8(w)
		}
	}
	return newModel(lex, keys, weights, transitions), nil
}

// Features is the number of features that have weights.
func (m *Model) Features() int { return len(m.keys) }
