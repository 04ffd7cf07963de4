package failover_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// open makes a Sentinel of real servers, which is closed with the test.
func open(t testing.TB, o redpoll.SentinelOptions) *redpoll.Sentinel {
	t.Helper()
	s, err := redpoll.NewSentinel(o)
	ok(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// writer sends INCRs to a key of its own until stop is closed, and counts their outcomes.
type writer struct {
	key                    string
	acked, maybe, notSent  int64
	late, lies, unexpected int64
}

func (wr *writer) run(t *testing.T, rdb *redpoll.Client, stop <-chan struct{}, acks *atomic.Int64) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		const limit = 20 * time.Second
		within, cancel := context.WithTimeout(ctx, limit)
		began := time.Now()
		_, err := rdb.Incr(within, wr.key)
		// A call must not outlive its context; a second is for a busy machine.
		if time.Since(began) > limit+time.Second {
			wr.late++
		}
		switch {
		case err == nil:
			wr.acked++
			acks.Add(1)
		case redpoll.OutcomeOf(err) == redpoll.MaybeExecuted:
			wr.maybe++
			if errors.Is(err, redpoll.ErrNotSent) {
				wr.lies++
			}
		default:
			wr.notSent++
			if within.Err() == nil {
				wr.unexpected++
				t.Errorf("%s: %v", wr.key, err)
			}
		}
		cancel()
	}
}

// The primary is killed three times under 64 writers. No call outlives its context, none is executed twice,
// and none that is acknowledged is reported otherwise. The servers replicate in the background, so a new
// primary may lack acknowledged writes: they are counted apart. A switch on purpose, at the end, fails no
// call.
func TestPrimaryKilledUnderWriters(t *testing.T) {
	t.Parallel()
	sen := redpolltest.StartSentinel(t, redpolltest.SentinelOptions{})
	rdb := open(t, redpoll.SentinelOptions{Addrs: sen.Addrs()}).MasterFor(sen.Name())
	ok(t, rdb.Set(ctx, "k", "v"))

	writers := make([]*writer, 64)
	var acks atomic.Int64
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for i := range writers {
		writers[i] = &writer{key: fmt.Sprint("n", i)}
		wg.Go(func() { writers[i].run(t, rdb, stop, &acks) })
	}
	proceed := func(what string) {
		t.Helper()
		from := acks.Load()
		redpolltest.Await(t, what, func() bool { return acks.Load() > from+500 })
	}
	proceed("the writers write")
	for range 3 {
		old := sen.KillPrimary()
		now := sen.AwaitFailOver(old)
		proceed("the writers write at the new primary")
		old.Restart()
		sen.AwaitPrimary(now)
	}
	failed := func() (n int64) { // the writers rest
		for _, wr := range writers {
			n += wr.maybe + wr.notSent
		}
		return n
	}
	close(stop)
	wg.Wait()
	var lost, acked int64
	for _, wr := range writers {
		n, err := strconv.ParseInt(text(t, rdb, wr.key), 10, 64)
		ok(t, err)
		if n > wr.acked+wr.maybe {
			t.Errorf("%s is %d: more than the %d calls that were acknowledged and the %d that may have run",
				wr.key, n, wr.acked, wr.maybe)
		}
		lost += max(0, wr.acked-n)
		acked += wr.acked
		if wr.late+wr.lies+wr.unexpected > 0 {
			t.Errorf("%s: %+v", wr.key, *wr)
		}
	}
	t.Logf("%d acknowledged, %d failed; the servers lost %d by asynchronous replication", acked, failed(),
		lost)

	// A switch on purpose: the old primary lives and becomes a replica.
	before := failed()
	stop = make(chan struct{})
	for _, wr := range writers {
		wg.Go(func() { wr.run(t, rdb, stop, &acks) })
	}
	proceed("the writers write again")
	sen.FailOver()
	proceed("the writers write after the switch")
	close(stop)
	wg.Wait()
	if n := failed() - before; n > 0 {
		t.Errorf("%d calls failed in a switch on purpose", n)
	}
}

// A primary that stands still is replaced, and goes on later as if it still were the primary. All that is
// acknowledged after the failover is at the new primary: nobody writes to the old one.
func TestPrimaryPausedUnderWriters(t *testing.T) {
	t.Parallel()
	// A busy machine must not cause a second failover.
	sen := redpolltest.StartSentinel(t, redpolltest.SentinelOptions{DownAfter: 5 * time.Second})
	rdb := open(t, redpoll.SentinelOptions{Addrs: sen.Addrs()}).MasterFor(sen.Name())
	var acks atomic.Int64
	var wg sync.WaitGroup
	stop := make(chan struct{})
	begin := func(name string) (all []*writer) {
		t.Helper()
		from := acks.Load()
		for i := range 16 {
			wr := &writer{key: fmt.Sprint(name, i)}
			all = append(all, wr)
			wg.Go(func() { wr.run(t, rdb, stop, &acks) })
		}
		redpolltest.Await(t, name+" write", func() bool { return acks.Load() > from+500 })
		return all
	}
	all := begin("before")
	old := sen.Primary()
	old.Pause()
	now := sen.AwaitFailOver(old)
	redpolltest.Await(t, "the client follows", func() bool { return rdb.Nodes()[0].Addr == now.Addr() })
	after := begin("after")
	all = append(all, after...)
	old.Resume()
	all = append(all, begin("resumed")...)
	sen.AwaitPrimary(now)
	all = append(all, begin("replica")...)
	close(stop)
	wg.Wait()
	for i, wr := range all {
		n, err := strconv.ParseInt(text(t, rdb, wr.key), 10, 64)
		ok(t, err)
		if n > wr.acked+wr.maybe || i >= len(all)-3*len(after) && n < wr.acked {
			t.Errorf("%s is %d after %d acknowledged calls, and %d that may have run", wr.key, n, wr.acked,
				wr.maybe)
		}
		if wr.late+wr.lies+wr.unexpected > 0 {
			t.Errorf("%s: %+v", wr.key, *wr)
		}
	}
}

// Each thing that a client can hold goes through a failover in its own way.
func TestThingsThatAreHeld(t *testing.T) {
	t.Parallel()
	sen := redpolltest.StartSentinel(t, redpolltest.SentinelOptions{})
	rdb := open(t, redpoll.SentinelOptions{Addrs: sen.Addrs()}).MasterFor(sen.Name())
	long, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	ok(t, rdb.Set(long, "watched", "1"))
	redpolltest.Await(t, "the replicas have the key", func() bool {
		return !slices.ContainsFunc(sen.Replicas(), func(s *redpolltest.Server) bool {
			return s.Do("GET", "watched") != "1"
		})
	})

	sub := rdb.PubSub()
	ok(t, sub.Subscribe(long, "c"))
	defer sub.Close()
	monitor, err := rdb.Monitor(long)
	ok(t, err)
	defer monitor.Close()
	held := clients.Acquire(t, rdb, "lock", redpoll.LockOptions{TTL: time.Minute})
	one, err := rdb.Conn(long)
	ok(t, err)
	defer one.Close()
	ok(t, one.Watch(long, "watched"))
	popped := make(chan error, 1)
	go func() {
		// Switched on purpose the server itself ends the command: it goes on at the new primary.
		got, err := rdb.BLPop(long, 50*time.Second, "list")
		if err == nil && got.Value != "x" {
			err = fmt.Errorf("popped %+v", got)
		}
		popped <- err
	}()
	old := sen.Primary()
	redpolltest.Await(t, "BLPOP waits", func() bool { return testkit.Blocked(old) })

	now := sen.FailOver()
	t.Run("blocking", func(t *testing.T) {
		_, err := rdb.RPush(long, "list", "x")
		ok(t, err)
		if err := <-popped; err != nil && redpoll.OutcomeOf(err) != redpoll.MaybeExecuted {
			t.Errorf("BLPOP: %v", err)
		} else if err != nil {
			t.Logf("BLPOP ended with its connection: %v", err)
		}
	})
	t.Run("transaction", func(t *testing.T) {
		tx := one.Multi()
		tx.Set("watched", "2")
		tx.Incr("counter")
		err := tx.Exec(long)
		var ce *redpoll.ConnError
		if !errors.Is(err, redpoll.ErrWatch) && !errors.Is(err, redpoll.ErrReadOnly) && !errors.As(err, &ce) {
			t.Errorf("EXEC: %v", err)
		}
		if v, n := now.Do("GET", "watched"), now.Do("EXISTS", "counter"); v != "1" || n != int64(0) {
			t.Errorf("watched is %v, and the number of counters %v: the transaction ran in part", v, n)
		}
	})
	t.Run("subscription", func(t *testing.T) {
		redpolltest.Await(t, "a subscription at the new primary", func() bool {
			n, err := rdb.Publish(long, "c", "after")
			return err == nil && n > 0
		})
		kinds := []redpoll.MessageKind{}
		for {
			m, err := sub.Message(long)
			ok(t, err)
			kinds = append(kinds, m.Kind)
			if m.Kind == redpoll.KindMessage {
				break
			}
		}
		if !slices.Contains(kinds, redpoll.KindGap) {
			t.Errorf("the events were %v, without a gap", kinds)
		}
	})
	t.Run("lock", func(t *testing.T) {
		// The replica may not have heard of the lock.
		var le *redpoll.LockError
		if err := held.Release(long); err != nil && !errors.As(err, &le) {
			t.Errorf("the release: %v", err)
		}
		clients.Acquire(t, rdb, "lock", redpoll.LockOptions{TTL: time.Minute})
	})
	t.Run("monitor", func(t *testing.T) {
		// It leads to one server, and ends with an error: the commands of another one are not its subject.
		for {
			if _, err := monitor.Next(long); err != nil {
				var ce *redpoll.ConnError
				if !errors.As(err, &ce) || long.Err() != nil {
					t.Errorf("the monitor ended with %v", err)
				}
				break
			}
		}
		next, err := rdb.Monitor(long)
		ok(t, err)
		defer next.Close()
		ok(t, rdb.Set(long, "monitored", "v"))
		for {
			e, err := next.Next(long)
			if ok(t, err); slices.Contains(e.Args, "monitored") {
				break
			}
		}
	})
	t.Run("pipeline", func(t *testing.T) {
		p := rdb.Pipeline()
		for range 100 {
			p.Incr("p")
		}
		ok(t, p.Exec(long))
		if got := now.Do("GET", "p"); got != "100" {
			t.Errorf("p is %v", got)
		}
	})
	// Sentinels: two of three are enough to find the primary, and so is one.
	t.Run("Sentinels gone", func(t *testing.T) {
		for _, s := range sen.Sentinels()[:2] {
			s.Kill()
		}
		fresh := open(t, redpoll.SentinelOptions{Addrs: sen.Addrs()}).MasterFor(sen.Name())
		ok(t, fresh.Set(long, "k", "v"))
		ok(t, rdb.Set(long, "k", "v"))
	})
}

// Sentinels and servers speak TLS, and have passwords of their own.
func TestTLSAndPasswords(t *testing.T) {
	t.Parallel()
	sen := redpolltest.StartSentinel(t, redpolltest.SentinelOptions{
		Password: "of Sentinels", Replicas: 1,
		Server: redpolltest.ServerOptions{TLS: true, NoTCP: true, Password: "of servers"},
	})
	o := redpoll.SentinelOptions{
		Addrs: sen.Addrs(), ReadFrom: redpoll.ReadReplica,
		Node:     redpoll.Options{Password: "of servers", TLS: sen.Servers()[0].ClientTLS()},
		Sentinel: redpoll.Options{Password: "of Sentinels"},
	}
	long, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	rdb := open(t, o).MasterFor(sen.Name())
	ok(t, rdb.Set(long, "k", "v"))
	redpolltest.Await(t, "the replica has k", func() bool { v, _ := rdb.Get(long, "k"); return v == "v" })
	sen.FailOver()
	ok(t, rdb.Set(long, "k", "2"))

	o.Sentinel.Password = "of servers"
	err := open(t, o).MasterFor(sen.Name()).Set(long, "k", "v")
	is(t, err, redpoll.ErrNoPrimary, redpoll.ErrAuth, redpoll.ErrNotSent)
	o.Sentinel.Password, o.Node.Password = "of Sentinels", "of Sentinels"
	err = open(t, o).MasterFor(sen.Name()).Set(long, "k", "v")
	is(t, err, redpoll.ErrAuth)
	if errors.Is(err, redpoll.ErrNoPrimary) {
		t.Errorf("the primary is known: %v", err)
	}
}

// Without Sentinels a promotion by hand is followed, and replicas answer the reads of every policy.
//
// Covers: R12
func TestReplicatedServers(t *testing.T) {
	t.Parallel()
	rep := redpolltest.StartReplicated(t, redpolltest.ReplicatedOptions{})
	long, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	list := rep.Addrs()
	slices.Reverse(list)
	var all []*redpoll.Client
	for _, from := range []redpoll.ReadFrom{
		redpoll.ReadPrimary, redpoll.ReadPreferReplica, redpoll.ReadReplica, redpoll.ReadNearest,
	} {
		rdb, err := redpoll.NewReplicated(redpoll.ReplicatedOptions{Addrs: list, ReadFrom: from})
		ok(t, err)
		defer rdb.Close()
		all = append(all, rdb)
	}
	use := func(what string) {
		t.Helper()
		for i, rdb := range all {
			ok(t, rdb.Set(long, "k", what))
			if got, err := rdb.Get(redpoll.FromPrimary(long), "k"); err != nil || got != what {
				t.Errorf("client %d reads %q and %v from the primary, want %q", i, got, err, what)
			}
			redpolltest.Await(t, "the write is everywhere", func() bool {
				v, _ := rdb.Get(long, "k")
				return v == what
			})
			if nodes := rdb.Nodes(); nodes[0].Addr != rep.Primary().Addr() ||
				nodes[0].Role != redpoll.RolePrimary {
				t.Errorf("client %d: the nodes are %+v", i, nodes)
			}
		}
	}
	use("first")
	rep.FailOver(rep.Replicas()[0])
	use("after a failover")
	rep.Promote(rep.Replicas()[1])
	use("after a promotion")
	rep.Primary().Kill()
	rep.Promote(rep.Replicas()[0])
	use("after a crash")
}

// A walk goes on at another server than before: a cursor means nothing there, so it begins anew, and leaves
// out no key.
func TestWalkBeforeAndAfterAPromotion(t *testing.T) {
	t.Parallel()
	rep := redpolltest.StartReplicated(t, redpolltest.ReplicatedOptions{})
	rdb, err := redpoll.NewReplicated(redpoll.ReplicatedOptions{Addrs: rep.Addrs()})
	ok(t, err)
	defer rdb.Close()
	var pairs []any
	for i := range 500 {
		pairs = append(pairs, fmt.Sprint("key", i), i)
	}
	ok(t, rdb.MSet(ctx, pairs...))
	rep.AwaitSync()
	seen := make(map[string]bool)
	given := 0
	part := func(state string, most int) string {
		w := rdb.Walk(redpoll.Count(10), redpoll.From(state))
		n := 0
		for key, err := range w.Keys(ctx) {
			ok(t, err)
			seen[key] = true
			given++
			if n++; n == most {
				break
			}
		}
		return w.State()
	}
	state := part("", 300)
	rep.Promote(rep.Replicas()[0])
	redpolltest.Await(t, "the client follows", func() bool { return rdb.Set(ctx, "key0", "new") == nil })
	part(state, 1000)
	if len(seen) != 500 || given < 800 {
		t.Errorf("%d of 500 keys in %d", len(seen), given)
	}
}
