package main

import (
	"fmt"
	"strings"
	"testing"

	"broadsheet/pkg/event"
	kinds "broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// sound is an audit in which all is well: a page with two revisions, the first of
// which was superseded; a poison page; a refused document.
func sound(t *testing.T) (a *auditor, page, poison newspaper.PageKey, uri string) {
	t.Helper()
	key := func(n int) newspaper.PageKey {
		k, err := newspaper.NewPageKey("ceshi-bao", "2022-01-01", "main", fmt.Sprint(n))
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	page, poison = key(1), key(2)
	uri, refused := page.ArticleURI("00000001"), key(3).ArticleURI("00000002")
	a = &auditor{ledger: newLedger()}
	a.ledger.note(page, []byte("one"), true, false)
	a.ledger.note(page, []byte("two"), true, false)
	a.ledger.note(page, []byte("one"), true, false) // sent twice
	a.ledger.note(poison, []byte(" "), true, true)
	a.ledger.refused[refused] = true
	registered := func(k newspaper.PageKey) newspaper.Page {
		p := newspaper.Page{Key: k}
		for i, sum := range a.ledger.pages[k].sums {
			p.Revisions = append(p.Revisions, newspaper.Revision{Number: i + 1, SHA256: sum})
		}
		return p
	}
	a.pages = map[newspaper.PageKey]newspaper.Page{page: registered(page), poison: registered(poison)}
	a.received = map[newspaper.PageKey]int{page: 2, poison: 1}
	a.manifests = map[newspaper.PageKey][]newspaper.Manifest{page: {{Key: page, Revision: 2, Articles: []newspaper.ManifestArticle{{URI: uri, State: newspaper.Live}}}}}
	a.newest = map[string]version{uri: {sequence: 7}}
	a.documents, a.shown = map[string]version{uri: {sequence: 7}}, map[string]bool{uri: true}
	a.dead = []event.Letter{
		{Service: "parse", Key: poison, Revision: 1, Kind: kinds.Invalid, Message: "no text"},
		{Service: "index", URI: refused, Kind: kinds.Corrupt, Message: "too deep"},
	}
	return a, page, poison, uri
}

func (a *auditor) all() string {
	a.findings = nil
	for key, u := range a.ledger.pages {
		a.page(key, u)
	}
	a.letters()
	a.index()
	return strings.Join(a.findings, "\n")
}

// The auditor sees what is lost, doubled, wrong and left behind.
func TestAuditorSees(t *testing.T) {
	if a, _, _, _ := sound(t); a.all() != "" {
		t.Fatalf("of what is sound it says: %s", a.all())
	}
	for what, damage := range map[string]func(a *auditor, page, poison newspaper.PageKey, uri string){
		"a page is lost": func(a *auditor, page, _ newspaper.PageKey, _ string) { delete(a.pages, page) },
		"a revision is lost": func(a *auditor, page, _ newspaper.PageKey, _ string) {
			a.ledger.note(page, []byte("three"), true, false)
		},
		"a revision came twice": func(a *auditor, page, _ newspaper.PageKey, _ string) { a.received[page]++ },
		"revisions changed places": func(a *auditor, page, _ newspaper.PageKey, _ string) {
			r := a.pages[page].Revisions
			r[0].SHA256, r[1].SHA256 = r[1].SHA256, r[0].SHA256
		},
		"a page is not committed": func(a *auditor, page, _ newspaper.PageKey, _ string) { delete(a.manifests, page) },
		"a page is committed twice": func(a *auditor, page, _ newspaper.PageKey, _ string) {
			a.manifests[page] = append(a.manifests[page], a.manifests[page][0])
		},
		"the poison page has no fate": func(a *auditor, _, _ newspaper.PageKey, _ string) { a.dead = a.dead[1:] },
		"the poison page is committed": func(a *auditor, _, poison newspaper.PageKey, _ string) {
			a.manifests[poison] = []newspaper.Manifest{{Key: poison, Revision: 1}}
		},
		"a good page is dead": func(a *auditor, page, _ newspaper.PageKey, _ string) {
			a.dead = append(a.dead, event.Letter{Service: "parse", Key: page, Revision: 1, Kind: kinds.Internal, Message: "?"})
		},
		"a good article is dead": func(a *auditor, _, _ newspaper.PageKey, uri string) {
			a.dead = append(a.dead, event.Letter{Service: "index", URI: uri, Kind: kinds.Internal, Message: "?"})
		},
		"a refused document is not dead": func(a *auditor, _, _ newspaper.PageKey, _ string) { a.dead = a.dead[:1] },
		"an article is lost":             func(a *auditor, _, _ newspaper.PageKey, uri string) { delete(a.documents, uri) },
		"an article is old":              func(a *auditor, _, _ newspaper.PageKey, uri string) { a.documents[uri] = version{sequence: 6} },
		"an article is hidden":           func(a *auditor, _, _ newspaper.PageKey, uri string) { delete(a.shown, uri) },
		"an article is invented":         func(a *auditor, _, _ newspaper.PageKey, _ string) { a.documents["urn:other"] = version{sequence: 1} },
		"readers find too much":          func(a *auditor, _, _ newspaper.PageKey, _ string) { a.shown["urn:other"] = true },
	} {
		a, page, poison, uri := sound(t)
		if damage(a, page, poison, uri); a.all() == "" {
			t.Errorf("%s, and the auditor does not see it", what)
		}
	}
}

func TestTable(t *testing.T) {
	text := table([]result{{fault: faults[2], seed: 1, pages: 10, articles: 20, deliveries: 22, kills: 3}, {fault: faults[2], seed: 2, pages: 5, wrong: []string{"lost"}}})
	if !strings.Contains(text, "| index: kill -9 of index | 1 2 | 15 | 20 | 3 | 0 | 0.0, 0.0 | 0.0, 0.0 | 1.100 | 0 | 1 |") || strings.Count(text, "\n") != 3 {
		t.Error(text)
	}
}
