package eval

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/document"
)

// Damages are the ways to spoil a page that Perturb knows, as an extractor might:
// one line in twenty dropped, doubled or swapped with the next, or all blank lines
// gone.
var Damages = []string{"drop", "double", "swap", "noblank"}

// Perturb spoils a case's page and moves its gold's line numbers along. The same
// seed gives the same page. Texts of the gold stay as they were: only where
// articles stand can be measured on a spoilt page.
func Perturb(ctx context.Context, c Case, damage string, seed uint64) (Case, error) {
	d, err := document.Decode(ctx, c.Text, "text/plain", "")
	if err != nil {
		return Case{}, fmt.Errorf("page %s: %w", c.Name, err)
	}
	r := rand.New(rand.NewPCG(seed, 0xDA3A6E))
	var order []int // of the old lines, by new position
	for i := 0; i < len(d.Lines); i++ {
		hit := !d.Lines[i].Blank() && r.Float64() < .05
		switch {
		case damage == "noblank" && d.Lines[i].Blank(), damage == "drop" && hit:
		case damage == "double" && hit:
			order = append(order, i, i)
		case damage == "swap" && hit && nextLine(d.Lines, i) > 0:
			k := nextLine(d.Lines, i)
			order = append(order, k)
			for m := i + 1; m < k; m++ {
				order = append(order, m)
			}
			order = append(order, i)
			i = k
		default:
			order = append(order, i)
		}
	}
	return c.reordered(d.Lines, order, damage), nil
}

// nextLine is the position of the next line with text, or 0.
func nextLine(lines []document.Line, i int) int {
	for k := i + 1; k < len(lines) && k <= i+4; k++ {
		if !lines[k].Blank() {
			return k
		}
	}
	return 0
}

// reordered is the case with its lines as order says.
func (c Case) reordered(lines []document.Line, order []int, damage string) Case {
	var text strings.Builder
	moved := make(map[int][]int, len(order)) // new line numbers, by old
	var roles []string
	for n, i := range order {
		text.WriteString(lines[i].Text)
		text.WriteByte('\n')
		moved[i+1] = append(moved[i+1], n+1)
		if i < len(c.Gold.Roles) {
			roles = append(roles, c.Gold.Roles[i])
		}
	}
	gold := c.Gold
	gold.Roles = roles
	gold.Family += "+" + damage
	gold.Articles = append([]newspaper.Article(nil), c.Gold.Articles...)
	for i := range gold.Articles {
		gold.Articles[i].Print.Lines = move(gold.Articles[i].Print.Lines, moved)
	}
	gold.Furniture, gold.Neutral, gold.Ads = move(gold.Furniture, moved), move(gold.Neutral, moved), move(gold.Ads, moved)
	return Case{Name: c.Name + "+" + damage, Text: []byte(text.String()), Gold: gold}
}

func move(ranges []newspaper.LineRange, moved map[int][]int) []newspaper.LineRange {
	var out []newspaper.LineRange
	for _, r := range ranges {
		for n := r[0]; n <= r[1]; n++ {
			for _, m := range moved[n] {
				out = append(out, newspaper.LineRange{m, m})
			}
		}
	}
	return out
}
