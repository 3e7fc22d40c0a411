package contract

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
)

// declared are the event types of pkg/event, read from its source: nobody can
// forget one.
func declared(t *testing.T) []event.Type {
	t.Helper()
	var out []event.Type
	files, err := filepath.Glob("../pkg/event/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if name, ok := spec.Type.(*ast.Ident); ok && name.Name == "Type" {
				for _, v := range spec.Values {
					if text, err := strconv.Unquote(v.(*ast.BasicLit).Value); err == nil {
						out = append(out, event.Type(text))
					}
				}
			}
			return true
		})
	}
	if len(out) < 8 {
		t.Fatalf("only %v found", out)
	}
	return out
}

// Every event type has a row, and every row a type, a schema and a golden event.
func TestEveryTypeIsDescribed(t *testing.T) {
	types := declared(t)
	for _, typ := range types {
		if !slices.ContainsFunc(Types, func(d Described) bool { return d.Type == typ }) {
			t.Errorf("%s has no row in contract.Types: add one, an event to golden/1, and run go generate broadsheet/contract", typ)
		}
	}
	for _, d := range Types {
		if !slices.Contains(types, d.Type) {
			t.Errorf("%s is no type of pkg/event", d.Type)
		}
		if _, err := fs.Stat(Schemas(), string(d.Type)+".json"); err != nil {
			t.Errorf("%s: %v: run go generate broadsheet/contract", d.Type, err)
		}
	}
	if names, _ := fs.Glob(Schemas(), "*.json"); len(names) != len(Types) {
		t.Errorf("%d schemas for %d types", len(names), len(Types))
	}
}

// An address is one of its stream's, and what pkg/event publishes on.
func TestAddresses(t *testing.T) {
	key := newspaper.PageKey{Publication: "a", Date: "2026-03-02", Edition: "main", Page: "01"}
	subjects := map[event.Type]string{
		event.PageReceived: event.ReceivedSubject(key), event.PageParsed: event.ManifestSubject(key), event.CommandGiven: event.CommandSubject("parse", key),
		event.LetterWritten: event.LetterSubject("parse", "PAGES", 1), event.LetterResolved: event.LetterSubject("parse", "PAGES", 1),
	}
	for _, d := range Types {
		i := slices.IndexFunc(event.Streams, func(s event.Stream) bool { return s.Name == d.Stream })
		if i < 0 || !slices.ContainsFunc(event.Streams[i].Subjects, func(s string) bool { return strings.HasPrefix(d.Address, strings.TrimSuffix(s, ">")) }) {
			t.Errorf("%s: %s is no subject of %s", d.Type, d.Address, d.Stream)
		}
		subject := subjects[d.Type]
		if d.Subject == Article {
			var err error
			if subject, err = event.ArticleSubject(d.Type, key.ArticleURI("01234567")); err != nil {
				t.Error(err)
			}
		}
		if subject == "" {
			continue // a type of its own; its owner tests the subject
		}
		pattern := regexp.MustCompile(`\\\{[a-z]+\\\}`).ReplaceAllString(regexp.QuoteMeta(d.Address), `[^.]+`)
		if !regexp.MustCompile("^" + pattern + "$").MatchString(subject) {
			t.Errorf("%s is published on %s, not %s", d.Type, subject, d.Address)
		}
	}
}

// The schemas have exactly the attributes that the codec writes.
func TestEnvelope(t *testing.T) {
	e := event.Event{ID: "1", Source: "/broadsheet/parse", Type: event.PageParsed, Subject: "a/2026-03-02/main/01", Time: time.Now(), Sequence: 1, Data: json.RawMessage("{}")}
	written, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var have map[string]any
	if err := json.Unmarshal(written, &have); err != nil {
		t.Fatal(err)
	}
	for _, d := range Types {
		properties := read(t, Schemas(), string(d.Type)+".json")["properties"].(map[string]any)
		if !reflect.DeepEqual(names(have), names(properties)) {
			t.Errorf("%s: the codec writes %v, the schema has %v", d.Type, names(have), names(properties))
		}
	}
}

func names(m map[string]any) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func read(t *testing.T, files fs.FS, path string) map[string]any {
	t.Helper()
	data, err := fs.ReadFile(files, path)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return out
}

// A command about a dead letter that names no page is valid as well.
func TestCommandWithoutPage(t *testing.T) {
	c := event.Command{Action: event.Retry, Run: "1", Letter: &event.Letter{Service: "ingest", Stream: event.Uploads, StreamSeq: 1}}
	e, err := event.New(event.CommandGiven, "console", "1", "", time.Now(), c)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	if err := Check(data); err != nil {
		t.Error(err)
	}
}

// The schemas refuse what is no event of ours.
func TestCheckRefuses(t *testing.T) {
	data, err := os.ReadFile("golden/1/events/broadsheet.article.parsed.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	good := string(data)
	if err := Check(data); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"another source":      {`"/broadsheet/parse"`, `"/broadsheet/index"`},
		"no uri":              {`  "uri":`, `  "uri2":`},
		"a foreign uri":       {`urn:broadsheet:article:`, `urn:other:article:`},
		"a number as version": {`"version": "2"`, `"version": 2`},
		"withdrawn as parsed": {`"usable"`, `"canceled"`},
		"no such date":        {`"contentCreated": "2026-03-01"`, `"contentCreated": "2026-02-30"`},
		"short sequence":      {`"00001772412345678901"`, `"1772412345678901"`},
		"unknown type":        {`broadsheet.article.parsed.v1`, `broadsheet.article.parsed.v9`},
		"no data":             {`"data"`, `"date"`},
		"no event":            {`"specversion"`, `"version"`},
		"a headline's role":   {`"kicker"`, `"slogan"`},
		"half a line range":   {"2,\n     9", "2"},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if name == "a foreign uri" {
			bad = strings.ReplaceAll(good, change[0], change[1])
		}
		if bad == good {
			bad = regexp.MustCompile(`\[\s*2,\s*9\s*\]`).ReplaceAllString(good, "[2]")
		}
		if bad == good {
			t.Errorf("%s: nothing to change", name)
		} else if Check([]byte(bad)) == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func FuzzCheck(f *testing.F) {
	files, err := filepath.Glob("golden/1/events/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(_ *testing.T, data []byte) { _ = Check(data) })
}
