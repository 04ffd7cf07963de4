package conn

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/redpoll-go/redpoll/internal/wire"
)

// send hands bytes to the kernel without waiting: n may be less than their number without an error.
func (c *Conn) send(buf []byte, holes []wire.Hole) (int, error) {
	switch {
	case c.lazy != nil && (holes != nil || len(buf) >= wire.Large):
		return 0, nil // to encrypt much takes its time, in which its caller may want to leave
	case c.lazy != nil:
		n := 0
		for n < len(buf) && !c.lazy.pending() { // the rest is encrypted when there is room for it
			m, err := c.nc.Write(buf[n:min(len(buf), n+chunk)])
			if n += m; err != nil {
				return n, err
			}
		}
		return n, nil
	case c.raw != nil && holes != nil:
		n, err := c.write.nowAll(c.raw, wire.Pieces(nil, buf, holes, 0))
		if err != nil {
			err = os.NewSyscallError("writev", err)
		}
		return n, err
	case c.raw != nil:
		n, err := c.write.now(c.raw, buf)
		if err != nil {
			err = os.NewSyscallError("write", err)
		}
		return n, err
	default:
		return 0, nil
	}
}

// chunk is how much is encrypted, or handed to a user's own connection, at a time, so that headway can be seen.
const chunk = 64 << 10

// writeSome writes some bytes of the pieces and may wait for that.
func (c *Conn) writeSome(pieces [][]byte) (n int, err error) {
	switch {
	case c.lazy.pending():
		err = c.lazy.drain()
	case len(pieces) == 0:
	case c.lazy == nil && c.raw != nil:
		if n, err = c.write.someAll(c.raw, pieces); err != nil {
			err = os.NewSyscallError("writev", err)
		}
	default:
		c.lazy.gather()
		piece := pieces[0][:min(len(pieces[0]), chunk)]
		n, err = c.nc.Write(piece)
		if err == nil && n != len(piece) {
			err = io.ErrShortWrite
		}
		n = max(0, min(n, len(piece))) // a user's own type may say anything
	}
	c.moved.Add(1)
	return n, err
}

// advance takes n bytes away from the beginning of the pieces.
func advance(pieces [][]byte, n int) [][]byte {
	for n > 0 && n >= len(pieces[0]) {
		n -= len(pieces[0])
		pieces = pieces[1:]
	}
	if n > 0 {
		pieces[0] = pieces[0][n:]
	}
	return pieces
}

// length is the number of bytes of the pieces.
func length(pieces [][]byte) (n int) {
	for _, piece := range pieces {
		n += len(piece)
	}
	return n
}

// peekAfter is how long a connection may have been unused before a look, whether the server has closed it or sent
// what nobody asked for, pays for its system call.
const peekAfter = time.Millisecond

// ErrStale is the failure of a connection that the server closed while it was idle.
var ErrStale = errors.New("connection closed by server while idle")

// peek looks at an idle connection before it is used again: a request that is written into a closed
// connection has an unknown outcome, one that is not written is safe to repeat. It is called by
// the flusher while nothing is in flight, so that the reader's role is free.
func (c *Conn) peek() {
	if c.eye == nil {
		return
	}
	n, err := c.read.look(c.eye)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		// An interrupt came too late for the leader that it was meant for.
		c.clearDeadline()
		n, err = c.read.look(c.eye)
	}
	switch {
	case n < 0, n > 0 && c.raw == nil:
		return // nothing, or bytes that only the user's own type can read
	case n == 0:
		err = fmt.Errorf("%w: %w", ErrStale, err)
	default:
		if err = c.takeIn(); err == nil {
			return
		}
	}
	c.mu.Lock()
	c.failLocked(err, PhaseQueue)
	c.mu.Unlock()
}

// takeIn reads what an idle connection has received: push messages, and on TLS also the session's own
// records. Anything else means that we lost step.
func (c *Conn) takeIn() error {
	if c.lazy != nil {
		c.sock.SetReadDeadline(time.Now().Add(time.Millisecond))
	}
	if err := c.fill(); err != nil && err != errInterrupted {
		return fmt.Errorf("%w: %w", ErrStale, err)
	}
	if c.lazy != nil {
		c.sock.SetReadDeadline(time.Time{})
	}
	if _, _, err := c.deliver(nil); err != nil {
		return err
	}
	if c.rd.Buffered() > 0 && !c.pushAhead() {
		return &DesyncError{Reason: "the server sent a reply that nobody asked for"}
	}
	return nil
}

// yieldGuard decides about the pause before a write that lets other callers append to it. In a program that
// computes on all CPUs a yield waits for whole time slices, so yields that took long and gathered little are
// followed by a growing number of writes without one.
type yieldGuard struct {
	skip    int // writes still to go without a yield
	penalty int // how many after the next slow one
}

const (
	slowYield  = 100 * time.Microsecond
	perCall    = 20 * time.Microsecond // a yield may take that long for each call that it gathered
	minPenalty = 16
	maxPenalty = 4096
)

// once yields unless it is not worth it, and gives the time that it took.
func (g *yieldGuard) once() time.Duration {
	if g.skip > 0 {
		g.skip--
		return 0
	}
	start := Now()
	runtime.Gosched()
	return Now() - start
}

// judge learns from a yield that took so long and gathered so many calls.
func (g *yieldGuard) judge(took time.Duration, gathered uint64) {
	switch {
	case took == 0:
	case took < slowYield || took < time.Duration(gathered)*perCall:
		g.penalty -= (g.penalty + 7) / 8
	default:
		g.penalty = min(max(2*g.penalty, minPenalty), maxPenalty)
		g.skip = g.penalty
	}
}

// spinGuard decides whether polling before parking is worth it: after a spin in vain the next 4, 8, ... waits
// go without, so that distant servers never pay.
type spinGuard struct {
	skip, penalty int
}

func (g *spinGuard) worth() bool {
	if g.skip > 0 {
		g.skip--
		return false
	}
	return runtime.GOMAXPROCS(0) > 1
}

func (g *spinGuard) hit() { g.penalty /= 2 }

func (g *spinGuard) miss() {
	g.penalty = min(max(2*g.penalty, 4), 1024)
	g.skip = g.penalty
}

// lazySocket stands between TLS and the socket. A TLS session cannot take back a write that was begun, so
// that a write must never wait for the socket while a caller stands behind it: what the kernel
// does not take at once is kept, and drained by the flusher's goroutine.
type lazySocket struct {
	net.Conn
	raw syscall.RawConn

	mu       sync.Mutex
	on       bool // after the handshake
	patient  bool // nobody waits for a write: it is left to drain
	draining bool
	backlog  []byte
	drained  int // how much of it the kernel has
	write    attempt
}

func (s *lazySocket) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.on {
		return s.Conn.Write(p)
	}
	n := 0
	if s.raw != nil && len(s.backlog) == 0 && !s.draining && !s.patient {
		var err error
		if n, err = s.write.now(s.raw, p); err != nil {
			return n, os.NewSyscallError("write", err)
		}
	}
	s.backlog = append(s.backlog, p[n:]...)
	return len(p), nil
}

// pending reports whether something waits to be drained. A nil lazySocket has nothing.
func (s *lazySocket) pending() bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.backlog) > s.drained
}

// gather makes writes wait for drain from now on, so that much is written at once. A nil lazySocket has none.
func (s *lazySocket) gather() {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.patient = true
	s.mu.Unlock()
}

// calm ends that if nothing waits to be drained, and reports whether it has. A nil lazySocket is calm.
func (s *lazySocket) calm() bool {
	if s == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.backlog) > s.drained {
		return false
	}
	s.patient = false
	return true
}

// drain writes a piece of the backlog and may wait for it.
func (s *lazySocket) drain() error {
	s.mu.Lock()
	piece := s.backlog[s.drained:min(len(s.backlog), s.drained+chunk)]
	s.draining = true
	s.mu.Unlock()
	_, err := s.Conn.Write(piece)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining = false
	if s.drained += len(piece); s.drained == len(s.backlog) {
		if s.backlog, s.drained = s.backlog[:0], 0; cap(s.backlog) > 2*chunk {
			s.backlog = nil
		}
	}
	return err
}
