// Package ring tests the client of a ring on real servers.
package ring

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// connect makes a client, and a context for its calls.
func connect(t *testing.T, o redpoll.RingOptions) (context.Context, *redpoll.Client) {
	t.Helper()
	rdb, err := redpoll.NewRing(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rdb.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx, rdb
}

// named are the options of a ring whose nodes are called a, b and so on.
func named(all []*redpolltest.Server) (o redpoll.RingOptions) {
	for i, srv := range all {
		o.Nodes = append(o.Nodes, redpoll.RingNode{Name: string(rune('a' + i)), Addr: srv.Addr()})
	}
	return o
}

// unnamed are the options of a ring whose nodes have no names.
func unnamed(all []*redpolltest.Server) (o redpoll.RingOptions) {
	for _, srv := range all {
		o.Nodes = append(o.Nodes, redpoll.RingNode{Addr: srv.Addr()})
	}
	return o
}

// same compares a result.
func same[T any](t *testing.T, what string, got T, err error, want any) {
	t.Helper()
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v, %v; want %v", what, got, err, want)
	}
}

func no(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

// crossed expects a call that was refused because its keys are on several nodes.
func crossed(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, redpoll.ErrCrossSlot) || !errors.Is(err, redpoll.ErrNotSent) ||
		!strings.Contains(err.Error(), "several nodes") {
		t.Errorf("%s over several nodes: %v", what, err)
	}
}

// alone expects a call that was refused because it is about one node.
func alone(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.As(err, new(*redpoll.StateError)) || !strings.Contains(err.Error(), "Client.Nodes") {
		t.Errorf("%s: %v", what, err)
	}
}

// keysOf returns keys of each node, as many as asked for.
func keysOf(t *testing.T, rdb *redpoll.Client, each int) [][]string {
	nodes := rdb.Nodes()
	keys := make([][]string, len(nodes))
	for i, full := 0, 0; full < len(nodes); i++ {
		key := fmt.Sprint("key", i)
		home := nodeFor(t, rdb, key).Name
		at := slices.IndexFunc(nodes, func(n redpoll.Node) bool { return n.Name == home })
		if len(keys[at]) < each {
			if keys[at] = append(keys[at], key); len(keys[at]) == each {
				full++
			}
		}
	}
	return keys
}

// holds returns the keys of a server, sorted.
func holds(srv *redpolltest.Server) string {
	var keys []string
	list, _ := srv.Do("KEYS", "*").([]any)
	for _, key := range list {
		keys = append(keys, fmt.Sprint(key))
	}
	slices.Sort(keys)
	return strings.Join(keys, " ")
}

// Two services, one of them in Python, share a ring: keys are where hash_ring puts them.
//
// Covers: F103, F406, F408, E77, E78
func TestUnnamedNodesAreThoseOfPython(t *testing.T) {
	t.Parallel()
	all := redpolltest.StartIndependents(t, 2, redpolltest.ServerOptions{})
	ctx, rdb := connect(t, unnamed(all))
	for i := range 6 {
		key := fmt.Sprint("k", i)
		no(t, "SET", rdb.Set(ctx, key, i))
		got, err := rdb.Get(ctx, key)
		same(t, "GET", got, err, i)
	}
	if a, b := holds(all[0]), holds(all[1]); a != "" || b != "k0 k1 k2 k3 k4 k5" {
		t.Errorf("node 0 has %q, node 1 has %q", a, b)
	}
	url := "redis+ring://" + all[0].Addr() + "," + all[1].Addr() + "/0"
	other, err := redpoll.Open(url)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	got, err := other.Get(ctx, "k3")
	same(t, "GET by a client of "+url, got, err, 3)
}

// All subtests share one ring.
func TestRing(t *testing.T) {
	t.Parallel()
	all := redpolltest.StartIndependents(t, 3, redpolltest.ServerOptions{})
	ctx, rdb := connect(t, named(all))
	byNode := keysOf(t, rdb, 20)
	var keys []string
	var pairs []any
	for i := range byNode[0] {
		for _, list := range byNode {
			keys = append(keys, list[i])
			pairs = append(pairs, list[i], "value of "+list[i])
		}
	}
	clear := func(t *testing.T) {
		t.Helper()
		no(t, "FLUSHALL", rdb.FlushAll(ctx))
	}

	// Covers: F405, F413, F427
	t.Run("nodes", func(t *testing.T) {
		for i, n := range rdb.Nodes() {
			if n.Name != string(rune('a'+i)) || n.Addr != all[i].Addr() {
				t.Errorf("node %d is %+v", i, n)
			}
			key := byNode[i][0]
			if at := nodeFor(t, rdb, key); at != n {
				t.Errorf("%s is at %+v", key, at)
			}
			no(t, "SET", n.Client.Set(ctx, key, i))
			got, err := rdb.Get(ctx, key)
			same(t, "GET of what the client of a node has set", got, err, i)
		}
		if nodeFor(t, rdb, "{x}a") != nodeFor(t, rdb, "x") || nodeFor(t, rdb, "{x}a") != nodeFor(t, rdb, "{x}b") {
			t.Error("a hash tag does not decide")
		}
		if s := rdb.String(); !strings.Contains(s, all[2].Addr()) || rdb.Pool() != nil {
			t.Errorf("the client is %s, its pool %v", s, rdb.Pool())
		}
		if n := rdb.Stats().Commands; n < 3 {
			t.Errorf("%d commands are counted", n)
		}
		clear(t)
	})

	// Covers: F409, F411, N08
	t.Run("several keys", func(t *testing.T) {
		no(t, "MSET", rdb.MSet(ctx, pairs...))
		for i, srv := range all {
			want := slices.Sorted(slices.Values(byNode[i]))
			if got := holds(srv); got != strings.Join(want, " ") {
				t.Errorf("node %d has %s, want %s", i, got, want)
			}
		}
		got, err := rdb.MGet(ctx, append(keys, "none", keys[0])...)
		no(t, "MGET", err)
		for i, v := range got {
			want := redpoll.Null[string]{V: "value of " + keys[i%(len(keys)+1)%len(keys)], Valid: true}
			if i == len(keys) {
				want = redpoll.Null[string]{}
			} else if i > len(keys) {
				want.V = "value of " + keys[0]
			}
			if v != want {
				t.Errorf("element %d is %v, want %v", i, v, want)
			}
		}
		n, err := rdb.Exists(ctx, append(keys, "none", keys[0])...)
		same(t, "EXISTS", n, err, 61)
		n, err = rdb.Touch(ctx, keys...)
		same(t, "TOUCH", n, err, 60)
		n, err = rdb.Del(ctx, keys[:30]...)
		same(t, "DEL", n, err, 30)
		n, err = rdb.Unlink(ctx, keys...)
		same(t, "UNLINK", n, err, 30)

		crossed(t, "RENAME", rdb.Rename(ctx, keys[0], keys[1]))
		_, err = rdb.MSetNX(ctx, pairs[:4]...)
		crossed(t, "MSETNX", err)
		_, err = rdb.SInter(ctx, keys[:3]...)
		crossed(t, "SINTER", err)
		_, err = rdb.BLPop(ctx, time.Second, keys[0], keys[1])
		crossed(t, "BLPOP", err)
		_, err = rdb.BitOp(ctx, redpoll.BitOr, keys[0], keys[1], keys[2])
		crossed(t, "BITOP", err)
		_, err = rdb.Eval(ctx, "return 1", keys[:2])
		crossed(t, "EVAL", err)
		no(t, "RENAME within a hash tag", errors.Join(
			rdb.Set(ctx, "{t}a", 1), rdb.Rename(ctx, "{t}a", "{t}b")))
		clear(t)
	})

	// Covers: F410
	t.Run("real keys", func(t *testing.T) {
		for i, list := range byNode {
			src, dst := list[0], list[1]
			no(t, "SET", rdb.Set(ctx, src, "a"))
			_, err := rdb.BitOp(ctx, redpoll.BitNot, dst, src)
			no(t, "BITOP", err)
			kind, err := rdb.ObjectEncoding(ctx, src)
			same(t, "OBJECT ENCODING", kind, err, "embstr")
			v, err := rdb.Eval(ctx, "return redis.call('GET', KEYS[1])", []string{src})
			same(t, "EVAL", v.Any(), err, "a")
			_, err = rdb.RPush(ctx, list[2], "x")
			no(t, "RPUSH", err)
			popped, err := rdb.BLPop(ctx, time.Second, list[3], list[2])
			same(t, "BLPOP", popped.Value, err, "x")
			want := slices.Sorted(slices.Values([]string{src, dst}))
			if got := holds(all[i]); got != strings.Join(want, " ") {
				t.Errorf("node %d has %s, want %s", i, got, want)
			}
		}
		clear(t)
	})

	// Covers: F412
	t.Run("no keys", func(t *testing.T) {
		no(t, "MSET", rdb.MSet(ctx, pairs...))
		n, err := rdb.DBSize(ctx)
		same(t, "DBSIZE", n, err, 60)
		found, err := rdb.Keys(ctx, "*")
		same(t, "KEYS", len(found), err, 60)
		key, err := rdb.RandomKey(ctx)
		if no(t, "RANDOMKEY", err); !slices.Contains(keys, key) {
			t.Errorf("RANDOMKEY: %s", key)
		}
		no(t, "CONFIG SET", rdb.ConfigSet(ctx, "slowlog-max-len", "77"))
		sum, err := rdb.ScriptLoad(ctx, "return 1")
		no(t, "SCRIPT LOAD", err)
		for i, srv := range all {
			scripts, setting := srv.Do("SCRIPT", "EXISTS", sum), srv.Do("CONFIG", "GET", "slowlog-max-len")
			if got := fmt.Sprint(scripts, setting); got != "[1] [slowlog-max-len 77]" {
				t.Errorf("node %d: %s", i, got)
			}
		}
		echo, err := rdb.Echo(ctx, "hello")
		same(t, "ECHO", echo, err, "hello")
		_, err = rdb.Info(ctx)
		alone(t, "INFO", err)
		_, err = rdb.ConfigGet(ctx, "maxmemory")
		alone(t, "CONFIG GET", err)
		_, err = rdb.LastSave(ctx)
		alone(t, "LASTSAVE", err)
		_, err = rdb.Scan(ctx, 0)
		if alone(t, "SCAN", err); !strings.Contains(err.Error(), "ScanIter") {
			t.Errorf("SCAN: %v", err)
		}
		_, err = rdb.Eval(ctx, "return redis.call('DBSIZE')", nil)
		alone(t, "a script without keys", err)
		_, err = rdb.Do(ctx, "NO.SUCH.COMMAND", keys[0])
		alone(t, "an unknown command", err)

		seen := map[string]bool{}
		for key, err := range rdb.ScanIter(ctx, redpoll.Count(7)) {
			no(t, "ScanIter", err)
			seen[key] = true
		}
		if len(seen) != 60 {
			t.Errorf("ScanIter gives %d keys", len(seen))
		}
		clear(t)
		n, err = rdb.DBSize(ctx)
		same(t, "DBSIZE after FLUSHALL", n, err, 0)
	})

	t.Run("publish", func(t *testing.T) {
		for i, list := range byNode {
			sub := rdb.Nodes()[i].Client.PubSub()
			no(t, "SUBSCRIBE", sub.Subscribe(ctx, list[0]))
			n, err := rdb.Publish(ctx, list[0], "hello")
			same(t, "PUBLISH reaches the node of its channel", n, err, 1)
			no(t, "close", sub.Close())
		}
	})

	// Covers: F427
	t.Run("sessions", func(t *testing.T) {
		for i, list := range byNode {
			err := rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
				tx.Multi().Set(list[0], i)
				crossed(t, "GET in a transaction", tx.Set(ctx, byNode[(i+1)%3][0], "elsewhere"))
				return nil
			}, list[0], list[1])
			no(t, "Transaction", err)
			one, err := rdb.Conn(ctx, list[0])
			if err != nil {
				t.Fatal(err)
			}
			got, err := one.Get(ctx, list[0])
			same(t, "GET on a Conn", got, err, i)
			pipe := one.Pipeline(redpoll.NoTransaction)
			pipe.Get(byNode[(i+1)%3][0])
			crossed(t, "a pipeline on a Conn", pipe.Exec(ctx))
			no(t, "close", one.Close())
		}
		one, err := rdb.Conn(ctx)
		if err != nil {
			t.Fatal(err)
		}
		alone(t, "PING on a Conn without a key", one.Ping(ctx))
		no(t, "the first key of a Conn", one.Set(ctx, keys[1], 1))
		no(t, "PING then", one.Ping(ctx))
		crossed(t, "a key of another node", one.Set(ctx, keys[2], 1))
		no(t, "close", one.Close())
		if err := one.Set(ctx, keys[1], 1); !errors.Is(err, redpoll.ErrClosed) {
			t.Errorf("SET on a Conn that is closed: %v", err)
		}
		_, err = rdb.Conn(ctx, keys[0], keys[1])
		crossed(t, "Conn", err)
		clear(t)
	})

	t.Run("scripts and locks", func(t *testing.T) {
		double := rdb.RegisterScript("return redis.call('INCRBY', KEYS[1], ARGV[1] * 2)")
		for i, list := range byNode {
			for n := range 2 {
				v, err := double.Run(ctx, list[:1], 5)
				same(t, "a script", v.Any(), err, 10*(n+1))
			}
			o := redpoll.LockOptions{TTL: time.Minute, Fencing: true}
			held, err := rdb.Lock(list[1], o).TryAcquire(ctx)
			if err != nil {
				t.Fatal(err)
			}
			_, err = rdb.Lock(list[1], o).TryAcquire(ctx)
			if !errors.Is(err, redpoll.ErrNotAcquired) {
				t.Errorf("the lock is held, and another one gets %v", err)
			}
			want := slices.Sorted(slices.Values([]string{list[0], list[1], "{" + list[1] + "}:fence"}))
			if got := holds(all[i]); got != strings.Join(want, " ") {
				t.Errorf("node %d has %s, want %s", i, got, want)
			}
			no(t, "release", held.Release(ctx))
		}
		clear(t)
	})
}

// nodeFor returns the node of a key.
func nodeFor(t *testing.T, rdb *redpoll.Client, key string) redpoll.Node {
	t.Helper()
	n, err := rdb.NodeFor(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
