package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"go.uber.org/zap"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/search"
)

// foundView is an article as search finds it, beside the lines it came from.
type foundView struct {
	search.Article
	Key      newspaper.PageKey
	Paper    string
	Heads    []headView
	Body     []paragraph
	Captions []paragraph
	Related  []hitView
	Source   pageView // the page's lines, those of the article marked
	Back     string   // address of the search that led here; "": none did
	Words    string   // its words
}

type headView struct {
	Role string
	Text paragraph
}

// mostRelated is how many articles are shown that are like one.
const mostRelated = 5

// Title is the headline, and the paper.
func (v *foundView) Title() string {
	if h := v.MainHeadline(); h != "" {
		return h + " · " + v.Paper
	}
	return v.Paper + " " + v.Print.Date
}

// HasMain says that the page prints a headline.
func (v *foundView) HasMain() bool { return v.MainHeadline() != "" }

// Types are the types of names that the article has marks of, for the legend.
func (v *foundView) Types() []span {
	var out []span
	for _, kind := range []string{newspaper.PER, newspaper.ORG, newspaper.LOC, newspaper.TITLE, newspaper.DATE} {
		for _, m := range v.Mentions {
			if m.Type == kind {
				out = append(out, span{Type: strings.ToLower(kind)})
				break
			}
		}
	}
	return out
}

// Joined says that jump lines made the article a part of a whole.
func (v *foundView) Joined() bool { return len(v.Print.Parts) > 1 }

// PageAt is the address of another page of the same paper.
func (v *foundView) PageAt(page string) string {
	key := v.Key
	key.Page = page
	return "/pages/" + key.String()
}

func (s *Site) article(r *http.Request) (any, error) {
	if s.index == nil {
		return nil, noIndex()
	}
	uri := r.PathValue("uri")
	key, _, err := newspaper.ParseArticleURI(uri)
	if err != nil {
		return nil, err
	}
	v := &foundView{Key: key}
	if v.Article, err = s.index.Article(r.Context(), uri); err != nil {
		return nil, err
	}
	v.Paper = paper(v.Print.Name, s.name(key.Publication))
	for i, h := range v.Headlines {
		v.Heads = append(v.Heads, headView{h.Role, line(h.Value, v.Mentions, newspaper.FieldHeadline, i)})
	}
	v.Body = paragraphs(&v.Article.Article)
	for _, caption := range v.Article.Article.Captions() {
		marked := paragraph{{"", caption}} // names are marked in descriptions
		if i := slices.IndexFunc(v.Descriptions, func(d newspaper.Description) bool { return d.Value == caption }); i >= 0 {
			marked = line(caption, v.Mentions, newspaper.FieldCaption, i)
		}
		v.Captions = append(v.Captions, marked)
	}
	v.Back, v.Words = searchBefore(r)
	v.Related = s.related(r.Context(), uri)
	s.sourceOf(r, v)
	return v, nil
}

// related is empty when the index cannot say: the article is what was asked for.
func (s *Site) related(ctx context.Context, uri string) []hitView {
	articles, err := s.index.Related(ctx, uri, mostRelated)
	if err != nil {
		s.log.Debug("no related articles", zap.String("uri", uri), zap.Error(err))
	}
	var out []hitView
	for _, a := range articles {
		out = append(out, newHit(a))
	}
	return out
}

// sourceOf lays the article over its page's lines, or says why there are none.
func (s *Site) sourceOf(r *http.Request, v *foundView) {
	v.Source = pageView{TextPath: "/v1/pages/" + v.Key.String() + "/text"}
	var err error
	if v.Source.Page, err = s.source.Page(r.Context(), v.Key); err != nil {
		v.Source.NoText = fault.ProblemOf(err).Detail
		return
	}
	s.readText(r.Context(), &v.Source)
	v.Source.paint(v.Print.Lines, "article", articleID(v.URI), 1)
}

// searchBefore is the search that the reader comes from, and its words.
func searchBefore(r *http.Request) (address, words string) {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host || from.Path != "/search" {
		return "", ""
	}
	return from.RequestURI(), from.Query().Get("q")
}
