package search

import (
	"fmt"
	"html"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

func texts(words []Word) []string {
	var out []string
	for _, w := range words {
		out = append(out, w.Text)
	}
	return out
}

func words(q string) ([]Word, error) {
	_, words, err := parseQuery(q)
	return words, err
}

func TestWords(t *testing.T) {
	for q, want := range map[string][]string{
		"":                    nil,
		" 　\t":                nil,
		"大雪":                  {"大雪"},
		"大雪　孙军 GDP":           {"大雪", "孙军", "GDP"},
		`"a b" c`:             {"a b", "c"},
		`前"中 间"后`:             {"前", "中 间", "后"},
		"“第一 场”雪":             {"第一 场", "雪"},
		`雪 ， ""`:              {"雪"},
		"don't 3.5% ５Ｇ":       {"don't", "3.5%", "５Ｇ"},
		"person:孙军 -雪 雨 OR 冰": {"孙军", "雨", "冰"},
		"时间：8点 http://a.b":    {"时间：8点", "http://a.b"}, // no fields of ours
		"河阳 - 大雪 —":           {"河阳", "大雪"},
	} {
		words, err := words(q)
		if err != nil || !slices.Equal(texts(words), want) {
			t.Errorf("%q: %q, %v", q, texts(words), err)
		}
	}
}

func TestBigrams(t *testing.T) {
	for text, want := range map[string]bool{
		"大雪": true, "市人大常委会": true, "雪": false, "第3版": false, "GDP": false, "煤矿，安全": false, "大 雪": false, "𠮷野": true,
	} {
		if got := (Word{Text: text, Tokens: Tokens(text)}).Bigrams(); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestTokens(t *testing.T) {
	for text, want := range map[string]string{
		"第３届５Ｇ大会":    "第@0-3 3@3-6 届@6-9 5g@9-15 大@15-18 会@18-21",
		"３．５％，1,000": "3.5@0-9 1,000@15-20",
		"３，５":        "3@0-3 5@6-9",
		"e-mail：ＡＢ":  "e@0-1 mail@2-6 ab@9-15",
		"  ，":        "",
		"兩岸ＡI會":      "两@0-3 岸@3-6 ai@6-10 会@10-13",
	} {
		var got []string
		for _, k := range Tokens(text) {
			got = append(got, fmt.Sprintf("%s@%d-%d", k.Term, k.Start, k.End))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestCursor(t *testing.T) {
	q, err := Parse(url.Values{"q": {"大雪"}, "person": {"b", "a"}, "limit": {"3"}})
	if err != nil {
		t.Fatal(err)
	}
	place := []string{"1.25", "2026-03-02", "p/m/01/00001", "urn:x"}
	c := q.Cursor(place)
	again, err := Parse(url.Values{"q": {"大雪"}, "person": {"a", "b"}, "limit": {"50"}, "cursor": {c}})
	if err != nil || !reflect.DeepEqual(again.Behind, &Position{place}) {
		t.Fatalf("%+v, %v", again.Behind, err)
	}
	for _, bad := range []string{c[1:], c[:len(c)-1], c + "A", strings.ToUpper(c), "=", q.Cursor([]string{"NaN", "", "", ""}), q.Cursor(place[1:]), strings.Repeat("A", 5000)} {
		if _, err := Parse(url.Values{"q": {"大雪"}, "person": {"a", "b"}, "cursor": {bad}}); !fault.Is(err, fault.Invalid) || fault.ProblemOf(err).Field != "cursor" {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestHighlightPieces(t *testing.T) {
	filler := strings.Repeat("平平常常的一句话。", 40)
	body := filler + "河阳普降大雪。" + filler + "大雪之后，道路清雪。\n" + filler + "大雪再来。" + filler + "大雪终于停了。"
	a := newspaper.Article{Bodies: []newspaper.Body{{Value: body}}}
	words, _ := words("大雪")
	got := Highlights(&a, words)[FieldBody]
	if len(got) != maxPieces || !strings.HasPrefix(got[0], "…河阳普降<em>大雪</em>。") || !strings.HasPrefix(got[1], "…<em>大雪</em>之后") {
		t.Fatalf("%q", got)
	}
	for _, piece := range got {
		if n := utf8.RuneCountInString(piece); n > pieceLength+11 || !strings.HasSuffix(piece, "…") {
			t.Errorf("%d characters: %s", n, piece)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"q=大雪&limit=3", "q=%22a+b%22&person=x&person=y", "from=2022-02-30", "cursor=abc", "page=a1&type=picture&sort=oldest", "q=\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		values, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		q, err := Parse(values)
		if err != nil {
			p := fault.ProblemOf(err)
			if p.Kind != fault.Invalid || p.Field == "" || p.Detail == "" {
				t.Fatalf("%q: %+v", raw, p)
			}
			return
		}
		if q.Limit < 1 || q.Limit > MaxLimit || !slices.Contains(Sorts, q.Sort) {
			t.Fatalf("%+v", q)
		}
		if len(q.Words) > MaxWords {
			t.Fatalf("%d words", len(q.Words))
		}
		if relaxed, ok := q.Relax(); ok && (relaxed.Root == nil || relaxed.Root.String() == q.Root.String()) {
			t.Fatalf("%q is relaxed to %v", raw, relaxed.Root)
		}
		for _, w := range q.Words {
			if len(w.Tokens) == 0 {
				t.Fatalf("%q has no words", w.Text)
			}
		}
		// What is given out is taken back.
		place := make([]string, len(q.Sort.Keys()))
		for i := range place {
			place[i] = "1"
		}
		values.Set("cursor", q.Cursor(place))
		if again, err := Parse(values); err != nil || !slices.Equal(again.Behind.Keys, place) {
			t.Fatalf("%q: %+v, %v", raw, again, err)
		}
	})
}

func FuzzCursor(f *testing.F) {
	q, err := Parse(url.Values{"q": {"雪"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(q.Cursor([]string{"1", "2", "3", "4"}))
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		position, err := q.decode(s)
		if err == nil && q.Cursor(position.Keys) != s {
			t.Fatalf("%q is taken and was never given", s)
		}
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
	})
}

func FuzzHighlights(f *testing.F) {
	f.Add("河阳普降大雪，<b>积雪</b>三厘米。", "雪")
	f.Add("ＧＤＰ增长\n3.5%", "gdp 增长")
	f.Fuzz(func(t *testing.T, text, query string) {
		words, err := words(query)
		if err != nil || !utf8.ValidString(text) {
			return
		}
		for i, token := range Tokens(text) {
			if token.Start >= token.End || token.End > len(text) || !utf8.ValidString(text[token.Start:token.End]) {
				t.Fatalf("token %d of %q: %+v", i, text, token)
			}
		}
		a := newspaper.Article{Headlines: []newspaper.Headline{{Role: newspaper.Main, Value: text}}, Bodies: []newspaper.Body{{Value: text}}}
		found := Highlights(&a, words)
		for _, h := range found[FieldHeadline] {
			plain := html.UnescapeString(strings.NewReplacer("<em>", "", "</em>", "").Replace(h))
			if plain != text {
				t.Fatalf("%q is highlighted as %q", text, h)
			}
		}
		if (len(found[FieldHeadline]) == 0) != (len(found[FieldBody]) == 0) {
			t.Fatalf("%q in %q: %q", query, text, found)
		}
	})
}
