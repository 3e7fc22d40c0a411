package entityeval

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/entity"
	"broadsheet/services/parse/entity/corpus"
)

// goldFile is one page's gold, *.entities.json.
type goldFile struct {
	Articles []struct {
		Parts    map[string][]string `json:"parts"` // field → texts
		Mentions []newspaper.Mention `json:"mentions"`
	} `json:"articles"`
}

var dateInName = regexp.MustCompile(`\d{4}-\d{2}-\d{2}`)

// Dir measures a tagger on every *.entities.json of a directory. Bylines are no
// texts of articles and are left out. The date of a page is taken from its
// file's name.
func Dir(t *entity.Tagger, dir string, home []string) (*Report, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.entities.json"))
	if err == nil && len(files) == 0 {
		err = fault.New(fault.Invalid, "%s holds no *.entities.json", dir).
			On("entities").Fix("name a directory with pages' gold, such as samples")
	}
	if err != nil {
		return nil, err
	}
	report := &Report{}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "cannot read the gold %s", path)
		}
		var gold goldFile
		if err := json.Unmarshal(data, &gold); err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "the gold %s is not what it should be", path)
		}
		if err := gold.check(); err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "the gold %s is wrong", path)
		}
		gold.measure(t, entity.Context{Date: dateInName.FindString(filepath.Base(path)), Home: home}, report)
	}
	return report, nil
}

// Texts measures a tagger on texts by themselves, as "broadsheet entities
// --lines" reads them. Types restricts the measure as Report.Add does.
func Texts(t *entity.Tagger, texts []corpus.Text, c entity.Context, types []string) *Report {
	report := &Report{}
	for _, text := range texts {
		report.Add("", text.Value, text.Mentions, t.Mentions(text.Value, c), types)
	}
	return report
}

// check makes sure that every mention's text is where it says.
func (g *goldFile) check() error {
	for i, a := range g.Articles {
		for _, m := range a.Mentions {
			parts := a.Parts[m.Field]
			if m.Part < 0 || m.Part >= len(parts) {
				return fmt.Errorf("article %d: mention %q has no text %s %d", i+1, m.Text, m.Field, m.Part)
			}
			text := []rune(parts[m.Part])
			if m.Start < 0 || m.Start > m.End || m.End > len(text) || string(text[m.Start:m.End]) != m.Text {
				return fmt.Errorf("article %d: mention %q is not at %d of %s", i+1, m.Text, m.Start, m.Field)
			}
		}
	}
	return nil
}

// measure annotates the page as a whole and compares text by text.
func (g *goldFile) measure(t *entity.Tagger, c entity.Context, report *Report) {
	articles := make([]newspaper.Article, len(g.Articles))
	for i, a := range g.Articles {
		for _, h := range a.Parts[newspaper.FieldHeadline] {
			articles[i].Headlines = append(articles[i].Headlines, newspaper.Headline{Value: h})
		}
		for _, b := range a.Parts[newspaper.FieldBody] {
			articles[i].Bodies = append(articles[i].Bodies, newspaper.Body{Value: b})
		}
		for _, d := range a.Parts[newspaper.FieldCaption] {
			articles[i].Descriptions = append(articles[i].Descriptions, newspaper.Description{Value: d})
		}
	}
	t.Annotate(articles, c)
	for i, a := range g.Articles {
		for _, field := range []string{newspaper.FieldHeadline, newspaper.FieldBody, newspaper.FieldCaption} {
			for part, text := range a.Parts[field] {
				in := func(list []newspaper.Mention) (out []newspaper.Mention) {
					for _, m := range list {
						if m.Field == field && m.Part == part {
							out = append(out, m)
						}
					}
					return out
				}
				report.Add(field, text, in(a.Mentions), in(articles[i].Mentions), nil)
			}
		}
	}
}
