package deploy

import (
	"bytes"
	"io"
	"maps"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
)

// stack is the deployment of the compose file as processes on this machine: their
// own commands and variables, with other addresses and directories.
type stack struct {
	t     *testing.T
	all   map[string]Process
	nats  string
	ports map[string]string // host:port of a service
	logs  []*lines
}

// lines keeps what a process writes.
type lines struct {
	name string
	mu   sync.Mutex
	buf  bytes.Buffer
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
	s := &stack{t: t, all: processes(t), ports: map[string]string{}}
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
		s.start(name, s.ports[name])
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
func (s *stack) variables(name, address string) map[string]string {
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
		out["BROADSHEET_HTTP"] = address
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
	if out, err := output(s.t.Context(), s.variables(name, ""), program(s.t, p), p.Command[1:]...); err != nil {
		s.t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// running is a service at work.
type running struct {
	address string
	stop    func() // as an engine stops it; it has to end well
	kill    func() // as a power cut does
}

// start runs a service and waits until its own health check is content. It is
// stopped with the test.
func (s *stack) start(name, address string) running {
	s.t.Helper()
	p, env := s.all[name], s.variables(name, address)
	log := &lines{name: name}
	s.logs = append(s.logs, log)
	cmd := exec.Command(program(s.t, p), p.Command[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.t.TempDir(), log, log
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	var once sync.Once
	end := func(signal syscall.Signal) func() {
		return func() {
			once.Do(func() {
				_ = cmd.Process.Signal(signal)
				if err := cmd.Wait(); err != nil && signal == syscall.SIGTERM {
					s.t.Errorf("%s does not end well: %v\n%s", name, err, log)
				}
			})
		}
	}
	r := running{address: address, stop: end(syscall.SIGTERM), kill: end(syscall.SIGKILL)}
	s.t.Cleanup(func() {
		r.stop()
		if s.t.Failed() {
			s.t.Logf("%s:\n%s", name, log)
		}
	})
	check := project(s.t).Services[name].HealthCheck.Test[2:]
	s.eventually(name+" is ready", func() bool {
		_, err := output(s.t.Context(), env, program(s.t, p), check...)
		return err == nil
	})
	return r
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

// get asks a service, by its name or its address.
func (s *stack) get(service, path string) (int, string) {
	s.t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	address, ok := s.ports[service]
	if !ok {
		address = service
	}
	answer, err := client.Get("http://" + address + path)
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
