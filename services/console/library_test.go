package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/internal/play"
	"broadsheet/services/console/search"
)

const (
	bridgeURI    = "urn:broadsheet:article:liuhe-wanbao:2022-10-30:main:01:00000001"
	libraryURI   = "urn:broadsheet:article:liuhe-wanbao:2022-10-30:main:01:00000002"
	withdrawnURI = "urn:broadsheet:article:liuhe-wanbao:2022-10-30:main:01:0000dead"
)

// library plays the index's interface over a few articles: the services know
// nothing of one another. The whole process is searched in the tests of allinone.
type library struct {
	articles []newspaper.Article
	reprints map[string][]search.Reprint
}

// openLibrary opens a console with the town's page, committed and searchable.
func openLibrary(t *testing.T) *site {
	t.Helper()
	reading := townPage()
	for i := range reading.Articles {
		a := &reading.Articles[i]
		a.URI = fmt.Sprintf("%s%d", strings.TrimSuffix(bridgeURI, "1"), i+1)
		a.Print.Publication, a.Print.Name, a.Print.Date, a.Print.Edition, a.Print.Page = "liuhe-wanbao", "柳河晚报", "2022-10-30", "main", "01"
		a.Version = "1"
	}
	reading.Articles[0].Mentions = append(reading.Articles[0].Mentions, newspaper.Mention{Field: newspaper.FieldHeadline, Type: newspaper.LOC, Text: "柳河老桥", Start: 0, End: 4},
		newspaper.Mention{Field: newspaper.FieldBody, Type: newspaper.DATE, Text: "昨天上午", Start: 0, End: 4})
	reading.Articles[0].Print.Parts = []newspaper.Part{{URI: bridgeURI, Page: "01"}, {URI: strings.Replace(libraryURI, ":01:", ":03:", 1), Page: "03"}}
	l := &library{articles: reading.Articles, reprints: map[string][]search.Reprint{
		bridgeURI: {{URI: "urn:broadsheet:article:yushan-ribao:2022-10-31:main:02:00000009", Publication: "yushan-ribao", Name: "玉山日报", Date: "2022-10-31", Page: "02", Headline: "柳河老桥通行"}},
	}}
	index := httptest.NewServer(l)
	client := &http.Client{Transport: &http.Transport{}}
	s := open(t, func(o *Options) { o.Index = search.New(index.URL, client) })
	t.Cleanup(func() { client.CloseIdleConnections(); index.Close() })
	s.mux.Handle("GET /v1/suggest", l)
	key := play.Key(t, "liuhe-wanbao", "01")
	s.Receive(key, reading.Text)
	s.Confirm(event.Applied, s.Commit(key, reading)...)
	s.settled()
	return s
}

func (l *library) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	uri, related := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/v1/articles/"), "/related")
	switch {
	case r.URL.Path == "/v1/articles":
		l.find(w, r)
	case r.URL.Path == "/v1/suggest":
		_, _ = fmt.Fprint(w, `{"suggestions":[{"kind":"person","value":"韩立新","count":1},{"kind":"person","value":"韩立志","count":1}]}`)
	case related:
		answer(w, map[string]any{"articles": []any{l.as(l.articles[1], "")}})
	case uri == withdrawnURI:
		fault.Write(w, fault.New(fault.Gone, "the article was withdrawn: 作者要求 "+hostile).On("uri"))
	default:
		i := slices.IndexFunc(l.articles, func(a newspaper.Article) bool { return a.URI == uri })
		if i < 0 {
			fault.Write(w, fault.New(fault.NotFound, "there is no article %s", uri).On("uri").Fix("search for it"))
			return
		}
		answer(w, l.as(l.articles[i], ""))
	}
}

func answer(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }

var clause = regexp.MustCompile(`person:"([^"]*)"`)

// find knows one word in q, person:"…", the filter person, and answers one article
// at a time.
func (l *library) find(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	word := strings.TrimSpace(clause.ReplaceAllString(q.Get("q"), ""))
	if word == "坏" {
		fault.Write(w, fault.New(fault.Invalid, "a query that is wrong").On("q").Fix("write another"))
		return
	}
	people := q["person"]
	for _, m := range clause.FindAllStringSubmatch(q.Get("q"), -1) {
		people = append(people, m[1])
	}
	var hits []any
	counts := []search.Count{}
	for _, a := range l.articles {
		names := []string{}
		for _, p := range a.People {
			names = append(names, p.Name)
		}
		if !strings.Contains(a.MainHeadline()+a.Text()+a.URI, word) || slices.ContainsFunc(people, func(p string) bool { return !slices.Contains(names, p) }) {
			continue
		}
		hits = append(hits, l.as(a, word))
		for _, name := range names {
			counts = append(counts, search.Count{Value: name, Count: 1})
		}
	}
	total, next := len(hits), ""
	if at := len(q.Get("cursor")); at < total {
		if hits = hits[at:]; len(hits) > 1 {
			next = strings.Repeat("n", at+1)
		}
		hits = hits[:1]
	}
	answer(w, map[string]any{"total": total, "totalRelation": "exact", "articles": hits, "facets": map[string]any{"person": counts}, "next": next})
}

// as is an article as it is answered.
func (l *library) as(a newspaper.Article, word string) map[string]any {
	data, _ := json.Marshal(a) // it was made here
	out := map[string]any{}
	_ = json.Unmarshal(data, &out)
	if word != "" {
		em := func(s string) []string { return []string{strings.ReplaceAll(s, word, "<em>"+word+"</em>")} }
		out["highlights"] = map[string][]string{"headline": em(a.MainHeadline()), "body": {em(a.Text())[0] + "&lt;b&gt;" + hostile}}
	}
	if prints := l.reprints[a.URI]; len(prints) > 0 {
		out["reprints"] = prints
	}
	return out
}
