package pipelines_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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

// losses are ways to lose a connection. Afterwards the server can be reached again.
var losses = map[string]func(t *testing.T, w *clients.Wire, tx *redpoll.Tx, id int64){
	"killed by the server": func(_ *testing.T, w *clients.Wire, _ *redpoll.Tx, id int64) {
		w.Server.Do("CLIENT", "KILL", "ID", strconv.FormatInt(id, 10))
		w.Proxy.DropAll(redpolltest.Close) // the end may not have arrived yet
	},
	"closed": func(_ *testing.T, w *clients.Wire, _ *redpoll.Tx, _ int64) {
		w.Proxy.DropAll(redpolltest.Close)
	},
	"reset": func(_ *testing.T, w *clients.Wire, _ *redpoll.Tx, _ int64) {
		w.Proxy.DropAll(redpolltest.Reset)
	},
	"server restarted": func(_ *testing.T, w *clients.Wire, _ *redpoll.Tx, _ int64) {
		w.Server.Kill()
		w.Proxy.DropAll(redpolltest.Close) // the end may not have arrived yet
		w.Server.Restart()
	},
	"Pool.Disconnect": func(_ *testing.T, _ *clients.Wire, tx *redpoll.Tx, _ int64) {
		tx.Pool().Disconnect()
	},
	"a call given up": func(t *testing.T, _ *clients.Wire, tx *redpoll.Tx, _ int64) {
		if err := giveUp(t.Context(), tx); !errors.Is(err, context.DeadlineExceeded) ||
			errors.Is(err, redpoll.ErrWatch) {
			t.Errorf("a call that gives up gets %v", err)
		}
	},
	"found by a check": func(_ *testing.T, w *clients.Wire, _ *redpoll.Tx, _ int64) {
		w.Proxy.DropAll(redpolltest.Close)
	},
}

// giveUp loses the connection of a Tx without an error that says so: a blocking command ends with its
// context.
func giveUp(ctx context.Context, tx *redpoll.Tx) error {
	for {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Millisecond)
		_, err := tx.BLPop(ctx, 0, "nothing")
		cancel()
		if !errors.Is(err, redpoll.ErrNotSent) { // otherwise the time was too short to send it
			return err
		}
	}
}

// afterLoss are calls that can be the first after a loss. For each one it says whether it ends the
// transaction.
var afterLoss = map[string]struct {
	ends bool
	call func(ctx context.Context, tx *redpoll.Tx) error
}{
	"a read": {false,
		func(ctx context.Context, tx *redpoll.Tx) error { _, err := tx.Get(ctx, "k"); return err }},
	"a write": {false, func(ctx context.Context, tx *redpoll.Tx) error { return tx.Set(ctx, "unset", 1) }},
	"Do": {false, func(ctx context.Context, tx *redpoll.Tx) error {
		_, err := tx.Do(ctx, "SET", "unset", 1)
		return err
	}},
	"Watch": {false, func(ctx context.Context, tx *redpoll.Tx) error { return tx.Watch(ctx, "more") }},
	"a pipeline": {false, func(ctx context.Context, tx *redpoll.Tx) error {
		p := tx.Pipeline(redpoll.NoTransaction)
		p.Set("unset", 1)
		return p.Exec(ctx)
	}},
	"Exec": {true, func(ctx context.Context, tx *redpoll.Tx) error {
		p := tx.Multi()
		p.Set("unset", 1)
		return p.Exec(ctx)
	}},
	"empty Exec": {true, func(ctx context.Context, tx *redpoll.Tx) error { return tx.Multi().Exec(ctx) }},
	"read Exec": {true,
		func(ctx context.Context, tx *redpoll.Tx) error { p := tx.Multi(); p.Get("k"); return p.Exec(ctx) }},
	"late Exec": {true, func(ctx context.Context, tx *redpoll.Tx) error {
		_ = tx.Ping(ctx)
		p := tx.Multi()
		p.Set("unset", 1)
		return p.Exec(ctx)
	}},
}

// If the connection is lost while keys are watched, the next call says so. Nothing runs as if the keys were
// still watched, and the next Watch starts again.
//
// Covers: F82, F203
func TestConnectionLostWhileWatching(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"TCP", "RESP2"} {
		for way, lose := range losses {
			t.Run(kind+"/"+way, func(t *testing.T) {
				t.Parallel()
				w := clients.NewWire(t, kind)
				rdb := w.Client(t, func(o *redpoll.Options) {
					o.MaxConns = 1
					if way == "found by a check" {
						o.HealthCheckInterval = time.Microsecond
					}
				})
				for name, next := range afterLoss {
					ctx := t.Context()
					tx, err := rdb.Conn(ctx)
					succeeds(t, err)
					succeeds(t, tx.Watch(ctx, "k"))
					lose(t, w, tx, clients.ID(t, tx))
					testkit.Unused()
					err = next.call(ctx, tx)
					if !errors.Is(err, redpoll.ErrWatch) {
						t.Errorf("%s gives %v", name, err)
					}
					clients.NotSent(redpoll.ErrWatch).Check(t, err)
					if next.ends {
						clients.Usable(t, tx) // the watch is over
					} else {
						// The loss has been reported, and no call has followed yet.
						for again, next := range afterLoss {
							if next.ends || again == "Watch" {
								continue
							}
							if err := next.call(ctx, tx); !errors.Is(err, redpoll.ErrWatch) {
								t.Errorf("%s after %s gives %v", again, name, err)
							}
						}
					}
					succeeds(t, tx.Watch(ctx, "k"))
					pipe := tx.Multi()
					n := pipe.Incr("count")
					succeeds(t, pipe.Exec(ctx))
					if n.Val() < 1 {
						t.Errorf("the second round gives %d", n.Val())
					}
					if v := w.Server.Do("GET", "unset"); v != nil {
						t.Fatalf("%s ran although it was refused", name)
					}
					succeeds(t, tx.Close())
					wantLent(t, rdb, 0)
				}
			})
		}
	}
}

// After a loss has been reported, Unwatch needs no server, and later calls work as usual.
func TestUnwatchAfterALoss(t *testing.T) {
	t.Parallel()
	w := clients.NewWire(t, "TCP")
	rdb := w.Client(t, func(o *redpoll.Options) { o.MaxConns = 1 })
	ctx := t.Context()
	for _, known := range []bool{true, false} {
		tx := clients.Pin(t, rdb)
		succeeds(t, tx.Watch(ctx, "k"))
		w.Proxy.DropAll(redpolltest.Close)
		testkit.Unused()
		if known {
			conflicts(t, tx.Ping(ctx))
		}
		succeeds(t, tx.Unwatch(ctx))
		clients.Usable(t, tx)
		succeeds(t, tx.Close())
		wantLent(t, rdb, 0)
	}
}

// A write whose reply is lost may have run, so its error does not ask for another attempt.
func TestWriteLostWhileWatching(t *testing.T) {
	t.Parallel()
	w := clients.NewWire(t, "TCP")
	rdb := w.Client(t)
	ctx := t.Context()
	tx := clients.Pin(t, rdb)
	succeeds(t, tx.Watch(ctx, "k"))
	fault := w.Proxy.CutAfter(redpolltest.ToClient, 0, redpolltest.Close, redpolltest.FromNow,
		redpolltest.Once)
	_, err := tx.Incr(ctx, "n")
	fault.Wait()
	clients.MaybeExecuted(nil).Check(t, err)
	if errors.Is(err, redpoll.ErrWatch) || w.Server.Do("GET", "n") != "1" {
		t.Errorf("got %v, the counter is %v", err, w.Server.Do("GET", "n"))
	}
	conflicts(t, tx.Ping(ctx)) // the loss of the watch is reported nevertheless
	rounds := 0
	err = rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
		rounds++
		w.Proxy.CutAfter(redpolltest.ToClient, 0, redpolltest.Close, redpolltest.FromNow, redpolltest.Once)
		_, err := tx.Incr(ctx, "n")
		return err
	}, "k")
	clients.MaybeExecuted(nil).Check(t, err)
	if rounds != 1 || w.Server.Do("GET", "n") != "2" {
		t.Errorf("after %d rounds the counter is %v", rounds, w.Server.Do("GET", "n"))
	}
}

// Covers: F204
func TestWatchItselfFails(t *testing.T) {
	t.Parallel()
	w := clients.NewWire(t, "TCP")
	rdb := w.Client(t, clients.NoRetry, func(o *redpoll.Options) { o.MaxConns = 1 })
	ctx := t.Context()
	tx := clients.Pin(t, rdb)
	fails := func(want clients.Failed) {
		t.Helper()
		err := tx.Watch(ctx, "k")
		want.Check(t, err)
		if errors.Is(err, redpoll.ErrWatch) {
			t.Errorf("got %v", err)
		}
	}
	w.Proxy.DropAll(redpolltest.Close)
	testkit.Unused()
	fails(clients.NotSent(nil))
	clients.Usable(t, tx)
	w.Proxy.CutAfter(redpolltest.ToClient, 0, redpolltest.Close, redpolltest.FromNow, redpolltest.Once)
	fails(clients.MaybeExecuted(nil))
	clients.Usable(t, tx)
	w.Proxy.DropAll(redpolltest.Close)
	w.Proxy.Refuse()
	testkit.Unused()
	fails(clients.NotSent(nil))
	fails(clients.NotSent(nil))
	err := rdb.Transaction(ctx, func(*redpoll.Tx) error { t.Error("fn was called"); return nil }, "k")
	if err == nil || errors.Is(err, redpoll.ErrWatch) {
		t.Errorf("Transaction gives %v", err)
	}
	w.Proxy.Clear()
	succeeds(t, tx.Watch(ctx, "k"))
	succeeds(t, tx.Multi().Exec(ctx))
}

// The connection can be lost together with the reply to WATCH.
func TestConnectionLostBehindTheAnswerToWatch(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, testkit.Answering(map[string]string{"WATCH": "+OK\r\n+surplus\r\n"}))
	tx := clients.Pin(t, clients.New(t, redpoll.Options{Addr: p.Addr()}))
	succeeds(t, tx.Watch(t.Context(), "k"))
	conflicts(t, tx.Ping(t.Context()))
	conflicts(t, execOf(t.Context(), tx))
	if n := p.Count("PING"); n != 0 {
		t.Errorf("%d commands ran without the watch", n)
	}
}

// Calls on a closed client return ErrClosed, which does not ask for another attempt.
func TestClientClosedWhileWatching(t *testing.T) {
	t.Parallel()
	rdb, _ := clients.Shared(t, redpoll.Options{})
	tx := clients.Pin(t, rdb)
	succeeds(t, tx.Watch(t.Context(), "k"))
	_ = rdb.Close()
	err := tx.Ping(t.Context())
	clients.NotSent(redpoll.ErrClosed).Check(t, err)
	if errors.Is(err, redpoll.ErrWatch) {
		t.Errorf("got %v", err)
	}
	other, _ := clients.Shared(t, redpoll.Options{})
	err = other.Transaction(t.Context(), func(tx *redpoll.Tx) error {
		_ = other.Close()
		_ = tx.Ping(t.Context())
		return nil
	}, "k")
	clients.NotSent(redpoll.ErrClosed).Check(t, err)
}

// There is one health check before WATCH, and one before MULTI to EXEC. The watched connection stays.
//
// Covers: F137
func TestHealthChecksOfATransaction(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, testkit.Answering(map[string]string{
		"MULTI": "+OK\r\n",
		"SET":   "+QUEUED\r\n",
		"EXEC":  "*2\r\n+OK\r\n+OK\r\n",
	}))
	tx := clients.Pin(t, clients.New(t, redpoll.Options{
		Addr: p.Addr(), HealthCheckInterval: clients.AlwaysCheck, NoClientInfo: true,
	}))
	testkit.Unused()
	succeeds(t, tx.Watch(t.Context(), "k"))
	testkit.Unused()
	pipe := tx.Multi()
	pipe.Set("a", 1)
	pipe.Set("b", 1)
	succeeds(t, pipe.Exec(t.Context()))
	heard := p.Sessions()
	if len(heard) != 1 ||
		!strings.HasSuffix(heard[0], "; PING; WATCH k; PING; MULTI; SET a 1; SET b 1; EXEC") {
		t.Errorf("the peer heard %q", heard)
	}
}

// If the context of a call ends during the health check, the call says so. The next call reports the loss.
func TestHealthCheckOfAWatchedConnectionIsGivenUp(t *testing.T) {
	t.Parallel()
	p, mute, checks := testkit.Uncheckable(t)
	tx := clients.Pin(t,
		clients.New(t, redpoll.Options{Addr: p.Addr(), HealthCheckInterval: clients.AlwaysCheck}))
	succeeds(t, tx.Watch(t.Context(), "k"))
	mute()
	testkit.Unused()
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-checks; cancel() }()
	_, err := tx.Get(ctx, "k")
	clients.NotSent(context.Canceled).Check(t, err)
	_, err = tx.Get(t.Context(), "k")
	conflicts(t, err)
	if n := p.Count("GET"); n != 0 {
		t.Errorf("%d commands ran without the watch", n)
	}
}

// If the connection is lost before EXEC, Transaction starts again on another one, as often as the options
// allow.
func TestTransactionSurvivesALoss(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][]string{"with keys": {"k"}, "without keys": nil} {
		for options, tc := range map[string]struct {
			change func(o *redpoll.Options)
			rounds int // The attempt that is left alone, counted from 1. 0: no attempt.
		}{
			"by default":      {func(*redpoll.Options) {}, 3},
			"without retries": {clients.NoRetry, 0},
			"one retry":       {func(o *redpoll.Options) { o.MaxRetries = 1 }, 0},
		} {
			t.Run(name+"/"+options, func(t *testing.T) {
				t.Parallel()
				w := clients.NewWire(t, "TCP")
				rdb := w.Client(t, tc.change)
				ctx := t.Context()
				rounds := 0
				err := rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
					rounds++
					tx.Multi().Incr("n")
					if rounds != tc.rounds {
						w.Proxy.DropAll(redpolltest.Reset)
						testkit.Unused()
					}
					return nil
				}, keys...)
				want := 2 // one attempt and its repetition
				switch options {
				case "by default":
					succeeds(t, err)
					if rounds != 3 || w.Server.Do("GET", "n") != "1" {
						t.Errorf("after %d rounds the counter is %v", rounds, w.Server.Do("GET", "n"))
					}
					return
				case "without retries":
					want = 1
				}
				clients.NotSent(nil).Check(t, err)
				if rounds != want || errors.Is(err, redpoll.ErrWatch) != (keys != nil) ||
					w.Server.Do("GET", "n") != nil {
					t.Errorf("after %d rounds the counter is %v, the error %v",
						rounds, w.Server.Do("GET", "n"), err)
				}
				wantLent(t, rdb, 0)
			})
		}
	}
}

// txCutter runs transactions while the wire is cut.
type txCutter struct {
	*clients.Wire
	rdb  *redpoll.Client
	keys int
}

// explicit runs three commands as a transaction on a Tx. It returns the errors of Exec and of the handles.
func (x *txCutter) explicit(ctx context.Context, tx *redpoll.Tx, key string) []error {
	if err := tx.Watch(ctx, key); err != nil {
		return []error{err}
	}
	if _, err := tx.Get(ctx, key); err != nil && !errors.Is(err, redpoll.Nil) {
		return []error{err}
	}
	pipe := tx.Multi()
	a, b, c := pipe.Incr(key), pipe.LPush(key+"-list", "e"), pipe.Incr(key)
	err := pipe.Exec(ctx)
	return []error{err, a.Err(), b.Err(), c.Err()}
}

// everywhere runs a transaction for each byte at which the wire can be cut. run must call cut right before
// the transaction.
func (x *txCutter) everywhere(run func(key string, what string, cut func() *redpolltest.Fault)) {
	var request, reply int64
	run("k000000", "no cut", func() *redpolltest.Fault {
		request, reply = x.Proxy.Bytes(redpolltest.ToServer), x.Proxy.Bytes(redpolltest.ToClient)
		return nil
	})
	request, reply = x.Proxy.Bytes(redpolltest.ToServer)-request, x.Proxy.Bytes(redpolltest.ToClient)-reply
	for _, how := range []redpolltest.How{redpolltest.Close, redpolltest.Reset} {
		for dir, length := range map[redpolltest.Direction]int64{
			redpolltest.ToServer: request, redpolltest.ToClient: reply,
		} {
			for n := range length + 1 {
				x.keys++
				what := fmt.Sprintf("%v, %v after %d of %d bytes", dir, how, n, length)
				run(fmt.Sprintf("k%06d", x.keys), what, func() *redpolltest.Fault {
					return x.Proxy.CutAfter(dir, n, how, redpolltest.FromNow, redpolltest.Once)
				})
			}
		}
	}
}

// executed checks that a transaction ran once at most, and as a whole. It reports whether it ran.
func (x *txCutter) executed(t *testing.T, what, key string) bool {
	t.Helper()
	n, list := x.Server.Do("GET", key), x.Server.Do("LLEN", key+"-list")
	if n == nil && list == int64(0) {
		return false
	}
	if n != "2" || list != int64(1) {
		t.Errorf("%s: a part was executed, or more than once: %v and %v", what, n, list)
	}
	return true
}

// Wherever the wire is cut, a transaction is executed once as a whole or not at all, and its errors are true.
//
// Covers: F203, F204
func TestTransactionCutAtEveryByte(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"TCP", "RESP2", "TLS"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := clients.NewWire(t, kind)
			x := &txCutter{Wire: w, rdb: w.Client(t, func(o *redpoll.Options) { o.MaxConns = 1 })}
			x.everywhere(func(key, what string, cut func() *redpolltest.Fault) {
				tx := clients.Pin(t, x.rdb)
				defer tx.Close()
				clients.Warm(t, &tx.Client)
				fault := cut()
				errs := x.explicit(t.Context(), tx, key)
				if fault != nil {
					fault.Wait() // the server has finished by now
				}
				x.judge(t, what, key, errs)
			})
		})
	}
}

func (x *txCutter) judge(t *testing.T, what, key string, errs []error) {
	t.Helper()
	ran := x.executed(t, what, key)
	for i, err := range errs {
		switch {
		case err == nil:
			if !ran {
				t.Errorf("%s: error %d of %v says that it was executed", what, i, errs)
			}
			continue
		case errors.Is(err, redpoll.ErrWatch) && ran:
			t.Errorf("%s: error %d asks to start again after the execution: %v", what, i, err)
		case errors.Is(err, redpoll.ErrNotSent) && ran:
			t.Errorf("%s: error %d says that it was not sent, and it was executed: %v", what, i, err)
		}
		clients.Unanswered(nil).Check(t, err)
	}
}

// Transaction starts again wherever this is safe. A cut makes it fail only if EXEC may have been executed.
func TestTransactionLoopCutAtEveryByte(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"TCP", "RESP2"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := clients.NewWire(t, kind)
			x := &txCutter{Wire: w, rdb: w.Client(t, func(o *redpoll.Options) { o.MaxConns = 1 })}
			ctx := t.Context()
			x.everywhere(func(key, what string, cut func() *redpolltest.Fault) {
				one := clients.Pin(t, x.rdb)
				clients.Warm(t, &one.Client)
				succeeds(t, one.Close())
				fault := cut()
				err := x.rdb.Transaction(ctx, increment(ctx, key), key)
				if fault != nil {
					fault.Wait()
				}
				switch n := x.Server.Do("GET", key); {
				case err == nil && n != "1":
					t.Errorf("%s: success, and the counter is %v", what, n)
				case err != nil && !errors.Is(err, redpoll.ErrMaybeExecuted):
					t.Errorf("%s: it was not tried again: %v", what, err)
				case err != nil && commandOf(err) != "transaction":
					t.Errorf("%s: it changes nothing and was not tried again: %v", what, err)
				case err != nil && n != nil && n != "1":
					t.Errorf("%s: the counter is %v after %v", what, n, err)
				}
				wantLent(t, x.rdb, 0)
			})
		})
	}
}

func commandOf(err error) string {
	var ce *redpoll.ConnError
	errors.As(err, &ce)
	return ce.Command
}

// If the context ends while EXEC is under way, the transaction may have been executed, and does not start
// again.
func TestContextEndsUnderExec(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, testkit.Answering(map[string]string{
		"MULTI": "+OK\r\n",
		"SET":   "+QUEUED\r\n",
		"EXEC":  testkit.Silence,
	}))
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), MaxConns: 1})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	rounds := 0
	var set *redpoll.Status
	go func() {
		redpolltest.Await(t, "EXEC is under way", func() bool { return p.Count("EXEC") == 1 })
		cancel()
	}()
	err := rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
		rounds++
		set = tx.Multi().Set("k", 1)
		return nil
	}, "k")
	for _, err := range []error{err, set.Err()} {
		clients.MaybeExecuted(context.Canceled).Check(t, err)
		if errors.Is(err, redpoll.ErrWatch) {
			t.Errorf("got %v", err)
		}
	}
	if rounds != 1 {
		t.Errorf("fn ran %d times", rounds)
	}
	wantLent(t, rdb, 0)
	clients.Usable(t, rdb)
}

// If a server is silent while keys are watched, the transaction starts again only if the options say so.
func TestTransactionAfterATimeout(t *testing.T) {
	t.Parallel()
	for again, rounds := range map[bool]int{false: 1, true: 2} {
		t.Run(fmt.Sprint(again), func(t *testing.T) {
			t.Parallel()
			p := testkit.Listen(t, testkit.Answering(map[string]string{"GET": testkit.Silence}))
			rdb := clients.New(t, redpoll.Options{
				Addr: p.Addr(), ReplyTimeout: clients.Brief, RetryOnTimeout: again,
			})
			got := 0
			err := rdb.Transaction(t.Context(), func(tx *redpoll.Tx) error {
				got++
				_, err := tx.Get(t.Context(), "k")
				return err
			}, "k")
			var ce *redpoll.ConnError
			if !errors.As(err, &ce) || !ce.Timeout() || !errors.Is(err, redpoll.ErrWatch) || got != rounds {
				t.Errorf("after %d rounds: %v", got, err)
			}
		})
	}
}

// Whatever cuts happen during many transactions, a counter contains all acknowledged increments, and no
// others except those that may have been executed.
func TestNoIncrementIsDoubledByCuts(t *testing.T) {
	t.Parallel()
	w := clients.NewWire(t, "TCP")
	rdb := w.Client(t)
	ctx := t.Context()
	var acknowledged, maybe atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 60 {
				switch err := rdb.Transaction(ctx, increment(ctx, "sum"), "sum"); {
				case err == nil:
					acknowledged.Add(1)
				case errors.Is(err, redpoll.ErrMaybeExecuted):
					maybe.Add(1)
				case !errors.Is(err, redpoll.ErrNotSent):
					t.Errorf("the outcome is unclear: %v", err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	redpolltest.Await(t, "all transactions have ended", func() bool {
		dir := []redpolltest.Direction{redpolltest.ToServer, redpolltest.ToClient}[rand.IntN(2)]
		how := []redpolltest.How{redpolltest.Close, redpolltest.Reset}[rand.IntN(2)]
		w.Proxy.CutAfter(dir, rand.Int64N(300), how, redpolltest.FromNow, redpolltest.Once)
		select {
		case <-done:
			return true
		default:
			return false
		}
	})
	w.Proxy.Clear()
	w.Proxy.DropAll(redpolltest.Close)
	sum, _ := strconv.ParseInt(w.Server.Do("GET", "sum").(string), 10, 64)
	if sum < acknowledged.Load() || sum > acknowledged.Load()+maybe.Load() {
		t.Errorf("the counter is %d, %d were acknowledged and %d may have been executed",
			sum, acknowledged.Load(), maybe.Load())
	}
	if acknowledged.Load() == 0 {
		t.Error("nothing was acknowledged")
	}
	t.Logf("%d acknowledged, %d maybe, the counter is %d", acknowledged.Load(), maybe.Load(), sum)
}
