package web

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/api"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestFiguresForPeople(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{number(0), "0"}, {number(999), "999"}, {number(1234567), "1\u202f234\u202f567"}, {number(-1234), "-1\u202f234"}, {number(-123), "-123"},
		{rate(0), "0"}, {rate(1), "0.02"}, {rate(300), "5.00"}, {rate(900), "15.0"}, {rate(9000), "150"},
		{age(0), "under 1 s"}, {age(59 * time.Second), "59 s"}, {age(61 * time.Second), "1 min 1 s"}, {age(25 * time.Hour), "25 h 0 min"}, {age(72 * time.Hour), "3 days"},
		{size(999), "999 B"}, {size(1500), "1.5 kB"}, {size(32 << 20), "33.6 MB"}, {size(250_000_000), "250 MB"}, {size(5_000_000_000_000_000), "5000 TB"},
		{lines(nil), "no lines"}, {lines([]newspaper.LineRange{{3, 3}}), "line 3"}, {lines([]newspaper.LineRange{{1, 2}, {5, 5}}), "lines 1–2, 5"},
		{plural(1, "page", "pages"), "1 page"}, {plural(0, "page", "pages"), "0 pages"},
		{articleID("urn:broadsheet:article:a:2022-10-30:main:01:7f3c9a1e"), "a-7f3c9a1e"},
		{mark("who knows").Word, "who knows"}, {mark(api.Dead).Tone, "bad"}, {mark("").Word, "unresolved"},
	} {
		if c.got != c.want {
			t.Errorf("%q, not %q", c.got, c.want)
		}
	}
}

func TestBars(t *testing.T) {
	got := bars([]int{0, 1000, 1, 0})
	if len(got) != 2 || got[0] != (bar{1, "0.0", "20.0"}) || got[1] != (bar{2, "18.5", "1.5"}) {
		t.Errorf("%+v", got)
	}
	if got := bars(make([]int, 60)); len(got) != 0 {
		t.Errorf("nothing happened: %+v", got)
	}
}

func TestNextKeepsTheFilter(t *testing.T) {
	q := filled(url.Values{"fate": {"dead"}, "date": {""}, "cursor": {"9"}})
	if got := next("/pages", q, "5"); got != "/pages?cursor=5&fate=dead" {
		t.Error(got)
	}
	if got := next("/pages", q, ""); got != "" {
		t.Error(got)
	}
}

func TestBooks(t *testing.T) {
	var p publicationView
	p.Pages.Count(api.Waiting)
	if m := books(p, true); m.Word != "not settled" {
		t.Error(m)
	}
	p = publicationView{}
	p.Pages.Count(api.Committed)
	if m := books(p, true); m.Word != "exact" {
		t.Error(m)
	}
	if m := books(p, false); m.Word != "not settled" {
		t.Error(m)
	}
	p.Pages.Received++
	if m := books(p, true); m.Word != "not balanced" {
		t.Error(m)
	}
}

// text joins what paragraphs were cut into.
func text(paragraphs []paragraph) (text string, marked []string) {
	var out []string
	for _, p := range paragraphs {
		line := ""
		for _, s := range p {
			line += s.Text
			if s.Type != "" {
				marked = append(marked, s.Type+":"+s.Text)
			}
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n"), marked
}

// FuzzParagraphs: whatever mentions come with a text, no character of it is lost
// or doubled.
func FuzzParagraphs(f *testing.F) {
	f.Add("市长韩立新说\n好", 2, 5, 0, 2)
	f.Add("", 0, 0, 0, 1)
	f.Add("甲\n\n乙", 0, 3, 1, 2)
	f.Add("甲乙", -1, 1, 1, 99)
	f.Fuzz(func(t *testing.T, body string, a, b, c, d int) {
		article := &newspaper.Article{Bodies: []newspaper.Body{{Value: body}}, Mentions: []newspaper.Mention{
			{Field: newspaper.FieldBody, Type: newspaper.PER, Start: a, End: b}, {Field: newspaper.FieldBody, Type: newspaper.TITLE, Start: c, End: d},
		}}
		if got, _ := text(paragraphs(article)); got != strings.ToValidUTF8(body, "\uFFFD") && got != string([]rune(body)) {
			t.Fatalf("%q became %q", body, got)
		}
	})
}

func TestMentionsAreMarked(t *testing.T) {
	article := &newspaper.Article{Bodies: []newspaper.Body{{Value: "市长韩立新说\n好"}}, Mentions: []newspaper.Mention{
		{Field: newspaper.FieldBody, Type: newspaper.PER, Start: 2, End: 5}, {Field: newspaper.FieldBody, Type: newspaper.TITLE, Start: 0, End: 2},
		{Field: newspaper.FieldHeadline, Type: newspaper.LOC, Start: 0, End: 2}, {Field: newspaper.FieldBody, Type: newspaper.ORG, Start: 1, End: 4},
	}}
	if _, marked := text(paragraphs(article)); strings.Join(marked, " ") != "title:市长 per:韩立新" {
		t.Error(marked)
	}
}
