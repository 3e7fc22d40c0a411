// Package parse is the service that turns received pages into articles:
// document (bytes → lines) → segment (lines → articles) → entity (articles →
// mentions), and one atomic commit a page.
package parse

import (
	"context"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/document"
	"broadsheet/services/parse/entity"
	"broadsheet/services/parse/segment"
)

// Version is the parser's version. It grows when a change of document, segment
// or entity makes a page worth parsing again; a page parsed by a smaller one is
// parsed again when it is next asked for.
const Version = 1

// Segmenter turns lines into articles.
type Segmenter interface {
	Segment(lines []document.Line, o segment.Options) segment.Page
}

// Extractor finds the entities of a page's articles.
type Extractor interface {
	Annotate(articles []newspaper.Article, c entity.Context)
}

// Parser reads pages. It has no state and needs no server.
type Parser struct {
	catalogue *newspaper.Catalogue
	segmenter Segmenter
	extractor Extractor
}

// NewParser returns the parser that the service uses. A nil extractor is the
// built-in model; entity.Open gives one of a paper's own.
func NewParser(c *newspaper.Catalogue, extractor Extractor) *Parser {
	if extractor == nil {
		extractor = entity.New()
	}
	return &Parser{catalogue: c, segmenter: segment.New(), extractor: extractor}
}

// Parsed is what was read out of a page.
type Parsed struct {
	Articles  []newspaper.Article // in page order; publication and entities filled, identity not
	Text      string              // the decoded page, lines ended by '\n'
	Encoding  string
	Lines     int
	Furniture []newspaper.LineRange
	Rest      []newspaper.LineRange
	Warnings  []string
}

// Parse reads a page's bytes. The key may be zero when the page has none; then
// nothing that depends on it is filled. Errors are of the kinds invalid,
// unsupported, corrupt and too_large.
func (p *Parser) Parse(ctx context.Context, data []byte, mediaType string, key newspaper.PageKey) (Parsed, error) {
	if mediaType == newspaper.ArticlesType {
		return p.articlesPage(data, key)
	}
	publication := p.catalogue.Lookup(key.Publication)
	doc, err := document.Decode(ctx, data, mediaType, publication.Encoding)
	if err != nil {
		return Parsed{}, err
	}
	page := p.segmenter.Segment(doc.Lines, segment.Options{Key: key, Publication: publication})
	if len(page.Articles) > bus.MaxArticles {
		return Parsed{}, fault.New(fault.TooLarge, "the page has %d articles, more than the %d that one page may have", len(page.Articles), bus.MaxArticles).
			Fix("upload it as several pages")
	}
	p.extractor.Annotate(page.Articles, entity.Context{Date: key.Date, Home: publication.Home})
	for i := range page.Articles {
		print := &page.Articles[i].Print
		print.Publication, print.Name, print.Date, print.Edition, print.Page = key.Publication, publication.Name, key.Date, key.Edition, key.Page
	}
	return Parsed{
		Articles: page.Articles, Text: doc.Text(), Encoding: doc.Encoding, Lines: len(doc.Lines),
		Furniture: page.Furniture, Rest: page.Rest, Warnings: append(doc.Warnings, page.Warnings...),
	}, nil
}

// Explain says for every line of a page what it was taken for and why. Only for
// people: it takes several times as long as Parse.
func (p *Parser) Explain(ctx context.Context, data []byte, mediaType string, key newspaper.PageKey) ([]segment.Explanation, error) {
	publication := p.catalogue.Lookup(key.Publication)
	doc, err := document.Decode(ctx, data, mediaType, publication.Encoding)
	if err != nil {
		return nil, err
	}
	explainer, ok := p.segmenter.(interface {
		Explain([]document.Line, segment.Options) (segment.Page, []segment.Explanation)
	})
	if !ok {
		return nil, fault.New(fault.Unsupported, "this segmenter gives no reasons")
	}
	_, why := explainer.Explain(doc.Lines, segment.Options{Key: key, Publication: publication})
	return why, nil
}
