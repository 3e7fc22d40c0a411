package segment

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Both decisions, lines to roles and blocks to articles, are log-linear models
// over yes-or-no features. A feature is a number; those of one kind are a block of
// numbers with a name, and a weights file is one line a block. Everything that
// the segmenter weighs is weighed here: weights.txt is the whole of its taste.

type feature = int16

// space hands out blocks of features.
type space struct {
	size   int
	blocks []namedBlock
}

type namedBlock struct {
	name string
	base feature
	n    int
}

func (s *space) block(name string, n int) feature {
	base := feature(s.size)
	s.blocks = append(s.blocks, namedBlock{name, base, n})
	s.size += n
	return base
}

// name of a feature, for explanations: block.index.
func (s *space) name(f feature) string {
	for _, b := range s.blocks {
		if f >= b.base && f < b.base+feature(b.n) {
			if b.n == 1 {
				return b.name
			}
			return fmt.Sprintf("%s.%d", b.name, f-b.base)
		}
	}
	return "?"
}

type weights []float64

func (w weights) sum(features []feature) float64 {
	s := 0.0
	for _, f := range features {
		s += w[f]
	}
	return s
}

// read fills the weights from a file; blocks that it does not name stay 0.
func (s *space) read(r io.Reader) (weights, error) {
	w := make(weights, s.size)
	byName := map[string]namedBlock{}
	for _, b := range s.blocks {
		byName[b.name] = b
	}
	seen := map[string]bool{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if seen[words[0]] {
			return nil, fmt.Errorf("weights of %s: there are two lines of that name", words[0])
		}
		seen[words[0]] = true
		b, ok := byName[words[0]]
		if !ok {
			continue // of the other model, or of a feature that is gone
		}
		if len(words)-1 != b.n {
			return nil, fmt.Errorf("weights of %s: %d numbers, want %d", b.name, len(words)-1, b.n)
		}
		for i, word := range words[1:] {
			x, err := strconv.ParseFloat(word, 64)
			if err != nil {
				return nil, fmt.Errorf("weights of %s: %w", b.name, err)
			}
			w[int(b.base)+i] = x
		}
	}
	return w, lines.Err()
}

// write writes one line a block.
func (s *space) write(out io.Writer, w weights) error {
	for _, b := range s.blocks {
		line := b.name
		for _, x := range w[b.base : int(b.base)+b.n] {
			line += " " + strconv.FormatFloat(x, 'f', 3, 64)
		}
		if _, err := fmt.Fprintln(out, line); err != nil {
			return fmt.Errorf("write the weights: %w", err)
		}
	}
	return nil
}

//go:embed weights.txt
var shippedWeights string
