package console

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/pkg/observe"
	"broadsheet/services/console/api"
	"broadsheet/services/console/internal/play"
)

// paths are the pages for people.
var paths = []string{"/", "/pages", "/pages?fate=dead", "/deadletters", "/deadletters?open=true", "/search", "/search?q=" + url.QueryEscape(hostile)}

// Nothing that comes from outside is markup in a page, and nothing could run if
// it were.
func TestHostileTextIsShown(t *testing.T) {
	s := open(t, nil)
	key := play.Key(t, "liuhe-wanbao", "01")
	s.Receive(key, "x")
	a := play.Article(hostile, hostile, 1, 1)
	a.By, a.Located = hostile, hostile
	a.People = []newspaper.Person{{Name: hostile, Titles: []string{hostile}}}
	a.Organisations, a.Places = []newspaper.Named{{Name: hostile}}, []newspaper.Named{{Name: `"><img src=x onerror=alert(1)>`}}
	a.Descriptions = []newspaper.Description{{Role: "caption", Value: hostile}}
	a.Mentions = []newspaper.Mention{{Field: newspaper.FieldBody, Type: hostile, Start: 2, End: 5}, {Field: newspaper.FieldBody, Type: "PER", Start: 3, End: 900}}
	s.Commit(key, play.Reading{Text: hostile + "\n", Articles: []newspaper.Article{a}, Warnings: []string{hostile}})
	s.bury(play.Key(t, "liuhe-wanbao", "02"), fault.Unsupported, hostile, hostile)
	s.eventually("the article", func() bool { return get[api.Status](s, "/v1/status").Accounting.All.Live == 1 })
	for _, path := range append(paths, "/pages/"+key.String(), "/pages/liuhe-wanbao/2022-10-30/main/02", "/pages/nothing/2022-10-30/main/01", "/pages?date="+url.QueryEscape(hostile)) {
		response, err := http.Get(s.web.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(body), hostile) || strings.Contains(string(body), "<img") || strings.Count(string(body), "<script") != strings.Count(string(body), "<script src=") {
			t.Errorf("%s has markup from outside:\n%s", path, body)
		}
		if csp := response.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if strings.Contains(string(body), " style=") || strings.Contains(string(body), " onclick=") {
			t.Errorf("%s has what its own policy forbids", path)
		}
	}
}

func TestPageErrors(t *testing.T) {
	s := open(t, nil)
	for path, want := range map[string]int{
		"/pages/nothing/2022-10-30/main/01": http.StatusNotFound,
		"/pages/nothing/2022-02-30/main/01": http.StatusBadRequest,
		"/pages?limit=x":                    http.StatusBadRequest,
		"/deadletters?kind=sad":             http.StatusBadRequest,
		"/assets/nothing.css":               http.StatusNotFound,
		"/nothing":                          http.StatusNotFound,
	} {
		if code, body := s.ask(http.MethodGet, path); code != want {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	if _, body := s.ask(http.MethodGet, "/pages/nothing/2022-02-30/main/01"); !strings.Contains(body, "not a day of the calendar") || !strings.Contains(body, "YYYY-MM-DD") {
		t.Errorf("a person is not told: %s", body)
	}
	for _, name := range []string{"console.css", "console.js", "search.js", "icon.svg"} {
		if code, body := s.ask(http.MethodGet, "/assets/"+name); code != http.StatusOK || body == "" {
			t.Errorf("%s: %d", name, code)
		}
	}
}

// Without JavaScript a form does what the button does, and leads back.
func TestFormsWithoutJavaScript(t *testing.T) {
	s := open(t, nil)
	id := s.bury(play.Key(t, "liuhe-wanbao", "02"), fault.Unsupported, "a PDF", "send text")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	post := func(action, referer string) *http.Response {
		request, err := http.NewRequest(http.MethodPost, s.web.URL+"/deadletters/"+id+"/"+action, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Referer", referer)
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		return response
	}
	if r := post("retry", s.web.URL+"/pages?fate=dead"); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/pages?fate=dead" {
		t.Errorf("retry: %s to %q", r.Status, r.Header.Get("Location"))
	}
	if l := get[api.Letter](s, "/v1/deadletters/"+id); l.Resolution != event.Retried {
		t.Errorf("not retried: %+v", l)
	}
	if r := post("retry", s.web.URL+"/"); r.StatusCode != http.StatusConflict {
		t.Errorf("retried twice: %s", r.Status)
	}
	id = s.bury(play.Key(t, "liuhe-wanbao", "03"), fault.Unsupported, "a PDF", "send text")
	if r := post("discard", "http://evil.example//evil.example/x"); r.Header.Get("Location") != "/deadletters" {
		t.Errorf("it leads to %q", r.Header.Get("Location"))
	}
	s.refused(fault.Forbidden, http.MethodPost, "/deadletters/"+id+"/discard", "Origin", "http://evil.example")
}

// events reads a stream of events until ok says so of a part.
func (s *site) events(path string, ok func(id, html string) bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.web.URL+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.Header.Get("Content-Type") != "text/event-stream" {
		s.t.Fatalf("%s: %s", path, response.Header.Get("Content-Type"))
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		data, found := strings.CutPrefix(lines.Text(), "data: ")
		if !found {
			continue
		}
		var part struct{ ID, HTML string }
		if err := json.Unmarshal([]byte(data), &part); err != nil {
			s.t.Fatal(err)
		}
		if ok(part.ID, part.HTML) {
			return
		}
	}
	s.t.Fatalf("%s ended: %v", path, lines.Err())
}

func TestEvents(t *testing.T) {
	s := open(t, nil)
	key := play.Key(t, "liuhe-wanbao", "01")
	seen := map[string]bool{}
	s.events("/events/", func(id, _ string) bool { seen[id] = true; return len(seen) == 6 })
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Receive(key, "x")
		s.Commit(key, play.Reading{Text: "x\n"})
	}()
	s.events("/events/", func(id, html string) bool { return id == "recent" && strings.Contains(html, "committed") })
	<-done
	s.events("/events/pages/"+key.String(), func(id, html string) bool { return id == "fate" && strings.Contains(html, "committed") })
	s.events("/events/pages?fate=committed", func(id, html string) bool { return id == "rows" && strings.Contains(html, "2022-10-30") })
	s.bury(play.Key(t, "liuhe-wanbao", "02"), fault.Unsupported, "a PDF", "send text")
	s.events("/events/deadletters", func(id, html string) bool { return id == "letterlist" && strings.Contains(html, "a PDF") })
}

// A page of events about what does not exist stays open and says nothing.
func TestEventsEndWithTheService(t *testing.T) {
	s := open(t, nil)
	response, err := http.Get(s.web.URL + "/events/pages/nothing/2022-10-30/main/01")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	s.service.end()
	if body, err := io.ReadAll(response.Body); err != nil || strings.Contains(string(body), "data:") {
		t.Errorf("%q %v", body, err)
	}
}

// A page of a million characters in one line, and of more lines than a browser
// likes, is cut; all of it is a link away. A text that is gone is said to be.
func TestLargeAndMissingTexts(t *testing.T) {
	s := open(t, nil)
	large, gone := play.Key(t, "liuhe-wanbao", "01"), play.Key(t, "liuhe-wanbao", "02")
	text := strings.Repeat("长", 1_000_000) + "\n" + strings.Repeat("行\n", 200_000)
	s.Receive(large, text)
	s.Commit(large, play.Reading{Text: text, Articles: []newspaper.Article{play.Article("标题", "行", 150_000, 200_000)}, Rest: []newspaper.LineRange{{-5, 900_000}}})
	s.Receive(gone, "x")
	s.Commit(gone, play.Reading{Text: "lost\n", Articles: []newspaper.Article{play.Article("标题", "行", 1, 1)}})
	s.eventually("both", func() bool { return get[api.Status](s, "/v1/status").Accounting.All.Manifests == 2 })
	code, body := s.ask(http.MethodGet, "/pages/"+large.String())
	if code != http.StatusOK || len(body) > 2<<20 || !strings.Contains(body, "998\u202f000 more characters") || !strings.Contains(body, "The first 4\u202f000 of 200\u202f001 lines") {
		t.Errorf("%d, %d bytes", code, len(body))
	}
	if code, all := s.ask(http.MethodGet, "/v1/pages/"+large.String()+"/text"); code != http.StatusOK || all != text {
		t.Errorf("the whole text: %d, %d bytes", code, len(all))
	}
	page := get[api.Page](s, "/v1/pages/"+gone.String())
	if err := s.Parse.DeleteObject(t.Context(), page.Text.SHA256); err != nil {
		t.Fatal(err)
	}
	if code, body := s.ask(http.MethodGet, "/pages/"+gone.String()); code != http.StatusOK || !strings.Contains(body, "is missing") || !strings.Contains(body, "标题") {
		t.Errorf("a text that is gone: %d %s", code, body)
	}
	s.refused(fault.Corrupt, http.MethodGet, "/v1/pages/"+gone.String()+"/text")
}

// The routes live beside those of ingest and index.
func TestRoutesBesideOthers(t *testing.T) {
	s := open(t, nil)
	for _, pattern := range []string{
		"PUT /v1/pages/{publication}/{date}/{edition}/{page}", "PUT /v1/pages/{rest...}", "POST /v1/pages",
		"GET /v1/articles", "GET /v1/articles/{uri}", "GET /healthz", "GET /readyz", "GET /metrics",
	} {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	}
	if code, _ := s.ask(http.MethodPut, "/v1/pages/liuhe-wanbao/2022-10-30/main/01"); code != http.StatusTeapot {
		t.Errorf("an upload is answered with %d", code)
	}
}

// documents plays what readers can find.
type documents struct{ uris []string }

func (d *documents) list(_ context.Context, visit func(string)) error {
	if d.uris == nil {
		return fault.New(fault.Unavailable, "the index is away")
	}
	for _, uri := range d.uris {
		visit(uri)
	}
	return nil
}

func TestComparison(t *testing.T) {
	found := make(chan []string, 1)
	found <- []string{}
	now := func() []string { uris := <-found; found <- uris; return uris }
	show := func(uris ...string) { <-found; found <- uris }
	s := open(t, func(o *Options) {
		o.Documents = func(ctx context.Context, visit func(string)) error { return (&documents{now()}).list(ctx, visit) }
	})
	key := play.Key(t, "liuhe-wanbao", "01")
	s.Receive(key, "x")
	a, b := key.ArticleURI("00000001"), key.ArticleURI("00000002")
	s.Confirm(event.Applied, s.Commit(key, play.Reading{Text: "x\n", Articles: []newspaper.Article{play.Article("甲", "x", 1, 1), play.Article("乙", "x", 1, 1)}})...)
	expect := func(want api.Comparison) {
		t.Helper()
		var got *api.Comparison
		s.eventually("a comparison", func() bool {
			got = s.settled().Index
			return got != nil && got.Live == want.Live && got.Documents == want.Documents && got.Missing == want.Missing && got.Extra == want.Extra
		})
		if !slices.Equal(got.Examples, want.Examples) {
			t.Errorf("examples %v, not %v", got.Examples, want.Examples)
		}
	}
	expect(api.Comparison{Live: 2, Missing: 2, Examples: []string{a, b}})
	s.Receive(key, "y") // something new, so that it is looked at again
	s.Confirm(event.Applied, s.Commit(key, play.Reading{Text: "y\n", Articles: []newspaper.Article{play.Article("甲", "y", 1, 1), play.Article("乙", "y", 1, 1)}})...)
	<-found
	found <- nil
	s.eventually("an index that is away", func() bool {
		problems := s.settled().Problems
		return len(problems) == 1 && strings.Contains(problems[0], "the index is away")
	})
	show(a, "urn:x")
	expect(api.Comparison{Live: 2, Documents: 2, Missing: 1, Extra: 1, Examples: []string{b, "urn:x"}})
	show(a, b, b)
	expect(api.Comparison{Live: 2, Documents: 3, Extra: 1, Examples: []string{b}})
	s.eventually("a difference", func() bool {
		d := get[api.Status](s, "/v1/status").Accounting.Differences
		return len(d) == 1 && strings.Contains(d[0], "1 are too many")
	})
	show(a, b)
	expect(api.Comparison{Live: 2, Documents: 2, Examples: []string{}})
	if status := s.settled(); len(status.Accounting.Differences) != 0 {
		t.Errorf("differences %v", status.Accounting.Differences)
	}
}

func TestSearchDocuments(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/index/articles" {
			http.NotFound(w, r)
			return
		}
		switch r.URL.Query().Get("after") {
		case "":
			_, _ = io.WriteString(w, `{"articles":[{"uri":"a","sequence":1},{"uri":"b","sequence":1}],"next":"2 &"}`)
		case "2 &":
			_, _ = io.WriteString(w, `{"articles":[{"uri":"c","sequence":1}]}`)
		default:
			http.Error(w, "no", http.StatusBadRequest)
		}
	}))
	var got []string
	list := SearchDocuments(web.URL, web.Client())
	if err := list(t.Context(), func(uri string) { got = append(got, uri) }); err != nil || !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("%v %v", got, err)
	}
	web.Close()
	if err := list(t.Context(), func(string) {}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("an index that is away: %v", err)
	}
}

// A stage that stands still says why.
func TestPausedStage(t *testing.T) {
	health := observe.NewHealth()
	health.Add("parse consumers", func(context.Context) error {
		return fault.New(fault.Unavailable, "parse does not consume: the object store is away")
	})
	health.Add("index consumers", func(context.Context) error { return nil })
	other := httptest.NewServer(health.Ready())
	defer other.Close()
	client := other.Client()
	s := open(t, func(o *Options) {
		o.Checks = ReadyChecks(map[string]string{"parse": other.URL + "/", "ingest": "http://127.0.0.1:1"}, client)
	})
	s.eventually("a ledger that follows", func() bool { return s.service.Ready() == nil })
	status := get[api.Status](s, "/v1/status")
	if p := status.Stages[1].Paused; !strings.Contains(p, "the object store is away") {
		t.Errorf("parse: %q", p)
	}
	if p := status.Stages[0].Paused; !strings.Contains(p, "does not answer") {
		t.Errorf("ingest: %q", p)
	}
	if status.Stages[2].Paused != "" || len(status.Problems) != 2 {
		t.Errorf("index: %q, problems %q", status.Stages[2].Paused, status.Problems)
	}
	if _, body := s.ask(http.MethodGet, "/"); !strings.Contains(body, "Stands still") || !strings.Contains(body, "the object store is away") {
		t.Error("the page does not say so")
	}
}

// What waits in the queues is counted, and how long.
func TestQueues(t *testing.T) {
	s := open(t, nil)
	key := play.Key(t, "liuhe-wanbao", "01")
	if err := s.Ingest.Upload(t.Context(), key, []byte("x"), nil); err != nil {
		t.Fatal(err)
	}
	s.Receive(play.Key(t, "liuhe-wanbao", "02"), "x")
	var status api.Status
	s.eventually("a page that waits", func() bool {
		status = get[api.Status](s, "/v1/status")
		return status.Accounting.All.Pages.Waiting == 1
	})
	ingest, parse := status.Stages[0], status.Stages[1]
	if ingest.Backlog != 1 || ingest.OldestPage == nil || *ingest.OldestPage != key || ingest.OldestAge <= 0 {
		t.Errorf("ingest: %+v", ingest)
	}
	if parse.Backlog != 1 || parse.OldestPage == nil || parse.OldestPage.Page != "02" {
		t.Errorf("parse: %+v", parse)
	}
	if status.Accounting.Settled {
		t.Error("settled although an upload waits")
	}
}

func TestMetrics(t *testing.T) {
	s := open(t, nil)
	s.bury(play.Key(t, "liuhe-wanbao", "02"), fault.Unsupported, "a PDF", "send text")
	families, err := s.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			got[name] = m.GetGauge().GetValue()
		}
	}
	if got["broadsheet_ledger_pages dead"] != 1 || got["broadsheet_ledger_dead_letters"] != 1 || got["broadsheet_ledger_pages waiting"] != 0 || len(got) != 14 {
		t.Errorf("%v", got)
	}
}

func TestNewRefuses(t *testing.T) {
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{Dir: file}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a directory that is a file: %v", err)
	}
}
