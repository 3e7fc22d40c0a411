package index

import (
	"encoding/json"
	"testing"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

func FuzzDecode(f *testing.F) {
	key := newspaper.PageKey{Publication: "heyang-ribao", Date: "2026-03-02", Edition: "main", Page: "01"}
	a := newspaper.Article{URI: key.ArticleURI("00000001"), Type: newspaper.TypeText, PubStatus: newspaper.Usable}
	subject, err := event.ArticleSubject(event.ArticleParsed, a.URI)
	if err != nil {
		f.Fatal(err)
	}
	e, err := event.New(event.ArticleParsed, "parse", "1", a.URI, time.Unix(0, 0), a)
	if err != nil {
		f.Fatal(err)
	}
	e.Sequence = 7
	data, err := json.Marshal(e)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(subject, data)
	f.Add("articles.parsed.x", []byte(`{"specversion":"1.0"}`))
	f.Add(subject, []byte("null"))
	f.Fuzz(func(t *testing.T, subject string, data []byte) {
		w, err := decode(&bus.Message{Subject: subject, Data: data})
		if err != nil {
			if kind := fault.KindOf(err); kind != fault.Corrupt && kind != fault.Unsupported {
				t.Fatalf("%s: %v", kind, err)
			}
			return
		}
		if w.URI == "" || w.Sequence <= 0 || len(w.Source) < 2 || w.Source[0] != '{' || !json.Valid(w.Source) {
			t.Fatalf("%+v", w)
		}
	})
}
