package entity

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/entity/corpus"
	"broadsheet/services/parse/entity/crf"
	"broadsheet/services/parse/entity/lexicon"
)

// customMagic begins a file that Train made: then, as a line, the checksum of the
// lexicon that its features come from; then the length of its words and the words,
// one a line as "word TAB type"; then the model.
const customMagic = "broadsheet entities 2 "

func customHead() string {
	return fmt.Sprintf("%s%08x\n", customMagic, crc32.ChecksumIEEE(lexicon.Packed()))
}

// wordClasses are what the words of a paper's own list count as.
var wordClasses = map[string]lexicon.Class{
	newspaper.PER: lexicon.Name, newspaper.LOC: lexicon.Place | lexicon.SurePlace,
	newspaper.ORG: lexicon.Organ | lexicon.SureOrg, newspaper.TITLE: lexicon.Title,
}

// longestWord bounds the words of a list, in characters.
const longestWord = 24

// ReadWords reads a paper's own word list: a word and its type (PER, LOC, ORG or
// TITLE) a line, with blanks between; # begins a comment.
func ReadWords(r io.Reader) (map[string]string, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	words := map[string]string{}
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if len(fields) != 2 || wordClasses[fields[1]] == 0 || utf8.RuneCountInString(fields[0]) > longestWord {
			return nil, fault.New(fault.Invalid, "line %d is %q", number, strings.TrimSpace(line)).On("words").
				Fix("write a word of at most %d characters, a blank and one of PER, LOC, ORG, TITLE", longestWord)
		}
		words[fields[0]] = fields[1]
	}
	return words, nil
}

func withWords(words map[string]string) *lexicon.Lexicon {
	classes := make(map[string]lexicon.Class, len(words))
	for word, kind := range words {
		classes[word] = wordClasses[kind]
	}
	return lexicon.Load().With(classes)
}

// Training of a paper's own model: some passes over few texts, starting from the
// built-in one, so that what it knows stays.
const (
	customEpochs = 12
	customRate   = 0.04
)

// Train fits the built-in model to one's own paper: its word list (word → type)
// and paragraphs with corrected mentions. The result is for Load. The same input
// gives the same bytes.
func Train(words map[string]string, texts []corpus.Text) ([]byte, error) {
	lex := withWords(words)
	start, err := crf.Load(packedModel, lex)
	if err != nil {
		return nil, err
	}
	var samples []crf.Sample
	for _, t := range texts {
		samples = append(samples, sentencesOf(t, lex)...)
	}
	model := start
	if len(samples) > 0 {
		model = crf.Train(lex, samples, crf.TrainOptions{Start: start, Epochs: customEpochs, Rate: customRate, MinSeen: 1, Seed: 1})
	}
	packed, err := model.Bytes()
	if err != nil {
		return nil, err
	}
	var list strings.Builder
	for _, word := range slices.Sorted(maps.Keys(words)) {
		list.WriteString(word + "\t" + words[word] + "\n")
	}
	out := binary.AppendUvarint([]byte(customHead()), uint64(list.Len()))
	return append(append(out, list.String()...), packed...), nil
}

// sentencesOf are the sentences of a text as the tagger reads them.
func sentencesOf(t corpus.Text, lex *lexicon.Lexicon) []crf.Sample {
	tagged := &tagged{text: newText(t.Value, lex)}
	for _, m := range t.Mentions {
		if crf.TypeIndex(m.Type) >= 0 {
			tagged.spans = append(tagged.spans, span{start: m.Start, end: m.End, kind: m.Type})
		}
	}
	spans := tagged.folded()
	var out []crf.Sample
	tagged.sentences(func(start, end int) {
		s := crf.Sample{Text: tagged.fold[start:end]}
		for _, m := range spans {
			if m.start >= start && m.end <= end && m.end > m.start {
				s.Spans = append(s.Spans, crf.Span{Start: m.start - start, End: m.end - start, Type: crf.TypeIndex(m.kind)})
			}
		}
		out = append(out, s)
	})
	return out
}

// Open returns a tagger with the model of a file that broadsheet train wrote, or
// with the built-in one when path is empty.
func Open(path string) (*Tagger, error) {
	if path == "" {
		return New(), nil
	}
	const remedy = "name a file that broadsheet train of this version wrote, or leave the setting out for the built-in model"
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "cannot read the entity model").On("model").Fix(remedy)
	}
	t, err := Load(data)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s is no entity model", path).On("model").Fix(remedy)
	}
	return t, nil
}

// Load returns a tagger with a model that Train made.
func Load(data []byte) (*Tagger, error) {
	rest, ok := bytes.CutPrefix(data, []byte(customHead()))
	if !ok && bytes.HasPrefix(data, []byte(customMagic)) {
		return nil, fault.New(fault.Invalid, "this model was trained by another version of Broadsheet").On("model").
			Fix("train it again with broadsheet train of this version")
	}
	n, used := binary.Uvarint(rest)
	if !ok || used <= 0 || n > uint64(len(rest)-used) {
		return nil, fault.New(fault.Invalid, "this is no model of broadsheet train, or cut short").On("model")
	}
	rest = rest[used:]
	words, err := ReadWords(bytes.NewReader(rest[:n]))
	if err != nil {
		return nil, err
	}
	lex := withWords(words)
	model, err := crf.Load(rest[n:], lex)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	return NewWith(model, lex), nil
}
