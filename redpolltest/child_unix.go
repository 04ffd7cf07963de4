//go:build unix && !linux

package redpolltest

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// startChild starts cmd and a shell that kills cmd when this process ends in any way: the shell waits for the
// end of a pipe that only this process keeps open. Call ended after waiting for the child, before its number
// can belong to another process.
func startChild(cmd *exec.Cmd) (ended func(), err error) {
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	guard := exec.Command("/bin/sh", "-c", fmt.Sprintf("read _; kill -9 %d", cmd.Process.Pid))
	// The shell has its own group, so that an interrupt from the keyboard does not end it first.
	guard.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	lifeline, err := guard.StdinPipe()
	if err == nil {
		err = guard.Start()
	}
	if err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return nil, err
	}
	return func() {
		_ = guard.Process.Kill()
		_ = guard.Wait()
		_ = lifeline.Close()
	}, nil
}

func pause(p *os.Process) error  { return p.Signal(syscall.SIGSTOP) }
func resume(p *os.Process) error { return p.Signal(syscall.SIGCONT) }
