package ring

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// While a node is down, calls with its keys fail, with its address in the error, and all others go on; calls
// that need all nodes fail in the part of that node. When the node is back its keys can be used again.
//
// Covers: F407, F425, N08
func TestDeadNode(t *testing.T) {
	t.Parallel()
	all := redpolltest.StartIndependents(t, 3, redpolltest.ServerOptions{})
	o := named(all)
	o.Node.NoRetry = true
	ctx, rdb := connect(t, o)
	byNode := keysOf(t, rdb, 1)
	keys := []string{byNode[0][0], byNode[1][0], byNode[2][0]}
	for i, key := range keys {
		no(t, "SET", rdb.Set(ctx, key, i))
	}
	all[1].Kill()
	for i, key := range keys {
		got, err := rdb.Get(ctx, key)
		if i != 1 {
			same(t, "GET", got, err, i)
			continue
		}
		var lost *redpoll.ConnError
		if !errors.As(err, &lost) || lost.Node != all[1].Addr() || !errors.Is(err, redpoll.ErrNotSent) {
			t.Errorf("GET at the dead node: %v", err)
		}
	}
	list, err := rdb.MGet(ctx, keys...)
	var parts *redpoll.NodesError
	if list != nil || !errors.As(err, &parts) || len(parts.Parts) != 1 ||
		parts.Parts[0].Node != all[1].Addr() || !slices.Equal(parts.Parts[0].Keys, []int{1}) {
		t.Errorf("MGET over all nodes: %v, %v", list, err)
	}
	if errors.Is(err, redpoll.ErrNotSent) || redpoll.OutcomeOf(err) != redpoll.MaybeExecuted {
		t.Errorf("two of three parts were sent, and the outcome is %v", redpoll.OutcomeOf(err))
	}
	_, err = rdb.DBSize(ctx)
	if !errors.As(err, &parts) || !strings.Contains(err.Error(), all[1].Addr()) {
		t.Errorf("DBSIZE: %v", err)
	}
	all[1].Restart()
	redpolltest.Await(t, "the node's keys can be used", func() bool {
		return rdb.Set(ctx, keys[1], "new") == nil
	})
	got, err := rdb.Get(ctx, keys[1])
	same(t, "GET at the node that is back", got, err, "new")
}

// A node that has stopped to answer does not delay calls to others, on whatever goroutine: those end while
// calls to it still wait.
//
// Covers: F425
func TestSilentNodeCostsOthersNothing(t *testing.T) {
	t.Parallel()
	all := redpolltest.StartIndependents(t, 2, redpolltest.ServerOptions{})
	ctx, rdb := connect(t, named(all))
	byNode := keysOf(t, rdb, 1)
	dead, alive := byNode[0][0], byNode[1][0]
	no(t, "SET", errors.Join(rdb.Set(ctx, dead, 1), rdb.Set(ctx, alive, 0)))
	all[0].Pause()
	waiting, leave := context.WithCancel(ctx)
	var calls sync.WaitGroup
	for range 64 {
		calls.Go(func() {
			if _, err := rdb.Get(waiting, dead); !errors.Is(err, context.Canceled) {
				t.Errorf("GET at the silent node: %v", err)
			}
		})
		calls.Go(func() {
			if _, err := rdb.MGet(waiting, dead, alive); !errors.Is(err, context.Canceled) {
				t.Errorf("MGET: %v", err)
			}
		})
	}
	var others sync.WaitGroup
	for range 64 {
		others.Go(func() {
			for range 20 {
				_, err := rdb.Incr(ctx, alive)
				no(t, "INCR", err)
			}
		})
	}
	others.Wait() // while all calls to the silent node wait
	got, err := rdb.Get(ctx, alive)
	same(t, "GET", got, err, 64*20)
	leave()
	calls.Wait()
	all[0].Resume()
	got, err = rdb.Get(ctx, dead)
	same(t, "GET when the node is back", got, err, 1)
}

// Covers: N03, N05
func TestEjection(t *testing.T) {
	t.Parallel()
	all := redpolltest.StartIndependents(t, 2, redpolltest.ServerOptions{})
	o := named(all)
	o.Node.NoRetry = true
	var mu sync.Mutex
	broken, back := "", 0
	o.Eject = redpoll.RingEject{
		After: 50 * time.Millisecond, Every: 10 * time.Millisecond,
		Check: func(_ context.Context, n redpoll.Node) error {
			mu.Lock()
			defer mu.Unlock()
			if n.Name == broken {
				return errors.New("its replication is broken")
			}
			return nil
		},
		Back: func(ctx context.Context, n redpoll.Node) error {
			mu.Lock()
			defer mu.Unlock()
			if back++; back == 1 {
				return errors.New("not yet")
			}
			return n.Client.FlushDB(ctx)
		},
	}
	ctx, rdb := connect(t, o)
	key := keysOf(t, rdb, 1)[0][0]
	no(t, "SET", rdb.Set(ctx, key, "old"))
	mu.Lock()
	broken = "a"
	mu.Unlock()
	redpolltest.Await(t, "the node loses its keys", func() bool { return nodeFor(t, rdb, key).Name == "b" })
	_, err := rdb.Get(ctx, key)
	if !errors.Is(err, redpoll.Nil) {
		t.Errorf("GET at the other node: %v", err)
	}
	no(t, "SET", rdb.Set(ctx, key, "new"))
	mu.Lock()
	broken = ""
	mu.Unlock()
	redpolltest.Await(t, "the node gets its keys back",
		func() bool { return nodeFor(t, rdb, key).Name == "a" })
	if _, err := rdb.Get(ctx, key); !errors.Is(err, redpoll.Nil) {
		t.Errorf("the node was emptied before it came back, and has %v", err)
	}
	if back < 2 {
		t.Errorf("Back was called %d times", back)
	}
	if got := all[1].Do("GET", key); got != "new" {
		t.Errorf("the other node has %v", got)
	}
}

// By default a node keeps its keys: nobody else gets them, and there is nothing stale when it is back.
//
// Covers: N03, N10
func TestNoEjectionByDefault(t *testing.T) {
	t.Parallel()
	all := redpolltest.StartIndependents(t, 2, redpolltest.ServerOptions{})
	o := named(all)
	o.Node.NoRetry = true
	ctx, rdb := connect(t, o)
	key := keysOf(t, rdb, 1)[0][0]
	all[0].Kill()
	for range 20 {
		err, at := rdb.Set(ctx, key, 1), nodeFor(t, rdb, key).Name
		if !errors.Is(err, redpoll.ErrNotSent) || at != "a" {
			t.Fatalf("SET: %v, at %s", err, at)
		}
	}
	if got := holds(all[1]); got != "" {
		t.Errorf("the other node has %s", got)
	}
}
