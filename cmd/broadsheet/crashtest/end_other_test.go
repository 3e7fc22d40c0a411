//go:build !linux

package crashtest

import "os/exec"

func endWithUs(*exec.Cmd) {}
