// Package entityeval measures found entities against gold: strict precision,
// recall and F1, where a mention is right when its place and type are.
package entityeval

import (
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"

	"broadsheet/pkg/newspaper"
)

// Counts are the mentions of one type or field.
type Counts struct{ Right, Gold, Found int }

// Precision is the share of the found ones that are right, 0 to 1.
func (c Counts) Precision() float64 { return ratio(c.Right, c.Found) }

// Recall is the share of the gold ones that were found, 0 to 1.
func (c Counts) Recall() float64 { return ratio(c.Right, c.Gold) }

// F1 is the harmonic mean of precision and recall, 0 to 1.
func (c Counts) F1() float64 { return ratio(2*c.Right, c.Gold+c.Found) }

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func (c *Counts) add(d Counts) {
	c.Right, c.Gold, c.Found = c.Right+d.Right, c.Gold+d.Gold, c.Found+d.Found
}

// Types are the measured types, in the order of reports. Dates are not measured.
var Types = []string{newspaper.PER, newspaper.LOC, newspaper.ORG, newspaper.TITLE}

// Names are the types of the overall figure.
var Names = []string{newspaper.PER, newspaper.LOC, newspaper.ORG}

// Kinds of Error.
const (
	Missed   = "missed"
	Invented = "invented"
	Boundary = "boundary" // an overlapping mention of the same type
	Type     = "type"     // the same place, another type
)

// Error is a difference between gold and found. Gold or Found is nil when there
// is none.
type Error struct {
	Kind        string
	Field       string
	Gold, Found *newspaper.Mention
	Text        string // the name in question, and some text before and after it
	Before      string
	After       string
}

// Report is a measurement.
type Report struct {
	ByType  map[string]Counts
	ByField map[string]Counts // of Names
	Errors  []Error
	texts   []map[string]Counts // per text, for the interval
}

// Add measures one text. Types restricts the measure to those that the gold
// knows; nil is all.
func (r *Report) Add(field, text string, gold, found []newspaper.Mention, types []string) {
	if types == nil {
		types = Types
	}
	keep := func(m newspaper.Mention) bool { return !slices.Contains(types, m.Type) }
	gold, found = slices.DeleteFunc(slices.Clone(gold), keep), slices.DeleteFunc(slices.Clone(found), keep)
	if r.ByType == nil {
		r.ByType, r.ByField = map[string]Counts{}, map[string]Counts{}
	}
	here := map[string]Counts{}
	count := func(kind string, c Counts) {
		for _, m := range []map[string]Counts{here, r.ByType} {
			sum := m[kind]
			sum.add(c)
			m[kind] = sum
		}
		if slices.Contains(Names, kind) {
			sum := r.ByField[field]
			sum.add(c)
			r.ByField[field] = sum
		}
	}
	for _, m := range gold {
		count(m.Type, Counts{Gold: 1})
	}
	for _, m := range found {
		count(m.Type, Counts{Found: 1})
		if slices.ContainsFunc(gold, func(g newspaper.Mention) bool { return same(g, m) && g.Type == m.Type }) {
			count(m.Type, Counts{Right: 1})
		}
	}
	r.texts = append(r.texts, here)
	r.explain(field, []rune(text), gold, found)
}

func same(a, b newspaper.Mention) bool     { return a.Start == b.Start && a.End == b.End }
func overlaps(a, b newspaper.Mention) bool { return a.Start < b.End && b.Start < a.End }

func (r *Report) explain(field string, text []rune, gold, found []newspaper.Mention) {
	add := func(kind string, g, f *newspaper.Mention) {
		at := g
		if at == nil {
			at = f
		}
		const around = 12 // characters
		from, to := max(0, at.Start-around), min(len(text), at.End+around)
		r.Errors = append(r.Errors, Error{
			Kind: kind, Field: field, Gold: g, Found: f,
			Text: string(text[at.Start:at.End]), Before: string(text[from:at.Start]), After: string(text[at.End:to]),
		})
	}
	explained := make([]bool, len(found))
	for i := range gold {
		g := &gold[i]
		kind, by := Missed, (*newspaper.Mention)(nil)
		for j := range found {
			f := &found[j]
			if !overlaps(*g, *f) {
				continue
			}
			explained[j] = true
			switch by = f; {
			case same(*g, *f) && g.Type == f.Type:
				kind = ""
			case same(*g, *f):
				kind = Type
			default:
				kind = Boundary
			}
		}
		if kind != "" {
			add(kind, g, by)
		}
	}
	for j := range found {
		if !explained[j] {
			add(Invented, nil, &found[j])
		}
	}
}

// Overall is the sum over Names.
func (r *Report) Overall() Counts { return overall(r.ByType) }

func overall(m map[string]Counts) (sum Counts) {
	for _, t := range Names {
		sum.add(m[t])
	}
	return sum
}

// Interval is the 95 % bootstrap interval of the overall F1, drawn over texts.
// The same measurements have the same interval.
func (r *Report) Interval() (low, high float64) {
	const rounds = 1000
	draw := rand.New(rand.NewPCG(1, 2))
	scores := make([]float64, rounds)
	for i := range scores {
		var sum Counts
		for range r.texts {
			sum.add(overall(r.texts[draw.IntN(len(r.texts))]))
		}
		scores[i] = sum.F1()
	}
	slices.Sort(scores)
	return scores[rounds*25/1000], scores[rounds*975/1000]
}

// Write prints the figures, in percent, and the errors when asked to.
func (r *Report) Write(w io.Writer, errors bool) error {
	row := func(name string, c Counts) string {
		return fmt.Sprintf("%-9s %6.1f %6.1f %6.1f %7d %7d %7d\n", name, 100*c.Precision(), 100*c.Recall(), 100*c.F1(), c.Right, c.Gold, c.Found)
	}
	out := fmt.Sprintf("%-9s %6s %6s %6s %7s %7s %7s\n", "", "P", "R", "F1", "right", "gold", "found")
	for _, t := range Types {
		if c := r.ByType[t]; c.Gold+c.Found > 0 {
			out += row(t, c)
		}
	}
	out += row("names", r.Overall())
	fields := make([]string, 0, len(r.ByField))
	for f := range r.ByField {
		if f != "" {
			fields = append(fields, f)
		}
	}
	slices.Sort(fields)
	for _, f := range fields {
		out += row(f, r.ByField[f])
	}
	for _, kind := range []string{Missed, Boundary, Type, Invented} {
		n := 0
		for _, e := range r.Errors {
			if e.Kind == kind {
				n++
			}
		}
		out += fmt.Sprintf("%-9s %6d\n", kind, n)
	}
	low, high := r.Interval()
	out += fmt.Sprintf("names F1, 95 %% interval: %.1f to %.1f\n", 100*low, 100*high)
	if errors {
		out += r.errorList()
	}
	_, err := io.WriteString(w, out)
	return err
}

func (r *Report) errorList() (out string) {
	for _, e := range r.sortedErrors() {
		out += fmt.Sprintf("%-8s gold %s, found %s: %s[%s]%s\n", e.Kind, describe(e.Gold), describe(e.Found), oneLine(e.Before), oneLine(e.Text), oneLine(e.After))
	}
	return out
}

func (r *Report) sortedErrors() []Error {
	list := slices.Clone(r.Errors)
	slices.SortStableFunc(list, func(a, b Error) int { return cmp.Compare(a.Kind, b.Kind) })
	return list
}

func describe(m *newspaper.Mention) string {
	if m == nil {
		return "–"
	}
	return m.Type + " " + oneLine(m.Text)
}

func oneLine(s string) string { return strings.ReplaceAll(s, "\n", "⏎") }
