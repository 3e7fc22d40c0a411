package web

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/api"
)

// pageView is a page with its articles beside the lines they came from.
type pageView struct {
	api.Page
	Name     string
	Live     []articleView
	Gone     []articleView
	Lines    []lineView
	Total    int    // lines of the text, of which Lines may be the first
	TextPath string // where all of the text is
	NoText   string // why there are no lines
}

// Title is the page's name in the browser's tab.
func (v pageView) Title() string { return v.Name + " " + v.Key.Date + " " + v.Key.Page }

// Others are the dead letters that did not decide the fate of a revision: of an
// upload that was refused, of an article that the index refused.
func (v pageView) Others() []api.Letter {
	var out []api.Letter
	for _, l := range v.Letters {
		if !slices.ContainsFunc(v.Revisions, func(r api.Revision) bool { return r.Letter == l.ID }) {
			out = append(out, l)
		}
	}
	return out
}

type articleView struct {
	api.Article
	Colour  int // 1 to colours; 0: none
	Content *newspaper.Article
	Body    []paragraph
}

// lineView is a line of the page's text.
type lineView struct {
	Number  int
	Text    string
	Cut     int // characters that are left out at its end
	Kind    string
	Article string // id in the page
	Colour  int
	Blank   bool
}

// What a browser is given of a text at once. All of it is at TextPath.
const (
	mostLines   = 4000
	longestLine = 2000 // characters
	colours     = 8
)

func keyOf(r *http.Request) (newspaper.PageKey, error) {
	return newspaper.NewPageKey(r.PathValue("publication"), r.PathValue("date"), r.PathValue("edition"), r.PathValue("page"))
}

// pageVersion changes when anything about the page does.
func (s *Site) pageVersion(r *http.Request) (string, error) {
	key, err := keyOf(r)
	if err != nil {
		return "", err
	}
	p, err := s.source.Page(r.Context(), key)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(p)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), err
}

func (s *Site) onePage(r *http.Request) (any, error) {
	key, err := keyOf(r)
	if err != nil {
		return nil, err
	}
	v := pageView{Name: s.name(key.Publication), TextPath: "/v1/pages/" + key.String() + "/text"}
	if v.Page, err = s.source.Page(r.Context(), key); err != nil {
		return nil, err
	}
	contents, err := s.source.Articles(r.Context(), key)
	if err != nil {
		return nil, err
	}
	for _, a := range v.Articles {
		view := articleView{Article: a}
		if content, ok := contents[a.URI]; ok && a.State == newspaper.Live {
			view.Content, view.Body = &content, paragraphs(&content)
		}
		if a.State != newspaper.Live {
			v.Gone = append(v.Gone, view)
			continue
		}
		v.Live = append(v.Live, view)
	}
	slices.SortStableFunc(v.Live, func(a, b articleView) int { return cmp.Compare(firstLine(a.Lines), firstLine(b.Lines)) })
	for i := range v.Live {
		v.Live[i].Colour = i%colours + 1
	}
	s.readText(r.Context(), &v)
	if len(v.Lines) == 0 {
		return v, nil
	}
	for _, a := range v.Live {
		v.paint(a.Lines, "article", articleID(a.URI), a.Colour)
	}
	v.paint(v.Text.Furniture, "furniture", "", 0)
	v.paint(v.Text.Rest, "rest", "", 0)
	return v, nil
}

// readText reads the text's lines, or says why there are none.
func (s *Site) readText(ctx context.Context, v *pageView) {
	if v.Text == nil || v.Text.SHA256 == "" {
		v.NoText = "This page was not parsed yet."
		return
	}
	text, err := s.source.Text(ctx, v.Text.SHA256)
	if err != nil {
		v.NoText = fault.ProblemOf(err).Detail // the page's fate is shown all the same
		return
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	v.Total = len(lines)
	for i, line := range lines[:min(len(lines), mostLines)] {
		v.Lines = append(v.Lines, newLine(i+1, line))
	}
}

func newLine(number int, text string) lineView {
	l := lineView{Number: number, Text: text, Blank: strings.TrimSpace(text) == ""}
	if n := utf8.RuneCountInString(text); n > longestLine {
		l.Text, l.Cut = string([]rune(text)[:longestLine]), n-longestLine
	}
	return l
}

func (v *pageView) paint(ranges []newspaper.LineRange, kind, article string, colour int) {
	for _, r := range ranges {
		for n := max(r[0], 1); n <= r[1] && n <= len(v.Lines); n++ {
			l := &v.Lines[n-1]
			l.Kind, l.Article, l.Colour = kind, article, colour
		}
	}
}

// Legend counts the lines that are not blank, by what they belong to.
func (v pageView) Legend() string {
	counts := map[string]int{}
	for _, l := range v.Lines {
		if !l.Blank {
			counts[l.Kind]++
		}
	}
	out := fmt.Sprintf("%s: %s in articles, %s furniture, %s rest", plural(v.Total, "line", "lines"), number(counts["article"]), number(counts["furniture"]), number(counts["rest"]))
	if n := counts[""]; n > 0 {
		out += fmt.Sprintf(", %s of an earlier reading", number(n))
	}
	return out
}
