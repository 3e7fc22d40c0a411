package embedded

import (
	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/analysis/lang/cjk"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/registry"
	index "github.com/blevesearch/bleve_index_api"

	"broadsheet/services/index/search"
)

// format is the version of what is on disk: the mapping below and the fields of
// search.Document. Another format is another folder.
const format = 4

// The analysers of text.
const (
	pairs  = "pairs"  // ideographs in overlapping pairs
	single = "single" // every ideograph on its own
)

// Stored fields, which are not searched.
const (
	fieldVersion   = "version"
	fieldWithdrawn = "withdrawn"
	fieldSource    = "source"
	fieldStatus    = "status" // searched: usable, or nothing
)

func newMapping() (*mapping.IndexMappingImpl, error) {
	m := bleve.NewIndexMapping()
	m.ScoringModel = index.BM25Scoring
	for name, filters := range map[string][]string{pairs: {cjk.BigramName}, single: {}} {
		err := m.AddCustomAnalyzer(name, map[string]any{"type": custom.Name, "tokenizer": tokenizerName, "token_filters": filters})
		if err != nil {
			return nil, err
		}
	}
	if err := m.AddCustomAnalyzer(grams, map[string]any{"type": custom.Name, "tokenizer": grams}); err != nil {
		return nil, err
	}
	d := bleve.NewDocumentStaticMapping()
	for _, f := range search.TextFields {
		runs := textField(gramsOf(f.Name), grams)
		runs.IncludeTermVectors = false // each is looked up on its own
		d.AddFieldMappingsAt(f.Name, textField(f.Name, pairs), textField(search.Single(f.Name), single), runs)
	}
	sketch := bleve.NewKeywordFieldMapping()
	sketch.Store, sketch.DocValues, sketch.IncludeTermVectors, sketch.IncludeInAll = false, false, false, false
	d.AddFieldMappingsAt(search.FieldSketch, sketch)
	for _, name := range append([]string{fieldStatus}, search.KeywordFields...) {
		f := bleve.NewKeywordFieldMapping()
		f.Store, f.IncludeTermVectors, f.IncludeInAll, f.DocValues = false, false, false, false // sorting and counting read columns
		d.AddFieldMappingsAt(name, f)
	}
	for _, name := range []string{fieldVersion, fieldWithdrawn, fieldSource} {
		f := bleve.NewTextFieldMapping()
		f.Analyzer = keyword.Name
		f.Index, f.DocValues, f.IncludeTermVectors, f.IncludeInAll = false, false, false, false
		d.AddFieldMappingsAt(name, f)
	}
	d.AddSubDocumentMapping("_all", bleve.NewDocumentDisabledMapping()) // nothing searches it
	m.DefaultMapping = d
	return m, nil
}

// textField is a field of words. Phrases need the places of its terms.
func textField(name, analyzer string) *mapping.FieldMapping {
	f := bleve.NewTextFieldMapping()
	f.Name, f.Analyzer = name, analyzer
	f.Store, f.DocValues, f.IncludeInAll = false, false, false
	f.IncludeTermVectors = true
	return f
}

// tokenizerName names, in mappings on disk, the tokenizer that follows
// search.Tokens: what is indexed, looked up and highlighted are the same words.
const tokenizerName = "broadsheet"

type tokenizer struct{}

// Tokenize is bleve's interface.
func (tokenizer) Tokenize(text []byte) analysis.TokenStream {
	tokens := search.Tokens(string(text))
	all := make([]analysis.Token, len(tokens))
	out := make(analysis.TokenStream, len(tokens))
	for i, t := range tokens {
		all[i] = analysis.Token{Term: []byte(t.Term), Start: t.Start, End: t.End, Position: i + 1, Type: analysis.AlphaNumeric}
		if t.Ideograph {
			all[i].Type = analysis.Ideographic
		}
		out[i] = &all[i]
	}
	return out
}

func init() {
	err := registry.RegisterTokenizer(tokenizerName, func(map[string]any, *registry.Cache) (analysis.Tokenizer, error) { return tokenizer{}, nil })
	if err != nil {
		panic(err) // the name is taken: a mistake in this program
	}
}
