package examples

import (
	"encoding/csv"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"broadsheet/pkg/bus/bustest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, bustest.UpstreamLeak()) }

// language says how the examples of a language are run.
type language struct {
	name                   string
	follow, replay, copies []string // without the argument
	read                   func(t *testing.T, path string) map[string]string
}

func languages(t *testing.T) []language {
	t.Helper()
	binaries, interpreter, scripts := golang(t), python(t), node(t, "javascript")
	source, err := filepath.Abs("python")
	if err != nil {
		t.Fatal(err)
	}
	return []language{
		{"go", []string{binaries + "/follow"}, []string{binaries + "/replay"}, []string{binaries + "/keepcopy"}, readCSV},
		{"python", []string{interpreter, source + "/follow.py"}, []string{interpreter, source + "/replay.py"}, []string{interpreter, source + "/keep_copy.py"},
			func(t *testing.T, path string) map[string]string { return readSQLite(t, interpreter, path) }},
		{"javascript", []string{"node", scripts + "/follow.js"}, []string{"node", scripts + "/replay.js"}, []string{"node", scripts + "/keep-copy.js"}, readCSV},
	}
}

// Each example follows 200 updates and withdrawals, is killed in the middle of
// them, and so is the server; each ends with a copy that is equal to the index,
// which follows as well, and has missed nothing.
func TestExamples(t *testing.T) {
	all := languages(t)
	p := newPaper(t)
	index := startIndex(t, p)
	run := func(name string, arg string, args []string) *program {
		x := &program{t: t, name: name, dir: t.TempDir(), args: append(slices.Clone(args), arg),
			env: []string{"BROADSHEET_NATS=" + p.URL, "BROADSHEET_NATS_USER=consumer", "BROADSHEET_NATS_PASSWORD=" + password("consumer"), "PYTHONDONTWRITEBYTECODE=1"}}
		t.Cleanup(func() {
			x.kill()
			if t.Failed() {
				t.Logf("%s is at %d and says:\n%s", name, x.reached(), x.said())
			}
		})
		return x
	}
	copies, followers := map[string]*program{}, map[string]*program{}
	var both []*program
	for _, l := range all {
		copies[l.name] = run(l.name+" copy", "copy", l.copies)
		followers[l.name] = run(l.name+" follow", "example-"+l.name, l.follow)
		both = append(both, copies[l.name], followers[l.name])
	}
	each := func(do func(*program)) {
		for _, x := range both {
			do(x)
		}
	}
	each((*program).start)
	p.change(80)
	each(func(x *program) { await(t, x.name+" has begun", func() bool { return x.reached() > 20 }) })
	p.change(20)
	each((*program).kill) // in the middle of what it has
	p.change(30)
	each((*program).start)
	p.Kill() // some have connected by then, some have not
	time.Sleep(3 * time.Second)
	p.Restart()
	await(t, "the server is back", func() bool { return p.parse.Ready() == nil })
	p.change(70)
	end := p.end()
	each(func(x *program) { await(t, x.name+" is at the end", func() bool { return x.reached() >= end }) })
	each((*program).kill)
	var indexed map[string]string
	await(t, "the index has it all", func() bool { indexed = index.copied(p.versions); return maps.Equal(indexed, p.copied()) })
	for _, l := range all {
		equal(t, l.name+" copy", l.read(t, filepath.Join(copies[l.name].dir, "copy")), indexed)
		followed(t, followers[l.name], p.events)
		replayed(t, run(l.name+" replay", "2022-10", l.replay), p)
	}
}

func equal(t *testing.T, name string, got, want map[string]string) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("%s: %d articles\n%v\nnot %d\n%v", name, len(got), got, len(want), want)
	}
	if len(want) < 30 {
		t.Errorf("only %d articles: the test tries too little", len(want))
	}
}

// followed checks that every event was printed, in order; the one that was in
// hand when it was killed may stand twice.
func followed(t *testing.T, x *program, want []string) {
	t.Helper()
	var got []string
	twice, seen := 0, map[string]bool{}
	for _, line := range x.lines() {
		_, e, ok := strings.Cut(line, " ")
		if !ok {
			continue
		}
		if seen[line] {
			twice++
			continue
		}
		seen[line] = true
		got = append(got, e)
	}
	if !slices.Equal(got, want) || twice > 2 {
		t.Errorf("%s: %d events and %d twice, not %d", x.name, len(got), twice, len(want))
	}
}

// replayed checks a month: the articles as they are now, and none of another month.
func replayed(t *testing.T, x *program, p *paper) {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(x.finish())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	got, want := map[string]string{}, map[string]string{}
	for _, r := range records {
		got[r[0]] = r[1] + "|" + r[2]
	}
	for uri, a := range p.live {
		if strings.Contains(uri, ":2022-10-") {
			want[uri] = a.Version + "|" + a.MainHeadline()
		}
	}
	if !maps.Equal(got, want) || len(want) == len(p.live) {
		t.Errorf("%s: %v\nnot %v", x.name, got, want)
	}
}

func readCSV(t *testing.T, path string) map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, r := range records[1:] {
		out[r[0]] = strings.Join(r[1:5], "|")
	}
	return out
}

// readSQLite has the database printed as CSV by Python, which has SQLite.
func readSQLite(t *testing.T, interpreter, path string) map[string]string {
	t.Helper()
	const script = `import csv, sqlite3, sys
csv.writer(sys.stdout, lineterminator="\n").writerows(sqlite3.connect(sys.argv[1]).execute("SELECT uri, status, version, headline, body FROM articles"))`
	text, err := exec.Command(interpreter, "-c", script, path).Output()
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, r := range records {
		out[r[0]] = strings.Join(r[1:], "|")
	}
	return out
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}
