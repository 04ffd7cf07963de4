package pipelines_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
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

// increment returns the function of a transaction that adds 1 to a counter.
func increment(ctx context.Context, key string) func(tx *redpoll.Tx) error {
	return func(tx *redpoll.Tx) error {
		n, err := redpoll.Int(tx.Get(ctx, key))
		if err != nil && !errors.Is(err, redpoll.Nil) {
			return err
		}
		tx.Multi().Set(key, n+1)
		return nil
	}
}

// Covers: F207, F210, E30
func TestTransaction(t *testing.T) {
	inBoth(t, func(t *testing.T, rdb *redpoll.Client, srv *redpolltest.Server) {
		ctx := t.Context()
		for name, conflict := range map[string]bool{"at once": false, "conflict in the first round": true} {
			t.Run(name, func(t *testing.T) {
				srv.Do("SET", "seq", "1")
				m := srv.Monitor()
				rounds, result := 0, 0
				var set *redpoll.Status
				err := rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
					rounds++
					n, err := redpoll.Int(tx.Get(ctx, "seq"))
					if err != nil {
						return err
					}
					if conflict && rounds == 1 {
						srv.Do("SET", "seq", "50")
					}
					result = n + 1
					set = tx.Multi().Set("seq", result)
					return nil
				}, "seq", "other")
				succeeds(t, errors.Join(err, set.Err()))
				want, sent := 2, "WATCH seq other; GET seq; MULTI; SET seq 2; EXEC"
				if conflict {
					want, sent = 51, "WATCH seq other; GET seq; MULTI; EXEC; WATCH seq other; GET seq; "+
						"MULTI; SET seq 51; EXEC"
				}
				v := srv.Do("GET", "seq")
				if v != fmt.Sprint(want) || result != want || (rounds == 2) != conflict {
					t.Errorf("after %d rounds the key is %v, the result %d", rounds, v, result)
				}
				wantSeen(t, m, sent)
				isFree(t, rdb, srv, "seq")
			})
		}
	})
}

// Covers: F208, E31
func TestTransactionWithoutMulti(t *testing.T) {
	inBoth(t, func(t *testing.T, rdb *redpoll.Client, srv *redpolltest.Server) {
		ctx := t.Context()
		m := srv.Monitor()
		succeeds(t, rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
			if err := tx.Set(ctx, "other", 1); err != nil {
				return err
			}
			if v := srv.Do("GET", "other"); v != "1" {
				t.Errorf("the write did not run at once: %v", v)
			}
			return nil
		}, "k"))
		wantSeen(t, m, "WATCH k; SET other 1; UNWATCH")
		isFree(t, rdb, srv, "k")

		// A transaction that only reads detects changes too.
		rounds := 0
		m.Reset()
		var a, b string
		succeeds(t, rdb.Transaction(ctx, func(tx *redpoll.Tx) (err error) {
			rounds++
			return tx.Set(ctx, "a", "own write")
		}, "a"))
		if rounds != 1 {
			t.Errorf("a function that writes at once ran %d times", rounds)
		}
		rounds = 0
		srv.Do("MSET", "a", "1", "b", "1")
		m.Reset()
		succeeds(t, rdb.Transaction(ctx, func(tx *redpoll.Tx) (err error) {
			rounds++
			if err := tx.Watch(ctx, "b"); err != nil { // a second watched key, but not a write
				return err
			}
			if a, err = tx.Get(ctx, "a"); err != nil {
				return err
			}
			if rounds == 1 {
				srv.Do("MSET", "a", "2", "b", "2")
			}
			b, err = tx.Get(ctx, "b")
			return err
		}, "a"))
		if a != "2" || b != "2" || rounds != 2 {
			t.Errorf("read %q and %q in %d rounds", a, b, rounds)
		}
		round := "WATCH a; WATCH b; GET a; GET b; MULTI; EXEC"
		wantSeen(t, m, round+"; "+round)
		isFree(t, rdb, srv, "a", "b")
	})
}

// Covers: F209
func TestTransactionWithoutKeys(t *testing.T) {
	inBoth(t, func(t *testing.T, rdb *redpoll.Client, srv *redpolltest.Server) {
		ctx := t.Context()
		m := srv.Monitor()
		var n *redpoll.Reply[int64]
		succeeds(t, rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
			pipe := tx.Multi()
			pipe.Set("k", 1)
			n = pipe.Incr("k")
			return nil
		}))
		if n.Val() != 2 {
			t.Errorf("got %d", n.Val())
		}
		succeeds(t, rdb.Transaction(ctx, func(*redpoll.Tx) error { return nil }))
		wantSeen(t, m, "MULTI; SET k 1; INCR k; EXEC")
		isFree(t, rdb, srv)
	})
}

// Covers: F211
func TestTransactionOptions(t *testing.T) {
	inBoth(t, func(t *testing.T, rdb *redpoll.Client, srv *redpolltest.Server) {
		ctx := t.Context()
		rounds := 0
		conflict := func(tx *redpoll.Tx) error {
			rounds++
			srv.Do("SET", "k", fmt.Sprint(rounds))
			tx.Multi().Set("k", "mine")
			return nil
		}
		m := srv.Monitor()
		for option, o := range map[string]redpoll.TxOptions{
			"TxOptions.Attempts": {Attempts: -1},
			"TxOptions.Delay":    {Delay: -1},
		} {
			var oe *redpoll.OptionError
			if err := rdb.TransactionWith(ctx, o, conflict, "k"); !errors.As(err, &oe) ||
				oe.Option != option {
				t.Errorf("%+v gives %v", o, err)
			}
		}
		wantSeen(t, m, "")
		err := rdb.TransactionWith(ctx, redpoll.TxOptions{Attempts: 3, Delay: time.Microsecond},
			conflict, "k")
		if !errors.Is(err, redpoll.ErrWatch) || redpoll.OutcomeOf(err) != redpoll.Refused || rounds != 3 {
			t.Errorf("%d attempts end with %v", rounds, err)
		}
		if v := srv.Do("GET", "k"); v != "3" {
			t.Errorf("the key is %v", v)
		}
		isFree(t, rdb, srv, "k")

	})
}

// Covers: F211
func TestPauseBeforeAnotherAttemptEndsEarly(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		end  func(rdb *redpoll.Client, cancel context.CancelCauseFunc)
		want error
	}{
		"with the context": {
			func(_ *redpoll.Client, cancel context.CancelCauseFunc) { cancel(errOwn) }, context.Canceled,
		},
		"with another call's failure": {
			func(_ *redpoll.Client, cancel context.CancelCauseFunc) { cancel(redpoll.ErrMaybeExecuted) },
			context.Canceled,
		},
		"with the client and its pool": {
			func(rdb *redpoll.Client, _ context.CancelCauseFunc) { _ = rdb.Close() }, redpoll.ErrClosed,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			executed := make(chan struct{})
			rdb, srv := clients.Shared(t, redpoll.Options{Hooks: []redpoll.Hook{
				&afterCommand{"transaction", sync.OnceFunc(func() { close(executed) })},
			}})
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			done := make(chan error, 1)
			go func() {
				done <- rdb.TransactionWith(ctx, redpoll.TxOptions{Delay: math.MaxInt64},
					func(tx *redpoll.Tx) error {
						srv.Do("SET", "k", "theirs")
						tx.Multi().Set("k", "mine")
						return nil
					}, "k")
			}()
			<-executed
			tc.end(rdb, cancel)
			err := <-done
			clients.NotSent(tc.want).Check(t, err)
			wantLent(t, rdb, 0)
		})
	}
}

var errOwn = errors.New("an error of the function's own")

// After a transaction the connection is free and watches nothing, however the transaction ended.
//
// Covers: F195, F205, F212, E29
func TestConnectionComesBackFromEveryPath(t *testing.T) {
	inBoth(t, func(t *testing.T, rdb *redpoll.Client, srv *redpolltest.Server) {
		for _, tc := range txPaths {
			t.Run(tc.name, func(t *testing.T) {
				for try := 0; ; try++ {
					ctx, cancel := context.WithCancel(t.Context())
					clients.Warm(t, rdb)
					id := clients.ID(t, rdb)
					m := srv.Monitor()
					tc.run(t, rdb, ctx, cancel)
					cancel()
					unwatched, want := m.Count("UNWATCH"), 1
					if tc.lost {
						want = 0
					} else if got := clients.ID(t, rdb); got != id {
						if tc.late && try < 20 {
							continue
						}
						t.Errorf("the connection was thrown away")
					}
					if unwatched != want {
						t.Errorf("%d times UNWATCH: %s", unwatched, seen(m))
					}
					if v := srv.Do("GET", "unset"); v != nil {
						t.Errorf("something was executed: %v", v)
					}
					break
				}
				isFree(t, rdb, srv, "k")
				srv.Do("FLUSHDB")
			})
		}
	})
}

// txPath is a way to leave a transaction without executing anything.
type txPath struct {
	name string
	lost bool // the connection is closed
	// The time to clean the connection is short. On a busy machine it may be closed, but not each time.
	late bool
	run  func(t *testing.T, rdb *redpoll.Client, ctx context.Context, cancel func())
}

// inside returns a way to leave the function of a transaction. The check is for the error of the transaction.
func inside(
	fn func(tx *redpoll.Tx, ctx context.Context, cancel func()) error, check func(error) bool,
) func(*testing.T, *redpoll.Client, context.Context, func()) {
	return func(t *testing.T, rdb *redpoll.Client, ctx context.Context, cancel func()) {
		t.Helper()
		err := rdb.TransactionWith(ctx, redpoll.TxOptions{Attempts: 1},
			func(tx *redpoll.Tx) error { return fn(tx, ctx, cancel) }, "k")
		if !check(err) {
			t.Errorf("got %v", err)
		}
	}
}

// outside returns a way to leave a transaction that uses a Tx directly.
func outside(
	fn func(tx *redpoll.Tx, ctx context.Context, cancel func()),
) func(*testing.T, *redpoll.Client, context.Context, func()) {
	return func(t *testing.T, rdb *redpoll.Client, ctx context.Context, cancel func()) {
		t.Helper()
		tx, err := rdb.Conn(ctx)
		succeeds(t, err)
		defer tx.Close()
		succeeds(t, tx.Watch(ctx, "k"))
		if err := rdb.Ping(ctx); !errors.Is(err, redpoll.ErrPoolExhausted) {
			t.Errorf("while the only connection watches, another command gives %v", err)
		}
		fn(tx, ctx, cancel)
	}
}

func is(target error) func(error) bool { return func(err error) bool { return errors.Is(err, target) } }

var txPaths = []txPath{
	{name: "error of the function", run: inside(func(tx *redpoll.Tx, _ context.Context, _ func()) error {
		tx.Multi().Set("unset", 1)
		return errOwn
	}, func(err error) bool { return err == errOwn })}, //nolint:errorlint // it is returned as it is
	{name: "ErrWatch of the function", run: inside(func(tx *redpoll.Tx, _ context.Context, _ func()) error {
		tx.Multi().Set("unset", 1)
		return fmt.Errorf("not yet: %w", redpoll.ErrWatch)
	}, is(redpoll.ErrWatch))},
	{
		name: "panic of the function",
		run: func(t *testing.T, rdb *redpoll.Client, ctx context.Context, _ func()) {
			defer func() {
				if v := recover(); v != "mine" {
					t.Errorf("recovered %v", v)
				}
			}()
			_ = rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
				tx.Multi().Set("unset", 1)
				panic("mine")
			}, "k")
		},
	},
	{
		name: "end of the goroutine",
		run: func(t *testing.T, rdb *redpoll.Client, ctx context.Context, _ func()) {
			var wg sync.WaitGroup
			wg.Go(func() {
				_ = rdb.Transaction(ctx, func(*redpoll.Tx) error { runtime.Goexit(); return nil }, "k")
			})
			wg.Wait()
		},
	},
	{
		name: "context ended in the function", late: true,
		run: inside(func(tx *redpoll.Tx, _ context.Context, cancel func()) error {
			tx.Multi().Set("unset", 1)
			cancel()
			return nil
		}, func(err error) bool {
			return errors.Is(err, context.Canceled) && errors.Is(err, redpoll.ErrNotSent) &&
				!errors.Is(err, redpoll.ErrWatch)
		}),
	},
	{
		name: "context ended before a command", late: true,
		run: inside(func(tx *redpoll.Tx, ctx context.Context, cancel func()) error {
			cancel()
			return tx.Ping(ctx)
		}, is(context.Canceled)),
	},
	{
		name: "argument that cannot be sent",
		run: inside(func(tx *redpoll.Tx, _ context.Context, _ func()) error {
			pipe := tx.Multi()
			pipe.Set("unset", 1)
			pipe.Set("unset", struct{}{})
			return nil
		}, func(err error) bool { return errors.As(err, new(*redpoll.DataError)) }),
	},
	{name: "nested Multi", run: inside(func(tx *redpoll.Tx, _ context.Context, _ func()) error {
		tx.Multi().Set("unset", 1)
		tx.Multi().Set("unset", 2)
		return nil
	}, is(redpoll.ErrNestedMulti))},
	{name: "Unwatch in the function", run: inside(func(tx *redpoll.Tx, ctx context.Context, _ func()) error {
		return tx.Unwatch(ctx)
	}, is(nil))},
	{name: "Close in the function", run: inside(func(tx *redpoll.Tx, _ context.Context, _ func()) error {
		tx.Multi().Set("unset", 1)
		return tx.Close()
	}, func(err error) bool {
		return err != nil && redpoll.OutcomeOf(err) == redpoll.NotSent &&
			strings.Contains(err.Error(), "Close")
	})},
	{
		name: "context ended under a command", lost: true,
		run: inside(func(tx *redpoll.Tx, ctx context.Context, _ func()) error {
			return giveUp(ctx, tx)
		}, is(context.DeadlineExceeded)),
	},
	{name: "Close alone", run: outside(func(*redpoll.Tx, context.Context, func()) {})},
	{name: "Close with an open transaction",
		run: outside(func(tx *redpoll.Tx, _ context.Context, _ func()) { tx.Multi().Set("unset", 1) })},
	{name: "Close after the context",
		run: outside(func(_ *redpoll.Tx, _ context.Context, cancel func()) { cancel() })},
	{name: "Discard", run: outside(func(tx *redpoll.Tx, _ context.Context, _ func()) {
		pipe := tx.Multi()
		pipe.Set("unset", 1)
		pipe.Discard()
	})},
	{name: "Unwatch",
		run: outside(func(tx *redpoll.Tx, ctx context.Context, _ func()) { _ = tx.Unwatch(ctx) })},
	{name: "Exec in an ended context", run: outside(func(tx *redpoll.Tx, ctx context.Context, cancel func()) {
		pipe := tx.Multi()
		pipe.Set("unset", 1)
		cancel()
		_ = pipe.Exec(ctx)
	})},
	{
		name: "Unwatch in an ended context", lost: true,
		run: outside(func(tx *redpoll.Tx, ctx context.Context, cancel func()) {
			cancel()
			_ = tx.Unwatch(ctx)
		}),
	},
}

// Transaction does not repeat an Exec or a Discard that its function has done itself.
func TestExecInTheFunction(t *testing.T) {
	inBoth(t, func(t *testing.T, rdb *redpoll.Client, srv *redpolltest.Server) {
		ctx := t.Context()
		m := srv.Monitor()
		var kept *redpoll.Tx
		succeeds(t, rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
			kept = tx
			pipe := tx.Multi()
			pipe.Incr("k")
			return pipe.Exec(ctx)
		}, "k"))
		wantSeen(t, m, "WATCH k; MULTI; INCR k; EXEC")
		// The Tx ends with the function.
		for what, err := range map[string]error{
			"Get":   kept.Ping(ctx),
			"Watch": kept.Watch(ctx, "k"),
			"Multi": execOf(ctx, kept),
		} {
			if !errors.Is(err, redpoll.ErrClosed) || redpoll.OutcomeOf(err) != redpoll.NotSent {
				t.Errorf("%s afterwards gives %v", what, err)
			}
		}
		isFree(t, rdb, srv, "k")
	})
}

// No change is lost when many goroutines change a key through transactions.
//
// Covers: F207
func TestContention(t *testing.T) {
	t.Parallel()
	const callers, rounds = 32, 5
	for name, tc := range map[string]struct {
		client redpoll.Options
		tx     redpoll.TxOptions
	}{
		"shared": {},
		"RESP2":  {client: redpoll.Options{Protocol: 2}},
		"few connections": {client: redpoll.Options{
			Exclusive: true, MaxConns: 3, WaitForConn: true, WaitTimeout: redpoll.Forever,
		}},
		"with a pause": {tx: redpoll.TxOptions{Delay: 200 * time.Microsecond}},
		"one connection": {client: redpoll.Options{
			Exclusive: true, MaxConns: 1, WaitForConn: true, WaitTimeout: redpoll.Forever,
		}},
		"health, no retry": {client: redpoll.Options{HealthCheckInterval: time.Microsecond, NoRetry: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb, srv := clients.Shared(t, tc.client)
			var wg sync.WaitGroup
			for range callers {
				wg.Go(func() {
					for range rounds {
						err := rdb.TransactionWith(t.Context(), tc.tx, increment(t.Context(), "sum"), "sum")
						if err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			if got := srv.Do("GET", "sum"); got != fmt.Sprint(callers*rounds) {
				t.Errorf("counted %v, want %d", got, callers*rounds)
			}
			wantLent(t, rdb, 0)
		})
	}
}

// afterCommand is a hook that calls a function when a command has ended.
type afterCommand struct {
	name string
	call func()
}

func (*afterCommand) CommandStarted(ctx context.Context, _ redpoll.CommandStart) context.Context {
	return ctx
}

func (h *afterCommand) CommandEnded(_ context.Context, e redpoll.CommandEnd) {
	if e.Command == h.name {
		h.call()
	}
}

func wantLent(t testing.TB, rdb *redpoll.Client, n int) {
	t.Helper()
	if s := rdb.Stats(); s.LentConns != n {
		t.Errorf("%d connections are lent", s.LentConns)
	}
}

// A transaction that never succeeds ends with its context. Its error says that nothing was executed.
func TestStarvingTransactionEndsWithItsContext(t *testing.T) {
	inBoth(t, func(t *testing.T, rdb *redpoll.Client, srv *redpolltest.Server) {
		for name, cause := range map[string]error{"plain": nil, "with a cause": errOwn} {
			ctx, cancel := context.WithCancelCause(t.Context())
			rounds := 0
			err := rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
				rounds++
				srv.Do("SET", "k", "theirs")
				if rounds == 3 {
					cancel(cause)
				}
				tx.Multi().Set("unset", 1)
				return nil
			}, "k")
			cancel(nil)
			if !errors.Is(err, context.Canceled) || redpoll.OutcomeOf(err) != redpoll.NotSent ||
				cause != nil && !errors.Is(err, cause) {
				t.Errorf("%s: got %v", name, err)
			}
			if v := srv.Do("GET", "unset"); v != nil {
				t.Errorf("%s: it was executed: %v", name, v)
			}
			isFree(t, rdb, srv, "k")
		}
	})
}

// A transaction also ends with its context between two attempts. Its error has the context's error and the
// conflict.
func TestContextEndsBetweenAttempts(t *testing.T) {
	inBoth(t, func(t *testing.T, rdb *redpoll.Client, srv *redpolltest.Server) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		err := rdb.Transaction(ctx, func(*redpoll.Tx) error { cancel(); return redpoll.ErrWatch }, "k")
		if !errors.Is(err, context.Canceled) || !errors.Is(err, redpoll.ErrWatch) {
			t.Errorf("got %v", err)
		}
		ce := clients.ConnError(t, err, redpoll.PhaseQueue, redpoll.NotSent)
		if ce.Command != "transaction" || ce.Node != srv.Addr() {
			t.Errorf("the error is about %q on %q", ce.Command, ce.Node)
		}
		isFree(t, rdb, srv, "k")
	})
}

// A function can ask for another attempt by returning ErrWatch.
func TestFunctionStartsAgain(t *testing.T) {
	inBoth(t, func(t *testing.T, rdb *redpoll.Client, srv *redpolltest.Server) {
		ctx := t.Context()
		m := srv.Monitor()
		rounds := 0
		succeeds(t, rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
			rounds++
			tx.Multi().Set("k", rounds)
			if rounds == 1 {
				srv.Do("SET", "k", "not yet") // the second round watches anew, so this change does not matter
				return fmt.Errorf("not yet: %w", redpoll.ErrWatch)
			}
			return nil
		}, "k"))
		wantSeen(t, m, "WATCH k; UNWATCH; WATCH k; MULTI; SET k 2; EXEC")
		isFree(t, rdb, srv, "k")
	})
}

// If a read has been lost, the transaction behind it has still not been sent, and its outcome says so.
func TestContextEndsAfterALostRead(t *testing.T) {
	t.Parallel()
	w := clients.NewWire(t, "TCP")
	rdb := w.Client(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
		w.Proxy.CutAfter(redpolltest.ToClient, 0, redpolltest.Close, redpolltest.FromNow, redpolltest.Once)
		_, err := tx.Get(ctx, "k")
		clients.MaybeExecuted(redpoll.ErrWatch).Check(t, err)
		cancel()
		return err
	}, "k")
	clients.NotSent(context.Canceled).Check(t, err)
	conflicts(t, err)
}

// If a WATCH has been lost and the context ends before the next attempt, the outcome is that nothing was
// sent.
func TestContextEndsAfterALostWatch(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, testkit.Answering(map[string]string{"WATCH": testkit.HangUp}))
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), MinBackoff: time.Minute, MaxBackoff: time.Minute})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- rdb.Transaction(ctx, func(*redpoll.Tx) error { return nil }, "k") }()
	redpolltest.Await(t, "two connections are lost", func() bool { return rdb.Stats().Closed == 2 })
	cancel()
	clients.Unanswered(io.EOF).Check(t, <-done) // the second attempt may be about to end
}

// Covers: F97
func TestTransactionWithoutAConnection(t *testing.T) {
	t.Parallel()
	never := func(*redpoll.Tx) error { t.Error("fn was called"); return nil }
	t.Run("pool exhausted", func(t *testing.T) {
		t.Parallel()
		rdb, _ := clients.Shared(t, redpoll.Options{Exclusive: true, MaxConns: 1, FailAtMaxConns: true})
		clients.Pin(t, rdb)
		err := rdb.Transaction(t.Context(), never, "k")
		if !errors.Is(err, redpoll.ErrPoolExhausted) || redpoll.OutcomeOf(err) != redpoll.NotSent {
			t.Errorf("got %v", err)
		}
	})
	t.Run("pool that waits", func(t *testing.T) {
		t.Parallel()
		rdb, _ := clients.Shared(t, redpoll.Options{Exclusive: true, MaxConns: 1, WaitForConn: true})
		clients.Pin(t, rdb)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if err := rdb.Transaction(ctx, never, "k"); !errors.Is(err, context.DeadlineExceeded) ||
			redpoll.OutcomeOf(err) != redpoll.NotSent {
			t.Errorf("got %v", err)
		}
	})
	t.Run("nobody listens", func(t *testing.T) {
		t.Parallel()
		w := clients.NewWire(t, "TCP")
		w.Proxy.Refuse()
		rdb := w.Client(t, clients.NoRetry)
		err := rdb.Transaction(t.Context(), never, "k")
		clients.NotSent(nil).Check(t, err)
		if errors.Is(err, redpoll.ErrWatch) {
			t.Errorf("got %v", err)
		}
		patient := w.Client(t)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		clients.NotSent(context.DeadlineExceeded).Check(t, patient.Transaction(ctx, never, "k"))
	})
	t.Run("closed", func(t *testing.T) {
		t.Parallel()
		rdb, _ := clients.Shared(t, redpoll.Options{})
		_ = rdb.Close()
		clients.NotSent(redpoll.ErrClosed).Check(t, rdb.Transaction(t.Context(), never, "k"))
	})
	t.Run("ended context", func(t *testing.T) {
		t.Parallel()
		rdb, _ := clients.Shared(t, redpoll.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		clients.NotSent(context.Canceled).Check(t, rdb.Transaction(ctx, never, "k"))
	})
}

// A transaction inside another one uses a second connection.
func TestNestedTransactions(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{})
	ctx := t.Context()
	var rounds atomic.Int32
	succeeds(t, rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
		if rounds.Add(1) == 1 {
			// this changes a key that the outer transaction watches
			if err := tx.Transaction(ctx, increment(ctx, "k"), "k"); err != nil {
				return err
			}
		}
		return increment(ctx, "k")(tx)
	}, "k"))
	if v := srv.Do("GET", "k"); v != "2" || rounds.Load() != 2 {
		t.Errorf("after %d rounds the key is %v", rounds.Load(), v)
	}
	wantLent(t, rdb, 0)
}
