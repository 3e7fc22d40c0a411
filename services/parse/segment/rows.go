package segment

// Extractors that read a page in rows give the headlines of a row's articles first and
// their bodies after them, in the same order. The cut knows of headlines beside their
// bodies only: of such a row it gives the first body the last headline, or lines of
// several. Here a run of display lines over bodies without a headline is dealt out
// anew, where that is likelier.

const (
	mostRowHeads  = 24 // display lines of one row
	mostRowBodies = 8
	rowApart      = -1.5 // weight of a headline over another body than its own
)

// rows deals the headlines of rows out.
func (c *cutter) rows(spans []span) []span {
	var out []span
	for i := 0; i < len(spans); {
		r := c.rowAt(spans, i)
		if r == nil {
			out = append(out, spans[i])
			i++
			continue
		}
		out = append(out, r.deal()...)
		i = r.end
	}
	return out
}

// row is a run of display lines [from, to), and the bodies under it.
type row struct {
	c        *cutter
	from, to int
	bodies   []span
	first    []int // their first paragraphs
	paras    []int // and how many each has
	end      int   // of its spans
}

// rowAt is the row that begins with a span; nil when none does.
func (c *cutter) rowAt(spans []span, i int) *row {
	if i > 0 && spans[i-1].place < 0 {
		return nil
	}
	r := &row{c: c, from: spans[i].from}
	for i < len(spans) && spans[i].place < 0 {
		i++
	}
	if i == len(spans) || spans[i].place != before && spans[i].place != nowhere {
		return nil
	}
	r.to = c.firstPara(&spans[i])
	for ; i < len(spans) && len(r.bodies) < mostRowBodies && spans[i].place >= 0; i++ {
		s := spans[i]
		if len(r.bodies) > 0 && s.place != nowhere {
			break
		}
		first := c.firstPara(&s)
		s.from = first
		r.bodies, r.first, r.paras = append(r.bodies, s), append(r.first, first), append(r.paras, c.paragraphs(&s))
	}
	r.end = i
	if n := r.to - r.from; n < 2 || n > mostRowHeads || len(r.bodies) < 2 {
		return nil
	}
	return r
}

func (c *cutter) firstPara(s *span) int {
	first := s.from
	for c.seq[first].kind == headBlock {
		first++
	}
	return first
}

// dealt is the best way to deal out the lines and bodies up to a place: what the last
// step took.
type dealt struct {
	score float64
	lines int  // of the last step
	body  bool // it took a body
}

// deal returns the row's spans with the headlines dealt out in the likeliest way.
func (r *row) deal() []span {
	c, n, m := r.c, r.to-r.from, len(r.bodies)
	ways := make([][]dealt, n+1)
	for x := range ways {
		ways[x] = make([]dealt, m+1)
		for y := range ways[x] {
			best := &ways[x][y]
			best.score = impossible
			if x == 0 && y == 0 {
				best.score = 0
				continue
			}
			offer := func(from *dealt, gain float64, lines int, body bool) {
				if s := from.score + gain; s > best.score {
					*best = dealt{s, lines, body}
				}
			}
			if x > 0 {
				offer(&ways[x-1][y], c.orphan[r.from+x-1], 1, false)
			}
			if y == 0 {
				continue
			}
			offer(&ways[x][y-1], c.bare[r.first[y-1]][min(r.paras[y-1], 4)-1], 0, true)
			for lines := 1; lines <= min(x, mostHeads); lines++ {
				offer(&ways[x-lines][y-1], r.headed(x-lines, x, y-1), lines, true)
			}
		}
	}
	var out []span
	for x, y := n, m; x > 0 || y > 0; {
		step := ways[x][y]
		if !step.body {
			out = append(out, span{from: r.from + x - 1, to: r.from + x, place: -1})
			x--
			continue
		}
		y--
		s := r.bodies[y]
		s.heads, s.place = [2]int{}, nowhere
		if step.lines > 0 {
			s.heads, s.place = [2]int{r.from + x - step.lines, r.from + x}, before
			if y == 0 && x == n {
				s.from = s.heads[0]
			}
		}
		out = append(out, s)
		x -= step.lines
	}
	for i, k := 0, len(out)-1; i < k; i, k = i+1, k-1 {
		out[i], out[k] = out[k], out[i]
	}
	return out
}

// headed is the score of lines [from, to) of the row as the headline of a body.
func (r *row) headed(from, to, body int) float64 {
	c := r.c
	score := c.torn[r.from+from] + c.w.sum(c.headFeatures(c.buffer[:0], r.from+from, r.from+to, r.first[body], r.paras[body], before))
	if body > 0 || to < r.to-r.from {
		score += rowApart
	}
	return score
}
