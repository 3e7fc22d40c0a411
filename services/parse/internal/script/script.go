// Package script maps characters between simplified and traditional script, one
// for one: enough to recognise words, not to translate.
//
// The pairs are the common ones of OpenCC's character table (Apache License 2.0,
// BYVoid and contributors) that have one counterpart.
package script

import (
	_ "embed"
	"strings"
)

//go:embed traditional.txt
var table string

const (
	first = 0x4E00
	last  = 0x9FFF
)

var toTraditional, toSimplified = func() (t, s [last - first + 1]uint16) {
	lines := strings.Fields(table)
	from, to := []rune(lines[0]), []rune(lines[1])
	for i, r := range from {
		if min(r, to[i]) < first || max(r, to[i]) > last {
			continue
		}
		t[r-first] = uint16(to[i])
		s[to[i]-first] = uint16(r)
	}
	for _, v := range []string{"爲为", "為为", "裏里", "衆众", "甯宁", "峯峰", "羣群", "邨村", "疎疏", "啓启", "綫线"} {
		r := []rune(v)
		s[r[0]-first] = uint16(r[1])
	}
	return t, s
}()

// Traditional is the character in traditional script, or itself.
func Traditional(r rune) rune {
	if r >= first && r <= last && toTraditional[r-first] != 0 {
		return rune(toTraditional[r-first])
	}
	return r
}

// Simplified is the character in simplified script, or itself.
func Simplified(r rune) rune {
	if r >= first && r <= last && toSimplified[r-first] != 0 {
		return rune(toSimplified[r-first])
	}
	return r
}
