package parse

import (
	"strings"
	"testing"
	"time"

	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// step is one commit in the life of a page.
type step struct {
	articles []string
	// want is "<type> v<version>" for each change, by headline or "gone".
	want map[string]string
}

func short(c change) (headline, what string) {
	headline = c.article.MainHeadline()
	if c.kind == event.ArticleWithdrawn {
		headline = "gone"
	}
	return headline, string(c.kind[len("broadsheet.article."):len(c.kind)-len(".v1")]) + " v" + c.article.Version
}

func TestLifeOfAPage(t *testing.T) {
	headline := func(s string) string { h, _, _ := strings.Cut(s, "\n"); return h }
	lives := map[string][]step{
		"unchanged articles keep their version": {
			{[]string{harvest, bridge}, map[string]string{headline(harvest): "parsed v1", headline(bridge): "parsed v1"}},
			{[]string{harvest, bridge}, map[string]string{}},
		},
		"an article that moved did not change": {
			{[]string{harvest, bridge}, map[string]string{headline(harvest): "parsed v1", headline(bridge): "parsed v1"}},
			{[]string{library, bridge, harvest}, map[string]string{headline(library): "parsed v1"}},
		},
		"a changed article gets a version": {
			{[]string{harvest, library}, map[string]string{headline(harvest): "parsed v1", headline(library): "parsed v1"}},
			{[]string{harvest, libraryCorrected}, map[string]string{headline(library): "parsed v2"}},
			{[]string{harvest, library}, map[string]string{headline(library): "parsed v3"}},
		},
		"one that vanished is withdrawn and goes on counting when it comes back": {
			{[]string{harvest, bridge}, map[string]string{headline(harvest): "parsed v1", headline(bridge): "parsed v1"}},
			{[]string{harvest}, map[string]string{"gone": "withdrawn v2"}},
			{[]string{harvest}, map[string]string{}},
			{[]string{harvest, bridge}, map[string]string{headline(bridge): "parsed v3"}},
		},
		"another article in the same place is another article": {
			{[]string{harvest}, map[string]string{headline(harvest): "parsed v1"}},
			{[]string{bridge}, map[string]string{headline(bridge): "parsed v1", "gone": "withdrawn v2"}},
		},
		"the same article twice is two": {
			{[]string{harvest, harvest}, map[string]string{headline(harvest): "parsed v1"}},
			{[]string{harvest}, map[string]string{"gone": "withdrawn v2"}},
		},
	}
	for name, steps := range lives {
		t.Run(name, func(t *testing.T) {
			var last newspaper.Manifest
			uris := map[string]string{}
			for i, s := range steps {
				c := advance(last, pageKey, parsed(t, s.articles...), noon)
				if c.manifest.Sequence <= last.Sequence {
					t.Fatalf("step %d: sequence %d after %d", i, c.manifest.Sequence, last.Sequence)
				}
				for _, ch := range c.changes {
					headline, got := short(ch)
					if s.want[headline] != got {
						t.Errorf("step %d: %s %q, want %q", i, headline, got, s.want[headline])
					}
					if before, ok := uris[headline]; ok && headline != "gone" && before != ch.article.URI && name[0:12] != "the same art" {
						t.Errorf("step %d: %s changed its uri", i, headline)
					}
					uris[headline] = ch.article.URI
				}
				if len(s.want) > 0 && len(c.changes) < len(s.want) || len(s.want) == 0 && len(c.changes) > 0 {
					t.Errorf("step %d: %d changes, want %v", i, len(c.changes), s.want)
				}
				live := 0
				for _, a := range c.manifest.Articles {
					if a.State == newspaper.Live {
						live++
					}
				}
				if live != len(s.articles) {
					t.Errorf("step %d: %d live articles of %d", i, live, len(s.articles))
				}
				last = c.manifest
			}
		})
	}
}

func TestWithdrawnStaysWithdrawn(t *testing.T) {
	first := advance(newspaper.Manifest{}, pageKey, parsed(t, harvest, library), noon).manifest
	uri := first.Articles[1].URI
	c, changed := withhold(first, uri, "撤稿：内容有误", noon)
	if !changed || len(c.changes) != 1 || c.changes[0].article.PubStatus != newspaper.Canceled || c.changes[0].article.EdNote != "撤稿：内容有误" {
		t.Fatalf("%+v", c.changes)
	}
	if _, again := withhold(c.manifest, uri, "撤稿：内容有误", noon); again {
		t.Error("withdrawing twice is a change")
	}
	for _, articles := range [][]string{{harvest, library}, {harvest, libraryCorrected}, {harvest}, {library}} {
		next := advance(c.manifest, pageKey, parsed(t, articles...), noon)
		for _, ch := range next.changes {
			if ch.article.URI == uri {
				t.Errorf("after %d articles: %s about a withdrawn article", len(articles), ch.kind)
			}
		}
		found := false
		for _, a := range next.manifest.Articles {
			found = found || a.URI == uri && a.State == newspaper.Withdrawn
		}
		if !found {
			t.Error("the manifest forgot the withdrawal")
		}
	}
}

func TestWithdrawnPageStaysWithdrawn(t *testing.T) {
	first := advance(newspaper.Manifest{}, pageKey, parsed(t, harvest, library), noon).manifest
	c, changed := withhold(first, "", "整版撤回", noon)
	if !changed || len(c.changes) != 2 {
		t.Fatalf("%d changes", len(c.changes))
	}
	next := advance(c.manifest, pageKey, parsed(t, harvest, library, bridge), noon)
	if len(next.changes) != 0 {
		t.Fatalf("%+v", next.changes)
	}
}

func TestSequenceGrowsThoughTheClockGoesBack(t *testing.T) {
	if got := sequenceAfter(noon.UnixMicro(), noon.Add(-time.Hour)); got != noon.UnixMicro()+1 {
		t.Fatal(got)
	}
}

func TestSimilarity(t *testing.T) {
	a, b, c := sketch(library), sketch(libraryCorrected), sketch(bridge)
	if s := similarity(a, b); s < 0.6 {
		t.Errorf("a corrected article is %.2f like itself", s)
	}
	if s := similarity(a, c); s > 0.2 {
		t.Errorf("two articles are %.2f alike", s)
	}
	if similarity("?", a) != 0 || similarity("", "") != 0 {
		t.Error("a broken sketch is like something")
	}
	sketch("") // short texts have a sketch as well
	sketch("雪")
}

func TestJobDone(t *testing.T) {
	j := job{revision: newspaper.Revision{Number: 2}, run: "b"}
	for _, c := range []struct {
		m    newspaper.Manifest
		want bool
	}{
		{newspaper.Manifest{}, false},
		{newspaper.Manifest{Sequence: 1, Revision: 1, Parser: Version}, false},
		{newspaper.Manifest{Sequence: 1, Revision: 3, Parser: Version}, true},
		{newspaper.Manifest{Sequence: 1, Revision: 2, Parser: Version, Run: "a"}, false},
		{newspaper.Manifest{Sequence: 1, Revision: 2, Parser: Version, Run: "b"}, true},
		{newspaper.Manifest{Sequence: 1, Revision: 2, Parser: Version - 1, Run: "c"}, false},
		{newspaper.Manifest{Sequence: 1, Revision: 2, Parser: Version + 1}, true},
	} {
		if got := j.done(c.m); got != c.want {
			t.Errorf("%+v: %v", c.m, got)
		}
	}
}

func TestFresh(t *testing.T) {
	articles := Fresh(parsed(t, harvest, bridge), pageKey, noon)
	if len(articles) != 2 || articles[0].Version != "1" || articles[0].PubStatus != newspaper.Usable || articles[0].Print.Date != "2026-03-02" {
		t.Fatalf("%+v", articles)
	}
	if key, _, err := newspaper.ParseArticleURI(articles[0].URI); err != nil || key != pageKey {
		t.Fatal(key, err)
	}
}
