package webhook_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"broadsheet/client"
	"broadsheet/cmd/broadsheet/webhook"
	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index"
	"broadsheet/services/index/embedded"
)

// Variables of a webhook in a process that is to be killed.
const (
	victimNATS    = "BROADSHEET_TEST_WEBHOOK_NATS"
	victimURL     = "BROADSHEET_TEST_WEBHOOK_URL"
	victimSecrets = "BROADSHEET_TEST_WEBHOOK_SECRETS"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(victimNATS); url != "" {
		b, err := bus.Connect(context.Background(), options(url, "webhook"))
		if err == nil {
			var secrets *webhook.Secrets
			secrets, err = webhook.ReadSecrets(os.Getenv(victimSecrets), nil)
			if err == nil {
				err = webhook.Run(context.Background(), webhook.Options{Bus: b, Name: "webhook", URL: os.Getenv(victimURL), Secrets: secrets, FirstWait: 20 * time.Millisecond})
			}
		}
		panic(err)
	}
	// bleve's analysers are one pool for the whole process.
	goleak.VerifyTestMain(m, bustest.UpstreamLeak(), goleak.IgnoreTopFunction("github.com/blevesearch/bleve_index_api.AnalysisWorker"))
}

func password(user string) string { return "p" + user + "-secret" }

func options(url, user string) bus.Options {
	return bus.Options{URL: url, Name: user, Auth: bus.Auth{User: user, Password: password(user)}, AckWait: 2 * time.Second}
}

// paper is a server, as deployments run it, with somebody who commits pages.
type paper struct {
	*bustest.Server
	t        *testing.T
	parse    *bus.Bus
	sequence int64
	versions map[string]int
	live     map[string]string // uri to version
}

func newPaper(t *testing.T) *paper {
	t.Helper()
	const config = "../../../deploy/nats/nats.conf"
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"BROADSHEET_STORAGE=4294967296"}
	for _, m := range regexp.MustCompile(`user: (\w+), password: \$(\w+)`).FindAllStringSubmatch(string(text), -1) {
		env = append(env, m[2]+"="+password(m[1]))
	}
	p := &paper{Server: bustest.StartWith(t, config, env...), t: t, sequence: 1e15, versions: map[string]int{}, live: map[string]string{}}
	if _, err := p.as("provision").Provision(t.Context(), bustest.Storage); err != nil {
		t.Fatal(err)
	}
	p.parse = p.as("parse")
	return p
}

func (p *paper) as(user string) *bus.Bus {
	p.t.Helper()
	b, err := bus.Connect(p.t.Context(), options(p.URL, user))
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(b.Close)
	return b
}

func uri(n int) string { return key(n).ArticleURI(fmt.Sprintf("%08x", n)) }

func key(n int) newspaper.PageKey {
	return newspaper.PageKey{Publication: "heyang-ribao", Date: "2022-10-01", Edition: "main", Page: fmt.Sprintf("%02d", 1+n%7)}
}

// put commits the next version of the n-th article; every fifth withdraws it.
func (p *paper) put(n int) {
	p.t.Helper()
	u := uri(n)
	p.versions[u]++
	p.sequence++
	a := client.Article{URI: u, Type: newspaper.TypeText, Version: fmt.Sprint(p.versions[u]), PubStatus: newspaper.Usable, VersionCreated: time.Now().UTC()}
	typ := event.ArticleParsed
	p.live[u] = a.Version
	if p.versions[u]%5 == 0 {
		typ, a.PubStatus = event.ArticleWithdrawn, newspaper.Canceled
		delete(p.live, u)
	}
	e, err := event.New(typ, "parse", fmt.Sprintf("%s@%d", u, p.sequence), u, time.Now(), a)
	if err != nil {
		p.t.Fatal(err)
	}
	m, err := event.New(event.PageParsed, "parse", fmt.Sprintf("%s@%d", key(n), p.sequence), key(n).String(), time.Now(), newspaper.Manifest{Key: key(n), Revision: 1, Sequence: p.sequence})
	if err != nil {
		p.t.Fatal(err)
	}
	e.Sequence, m.Sequence = p.sequence, p.sequence
	_, guard, err := p.parse.Manifest(p.t.Context(), key(n))
	if err == nil {
		err = p.parse.CommitPage(p.t.Context(), []event.Event{e}, m, guard, "")
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// index runs the index service beside the webhook until the test ends, and returns
// what its search finds: uri to version.
func (p *paper) index() func() map[string]string {
	p.t.Helper()
	store, err := embedded.Open(embedded.Options{Dir: p.t.TempDir()})
	if err != nil {
		p.t.Fatal(err)
	}
	s, err := index.New(index.Options{Bus: p.as("index"), Store: store})
	if err != nil {
		p.t.Fatal(err)
	}
	mux := http.NewServeMux()
	s.Register(mux)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	p.t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-ended, store.Close()); err != nil {
			p.t.Error(err)
		}
	})
	return func() map[string]string {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/articles?limit=100", nil))
		var found struct{ Articles []client.Article }
		if err := json.Unmarshal(w.Body.Bytes(), &found); err != nil || w.Code != http.StatusOK {
			p.t.Fatalf("%d %s", w.Code, w.Body)
		}
		out := map[string]string{}
		for _, a := range found.Articles {
			out[a.URI] = a.Version
		}
		return out
	}
}

// delivery is what arrived.
type delivery struct {
	id, uri, version string
	sequence         int64
	header           http.Header
	body             []byte
}

// endpoint takes deliveries and checks their signatures. answer decides what it
// says; what it takes goes into the copy.
type endpoint struct {
	*httptest.Server
	t      *testing.T
	verify *standard.Webhook
	answer func(delivery) int // nil: 200

	mu    sync.Mutex
	all   []delivery        // every attempt
	taken []delivery        // those answered with 2xx
	copy  map[string]string // uri to version, of live articles
}

func newEndpoint(t *testing.T, secret string) *endpoint {
	t.Helper()
	hook, err := standard.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	e := &endpoint{t: t, verify: hook, copy: map[string]string{}}
	e.Server = httptest.NewServer(e)
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if err := e.verify.Verify(body, r.Header); err != nil {
		e.t.Errorf("signature: %v", err)
	}
	ce, err := event.Decode(body)
	var a client.Article
	if err == nil {
		err = json.Unmarshal(ce.Data, &a)
	}
	if err != nil || r.Header.Get("Content-Type") != event.ContentType {
		e.t.Errorf("%v: %s", err, body)
	}
	d := delivery{r.Header.Get("webhook-id"), a.URI, a.Version, ce.Sequence, r.Header.Clone(), body}
	status := http.StatusOK
	if e.answer != nil {
		status = e.answer(d)
	}
	e.mu.Lock()
	e.all = append(e.all, d)
	if status/100 == 2 {
		e.taken = append(e.taken, d)
		if e.copy[a.URI] = a.Version; ce.Type != event.ArticleParsed {
			delete(e.copy, a.URI)
		}
	}
	e.mu.Unlock()
	if status/100 == 3 {
		w.Header().Set("Location", e.URL+"/elsewhere")
	}
	w.WriteHeader(status)
}

func (e *endpoint) counts() (all, taken int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.all), len(e.taken)
}

// have is how many different events were taken.
func (e *endpoint) have() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	ids := map[string]bool{}
	for _, d := range e.taken {
		ids[d.id] = true
	}
	return len(ids)
}

// inOrder checks that no older event of an article was taken behind a newer one.
func (e *endpoint) inOrder() {
	e.t.Helper()
	last := map[string]int64{}
	for _, d := range e.taken {
		if d.sequence < last[d.uri] {
			e.t.Errorf("%s version %s comes behind a newer one", d.uri, d.version)
		}
		last[d.uri] = d.sequence
	}
}

func newSecret(fill byte) string {
	return "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{fill}, 32))
}

func secretFile(t *testing.T, secrets ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secrets")
	if err := os.WriteFile(path, []byte(strings.Join(secrets, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// running is a webhook in this process.
type running struct {
	t     *testing.T
	end   context.CancelFunc
	ended chan error
}

func (p *paper) run(o webhook.Options, secrets string) *running {
	p.t.Helper()
	s, err := webhook.ReadSecrets(secrets, zap.NewNop())
	if err != nil {
		p.t.Fatal(err)
	}
	b, err := bus.Connect(p.t.Context(), options(p.URL, "webhook"))
	if err != nil {
		p.t.Fatal(err)
	}
	o.Bus, o.Name, o.Secrets = b, "webhook", s
	if o.FirstWait == 0 {
		o.FirstWait, o.LongestWait = 5*time.Millisecond, 50*time.Millisecond
	}
	ctx, cancel := context.WithCancel(p.t.Context())
	r := &running{t: p.t, end: cancel, ended: make(chan error, 1)}
	go func() {
		defer b.Close()
		err := webhook.Run(ctx, o)
		if ready := b.Ready(); ready != nil {
			p.t.Errorf("the webhook's user is forbidden what it needs: %v", ready)
		}
		r.ended <- err
	}()
	p.t.Cleanup(func() {
		if r.ended != nil {
			r.stop()
		}
	})
	return r
}

func (r *running) stop() {
	r.t.Helper()
	r.end()
	if err := <-r.ended; err != nil {
		r.t.Error(err)
	}
	r.ended = nil
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

func process(t *testing.T, nats, url, secrets string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimNATS+"="+nats, victimURL+"="+url, victimSecrets+"="+secrets)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}
