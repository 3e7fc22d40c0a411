package bus_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
)

// inFiles counts the files below a directory that hold a text.
func inFiles(t *testing.T, dir, text string) (in []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // a server removes files while one looks
		}
		data, err := os.ReadFile(path)
		if err == nil && bytes.Contains(data, []byte(text)) {
			in = append(in, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// What is scrubbed stands neither in the stream nor in its files; its neighbours do.
func TestScrubOverwrites(t *testing.T) {
	s := bustest.Start(t)
	b := s.Bus(t, "parse")
	const marker = "MARKER-of-what-is-erased"
	k := key(t, 1)
	subject := event.ManifestSubject(k)
	for i := range 3 {
		m, err := event.New(event.PageParsed, "parse", "m", k.String(), time.Now(), map[string]string{"text": marker})
		if err != nil {
			t.Fatal(err)
		}
		guard := uint64(i)
		if err := b.CommitPage(t.Context(), nil, m, guard, ""); err != nil {
			t.Fatal(err)
		}
	}
	sha, err := b.PutObject(t.Context(), []byte(strings.Repeat("x", 300_000)+marker))
	if err != nil {
		t.Fatal(err)
	}
	if len(inFiles(t, s.Store(), marker)) < 2 {
		t.Fatal("the marker is not in the files: the test shows nothing")
	}
	seen := 0
	count := func(*bus.Message) error { seen++; return nil }
	if n, err := b.Scrub(t.Context(), event.Articles, subject, 3, count); n != 2 || seen != 2 || err != nil {
		t.Fatalf("%d scrubbed, %d seen: %v", n, seen, err)
	}
	for range 2 {
		if err := b.EraseObject(t.Context(), sha); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Object(t.Context(), sha); !fault.Is(err, fault.Corrupt) {
		t.Errorf("the object: %v", err)
	}
	if _, err := b.MessageAt(t.Context(), event.Articles, 3); err != nil {
		t.Errorf("the message that was to stay: %v", err)
	}
	if n, err := b.Scrub(t.Context(), event.Articles, subject, 0, nil); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	s.Kill() // what is in the files now is all there is
	if in := inFiles(t, s.Store(), marker); len(in) > 0 {
		t.Errorf("the marker is still in %v", in)
	}
}

// The audit log takes an entry once, and gives none back.
func TestAuditLog(t *testing.T) {
	s, b := server(t)
	k := key(t, 1)
	first := event.Audit{Run: event.NewRun(time.Now()), Time: time.Now().UTC(), Who: "chief editor", Action: event.Withdraw, Key: k, Reason: "失实"}
	for range 2 {
		if err := b.Audit(t.Context(), first, ""); err != nil {
			t.Fatal(err)
		}
	}
	letter := event.Audit{Run: event.NewRun(time.Now()), Time: time.Now().UTC(), Who: "ops", Action: event.Discard, Letter: "parse.PAGES.1"}
	if err := b.Audit(t.Context(), letter, ""); err != nil {
		t.Fatal(err)
	}
	var log []event.Audit
	if err := b.AuditLog(t.Context(), "", func(a event.Audit) error { log = append(log, a); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(log) != 2 || log[0] != first || log[1].Letter != letter.Letter {
		t.Fatalf("%+v", log)
	}
	stream, err := hand(t, s).Stream(t.Context(), event.AuditLog)
	if err != nil {
		t.Fatal(err)
	}
	if stream.DeleteMsg(t.Context(), 1) == nil || stream.Purge(t.Context()) == nil {
		t.Error("an entry of the audit log can be removed")
	}
}
