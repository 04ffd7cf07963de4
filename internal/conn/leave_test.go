package conn

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/redpolltest"
	"github.com/redpoll-go/redpoll/resp"
)

// Thousands of callers give up one after the other; callers that still wait, and later callers, get their
// replies.
func TestManyGiveUp(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	p.hold = make(chan struct{})
	c := p.dial(p.config())
	const n = 3000
	calls := make([]*echo, n)
	var wg sync.WaitGroup
	for i := range calls {
		calls[i] = newEcho(fmt.Sprint(i))
		wg.Go(func() {
			ctx := context.Background()
			if i%100 != 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, time.Duration(1+i%20)*time.Millisecond)
				defer cancel()
			}
			switch g := c.Do(ctx, &calls[i].call); {
			case g == nil && calls[i].got != fmt.Sprint(i):
				t.Errorf("call %d: got %q, %v", i, calls[i].got, calls[i].call.Err)
			case g != nil && (i%100 == 0 || !errors.Is(g, context.DeadlineExceeded)):
				t.Errorf("call %d: gave up with %v", i, g)
			case g != nil:
				<-calls[i].released
			}
		})
	}
	redpolltest.Await(t, "all calls are under way", func() bool { return c.Load() >= n })
	close(p.hold)
	wg.Wait()
	if c.Load() != 0 {
		t.Errorf("%d calls are left", c.Load())
	}
}

// deafConn is a connection that knows no deadlines, like an SSH tunnel.
type deafConn struct{ net.Conn }

var errNoDeadline = errors.New("deadlines are not supported")

func (deafConn) SetDeadline(time.Time) error      { return errNoDeadline }
func (deafConn) SetReadDeadline(time.Time) error  { return errNoDeadline }
func (deafConn) SetWriteDeadline(time.Time) error { return errNoDeadline }

func deafDial(ctx context.Context, network, addr string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return deafConn{c}, nil
}

func TestConnectionWithoutDeadlines(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	p.hold = make(chan struct{}, 1)
	cfg := p.config()
	cfg.Dial = deafDial
	c := p.dial(cfg)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	late := newEcho("late")
	if g := c.Do(ctx, &late.call); !errors.Is(g, context.DeadlineExceeded) {
		t.Fatalf("gave up with %v, %v", g, late.call.Err)
	}
	close(p.hold)
	<-late.released
	for i := range 100 {
		e := newEcho(fmt.Sprint(i))
		if g := c.Do(context.Background(), &e.call); g != nil || e.got != fmt.Sprint(i) {
			t.Fatalf("call %d: %v, %v, %q", i, g, e.call.Err, e.got)
		}
	}
}

func TestHandshakeWithoutDeadlinesEnds(t *testing.T) {
	t.Parallel()
	silent := redpolltest.Scripted(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	p := newPeer(t)
	cfg := p.config()
	cfg.Addr, cfg.Dial, cfg.RESP2, cfg.DialTimeout = silent.Addr(), deafDial, false, 20*time.Millisecond
	if _, err := Dial(context.Background(), cfg); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// A blocking command is given up at the moment when its reply comes: the reply counts if it comes in time.
func TestAnswerOnItsWayToABlockingCommandCounts(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{})
	server := redpolltest.Scripted(t, func(c net.Conn) {
		r := resp.NewReader(c, 0, resp.Limits{})
		if _, err := r.ReadCommand(); err != nil {
			return
		}
		asked <- struct{}{}
		// The other side stops sending: the element was taken before the server notices.
		if _, err := r.ReadCommand(); !errors.Is(err, io.EOF) {
			return
		}
		_, _ = c.Write(resp.AppendBulk(nil, "element"))
	})
	p := newPeer(t)
	cfg := p.config()
	cfg.Addr = server.Addr()
	c := p.dial(cfg)
	c.lingerFor = time.Minute
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-asked; cancel() }()
	e := newEcho("")
	e.call.Class = Blocking
	if g := c.Do(ctx, &e.call); g != nil || e.got != "element" {
		t.Errorf("%v, %v, %q", g, e.call.Err, e.got)
	}
	if !c.Down() {
		t.Error("the connection is half closed and counts as usable")
	}
}

// A reply to a command that has not been sent whole belongs to another command.
func TestReplyBeforeTheCommandHasLeft(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	server := redpolltest.Scripted(t, func(c net.Conn) {
		if _, err := io.ReadFull(c, make([]byte, 100)); err == nil {
			_, _ = c.Write([]byte("+OK\r\n"))
			<-stop
		}
	})
	defer close(stop)
	p := newPeer(t)
	cfg := p.config()
	cfg.Addr = server.Addr()
	c := p.dial(cfg)
	e := newEcho(strings.Repeat("x", 64<<20))
	g := c.Do(context.Background(), &e.call)
	var desync *DesyncError
	if g != nil || !errors.As(e.call.Err, &desync) || e.call.Outcome != NotSent {
		t.Errorf("%v, %v, outcome %v, got %q", g, e.call.Err, e.call.Outcome, e.got)
	}
}

// The allowed silence is that of the first call in flight, whatever calls are behind it.
func TestABlockingCommandBehindAnotherCallKeepsItsTimeout(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	p.hold = make(chan struct{})
	defer close(p.hold)
	cfg := p.config()
	cfg.ReplyTimeout = time.Minute
	c := p.dial(cfg)
	first, second := newEcho("first"), newEcho("second")
	second.call.Class = Blocking // without end
	var wg sync.WaitGroup
	wg.Go(func() { c.Do(context.Background(), &first.call) })
	awaitWritten(t, c, len(first.call.Wire))
	wg.Go(func() { c.Do(context.Background(), &second.call) })
	awaitWritten(t, c, len(first.call.Wire)+len(second.call.Wire))
	hoursPass(c)
	wg.Wait()
	if !errors.Is(first.call.Err, ErrSilent) {
		t.Errorf("got %v", first.call.Err)
	}
}

func TestRetire(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	p.hold = make(chan struct{})
	c := p.dial(p.config())
	e := newEcho("under way")
	var wg sync.WaitGroup
	wg.Go(func() {
		if g := c.Do(context.Background(), &e.call); g != nil || e.got != "under way" {
			t.Errorf("%v, %v, %q", g, e.call.Err, e.got)
		}
	})
	redpolltest.Await(t, "a call is under way", func() bool { return c.Load() > 0 })
	c.Retire()
	late := newEcho("late")
	if g := c.Do(context.Background(), &late.call); g != nil || !errors.Is(late.call.Err, ErrRetired) ||
		late.call.Outcome != NotSent {
		t.Errorf("%v, %v, %v", g, late.call.Err, late.call.Outcome)
	}
	close(p.hold)
	wg.Wait()
	redpolltest.Await(t, "the connection is closed", func() bool { return c.Err() != nil })
}

// pieces notes the size of each write, and counts the writes.
type pieces struct {
	net.Conn
	mu      sync.Mutex
	most, n int
}

func (p *pieces) Write(b []byte) (int, error) {
	p.mu.Lock()
	p.most = max(p.most, len(b))
	p.n++
	p.mu.Unlock()
	return p.Conn.Write(b)
}

// A large write goes out in pieces over TLS too, so that progress can be noticed, but not record by record.
func TestTLSWritesInPieces(t *testing.T) {
	t.Parallel()
	certs := redpolltest.NewCertificates(t)
	echoes := redpolltest.Scripted(t, func(raw net.Conn) {
		c := tls.Server(raw, certs.ServerConfig())
		r := resp.NewReader(c, 0, resp.Limits{})
		for {
			args, err := r.ReadCommand()
			if err != nil {
				return
			}
			// it also answers the PING of the handshake
			_, _ = c.Write(resp.AppendBulkBytes(nil, args[len(args)-1]))
		}
	})
	seen := &pieces{}
	p := newPeer(t)
	cfg := p.config()
	cfg.Addr, cfg.TLS = echoes.Addr(), certs.ClientConfig()
	cfg.TLS.ServerName = "localhost"
	cfg.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		var d net.Dialer
		c, err := d.DialContext(ctx, network, addr)
		seen.Conn = c
		return seen, err
	}
	c := p.dial(cfg)
	text := strings.Repeat("x", 8<<20)
	e := newEcho(text)
	if g := c.Do(context.Background(), &e.call); g != nil || e.call.Err != nil || e.got != text {
		t.Fatalf("%v, %v, %d bytes", g, e.call.Err, len(e.got))
	}
	seen.mu.Lock()
	defer seen.mu.Unlock()
	if n := len(text) / sealed; seen.most > sealed*3/2 || seen.n > n+10 {
		t.Errorf("%d writes, one of them of %d bytes, where %d would do", seen.n, seen.most, n)
	}
}

// Gathered bytes that the kernel does not take wait for drain, and later writes go behind them.
func TestGatheredBytesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	read := make(chan struct{})
	got := make(chan []byte, 1)
	other := redpolltest.Scripted(t, func(c net.Conn) {
		<-read
		all, _ := io.ReadAll(c)
		got <- all
	})
	nc, err := net.Dial("tcp", other.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	_ = nc.(*net.TCPConn).SetWriteBuffer(64 << 10)
	s := &lazySocket{Conn: nc, raw: rawConn(nc), on: true}
	s.write.init()
	var want []byte
	add := func(n int) {
		t.Helper()
		b := bytes.Repeat([]byte{byte(len(want) >> 10)}, n)
		want = append(want, b...)
		if m, err := s.Write(b); m != n || err != nil {
			t.Fatalf("%d of %d, %v", m, n, err)
		}
	}
	add(10)
	if s.pending() {
		t.Error("a small write waits")
	}
	s.gather()
	for range 8 {
		add(1 << 20) // more than the buffers of both sockets hold
	}
	if s.calm() {
		t.Error("gathered bytes have left")
	}
	if err := s.offer(); err != nil || !s.pending() {
		t.Errorf("%v, pending %v behind an offer of too much", err, s.pending())
	}
	add(20)
	close(read)
	for s.pending() {
		if err := s.drain(); err != nil {
			t.Fatal(err)
		}
	}
	if !s.calm() {
		t.Error("not calm with nothing pending")
	}
	add(30)
	for s.pending() {
		if err := s.drain(); err != nil {
			t.Fatal(err)
		}
	}
	_ = nc.Close()
	if all := <-got; !bytes.Equal(all, want) {
		t.Errorf("%d bytes arrived, not the %d that were written", len(all), len(want))
	}
}
