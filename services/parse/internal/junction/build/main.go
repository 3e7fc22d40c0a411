// Build counts the character pairs of a corpus and writes the table that package
// junction embeds:
//
//	xz -dc silver.news80k.xz | go run ./internal/junction/build > internal/junction/table.bin
//
// The corpus is one character a line, anything after a tab ignored, a blank line
// between sentences. With -without texts.jsonl -half 1 the sentences of one half
// of the texts (see typeset.Half) are left out: to train or measure on texts that
// the table has not seen.
package main

import (
	"bufio"
	"cmp"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"broadsheet/services/parse/internal/junction"
	"broadsheet/services/parse/internal/pairtable"
	"broadsheet/services/parse/typeset"
)

const (
	slots  = junction.Slots
	fill   = slots * 3 / 4 // pairs kept, the commonest; the rest counts as unseen
	rarest = 2
	most   = 5.0
)

type pair [2]rune

type counts struct {
	pairs     map[pair]int
	begins    map[pair]int // clauses
	ends      map[pair]int
	clauses   int
	left      map[rune]int
	right     map[rune]int
	total     int
	sentences int
	out       map[string]bool // beginnings of sentences that are left out
}

func main() {
	without := flag.String("without", "", "texts whose sentences are left out, JSON Lines")
	half := flag.Int("half", 0, "only of this half of them, 1 or 2; 0 is all")
	flag.Parse()
	c := counts{pairs: map[pair]int{}, begins: map[pair]int{}, ends: map[pair]int{}, left: map[rune]int{}, right: map[rune]int{}}
	if *without != "" {
		if err := c.leaveOut(*without, *half); err != nil {
			fmt.Fprintln(os.Stderr, "junction/build:", err)
			os.Exit(1)
		}
	}
	if err := c.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "junction/build:", err)
		os.Exit(1)
	}
	if _, err := os.Stdout.Write(c.table()); err != nil {
		fmt.Fprintln(os.Stderr, "junction/build:", err)
		os.Exit(1)
	}
}

// beginning is how many characters tell a sentence.
const beginning = 10

func (c *counts) leaveOut(path string, half int) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	articles, err := typeset.ReadArticles(f)
	if err != nil {
		return err
	}
	if half > 0 {
		articles = typeset.Half(articles, half == 2)
	}
	c.out = map[string]bool{}
	for _, a := range articles {
		for _, p := range a.Paragraphs {
			r := []rune(p)
			for i := 0; i+beginning <= len(r); i++ {
				c.out[string(r[i:i+beginning])] = true
			}
		}
	}
	return nil
}

func (c *counts) read(r io.Reader) error {
	s := bufio.NewScanner(r)
	var sentence []rune
	for s.Scan() {
		text, _, _ := strings.Cut(s.Text(), "\t")
		if text == "" {
			c.count(sentence)
			sentence = sentence[:0]
			continue
		}
		char, _ := utf8.DecodeRuneInString(text)
		sentence = append(sentence, char)
	}
	c.count(sentence)
	return s.Err()
}

func (c *counts) count(sentence []rune) {
	if len(sentence) == 0 || len(sentence) >= beginning && c.out[string(sentence[:beginning])] {
		return
	}
	c.sentences++
	before := rune(0)
	c.clause(sentence)
	for _, char := range sentence {
		if !unicode.Is(unicode.Han, char) {
			before = 0
			continue
		}
		if before != 0 {
			c.pairs[pair{before, char}]++
			c.left[before]++
			c.right[char]++
			c.total++
		}
		before = char
	}
}

// clause counts the pairs that stand at the edges of a sentence's clauses.
func (c *counts) clause(sentence []rune) {
	from := 0
	for i := 0; i <= len(sentence); i++ {
		if i < len(sentence) && !strings.ContainsRune("，。；：！？…", sentence[i]) {
			continue
		}
		if clause := sentence[from:i]; len(clause) >= 2 {
			c.clauses++
			c.begins[pair{clause[0], clause[1]}]++
			c.ends[pair{clause[len(clause)-2], clause[len(clause)-1]}]++
		}
		from = i + 1
	}
}

func (c *counts) table() []byte {
	kept := make([]pair, 0, len(c.pairs))
	for p, n := range c.pairs {
		if n >= rarest {
			kept = append(kept, p)
		}
	}
	slices.SortFunc(kept, func(a, b pair) int {
		return cmp.Or(cmp.Compare(c.pairs[b], c.pairs[a]), cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
	})
	kept = kept[:min(len(kept), fill)]
	out := pairtable.Make(slots, junction.Values)
	for _, p := range kept {
		out.Put(p[0], p[1], []byte{byte(c.score(p)), c.rarity(p), byte(c.edge(p, c.begins)), byte(c.edge(p, c.ends))})
	}
	fmt.Fprintf(os.Stderr, "%d of %d pairs kept from %d\n", len(kept), len(c.pairs), c.total)
	return out.Bytes()
}

// score in tenths: pointwise mutual information, cut off on both sides.
func (c *counts) score(p pair) int8 {
	expected := float64(c.left[p[0]]) * float64(c.right[p[1]]) / float64(c.total)
	v := math.Log(float64(c.pairs[p]) / expected)
	return int8(math.Round(10 * max(-most, min(most, v))))
}

// edge in tenths: how much likelier than others the pair stands at that edge of a
// clause, drawn towards 0 where it is rare.
func (c *counts) edge(p pair, at map[pair]int) int8 {
	const drawn = 4
	usual := float64(c.clauses) / float64(c.total)
	v := math.Log((float64(at[p]) + drawn*usual) / (float64(c.pairs[p]) + drawn) / usual)
	return int8(math.Round(10 * max(-most, min(most, v))))
}

// rarity in tenths.
func (c *counts) rarity(p pair) byte {
	v := math.Log(float64(c.sentences) / float64(c.pairs[p]))
	return byte(math.Round(10 * max(0, min(11, v))))
}
