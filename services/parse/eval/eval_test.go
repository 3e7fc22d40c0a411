package eval

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/document"
	"broadsheet/services/parse/segment"
)

const text = "甲\n乙一乙二。\n乙三。\n\n第1版\n丙\n丁。\n图为戊。\n"

func gold() Gold {
	return Gold{
		Date: "2025-04-18", Page: "1", Family: "made",
		Articles: []newspaper.Article{
			article("甲", "乙一乙二。\n乙三。", 1, 3),
			article("丙", "丁。", 6, 7),
			{Type: newspaper.TypePicture, Descriptions: []newspaper.Description{{Role: "caption", Value: "图为戊。"}}, Print: newspaper.Print{Lines: []newspaper.LineRange{{8, 8}}}},
		},
		Furniture: []newspaper.LineRange{{5, 5}},
	}
}

func article(headline, body string, first, last int) newspaper.Article {
	a := newspaper.Article{Type: newspaper.TypeText, Print: newspaper.Print{Lines: []newspaper.LineRange{{first, last}}, Confidence: .9}}
	if headline != "" {
		a.Headlines = []newspaper.Headline{{Role: newspaper.Main, Value: headline}}
	}
	a.Bodies = []newspaper.Body{{Role: "main", Value: body}}
	return a
}

func compare(articles ...newspaper.Article) Page {
	return Compare("page", document.Lines(text), gold(), segment.Page{Articles: articles, Furniture: []newspaper.LineRange{{5, 5}}})
}

func TestPerfect(t *testing.T) {
	f := compare(gold().Articles...).Counts.figures()
	if f.F1 != [3]float64{1, 1, 1} || f.HeadlineAccuracy != 1 || f.CaptionAccuracy != 1 || f.BodyErrorRate != 0 || f.Counts.LostLines != 0 {
		t.Errorf("%+v", f)
	}
}

func TestFaultsAreCounted(t *testing.T) {
	// The first article lacks its last line, the second has an invented headline's
	// place taken by nothing, the picture is lost.
	second := article("", "丁。 ", 6, 7)
	second.Bodies[0].Value = "丁 。"
	p := compare(article("甲", "乙一乙二。", 1, 2), second)
	c := p.Counts
	if c.Found != [3]int{2, 1, 1} || c.Articles != 2 || c.GoldArticles != 3 {
		t.Errorf("found %v of %d, %d given", c.Found, c.GoldArticles, c.Articles)
	}
	if c.HeadlineRight != 1 || c.HeadlineAsked != 2 || c.HeadlineMade != 0 {
		t.Errorf("headlines: %+v", c)
	}
	if c.LostLines != 2 || c.CaptionRight != 0 || c.SpuriousSpaces != 1 || c.BodyErrors != 5 {
		t.Errorf("lost %d, captions %d, spaces %d, body errors %d", c.LostLines, c.CaptionRight, c.SpuriousSpaces, c.BodyErrors)
	}
	if len(p.Faults) == 0 {
		t.Error("nothing is said about it")
	}
}

func TestInventedHeadline(t *testing.T) {
	g := gold()
	g.Articles[0].Headlines = nil
	p := Compare("page", document.Lines(text), g, segment.Page{Articles: gold().Articles})
	if p.Counts.HeadlineMade != 1 || p.Counts.HeadlineRight != 1 {
		t.Errorf("%+v", p.Counts)
	}
}

func TestKickerJoinedToItsHeadline(t *testing.T) {
	for kicker, right := range map[string]bool{"市关工委号召全市各级关工委": true, "王某在全市大会上要求": false, "甲": false} {
		g := gold()
		g.Articles[0].Headlines = []newspaper.Headline{{Role: newspaper.Main, Value: "乙"}, {Role: newspaper.Kicker, Value: kicker}}
		answer := gold().Articles
		answer[0].Headlines[0].Value = kicker + "乙"
		c := Compare("page", document.Lines(text), g, segment.Page{Articles: answer}).Counts
		if got := c.HeadlineRight == 2 && c.DisplayRight == 1; got != right || c.HeadlineRight+c.DisplayRight == 2 {
			t.Errorf("%s joined: %+v", kicker, c)
		}
	}
}

func TestBodyErrorsOfFoundArticles(t *testing.T) {
	second := article("丙", "丁丁。", 6, 7)
	c := compare(second).Counts // 甲 is not found: its 9 characters and 1 of 丙's
	if c.BodyErrors != 10 || c.FoundErrors != 1 || c.BodyCharacters != 11 || c.FoundCharacters != 2 {
		t.Errorf("%d of %d, of found %d of %d", c.BodyErrors, c.BodyCharacters, c.FoundErrors, c.FoundCharacters)
	}
}

func TestNeutralLinesCountForNobody(t *testing.T) {
	g := gold()
	g.Neutral = []newspaper.LineRange{{3, 3}}
	for _, last := range []int{2, 3} {
		a := article("甲", "乙一乙二。\n乙三。", 1, last)
		if p := Compare("page", document.Lines(text), g, segment.Page{Articles: []newspaper.Article{a}}); p.Counts.Found[2] != 1 {
			t.Errorf("to line %d: %+v", last, p.Counts)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"甲乙丙", "甲丙", 1}, {"甲乙", "乙甲", 2}, {"甲乙丙丁", "甲乙丙丁", 0}, {"甲", "", 1}, {strings.Repeat("甲", 9000), strings.Repeat("乙", 8000), 9000}} {
		if got := distance([]rune(c.a), []rune(c.b)); got != c.want {
			t.Errorf("%.9q %.9q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestCalibrationError(t *testing.T) {
	var c Counts
	c.Calibration[9] = Bin{Articles: 10, Confidence: 9.5, Right: 9}
	c.Calibration[2] = Bin{Articles: 10, Confidence: 2.5, Right: 4}
	if got := c.figures().CalibrationError; math.Abs(got-.1) > 1e-9 {
		t.Errorf("%.4f, want .1", got)
	}
}

func TestSaveAndLoad(t *testing.T) {
	dir := t.TempDir()
	want := Case{Name: "page", Text: []byte(text), Gold: gold()}
	if err := want.Save(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "other.entities.json"), []byte("[]"), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := Load(dir)
	if err != nil || len(got) != 1 || got[0].Name != "page" || string(got[0].Text) != text || !reflect.DeepEqual(got[0].Gold.Furniture, want.Gold.Furniture) {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := Load(t.TempDir()); err == nil {
		t.Error("an empty directory is no set of pages")
	}
}

func TestPerturbMovesTheGold(t *testing.T) {
	var b strings.Builder
	var a newspaper.Article
	for i := range 400 {
		b.WriteString(strings.Repeat("字", i%7+1) + "\n")
		if i%2 == 0 {
			b.WriteString("\n")
		}
	}
	lines := document.Lines(b.String())
	a.Print.Lines = []newspaper.LineRange{{101, 300}}
	c := Case{Name: "page", Text: []byte(b.String()), Gold: Gold{Articles: []newspaper.Article{a}}}
	inside := func(c Case) (n int) {
		for _, l := range document.Lines(string(c.Text)) {
			if !l.Blank() && covers(c.Gold.Articles[0].Print.Lines, l.Number) {
				n++
			}
		}
		return n
	}
	had := inside(c)
	for _, damage := range Damages {
		got, err := Perturb(t.Context(), c, damage, 1)
		if err != nil {
			t.Fatal(err)
		}
		n := inside(got)
		ok := map[string]bool{"noblank": n == had, "swap": n >= had-2 && n <= had+2, "drop": n < had && n > had*8/10, "double": n > had && n < had*12/10}[damage]
		if !ok || damage == "noblank" && strings.Contains(string(got.Text), "\n\n") || len(lines) == 0 {
			t.Errorf("%s: %d lines of %d", damage, n, had)
		}
	}
}

func TestAgainst(t *testing.T) {
	before := NewReport([]Page{compare(gold().Articles...)})
	now := NewReport([]Page{compare(gold().Articles[:2]...)})
	var buffer bytes.Buffer
	if err := json.NewEncoder(&buffer).Encode(before); err != nil {
		t.Fatal(err)
	}
	baseline, err := ReadReport(&buffer)
	if err != nil {
		t.Fatal(err)
	}
	changes := now.Against(baseline)
	if len(changes) == 0 || !changes[0].Worse {
		t.Fatalf("%+v", changes)
	}
	var said strings.Builder
	if err := WriteChanges(&said, changes); err != nil || !strings.Contains(said.String(), "worse  all") || !strings.Contains(said.String(), "caption accuracy") {
		t.Errorf("%s %v", said.String(), err)
	}
	if len(before.Against(baseline)) != 0 {
		t.Error("a report differs from itself")
	}
}

func TestReports(t *testing.T) {
	r := NewReport([]Page{compare(gold().Articles[:2]...)})
	var table, page bytes.Buffer
	if err := r.WriteTable(&table); err != nil || !strings.Contains(table.String(), "made") {
		t.Errorf("%s %v", table.String(), err)
	}
	if err := r.WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"乙一乙二。", `class="differs"`, "furniture", "Reliability"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the report lacks %q", want)
		}
	}
}

func FuzzCompare(f *testing.F) {
	f.Add("甲\n乙\n", 1, 2, 2, 3)
	f.Fuzz(func(t *testing.T, page string, a, b, c, d int) {
		g := Gold{Articles: []newspaper.Article{article("甲", page, a, b)}}
		Compare("page", document.Lines(page), g, segment.Page{Articles: []newspaper.Article{article("乙", "", c, d)}})
	})
}
