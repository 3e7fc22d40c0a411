package examples

import (
	"bytes"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// program is one of the examples, run as a process that can be killed.
type program struct {
	t    *testing.T
	name string
	dir  string // where it runs
	args []string
	env  []string

	cmd    *exec.Cmd
	mu     sync.Mutex
	out    bytes.Buffer // of all its runs
	errors bytes.Buffer
}

// writer keeps what a process writes.
type writer struct {
	mu  *sync.Mutex
	buf *bytes.Buffer
}

func (w writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.Write(p)
}

func (p *program) start() {
	p.t.Helper()
	p.cmd = exec.Command(p.args[0], p.args[1:]...)
	p.cmd.Dir, p.cmd.Env = p.dir, append(os.Environ(), p.env...)
	p.cmd.Stdout, p.cmd.Stderr = writer{&p.mu, &p.out}, writer{&p.mu, &p.errors}
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
}

// kill ends it as kill -9 does.
func (p *program) kill() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
	p.cmd = nil
}

// finish runs it to its end and returns what it wrote.
func (p *program) finish() string {
	p.t.Helper()
	p.start()
	if err := p.cmd.Wait(); err != nil {
		p.t.Fatalf("%s: %v\n%s", p.name, err, p.said())
	}
	p.cmd = nil
	return p.out.String()
}

// lines are the complete lines it has written.
func (p *program) lines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := p.out.String()
	return strings.Split(text[:strings.LastIndexByte(text, '\n')+1], "\n")
}

func (p *program) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.errors.String()
}

// reached is the largest stream sequence at the beginning of a line.
func (p *program) reached() (most uint64) {
	for _, line := range p.lines() {
		first, _, _ := strings.Cut(line, " ")
		if n, err := strconv.ParseUint(first, 10, 64); err == nil {
			most = max(most, n)
		}
	}
	return most
}
