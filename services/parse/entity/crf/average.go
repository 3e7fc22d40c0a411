package crf

import "math"

// Average is the model whose weights are the mean of those of several models for
// the same lexicon; a feature that a model lacks weighs nothing there. Each model
// of the same texts is lucky and unlucky in other places: the mean is steadier
// than any of them, and no slower. Features whose mean weights hardly count are
// left out.
func Average(models []*Model) *Model {
	const least = 0.05
	var keys []uint32
	var weights []int8
	next := make([]int, len(models)) // the first key of each model that is not yet taken
	for {
		key, some := uint32(0), false
		for i, m := range models {
			if next[i] < len(m.keys) && (!some || m.keys[next[i]] < key) {
				key, some = m.keys[next[i]], true
			}
		}
		if !some {
			break
		}
		var sum [Labels]int
		for i, m := range models {
			if next[i] == len(m.keys) || m.keys[next[i]] != key {
				continue
			}
			for l, w := range m.weights[next[i]*Labels : (next[i]+1)*Labels] {
				sum[l] += int(w)
			}
			next[i]++
		}
		var highest float64
		var row [Labels]int8
		for l, w := range sum {
			mean := float64(w) / float64(len(models))
			highest = max(highest, math.Abs(mean)*quantum)
			row[l] = int8(math.Round(mean))
		}
		if highest >= least {
			keys, weights = append(keys, key), append(weights, row[:]...)
		}
	}
	var transitions [Labels][Labels]int32
	for a := range Labels {
		for b := range Labels {
			sum := 0.0
			for _, m := range models {
				sum += float64(m.transitions[a][b])
			}
			transitions[a][b] = int32(math.Round(sum / float64(len(models))))
		}
	}
	return newModel(models[0].lex, keys, weights, transitions)
}
