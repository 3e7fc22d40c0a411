package elastic_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/services/index/elastic"
	"broadsheet/services/index/elastic/estest"
	"broadsheet/services/index/search"
)

func TestProvisionAgain(t *testing.T) {
	n := estest.Start(t)
	s, o := provisioned(t, n)
	if changes, err := s.Provision(t.Context()); err != nil || len(changes) != 0 {
		t.Fatalf("%v, %v", changes, err)
	}
	n.Do(t, "PUT", "/_index_template/"+o.Prefix, `{"index_patterns":["`+o.Prefix+`-g*"],"template":{"mappings":{"dynamic":true}}}`)
	plan, err := s.Plan(t.Context())
	if err != nil || len(plan) != 1 || plan[0].Loses != "" || !strings.Contains(plan[0].Says, `mappings.dynamic "strict", not`) {
		t.Fatalf("a template that somebody changed: %v, %v", plan, err)
	}
	if changes, err := s.Provision(t.Context()); err != nil || len(changes) != 1 {
		t.Fatalf("%v, %v", changes, err)
	}
	if plan, err := s.Plan(t.Context()); err != nil || len(plan) != 0 {
		t.Fatalf("%v, %v", plan, err)
	}
}

// What somebody took off or turned around by hand is put right, and no article is
// touched; what is not ours is left alone unless it is given up by name.
func TestProvisionMends(t *testing.T) {
	n := estest.Start(t)
	s, o := provisioned(t, n)
	if v := s.Write(t.Context(), writes(t, 1)); v[0].Outcome != event.Applied {
		t.Fatalf("%+v", v)
	}
	index := o.Prefix + "-" + first(s.Generation(t.Context()))
	for what, body := range map[string]string{
		"filter":        `{"actions":[{"add":{"index":"` + index + `","alias":"` + o.Prefix + `"}}]}`,
		"point":         `{"actions":[{"remove":{"index":"` + index + `","alias":"` + o.Prefix + `"}}]}`,
		"is written":    `{"actions":[{"remove":{"index":"` + index + `","alias":"` + index + `-write"}}]}`,
		"there without": `{"actions":[{"remove":{"index":"` + index + `","alias":"*"}}]}`,
	} {
		n.Do(t, "POST", "/_aliases", body)
		plan, err := s.Plan(t.Context())
		if err != nil || len(plan) != 1 || plan[0].Loses != "" || !strings.Contains(plan[0].Says, what) {
			t.Errorf("%s: %v, %v", what, plan, err)
		}
		if _, err := s.Apply(t.Context(), plan, nil); err != nil {
			t.Error(err)
		}
		if plan, err := s.Plan(t.Context()); err != nil || len(plan) != 0 {
			t.Errorf("%s: still %v, %v", what, plan, err)
		}
	}
	again := open(t, o)
	if stored, err := again.Get(t.Context(), writes(t, 1)[0].URI); err != nil || stored.Sequence != 1 {
		t.Error(err)
	}
	n.Do(t, "PUT", "/_index_template/"+o.Prefix, `{"index_patterns":["`+o.Prefix+`-logs-*"],"_meta":{"owner":"somebody"}}`)
	plan, err := s.Plan(t.Context())
	if err != nil || len(plan) != 1 || plan[0].Loses == "" {
		t.Fatalf("%+v, %v", plan, err)
	}
	if _, err := s.Apply(t.Context(), plan, nil); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.ProblemOf(err).Remedy, "elasticsearch-prefix") {
		t.Errorf("%v", err)
	}
	if _, err := s.Apply(t.Context(), plan, []string{plan[0].Name}); err != nil {
		t.Error(err)
	}
	taken := options(t, n)
	n.Do(t, "PUT", "/"+taken.Prefix, "")
	defer n.Do(t, "DELETE", "/"+taken.Prefix, "")
	if _, err := open(t, taken).Provision(t.Context()); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "taken") {
		t.Errorf("%v", err)
	}
	least := o
	least.Username = o.Prefix + "-least"
	least.Password = n.User(t, least.Username, elastic.Role(o.Prefix))
	n.Do(t, "PUT", "/_index_template/"+o.Prefix, `{"index_patterns":["`+o.Prefix+`-g*"],"template":{"mappings":{"dynamic":true}}}`)
	if _, err := open(t, least).Provision(t.Context()); !strings.Contains(fault.ProblemOf(err).Remedy, "--print-role=manager") {
		t.Errorf("%v", err)
	}
}

// The index was deleted under us: nothing is made up, and it is said what to do.
func TestIndexGone(t *testing.T) {
	n := estest.Start(t)
	s, o := provisioned(t, n)
	if v := s.Write(t.Context(), writes(t, 2)); v[0].Outcome != event.Applied {
		t.Fatalf("%+v", v)
	}
	generation, err := s.Generation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n.Do(t, "DELETE", "/"+o.Prefix+"-"+generation, "")
	for range 2 { // by what is remembered of it, and looked up anew
		for _, v := range s.Write(t.Context(), writes(t, 2)) {
			if p := fault.ProblemOf(v.Err); p.Kind != fault.Unavailable || !strings.Contains(p.Detail, "not there") || !strings.Contains(p.Remedy, "provision") {
				t.Errorf("%+v: %+v", v, p)
			}
		}
	}
	if err := s.Probe(t.Context()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Probe: %v", err)
	}
	if found := n.Do(t, "GET", "/"+o.Prefix+"*/_alias?expand_wildcards=all", ""); string(found) != "{}" {
		t.Errorf("an index was made up: %s", found)
	}
}

// A disk that is filled makes the index read-only: that is waited for.
func TestReadOnly(t *testing.T) {
	n := estest.Start(t)
	s, o := provisioned(t, n)
	n.Do(t, "PUT", "/"+o.Prefix+"-g*/_settings", `{"index.blocks.read_only_allow_delete":true}`)
	v := s.Write(t.Context(), writes(t, 2))
	if !fault.Is(v[0].Err, fault.Full) || !fault.Is(v[1].Err, fault.Full) || fault.ProblemOf(v[0].Err).Remedy == "" {
		t.Errorf("%+v", v)
	}
	if err := s.Probe(t.Context()); !fault.Is(err, fault.Full) {
		t.Errorf("Probe: %v", err)
	}
	n.Do(t, "PUT", "/"+o.Prefix+"-g*/_settings", `{"index.blocks.read_only_allow_delete":null}`)
	if err := s.Probe(t.Context()); err != nil {
		t.Error(err)
	}
	if v := s.Write(t.Context(), writes(t, 2)); v[0].Outcome != event.Applied || v[1].Outcome != event.Applied {
		t.Errorf("%+v", v)
	}
}

// A document that the mapping refuses is a refusal of this one.
func TestMappingRefuses(t *testing.T) {
	n := estest.Start(t)
	s, _ := provisioned(t, n)
	w := writes(t, 3)
	w[1].Source = []byte(`{"uri":"x"},"nobody knows":{"a":1}`) // a field beside ours
	v := s.Write(t.Context(), w)
	if v[0].Outcome != event.Applied || v[2].Outcome != event.Applied || !fault.Is(v[1].Err, fault.Corrupt) || !strings.Contains(v[1].Err.Error(), "strict") {
		t.Errorf("%+v", v)
	}
}

// An index with another mapping is not written to.
func TestForeignMapping(t *testing.T) {
	n := estest.Start(t)
	o := options(t, n)
	n.Do(t, "PUT", "/"+o.Prefix+"-"+search.NewGeneration(), `{"aliases":{"`+o.Prefix+`":{}},"mappings":{"dynamic":true}}`)
	s := open(t, o)
	v := s.Write(t.Context(), writes(t, 1))
	if p := fault.ProblemOf(v[0].Err); p.Kind != fault.Unavailable || !strings.Contains(p.Remedy, "reindex") {
		t.Errorf("%+v", p)
	}
}

// The service works with its role and no more; without it, or as nobody, it is
// told so and waits.
func TestLeastRole(t *testing.T) {
	n := estest.Start(t)
	admin, o := provisioned(t, n)
	user := o
	user.Username = o.Prefix + "-index"
	user.Password = n.User(t, user.Username, elastic.Role(o.Prefix))
	s := open(t, user)
	if v := s.Write(t.Context(), writes(t, 2)); v[0].Outcome != event.Applied || v[1].Outcome != event.Applied {
		t.Fatalf("%+v", v)
	}
	if v := s.Write(t.Context(), writes(t, 2)); v[0].Outcome != event.Applied {
		t.Fatalf("again: %+v", v)
	}
	if err := s.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if stored, err := s.Get(t.Context(), writes(t, 1)[0].URI); err != nil || stored.Sequence != 1 {
		t.Fatal(err)
	}
	_, _, begun := s.Begin(t.Context(), search.NewGeneration())
	for what, err := range map[string]error{
		"make a generation": begun,
		"change aliases":    s.Adopt(t.Context(), first(s.Generation(t.Context()))),
	} {
		if err == nil {
			t.Errorf("the least role may %s", what)
		}
	}
	manager := o
	manager.Username = o.Prefix + "-manager"
	manager.Password = n.User(t, manager.Username, elastic.ManagerRole(o.Prefix))
	m := open(t, manager)
	if _, err := m.Provision(t.Context()); err != nil {
		t.Error(err)
	}
	if _, _, err := m.Begin(t.Context(), search.NewGeneration()); err != nil {
		t.Error(err)
	}
	if err := m.Discard(t.Context()); err != nil {
		t.Error(err)
	}
	stranger := o
	stranger.Username = o.Prefix + "-stranger"
	stranger.Password = n.User(t, stranger.Username, elastic.Role("other"))
	refusedWith(t, open(t, stranger), "--print-role")
	nobody := o
	nobody.Password = "wrong"
	refusedWith(t, open(t, nobody), "elasticsearch-password")
	anonymous := o
	anonymous.Username, anonymous.Password = "", ""
	refusedWith(t, open(t, anonymous), "elasticsearch-username")
	_ = admin
}

func first[T any](v T, _ error) T { return v }

// refusedWith expects that everything waits and says what to do.
func refusedWith(t *testing.T, s *elastic.Store, says string) {
	t.Helper()
	q := s.Write(t.Context(), writes(t, 1))
	for what, err := range map[string]error{"Write": q[0].Err, "Probe": s.Probe(t.Context())} {
		if p := fault.ProblemOf(err); p.Kind != fault.Unavailable || !strings.Contains(p.Remedy, says) {
			t.Errorf("%s: %+v, %v", what, p, err)
		}
	}
}

// TLS by an authority and by a fingerprint; with a wrong one nothing is sent.
func TestTLS(t *testing.T) {
	n := estest.Start(t)
	_, o := provisioned(t, n)
	target, err := url.Parse(n.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	node := httptest.NewTLSServer(proxy)
	defer node.Close()
	certificate := node.Certificate().Raw
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}), 0o600); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(certificate)
	print := hex.EncodeToString(sum[:])
	o.URLs = []string{node.URL}
	try := func(change func(*elastic.Options)) error {
		with := o
		change(&with)
		return open(t, with).Probe(t.Context())
	}
	if err := try(func(o *elastic.Options) { o.CA = ca }); err != nil {
		t.Error(err)
	}
	if err := try(func(o *elastic.Options) { o.Fingerprint = strings.ToUpper(print[:2]) + ":" + print[2:] }); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*elastic.Options){
		"unknown authority":   func(*elastic.Options) {},
		"another fingerprint": func(o *elastic.Options) { o.Fingerprint = strings.Repeat("0", 64) },
	} {
		if p := fault.ProblemOf(try(change)); p.Kind != fault.Unavailable || !strings.Contains(p.Remedy, "fingerprint") {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// Of several nodes one may be away.
func TestSeveralNodes(t *testing.T) {
	n := estest.Start(t)
	_, o := provisioned(t, n)
	o.URLs = []string{"http://127.0.0.1:1", n.URL}
	s := open(t, o)
	w := writes(t, 5)
	for i := 0; len(w) > 0; i++ {
		if i > 20 {
			t.Fatal("it does not find the node that answers")
		}
		var rest = w[:0:0]
		for j, v := range s.Write(t.Context(), w) {
			if v.Err != nil && !fault.Is(v.Err, fault.Unavailable) {
				t.Fatal(v.Err)
			}
			if v.Err != nil {
				rest = append(rest, w[j])
			}
		}
		w = rest
	}
}

func TestOptions(t *testing.T) {
	good := elastic.Options{URLs: []string{"http://127.0.0.1:9200"}}
	if mistakes := good.Check(); len(mistakes) != 0 {
		t.Error(mistakes)
	}
	for field, change := range map[string]func(*elastic.Options){
		"elasticsearch-url":         func(o *elastic.Options) { o.URLs = []string{"localhost:9200"} },
		"elasticsearch-username":    func(o *elastic.Options) { o.Username = "x" },
		"elasticsearch-api-key":     func(o *elastic.Options) { o.Username, o.Password, o.APIKey = "x", "y", "z" },
		"elasticsearch-fingerprint": func(o *elastic.Options) { o.URLs, o.Fingerprint = []string{"https://h:9200"}, "12" },
		"elasticsearch-ca":          func(o *elastic.Options) { o.URLs, o.CA = []string{"https://h:9200"}, "/nowhere/ca.pem" },
		"elasticsearch-prefix":      func(o *elastic.Options) { o.Prefix = "Ünder" },
	} {
		o := good
		change(&o)
		mistakes := o.Check()
		if len(mistakes) != 1 || fault.ProblemOf(mistakes[0]).Field != field {
			t.Errorf("%s: %v", field, mistakes)
		}
		if _, err := elastic.Open(o); err == nil {
			t.Errorf("%s: it opens", field)
		}
	}
}
