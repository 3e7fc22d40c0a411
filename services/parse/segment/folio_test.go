package segment

import (
	"strings"
	"testing"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/document"
)

func TestFolioAgainstKey(t *testing.T) {
	const text = "第3版\n清源日报 2023年5月8日 星期一\n\n清源县召开春耕生产现场会\n本报讯（记者 程小舟）5月6日，清源县召开春\n耕生产现场会，安排部署下一阶段春耕工作。副\n县长陆明远参加会议并讲话。\n"
	for _, c := range []struct {
		date, page string
		warnings   []string
	}{
		{"2023-05-08", "3", nil},
		{"2023-05-07", "3", []string{"line 2 prints the date 2023-05-08"}},
		{"2023-05-07", "4", []string{"page number 03, the page's key says 04", "the date 2023-05-08"}},
	} {
		key, err := newspaper.NewPageKey("qingyuan", c.date, "main", c.page)
		if err != nil {
			t.Fatal(err)
		}
		got := New().Segment(document.Lines(text), Options{Key: key}).Warnings
		ok := len(got) == len(c.warnings)
		for i := range c.warnings {
			ok = ok && strings.Contains(got[i], c.warnings[i])
		}
		if !ok {
			t.Errorf("%s %s: %q", c.date, c.page, got)
		}
	}
	for printed, want := range map[string]string{"3": "03", "三": "03", "十二": "12", "A1": "A01", "16": "16"} {
		if got := pageNumber(printed); got != want {
			t.Errorf("%s: %s, want %s", printed, got, want)
		}
	}
}
