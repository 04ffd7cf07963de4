package deadlinks_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// frozen is a client behind a proxy.
type frozen struct {
	rdb   *redpoll.Client
	proxy *redpolltest.Proxy
}

func newFrozen(t *testing.T, o redpoll.Options) *frozen {
	t.Helper()
	srv := redpolltest.Shared(t)
	byURL, err := redpoll.ParseURL(srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	f := &frozen{proxy: redpolltest.NewProxy(t, srv.Addr())}
	o.Addr, o.DB = f.proxy.Addr(), byURL.DB
	if f.rdb, err = redpoll.New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.rdb.Close() })
	return f
}

// calls starts one call of a caller, with a deadline.
type calls func(ctx context.Context, rdb *redpoll.Client, caller, n int) error

func readsAndWrites(ctx context.Context, rdb *redpoll.Client, caller, n int) error {
	key := fmt.Sprint("k", caller)
	if n%2 == 0 {
		return rdb.Set(ctx, key, "v")
	}
	_, err := rdb.Get(ctx, key)
	return err
}

// freeze starts a caller for each deadline, which calls without a pause, and then freezes the open
// connections. It returns the number of failed calls since then, by caller. Each caller ends with its third
// success after the freeze.
func (f *frozen) freeze(t *testing.T, call calls, deadlines ...time.Duration) []int {
	t.Helper()
	var warm, all sync.WaitGroup
	var isFrozen atomic.Bool
	failed := make([]int, len(deadlines))
	warm.Add(len(deadlines))
	for i, deadline := range deadlines {
		all.Go(func() {
			good := 0
			for n := 0; good < 3; n++ {
				within := deadline
				if n < 10 {
					within = time.Minute // a slow machine may need time to begin
				}
				ctx, cancel := context.WithTimeout(context.Background(), within)
				cold := !isFrozen.Load()
				err := call(ctx, f.rdb, i, n)
				cancel()
				switch {
				case n == 10:
					warm.Done()
				case n < 10 && err != nil:
					t.Errorf("before the freeze: %v", err)
				case n < 10, !isFrozen.Load():
				case err != nil:
					failed[i]++
				case !cold:
					good++
				}
				if failed[i] > 20 {
					t.Errorf("caller %d never succeeds", i)
					return
				}
			}
		})
	}
	warm.Wait()
	f.proxy.Freeze()
	isFrozen.Store(true)
	all.Wait()
	return failed
}

// sixteen distributes these deadlines over sixteen callers.
func sixteen(deadlines ...time.Duration) (each []time.Duration) {
	for i := range 16 {
		each = append(each, deadlines[i%len(deadlines)])
	}
	return each
}

// fewFail checks that no caller had more than two failed calls.
func fewFail(t *testing.T, failed []int) {
	t.Helper()
	if slices.Max(failed) > 2 {
		t.Errorf("failed calls by caller: %v", failed)
	}
}

const ms = time.Millisecond

// If the open connections freeze and new ones work, each caller has two failed calls at most, whatever the
// deadlines of all callers are.
//
// Covers: R14, T3
func TestFrozenConnections(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]redpoll.Options{
		"shared": {}, "four shared": {Conns: 4}, "exclusive": {Exclusive: true}, "RESP2": {Protocol: 2},
		"shared, checked":    {HealthCheckInterval: ms},
		"exclusive, checked": {Exclusive: true, HealthCheckInterval: ms},
	} {
		for _, deadlines := range [][]time.Duration{
			{1000 * ms}, {1000 * ms, 1500 * ms, 3000 * ms},
		} {
			t.Run(fmt.Sprint(name, deadlines), func(t *testing.T) {
				t.Parallel()
				f := newFrozen(t, o)
				fewFail(t, f.freeze(t, readsAndWrites, sixteen(deadlines...)...))
				if !o.Exclusive && f.rdb.Stats().Suspects == 0 {
					t.Error("no connection was suspect")
				}
			})
		}
	}
}

// Calls with a connection of their own, pipelines and large calls have no more failures than single commands.
//
// Covers: R14
func TestFrozenConnectionsOfOtherCalls(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]calls{
		"pipelines": func(ctx context.Context, rdb *redpoll.Client, caller, n int) error {
			return rdb.Pipelined(ctx, func(p *redpoll.Pipeline) error {
				for i := range 20 {
					p.Set(fmt.Sprint("p", caller, i), n)
				}
				return nil
			}, redpoll.NoTransaction)
		},
		"transactions": func(ctx context.Context, rdb *redpoll.Client, caller, n int) error {
			key := fmt.Sprint("t", caller)
			return rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
				p := tx.Multi()
				p.Set(key, n)
				return p.Exec(ctx)
			}, key)
		},
		"sessions": func(ctx context.Context, rdb *redpoll.Client, caller, n int) error {
			c, err := rdb.Conn(ctx)
			if err != nil {
				return err
			}
			defer c.Close()
			return c.Set(ctx, fmt.Sprint("s", caller), n)
		},
		"locks": func(ctx context.Context, rdb *redpoll.Client, caller, n int) error {
			// A lock that may have been taken stays until its TTL has passed, so the next attempt uses
			// another name.
			l := rdb.Lock(fmt.Sprint("l", caller, ".", n), redpoll.LockOptions{TTL: time.Minute})
			h, err := l.TryAcquire(ctx)
			if err != nil {
				return err
			}
			return h.Release(ctx)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFrozen(t, redpoll.Options{})
			fewFail(t, f.freeze(t, call, sixteen(1000*ms, 1500*ms)...))
		})
	}
}

// A Conn has another connection after the call that was given up.
//
// Covers: R14, O7
func TestFrozenSession(t *testing.T) {
	t.Parallel()
	f := newFrozen(t, redpoll.Options{})
	c, err := f.rdb.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	failed := f.freeze(t,
		func(ctx context.Context, _ *redpoll.Client, _, n int) error { return c.Set(ctx, "k", n) }, 1000*ms)
	fewFail(t, failed)
}

// Idle connections on the dead link do not cost one deadline each.
//
// Covers: R14
func TestFrozenIdleConnections(t *testing.T) {
	t.Parallel()
	f := newFrozen(t, redpoll.Options{Exclusive: true})
	const idle = 8
	var conns []*redpoll.Conn
	for range idle {
		c, err := f.rdb.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
	}
	for _, c := range conns {
		_ = c.Close()
	}
	fewFail(t, f.freeze(t, readsAndWrites, 1000*ms))
}

// A frozen connection is closed when other connections have shown that the server answers, long before
// ReplyTimeout.
//
// Covers: R14
func TestFrozenConnectionIsClosed(t *testing.T) {
	t.Parallel()
	f := newFrozen(t, redpoll.Options{ReplyTimeout: time.Hour})
	f.freeze(t, readsAndWrites, sixteen(1000*ms)...)
	f.proxy.Await(func() bool { return f.proxy.Open() == 1 })
}

// If a connection was frozen for some time, callers who still wait get their replies, and it can be used
// again.
//
// Covers: R14
func TestFrozenConnectionGoesOn(t *testing.T) {
	t.Parallel()
	f := newFrozen(t, redpoll.Options{ReplyTimeout: time.Hour})
	if err := f.rdb.Set(t.Context(), "k", "v"); err != nil {
		t.Fatal(err)
	}
	f.proxy.Freeze()
	arrived := f.proxy.Arrived(redpolltest.ToServer)
	patient := make(chan error, 1)
	go func() { patient <- f.rdb.Set(context.Background(), "patient", "v") }()
	f.proxy.Await(func() bool { return f.proxy.Arrived(redpolltest.ToServer) > arrived })
	for f.rdb.Stats().Suspects == 0 {
		ctx, cancel := context.WithTimeout(t.Context(), 50*ms)
		_ = f.rdb.Set(ctx, "k", "v")
		cancel()
	}
	for range 10 { // over the other connection
		if err := f.rdb.Set(t.Context(), "k", "v"); err != nil {
			t.Error(err)
		}
	}
	select {
	case err := <-patient:
		t.Errorf("who has time got %v", err)
	default:
	}
	f.proxy.Clear()
	if err := <-patient; err != nil {
		t.Errorf("who has time got %v", err)
	}
	if got := f.rdb.Stats(); got.Closed != 0 || f.proxy.Accepted() != 2 {
		t.Errorf("%+v, %d connections", got, f.proxy.Accepted())
	}
}
