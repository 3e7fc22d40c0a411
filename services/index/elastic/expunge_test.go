package elastic_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/elastic"
	"broadsheet/services/index/elastic/estest"
	"broadsheet/services/index/search"
	"broadsheet/services/index/storetest"
	"broadsheet/services/index/takedowntest"
)

// After an erasure the index service, with its own role, has Elasticsearch rewrite
// what it overwrote: no segment holds the text any more, and its neighbours stay.
func TestExpunge(t *testing.T) {
	n := estest.Start(t)
	_, o := provisioned(t, n)
	o.Username = o.Prefix + "-index"
	o.Password = n.User(t, o.Username, elastic.Role(o.Prefix))
	s := open(t, o)
	all := writes(t, 50)
	for i, v := range s.Write(t.Context(), all) {
		if v.Outcome != event.Applied {
			t.Fatalf("%d: %+v", i, v)
		}
	}
	n.Do(t, http.MethodPost, "/"+o.Prefix+"/_flush", "")
	secret := all[7].Article
	erased := newspaper.Article{URI: secret.URI, Type: secret.Type, Version: "2", PubStatus: newspaper.Canceled, Erased: true, EdNote: "法院判决", Print: secret.Print}
	if v := s.Write(t.Context(), []search.Write{storetest.Write(t, erased, all[7].Sequence+1)}); v[0].Outcome != event.Applied {
		t.Fatalf("%+v", v)
	}
	if err := s.Expunge(t.Context()); err != nil {
		t.Fatal(err)
	}
	var stats struct {
		All struct {
			Primaries struct {
				Docs struct{ Count, Deleted int }
			}
		} `json:"_all"`
	}
	if err := json.Unmarshal(n.Do(t, http.MethodGet, "/"+o.Prefix+"/_stats/docs", ""), &stats); err != nil {
		t.Fatal(err)
	}
	if docs := stats.All.Primaries.Docs; docs.Count != 50 || docs.Deleted != 0 {
		t.Errorf("%+v", docs)
	}
	if stored, err := s.Get(t.Context(), secret.URI); err != nil || strings.Contains(string(stored.Source), "正文") || !strings.Contains(string(stored.Source), "法院判决") {
		t.Errorf("%s, %v", stored.Source, err)
	}
}

// Takedown holds while the index is built anew.
func TestTakedownAndReindex(t *testing.T) {
	n := estest.Start(t)
	dir := n.Files(t)
	store, o := provisioned(t, n)
	takedowntest.Run(t, takedowntest.Subject{Store: store, Holding: func(t *testing.T, text string) []string {
		n.Do(t, http.MethodPost, "/"+o.Prefix+"-g*/_refresh", "")
		return takedowntest.Files(t, dir, text)
	}})
}
