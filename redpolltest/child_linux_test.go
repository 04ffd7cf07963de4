package redpolltest

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"testing"
)

// The system ties a child's life to the thread that started it.
func TestServerOutlivesTheThreadThatAskedForIt(t *testing.T) {
	t.Parallel()
	var srv *Server
	thread := onDyingThread(func() { srv = Start(t, ServerOptions{}) })
	Await(t, "the thread has ended", func() bool {
		_, err := os.Stat(fmt.Sprintf("/proc/self/task/%d", thread))
		return errors.Is(err, os.ErrNotExist)
	})
	if got := srv.Do("PING"); got != "PONG" {
		t.Errorf("the server answers %v", got)
	}
}

// onDyingThread calls f on a thread that ends afterwards, and returns its number.
func onDyingThread(f func()) int {
	thread := make(chan int)
	go func() {
		runtime.LockOSThread() // without an unlock the thread ends with the goroutine
		id := syscall.Gettid()
		if id == syscall.Getpid() {
			// The main thread never ends. While it is locked, another thread runs.
			id = onDyingThread(f)
			runtime.UnlockOSThread()
		} else {
			f()
		}
		thread <- id
	}()
	return <-thread
}
