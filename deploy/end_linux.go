package deploy

import (
	"os/exec"
	"syscall"
)

// endWithUs keeps a process from outliving us when we are killed.
func endWithUs(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
