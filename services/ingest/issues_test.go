package ingest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

const issuePath = "/v1/issues/heyang-ribao/2026-03-02"

func (f *fixture) announceIssue(path, body string, header ...string) (reply, newspaper.Announcement) {
	f.t.Helper()
	got := f.do(http.MethodPost, path, strings.NewReader(body), header...)
	var a newspaper.Announcement
	if got.status < 300 {
		if err := json.Unmarshal([]byte(got.body), &a); err != nil {
			f.t.Fatalf("%v: %s", err, got.body)
		}
	}
	return got, a
}

func names(a newspaper.Announcement) string {
	var out []string
	for _, p := range a.Pages {
		out = append(out, p.Edition+"/"+p.Page)
	}
	return strings.Join(out, " ")
}

func TestAnnounce(t *testing.T) {
	f := newFixture(t, connected(t), Options{})
	for _, step := range []struct {
		body, pages string
		status      int
	}{
		{`{"editions":{"main":["2","1","01","A1"],"county":["01"]}}`, "county/01 main/01 main/02 main/A01", http.StatusCreated},
		{`{"editions":{"county":["1"],"main":["01","02","A01"]}}`, "county/01 main/01 main/02 main/A01", http.StatusOK}, // the same
		{`{"editions":{"main":["03","01"]},"add":true}`, "county/01 main/01 main/02 main/03 main/A01", http.StatusCreated},
		{`{"editions":{"main":["01"]},"add":true}`, "county/01 main/01 main/02 main/03 main/A01", http.StatusOK},
		{`{"editions":{"main":["01","02"]}}`, "main/01 main/02", http.StatusCreated},
	} {
		got, a := f.announceIssue(issuePath, step.body)
		if got.status != step.status || names(a) != step.pages || got.header.Get("Location") != issuePath {
			t.Errorf("%s: %d %s", step.body, got.status, got.body)
		}
	}
	state, err := f.bus.StreamState(t.Context(), event.Issues)
	if err != nil || state.Messages != 3 {
		t.Errorf("%d announcements, %v", state.Messages, err)
	}
	last, _, err := f.bus.Announcement(t.Context(), pageKey.Issue())
	if err != nil || names(last) != "main/01 main/02" {
		t.Errorf("%+v, %v", last, err)
	}
}

func TestAnnouncementsThatAreNone(t *testing.T) {
	catalogue, err := newspaper.NewCatalogue(true, newspaper.Publication{Slug: "heyang-ribao", Editions: []string{"main"}, PageNaming: "number"})
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, connected(t), Options{Catalogue: catalogue})
	var many strings.Builder
	for i := range 999 {
		fmt.Fprintf(&many, `"%d","A%d",`, i+1, i+1)
	}
	for _, c := range []struct {
		path, body string
		kind       fault.Kind
		field      string
	}{
		{issuePath, ``, fault.Invalid, ""},
		{issuePath, `{}`, fault.Invalid, "editions"},
		{issuePath, `{"editions":{"main":[]}}`, fault.Invalid, "editions"},
		{issuePath, `{"editions":{"main":["01"]},"pages":4}`, fault.Invalid, ""},
		{issuePath, `{"editions":{"main":["0"]}}`, fault.Invalid, "page"},
		{issuePath, `{"editions":{"Main":["01"]}}`, fault.Invalid, "edition"},
		{issuePath, `{"editions":{"late":["01"]}}`, fault.Invalid, "edition"},
		{issuePath, `{"editions":{"main":["A1"]}}`, fault.Invalid, "page"},
		{issuePath, "{\"editions\":{\"main\":[\"\xff\"]}}", fault.Invalid, ""},
		{issuePath, `{"editions":{"main":["` + strings.Repeat("1", maxAnnouncement) + `"]}}`, fault.TooLarge, "body"},
		{"/v1/issues/heyang-ribao/2026-02-30", `{"editions":{"main":["01"]}}`, fault.Invalid, "date"},
		{"/v1/issues/other/2026-03-02", `{"editions":{"main":["01"]}}`, fault.Invalid, "publication"},
	} {
		got, _ := f.announceIssue(c.path, c.body)
		if got.problem.Kind != c.kind || got.problem.Field != c.field || got.problem.Detail == "" {
			t.Errorf("%.60s: %d %s", c.body, got.status, got.body)
		}
	}
	open := newFixture(t, f.bus, Options{})
	if got, _ := open.announceIssue("/v1/issues/a/2026-03-02", `{"editions":{"main":[`+strings.TrimSuffix(many.String(), ",")+`]}}`); got.problem.Kind != fault.TooLarge {
		t.Errorf("1998 pages: %d %s", got.status, got.body)
	}
	if state, err := f.bus.StreamState(t.Context(), event.Issues); err != nil || state.Messages != 0 {
		t.Errorf("%d announcements, %v", state.Messages, err)
	}
}

func TestAnnouncingNeedsATokenOfThePaper(t *testing.T) {
	tokens, err := parseTokens([]byte("tokens:\n  - {name: desk, token: secret-of-the-desk, publications: [heyang-ribao]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, connected(t), Options{Tokens: tokens})
	body := `{"editions":{"main":["01"]}}`
	for _, c := range []struct {
		path, token string
		status      int
	}{
		{issuePath, "", http.StatusUnauthorized}, {issuePath, "Bearer other", http.StatusUnauthorized},
		{"/v1/issues/other/2026-03-02", "Bearer secret-of-the-desk", http.StatusForbidden}, {issuePath, "Bearer secret-of-the-desk", http.StatusCreated},
	} {
		if got, _ := f.announceIssue(c.path, body, "Authorization", c.token); got.status != c.status {
			t.Errorf("%s with %q: %d %s", c.path, c.token, got.status, got.body)
		}
	}
}

// Several who add pages at once lose none.
func TestAnnouncedAtOnce(t *testing.T) {
	server := bustest.Start(t)
	var all sync.WaitGroup
	for i := range 2 {
		f := newFixture(t, server.Bus(t, "ingest"), Options{})
		for n := range 8 {
			all.Go(func() {
				if got, _ := f.announceIssue(issuePath, fmt.Sprintf(`{"editions":{"main":["%d"]},"add":true}`, 8*i+n+1)); got.status != http.StatusCreated {
					t.Errorf("%d %s", got.status, got.body)
				}
			})
		}
	}
	all.Wait()
	if a, _, err := server.Bus(t, "ingest").Announcement(t.Context(), pageKey.Issue()); err != nil || len(a.Pages) != 16 {
		t.Errorf("%s, %v", names(a), err)
	}
}
