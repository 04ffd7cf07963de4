package cluster

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// 100 slots move to another node and back, under single commands, commands over several keys, pipelines,
// transactions, scripts and blocking commands. No caller sees a redirect, and no result is wrong.
func TestSlotsMove(t *testing.T) {
	t.Parallel()
	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{})
	ctx, rdb := connect(t, clu)
	from, to := clu.Primaries()[0], clu.Primaries()[1]
	moving := redpolltest.SlotRange{First: from.Slots()[0].First, Last: from.Slots()[0].First + 99}
	var tags []string // hash tags of keys in these slots
	for i := 0; len(tags) < 12; i++ {
		if tag := strconv.Itoa(i); moving.Has(clu.Slot(tag)) {
			tags = append(tags, tag)
		}
	}
	script := rdb.RegisterScript("return redis.call('INCR', KEYS[1])")
	stop := make(chan struct{})
	var callers sync.WaitGroup
	var rounds atomic.Int64
	work := func(name string, step func(tag string, n int64) error) {
		for i, tag := range tags {
			callers.Go(func() {
				for n := int64(1); ; n++ {
					select {
					case <-stop:
						return
					default:
					}
					if err := step(tag, n); err != nil {
						t.Errorf("%s, %d, in round %d: %v", name, i, n, err)
						return
					}
					rounds.Add(1)
				}
			})
		}
	}
	is := func(got, want int64, err error) error {
		if err == nil && got != want {
			err = fmt.Errorf("%d instead of %d", got, want)
		}
		return err
	}
	work("INCR", func(tag string, n int64) error {
		got, err := rdb.Incr(ctx, "{"+tag+"}single")
		return is(got, n, err)
	})
	work("MSET and MGET", func(tag string, n int64) error {
		a, b := "{"+tag+"}a", "{"+tag+"}b"
		if err := rdb.MSet(ctx, a, n, b, n, "elsewhere"+tag, n); err != nil {
			return err
		}
		got, err := rdb.MGet(ctx, b, "elsewhere"+tag, a)
		want := fmt.Sprintf("[{%d true} {%d true} {%d true}]", n, n, n)
		if err == nil && fmt.Sprint(got) != want {
			err = fmt.Errorf("%v instead of %s", got, want)
		}
		return err
	})
	work("DEL and EXISTS", func(tag string, n int64) error {
		keys := []string{"{" + tag + "}d", "beside" + tag, "{" + tag + "}e"}
		if err := rdb.MSet(ctx, keys[0], n, keys[1], n, keys[2], n); err != nil {
			return err
		}
		got, err := rdb.Exists(ctx, keys...)
		if err = is(got, 3, err); err != nil {
			return err
		}
		got, err = rdb.Del(ctx, keys...)
		return is(got, 3, err)
	})
	work("pipeline", func(tag string, n int64) error {
		p := rdb.Pipeline(redpoll.NoTransaction)
		one, two, three := p.Incr("{"+tag+"}p"), p.Incr("other"+tag), p.Incr("{"+tag+"}p")
		err := p.Exec(ctx)
		for i, h := range []*redpoll.Reply[int64]{one, three, two} {
			want := 2*n - 1 + int64(i)
			if i == 2 {
				want = n
			}
			got, failed := h.Result()
			if err == nil {
				err = is(got, want, failed)
			}
		}
		return err
	})
	work("transaction", func(tag string, n int64) error {
		p := rdb.Pipeline()
		one, two := p.Incr("{"+tag+"}t"), p.Incr("{"+tag+"}t2")
		if err := p.Exec(ctx); err != nil {
			return err
		}
		return errors.Join(is(one.Val(), n, one.Err()), is(two.Val(), n, two.Err()))
	})
	work("watch", func(tag string, n int64) error {
		key := "{" + tag + "}w"
		return rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
			text, err := tx.Get(ctx, key)
			if errors.Is(err, redpoll.Nil) {
				text, err = "0", nil
			}
			if err != nil {
				return err
			}
			if text != fmt.Sprint(n-1) {
				return fmt.Errorf("%s instead of %d", text, n-1)
			}
			p := tx.Multi()
			p.Set(key, n)
			return p.Exec(ctx)
		}, key)
	})
	work("script", func(tag string, n int64) error {
		v, err := script.Run(ctx, []string{"{" + tag + "}script"})
		if err != nil {
			return err
		}
		got, err := v.Int64()
		return is(got, n, err)
	})
	work("BLPOP", func(tag string, n int64) error {
		key := "{" + tag + "}queue"
		pushed := make(chan error, 1)
		go func() {
			_, err := rdb.RPush(ctx, key, fmt.Sprint(n))
			pushed <- err
		}()
		got, err := rdb.BLPop(ctx, time.Minute, key)
		if err == nil && got.Value != fmt.Sprint(n) {
			err = fmt.Errorf("%s instead of %d", got.Value, n)
		}
		return errors.Join(err, <-pushed)
	})
	for range 2 {
		clu.MoveSlots(to, moving)
		clu.MoveSlots(from, moving)
	}
	if from.AtLeastRelease("8.4", "9.0") {
		clu.MoveSlotsAtomically(to, moving)
		clu.MoveSlotsAtomically(from, moving)
	}
	at := rounds.Load()
	redpolltest.Await(t, "the callers go on", func() bool { return rounds.Load() > at+1000 })
	close(stop)
	callers.Wait()
	t.Logf("%d rounds, %d repeats", rounds.Load(), rdb.Stats().Retries)
}

// A Conn without keys begins at any node. Calls of several goroutines find the node of their key together,
// and follow its slot.
func TestConnOfManyCallers(t *testing.T) {
	t.Parallel()
	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{})
	ctx, rdb := connect(t, clu)
	slot := clu.Slot("key")
	for round := range 9 {
		one, err := rdb.Conn(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var callers sync.WaitGroup
		for range 16 {
			callers.Go(func() {
				for range 10 {
					_, err := one.Incr(ctx, "key")
					no(t, "INCR", err)
				}
			})
		}
		if round%3 == 2 {
			to := clu.Primaries()[round/3]
			if to == clu.Owner(slot) {
				to = clu.Primaries()[(round/3+1)%3]
			}
			clu.MoveSlots(to, redpolltest.SlotRange{First: slot, Last: slot})
		}
		callers.Wait()
		got, err := one.Get(ctx, "key")
		same(t, "GET", got, err, 160*(round+1))
		no(t, "Close", one.Close())
	}
}

// A key in a slot that moves comes at least once in a walk over all keys, wherever the slot is.
func TestScanWhileSlotsMove(t *testing.T) {
	t.Parallel()
	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{})
	ctx, rdb := connect(t, clu)
	var pairs []any
	for i := range 1000 {
		pairs = append(pairs, fmt.Sprint("key", i), i)
	}
	no(t, "MSET", rdb.MSet(ctx, pairs...))
	first, second, third := clu.Primaries()[0], clu.Primaries()[1], clu.Primaries()[2]
	walk := func(during func(n int)) {
		seen := map[string]bool{}
		n := 0
		for key, err := range rdb.ScanIter(ctx, redpoll.Match("key*"), redpoll.Count(20)) {
			if err != nil {
				t.Fatal(err)
			}
			seen[key] = true
			during(n)
			n++
		}
		if len(seen) != 1000 {
			t.Errorf("%d of 1000 keys in %d", len(seen), n)
		}
	}
	inParts := func(between func(part int)) {
		seen, state := map[string]bool{}, ""
		for part := 0; ; part++ {
			w := rdb.Walk(redpoll.Match("key*"), redpoll.Count(20), redpoll.From(state))
			n := 0
			for key, err := range w.Keys(ctx) {
				if err != nil {
					t.Fatal(err)
				}
				seen[key] = true
				if n++; n == 150 {
					break
				}
			}
			if state = w.State(); n < 150 {
				break
			}
			between(part)
		}
		if len(seen) != 1000 {
			t.Errorf("%d of 1000 keys in parts", len(seen))
		}
	}
	walk(func(int) {})
	inParts(func(int) {})
	inParts(func(part int) {
		if part > 3 {
			return
		}
		from, to := clu.Primaries()[part%3], clu.Primaries()[(part+1)%3]
		own := from.Slots()[0] // of a node that is done, under way, or to come
		clu.MoveSlots(to, redpolltest.SlotRange{First: own.First, Last: min(own.Last, own.First+300)})
	})
	for _, to := range []*redpolltest.ClusterNode{first, second, third, first} {
		walk(func(n int) {
			if n == 500 { // behind the first node, and before the last one
				for _, from := range []*redpolltest.ClusterNode{first, second, third} {
					if from != to {
						own := from.Slots()
						last := own[len(own)-1].Last
						clu.MoveSlots(to, redpolltest.SlotRange{
							First: max(own[len(own)-1].First, last-700), Last: last,
						})
					}
				}
			}
		})
	}
}

// Keys of a slot that is open are at two nodes. Commands find them by ASK, and wait behind TRYAGAIN.
func TestOpenSlot(t *testing.T) {
	t.Parallel()
	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{})
	ctx, rdb := connect(t, clu)
	slot := clu.Slot("x")
	no(t, "MSET", rdb.MSet(ctx, "{x}a", 1, "{x}b", 2))
	owner := clu.Owner(slot)
	to := clu.Primaries()[0]
	if to == owner {
		to = clu.Primaries()[1]
	}
	move := clu.BeginMove(slot, to)
	move.MoveKeys("{x}a")
	v, err := rdb.Get(ctx, "{x}a")
	same(t, "the key that has moved", v, err, 1)
	v, err = rdb.Get(ctx, "{x}b")
	same(t, "the key that has not", v, err, 2)
	p := rdb.Pipeline(redpoll.NoTransaction)
	a, b, c := p.Incr("{x}a"), p.Incr("{x}b"), p.Incr("{x}a")
	no(t, "a pipeline", p.Exec(ctx))
	if a.Val() != 2 || b.Val() != 3 || c.Val() != 3 {
		t.Errorf("%d, %d, %d", a.Val(), b.Val(), c.Val())
	}
	both := make(chan error)
	go func() {
		got, err := rdb.MGet(ctx, "{x}a", "{x}b")
		if err == nil && fmt.Sprint(got) != "[{3 true} {3 true}]" {
			err = fmt.Errorf("%v", got)
		}
		both <- err
	}()
	move.MoveKeys()
	move.Finish()
	no(t, "keys at two nodes, until they meet", <-both)
}
