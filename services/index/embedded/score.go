package embedded

import (
	"math"

	"broadsheet/services/index/search"
)

// The parameters of BM25, as everywhere.
const (
	k1 = 1.2
	b  = 0.75
)

// typical are lengths of texts in terms. Scores compare a text's length with them;
// were they counted, the order would change with every article that arrives.
var typical = map[string]float64{search.FieldHeadline: 20, search.FieldBody: 400, search.FieldCaption: 40, search.FieldByline: 6}

// scoring is BM25 of a term or a phrase.
type scoring struct {
	statistics *statistics
	number     int     // of the term in the query
	typical    float64 // length of its field; 0: lengths do not count
}

func (p *part) scoring(having uint64, typical float64) scoring {
	return scoring{p.statistics, p.number(having), typical}
}

// rarity is how much the term counts, the less documents have it the more.
func (s scoring) rarity() float64 {
	all, having := float64(s.statistics.documents), float64(s.statistics.having[s.number])
	return math.Log1p((max(all, having) - having + 0.5) / (having + 0.5))
}

// saturation is what a number of times in a text of a length counts, from 0 to 1.
func (s scoring) saturation(times, length float64) float64 {
	if s.typical == 0 {
		return times / (times + k1)
	}
	return times / (times + k1*(1-b+b*length/s.typical))
}
