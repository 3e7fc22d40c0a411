package search

import (
	"fmt"
	"strings"
)

// Clause is a part of what is looked for: All, Any, Not, Text or Exact. Stores
// translate it; nothing else makes a hit.
type Clause interface {
	// String is the clause in a form that differs when the clauses do.
	String() string
}

// All matches where every part does. The parts' scores add up.
type All []Clause

// Any matches where at least Min of the parts do; 0 is 1. The scores of those
// that match add up.
type Any struct {
	Of  []Clause
	Min int
}

// Not matches where its part does not. It adds nothing to the score.
type Not struct{ Of Clause }

// Text matches a word or phrase as it is written, next to one another in one
// text field.
type Text struct {
	Word
	Weight float64 // of its score; 0 is 1
}

// Exact matches a keyword field that has the value, as FoldName makes it of names.
// A rare value scores more than a frequent one.
type Exact struct {
	Field, Value string
	Weight       float64 // of its score; 0 is 1
}

func (c All) String() string { return list("all", c) }

func (c Any) String() string { return list(fmt.Sprintf("any%d", c.Min), c.Of) }

func (c Not) String() string { return list("not", []Clause{c.Of}) }

func (c Text) String() string { return fmt.Sprintf("(text %s %q %g)", c.Field, c.Text, c.Weight) }

func (c Exact) String() string { return fmt.Sprintf("(exact %s %q %g)", c.Field, c.Value, c.Weight) }

func list(name string, of []Clause) string {
	var b strings.Builder
	b.WriteString("(" + name)
	for _, c := range of {
		b.WriteString(" " + c.String())
	}
	return b.String() + ")"
}

// Least is how many of the parts must match.
func (c Any) Least() int { return max(c.Min, 1) }

// In returns the fields that a word is looked for in.
func (w Word) In() []TextField {
	if w.Field == "" {
		return TextFields
	}
	for _, f := range TextFields {
		if f.Name == w.Field {
			return []TextField{f}
		}
	}
	return nil
}
