package architecture

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// root is the top of the repository.
const root = "../.."

// imports calls f for every import of every Go file of the repository. dir is
// the file's folder from the root, with slashes.
func imports(t *testing.T, f func(dir, file, path string)) {
	t.Helper()
	seen := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." || d.Name() == "bin" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		from, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		from = filepath.ToSlash(from)
		for _, i := range parsed.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			seen++
			f(from[:strings.LastIndexByte(from, '/')], from, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 100 {
		t.Fatalf("only %d imports seen: the walk does not reach the code", seen)
	}
}

// within reports whether a folder or import path is p or below it.
func within(path, p string) bool { return path == p || strings.HasPrefix(path, p+"/") }

func TestServicesDoNotKnowOneAnother(t *testing.T) {
	imports(t, func(dir, file, path string) {
		service, ok := strings.CutPrefix(dir, "services/")
		if !ok {
			return
		}
		service, _, _ = strings.Cut(service, "/")
		if within(path, "broadsheet/services") && !within(path, "broadsheet/services/"+service) {
			t.Errorf("%s imports %s: services meet only in the contract of pkg/", file, path)
		}
		if within(path, "broadsheet/cmd") {
			t.Errorf("%s imports %s: a service does not know the tool that runs it", file, path)
		}
	})
}

func TestPkgKnowsNoService(t *testing.T) {
	imports(t, func(dir, file, path string) {
		if within(dir, "pkg") && (within(path, "broadsheet/services") || within(path, "broadsheet/cmd")) {
			t.Errorf("%s imports %s", file, path)
		}
	})
}

// TestOneHomeForEachClient: a library that reaches another system is imported in
// one place only.
func TestOneHomeForEachClient(t *testing.T) {
	homes := map[string][]string{
		"github.com/nats-io/nats.go":             {"pkg/bus"},
		"github.com/synadia-io/orbit.go":         {"pkg/bus"},
		"github.com/nats-io/nats-server/v2":      {"cmd/broadsheet"},
		"github.com/elastic/go-elasticsearch/v8": {"services/index/elastic"},
		"github.com/blevesearch/bleve/v2":        {"services/index/embedded"},
		"github.com/stretchr/testify":            {},
		"log":                                    {"cmd/broadsheet/natsd", "examples"}, // examples are programs of others
		"log/slog":                               {},
	}
	imports(t, func(dir, file, path string) {
		for library, allowed := range homes {
			if path != library && !(strings.Contains(library, ".") && within(path, library)) {
				continue
			}
			ok := false
			for _, home := range allowed {
				ok = ok || within(dir, home)
			}
			if !ok {
				t.Errorf("%s imports %s, whose home is %v", file, path, allowed)
			}
		}
	})
}

// TestServiceModulesAreFreeOfTheServer: a service's binary carries the client,
// never the NATS server.
func TestServiceModulesAreFreeOfTheServer(t *testing.T) {
	mods, err := filepath.Glob(filepath.Join(root, "services", "*", "go.mod"))
	if err != nil || len(mods) != 4 {
		t.Fatalf("%d service modules, %v", len(mods), err)
	}
	for _, mod := range append(mods, filepath.Join(root, "pkg", "go.mod")) {
		data, err := os.ReadFile(mod)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), "nats-server") {
			t.Errorf("%s requires nats-server", mod)
		}
	}
}

// TestEveryModuleIsInTheWorkspace: a module that go.work leaves out is never
// built or tested.
func TestEveryModuleIsInTheWorkspace(t *testing.T) {
	work, err := os.ReadFile(filepath.Join(root, "go.work"))
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "go.mod" {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		dir = filepath.ToSlash(dir)
		if dir != "tools" && !strings.Contains(string(work), "./"+dir+"\n") {
			t.Errorf("go.work leaves out %s", dir)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
