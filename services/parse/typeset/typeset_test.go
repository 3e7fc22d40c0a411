package typeset

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/eval"
)

func TestSameSeedSamePages(t *testing.T) {
	articles := Invent(60, 1)
	for _, style := range append(append([]Style{}, Families...), HeldOut...) {
		a, b := Pages(articles, style, 3, 7), Pages(articles, style, 3, 7)
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s: two runs differ", style.Name)
		}
		if bytes.Equal(a[0].Text, Pages(articles, style, 1, 8)[0].Text) {
			t.Errorf("%s: another seed gives the same page", style.Name)
		}
	}
}

// TestGoldAccountsForEveryLine: every non-blank line is in one article or in one
// of the lists, and has a role.
func TestGoldAccountsForEveryLine(t *testing.T) {
	articles := Invent(80, 2)
	for _, style := range append(append([]Style{}, Families...), HeldOut...) {
		for _, page := range Pages(articles, style, 8, 3) {
			lines := strings.Split(strings.TrimSuffix(string(page.Text), "\n"), "\n")
			owners := make([]int, len(lines)+1)
			count := func(ranges []newspaper.LineRange) {
				for _, r := range ranges {
					for n := r[0]; n <= r[1]; n++ {
						owners[n]++
					}
				}
			}
			for _, a := range page.Gold.Articles {
				count(a.Print.Lines)
			}
			count(page.Gold.Furniture)
			count(page.Gold.Neutral)
			count(page.Gold.Ads)
			if len(page.Gold.Roles) != len(lines) {
				t.Fatalf("%s: %d roles of %d lines", page.Name, len(page.Gold.Roles), len(lines))
			}
			for i, text := range lines {
				blank := strings.TrimSpace(text) == ""
				if (page.Gold.Roles[i] == "") != blank || owners[i+1] != 1 && !blank {
					t.Fatalf("%s line %d %q: role %q, in %d places", page.Name, i+1, text, page.Gold.Roles[i], owners[i+1])
				}
			}
		}
	}
}

// TestBodiesAreOnThePage: without mistakes of extractors, the page's lines of an
// article hold its body, character by character.
func TestBodiesAreOnThePage(t *testing.T) {
	style := HeldOut[0]
	style.InnerPhotos, style.HeaderInside = 0, 0
	for _, page := range Pages(Invent(80, 4), style, 20, 5) {
		lines := strings.Split(string(page.Text), "\n")
		for _, a := range page.Gold.Articles {
			var printed strings.Builder
			for _, r := range a.Print.Lines {
				for n := r[0]; n <= r[1]; n++ {
					printed.WriteString(lines[n-1])
				}
			}
			have := strings.Join(strings.Fields(printed.String()), "")
			for _, paragraph := range strings.Split(a.Text(), "\n") {
				if !strings.Contains(have, strings.ReplaceAll(paragraph, " ", "")) && a.Print.HeadlinePosition != newspaper.HeadlineInside {
					t.Fatalf("%s: %q is not in %q", page.Name, paragraph, have)
				}
			}
		}
	}
}

// TestRulesOfLineBreaking: no line of a careful style begins with a mark that may
// not begin one, or ends with one that may not end it.
func TestRulesOfLineBreaking(t *testing.T) {
	for _, page := range Pages(Invent(80, 6), HeldOut[2], 20, 1) {
		for i, l := range strings.Split(string(page.Text), "\n") {
			r := []rune(strings.TrimSpace(l))
			if len(r) > 1 && page.Gold.Roles[i] == eval.RoleCont && (strings.ContainsRune(neverFirst, r[0]) || strings.ContainsRune(neverLast, r[len(r)-1])) {
				t.Errorf("%s line %d: %q", page.Name, i+1, l)
			}
		}
	}
}

func TestReadArticles(t *testing.T) {
	got, err := ReadArticles(strings.NewReader(`{"title":"【在希望的田野上】稻菽飘香  各地丰收忙","paragraphs":["连日来， 各地丰收忙。","New York 的 读者。"]}
{"title":"清单","paragraphs":["一句话"]}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Article{{Kicker: "在希望的田野上", series: true, Title: "稻菽飘香 各地丰收忙", Paragraphs: []string{"连日来，各地丰收忙。", "New York的读者。"}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if _, err := ReadArticles(strings.NewReader("{")); err == nil || !strings.Contains(err.Error(), "article 1") {
		t.Errorf("broken JSON: %v", err)
	}
}

func TestHalvesArePartition(t *testing.T) {
	all := Invent(300, 9)
	a, b := Half(all, false), Half(all, true)
	if len(a)+len(b) != len(all) || len(a) < 80 || len(b) < 80 {
		t.Errorf("%d and %d of %d", len(a), len(b), len(all))
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("10月28日，清源县召开春耕生产现场会，安排部署下一阶段工作。", 26, true)
	f.Add("“（", 2, false)
	f.Add("a b", 1, true)
	f.Fuzz(func(t *testing.T, text string, width int, squeeze bool) {
		text = strings.Join(strings.Fields(text), " ")
		if width < 1 || width > 500 {
			return
		}
		p := newPage(rng(1), Families[0].draw(rng(2)))
		lines := p.wrap([]rune(text), width, max(1, width-4), squeeze)
		if got, want := strings.ReplaceAll(strings.Join(lines, ""), " ", ""), strings.ReplaceAll(text, " ", ""); got != want && strings.ToValidUTF8(text, "") == text {
			t.Fatalf("%q became %q", text, lines)
		}
	})
}

func rng(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, seed)) }

// TestPlaysWithWholeWords: 王沪 of 王沪宁 is no word.
func TestPlaysWithWholeWords(t *testing.T) {
	a := Article{Title: "王沪宁在西藏调研", Paragraphs: []string{"王沪宁在西藏调研。他走进西藏农村，王沪宁说，西藏要发展。"}}
	if got := a.words(); !reflect.DeepEqual(got, []string{"西藏"}) {
		t.Errorf("%v", got)
	}
}
