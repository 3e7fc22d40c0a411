package crashtest

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// victim is an all-in-one in a process of its own, always at the same addresses
// and with the same data directory.
type victim struct {
	t          testing.TB
	bin, data  string
	http, nats string // addresses
	log        *os.File
	cmd        *exec.Cmd
	kills      int
}

func build(t testing.TB) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "broadsheet")
	c := exec.Command("go", "build", "-o", bin, "broadsheet/cmd/broadsheet")
	c.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("build broadsheet: %v\n%s", err, out)
	}
	return bin
}

func newVictim(t testing.TB, bin string) *victim {
	t.Helper()
	dir := t.TempDir()
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	v := &victim{t: t, bin: bin, data: filepath.Join(dir, "data"), http: freeAddress(t), nats: freeAddress(t), log: log}
	t.Cleanup(func() {
		v.end(os.Kill)
		if t.Failed() {
			v.showLog()
		}
		_ = log.Close()
	})
	return v
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func (v *victim) start() {
	v.t.Helper()
	v.cmd = exec.Command(v.bin, "up", "--data", v.data, "--http", v.http, "--nats", v.nats, "--max-store", "2147483648", "--log-format", "console", "--log-level", "warn")
	v.cmd.Stdout, v.cmd.Stderr = v.log, v.log
	endWithUs(v.cmd)
	if err := v.cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
}

// end sends a signal and waits for the end. It returns what the process said of it.
func (v *victim) end(signal os.Signal) error {
	if v.cmd == nil {
		return nil
	}
	_ = v.cmd.Process.Signal(signal) // it may have ended by itself
	err := v.cmd.Wait()
	v.cmd = nil
	return err
}

// kill ends the process as kill -9 does, and begins anew.
func (v *victim) kill() {
	v.t.Helper()
	v.kills++
	_ = v.end(os.Kill)
	v.start()
}

func (v *victim) awaitReady(ctx context.Context) {
	v.t.Helper()
	for {
		if r, err := http.Get("http://" + v.http + "/readyz"); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-ctx.Done():
			v.t.Fatal("the process does not become ready")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (v *victim) showLog() {
	data, _ := os.ReadFile(v.log.Name())
	const most = 8 << 10
	if len(data) > most {
		data = data[len(data)-most:]
	}
	v.t.Logf("the process's last words:\n%s", bytes.TrimSpace(data))
}
