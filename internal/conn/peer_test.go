package conn

import (
	"context"
	"io"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/redpolltest"
	"github.com/redpoll-go/redpoll/resp"
)

// peer is a server that answers ECHO with its argument and SIZE n with n bytes, in pieces.
type peer struct {
	*testkit.Played
	t       testing.TB
	hold    chan struct{} // replies wait for it, unless it is nil
	surplus atomic.Int64  // number of calls before a surplus reply; 0 if never
}

func newPeer(t testing.TB) *peer {
	p := &peer{t: t}
	p.Played = testkit.Listen(t, p.answer)
	p.Chop = true
	return p
}

func (p *peer) answer(_ int, words []string) string {
	out := "-ERR unknown command\r\n"
	switch words[0] {
	case "ECHO":
		out = testkit.Reply(2, words[1])
	case "SIZE":
		n, _ := strconv.Atoi(words[1])
		out = testkit.Reply(2, string(make([]byte, n)))
	}
	if p.surplus.Add(-1) == 0 {
		out += out
	}
	if p.hold != nil {
		<-p.hold
	}
	return out
}

// config returns a configuration for the peer without a handshake.
func (p *peer) config() *Config {
	return &Config{Network: "tcp", Addr: p.Addr(), RESP2: true,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}
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

// Release uses the record again, as a later call would: the race detector sees who still reads it.
func (e *echo) Release() {
	e.call.Reset()
	e.call.Holes, e.call.Prelude, e.call.Route = nil, nil, nil
	e.released <- struct{}{}
}

// awaitWritten waits until the kernel has taken this many bytes of requests.
func awaitWritten(t testing.TB, c *Conn, n int) {
	t.Helper()
	redpolltest.Await(t, "the requests are written", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.written >= uint64(n)
	})
}

// hoursPass shows the watchdog of a connection hours of silence, with its own clock.
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
