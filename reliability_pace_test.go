package redpoll_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// refusingPeer starts a server that answers every command after the handshake with the same line, and counts them.
func refusingPeer(t *testing.T, line func(addr string) string) (string, *atomic.Int64) {
	commands := new(atomic.Int64)
	ready := make(chan struct{})
	var addr string
	peer := redpolltest.Scripted(t, func(nc net.Conn) {
		<-ready
		c := redpolltest.WrapConn(nc)
		for {
			args, err := c.Command()
			if err != nil {
				return
			}
			if args[0] == "HELLO" {
				_, err = io.WriteString(c, "%1\r\n+proto\r\n:3\r\n")
			} else {
				commands.Add(1)
				_, err = io.WriteString(c, line(addr))
			}
			if err != nil {
				return
			}
		}
	})
	addr = peer.Addr()
	close(ready)
	return addr, commands
}

// A server that refuses for ever sees few attempts, however many callers there are; and each call ends.
func TestAttemptsArePaced(t *testing.T) {
	t.Parallel()
	const within = 150 * time.Millisecond
	// Pauses of 4, 8, 16 ... ms, shortened by half at most, leave room for 7 repeats in 150 ms; one more is at once.
	const most = 9
	for _, exclusive := range []bool{false, true} {
		for _, callers := range []int{1, 20} {
			name := fmt.Sprintf("exclusive=%v, %d callers", exclusive, callers)
			// With an own connection for each caller each has its own attempts.
			attempts, shared := int64(most*callers), int64(most)
			if exclusive {
				shared = attempts
			}
			all := func(t *testing.T, o redpoll.Options, check func(error)) {
				t.Helper()
				o.Exclusive = exclusive
				c := clientWith(t, o)
				ctx, cancel := context.WithTimeout(t.Context(), within)
				defer cancel()
				var wg sync.WaitGroup
				for range callers {
					wg.Go(func() { _, err := c.Get(ctx, "k"); check(err) })
				}
				wg.Wait()
			}
			t.Run("refused/"+name, func(t *testing.T) {
				t.Parallel()
				var dials atomic.Int64
				all(t, redpoll.Options{Dialer: func(context.Context, string, string) (net.Conn, error) {
					dials.Add(1)
					return nil, errors.New("refused")
				}}, func(err error) { notSent(nil).check(t, err) })
				if n := dials.Load(); n < 2 || n > shared {
					t.Errorf("%d attempts to connect, want 2 to %d", n, shared)
				}
			})
			t.Run("closed at once/"+name, func(t *testing.T) {
				t.Parallel()
				proxy := redpolltest.NewProxy(t, "127.0.0.1:1")
				proxy.Reject(redpolltest.Close)
				all(t, redpoll.Options{Addr: proxy.Addr()}, func(err error) { notSent(nil).check(t, err) })
				// An endpoint that hangs up at HELLO is asked thrice: it may be an old one.
				if n := int64(proxy.Accepted()); n < 2 || n > 3*shared {
					t.Errorf("%d attempts to connect, want 2 to %d", n, 3*shared)
				}
			})
			for _, code := range []string{"LOADING", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN"} {
				t.Run(code+"/"+name, func(t *testing.T) {
					t.Parallel()
					addr, commands := refusingPeer(t, func(string) string { return "-" + code + " not now\r\n" })
					all(t, redpoll.Options{Addr: addr}, func(err error) {
						var se *redpoll.ServerError
						if err == nil || errors.As(err, &se) && (se.Code != code || !errors.Is(err, redpoll.ErrRefused)) {
							t.Errorf("got %v", err)
						}
					})
					if n := commands.Load(); n < 2 || n > attempts {
						t.Errorf("the server saw %d commands, want 2 to %d", n, attempts)
					}
				})
			}
			t.Run("MOVED to itself/"+name, func(t *testing.T) {
				t.Parallel()
				addr, commands := refusingPeer(t, func(addr string) string { return "-MOVED 42 " + addr + "\r\n" })
				all(t, redpoll.Options{Addr: addr}, func(err error) {
					if !errors.Is(err, redpoll.ErrMoved) {
						t.Errorf("got %v", err)
					}
				})
				if n := commands.Load(); n > attempts {
					t.Errorf("the server saw %d commands, want %d at most", n, attempts)
				}
			})
			t.Run("closed at the command/"+name, func(t *testing.T) {
				t.Parallel()
				var commands atomic.Int64
				peer := redpolltest.Scripted(t, func(nc net.Conn) {
					c := redpolltest.WrapConn(nc)
					if _, err := c.Command(); err != nil {
						return
					}
					if _, err := io.WriteString(c, "%1\r\n+proto\r\n:3\r\n"); err != nil {
						return
					}
					if _, err := c.Command(); err == nil {
						commands.Add(1)
					}
				})
				all(t, redpoll.Options{Addr: peer.Addr()}, func(err error) { maybe(nil).check(t, err) })
				if n := commands.Load(); n < 2 || n > attempts {
					t.Errorf("the server saw %d commands, want 2 to %d", n, attempts)
				}
			})
		}
	}
}

// Without a deadline, too, repeats come to an end.
func TestAttemptsAreBounded(t *testing.T) {
	t.Parallel()
	addr, commands := refusingPeer(t, func(string) string { return "-LOADING for ever\r\n" })
	c := clientWith(t, redpoll.Options{Addr: addr, MaxBackoff: 5 * time.Millisecond})
	if _, err := c.Incr(background, "k"); !errors.Is(err, redpoll.ErrLoading) || !errors.Is(err, redpoll.ErrRefused) {
		t.Errorf("got %v, want the server's refusal", err)
	}
	if n := commands.Load(); n != redpoll.DefaultMaxRetries+1 {
		t.Errorf("%d attempts, want %d", n, redpoll.DefaultMaxRetries+1)
	}
	proxy := redpolltest.NewProxy(t, "127.0.0.1:1")
	proxy.Refuse()
	for _, exclusive := range []bool{false, true} {
		c = clientWith(t, redpoll.Options{Addr: proxy.Addr(), Exclusive: exclusive, MaxRetries: 4, MaxBackoff: 5 * time.Millisecond})
		_, err := c.Incr(background, "k")
		notSent(nil).check(t, err)
		if n := c.Stats().Dials; n != 5 {
			t.Errorf("exclusive=%v: %d attempts to connect, want 5", exclusive, n)
		}
	}
}
