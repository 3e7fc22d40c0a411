package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"broadsheet/cmd/broadsheet/allinone"
	"broadsheet/pkg/event"
)

// request asks Broadsheet over HTTP and returns status and body.
func (l live) request(method, path, body, token string) (int, string) {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), method, l.HTTP+path, strings.NewReader(body))
	if err != nil {
		l.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		l.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	return answer.StatusCode, string(data)
}

// answers waits until a path answers with a status, and returns the body.
func (l live) answers(status int, path string) string {
	l.t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for {
		got, body := l.request(http.MethodGet, path, "", "")
		if got == status {
			return body
		}
		if time.Now().After(deadline) {
			l.t.Fatalf("%s answers %d, not %d: %s", path, got, status, body)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Takedown as people see it, by the command line and over HTTP: hidden, taken back,
// erased, refused when it comes again, and logged. After the erasure none of the
// text's bytes is in any file of the data directory.
func TestTakedownLive(t *testing.T) {
	const token, marker, page = "correct-horse-battery", "markiert7c2f", "heyang-ribao/2026-03-02/main/01"
	tokens := filepath.Join(t.TempDir(), "admins")
	if err := os.WriteFile(tokens, fmt.Appendf(nil, "# who may take down\nduty-editor %x\n", sha256.Sum256([]byte(token))), 0o600); err != nil {
		t.Fatal(err)
	}
	l := startLive(t, allinone.Options{Admins: tokens})
	data := "柳湾大桥今日合龙 " + marker + "\n\n　　经过二十个月的施工，横跨柳湾河的大桥昨天上午顺利合龙，预计年底通车。" + marker + "\n　　大桥全长八百米，双向四车道。\n"
	if status, body := l.request(http.MethodPut, "/v1/pages/"+page, data, ""); status != http.StatusCreated {
		t.Fatal(status, body)
	}
	uri := l.articleOf(page)
	path := "/v1/articles/" + uri
	l.answers(http.StatusOK, path)

	// Nobody without a token, and nobody who makes no sense.
	for _, c := range []struct {
		status      int
		body, token string
	}{
		{http.StatusUnauthorized, `{}`, ""}, {http.StatusUnauthorized, `{}`, "something-else-16"}, {http.StatusBadRequest, `{`, token},
		{http.StatusBadRequest, `{"uri":"` + uri + `","reason":"\ud800"}`, token},
		{http.StatusBadRequest, `{"uri":"urn:newsml:other.example:2026:1","reason":"x"}`, token},
		{http.StatusBadRequest, `{"uri":"` + uri + `","key":"` + page + `","reason":"x"}`, token},
		{http.StatusBadRequest, `{"uri":"` + uri + `"}`, token}, {http.StatusBadRequest, `{"uri":"` + uri + `","reason":"x","until":"2020-01-01"}`, token},
		{http.StatusNotFound, `{"uri":"` + uri[:len(uri)-8] + `00000000","reason":"x"}`, token},
		{http.StatusNotFound, `{"key":"heyang-ribao/2026-03-02/main/09","reason":"x"}`, token},
	} {
		if status, body := l.request(http.MethodPost, "/v1/withdrawals", c.body, c.token); status != c.status {
			t.Errorf("%s: %d %s", c.body, status, body)
		}
	}
	if status, body := l.request(http.MethodPost, "/v1/withdrawals", `{"uri":"`+uri+`","reason":"稿件失实"}`, token); status != http.StatusAccepted {
		t.Fatal(status, body)
	}
	l.mentions(l.answers(http.StatusGone, path), "稿件失实")
	if status, _ := l.request(http.MethodPut, "/v1/pages/"+page, data+"　　另讯。\n", ""); status != http.StatusCreated {
		t.Fatal(status)
	}
	l.eventually("revision 2", "status", page)
	l.answers(http.StatusGone, path)
	l.call(exitOK, "reinstate", uri, "--reason", "核实无误")
	l.answers(http.StatusOK, path)
	l.call(exitRefused, "reinstate", uri, "--reason", "once more")
	l.call(exitRefused, "erase", uri[:len(uri)-8]+"00000000", "--reason", "x", "--yes")
	if len(filesWith(t, l.Data, marker)) == 0 {
		t.Fatal("the marker is in no file to begin with: the test shows nothing")
	}
	l.call(exitOK, "erase", uri, "--reason", "法院判决", "--who", "legal", "--yes")
	l.mentions(l.answers(http.StatusGone, path), "法院判决")
	deadline := time.Now().Add(60 * time.Second)
	for in := filesWith(t, l.Data, marker); len(in) > 0; in = filesWith(t, l.Data, marker) {
		if time.Now().After(deadline) {
			t.Fatalf("the marker is in %v", in)
		}
		time.Sleep(50 * time.Millisecond)
	}
	if status, body := l.request(http.MethodPut, "/v1/pages/"+page, data, ""); status != http.StatusGone {
		t.Errorf("%d %s", status, body)
	}
	l.eventually("books: balance, nothing is waiting", "status")
	log := l.call(exitOK, "audit", "--key", uri)
	l.mentions(log, "duty-editor", "withdraw", "reinstate", "legal", "erase", "法院判决")
	if strings.Contains(log, marker) || strings.Count(log, "\n") != 3 {
		t.Error(log)
	}
	if status, _ := l.request(http.MethodGet, "/v1/audit", "", ""); status != http.StatusUnauthorized {
		t.Errorf("the audit log is open: %d", status)
	}
}

// What was withdrawn stays hidden, and of what was erased no byte is left, after a
// re-parse, an upload of the same bytes, a reindex, and with streams and objects
// restored from a backup that is older than both.
func TestTakedownHoldsLive(t *testing.T) {
	const marker = "markiert91be"
	data := t.TempDir()
	l := startLive(t, allinone.Options{Data: data})
	pages := map[string]string{
		"heyang-ribao/2026-03-02/main/01": "柳湾大桥今日合龙\n\n　　经过二十个月的施工，横跨柳湾河的大桥昨天上午顺利合龙，预计年底通车。\n　　大桥全长八百米，双向四车道。\n",
		"heyang-ribao/2026-03-02/main/02": "河阳县启动春季造林 " + marker + "\n\n　　河阳县昨天启动春季造林工作，计划造林三万亩。" + marker + "\n　　县林业局负责人说，苗木已经备齐。\n",
		"heyang-ribao/2026-03-02/main/03": "县气象台发布大风预警\n\n　　县气象台昨天发布大风预警，提醒市民注意防范。\n　　预计大风持续两天。\n",
	}
	uris := map[string]string{}
	for page, text := range pages {
		if status, body := l.request(http.MethodPut, "/v1/pages/"+page, text, ""); status != http.StatusCreated {
			t.Fatal(status, body)
		}
		uris[page] = l.articleOf(page)
		l.answers(http.StatusOK, "/v1/articles/"+uris[page])
	}
	withdrawn, erased, stays := uris["heyang-ribao/2026-03-02/main/01"], uris["heyang-ribao/2026-03-02/main/02"], uris["heyang-ribao/2026-03-02/main/03"]
	l.stop()
	backup := t.TempDir()
	for _, s := range restorable {
		copyTree(t, streamDir(data, s), filepath.Join(backup, s))
	}
	if len(filesWith(t, data, marker)) == 0 || len(filesWith(t, backup, marker)) == 0 {
		t.Fatal("the marker is in no file to begin with: the test shows nothing")
	}

	l = startLive(t, allinone.Options{Data: data})
	l.call(exitOK, "withdraw", withdrawn, "--reason", "稿件失实")
	l.call(exitOK, "erase", erased, "--reason", "法院判决", "--yes")
	holds := func(after string) {
		t.Helper()
		l.eventually("books: balance, nothing is waiting", "status")
		l.mentions(l.answers(http.StatusGone, "/v1/articles/"+withdrawn), "稿件失实")
		l.mentions(l.answers(http.StatusGone, "/v1/articles/"+erased), "法院判决")
		l.answers(http.StatusOK, "/v1/articles/"+stays)
		if found := l.call(exitOK, "search", "--json", "大桥 OR 造林 OR 大风"); strings.Contains(found, withdrawn) || strings.Contains(found, erased) || !strings.Contains(found, stays) {
			t.Errorf("after %s a search finds %s", after, found)
		}
		deadline := time.Now().Add(60 * time.Second)
		for in := filesWith(t, data, marker); len(in) > 0; in = filesWith(t, data, marker) {
			if time.Now().After(deadline) {
				t.Fatalf("after %s the marker is in %v", after, in)
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	holds("the takedown")
	l.call(exitOK, "reparse", "--publication", "heyang-ribao")
	holds("a re-parse")
	for page, text := range pages {
		want := http.StatusOK // known already
		if uris[page] == erased {
			want = http.StatusGone
		}
		if status, body := l.request(http.MethodPut, "/v1/pages/"+page, text, ""); status != want {
			t.Errorf("%s again: %d %s", page, status, body)
		}
	}
	holds("an upload of the same bytes")
	l.call(exitOK, "reindex", "--wait")
	holds("a reindex")
	l.stop()
	for _, s := range restorable {
		if err := os.RemoveAll(streamDir(data, s)); err != nil {
			t.Fatal(err)
		}
		copyTree(t, filepath.Join(backup, s), streamDir(data, s))
	}
	l = startLive(t, allinone.Options{Data: data})
	holds("a restored backup")
	l.call(exitOK, "reindex", "--wait")
	holds("a reindex of the restored backup")
}

// restorable are the streams that a backup is restored of; AUDIT is kept.
var restorable = []string{event.Pages, event.Articles, "OBJ_" + event.Objects}

// streamDir is where the all-in-one's server keeps a stream.
func streamDir(data, stream string) string {
	return filepath.Join(data, "jetstream", "jetstream", "$G", "streams", stream)
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// articleOf is the uri of a page's only article.
func (l live) articleOf(page string) string {
	l.t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for {
		_, body := l.request(http.MethodGet, "/v1/pages/"+page, "", "")
		if i := strings.Index(body, "urn:broadsheet:article:"); i >= 0 {
			uri, _, _ := strings.Cut(body[i:], `"`)
			return uri
		}
		if time.Now().After(deadline) {
			l.t.Fatalf("%s has no article: %s", page, body)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// filesWith lists the files below a directory that hold a text.
func filesWith(t *testing.T, dir, text string) (in []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, []byte(text)) {
				in = append(in, path)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return in
}
