package eval

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/document"
	"broadsheet/services/parse/segment"
)

// Report is the outcome of many pages: all together, by family, and page by page.
type Report struct {
	All      Figures            `json:"all"`
	Families map[string]Figures `json:"families"`
	Pages    []Page             `json:"pages"`
}

// Figures are rates from counts. A rate of nothing asked is 1.
type Figures struct {
	Precision        [3]float64 `json:"precision"` // of articles at line IoU .5, .8, .95
	Recall           [3]float64 `json:"recall"`
	F1               [3]float64 `json:"f1"`
	HeadlineAccuracy float64    `json:"headlineAccuracy"`
	HeadlinesMade    int        `json:"headlinesMade"` // invented
	DisplayRecall    float64    `json:"displayRecall"` // of kickers and decks
	BylineAccuracy   float64    `json:"bylineAccuracy"`
	DatelineAccuracy float64    `json:"datelineAccuracy"`
	CaptionAccuracy  float64    `json:"captionAccuracy"`
	BodyErrorRate    float64    `json:"bodyErrorRate"`  // edit distance over gold characters
	FoundErrorRate   float64    `json:"foundErrorRate"` // the same of the articles found at IoU .5
	CalibrationError float64    `json:"calibrationError"`
	Counts           Counts     `json:"counts"`
}

// Segmenter turns lines into articles.
type Segmenter interface {
	Segment(lines []document.Line, o segment.Options) segment.Page
}

// Run decodes and segments every case and compares.
func Run(ctx context.Context, cases []Case, s Segmenter) (Report, error) {
	var pages []Page
	for _, c := range cases {
		d, err := document.Decode(ctx, c.Text, "text/plain", "")
		if err != nil {
			return Report{}, fmt.Errorf("page %s: %w", c.Name, err)
		}
		// The gold of old pages may name what is no slug: then only the date counts.
		key := newspaper.PageKey{Date: c.Gold.Date}
		got := s.Segment(d.Lines, segment.Options{Key: key})
		pages = append(pages, Compare(c.Name, d.Lines, c.Gold, got))
	}
	return NewReport(pages), nil
}

// NewReport sums pages up.
func NewReport(pages []Page) Report {
	r := Report{Families: map[string]Figures{}, Pages: pages}
	var all Counts
	families := map[string]*Counts{}
	for _, p := range pages {
		all.add(p.Counts)
		if families[p.Family] == nil {
			families[p.Family] = &Counts{}
		}
		families[p.Family].add(p.Counts)
	}
	r.All = all.figures()
	for name, c := range families {
		r.Families[name] = c.figures()
	}
	return r
}

func (c *Counts) add(o Counts) {
	for _, pair := range [][2]*int{
		{&c.Pages, &o.Pages}, {&c.GoldArticles, &o.GoldArticles}, {&c.Articles, &o.Articles},
		{&c.Found[0], &o.Found[0]}, {&c.Found[1], &o.Found[1]}, {&c.Found[2], &o.Found[2]},
		{&c.HeadlineAsked, &o.HeadlineAsked}, {&c.HeadlineRight, &o.HeadlineRight}, {&c.HeadlineMade, &o.HeadlineMade},
		{&c.DisplayAsked, &o.DisplayAsked}, {&c.DisplayRight, &o.DisplayRight},
		{&c.BylineAsked, &o.BylineAsked}, {&c.BylineRight, &o.BylineRight},
		{&c.DatelineAsked, &o.DatelineAsked}, {&c.DatelineRight, &o.DatelineRight},
		{&c.CaptionAsked, &o.CaptionAsked}, {&c.CaptionRight, &o.CaptionRight},
		{&c.BodyCharacters, &o.BodyCharacters}, {&c.BodyErrors, &o.BodyErrors},
		{&c.FoundCharacters, &o.FoundCharacters}, {&c.FoundErrors, &o.FoundErrors},
		{&c.SpuriousSpaces, &o.SpuriousSpaces}, {&c.LostLines, &o.LostLines},
	} {
		*pair[0] += *pair[1]
	}
	for i := range c.Calibration {
		c.Calibration[i].Articles += o.Calibration[i].Articles
		c.Calibration[i].Confidence += o.Calibration[i].Confidence
		c.Calibration[i].Right += o.Calibration[i].Right
	}
}

func (c Counts) figures() Figures {
	f := Figures{
		HeadlineAccuracy: rate(c.HeadlineRight, c.HeadlineAsked),
		HeadlinesMade:    c.HeadlineMade,
		DisplayRecall:    rate(c.DisplayRight, c.DisplayAsked),
		BylineAccuracy:   rate(c.BylineRight, c.BylineAsked),
		DatelineAccuracy: rate(c.DatelineRight, c.DatelineAsked),
		CaptionAccuracy:  rate(c.CaptionRight, c.CaptionAsked),
		BodyErrorRate:    1 - rate(c.BodyCharacters-c.BodyErrors, c.BodyCharacters),
		FoundErrorRate:   1 - rate(c.FoundCharacters-c.FoundErrors, c.FoundCharacters),
		Counts:           c,
	}
	for i, n := range c.Found {
		f.Precision[i], f.Recall[i] = rate(n, c.Articles), rate(n, c.GoldArticles)
		f.F1[i] = rate(2*n, c.Articles+c.GoldArticles)
	}
	total := 0
	for _, b := range c.Calibration {
		total += b.Articles
		off := b.Confidence - float64(b.Right)
		f.CalibrationError += max(off, -off)
	}
	if total > 0 {
		f.CalibrationError /= float64(total)
	}
	return f
}

func rate(n, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(n) / float64(of)
}

// WriteTable writes the figures of all families for people.
func (r Report) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "family\tpages\tarticles\tF1 .5\tF1 .8\tF1 .95\theadline\tmade\tkicker+deck\tbyline\tdateline\tcaption\tbody CER\tof found\tspaces\tlost\tECE\t")
	row := func(name string, f Figures) {
		fmt.Fprintf(t, "%s\t%d\t%d\t%.3f\t%.3f\t%.3f\t%.3f\t%d\t%.3f\t%.3f\t%.3f\t%.3f\t%.4f\t%.4f\t%d\t%d\t%.3f\t\n",
			name, f.Counts.Pages, f.Counts.GoldArticles, f.F1[0], f.F1[1], f.F1[2], f.HeadlineAccuracy, f.HeadlinesMade,
			f.DisplayRecall, f.BylineAccuracy, f.DatelineAccuracy, f.CaptionAccuracy, f.BodyErrorRate, f.FoundErrorRate,
			f.Counts.SpuriousSpaces, f.Counts.LostLines, f.CalibrationError)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Families)) {
		row(name, r.Families[name])
	}
	row("all", r.All)
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	return nil
}
