package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// The primary of a third of the slots is killed three times while 64 callers append numbers to lists of
// their own. Each number is there at most once and in order, and none is there whose call was not sent or
// refused. Of the acknowledged ones only those may be missing that asynchronous replication has lost, on the
// dead primaries. One of four callers gives its calls little time, and none of these lasts much longer.
func TestPrimaryKilled(t *testing.T) {
	t.Parallel()
	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{
		Replicas: 1, NodeTimeout: 700 * time.Millisecond,
	})
	ctx, rdb := connect(t, clu)
	const callers = 64
	const kills = 3
	type result struct{ acked, maybe, not map[string]bool }
	results := make([]result, callers)
	stop := make(chan struct{})
	var running sync.WaitGroup
	var done atomic.Int64
	for i := range callers {
		results[i] = result{map[string]bool{}, map[string]bool{}, map[string]bool{}}
		running.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				value := fmt.Sprint(n)
				limit := 20 * time.Second
				if i%4 == 0 {
					limit = 200 * time.Millisecond
				}
				within, end := context.WithTimeout(ctx, limit)
				late, endLate := context.WithTimeout(ctx, limit+5*time.Second) // for a busy machine
				_, err := rdb.RPush(within, fmt.Sprint("list", i), value)
				switch redpoll.OutcomeOf(err) {
				case redpoll.Executed:
					results[i].acked[value] = true
				case redpoll.MaybeExecuted:
					results[i].maybe[value] = true
				default:
					results[i].not[value] = true
					if i%4 != 0 || !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("%v", err)
					}
				}
				if late.Err() != nil {
					t.Errorf("a call has outlived its context: %v", err)
				}
				end()
				endLate()
				if errors.Is(err, redpoll.ErrMoved) {
					t.Errorf("a redirect came through: %v", err)
				}
				done.Add(1)
			}
		})
	}
	goOn := func() {
		t.Helper()
		at := done.Load()
		redpolltest.Await(t, "the callers go on", func() bool { return done.Load() > at+2000 })
	}
	goOn()
	victim := clu.Primaries()[0]
	for i := range kills {
		victim.Kill()
		heir := clu.AwaitFailOver(victim)
		goOn()
		if i < kills-1 {
			victim.Restart()
			clu.AwaitOK() // it is a replica, and has all that the heir has
			victim = heir
		}
	}
	close(stop)
	running.Wait()
	n, err := rdb.DBSize(ctx)
	same(t, "DBSIZE after the failover", n, err, callers)
	lost, unsure := 0, 0
	for i, r := range results {
		list, err := rdb.LRange(ctx, fmt.Sprint("list", i), 0, -1)
		no(t, "LRANGE", err)
		seen := map[string]bool{}
		last := -1
		for _, v := range list {
			var at int
			_, _ = fmt.Sscan(v, &at)
			if seen[v] || at <= last || r.not[v] || !r.acked[v] && !r.maybe[v] {
				t.Errorf("list %d: %s behind %d, seen %v, not executed %v", i, v, last, seen[v], r.not[v])
			}
			seen[v], last = true, at
		}
		for v := range r.acked {
			if !seen[v] {
				lost++
				if victims := clu.Slot(fmt.Sprint("list", i)); victims > 5460 {
					t.Errorf("list %d of another primary has lost %s", i, v)
				}
			}
		}
		unsure += len(r.maybe)
	}
	if most := kills * callers * 2; unsure > most {
		t.Errorf("%d calls of %d callers have no certain outcome after %d kills", unsure, callers, kills)
	}
	t.Logf("%d calls, %d may have been executed, %d lost by replication", done.Load(), unsure, lost)
}

// A node that comes back at another address, and one that leaves, are noticed by the calls that need them.
func TestNodesComeAndGo(t *testing.T) {
	t.Parallel()
	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{
		Server: redpolltest.ServerOptions{AppendOnly: true},
	})
	ctx, rdb := connect(t, clu)
	check := func(round int) {
		t.Helper()
		var keys []string
		for i := range 50 {
			keys = append(keys, fmt.Sprint("k", i))
			no(t, "SET", rdb.Set(ctx, keys[i], round))
		}
		got, err := rdb.MGet(ctx, keys...)
		no(t, "MGET", err)
		for i, v := range got {
			if v.V != fmt.Sprint(round) {
				t.Errorf("round %d: key %d is %v", round, i, v)
			}
		}
		n, err := rdb.DBSize(ctx)
		same(t, "DBSIZE", n, err, 50)
	}
	check(1)
	clu.Move(clu.Primaries()[1])
	check(2)
	added := clu.AddPrimary()
	clu.MoveSlots(added, redpolltest.SlotRange{First: 0, Last: 200})
	check(3)
	clu.Remove(clu.Primaries()[2])
	check(4)
	if nodes := rdb.Nodes(); len(nodes) != 3 {
		t.Errorf("the nodes are %v", nodes)
	}
}

// A Conn whose node leaves the cluster goes on at the node that has its key now.
func TestConnWhoseNodeLeaves(t *testing.T) {
	t.Parallel()
	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{})
	ctx, rdb := connect(t, clu)
	leaving := clu.Primaries()[2]
	key := "k0"
	for i := 0; clu.Owner(clu.Slot(key)) != leaving; i++ {
		key = fmt.Sprint("k", i)
	}
	one, err := rdb.Conn(ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	no(t, "SET", one.Set(ctx, key, 0))
	clu.Remove(leaving)
	redpolltest.Await(t, "the Conn works again", func() bool {
		no(t, "SET beside the Conn", rdb.Set(ctx, key, 1)) // the map is asked for
		err := one.Set(ctx, key, 2)
		if errors.Is(err, redpoll.ErrClosed) {
			t.Fatalf("nobody has closed the client: %v", err)
		}
		return err == nil
	})
	got, err := rdb.Get(ctx, key)
	same(t, "GET", got, err, 2)
}
