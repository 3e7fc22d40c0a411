package elastic_test

import (
	"net/http"
	"strings"
	"testing"

	"broadsheet/pkg/bus"
	"broadsheet/services/index/elastic"
	"broadsheet/services/index/elastic/estest"
	"broadsheet/services/index/search"
)

// finding looks for one that says something; what is not well must say what to do.
func finding(t *testing.T, all []bus.Finding, level bus.Level, says string) {
	t.Helper()
	for _, f := range all {
		if strings.Contains(f.About+" "+f.Says, says) {
			if f.Level != level || level != bus.Good && f.Do == "" {
				t.Errorf("%q: %+v", says, f)
			}
			return
		}
	}
	t.Errorf("nothing says %q: %+v", says, all)
}

func TestExamine(t *testing.T) {
	n := estest.Start(t)
	o := options(t, n)
	s := open(t, o)
	all := s.Examine(t.Context(), nil)
	finding(t, all, bus.Bad, "stands for no index")
	finding(t, all, bus.Bad, "is missing")
	if _, err := s.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, f := range s.Examine(t.Context(), nil) {
		if f.Level != bus.Good && !strings.HasPrefix(f.About, "elasticsearch") { // the node is everybody's
			t.Errorf("%+v", f)
		}
	}
	least := o
	least.Username = o.Prefix + "-least"
	least.Password = n.User(t, least.Username, elastic.Role(o.Prefix))
	for _, f := range open(t, least).Examine(t.Context(), nil) {
		if f.Level == bus.Bad && !strings.HasPrefix(f.About, "elasticsearch") {
			t.Errorf("as the index service's user: %+v", f)
		}
	}
	live := o.Prefix + "-" + first(s.Generation(t.Context()))
	n.Do(t, http.MethodPut, "/_index_template/"+o.Prefix, `{"index_patterns":["`+o.Prefix+`-g*"],"template":{"mappings":{"dynamic":true}}}`)
	n.Do(t, http.MethodPost, "/_aliases", `{"actions":[{"add":{"index":"`+live+`","alias":"`+o.Prefix+`"}}]}`)
	abandoned, building := search.NewGeneration(), search.NewGeneration()
	for _, g := range []string{abandoned, building} {
		if _, _, err := s.Begin(t.Context(), g); err != nil {
			t.Fatal(err)
		}
	}
	all = s.Examine(t.Context(), []string{building})
	finding(t, all, bus.Odd, `mappings.dynamic "strict", not`)
	finding(t, all, bus.Bad, "searches find what is withdrawn")
	finding(t, all, bus.Odd, abandoned+" is left over")
	finding(t, all, bus.Good, building+" is being built")
	n.Do(t, http.MethodPut, "/"+live+"/_settings", `{"index.blocks.read_only_allow_delete":true}`)
	finding(t, s.Examine(t.Context(), nil), bus.Bad, "read-only")
	n.Do(t, http.MethodPut, "/"+live+"/_settings", `{"index.blocks.read_only_allow_delete":null}`)
	n.Do(t, http.MethodPut, "/"+live+"/_mapping", `{"_meta":{"broadsheet":{"format":0}}}`)
	finding(t, s.Examine(t.Context(), nil), bus.Bad, "mapping of format 0")
	wrong := o
	wrong.Password = "wrong"
	finding(t, open(t, wrong).Examine(t.Context(), nil), bus.Bad, "does not know us")
	away := o
	away.URLs = []string{"http://127.0.0.1:1"}
	finding(t, open(t, away).Examine(t.Context(), nil), bus.Bad, "cannot reach")
}
