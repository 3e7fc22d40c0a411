package parse

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/document"
	"broadsheet/services/parse/entity"
)

// An archive that segments elsewhere uploads a page as its articles. From there
// on it is a page like any other: a revision in the registry, one commit, uris
// that are kept, withdrawals that hold.

// ReadArticle reads one line of JSON Lines: an article as `broadsheet parse`
// prints it, and the page it says it is of. Errors are of kind invalid and name
// the field.
func ReadArticle(line []byte) (newspaper.Article, newspaper.PageKey, error) {
	a, err := newspaper.Decode[newspaper.Article](line)
	if err != nil {
		return a, newspaper.PageKey{}, err
	}
	p := a.Print
	key, err := newspaper.NewPageKey(p.Publication, p.Date, p.Edition, p.Page)
	if err != nil {
		return a, key, err
	}
	if a.URI != "" {
		named, _, err := newspaper.ParseArticleURI(a.URI)
		if err != nil {
			return a, key, err
		}
		if named != key {
			return a, key, fault.New(fault.Invalid, "the uri names the page %s, print says %s", named, key).On("uri").Fix("correct one of them, or leave the uri out")
		}
	}
	return a, key, a.Check()
}

// Bare is an article without what a commit gives it: the same article is the same
// bytes, from wherever it came.
func Bare(a newspaper.Article) newspaper.Article {
	a.URI, a.Version, a.PubStatus, a.EdNote, a.VersionCreated = "", "", "", "", time.Time{}
	a.Print.Name, a.Print.Parts, a.Print.Lines, a.Print.Boxes = "", nil, nil, nil
	return a
}

// articlesPage reads a page that comes as its articles. Its text is made of them,
// a line for each paragraph, so that there is something to look at. Entities are
// found in articles that come without any.
func (p *Parser) articlesPage(data []byte, key newspaper.PageKey) (Parsed, error) {
	if len(data) > document.MaxBytes {
		return Parsed{}, fault.New(fault.TooLarge, "the page has %d bytes; the limit is %d", len(data), document.MaxBytes)
	}
	var articles []newspaper.Article
	number := 0
	for line := range bytes.Lines(data) {
		number++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		a, named, err := ReadArticle(line)
		if err == nil && named != key {
			err = fault.New(fault.Invalid, "the article is of the page %s", named).On("print.page").Fix("upload it as that page")
		}
		if err != nil {
			return Parsed{}, fault.Wrap(fault.KindOf(err), err, "line %d", number).On(fault.ProblemOf(err).Field)
		}
		if len(articles) == bus.MaxArticles {
			return Parsed{}, fault.New(fault.TooLarge, "the page has more than the %d articles that one page may have", bus.MaxArticles)
		}
		articles = append(articles, Bare(a))
	}
	if len(articles) == 0 {
		return Parsed{}, fault.New(fault.Invalid, "the page has no article")
	}
	slices.SortStableFunc(articles, func(a, b newspaper.Article) int { return cmp.Compare(place(&a), place(&b)) })
	publication := p.catalogue.Lookup(key.Publication)
	text := lay(articles, publication.Name)
	var unread []int
	for i := range articles {
		if a := &articles[i]; len(a.Mentions)+len(a.People)+len(a.Organisations)+len(a.Places) == 0 {
			unread = append(unread, i)
		}
	}
	found := make([]newspaper.Article, len(unread))
	for n, i := range unread {
		found[n] = articles[i]
	}
	p.extractor.Annotate(found, entity.Context{Date: key.Date, Home: publication.Home})
	for n, i := range unread {
		articles[i] = found[n]
	}
	return Parsed{Articles: articles, Text: text, Encoding: "utf-8", Lines: strings.Count(text, "\n")}, nil
}

// place sorts those that do not say where they stand behind those that do.
func place(a *newspaper.Article) int {
	if a.Print.Position == 0 {
		return int(^uint(0) >> 1)
	}
	return a.Print.Position
}

// lay writes the articles below one another, and gives them their lines and what
// else belongs to their place.
func lay(articles []newspaper.Article, name string) string {
	var b strings.Builder
	at := 0
	write := func(s string) {
		if s != "" {
			at += strings.Count(s, "\n") + 1
			_, _ = fmt.Fprintln(&b, s)
		}
	}
	for i := range articles {
		a := &articles[i]
		if i > 0 {
			at++
			b.WriteByte('\n')
		}
		first := at + 1
		for _, h := range a.Headlines {
			write(h.Value)
		}
		write(a.By)
		write(a.Text())
		for _, caption := range a.Captions() {
			write(caption)
		}
		a.Print.Name, a.Print.Position, a.Print.Lines = name, i+1, []newspaper.LineRange{{first, at}}
		if a.Print.HeadlinePosition == "" {
			a.Print.HeadlinePosition = newspaper.HeadlineBefore
			if len(a.Headlines) == 0 {
				a.Print.HeadlinePosition = newspaper.HeadlineNone
			}
		}
	}
	return b.String()
}
