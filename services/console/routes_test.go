package console

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/api"
	"broadsheet/services/console/internal/play"
)

const hostile = "<script>alert(1)</script>"

func TestPageRoute(t *testing.T) {
	s := open(t, nil)
	key := play.Key(t, "ceshi-bao", "01")
	path := "/v1/pages/" + key.String()
	s.refused(fault.NotFound, http.MethodGet, path)
	s.refused(fault.NotFound, http.MethodGet, path+"/text")
	if p := s.refused(fault.Invalid, http.MethodGet, "/v1/pages/ceshi-bao/2022-02-30/main/01"); p.Field != "date" || p.Remedy == "" {
		t.Errorf("a date that is none: %+v", p)
	}

	s.Receive(key, "甲\n")
	page := get[api.Page](s, path) // at once: a page that is registered is never unknown
	if len(page.Revisions) != 1 || page.Revisions[0].Fate != api.Waiting || page.Settled {
		t.Errorf("just received: %+v", page)
	}
	s.refused(fault.NotFound, http.MethodGet, path+"/text")
	events := s.Commit(key, play.Reading{Text: "甲\n" + hostile + "\n", Articles: []newspaper.Article{play.Article("标题", "甲", 1, 1)}, Rest: []newspaper.LineRange{{2, 2}}})
	s.Confirm(event.Applied, events...)
	s.settled()
	page = get[api.Page](s, "/v1/pages/ceshi-bao/2022-10-30/main/1") // not canonical: the same page
	r := page.Revisions[0]
	if !page.Settled || r.Fate != api.Committed || r.Stage != api.StageDone || len(r.Commits) != 1 || r.Events.Applied != 1 {
		t.Errorf("committed: %+v", page)
	}
	if len(page.Articles) != 1 || page.Articles[0].Headline != "标题" || page.Articles[0].Index != api.Applied || page.Text.Lines != 2 {
		t.Errorf("its articles: %+v", page.Articles)
	}
	if code, text := s.ask(http.MethodGet, path+"/text"); code != http.StatusOK || text != "甲\n"+hostile+"\n" {
		t.Errorf("its text: %d %q", code, text)
	}
}

// A key that is none is refused, whatever is in it, before anybody looks for it.
func TestKeysThatAreNone(t *testing.T) {
	s := open(t, nil)
	for _, key := range []string{
		"Ceshi/2022-10-30/main/01", "ce%20shi/2022-10-30/main/01", "a%2Fb/2022-10-30/main/01", "a*/2022-10-30/main/01", "a%3E/2022-10-30/main/01",
		"%2E%2E/2022-10-30/main/01", "a%00/2022-10-30/main/01", "%E6%8A%A5/2022-10-30/main/01", "%FF/2022-10-30/main/01", strings.Repeat("a", 64) + "/2022-10-30/main/01",
		"a/2022-02-30/main/01", "a/30.10.2022/main/01", "a/2022-10-30/Main/01", "a/2022-10-30/main/0", "a/2022-10-30/main/1000", "a/2022-10-30/main/A-1",
	} {
		for _, path := range []string{"/v1/pages/" + key, "/v1/pages/" + key + "/text"} {
			if p := s.refused(fault.Invalid, http.MethodGet, path); p.Field == "" || p.Remedy == "" {
				t.Errorf("%s: %+v", path, p)
			}
		}
		if code, body := s.ask(http.MethodGet, "/pages/"+key); code != http.StatusBadRequest || !strings.Contains(body, "What to do") {
			t.Errorf("/pages/%s: %d", key, code)
		}
	}
}

func TestListOfPages(t *testing.T) {
	s := open(t, nil)
	for _, page := range []string{"01", "02", "03"} {
		s.Receive(play.Key(t, "ceshi-bao", page), page)
	}
	s.Receive(play.Key(t, "other-bao", "01"), "x")
	s.Commit(play.Key(t, "ceshi-bao", "02"), play.Reading{Text: "02\n"})
	s.eventually("four pages", func() bool { return len(get[api.Pages](s, "/v1/pages").Pages) == 4 })

	var seen []string
	for cursor := ""; ; {
		part := get[api.Pages](s, "/v1/pages?limit=1&publication=ceshi-bao&cursor="+cursor)
		for _, row := range part.Pages {
			seen = append(seen, row.Key.Page)
		}
		if cursor = part.Next; cursor == "" {
			break
		}
	}
	if !slices.Equal(seen, []string{"03", "02", "01"}) {
		t.Errorf("page by page: %v", seen)
	}
	s.eventually("a committed page", func() bool {
		rows := get[api.Pages](s, "/v1/pages?fate=committed&date=2022-10-30").Pages
		return len(rows) == 1 && rows[0].Key.Page == "02"
	})
	if rows := get[api.Pages](s, "/v1/pages?date=2022-10-31").Pages; len(rows) != 0 {
		t.Errorf("another day: %v", rows)
	}
	for _, query := range []string{"limit=0", "limit=x", "limit=501", "fate=happy", "date=2022-02-30", "cursor=abc"} {
		field, _, _ := strings.Cut(query, "=")
		if p := s.refused(fault.Invalid, http.MethodGet, "/v1/pages?"+query); p.Field != field || p.Remedy == "" {
			t.Errorf("%s: %+v", query, p)
		}
	}
}

// bury plays a page that parse gives up on.
func (s *site) bury(key newspaper.PageKey, kind fault.Kind, message, remedy string) string {
	s.t.Helper()
	seq := s.Receive(key, message)
	id := s.Bury(event.Letter{
		Service: "parse", Stream: event.Pages, StreamSeq: seq, Subject: event.ReceivedSubject(key), Key: key, Revision: 1,
		Kind: kind, Message: message, Remedy: remedy, Attempts: 1,
	})
	s.eventually("a letter", func() bool { _, err := s.service.ledger.Letter(id); return err == nil })
	return id
}

func TestLetters(t *testing.T) {
	s := open(t, nil)
	first := s.bury(play.Key(t, "ceshi-bao", "01"), fault.Unsupported, "a PDF", "send text")
	second := s.bury(play.Key(t, "ceshi-bao", "02"), fault.Corrupt, "broken", "")
	all := get[api.Letters](s, "/v1/deadletters")
	if len(all.Letters) != 2 || all.Unresolved != 2 || all.Letters[0].ID != second {
		t.Fatalf("letters: %+v", all)
	}
	if l := get[api.Letter](s, "/v1/deadletters/"+first); l.Message != "a PDF" || l.Remedy != "send text" || l.Kind != fault.Unsupported {
		t.Errorf("one letter: %+v", l)
	}
	if part := get[api.Letters](s, "/v1/deadletters?kind=corrupt&service=parse"); len(part.Letters) != 1 || part.Letters[0].ID != second {
		t.Errorf("of one kind: %+v", part)
	}

	if code, body := s.ask(http.MethodPost, "/v1/deadletters/"+first+"/retry"); code != http.StatusOK || !strings.Contains(body, event.Retried) {
		t.Errorf("retry: %d %s", code, body)
	}
	if l := get[api.Letter](s, "/v1/deadletters/"+first); l.Resolution != event.Retried {
		t.Errorf("the answer came before the ledger knew: %+v", l)
	}
	if state, err := s.Parse.StreamState(t.Context(), event.Commands); err != nil || state.Messages != 1 {
		t.Errorf("parse was not asked: %+v %v", state, err)
	}
	if code, _ := s.ask(http.MethodPost, "/v1/deadletters/"+second+"/discard"); code != http.StatusOK {
		t.Errorf("discard: %d", code)
	}
	if left := get[api.Letters](s, "/v1/deadletters?open=true"); len(left.Letters) != 0 || left.Unresolved != 0 {
		t.Errorf("left over: %+v", left)
	}
	third := s.bury(play.Key(t, "ceshi-bao", "03"), fault.Corrupt, "broken", "")
	var seen []string
	for cursor := ""; ; {
		part := get[api.Letters](s, "/v1/deadletters?limit=1&cursor="+cursor)
		for _, l := range part.Letters {
			seen = append(seen, l.ID+" "+l.Resolution)
		}
		if cursor = part.Next; cursor == "" {
			break
		}
	}
	if want := []string{third + " ", second + " discarded", first + " retried"}; !slices.Equal(seen, want) {
		t.Errorf("one by one: %q, not %q", seen, want)
	}
	s.refused(fault.Conflict, http.MethodPost, "/v1/deadletters/"+second+"/retry")
	s.refused(fault.NotFound, http.MethodPost, "/v1/deadletters/parse.PAGES.99/retry")
	s.refused(fault.NotFound, http.MethodPost, "/v1/deadletters/parse.>/retry")
	s.refused(fault.NotFound, http.MethodPost, "/v1/deadletters/"+second+"/burn")
	s.refused(fault.NotFound, http.MethodGet, "/v1/deadletters/parse.PAGES.99")
	for _, query := range []string{"limit=x", "kind=sad", "open=perhaps", "cursor=abc"} {
		s.refused(fault.Invalid, http.MethodGet, "/v1/deadletters?"+query)
	}
}

// Another site's page cannot make a browser retry or discard.
func TestOtherOriginsAreRefused(t *testing.T) {
	s := open(t, nil)
	id := s.bury(play.Key(t, "ceshi-bao", "01"), fault.Unsupported, "a PDF", "send text")
	s.refused(fault.Forbidden, http.MethodPost, "/v1/deadletters/"+id+"/discard", "Origin", "http://evil.example", "Sec-Fetch-Site", "cross-site")
	s.refused(fault.Forbidden, http.MethodPost, "/v1/deadletters/"+id+"/discard", "Origin", "http://evil.example")
	if l := get[api.Letter](s, "/v1/deadletters/"+id); l.Resolution != "" {
		t.Errorf("resolved all the same: %+v", l)
	}
	if code, _ := s.ask(http.MethodPost, "/v1/deadletters/"+id+"/discard", "Origin", s.web.URL, "Sec-Fetch-Site", "same-origin"); code != http.StatusOK {
		t.Errorf("its own page is refused: %d", code)
	}
}

// While NATS is away the console answers what it knows, and says so.
func TestWithoutNATS(t *testing.T) {
	s := open(t, nil)
	id := s.bury(play.Key(t, "ceshi-bao", "01"), fault.Unsupported, "a PDF", "send text")
	s.settled()
	s.server.Kill()
	var status api.Status
	s.eventually("a status that says NATS is away", func() bool {
		status = get[api.Status](s, "/v1/status")
		return !status.Accounting.Exact && len(status.Problems) > 0
	})
	if status.Accounting.All.Pages.Dead != 1 || status.Accounting.Settled || !strings.Contains(status.Problems[0], "cannot be seen") {
		t.Errorf("without NATS: %+v", status)
	}
	s.refused(fault.Unavailable, http.MethodPost, "/v1/deadletters/"+id+"/retry")
	s.eventually("not ready", func() bool { return s.service.Ready() != nil })
	s.server.Restart()
	s.settled()
	if err := s.service.Ready(); err != nil {
		t.Error(err)
	}
}
