package embedded

import (
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/registry"

	"broadsheet/services/index/search"
)

// grams is the analyser and the tokenizer of the third form of a text field: words
// of three and four ideographs as they stand in the pairs' field, and pairs of
// neighbours of which one is no ideograph, like 2025 and 年. Each is a term of its
// own: looking up a common word of four characters by its places in every
// document costs many times as much (docs/adr/0016).
const grams = "grams"

// gramsOf is the name under which a text field is analysed so.
func gramsOf(field string) string { return field + "_grams" }

// longest run of ideographs that is one term.
const longestGram = 4

// joint parts the tokens of a neighbours' term.
const joint = "\x1f"

type gramTokenizer struct{}

// Tokenize is bleve's interface.
func (gramTokenizer) Tokenize(text []byte) analysis.TokenStream {
	tokens := search.Tokens(string(text))
	var out analysis.TokenStream
	emit := func(term string) {
		out = append(out, &analysis.Token{Term: []byte(term), Position: len(out) + 1, Type: analysis.AlphaNumeric})
	}
	for i := range tokens[:max(len(tokens)-1, 0)] {
		if !tokens[i].Ideograph || !tokens[i+1].Ideograph {
			emit(tokens[i].Term + joint + tokens[i+1].Term)
		}
	}
	// Pairs follow one another over punctuation, see storetest: what a phrase of
	// pairs finds is found here too.
	pairs := pairsOf(tokens)
	for i := range pairs {
		term := pairs[i].first + pairs[i].second
		for n := 1; n <= longestGram-2 && i+n < len(pairs) && pairs[i+n].second != "" && pairs[i+n].first == pairs[i+n-1].second && pairs[i].second != ""; n++ {
			term += pairs[i+n].second
			emit(term)
		}
	}
	return out
}

// pair is a term of the pairs' field; second is "" for what stands alone.
type pair struct{ first, second string }

func pairsOf(tokens []search.Token) []pair {
	var out []pair
	beside := func(i, j int) bool {
		return i >= 0 && j < len(tokens) && tokens[i].Ideograph && tokens[j].Ideograph && tokens[i].End == tokens[j].Start
	}
	for i, t := range tokens {
		if beside(i, i+1) {
			out = append(out, pair{t.Term, tokens[i+1].Term})
		} else if !beside(i-1, i) {
			out = append(out, pair{t.Term, ""})
		}
	}
	return out
}

// gramsIn returns the terms that a text with the word has, and whether every text
// that has them has the word.
func gramsIn(w search.Word) (terms []string, enough bool) {
	t := w.Tokens
	if !w.Bigrams() {
		for i := range t[:len(t)-1] {
			if !t[i].Ideograph || !t[i+1].Ideograph {
				terms = append(terms, t[i].Term+joint+t[i+1].Term)
			}
		}
		return terms, len(t) == 2 && len(terms) == 1
	}
	if len(t) < 3 {
		return nil, false
	}
	n := min(len(t), longestGram)
	for i := 0; i+n <= len(t); i += 2 {
		terms = append(terms, run(t[i:i+n]))
	}
	if (len(t)-n)%2 == 1 {
		terms = append(terms, run(t[len(t)-n:]))
	}
	return terms, len(terms) == 1
}

func run(tokens []search.Token) string {
	term := ""
	for _, t := range tokens {
		term += t.Term
	}
	return term
}

func init() {
	err := registry.RegisterTokenizer(grams, func(map[string]any, *registry.Cache) (analysis.Tokenizer, error) { return gramTokenizer{}, nil })
	if err != nil {
		panic(err) // the name is taken: a mistake in this program
	}
}
