package entityeval

import (
	"path/filepath"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/entity"
	"broadsheet/services/parse/entity/corpus"
)

// Pages measures a tagger on texts that it reads perPage at a time, as one page:
// corpora of newspapers keep the sentences of an article together.
func Pages(t *entity.Tagger, texts []corpus.Text, perPage int, c entity.Context, types []string) *Report {
	report := &Report{}
	for from := 0; from < len(texts); from += perPage {
		page := texts[from:min(from+perPage, len(texts))]
		values := make([]string, len(page))
		for i, text := range page {
			values[i] = text.Value
		}
		for i, found := range read(t, values, c) {
			report.Add("", page[i].Value, page[i].Mentions, found, types)
		}
	}
	return report
}

// read are the mentions of each text, all of them read as one page.
func read(t *entity.Tagger, texts []string, c entity.Context) [][]newspaper.Mention {
	articles := make([]newspaper.Article, len(texts))
	for i, text := range texts {
		articles[i].Bodies = []newspaper.Body{{Value: text}}
	}
	t.Annotate(articles, c)
	out := make([][]newspaper.Mention, len(texts))
	for i := range articles {
		out[i] = articles[i].Mentions
	}
	return out
}

// Items measures a tagger on the paragraphs of a *.refs.json, each read together
// with the other paragraphs of its news item.
func Items(t *entity.Tagger, path, corpora string, c entity.Context) (*Report, error) {
	texts, err := References(path, corpora)
	if err != nil {
		return nil, err
	}
	r, err := readReferences(path)
	if err != nil {
		return nil, err
	}
	items := map[string][][]string{}
	report := &Report{}
	for i, ref := range r.Texts {
		if items[ref.File] == nil {
			if items[ref.File], err = source(filepath.Join(corpora, ref.File)); err != nil {
				return nil, fault.Wrap(fault.Invalid, err, "cannot read the corpus")
			}
		}
		item, paragraph := ref.place()
		found := read(t, items[ref.File][item], c)
		report.Add("", texts[i].Value, texts[i].Mentions, found[paragraph], nil)
	}
	return report, nil
}
