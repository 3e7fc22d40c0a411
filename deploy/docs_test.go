package deploy

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"broadsheet/pkg/fault"
)

const manual = "../docs/operations.md"

// tables are the settings of every program, and those that all services have under
// "every service".
func tables(t *testing.T) map[string]string {
	t.Helper()
	out, count := map[string]string{}, map[string]int{}
	for _, name := range Services {
		table, err := output(t.Context(), nil, bin+"/"+name, "--describe-settings")
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, table)
		}
		out[name] = table
		for row := range strings.Lines(table) {
			count[row]++
		}
	}
	head, _, _ := strings.Cut(out[Services[0]], "| `")
	for _, name := range Services {
		var common, own strings.Builder
		for row := range strings.Lines(strings.TrimPrefix(out[name], head)) {
			if count[row] == len(Services) {
				common.WriteString(row)
			} else {
				own.WriteString(row)
			}
		}
		out[name], out["every service"] = head+own.String(), head+common.String()
	}
	return out
}

// The manual lists every setting as the programs have it. UPDATE_DOCS=1 writes
// the tables anew.
func TestManualHasEverySetting(t *testing.T) {
	data, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for name, table := range tables(t) {
		begin := fmt.Sprintf("<!-- settings: %s -->\n", name)
		before, rest, ok := strings.Cut(text, begin)
		old, after, ended := strings.Cut(rest, "<!-- end -->")
		if !ok || !ended {
			t.Fatalf("%s has no place for the settings of %s", manual, name)
		}
		if old != table && os.Getenv("UPDATE_DOCS") == "" {
			t.Errorf("the settings of %s in %s are not those of the program; UPDATE_DOCS=1 go test ./deploy writes them", name, manual)
		}
		text = before + begin + table + "<!-- end -->" + after
	}
	if os.Getenv("UPDATE_DOCS") != "" && text != string(data) {
		if err := os.WriteFile(manual, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// The manual's file of settings is a good one for every service.
func TestManualsFileIsGood(t *testing.T) {
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile("(?s)```yaml\n(# /etc/broadsheet/settings.yaml.*?)```").FindSubmatch(text)
	if example == nil {
		t.Fatalf("%s has no file of settings", manual)
	}
	path := filepath.Join(t.TempDir(), "settings.yaml")
	if err := os.WriteFile(path, example[1], 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range Services {
		if out, err := output(t.Context(), nil, bin+"/"+name, "--config", path, "--print-config"); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// The manual says of every kind of failure what happens.
func TestManualHasEveryKind(t *testing.T) {
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	fates := map[fault.Fate]string{fault.DeadLetter: "dead letter", fault.Wait: "waits, uses no attempt", fault.Retry: "five attempts with growing pauses, then dead letter"}
	for _, kind := range fault.Kinds() {
		policy := kind.Policy()
		row := fmt.Sprintf("| `%s` | %d | %s |", kind, policy.Status, fates[policy.Fate])
		if !strings.Contains(string(text), row) {
			t.Errorf("%s has no line %s", manual, row)
		}
	}
}

// The manual says of every check of readiness what to do.
func TestManualHasEveryCheck(t *testing.T) {
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range []string{"../pkg/daemon/daemon.go", "../services/ingest/cmd/ingest/main.go", "../services/parse/cmd/parse/main.go",
		"../services/index/cmd/index/main.go", "../services/console/cmd/console/main.go"} {
		code, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\.Add\((name\+)?"([^"]+)", `).FindAllSubmatch(code, -1) {
			found++
			check := string(m[2])
			if len(m[1]) > 0 {
				check = "<service>" + check
			}
			if !strings.Contains(string(text), "| `"+check+"` |") {
				t.Errorf("%s does not say what to do about %q", manual, check)
			}
		}
	}
	if found < 5 {
		t.Errorf("only %d checks found: the test looks in the wrong place", found)
	}
}

// Links of the manual lead somewhere.
func TestManualLinks(t *testing.T) {
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	anchors := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(string(text), -1) {
		anchors["#"+strings.ReplaceAll(regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")] = true
	}
	for _, m := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(string(text), -1) {
		if path, _, _ := strings.Cut(m[1], "#"); path != "" {
			if _, err := os.Stat("../docs/" + path); err != nil {
				t.Error(err)
			}
		} else if !anchors[m[1]] {
			t.Errorf("%s leads nowhere", m[1])
		}
	}
}
