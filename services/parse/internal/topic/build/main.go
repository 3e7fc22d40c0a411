// Build finds the topics of a corpus and writes the table that package topic embeds:
//
//	xz -dc news-items.jsonl.xz | go run ./internal/topic/build > internal/topic/table.bin
//
// The texts are JSON Lines of {title, paragraphs}, one story each. With -half 1 or 2
// only that half of them is read (see typeset.Half): to train or measure on texts that
// the table has not seen.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"unicode"

	"broadsheet/services/parse/internal/pairtable"
	"broadsheet/services/parse/internal/topic"
	"broadsheet/services/parse/typeset"
)

const (
	most   = topic.Slots * 3 / 4 // pairs kept, the commonest
	rarest = 5                   // stories that a pair is in, at least
	common = 8                   // at most one of so many
	rounds = 6
	dims   = topic.Dims
	scale  = 16 // the root mean square of what is written
)

type pair [2]rune

// entry of a story: a pair's number and weight.
type entry struct {
	word   int
	weight float32
}

func main() {
	half := flag.Int("half", 0, "only this half of the texts, 1 or 2; 0 is all")
	flag.Parse()
	articles, err := typeset.ReadArticles(os.Stdin)
	if err == nil {
		if *half > 0 {
			articles = typeset.Half(articles, *half == 2)
		}
		words, rarity, stories := count(articles)
		_, err = os.Stdout.Write(table(words, rarity, decompose(stories, len(words))))
		fmt.Fprintf(os.Stderr, "%d pairs of %d stories\n", len(words), len(stories))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "topic/build:", err)
		os.Exit(1)
	}
}

func pairsOf(a typeset.Article) map[pair]int {
	out := map[pair]int{}
	for _, text := range a.Paragraphs {
		before := rune(0)
		for _, char := range text {
			if !unicode.Is(unicode.Han, char) {
				before = 0
				continue
			}
			if before != 0 {
				out[pair{before, char}]++
			}
			before = char
		}
	}
	return out
}

// count weighs the pairs of every story: by how often it has them, and by how rare
// they are.
func count(articles []typeset.Article) (words []pair, rarity []float64, stories [][]entry) {
	in := map[pair]int{}
	for _, a := range articles {
		for p := range pairsOf(a) {
			in[p]++
		}
	}
	for _, p := range slices.SortedFunc(maps.Keys(in), func(p, q pair) int {
		return cmp.Or(cmp.Compare(in[q], in[p]), cmp.Compare(p[0], q[0]), cmp.Compare(p[1], q[1]))
	}) {
		if n := in[p]; n >= rarest && n*common < len(articles) && len(words) < most {
			words = append(words, p)
			rarity = append(rarity, math.Log(float64(len(articles))/float64(n)))
		}
	}
	number := make(map[pair]int, len(words))
	for i, p := range words {
		number[p] = i
	}
	for _, a := range articles {
		var story []entry
		size := 0.0
		for p, n := range pairsOf(a) {
			if i, ok := number[p]; ok {
				story = append(story, entry{i, float32((1 + math.Log(float64(n))) * rarity[i])})
			}
		}
		slices.SortFunc(story, func(x, y entry) int { return x.word - y.word })
		for _, e := range story {
			size += float64(e.weight) * float64(e.weight)
		}
		for i := range story {
			story[i].weight /= float32(math.Sqrt(size))
		}
		stories = append(stories, story)
	}
	return words, rarity, stories
}

type vector [dims]float32

// decompose finds the first right singular vectors of the stories by subspace
// iteration.
func decompose(stories [][]entry, words int) []vector {
	r := rand.New(rand.NewPCG(1, 1))
	v := make([]vector, words)
	for i := range v {
		for k := range v[i] {
			v[i][k] = float32(r.NormFloat64())
		}
	}
	orthogonal(v)
	for range rounds {
		next := make([]vector, words)
		for _, story := range stories {
			var sum vector
			for _, e := range story {
				for k, x := range v[e.word] {
					sum[k] += e.weight * x
				}
			}
			for _, e := range story {
				for k, x := range sum {
					next[e.word][k] += e.weight * x
				}
			}
		}
		v = next
		orthogonal(v)
	}
	return v
}

// orthogonal makes the columns orthonormal, by Gram and Schmidt.
func orthogonal(v []vector) {
	for k := range dims {
		for j := range k {
			product := float32(0)
			for i := range v {
				product += v[i][k] * v[i][j]
			}
			for i := range v {
				v[i][k] -= product * v[i][j]
			}
		}
		size := 0.0
		for i := range v {
			size += float64(v[i][k]) * float64(v[i][k])
		}
		for i := range v {
			v[i][k] /= float32(math.Sqrt(size))
		}
	}
}

// table writes the vectors, weighed by rarity. What all stories have in common, the
// first dimension, says nothing.
func table(words []pair, rarity []float64, v []vector) []byte {
	square := 0.0
	for i := range v {
		v[i][0] = 0
		for k := range v[i] {
			v[i][k] *= float32(rarity[i])
			square += float64(v[i][k]) * float64(v[i][k])
		}
	}
	unit := math.Sqrt(square/float64(len(v)*dims)) / scale
	out := pairtable.Make(topic.Slots, topic.Dims)
	for i, p := range words {
		var value [topic.Dims]byte
		for k, x := range v[i] {
			value[k] = byte(int8(math.Round(max(-127, min(127, float64(x)/unit)))))
		}
		out.Put(p[0], p[1], value[:])
	}
	return out.Bytes()
}
