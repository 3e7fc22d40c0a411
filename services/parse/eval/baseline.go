package eval

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
)

// ReadReport reads a report written as JSON.
func ReadReport(r io.Reader) (Report, error) {
	var report Report
	if err := json.NewDecoder(r).Decode(&report); err != nil {
		return report, fmt.Errorf("read the baseline: %w", err)
	}
	return report, nil
}

// Change is a figure that differs from the baseline's.
type Change struct {
	Scope  string  `json:"scope"` // "all", a family, or a page
	Figure string  `json:"figure"`
	Was    float64 `json:"was"`
	Is     float64 `json:"is"`
	Worse  bool    `json:"worse"`
}

// figure reads one number out of Figures.
type figure struct {
	name    string
	of      func(Figures) float64
	lowIsOK bool // smaller is better
}

var figures = []figure{
	{"F1 at .5", func(f Figures) float64 { return f.F1[0] }, false},
	{"F1 at .8", func(f Figures) float64 { return f.F1[1] }, false},
	{"F1 at .95", func(f Figures) float64 { return f.F1[2] }, false},
	{"headline accuracy", func(f Figures) float64 { return f.HeadlineAccuracy }, false},
	{"headlines invented", func(f Figures) float64 { return float64(f.HeadlinesMade) }, true},
	{"kicker and deck recall", func(f Figures) float64 { return f.DisplayRecall }, false},
	{"byline accuracy", func(f Figures) float64 { return f.BylineAccuracy }, false},
	{"dateline accuracy", func(f Figures) float64 { return f.DatelineAccuracy }, false},
	{"caption accuracy", func(f Figures) float64 { return f.CaptionAccuracy }, false},
	{"body error rate", func(f Figures) float64 { return f.BodyErrorRate }, true},
	{"body error rate of found", func(f Figures) float64 { return f.FoundErrorRate }, true},
	{"spurious spaces", func(f Figures) float64 { return float64(f.Counts.SpuriousSpaces) }, true},
	{"lost lines", func(f Figures) float64 { return float64(f.Counts.LostLines) }, true},
	{"calibration error", func(f Figures) float64 { return f.CalibrationError }, true},
}

// tolerance below which a difference of rates is none.
const tolerance = 1e-9

// Against lists what differs from a baseline, worse things first: for all pages,
// for every family, and for every page that both reports have.
func (r Report) Against(baseline Report) []Change {
	out := changes("all", baseline.All, r.All)
	for _, name := range slices.Sorted(maps.Keys(r.Families)) {
		if was, ok := baseline.Families[name]; ok {
			out = append(out, changes(name, was, r.Families[name])...)
		}
	}
	before := map[string]Counts{}
	for _, p := range baseline.Pages {
		before[p.Name] = p.Counts
	}
	for _, p := range r.Pages {
		if was, ok := before[p.Name]; ok {
			out = append(out, changes(p.Name, was.figures(), p.Counts.figures())...)
		}
	}
	slices.SortStableFunc(out, func(a, b Change) int { return cmp.Compare(order(a), order(b)) })
	return out
}

func order(c Change) int {
	if c.Worse {
		return 0
	}
	return 1
}

func changes(scope string, was, is Figures) []Change {
	var out []Change
	for _, f := range figures {
		a, b := f.of(was), f.of(is)
		if d := b - a; d > tolerance || d < -tolerance {
			out = append(out, Change{scope, f.name, a, b, d < 0 != f.lowIsOK})
		}
	}
	return out
}

// WriteChanges writes changes for people: what got worse, then how many things got
// better.
func WriteChanges(w io.Writer, changes []Change) error {
	better := 0
	for _, c := range changes {
		if !c.Worse {
			better++
			continue
		}
		if _, err := fmt.Fprintf(w, "worse  %-24s %-24s %.4f → %.4f\n", c.Scope, c.Figure, c.Was, c.Is); err != nil {
			return fmt.Errorf("write the changes: %w", err)
		}
	}
	if _, err := fmt.Fprintf(w, "%d figures got worse, %d better\n", len(changes)-better, better); err != nil {
		return fmt.Errorf("write the changes: %w", err)
	}
	return nil
}
