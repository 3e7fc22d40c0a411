package typeset

import (
	"bufio"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"strings"
	"unicode"

	"broadsheet/services/parse/internal/script"
)

// Article is a text to set. Only Paragraphs must be there.
type Article struct {
	Kicker     string   `json:"kicker,omitempty"`
	Title      string   `json:"title"`
	Deck       string   `json:"deck,omitempty"`
	Date       string   `json:"date,omitempty"`
	Paragraphs []string `json:"paragraphs"`

	series bool // the kicker is the name of a series: few names, of many stories each
}

// ReadArticles reads JSON Lines of articles, of running text only.
func ReadArticles(r io.Reader) ([]Article, error) {
	var out []Article
	s := bufio.NewScanner(r)
	s.Buffer(nil, 4<<20)
	for n := 1; s.Scan(); n++ {
		var a Article
		if err := json.Unmarshal(s.Bytes(), &a); err != nil {
			return nil, fmt.Errorf("article %d: %w", n, err)
		}
		a.clean()
		if a.running() {
			out = append(out, a)
		}
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("read the articles: %w", err)
	}
	return out, nil
}

// Half returns one of two halves of the articles, always the same by title, so
// that what is measured on one half was never seen with the other.
func Half(articles []Article, second bool) []Article {
	var out []Article
	for _, a := range articles {
		h := fnv.New32a()
		h.Write([]byte(a.Title))
		if (h.Sum32()>>7&1 == 1) == second {
			out = append(out, a)
		}
	}
	return out
}

func (a *Article) clean() {
	a.Title = strings.Join(strings.Fields(a.Title), " ")
	if i := strings.Index(a.Title, "】"); i >= 0 && strings.HasPrefix(a.Title, "【") {
		a.Kicker, a.series = strings.Trim(a.Title[:i], "【】"), true
		a.Title = strings.TrimSpace(a.Title[i+len("】"):])
	}
	paras := a.Paragraphs[:0]
	for _, t := range a.Paragraphs {
		if t = cleanSpaces(t); t != "" {
			paras = append(paras, t)
		}
	}
	a.Paragraphs = paras
}

// running reports whether every paragraph is sentences: lists and digests of
// several stories have no one headline to find.
func (a *Article) running() bool {
	for _, text := range a.Paragraphs {
		r := []rune(text)
		if !strings.ContainsRune("。！？”…）", r[len(r)-1]) {
			return false
		}
	}
	return len(a.Paragraphs) > 0
}

// cleanSpaces keeps the spaces of a text that are printed: those between Latin
// words.
func cleanSpaces(text string) string {
	words := strings.Fields(text)
	var b strings.Builder
	var last rune
	for _, w := range words {
		r := []rune(w)
		if latin(last) && latin(r[0]) {
			b.WriteByte(' ')
		}
		b.WriteString(w)
		last = r[len(r)-1]
	}
	return b.String()
}

func latin(r rune) bool { return r < 0x2E80 && unicode.IsLetter(r) }

// dress makes a text as the page's paper would print it: phrases of the title to
// lines of a headline, the page's forms of characters.
func (p *page) dress(a Article) Article {
	a.splitTitle(p)
	a.enrich(p)
	form := p.style.form()
	a.Kicker, a.Title, a.Deck = form(a.Kicker), form(a.Title), form(a.Deck)
	paras := make([]string, len(a.Paragraphs))
	for i, t := range a.Paragraphs {
		paras[i] = form(p.mark(t))
	}
	a.Paragraphs = paras
	return a
}

// mark ends a paragraph with another final mark now and then: broadcast texts have
// little but full stops.
func (p *page) mark(text string) string {
	if body, ok := strings.CutSuffix(text, "。"); ok && p.chance(.06) {
		return body + pick(p.r, []string{"！", "！", "？", "……"})
	}
	return text
}

// form returns how the page writes characters: traditional script, full-width
// digits, half-width punctuation.
func (d drawn) form() func(string) string {
	return func(text string) string {
		return strings.Map(func(r rune) rune {
			if t := script.Traditional(r); d.traditional && t != r {
				return t
			}
			switch {
			case d.fullDigits && r >= '0' && r <= '9':
				return r - '0' + '０'
			case d.fullDigits && (r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'):
				return r - 'A' + 'Ａ'
			case d.halfMarks && strings.ContainsRune("，：；！？（）", r):
				return r - '，' + ','
			case d.traditional && r == '“':
				return '「'
			case d.traditional && r == '”':
				return '」'
			}
			return r
		}, text)
	}
}
