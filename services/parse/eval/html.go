package eval

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/document"
)

//go:embed report.html
var reportPage string

var reportTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"percent": func(x float64) string { return fmt.Sprintf("%.1f", 100*x) },
	"mille":   func(x float64) string { return fmt.Sprintf("%.2f ‰", 1000*x) },
	"div": func(sum float64, n int) float64 {
		if n == 0 {
			return 0
		}
		return sum / float64(n)
	},
	"intdiv": func(a, n int) float64 { return rate(a, max(n, 1)) },
	"bin":    func(i int) string { return fmt.Sprintf(".%d–.%d", i, i+1) },
}).Parse(reportPage))

type htmlFamily struct {
	Name string
	Figures
}

type htmlLine struct {
	Number     int
	Text       string
	Gold, Got  string // what the line is: article and part
	GoldColour int    // 0 none, 1 to 12
	GotColour  int
	Differs    bool
}

type htmlPage struct {
	Page
	Figures Figures
	Lines   []htmlLine
}

// WriteHTML writes the report as one page that needs nothing else: the figures,
// the reliability of the confidences, and every page with gold and result side by
// side, an article a colour.
func (r Report) WriteHTML(w io.Writer) error {
	data := struct {
		All      Figures
		Families []htmlFamily
		Pages    []htmlPage
	}{All: r.All}
	for _, name := range slices.Sorted(maps.Keys(r.Families)) {
		data.Families = append(data.Families, htmlFamily{name, r.Families[name]})
	}
	for _, p := range r.Pages {
		data.Pages = append(data.Pages, htmlPage{p, p.Counts.figures(), p.sideBySide()})
	}
	if err := reportTemplate.Execute(w, data); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// colours is how many colours articles take turns in.
const colours = 12

// sideBySide says for each line what it is in the gold and in the result.
func (p Page) sideBySide() []htmlLine {
	m := newMatcher(p.lines, p.gold, p.got)
	gold, got := owners(p.lines, p.gold.Articles), owners(p.lines, p.got.Articles)
	colourOf := make(map[int]int) // of answers
	next := len(p.gold.Articles)
	for h := range p.got.Articles {
		if g := m.goldOf(h); g >= 0 {
			colourOf[h] = g%colours + 1
		} else {
			colourOf[h] = next%colours + 1
			next++
		}
	}
	out := make([]htmlLine, 0, len(p.lines))
	for i, l := range p.lines {
		if l.Blank() {
			continue
		}
		line := htmlLine{Number: l.Number, Text: l.Text}
		line.Gold, line.GoldColour = name(l, gold[i], p.gold.Furniture, p.gold.Neutral, p.gold.Ads)
		line.Got, line.GotColour = name(l, got[i], p.got.Furniture, nil, nil)
		if got[i] >= 0 {
			line.GotColour = colourOf[got[i]]
		}
		free := covers(p.gold.Neutral, l.Number) || covers(p.gold.Ads, l.Number)
		line.Differs = !free && line.GoldColour != line.GotColour
		out = append(out, line)
	}
	return out
}

func name(l document.Line, owner int, furniture, neutral, ads []newspaper.LineRange) (string, int) {
	switch {
	case owner >= 0:
		return fmt.Sprint(owner + 1), owner%colours + 1
	case covers(furniture, l.Number):
		return "furniture", 0
	case covers(neutral, l.Number):
		return "neutral", 0
	case covers(ads, l.Number):
		return "advertisement", 0
	}
	return "rest", 0
}
