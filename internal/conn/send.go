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

// send passes bytes to the kernel without waiting. n may be less than their number without an error.
func (c *Conn) send(buf []byte, holes []wire.Hole) (int, error) {
	switch {
	case c.lazy != nil && (wire.Size(buf, holes) > sealed || c.lazy.pending()):
		return 0, nil // encrypting many bytes takes long, and the caller may want to leave meanwhile
	case c.lazy != nil && holes == nil && len(buf) <= record:
		return c.nc.Write(buf)
	case c.lazy != nil:
		n, err := c.seal(wire.Pieces(nil, buf, holes, 0))
		if err == nil {
			err = c.lazy.offer()
		}
		return n, err
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

// chunk is the size of a write to a user's own type of connection, so that its progress can be seen.
const chunk = 64 << 10

// sealed is the number of bytes that are encrypted together, and then written in one system call.
const sealed = 128 << 10

// record is the size of a TLS record, for which TLS calls Write once.
const record = 16 << 10

// seal encrypts the beginning of the pieces for one write. n is the number of encrypted bytes; if only few
// would be left, it encrypts all.
func (c *Conn) seal(pieces [][]byte) (n int, err error) {
	c.lazy.gather()
	most := length(pieces)
	if most > sealed+sealed/4 {
		most = sealed
	}
	for _, piece := range pieces {
		m, err := c.nc.Write(piece[:min(len(piece), most-n)])
		if n += m; err != nil || n == most {
			return n, err
		}
	}
	return n, nil
}

// writeSome writes some bytes of the pieces. It may wait.
func (c *Conn) writeSome(pieces [][]byte) (n int, err error) {
	switch {
	case c.lazy != nil:
		if !c.lazy.pending() {
			n, err = c.seal(pieces)
		}
		if err == nil {
			err = c.lazy.drain()
		}
	case c.raw != nil:
		if n, err = c.write.someAll(c.raw, pieces); err != nil {
			err = os.NewSyscallError("writev", err)
		}
	default:
		piece := pieces[0][:min(len(pieces[0]), chunk)]
		n, err = c.nc.Write(piece)
		if err == nil && n != len(piece) {
			err = io.ErrShortWrite
		}
		n = max(0, min(n, len(piece))) // a user's own type may return any number
	}
	c.moved.Add(1)
	return n, err
}

// advance removes n bytes from the beginning of the pieces.
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

// peekAfter is the time without use after which a peek is worth its system call. The peek finds out whether
// the server has closed the connection, or sent data without a request.
const peekAfter = time.Millisecond

// ErrStale is the failure of a connection that the server closed while it was idle.
var ErrStale = errors.New("connection closed by server while idle")

// peek checks an idle connection before its next use: a request that is written to a closed connection has an
// unknown outcome, but one that is not written is safe to repeat. The flusher calls it while nothing is in
// flight, so that the reader's role is free.
func (c *Conn) peek() {
	if c.eye == nil {
		return
	}
	n, err := c.read.look(c.eye)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		// An interrupt came too late for its leader.
		c.clearDeadline()
		n, err = c.read.look(c.eye)
	}
	switch {
	case n < 0, n > 0 && c.raw == nil:
		return // no data, or bytes that only the user's own type can read
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

// takeIn reads the data that an idle connection has received: push messages, and on TLS also the session's
// own records. Other data means that the connection is out of step.
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

// yieldGuard decides about the pause before a write, in which other callers may append to it. In a program
// that computes on all CPUs a yield waits for whole time slices. So after yields that took long and gathered
// little, a growing number of writes goes without a yield.
type yieldGuard struct {
	skip    int // number of next writes without a yield
	penalty int // number of them after the next slow yield
}

const (
	slowYield  = 100 * time.Microsecond
	perCall    = 20 * time.Microsecond // allowed time of a yield for each call that it gathered
	minPenalty = 16
	maxPenalty = 4096
)

// once yields unless this is not worth it, and returns the time that it took.
func (g *yieldGuard) once() time.Duration {
	if g.skip > 0 {
		g.skip--
		return 0
	}
	start := Now()
	runtime.Gosched()
	return Now() - start
}

// judge learns from the time of a yield and the number of calls that it gathered.
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

// spinGuard decides whether polling before parking is worth it. After each spin in vain the next 4, 8, ...
// waits do not poll, so that distant servers cost nothing.
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

// lazySocket is between TLS and the socket. A TLS session cannot take back a write that has begun, so a write
// must never wait for the socket while a caller stands behind it. lazySocket keeps the bytes that the kernel
// does not take at once, and the flusher's goroutine drains them.
type lazySocket struct {
	net.Conn
	raw syscall.RawConn

	mu       sync.Mutex
	on       bool // after the handshake
	patient  bool // writes are gathered for offer or drain
	draining bool
	backlog  []byte
	drained  int // number of its bytes that the kernel has taken
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

// took records that the kernel has taken n more bytes of the backlog. mu is held.
func (s *lazySocket) took(n int) {
	if s.drained += n; s.drained < len(s.backlog) {
		return
	}
	if s.backlog, s.drained = s.backlog[:0], 0; cap(s.backlog) > 2*sealed {
		s.backlog = nil
	}
}

// pending reports whether bytes wait for drain. A nil lazySocket has none.
func (s *lazySocket) pending() bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.backlog) > s.drained
}

// gather makes writes wait for offer or drain, so that many bytes are written at once.
func (s *lazySocket) gather() {
	s.mu.Lock()
	s.patient = true
	s.mu.Unlock()
}

// offer ends gathering, and writes the bytes that the kernel takes at once. The rest is pending.
func (s *lazySocket) offer() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.patient = false
	if s.raw == nil {
		return nil
	}
	n, err := s.write.now(s.raw, s.backlog[s.drained:])
	if err != nil {
		return os.NewSyscallError("write", err)
	}
	s.took(n)
	return nil
}

// calm ends gathering if no bytes wait for drain, and reports whether this is so. A nil lazySocket is calm.
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

// shrink frees the memory of large writes. A nil lazySocket has none.
func (s *lazySocket) shrink(keep int) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.backlog) == 0 && cap(s.backlog) > keep {
		s.backlog = nil
	}
}

// drain writes the backlog. It may wait.
func (s *lazySocket) drain() error {
	s.mu.Lock()
	all := s.backlog[s.drained:]
	s.draining = true
	s.mu.Unlock()
	_, err := s.Conn.Write(all)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining = false
	s.took(len(all))
	return err
}
