package redpolltest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// startChild starts cmd such that the system kills it when this process ends in any way: by a panic, the
// timeout of go test, or SIGKILL.
//
// The system ties this not to the parent process but to the thread that started the child, and Go may end
// threads at any time. So one thread, which lives as long as the process, starts all children.
func startChild(cmd *exec.Cmd) (ended func(), err error) {
	spawnOnce.Do(func() { go spawner() })
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	order := spawn{cmd: cmd, done: make(chan error, 1)}
	spawns <- order
	return func() {}, <-order.done
}

type spawn struct {
	cmd  *exec.Cmd
	done chan error
}

var (
	spawnOnce sync.Once
	spawns    = make(chan spawn)
)

// spawner never returns and never unlocks its thread, see startChild.
func spawner() {
	runtime.LockOSThread()
	for order := range spawns {
		order.done <- order.cmd.Start()
	}
}

// pause stops p and waits until it has really stopped: the signal arrives a moment after kill(2) has
// returned.
func pause(p *os.Process) error {
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(200 * time.Microsecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Pid))
		if err != nil {
			return err
		}
		// "123 (redis-server) T 1 ...": the name may contain any character, so the last bracket counts.
		if i := bytes.LastIndexByte(stat, ')'); i >= 0 && i+2 < len(stat) && stat[i+2] == 'T' {
			return nil
		}
	}
	return fmt.Errorf("process %d does not stop", p.Pid)
}

func resume(p *os.Process) error { return p.Signal(syscall.SIGCONT) }
