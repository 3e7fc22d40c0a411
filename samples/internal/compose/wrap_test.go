package compose

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWrap(t *testing.T) {
	text := "他说：“今年浇了3遍水，每亩节省12.5元。”随后，《河阳日报》记者（宋佳宁）到了柳湾镇。"
	for w := 8; w < 30; w++ {
		for i, l := range wrap(text, 2*w, 4, dice("wrap")) {
			first, _ := utf8.DecodeRuneInString(l)
			last, _ := utf8.DecodeLastRuneInString(l)
			if strings.ContainsRune(closers, first) || strings.ContainsRune(openers, last) {
				t.Errorf("width %d, line %d begins or ends as no line does: %s", w, i+1, l)
			}
			if n := width([]rune(l)); n > 2*w+2 {
				t.Errorf("width %d, line %d has %d half units: %s", w, i+1, n, l)
			}
			if strings.HasSuffix(l, "12") || strings.HasPrefix(l, "5元") {
				t.Errorf("width %d: a number is broken: %s", w, l)
			}
		}
	}
}

// Whatever the text and the measure: setting ends and loses nothing.
func FuzzWrap(f *testing.F) {
	f.Add("本报讯 （记者 王磊）“好。”", 36)
	f.Add("……——（（（））） 12.5% a", 2)
	f.Fuzz(func(t *testing.T, text string, measure int) {
		if measure < 1 || measure > 200 || !utf8.ValidString(text) {
			t.Skip()
		}
		set := strings.Join(wrap(text, measure, 0, dice(text)), "")
		if a, b := strings.ReplaceAll(set, " ", ""), strings.ReplaceAll(text, " ", ""); a != b {
			t.Fatalf("%q became %q", b, a)
		}
	})
}

func FuzzUnmark(f *testing.F) {
	f.Add("{T市长}{P沈立群}在{L柳泉县}")
	f.Add("{X}{P")
	f.Fuzz(func(t *testing.T, text string) {
		plain, mentions, err := unmark(text)
		if err != nil || !utf8.ValidString(text) {
			return
		}
		for _, m := range mentions {
			if got := string([]rune(plain)[m.Start:m.End]); got != m.Text {
				t.Fatalf("%q: %+v is %q", text, m, got)
			}
		}
	})
}
