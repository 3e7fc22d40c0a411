package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/search"
)

// Of two versions the larger one stays, in whatever order they come.
func testVersions(_ *testing.T, s *suite) {
	first := Article(day, 1, "柳湾大桥开工", "柳湾大桥昨天开工。")
	second := Article(day, 1, "柳湾大桥合龙", "柳湾大桥昨天合龙。")
	third := Article(day, 1, "柳湾大桥通车", "柳湾大桥昨天通车。")
	s.write(20, second)
	s.outcomes([]search.Write{Write(s, first, 10)}, event.Overtaken)
	s.finds("q=合龙", 1)
	s.finds("q=开工")
	s.outcomes([]search.Write{Write(s, second, 20)}, event.Applied) // a redelivery
	s.finds("q=大桥", 1)
	s.write(1_900_000_000_000_000, third) // microseconds, as commits have them
	s.finds("q=通车", 1)
	s.finds("q=合龙")
	s.outcomes([]search.Write{Write(s, third, 1_899_999_999_999_999)}, event.Overtaken)
	stored, err := s.Store.Get(s.Context(), third.URI)
	if err != nil || stored.Sequence != 1_900_000_000_000_000 {
		s.Fatalf("%+v, %v", stored, err)
	}
}

func testVersionsInOneBatch(_ *testing.T, s *suite) {
	one, two, three := Article(day, 1, "甲稿", "甲稿正文"), Article(day, 1, "乙稿", "乙稿正文"), Article(day, 1, "丙稿", "丙稿正文")
	other := Article(day, 2, "另一篇", "另一篇正文")
	s.outcomes([]search.Write{Write(s, one, 1), Write(s, three, 3), Write(s, other, 1), Write(s, two, 2)},
		event.Applied, event.Applied, event.Applied, event.Overtaken)
	s.finds("q=丙稿", 1)
	s.finds("q=乙稿")
	s.finds("q=正文", 1, 2)
	s.outcomes(nil)
}

// A withdrawn article leaves every search and is still answered by its uri. It
// comes back with a newer version, not with an older one.
func testWithdrawn(_ *testing.T, s *suite) {
	a, b := Article(day, 1, "城南图书馆开放", "城南图书馆今日开放。"), Article(day, 2, "城北图书馆开放", "城北图书馆今日开放。")
	a.People = []newspaper.Person{{Name: "孙军", Count: 1}}
	s.write(10, a, b)
	s.write(20, Withdrawn(a, "稿件失实"))
	for _, params := range []string{"q=图书馆", "", "publication=heyang-ribao", "from=2026-01-01", "type=text", "page=1"} {
		s.finds(params, 2)
	}
	s.finds("q=稿件失实")
	s.finds("person=孙军")
	s.outcomes([]search.Write{Write(s, a, 15)}, event.Overtaken)
	s.finds("q=城南")
	stored, err := s.Store.Get(s.Context(), a.URI)
	var kept newspaper.Article
	if err != nil || !stored.Withdrawn || stored.Sequence != 20 || json.Unmarshal(stored.Source, &kept) != nil || kept.EdNote != "稿件失实" {
		s.Fatalf("%+v, %v", stored, err)
	}
	s.write(30, a)
	s.finds("q=城南", 1)
	if stored, err := s.Store.Get(s.Context(), a.URI); err != nil || stored.Withdrawn {
		s.Fatalf("%+v, %v", stored, err)
	}

	c := Article(day, 3, "从未见过", "从未见过的正文")
	s.write(10, Withdrawn(c, "先撤后到")) // withdrawn before it was ever there
	s.outcomes([]search.Write{Write(s, c, 5)}, event.Overtaken)
	s.finds("q=从未见过")
}

func testGet(_ *testing.T, s *suite) {
	a := Article(day, 1, "标题", "正文")
	w := Write(s, a, 7)
	// What a newer writer adds is kept as it is.
	w.Source = json.RawMessage(strings.Replace(string(w.Source), `{"uri"`, `{"later":{"a":[1,2.50,"é\n<b>"]},"uri"`, 1))
	s.outcomes([]search.Write{w}, event.Applied)
	stored, err := s.Store.Get(s.Context(), a.URI)
	if err != nil || string(stored.Source) != string(w.Source) || stored.Sequence != 7 || stored.Withdrawn || stored.URI != a.URI {
		s.Fatalf("%s, %v", stored.Source, err)
	}
	found := s.search(query(s, "q=标题"))
	if len(found.Hits) != 1 || string(found.Hits[0].Source) != string(w.Source) {
		s.Fatalf("%+v", found)
	}
	if _, err := s.Store.Get(s.Context(), day.ArticleURI("00000099")); !fault.Is(err, fault.NotFound) {
		s.Fatalf("an article that never was: %v", err)
	}
	if err := s.Store.Probe(s.Context()); err != nil {
		s.Fatal(err)
	}
}

// The list has every article that searches can find, with its version, and no
// other.
func testList(_ *testing.T, s *suite) {
	for i := range 25 {
		s.write(int64(i+1), Article(day, i, "标题", "正文"))
	}
	s.write(100, Withdrawn(Article(day, 3, "", ""), "撤稿"), Article(day, 7, "新标题", "正文"))
	want := map[string]int64{}
	for i := range 25 {
		want[day.ArticleURI(fmt.Sprintf("%08x", i))] = int64(i + 1)
	}
	delete(want, day.ArticleURI("00000003"))
	want[day.ArticleURI("00000007")] = 100
	for _, limit := range []int{1, 5, 24, 100} {
		got := map[string]int64{}
		for after := ""; ; {
			listed, err := s.Store.List(s.Context(), after, limit)
			if err != nil {
				s.Fatal(err)
			}
			for _, l := range listed {
				if l.URI <= after {
					s.Fatalf("%s is listed behind %s", l.URI, after)
				}
				got[l.URI], after = l.Sequence, l.URI
			}
			if len(listed) < limit {
				break
			}
		}
		if !maps.Equal(got, want) {
			s.Errorf("in pages of %d: %v", limit, got)
		}
	}
}

// Articles at the edge of what a page can hold are indexed like any other.
func testOddArticles(_ *testing.T, s *suite) {
	bare := newspaper.Article{URI: day.ArticleURI("00000001"), Type: newspaper.TypeText, PubStatus: newspaper.Usable}
	long := Article(day, 2, strings.Repeat("长", 300), strings.Repeat("长篇通讯一段接一段。\n", 8_000)+"尾声在此")
	long.People = []newspaper.Person{{Name: strings.Repeat("名", 40_000), Count: 1}, {Name: "李冬", Count: 1}}
	odd := Article(day, 3, "控制\u0001字符\u0000与\u200b零宽", "e\u0301 与 𠮷野家 与 👨‍👩‍👧 与 \ufffd 与 ﷽")
	many := Article(day, 4, "名单", "名单如下")
	for i := range 3000 {
		many.People = append(many.People, newspaper.Person{Name: "人" + string(rune(0x4e00+i)), Count: 1})
	}
	s.write(1, bare, long, odd, many)
	s.finds("", 1, 2, 3, 4)
	s.finds("q=尾声在此", 2)
	s.finds("q="+strings.Repeat("长", 20), 2)
	s.finds("person=李冬", 2)
	s.finds("q=野家", 3)
	s.finds("person=人"+string(rune(0x4e00+2999)), 4)
}

// A write that is interrupted says so of every article it leaves in doubt.
func testInterrupted(_ *testing.T, s *suite) {
	ctx, cancel := context.WithCancel(s.Context())
	cancel()
	verdicts := s.Store.Write(ctx, []search.Write{Write(s, Article(day, 1, "标题", "正文"), 1)})
	if len(verdicts) != 1 || !fault.Is(verdicts[0].Err, fault.Unavailable) {
		s.Fatalf("%+v", verdicts)
	}
	if _, err := s.Store.Search(ctx, query(s, "q=标题")); !fault.Is(err, fault.Unavailable) {
		s.Fatalf("%v", err)
	}
	if err := s.Store.Close(); err != nil {
		s.Fatal(err)
	}
	verdicts = s.Store.Write(s.Context(), []search.Write{Write(s, Article(day, 1, "标题", "正文"), 1)})
	_, getErr := s.Store.Get(s.Context(), day.ArticleURI("00000001"))
	_, searchErr := s.Store.Search(s.Context(), query(s, ""))
	for _, err := range []error{verdicts[0].Err, getErr, searchErr, s.Store.Probe(s.Context())} {
		if !fault.Is(err, fault.Unavailable) {
			s.Errorf("a closed store answers %v", err)
		}
	}
	if err := s.Store.Close(); err != nil {
		s.Errorf("closed twice: %v", err)
	}
}
