package copies

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// fixture is a copy over servers of its own.
type fixture struct {
	*testing.T
	rdb     *redpoll.Client
	servers []*redpolltest.Server
}

func start(t *testing.T, n int, o redpoll.CopyOptions) *fixture {
	t.Helper()
	f := &fixture{T: t, servers: redpolltest.StartIndependents(t, n, redpolltest.ServerOptions{})}
	for _, srv := range f.servers {
		o.Nodes = append(o.Nodes, redpoll.CopyNode{Addr: srv.Addr()})
	}
	f.rdb = open(t, o)
	return f
}

func open(t *testing.T, o redpoll.CopyOptions) *redpoll.Client {
	t.Helper()
	rdb, err := redpoll.NewCopy(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

func (f *fixture) ok(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// same checks that all servers answer a question in the same way, and with want.
func (f *fixture) same(want any, question ...string) {
	f.Helper()
	for i, srv := range f.servers {
		if got := srv.Do(question...); fmt.Sprint(got) != fmt.Sprint(want) {
			f.Errorf("server %d: %v gives %v, want %v", i, question, got, want)
		}
	}
}

// A write reaches every node, and its reply is a plain one; each node's reply can be had.
//
// Covers: F418, F419, F421, F422, C20
func TestWritesGoToAllNodes(t *testing.T) {
	t.Parallel()
	f := start(t, 3, redpoll.CopyOptions{})
	ctx := t.Context()
	f.ok(f.rdb.Set(ctx, "k", "v"))
	f.same("v", "GET", "k")
	f.servers[1].Do("SADD", "s", "x")
	within, per := redpoll.WithNodeReplies(ctx)
	if _, err := f.rdb.SAdd(within, "s", "x", "y"); err != nil {
		t.Fatal(err)
	}
	var counts []int64
	for _, reply := range per.All() {
		n, err := reply.Value.Int64()
		f.ok(errors.Join(err, reply.Err))
		counts = append(counts, n)
	}
	if !slices.Equal(counts, []int64{2, 1, 2}) {
		t.Errorf("the nodes count %v new members", counts)
	}
	if n, err := f.rdb.Del(ctx, "k", "s"); n != 2 || err != nil {
		t.Errorf("DEL gives %d, %v", n, err)
	}
	f.same(0, "DBSIZE")
	if got, err := f.rdb.Get(ctx, "k"); !errors.Is(err, redpoll.Nil) {
		t.Errorf("GET gives %q, %v", got, err)
	}
}

// Commands that each server would execute in its own way leave the same on all of them.
func TestWritesAreTheSameOnAllNodes(t *testing.T) {
	t.Parallel()
	f := start(t, 3, redpoll.CopyOptions{})
	ctx, rdb := t.Context(), f.rdb
	equal := func(question ...string) {
		t.Helper()
		f.same(f.servers[0].Do(question...), question...)
	}
	f.ok(rdb.Set(ctx, "ex", "v", redpoll.EX(time.Hour)))
	equal("PEXPIRETIME", "ex")
	f.ok(rdb.Set(ctx, "k", "v"))
	if _, err := rdb.Expire(ctx, "k", time.Hour); err != nil {
		t.Fatal(err)
	}
	equal("PEXPIRETIME", "k")
	if _, err := rdb.GetEx(ctx, "k", redpoll.PX(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	equal("PEXPIRETIME", "k")
	f.ok(rdb.SetEx(ctx, "setex", 3*time.Hour, "v"))
	equal("PEXPIRETIME", "setex")
	for range 3 {
		if _, err := rdb.IncrByFloat(ctx, "ex", 0.1); !errors.As(err, new(*redpoll.ServerError)) {
			t.Errorf("to increment a text gives %v", err)
		}
		if _, err := rdb.IncrByFloat(ctx, "f", 0.1); err != nil {
			t.Fatal(err)
		}
		if _, err := rdb.HIncrByFloat(ctx, "h", "f", 0.1); err != nil {
			t.Fatal(err)
		}
	}
	equal("GET", "f")
	equal("HGETALL", "h")
	if _, err := rdb.SAdd(ctx, "s", 1, 2, 3, 4, 5, 6, 7, 8, 9); err != nil {
		t.Fatal(err)
	}
	if _, err := rdb.SPop(ctx, "s"); err != nil {
		t.Fatal(err)
	}
	if _, err := rdb.SPopN(ctx, "s", 3); err != nil {
		t.Fatal(err)
	}
	equal("SCARD", "s")
	equal("SORT", "s")
	for range 300 {
		if _, err := rdb.XAdd(ctx, "x", "*", []any{"a", 1}, redpoll.MaxLenApprox(20)); err != nil {
			t.Fatal(err)
		}
	}
	equal("XRANGE", "x", "-", "+")
	if n, err := rdb.XLen(ctx, "x"); n != 20 || err != nil {
		t.Errorf("the stream has %d entries, %v", n, err)
	}
}

// A copy refuses what it cannot do before anything is sent.
func TestRefusals(t *testing.T) {
	t.Parallel()
	f := start(t, 2, redpoll.CopyOptions{})
	ctx, rdb := t.Context(), f.rdb
	for name, call := range map[string]func() error{
		"BLPOP":    func() error { _, err := rdb.BLPop(ctx, time.Second, "l"); return err },
		"EVAL":     func() error { _, err := rdb.Eval(ctx, "return 1", nil); return err },
		"SWAPDB":   func() error { _, err := rdb.Do(ctx, "SWAPDB", 0, 1); return err },
		"MIGRATE":  func() error { _, err := rdb.Do(ctx, "MIGRATE", "h", 1, "k", 0, 1); return err },
		"FAILOVER": func() error { _, err := rdb.Do(ctx, "FAILOVER"); return err },
		"MOVE":     func() error { _, err := rdb.Do(ctx, "MOVE", "k", 1); return err },
		"unknown":  func() error { _, err := rdb.Do(ctx, "HOCUS", "POCUS"); return err },
		"INFO":     func() error { _, err := rdb.Info(ctx); return err },
		"SCAN":     func() error { _, err := rdb.Scan(ctx, 0); return err },
		"lock": func() error {
			_, err := rdb.Lock("l", redpoll.LockOptions{TTL: time.Second}).TryAcquire(ctx)
			return err
		},
	} {
		if err := call(); !errors.As(err, new(*redpoll.StateError)) || !errors.Is(err, redpoll.ErrNotSent) {
			t.Errorf("%s gives %v", name, err)
		}
	}
	f.same(0, "DBSIZE")
}
