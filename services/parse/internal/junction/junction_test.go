package junction

import "testing"

func TestScore(t *testing.T) {
	for _, c := range []struct {
		a, b     rune
		natural  bool
		whatever string
	}{
		{'疫', '情', true, "one word"}, {'会', '议', true, "one word"}, {'调', '研', true, "one word"},
		{'召', '开', true, "one word"}, {'开', '疫', false, "two texts"}, {'议', '贫', false, "two texts"},
	} {
		if got := Score(c.a, c.b); (got > 0) != c.natural {
			t.Errorf("%c%c (%s): %.1f", c.a, c.b, c.whatever, got)
		}
	}
	if Begins('记', '者') <= 0 || Ends('召', '开') <= 0 || Ends('推', '进') >= Ends('举', '行') || Begins('龘', '龘') != 0 {
		t.Errorf("clauses: %.1f %.1f %.1f %.1f", Begins('记', '者'), Ends('召', '开'), Ends('推', '进'), Ends('举', '行'))
	}
	if Score('会', '。') != 0 || Score('a', '会') != 0 {
		t.Error("punctuation and letters must say nothing")
	}
}
