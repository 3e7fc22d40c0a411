package segment

import (
	"cmp"
	"math"
	"slices"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/document"
)

// Explanation says why a line is what it is.
type Explanation struct {
	Line     int        `json:"line"`
	Text     string     `json:"text"`
	Is       string     `json:"is"`                 // furniture, column, jump, byline, signature, credit, doubled, display, paragraph, continuation
	Article  int        `json:"article,omitempty"`  // position of the article that has it; absent: furniture or rest
	Column   int        `json:"column,omitempty"`   // width of its column, half units
	Chance   float64    `json:"chance,omitempty"`   // of its role, by the lines around it
	RunnerUp string     `json:"runnerUp,omitempty"` // the next likely role
	Evidence []Evidence `json:"evidence,omitempty"` // what weighs most, for the role (+) and for the runner-up (-)
}

// Evidence is a feature and what it weighs, in log odds between the role and its
// runner-up. The features are named in weights.txt and explained in roles.go.
type Evidence struct {
	Feature string  `json:"feature"`
	Weight  float64 `json:"weight"`
}

// mostEvidence is how many features an explanation names.
const mostEvidence = 6

var (
	roleNames = [roleCount]string{"display", "paragraph", "continuation"}
	kindNames = map[kind]string{furniture: "furniture", byline: "byline", signature: "signature", jump: "jump", columnTag: "column", doubled: "doubled", photo: "credit", caption: "caption"}
)

// Explain segments a page and says for every non-blank line what it was taken for
// and why.
func (s *Segmenter) Explain(source []document.Line, o Options) (Page, []Explanation) {
	page := s.Segment(source, o)
	lines := s.readLines(source, new(desk))
	if len(lines) == 0 {
		return page, nil
	}
	m := newModel(lines, s.lineWeights, new(desk))
	flow := flowOf(lines)
	var labels []labelled
	var chances [][roleCount]float64
	if len(flow) > 0 {
		labels = m.label(flow)
		chances = newChart(m, flow).marginals()
	}
	out := make([]Explanation, 0, len(lines))
	next := 0
	for i := range lines {
		l := &lines[i]
		e := Explanation{Line: l.number, Text: l.text, Is: kindNames[l.kind], Article: positionOf(page, l.number)}
		if next < len(flow) && flow[next] == l {
			if l.kind == ordinary {
				m.explain(&e, flow, next, labels[next], chances[next])
			}
			next++
		}
		out = append(out, e)
	}
	slices.SortStableFunc(out, func(a, b Explanation) int { return cmp.Compare(a.Line, b.Line) })
	return page, out
}

func positionOf(p Page, n int) int {
	for _, a := range p.Articles {
		if slices.ContainsFunc(a.Print.Lines, func(r newspaper.LineRange) bool { return r[0] <= n && n <= r[1] }) {
			return a.Print.Position
		}
	}
	return 0
}

func (m *model) explain(e *Explanation, flow []*line, i int, is labelled, chances [roleCount]float64) {
	e.Is, e.Chance = roleNames[is.role], math.Round(1000*chances[is.role])/1000
	if is.role != head {
		e.Column = is.width
	}
	second := (is.role + 1) % roleCount
	if other := (is.role + 2) % roleCount; chances[other] > chances[second] {
		second = other
	}
	e.RunnerUp = roleNames[second]
	weigh := map[feature]float64{}
	for _, f := range m.roleFeatures(flow, i, is.role) {
		weigh[f] += m.w[f]
	}
	for _, f := range m.roleFeatures(flow, i, second) {
		weigh[f] -= m.w[f]
	}
	for f, w := range weigh {
		if math.Abs(w) >= 0.1 {
			e.Evidence = append(e.Evidence, Evidence{lineSpace.name(f), math.Round(100*w) / 100})
		}
	}
	slices.SortFunc(e.Evidence, func(a, b Evidence) int {
		return cmp.Or(cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)), cmp.Compare(a.Feature, b.Feature))
	})
	e.Evidence = e.Evidence[:min(len(e.Evidence), mostEvidence)]
}

func (m *model) roleFeatures(flow []*line, i int, r role) []feature {
	before, next := neighbours(flow, i)
	switch {
	case r == head:
		return m.headFeatures(nil, before, flow[i], next)
	case r == para:
		return m.paraFeatures(nil, before, flow[i], next)
	case before == nil:
		return nil
	}
	return m.contFeatures(nil, before, flow[i], next)
}

// marginals are the probabilities of each line's roles.
func (c *chart) marginals() [][roleCount]float64 {
	out := make([][roleCount]float64, len(c.lines))
	c.masses = out
	total, _ := c.expect(nil, 0, make([]float64, len(c.m.w)))
	for i := range out {
		for r := range out[i] {
			out[i][r] = exp(out[i][r] - total)
		}
	}
	c.masses = nil
	return out
}
