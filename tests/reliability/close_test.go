package reliability_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// closing is a client with calls under way, which Close must end.
type closing struct {
	c     *redpoll.Client
	calls map[string]chan error
	want  map[string]clients.Failed
}

// start starts a call.
func (x *closing) start(
	name string, want clients.Failed, run func(ctx context.Context, c *redpoll.Client) error,
) {
	if x.calls == nil {
		x.calls, x.want = map[string]chan error{}, map[string]clients.Failed{}
	}
	done := make(chan error, 1)
	x.calls[name], x.want[name] = done, want
	go func() { done <- run(background, x.c) }()
}

// close closes the client several times at once, and waits until all calls have ended.
func (x *closing) close(t *testing.T) {
	t.Helper()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := x.c.Close(); err != nil {
				t.Errorf("Close gave %v", err)
			}
		})
	}
	closed := make(chan struct{})
	go func() { wg.Wait(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Error("Close does not return")
	}
	for name, done := range x.calls {
		select {
		case err := <-done:
			want := x.want[name]
			want.Is = redpoll.ErrClosed
			t.Log(name, err)
			want.Check(t, err)
		case <-time.After(10 * time.Second):
			t.Errorf("%s does not end with the client", name)
		}
	}
	for _, call := range stuckCalls[:5] {
		err := call.run(background, x.c)
		clients.NotSent(redpoll.ErrClosed).Check(t, err)
	}
	_, err := x.c.Conn(background)
	clients.NotSent(redpoll.ErrClosed).Check(t, err)
	if err := x.c.Close(); err != nil {
		t.Errorf("Close once more gave %v", err)
	}
	if s := x.c.Stats(); s.SharedConns != 0 || s.IdleConns != 0 || s.LentConns != 0 {
		t.Errorf("after Close: %+v", s)
	}
}

// Close ends calls that wait for a reply, and leaves nothing behind. Not parallel: the test counts all
// goroutines and sockets of the process.
func TestCloseEndsCallsInFlight(t *testing.T) {
	for _, kind := range clients.WireKinds {
		t.Run(kind, func(t *testing.T) {
			redpolltest.NoLeaks(t)
			w := clients.NewWire(t, kind)
			x := &closing{c: w.Client(t)}
			warmBoth(t, x.c)
			w.Server.Pause()
			for i, call := range stuckCalls {
				want := call.want
				if call.name == "large SET" {
					// on a shared connection INCR and GET may wait behind it
					continue
				}
				if kind == "exclusive" || call.name == "BLPOP" || call.name == "Do BLPOP" {
					want = clients.Unanswered(nil) // only the first of them has a connection
				}
				arrived := w.Proxy.Arrived(redpolltest.ToServer)
				x.start(call.name, want, call.run)
				if i == 0 || kind != "exclusive" && call.name != "Do BLPOP" {
					// The calls start one by one, so that the first bytes of a new connection do not count as
					// theirs.
					w.Proxy.Await(func() bool { return w.Proxy.Arrived(redpolltest.ToServer) >= arrived+20 })
				}
			}
			x.close(t)
			w.Server.Resume()
		})
	}
}

// Close ends a write that is stuck, and the calls that are queued behind it.
func TestCloseEndsStuckWrite(t *testing.T) {
	for _, kind := range clients.WireKinds {
		t.Run(kind, func(t *testing.T) {
			redpolltest.NoLeaks(t)
			w := clients.NewWire(t, kind)
			x := &closing{c: w.Client(t)}
			clients.Warm(t, x.c)
			one := clients.Pin(t, x.c)
			w.Proxy.Hold(redpolltest.ToServer)
			large := make([]byte, 12<<20)
			x.start("large SET", clients.Unanswered(nil),
				func(ctx context.Context, _ *redpoll.Client) error { return one.Set(ctx, "k", large) })
			w.Proxy.Await(func() bool { return w.Proxy.Arrived(redpolltest.ToServer) > 256<<10 })
			sent := x.c.Stats().Commands
			x.start("INCR", clients.NotSent(nil), func(ctx context.Context, _ *redpoll.Client) error {
				_, err := one.Incr(ctx, "n")
				return err
			})
			redpolltest.Await(t, "the second call is queued",
				func() bool { return x.c.Stats().Commands > sent })
			x.close(t)
		})
	}
}

// Close ends calls without a connection: in dials, handshakes, pauses between attempts, and waits for the
// pool.
func TestCloseEndsConnecting(t *testing.T) {
	redpolltest.NoLeaks(t)
	silent := redpolltest.Scripted(t, func(conn net.Conn) {
		for {
			if _, err := conn.Read(make([]byte, 4096)); err != nil {
				return
			}
		}
	})
	refusing := redpolltest.NewProxy(t, "127.0.0.1:1")
	refusing.Refuse()
	for name, o := range map[string]redpoll.Options{
		"dial":      {Addr: redpolltest.Unanswered(t), DialTimeout: redpoll.Forever},
		"handshake": {Addr: silent.Addr(), DialTimeout: redpoll.Forever},
		"pause":     {Addr: refusing.Addr(), MinBackoff: time.Hour, RetryFor: redpoll.Forever},
	} {
		for _, exclusive := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, exclusive=%v", name, exclusive), func(t *testing.T) {
				redpolltest.NoLeaks(t)
				o.Exclusive = exclusive
				x := &closing{c: clients.New(t, o)}
				for _, call := range stuckCalls[:5] {
					x.start(call.name, clients.NotSent(nil), call.run)
				}
				if name == "pause" {
					redpolltest.Await(t, "an attempt has failed",
						func() bool { return x.c.Stats().DialErrors > 0 })
				} else {
					x.start("Conn", clients.NotSent(nil), func(ctx context.Context, c *redpoll.Client) error {
						_, err := c.Conn(ctx)
						return err
					})
					redpolltest.Await(t, "places are taken",
						func() bool { return x.c.Stats().LentConns >= 3 })
				}
				x.close(t)
			})
		}
	}
}

// Close ends the wait for a connection of a full pool, and the call that uses the connection.
func TestCloseEndsWaitForPool(t *testing.T) {
	redpolltest.NoLeaks(t)
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	x := &closing{c: clients.New(t, redpoll.Options{
		Addr: srv.Addr(), Exclusive: true, MaxConns: 1, WaitForConn: true, WaitTimeout: redpoll.Forever,
	})}
	block := func(ctx context.Context, c *redpoll.Client) error {
		_, err := c.BLPop(ctx, 0, "never")
		return err
	}
	x.start("holder", clients.MaybeExecuted(nil), block)
	redpolltest.Await(t, "the only connection is in use", func() bool { return x.c.Stats().Commands == 1 })
	x.start("waiter", clients.NotSent(nil), block)
	x.start("Conn", clients.NotSent(nil),
		func(ctx context.Context, c *redpoll.Client) error { _, err := c.Conn(ctx); return err })
	redpolltest.Await(t, "others wait", func() bool { return x.c.Stats().Waits == 2 })
	x.close(t)
}

// Calls that were given up leave nothing behind after Close, whether their replies arrive or not.
func TestCloseAfterCanceledCalls(t *testing.T) {
	for _, kind := range clients.WireKinds {
		t.Run(kind, func(t *testing.T) {
			redpolltest.NoLeaks(t)
			w := clients.NewWire(t, kind)
			x := &closing{c: w.Client(t)}
			warmBoth(t, x.c)
			w.Server.Pause()
			var wg sync.WaitGroup
			for i := range 30 {
				wg.Go(func() {
					ctx, cancel := context.WithTimeout(background, 20*time.Millisecond)
					defer cancel()
					clients.Unanswered(context.DeadlineExceeded).Check(t, stuckCalls[i%5].run(ctx, x.c))
				})
			}
			wg.Wait()
			x.close(t)
			w.Server.Resume()
		})
	}
}

// A closed client leaves nothing behind. If it shares its pool, the pool stays open.
//
// Covers: F14
func TestCloseLeavesNothing(t *testing.T) {
	redpolltest.NoLeaks(t)
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	pool, err := redpoll.NewPool(redpoll.Options{Addr: srv.Addr()})
	if err != nil {
		t.Fatal(err)
	}
	a := clients.New(t, redpoll.Options{Pool: pool})
	b := clients.New(t, redpoll.Options{Pool: pool})
	warmBoth(t, a)
	warmBoth(t, b)
	blocked := make(chan error, 1)
	go func() { _, err := b.BLPop(background, 0, "list"); blocked <- err }()
	redpolltest.Await(t, "the call is on its way", func() bool { return pool.Stats().LentConns == 1 })
	a.Close()
	_, err = a.Get(background, "k")
	clients.NotSent(redpoll.ErrClosed).Check(t, err)
	srv.Do("RPUSH", "list", "element")
	if err := <-blocked; err != nil {
		t.Errorf("closing one client ended a call of another: %v", err)
	}
	if err := b.Ping(background); err != nil {
		t.Errorf("closing one client closed the pool: %v", err)
	}
	pool.Close()
	pool.Close()
	err = b.Ping(background)
	clients.NotSent(redpoll.ErrClosed).Check(t, err)
}

// If a client is closed while callers use it, every call succeeds or returns ErrClosed.
func TestCloseUnderLoad(t *testing.T) {
	for _, kind := range clients.WireKinds {
		t.Run(kind, func(t *testing.T) {
			redpolltest.NoLeaks(t)
			w := clients.NewWire(t, kind)
			for range 5 {
				c := w.Client(t)
				clients.Warm(t, c)
				var wg sync.WaitGroup
				for i := range 20 {
					wg.Go(func() {
						for {
							ctx, cancel := context.WithTimeout(background, 20*time.Second)
							_, err := c.Incr(ctx, fmt.Sprint(kind, i))
							cancel()
							if err == nil {
								continue
							}
							if !errors.Is(err, redpoll.ErrClosed) {
								t.Errorf("got %v", err)
							}
							return
						}
					})
				}
				sent := c.Stats().Commands
				redpolltest.Await(t, "callers work", func() bool { return c.Stats().Commands > sent+200 })
				c.Close()
				wg.Wait()
			}
		})
	}
}
