package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"broadsheet/services/parse/segment"
)

// explain writes what the lines of a page were taken for: one JSON object a line,
// or a table for people.
func explain(w io.Writer, lines []segment.Explanation, pretty bool) error {
	out := bufio.NewWriter(w)
	for _, e := range lines {
		if !pretty {
			if err := writeJSON(out, e); err != nil {
				return err
			}
			continue
		}
		article := "–"
		if e.Article > 0 {
			article = fmt.Sprint(e.Article)
		}
		odds := ""
		if e.RunnerUp != "" {
			odds = fmt.Sprintf("%3.0f %%, else %s", 100*e.Chance, e.RunnerUp)
		}
		var reasons []string
		for _, v := range e.Evidence {
			reasons = append(reasons, fmt.Sprintf("%s %+.1f", v.Feature, v.Weight))
		}
		if _, err := fmt.Fprintf(out, "%5d  %3s  %-12s %-24s %s\n", e.Line, article, e.Is, odds, printable(e.Text)); err != nil {
			return err
		}
		if len(reasons) > 0 {
			if _, err := fmt.Fprintf(out, "%13s%s\n", "", strings.Join(reasons, ", ")); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}
