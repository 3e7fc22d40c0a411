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
	uri := ""
	deadline := time.Now().Add(60 * time.Second)
	for uri == "" && time.Now().Before(deadline) {
		_, body := l.request(http.MethodGet, "/v1/pages/"+page, "", "")
		if i := strings.Index(body, "urn:broadsheet:article:"); i >= 0 {
			uri, _, _ = strings.Cut(body[i:], `"`)
		}
	}
	path := "/v1/articles/" + uri
	l.answers(http.StatusOK, path)

	// Nobody without a token, and nobody who makes no sense.
	for _, c := range []struct {
		status      int
		body, token string
	}{
		{http.StatusUnauthorized, `{}`, ""}, {http.StatusUnauthorized, `{}`, "something-else-16"}, {http.StatusBadRequest, `{`, token},
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
	deadline = time.Now().Add(60 * time.Second)
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
