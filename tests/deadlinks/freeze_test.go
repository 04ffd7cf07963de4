package deadlinks_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// frozen is a client behind a proxy.
type frozen struct {
	rdb   *redpoll.Client
	proxy *redpolltest.Proxy
}

func newFrozen(t *testing.T, o redpoll.Options) *frozen {
	t.Helper()
	srv := redpolltest.Shared(t)
	byURL, err := redpoll.ParseURL(srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	f := &frozen{proxy: redpolltest.NewProxy(t, srv.Addr())}
	o.Addr, o.DB = f.proxy.Addr(), byURL.DB
	if f.rdb, err = redpoll.New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.rdb.Close() })
	return f
}

// calls begins one call of a caller, with a deadline.
type calls func(ctx context.Context, rdb *redpoll.Client, caller, n int) error

func readsAndWrites(ctx context.Context, rdb *redpoll.Client, caller, n int) error {
	key := fmt.Sprint("k", caller)
	if n%2 == 0 {
		return rdb.Set(ctx, key, "v")
	}
	_, err := rdb.Get(ctx, key)
	return err
}

// freeze has callers with these deadlines call without a pause, freezes the connections that are open, and gives the numbers of
// calls that failed since, by caller. Each caller ends with its third success after the freeze.
func (f *frozen) freeze(t *testing.T, call calls, deadlines ...time.Duration) []int {
	t.Helper()
	var warm, all sync.WaitGroup
	var isFrozen atomic.Bool
	var began time.Time
	var first sync.Once
	failed := make([]int, len(deadlines))
	warm.Add(len(deadlines))
	for i, deadline := range deadlines {
		all.Go(func() {
			good := 0
			for n := 0; good < 3; n++ {
				ctx, cancel := context.WithTimeout(context.Background(), deadline)
				cold := !isFrozen.Load()
				err := call(ctx, f.rdb, i, n)
				cancel()
				switch {
				case n == 10:
					warm.Done()
				case n < 10 && err != nil:
					t.Errorf("before the freeze: %v", err)
				case n < 10:
				case err != nil:
					failed[i]++
				case !cold:
					first.Do(func() { t.Logf("first success %v after the freeze", time.Since(began)) })
					good++
				}
				if failed[i] > 20 {
					t.Errorf("caller %d never succeeds", i)
					return
				}
			}
		})
	}
	warm.Wait()
	f.proxy.Freeze()
	began = time.Now()
	isFrozen.Store(true)
	all.Wait()
	return failed
}

// Covers: R14, T3
func TestFrozenConnections(t *testing.T) {
	t.Parallel()
	ms := time.Millisecond
	for name, o := range map[string]redpoll.Options{
		"shared": {}, "four shared": {Conns: 4}, "exclusive": {Exclusive: true},
		"shared, checked": {HealthCheckInterval: ms}, "exclusive, checked": {Exclusive: true, HealthCheckInterval: ms},
	} {
		for _, deadlines := range [][]time.Duration{{100 * ms}, {500 * ms}, {2000 * ms}, {100 * ms, 500 * ms, 2000 * ms}} {
			t.Run(fmt.Sprint(name, deadlines), func(t *testing.T) {
				t.Parallel()
				f := newFrozen(t, o)
				var each []time.Duration
				for i := range 16 {
					each = append(each, deadlines[i%len(deadlines)])
				}
				failed := f.freeze(t, readsAndWrites, each...)
				if most := slices.Max(failed); most > 2 {
					t.Errorf("failed calls by caller: %v", failed)
				}
				t.Log(failed, f.proxy.Accepted(), f.rdb.Stats())
			})
		}
	}
}
