package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"broadsheet/client"
	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(victimURL); url != "" {
		victim(url)
		return
	}
	goleak.VerifyTestMain(m, bustest.UpstreamLeak())
}

// deployed is the configuration that deployments run: the tests are the user
// consumer of it, and no more than he may.
const deployed = "../deploy/nats/nats.conf"

func password(user string) string { return "p" + user + "-secret" }

// server is a provisioned server with a bus that may commit pages.
type server struct {
	*bustest.Server
	t     testing.TB
	parse *bus.Bus
	next  atomic.Int64
}

func start(t *testing.T) *server {
	t.Helper()
	return startFor(t)
}

func startFor(t testing.TB) *server {
	t.Helper()
	text, err := os.ReadFile(deployed)
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"BROADSHEET_STORAGE=4294967296"}
	for _, m := range regexp.MustCompile(`user: (\w+), password: \$(\w+)`).FindAllStringSubmatch(string(text), -1) {
		env = append(env, m[2]+"="+password(m[1]))
	}
	s := &server{Server: bustest.StartWith(t, deployed, env...), t: t}
	if _, err := s.as("provision").Provision(t.Context(), bustest.Storage); err != nil {
		t.Fatal(err)
	}
	s.parse = s.as("parse")
	return s
}

func (s *server) as(user string) *bus.Bus {
	s.t.Helper()
	b, err := bus.Connect(s.t.Context(), bus.Options{URL: s.URL, Name: user, Auth: bus.Auth{User: user, Password: password(user)}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(b.Close)
	return b
}

func connect(ctx context.Context, url string) (*client.Client, error) {
	return client.Connect(ctx, client.Options{URL: url, Name: "test", Auth: bus.Auth{User: "consumer", Password: password("consumer")}, AckWait: 2 * time.Second})
}

func (s *server) client() *client.Client {
	s.t.Helper()
	c, err := connect(s.t.Context(), s.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := c.Ready(); err != nil {
			s.t.Errorf("a consumer is forbidden what it needs: %v", err)
		}
		c.Close()
	})
	return c
}

func key(t testing.TB, publication, date, page string) client.PageKey {
	t.Helper()
	k, err := newspaper.NewPageKey(publication, date, "main", page)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// commit publishes articles of a page, as parse does; a version below 0 withdraws.
func (s *server) commit(k client.PageKey, versions ...int) {
	s.t.Helper()
	sequence := s.next.Add(1) + 1e15
	var events []event.Event
	for i, v := range versions {
		a := client.Article{URI: k.ArticleURI(fmt.Sprintf("%08x", i)), Type: newspaper.TypeText, PubStatus: newspaper.Usable, Version: fmt.Sprint(max(v, -v))}
		typ := event.ArticleParsed
		if v < 0 {
			typ, a.PubStatus = event.ArticleWithdrawn, newspaper.Canceled
		}
		events = append(events, s.event(typ, a.URI, sequence, a))
	}
	manifest := s.event(event.PageParsed, k.String(), sequence, newspaper.Manifest{Key: k, Revision: 1, Sequence: sequence})
	for deadline := time.Now().Add(time.Minute); ; {
		_, guard, err := s.parse.Manifest(s.t.Context(), k)
		if err == nil {
			err = s.parse.CommitPage(s.t.Context(), events, manifest, guard, "")
		}
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond) // the server is being restarted
	}
}

func (s *server) event(t event.Type, subject string, sequence int64, data any) event.Event {
	s.t.Helper()
	e, err := event.New(t, "parse", fmt.Sprintf("%s@%d", subject, sequence), subject, time.Now(), data)
	if err != nil {
		s.t.Fatal(err)
	}
	e.Sequence = sequence
	return e
}

// stored is what the stream has, without the client's help: a line for each
// event about an article.
func (s *server) stored() []string {
	s.t.Helper()
	var out []string
	err := s.as("console").Read(s.t.Context(), event.Articles, "articles.>", func(m *bus.Message) error {
		e, err := m.Event()
		if err != nil {
			return err
		}
		var a client.Article
		err = json.Unmarshal(e.Data, &a)
		out = append(out, fmt.Sprintf("%d %s %s %s", m.StreamSeq, a.URI, a.Version, a.PubStatus))
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

// line says an event as stored does.
func line(e client.Event) string {
	return fmt.Sprintf("%d %s %s %s", e.StreamSequence, e.Article.URI, e.Article.Version, e.Article.PubStatus)
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("%s: %d events\n%s\nnot %d\n%s", what, len(got), g, len(want), w)
	}
}
