package conn

import (
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/redpolltest"
	"github.com/redpoll-go/redpoll/resp"
)

// peer is a server in this process that answers ECHO with its argument and SIZE n with n bytes, in pieces whose
// ends it chooses at random.
type peer struct {
	t     testing.TB
	ln    net.Listener
	whole bool          // write each reply in one piece
	hold  chan struct{} // when not nil, replies wait for it

	surplus atomic.Int64 // one reply too many after so many calls; 0: never
	wg      sync.WaitGroup
	mu      sync.Mutex
	open    []net.Conn
}

func newPeer(t testing.TB) *peer {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t, ln: ln}
	p.wg.Go(p.accept)
	t.Cleanup(func() {
		ln.Close()
		p.mu.Lock()
		for _, c := range p.open {
			c.Close()
		}
		p.mu.Unlock()
		p.wg.Wait()
	})
	return p
}

func (p *peer) accept() {
	for {
		c, err := p.ln.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		p.open = append(p.open, c)
		p.mu.Unlock()
		p.wg.Go(func() { p.serve(c) })
	}
}

func (p *peer) serve(c net.Conn) {
	defer c.Close()
	r := resp.NewReader(c, 0, resp.Limits{})
	for {
		args, err := r.ReadCommand()
		if err != nil {
			return
		}
		var out []byte
		switch string(args[0]) {
		case "ECHO":
			out = resp.AppendBulkBytes(nil, args[1])
		case "SIZE":
			n, _ := strconv.Atoi(string(args[1]))
			out = resp.AppendBulkBytes(nil, make([]byte, n))
		default:
			out = resp.AppendError(nil, "ERR unknown command")
		}
		if p.surplus.Add(-1) == 0 {
			out = append(out, out...)
		}
		if p.hold != nil {
			<-p.hold
		}
		for len(out) > 0 {
			n := len(out)
			if !p.whole && n > 1 && rand.IntN(3) == 0 {
				n = 1 + rand.IntN(n)
			}
			if _, err := c.Write(out[:n]); err != nil {
				return
			}
			out = out[n:]
		}
	}
}

// config is a connection to the peer without a handshake.
func (p *peer) config() *Config {
	return &Config{Network: "tcp", Addr: p.ln.Addr().String(), RESP2: true, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}
}

func (p *peer) dial(cfg *Config) *Conn {
	p.t.Helper()
	c, err := Dial(context.Background(), cfg)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(c.Close)
	return c
}

// echo is a call whose reply must be its own argument.
type echo struct {
	call     Call
	got      string
	err      error
	released chan struct{}
}

func newEcho(text string) *echo {
	e := &echo{released: make(chan struct{}, 1)}
	e.call.Wire = resp.AppendCommand(nil, "ECHO", text)
	e.call.Sink = e
	e.call.Reset()
	return e
}

func (e *echo) Decode(frame []byte) {
	d := resp.NewDecoder(frame)
	e.got, e.err = d.Text()
}

func (e *echo) Release() { e.released <- struct{}{} }

// awaitWritten waits until the kernel has taken so many bytes of requests.
func awaitWritten(t testing.TB, c *Conn, n int) {
	t.Helper()
	redpolltest.Await(t, "the requests are written", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.written >= uint64(n)
	})
}

// hoursPass shows the watchdog of a connection hours of silence, with a clock of its own.
func hoursPass(c *Conn) {
	for n := range time.Duration(3) {
		c.Tick(Now() + n*time.Hour)
	}
}

// tick drives the watchdog of a connection until the test ends.
func tick(t testing.TB, c *Conn) {
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			//houserules:ok sleep: the pace of the watchdog, as in a pool; no test is right because of it
			case <-time.After(5 * time.Millisecond):
				c.Tick(Now())
			}
		}
	})
	t.Cleanup(func() { close(stop); wg.Wait() })
}
