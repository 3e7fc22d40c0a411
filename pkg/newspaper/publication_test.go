package newspaper

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"broadsheet/pkg/fault"
)

const catalogue = `
strict: true
publications:
  - slug: heyang-ribao
    name: 河阳日报
    editions: [main, weekend]
    pageNaming: number
    home: [虚省, 河阳市]
    days: [mon, tue]
    encoding: gb18030
  - slug: bare
`

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestCatalogue(t *testing.T) {
	path := filepath.Join(t.TempDir(), "publications.yaml")
	write(t, path, catalogue)
	c, err := OpenCatalogue(path)
	if err != nil {
		t.Fatal(err)
	}
	if p := c.Lookup("heyang-ribao"); p.Name != "河阳日报" || len(p.Home) != 2 {
		t.Errorf("%+v", p)
	}
	if p := c.Lookup("bare"); p.Name != "bare" {
		t.Errorf("a publication without a name is %+v", p)
	}
	if len(c.Publications()) != 2 {
		t.Errorf("%d publications", len(c.Publications()))
	}
	for in, field := range map[string]string{
		"heyang-ribao/2026-03-02/main/01":  "",
		"heyang-ribao/2026-03-02/late/01":  "edition",
		"heyang-ribao/2026-03-02/main/A01": "page",
		"bare/2026-03-02/any/A01":          "",
		"other/2026-03-02/main/01":         "publication",
	} {
		key, err := ParsePageKey(in)
		if err != nil {
			t.Fatal(err)
		}
		err = c.Admit(key)
		if p := fault.ProblemOf(err); (err == nil) != (field == "") || err != nil && (p.Field != field || p.Remedy == "") {
			t.Errorf("%s: %v", in, err)
		}
	}
}

// All mistakes are named at once, and a bad reload leaves the good content.
func TestCatalogueMistakes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "publications.yaml")
	write(t, path, catalogue)
	c, err := OpenCatalogue(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, "publications:\n  - {slug: A, pageNaming: roman, days: [someday]}\n  - {slug: b, encoding: latin1, editions: ['*']}\n  - {slug: b}\n")
	err = c.Reload()
	if !fault.Is(err, fault.Invalid) {
		t.Fatal(err)
	}
	for _, part := range []string{`"A"`, "roman", "someday", "latin1", `"*"`, "twice"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not named in %v", part, err)
		}
	}
	if c.Lookup("heyang-ribao").Name != "河阳日报" {
		t.Error("a bad reload took the good content away")
	}
	write(t, path, "publication: []\n")
	if err := c.Reload(); !fault.Is(err, fault.Invalid) {
		t.Errorf("an unknown key: %v", err)
	}
	if _, err := OpenCatalogue(filepath.Join(t.TempDir(), "gone.yaml")); !fault.Is(err, fault.Invalid) {
		t.Errorf("no file: %v", err)
	}
}

func TestNoCatalogue(t *testing.T) {
	c, err := OpenCatalogue("")
	if err != nil || c.Reload() != nil {
		t.Fatal(err)
	}
	key, _ := ParsePageKey("any/2026-03-02/main/01")
	if err := c.Admit(key); err != nil || c.Lookup("any").Name != "any" {
		t.Errorf("%v, %+v", err, c.Lookup("any"))
	}
}

func FuzzParseCatalogue(f *testing.F) {
	f.Add([]byte(catalogue))
	f.Add([]byte("publications: !0000 "))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := ParseCatalogue(data); err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatalf("%q: %v", data, err)
		}
	})
}
