package main

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"time"

	"broadsheet/cmd/broadsheet/allinone"
	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
)

// A re-parse of a publication ends with a report that is right about a known
// change, says the same as its dry run did, and finds nothing left when resumed.
func TestReparseReportLive(t *testing.T) {
	l := startLive(t, allinone.Options{})
	for n := 1; n <= 3; n++ {
		data := fmt.Sprintf("柳湾第%d座大桥今日合龙\n\n　　经过二十个月的施工，横跨柳湾河的大桥昨天上午顺利合龙，预计年底通车。\n　　大桥全长八百米，双向四车道。\n", n)
		if status, body := l.request(http.MethodPut, fmt.Sprintf("/v1/pages/heyang-ribao/2026-03-02/main/%02d", n), data, ""); status != http.StatusCreated {
			t.Fatal(status, body)
		}
	}
	b, err := bus.Connect(t.Context(), bus.Options{URL: l.Running.NATS, Name: "cli"})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for n := 1; n <= 3; n++ {
		key := newspaper.PageKey{Publication: "heyang-ribao", Date: "2026-03-02", Edition: "main", Page: fmt.Sprintf("%02d", n)}
		for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			m, _, err := b.Manifest(t.Context(), key)
			if err != nil || time.Now().After(deadline) {
				t.Fatalf("%s is not parsed: %v", key, err)
			}
			if m.Sequence > 0 {
				break
			}
		}
	}
	count := func(report, what string) string {
		t.Helper()
		m := regexp.MustCompile(`(?m)^` + what + ` +(\d+)`).FindStringSubmatch(report)
		if m == nil {
			t.Fatalf("no %s in:\n%s", what, report)
		}
		return m[1]
	}
	before := l.call(exitOK, "reparse", "--publication", "heyang-ribao", "--dry-run")
	live := count(before, "unchanged")
	if live == "0" || count(before, "pages") != "3" || count(before, "changed") != "0" {
		t.Fatal(before)
	}
	// The known change: manifests say what an older parser would have left there. It
	// has read one article differently, has overlooked one, and has seen one where
	// there is none.
	older := func(page string, change func(m *newspaper.Manifest) string) string {
		t.Helper()
		key := newspaper.PageKey{Publication: "heyang-ribao", Date: "2026-03-02", Edition: "main", Page: page}
		m, guard, err := b.Manifest(t.Context(), key)
		if err != nil || len(m.Articles) == 0 {
			t.Fatal(m, err)
		}
		uri := change(&m)
		m.Sequence++
		e, err := event.New(event.PageParsed, "parse", "older "+page, key.String(), time.Now(), m)
		if err == nil {
			err = b.CommitPage(t.Context(), nil, e, guard, "")
		}
		if err != nil {
			t.Fatal(err)
		}
		return uri
	}
	examples := []string{
		older("01", func(m *newspaper.Manifest) string { m.Articles[0].Digest = "another"; return m.Articles[0].URI }),
		older("02", func(m *newspaper.Manifest) string {
			m.Articles[0].State = newspaper.Vanished
			return m.Articles[0].URI
		}),
		older("03", func(m *newspaper.Manifest) string {
			m.Articles = append(m.Articles, newspaper.ManifestArticle{URI: m.Key.ArticleURI("0000000f"), Version: 1, State: newspaper.Live, Headline: "没有这篇稿件", Digest: "none"})
			return m.Key.ArticleURI("0000000f")
		}),
	}
	dry := l.call(exitOK, "reparse", "--publication", "heyang-ribao", "--dry-run")
	done := l.call(exitOK, "reparse", "--publication", "heyang-ribao")
	for _, report := range []string{dry, done} {
		if count(report, "unchanged") != "1" || count(report, "changed") != "1" || count(report, "added") != "1" || count(report, "withdrawn") != "1" {
			t.Errorf("%s", report)
		}
		l.mentions(report, examples...)
	}
	run := regexp.MustCompile(`--resume (\S+)`).FindStringSubmatch(done)[1]
	again := l.call(exitOK, "reparse", "--publication", "heyang-ribao", "--resume", run)
	if count(again, "changed") != "1" || count(again, "added") != "1" || count(again, "withdrawn") != "1" || count(again, "pages") != "3" {
		t.Errorf("resumed: %s", again)
	}
	if dry := l.call(exitOK, "reparse", "--publication", "heyang-ribao", "--dry-run"); count(dry, "unchanged") != live {
		t.Errorf("after it: %s", dry)
	}
}
