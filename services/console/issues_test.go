package console

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/api"
	"broadsheet/services/console/internal/play"
)

// fates are the pages of an issue with their fates, in order.
func fates(i api.Issue) string {
	var out []string
	for _, e := range i.Editions {
		for _, p := range e.Pages {
			s := e.Edition + "/" + p.Key.Page + " " + string(p.Fate)
			if p.Unexpected {
				s += "!"
			}
			out = append(out, s)
		}
	}
	return strings.Join(out, ", ")
}

func TestIssue(t *testing.T) {
	s := open(t, nil)
	const path = "/v1/issues/ceshi-bao/2022-10-30"
	s.refused(fault.NotFound, http.MethodGet, path)
	for bad, field := range map[string]string{"Ceshi/2022-10-30": "publication", "ceshi-bao/2022-02-30": "date", "%FF/2022-10-30": "publication"} {
		if p := s.refused(fault.Invalid, http.MethodGet, "/v1/issues/"+bad); p.Field != field || p.Remedy == "" {
			t.Errorf("%s: %+v", bad, p)
		}
	}
	first, third, fifth := play.Key(t, "ceshi-bao", "01"), play.Key(t, "ceshi-bao", "03"), play.Key(t, "ceshi-bao", "05")
	s.Receive(first, "甲\n")
	s.Receive(fifth, "戊\n")
	whole := []newspaper.Part{{URI: first.ArticleURI("00000001"), Page: "01"}, {URI: third.ArticleURI("00000001"), Page: "03"}}
	a := play.Article("标题", "甲", 1, 1)
	a.Print.Continues, a.Print.Parts = &newspaper.Jump{To: "03"}, whole
	s.Commit(first, play.Reading{Text: "甲\n", Articles: []newspaper.Article{a, play.Article("第二", "乙", 2, 2)}})
	s.settledIssue(path, "main/01 committed, main/02 missing, main/03 missing, main/04 missing, main/05 waiting")
	got := get[api.Issue](s, path)
	if got.Expected != api.ByNumbering || got.Complete || got.Counts != (api.PageTally{Total: 5, Committed: 1, Waiting: 1, Missing: 3, Articles: 2}) {
		t.Errorf("%+v", got)
	}
	if articles := got.Editions[0].Pages[0].Articles; len(articles) != 2 || articles[0].Headline != "标题" || articles[0].Continues.To != "03" || len(articles[0].Parts) != 2 {
		t.Errorf("%+v", articles)
	}

	s.announce(first, third)
	s.settledIssue(path, "main/01 committed, main/03 missing, main/05 waiting!")
	s.Receive(third, "丙\n")
	s.Bury(event.Letter{Service: "parse", Stream: event.Pages, StreamSeq: 3, Key: third, Revision: 1, Kind: fault.Unsupported, Message: "no text"})
	s.settledIssue(path, "main/01 committed, main/03 dead, main/05 waiting!")
	if got = get[api.Issue](s, path); got.Complete || got.Counts.Dead != 1 || got.Editions[0].Pages[1].Message != "no text" {
		t.Errorf("%+v", got)
	}
	s.Receive(third, "丙丙\n")
	s.Commit(third, play.Reading{Text: "丙丙\n", Articles: []newspaper.Article{play.Article("标题", "丙丙", 1, 1)}})
	s.settledIssue(path, "main/01 committed, main/03 committed, main/05 waiting!")
	if got = get[api.Issue](s, path); !got.Complete || got.Expected != api.ByAnnouncement || got.Announced.IsZero() || got.Completed != 0 || got.Counts.Unexpected != 1 {
		t.Errorf("%+v", got)
	}
	s.must(s.Parse.CompleteIssue(t.Context(), newspaper.CompletedIssue{Issue: first.Issue(), Sequence: 17}, 0, ""))
	if got = get[api.Issue](s, path); got.Completed != 17 {
		t.Errorf("%+v", got)
	}
}

// A paper that usually has four pages lacks three when one is there.
func TestIssueByTheCatalogue(t *testing.T) {
	catalogue, err := newspaper.NewCatalogue(false, newspaper.Publication{Slug: "ceshi-bao", Name: "测试报", Pages: 4})
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, func(o *Options) { o.Catalogue = catalogue })
	s.Receive(play.Key(t, "ceshi-bao", "02"), "甲\n")
	const path = "/v1/issues/ceshi-bao/2022-10-30"
	s.settledIssue(path, "main/01 missing, main/02 waiting, main/03 missing, main/04 missing")
	if got := get[api.Issue](s, path); got.Expected != api.ByCatalogue || got.Name != "测试报" || got.Complete {
		t.Errorf("%+v", got)
	}
}

func (s *site) announce(pages ...newspaper.PageKey) {
	s.t.Helper()
	_, guard, err := s.Ingest.Announcement(s.t.Context(), pages[0].Issue())
	s.must(err)
	s.must(s.Ingest.Announce(s.t.Context(), newspaper.Announcement{Issue: pages[0].Issue(), Pages: pages, Announced: time.Now().UTC()}, guard, ""))
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// settledIssue waits until the issue's pages have those fates.
func (s *site) settledIssue(path, want string) {
	s.t.Helper()
	last := ""
	s.eventually("the pages "+want, func() bool {
		code, body := s.ask(http.MethodGet, path)
		if code != http.StatusOK {
			last = body
			return false
		}
		last = fates(get[api.Issue](s, path))
		return last == want
	})
}
