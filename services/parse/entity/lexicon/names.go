package lexicon

import (
	"maps"
	"math"
	"slices"
	"strings"
)

// Roles of a character in names, in the order of NameChar's bits.
const (
	familyRole = iota
	firstRole
	secondRole
	foreignRole
	roles
)

// nameCounts counts how often characters have each role in names, and how often
// they stand in words at all.
type nameCounts struct {
	role  [roles]map[rune]float64
	total [roles]float64
	any   map[rune]float64
	all   float64
}

func newNameCounts() nameCounts {
	c := nameCounts{any: map[rune]float64{}}
	for i := range c.role {
		c.role[i] = map[rune]float64{}
	}
	return c
}

func (c *nameCounts) add(role int, r rune, n float64) {
	c.role[role][r] += n
	c.total[role] += n
}

// see counts a word of a frequency list. Names count once each, so that a few
// often printed ones don't decide.
func (c *nameCounts) see(word, tag string, frequency float64) {
	chars := []rune(word)
	if tag == "nr" && len(chars) == 3 {
		c.add(familyRole, chars[0], 1)
		c.add(firstRole, chars[1], 1)
		c.add(secondRole, chars[2], 1)
	}
	if strings.HasPrefix(tag, "nr") {
		return
	}
	for _, r := range chars {
		c.any[r] += frequency
		c.all += frequency
	}
}

func (c *nameCounts) foreign(name string) {
	for _, r := range name {
		c.add(foreignRole, r, 1)
	}
}

// level is 0 to 3 for how much more often a character has a role than it stands
// in words.
func (c *nameCounts) level(role int, r rune) uint8 {
	n := c.role[role][r]
	if n < 2 {
		return 0
	}
	odds := math.Log(n / c.total[role] * c.all / (c.any[r] + 20))
	switch {
	case odds > 1.2:
		return 3
	case odds > -0.7:
		return 2
	}
	return 1
}

func (c *nameCounts) pack() string {
	chars := map[rune]bool{}
	for _, counts := range c.role {
		for r := range counts {
			chars[r] = true
		}
	}
	var out strings.Builder
	for _, r := range slices.Sorted(maps.Keys(chars)) {
		var b uint8
		for role := range roles {
			b |= c.level(role, r) << (2 * role)
		}
		if b != 0 {
			out.WriteRune(r)
			out.WriteRune(rune(b))
		}
	}
	return out.String()
}

// nameTable is the inverse of pack.
func nameTable(packed string) []uint8 {
	table := make([]uint8, 1<<16)
	chars := []rune(packed)
	for i := 0; i+1 < len(chars); i += 2 {
		if chars[i] < 1<<16 {
			table[chars[i]] = uint8(chars[i+1])
		}
	}
	return table
}
