package redpolltest

import (
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Peer is a scripted server, see [Scripted].
type Peer struct {
	addr, socket string

	mu       sync.Mutex
	accepted int
	closed   bool
	conns    map[net.Conn]struct{}
}

// Scripted starts a server on a TCP port of 127.0.0.1 and on a unix socket. It calls handle for each
// connection in a new goroutine, and closes the connection when handle returns. It is for cases in which no
// real server helps: garbage, unexpected replies, silence. [WrapConn] adds a small part of RESP.
//
// The function handle decides when to read and what to write. A loop around [Conn.Command] answers commands
// one by one; this repository's own tests have one in internal/testkit.
//
// When t ends, the connections are closed and Scripted waits for the calls of handle, so handle must return
// when its connection fails.
func Scripted(t testing.TB, handle func(conn net.Conn)) *Peer {
	t.Helper()
	dir, err := os.MkdirTemp("", "redpoll")
	if err != nil {
		t.Fatalf("redpolltest: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	p := &Peer{socket: filepath.Join(dir, "p"), conns: map[net.Conn]struct{}{}}
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("redpolltest: %v", err)
	}
	p.addr = tcp.Addr().String()
	unix, err := net.Listen("unix", p.socket)
	if err != nil {
		_ = tcp.Close()
		t.Fatalf("redpolltest: %v", err)
	}
	var wg sync.WaitGroup
	for _, l := range []net.Listener{tcp, unix} {
		wg.Go(func() { p.serve(l, &wg, handle) })
	}
	t.Cleanup(func() {
		_ = tcp.Close()
		_ = unix.Close()
		p.close()
		wg.Wait()
	})
	return p
}

// Addr returns the host:port of the peer.
func (p *Peer) Addr() string { return p.addr }

// Socket returns the path of the peer's unix socket.
func (p *Peer) Socket() string { return p.socket }

// Accepted returns the number of connections accepted so far.
func (p *Peer) Accepted() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.accepted
}

func (p *Peer) serve(l net.Listener, wg *sync.WaitGroup, handle func(net.Conn)) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		if !p.admit(conn) {
			_ = conn.Close()
			return
		}
		wg.Go(func() {
			defer p.forget(conn)
			handle(conn)
		})
	}
}

// admit notes an open connection, unless the peer is closed.
func (p *Peer) admit(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.accepted++
	p.conns[conn] = struct{}{}
	return true
}

func (p *Peer) forget(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = conn.Close()
	delete(p.conns, conn)
}

func (p *Peer) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for conn := range p.conns {
		_ = conn.Close()
	}
}
