package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"broadsheet/cmd/broadsheet/allinone"
	"broadsheet/pkg/newspaper"
)

// What one Broadsheet exports another one takes in: the same articles under the
// same uris. Taken in again, nothing is new.
func TestExportedIsImportedLive(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "all.jsonl")
	old := startLive(t, allinone.Options{})
	old.uploaded(6, 3)
	old.mentions(old.call(exitOK, "export", "--out", file), "18 articles")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}

	l := startLive(t, allinone.Options{})
	l.mentions(l.call(exitOK, "import", "--check", file), "18 articles on 6 pages can be taken in")
	l.mentions(l.call(exitOK, "search"), "0 of 0 articles")
	l.mentions(l.call(exitOK, "import", "--announce", "--wait", file), "accepted   6", "searchable 6")
	l.eventually("complete: 6 pages, 18 articles", "watch", "--type", "issue", "--since", "1h", "--until-now")
	var out bytes.Buffer
	if code := run([]string{"export"}, strings.NewReader(""), &out, &bytes.Buffer{}); code != exitOK {
		t.Fatal(out.String())
	}
	was, is := byURI(t, data), byURI(t, out.Bytes())
	if len(is) != 18 {
		t.Fatalf("%d articles", len(is))
	}
	for uri, a := range was {
		b := is[uri]
		if b.MainHeadline() != a.MainHeadline() || b.Text() != a.Text() || len(b.Mentions) != len(a.Mentions) || b.Print.Page != a.Print.Page {
			t.Errorf("%s was\n%+v\nand is\n%+v", uri, a, b)
		}
	}
	// Again, from standard input and in another order of lines: the same bytes.
	var again bytes.Buffer
	if code := run([]string{"import", "-"}, bytes.NewReader(data), &again, &again); code != exitOK {
		t.Fatal(again.String())
	}
	l.mentions(again.String(), "accepted   0", "duplicate  6")
	l.mentions(l.call(exitOK, "status"), "books: balance, nothing is waiting")
}

func byURI(t *testing.T, data []byte) map[string]newspaper.Article {
	t.Helper()
	out := map[string]newspaper.Article{}
	for _, line := range bytes.Split(bytes.TrimSpace(data), []byte("\n")) {
		var a newspaper.Article
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		out[a.URI] = a
	}
	return out
}

// One wrong line, and nothing is sent.
func TestWrongLinesLive(t *testing.T) {
	l := startLive(t, allinone.Options{})
	good := `{"type":"text","headlines":[{"role":"main","value":"秋粮归仓"}],"print":{"publication":"ceshi-bao","date":"2022-10-30","edition":"main","page":"1","continues":null}}`
	for name, c := range map[string]struct {
		text string
		says []string
	}{
		"a bad date":  {good + "\n\n" + strings.Replace(good, "2022-10-30", "2022-02-30", 1), []string{"line 3: ", "not a day of the calendar", "1 lines cannot"}},
		"vocabulary":  {strings.Replace(good, `"main","value"`, `"big","value"`, 1) + "\n" + good, []string{"line 1: headlines.role"}},
		"not JSON":    {good + "\nnothing\n{", []string{"line 2: ", "line 3: ", "2 lines cannot"}},
		"no key":      {`{"type":"text","headlines":[{"role":"main","value":"x"}],"print":{"continues":null}}`, []string{"line 1: publication"}},
		"a uri twice": {strings.Repeat(strings.Replace(good, `{"type"`, `{"uri":"urn:broadsheet:article:ceshi-bao:2022-10-30:main:01:7f3c9a1e","type"`, 1)+"\n", 2), []string{"line 2: ", "that of line 1"}},
		"too many":    {strings.Repeat(good+"\n", 451), []string{"line 451: ", "450"}},
	} {
		path := filepath.Join(t.TempDir(), "wrong.jsonl")
		if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Log(name)
		l.mentions(l.call(exitRefused, "import", path), append(c.says, "nothing was sent")...)
	}
	empty := filepath.Join(t.TempDir(), "empty.jsonl")
	if err := os.WriteFile(empty, []byte("\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	l.mentions(l.call(exitRefused, "import", empty), "no article")
	l.mentions(l.call(exitRefused, "import", filepath.Join(t.TempDir(), "gone.jsonl")), "no such file")
	l.mentions(l.call(exitOK, "status"), "books: balance, nothing is waiting")
	l.mentions(l.call(exitOK, "watch", "--since", "1h", "--until-now"), "")
	if out := l.call(exitOK, "watch", "--since", "1h", "--until-now"); strings.Contains(out, "received") {
		t.Errorf("something was sent: %s", out)
	}
}
