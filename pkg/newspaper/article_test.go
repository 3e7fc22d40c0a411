package newspaper

import (
	"encoding/json"
	"reflect"
	"testing"

	"broadsheet/pkg/fault"
)

// contract is an article with every field, as consumers have seen it since the
// first version. A change here breaks them.
const contract = `{
 "uri": "urn:broadsheet:article:heyang-ribao:2026-03-02:main:01:7f3c9a1e", "type": "text",
 "version": "2", "versionCreated": "2026-03-02T01:02:03Z", "pubStatus": "canceled", "edNote": "稿件失实", "language": "zh-Hans",
 "headlines": [{"role":"kicker","value":"引题"},{"role":"main","value":"主题"},{"role":"deck","value":"副题"}],
 "by": "本报讯 （记者 林晓）", "creators": [{"role":"reporter","name":"林晓"}],
 "located": "北京", "contentCreated": "2026-03-01", "infoSources": [{"role":"agency","name":"新华社"}],
 "bodies": [{"role":"main","contentType":"text/plain","charCount":5,"value":"第一段\n二"}],
 "descriptions": [{"role":"caption","value":"图为现场"}],
 "people": [{"name":"林晓","titles":["县长"],"count":3}],
 "organisations": [{"name":"县政府","count":2}], "places": [{"name":"河阳县","count":4}],
 "mentions": [{"field":"headline","part":1,"type":"DATE","text":"今天","start":0,"end":2,"value":"2026-03-02"}],
 "associations": [{"type":"picture","descriptions":[{"role":"caption","value":"图"}],"by":"赵一"}],
 "print": {"publication":"heyang-ribao","name":"河阳日报","date":"2026-03-02","edition":"main","page":"01","position":1,
  "lines":[[1,75],[80,81]],"boxes":[{"x":1,"y":2,"width":3,"height":4}],"confidence":0.93,"headlinePosition":"after","continues":{"to":"03"}}
}`

func TestArticleRoundTrip(t *testing.T) {
	a, err := Decode[Article]([]byte(contract))
	if err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(contract), &want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("comes back as\n%s", out)
	}
	if a.MainHeadline() != "主题" || a.Text() != "第一段\n二" || a.Print.Lines[0].Len() != 75 {
		t.Errorf("read as %+v", a)
	}
}

// Absent means unknown; headlines and continues are always there, because "none"
// is something the page was read to say.
func TestArticleWithoutAnything(t *testing.T) {
	out, err := json.Marshal(&Article{Type: TypeText})
	if want := `{"type":"text","headlines":[],"print":{"continues":null}}`; err != nil || string(out) != want {
		t.Errorf("%s, %v; want %s", out, err, want)
	}
	if a := (Article{}); a.MainHeadline() != "" || a.Text() != "" {
		t.Error("an empty article has text")
	}
}

func TestDecodeIsStrict(t *testing.T) {
	for name, in := range map[string]string{
		"unknown field": `{"type":"text","headline":"x"}`,
		"second value":  `{"type":"text"} {}`,
		"garbage after": `{"type":"text"} x`,
		"invalid UTF-8": "{\"type\":\"\xff\"}",
		"wrong type":    `{"type":1}`,
		"cut":           `{"type":"text"`,
		"empty":         ``,
	} {
		if _, err := Decode[Article]([]byte(in)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecodeArticle(f *testing.F) {
	f.Add([]byte(contract))
	f.Add([]byte(`{"print":{"lines":[[1]]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := Decode[Article](data)
		if err != nil {
			return
		}
		once, err := json.Marshal(a)
		if err != nil {
			t.Fatalf("read but not written: %v", err)
		}
		b, err := Decode[Article](once)
		if err != nil {
			t.Fatalf("written but not read: %v\n%s", err, once)
		}
		if twice, _ := json.Marshal(b); string(twice) != string(once) {
			t.Fatalf("%s\nbecomes\n%s", once, twice)
		}
	})
}

// TestCaptions: a caption that stands in descriptions and in an association is one.
func TestCaptions(t *testing.T) {
	caption := func(text string) []Description { return []Description{{Role: "caption", Value: text}} }
	a := Article{Descriptions: caption("甲"), Associations: []Association{{Type: TypePicture, Descriptions: caption("甲")}, {Type: TypePicture, Descriptions: caption("乙")}}}
	if got := a.Captions(); !reflect.DeepEqual(got, []string{"甲", "乙"}) {
		t.Errorf("captions: %v", got)
	}
}
