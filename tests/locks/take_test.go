package locks_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// long is for locks that should not expire during a test.
var long = redpoll.LockOptions{TTL: time.Hour}

// briefly returns a context for waits that should fail.
func briefly(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), clients.Brief)
	t.Cleanup(cancel)
	return ctx
}

// It takes one round trip to take a lock, and one to release it.
//
// Covers: F334, F336, F337, F344, F351, F352, F360
func TestLock(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		mon := t.Server.Monitor()
		lock := t.Client.Lock("job", redpoll.LockOptions{TTL: 10 * time.Minute})
		t.Want("job")(lock.Name(), nil)
		if seen := mon.Commands(); len(seen) != 0 {
			t.Errorf("making a lock sent %q", seen)
		}
		for range 2 {
			t.Want(false)(lock.Locked(ctx))
			held := testkit.Must[*redpoll.Held](t)(lock.Acquire(ctx))
			if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(held.Token()) {
				t.Errorf("the token is %q", held.Token())
			}
			t.Holds(held.Token(), "GET", "job")
			t.Between(9*time.Minute, 10*time.Minute)(t.Client.PTTL(ctx, "job"))
			t.Want(true)(lock.Locked(ctx))
			t.Want(true)(held.Owned(ctx))
			t.OK(held.Release(ctx))
			t.Holds(int64(0), "EXISTS", "job")
			t.Want(false)(held.Owned(ctx))
			t.OK(t.Client.ScriptFlush(ctx)) // the second round has to load its scripts again
		}
		t.OK(testkit.Must[*redpoll.Held](t)(lock.TryAcquire(ctx)).Release(ctx))
		mon.Reset()
		held := testkit.Must[*redpoll.Held](t)(lock.Acquire(ctx))
		t.OK(held.Release(ctx))
		seen := mon.Commands()
		inScript := [][]string{{"GET", "job"}, {"DEL", "job"}}
		if len(seen) != 4 || seen[1][0] != "EVALSHA" || !slices.EqualFunc(seen[2:], inScript, slices.Equal) ||
			!slices.Equal(seen[0], []string{"SET", "job", held.Token(), "NX", "PX", "600000"}) {
			t.Errorf("the server saw %q", seen)
		}
	})
}

// roundTrips counts the commands of a client.
type roundTrips struct {
	mu sync.Mutex
	n  int
}

func (r *roundTrips) CommandStarted(ctx context.Context, _ redpoll.CommandStart) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.n++
	return ctx
}

func (r *roundTrips) CommandEnded(context.Context, redpoll.CommandEnd) {}

// There are also two round trips for locks with fencing numbers, in Do, with a context, and for the first use
// of a script.
func TestLockRoundTrips(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	trips := new(roundTrips)
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr(), Hooks: []redpoll.Hook{trips}})
	o := long
	o.Fencing, o.AutoExtend = true, true
	cycles := map[string]func() error{
		"acquire and release": func() error {
			held, err := rdb.Lock("job", o).Acquire(ctx)
			if err != nil {
				return err
			}
			_, stop := held.Context(ctx)
			defer stop()
			return held.Release(ctx)
		},
		"do": func() error { return rdb.Lock("job", o).Do(ctx, func(context.Context) error { return nil }) },
	}
	for name, cycle := range cycles {
		for _, when := range []string{"at first", "again"} {
			trips.n = 0
			if err := cycle(); err != nil || trips.n != 2 {
				t.Errorf("%s %s: %d round trips, error %v", name, when, trips.n, err)
			}
		}
	}
	srv.Do("SCRIPT", "FLUSH")
	if err := cycles["do"](); err != nil {
		t.Errorf("without its scripts: %v", err)
	}
}

// Locks work for a user who may only run scripts that the server knows. The client tries to load them only
// once.
func TestLockWithoutEval(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	loadLockScripts(t, srv)
	srv.Do("ACL", "SETUSER", "u", "on", ">p", "~*", "&*", "+@all", "-eval")
	trips := new(roundTrips)
	rdb := clients.New(t, redpoll.Options{
		Addr: srv.Addr(), Username: "u", Password: "p", Hooks: []redpoll.Hook{trips},
	})
	o := long
	o.Fencing = true
	for _, want := range []int{4, 2} {
		trips.n = 0
		err := rdb.Lock("job", o).Do(ctx, func(context.Context) error { return nil })
		if err != nil || trips.n != want {
			t.Errorf("%d round trips, error %v", trips.n, err)
		}
	}
}

// Covers: F335, F338
func TestLockWithoutName(t *testing.T) {
	t.Parallel()
	rdb, _ := clients.Shared(t, redpoll.Options{})
	_, err := rdb.Lock("", redpoll.LockOptions{TTL: time.Second}).Acquire(ctx)
	if !errors.As(err, new(*redpoll.DataError)) || err.Error() != "redpoll: Lock name: is empty" {
		t.Errorf("got %v", err)
	}
	if n, err := rdb.Exists(ctx, ""); n != 0 || err != nil {
		t.Errorf("there are %d empty keys, %v", n, err)
	}
}

func TestLockOptions(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{})
	forever := rdb.Lock("forever", redpoll.LockOptions{TTL: redpoll.Forever, Wait: redpoll.Forever})
	held, err := forever.Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if ttl, err := rdb.PTTL(ctx, "forever"); err != nil || ttl != redpoll.NoExpiry {
		t.Errorf("a lock without an end has %v, %v", ttl, err)
	}
	if _, limited := held.Deadline(); limited {
		t.Error("a lock without an end has a deadline")
	}
	if err := held.Release(ctx); err != nil {
		t.Error(err)
	}

	mon := srv.Monitor()
	for _, tc := range []struct {
		name string
		o    redpoll.LockOptions
		want string
	}{
		{"", redpoll.LockOptions{}, "Forever"},
		{"a", redpoll.LockOptions{TTL: -time.Second}, "milliseconds"},
		{"a", redpoll.LockOptions{TTL: 1500 * time.Microsecond}, "milliseconds"},
		{"a", redpoll.LockOptions{TTL: time.Microsecond}, "milliseconds"},
		{"a", redpoll.LockOptions{TTL: time.Second, Pause: -1}, "negative"},
		{"a", redpoll.LockOptions{TTL: time.Second, Wait: -1}, "negative"},
		{"a", redpoll.LockOptions{TTL: time.Second, Margin: -1}, "negative"},
		{"a", redpoll.LockOptions{TTL: time.Second, Margin: time.Second}, "shorter than TTL"},
		{"", redpoll.LockOptions{TTL: time.Second, Fencing: true}, "braces"},
		{"a}", redpoll.LockOptions{TTL: time.Second, Fencing: true}, "braces"},
		{"{}a", redpoll.LockOptions{TTL: time.Second, Fencing: true}, "braces"},
	} {
		lock := rdb.Lock(tc.name, tc.o)
		_, locked := lock.Locked(ctx)
		_, tried := lock.TryAcquire(ctx)
		_, acquired := lock.Acquire(ctx)
		done := lock.Do(ctx, func(context.Context) error { t.Error("called"); return nil })
		for _, err := range []error{locked, tried, acquired, done} {
			var de *redpoll.DataError
			if !errors.As(err, &de) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%q, %+v: got %v, want a DataError with %q", tc.name, tc.o, err, tc.want)
			}
		}
		clients.LockError(t, lock.Adopt("x").Release(ctx), tc.name, redpoll.ErrNotHeld)
	}
	var none redpoll.Lock
	var de *redpoll.DataError
	if _, err := none.Acquire(ctx); !errors.As(err, &de) {
		t.Errorf("a lock that belongs to nobody gives %v", err)
	}
	if err := rdb.Lock("a", long).Do(ctx, nil); !errors.As(err, &de) {
		t.Errorf("nothing to do gives %v", err)
	}
	if seen := mon.Commands(); len(seen) != 0 {
		t.Errorf("the server saw %q", seen)
	}
}

// A lock that is taken cannot be taken again, not even by its holder. A caller who may not wait is told at
// once.
//
// Covers: F337, F339, F342, F343, E76
func TestLockTaken(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		o := long
		o.Token = "abc"
		lock := t.Client.Lock("job", o)
		held := testkit.Must[*redpoll.Held](t)(lock.TryAcquire(ctx))
		t.Holds("abc", "GET", "job")
		_, err := lock.TryAcquire(ctx)
		clients.LockError(t, err, "job", redpoll.ErrNotAcquired)
		if redpoll.OutcomeOf(err) != redpoll.Refused || !errors.Is(err, redpoll.ErrRefused) ||
			errors.Is(err, redpoll.ErrNotHeld) {
			t.Errorf("%v: the outcome is %v", err, redpoll.OutcomeOf(err))
		}
		o.Fencing = true
		_, err = t.Client.Lock("job", o).TryAcquire(ctx)
		clients.LockError(t, err, "job", redpoll.ErrNotAcquired)
		t.Holds(int64(0), "EXISTS", "{job}:fence")
		t.OK(held.Release(ctx))

		t.Holds(int64(1), "LPUSH", "job", "x")
		_, err = lock.TryAcquire(ctx) // a key of another type is also in the way
		clients.LockError(t, err, "job", redpoll.ErrNotAcquired)
	})
}

// Acquire waits while the lock is taken, as long as it may. It does not begin a pause that would end too
// late.
//
// Covers: F335, F340, F341, F400, E23, E76
func TestLockWaits(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		held := testkit.Must[*redpoll.Held](t)(t.Client.Lock("job", long).Acquire(ctx))
		mon := t.Server.Monitor()
		attempt := func(o redpoll.LockOptions) int {
			t.Helper()
			o.TTL = time.Hour
			mon.Reset()
			_, err := t.Client.Lock("job", o).Acquire(ctx)
			clients.LockError(t, err, "job", redpoll.ErrNotAcquired)
			if errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("no context ended, but the error is %v", err)
			}
			return mon.Count("SET")
		}
		if n := attempt(redpoll.LockOptions{Pause: time.Hour, Wait: time.Second}); n != 1 {
			t.Errorf("%d attempts although the second would be too late", n)
		}
		// A pause differs from Pause by up to a quarter.
		began, pause := time.Now(), 5*time.Millisecond
		n := attempt(redpoll.LockOptions{Pause: pause, Wait: clients.Brief})
		if most := 1 + int(time.Since(began)/(pause-pause/4)); n < 2 || n > most {
			t.Errorf("%d attempts, want 2 to %d", n, most)
		}
		for _, pause := range []time.Duration{time.Millisecond, 0, time.Hour} {
			_, err := t.Client.Lock("job",
				redpoll.LockOptions{TTL: time.Hour, Pause: pause}).Acquire(briefly(t))
			clients.LockError(t, err, "job", redpoll.ErrNotAcquired)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the end of the context is not in %v", err)
			}
		}
		err := t.Client.Lock("job", redpoll.LockOptions{TTL: time.Hour, Wait: time.Millisecond}).Do(ctx,
			func(context.Context) error {
				t.Error("called without the lock")
				return nil
			})
		clients.LockError(t, err, "job", redpoll.ErrNotAcquired)

		got := make(chan error, 1)
		mon.Reset()
		go func() {
			_, err := t.Client.Lock("job",
				redpoll.LockOptions{TTL: time.Hour, Pause: time.Millisecond}).Acquire(ctx)
			got <- err
		}()
		redpolltest.Await(t, "the other one tries", func() bool { return mon.Count("SET") > 1 })
		t.OK(held.Release(ctx))
		t.OK(<-got)
	})
}

// Acquire stops waiting when the client is closed.
func TestLockWaitEndsWithTheClient(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Shared(t)
	p := clients.NewPool(t, redpoll.Options{Addr: srv.Addr(), DB: srv.DB})
	if _, err := clients.New(t, redpoll.Options{Pool: p}).Lock("job", long).Acquire(ctx); err != nil {
		t.Fatal(err)
	}
	mon := srv.Monitor()
	other := clients.New(t, redpoll.Options{Pool: p})
	got := make(chan error, 1)
	go func() {
		_, err := other.Lock("job", redpoll.LockOptions{TTL: time.Hour, Pause: time.Hour}).Acquire(ctx)
		got <- err
	}()
	redpolltest.Await(t, "it waits", func() bool { return mon.Count("SET") == 1 })
	_ = other.Close()
	if err := <-got; !errors.Is(err, redpoll.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

// A late release does not release a lock that somebody else has taken.
//
// Covers: F346, F356, F430, E74
func TestLockTimeline(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		o := redpoll.LockOptions{TTL: 200 * time.Millisecond, Token: "abc", Pause: time.Millisecond}
		first := testkit.Must[*redpoll.Held](t)(t.Client.Lock("my-lock", o).Acquire(ctx))
		o.Token, o.TTL = "xyz", time.Hour
		second := testkit.Must[*redpoll.Held](t)(t.Client.Lock("my-lock", o).Acquire(ctx))
		err := first.Release(ctx)
		clients.LockError(t, err, "my-lock", redpoll.ErrNotOwned)
		t.Holds("xyz", "GET", "my-lock")
		t.Want(true)(second.Owned(ctx))
		err = first.Release(ctx)
		clients.LockError(t, err, "my-lock", redpoll.ErrNotHeld)
		if errors.Is(err, redpoll.ErrNotOwned) {
			t.Errorf("the second release says %v", err)
		}
		t.OK(second.Release(ctx))
	})
}

// Two callers who wait for each other's lock wait until their contexts end.
//
// Covers: F362
func TestLockDeadlockEndsWithContexts(t *testing.T) {
	t.Parallel()
	rdb, _ := clients.Shared(t, redpoll.Options{})
	a, b := rdb.Lock("a", long), rdb.Lock("b", long)
	var both, wg sync.WaitGroup
	both.Add(2)
	for _, order := range [][2]*redpoll.Lock{{a, b}, {b, a}} {
		wg.Go(func() {
			held, err := order[0].Acquire(ctx)
			both.Done()
			both.Wait()
			if err != nil {
				t.Error(err)
				return
			}
			_, err = order[1].Acquire(briefly(t))
			clients.LockError(t, err, order[1].Name(), redpoll.ErrNotAcquired)
			if owned, err := held.Owned(ctx); err != nil || !owned {
				t.Errorf("the first lock is owned: %v, %v", owned, err)
			}
		})
	}
	wg.Wait()
}

// Each acquisition with Fencing has a larger number than all before it. The counter is in the slot of the
// lock.
func TestLockFencing(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{Config: []string{"cluster-enabled yes"}},
		func(t *clients.Test) {
			slots := make([]int64, 16384)
			for i := range slots {
				slots[i] = int64(i)
			}
			t.OK(t.Client.ClusterAddSlots(ctx, slots...))
			redpolltest.Await(t, "the cluster is up",
				func() bool { return t.Client.Set(ctx, "up", 1) == nil })
			for name, counter := range map[string]string{
				"job": "{job}:fence", "{orders}job": "{orders}job:fence", "a{b}c{d}": "a{b}c{d}:fence",
				"{": "{{}:fence", "{{a}": "{{a}:fence",
			} {
				o := long
				o.Fencing = true
				lock := t.Client.Lock(name, o)
				last := int64(0)
				for range 3 {
					held := testkit.Must[*redpoll.Held](t)(lock.Acquire(ctx))
					if held.Fence() <= last {
						t.Errorf("%s: the number after %d is %d", name, last, held.Fence())
					}
					last = held.Fence()
					t.Want(true)(held.Owned(ctx))
					t.OK(held.Release(ctx))
				}
				t.Holds("3", "GET", counter)
			}
			t.OK(t.Client.Set(ctx, "{job}:fence", "no number"))
			o := long
			o.Fencing = true
			if _, err := t.Client.Lock("job", o).Acquire(ctx); !errors.Is(err, redpoll.ErrRefused) {
				t.Errorf("a counter that is not a number gives %v", err)
			}
			t.Holds(int64(0), "EXISTS", "job")
		})
}

// Locks work with server 2.6.
//
// Covers: F361, F399
func TestLockCommandsAreOld(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{})
	clients.Usable(t, rdb)
	mon := srv.Monitor()
	o := long
	o.Fencing = true
	lock := rdb.Lock("job", o)
	held, err := lock.Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, owned := held.Owned(ctx)
	_, locked := lock.Locked(ctx)
	for _, err := range []error{
		owned, locked, held.Extend(ctx, time.Second), held.ExtendTo(ctx, time.Minute), held.Reacquire(ctx),
		held.Release(ctx),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	old := []string{"EVAL", "EVALSHA", "SET", "GET", "DEL", "EXISTS", "INCR", "PTTL", "PEXPIRE"}
	scripts := 0
	for _, cmd := range mon.Commands() {
		name := strings.ToUpper(cmd[0])
		if !slices.Contains(old, name) {
			t.Errorf("%s is newer", name)
		}
		if strings.HasPrefix(name, "EVAL") {
			scripts++
		}
	}
	if scripts < 5 {
		t.Errorf("only %d scripts ran", scripts)
	}
}
