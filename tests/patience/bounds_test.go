package patience_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// maxConns is the default of Options.MaxConns.
func maxConns() int { return max(32, 10*runtime.GOMAXPROCS(0)) }

// Any number of concurrent transactions uses a limited number of connections.
func TestTransactionsShareBoundedConnections(t *testing.T) {
	play(t, redpoll.Options{}, func(t *testing.T, rdb *redpoll.Client, s *testkit.Played) {
		s.Answer = inMulti()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		var all sync.WaitGroup
		var most atomic.Int64
		for range 3000 {
			all.Go(func() {
				err := rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
					testkit.Pass(time.Millisecond)
					for n := int64(s.Open()); n > most.Load(); {
						most.Store(n)
					}
					return increase(ctx)(tx)
				}, "n")
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := most.Load(); n > int64(maxConns()) || s.Dials() != maxConns() {
			t.Errorf("%d connections at a time, %d dials, want %d", n, s.Dials(), maxConns())
		}
		got, want := rdb.Stats().Sessions, (redpoll.ClassStats{Open: maxConns(), Idle: maxConns()})
		if got != want {
			t.Errorf("afterwards %+v, want %+v", got, want)
		}
	})
}

// At MaxConns, callers get connections in the order in which they came.
func TestWaitingInOrder(t *testing.T) {
	play(t, redpoll.Options{MaxConns: 1}, func(t *testing.T, rdb *redpoll.Client, s *testkit.Played) {
		one, err := rdb.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var order []int // guarded by the only connection
		var all sync.WaitGroup
		const callers = 20
		for i := range callers {
			all.Go(func() {
				c, err := rdb.Conn(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				order = append(order, i)
				c.Close()
			})
			synctest.Wait()
			if n := rdb.Stats().Sessions.Waiting; n != i+1 {
				t.Errorf("%d callers wait, want %d", n, i+1)
			}
		}
		one.Close()
		all.Wait()
		for i := range order {
			if order[i] != i {
				t.Fatalf("served in the order %v", order)
			}
		}
		if len(order) != callers || s.Dials() != 1 {
			t.Errorf("%d were served over %d connections", len(order), s.Dials())
		}
	})
}

// If each holder of a connection waits for a second one, all waits end with their contexts. The error names
// the option that limits the connections, and their holders. Connections of the first holders that end serve
// the others.
func TestHoldersThatWaitForOneAnother(t *testing.T) {
	for name, c := range map[string]struct {
		deadline time.Duration
		want     error
		after    time.Duration
	}{
		"a deadline":  {5 * time.Second, context.DeadlineExceeded, 5 * time.Second},
		"no deadline": {0, redpoll.ErrPoolTimeout, redpoll.DefaultWaitTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, redpoll.Options{}, func(t *testing.T, rdb *redpoll.Client, s *testkit.Played) {
				ctx := t.Context()
				if c.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.deadline)
					defer cancel()
				}
				began := time.Now()
				var all, inside sync.WaitGroup
				inside.Add(maxConns())
				told := make(chan error, maxConns())
				for range maxConns() {
					all.Go(func() {
						err := rdb.Transaction(ctx, func(*redpoll.Tx) error {
							inside.Done()
							inside.Wait()
							c, err := rdb.Conn(ctx)
							if err == nil {
								c.Close()
							}
							return err
						})
						if err != nil {
							told <- err
						}
					})
				}
				all.Wait()
				testkit.Took(t, "the transactions", began, c.after, c.after)
				close(told)
				clear := 0
				for err := range told {
					wantNotSent(t, err, c.want)
					says := true
					for _, words := range []string{
						"MaxConns", "transactions and Conn", fmt.Sprint("all ", maxConns(), " connections"),
					} {
						says = says && strings.Contains(err.Error(), words)
					}
					if says {
						clear++
					}
				}
				if clear == 0 {
					t.Error("nobody was told what the connections were used for")
				}
				if err := rdb.Transaction(t.Context(), func(*redpoll.Tx) error { return nil }); err != nil {
					t.Errorf("afterwards: %v", err)
				}
			})
		})
	}
}

// Slow transactions are not mistaken for holders that wait for each other: while connections come back,
// callers without a deadline keep waiting.
func TestSlowTransactionsAreAwaited(t *testing.T) {
	play(t, redpoll.Options{MaxConns: 1}, func(t *testing.T, rdb *redpoll.Client, s *testkit.Played) {
		began := time.Now()
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				err := rdb.Transaction(context.Background(), func(*redpoll.Tx) error {
					testkit.Pass(15 * time.Second)
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		testkit.Took(t, "ten transactions in turn", began, 150*time.Second, 150*time.Second)
	})
}

// At MaxBlocking a blocking command fails at once, and the error says what to do.
func TestBlockingCommandsAreBounded(t *testing.T) {
	for name, c := range map[string]struct {
		set, bound int
	}{"default": {0, redpoll.DefaultMaxBlocking}, "set": {3, 3}} {
		t.Run(name, func(t *testing.T) {
			play(t, redpoll.Options{MaxBlocking: c.set},
				func(t *testing.T, rdb *redpoll.Client, s *testkit.Played) {
					ctx, cancel := context.WithCancel(t.Context())
					var all sync.WaitGroup
					for range c.bound {
						all.Go(func() { _, _ = rdb.BLPop(ctx, 0, "queue") })
					}
					synctest.Wait()
					began := time.Now()
					_, err := rdb.BLPop(ctx, 0, "queue")
					wantNotSent(t, err, redpoll.ErrPoolExhausted)
					if !strings.Contains(err.Error(), fmt.Sprint("all ", c.bound, " connections")) ||
						!strings.Contains(err.Error(), "MaxBlocking") {
						t.Errorf("got %v", err)
					}
					testkit.Took(t, "the error", began, 0, 0)
					got, want := rdb.Stats().Blocking, (redpoll.ClassStats{Open: c.bound, Lent: c.bound})
					if got != want {
						t.Errorf("%+v, want %+v", got, want)
					}
					cancel()
					all.Wait()
				})
		})
	}
}

// Large requests use a few connections, in their order. These connections are closed soon afterwards.
func TestLargeRequestsAreBounded(t *testing.T) {
	const most = 8
	play(t, redpoll.Options{}, func(t *testing.T, rdb *redpoll.Client, s *testkit.Played) {
		gate := make(chan struct{})
		s.Answer = func(n int, words []string) string {
			if words[0] == "SET" {
				<-gate
			}
			return answer(n, words)
		}
		var all sync.WaitGroup
		large := strings.Repeat("x", 300<<10)
		for range 3 * most {
			all.Go(func() {
				p := rdb.Pipeline(redpoll.NoTransaction)
				p.Set("k", large)
				if err := p.Exec(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		testkit.Pass(5 * time.Millisecond) // until then they take turns on one connection
		synctest.Wait()
		got := rdb.Stats().Large
		if want := (redpoll.ClassStats{Open: most, Lent: most, Waiting: 2 * most}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		close(gate)
		all.Wait()
		if got, want := rdb.Stats().Large, (redpoll.ClassStats{Open: most, Idle: most}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		testkit.Pass(11 * time.Second)
		if got := rdb.Stats().Large; got.Open != 0 || s.Open() != 0 {
			t.Errorf("11 s later: %+v", got)
		}
	})
}

// While all connections of each class are in use, no other call waits: commands, Do, locks and health checks
// work.
func TestOthersDoNotWait(t *testing.T) {
	play(t, redpoll.Options{MaxConns: 2, MaxBlocking: 2, HealthCheckInterval: time.Second},
		func(t *testing.T, rdb *redpoll.Client, s *testkit.Played) {
			ctx, cancel := context.WithCancel(t.Context())
			var all sync.WaitGroup
			for range 2 {
				c, err := rdb.Conn(ctx)
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
			}
			for range 2 {
				all.Go(func() { _, _ = rdb.BLPop(ctx, 0, "queue") })
				all.Go(func() { _, _ = rdb.Conn(ctx) })
			}
			testkit.Pass(time.Minute) // a health check is due
			began := time.Now()
			if _, err := rdb.Get(ctx, "k"); err != nil {
				t.Error(err)
			}
			if _, err := rdb.Do(ctx, "GET", "k"); err != nil {
				t.Error(err)
			}
			held, err := rdb.Lock("l", redpoll.LockOptions{TTL: time.Minute}).Acquire(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if err := held.Release(ctx); err != nil {
				t.Error(err)
			}
			testkit.Took(t, "the others", began, 0, 0)
			cancel()
			all.Wait()
		})
}

// FailAtMaxConns makes calls fail at once. Unlimited removes the limits.
func TestOtherRulesAtTheBound(t *testing.T) {
	play(t, redpoll.Options{MaxConns: 1, FailAtMaxConns: true},
		func(t *testing.T, rdb *redpoll.Client, s *testkit.Played) {
			c, err := rdb.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			began := time.Now()
			_, err = rdb.Conn(t.Context())
			wantNotSent(t, err, redpoll.ErrPoolExhausted)
			testkit.Took(t, "the error", began, 0, 0)

			wide := newClient(t, s, redpoll.Options{
				MaxConns: redpoll.Unlimited, MaxBlocking: redpoll.Unlimited,
			})
			for range 2 * maxConns() {
				c, err := wide.Conn(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
			}
			ctx, cancel := context.WithCancel(t.Context())
			var all sync.WaitGroup
			for range redpoll.DefaultMaxBlocking + 10 {
				all.Go(func() {
					if _, err := wide.BLPop(ctx, 0, "queue"); !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
				})
			}
			synctest.Wait()
			cancel()
			all.Wait()
		})
}

// WaitTimeout limits the wait, with or without WaitForConn.
func TestWaitTimeout(t *testing.T) {
	play(t, redpoll.Options{MaxConns: 1, WaitTimeout: time.Second},
		func(t *testing.T, rdb *redpoll.Client, s *testkit.Played) {
			c, err := rdb.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			began := time.Now()
			_, err = rdb.Conn(ctx)
			wantNotSent(t, err, redpoll.ErrPoolTimeout)
			testkit.Took(t, "the wait", began, time.Second, time.Second)
		})
}
