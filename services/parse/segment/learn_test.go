package segment_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/document"
	"broadsheet/services/parse/eval"
	"broadsheet/services/parse/segment"
	"broadsheet/services/parse/typeset"
)

func examples(pages int) []segment.Example {
	roles := map[string]segment.LineRole{
		eval.RolePara: segment.Begins, eval.RoleCaption: segment.Caption, eval.RoleCont: segment.GoesOn,
		newspaper.Kicker: segment.Kicker, newspaper.Main: segment.Title, newspaper.Deck: segment.Deck, eval.RoleSubhead: segment.Display,
	}
	var out []segment.Example
	style, _ := typeset.StyleNamed("seed")
	for _, c := range typeset.Pages(typeset.Invent(100, 2), style, pages, 2) {
		e := segment.Example{Lines: document.Lines(string(c.Text)), Articles: c.Gold.Articles}
		for _, r := range c.Gold.Roles {
			e.Roles = append(e.Roles, roles[r])
		}
		out = append(out, e)
	}
	return out
}

// TestLearning: the same examples give the same weights, weights survive being
// written and read, and what was learned from a few pages reads others.
func TestLearning(t *testing.T) {
	how := segment.Learning{Epochs: 2, Log: io.Discard}
	var a, b bytes.Buffer
	learned := segment.Learn(examples(12), how)
	if err := learned.WriteWeights(&a); err != nil {
		t.Fatal(err)
	}
	if err := segment.Learn(examples(12), how).WriteWeights(&b); err != nil {
		t.Fatal(err)
	}
	if a.String() != b.String() {
		t.Error("two runs learned different weights")
	}
	written := a.String()
	read, err := segment.NewWith(&a)
	if err != nil {
		t.Fatal(err)
	}
	b.Reset()
	if err := read.WriteWeights(&b); err != nil || b.String() != written {
		t.Errorf("weights that were read are others than those that were written; %v", err)
	}
	none, _ := segment.NewWith(strings.NewReader(""))
	lines, spans, headlines := read.Likelihood(examples(4))
	if l, s, _ := none.Likelihood(examples(4)); lines <= l || spans <= s || headlines >= 0 || headlines < -.5 {
		t.Errorf("log likelihoods of a line, a span and a headline %.3f, %.3f, %.3f; without weights %.3f, %.3f", lines, spans, headlines, l, s)
	}
	style, _ := typeset.StyleNamed("seed")
	report, err := eval.Run(t.Context(), typeset.Pages(typeset.Invent(100, 3), style, 6, 9), read)
	if err != nil {
		t.Fatal(err)
	}
	if report.All.F1[1] < .7 {
		t.Errorf("F1 %.3f after learning from twelve pages", report.All.F1[1])
	}
}

func TestLeavingFeaturesOut(t *testing.T) {
	var w bytes.Buffer
	if err := segment.Learn(examples(4), segment.Learning{Epochs: 1, Without: []string{"start.tie"}, Log: io.Discard}).WriteWeights(&w); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(w.String()) {
		if strings.HasPrefix(line, "start.tie ") && strings.ContainsAny(line, "123456789") {
			t.Errorf("left out, and yet %s", line)
		}
	}
}

func TestBrokenWeights(t *testing.T) {
	for text, want := range map[string]string{"start 1 2\n": "weights of start: 2 numbers, want 1", "start x\n": "weights of start", "start 1\nstart 2\n": "two lines of that name"} {
		if _, err := segment.NewWith(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
