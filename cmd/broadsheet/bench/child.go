package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/shirou/gopsutil/v4/process"

	"broadsheet/cmd/broadsheet/client"
)

var endSignals = []os.Signal{os.Interrupt, syscall.SIGTERM}

// child is the all-in-one that is measured.
type child struct {
	cmd *exec.Cmd
	dir string
}

func startChild(ctx context.Context) (*target, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "broadsheet-bench-")
	if err != nil {
		return nil, err
	}
	c := &child{dir: dir, cmd: exec.CommandContext(ctx, self)}
	c.cmd.Env = append(os.Environ(), childVariable+"="+dir)
	c.cmd.Stderr = os.Stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		c.stop()
		return nil, fmt.Errorf("the all-in-one did not start: %w", err)
	}
	var address, nats string
	var ready time.Duration
	if _, err := fmt.Sscan(line, &address, &nats, &ready); err != nil {
		c.stop()
		return nil, fmt.Errorf("the all-in-one says %q: %w", line, err)
	}
	server, err := client.New(client.Options{Server: address, Patience: 10 * time.Second})
	if err != nil {
		c.stop()
		return nil, err
	}
	return &target{ingest: server, index: server, console: server, operator: []string{"BROADSHEET_NATS=" + nats}, ready: ready, stop: c.stop,
		memory: func() string { return residentSet(c.cmd.Process.Pid) }}, nil
}

func (c *child) stop() {
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	_ = c.cmd.Wait()
	_ = os.RemoveAll(c.dir)
}

// residentSet is the memory of a process.
func residentSet(pid int) string {
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		return err.Error()
	}
	info, err := p.MemoryInfo()
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d MiB", info.RSS>>20)
}

// processorTime is what a process has had of all cores; 0: it is not known.
func processorTime(pid int) time.Duration {
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		return 0
	}
	times, err := p.Times()
	if err != nil {
		return 0
	}
	return time.Duration((times.User + times.System) * float64(time.Second))
}
