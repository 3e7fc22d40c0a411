package corpus

import (
	"strings"
	"testing"

	"broadsheet/pkg/newspaper"
)

func TestParse(t *testing.T) {
	texts, err := parse(strings.NewReader("王\tB-PER\n刚\tI-PER\n到\tO\n京\tB-LOC\n\n李\tI-PER\n"), Ours)
	if err != nil || len(texts) != 2 {
		t.Fatalf("%v %v", texts, err)
	}
	want := []newspaper.Mention{{Type: "PER", Text: "王刚", Start: 0, End: 2}, {Type: "LOC", Text: "京", Start: 3, End: 4}}
	if texts[0].Value != "王刚到京" || len(texts[0].Mentions) != 2 || texts[0].Mentions[0] != want[0] || texts[0].Mentions[1] != want[1] {
		t.Errorf("%+v", texts[0])
	}
	if _, err := parse(strings.NewReader("王刚\tO\n"), Ours); err == nil {
		t.Error("two characters on a line: no error")
	}
}

func TestMarkup(t *testing.T) {
	texts, err := Markup(strings.NewReader("# note\n\n[市长/TITLE][王刚/PER][10月/DATE]到[交城县/LOC][注]。\n"))
	if err != nil || len(texts) != 1 {
		t.Fatalf("%v %v", texts, err)
	}
	if texts[0].Value != "市长王刚10月到交城县[注]。" || len(texts[0].Mentions) != 3 || texts[0].Mentions[2] != (newspaper.Mention{Type: "LOC", Text: "交城县", Start: 8, End: 11}) {
		t.Errorf("%+v", texts[0])
	}
	if _, err := Markup(strings.NewReader("[王刚/HERO]\n")); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("an unknown type: %v", err)
	}
}

func FuzzMarkup(f *testing.F) {
	f.Add("[市长/TITLE][王刚/PER]")
	f.Add("[a/B]c]\n[[x/PER]/LOC]")
	f.Fuzz(func(t *testing.T, data string) {
		texts, err := Markup(strings.NewReader(data))
		if err != nil {
			return
		}
		for _, text := range texts {
			chars := []rune(text.Value)
			for _, m := range text.Mentions {
				if m.Start < 0 || m.End > len(chars) || m.Start >= m.End {
					t.Fatalf("%+v in %q", m, text.Value)
				}
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("王\tB-PER\n刚\tI-PER\n")
	f.Fuzz(func(t *testing.T, data string) { _, _ = parse(strings.NewReader(data), Ours) })
}
