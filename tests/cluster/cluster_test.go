// Package cluster tests the client of a Redis Cluster on real ones.
package cluster

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

// connect makes a client that knows one node, and a context for its calls.
func connect(t *testing.T, clu *redpolltest.Cluster) (context.Context, *redpoll.Client) {
	t.Helper()
	rdb, err := redpoll.Open("redis+cluster://" + clu.Addrs()[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rdb.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx, rdb
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

// listed returns the number of nodes in a node's map of slots. Replicas without any data come in late.
func listed(n *redpolltest.ClusterNode) int {
	nodes := map[string]bool{}
	ranges, _ := n.Do("CLUSTER", "SLOTS").([]any)
	for _, r := range ranges {
		fields, _ := r.([]any)
		for _, node := range fields[min(2, len(fields)):] {
			nodes[fmt.Sprint(node)] = true
		}
	}
	return len(nodes)
}

// All subtests share one cluster that stands still.
func TestCommands(t *testing.T) {
	t.Parallel()
	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{Replicas: 1})
	redpolltest.Await(t, "every node lists every replica", func() bool {
		return !slices.ContainsFunc(clu.Nodes(), func(n *redpolltest.ClusterNode) bool {
			return listed(n) < 6
		})
	})
	ctx, rdb := connect(t, clu)
	var keys []string
	var pairs []any
	for i := range 100 {
		keys = append(keys, fmt.Sprint("key", i))
		pairs = append(pairs, keys[i], fmt.Sprint("value", i))
	}
	t.Run("split", func(t *testing.T) {
		no(t, "MSET", rdb.MSet(ctx, pairs...))
		got, err := rdb.MGet(ctx, append(keys, "none", keys[0])...)
		no(t, "MGET", err)
		for i, v := range got {
			want := redpoll.Null[string]{V: fmt.Sprint("value", i%101), Valid: i != 100}
			if i == 100 {
				want.V = ""
			}
			if i == 101 {
				want.V = "value0"
			}
			if v != want {
				t.Errorf("element %d is %v", i, v)
			}
		}
		n, err := rdb.Exists(ctx, append(keys, "none", keys[0])...)
		same(t, "EXISTS", n, err, 101)
		n, err = rdb.Touch(ctx, keys...)
		same(t, "TOUCH", n, err, 100)
		n, err = rdb.Del(ctx, keys[:50]...)
		same(t, "DEL", n, err, 50)
		n, err = rdb.Unlink(ctx, keys...)
		same(t, "UNLINK", n, err, 50)
	})
	t.Run("all nodes", func(t *testing.T) {
		no(t, "MSET", rdb.MSet(ctx, pairs...))
		n, err := rdb.DBSize(ctx)
		same(t, "DBSIZE", n, err, 100)
		all, err := rdb.Keys(ctx, "*")
		same(t, "KEYS", len(all), err, 100)
		key, err := rdb.RandomKey(ctx)
		if no(t, "RANDOMKEY", err); !slices.Contains(keys, key) {
			t.Errorf("RANDOMKEY: %s", key)
		}
		no(t, "CONFIG SET", rdb.ConfigSet(ctx, "slowlog-max-len", "77"))
		sum, err := rdb.ScriptLoad(ctx, "return 1")
		no(t, "SCRIPT LOAD", err)
		known, err := rdb.ScriptExists(ctx, sum, strings.Repeat("0", 40))
		same(t, "SCRIPT EXISTS", known, err, []bool{true, false})
		for _, node := range clu.Nodes() {
			scripts, setting := node.Do("SCRIPT", "EXISTS", sum), node.Do("CONFIG", "GET", "slowlog-max-len")
			if got := fmt.Sprint(scripts, setting); got != "[1] [slowlog-max-len 77]" {
				t.Errorf("%s: %s", node.AnnouncedAddr(), got)
			}
		}
		no(t, "SCRIPT FLUSH", rdb.ScriptFlush(ctx))
		known, err = rdb.ScriptExists(ctx, sum)
		same(t, "SCRIPT EXISTS", known, err, []bool{false})
		no(t, "FLUSHALL", rdb.FlushAll(ctx))
		n, err = rdb.DBSize(ctx)
		same(t, "DBSIZE", n, err, 0)
		if _, err = rdb.RandomKey(ctx); !errors.Is(err, redpoll.Nil) {
			t.Errorf("RANDOMKEY: %v", err)
		}
	})
	t.Run("refused", func(t *testing.T) {
		_, info := rdb.Info(ctx)
		_, scan := rdb.Scan(ctx, 0)
		_, monitor := rdb.Monitor(ctx)
		held, err := rdb.Conn(ctx, "a")
		if err != nil {
			t.Fatal(err)
		}
		defer held.Close()
		_, monitorOfConn := held.Monitor(ctx)
		role, err := held.Role(ctx)
		same(t, "ROLE of a Conn", role.Name, err, "master")
		// Commands about the cluster as a whole go to any node, and so does a script without keys.
		state, err := rdb.ClusterInfo(ctx)
		same(t, "CLUSTER INFO", state.State, err, "ok")
		sum, err := rdb.Eval(ctx, "return 1+1", nil)
		no(t, "EVAL without keys", err)
		n, err := sum.Int64()
		same(t, "EVAL without keys", n, err, 2)
		inPipeline := rdb.Pipeline(redpoll.NoTransaction)
		size := inPipeline.DBSize()
		besides := rdb.Pipeline(redpoll.NoTransaction)
		besides.Get("a")
		besides.Role()
		for name, err := range map[string]error{"INFO": info, "SCAN": scan, "MONITOR": monitor,
			"MONITOR of a Conn": monitorOfConn, "DBSIZE in a pipeline": inPipeline.Exec(ctx),
			"ROLE in a pipeline": besides.Exec(ctx)} {
			if !errors.As(err, new(*redpoll.StateError)) || !errors.Is(err, redpoll.ErrNotSent) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := size.Result(); !errors.Is(err, redpoll.ErrNotSent) {
			t.Errorf("the handle: %v", err)
		}
		if !strings.Contains(scan.Error(), "ScanIter") {
			t.Error(scan)
		}
		_, inter := rdb.SInter(ctx, "a", "b")
		atomic := rdb.Pipeline()
		atomic.Incr("a")
		atomic.Incr("b")
		tx := rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
			p := tx.Multi()
			p.Incr("a")
			p.Incr("b")
			return p.Exec(ctx)
		}, "a")
		_, script := rdb.Eval(ctx, "return 1", []string{"a", "b"})
		_, conn := rdb.Conn(ctx, "a", "b")
		for name, err := range map[string]error{"SINTER": inter, "a pipeline": atomic.Exec(ctx), "MULTI": tx,
			"EVAL": script, "Conn": conn} {
			if !errors.Is(err, redpoll.ErrCrossSlot) || !errors.Is(err, redpoll.ErrNotSent) {
				t.Errorf("%s: %v", name, err)
			}
		}
		n, err = rdb.Exists(ctx, "a", "b")
		same(t, "EXISTS", n, err, 0)
		if !strings.Contains(monitor.Error(), "Nodes") {
			t.Error(monitor)
		}
	})
	t.Run("pipelines", func(t *testing.T) {
		p := rdb.Pipeline(redpoll.NoTransaction)
		var handles []*redpoll.Reply[int64]
		for i := range 300 {
			handles = append(handles, p.Incr(fmt.Sprint("n", i%100)))
		}
		wrong := p.Set("wrong", "x")
		fails := p.LPush("wrong", "y")
		if err := p.Exec(ctx); !errors.Is(err, redpoll.ErrWrongType) {
			t.Errorf("a command of one part fails: %v", err)
		}
		for i, h := range handles {
			n, err := h.Result()
			same(t, "INCR", n, err, 1+i/100)
		}
		no(t, "SET", wrong.Err())
		if _, err := fails.Result(); !errors.Is(err, redpoll.ErrWrongType) {
			t.Error(err)
		}
		script := rdb.RegisterScript("return redis.call('INCR', KEYS[1])")
		p = rdb.Pipeline(redpoll.NoTransaction)
		var values []*redpoll.Reply[redpoll.Value]
		for i := range 20 {
			values = append(values, script.Queue(p, []string{fmt.Sprint("s", i)}))
		}
		no(t, "a pipeline of scripts", p.Exec(ctx))
		for _, v := range values {
			got, err := v.Result()
			no(t, "a script", err)
			n, err := got.Int()
			same(t, "a script", n, err, 1)
		}
	})
	t.Run("sessions", func(t *testing.T) {
		for i := range 9 {
			key := fmt.Sprint("w", i)
			no(t, "a transaction", rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
				if _, err := tx.Exists(ctx, key); err != nil {
					return err
				}
				p := tx.Multi()
				p.IncrBy(key, 2)
				return p.Exec(ctx)
			}, key))
			v, err := rdb.Get(ctx, key)
			same(t, "GET", v, err, 2)
			c, err := rdb.Conn(ctx) // begins anywhere
			if err != nil {
				t.Fatal(err)
			}
			no(t, "WATCH moves", c.Watch(ctx, key))
			v, err = c.Get(ctx, key)
			same(t, "GET", v, err, 2)
			no(t, "Close", c.Close())
			lock := rdb.Lock("lock"+key, redpoll.LockOptions{TTL: time.Minute})
			held, err := lock.Acquire(ctx)
			if err != nil {
				t.Fatal(err)
			}
			no(t, "a lock", held.Release(ctx))
		}
	})
	t.Run("nodes", func(t *testing.T) {
		want := map[string]string{}
		for _, n := range clu.Nodes() {
			want[n.AnnouncedAddr()] = n.ID()
		}
		primaries := 0
		for _, n := range rdb.Nodes() {
			if want[n.Addr] != n.ID || n.ID == "" {
				t.Errorf("%s has the ID %q", n.Addr, n.ID)
			}
			delete(want, n.Addr)
			if n.Role == redpoll.RolePrimary {
				primaries++
			}
			_, err := n.Client.Info(ctx)
			no(t, "INFO", err)
		}
		if len(want) > 0 || primaries != 3 {
			t.Errorf("%v are missing; %d primaries", want, primaries)
		}
	})
	t.Run("subscriptions", func(t *testing.T) {
		sub := rdb.PubSub()
		defer sub.Close()
		no(t, "SUBSCRIBE", sub.Subscribe(ctx, "news"))
		_, err := rdb.Publish(ctx, "news", "hello")
		no(t, "PUBLISH", err)
		m, err := sub.Message(ctx, redpoll.KindSubscribe)
		same(t, "a message", m.Payload, err, "hello")
	})
	t.Run("drain", func(t *testing.T) {
		own, err := redpoll.NewCluster(redpoll.ClusterOptions{Addrs: clu.Addrs()[1:2]})
		if err != nil {
			t.Fatal(err)
		}
		no(t, "MSET", own.MSet(ctx, pairs...))
		no(t, "Drain", own.Drain(ctx))
		if err := own.Set(ctx, "k", "v"); !errors.Is(err, redpoll.ErrClosed) {
			t.Error(err)
		}
		if _, err := own.DBSize(ctx); !errors.Is(err, redpoll.ErrClosed) {
			t.Error(err)
		}
	})
}
