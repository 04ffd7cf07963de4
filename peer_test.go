package redpoll_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// newClient makes a client that is closed with the test.
func newClient(t testing.TB, o redpoll.Options) *redpoll.Client {
	t.Helper()
	rdb, err := redpoll.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// sharedClient makes a client for an empty database of the server that the tests share.
func sharedClient(t testing.TB, o redpoll.Options) (*redpoll.Client, *redpolltest.Server) {
	t.Helper()
	srv := redpolltest.Shared(t)
	o.Addr, o.DB = srv.Addr(), srv.DB
	return newClient(t, o), srv
}

// newPool makes a pool that is closed with the test.
func newPool(t testing.TB, o redpoll.Options) *redpoll.Pool {
	t.Helper()
	p, err := redpoll.NewPool(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// pin takes a connection for the test.
func pin(t testing.TB, rdb *redpoll.Client) *redpoll.Conn {
	t.Helper()
	one, err := rdb.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = one.Close() })
	return one
}

// socketAddr is how a server writes the address of whoever comes through its Unix socket.
func socketAddr(srv *redpolltest.Server) string {
	addr := srv.Socket() + ":0"
	if srv.AtLeastRelease("", "9.1") {
		addr = "[" + addr + "]:0"
	}
	return addr
}

// usable demands that a client works.
func usable(t testing.TB, rdb interface {
	Ping(ctx context.Context) error
}) {
	t.Helper()
	if err := rdb.Ping(t.Context()); err != nil {
		t.Errorf("the client is not usable: %v", err)
	}
}

// clientID asks for the number of the connection that a client uses.
func clientID(t testing.TB, rdb interface {
	ClientID(ctx context.Context) (int64, error)
}) int64 {
	t.Helper()
	id, err := rdb.ClientID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// connError demands a *ConnError of that phase and outcome.
func connError(t testing.TB, err error, phase redpoll.Phase, outcome redpoll.Outcome) *redpoll.ConnError {
	t.Helper()
	var ce *redpoll.ConnError
	if !errors.As(err, &ce) {
		t.Fatalf("got %v of type %T, want a *ConnError", err, err)
	}
	if ce.Phase != phase || ce.Outcome != outcome {
		t.Errorf("%v: the phase is %v and the outcome %v, want %v and %v", err, ce.Phase, ce.Outcome, phase, outcome)
	}
	return ce
}

// await waits until a condition holds.
func await(t testing.TB, what string, ok func() bool) {
	t.Helper()
	redpolltest.Await(t, what, ok)
}

// unused leaves connections unused for longer than 100 µs (peekAfter of internal/conn): before the next use the client
// looks whether they are still open. Only the client's clock decides that, and more time is as good.
func unused() {
	//houserules:ok sleep: nothing happens when the 100 µs are over; a longer pause makes no test wrong
	time.Sleep(time.Millisecond)
}

// brief is the time-out of a client that shall run into it. A server that is well answers within it on a busy machine, too.
const brief = 500 * time.Millisecond

// outlast waits until silence has lasted for longer than ReplyTimeout, by the clock of clients with such options: a call
// that begins now and gets no answer has been given up, and one that begins then as well.
func outlast(t testing.TB, o redpoll.Options) {
	t.Helper()
	p := newPeer(t, answering(map[string]string{"GET": silence}))
	rdb := newClient(t, redpoll.Options{Addr: p.Addr(), ReplyTimeout: o.ReplyTimeout, NoRetry: true})
	for range 2 {
		_, err := rdb.Get(t.Context(), "k")
		if ce := connError(t, err, redpoll.PhaseRead, redpoll.MaybeExecuted); !ce.Timeout() {
			t.Errorf("got %v, want a time-out", err)
		}
	}
}

// A tap is a dialer for one connection that tells how far the client has read.
type tap struct {
	mu    sync.Mutex
	taken int
	waits bool
}

type tapped struct {
	net.Conn
	tap *tap
}

func (p *tap) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	nc, err := new(net.Dialer).DialContext(ctx, network, addr)
	return tapped{nc, p}, err
}

func (c tapped) Read(b []byte) (int, error) {
	c.tap.mu.Lock()
	c.tap.waits = true
	c.tap.mu.Unlock()
	n, err := c.Conn.Read(b)
	c.tap.mu.Lock()
	c.tap.taken += n
	c.tap.waits = false
	c.tap.mu.Unlock()
	return n, err
}

// read gives the number of bytes that the client has read, and whether it waits for more.
func (p *tap) read() (taken int, waits bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.taken, p.waits
}

// hangUp, as the answer of a peer or the end of one, ends the connection; silence gives no answer.
const (
	hangUp  = "hang up"
	silence = ""
)

// peer is a server played by hand that notes what it is asked, connection by connection.
type peer struct {
	*redpolltest.Peer
	mu    sync.Mutex
	asked [][]string
}

// newPeer starts a peer that gives the answers that the test chooses: RESP as it goes over the wire. conn counts
// the connections from 0.
func newPeer(t testing.TB, answer func(conn int, args []string) string) *peer {
	t.Helper()
	p := new(peer)
	p.Peer = redpolltest.Scripted(t, func(nc net.Conn) {
		p.mu.Lock()
		n := len(p.asked)
		p.asked = append(p.asked, nil)
		p.mu.Unlock()
		c := redpolltest.WrapConn(nc)
		for {
			args, err := c.Command()
			if err != nil {
				return
			}
			p.mu.Lock()
			p.asked[n] = append(p.asked[n], strings.Join(args, " "))
			p.mu.Unlock()
			reply, last := strings.CutSuffix(answer(n, args), hangUp)
			if _, err := c.Write([]byte(reply)); err != nil || last {
				return
			}
		}
	})
	return p
}

// heard gives the commands of each connection, joined by "; ".
func (p *peer) heard() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for _, conn := range p.asked {
		all = append(all, strings.Join(conn, "; "))
	}
	return all
}

// count is how often the peer was asked for a command with that name.
func (p *peer) count(name string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, conn := range p.asked {
		for _, line := range conn {
			if word, _, _ := strings.Cut(line, " "); word == name {
				n++
			}
		}
	}
	return n
}

func (p *peer) wantHeard(t testing.TB, want ...string) {
	t.Helper()
	if got := p.heard(); !slices.Equal(got, want) {
		t.Errorf("the peer heard\n%q, want\n%q", got, want)
	}
}

// friendly answers as a server that knows RESP3 does.
func friendly(_ int, args []string) string {
	switch strings.ToUpper(args[0]) {
	case "HELLO":
		return helloReply("7.0.15")
	case "PING":
		return "+PONG\r\n"
	case "GET":
		return "$1\r\nv\r\n"
	case "INCR":
		return ":1\r\n"
	}
	return "+OK\r\n"
}

// helloReply is the reply of a server of that version to HELLO 3.
func helloReply(version string) string {
	return "%3\r\n$6\r\nserver\r\n$5\r\nredis\r\n$5\r\nproto\r\n:3\r\n$7\r\nversion\r\n" +
		"$" + strconv.Itoa(len(version)) + "\r\n" + version + "\r\n"
}
