// Build counts the character pairs of a corpus and writes the table that package
// junction embeds:
//
//	xz -dc silver.news80k.xz | go run ./internal/junction/build > internal/junction/table.bin
//
// The corpus is one character a line, anything after a tab ignored, a blank line
// between sentences.
package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"broadsheet/services/parse/internal/junction"
)

const (
	slots  = 1 << 17
	fill   = slots * 3 / 4 // pairs kept, the commonest; the rest counts as unseen
	rarest = 2
	most   = 5.0
)

type pair [2]rune

type counts struct {
	pairs  map[pair]int
	left   map[rune]int
	right  map[rune]int
	total  int
	before rune
}

func main() {
	c := counts{pairs: map[pair]int{}, left: map[rune]int{}, right: map[rune]int{}}
	if err := c.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "junction/build:", err)
		os.Exit(1)
	}
	if _, err := os.Stdout.Write(c.table()); err != nil {
		fmt.Fprintln(os.Stderr, "junction/build:", err)
		os.Exit(1)
	}
}

func (c *counts) read(r io.Reader) error {
	s := bufio.NewScanner(r)
	for s.Scan() {
		text, _, _ := strings.Cut(s.Text(), "\t")
		char, _ := utf8.DecodeRuneInString(text)
		if !unicode.Is(unicode.Han, char) {
			c.before = 0
			continue
		}
		if c.before != 0 {
			c.pairs[pair{c.before, char}]++
			c.left[c.before]++
			c.right[char]++
			c.total++
		}
		c.before = char
	}
	return s.Err()
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
	out := make([]byte, slots*3)
	for _, p := range kept {
		h := junction.Hash(p[0], p[1])
		i := h % slots
		for out[i*3] != 0 || out[i*3+1] != 0 {
			i = (i + 1) % slots
		}
		fp := junction.Fingerprint(h)
		out[i*3], out[i*3+1], out[i*3+2] = byte(fp), byte(fp>>8), byte(c.score(p))
	}
	fmt.Fprintf(os.Stderr, "%d of %d pairs kept from %d\n", len(kept), len(c.pairs), c.total)
	return out
}

// score in tenths: pointwise mutual information, cut off on both sides.
func (c *counts) score(p pair) int8 {
	expected := float64(c.left[p[0]]) * float64(c.right[p[1]]) / float64(c.total)
	v := math.Log(float64(c.pairs[p]) / expected)
	return int8(math.Round(10 * max(-most, min(most, v))))
}
