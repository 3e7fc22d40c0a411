// Command entity-train learns the model of package entity from the corpora that
// docs/model-card.md names.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/entity/corpus"
	"broadsheet/services/parse/entity/crf"
	"broadsheet/services/parse/entity/entityeval"
	"broadsheet/services/parse/entity/lexicon"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "entity-train:", err)
		os.Exit(1)
	}
}

func run() error {
	var in input
	flag.StringVar(&in.dir, "corpora", "../shared/corpora", "directory of the corpora")
	flag.StringVar(&in.read, "read", "", "a *.refs.json of texts of the corpora that readers marked; they replace the labels of silver")
	readWeight := flag.Float64("read-weight", 3, "weight of those texts, next to 1 for a text of silver")
	leaveOut := flag.String("without", "", "parts to leave out, to see what they are worth: gazetteers, silver, repair, augment, templates")
	file := flag.String("out", "", "model file to write; none: only measure")
	dump := flag.Bool("dump", false, "print the repaired silver instead of training")
	var o crf.TrainOptions
	flag.IntVar(&o.Epochs, "epochs", 0, "passes over the corpora")
	flag.IntVar(&o.MinSeen, "min-seen", 0, "leave out features seen less often")
	flag.Float64Var(&o.Rate, "rate", 0, "learning rate at the start")
	flag.Float64Var(&o.Decay, "decay", 0, "L2 decay for each step")
	flag.Float64Var(&o.Prune, "prune", 0, "leave out features whose weights are all smaller")
	flag.Float64Var(&o.Drop, "drop", 0, "share of the features that each look at a text leaves out")
	flag.IntVar(&o.Runs, "runs", 1, "learn so often, each time in another order, and take the mean of the weights")
	flag.Uint64Var(&o.Seed, "seed", 0, "order of the samples in the first run")
	flag.Parse()

	lex := lexicon.Load()
	if *dump {
		return in.dumpSilver(lex)
	}
	in.readWeight, in.without = float32(*readWeight), map[string]bool{}
	for _, part := range strings.Split(*leaveOut, ",") {
		in.without[part] = true
	}
	if in.without["gazetteers"] {
		lex = lex.Plain()
	}
	train, dev, err := in.load(lex)
	if err != nil {
		return err
	}
	started := time.Now()
	o.After = func(epoch int, m *crf.Model) {
		fmt.Printf("epoch %d, %v, %d features: %s\n", epoch, time.Since(started).Round(time.Second), m.Features(), score(m, dev))
	}
	model := crf.Train(lex, train, o)
	fmt.Printf("all %d runs, %d features: %s\n", o.Runs, model.Features(), score(model, dev))
	if *file == "" {
		return nil
	}
	packed, err := model.Bytes()
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes\n", *file, len(packed))
	return os.WriteFile(*file, packed, 0o644)
}

func (in input) dumpSilver(lex *lexicon.Lexicon) error {
	texts, err := corpus.Read(filepath.Join(in.dir, sources[0].file), corpus.Ours)
	if err != nil {
		return err
	}
	read, err := in.readers()
	if err != nil {
		return err
	}
	before := make([]corpus.Text, len(texts))
	copy(before, texts)
	w := bufio.NewWriter(os.Stdout)
	for i, t := range mend(texts, read, lex) {
		for _, v := range []corpus.Text{before[i], t} {
			chars := []rune(v.Value)
			at := 0
			for _, m := range v.Mentions {
				fmt.Fprintf(w, "%s[%s/%s]", string(chars[at:m.Start]), m.Text, m.Type)
				at = m.End
			}
			fmt.Fprintln(w, string(chars[at:]))
		}
	}
	return w.Flush()
}

type source struct {
	file   string
	weight float32
	titles bool // labels titles
}

// sources are the corpora that may train shipped weights. Of silver, texts
// number 20k are the test part and 20k+1 the development part.
var sources = []source{
	{"ner/silver.news80k.xz", 1, true},
	{"ner/uner_gsdsimp.train.xz", 1, false},
	{"ner/aishell.dev.xz", 0.7, false},
}

// Weights of made texts, next to 1 for a text of silver; and how often each
// template is filled.
const (
	againWeight    = 0.7
	templateWeight = 0.5
	templateTimes  = 40
)

// input is what to learn from.
type input struct {
	dir, read  string
	readWeight float32
	without    map[string]bool // parts that are left out, to see what each is worth
}

// load reads and makes the texts to learn from, and those to watch the learning
// by.
func (in input) load(lex *lexicon.Lexicon) (train, dev []crf.Sample, err error) {
	out := in.without
	a := newAugmenter(lexicon.Load(), 1)
	r := &repairer{lexicon.Load()}
	learn := func(s source, text corpus.Text) {
		train = append(train, s.sample(text, lex, 1))
		if made, ok := a.again(text); ok && !out["augment"] {
			train = append(train, s.sample(made, lex, againWeight))
		}
	}
	read, err := in.readers()
	if err != nil {
		return nil, nil, err
	}
	marked := map[string]bool{}
	for _, text := range read {
		marked[text.Value] = true
		learn(source{in.read, in.readWeight, true}, text)
	}
	for _, s := range sources {
		texts, err := corpus.Read(filepath.Join(in.dir, s.file), corpus.Ours)
		if err != nil {
			return nil, nil, err
		}
		if s.titles && !out["repair"] {
			texts = mend(texts, read, lexicon.Load())
		}
		for i, text := range texts {
			if !s.titles && !out["repair"] {
				text = r.adapt(text)
			}
			switch {
			case s.titles && i%20 == 0:
			case s.titles && i%20 == 1:
				dev = append(dev, s.sample(text, lex, 1))
			case s.titles && (out["silver"] || marked[text.Value]):
			default:
				learn(s, text)
			}
		}
	}
	if out["templates"] {
		return train, dev, nil
	}
	for line := range strings.Lines(templates + press + styles) {
		for range templateTimes {
			sample := toSample(a.template(strings.TrimSpace(line)), lex)
			sample.Weight = templateWeight
			train = append(train, sample)
		}
	}
	return train, dev, nil
}

// sample is a labelled text of the source.
func (s source) sample(t corpus.Text, lex *lexicon.Lexicon, weight float32) crf.Sample {
	sample := toSample(t, lex)
	sample.Weight = s.weight * weight
	if !s.titles {
		sample.Missing = []int{crf.TypeIndex(newspaper.TITLE)}
	}
	return sample
}

// readers are the texts that readers marked, none without a file of them.
func (in input) readers() ([]corpus.Text, error) {
	if in.read == "" {
		return nil, nil
	}
	return entityeval.References(in.read, in.dir)
}

// mend repairs silver labels, by the labels of texts that readers marked too.
func mend(texts, read []corpus.Text, lex *lexicon.Lexicon) []corpus.Text {
	r := &repairer{lex}
	for i := range texts {
		texts[i] = r.repair(texts[i])
	}
	texts = consistent(texts, read, lex)
	for i := range texts {
		texts[i] = r.again(texts[i])
	}
	return texts
}

func toSample(t corpus.Text, lex *lexicon.Lexicon) crf.Sample {
	s := crf.Sample{Text: lex.Folded(t.Value)}
	for _, m := range t.Mentions {
		s.Spans = append(s.Spans, crf.Span{Start: m.Start, End: m.End, Type: crf.TypeIndex(m.Type)})
	}
	return s
}

// score is the strict F1 of each type and of all, in percent.
func score(m *crf.Model, samples []crf.Sample) string {
	var right, gold, found [len(crf.Types) + 1]float64
	for _, s := range samples {
		want := map[crf.Span]bool{}
		for _, span := range s.Spans {
			want[span] = true
			gold[span.Type]++
		}
		for _, span := range m.Spans(s.Text, nil) {
			found[span.Type]++
			if want[span] {
				right[span.Type]++
			}
		}
	}
	all := len(crf.Types)
	var out string
	for k, name := range crf.Types {
		right[all], gold[all], found[all] = right[all]+right[k], gold[all]+gold[k], found[all]+found[k]
		out += fmt.Sprintf("%s %.1f  ", name, 200*right[k]/(gold[k]+found[k]))
	}
	return out + fmt.Sprintf("all %.1f", 200*right[all]/(gold[all]+found[all]))
}
