// Package bustest runs a real nats-server for tests, in a process of its own: it
// can be killed like one, and no module but the all-in-one's requires
// nats-server.
package bustest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"broadsheet/pkg/bus"
)

// Storage is what Bus provisions JetStream with.
const Storage = 4 << 30

// Server is a running nats-server with JetStream and a store of its own.
type Server struct {
	URL string

	t     testing.TB
	bin   string
	args  []string
	env   []string
	store string
	port  string
	stdin io.Closer
	cmd   *exec.Cmd
}

// Start runs a server that is stopped with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	return start(t, nil)
}

// StartWith runs a server with a configuration file, whose address and store are
// set aside, and variables for its environment, NAME=value.
func StartWith(t testing.TB, config string, env ...string) *Server {
	t.Helper()
	return start(t, []string{"-config", config}, env...)
}

func start(t testing.TB, args []string, env ...string) *Server {
	t.Helper()
	bin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, bin: bin, args: args, env: env, store: t.TempDir(), port: "-1"}
	s.run()
	t.Cleanup(s.stop)
	return s
}

// build makes the server's binary, once for a test's process; what is up to date
// is not built again.
var build = sync.OnceValues(func() (bin string, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	dir := filepath.Join(cache, "broadsheet-test")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	lock := flock.New(filepath.Join(dir, "natsd.lock"))
	if err := lock.Lock(); err != nil {
		return "", err
	}
	defer func() { _ = lock.Unlock() }()
	bin = filepath.Join(dir, "natsd")
	c := exec.Command("go", "build", "-o", bin, "broadsheet/cmd/broadsheet/natsd")
	c.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false")
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build nats-server: %w\n%s", err, out)
	}
	return bin, nil
})

func (s *Server) run() {
	s.t.Helper()
	s.cmd = exec.Command(s.bin, append([]string{"-store", s.store, "-port", s.port}, s.args...)...)
	s.cmd.Env = append(os.Environ(), s.env...)
	s.cmd.Stderr = os.Stderr
	stdin, err := s.cmd.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.stdin = stdin
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		s.t.Fatalf("nats-server did not start: %v", err)
	}
	s.URL = strings.TrimSpace(line)
	if u, err := url.Parse(s.URL); err == nil {
		s.port = u.Port() // a restart comes back at the same address
	}
}

func (s *Server) stop() {
	_ = s.stdin.Close()
	_ = s.cmd.Wait()
}

// Kill ends the server as kill -9 does. Its store stays.
func (s *Server) Kill() {
	s.t.Helper()
	if err := s.cmd.Process.Kill(); err != nil {
		s.t.Fatal(err)
	}
	_ = s.cmd.Wait()
}

// Restart starts a killed server again with the same store and address.
func (s *Server) Restart() {
	s.t.Helper()
	s.run()
}

// Bus returns a connection as the named service, to a provisioned server. It is
// closed with the test.
func (s *Server) Bus(t testing.TB, name string) *bus.Bus {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	b, err := bus.Connect(ctx, bus.Options{URL: s.URL, Name: name, Logger: zaptest.NewLogger(t, zaptest.Level(zap.ErrorLevel)).Named(name)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	if _, err := b.Provision(ctx, Storage); err != nil {
		t.Fatal(err)
	}
	return b
}

// RestartWith starts a killed server again with other variables.
func (s *Server) RestartWith(env ...string) {
	s.t.Helper()
	s.env = env
	s.run()
}

// Binary is the path of the server's program, which takes -config, -store, -port.
func (s *Server) Binary() string { return s.bin }

// Store is the directory of the server's files.
func (s *Server) Store() string { return s.store }
