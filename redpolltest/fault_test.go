package redpolltest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// readToEnd reads until the stream ends and checks that it ends in the way of how.
func readToEnd(t *testing.T, c *Conn, how How) string {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(patience))
	got, err := io.ReadAll(c)
	switch {
	case how == Close && err != nil:
		t.Errorf("the stream ends with %v, want an orderly end", err)
	case how == Reset && !errors.Is(err, syscall.ECONNRESET):
		t.Errorf("the stream ends with %v, want a reset", err)
	}
	return string(got)
}

// silent reports whether nothing comes for a moment.
func silent(c *Conn) bool {
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	defer c.SetReadDeadline(noDeadline)
	_, err := c.in.Peek(1)
	return errors.Is(err, os.ErrDeadlineExceeded)
}

func mustDo(t *testing.T, c *Conn, want any, args ...string) {
	t.Helper()
	if got, err := c.roundTrip(args...); got != want {
		t.Fatalf("%q: %v, %v, want %v", args, got, err, want)
	}
}

func eachHow(t *testing.T, f func(t *testing.T, how How)) {
	for _, how := range []How{Close, Reset} {
		t.Run(how.String(), func(t *testing.T) {
			t.Parallel()
			f(t, how)
		})
	}
}

func TestCutToServerAtEveryByte(t *testing.T) {
	t.Parallel()
	eachHow(t, func(t *testing.T, how How) {
		srv := Shared(t)
		p := NewProxy(t, srv.Addr())
		request := AppendCommand(nil, "INCR", "key-00")
		for n := range len(request) + 1 {
			key := fmt.Sprintf("key-%02d", n)
			c := Dial(t, p.Addr())
			mustDo(t, c, "OK", "SELECT", fmt.Sprint(srv.DB))
			before := p.Bytes(ToServer)
			f := p.CutAfter(ToServer, int64(n), how, FromNow, Once)
			if err := c.Send("INCR", key); err != nil {
				t.Fatal(err)
			}
			reply := readToEnd(t, c, how)
			f.Wait()
			if got := p.Bytes(ToServer) - before; got != int64(n) {
				t.Errorf("after %d bytes: %d were passed on", n, got)
			}
			want := any(nil)
			if n == len(request) {
				want = "1"
			} else if reply != "" {
				t.Errorf("after %d bytes: reply %q", n, reply)
			}
			if got := srv.Do("GET", key); got != want {
				t.Errorf("after %d bytes: the server has %v, want %v", n, got, want)
			}
		}
		if got := p.Accepted(); got != len(request)+1 {
			t.Errorf("%d connections accepted", got)
		}
	})
}

func TestCutToClientAtEveryByte(t *testing.T) {
	t.Parallel()
	eachHow(t, func(t *testing.T, how How) {
		srv := Shared(t)
		p := NewProxy(t, srv.Addr())
		const want = "$5\r\nhello\r\n"
		for n := range len(want) + 1 {
			key := fmt.Sprint("key", n)
			c := Dial(t, p.Addr())
			mustDo(t, c, "OK", "SELECT", fmt.Sprint(srv.DB))
			mustDo(t, c, "OK", "SET", key, "hello")
			f := p.CutAfter(ToClient, int64(n), how, FromNow, Once)
			if err := c.Send("GETDEL", key); err != nil {
				t.Fatal(err)
			}
			if got := readToEnd(t, c, how); got != want[:n] {
				t.Errorf("after %d bytes: the client reads %q", n, got)
			}
			f.Wait()
			if got := srv.Do("EXISTS", key); got != int64(0) {
				t.Errorf("after %d bytes: the server did not execute the command", n)
			}
		}
	})
}

func TestCutCountsFromTheStartOfEachConnection(t *testing.T) {
	t.Parallel()
	srv := Shared(t)
	p := NewProxy(t, srv.Addr())
	old := Dial(t, p.Addr())
	mustDo(t, old, "PONG", "PING")
	f := p.CutAfter(ToClient, 10, Close)
	for range 2 {
		c := Dial(t, p.Addr())
		mustDo(t, c, "PONG", "PING") // 7 bytes
		if err := c.Send("PING"); err != nil {
			t.Fatal(err)
		}
		if got := readToEnd(t, c, Close); got != "+PO" {
			t.Errorf("a new connection gets %q", got)
		}
	}
	if err := old.Send("PING"); err != nil {
		t.Fatal(err)
	}
	if got := readToEnd(t, old, Close); got != "+PO" {
		t.Errorf("an open connection gets %q", got)
	}
	if f.Struck() != 3 {
		t.Errorf("struck %d connections, want 3", f.Struck())
	}
	f.Lift()
	mustDo(t, Dial(t, p.Addr()), "a long reply", "ECHO", "a long reply")
}

func TestCutOfConnectionsThatAreBeyondTheMark(t *testing.T) {
	t.Parallel()
	srv := Shared(t)
	p := NewProxy(t, srv.Addr())
	var open []*Conn
	for range 3 {
		c := Dial(t, p.Addr())
		mustDo(t, c, "PONG", "PING")
		open = append(open, c)
	}
	f := p.CutAfter(ToServer, 5, Close)
	for _, c := range open {
		if got := readToEnd(t, c, Close); got != "" {
			t.Errorf("read %q", got)
		}
	}
	f.Wait()
	if f.Struck() != 3 {
		t.Errorf("struck %d connections, want 3", f.Struck())
	}
}

func TestOnceStrikesOneConnection(t *testing.T) {
	t.Parallel()
	srv := Shared(t)
	p := NewProxy(t, srv.Addr())
	conns := []*Conn{Dial(t, p.Addr()), Dial(t, p.Addr()), Dial(t, p.Addr())}
	for _, c := range conns {
		mustDo(t, c, "PONG", "PING")
	}
	f := p.CutAfter(ToServer, 1, Reset, FromNow, Once)
	alive := 0
	for _, c := range conns {
		if reply, _ := c.roundTrip("PING"); reply == "PONG" {
			alive++
		}
	}
	if alive != 2 || f.Struck() != 1 {
		t.Errorf("%d of 3 connections live, %d were struck", alive, f.Struck())
	}
}

func TestCutAfterReplies(t *testing.T) {
	t.Parallel()
	eachHow(t, func(t *testing.T, how How) {
		srv := Shared(t)
		p := NewProxy(t, srv.Addr())
		first := AppendCommand(nil, "ECHO", strings.Repeat("x", 100_000))
		second := AppendCommand(nil, "PING")
		for n := range len(second) {
			c := Dial(t, p.Addr())
			p.CutAfter(ToServer, int64(len(first)+n), how, AfterReplies)
			if _, err := c.Write(append(first, second...)); err != nil {
				t.Fatal(err)
			}
			if got, want := readToEnd(t, c, how),
				"$100000\r\n"+strings.Repeat("x", 100_000)+"\r\n"; got != want {
				t.Errorf("after %d bytes of the second command: %d bytes of replies, want %d", n, len(got),
					len(want))
			}
		}
	})
}

// A reset drops bytes for which the receiver has no room; the proxy must wait for them.
func TestResetAfterMoreThanTheReceiverHasRoomFor(t *testing.T) {
	t.Parallel()
	srv := Shared(t)
	p := NewProxy(t, srv.Addr())
	const size, mark = 24 << 20, 20 << 20
	c := Dial(t, p.Addr())
	mustDo(t, c, "OK", "SET", "big", strings.Repeat("x", size))
	f := p.CutAfter(ToClient, mark, Reset, FromNow)
	if err := c.Send("GET", "big"); err != nil {
		t.Fatal(err)
	}
	if !p.Await(func() bool { return p.Arrived(ToClient) > 1<<20 }) {
		return
	}
	if got := readToEnd(t, c, Reset); len(got) != mark {
		t.Errorf("the client got %d bytes, want %d", len(got), mark)
	}
	f.Wait()
}

func TestCutInsideALargeRequest(t *testing.T) {
	t.Parallel()
	eachHow(t, func(t *testing.T, how How) {
		srv := Shared(t)
		p := NewProxy(t, srv.Addr())
		f := p.CutAfter(ToServer, 5<<20, how)
		c := Dial(t, p.Addr())
		_ = c.Send("SET", "big", strings.Repeat("x", 8<<20)) // may fail when the cut is quicker
		f.Wait()
		if got := p.Bytes(ToServer); got != 5<<20 {
			t.Errorf("%d bytes were passed on", got)
		}
		if got := srv.Do("EXISTS", "big"); got != int64(0) {
			t.Error("the server has executed a part of a command")
		}
	})
}

func TestCutOnAUnixSocket(t *testing.T) {
	t.Parallel()
	eachHow(t, func(t *testing.T, how How) {
		srv := Shared(t)
		p := NewProxy(t, srv.Socket())
		c := Dial(t, p.Socket())
		f := p.CutAfter(ToClient, 3, how)
		if err := c.Send("PING"); err != nil {
			t.Fatal(err)
		}
		if got := readToEnd(t, c, Close); got != "+PO" {
			t.Errorf("read %q", got)
		}
		f.Wait()
	})
}

func TestTruncate(t *testing.T) {
	t.Parallel()
	srv := Shared(t)
	p := NewProxy(t, srv.Addr())
	c := Dial(t, p.Addr())
	mustDo(t, c, "PONG", "PING")
	f := p.Truncate(ToClient, 4, FromNow)
	if err := c.Send("PING"); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 4)
	if _, err := io.ReadFull(c, got); err != nil || string(got) != "+PON" {
		t.Errorf("read %q, %v", got, err)
	}
	f.Wait()
	if !silent(c) {
		t.Error("more than 4 bytes came, or the connection ended")
	}
	p.Clear()
	if err := c.Send("PING"); err != nil {
		t.Fatal(err)
	}
	if !p.Await(func() bool { return p.Arrived(ToClient) == 21 }) {
		return
	}
	if !silent(c) {
		t.Error("a stream that has lost bytes came back")
	}
	mustDo(t, Dial(t, p.Addr()), "PONG", "PING")
}

func TestGarbage(t *testing.T) {
	t.Parallel()
	srv := Shared(t)
	p := NewProxy(t, srv.Addr())
	idle := Dial(t, p.Addr())
	mustDo(t, idle, "PONG", "PING")
	f := p.Garbage(ToClient, 0, []byte("+stray\r\n"), FromNow)
	f.Wait()
	if reply, err := idle.Reply(); reply != "stray" {
		t.Errorf("an idle connection gets %v, %v", reply, err)
	}
	mustDo(t, idle, "PONG", "PING") // and goes on
	fresh := Dial(t, p.Addr())
	mustDo(t, fresh, "stray", "PING")
	if reply, err := fresh.Reply(); reply != "PONG" {
		t.Errorf("after the garbage: %v, %v", reply, err)
	}
	toServer := p.Garbage(ToServer, 3, []byte("!"), FromNow) // "*1\r!\n..." instead of "*1\r\n..."
	if err := idle.Send("PING"); err != nil {
		t.Fatal(err)
	}
	reply, err := idle.Reply()
	if e, ok := reply.(Error); !ok || !strings.HasPrefix(string(e), "ERR Protocol error") {
		t.Errorf("the server answers %v, %v", reply, err)
	}
	toServer.Lift()
	p.Garbage(ToClient, 2, []byte("??"))
	late := Dial(t, p.Addr())
	mustDo(t, late, "P??ONG", "PING")
	mustDo(t, late, "PONG", "PING") // once per connection
}
