package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"broadsheet/cmd/broadsheet/allinone"
	"broadsheet/cmd/broadsheet/internal/madeup"
	"broadsheet/pkg/newspaper"
)

// uploaded puts n pages of articles into a live Broadsheet and waits for them.
func (l live) uploaded(n, articles int) {
	l.t.Helper()
	dir := l.t.TempDir()
	for i := range n {
		p := madeup.New(7, i, 1, articles)
		writePage(l.t, filepath.Join(dir, filepath.FromSlash(p.Key.String())+".txt"), p)
	}
	l.mentions(l.call(exitOK, "upload", "--wait", dir), fmt.Sprintf("searchable %d", n), "refused    0")
}

func urisOf(t *testing.T, data []byte) []string {
	t.Helper()
	var out []string
	for _, line := range bytes.Split(bytes.TrimSpace(data), []byte("\n")) {
		var a newspaper.Article
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		out = append(out, a.URI)
	}
	return out
}

func TestExportLive(t *testing.T) {
	l := startLive(t, allinone.Options{})
	l.uploaded(30, 8)
	dir := t.TempDir()
	file := filepath.Join(dir, "all.jsonl")
	l.mentions(l.call(exitOK, "export", "--out", file), "240 articles")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all := urisOf(t, data)
	seen := map[string]bool{}
	for _, uri := range all {
		seen[uri] = true
	}
	if len(all) != 240 || len(seen) != 240 {
		t.Fatalf("%d articles, %d different", len(all), len(seen))
	}
	if _, err := os.Stat(file + ".cursor"); !os.IsNotExist(err) {
		t.Errorf("what resuming needs is left: %v", err)
	}
	l.mentions(l.call(exitRefused, "export", "--out", file), "is there already")
	l.call(exitUsage, "export", "--resume")
	l.mentions(l.call(exitOK, "export", "--page", "01", "--page", "02", "--from", "2022-01-01", "--format", "csv"), "uri,version", ":main:01:", ":main:02:", "32 articles")
	l.mentions(l.call(exitOK, "export", "--format", "parquet", "--out", filepath.Join(dir, "all.parquet")), "240 articles")
	l.mentions(l.call(exitRefused, "export", "--from", "2022-02-30"), "not a day of the calendar")

	// Interrupted after the second part, and resumed: the same file.
	base, err := url.Parse(l.HTTP)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(base)
	var asked atomic.Int32
	var interrupt context.CancelFunc
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 3 {
			interrupt()
		}
		proxy.ServeHTTP(w, r)
	}))
	defer between.Close()
	for _, format := range []string{"jsonl", "csv"} {
		asked.Store(0)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		interrupt = cancel
		part := filepath.Join(dir, "part."+format)
		c := exportCommand{Format: format, Out: part}
		c.Server = between.URL
		var said bytes.Buffer
		if err := c.Run(ctx, &terminal{nil, &said, &said}); err == nil {
			t.Fatal("an export that was interrupted is complete")
		}
		if !strings.Contains(said.String(), "--resume") {
			t.Errorf("it says %s", said.String())
		}
		torn, err := os.OpenFile(part, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := torn.WriteString(`{"uri":"torn`); err != nil || torn.Close() != nil {
			t.Fatal(err)
		}
		l.mentions(l.call(exitRefused, "export", "--resume", "--page", "01", "--format", format, "--out", part), "other filters")
		l.mentions(l.call(exitOK, "export", "--resume", "--format", format, "--out", part), "240 articles")
		resumed, err := os.ReadFile(part)
		if err != nil {
			t.Fatal(err)
		}
		whole := l.call(exitOK, "export", "--format", format)
		if !strings.HasPrefix(whole, string(resumed)) || len(whole)-len(resumed) > len("240 articles\n") {
			t.Errorf("%s: the resumed file has %d bytes, a whole one %d", format, len(resumed), len(whole))
		}
	}
}
