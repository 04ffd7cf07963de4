package redpolltest

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"
)

func TestProxyPassesEverythingOn(t *testing.T) {
	t.Parallel()
	srv := Shared(t)
	p := NewProxy(t, srv.Addr())
	big := string(bytes.Repeat([]byte("0123456789abcdef\r\n\x00\xff"), 100_000))
	for _, addr := range []string{p.Addr(), p.Socket()} {
		c := Dial(t, addr)
		mustDo(t, c, big, "ECHO", big)
		mustDo(t, c, "PONG", "PING")
		if err := c.Send("PING"); err != nil {
			t.Fatal(err)
		}
		closeWrite(c.Conn)
		if got := readToEnd(t, c, Close); got != "+PONG\r\n" {
			t.Errorf("after half a close: %q", got)
		}
		_ = c.Close()
	}
	p.Await(func() bool { return p.Open() == 0 })
	if p.Accepted() != 2 || p.Bytes(ToServer) != p.Arrived(ToServer) ||
		p.Bytes(ToClient) != p.Arrived(ToClient) {
		t.Error(p.state())
	}
}

func TestProxyPassesResetsOn(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	peer := Scripted(t, func(conn net.Conn) {
		_, err := io.Copy(io.Discard, conn)
		ended <- err
	})
	c := Dial(t, NewProxy(t, peer.Addr()).Addr())
	if err := c.Send("PING"); err != nil {
		t.Fatal(err)
	}
	reset(c.Conn)
	if err := <-ended; !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the server's stream ends with %v", err)
	}

	peer = Scripted(t, func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 1))
		reset(conn)
	})
	c = Dial(t, NewProxy(t, peer.Addr()).Addr())
	if err := c.Send("PING"); err != nil {
		t.Fatal(err)
	}
	readToEnd(t, c, Reset)
}

// A server that has finished and closed answers further requests with a reset.
func TestProxyPassesLateResetsOn(t *testing.T) {
	t.Parallel()
	peer := Scripted(t, func(net.Conn) {})
	c := Dial(t, NewProxy(t, peer.Addr()).Addr())
	if got := readToEnd(t, c, Close); got != "" {
		t.Errorf("read %q", got)
	}
	_ = c.SetWriteDeadline(time.Now().Add(patience))
	for {
		if err := c.Send("PING"); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("writing to a closed server succeeds for ever")
			}
			return
		}
	}
}

func TestProxyToNobody(t *testing.T) {
	t.Parallel()
	srv := Start(t, ServerOptions{})
	p := NewProxy(t, srv.Addr())
	srv.Kill()
	if nc, err := net.Dial("tcp", p.Addr()); err == nil {
		readToEnd(t, WrapConn(nc), Reset)
		_ = nc.Close()
	} else if !errors.Is(err, syscall.ECONNRESET) { // a reset can be that quick
		t.Errorf("dialing: %v", err)
	}
	srv.Restart()
	mustDo(t, Dial(t, p.Addr()), "PONG", "PING")
}

func TestHoldLosesNothing(t *testing.T) {
	t.Parallel()
	srv := Shared(t)
	p := NewProxy(t, srv.Addr())
	c := Dial(t, p.Addr())
	mustDo(t, c, "OK", "SELECT", dbOf(srv))
	start := p.Arrived(ToServer)
	p.Hold(ToServer)
	request := AppendCommand(nil, "SET", "k", "v")
	if _, err := c.Write(request); err != nil {
		t.Fatal(err)
	}
	p.Await(func() bool { return p.Arrived(ToServer) == start+int64(len(request)) })
	if p.Bytes(ToServer) != start {
		t.Errorf("%d bytes got through", p.Bytes(ToServer)-start)
	}
	if got := srv.Do("GET", "k"); got != nil {
		t.Errorf("a held request was executed: %v", got)
	}
	p.Clear()
	if reply, err := c.Reply(); reply != "OK" {
		t.Errorf("after Clear: %v, %v", reply, err)
	}
}

func TestHoldStopsTheSender(t *testing.T) {
	t.Parallel()
	srv := Shared(t)
	p := NewProxy(t, srv.Addr())
	c := Dial(t, p.Addr())
	p.Hold(ToServer)
	_ = c.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	payload := make([]byte, 1<<20)
	for range 256 {
		if _, err := c.Write(payload); err != nil {
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("the sender gets %v", err)
			}
			return
		}
	}
	t.Error("256 MiB were taken")
}

func TestBlackHole(t *testing.T) {
	t.Parallel()
	for _, dir := range []Direction{ToServer, ToClient} {
		t.Run(dir.String(), func(t *testing.T) {
			t.Parallel()
			srv := Shared(t)
			p := NewProxy(t, srv.Addr())
			c := Dial(t, p.Addr())
			mustDo(t, c, "OK", "SELECT", dbOf(srv))
			arrived, passed := p.Arrived(dir), p.Bytes(dir)
			p.BlackHole(dir)
			if err := c.Send("SET", "k", "v"); err != nil {
				t.Fatal(err)
			}
			p.Await(func() bool { return p.Arrived(dir) > arrived })
			if !silent(c) {
				t.Error("an answer came, or the connection ended")
			}
			want := any("v")
			if dir == ToServer {
				want = nil
			}
			if got := srv.Do("GET", "k"); got != want {
				t.Errorf("the server has %v, want %v", got, want)
			}
			p.Clear()
			if err := c.Send("PING"); err != nil {
				t.Fatal(err)
			}
			if !silent(c) {
				t.Error("a stream that has lost bytes came back")
			}
			if p.Bytes(dir) != passed {
				t.Errorf("%d bytes got through", p.Bytes(dir)-passed)
			}
			mustDo(t, Dial(t, p.Addr()), "PONG", "PING")
			if p.Open() != 2 {
				t.Errorf("%d connections are open, want 2", p.Open())
			}
			_ = c.Close()
			p.Await(func() bool { return p.Open() == 1 })
		})
	}
}

func TestDelay(t *testing.T) {
	t.Parallel()
	srv := Shared(t)
	p := NewProxy(t, srv.Addr())
	c := Dial(t, p.Addr())
	mustDo(t, c, "PONG", "PING")
	p.Delay(ToServer, 20*time.Millisecond)
	p.Delay(ToClient, 20*time.Millisecond)
	start := time.Now()
	mustDo(t, c, "PONG", "PING")
	//houserules:ok clock: a lower bound, to which a busy machine only adds
	if took := time.Since(start); took < 40*time.Millisecond {
		t.Errorf("a round trip with 2 x 20 ms of delay took %v", took)
	}
	p.Delay(ToClient, time.Hour)
	before := p.Arrived(ToClient)
	if err := c.Send("PING"); err != nil {
		t.Fatal(err)
	}
	p.Await(func() bool { return p.Arrived(ToClient) > before })
	p.Clear()
	_ = c.SetReadDeadline(time.Now().Add(patience))
	if reply, err := c.Reply(); reply != "PONG" {
		t.Errorf("after Clear: %v, %v", reply, err)
	}
}

func TestRefuse(t *testing.T) {
	t.Parallel()
	srv := Shared(t)
	p := NewProxy(t, srv.Addr())
	open := Dial(t, p.Addr())
	mustDo(t, open, "PONG", "PING")
	p.Refuse()
	for _, addr := range []string{p.Addr(), p.Socket()} {
		if _, err := net.Dial(network(addr), addr); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("dialing %s: %v", addr, err)
		}
	}
	mustDo(t, open, "PONG", "PING")
	p.Clear()
	mustDo(t, Dial(t, p.Addr()), "PONG", "PING")
	mustDo(t, Dial(t, p.Socket()), "PONG", "PING")
}

func TestSilence(t *testing.T) {
	t.Parallel()
	srv := Shared(t)
	p := NewProxy(t, srv.Addr())
	p.Silence()
	c := Dial(t, p.Addr())
	request := AppendCommand(nil, "PING")
	if _, err := c.Write(request); err != nil {
		t.Fatal(err)
	}
	p.Await(func() bool { return p.Arrived(ToServer) == int64(len(request)) })
	if !silent(c) || p.Bytes(ToServer) != 0 {
		t.Error("an answer came, or the connection ended")
	}
	p.Clear()
	mustDo(t, Dial(t, p.Addr()), "PONG", "PING")
	p.DropAll(Close)
	if got := readToEnd(t, c, Close); got != "" {
		t.Errorf("read %q", got)
	}
}

func TestReject(t *testing.T) {
	t.Parallel()
	eachHow(t, func(t *testing.T, how How) {
		srv := Shared(t)
		p := NewProxy(t, srv.Addr())
		p.Reject(how)
		nc, err := net.Dial("tcp", p.Addr())
		if err == nil {
			c := WrapConn(nc)
			defer c.Close()
			if how == Close {
				_ = c.Send("PING") // must not turn the end into a reset
			}
			if got := readToEnd(t, c, how); got != "" {
				t.Errorf("read %q", got)
			}
		} else if how == Close || !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("dialing: %v", err)
		}
		if p.Accepted() != 1 || p.Bytes(ToServer) != 0 {
			t.Error(p.state())
		}
	})
}

func TestDropAll(t *testing.T) {
	t.Parallel()
	eachHow(t, func(t *testing.T, how How) {
		srv := Shared(t)
		p := NewProxy(t, srv.Addr())
		conns := []*Conn{Dial(t, p.Addr()), Dial(t, p.Addr())}
		for _, c := range conns {
			mustDo(t, c, "PONG", "PING")
		}
		p.DropAll(how)
		for _, c := range conns {
			if got := readToEnd(t, c, how); got != "" {
				t.Errorf("read %q", got)
			}
			_ = c.Close()
		}
		p.Await(func() bool { return p.Open() == 0 })
		mustDo(t, Dial(t, p.Addr()), "PONG", "PING")
	})
}

// A writer that is blocked by a receiver that does not read must not delay DropAll.
func TestDropAllWhileTheServerStandsStill(t *testing.T) {
	t.Parallel()
	srv := Start(t, ServerOptions{})
	p := NewProxy(t, srv.Addr())
	c := Dial(t, p.Addr())
	mustDo(t, c, "PONG", "PING")
	srv.Pause()
	_ = c.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	for {
		if _, err := c.Write(make([]byte, 1<<20)); err != nil {
			break // all buffers on the way are full
		}
	}
	p.DropAll(Reset)
	readToEnd(t, c, Reset)
	srv.Resume()
}

func TestFaultsWhileTrafficRuns(t *testing.T) {
	t.Parallel()
	srv := Shared(t)
	p := NewProxy(t, srv.Addr())
	stop := make(chan struct{})
	ended := make(chan struct{})
	for range 4 {
		go func() {
			defer func() { ended <- struct{}{} }()
			for {
				select {
				case <-stop:
					return
				default:
				}
				nc, err := net.Dial("tcp", p.Addr())
				if err != nil {
					continue
				}
				c := WrapConn(nc)
				_ = c.SetDeadline(time.Now().Add(20 * time.Millisecond))
				for err == nil {
					var reply any
					if reply, err = c.Do("ECHO", "x"); err == nil && reply != "x" {
						break // garbage
					}
				}
				_ = c.Close()
			}
		}()
	}
	for i := range 40 {
		n := int64(i * 7)
		dir := Direction(i % 2)
		how := How(i / 2 % 2)
		p.CutAfter(dir, n, how, FromNow).Wait()
		p.Truncate(dir, n, Once).Wait()
		p.Garbage(dir, n, []byte("?")).Wait()
		p.Delay(dir, time.Millisecond)
		p.Hold(dir)
		p.BlackHole(1 - dir)
		p.DropAll(how)
		p.Reject(how)
		p.Refuse()
		p.Silence()
		p.Clear()
	}
	close(stop)
	for range 4 {
		<-ended
	}
	mustDo(t, Dial(t, p.Addr()), "PONG", "PING")
}

func dbOf(s *Server) string { return strconv.Itoa(s.DB) }
