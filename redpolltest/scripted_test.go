package redpolltest

import (
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestScriptedPlaysAServer(t *testing.T) {
	t.Parallel()
	peer := Scripted(t, func(conn net.Conn) {
		c := WrapConn(conn)
		for {
			args, err := c.Command()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, "+"+strings.Join(args, "|")+"\r\n")
		}
	})
	for _, addr := range []string{peer.Addr(), peer.Socket()} {
		mustDo(t, Dial(t, addr), "SET|k|", "SET", "k", "")
	}
	if peer.Accepted() != 2 {
		t.Errorf("%d connections accepted", peer.Accepted())
	}
}

func TestScriptedClosesWhenTheHandlerReturns(t *testing.T) {
	t.Parallel()
	peer := Scripted(t, func(conn net.Conn) { _, _ = io.WriteString(conn, "-ERR go away\r\n") })
	if got := readToEnd(t, Dial(t, peer.Addr()), Close); got != "-ERR go away\r\n" {
		t.Errorf("read %q", got)
	}
}

// Connections that are still open at the end of the test must not delay it.
func TestScriptedEndsWithTheTest(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	pretend(t, func(tb testing.TB) {
		begun := make(chan struct{})
		peer := Scripted(tb, func(conn net.Conn) {
			close(begun)
			_, _ = io.Copy(io.Discard, conn)
			close(ended)
		})
		Dial(t, peer.Addr())
		<-begun
	})
	select {
	case <-ended:
	default:
		t.Error("the handler is still running")
	}
}

func TestUnanswered(t *testing.T) {
	t.Parallel()
	conn, err := net.DialTimeout("tcp", Unanswered(t), 50*time.Millisecond)
	if err == nil {
		_ = conn.Close()
		t.Fatal("somebody answers")
	}
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("dialing ends with %v, want a time-out", err)
	}
}

func TestConnRefusesWhatIsNotRESP(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, sent string }{
		{"empty line", "\r\n"},
		{"no carriage return", "+OK\n"},
		{"unknown kind", "%1\r\n+a\r\n+b\r\n"},
		{"length that is not a number", "$x\r\n"},
		{"negative length", "$-2\r\n"},
		{"bulk string without its end", "$1\r\nabc"},
		{"integer that is not a number", ":one\r\n"},
		{"end inside of a line", "+O"},
		{"end inside of a bulk string", "$5\r\nab"},
		{"end inside of an array", "*2\r\n+a\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			peer := Scripted(t, func(conn net.Conn) { _, _ = io.WriteString(conn, c.sent) })
			reply, err := Dial(t, peer.Addr()).Reply()
			if err == nil || errors.Is(err, io.EOF) {
				t.Errorf("got %v, %v", reply, err)
			}
		})
	}
	peer := Scripted(t, func(conn net.Conn) { _, _ = io.WriteString(conn, "*1\r\n:1\r\n") })
	if args, err := Dial(t, peer.Addr()).Command(); err == nil {
		t.Errorf("a command of integers: %q", args)
	}
	if got, want := AppendCommand([]byte("x"), "A", ""),
		"x*2\r\n$1\r\nA\r\n$0\r\n\r\n"; !slices.Equal(got, []byte(want)) {
		t.Errorf("got %q, want %q", got, want)
	}
}
