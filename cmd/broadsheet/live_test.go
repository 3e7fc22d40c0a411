package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"broadsheet/cmd/broadsheet/allinone"
	"broadsheet/cmd/broadsheet/internal/madeup"
	"broadsheet/contract"
	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
)

// live is an all-in-one in this process that commands talk to.
type live struct {
	t *testing.T
	allinone.Running
	stop func() // before the test ends
}

func startLive(t *testing.T, o allinone.Options) live {
	t.Helper()
	l := live{t: t}
	ready, ended := make(chan allinone.Running, 1), make(chan error, 1)
	o.HTTP, o.NATS, o.MaxStore = "127.0.0.1:0", "127.0.0.1:0", 1<<30
	if o.Data == "" {
		o.Data = t.TempDir()
	}
	o.Logger = zaptest.NewLogger(t, zaptest.Level(zap.FatalLevel))
	o.Ready = func(r allinone.Running) { ready <- r }
	ctx, cancel := context.WithCancel(context.Background())
	go func() { ended <- allinone.Run(ctx, o) }()
	select {
	case err := <-ended:
		t.Fatal(err)
	case l.Running = <-ready:
	}
	l.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(l.stop)
	t.Setenv("BROADSHEET_SERVER", l.HTTP)
	t.Setenv("BROADSHEET_NATS", l.Running.NATS)
	return l
}

// call runs a command, checks its exit code, and returns all it printed.
func (l live) call(want int, args ...string) string {
	l.t.Helper()
	var out bytes.Buffer
	if got := run(args, strings.NewReader(""), &out, &out); got != want {
		l.t.Fatalf("broadsheet %s ends with %d, not %d:\n%s", strings.Join(args, " "), got, want, out.String())
	}
	return out.String()
}

// mentions checks that a text has all the parts.
func (l live) mentions(text string, parts ...string) {
	l.t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			l.t.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}

// eventually repeats a command until it prints what is wanted.
func (l live) eventually(wanted string, args ...string) {
	l.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	var out bytes.Buffer
	for !strings.Contains(out.String(), wanted) {
		if time.Now().After(deadline) {
			l.t.Fatalf("broadsheet %s does not come to print %q:\n%s", strings.Join(args, " "), wanted, out.String())
		}
		time.Sleep(20 * time.Millisecond)
		out.Reset()
		run(args, strings.NewReader(""), &out, &out)
	}
}

func writePage(t *testing.T, path string, p madeup.Page) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(p.Text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// One page through every command: upload, search, status, watch, re-parse,
// withdraw.
func TestCommandsLive(t *testing.T) {
	l := startLive(t, allinone.Options{})
	dir := t.TempDir()
	p := madeup.New(5, 0, 1, 2)
	key := p.Key.String()
	writePage(t, filepath.Join(dir, filepath.FromSlash(key)+".txt"), p)
	writePage(t, filepath.Join(dir, "notes to self.txt"), p)

	l.mentions(l.call(exitRefused, "upload", "--wait", dir), "accepted   1", "refused    1", "notes to self.txt", "does not say which page", "searchable 1", "dead       0")
	l.mentions(l.call(exitOK, "upload", filepath.Join(dir, "ceshi-bao")), "accepted   0", "duplicate  1", "refused    0")
	l.mentions(l.call(exitOK, "search", p.Markers[0]), "1 of 1 articles", "ceshi-bao 2022-01-01, page 01")
	l.mentions(l.call(exitOK, "search", "--json", p.Markers[0]), `"total":1`)
	if status, body := l.request(http.MethodGet, "/v1/articles?q="+url.QueryEscape(strings.Repeat("雪", 34_000)), "", ""); status != http.StatusBadRequest || !strings.Contains(body, `"field":"q"`) {
		t.Errorf("a query of 100 kB: %d %.200s", status, body)
	}
	l.mentions(l.call(exitOK, "status"), "ceshi-bao", "books: balance, nothing is waiting")
	l.mentions(l.call(exitOK, "status", key), "revision 1  committed", "live")
	l.mentions(l.call(exitRefused, "status", "ceshi-bao/2022-01-01/main/99"), "ceshi-bao/2022-01-01/main/99")
	l.mentions(l.call(exitOK, "watch", "--since", "1h", "--until-now"), "received revision 1", "parsed revision 1", "article version 1", "index: applied")

	l.mentions(l.call(exitOK, "reparse", "--publication", "ceshi-bao", "--from", "2022-01-01"), "1 pages")
	l.eventually("parsed revision 1: 2 articles\n", "watch", "--since", "2", "--type", "parsed", "--until-now")
	l.mentions(l.call(exitOK, "reparse", "--publication", "other"), "0 pages")

	uri := l.firstArticle()
	l.call(exitOK, "withdraw", uri, "--reason", "稿件失实")
	l.eventually("withdrawn: 稿件失实", "watch", "--since", "1h", "--type", "withdrawn", "--until-now")
	l.eventually("1 of 1 articles", "search", "--publication", "ceshi-bao")
	l.mentions(l.call(exitOK, "reindex", "--wait"), "searches answer from the new index")
	l.mentions(l.call(exitOK, "search", "--publication", "ceshi-bao"), "1 of 1 articles")
	l.mentions(l.call(exitOK, "status"), "books: balance, nothing is waiting")
	l.mentions(l.call(exitRefused, "withdraw", "ceshi-bao/2022-01-01/main/99", "--reason", "x"), "never received")
	l.published(event.PageReceived, event.PageParsed, event.ArticleParsed, event.ArticleWithdrawn, event.ArticleIndexed)
}

// published checks that every event that is kept is what the contract says, and
// that there are some of each of these types.
func (l live) published(types ...event.Type) {
	l.t.Helper()
	b, err := bus.Connect(l.t.Context(), bus.Options{URL: l.Running.NATS, Name: "cli"})
	if err != nil {
		l.t.Fatal(err)
	}
	defer b.Close()
	seen := map[event.Type]int{}
	for _, stream := range event.Streams {
		if stream.Retention == event.WorkQueue {
			continue
		}
		err := b.Read(l.t.Context(), stream.Name, "", func(m *bus.Message) error {
			e, err := m.Event()
			seen[e.Type]++
			return errors.Join(err, contract.Check(m.Data))
		})
		if err != nil {
			l.t.Errorf("%s: %v", stream.Name, err)
		}
	}
	for _, t := range types {
		if seen[t] == 0 {
			l.t.Errorf("no %s among %v", t, seen)
		}
	}
}

// The webhook delivers what there is, from the command line, until the endpoint
// wants no more.
func TestWebhookLive(t *testing.T) {
	l := startLive(t, allinone.Options{})
	dir := t.TempDir()
	p := madeup.New(8, 0, 1, 3)
	writePage(t, filepath.Join(dir, filepath.FromSlash(p.Key.String())+".txt"), p)
	l.call(exitOK, "upload", "--wait", dir)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var taken atomic.Int32
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if err := contract.Check(body); err != nil {
			t.Error(err)
		}
		if taken.Add(1) > 2 {
			w.WriteHeader(http.StatusGone)
		}
	}))
	defer endpoint.Close()
	l.mentions(l.call(exitRefused, "webhook", "--url", endpoint.URL, "--secret-file", secret, "--since", "1", "--concurrency", "1", "--log-level", "error"),
		"wants no more events (410 Gone)", "goes on where it was")
	if n := taken.Load(); n < 3 {
		t.Errorf("%d requests", n)
	}
}

// firstArticle returns the uri of the first article that was published, as watch
// --json prints it.
func (l live) firstArticle() string {
	l.t.Helper()
	line, _, _ := strings.Cut(l.call(exitOK, "watch", "--since", "1", "--type", "article", "--until-now", "--json"), "\n")
	e, err := event.Decode([]byte(line))
	if err != nil {
		l.t.Fatal(err)
	}
	a, err := event.DataAs[newspaper.Article](e, event.ArticleParsed)
	if err != nil {
		l.t.Fatal(err)
	}
	return a.URI
}

// A page that cannot be read is dead: the commands say so, and it can be retried.
func TestDeadPageLive(t *testing.T) {
	l := startLive(t, allinone.Options{})
	dir := t.TempDir()
	for name, text := range map[string]string{"a.pdf": "%PDF-1.7\n", "b.txt": madeup.New(6, 1, 1, 1).Text} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	manifest := "path,publication,date,page,upload id\na.pdf,ceshi-bao,2022-10-30,1,scan-1\nb.txt,ceshi-bao,2022-10-30,2,scan-2\ngone.txt,ceshi-bao,2022-10-30,3,\n"
	list := filepath.Join(dir, "list.csv")
	if err := os.WriteFile(list, []byte(manifest), 0o644); err != nil {
		t.Fatal(err)
	}
	l.mentions(l.call(exitRefused, "upload", "--wait", "--manifest", list),
		"accepted   2", "refused    1", "row 3: ", "gone.txt", "no such file", "searchable 1", "dead       1", "application/pdf")
	l.mentions(l.call(exitRefused, "issue", "ceshi-bao/2022-10-30"),
		"ceshi-bao 2022-10-30: not complete, as announced", "3 pages: 1 committed, 0 waiting, 1 dead, 1 missing; 1 articles", "main/03  missing", "urn:broadsheet:article:ceshi-bao:2022-10-30:main:02:")
	l.mentions(l.call(exitRefused, "issue", "ceshi-bao/2022-10-31"), "nothing of ceshi-bao/2022-10-31")
	l.call(exitUsage, "issue", "ceshi-bao")
}

// A manifest's pages are announced, and an event says when all of them are there.
func TestCompleteIssueLive(t *testing.T) {
	l := startLive(t, allinone.Options{})
	dir := t.TempDir()
	list := "path,publication,date,page\n"
	for n := 1; n <= 2; n++ {
		name := fmt.Sprintf("%d.txt", n)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(madeup.New(uint64(n), n, 1, 1).Text), 0o644); err != nil {
			t.Fatal(err)
		}
		list += fmt.Sprintf("%s,ceshi-bao,2022-10-30,%d\n", name, n)
	}
	if err := os.WriteFile(filepath.Join(dir, "list.csv"), []byte(list), 0o644); err != nil {
		t.Fatal(err)
	}
	l.mentions(l.call(exitOK, "upload", "--wait", "--manifest", filepath.Join(dir, "list.csv")), "searchable 2")
	l.eventually("complete: 2 pages, 2 articles", "watch", "--type", "issue", "--since", "1h", "--until-now")
	l.mentions(l.call(exitOK, "watch", "--type", "issue", "--since", "1h", "--until-now"), "announced: 2 pages")
	l.mentions(l.call(exitOK, "issue", "ceshi-bao/2022-10-30"), "complete, as announced", "2 committed")
	l.mentions(l.call(exitOK, "issue", "--json", "ceshi-bao/2022-10-30"), `"complete":true`)
}

// The letters' commands.
func TestLettersLive(t *testing.T) {
	l := startLive(t, allinone.Options{})
	path := filepath.Join(t.TempDir(), "ceshi-bao_2022-10-30_main_01.pdf")
	if err := os.WriteFile(path, []byte("%PDF-1.7\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	l.mentions(l.call(exitRefused, "upload", "--wait", path), "dead       1")
	l.mentions(l.call(exitRefused, "status", "ceshi-bao/2022-10-30/main/01"), "revision 1  dead", "unsupported", "application/pdf")
	id := l.onlyLetter("")
	l.mentions(l.call(exitOK, "deadletters", "retry", id), id, event.Retried)
	l.eventually("1 wait for a person", "deadletters") // it died again
	again := l.onlyLetter("")
	if again == id {
		t.Fatalf("the retried letter %s still waits", id)
	}
	l.mentions(l.call(exitOK, "deadletters", "discard", again), event.Discarded)
	l.eventually("0 wait for a person", "deadletters", "list")
	l.mentions(l.call(exitRefused, "deadletters", "discard", again), "refused")
	l.published(event.PageReceived, event.LetterResolved)
}

// onlyLetter returns the id of the one letter with that resolution.
func (l live) onlyLetter(resolution string) string {
	l.t.Helper()
	var answer struct {
		Letters []struct{ ID, Resolution string }
	}
	if err := json.Unmarshal([]byte(l.call(exitOK, "deadletters", "list", "--json")), &answer); err != nil {
		l.t.Fatal(err)
	}
	var ids []string
	for _, letter := range answer.Letters {
		if letter.Resolution == resolution {
			ids = append(ids, letter.ID)
		}
	}
	if len(ids) != 1 {
		l.t.Fatalf("%d letters wait, not one: %v", len(ids), ids)
	}
	return ids[0]
}
