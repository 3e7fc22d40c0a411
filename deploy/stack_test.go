package deploy

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/elastic"
	"broadsheet/services/index/elastic/estest"
)

// deployment is a Stack in a test.
type deployment struct {
	*Stack
	t *testing.T
}

// start starts the deployment; its processes have to end well with the test.
func start(t *testing.T, o Options) *deployment {
	t.Helper()
	o.Folder, o.Bin, o.Dir = ".", bin, t.TempDir()
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	d := &deployment{s, t}
	t.Cleanup(d.end)
	return d
}

// end stops the services as an engine does; what they said is shown when the test
// has failed.
func (d *deployment) end() {
	defer d.Close()
	for _, p := range d.Processes()[1:] {
		d.endWell(p)
	}
	if d.t.Failed() {
		for _, p := range d.Processes() {
			d.t.Logf("%s:\n%s", p.Name, p.LastWords())
		}
	}
}

// secured is a real Elasticsearch with security on, whose users for the index
// service and for provision have the least roles.
func secured(t *testing.T) (*estest.Node, *Elasticsearch) {
	t.Helper()
	node := estest.Start(t)
	name := "t" + strings.ToLower(rand.Text()[:12])
	e := &Elasticsearch{URL: node.URL, Username: name, Manager: name + "-manager", Prefix: name}
	e.Password = node.User(t, e.Username, elastic.Role(name))
	e.ManagerPassword = node.User(t, e.Manager, elastic.ManagerRole(name))
	t.Cleanup(func() { node.Clear(t, name) })
	return node, e
}

func (d *deployment) eventually(what string, ok func() bool) {
	d.t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); {
		if time.Now().After(deadline) {
			d.t.Fatalf("not within a minute: %s", what)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// as returns a connection of a user of the deployment.
func (d *deployment) as(user string) *bus.Bus {
	d.t.Helper()
	b, err := d.As(d.t.Context(), user)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(b.Close)
	return b
}

// get asks a service.
func (d *deployment) get(service, path string) (int, string) {
	d.t.Helper()
	return d.ask(d.Service(service), path)
}

func (d *deployment) ask(p *Supervised, path string) (int, string) {
	d.t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	answer, err := client.Get("http://" + p.Address + path)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// quiet checks that nobody was forbidden anything on the way.
func (d *deployment) quiet() {
	d.t.Helper()
	for _, p := range d.Processes() {
		if log, err := os.ReadFile(p.Log); err != nil || strings.Contains(strings.ToLower(string(log)), "permissions violation") {
			d.t.Errorf("NATS forbids %s what it needs (%v):\n%s", p.Name, err, p.LastWords())
		}
	}
	for _, name := range Services {
		status, body := d.get(name, "/readyz")
		if status != http.StatusOK {
			d.t.Errorf("%s: %s", name, body)
		}
		if _, metrics := d.get(name, "/metrics"); !strings.Contains(metrics, "process_resident_memory_bytes") {
			d.t.Errorf("%s is not measured", name)
		} else {
			for line := range strings.Lines(metrics) {
				if strings.HasPrefix(line, "process_resident_memory_bytes") {
					d.t.Logf("%s: %s", name, strings.TrimSpace(line))
				}
			}
		}
	}
}

// sample is a page of ours.
func sample(t *testing.T) (newspaper.PageKey, []byte) {
	t.Helper()
	key, err := newspaper.ParsePageKey("heyang-ribao/2025-04-18/main/01")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../samples/pages/heyang-ribao_2025-04-18_main_01.txt")
	if err != nil {
		t.Fatal(err)
	}
	return key, text
}

// numbered is another page like the sample.
func numbered(t *testing.T, n int) (newspaper.PageKey, []byte) {
	t.Helper()
	sampleKey, text := sample(t)
	key, err := newspaper.NewPageKey(sampleKey.Publication, sampleKey.Date, sampleKey.Edition, fmt.Sprint(n+1))
	if err != nil {
		t.Fatal(err)
	}
	return key, fmt.Appendf(text, "\n第%d版\n", n+1)
}

// subjects are those of what an event stream has, with how often.
func subjects(t *testing.T, b *bus.Bus, stream, filter string) map[string]int {
	t.Helper()
	out := map[string]int{}
	err := b.Read(t.Context(), stream, filter, func(m *bus.Message) error {
		e, err := m.Event()
		out[e.Subject]++
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// letters is how many dead letters there are.
func letters(t *testing.T, b *bus.Bus) int {
	t.Helper()
	return len(subjects(t, b, event.DeadLetters, ""))
}

// follow hands over what a stream gets until enough is returned.
func follow(ctx context.Context, t *testing.T, b *bus.Bus, filter string, h func(event.Event) (enough bool)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	err := b.Follow(ctx, event.Articles, 0, filter, func(m *bus.Message) error {
		e, err := m.Event()
		if err == nil && h(e) {
			cancel()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// endWell stops a process as an engine does.
func (d *deployment) endWell(p *Supervised) {
	d.t.Helper()
	if err := p.End(syscall.SIGTERM); err != nil {
		d.t.Errorf("%v\n%s", err, p.LastWords())
	}
}

// handled is how many messages a process has done of a stage.
func (d *deployment) handled(p *Supervised, stage string) int {
	d.t.Helper()
	_, metrics := d.ask(p, "/metrics")
	m := regexp.MustCompile(`broadsheet_stage_messages_total\{kind="",result="done",stage="` + stage + `"\} (\d+)`).FindStringSubmatch(metrics)
	if m == nil {
		return 0
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		d.t.Fatal(err)
	}
	return n
}
