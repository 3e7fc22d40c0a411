package parse

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
)

// The four pages of a made-up issue: an article goes from 1 over 3 to 4, another
// one from 1 to 3, and a third from 2 to 4 without a headline there.
var fourPages = map[string][]byte{
	"01": text(harvest+"\nto 03", bridge+"\nto 03"),
	"02": text("工业园区新厂投产\n园区负责人介绍了新厂的情况。\nto 04", library),
	"03": text("柳湾大桥合龙\n大桥全长八百米，是河阳市跨度最大的桥梁。\nfrom 01", "河阳县秋粮归仓\n各乡镇组织农机手抢收。\nfrom 01"),
	"04": text("-\n新厂全部达产后年产值可达十亿元。\nfrom 02"),
}

func issueOf(t *testing.T, n int) newspaper.IssueKey {
	t.Helper()
	issue, err := newspaper.NewIssueKey("heyang-ribao", time.Date(2026, 1, 1+n, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
	if err != nil {
		t.Fatal(err)
	}
	return issue
}

func pageOf(issue newspaper.IssueKey, page string) newspaper.PageKey {
	return newspaper.PageKey{Publication: issue.Publication, Date: issue.Date, Edition: "main", Page: page}
}

func announce(t *testing.T, b *bus.Bus, issue newspaper.IssueKey, pages ...string) {
	t.Helper()
	a := newspaper.Announcement{Issue: issue, Announced: time.Now().UTC()}
	for _, p := range pages {
		a.Pages = append(a.Pages, pageOf(issue, p))
	}
	_, guard, err := b.Announcement(t.Context(), issue)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Announce(t.Context(), a, guard, testTrace); err != nil {
		t.Fatal(err)
	}
}

const testTrace = "00-11111111111111111111111111111111-2222222222222222-01"

func command(t *testing.T, b *bus.Bus, c event.Command) {
	t.Helper()
	c.Run = event.NewRun(time.Now())
	if err := b.Command(t.Context(), service, c); err != nil {
		t.Fatal(err)
	}
}

func orders(pages []string) [][]string {
	if len(pages) <= 1 {
		return [][]string{slices.Clone(pages)}
	}
	var out [][]string
	for i := range pages {
		for _, rest := range orders(slices.Delete(slices.Clone(pages), i, i+1)) {
			out = append(out, append([]string{pages[i]}, rest...))
		}
	}
	return out
}

// partsOf is what a reader of the article events has of an issue in the end,
// without what differs from day to day: for each article its parts.
func partsOf(t *testing.T, articles map[string]newspaper.Article, issue newspaper.IssueKey) map[string][]string {
	t.Helper()
	short := func(uri string) string {
		key, _, err := newspaper.ParseArticleURI(uri)
		if err != nil {
			t.Fatal(err)
		}
		a, ok := articles[uri]
		if !ok {
			t.Fatalf("%s is a part and not there", uri)
		}
		return key.Page + " " + a.MainHeadline()
	}
	out := map[string][]string{}
	for uri, a := range articles {
		if a.Print.Date != issue.Date {
			continue
		}
		parts := []string{}
		for _, p := range a.Print.Parts {
			parts = append(parts, short(p.URI))
		}
		out[short(uri)] = parts
	}
	return out
}

// completions are the events that say an issue is complete, by issue in order.
func completions(t *testing.T, b *bus.Bus) map[newspaper.IssueKey][]newspaper.CompletedIssue {
	t.Helper()
	out := map[newspaper.IssueKey][]newspaper.CompletedIssue{}
	err := b.Read(t.Context(), event.Issues, "issues.completed.>", func(m *bus.Message) error {
		e, err := m.Event()
		if err != nil {
			return err
		}
		c, err := event.DataAs[newspaper.CompletedIssue](e, event.IssueCompleted)
		out[c.Issue] = append(out[c.Issue], c)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for issue, all := range out {
		for i := 1; i < len(all); i++ {
			if all[i].Same(&all[i-1]) || all[i].Sequence <= all[i-1].Sequence {
				t.Errorf("%s: the same state is complete twice: %+v", issue, all[i])
			}
		}
	}
	return out
}

// whole is what every order of arrival must lead to.
var whole = map[string][]string{
	"01 河阳县秋粮颗粒归仓":   {"01 河阳县秋粮颗粒归仓", "03 河阳县秋粮归仓"},
	"03 河阳县秋粮归仓":     {"01 河阳县秋粮颗粒归仓", "03 河阳县秋粮归仓"},
	"01 柳湾大桥今日合龙":    {"01 柳湾大桥今日合龙", "03 柳湾大桥合龙"},
	"03 柳湾大桥合龙":      {"01 柳湾大桥今日合龙", "03 柳湾大桥合龙"},
	"02 工业园区新厂投产":    {"02 工业园区新厂投产", "04 "},
	"04 ":            {"02 工业园区新厂投产", "04 "},
	"02 城南图书馆延长开放时间": {},
}

// Four pages in each of their 24 orders, once one after the other and once all at
// once to several processes, announced before, between and after: always the same
// articles with the same parts, and the issue complete in the same state.
func TestEveryOrderOfArrival(t *testing.T) {
	server := bustest.Start(t)
	b := server.Bus(t, "parse")
	for range 2 {
		start(t, newService(t, server.Bus(t, "parse")))
	}
	all := orders([]string{"01", "02", "03", "04"})
	if len(all) != 24 {
		t.Fatal(len(all))
	}
	for n, order := range all {
		one, other := issueOf(t, 2*n), issueOf(t, 2*n+1)
		for i, page := range order {
			if i == n%4 {
				announce(t, b, one, order...)
				announce(t, b, other, order...)
			}
			receiveAs(t, b, pageOf(other, page), fourPages[page])
			receiveAs(t, b, pageOf(one, page), fourPages[page])
			eventually(t, "page "+page, func() bool {
				m, _, err := b.Manifest(t.Context(), pageOf(one, page))
				return err == nil && m.Sequence > 0
			})
		}
	}
	settled(t, b)
	articles, complete := live(t, b), completions(t, b)
	for n, order := range all {
		for _, issue := range []newspaper.IssueKey{issueOf(t, 2*n), issueOf(t, 2*n+1)} {
			if got := partsOf(t, articles, issue); !reflect.DeepEqual(got, whole) {
				t.Errorf("%v: %v", order, got)
			}
			states := complete[issue]
			if len(states) == 0 {
				t.Errorf("%v: never complete", order)
				continue
			}
			last := states[len(states)-1]
			if last.Articles != len(whole) || len(last.Pages) != 4 {
				t.Errorf("%v: %+v", order, last)
			}
			for _, p := range last.Pages {
				if m, _, err := b.Manifest(t.Context(), p.Key); err != nil || completed(&m) != p {
					t.Errorf("%v: the last event has %+v, the manifest says %+v, %v", order, p, completed(&m), err)
				}
			}
		}
	}
}

// A page that changes has its whole joined anew, and the issue is complete again.
func TestJoinedAnewWhenAPageChanges(t *testing.T) {
	b := bustest.Start(t).Bus(t, "parse")
	start(t, newService(t, b))
	issue := issueOf(t, 0)
	announce(t, b, issue, "01", "02", "03", "04")
	for page, data := range fourPages {
		receiveAs(t, b, pageOf(issue, page), data)
	}
	settled(t, b)
	check := func(what string, change func(map[string][]string)) {
		t.Helper()
		settled(t, b)
		want := map[string][]string{}
		for k, v := range whole {
			want[k] = v
		}
		change(want)
		if got := partsOf(t, live(t, b), issue); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v", what, got)
		}
	}
	count := func() int { return len(completions(t, b)[issue]) }
	check("at first", func(map[string][]string) {})
	before, changes := count(), messages(t, b, event.Articles)

	// The same page parsed again is no change.
	command(t, b, event.Command{Action: event.Reparse, Key: pageOf(issue, "03")})
	check("parsed again", func(map[string][]string) {})
	if after := messages(t, b, event.Articles); after != changes+1 || count() != before {
		t.Errorf("a parse without a change wrote %d events and %d completions", after-changes, count()-before)
	}
	receiveAs(t, b, pageOf(issue, "03"), text(strings.Split(strings.TrimSpace(string(fourPages["03"])), "\n\n")[0]))
	check("the other end is gone", func(w map[string][]string) {
		delete(w, "03 河阳县秋粮归仓")
		w["01 河阳县秋粮颗粒归仓"] = []string{}
	})
	if count() <= before {
		t.Error("the issue changed and was not complete again")
	}
	receiveAs(t, b, pageOf(issue, "03"), append(fourPages["03"], '\n'))
	check("it is back", func(map[string][]string) {})
	receiveAs(t, b, pageOf(issue, "01"), text(harvest, bridge))
	check("no jump lines any more", func(w map[string][]string) {
		for _, k := range []string{"01 河阳县秋粮颗粒归仓", "03 河阳县秋粮归仓", "01 柳湾大桥今日合龙", "03 柳湾大桥合龙"} {
			w[k] = []string{}
		}
	})
	receiveAs(t, b, pageOf(issue, "01"), append(fourPages["01"], '\n'))
	check("they are back", func(map[string][]string) {})
	before = count()
	command(t, b, event.Command{Action: event.Withdraw, Key: pageOf(issue, "03"), Reason: "撤稿"})
	check("a page is withdrawn", func(w map[string][]string) {
		delete(w, "03 河阳县秋粮归仓")
		delete(w, "03 柳湾大桥合龙")
		w["01 河阳县秋粮颗粒归仓"], w["01 柳湾大桥今日合龙"] = []string{}, []string{}
	})
	all := completions(t, b)[issue]
	if last := all[len(all)-1]; len(all) <= before || last.Pages[2].Withdrawn != "撤稿" || last.Articles != 5 {
		t.Errorf("after the withdrawal: %+v", last)
	}
}

// What a service was stopped before is done by the one that gets the message next.
func TestInterruptedBeforeJoining(t *testing.T) {
	b := bustest.Start(t).Bus(t, "parse")
	s := newService(t, b)
	issue := issueOf(t, 0)
	announce(t, b, issue, "01", "03")
	for _, page := range []string{"01", "03"} {
		receiveAs(t, b, pageOf(issue, page), fourPages[page])
		p, _, err := b.Page(t.Context(), pageOf(issue, page))
		if err != nil {
			t.Fatal(err)
		}
		// Committed, and then stopped.
		if err := s.parse(t.Context(), job{key: p.Key, revision: p.Current(), trace: testTrace}); err != nil {
			t.Fatal(err)
		}
	}
	if len(completions(t, b)) != 0 {
		t.Fatal("nobody could have said that the issue is complete")
	}
	start(t, s)
	settled(t, b)
	if got := partsOf(t, live(t, b), issue); len(got["03 柳湾大桥合龙"]) != 2 || len(completions(t, b)[issue]) == 0 {
		t.Errorf("%v, %v", got, completions(t, b))
	}
}

// A dead announcement that is retried is looked at again.
func TestRetriedAnnouncement(t *testing.T) {
	b := bustest.Start(t).Bus(t, "parse")
	s := newService(t, b)
	issue := issueOf(t, 0)
	announce(t, b, issue, "02")
	receiveAs(t, b, pageOf(issue, "02"), fourPages["02"])
	p, _, err := b.Page(t.Context(), pageOf(issue, "02"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.parse(t.Context(), job{key: p.Key, revision: p.Current(), trace: testTrace}); err != nil {
		t.Fatal(err)
	}
	if err := s.announcement(t.Context(), "issues.announced.bad", ""); err == nil {
		t.Error("a subject that names no issue")
	}
	letter := event.Letter{Service: service, Stream: event.Issues, Subject: event.AnnouncedSubject(issue)}
	e, err := event.New(event.CommandGiven, "cli", "x", "", time.Now(), event.Command{Action: event.Retry, Letter: &letter})
	if err != nil {
		t.Fatal(err)
	}
	data, err := e.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.command(context.Background(), &bus.Message{Data: data}); err != nil {
		t.Fatal(err)
	}
	if got := completions(t, b)[issue]; len(got) != 1 || got[0].Articles != 2 {
		t.Error(fmt.Sprint(got))
	}
}
