package budgets_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// These types are examples of types of users.
type (
	name  string
	count int
)

// budgets are the allocations of commands in steady state. A budget may not grow without a reason.
var budgets = []struct {
	name string
	most float64
	run  func(ctx context.Context, rdb *redpoll.Client) error
}{
	{"Get", 1, func(ctx context.Context, rdb *redpoll.Client) error {
		_, err := rdb.Get(ctx, "string")
		return err
	}},
	{"GetOfMissing", 0, func(ctx context.Context, rdb *redpoll.Client) error {
		if _, err := rdb.Get(ctx, "none"); !errors.Is(err, redpoll.Nil) {
			return fmt.Errorf("got %v", err)
		}
		return nil
	}},
	{"Get4KiB", 1,
		func(ctx context.Context, rdb *redpoll.Client) error { _, err := rdb.Get(ctx, "large"); return err }},
	{"Set", 0, func(ctx context.Context, rdb *redpoll.Client) error { return rdb.Set(ctx, "set", value64) }},
	{"SetBytes", 0,
		func(ctx context.Context, rdb *redpoll.Client) error { return rdb.Set(ctx, "set", bytes64) }},
	{"SetInt", 0, func(ctx context.Context, rdb *redpoll.Client) error {
		return rdb.Set(ctx, "set", len(bytes64)*1000)
	}},
	{"SetNamed", 0,
		func(ctx context.Context, rdb *redpoll.Client) error { return rdb.Set(ctx, "set", named64) }},
	{"SetNamedInt", 0, func(ctx context.Context, rdb *redpoll.Client) error {
		return rdb.Set(ctx, "set", count(len(bytes64)*1000))
	}},
	{"SetWithOptions", 0, func(ctx context.Context, rdb *redpoll.Client) error {
		return rdb.Set(ctx, "set", value64, redpoll.EX(time.Minute), redpoll.XX)
	}},
	{"Incr", 0, func(ctx context.Context, rdb *redpoll.Client) error {
		_, err := rdb.Incr(ctx, "counter")
		return err
	}},
	{"HSet", 0, func(ctx context.Context, rdb *redpoll.Client) error {
		_, err := rdb.HSet(ctx, "hash", "field-0", value64)
		return err
	}},
	{"MGet100", 101, func(ctx context.Context, rdb *redpoll.Client) error {
		_, err := rdb.MGet(ctx, keys100...)
		return err
	}},
	{"LRange100", 101, func(ctx context.Context, rdb *redpoll.Client) error {
		_, err := rdb.LRange(ctx, "list", 0, -1)
		return err
	}},
	{"HGetAll50", 104, func(ctx context.Context, rdb *redpoll.Client) error {
		_, err := rdb.HGetAll(ctx, "hash")
		return err
	}},
	{"ZRange100WithScores", 101, func(ctx context.Context, rdb *redpoll.Client) error {
		_, err := rdb.ZRangeWithScores(ctx, "zset", 0, -1)
		return err
	}},
}

var (
	value64 = strings.Repeat("v", 64)
	bytes64 = []byte(value64)
	named64 = name(value64)
	keys100 = make([]string, 100)
)

func fillForAllocs(t *testing.T, rdb *redpoll.Client) {
	t.Helper()
	ctx := context.Background()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	count := func(_ int64, err error) { t.Helper(); ok(err) }
	count(rdb.Del(ctx, "list"))
	ok(rdb.Set(ctx, "string", value64))
	ok(rdb.Set(ctx, "set", value64))
	ok(rdb.Set(ctx, "large", strings.Repeat("v", 4<<10)))
	for i := range keys100 {
		keys100[i] = fmt.Sprintf("key-%d", i)
		ok(rdb.Set(ctx, keys100[i], value64))
		count(rdb.RPush(ctx, "list", fmt.Sprintf("element-%d", i)))
		count(rdb.ZAdd(ctx, "zset",
			[]redpoll.Z{{Member: fmt.Sprintf("member-%d", i), Score: float64(i) + 0.5}}))
		if i < 50 {
			count(rdb.HSet(ctx, "hash", fmt.Sprintf("field-%d", i), value64))
		}
	}
}

// Not parallel: the allocations of other tests would be counted.
func TestAllocationsPerCommand(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget records at random; " +
			"make test runs this test once more without it")
	}
	srv := redpolltest.Shared(t)
	for _, protocol := range []int{3, 2} {
		rdb, err := redpoll.New(redpoll.Options{Addr: srv.Addr(), DB: srv.DB, Protocol: protocol})
		if err != nil {
			t.Fatal(err)
		}
		fillForAllocs(t, rdb)
		ctx := context.Background()
		cancelable, cancel := context.WithCancel(ctx)
		for _, b := range budgets {
			t.Run(fmt.Sprintf("RESP%d/%s", protocol, b.name), func(t *testing.T) {
				for name, ctx := range map[string]context.Context{
					"background":             ctx,
					"one cancelable context": cancelable,
				} {
					got := testing.AllocsPerRun(200, func() {
						if err := b.run(ctx, rdb); err != nil {
							t.Fatal(err)
						}
					})
					if got > b.most {
						t.Errorf("%s: %v allocations, the budget is %v", name, got, b.most)
					}
				}
			})
		}
		cancel()
		rdb.Close()
	}
}

// A queued command allocates its handle and its result. Exec allocates nothing. Not parallel: the allocations
// of other tests would be counted.
func TestAllocationsPerQueuedCommand(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget records at random; " +
			"make test runs this test once more without it")
	}
	const size = 100
	srv := redpolltest.Shared(t)
	for name, o := range map[string]redpoll.Options{
		"RESP3":     {},
		"RESP2":     {Protocol: 2},
		"exclusive": {Exclusive: true},
	} {
		o.Addr, o.DB = srv.Addr(), srv.DB
		rdb := clients.New(t, o)
		fillForAllocs(t, rdb)
		cancelable, cancel := context.WithCancel(context.Background())
		defer cancel()
		for _, b := range []struct {
			name string
			each float64
			add  func(p *redpoll.Pipeline)
		}{
			{"SET", 1, func(p *redpoll.Pipeline) { p.Set("set", value64) }},
			{"SET with options", 1,
				func(p *redpoll.Pipeline) { p.Set("set", bytes64, redpoll.EX(time.Minute)) }},
			{"INCR", 1, func(p *redpoll.Pipeline) { p.Incr("counter") }},
			{"GET", 2, func(p *redpoll.Pipeline) { p.Get("string") }},
			{"GET of missing", 1, func(p *redpoll.Pipeline) { p.Get("none") }},
		} {
			for _, mode := range [][]redpoll.PipelineOption{nil, {redpoll.NoTransaction}} {
				for _, ctx := range []context.Context{context.Background(), cancelable} {
					pipe := rdb.Pipeline(mode...)
					got := testing.AllocsPerRun(50, func() {
						for range size {
							b.add(pipe)
						}
						if err := pipe.Exec(ctx); err != nil {
							t.Fatal(err)
						}
					})
					if got > size*b.each {
						t.Errorf("%s, %s, %v: %v allocations for %d commands, the budget is %v each",
							name, b.name, mode, got, size, b.each)
					}
				}
			}
		}
	}
}

// The allocations per command do not depend on the number of callers, and a call starts no goroutine.
func TestAllocationsWithManyCallers(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget records at random; " +
			"make test runs this test once more without it")
	}
	srv := redpolltest.Shared(t)
	rdb, err := redpoll.New(redpoll.Options{Addr: srv.Addr(), DB: srv.DB})
	if err != nil {
		t.Fatal(err)
	}
	defer rdb.Close()
	const callers, each = 64, 500
	run := func() {
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				for range each {
					if err := rdb.Set(context.Background(), "set", value64); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
	}
	run() // fills the pools
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run()
	runtime.ReadMemStats(&after)
	per := float64(after.Mallocs-before.Mallocs) / (callers * each)
	// The start of the callers, and a collection that empties the pools, cost a few hundred allocations in
	// all.
	if per > 0.05 {
		t.Errorf("%.3f allocations per SET with %d callers, want none", per, callers)
	}
}

// An idle client that has been used keeps less than 0.4 MiB of heap.
func TestAllocatedByAnIdleClient(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes how much memory is kept; " +
			"make test runs this test once more without it")
	}
	srv := redpolltest.Shared(t)
	heap := func() int64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	const many = 8
	before := heap()
	all := make([]*redpoll.Client, many)
	for i := range all {
		rdb, err := redpoll.New(redpoll.Options{Addr: srv.Addr(), DB: srv.DB})
		if err != nil {
			t.Fatal(err)
		}
		defer rdb.Close()
		all[i] = rdb
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				if err := rdb.Set(context.Background(), "set", value64); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	per := (heap() - before) / many
	t.Logf("an idle client keeps %d KiB", per>>10)
	if per > 400<<10 {
		t.Errorf("an idle client keeps %d bytes of heap, want less than 400 KiB", per)
	}
	runtime.KeepAlive(all)
}

// connectHook is a hook for connections that does nothing.
type connectHook struct{}

func (connectHook) Connected(context.Context, redpoll.ConnectEnd) {}

// Not parallel: the allocations of other tests would be counted.
func TestAllocationsWithConnectHook(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget records at random; " +
			"make test runs this test once more without it")
	}
	rdb, _ := clients.Shared(t, redpoll.Options{Hooks: []redpoll.Hook{connectHook{}}})
	ctx := context.Background()
	if n := testing.AllocsPerRun(200, func() {
		if err := rdb.Set(ctx, "k", "v"); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
