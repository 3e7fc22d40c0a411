package newspaper

import (
	"strings"
	"testing"

	"broadsheet/pkg/fault"
)

func sound() Article {
	return Article{
		Type: TypeText, Language: "zh-Hans", Headlines: []Headline{{Main, "秋粮归仓"}},
		Creators: []Creator{{Reporter, "李雅萍"}}, InfoSources: []InfoSource{{"agency", "新华社"}}, ContentCreated: "2026-03-01",
		Bodies:       []Body{{"main", "text/plain", 9, "刘振国说。\n第二段"}},
		People:       []Person{{Name: "刘振国", Titles: []string{"县长"}, Count: 1}},
		Mentions:     []Mention{{Field: FieldBody, Type: PER, Text: "刘振国", Start: 0, End: 3}, {Field: FieldHeadline, Type: LOC, Text: "秋", Start: 0, End: 1}},
		Associations: []Association{{Type: TypePicture, Descriptions: []Description{{"caption", "图为现场"}}, By: "刘亮亮"}},
		Print:        Print{Position: 1, Confidence: 1, HeadlinePosition: HeadlineBefore, Continues: &Jump{To: "3"}},
	}
}

func TestCheck(t *testing.T) {
	a := sound()
	if err := a.Check(); err != nil {
		t.Fatal(err)
	}
	bare := Article{Type: TypePicture, Descriptions: []Description{{"caption", "图为现场"}}}
	if err := bare.Check(); err != nil {
		t.Fatal(err)
	}
	for field, spoil := range map[string]func(*Article){
		"type":                           func(a *Article) { a.Type = "video" },
		"pubStatus":                      func(a *Article) { a.PubStatus = Canceled },
		"language":                       func(a *Article) { a.Language = strings.Repeat("x", 36) },
		"headlines.role":                 func(a *Article) { a.Headlines[0].Role = "sub" },
		"headlines.value":                func(a *Article) { a.Headlines[0].Value = "秋\u0007粮" },
		"headlines":                      func(a *Article) { a.Headlines = make([]Headline, 51) },
		"by":                             func(a *Article) { a.By = "a\nb" },
		"creators.role":                  func(a *Article) { a.Creators[0].Role = "" },
		"creators.name":                  func(a *Article) { a.Creators[0].Name = " " },
		"contentCreated":                 func(a *Article) { a.ContentCreated = "2026-02-30" },
		"infoSources.name":               func(a *Article) { a.InfoSources[0].Name = "\xff" },
		"bodies":                         func(a *Article) { a.Bodies = append(a.Bodies, a.Bodies[0]) },
		"bodies.contentType":             func(a *Article) { a.Bodies[0].ContentType = "text/html" },
		"bodies.charCount":               func(a *Article) { a.Bodies[0].CharCount = 8 },
		"bodies.value":                   func(a *Article) { a.Bodies[0].Value = "刘振国说。\n\n第二段" },
		"people.name":                    func(a *Article) { a.People[0].Name = "" },
		"people.count":                   func(a *Article) { a.People[0].Count = -1 },
		"mentions":                       func(a *Article) { a.Mentions[0].Start = 1 },
		"mentions.part":                  func(a *Article) { a.Mentions[1].Part = 1 },
		"mentions.type":                  func(a *Article) { a.Mentions[1].Type = "MISC" },
		"associations.type":              func(a *Article) { a.Associations[0].Type = "" },
		"associations.descriptions.role": func(a *Article) { a.Associations[0].Descriptions[0].Role = "text" },
		"print.confidence":               func(a *Article) { a.Print.Confidence = 1.1 },
		"print.position":                 func(a *Article) { a.Print.Position = -1 },
		"print.headlinePosition":         func(a *Article) { a.Print.HeadlinePosition = "left" },
		"print.continues":                func(a *Article) { a.Print.Continues.To = "X" },
	} {
		a := sound()
		spoil(&a)
		if err := a.Check(); !fault.Is(err, fault.Invalid) || fault.ProblemOf(err).Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	empty := Article{Type: TypeText}
	if err := empty.Check(); !fault.Is(err, fault.Invalid) {
		t.Errorf("an article of nothing: %v", err)
	}
}

// Whatever comes in, an article that is sound can be written and is sound again.
func FuzzCheck(f *testing.F) {
	f.Add([]byte(`{"type":"text","headlines":[{"role":"main","value":"秋"}],"print":{"continues":null}}`))
	f.Add([]byte(`{"type":"text","mentions":[{"field":"body","start":-1,"end":99999999999}],"print":{"continues":{}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := Decode[Article](data)
		if err != nil {
			return
		}
		if err := a.Check(); err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatalf("%q: %v", data, err)
		}
	})
}
