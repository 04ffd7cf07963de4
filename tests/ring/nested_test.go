package ring

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// A node of a ring is any client: here one that follows a primary, a cluster, and another ring.
func TestNodesThatAreSeveralServers(t *testing.T) {
	t.Parallel()
	replicated := redpolltest.StartReplicated(t, redpolltest.ReplicatedOptions{})
	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{})
	pair := redpolltest.StartIndependents(t, 2, redpolltest.ServerOptions{})
	made := func(c *redpoll.Client, err error) *redpoll.Client {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	var addrs []string
	for _, srv := range replicated.Servers() {
		addrs = append(addrs, srv.Addr())
	}
	ctx, rdb := connect(t, redpoll.RingOptions{Nodes: []redpoll.RingNode{
		{Name: "replicated", Client: made(redpoll.NewReplicated(redpoll.ReplicatedOptions{Addrs: addrs,
			ReadFrom: redpoll.ReadPreferReplica}))},
		{Name: "cluster", Client: made(redpoll.NewCluster(redpoll.ClusterOptions{Addrs: clu.Addrs()}))},
		{Name: "ring", Client: made(redpoll.NewRing(unnamed(pair)))},
	}})
	byNode := keysOf(t, rdb, 10)
	var keys []string
	var pairs []any
	for i := range byNode[0] {
		for _, list := range byNode {
			keys, pairs = append(keys, list[i]), append(pairs, list[i], "v"+list[i])
		}
	}
	ctx = redpoll.FromPrimary(ctx)
	no(t, "MSET", rdb.MSet(ctx, pairs...))
	got, err := rdb.MGet(ctx, keys...)
	no(t, "MGET", err)
	for i, v := range got {
		if v.V != "v"+keys[i] {
			t.Errorf("%s is %v", keys[i], v)
		}
	}
	n, err := rdb.DBSize(ctx)
	same(t, "DBSIZE", n, err, 30)
	for i, node := range rdb.Nodes() {
		n, err := node.Client.DBSize(ctx)
		same(t, "DBSIZE of "+node.Name, n, err, 10)
		no(t, "SET", node.Client.Set(ctx, byNode[i][0], node.Name))
		v, err := rdb.Get(ctx, byNode[i][0])
		same(t, "GET", v, err, node.Name)
	}
	seen := map[string]bool{}
	for key, err := range rdb.ScanIter(ctx) {
		no(t, "ScanIter", err)
		seen[key] = true
	}
	same(t, "keys of ScanIter", len(seen), nil, 30)

	pipe := rdb.Pipeline(redpoll.NoTransaction)
	var counts []*redpoll.Reply[int64]
	for range 5 {
		for _, key := range keys {
			counts = append(counts, pipe.Append(key, "x"))
		}
	}
	no(t, "a pipeline", pipe.Exec(ctx))
	for i, c := range counts {
		if i >= len(keys) && c.Val() != counts[i-len(keys)].Val()+1 {
			t.Errorf("APPEND %d: %d, %v", i, c.Val(), c.Err())
		}
	}
	for i, list := range byNode {
		err := rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
			if _, err := tx.Get(ctx, list[1]); err != nil {
				return err
			}
			tx.Multi().Set(list[1], i)
			return nil
		}, list[1])
		no(t, "Transaction", err)
		v, err := rdb.Get(ctx, list[1])
		same(t, "GET after the transaction", v, err, i)
		held, err := rdb.Lock(list[2]+"lock", redpoll.LockOptions{TTL: time.Minute, Fencing: true}).TryAcquire(ctx)
		if no(t, "a lock", err); err == nil {
			no(t, "release", held.Release(ctx))
		}
	}
	// Two nodes of the cluster are one node of the ring, and the cluster says that they are two.
	list := byNode[1]
	if err := rdb.Rename(ctx, list[0], list[1]); err != nil && !errors.Is(err, redpoll.ErrCrossSlot) {
		t.Errorf("RENAME within the cluster: %v", err)
	}
	no(t, "FLUSHALL", rdb.FlushAll(ctx))
	n, err = rdb.DBSize(ctx)
	same(t, "DBSIZE after FLUSHALL", n, err, 0)
	if s := fmt.Sprint(rdb); s == "" {
		t.Error("the client has no text")
	}
}
