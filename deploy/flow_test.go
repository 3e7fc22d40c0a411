package deploy

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"broadsheet/contract"
	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/elastic/estest"
)

// A page uploaded over NATS by the uploader flows through the processes of the
// compose file until it is found, and the consumer has an event for each article:
// with the embedded index, and with an Elasticsearch that knows its users.
func TestPageFlowsThroughTheDeployment(t *testing.T) {
	t.Run("embedded", func(t *testing.T) {
		d := start(t, Options{})
		key, text := sample(t)
		d.flows(key, text)
		d.published()
		d.quiet()
	})
	t.Run("elasticsearch", func(t *testing.T) {
		node, e := secured(t)
		d := start(t, Options{Elasticsearch: e})
		key, text := sample(t)
		d.found(node, e, d.flows(key, text))
		if key, text, ok := real(t); ok {
			d.found(node, e, d.flows(key, text))
		}
		d.published()
		d.quiet()
	})
}

// real is the page of a real newspaper that stands beside the repository on some
// machines.
func real(t *testing.T) (newspaper.PageKey, []byte, bool) {
	t.Helper()
	text, err := os.ReadFile("../../shared/pages/lvliang-ribao-2022-10-30.txt")
	if err != nil {
		return newspaper.PageKey{}, nil, false
	}
	key, err := newspaper.ParsePageKey("lvliang-ribao/2022-10-30/main/01")
	if err != nil {
		t.Fatal(err)
	}
	return key, text, true
}

// flows uploads a page and returns the uris of its articles, which readers find.
func (d *deployment) flows(key newspaper.PageKey, text []byte) []string {
	d.t.Helper()
	if err := d.as("uploader").Upload(d.t.Context(), key, text, map[string]string{event.HeaderReceiptTo: "receipts.test"}); err != nil {
		d.t.Fatal(err)
	}
	query := "/v1/articles?limit=100&publication=" + key.Publication
	var answer struct {
		Total    int
		Articles []newspaper.Article
	}
	d.eventually("the articles are found", func() bool {
		status, body := d.get("index", query)
		return status == http.StatusOK && json.Unmarshal([]byte(body), &answer) == nil && answer.Total > 1
	})
	var uris []string
	missing := map[string]bool{}
	for _, a := range answer.Articles {
		uris, missing[a.URI] = append(uris, a.URI), true
	}
	follow(d.t.Context(), d.t, d.as("consumer"), "articles.parsed."+key.Subject()+".>", func(e event.Event) bool {
		delete(missing, e.Subject)
		return len(missing) == 0
	})
	if len(missing) > 0 {
		d.t.Errorf("the consumer has no event for %v", missing)
	}
	d.eventually("the console knows the page's fate", func() bool {
		status, body := d.get("console", "/v1/pages/"+key.String())
		return status == http.StatusOK && strings.Contains(body, "committed")
	})
	if status, body := d.get("console", query); status != http.StatusOK || !strings.Contains(body, fmt.Sprintf(`"total":%d`, answer.Total)) {
		d.t.Errorf("the console's search: %d %s", status, body)
	}
	return uris
}

// published checks that whatever is kept in a stream is what the contract says.
func (d *deployment) published() {
	d.t.Helper()
	console := d.as("console")
	for _, stream := range event.Streams {
		if stream.Retention == event.WorkQueue {
			continue
		}
		err := console.Read(d.t.Context(), stream.Name, "", func(m *bus.Message) error { return contract.Check(m.Data) })
		if err != nil {
			d.t.Errorf("%s: %v", stream.Name, err)
		}
	}
}

// found asks Elasticsearch itself for the articles, as the index service's user at
// the alias that readers use.
func (d *deployment) found(node *estest.Node, e *Elasticsearch, uris []string) {
	d.t.Helper()
	for _, uri := range uris {
		request, err := http.NewRequestWithContext(d.t.Context(), http.MethodGet, node.URL+"/"+e.Prefix+"/_search?q=uri:%22"+uri+"%22", nil)
		if err != nil {
			d.t.Fatal(err)
		}
		request.SetBasicAuth(e.Username, e.Password)
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
		answer, err := client.Do(request)
		if err != nil {
			d.t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(body), `"total":{"value":1,`) || !strings.Contains(string(body), uri) {
			d.t.Errorf("%s: %d, %v: %s", uri, answer.StatusCode, err, body)
		}
	}
}

// Any number of a service share the work: one that is added takes over a part,
// one that is stopped finishes or hands over, one that is killed loses nothing.
// Every page is committed exactly once, every article is indexed.
func TestServicesShareTheWork(t *testing.T) {
	const pages = 90
	_, e := secured(t)
	d := start(t, Options{Elasticsearch: e})
	uploader, console := d.as("uploader"), d.as("console")
	upload := func(from, to int) {
		for n := from; n < to; n++ {
			key, text := numbered(t, n)
			if err := uploader.Upload(t.Context(), key, text, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	shared := []struct{ service, stage string }{{"ingest", "ingest"}, {"parse", "parse"}, {"index", "index"}}
	added := map[string][]*Supervised{}
	for _, s := range shared {
		for range 2 {
			p, err := d.Add(t.Context(), s.service)
			if err != nil {
				t.Fatal(err)
			}
			added[s.service] = append(added[s.service], p)
		}
	}
	upload(0, pages/3)
	for _, s := range shared {
		d.eventually("an added "+s.service+" has work", func() bool { return d.handled(added[s.service][0], s.stage) > 0 })
	}
	upload(pages/3, 2*pages/3)
	for _, s := range shared {
		stopped, killed := added[s.service][0], added[s.service][1]
		d.endWell(stopped)
		killed.Kill()
	}
	upload(2*pages/3, pages)
	d.eventually("every page is committed", func() bool { return len(subjects(t, console, event.Articles, "pages.parsed.>")) >= pages })
	for page, n := range subjects(t, console, event.Articles, "pages.parsed.>") {
		if n != 1 {
			t.Errorf("%s is committed %d times", page, n)
		}
	}
	articles := subjects(t, console, event.Articles, "articles.>")
	d.eventually("every article is found", func() bool {
		_, body := d.get("index", "/v1/articles?limit=1")
		return strings.Contains(body, fmt.Sprintf(`"total":%d`, len(articles)))
	})
	if n := letters(t, console); n > 0 {
		t.Errorf("%d dead letters", n)
	}
	d.quiet()
}
