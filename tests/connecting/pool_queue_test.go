package connecting_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// No call fails because of Reset, even without retries: calls under way end first, and a call that gets a
// connection which is about to be closed changes to another one.
//
// Covers: F100
func TestResetFailsNoCall(t *testing.T) {
	t.Parallel()
	const callers, calls = 8, 300
	for name, o := range map[string]redpoll.Options{
		"shared": {NoRetry: true}, "several": {NoRetry: true, Conns: 3},
		"exclusive":     {NoRetry: true, Exclusive: true},
		"health checks": {NoRetry: true, HealthCheckInterval: time.Microsecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb, srv := clients.Shared(t, o)
			var wg sync.WaitGroup
			var running, made atomic.Int64
			for range callers {
				running.Add(1)
				wg.Go(func() {
					defer running.Add(-1)
					for range calls {
						if _, err := rdb.Incr(t.Context(), "n"); err != nil {
							t.Error(err)
						}
						made.Add(1)
					}
				})
			}
			for running.Load() > 0 {
				rdb.Pool().Reset()
				before := made.Load() // new connections must be used too
				redpolltest.Await(t, "there are more calls",
					func() bool { return made.Load() > before || running.Load() == 0 })
			}
			wg.Wait()
			if got := srv.Do("GET", "n"); got != "2400" {
				t.Errorf("the counter is %v after %d calls", got, callers*calls)
			}
			redpolltest.Await(t, "no connection is left", func() bool {
				rdb.Pool().Reset() // once more, for a connection that was still being made
				s := rdb.Stats()
				return s.Closed == s.Dials && s.SharedConns+s.LentConns+s.IdleConns == 0
			})
		})
	}
}

// If a connection is closed, the calls in flight on it end. Their error tells whether the connection was
// closed, or the whole client.
func TestWhoWasClosed(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{})
	one := clients.Pin(t, rdb)
	pop := func() chan error {
		done := make(chan error, 1)
		go func() {
			_, err := one.BLPop(context.Background(), time.Hour, "list")
			done <- err
		}()
		redpolltest.Await(t, "BLPOP waits", func() bool { return testkit.Blocked(srv) })
		return done
	}
	done := pop()
	sent := rdb.Stats().Commands
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		redpolltest.Await(t, "the call is on its way", func() bool { return rdb.Stats().Commands > sent })
		cancel()
	}()
	if err := one.Ping(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("the call that gave up gets %v", err)
	}
	if err := <-done; !errors.Is(err, redpoll.ErrConnClosed) || errors.Is(err, redpoll.ErrClosed) {
		t.Errorf("the one beside it gets %v", err)
	}
	done = pop()
	_ = one.Close()
	if err := <-done; !errors.Is(err, redpoll.ErrClosed) || errors.Is(err, redpoll.ErrConnClosed) {
		t.Errorf("the closed client's call gets %v", err)
	}
	clients.Usable(t, rdb)
	// There may be an idle connection that was being made for the call that gave up.
	if lent := rdb.Stats().LentConns; lent != 0 {
		t.Errorf("%d connections are lent", lent)
	}
}

// gate is a dialer whose connections wait for a signal from the test.
type gate struct {
	waiting atomic.Int64
	open    chan struct{}
}

func (g *gate) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	g.waiting.Add(1)
	select {
	case <-g.open:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	var d net.Dialer
	return d.DialContext(ctx, network, addr)
}

// Connections to a server that can be reached are made at the same time.
func TestExclusiveConnectionsAreMadeAtOnce(t *testing.T) {
	t.Parallel()
	const callers = 20
	g := &gate{open: make(chan struct{})}
	rdb, _ := clients.Shared(t, redpoll.Options{Exclusive: true, Dialer: g.dial})
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() { clients.Usable(t, rdb) })
	}
	redpolltest.Await(t, "all are being made", func() bool { return g.waiting.Load() == callers })
	close(g.open)
	wg.Wait()
}

// If a caller gives up, the next one gets the connection that was being made for it.
func TestConnectionOfACallerThatGaveUp(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]redpoll.Options{
		"waiting": {WaitForConn: true, MaxConns: 1}, "at the limit": {MaxConns: 1}, "no limit": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := &gate{open: make(chan struct{})}
			o.Exclusive, o.Dialer = true, g.dial
			rdb, _ := clients.Shared(t, o)
			for range 10 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
				err := rdb.Ping(ctx)
				cancel()
				if !errors.Is(err, context.DeadlineExceeded) || redpoll.OutcomeOf(err) != redpoll.NotSent {
					t.Errorf("got %v", err)
				}
			}
			close(g.open)
			clients.Usable(t, rdb)
			if s := rdb.Stats(); s.Dials != 1 || s.Exhausted != 0 {
				t.Errorf("%d connections were made: %+v", s.Dials, s)
			}
		})
	}
}

// If a full pool waits and the server cannot be reached, each caller is told so, and not that all connections
// are in use.
func TestWaitersHearOfADeadServer(t *testing.T) {
	t.Parallel()
	proxy := redpolltest.NewProxy(t, "127.0.0.1:1")
	proxy.Refuse()
	rdb := clients.New(t, redpoll.Options{
		Addr: proxy.Addr(), Exclusive: true, MaxConns: 2, WaitForConn: true, WaitTimeout: redpoll.Forever,
		NoRetry: true,
	})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			clients.ConnError(t, rdb.Ping(context.Background()), redpoll.PhaseDial, redpoll.NotSent)
		})
	}
	wg.Wait()
	clients.WantConns(t, rdb.Stats(), 0, 0)
}

// Connections that were opened for a burst of calls are closed after it, unless the options keep them.
func TestIdleConnectionsAreClosed(t *testing.T) {
	t.Parallel()
	busy, _ := clients.Shared(t, redpoll.Options{IdleTimeout: redpoll.Forever})
	shy, _ := clients.Shared(t, redpoll.Options{IdleTimeout: 20 * time.Millisecond})
	for _, rdb := range []*redpoll.Client{busy, shy} {
		clients.Usable(t, rdb)
		a, b, held := clients.Pin(t, rdb), clients.Pin(t, rdb), clients.Pin(t, rdb)
		clients.Usable(t, held)
		_, _ = a.Close(), b.Close()
	}
	redpolltest.Await(t, "idle connections are closed",
		func() bool { s := shy.Stats(); return s.IdleConns == 0 && s.Closed == 2 })
	clients.WantConns(t, busy.Stats(), 1, 2)
	clients.WantConns(t, shy.Stats(), 1, 0)
	if n := shy.Stats().SharedConns; n != 1 {
		t.Errorf("%d shared connections", n)
	}
	clients.Usable(t, clients.Pin(t, shy))
	if redpoll.DefaultIdleTimeout != 5*time.Minute {
		t.Errorf("the default is %v", redpoll.DefaultIdleTimeout)
	}
}

// Each client of a shared pool retries by its own options.
func TestRetriesAreTheClientsOwn(t *testing.T) {
	t.Parallel()
	for _, exclusive := range []bool{false, true} {
		proxy := redpolltest.NewProxy(t, "127.0.0.1:1")
		proxy.Refuse()
		pool := clients.NewPool(t, redpoll.Options{
			Addr: proxy.Addr(), RetryFor: redpoll.Forever, MaxBackoff: 5 * time.Millisecond,
			Exclusive: exclusive,
		})
		for _, tt := range []struct {
			o           redpoll.Options
			least, most uint64 // attempts to connect
		}{{redpoll.Options{NoRetry: true}, 1, 1}, {redpoll.Options{RetryFor: time.Second}, 2, 1000}} {
			tt.o.Pool = pool
			before := pool.Stats().Dials
			clients.ConnError(t, clients.New(t, tt.o).Ping(context.Background()), redpoll.PhaseDial,
				redpoll.NotSent)
			if n := pool.Stats().Dials - before; n < tt.least || n > tt.most {
				t.Errorf("exclusive=%v: %d attempts, want %d to %d", exclusive, n, tt.least, tt.most)
			}
		}
	}
}

// Closing a client of a passed pool affects neither the pool nor the client's calls in flight.
//
// Covers: F14
func TestCallsOutliveTheClientOfAPassedPool(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Shared(t)
	rdb := clients.New(t,
		redpoll.Options{Pool: clients.NewPool(t, redpoll.Options{Addr: srv.Addr(), DB: srv.DB})})
	done := make(chan error, 1)
	go func() {
		_, err := rdb.BLPop(t.Context(), time.Hour, "list")
		done <- err
	}()
	redpolltest.Await(t, "BLPOP waits", func() bool { return testkit.Blocked(srv) })
	_ = rdb.Close()
	if _, err := rdb.RPush(t.Context(), "list", "x"); !errors.Is(err, redpoll.ErrClosed) {
		t.Errorf("a later call gives %v", err)
	}
	srv.Do("RPUSH", "list", "x")
	if err := <-done; err != nil {
		t.Errorf("the call in flight ends with %v", err)
	}
}
