package crf

import (
	"math"
	"math/rand/v2"
	"slices"

	"broadsheet/services/parse/entity/lexicon"
)

// Sample is one labelled text.
type Sample struct {
	Text    []uint16 // folded
	Spans   []Span
	Missing []int   // types that this text's labels do not know: there, nothing says something or nothing
	Weight  float32 // 1 for a usual one
}

// TrainOptions are the knobs of Train; the zero value takes the defaults.
type TrainOptions struct {
	Epochs  int                       // default 8
	Rate    float64                   // default 0.1
	Decay   float64                   // L2, default 2e-7 a step
	MinSeen int                       // features seen less often are left out; default 2
	Prune   float64                   // rows with no weight above it are left out; default 0.05
	Drop    float64                   // share of the features that each look at a text leaves out, so that none is relied on alone
	Runs    int                       // in other orders, whose mean is taken; default 1
	Seed    uint64                    // of the order of samples in the first run
	Start   *Model                    // where to start from; none: nothing is known
	After   func(epoch int, m *Model) // called after each epoch
}

func (o TrainOptions) withDefaults() TrainOptions {
	if o.Epochs == 0 {
		o.Epochs = 8
	}
	if o.Runs == 0 {
		o.Runs = 1
	}
	if o.Rate == 0 {
		o.Rate = 0.1
	}
	if o.Decay == 0 {
		o.Decay = 2e-7
	}
	if o.MinSeen == 0 {
		o.MinSeen = 2
	}
	if o.Prune == 0 {
		o.Prune = 0.05
	}
	return o
}

// Train fits a model to samples by stochastic gradient descent on the
// regularised log-likelihood. The same samples and options give the same model.
func Train(lex *lexicon.Lexicon, samples []Sample, o TrainOptions) *Model {
	o = o.withDefaults()
	t := &trainer{lex: lex, o: o}
	t.collect(samples)
	models := make([]*Model, o.Runs)
	for i := range models {
		t.run(samples, o.Seed+uint64(i))
		models[i] = t.model()
	}
	if len(models) == 1 {
		return models[0]
	}
	return Average(models)
}

// run learns in one order, from where the options say.
func (t *trainer) run(samples []Sample, seed uint64) {
	t.scale, t.transitions = 1, [Labels][Labels]float64{}
	t.weights = make([]float32, len(t.keys)*Labels)
	if t.o.Start != nil {
		t.resume(t.o.Start)
	}
	t.random = rand.New(rand.NewPCG(seed, 1))
	steps, total := 0, t.o.Epochs*len(samples)
	index := make([]int, len(samples))
	for i := range index {
		index[i] = i
	}
	for epoch := range t.o.Epochs {
		t.random.Shuffle(len(index), func(i, j int) { index[i], index[j] = index[j], index[i] })
		for _, i := range index {
			rate := t.o.Rate * (1 - 0.97*float64(steps)/float64(total))
			t.step(&samples[i], t.encoded[i], rate)
			steps++
		}
		if t.o.After != nil {
			t.o.After(epoch+1, t.model())
		}
	}
}

// Bytes trains nothing: it packs a model for Load.
func (m *Model) Bytes() ([]byte, error) { return m.bytes() }

// encodedText holds the feature numbers of a text, those of character i at
// ids[starts[i]:starts[i+1]].
type encodedText struct {
	ids    []uint32
	starts []uint32
}

type trainer struct {
	lex         *lexicon.Lexicon
	o           TrainOptions
	keys        []uint32 // by feature number
	encoded     []encodedText
	weights     []float32 // Labels for each feature, to be multiplied by scale
	transitions [Labels][Labels]float64
	scale       float64
	random      *rand.Rand
	kept        encodedText // what is left of a text's features
	chain       chain
	gold        chain
}

// collect counts features, numbers the frequent ones and encodes the samples.
func (t *trainer) collect(samples []Sample) {
	count := make(map[uint32]uint32)
	var v view
	var feats []uint32
	for i := range samples {
		v.look(t.lex, samples[i].Text)
		for j := range samples[i].Text {
			feats = v.features(j, feats[:0])
			for _, h := range feats {
				count[h]++
			}
		}
	}
	for h, n := range count {
		if int(n) >= t.o.MinSeen {
			t.keys = append(t.keys, h)
		}
	}
	if t.o.Start != nil {
		t.keys = append(t.keys, t.o.Start.keys...)
	}
	slices.Sort(t.keys)
	t.keys = slices.Compact(t.keys)
	clear(count)
	for i, h := range t.keys {
		count[h] = uint32(i) + 1
	}
	t.encoded = make([]encodedText, len(samples))
	for i := range samples {
		v.look(t.lex, samples[i].Text)
		e := encodedText{starts: make([]uint32, 1, len(samples[i].Text)+1)}
		for j := range samples[i].Text {
			feats = v.features(j, feats[:0])
			for _, h := range feats {
				if id := count[h]; id != 0 {
					e.ids = append(e.ids, id-1)
				}
			}
			e.starts = append(e.starts, uint32(len(e.ids)))
		}
		e.ids = slices.Clip(e.ids)
		t.encoded[i] = e
	}
}

// resume takes over the weights of a model.
func (t *trainer) resume(m *Model) {
	k := 0
	for i, key := range t.keys {
		if k == len(m.keys) {
			break
		}
		if m.keys[k] != key {
			continue
		}
		for l := range Labels {
			t.weights[i*Labels+l] = float32(m.weights[k*Labels+l]) * quantum
		}
		k++
	}
	for a := range Labels {
		for b := range Labels {
			t.transitions[a][b] = float64(m.transitions[a][b]) * quantum
		}
	}
}

// drop leaves out some of a text's features at random.
func (t *trainer) drop(e encodedText) encodedText {
	limit := uint32(t.o.Drop * (1 << 32))
	random := t.random.Uint64() | 1
	kept := encodedText{t.kept.ids[:0], append(t.kept.starts[:0], 0)}
	for i := range len(e.starts) - 1 {
		for _, id := range e.ids[e.starts[i]:e.starts[i+1]] {
			// Marsaglia's xorshift: good enough here, and quick.
			random ^= random << 13
			random ^= random >> 7
			random ^= random << 17
			if uint32(random>>32) >= limit {
				kept.ids = append(kept.ids, id)
			}
		}
		kept.starts = append(kept.starts, uint32(len(kept.ids)))
	}
	t.kept = kept
	return kept
}

// quantum is the weight that one step of a quantised weight stands for.
const quantum = 1.0 / 24

// step moves the weights along the gradient of one sample: what its labels
// expect minus what the model expects.
func (t *trainer) step(s *Sample, e encodedText, rate float64) {
	n := len(s.Text)
	if n == 0 {
		return
	}
	if t.o.Drop > 0 {
		e = t.drop(e)
	}
	t.score(e, n)
	t.chain.run(&t.transitions, t.scale, nil)
	t.gold.emit = t.chain.emit
	t.gold.run(&t.transitions, t.scale, allowed(s))
	t.scale *= 1 - t.o.Decay
	weight := float64(s.Weight)
	if weight == 0 {
		weight = 1
	}
	step := float32(rate * weight / t.scale)
	for i := range n {
		var g [Labels]float32
		for l := range Labels {
			g[l] = step * float32(t.gold.node[i][l]-t.chain.node[i][l])
		}
		for _, id := range e.ids[e.starts[i]:e.starts[i+1]] {
			row := t.weights[int(id)*Labels : int(id)*Labels+Labels]
			for l := range g {
				row[l] += g[l]
			}
		}
	}
	for a := range Labels {
		for b := range Labels {
			t.transitions[a][b] += float64(step) * (t.gold.edge[a][b] - t.chain.edge[a][b])
		}
	}
	if t.scale < 1e-3 {
		t.rescale()
	}
}

func (t *trainer) rescale() {
	for i := range t.weights {
		t.weights[i] *= float32(t.scale)
	}
	for a := range Labels {
		for b := range Labels {
			t.transitions[a][b] *= t.scale
		}
	}
	t.scale = 1
}

func (t *trainer) score(e encodedText, n int) {
	t.chain.emit = grow(t.chain.emit, n)
	for i := range n {
		sum := t.sum(e.ids[e.starts[i]:e.starts[i+1]])
		highest := sum[0]
		for _, v := range sum {
			highest = max(highest, v)
		}
		for l, v := range sum {
			t.chain.emit[i][l] = math.Exp(float64(v-highest) * t.scale)
		}
	}
}

// sum adds up the weights of features. Half of the time of training is spent here:
// sums that have names stay in registers.
func (t *trainer) sum(ids []uint32) [Labels]float32 {
	var s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15, s16 float32
	for _, id := range ids {
		row := (*[Labels]float32)(t.weights[int(id)*Labels:])
		s0, s1, s2, s3 = s0+row[0], s1+row[1], s2+row[2], s3+row[3]
		s4, s5, s6, s7 = s4+row[4], s5+row[5], s6+row[6], s7+row[7]
		s8, s9, s10, s11 = s8+row[8], s9+row[9], s10+row[10], s11+row[11]
		s12, s13, s14, s15, s16 = s12+row[12], s13+row[13], s14+row[14], s15+row[15], s16+row[16]
	}
	return [Labels]float32{s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15, s16}
}

// allowed is, for each character, the set of labels that the sample's labels
// leave open.
func allowed(s *Sample) []uint32 {
	sets := make([]uint32, len(s.Text))
	var open uint32 = 1
	for _, k := range s.Missing {
		open |= 0xF << labelOf(k, begin)
	}
	for i, l := range Encode(len(s.Text), s.Spans) {
		if sets[i] = 1 << l; l == 0 {
			sets[i] = open
		}
	}
	return sets
}

// model quantises the weights. Rows without a weight that matters are left out.
func (t *trainer) model() *Model {
	quantise := func(w float64) int32 { return int32(math.Round(w * t.scale / quantum)) }
	var keys []uint32
	var weights []int8
	for i, key := range t.keys {
		row := t.weights[i*Labels : (i+1)*Labels]
		var highest float64
		for _, w := range row {
			highest = max(highest, math.Abs(float64(w)*t.scale))
		}
		if highest < t.o.Prune {
			continue
		}
		keys = append(keys, key)
		for _, w := range row {
			weights = append(weights, int8(min(127, max(-127, quantise(float64(w))))))
		}
	}
	var transitions [Labels][Labels]int32
	for a := range Labels {
		for b := range Labels {
			transitions[a][b] = quantise(t.transitions[a][b])
		}
	}
	return newModel(t.lex, keys, weights, transitions)
}
