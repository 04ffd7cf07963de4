package copies

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// A dead node costs the others nothing but the error, and what it missed can be repaired.
//
// Covers: F423, F424, C21, Y03
func TestDeadNode(t *testing.T) {
	t.Parallel()
	f := start(t, 3, redpoll.CopyOptions{Node: redpoll.Options{NoRetry: true}})
	ctx := t.Context()
	for i := range 30 {
		f.ok(f.rdb.Set(ctx, fmt.Sprint("k", i), "old"))
	}
	f.servers[1].Kill()
	var nodes *redpoll.NodesError
	for i := range 10 {
		err := f.rdb.Set(ctx, fmt.Sprint("k", i), "new")
		if !errors.As(err, &nodes) || len(nodes.Parts) != 1 || nodes.Parts[0].Node != f.servers[1].Addr() {
			t.Fatalf("with a dead node SET gives %v", err)
		}
		if errors.Is(err, redpoll.ErrNotSent) {
			t.Errorf("%v matches ErrNotSent, though others have executed it", err)
		}
	}
	for i := range 30 {
		want := "old"
		if i < 10 {
			want = "new"
		}
		if got, err := f.rdb.Get(ctx, fmt.Sprint("k", i)); got != want || err != nil {
			t.Errorf("k%d is %q, %v", i, got, err)
		}
	}
	f.servers[1].Restart() // without its data
	redpolltest.Await(t, "the node is back", func() bool {
		return f.rdb.Set(ctx, "back", "yes") == nil
	})
	for i := range 30 {
		if _, err := f.rdb.Get(ctx, fmt.Sprint("k", i)); err != nil {
			t.Errorf("k%d: %v", i, err)
		}
	}
	report, err := f.rdb.Repair(ctx, redpoll.RepairOptions{})
	if left := report.Left["1"]; err != nil || !left.Behind {
		t.Errorf("after a restart the node is not behind: %+v, %v", report, err)
	}
	compared, err := f.rdb.Compare(ctx, redpoll.CompareOptions{Source: "0"})
	if err != nil || compared.Repaired < 29 || compared.Keys != 31 {
		t.Errorf("Compare: %+v, %v", compared, err)
	}
	if report, err := f.rdb.Repair(ctx, redpoll.RepairOptions{}); err != nil || report.Left != nil {
		t.Errorf("something is left: %+v, %v", report, err)
	}
	f.equal()
}

// A comparison finds differences, and changes nothing without a source.
func TestCompare(t *testing.T) {
	t.Parallel()
	f := start(t, 3, redpoll.CopyOptions{})
	ctx := t.Context()
	for i := range 300 {
		f.ok(f.rdb.Set(ctx, fmt.Sprint("k", i), i))
	}
	f.servers[0].Do("DEL", "k1")
	f.servers[1].Do("SET", "k2", "x")
	f.servers[2].Do("SET", "k3", "3", "EX", "100")
	f.servers[2].Do("RPUSH", "extra", "1")
	for i, words := range [][]string{{"a", "b", "1"}, {"b", "1", "a"}, {"1", "b", "a"}} {
		f.servers[i].Do(append([]string{"SADD", "same"}, words...)...)
	}
	found := map[string]string{}
	o := redpoll.CompareOptions{Found: func(d redpoll.KeyDifference) { found[d.Key] = fmt.Sprint(d.Nodes) }}
	report, err := f.rdb.Compare(ctx, o)
	want := map[string]string{"k1": "[1 2]", "k2": "[1]", "k3": "[2]", "extra": "[2]"}
	if err != nil || report.Keys != 302 || report.Different != 4 || report.Repaired != 0 ||
		fmt.Sprint(found) != fmt.Sprint(want) {
		t.Errorf("Compare: %+v, %v, %v", report, found, err)
	}
	o.Source = "1"
	if report, err = f.rdb.Compare(ctx, o); err != nil || report.Repaired != 4 {
		t.Errorf("Compare with a source: %+v, %v", report, err)
	}
	f.equal()
	f.same("x", "GET", "k2")
	f.same("1", "GET", "k1")
	f.same(0, "EXISTS", "extra")
	o.Source = "7"
	if _, err := f.rdb.Compare(ctx, o); !errors.As(err, new(*redpoll.StateError)) {
		t.Errorf("an unknown source gives %v", err)
	}
}

// Nodes die, stop and come back while 16 goroutines count and write; after the repair all are equal, and no
// acknowledged increment is lost.
func TestNodesComeAndGo(t *testing.T) {
	t.Parallel()
	for name, success := range rules {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, 3, redpoll.CopyOptions{Success: success, Node: redpoll.Options{
				RetryFor: 100 * time.Millisecond, DialTimeout: time.Second, ReplyTimeout: time.Second}})
			ctx := t.Context()
			over := make(chan struct{})
			var wait sync.WaitGroup
			acked := make([]int64, 16)
			for g := range 16 {
				wait.Go(func() {
					r := rand.New(rand.NewPCG(uint64(g), 7))
					for n := 0; ; n++ {
						select {
						case <-over:
							return
						default:
						}
						one, cancel := context.WithTimeout(ctx, time.Second)
						if _, err := f.rdb.Incr(one, fmt.Sprint("count", g)); err == nil {
							acked[g]++
						}
						_ = randomWrite(one, f.rdb, r)
						cancel()
					}
				})
			}
			r := rand.New(rand.NewPCG(3, uint64(success)))
			for range 2 {
				srv := f.servers[1+r.IntN(2)] // one node is never harmed: it is the source of the comparison
				if r.IntN(2) == 0 {
					srv.Kill()
					f.progress()
					srv.Restart()
				} else {
					srv.Pause()
					f.progress()
					srv.Resume()
				}
				f.serving()
			}
			close(over)
			wait.Wait()
			f.settled()
			f.equal()
			for g, n := range acked {
				for i, srv := range f.servers {
					var got int64
					text := fmt.Sprint(srv.Do("GET", fmt.Sprint("count", g)))
					if _, err := fmt.Sscan(text, &got); n > 0 && (err != nil || got < n) {
						t.Errorf("server %d has count%d at %d, %d were acknowledged", i, g, got, n)
					}
				}
			}
		})
	}
}

// progress waits until the first server has executed some more commands, whatever the others do.
func (f *fixture) progress() {
	f.Helper()
	writes := func() (n int64) {
		for g := range 16 {
			var one int64
			_, _ = fmt.Sscan(fmt.Sprint(f.servers[0].Do("GET", fmt.Sprint("count", g))), &one)
			n += one
		}
		return n
	}
	before := writes()
	redpolltest.Await(f, "writes go on", func() bool { return writes() > before+30 })
}

// serving repairs all nodes beside writes, and compares those that were started anew, until all of them are
// in use again. Keys that are written meanwhile may be left.
func (f *fixture) serving() {
	f.Helper()
	redpolltest.Await(f, "all nodes are in use", func() (done bool) {
		report := f.repair()
		done = true
		for _, left := range report.Left {
			done = done && !left.Behind && !left.Away
			if left.Behind && !left.Away {
				if _, err := f.rdb.Compare(f.Context(), redpoll.CompareOptions{Source: "0"}); err != nil {
					f.Log(err)
				}
			}
		}
		return done
	})
}
