package deploy

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
)

// stack is the deployment of the compose file as processes on this machine: their
// own commands and variables, with other addresses and directories.
type stack struct {
	t     *testing.T
	all   map[string]Process
	nats  string
	ports map[string]string // host:port of a service
	logs  map[string]*lines
}

// lines keeps what a process writes.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func startStack(t *testing.T) *stack {
	t.Helper()
	s := &stack{t: t, all: processes(t), ports: map[string]string{}, logs: map[string]*lines{}}
	var variables []string
	for name, value := range s.all["nats"].Env {
		if name == "BROADSHEET_STORAGE" {
			value = "4294967296"
		}
		variables = append(variables, name+"="+value)
	}
	server := bustest.StartWith(t, "nats/nats.conf", variables...)
	s.nats = strings.TrimPrefix(server.URL, "nats://")
	for _, name := range services {
		s.ports[name] = freePort(t)
	}
	s.finish("provision")
	for _, name := range services {
		s.start(name)
	}
	return s
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// variables are a container's, with what only an engine gives replaced: names of
// hosts, the address to listen on, volumes. The index is the embedded one.
func (s *stack) variables(name string) map[string]string {
	out := maps.Clone(s.all[name].Env)
	names := []string{"nats:4222", s.nats}
	for service, address := range s.ports {
		names = append(names, "http://"+service+":8080", "http://"+address)
	}
	hosts := strings.NewReplacer(names...)
	for k, v := range out {
		out[k] = hosts.Replace(v)
	}
	if _, ok := out["BROADSHEET_HTTP"]; ok {
		out["BROADSHEET_HTTP"] = s.ports[name]
	}
	if dir, ok := out["BROADSHEET_DATA"]; ok {
		out["BROADSHEET_DATA"] = filepath.Join(s.t.TempDir(), dir)
	}
	if _, ok := out["BROADSHEET_STORAGE"]; ok {
		out["BROADSHEET_STORAGE"] = "4294967296"
	}
	if name == "index" {
		maps.DeleteFunc(out, func(k, _ string) bool { return strings.HasPrefix(k, "BROADSHEET_ELASTICSEARCH_") })
		out["BROADSHEET_STORE"], out["BROADSHEET_INDEX_DIR"] = "embedded", s.t.TempDir()
	}
	return out
}

// finish runs a process that ends.
func (s *stack) finish(name string) {
	s.t.Helper()
	p := s.all[name]
	if out, err := output(s.t.Context(), s.variables(name), program(s.t, p), p.Command[1:]...); err != nil {
		s.t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// start runs a service, waits until its own health check is content, and stops it
// with the test, which it has to survive well.
func (s *stack) start(name string) {
	s.t.Helper()
	p, env := s.all[name], s.variables(name)
	s.logs[name] = &lines{}
	cmd := exec.Command(program(s.t, p), p.Command[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.t.TempDir(), s.logs[name], s.logs[name]
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			s.t.Errorf("%s does not end well: %v\n%s", name, err, s.logs[name])
		}
		if s.t.Failed() {
			s.t.Logf("%s:\n%s", name, s.logs[name])
		}
	})
	check := project(s.t).Services[name].HealthCheck.Test[2:]
	s.eventually(name+" is ready", func() bool {
		_, err := output(s.t.Context(), env, program(s.t, p), check...)
		return err == nil
	})
}

func (s *stack) eventually(what string, ok func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); {
		if time.Now().After(deadline) {
			s.t.Fatalf("not within a minute: %s", what)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// as returns a connection of a user of the deployment.
func (s *stack) as(user string) *bus.Bus {
	s.t.Helper()
	b, err := bus.Connect(s.t.Context(), bus.Options{URL: "nats://" + s.nats, Name: user,
		Auth: bus.Auth{User: user, Password: s.all["nats"].Env["BROADSHEET_NATS_"+strings.ToUpper(user)+"_PASSWORD"]}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(b.Close)
	return b
}

func (s *stack) get(service, path string) (int, string) {
	s.t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	answer, err := client.Get("http://" + s.ports[service] + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// A page uploaded over NATS by the uploader flows through the processes of the
// compose file until it is found, and the consumer has an event for each article.
func TestPageFlowsThroughTheDeployment(t *testing.T) {
	s := startStack(t)
	key, err := newspaper.ParsePageKey("heyang-ribao/2025-04-18/main/01")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../samples/pages/heyang-ribao_2025-04-18_main_01.txt")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.as("uploader").Upload(t.Context(), key, text, map[string]string{event.HeaderReceiptTo: "receipts.test"}); err != nil {
		t.Fatal(err)
	}
	var total int
	s.eventually("the articles are found", func() bool {
		status, body := s.get("index", "/v1/articles?publication=heyang-ribao")
		var answer struct{ Total int }
		if status != http.StatusOK || json.Unmarshal([]byte(body), &answer) != nil {
			return false
		}
		total = answer.Total
		return total > 0
	})
	ctx, enough := context.WithTimeout(t.Context(), 30*time.Second)
	defer enough()
	seen := map[string]bool{}
	err = s.as("consumer").Follow(ctx, event.Articles, 0, "articles.parsed.>", func(m *bus.Message) error {
		e, err := m.Event()
		if seen[e.Subject] = true; len(seen) >= total {
			enough()
		}
		return err
	})
	if err != nil || len(seen) != total || total < 2 {
		t.Errorf("%d articles found, %d events, %v", total, len(seen), err)
	}
	s.eventually("the console knows the page's fate", func() bool {
		status, body := s.get("console", "/v1/pages/"+key.String())
		return status == http.StatusOK && strings.Contains(body, "committed")
	})
	if status, body := s.get("console", "/v1/articles?publication=heyang-ribao"); status != http.StatusOK || !strings.Contains(body, fmt.Sprintf(`"total":%d`, total)) {
		t.Errorf("the console's search: %d %s", status, body)
	}
	s.quiet()
}

// quiet checks that nobody was forbidden anything on the way.
func (s *stack) quiet() {
	s.t.Helper()
	for _, name := range slices.Sorted(maps.Keys(s.logs)) {
		if text := s.logs[name].String(); strings.Contains(strings.ToLower(text), "permissions violation") {
			s.t.Errorf("NATS forbids %s what it needs:\n%s", name, text)
		}
	}
	for _, name := range services {
		status, body := s.get(name, "/readyz")
		if status != http.StatusOK {
			s.t.Errorf("%s: %s", name, body)
		}
		if _, metrics := s.get(name, "/metrics"); !strings.Contains(metrics, "process_resident_memory_bytes") {
			s.t.Errorf("%s is not measured", name)
		} else {
			for line := range strings.Lines(metrics) {
				if strings.HasPrefix(line, "process_resident_memory_bytes") {
					s.t.Logf("%s: %s", name, strings.TrimSpace(line))
				}
			}
		}
	}
}
