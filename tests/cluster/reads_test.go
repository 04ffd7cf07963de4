package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// calls returns how often a node has run a command.
func calls(n *redpolltest.ClusterNode, command string) (count int) {
	_, rest, ok := strings.Cut(fmt.Sprint(n.Do("INFO", "commandstats")), "cmdstat_"+command+":calls=")
	if ok {
		_, _ = fmt.Sscanf(rest, "%d", &count)
	}
	return count
}

// Replicas answer the plain reads of all slots, and go on with that while primaries change.
//
// Covers: R01, R05
func TestReadsFromReplicas(t *testing.T) {
	t.Parallel()
	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{Replicas: 1})
	redpolltest.Await(t, "all replicas are in the map", func() bool { return listed(clu.Nodes()[0]) == 6 })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	rdb, err := redpoll.Open("redis+cluster://" + clu.Addrs()[0] + "?read_from=replica")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rdb.Close() })
	var keys []string
	write := func(value string) {
		t.Helper()
		keys = nil
		for i := range 30 {
			keys = append(keys, fmt.Sprint("k", i))
			no(t, "SET", rdb.Set(ctx, keys[i], value))
		}
		redpolltest.Await(t, "the replicas have the writes", func() bool {
			got, err := rdb.MGet(ctx, keys...)
			no(t, "MGET", err)
			for _, v := range got {
				if v.V != value {
					return false
				}
			}
			return true
		})
	}
	write("1")
	before := 0
	for _, n := range clu.Primaries() {
		before += calls(n, "get")
	}
	p := rdb.Pipeline(redpoll.NoTransaction)
	for _, key := range keys {
		got, err := rdb.Get(ctx, key)
		same(t, "GET", got, err, "1")
		p.Get(key)
	}
	no(t, "a pipeline", p.Exec(ctx))
	for _, n := range clu.Primaries() {
		before -= calls(n, "get")
		if calls(n, "get") > 0 || calls(n, "mget") > 0 {
			t.Errorf("a primary has answered %d GETs and %d MGETs", calls(n, "get"), calls(n, "mget"))
		}
		if r := n.Replicas()[0]; calls(r, "get") < 10 {
			t.Errorf("a replica has answered %d GETs", calls(r, "get"))
		}
	}
	got, err := rdb.Get(redpoll.FromPrimary(ctx), "k1")
	same(t, "GET from the primary", got, err, "1")
	if n := calls(clu.Owner(clu.Slot("k1")), "get"); n != 1 {
		t.Errorf("the primary has answered %d GETs", n)
	}

	clu.FailOver(clu.Primaries()[0].Replicas()[0])
	write("2")
	clu.MoveSlots(clu.Primaries()[1], redpolltest.SlotRange{First: 0, Last: 20})
	write("3")
	victim := clu.Primaries()[2]
	victim.Kill()
	for _, key := range keys { // reads need no primary
		if got, err := rdb.Get(ctx, key); err != nil || got != "3" {
			t.Errorf("GET without a primary: %q, %v", got, err)
		}
	}
	promoted := clu.AwaitFailOver(victim)
	for _, key := range keys {
		if clu.Owner(clu.Slot(key)) != promoted {
			continue
		}
		redpolltest.Await(t, "a read without any replica fails", func() bool {
			short, end := context.WithTimeout(ctx, time.Second)
			defer end()
			_, err := rdb.Get(short, key)
			return errors.Is(err, redpoll.ErrNoReplica) && errors.Is(err, redpoll.ErrNotSent)
		})
		break
	}
}

// With a zone the replica there answers, and so does the primary if it is there.
func TestReadsInAZone(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "", "8.1")
	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{Primaries: 3, Replicas: 2})
	redpolltest.Await(t, "all replicas are in the map", func() bool { return listed(clu.Nodes()[0]) == 9 })
	// The first shard has a replica in x, the second one its primary, the third one nobody.
	first, second, third := clu.Primaries()[0], clu.Primaries()[1], clu.Primaries()[2]
	for _, n := range clu.Nodes() {
		zone := "y"
		if n == first.Replicas()[0] || n == second {
			zone = "x"
		}
		n.Do("CONFIG", "SET", "availability-zone", zone)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	rdb, err := redpoll.NewCluster(redpoll.ClusterOptions{
		Addrs: clu.Addrs()[:1], ReadFrom: redpoll.ReadZone, Zone: "x",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rdb.Close() })
	for i := range 90 {
		_, err := rdb.StrLen(ctx, fmt.Sprint("k", i))
		no(t, "STRLEN", err)
	}
	for what, n := range map[string]int{
		"the replica in the zone": calls(first.Replicas()[0], "strlen"),
		"the primary in the zone": calls(second, "strlen"),
		"a replica elsewhere":     calls(third.Replicas()[0], "strlen"),
		"the other one there":     calls(third.Replicas()[1], "strlen"),
	} {
		if n < 5 {
			t.Errorf("%s: %d reads", what, n)
		}
	}
	if n := calls(first, "strlen") + calls(third, "strlen"); n > 2 {
		t.Errorf("primaries elsewhere have answered %d reads", n) // the first one tells the zone
	}
	// A server tells its zone with the first connection at the latest.
	if n := calls(first.Replicas()[1], "strlen") + calls(second.Replicas()[0], "strlen"); n > 4 {
		t.Errorf("servers beside one in the zone have answered %d reads", n)
	}
	zones := map[string]int{}
	for _, n := range rdb.Nodes() {
		zones[n.Zone]++
	}
	same(t, "the zones of Nodes", zones["x"], nil, 2)
}

// NodeFor has the owner of a key, also before the first command. Stats, Reset and Disconnect concern the
// connections to all nodes.
func TestNodeFor(t *testing.T) {
	t.Parallel()
	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{})
	ctx, rdb := connect(t, clu)
	for _, key := range []string{"a", "b", "{b}c", "\x00"} {
		n, err := rdb.NodeFor(ctx, key)
		owner := clu.Owner(clu.Slot(key))
		if err != nil || n.Addr != owner.Addr() || n.ID != owner.ID() || n.Role != redpoll.RolePrimary {
			t.Errorf("%q: %+v, %v, want %s", key, n, err, owner.Addr())
			continue
		}
		no(t, "SET", rdb.Set(ctx, key, "v"))
		got, err := n.Client.Get(ctx, key)
		same(t, "GET of the node", got, err, "v")
	}
	_, err := rdb.DBSize(ctx)
	no(t, "DBSIZE", err)
	if n := rdb.Stats().SharedConns; n != 3 {
		t.Errorf("%d connections to three nodes", n)
	}
	rdb.Disconnect()
	if s := rdb.Stats(); s.Closed < 3 || s.SharedConns != 0 {
		t.Errorf("after Disconnect: %+v", s)
	}
	_, err = rdb.DBSize(ctx)
	no(t, "DBSIZE", err)
	rdb.Reset()
	redpolltest.Await(t, "the connections are discarded", func() bool { return rdb.Stats().Closed >= 6 })
}
