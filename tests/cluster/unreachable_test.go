package cluster

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// keysOf returns n keys of each node that has slots, by the address of the node.
func keysOf(clu *redpolltest.Cluster, n int) map[string][]string {
	keys := map[string][]string{}
	left := n * len(clu.Primaries())
	for i := 0; left > 0; i++ {
		key := fmt.Sprint("k", i)
		at := clu.Owner(clu.Slot(key)).AnnouncedAddr()
		if len(keys[at]) < n {
			keys[at] = append(keys[at], key)
			left--
		}
	}
	return keys
}

// Two of four primaries are silent: their connections are open, and nobody answers. Calls to the others
// succeed while calls to the silent ones wait, in every way in which calls are sent. The waiting ones end
// with their contexts, and the nodes are used again when they are back.
func TestHalfOfTheNodesAreSilent(t *testing.T) {
	t.Parallel()
	// The nodes do not notice the silence, so the map stays.
	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{Primaries: 4, NodeTimeout: time.Minute})
	ctx, rdb := connect(t, clu)
	keys := keysOf(clu, 5)
	for _, list := range keys {
		for _, key := range list {
			no(t, "SET", rdb.Set(ctx, key, key))
		}
	}
	var silent, rest []string
	for i, n := range clu.Primaries() {
		if i%2 == 0 {
			silent = append(silent, keys[n.AnnouncedAddr()]...)
			n.Pause()
			defer n.Resume()
		} else {
			rest = append(rest, keys[n.AnnouncedAddr()]...)
		}
	}
	lost, giveUp := context.WithCancel(ctx)
	waiting := make(chan error)
	starts := []func() error{
		func() error { _, err := rdb.Get(lost, silent[0]); return err },
		func() error { return rdb.Set(lost, silent[5], "v") },
		func() error { _, err := rdb.MGet(lost, append(silent[:1:1], rest...)...); return err },
		func() error { _, err := rdb.DBSize(lost); return err },
	}
	for _, start := range starts {
		go func() { waiting <- start() }()
	}
	for range 20 {
		for _, key := range rest {
			got, err := rdb.Get(ctx, key)
			same(t, "GET", got, err, key)
		}
		got, err := rdb.MGet(ctx, rest...)
		no(t, "MGET", err)
		if len(got) != len(rest) || got[0].V != rest[0] {
			t.Errorf("MGET: %v", got)
		}
		p := rdb.Pipeline(redpoll.NoTransaction)
		for _, key := range rest {
			p.Get(key)
		}
		no(t, "a pipeline", p.Exec(ctx))
		no(t, "a transaction", rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
			p := tx.Multi()
			p.Set(rest[0], rest[0])
			return p.Exec(ctx)
		}, rest[0]))
		_, err = rdb.Eval(ctx, "return redis.call('GET', KEYS[1])", rest[:1])
		no(t, "a script", err)
	}
	select {
	case err := <-waiting:
		t.Errorf("a call to a silent node has ended before the others: %v", err)
	default:
	}
	giveUp()
	for range starts {
		if err := <-waiting; !errors.Is(err, context.Canceled) {
			t.Errorf("a call to a silent node: %v", err)
		}
	}
	for i, n := range clu.Primaries() {
		if i%2 == 0 {
			n.Resume()
		}
	}
	for _, key := range silent[1:5] {
		got, err := rdb.Get(ctx, key)
		same(t, "GET when the node is back", got, err, key)
	}
}

// A node is cut off from the clients and from the other nodes, and its replica takes over. Calls that wait
// for its answer, and whose contexts have no end, go on at the new one, or end as "maybe executed".
func TestCutOffNodeIsReplaced(t *testing.T) {
	t.Parallel()
	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{
		Replicas: 1, Proxies: true, NodeTimeout: time.Second,
	})
	rdb, err := redpoll.NewCluster(redpoll.ClusterOptions{
		Addrs: clu.Addrs()[:3], CheckInterval: time.Second,
		Node: redpoll.Options{ReplyTimeout: redpoll.Forever},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rdb.Close() })
	ctx := t.Context() // has no deadline
	victim := clu.Primaries()[0]
	keys := keysOf(clu, 3)[victim.AnnouncedAddr()]
	for _, key := range keys {
		no(t, "SET", rdb.Set(ctx, key, "v"))
	}
	heir := victim.Replicas()[0]
	redpolltest.Await(t, "the replica has the keys", func() bool {
		return heir.Do("DBSIZE") == victim.Do("DBSIZE")
	})
	read, written, popped := make(chan error), make(chan error), make(chan error)
	go func() {
		_, err := rdb.BLPop(ctx, redpoll.Forever, "{"+keys[2]+"}queue")
		popped <- err
	}()
	redpolltest.Await(t, "BLPOP waits", func() bool {
		return strings.Contains(fmt.Sprint(victim.Do("INFO", "clients")), "blocked_clients:1")
	})
	victim.Proxy().BlackHole(redpolltest.ToServer)
	victim.Proxy().BlackHole(redpolltest.ToClient)
	clu.Isolate(victim)
	go func() {
		got, err := rdb.Get(ctx, keys[0])
		if err == nil && got != "v" {
			err = fmt.Errorf("got %q", got)
		}
		read <- err
	}()
	go func() { written <- rdb.Set(ctx, keys[1], "w") }()
	clu.AwaitFailOver(victim)
	no(t, "GET", <-read)
	if err := <-written; err != nil && !errors.Is(err, redpoll.ErrMaybeExecuted) {
		t.Errorf("SET: %v", err)
	}
	no(t, "SET at the new primary", rdb.Set(ctx, keys[1], "x"))
	if err := <-popped; !errors.Is(err, redpoll.ErrMaybeExecuted) {
		t.Errorf("BLPOP: %v", err)
	}
}

// Nodes that tell other addresses than those that the client can use are reached through NodeAddr, also after
// one of them has moved.
func TestNodeAddrFollows(t *testing.T) {
	t.Parallel()
	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{
		Server: redpolltest.ServerOptions{AppendOnly: true},
	})
	rdb, err := redpoll.NewCluster(redpoll.ClusterOptions{
		// The client's own network has a name for the host of all nodes.
		Addrs: []string{"node.test:" + port(clu.Primaries()[0])},
		NodeAddr: func(n redpoll.NodeInfo) (string, string) {
			_, port, _ := net.SplitHostPort(n.Addr)
			return "127.0.0.1:" + port, ""
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rdb.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for round := range 2 {
		for _, list := range keysOf(clu, 3) {
			for _, key := range list {
				no(t, "SET", rdb.Set(ctx, key, round))
				got, err := rdb.Get(ctx, key)
				same(t, "GET", got, err, round)
			}
		}
		n, err := rdb.DBSize(ctx)
		same(t, "DBSIZE", n, err, 9)
		clu.Move(clu.Primaries()[round])
	}
}

// A cluster that speaks TLS tells the TLS ports, and one that tells host names is reached by these: the
// certificate is checked against the name.
func TestTLSCluster(t *testing.T) {
	t.Parallel()
	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{
		Server: redpolltest.ServerOptions{TLS: true},
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	try := func(name string, prefer string, config *tls.Config) {
		t.Helper()
		for _, n := range clu.Nodes() {
			n.Do("CONFIG", "SET", "cluster-announce-hostname", "localhost")
			n.Do("CONFIG", "SET", "cluster-preferred-endpoint-type", prefer)
		}
		redpolltest.Await(t, "all nodes tell the names", func() bool {
			for _, n := range clu.Nodes() {
				if got := fmt.Sprint(n.Do("CLUSTER", "SLOTS")); strings.Count(got, "localhost") < 3 {
					return false
				}
			}
			return true
		})
		rdb, err := redpoll.NewCluster(redpoll.ClusterOptions{
			Addrs: clu.Addrs()[:1], Node: redpoll.Options{TLS: config},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer rdb.Close()
		var keys []string
		for _, list := range keysOf(clu, 3) {
			keys = append(keys, list...)
		}
		for _, key := range keys {
			no(t, name+": SET", rdb.Set(ctx, key, "v"))
		}
		got, err := rdb.MGet(ctx, keys...)
		no(t, name+": MGET", err)
		if len(got) != len(keys) {
			t.Errorf("%s: %v", name, got)
		}
		for _, n := range rdb.Nodes() {
			host, _, _ := net.SplitHostPort(n.Addr)
			if want := map[string]string{"ip": "127.0.0.1", "hostname": "localhost"}[prefer]; host != want {
				t.Errorf("%s: the node %s, want the host %s", name, n.Addr, want)
			}
		}
	}
	try("addresses", "ip", clu.Nodes()[0].ClientTLS())
	try("names", "hostname", clu.Nodes()[0].ClientTLS())
	first := clu.Primaries()[0]
	slots := first.Slots()[0]
	clu.MoveSlots(clu.Primaries()[1], redpolltest.SlotRange{First: slots.First, Last: slots.First + 50})
	try("names, after slots have moved", "hostname", clu.Nodes()[0].ClientTLS())
}
