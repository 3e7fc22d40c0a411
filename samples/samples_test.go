package samples_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	xunicode "golang.org/x/text/encoding/unicode"

	"broadsheet/pkg/newspaper"
	"broadsheet/samples"
	"broadsheet/samples/gold"
	"broadsheet/samples/internal/compose"
)

func all() []samples.Page { return append(samples.Pages(), samples.Revisions()...) }

// lines decodes a page without the help of the parser: by its mark, as UTF-8, or
// as the paper's encoding.
func lines(t *testing.T, p samples.Page) []string {
	t.Helper()
	var text []byte
	var err error
	switch {
	case bytes.HasPrefix(p.Bytes, []byte{0xFF, 0xFE}):
		text, err = xunicode.UTF16(xunicode.LittleEndian, xunicode.ExpectBOM).NewDecoder().Bytes(p.Bytes)
	case utf8.Valid(p.Bytes):
		text = p.Bytes
	case p.Key.Publication == "nanyu-shibao":
		text, err = traditionalchinese.Big5.NewDecoder().Bytes(p.Bytes)
	default:
		text, err = simplifiedchinese.GB18030.NewDecoder().Bytes(p.Bytes)
	}
	if err == nil && !bytes.ContainsRune(text, unicode.ReplacementChar) {
		return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	}
	t.Fatalf("%s does not decode", p.Name)
	return nil
}

func goldOf(t *testing.T, p samples.Page) gold.Page {
	t.Helper()
	g, err := p.Gold()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// What is committed is what the sources give.
func TestUpToDate(t *testing.T) {
	files, err := compose.Files("source")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(name)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what source/ gives (%v): run go generate ./... in samples/", name, err)
		}
	}
	for _, dir := range []string{"pages", "gold", "revisions"} {
		there, _ := filepath.Glob(dir + "/*")
		for _, name := range there {
			if _, ok := files[filepath.ToSlash(name)]; !ok && filepath.Ext(name) != ".go" {
				t.Errorf("%s comes from no source", name)
			}
		}
	}
}

func TestPagesAndCatalogue(t *testing.T) {
	path := filepath.Join(t.TempDir(), "publications.yaml")
	if err := os.WriteFile(path, samples.Catalogue(), 0o600); err != nil {
		t.Fatal(err)
	}
	catalogue, err := newspaper.OpenCatalogue(path)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[newspaper.PageKey][]byte{}
	for _, p := range samples.Pages() {
		g := goldOf(t, p)
		if err := catalogue.Admit(p.Key); err != nil {
			t.Errorf("%s: %v", p.Key, err)
		}
		if name := catalogue.Lookup(p.Key.Publication).Name; name != g.Publication || g.Date != p.Key.Date || g.Page != p.Key.Page {
			t.Errorf("%s: its gold is of %s %s %s, the catalogue says %s", p.Key, g.Publication, g.Date, g.Page, name)
		}
		if n := len(g.Articles); n < 4 || n > 9 {
			t.Errorf("%s has %d articles", p.Key, n)
		}
		if seen[p.Key] != nil {
			t.Errorf("%s comes twice", p.Key)
		}
		seen[p.Key] = p.Bytes
	}
	if len(seen) < 10 {
		t.Errorf("%d pages", len(seen))
	}
	for _, p := range samples.Revisions() {
		if first := seen[p.Key]; first == nil || bytes.Equal(first, p.Bytes) {
			t.Errorf("%s is no other revision of a page", p.Key)
		}
	}
}

// Every line that is not blank has exactly one owner, and the lines exist.
func TestEveryLineIsAccountedFor(t *testing.T) {
	for _, p := range all() {
		text, g := lines(t, p), goldOf(t, p)
		owners := make([]int, len(text)+1)
		count := func(what string, ranges []newspaper.LineRange) {
			for _, r := range ranges {
				if r[0] < 1 || r[1] > len(text) || r[0] > r[1] {
					t.Errorf("%s, %s: lines %v of %d", p.Name, what, r, len(text))
					continue
				}
				for n := r[0]; n <= r[1]; n++ {
					owners[n]++
				}
			}
		}
		for _, a := range g.Articles {
			count(a.URI, a.Print.Lines)
		}
		count("furniture", g.Furniture)
		count("neutral", g.Neutral)
		count("ads", g.Ads)
		for i, line := range text {
			if n := owners[i+1]; strings.TrimSpace(line) != "" && n != 1 || n > 1 {
				t.Errorf("%s, line %d %q has %d owners", p.Name, i+1, line, n)
			}
		}
	}
}

func dense(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

var (
	jumps   = regexp.MustCompile(`^（(?:下转|上接)第\d版）|（(?:下转|上接)第\d版）$`)
	letters = regexp.MustCompile(`^\p{Han}{2}区$`) // where a reader's letter comes from
	credits = regexp.MustCompile(`(?:本报)?记者|通讯员|摄|攝|記者|[（）□/]`)
)

// The lines of an article are its gold and nothing else, but for wraps, the order
// of the parts and the words around names in credits.
func TestGoldIsWhatIsPrinted(t *testing.T) {
	for _, p := range all() {
		text, g := lines(t, p), goldOf(t, p)
		tags := map[string]bool{}
		for _, r := range g.Neutral {
			tags[dense(strings.Join(text[r[0]-1:r[1]], ""))] = true
		}
		for _, a := range g.Articles {
			var printed strings.Builder
			for _, r := range a.Print.Lines {
				printed.WriteString(dense(strings.Join(text[r[0]-1:r[1]], "")))
			}
			rest := printed.String()
			take := func(what, part string) {
				part = dense(part)
				if strings.Count(rest, part) == 0 {
					t.Errorf("%s %s: its lines lack the %s %q", p.Name, a.URI, what, part)
				}
				rest = strings.Replace(rest, part, "", 1)
			}
			for _, h := range a.Headlines {
				if h.Role == newspaper.Kicker && tags[h.Value] {
					continue // printed once for all, above the first
				}
				take("headline", h.Value)
			}
			for _, caption := range a.Captions() {
				take("caption", caption)
			}
			for _, d := range a.Associations {
				credit := regexp.MustCompile(`(?:(?:本报)?记者|記者)?` + dense(d.By) + `[摄攝]`)
				take("credit", credit.FindString(rest))
			}
			if a.By != "" {
				take("byline", a.By)
			}
			take("body", a.Text())
			rest = jumps.ReplaceAllString(rest, "")
			for _, c := range a.Creators {
				rest = strings.ReplaceAll(rest, c.Name, "")
			}
			if rest = credits.ReplaceAllString(rest, ""); rest != "" && !letters.MatchString(rest) {
				t.Errorf("%s %s: %q is printed, but not in the gold", p.Name, a.URI, rest)
			}
		}
	}
}

func TestEntities(t *testing.T) {
	pages, mentions := 0, 0
	for _, p := range all() {
		e, ok, err := p.Entities()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			continue
		}
		pages++
		g := goldOf(t, p)
		if len(e.Articles) != len(g.Articles) {
			t.Fatalf("%s: entities of %d articles, gold of %d", p.Name, len(e.Articles), len(g.Articles))
		}
		for i, a := range e.Articles {
			if body := a.Parts["body"]; len(body) > 0 && body[0] != g.Articles[i].Text() {
				t.Errorf("%s, article %d: the entities are of another text", p.Name, a.Index)
			}
			last := map[string]int{}
			for _, m := range a.Mentions {
				mentions++
				part := []rune(a.Parts[m.Field][m.Part])
				if string(part[m.Start:m.End]) != m.Text || m.Start < last[m.Field] && m.Part == 0 {
					t.Errorf("%s, article %d: %+v is not where it says", p.Name, a.Index, m)
				}
				last[m.Field] = m.End
			}
		}
	}
	if pages < 3 || mentions < 200 {
		t.Errorf("%d mentions on %d pages", mentions, pages)
	}
}

// A name that is marked once on a page is marked wherever it stands.
func TestEntitiesAgree(t *testing.T) {
	for _, p := range all() {
		e, ok, err := p.Entities()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			continue
		}
		names := map[string]bool{}
		var rest []string // the page's texts without its mentions
		for _, a := range e.Articles {
			for field, parts := range a.Parts {
				for i, part := range parts {
					text := []rune(part)
					for _, m := range a.Mentions {
						if m.Field != field || m.Part != i {
							continue
						}
						names[m.Text] = m.Type != newspaper.TITLE // an office is no name: it may be spoken of in general
						for n := m.Start; n < m.End; n++ {
							text[n] = '|'
						}
					}
					rest = append(rest, string(text))
				}
			}
		}
		for name, proper := range names {
			for _, text := range rest {
				if proper && utf8.RuneCountInString(name) > 1 && strings.Contains(text, name) {
					t.Errorf("%s: %s is marked in one place and not in %q", p.Name, name, text)
				}
			}
		}
	}
}

func TestStories(t *testing.T) {
	titles := map[string]bool{}
	for n, line := range bytes.Split(bytes.TrimSpace(samples.Stories()), []byte("\n")) {
		var story struct {
			Title      string   `json:"title"`
			Paragraphs []string `json:"paragraphs"`
		}
		if err := json.Unmarshal(line, &story); err != nil {
			t.Fatalf("story %d: %v", n+1, err)
		}
		if story.Title == "" || titles[story.Title] {
			t.Errorf("story %d: title %q is empty or another's", n+1, story.Title)
		}
		titles[story.Title] = true
		for _, text := range story.Paragraphs {
			if last, _ := utf8.DecodeLastRuneInString(text); !strings.ContainsRune("。！？”…）", last) {
				t.Errorf("%s: paragraph %q does not end as sentences do", story.Title, text)
			}
			if strings.HasPrefix(text, "本报讯") {
				t.Errorf("%s: %q has a byline", story.Title, text)
			}
		}
	}
	if len(titles) != 49*16 {
		t.Errorf("%d stories, want 16 of each of 49 papers", len(titles))
	}
}
