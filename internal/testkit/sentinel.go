package testkit

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/redpoll-go/redpoll/redpolltest"
)

// A Sentinel is a running Sentinel.
type Sentinel struct {
	Addr string // as host:port
	mu   sync.Mutex
	log  []string
}

// StartSentinel starts the server program as a Sentinel on a free port, with lines for its configuration. It
// returns when the Sentinel listens; the Sentinel ends with the test.
func StartSentinel(t testing.TB, config ...string) *Sentinel {
	t.Helper()
	program := os.Getenv("REDPOLL_SERVER")
	if program == "" {
		for _, name := range []string{"redis-server", "valkey-server"} {
			if path, err := exec.LookPath(name); err == nil {
				program = path
				break
			}
		}
	}
	dir, err := os.MkdirTemp("", "redpoll-sentinel")
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	for range 10 {
		s, err := trySentinel(t, program, dir, config)
		if err == nil {
			return s
		}
		t.Logf("%v", err) // another program was quicker to take the port
	}
	t.Fatalf("no Sentinel with %s", program)
	return nil
}

func trySentinel(t testing.TB, program, dir string, config []string) (*Sentinel, error) {
	port := freePort(t)
	file := filepath.Join(dir, "sentinel.conf")
	lines := append([]string{"port " + strconv.Itoa(port), "bind 127.0.0.1", "dir " + dir}, config...)
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command(program, file, "--sentinel")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &Sentinel{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}
	ready, ended := make(chan struct{}), make(chan struct{})
	go s.read(out, ready, ended)
	end := func() {
		_ = cmd.Process.Kill()
		<-ended
		_ = cmd.Wait()
	}
	select {
	case <-ready:
		t.Cleanup(func() {
			end()
			if t.Failed() {
				t.Logf("log of the Sentinel:\n%s", s.text())
			}
		})
		return s, nil
	case <-ended:
		end()
		return nil, fmt.Errorf("the Sentinel ended at once: %s", s.text())
	}
}

// read keeps the log. The Sentinel logs its ID when it listens.
func (s *Sentinel) read(out io.Reader, ready, ended chan<- struct{}) {
	defer close(ended)
	told := false
	for scan := bufio.NewScanner(out); scan.Scan(); {
		s.mu.Lock()
		s.log = append(s.log, scan.Text())
		s.mu.Unlock()
		if !told && strings.Contains(scan.Text(), "Sentinel ID is") {
			told = true
			close(ready)
		}
	}
}

func (s *Sentinel) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.log, "\n")
}

// freePort returns a port on which nobody listens.
func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// StartReplica starts a replica of srv and returns when the replica follows.
func StartReplica(t testing.TB, srv *redpolltest.Server) *redpolltest.Server {
	t.Helper()
	replica := redpolltest.Start(t,
		redpolltest.ServerOptions{
			Config: []string{fmt.Sprintf("replicaof %s %d", srv.Host(), srv.Port()),
				"repl-diskless-sync-delay 0"}})
	srv.Do("SET", "followed", "1")
	if n := srv.Do("WAIT", "1", "25000"); n != int64(1) {
		t.Fatalf("%v replicas follow", n)
	}
	// A replica may acknowledge data before it reports that it follows, and a Sentinel asks it only every few
	// seconds.
	redpolltest.Await(t, "a replica whose link is up", func() bool {
		return strings.Contains(fmt.Sprint(replica.Do("INFO", "replication")), "master_link_status:up")
	})
	return replica
}
