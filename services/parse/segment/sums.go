package segment

import "math"

// sums are the log sums over all cuts of a page's blocks before and from each.
type sums struct {
	forward, backward [styles][]float64
	total             float64
}

// sumUp sums over all cuts.
func (c *cutter) sumUp() *sums {
	edges := make([][]choice, len(c.seq)+1)
	for j := 1; j <= len(c.seq); j++ {
		c.choices(j, true, nil, func(ch *choice) { edges[j] = append(edges[j], *ch) })
	}
	return c.sumOver(edges)
}

// sumOver sums over all cuts of the given spans, by end.
func (c *cutter) sumOver(edges [][]choice) *sums {
	n := len(c.seq)
	s := &sums{total: impossible}
	for t := range styles {
		s.forward[t], s.backward[t] = c.m.desk.scores.take(n+1), c.m.desk.scores.take(n+1)
		for i := range n + 1 {
			s.forward[t][i], s.backward[t][i] = impossible, impossible
		}
		s.forward[t][0], s.backward[t][n] = c.w[gStyle+feature(t)], 0
	}
	for j := 1; j <= n; j++ {
		for t := range styles {
			f := impossible
			if c.seq[j-1].kind == headBlock {
				f = s.forward[t][j-1] + c.orphan[j-1]
			}
			for k := range edges[j] {
				ch := &edges[j][k]
				ch.sum[t] = c.styled(ch, t)
				f = logAdd(f, s.forward[t][ch.from]+ch.sum[t])
			}
			s.forward[t][j] = f
		}
	}
	for j := n; j >= 1; j-- {
		for t := range styles {
			b := s.backward[t][j]
			if c.seq[j-1].kind == headBlock {
				s.backward[t][j-1] = logAdd(s.backward[t][j-1], b+c.orphan[j-1])
			}
			for k := range edges[j] {
				ch := &edges[j][k]
				s.backward[t][ch.from] = logAdd(s.backward[t][ch.from], b+ch.sum[t])
			}
		}
	}
	for t := range styles {
		s.total = logAdd(s.total, s.forward[t][n])
	}
	return s
}

// styled sums a choice over its places in a style.
func (c *cutter) styled(ch *choice, style int) float64 {
	s := impossible
	for p, score := range ch.score {
		if score > impossible {
			s = logAdd(s, score+c.w[gPlace+feature(style*places+p)])
		}
	}
	return s
}

// chances fills the probability of every span of the best cut, and of every paragraph
// that a span begins with it.
func (c *cutter) chances(spans []span) {
	const next = 6 // below the total in logs: as good as nothing
	s := c.sumOver(c.edges)
	for k := range spans {
		sp := &spans[k]
		if sp.place < 0 {
			continue
		}
		log := impossible
		for t := range styles {
			log = logAdd(log, s.forward[t][sp.from]+sp.score+c.w[gPlace+feature(t*places+sp.place)]+s.backward[t][sp.to])
		}
		sp.chance = exp(log - s.total)
	}
	c.begins = c.m.desk.scores.take(len(c.seq))
	for j, row := range c.edges {
		for k := range row {
			ch := &row[k]
			first := ch.from
			if c.seq[first].kind == headBlock {
				first = c.nextPara[first]
			}
			for t := range styles {
				if log := s.forward[t][ch.from] + ch.sum[t] + s.backward[t][j] - s.total; log > -next {
					c.begins[first] += exp(log)
				}
			}
		}
	}
}

func exp(x float64) float64 { return math.Exp(x) }
