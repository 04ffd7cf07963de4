package reliability_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// ended runs a call without a deadline. The call must end by itself, and half a minute counts as never.
func ended(t *testing.T, what string, run func(ctx context.Context) error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- run(background) }()
	select {
	case err := <-done:
		return err
	case <-time.After(30 * time.Second):
		t.Fatalf("%s did not end without a deadline", what)
		return nil
	}
}

// timedOut checks for an error of the client's own timeouts.
func timedOut(t *testing.T, want clients.Failed, err error) {
	t.Helper()
	want.Is = os.ErrDeadlineExceeded
	want.Check(t, err)
	var ne net.Error
	if !errors.As(err, &ne) || !ne.Timeout() {
		t.Errorf("%v is not a time-out by net.Error", err)
	}
}

// Without a deadline, a call on a dead link ends with the client's timeouts. The next call gets a new
// connection.
//
// Covers: F115, F116
func TestTimeoutsEndCallsOnADeadLink(t *testing.T) {
	t.Parallel()
	for _, kind := range clients.WireKinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			for _, call := range []stuckCall{
				stuckCalls[0], stuckCalls[1], stuckCalls[2],
				{"BLPOP", clients.MaybeExecuted(nil), func(ctx context.Context, c *redpoll.Client) error {
					_, err := c.BLPop(ctx, 100*time.Millisecond, "l")
					return err
				}, true},
				{"Do BLPOP", clients.MaybeExecuted(nil), func(ctx context.Context, c *redpoll.Client) error {
					_, err := c.Do(ctx, "BLPOP", "l", 0.1)
					return err
				}, true},
				stuckCalls[5],
			} {
				t.Run(call.name, func(t *testing.T) {
					t.Parallel()
					w := clients.NewWire(t, kind)
					c := w.Client(t, clients.BriefTimeouts)
					warmBoth(t, c)
					w.Server.Pause()
					timedOut(t, call.want,
						ended(t, call.name, func(ctx context.Context) error { return call.run(ctx, c) }))
					w.Server.Resume()
					clients.Warm(t, c)
					redpolltest.Await(t, "another ECHO is answered", func() bool {
						v, err := c.Echo(background, "fresh")
						if err == nil && v != "fresh" {
							t.Errorf("after the time-out ECHO gave %q", v)
						}
						return err == nil
					})
				})
			}
		})
	}
}

// The timeouts for connecting also apply without a deadline.
func TestTimeoutsEndConnecting(t *testing.T) {
	t.Parallel()
	silent := redpolltest.Scripted(t, func(conn net.Conn) {
		for {
			if _, err := conn.Read(make([]byte, 4096)); err != nil {
				return
			}
		}
	})
	for name, o := range map[string]redpoll.Options{
		"dial":                    {Addr: redpolltest.Unanswered(t)},
		"dial, exclusive":         {Addr: redpolltest.Unanswered(t), Exclusive: true},
		"handshake":               {Addr: silent.Addr()},
		"handshake, exclusive":    {Addr: silent.Addr(), Exclusive: true},
		"handshake of TLS":        {Addr: silent.Addr(), TLS: &tls.Config{}},
		"handshake, unix socket":  {Addr: silent.Socket()},
		"database on RESP2 is 12": {Addr: silent.Addr(), Protocol: 2, DB: 12},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clients.BriefTimeouts(&o)
			c := clients.New(t, o)
			timedOut(t, clients.NotSent(nil),
				ended(t, "GET", func(ctx context.Context) error { _, err := c.Get(ctx, "k"); return err }))
			timedOut(t, clients.NotSent(nil), ended(t, "BLPOP",
				func(ctx context.Context) error { _, err := c.BLPop(ctx, 0, "l"); return err }))
			timedOut(t, clients.NotSent(nil),
				ended(t, "Conn", func(ctx context.Context) error { _, err := c.Conn(ctx); return err }))
		})
	}
}

// The wait for a full pool ends after WaitTimeout.
//
// Covers: F106
func TestTimeoutEndsWaitForPool(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Shared(t)
	c := clients.New(t, redpoll.Options{
		Addr: srv.Addr(), DB: srv.DB, Exclusive: true, MaxConns: 1, WaitForConn: true,
		WaitTimeout: 50 * time.Millisecond,
	})
	one, err := c.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	err = ended(t, "BLPOP", func(ctx context.Context) error { _, err := c.BLPop(ctx, 0, "l"); return err })
	clients.NotSent(redpoll.ErrPoolTimeout).Check(t, err)
}

// A blocking command may wait as long as its own timeout, even if ReplyTimeout is shorter.
func TestBlockingCallOutlivesReplyTimeout(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Shared(t)
	for _, exclusive := range []bool{false, true} {
		t.Run(fmt.Sprintf("exclusive=%v", exclusive), func(t *testing.T) {
			t.Parallel()
			calls := map[string]func(c *redpoll.Client, key string) error{
				"BLPOP": func(c *redpoll.Client, key string) error {
					_, err := c.BLPop(background, time.Hour, key)
					return err
				},
				"Do BLPOP": func(c *redpoll.Client, key string) error {
					_, err := c.Do(background, "BLPOP", key, 3600)
					return err
				},
				"Do BLMOVE": func(c *redpoll.Client, key string) error {
					_, err := c.Do(background, "BLMOVE", key, "other", "LEFT", "LEFT", 3600)
					return err
				},
			}
			o := redpoll.Options{
				Addr: srv.Addr(), DB: srv.DB, ReplyTimeout: clients.Brief, Exclusive: exclusive,
			}
			c := clients.New(t, o)
			done := make(chan error, len(calls))
			for name, call := range calls {
				go func() {
					err := call(c, fmt.Sprint(exclusive, name))
					if err != nil {
						err = fmt.Errorf("%s: %w", name, err)
					}
					done <- err
				}()
			}
			redpolltest.Await(t, "all are on their way",
				func() bool { return c.Stats().Commands >= uint64(len(calls)) })
			clients.Outlast(t, o)
			for name := range calls {
				srv.Do("RPUSH", fmt.Sprint(exclusive, name), "element")
			}
			for range calls {
				if err := <-done; err != nil {
					t.Error(err)
				}
			}
			if s := c.Stats(); s.Closed != 0 {
				t.Errorf("waiting cost %d connections", s.Closed)
			}
		})
	}
}

// A silent connection is closed in the end, even if all its calls were given up.
func TestSilentConnectionIsClosedWithoutCallers(t *testing.T) {
	t.Parallel()
	w := clients.NewWire(t, "TCP")
	c := w.Client(t, clients.BriefTimeouts)
	clients.Warm(t, c)
	w.Server.Pause()
	before := w.Proxy.Arrived(redpolltest.ToServer)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { _, err := c.Incr(ctx, "n"); done <- err }()
	w.Proxy.Await(func() bool { return w.Proxy.Arrived(redpolltest.ToServer) > before })
	cancel()
	clients.Unanswered(context.Canceled).Check(t, <-done)
	w.Proxy.Await(func() bool { return w.Proxy.Open() == 0 })
	w.Server.Resume()
	clients.Warm(t, c)
}

// A blocking command in Do never stops the callers of a shared connection, in whatever form it is written.
func TestBlockingCommandsOfDoDisturbNobody(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Shared(t)
	for name, args := range map[string][]any{
		"BLPOP":            {"BLPOP", "never", 0},
		"lower case":       {"blpop", "never", 0},
		"bytes":            {"BLPOP", "never", []byte("0")},
		"BLMOVE":           {"BLMOVE", "never", "other", "LEFT", "LEFT", "0"},
		"BLMPOP":           {"BLMPOP", 0, 1, "never", "LEFT"},
		"BZPOPMIN":         {"BZPOPMIN", "never", 0.0},
		"XREAD":            {"XREAD", "BLOCK", 0, "STREAMS", "never", "$"},
		"XREAD, bytes":     {"XREAD", []byte("BLOCK"), 0, "STREAMS", "never", "$"},
		"XREAD with count": {"XREAD", "COUNT", 1, "block", 0, "STREAMS", "never", "$"},
		"callback options": {"BLPOP", "never", 0, redpoll.CallbackOptions{"a": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := clients.New(t, redpoll.Options{Addr: srv.Addr(), DB: srv.DB})
			clients.Warm(t, c)
			sent := c.Stats().Commands
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { _, err := c.Do(ctx, args...); done <- err }()
			redpolltest.Await(t, "the call is on its way",
				func() bool { return c.Stats().Commands > sent || len(done) > 0 })
			other, stop := context.WithTimeout(t.Context(), 30*time.Second)
			defer stop()
			if v, err := c.Echo(other, "hello"); err != nil || v != "hello" {
				t.Errorf("beside a blocking command ECHO gave %q, %v", v, err)
			}
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("the blocking command ended with %v", err)
			}
		})
	}
}

// A request that the server does not read ends after WriteTimeout. A call behind it on the same connection is
// not sent.
func TestWriteTimeoutEndsThoseBehind(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"TCP", "unix socket", "TLS"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := clients.NewWire(t, kind)
			c := w.Client(t, clients.BriefTimeouts, clients.NoRetry,
				func(o *redpoll.Options) { o.ReplyTimeout = redpoll.Forever })
			clients.Warm(t, c)
			one := clients.Pin(t, c)
			w.Proxy.Hold(redpolltest.ToServer)
			large := make(chan error, 1)
			go func() { large <- one.Set(background, "large", make([]byte, 12<<20)) }()
			w.Proxy.Await(func() bool { return w.Proxy.Arrived(redpolltest.ToServer) > 256<<10 })
			err := ended(t, "INCR",
				func(ctx context.Context) error { _, err := one.Incr(ctx, "n"); return err })
			timedOut(t, clients.NotSent(nil), err)
			timedOut(t, clients.Unanswered(nil), <-large)
			w.Proxy.Clear()
			if v := w.Server.Do("MGET", "large", "n"); v.([]any)[1] != nil {
				t.Errorf("what was not sent has been executed: %v", v)
			}
		})
	}
}
