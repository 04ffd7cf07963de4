package copies

import (
	"errors"
	"fmt"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// The connection to one node is cut at every byte of a write and of its reply. The error says what became of
// the write on the other nodes, the node is listed if it differs, and after the repair all are equal.
func TestCutsAtEveryByte(t *testing.T) {
	t.Parallel()
	f := start(t, 3, redpoll.CopyOptions{})
	proxy := redpolltest.NewProxy(t, f.servers[1].Addr())
	o := redpoll.CopyOptions{Node: redpoll.Options{NoRetry: true}}
	for i, srv := range f.servers {
		addr := srv.Addr()
		if i == 1 {
			addr = proxy.Addr()
		}
		o.Nodes = append(o.Nodes, redpoll.CopyNode{Addr: addr})
	}
	f.rdb = open(t, o)
	ctx := t.Context()
	want, failed := 0, 0
	cut := func(dir redpolltest.Direction, n int) {
		redpolltest.Await(t, "the node is in use", func() bool {
			return f.rdb.Set(ctx, "there", "yes") == nil
		})
		f.settled()
		fault := proxy.CutAfter(dir, int64(n), redpolltest.Reset, redpolltest.FromNow, redpolltest.Once)
		got, err := f.rdb.IncrBy(ctx, "count", 1)
		fault.Lift()
		want++
		var nodes *redpoll.NodesError
		if err != nil {
			failed++
		}
		switch {
		case err == nil && got != int64(want):
			t.Errorf("cut %v after %d bytes: the count is %d, want %d", dir, n, got, want)
		case err == nil:
		case !errors.As(err, &nodes) || len(nodes.Parts) != 1 || errors.Is(err, redpoll.ErrNotSent):
			t.Errorf("cut %v after %d bytes: %v", dir, n, err)
		}
		if got, err := redpoll.Int(f.rdb.Get(ctx, "count")); got != want || err != nil {
			t.Errorf("cut %v after %d bytes: a read gives %d, %v, want %d", dir, n, got, err, want)
		}
		f.settled()
		f.same(fmt.Sprint(want), "GET", "count")
	}
	for n := range len("*3\r\n$6\r\nINCRBY\r\n$5\r\ncount\r\n$1\r\n1\r\n") + 1 {
		cut(redpolltest.ToServer, n)
	}
	for n := range len(":10\r\n") + 1 {
		cut(redpolltest.ToClient, n)
	}
	if failed < 30 {
		t.Errorf("only %d writes were cut", failed)
	}
}

// Two nodes may have executed a write, the third one is away and cannot have. A repair that takes the value
// of one of the two lists the key for the third, which gets it when it is back.
func TestDoubtWhileANodeIsAway(t *testing.T) {
	t.Parallel()
	f := start(t, 3, redpoll.CopyOptions{})
	o := redpoll.CopyOptions{Success: redpoll.SuccessQuorum, Node: redpoll.Options{NoRetry: true}}
	var proxies []*redpolltest.Proxy
	for _, srv := range f.servers {
		proxies = append(proxies, redpolltest.NewProxy(t, srv.Addr()))
		o.Nodes = append(o.Nodes, redpoll.CopyNode{Addr: proxies[len(proxies)-1].Addr()})
	}
	f.rdb = open(t, o)
	ctx := t.Context()
	f.ok(f.rdb.Set(ctx, "count", 1))
	f.settled()
	gone := proxies[2].CutAfter(redpolltest.ToServer, 0, redpolltest.Reset)
	redpolltest.Await(t, "the third node is away", func() bool {
		f.ok(f.rdb.Set(ctx, "other", 1))
		return f.repair().Left["2"].Away
	})
	for _, p := range proxies[:2] {
		p.CutAfter(redpolltest.ToClient, 0, redpolltest.Reset, redpolltest.FromNow, redpolltest.Once)
	}
	var nodes *redpoll.NodesError
	if _, err := f.rdb.Incr(ctx, "count"); !errors.As(err, &nodes) || len(nodes.Parts) != 3 {
		t.Fatalf("without replies INCR gives %v", err)
	}
	redpolltest.Await(t, "the two are repaired", func() bool {
		left := f.repair().Left
		return len(left) == 1 && left["2"].Away
	})
	gone.Lift()
	f.settled()
	f.same("2", "GET", "count")
	f.equal()
}
