package entity

import (
	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/entity/lexicon"
)

// Lists of names set without anything between them (主席团名单 of old pages): a run
// of Han characters that is mostly people.
const (
	leastRoster  = 12  // characters
	rosterPeople = 4   // people that the model saw in it
	rosterShare  = 0.7 // of its characters
)

// rosters divides runs of names anew: the model looks at a name, a list has
// nothing but names.
func (g *grammar) rosters() {
	out := g.spans[:0:0]
	for i := 0; i < len(g.spans); {
		start, end := g.run(g.spans[i])
		j, people, covered := i, 0, 0
		first, last := end, start
		for ; j < len(g.spans) && g.spans[j].start < end; j++ {
			if s := g.spans[j]; s.kind == newspaper.PER {
				people++
				covered += s.end - s.start
				first, last = min(first, s.start), max(last, s.end)
			}
		}
		if people >= rosterPeople && last-first >= leastRoster && float64(covered) >= rosterShare*float64(last-first) {
			// What stands before and after the people is of the list when it looks like it.
			out = append(out, g.likely(start, first)...)
			out = append(out, g.divide(first, last)...)
			out = append(out, g.likely(last, end)...)
		} else {
			out = append(out, g.spans[i:max(j, i+1)]...)
		}
		i = max(j, i+1)
	}
	g.spans = out
}

// likely are the names from start to end if all of it looks like names.
func (g *grammar) likely(start, end int) []span {
	names := g.divide(start, end)
	for _, s := range names {
		if g.nameCost(s.start, s.end-s.start) > 0 {
			return nil
		}
	}
	return names
}

// run is the run of Han characters around the start of a span.
func (g *grammar) run(s span) (start, end int) {
	start, end = s.start, s.start
	for start > 0 && isHan(g.t.fold[start-1]) {
		start--
	}
	for end < len(g.t.fold) && isHan(g.t.fold[end]) {
		end++
	}
	if end < len(g.t.fold) && g.t.fold[end] == '·' || start > 0 && g.t.fold[start-1] == '·' {
		return s.start, s.start // names with a dot in it are the model's
	}
	return start, end
}

// divide is the cheapest division of the characters from start to end into
// names.
func (g *grammar) divide(start, end int) []span {
	const most = 7 // characters of one name
	n := end - start
	best, length := make([]float64, n+1), make([]int, n+1)
	for i := n - 1; i >= 0; i-- {
		best[i] = 1e9
		for l := 2; l <= most && i+l <= n; l++ {
			if cost := best[i+l] + g.nameCost(start+i, l); cost < best[i] {
				best[i], length[i] = cost, l
			}
		}
	}
	var out []span
	for i := 0; i < n && length[i] > 0; i += length[i] {
		out = append(out, span{start: start + i, end: start + i + length[i], kind: newspaper.PER})
	}
	return out
}

// nameCost is how little the l characters from i look like a name: about the
// negative logarithm of how much likelier they are one than any characters are.
func (g *grammar) nameCost(i, l int) float64 {
	cost := [4]float64{3, 1.2, -0.3, -1.5} // by level
	as := func(at int, role uint) float64 { return cost[g.lex.NameChar(g.t.fold[at])>>(2*role)&3] }
	surname := func(n int) bool { return g.lex.Words.Lookup(g.t.fold[i:i+n])&lexicon.Surname != 0 }
	const two, three, compound, other = 1.6, 0.2, -1, 5 // how rare each kind is
	switch {
	case l == 4 && surname(2):
		return compound + as(i+2, 1) + as(i+3, 2)
	case l == 3 && surname(2):
		return compound + two + min(as(i+2, 1), as(i+2, 2))
	case l == 2 && surname(1):
		return two + as(i, 0) + min(as(i+1, 1), as(i+1, 2))
	case l == 3 && surname(1):
		return three + as(i, 0) + as(i+1, 1) + as(i+2, 2)
	}
	return other + 0.7*float64(l) // a name of another people
}
