package ring

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

// Calls of all kinds run while a node loses its keys and gets them back, again and again: each call succeeds,
// or has sent nothing.
//
// Covers: N10
func TestCallsWhileANodeComesAndGoes(t *testing.T) {
	t.Parallel()
	all := redpolltest.StartIndependents(t, 3, redpolltest.ServerOptions{})
	o := named(all)
	var broken atomic.Bool
	o.Eject = redpoll.RingEject{
		After: 2 * time.Millisecond, Every: time.Millisecond,
		Check: func(_ context.Context, n redpoll.Node) error {
			if n.Name == "a" && broken.Load() {
				return errors.New("broken")
			}
			return nil
		},
	}
	ctx, rdb := connect(t, o)
	byNode := keysOf(t, rdb, 2)
	var stop atomic.Bool
	var callers sync.WaitGroup
	check := func(what string, err error) {
		if err != nil && !errors.Is(err, redpoll.ErrNotSent) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for i := range 8 {
		callers.Go(func() {
			keys := []string{byNode[0][i%2], byNode[1][i%2], byNode[2][i%2]}
			for !stop.Load() {
				check("SET", rdb.Set(ctx, keys[0], i))
				_, err := rdb.MGet(ctx, keys...)
				check("MGET", err)
				_, err = rdb.DBSize(ctx)
				check("DBSIZE", err)
				pipe := rdb.Pipeline(redpoll.NoTransaction)
				for _, key := range keys {
					pipe.Set(key, i)
				}
				check("a pipeline", pipe.Exec(ctx))
				one, err := rdb.Conn(ctx)
				if check("Conn", err); err == nil {
					check("SET on a Conn", one.Set(ctx, keys[0], i))
					check("close", one.Close())
				}
			}
		})
	}
	for range 10 {
		for _, b := range []bool{true, false} {
			broken.Store(b)
			redpolltest.Await(t, "the keys of the node move", func() bool {
				return (nodeFor(t, rdb, byNode[0][0]).Name == "a") != b
			})
		}
	}
	stop.Store(true)
	callers.Wait()
}

// Many goroutines use a Conn whose node is not known yet, and it is closed meanwhile.
func TestConnWithoutAKeyIsBoundOnce(t *testing.T) {
	t.Parallel()
	all := redpolltest.StartIndependents(t, 3, redpolltest.ServerOptions{})
	ctx, rdb := connect(t, named(all))
	for round := range 20 {
		one, err := rdb.Conn(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var callers sync.WaitGroup
		for i := range 16 {
			callers.Go(func() {
				key := fmt.Sprintf("{%d}%d", round, i)
				if err := one.Set(ctx, key, i); err != nil && !errors.Is(err, redpoll.ErrClosed) {
					t.Errorf("SET: %v", err)
				}
			})
		}
		if round%2 == 0 {
			callers.Wait()
			at := nodeFor(t, rdb, fmt.Sprintf("{%d}", round)).Client
			n, err := at.Exists(ctx, fmt.Sprintf("{%d}7", round))
			same(t, "EXISTS", n, err, 1)
		}
		no(t, "close", one.Close())
		callers.Wait()
	}
	redpolltest.Await(t, "all connections are back", func() bool { return rdb.Stats().Sessions.Lent == 0 })
}
