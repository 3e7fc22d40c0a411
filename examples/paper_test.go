package examples

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
)

// paper commits pages to a real server, as parse does, and knows what must come
// of it.
type paper struct {
	*bustest.Server
	t        *testing.T
	parse    *bus.Bus
	random   *rand.Rand
	sequence int64
	versions map[string]int
	live     map[string]newspaper.Article
	gone     map[string]bool
	events   []string // "<type> <uri>", in order
}

func password(user string) string { return "p" + user + "-secret" }

func newPaper(t *testing.T) *paper {
	t.Helper()
	const config = "../deploy/nats/nats.conf" // what deployments run
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"BROADSHEET_STORAGE=4294967296"}
	for _, m := range regexp.MustCompile(`user: (\w+), password: \$(\w+)`).FindAllStringSubmatch(string(text), -1) {
		env = append(env, m[2]+"="+password(m[1]))
	}
	p := &paper{Server: bustest.StartWith(t, config, env...), t: t, random: rand.New(rand.NewPCG(1, 2)), sequence: 1e15,
		versions: map[string]int{}, live: map[string]newspaper.Article{}, gone: map[string]bool{}}
	if _, err := p.as("provision").Provision(t.Context(), bustest.Storage); err != nil {
		t.Fatal(err)
	}
	p.parse = p.as("parse")
	return p
}

func (p *paper) as(user string) *bus.Bus {
	p.t.Helper()
	b, err := bus.Connect(p.t.Context(), bus.Options{URL: p.URL, Name: user, Auth: bus.Auth{User: user, Password: password(user)}})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(b.Close)
	return b
}

// change commits n updates and withdrawals of articles of two months.
func (p *paper) change(n int) {
	p.t.Helper()
	for range n {
		day := p.random.IntN(8)
		key, err := newspaper.NewPageKey("heyang-ribao", []string{"2022-10-01", "2022-10-15", "2022-10-31", "2022-11-01"}[day/2], "main", fmt.Sprint(1+day%2))
		if err != nil {
			p.t.Fatal(err)
		}
		uri := key.ArticleURI(fmt.Sprintf("%08x", p.random.IntN(6)))
		p.versions[uri]++
		a := newspaper.Article{URI: uri, Type: newspaper.TypeText, Version: fmt.Sprint(p.versions[uri]), PubStatus: newspaper.Usable, VersionCreated: time.Now().UTC(),
			Headlines: []newspaper.Headline{{Role: newspaper.Main, Value: fmt.Sprintf("第%d版：“新桥”, 通车 \"今日\"", p.versions[uri])}},
			Bodies:    []newspaper.Body{{Role: "main", ContentType: "text/plain", Value: fmt.Sprintf("第一段，第%d次。\n第二段, \"引语\"。", p.versions[uri])}}}
		typ := event.ArticleParsed
		if _, there := p.live[uri]; there && p.random.IntN(3) == 0 {
			typ, a.PubStatus = event.ArticleWithdrawn, newspaper.Canceled
			delete(p.live, uri)
			p.gone[uri] = true
		} else {
			p.live[uri] = a
			delete(p.gone, uri)
		}
		p.events = append(p.events, string(typ)+" "+uri)
		p.commit(key, p.event(typ, uri, a))
	}
}

func (p *paper) event(t event.Type, subject string, data any) event.Event {
	p.t.Helper()
	p.sequence++
	e, err := event.New(t, "parse", fmt.Sprintf("%s@%d", subject, p.sequence), subject, time.Now(), data)
	if err != nil {
		p.t.Fatal(err)
	}
	e.Sequence = p.sequence
	return e
}

func (p *paper) commit(key newspaper.PageKey, article event.Event) {
	p.t.Helper()
	manifest := p.event(event.PageParsed, key.String(), newspaper.Manifest{Key: key, Revision: 1, Sequence: p.sequence})
	_, guard, err := p.parse.Manifest(p.t.Context(), key)
	if err == nil {
		err = p.parse.CommitPage(p.t.Context(), []event.Event{article}, manifest, guard, "")
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// end is the stream sequence of the newest event about an article.
func (p *paper) end() uint64 {
	p.t.Helper()
	state, err := p.parse.StreamState(p.t.Context(), event.Articles)
	if err != nil {
		p.t.Fatal(err)
	}
	return state.Last - 1 // the manifest is behind it
}

// copied is what a copy must say, a line for each article.
func (p *paper) copied() map[string]string {
	out := map[string]string{}
	for uri, a := range p.live {
		out[uri] = strings.Join([]string{"live", a.Version, a.MainHeadline(), a.Text()}, "|")
	}
	for uri := range p.gone {
		out[uri] = "withdrawn|||"
	}
	return out
}
