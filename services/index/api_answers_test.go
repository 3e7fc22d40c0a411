package index_test

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index"
	"broadsheet/services/index/search"
	"broadsheet/services/index/storetest"
)

// shelved is a bench with a few articles in it.
func shelved(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, nil)
	snow := article(1, "河阳迎来第一场雪", "昨夜大雪，=积雪\"三厘米\"。\n县交通局局长孙军带队清雪。")
	snow.People = []newspaper.Person{{Name: "孙军", Titles: []string{"县交通局局长"}, Count: 1}}
	snow.Organisations = []newspaper.Named{{Name: "县交通局", Count: 1}}
	snow.Places = []newspaper.Named{{Name: "河阳县", Count: 1}}
	snow.Creators = []newspaper.Creator{{Role: newspaper.Reporter, Name: "周岚"}}
	later := pageKey
	later.Date = "2026-05-01"
	road := storetest.Article(later, 2, "孙军任副县长", "县人大常委会任命孙军为副县长，王磊列席。")
	road.People = []newspaper.Person{{Name: "孙军", Titles: []string{"副县长"}, Count: 2}, {Name: "王磊", Count: 1}}
	road.Organisations = []newspaper.Named{{Name: "县人大常委会", Count: 1}}
	road.Places = []newspaper.Named{{Name: "河阳县", Count: 1}}
	b.publish(snow, road, article(3, "天气", "明日晴，<高温>&少雨。"))
	b.settled()
	return b
}

func decode[T any](t *testing.T, body []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return v
}

func TestFacetsAndNotes(t *testing.T) {
	b := shelved(t)
	_, body := b.get("/v1/articles", "facet", "person", "facet", "month")
	a := decode[index.Answer](t, body)
	want := map[string][]search.Count{"person": {{Value: "孙军", Count: 2}, {Value: "王磊", Count: 1}}, "month": {{Value: "2026-03", Count: 2}, {Value: "2026-05", Count: 1}}}
	if !reflect.DeepEqual(a.Facets, want) || a.TotalRelation != index.TotalExact {
		t.Errorf("%s", body)
	}
	_, body = b.get("/v1/articles", "publication", "heyang-bao", "publication", "heyang-ribao", "q", "无此事")
	if a := decode[index.Answer](t, body); a.Total != 0 || len(a.Notes) != 1 || !strings.Contains(a.Notes[0], "of publication heyang-bao;") {
		t.Errorf("%s", body)
	}
}

// A question is answered with what has most of it, page by page.
func TestRelaxedAnswer(t *testing.T) {
	b := shelved(t)
	_, body := b.get("/v1/articles", "q", "河阳县长孙军为什么带队清雪", "limit", "1")
	a := decode[index.Answer](t, body)
	if !a.Relaxed || a.Total < 1 || len(a.Notes) == 0 || !strings.Contains(string(a.Articles[0]), "00000001") {
		t.Fatalf("%s", body)
	}
	if a.Next != "" {
		if _, body = b.get("/v1/articles", "q", "河阳县长孙军为什么带队清雪", "limit", "1", "cursor", a.Next); !decode[index.Answer](t, body).Relaxed {
			t.Fatalf("%s", body)
		}
	}
}

func TestETag(t *testing.T) {
	b := shelved(t)
	for _, path := range []string{"/v1/articles", "/v1/articles/" + pageKey.ArticleURI("00000001"), "/v1/people/%E5%AD%99%E5%86%9B", "/v1/suggest?q=%E5%AD%99", "/v1/openapi.json"} {
		first := b.ask(path, nil)
		tag := first.Header().Get("ETag")
		if first.Code != http.StatusOK || tag == "" {
			t.Fatalf("%s: %d %s", path, first.Code, first.Body)
		}
		for header, want := range map[string]int{tag: 304, "W/" + tag: 304, `"other", ` + tag: 304, "*": 304, `"other"`: 200, "": 200} {
			if w := b.ask(path, http.Header{"If-None-Match": {header}}); w.Code != want || want == 304 && w.Body.Len() > 0 || w.Header().Get("ETag") != tag {
				t.Errorf("%s with %s: %d", path, header, w.Code)
			}
		}
	}
	plain, lines := b.ask("/v1/articles", nil).Header().Get("ETag"), b.ask("/v1/articles?format=jsonl", nil).Header().Get("ETag")
	if plain == lines {
		t.Error("two formats have one tag")
	}
}

func TestFormats(t *testing.T) {
	b := shelved(t)
	for accept, want := range map[string]string{
		"": "application/json", "*/*": "application/json", "text/html,*/*;q=0.8": "application/json", "text/csv": "text/csv; charset=utf-8",
		"application/json;q=0.5, text/csv": "text/csv; charset=utf-8", "application/x-ndjson": "application/x-ndjson",
		"application/atom+xml": "application/atom+xml; charset=utf-8", "image/png": "application/json", "text/csv;q=x": "application/json",
	} {
		if w := b.ask("/v1/articles", http.Header{"Accept": {accept}}); w.Header().Get("Content-Type") != want || w.Header().Get("Vary") != "Accept" {
			t.Errorf("%s: %v", accept, w.Header())
		}
	}
	w := b.ask("/v1/articles?format=csv&sort=oldest&limit=2", nil)
	rows, err := csv.NewReader(w.Body).ReadAll()
	if err != nil || len(rows) != 3 || rows[1][7] != "河阳迎来第一场雪" || rows[1][9] != "孙军" || !strings.Contains(rows[1][13], "=积雪\"三厘米\"。\n县") {
		t.Errorf("%v %q", err, rows)
	}
	link := w.Header().Get("Link")
	next, ok := strings.CutSuffix(strings.TrimPrefix(link, "<"), `>; rel="next"`)
	if !ok || !strings.HasPrefix(next, "/v1/articles?") {
		t.Fatal(link)
	}
	if rows, err := csv.NewReader(b.ask(next, nil).Body).ReadAll(); err != nil || len(rows) != 2 {
		t.Errorf("the next page: %v %q", err, rows)
	}
	w = b.ask("/v1/articles?format=jsonl&q=%E9%9B%AA", nil)
	if lines := strings.Split(strings.TrimSpace(w.Body.String()), "\n"); len(lines) != 1 || !json.Valid([]byte(lines[0])) || !strings.Contains(lines[0], `"highlights"`) {
		t.Errorf("%q", lines)
	}
	if p := b.problem("/v1/articles", "format", "xls"); p.Field != "format" || p.Remedy == "" {
		t.Errorf("%+v", p)
	}
}

func TestFeed(t *testing.T) {
	b := shelved(t)
	var feed struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string   `xml:"id"`
		Title   string   `xml:"title"`
		Updated string   `xml:"updated"`
		Entries []struct {
			ID      string `xml:"id"`
			Title   string `xml:"title"`
			Updated string `xml:"updated"`
			Summary string `xml:"summary"`
		} `xml:"entry"`
	}
	w := b.ask("/v1/articles?format=atom&q=%E5%AD%99%E5%86%9B+OR+%E6%98%8E%E6%97%A5", nil)
	if err := xml.Unmarshal(w.Body.Bytes(), &feed); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	if len(feed.Entries) != 3 || feed.Entries[0].Title != "孙军任副县长" || feed.ID == "" || feed.Title != "Broadsheet: 孙军 OR 明日" || feed.Updated != "2026-03-02T01:02:03Z" {
		t.Errorf("%+v", feed)
	}
	if s := feed.Entries[2].Summary; s != "明日晴，<高温>&少雨。" {
		t.Error(s)
	}
}

func TestPerson(t *testing.T) {
	b := shelved(t)
	status, body := b.get("/v1/people/孫軍")
	p := decode[index.PersonAnswer](t, body)
	if status != http.StatusOK || p.Name != "孙军" || p.Total != 2 || p.First != "2026-03-02" || p.Last != "2026-05-01" || len(p.Articles) != 2 {
		t.Fatalf("%d %s", status, body)
	}
	if want := []index.HeldTitle{{Title: "县交通局局长", First: "2026-03", Last: "2026-03", Count: 1}, {Title: "副县长", First: "2026-05", Last: "2026-05", Count: 1}}; !reflect.DeepEqual(p.Titles, want) {
		t.Errorf("%+v", p.Titles)
	}
	if want := []search.Count{{Value: "王磊", Count: 1}}; !reflect.DeepEqual(p.With, want) {
		t.Errorf("%+v", p.With)
	}
	_, body = b.get("/v1/people/孙军", "limit", "1")
	p = decode[index.PersonAnswer](t, body)
	if a := b.search("person", "孙军", "sort", "newest", "limit", "1", "cursor", p.Next); len(a.Articles) != 1 || !strings.HasSuffix(a.Articles[0].URI, "00000001") {
		t.Errorf("behind %s: %+v", body, a)
	}
	for path, field := range map[string]string{"/v1/people/无此人": "name", "/v1/people/a%0Ab": "name", "/v1/people/%FF": "name", "/v1/people/" + strings.Repeat("名", 201): "name", "/v1/people/孙军?limit=0": "limit", "/v1/people/孙军?q=雪": "query"} {
		if p := b.refusal(path); p.Field != field || p.Remedy == "" {
			t.Errorf("%s: %+v", path, p)
		}
	}
}

func TestRelatedArticles(t *testing.T) {
	b := shelved(t)
	uri := pageKey.ArticleURI("00000001")
	status, body := b.get("/v1/articles/" + uri + "/related")
	var r struct {
		Articles []struct {
			URI    string
			Shared index.Shared
		}
	}
	if err := json.Unmarshal(body, &r); err != nil || status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	if len(r.Articles) != 1 || r.Articles[0].URI == uri || !reflect.DeepEqual(r.Articles[0].Shared, index.Shared{People: []string{"孙军"}, Places: []string{"河阳县"}}) {
		t.Errorf("%s", body)
	}
	if p := b.refusal("/v1/articles/" + pageKey.ArticleURI("000000ff") + "/related"); p.Kind != fault.NotFound {
		t.Errorf("%+v", p)
	}
	if p := b.refusal("/v1/articles/urn:other:1/related"); p.Kind != fault.Invalid {
		t.Errorf("%+v", p)
	}
	b.publish(storetest.Withdrawn(article(1, "", ""), "失实"))
	b.settled()
	if p := b.refusal("/v1/articles/" + uri + "/related"); p.Kind != fault.Gone || !strings.Contains(p.Detail, "失实") {
		t.Errorf("%+v", p)
	}
}

func TestSuggestions(t *testing.T) {
	b := shelved(t)
	_, body := b.get("/v1/suggest", "q", "孙")
	if want := (index.SuggestAnswer{Suggestions: []search.Suggestion{{Kind: "person", Value: "孙军", Count: 2}}}); !reflect.DeepEqual(decode[index.SuggestAnswer](t, body), want) {
		t.Errorf("%s", body)
	}
	if _, body = b.get("/v1/suggest", "q", "无"); string(body) != `{"suggestions":[]}`+"\n" {
		t.Errorf("%s", body)
	}
	for _, tt := range []struct {
		field  string
		params []string
	}{
		{"q", nil}, {"q", []string{"q", " "}}, {"q", []string{"q", "\xff"}}, {"q", []string{"q", "a\x00"}}, {"q", []string{"q", strings.Repeat("名", 51)}}, {"q", []string{"q", "a", "q", "b"}},
		{"kind", []string{"q", "孙", "kind", "animal"}}, {"limit", []string{"q", "孙", "limit", "51"}}, {"sort", []string{"q", "孙", "sort", "x"}},
	} {
		if p := b.problem("/v1/suggest", tt.params...); p.Kind != fault.Invalid || p.Field != tt.field || p.Remedy == "" {
			t.Errorf("%q: %+v", tt.params, p)
		}
	}
}

// What the issue of search calls bad input, over HTTP.
func TestBadInput(t *testing.T) {
	b := shelved(t)
	for _, q := range []string{
		strings.Repeat("雪", 34_000), strings.Repeat("雪 OR ", 5000) + "雨", `大雪 "孙军`, "*", "大\x00雪", "(雪", "雪 OR", "person:", "\xed\xa0\x80",
	} {
		if p := b.problem("/v1/articles", "q", q); p.Kind != fault.Invalid || p.Field != "q" || p.Detail == "" || p.Remedy == "" || len(p.Detail) > 400 {
			t.Errorf("%.40q: %+v", q, p)
		}
	}
	if p := b.refusal("/v1/articles?q=%zz"); p.Kind != fault.Invalid || p.Remedy == "" {
		t.Errorf("%+v", p)
	}
	if p := b.refusal(fmt.Sprintf("/v1/articles?%s=1", strings.Repeat("x", 500))); p.Kind != fault.Invalid || len(p.Field) > 300 {
		t.Errorf("%+v", p)
	}
}
