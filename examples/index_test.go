package examples

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"broadsheet/pkg/newspaper"
)

// searchAPI is an index service that runs beside the examples, and answers searches.
type searchAPI struct {
	t   *testing.T
	url string
}

// startIndex runs the index service, over the embedded store, until the test ends.
func startIndex(t *testing.T, p *paper) searchAPI {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "index")
	if err := command("..", "go", "build", "-buildvcs=false", "-o", binary, "broadsheet/services/index/cmd/index"); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	x := &program{t: t, name: "index", dir: dir, args: []string{binary, "--http", address, "--dir", filepath.Join(dir, "data"), "--log-level", "error"},
		env: []string{"BROADSHEET_NATS=" + p.URL, "BROADSHEET_NATS_USER=index", "BROADSHEET_NATS_PASSWORD=" + password("index")}}
	x.start()
	t.Cleanup(func() {
		x.kill()
		if t.Failed() {
			t.Logf("the index says:\n%s", x.said())
		}
	})
	return searchAPI{t, "http://" + address}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// get returns status and body; 0: nobody answers.
func (s searchAPI) get(path string) (int, []byte) {
	s.t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get(s.url + path)
	if err != nil {
		return 0, nil
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.StatusCode, body
}

// copied is what a copy must say of every article that there ever was: what the
// index finds, and of what it hides that it was withdrawn; nil: it does not answer.
func (s searchAPI) copied(ever map[string]int) map[string]string {
	s.t.Helper()
	out := map[string]string{}
	for next := ""; ; {
		status, body := s.get("/v1/articles?limit=7&cursor=" + url.QueryEscape(next))
		var page struct {
			Articles []newspaper.Article
			Next     string
		}
		if err := json.Unmarshal(body, &page); err != nil || status != http.StatusOK {
			return nil // it is not there yet
		}
		for _, a := range page.Articles {
			out[a.URI] = strings.Join([]string{"live", a.Version, a.MainHeadline(), a.Text()}, "|")
		}
		if next = page.Next; next == "" {
			break
		}
	}
	for uri := range ever {
		if status, body := s.get("/v1/articles/" + uri); status == http.StatusGone {
			out[uri] = "withdrawn|||"
		} else if status != http.StatusOK {
			out[uri] = string(body)
		}
	}
	return out
}
