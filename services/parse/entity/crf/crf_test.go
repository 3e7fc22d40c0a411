package crf

import (
	"bytes"
	"slices"
	"testing"

	"broadsheet/services/parse/entity/lexicon"
)

func sample(lex *lexicon.Lexicon, text string, spans ...Span) Sample {
	return Sample{Text: lex.Folded(text), Spans: spans}
}

func trained(t testing.TB, o TrainOptions) (*Model, []Sample) {
	t.Helper()
	lex := lexicon.Load()
	samples := []Sample{
		sample(lex, "市长王刚到交城县。", Span{0, 2, 3}, Span{2, 4, 0}, Span{5, 8, 1}),
		sample(lex, "县长李明到离石区。", Span{0, 2, 3}, Span{2, 4, 0}, Span{5, 8, 1}),
		sample(lex, "会议到此结束。"),
	}
	o.MinSeen, o.Epochs = 1, 30
	return Train(lex, samples, o), samples
}

// TestTrain: what was learned is found again, the same learning gives the same
// bytes, and they load as the same model.
func TestTrain(t *testing.T) {
	model, samples := trained(t, TrainOptions{})
	packed, err := model.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, _ := trained(t, TrainOptions{})
	if b, err := again.Bytes(); err != nil || !bytes.Equal(b, packed) {
		t.Errorf("training again gave other weights (%v)", err)
	}
	loaded, err := Load(packed, lexicon.Load())
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range samples {
		if got := loaded.Spans(s.Text, nil); !slices.Equal(got, s.Spans) {
			t.Errorf("text %d: %v, want %v", i, got, s.Spans)
		}
	}
	further, _ := trained(t, TrainOptions{Start: loaded, Rate: 1e-9})
	for _, s := range samples {
		if got := further.Spans(s.Text, nil); !slices.Equal(got, s.Spans) {
			t.Errorf("started from the model: %v, want %v", got, s.Spans)
		}
	}
}

// TestDrop: what leaves out features at random learns the same, differently from
// what does not, gives the same bytes again, and the mean of its runs is no run.
func TestDrop(t *testing.T) {
	pack := func(o TrainOptions) []byte {
		model, samples := trained(t, o)
		for i, s := range samples {
			if got := model.Spans(s.Text, nil); !slices.Equal(got, s.Spans) {
				t.Errorf("%+v, text %d: %v, want %v", o, i, got, s.Spans)
			}
		}
		packed, err := model.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		return packed
	}
	dropped, mean := pack(TrainOptions{Drop: 0.2}), pack(TrainOptions{Drop: 0.2, Runs: 2})
	if !bytes.Equal(pack(TrainOptions{Drop: 0.2}), dropped) {
		t.Error("training again gave other weights")
	}
	if bytes.Equal(pack(TrainOptions{}), dropped) || bytes.Equal(mean, dropped) {
		t.Error("nothing was left out, or the second run learned nothing else")
	}
}

// TestAverage: the mean of models of different orders knows what each knows, and
// the mean of a model with itself is that model.
func TestAverage(t *testing.T) {
	a, samples := trained(t, TrainOptions{Seed: 1})
	b, _ := trained(t, TrainOptions{Seed: 2})
	for name, m := range map[string]*Model{"two": Average([]*Model{a, b}), "one twice": Average([]*Model{a, a})} {
		for i, s := range samples {
			if got := m.Spans(s.Text, nil); !slices.Equal(got, s.Spans) {
				t.Errorf("%s, text %d: %v, want %v", name, i, got, s.Spans)
			}
		}
	}
}

// TestHints: what speaks for a span decides where the text leaves it open, and a
// faint hint changes nothing.
func TestHints(t *testing.T) {
	model, samples := trained(t, TrainOptions{})
	text := samples[2].Text // no name in it
	for weight, want := range map[float64][]Span{0.1: nil, 60: {{2, 4, 1}}} {
		if got := model.SpansWith(text, []Hint{{Span{2, 4, 1}, weight}}, nil); !slices.Equal(got, want) {
			t.Errorf("weight %v: %v, want %v", weight, got, want)
		}
	}
	if got := model.SpansWith(text, []Hint{{Span{0, 1, 0}, 60}}, nil); !slices.Equal(got, []Span{{0, 1, 0}}) {
		t.Errorf("one character: %v", got)
	}
}

// TestMissing: where a set knows no titles, nothing is learned against them.
func TestMissing(t *testing.T) {
	s := Sample{Text: make([]uint16, 2), Missing: []int{3}}
	sets := allowed(&s)
	if sets[0]&1 == 0 || sets[0]&(1<<labelOf(3, begin)) == 0 || sets[0]&(1<<labelOf(0, begin)) != 0 {
		t.Errorf("%b", sets[0])
	}
}

func TestLabels(t *testing.T) {
	spans := []Span{{0, 1, 0}, {1, 4, 2}, {5, 7, 3}}
	if got := Decode(Encode(8, spans), nil); !slices.Equal(got, spans) {
		t.Errorf("got %v, want %v", got, spans)
	}
}

func FuzzLoad(f *testing.F) {
	model, samples := trained(f, TrainOptions{})
	packed, err := model.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Add(packed[:len(packed)/2])
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := Load(data, lexicon.Load()); err == nil {
			m.Spans(samples[0].Text, nil)
		}
	})
}
