package deploy

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// Supervised is a process that is started again whenever it ends by itself or is
// killed, as an engine does with "restart: unless-stopped". It is safe for
// concurrent use.
type Supervised struct {
	Name    string
	Address string // host:port where it listens
	Log     string // file with everything that it writes

	path      string
	args, env []string
	dir       string

	mu     sync.Mutex
	wanted bool
	cmd    *exec.Cmd // nil: it does not run at the moment
	starts int
	last   error         // how it ended the last time
	stop   chan struct{} // closed when it is not wanted any more
	ended  chan struct{} // closed when it has ended for good
}

// restartPause is how long a supervisor waits until it starts a process again.
const restartPause = 200 * time.Millisecond

// Start starts the process, and starts it again until End.
func (p *Supervised) Start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wanted {
		return fmt.Errorf("%s runs already", p.Name)
	}
	log, err := os.OpenFile(p.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	p.wanted, p.stop, p.ended = true, make(chan struct{}), make(chan struct{})
	if err := p.run(log); err != nil {
		p.wanted = false
		_ = log.Close()
		return err
	}
	go p.supervise(p.cmd, log)
	return nil
}

// run starts the process once. The caller holds mu.
func (p *Supervised) run(log *os.File) error {
	cmd := exec.Command(p.path, p.args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = p.dir, p.env, log, log
	endWithUs(cmd)
	// Some end with their standard input, so it stays open as long as we live.
	if _, err := cmd.StdinPipe(); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%s: %w", p.Name, err)
	}
	p.cmd = cmd
	p.starts++
	return nil
}

func (p *Supervised) supervise(cmd *exec.Cmd, log *os.File) {
	defer close(p.ended)
	defer func() { _ = log.Close() }()
	for {
		err := cmd.Wait()
		p.mu.Lock()
		p.cmd, p.last = nil, err
		p.mu.Unlock()
		for cmd = nil; cmd == nil; {
			select {
			case <-p.stop:
				return
			case <-time.After(restartPause):
			}
			p.mu.Lock()
			if p.wanted && p.run(log) == nil {
				cmd = p.cmd
			}
			p.mu.Unlock()
		}
	}
}

// Kill ends the process as kill -9 does. It is started again.
func (p *Supervised) Kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		_ = p.cmd.Process.Kill() // it may just have ended by itself
	}
}

// End ends the process by a signal, waits until it is gone, and returns how it
// ended: nil after a clean end. Start begins anew.
func (p *Supervised) End(signal syscall.Signal) error {
	p.mu.Lock()
	if !p.wanted {
		p.mu.Unlock()
		return nil
	}
	p.wanted = false
	close(p.stop)
	if p.cmd != nil {
		_ = p.cmd.Process.Signal(signal)
	} else {
		p.last = nil
	}
	p.mu.Unlock()
	<-p.ended
	if p.last != nil {
		return fmt.Errorf("%s ended with: %w", p.Name, p.last)
	}
	return nil
}

// PID is the process's number; 0: it does not run at the moment.
func (p *Supervised) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// Starts is how often the process was started.
func (p *Supervised) Starts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.starts
}

// LastWords is the end of what the process has written.
func (p *Supervised) LastWords() string {
	const most = 8 << 10
	f, err := os.Open(p.Log)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err == nil && info.Size() > most {
		_, _ = f.Seek(-most, io.SeekEnd)
	}
	data, _ := io.ReadAll(f)
	return string(data)
}
