package crf

import "math"

// chain runs forward-backward over one text: node and edge are the marginal
// probabilities of labels and, summed over the text, of label pairs.
type chain struct {
	emit           [][Labels]float64 // exp of each label's score, up to a factor for each character
	node           [][Labels]float64
	edge           [Labels][Labels]float64
	forward        [][Labels]float64
	pass           [Labels][Labels]float64
	after, message [Labels]float64
}

// run fills node and edge. With sets, only the labels in them are possible.
func (c *chain) run(transitions *[Labels][Labels]float64, scale float64, sets []uint32) {
	n := len(c.emit)
	c.node, c.forward = grow(c.node, n), grow(c.forward, n)
	c.edge = [Labels][Labels]float64{}
	for b := range Labels {
		for _, a := range predecessors[b] {
			c.pass[a][b] = math.Exp(transitions[a][b] * scale)
		}
	}
	for i := range n {
		c.ahead(i, possible(sets, i, n))
	}
	for l := range c.after {
		c.after[l] = 1
	}
	for i := n - 1; i >= 0; i-- {
		c.behind(i, possible(sets, i, n))
	}
}

func possible(sets []uint32, i, n int) uint32 {
	set := ^uint32(0)
	if sets != nil {
		set = sets[i]
	}
	if i == 0 {
		set &= canStart
	}
	if i == n-1 {
		set &= canEnd
	}
	return set
}

// ahead computes the forward probabilities of character i, normalised.
func (c *chain) ahead(i int, set uint32) {
	var sum float64
	f := &c.forward[i]
	for b := range Labels {
		if set>>b&1 == 0 {
			continue
		}
		v := 1.0
		if i > 0 {
			v = 0
			for _, a := range predecessors[b] {
				v += c.forward[i-1][a] * c.pass[a][b]
			}
		}
		f[b] = v * c.emit[i][b]
		sum += f[b]
	}
	if sum > 0 {
		for b := range f {
			f[b] /= sum
		}
	}
}

// behind computes the marginals of character i and of the pair with the one
// after it, and passes the backward message on.
func (c *chain) behind(i int, set uint32) {
	var sum float64
	p := &c.node[i]
	for l := range p {
		p[l] = c.forward[i][l] * c.after[l]
		sum += p[l]
	}
	if sum == 0 {
		return
	}
	for l := range p {
		p[l] /= sum
	}
	if i == 0 {
		return
	}
	var total float64
	c.message = [Labels]float64{}
	for b := range Labels {
		if set>>b&1 == 0 {
			continue
		}
		out := c.emit[i][b] * c.after[b]
		for _, a := range predecessors[b] {
			c.message[a] += c.pass[a][b] * out
			total += c.forward[i-1][a] * c.pass[a][b] * out
		}
	}
	if total == 0 {
		return
	}
	for b := range Labels {
		if set>>b&1 == 0 {
			continue
		}
		out := c.emit[i][b] * c.after[b] / total
		for _, a := range predecessors[b] {
			c.edge[a][b] += c.forward[i-1][a] * c.pass[a][b] * out
		}
	}
	// Only ratios matter: keep the message in range.
	var highest float64
	for _, v := range c.message {
		highest = max(highest, v)
	}
	for l := range c.message {
		c.after[l] = c.message[l] / highest
	}
}
