package segment

import "broadsheet/services/parse/internal/junction"

// labelled is the outcome for one line.
type labelled struct {
	role  role
	width int // of the column, for para and cont; of the last column for head
}

// lattice is the search for the likeliest sequence. A state is a role in a column
// width; a head remembers the width of the column before it.
type lattice struct {
	m     *model
	k     int // widths
	score []float64
	next  []float64
	back  [][]int16
}

// label gives each line its role. lines are those that are not furniture; forced
// breaks (own-line bylines, signatures) are marked by their kind.
func (m *model) label(lines []*line) []labelled {
	k := len(m.widths)
	v := &lattice{m: m, k: k, score: make([]float64, k*int(roleCount)), next: make([]float64, k*int(roleCount))}
	cells := make([]int16, len(lines)*len(v.score))
	for i, l := range lines {
		v.back = append(v.back, cells[i*len(v.score):(i+1)*len(v.score)])
		if i == 0 {
			v.begin(l)
		} else {
			v.step(lines[i-1], l, v.back[i])
		}
		v.score, v.next = v.next, v.score
	}
	return v.trace(lines)
}

func (v *lattice) at(r role, w int) int { return int(r)*v.k + w }

func (v *lattice) begin(l *line) {
	for w := range v.k {
		v.next[v.at(head, w)] = display(l) + v.m.prior[w]
		v.next[v.at(para, w)] = text(l) + beginning(l) + v.m.between(l, para) + v.m.prior[w]
		v.next[v.at(cont, w)] = impossiblyBad
	}
}

// best is a state's score and number.
type best struct {
	score float64
	state int16
}

func (b *best) offer(score float64, state int) {
	if score > b.score {
		b.score, b.state = score, int16(state)
	}
}

func (v *lattice) step(before, l *line, back []int16) {
	anyBody, anyHead := best{score: impossiblyBad}, best{score: impossiblyBad}
	var (
		cut      = before.kind == byline || before.kind == signature || l.kind == byline || l.kind == signature
		joining  = continuing(before, l) + text(l) + v.m.between(l, cont) + logParaGoesOn
		starting = text(l) + beginning(l) + v.m.between(l, para)
		heading  = display(l) + v.m.between(l, head)
	)
	closed := make([]best, v.k)
	for w := range v.k {
		p, c := v.score[v.at(para, w)], v.score[v.at(cont, w)]
		closed[w] = best{score: impossiblyBad}
		closed[w].offer(p+v.m.closing(before, w, true), v.at(para, w))
		closed[w].offer(c+v.m.closing(before, w, false), v.at(cont, w))
		anyBody.offer(closed[w].score, int(closed[w].state))
		anyHead.offer(v.score[v.at(head, w)], v.at(head, w))
	}
	for w := range v.k {
		h := v.score[v.at(head, w)]
		b := best{score: impossiblyBad}
		if !cut {
			b.offer(v.score[v.at(para, w)]+v.m.filled(before, v.m.widths[w], true), v.at(para, w))
			b.offer(v.score[v.at(cont, w)]+v.m.filled(before, v.m.widths[w], false), v.at(cont, w))
		}
		v.set(cont, w, b, joining, back)

		b = best{score: impossiblyBad}
		b.offer(closed[w].score+logBodyToPara+logSameWidth, int(closed[w].state))
		b.offer(anyBody.score+logBodyToPara+logOtherWidth+v.m.prior[w], int(anyBody.state))
		b.offer(h+logHeadToPara+logSameAfter, v.at(head, w))
		b.offer(anyHead.score+logHeadToPara+logOtherAfter+v.m.prior[w], int(anyHead.state))
		v.set(para, w, b, starting, back)

		b = best{score: impossiblyBad}
		b.offer(closed[w].score+logBodyToHead, int(closed[w].state))
		b.offer(h+logHeadToHead+alike(before, l), v.at(head, w))
		v.set(head, w, b, heading, back)
	}
}

func (v *lattice) set(r role, w int, b best, gain float64, back []int16) {
	s := v.at(r, w)
	v.next[s] = b.score + gain
	back[s] = b.state
}

func (v *lattice) trace(lines []*line) []labelled {
	out := make([]labelled, len(lines))
	if len(lines) == 0 {
		return out
	}
	last := best{score: impossiblyBad}
	for w := range v.k {
		l := lines[len(lines)-1]
		last.offer(v.score[v.at(head, w)], v.at(head, w))
		last.offer(v.score[v.at(para, w)]+v.m.closing(l, w, true), v.at(para, w))
		last.offer(v.score[v.at(cont, w)]+v.m.closing(l, w, false), v.at(cont, w))
	}
	s := last.state
	for i := len(lines) - 1; i >= 0; i-- {
		out[i] = labelled{role: role(int(s) / v.k), width: v.m.widths[int(s)%v.k]}
		s = v.back[i][s]
	}
	return out
}

// junctionOf says how well the end of one line goes on at the beginning of the
// next.
func junctionOf(before, after string) float64 {
	return junction.Score(lastRune(before), firstRune(after))
}
