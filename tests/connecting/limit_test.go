package connecting_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// turnstile refuses the commands with a name, or all commands, while err is set.
type turnstile struct {
	name string // empty for all commands
	err  atomic.Pointer[error]
	out  *notes // may be nil
}

func (l *turnstile) refuse(err error) { l.err.Store(&err) }

func (l *turnstile) AllowCommand(ctx context.Context, e redpoll.CommandStart) error {
	if l.out != nil {
		l.out.add("limit %s%s %d %v", ctx.Value(hookKey{}), e.Command, e.Batch, e.Blocking)
	}
	if err := l.err.Load(); err != nil && (l.name == "" || l.name == e.Command) {
		return *err
	}
	return nil
}

var errFull = errors.New("the quota is used up")

// wantLimited checks for the error of a call that a hook refused.
func wantLimited(t *testing.T, err error, command string) {
	t.Helper()
	clients.NotSent(errFull).Check(t, err)
	var ce *redpoll.ConnError
	if errors.As(err, &ce) && (ce.Command != command || ce.Phase != redpoll.PhaseQueue) ||
		!errors.Is(err, redpoll.ErrLimited) ||
		!strings.Contains(fmt.Sprint(err), "refused by a hook: "+errFull.Error()) {
		t.Errorf("%s gives %v, %+v", command, err, ce)
	}
}

// A hook can refuse every kind of call. Nothing of the call is sent, and the other hooks hear of its end.
func TestLimitHookRefuses(t *testing.T) {
	t.Parallel()
	lock := redpoll.LockOptions{TTL: time.Minute}
	for name, tt := range map[string]struct {
		command string
		about   string // CommandStart's Batch and Blocking
		run     func(ctx context.Context, rdb *redpoll.Client) error
	}{
		"no result": {"SET", "0 false",
			func(ctx context.Context, rdb *redpoll.Client) error { return rdb.Set(ctx, "k", "v") }},
		"result": {"GET", "0 false", func(ctx context.Context, rdb *redpoll.Client) error {
			v, err := rdb.Get(ctx, "k")
			if v != "" {
				return fmt.Errorf("%q beside %w", v, err)
			}
			return err
		}},
		"Do": {"NOSUCH", "0 false", func(ctx context.Context, rdb *redpoll.Client) error {
			return testkit.Err(rdb.Do(ctx, "nosuch", 1))
		}},
		"blocking": {"BLPOP", "0 true", func(ctx context.Context, rdb *redpoll.Client) error {
			return testkit.Err(rdb.BLPop(ctx, time.Second, "l"))
		}},
		"large": {"SET", "0 false", func(ctx context.Context, rdb *redpoll.Client) error {
			return rdb.Set(ctx, "k", strings.Repeat("x", 1<<20))
		}},
		"script": {"EVALSHA", "0 false", func(ctx context.Context, rdb *redpoll.Client) error {
			return testkit.Err(rdb.RegisterScript("return 1").Run(ctx, nil))
		}},
		"iterator": {"SCAN", "0 false", func(ctx context.Context, rdb *redpoll.Client) error {
			for _, err := range rdb.ScanIter(ctx) {
				return err
			}
			return nil
		}},
		"pipeline": {"pipeline", "2 false", func(ctx context.Context, rdb *redpoll.Client) error {
			return pipelined(t, ctx, rdb, redpoll.NoTransaction)
		}},
		"transaction": {"transaction", "2 false", func(ctx context.Context, rdb *redpoll.Client) error {
			return pipelined(t, ctx, rdb)
		}},
		"lock": {"SET", "0 false", func(ctx context.Context, rdb *redpoll.Client) error {
			var ce *redpoll.ConnError
			_, err := rdb.Lock("l", lock).TryAcquire(ctx)
			if errors.As(err, &ce) {
				return ce
			}
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := testkit.Listen(t, testkit.Friendly)
			var n notes
			limit, later := &turnstile{out: &n}, &turnstile{out: &n}
			limit.refuse(errFull)
			o := redpoll.Options{Addr: p.Addr(), Hooks: []redpoll.Hook{limit, later, journal{"a", &n}}}
			rdb := clients.New(t, o)
			wantLimited(t, tt.run(t.Context(), rdb), tt.command)
			n.want(t, "a starts "+tt.command, "limit a>"+tt.command+" "+tt.about,
				"a ends a>"+tt.command+" not sent")
			e := n.ends[0]
			if e.Attempts != 0 || e.Node != p.Addr() || !errors.Is(e.Err, redpoll.ErrLimited) {
				t.Errorf("the hook heard %+v", e)
			}
			if got := p.Heard(); len(got) != 0 || rdb.Stats().Dials != 0 {
				t.Errorf("the server heard %q", got)
			}
		})
	}
}

// pipelined runs two commands and returns the error of the pipeline. Both handles must have the same error.
func pipelined(t *testing.T, ctx context.Context, rdb *redpoll.Client, opts ...redpoll.PipelineOption) error {
	t.Helper()
	p := rdb.Pipeline(opts...)
	set, get := p.Set("k", "v"), p.Get("k")
	err := p.Exec(ctx)
	wantLimited(t, set.Err(), "SET")
	wantLimited(t, get.Err(), "GET")
	if p.Len() != 0 {
		t.Errorf("%d commands are left", p.Len())
	}
	return err
}

// A hook is asked once per call, however often the call is retried.
func TestLimitHookIsAskedOnce(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, func(conn int, args []string) string {
		if conn <= 2 && args[0] == "GET" {
			return testkit.HangUp
		}
		return testkit.Friendly(conn, args)
	})
	var n notes
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), Hooks: []redpoll.Hook{&turnstile{out: &n}}})
	if _, err := rdb.Get(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	n.want(t, "limit %!s(<nil>)GET 0 false")
}

// The error of a hook may wrap the error of an earlier command, whose outcome is not the outcome of this
// call.
func TestLimitHookWrapsAnErrorOfTheClient(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	for name, inner := range map[string]error{
		"maybe executed": &redpoll.ConnError{Command: "GET", Outcome: redpoll.MaybeExecuted, Err: cause},
		"refused":        &redpoll.ServerError{Code: "LOADING", Message: "loading"},
		"nil":            redpoll.Nil,
		"watch":          redpoll.ErrWatch,
		"reply":          &redpoll.ReplyError{Command: "GET", Err: cause},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit := new(turnstile)
			limit.refuse(fmt.Errorf("%w: open since %w", errFull, inner))
			rdb := clients.New(t, redpoll.Options{Addr: "nowhere:1", Hooks: []redpoll.Hook{limit}})
			_, err := rdb.Get(t.Context(), "k")
			wantLimited(t, err, "GET")
			if errors.Is(err, inner) || errors.As(err, new(*redpoll.ServerError)) ||
				errors.As(err, new(*redpoll.ReplyError)) {
				t.Errorf("%v passes for %v", err, inner)
			}
		})
	}
}

// If a hook refuses a transaction, the keys stay watched. If it refuses UNWATCH, the connection is closed.
func TestLimitHookAndWatch(t *testing.T) {
	t.Parallel()
	for _, refused := range []string{"WATCH", "transaction", "UNWATCH"} {
		t.Run(refused, func(t *testing.T) {
			t.Parallel()
			limit := &turnstile{name: refused}
			rdb, srv := clients.Shared(t, redpoll.Options{Hooks: []redpoll.Hook{limit}})
			seen := srv.Monitor()
			calls := 0
			limit.refuse(errFull)
			err := rdb.Transaction(t.Context(), func(tx *redpoll.Tx) error {
				calls++
				if refused == "UNWATCH" {
					return errFull
				}
				tx.Multi().Incr("n")
				return nil
			}, "k")
			switch {
			case refused == "UNWATCH" && (!errors.Is(err, errFull) || rdb.Stats().Closed == 0):
				t.Errorf("the transaction ends with %v, and leaves %+v", err, rdb.Stats())
			case refused != "UNWATCH":
				wantLimited(t, err, refused)
			}
			want := map[string]int{"WATCH": 0, "transaction": 1, "UNWATCH": 1}[refused]
			if calls != want || seen.Count("EXEC") != 0 {
				t.Errorf("the function was called %d times, want %d; the server has seen %v",
					calls, want, seen.Commands())
			}
		})
	}
	t.Run("the watch goes on", func(t *testing.T) {
		t.Parallel()
		limit := &turnstile{name: "transaction"}
		rdb, srv := clients.Shared(t, redpoll.Options{Hooks: []redpoll.Hook{limit}})
		tx := clients.Pin(t, rdb)
		if err := tx.Watch(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		srv.Do("SET", "k", "changed")
		limit.refuse(errFull)
		p := tx.Multi()
		p.Incr("n")
		wantLimited(t, p.Exec(t.Context()), "transaction")
		limit.err.Store(nil)
		p = tx.Multi()
		p.Incr("n")
		if err := p.Exec(t.Context()); !errors.Is(err, redpoll.ErrWatch) {
			t.Errorf("after the refusal the transaction ends with %v", err)
		}
	})
}

// A hook that only limits commands also works for a client with a passed pool.
func TestLimitHookOfAClientOfAPool(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Shared(t)
	pool := clients.NewPool(t, redpoll.Options{Addr: srv.Addr(), DB: srv.DB})
	limit := new(turnstile)
	limit.refuse(errFull)
	bound := clients.New(t, redpoll.Options{Pool: pool, Hooks: []redpoll.Hook{limit}})
	free := clients.New(t, redpoll.Options{Pool: pool})
	wantLimited(t, bound.Ping(t.Context()), "PING")
	clients.Usable(t, free)
}
