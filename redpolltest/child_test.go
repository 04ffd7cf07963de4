//go:build unix

package redpolltest

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// self runs one test of this test binary in another process. An environment variable switches this test on:
// without it, the test does nothing.
func self(test string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "-test.run=^"+test+"$", "-test.v")
	cmd.Env = append(os.Environ(), "REDPOLLTEST_CHILD="+test)
	return cmd
}

func meant(t *testing.T) bool { return os.Getenv("REDPOLLTEST_CHILD") == t.Name() }

func TestNoServerOutlivesAKilledTestBinary(t *testing.T) {
	t.Parallel()
	cmd := self("TestChildStartsServers")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var sockets []string
	for lines := bufio.NewScanner(out); len(sockets) < 2 && lines.Scan(); {
		if _, socket, ok := strings.Cut(lines.Text(), "socket: "); ok {
			sockets = append(sockets, socket)
			defer os.RemoveAll(filepath.Dir(socket))
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if len(sockets) != 2 {
		t.Fatal("the child did not start its servers")
	}
	for _, socket := range sockets {
		Await(t, "the server has ended with the test binary", func() bool {
			c, err := net.Dial("unix", socket)
			if err != nil {
				return true // nobody listens any more
			}
			_ = c.Close()
			return false
		})
	}
}

func TestChildStartsServers(t *testing.T) {
	if !meant(t) {
		return
	}
	fmt.Println("socket: " + Start(t, ServerOptions{}).Socket())
	fmt.Println("socket: " + Shared(t).Socket())
	select {}
}

func TestMainFailsOnLeaks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ test, want string }{
		{"TestChildLeaksAGoroutine", "redpolltest.leakForEver("},
		{"TestChildLeaksASocket", "open socket:"},
	} {
		t.Run(c.test, func(t *testing.T) {
			t.Parallel()
			if c.want == "open socket:" && openSockets() == nil && runtime.GOOS != "linux" {
				t.Skip("open sockets cannot be seen on this system")
			}
			out, err := self(c.test).CombinedOutput()
			if err == nil || !strings.Contains(string(out), "--- PASS") ||
				!strings.Contains(string(out), c.want) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	t.Run("nothing left", func(t *testing.T) {
		t.Parallel()
		if out, err := self("TestChildCleansUp").CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
}

func leakForEver() { select {} }

func TestChildLeaksAGoroutine(t *testing.T) {
	if meant(t) {
		settling = time.Millisecond
		go leakForEver()
	}
}

var leaked net.Listener

func TestChildLeaksASocket(t *testing.T) {
	if meant(t) {
		settling = time.Millisecond
		var err error
		if leaked, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestChildCleansUp(t *testing.T) {
	if meant(t) {
		srv := Start(t, ServerOptions{})
		srv.Monitor()
		mustDo(t, Dial(t, NewProxy(t, Shared(t).Addr()).Addr()), "PONG", "PING")
		Scripted(t, func(net.Conn) {})
		Unanswered(t)
	}
}
