package intake

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"broadsheet/pkg/fault"
)

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNames(t *testing.T) {
	var none Fields
	tests := []struct {
		name     string
		known    Fields
		patterns []string
		want     string // the key, or a part of the refusal
	}{
		{"demo-ribao_2022-10-30_main_01.txt", none, nil, "demo-ribao/2022-10-30/main/01"},
		{"in/demo-ribao_20221030_main_a1.txt", none, nil, "demo-ribao/2022-10-30/main/A01"},
		{"demo-ribao_2022-10-30_3.gb.txt", none, nil, "does not say"},
		{"demo-ribao_2022-10-30_3.txt", none, nil, "demo-ribao/2022-10-30/main/03"},
		{"x/demo-ribao/2022-10-30/late/02.txt", none, nil, "demo-ribao/2022-10-30/late/02"},
		{"Demo_2022-10-30_main_01.txt", none, nil, "publication"},
		{"demo_2022-02-30_main_01.txt", none, nil, "day of the calendar"},
		{"demo_2022-10-30_main_0.txt", none, nil, "page number"},
		{"02.txt", none, nil, "does not say"},
		{"02.txt", Fields{Publication: "demo", Date: "2022-10-30"}, nil, "demo/2022-10-30/main/02"},
		{"anything", Fields{"demo", "2022-10-30", "", "7"}, nil, "demo/2022-10-30/main/07"},
		{"demo_2022-10-30_main_01.txt", Fields{Edition: "late"}, nil, "demo/2022-10-30/late/01"},
		{"2022/10/scan-demo-05.pdf", Fields{Date: "2022-10-30"}, []string{"scan-{publication}-{page}.{ext}"}, "demo/2022-10-30/main/05"},
		{"demo/20221030/whatever-B2.xml", none, []string{"{publication}/{date}/{*}-{page}.xml"}, "demo/2022-10-30/main/B02"},
		{"demo/20221030/01.html", none, []string{"{publication}/{date}/{page}.xml"}, "tried {publication}/{date}/{page}.xml"},
	}
	for _, tt := range tests {
		patterns, err := ParsePatterns(tt.patterns)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		write(t, dir, map[string]string{tt.name: "x"})
		items := Files([]string{filepath.Join(dir, filepath.FromSlash(tt.name))}, tt.known, patterns)
		if len(items) != 1 {
			t.Fatalf("%s: %d items", tt.name, len(items))
		}
		got := items[0].Key.String()
		if items[0].Err != nil {
			got = items[0].Err.Error()
		}
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestPatternRefused(t *testing.T) {
	for _, text := range []string{"", " ", "{title}.txt", "{publication}/{}.txt"} {
		if _, err := ParsePattern(text); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestDirectory(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"demo_2022-10-30_main_01.txt":     "one",
		"demo/2022-10-30/main/01.txt":     "the same page",
		"demo/2022-10-30/main/02.txt":     "two",
		".hidden/demo_2022-10-30_03.txt":  "hidden",
		".DS_Store":                       "hidden",
		"notes for the scanning team.txt": "no page",
	})
	patterns, _ := ParsePatterns(nil)
	items := Files([]string{dir, filepath.Join(dir, "gone")}, Fields{}, patterns)
	var got []string
	for _, i := range items {
		name, _ := filepath.Rel(dir, i.Path)
		state := i.Key.String()
		if i.Err != nil {
			state = string(fault.KindOf(i.Err))
		}
		got = append(got, filepath.ToSlash(name)+"="+state)
	}
	want := []string{
		"demo/2022-10-30/main/01.txt=demo/2022-10-30/main/01",
		"demo/2022-10-30/main/02.txt=demo/2022-10-30/main/02",
		"demo_2022-10-30_main_01.txt=conflict",
		"notes for the scanning team.txt=invalid",
		"gone=not_found",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestManifest(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"m.csv": "\uFEFFpath,Publication,date,page,Upload ID\n" +
			"a.txt,demo,2022-10-30,1,scan-1\n" +
			"b.txt,demo,2022-02-30,2,\n" +
			"c.txt,demo\n" +
			",demo,2022-10-30,4,\n" +
			"a.txt,demo,20221030,01,again\n" +
			"\"d\"x.txt,demo,2022-10-30,5,\n" +
			"gone.txt,demo,2022-10-30,6,\n",
		"m.jsonl": `{"path":"a.txt","publication":"demo","date":"2022-10-30","edition":"late","page":"1","uploadId":"x"}` + "\n\n" +
			`{"path":"b.txt","publikation":"demo"}` + "\n" + `{"path":`,
		"a.txt":      "a",
		"empty.csv":  "",
		"nopath.csv": "publication,date\n",
		"odd.csv":    "path,title\n",
	})
	check := func(name string, want ...string) {
		t.Helper()
		items, err := Manifest(filepath.Join(dir, name), Fields{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, i := range items {
			if i.Err == nil {
				if _, err := i.Read(); err != nil {
					i.Err = err
				}
			}
			if i.Err != nil {
				got = append(got, string(fault.KindOf(i.Err)))
				continue
			}
			got = append(got, i.Key.String()+" "+i.UploadID)
		}
		if strings.Join(got, "; ") != strings.Join(want, "; ") {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	check("m.csv", "demo/2022-10-30/main/01 scan-1", "invalid", "invalid", "invalid", "conflict", "invalid", "not_found")
	check("m.jsonl", "demo/2022-10-30/late/01 x", "invalid", "invalid")
	for _, name := range []string{"empty.csv", "nopath.csv", "odd.csv", "missing.csv"} {
		if _, err := Manifest(filepath.Join(dir, name), Fields{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever a pattern and a name are: no panic, and a key that is made is sound.
func FuzzPattern(f *testing.F) {
	f.Add("{publication}_{date}_{page}.{ext}", "demo_20221030_01.txt")
	f.Add("{publication}/{*}({page}", "demo/x(1")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		p, err := ParsePattern(pattern)
		if err != nil {
			return
		}
		fields, ok := p.Match(name)
		if !ok {
			return
		}
		if key, err := fields.Key(); err == nil && strings.Count(key.String(), "/") != 3 {
			t.Fatalf("%q made %q", name, key)
		}
	})
}

func FuzzManifest(f *testing.F) {
	f.Add("path,page\na,1\n", false)
	f.Add(`{"path":"a"}`, true)
	f.Fuzz(func(t *testing.T, content string, lines bool) {
		var items []Item
		if lines {
			items = jsonRows([]byte(content), "dir", Fields{})
		} else {
			items, _ = csvRows([]byte(content), "dir", Fields{})
		}
		for _, i := range items {
			if i.Err == nil && i.Key.IsZero() {
				t.Fatalf("row %d has neither a key nor a reason", i.Row)
			}
		}
	})
}
