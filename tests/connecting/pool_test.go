package connecting_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// Covers: F90, F92
func TestExclusiveCommandsTakeTurns(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{Exclusive: true, MaxConns: 1})
	srv.Do("SET", "text", "x")
	for range 20 {
		clients.Usable(t, rdb)
		clients.WantConns(t, rdb.Stats(), 0, 1)
		if _, err := rdb.Incr(t.Context(), "text"); !errors.Is(err, redpoll.ErrRefused) {
			t.Errorf("INCR of text gives %v", err)
		}
		clients.WantConns(t, rdb.Stats(), 0, 1)
		if _, err := rdb.HGet(t.Context(), "text", "f"); !errors.Is(err, redpoll.ErrWrongType) {
			t.Errorf("HGET of text gives %v", err)
		}
	}
	if s := rdb.Stats(); s.Dials != 1 || s.SharedConns != 0 || s.Commands != 60 {
		t.Errorf("after 60 commands in turn: %+v", s)
	}
}

// Each command uses a connection of its own, even when commands run at the same time.
//
// Covers: F90
func TestExclusiveCommandsRunApart(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{Exclusive: true})
	done := make(chan error, 1)
	go func() {
		_, err := rdb.BLPop(t.Context(), time.Minute, "list")
		done <- err
	}()
	redpolltest.Await(t, "BLPOP waits", func() bool { return testkit.Blocked(srv) })
	if _, err := rdb.RPush(t.Context(), "list", "x"); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	clients.WantConns(t, rdb.Stats(), 0, 2)
}

// Covers: F91, F109
func TestLastReturnedIsLentFirst(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]bool{"plain": false, "waiting": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb, _ := clients.Shared(t, redpoll.Options{Exclusive: true, MaxConns: 3, WaitForConn: wait})
			a, b, c := clients.Pin(t, rdb), clients.Pin(t, rdb), clients.Pin(t, rdb)
			order := []int64{clients.ID(t, b), clients.ID(t, c), clients.ID(t, a)}
			_, _, _ = a.Close(), c.Close(), b.Close()
			for _, want := range order {
				if got := clients.ID(t, rdb); got != want {
					t.Errorf("a command runs on connection %d, want %d", got, want)
				}
				if got := clients.ID(t, clients.Pin(t, rdb)); got != want {
					t.Errorf("connection %d is lent, want %d", got, want)
				}
			}
		})
	}
}

// Covers: F92, F109
func TestPoolGrowsOnDemand(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]redpoll.Options{
		"plain": {Exclusive: true, MaxConns: 5}, "waiting": {Exclusive: true, MaxConns: 5, WaitForConn: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb, _ := clients.Shared(t, o)
			for range 10 {
				clients.Usable(t, rdb)
			}
			if n := rdb.Stats().Dials; n != 1 {
				t.Errorf("%d connections for commands in turn", n)
			}
			a, b := clients.Pin(t, rdb), clients.Pin(t, rdb)
			if n := rdb.Stats().Dials; n != 2 {
				t.Errorf("%d connections for two holders", n)
			}
			_, _ = a.Close(), b.Close()
			clients.Pin(t, rdb)
			if s := rdb.Stats(); s.Dials != 2 {
				t.Errorf("%d connections although one was idle", s.Dials)
			}
		})
	}
}

// Covers: F27, F70, F93, F97
func TestLimitOfConnections(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]redpoll.Options{"shared": {}, "exclusive": {Exclusive: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o.MaxConns, o.MaxBlocking, o.FailAtMaxConns = 2, 1, true
			rdb, _ := clients.Shared(t, o)
			a, b := clients.Pin(t, rdb), clients.Pin(t, rdb)
			if !o.Exclusive {
				go func() { _, _ = rdb.BLPop(t.Context(), 0, "never") }()
				redpolltest.Await(t, "a blocking command waits",
					func() bool { return rdb.Stats().Blocking.Lent == 1 })
			}
			exhausted := func(err error) {
				t.Helper()
				clients.ConnError(t, err, redpoll.PhaseQueue, redpoll.NotSent)
				if !errors.Is(err, redpoll.ErrPoolExhausted) ||
					!strings.Contains(err.Error(), "too many connections") {
					t.Errorf("got %v", err)
				}
			}
			_, err := rdb.Conn(t.Context())
			exhausted(err)
			_, err = rdb.BLPop(t.Context(), time.Second, "list")
			exhausted(err)
			if err = rdb.Ping(t.Context()); o.Exclusive {
				exhausted(err)
			} else if err != nil {
				t.Errorf("a command that shares its connection fails: %v", err)
			}
			clients.Usable(t, a) // a connection that is in use still works
			_ = b.Close()
			clients.Usable(t, rdb)
			clients.Usable(t, clients.Pin(t, rdb))
			want := uint64(2)
			if o.Exclusive {
				want++
			}
			if s := rdb.Stats(); s.Exhausted != want || s.Waits != 0 {
				t.Errorf("%d calls found the pool exhausted and %d waited, want %d and none",
					s.Exhausted, s.Waits, want)
			}
		})
	}
}

// Covers: F96
func TestFailureWhileReplacing(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr(), Exclusive: true, MaxConns: 1, NoRetry: true})
	clients.Usable(t, rdb)
	srv.Kill()
	for range 3 {
		clients.ConnError(t, rdb.Ping(t.Context()), redpoll.PhaseDial, redpoll.NotSent)
		clients.WantConns(t, rdb.Stats(), 0, 0)
	}
	srv.Restart()
	clients.Usable(t, rdb)
	clients.WantConns(t, rdb.Stats(), 0, 1)
}

// Covers: F99
func TestDisconnect(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{})
	ids := []int64{clients.ID(t, rdb)}
	held, idle := clients.Pin(t, rdb), clients.Pin(t, rdb)
	ids = append(ids, clients.ID(t, held), clients.ID(t, idle))
	_ = idle.Close()
	done := make(chan error, 1)
	go func() {
		_, err := held.BLPop(context.Background(), time.Minute, "list")
		done <- err
	}()
	redpolltest.Await(t, "BLPOP waits", func() bool { return testkit.Blocked(srv) })
	rdb.Disconnect()
	err := <-done
	clients.ConnError(t, err, redpoll.PhaseRead, redpoll.MaybeExecuted)
	if !errors.Is(err, redpoll.ErrConnClosed) || errors.Is(err, redpoll.ErrClosed) {
		t.Errorf("%v: the connection is closed, the client is not", err)
	}
	for _, id := range ids {
		redpolltest.Await(t, "the connection is closed", func() bool {
			return srv.Do("CLIENT", "LIST", "ID", strconv.FormatInt(id, 10)) == ""
		})
	}
	for i, one := range []*redpoll.Client{rdb, &held.Client, &clients.Pin(t, rdb).Client} {
		if got := clients.ID(t, one); got <= ids[2] {
			t.Errorf("client %d uses the connection %d again", i, got)
		}
	}
	clients.WantConns(t, rdb.Stats(), 2, 0)
}

// Covers: F100
func TestReset(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{})
	gone := func(id int64) bool { return srv.Do("CLIENT", "LIST", "ID", strconv.FormatInt(id, 10)) == "" }
	held, idle := clients.Pin(t, rdb), clients.Pin(t, rdb)
	shared, heldID, idleID := clients.ID(t, rdb), clients.ID(t, held), clients.ID(t, idle)
	_ = idle.Close()
	done := make(chan error, 1)
	go func() {
		_, err := held.BLPop(t.Context(), time.Minute, "list")
		done <- err
	}()
	redpolltest.Await(t, "BLPOP waits", func() bool { return testkit.Blocked(srv) })
	rdb.Reset()
	redpolltest.Await(t, "idle and shared connections are closed",
		func() bool { return gone(idleID) && gone(shared) })
	if gone(heldID) {
		t.Error("a connection in use is closed")
	}
	if _, err := rdb.RPush(t.Context(), "list", "x"); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Errorf("the command in flight ends with %v", err)
	}
	if got := clients.ID(t, held); got != heldID {
		t.Errorf("the held connection is %d, was %d", got, heldID)
	}
	_ = held.Close()
	redpolltest.Await(t, "the held connection is closed when it comes back",
		func() bool { return gone(heldID) })
	clients.WantConns(t, rdb.Stats(), 0, 0)
	if clients.ID(t, rdb) == shared || clients.ID(t, clients.Pin(t, rdb)) == heldID {
		t.Error("a forgotten connection is used")
	}
}

// Covers: F106
func TestWaitForConnection(t *testing.T) {
	t.Parallel()
	t.Run("time-out of the pool", func(t *testing.T) {
		t.Parallel()
		const patience = 20 * time.Millisecond
		rdb, _ := clients.Shared(t, redpoll.Options{
			Exclusive: true, MaxConns: 1, WaitForConn: true, WaitTimeout: patience,
		})
		clients.Pin(t, rdb)
		began := time.Now()
		err := rdb.Ping(t.Context())
		//houserules:ok clock: a lower bound, to which a busy machine only adds
		if took := time.Since(began); took < patience {
			t.Errorf("gave up after %v", took)
		}
		clients.ConnError(t, err, redpoll.PhaseQueue, redpoll.NotSent)
		if !errors.Is(err, redpoll.ErrPoolTimeout) ||
			!strings.Contains(err.Error(), "no connection available") {
			t.Errorf("got %v", err)
		}
		if s := rdb.Stats(); s.Waits != 1 || s.WaitTimeouts != 1 || s.Exhausted != 0 {
			t.Errorf("the counters are %+v", s)
		}
	})
	t.Run("end of the context", func(t *testing.T) {
		t.Parallel()
		rdb, _ := clients.Shared(t, redpoll.Options{
			Exclusive: true, MaxConns: 1, WaitForConn: true, WaitTimeout: redpoll.Forever,
		})
		one := clients.Pin(t, rdb)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		err := rdb.Ping(ctx)
		clients.ConnError(t, err, redpoll.PhaseQueue, redpoll.NotSent)
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, redpoll.ErrPoolTimeout) {
			t.Errorf("got %v", err)
		}
		_, err = rdb.Conn(ctx)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Conn gives %v", err)
		}
		_ = one.Close()
		clients.Usable(t, rdb)
	})
	t.Run("end of the client", func(t *testing.T) {
		t.Parallel()
		rdb, _ := clients.Shared(t, redpoll.Options{
			Exclusive: true, MaxConns: 1, WaitForConn: true, WaitTimeout: redpoll.Forever,
		})
		clients.Pin(t, rdb)
		done := make(chan error, 1)
		go func() { done <- rdb.Ping(context.Background()) }()
		redpolltest.Await(t, "the caller waits", func() bool { return rdb.Stats().Waits == 1 })
		_ = rdb.Close()
		if err := <-done; !errors.Is(err, redpoll.ErrClosed) {
			t.Errorf("got %v", err)
		}
	})
}

// Covers: F107
func TestWaitingDefaults(t *testing.T) {
	t.Parallel()
	rdb, _ := clients.Shared(t, redpoll.Options{Exclusive: true, WaitForConn: true})
	for range 50 {
		clients.Pin(t, rdb)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := rdb.Conn(ctx)
		done <- err
	}()
	redpolltest.Await(t, "number 51 waits", func() bool { return rdb.Stats().Waits == 1 })
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if redpoll.DefaultWaitTimeout != 20*time.Second || redpoll.DefaultWaitConns != 50 {
		t.Errorf("the defaults are %v and %d", redpoll.DefaultWaitTimeout, redpoll.DefaultWaitConns)
	}
}

// Covers: F108
func TestReturnedConnectionWakesTheFirstWaiter(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{Exclusive: true, MaxConns: 1, WaitForConn: true})
	one := clients.Pin(t, rdb)
	id := clients.ID(t, one)
	order := make(chan string, 3)
	var wg sync.WaitGroup
	for i, name := range []string{"first", "second", "third"} {
		wg.Go(func() {
			if err := rdb.Set(t.Context(), "last", name); err != nil {
				t.Error(err)
			}
			order <- name
		})
		redpolltest.Await(t, name+" waits", func() bool { return rdb.Stats().Waits == uint64(i+1) })
	}
	_ = one.Close()
	wg.Wait()
	if got := srv.Do("GET", "last"); got != "third" {
		t.Errorf("%v came last: waiters are not served in their order", got)
	}
	if got := clients.ID(t, rdb); got != id || rdb.Stats().Dials != 1 {
		t.Errorf("the waiters used the connection %d of %d, want %d", got, rdb.Stats().Dials, id)
	}
}

// If a connection breaks while it is in use, a waiter gets its place.
//
// Covers: F96, F108
func TestBrokenConnectionMakesRoom(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{Exclusive: true, MaxConns: 1, WaitForConn: true})
	one := clients.Pin(t, rdb)
	done := make(chan error, 1)
	go func() { done <- rdb.Ping(t.Context()) }()
	redpolltest.Await(t, "a caller waits", func() bool { return rdb.Stats().Waits == 1 })
	kill(t, srv, clients.ID(t, one))
	_ = one.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
	clients.WantConns(t, rdb.Stats(), 0, 1)
}

// Covers: F6
func TestStats(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Shared(t)
	pool := clients.NewPool(t, redpoll.Options{Addr: srv.Addr(), DB: srv.DB})
	a, b := clients.New(t, redpoll.Options{Pool: pool}), clients.New(t, redpoll.Options{Pool: pool})
	counted := func(s redpoll.Stats) redpoll.Stats {
		s.BytesSent, s.BytesReceived = 0, 0 // the length of a handshake varies
		return s
	}
	if got := pool.Stats(); got != (redpoll.Stats{}) {
		t.Errorf("a new pool has %+v", got)
	}
	clients.Usable(t, a)
	clients.Usable(t, b)
	one := clients.Pin(t, a)
	clients.Usable(t, one)
	want := redpoll.Stats{
		SharedConns: 1, LentConns: 1, Dials: 2, Commands: 3, Writes: 3,
		Sessions: redpoll.ClassStats{Open: 1, Lent: 1},
	}
	for _, got := range []redpoll.Stats{a.Stats(), b.Stats(), one.Stats(), pool.Stats()} {
		if counted(got) != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	_ = one.Close()
	want.LentConns, want.IdleConns, want.Sessions = 0, 1, redpoll.ClassStats{Open: 1, Idle: 1}
	if got := counted(pool.Stats()); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	_ = pool.Close()
	want.SharedConns, want.IdleConns, want.Closed, want.Sessions = 0, 0, 2, redpoll.ClassStats{}
	if got := counted(pool.Stats()); got != want {
		t.Errorf("after Close: %+v, want %+v", got, want)
	}
	lost := clients.New(t, redpoll.Options{Addr: t.TempDir() + "/nobody", NoRetry: true})
	_ = lost.Ping(t.Context())
	if got := lost.Stats(); got.Dials != 1 || got.DialErrors != 1 {
		t.Errorf("after a failed attempt: %+v", got)
	}
}

// Bytes are counted as they go over the wire, for open and closed connections.
func TestStatsOfBytes(t *testing.T) {
	t.Parallel()
	for _, kind := range clients.WireKinds {
		if kind == "TLS" {
			continue // TLS adds bytes on the wire
		}
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := clients.NewWire(t, kind)
			rdb := w.Client(t)
			large := strings.Repeat("x", 1<<20)
			for range 2 {
				if err := rdb.Set(t.Context(), "k", large); err != nil {
					t.Fatal(err)
				}
				if got, err := rdb.Get(t.Context(), "k"); err != nil || got != large {
					t.Fatalf("GET gives %d bytes, %v", len(got), err)
				}
				queue := func(p *redpoll.Pipeline) error { p.Ping(); p.Get("k"); return nil }
				if err := rdb.Pipelined(t.Context(), queue); err != nil {
					t.Fatal(err)
				}
				s := rdb.Stats()
				sent, came := w.Proxy.Bytes(redpolltest.ToServer), w.Proxy.Bytes(redpolltest.ToClient)
				if s.BytesSent != uint64(sent) || s.BytesReceived != uint64(came) {
					t.Errorf("%d bytes sent and %d received are counted, the proxy has passed on %d and %d",
						s.BytesSent, s.BytesReceived, sent, came)
				}
				rdb.Pool().Disconnect()
			}
		})
	}
}

// Requests are in flight until their replies arrive, even if their callers do not wait any more.
func TestStatsInFlight(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	p := testkit.Listen(t, func(n int, words []string) string {
		if words[0] == "GET" {
			<-gate
		}
		return testkit.Friendly(n, words)
	})
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr()})
	ctx, cancel := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	for i := range 6 {
		callers.Go(func() {
			if i < 2 {
				_, _ = rdb.Get(ctx, "k")
			} else if _, err := rdb.Get(t.Context(), "k"); err != nil {
				t.Error(err)
			}
		})
	}
	redpolltest.Await(t, "six are in flight", func() bool { return rdb.Stats().InFlight == 6 })
	cancel()
	if got := rdb.Stats().InFlight; got != 6 {
		t.Errorf("%d are in flight after two callers have gone", got)
	}
	close(gate)
	callers.Wait()
	redpolltest.Await(t, "none is in flight", func() bool { return rdb.Stats().InFlight == 0 })
}

// The number of retries is the one that hooks hear of, for commands and for the retried parts of pipelines.
func TestStatsOfRetries(t *testing.T) {
	t.Parallel()
	var loading atomic.Int64
	loading.Store(5)
	p := testkit.Listen(t, func(n int, words []string) string {
		switch {
		case words[0] == "GET" && n <= 3:
			return testkit.HangUp
		case words[0] == "INCR" && loading.Add(-1) >= 0:
			return "-LOADING the data set\r\n"
		}
		return testkit.Friendly(n, words)
	})
	var n notes
	pool := clients.NewPool(t, redpoll.Options{Addr: p.Addr()})
	rdb := clients.New(t, redpoll.Options{
		Pool: pool, Hooks: []redpoll.Hook{journal{"a", &n}}, MinBackoff: time.Millisecond,
		MaxBackoff: time.Millisecond,
	})
	ctx := t.Context()
	if _, err := rdb.Get(ctx, "k"); err != nil {
		t.Error(err)
	}
	if got := pool.Stats().Retries; got != 3 {
		t.Errorf("after three losses there were %d repeats", got)
	}
	if _, err := rdb.Incr(ctx, "k"); err != nil {
		t.Error(err)
	}
	loading.Store(2)
	queue := func(p *redpoll.Pipeline) error { p.Set("a", 1); p.Incr("b"); return nil }
	if err := rdb.Pipelined(ctx, queue, redpoll.NoTransaction); err != nil {
		t.Error(err)
	}
	heard := 0
	for _, e := range n.ends {
		heard += e.Attempts - 1
	}
	if got := pool.Stats().Retries; got != uint64(heard) || got != 3+5+2 || rdb.Stats().Retries != got {
		t.Errorf("%d repeats are counted, hooks have heard of %d", got, heard)
	}
}

// Commands of many callers are under way on one connection at the same time.
func TestCallersShareAConnection(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Shared(t)
	proxy := redpolltest.NewProxy(t, srv.Addr())
	rdb := clients.New(t, redpoll.Options{Addr: proxy.Addr(), DB: srv.DB})
	clients.Usable(t, rdb)
	proxy.Hold(redpolltest.ToClient)
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			if got, err := rdb.Echo(t.Context(), i); got != fmt.Sprint(i) || err != nil {
				t.Errorf("ECHO %d gives %q, %v", i, got, err)
			}
		})
	}
	redpolltest.Await(t, "all requests are under way", func() bool { return rdb.Stats().Commands == 101 })
	proxy.Clear()
	wg.Wait()
	if s := rdb.Stats(); s.SharedConns != 1 || s.Dials != 1 {
		t.Errorf("the callers do not share a connection: %+v", s)
	}
}

// Covers: F101
func TestPoolCarriesTheOptionsOfItsConnections(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t,
		redpolltest.ServerOptions{Users: []redpolltest.User{{Name: "app", Password: "pw"}}})
	pool := clients.NewPool(t, redpoll.Options{
		Addr: srv.Addr(), Username: "app", Password: "pw", DB: 3, ClientName: "pooled", Exclusive: true,
	})
	rdb := clients.New(t, redpoll.Options{Pool: pool})
	v, err := rdb.Do(t.Context(), "CLIENT", "LIST")
	if err != nil {
		t.Fatal(err)
	}
	list, _ := v.Text()
	for _, want := range []string{"name=pooled ", "db=3 ", "user=app "} {
		if !strings.Contains(list, want) {
			t.Errorf("no connection has %q: %s", want, list)
		}
	}
	clients.WantConns(t, rdb.Stats(), 0, 1)
}
