//go:build !unix

package redpolltest

import (
	"errors"
	"os"
	"os/exec"
)

// startChild starts cmd. On this system cmd goes on when this process is killed.
func startChild(cmd *exec.Cmd) (ended func(), err error) { return func() {}, cmd.Start() }

func pause(*os.Process) error  { return errors.ErrUnsupported }
func resume(*os.Process) error { return errors.ErrUnsupported }
