package crashtest

import (
	"os/exec"
	"syscall"
)

// endWithUs keeps a process from outliving a test that is killed.
func endWithUs(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
