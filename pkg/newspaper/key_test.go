package newspaper

import (
	"encoding/json"
	"strings"
	"testing"

	"broadsheet/pkg/fault"
)

func TestParsePageKey(t *testing.T) {
	for in, want := range map[string]string{
		"lvliang-ribao/2022-10-30/main/01": "lvliang-ribao/2022-10-30/main/01",
		"lvliang-ribao/2022-10-30/main/1":  "lvliang-ribao/2022-10-30/main/01",
		"b/2024-02-29/2/a1":                "b/2024-02-29/2/A01",
		"b/2024-02-29/2/0012":              "b/2024-02-29/2/12",
		"b/2024-02-29/2/C120":              "b/2024-02-29/2/C120",
	} {
		key, err := ParsePageKey(in)
		if err != nil || key.String() != want {
			t.Errorf("%s: %s, %v; want %s", in, key, err, want)
		}
	}
}

// Each refusal is invalid, names the part at fault, and says how to write it.
func TestParsePageKeyRefuses(t *testing.T) {
	for in, field := range map[string]string{
		"":                                              "key",
		"a/2022-10-30/main":                             "key",
		"a/2022-10-30/main/01/x":                        "key",
		"../2022-10-30/main/01":                         "publication",
		"A/2022-10-30/main/01":                          "publication",
		"a b/2022-10-30/main/01":                        "publication",
		"-a/2022-10-30/main/01":                         "publication",
		"吕梁/2022-10-30/main/01":                         "publication",
		"a.b/2022-10-30/main/01":                        "publication",
		"a/2022-02-30/main/01":                          "date",
		"a/2022-2-3/main/01":                            "date",
		"a/0000-01-01/main/01":                          "date",
		"a/2022-10-30/*/01":                             "edition",
		"a/2022-10-30/>/01":                             "edition",
		"a/2022-10-30/Main/01":                          "edition",
		"a/2022-10-30/main/0":                           "page",
		"a/2022-10-30/main/":                            "page",
		"a/2022-10-30/main/1000":                        "page",
		"a/2022-10-30/main/AA1":                         "page",
		"a/2022-10-30/main/..":                          "page",
		"a/2022-10-30/main/1\x00":                       "page",
		"a/2022-10-30/main/\u0661":                      "page",
		strings.Repeat("a", 64) + "/2022-10-30/main/01": "publication",
		"a/2022-10-30/main/" + strings.Repeat("0", 99) + "1": "page",
	} {
		_, err := ParsePageKey(in)
		p := fault.ProblemOf(err)
		if p.Kind != fault.Invalid || p.Field != field || p.Remedy == "" {
			t.Errorf("%q: %+v; want a fault of %s", in, p, field)
		}
	}
}

func TestArticleURI(t *testing.T) {
	key, err := NewPageKey("lvliang-ribao", "2022-10-30", "main", "1")
	if err != nil {
		t.Fatal(err)
	}
	uri := key.ArticleURI("7f3c9a1e")
	if uri != "urn:broadsheet:article:lvliang-ribao:2022-10-30:main:01:7f3c9a1e" {
		t.Errorf("uri %s", uri)
	}
	got, id, err := ParseArticleURI(uri)
	if err != nil || got != key || id != "7f3c9a1e" {
		t.Errorf("%v %s %v", got, id, err)
	}
	for _, bad := range []string{"", "urn:other:1", uri + ":", uri + "x", "urn:broadsheet:article:7f3c9a1e", strings.ToUpper(uri)} {
		if _, _, err := ParseArticleURI(bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestKeyInJSON(t *testing.T) {
	var v struct {
		Key PageKey `json:"key"`
	}
	if err := json.Unmarshal([]byte(`{"key":"a/2022-10-30/main/1"}`), &v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if err != nil || string(out) != `{"key":"a/2022-10-30/main/01"}` {
		t.Errorf("%s, %v", out, err)
	}
	if out, err = json.Marshal(PageKey{}); err != nil || json.Unmarshal(out, &v.Key) != nil || !v.Key.IsZero() {
		t.Errorf("the zero key is %s and reads back as %v, %v", out, v.Key, err)
	}
	if err := json.Unmarshal([]byte(`{"key":"a/../main/1"}`), &v); !fault.Is(err, fault.Invalid) {
		t.Errorf("a bad key in JSON: %v", err)
	}
}

// A key that is accepted is canonical, safe as subject, path and URL, and reads
// back as itself in each of its forms.
func FuzzParsePageKey(f *testing.F) {
	for _, s := range []string{"a/2022-10-30/main/01", "a/2022-10-30/main/a1", "../../etc/passwd", "a/*/>/1", "a//b/1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key, err := ParsePageKey(s)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("%q: kind %s", s, fault.KindOf(err))
			}
			return
		}
		if strings.Trim(key.Subject(), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") != "" || strings.Count(key.Subject(), ".") != 3 {
			t.Fatalf("%q becomes the subject %q", s, key.Subject())
		}
		for _, again := range []func() (PageKey, error){
			func() (PageKey, error) { return ParsePageKey(key.String()) },
			func() (PageKey, error) { return ParsePageSubject(key.Subject()) },
			func() (PageKey, error) { k, _, err := ParseArticleURI(key.ArticleURI("01234567")); return k, err },
		} {
			if k, err := again(); err != nil || k != key {
				t.Fatalf("%q: %v reads back as %v, %v", s, key, k, err)
			}
		}
	})
}
