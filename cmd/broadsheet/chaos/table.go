package main

import (
	"fmt"
	"slices"
	"strings"
)

// table is the results as Markdown, one line for each fault.
func table(all []result) string {
	var b strings.Builder
	b.WriteString("| fault | seeds | pages | articles | kills | waiting then | seconds until settled (median, worst) | deliveries each | dead letters | lost, doubled, wrong |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|---|\n")
	for _, name := range names() {
		var of []result
		for _, r := range all {
			if r.fault.name == name {
				of = append(of, r)
			}
		}
		if len(of) > 0 {
			b.WriteString(row(of))
		}
	}
	return b.String()
}

// row is a line of the table: sums over the seeds, and the worst.
func row(of []result) string {
	sum := result{fault: of[0].fault}
	var seconds []float64
	var seeds []string
	ratio, wrong := 0.0, 0
	for _, r := range of {
		sum.pages += r.pages
		sum.articles += r.articles
		sum.kills += r.kills
		sum.dead += r.dead
		sum.waiting = max(sum.waiting, r.waiting)
		ratio = max(ratio, r.ratio())
		wrong += len(r.wrong)
		seconds = append(seconds, r.recovered.Seconds())
		seeds = append(seeds, fmt.Sprint(r.seed))
	}
	slices.Sort(seconds)
	return fmt.Sprintf("| %s: %s | %s | %d | %d | %d | %d | %.1f, %.1f | %.3f | %d | %d |\n", sum.fault.name, sum.fault.about, strings.Join(seeds, " "),
		sum.pages, sum.articles, sum.kills, sum.waiting, seconds[len(seconds)/2], seconds[len(seconds)-1], ratio, sum.dead, wrong)
}
