package index_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"broadsheet/pkg/fault"
	"broadsheet/services/index"
	"broadsheet/services/index/storetest"
)

func TestSearchAnswers(t *testing.T) {
	b := newBench(t, nil)
	for n := range 12 {
		b.publish(article(n, fmt.Sprintf("第%d号稿件", n), "正文"))
	}
	b.settled()
	first := b.search("q", "正文", "limit", "5")
	if first.Total != 12 || len(first.Articles) != 5 || first.Next == "" {
		t.Fatalf("%+v", first)
	}
	var uris []string
	for cursor := ""; ; {
		params := []string{"q", "正文", "limit", "5"}
		if cursor != "" {
			params = append(params, "cursor", cursor)
		}
		a := b.search(params...)
		for _, hit := range a.Articles {
			uris = append(uris, hit.URI)
		}
		if cursor = a.Next; cursor == "" {
			break
		}
	}
	slices.Sort(uris)
	if len(slices.Compact(uris)) != 12 {
		t.Fatalf("%v", uris)
	}
	status, body := b.get("/v1/articles", "q", "没有这个词")
	if want := `{"total":0,"totalRelation":"exact","articles":[]}` + "\n"; status != http.StatusOK || string(body) != want {
		t.Fatalf("%d %s", status, body)
	}
	_, body = b.get("/v1/articles", "q", "7号稿件")
	var raw struct {
		Articles []map[string]json.RawMessage
	}
	if err := json.Unmarshal(body, &raw); err != nil || len(raw.Articles) != 1 || raw.Articles[0]["print"] == nil || raw.Articles[0]["highlights"] == nil {
		t.Fatalf("%v: %s", err, body)
	}
}

// Every refusal names the parameter and says what to do.
func TestSearchRefusals(t *testing.T) {
	b := newBench(t, nil)
	b.publish(article(1, "标题", "正文"), article(2, "标题", "正文"))
	b.settled()
	next := b.search("q", "正文", "limit", "1").Next
	tests := []struct {
		field  string
		says   string
		params []string
	}{
		{"q", "1001 characters", []string{"q", strings.Repeat("雪", 1001)}},
		{"q", "33 words", []string{"q", strings.Repeat("雪 ", 33)}},
		{"q", "quote", []string{"q", `大雪 "孙军`}},
		{"q", "control character", []string{"q", "大\x00雪"}},
		{"q", "nothing that can be looked for", []string{"q", "* ，"}},
		{"q", "UTF-8", []string{"q", "\xff\xfe"}},
		{"q", "2 times", []string{"q", "雪", "q", "雨"}},
		{"limit", "from 1 to 100", []string{"limit", "0"}},
		{"limit", "from 1 to 100", []string{"limit", "101"}},
		{"limit", "from 1 to 100", []string{"limit", "-3"}},
		{"limit", "from 1 to 100", []string{"limit", "ten"}},
		{"from", "2022-02-30", []string{"from", "2022-02-30"}},
		{"to", "not a day", []string{"to", "30.10.2022"}},
		{"from", "after to", []string{"from", "2022-10-31", "to", "2022-10-30"}},
		{"publication", "slug", []string{"publication", "吕梁日报"}},
		{"edition", "slug", []string{"edition", "Main"}},
		{"page", "page number", []string{"page", "front"}},
		{"person", "control", []string{"person", "a\nb"}},
		{"person", "201 characters", []string{"person", strings.Repeat("名", 201)}},
		{"type", "unknown", []string{"type", "video"}},
		{"sort", "unknown", []string{"sort", "best"}},
		{"author", "no parameter", []string{"author", "周岚"}},
		{"cursor", "not one that a search gave", []string{"cursor", "bm8"}},
		{"cursor", "not one that a search gave", []string{"q", "正文", "cursor", next[:len(next)-4]}},
		{"cursor", "not one that a search gave", []string{"q", "正文", "cursor", "A" + next}},
		{"cursor", "another search", []string{"q", "标题", "cursor", next}},
		{"cursor", "another search", []string{"q", "正文", "sort", "oldest", "cursor", next}},
	}
	for _, tt := range tests {
		p := b.problem("/v1/articles", tt.params...)
		if p.Kind != fault.Invalid || p.Field != tt.field || !strings.Contains(p.Detail, tt.says) {
			t.Errorf("%q: %+v", tt.params, p)
		}
	}
	many := make([]string, 0, 102)
	for i := range 51 {
		many = append(many, "person", fmt.Sprint(i))
	}
	if p := b.problem("/v1/articles", many...); p.Field != "person" {
		t.Errorf("%+v", p)
	}
}

func TestArticleByURI(t *testing.T) {
	b := newBench(t, nil)
	a := article(1, "标题", "正文")
	b.publish(a)
	b.settled()
	want, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{a.URI, strings.ReplaceAll(a.URI, ":", "%3A")} {
		if status, body := b.get("/v1/articles/" + path); status != http.StatusOK || strings.TrimSpace(string(body)) != string(want) {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if p := b.problem("/v1/articles/" + pageKey.ArticleURI("00000099")); p.Kind != fault.NotFound || p.Field != "uri" {
		t.Errorf("%+v", p)
	}
	for _, uri := range []string{"1", "urn:other:7", "urn:broadsheet:article:x:2022-02-30:main:01:7f3c9a1e"} {
		if p := b.problem("/v1/articles/" + uri); p.Kind != fault.Invalid {
			t.Errorf("%s: %+v", uri, p)
		}
	}
}

func TestList(t *testing.T) {
	b := newBench(t, nil)
	for n := range 5 {
		b.publish(article(n, "标题", "正文"))
	}
	b.publish(storetest.Withdrawn(article(2, "", ""), "撤稿"))
	b.settled()
	var uris []string
	for after := ""; ; {
		status, body := b.get("/v1/index/articles", "limit", "3", "after", after)
		var list index.List
		if err := json.Unmarshal(body, &list); err != nil || status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		for _, l := range list.Articles {
			uris = append(uris, fmt.Sprint(l.URI[len(l.URI)-1:], "@", l.Sequence))
		}
		if after = list.Next; after == "" {
			break
		}
	}
	if got := strings.Join(uris, " "); got != "0@1 1@2 3@4 4@5" {
		t.Fatal(got)
	}
	if p := b.problem("/v1/index/articles", "limit", "0"); p.Field != "limit" {
		t.Errorf("%+v", p)
	}
	if p := b.problem("/v1/index/articles", "after", "x"); p.Field != "after" {
		t.Errorf("%+v", p)
	}
}
