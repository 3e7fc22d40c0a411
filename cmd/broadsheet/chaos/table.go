package main

import (
	"fmt"
	"slices"
	"strings"
)

// table is the results as Markdown, one line for each fault.
func table(all []result) string {
	var b strings.Builder
	b.WriteString("| fault | seeds | pages | articles | kills | waiting then | seconds until all queues are empty (median, worst) | until all is settled and counted | deliveries each | dead letters | lost, doubled, wrong |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|---|---|\n")
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
	var caught, settled []float64
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
		caught = append(caught, r.caught.Seconds())
		settled = append(settled, r.recovered.Seconds())
		seeds = append(seeds, fmt.Sprint(r.seed))
	}
	worst := func(seconds []float64) string {
		slices.Sort(seconds)
		return fmt.Sprintf("%.1f, %.1f", seconds[len(seconds)/2], seconds[len(seconds)-1])
	}
	return fmt.Sprintf("| %s: %s | %s | %d | %d | %d | %d | %s | %s | %.3f | %d | %d |\n", sum.fault.name, sum.fault.about, strings.Join(seeds, " "),
		sum.pages, sum.articles, sum.kills, sum.waiting, worst(caught), worst(settled), ratio, sum.dead, wrong)
}
