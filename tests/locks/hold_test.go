package locks_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// The time of a lock can be extended, replaced, or set to TTL again.
//
// Covers: F347, F348, F350
func TestLockTime(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		held := clients.Acquire(t, t.Client, "job", redpoll.LockOptions{TTL: 100 * time.Minute})
		left := func(low, high time.Duration) {
			t.Helper()
			t.Between(low, high)(t.Client.PTTL(ctx, "job"))
			until, limited := held.Deadline()
			if d := time.Until(until); !limited || d > high || d < low-2*time.Minute {
				t.Errorf("the deadline is in %v", d)
			}
		}
		left(90*time.Minute, 100*time.Minute)
		t.OK(held.Extend(ctx, 200*time.Minute))
		left(290*time.Minute, 300*time.Minute)
		t.OK(held.ExtendTo(ctx, 50*time.Minute))
		left(40*time.Minute, 50*time.Minute)
		t.OK(held.Reacquire(ctx))
		left(90*time.Minute, 100*time.Minute)

		t.Holds(int64(1), "PERSIST", "job")
		clients.LockError(t, held.Extend(ctx, time.Second), "job", redpoll.ErrNotOwned)
		clients.LockError(t, held.ExtendTo(ctx, time.Second), "job", redpoll.ErrNotOwned)
		t.OK(held.Reacquire(ctx))
		left(90*time.Minute, 100*time.Minute)
		t.OK(held.Release(ctx))
	})
}

// Calls on locks that are released, lost, without an end or not held have an error of their own.
//
// Covers: F84, F345, F346, F349, F350, F352, F358
func TestLockErrors(t *testing.T) {
	t.Parallel()
	calls := []struct {
		name string
		call func(h *redpoll.Held) error
	}{
		{"Extend", func(h *redpoll.Held) error { return h.Extend(ctx, time.Second) }},
		{"ExtendTo", func(h *redpoll.Held) error { return h.ExtendTo(ctx, time.Second) }},
		{"Reacquire", func(h *redpoll.Held) error { return h.Reacquire(ctx) }},
		{"Release", func(h *redpoll.Held) error { return h.Release(ctx) }},
	}
	clients.EachProtocol(t, func(t *clients.Test) {
		released := clients.Acquire(t, t.Client, "job", long)
		t.OK(released.Release(ctx))
		for _, tc := range calls {
			clients.LockError(t, tc.call(released), "job", redpoll.ErrNotHeld)
			clients.LockError(t, tc.call(nil), "", redpoll.ErrNotHeld)
			clients.LockError(t, tc.call(new(redpoll.Held)), "", redpoll.ErrNotHeld)
			lost := clients.Acquire(t, t.Client, "job", long)
			for _, change := range [][]string{
				{"SET", "job", "other"}, {"DEL", "job"}, {"RPUSH", "job", "x"},
			} {
				t.Server.Do(change...)
				t.Want(false)(lost.Owned(ctx))
				if tc.name == "Release" {
					lost = t.Client.Lock("job", long).Adopt(lost.Token())
				}
				err := tc.call(lost)
				clients.LockError(t, err, "job", redpoll.ErrNotOwned)
				if !errors.Is(err, redpoll.ErrNotHeld) || redpoll.OutcomeOf(err) != redpoll.Refused {
					t.Errorf("%s after %q: %v, outcome %v", tc.name, change, err, redpoll.OutcomeOf(err))
				}
			}
			t.Holds(int64(1), "DEL", "job")
		}
		if redpoll.OutcomeOf(released.Release(ctx)) != redpoll.NotSent {
			t.Error("a second release was sent")
		}
		var none *redpoll.Held
		if none.Token() != "" || none.Fence() != 0 {
			t.Error("a nil handle has a token or a number")
		}
		if _, limited := none.Deadline(); limited {
			t.Error("a nil handle has a deadline")
		}
		t.Want(false)(none.Owned(ctx))

		endless := clients.Acquire(t, t.Client, "job", redpoll.LockOptions{TTL: redpoll.Forever})
		timed := clients.Acquire(t, t.Client, "timed", long)
		for _, err := range []error{
			endless.Extend(ctx, time.Second), endless.ExtendTo(ctx, time.Second), endless.Reacquire(ctx),
		} {
			var de *redpoll.DataError
			clients.LockError(t, err, "job", redpoll.ErrNotSent)
			if !errors.As(err, &de) || redpoll.OutcomeOf(err) != redpoll.NotSent {
				t.Errorf("got %v, outcome %v, want a LockError with a DataError in it",
					err, redpoll.OutcomeOf(err))
			}
		}
		for _, err := range []error{
			timed.Extend(ctx, 0), timed.Extend(ctx, -3*time.Second), timed.ExtendTo(ctx, 0),
			timed.Extend(ctx, time.Microsecond), timed.ExtendTo(ctx, redpoll.Forever),
		} {
			var de *redpoll.DataError
			if !errors.As(err, &de) {
				t.Errorf("got %v, want a DataError", err)
			}
		}
		t.OK(endless.Release(ctx))
		t.OK(timed.Release(ctx))
	})
}

// A handle may be released by another goroutine, and its token adopted by another process.
//
// Covers: F357, E75
func TestLockHandedOn(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		held := clients.Acquire(t, t.Client, "job", long)
		done := make(chan error)
		go func() { done <- held.Release(ctx) }()
		t.OK(<-done)
		t.Holds(int64(0), "EXISTS", "job")

		held = clients.Acquire(t, t.Client, "job", long)
		there := clients.New(t, redpoll.Options{Addr: t.Server.Addr(), DB: t.Server.DB})
		adopted := there.Lock("job", redpoll.LockOptions{TTL: time.Minute}).Adopt(held.Token())
		t.Want(true)(adopted.Owned(ctx))
		if _, known := adopted.Deadline(); known {
			t.Error("the time of an adopted lock is known")
		}
		t.OK(adopted.Reacquire(ctx))
		if until, known := adopted.Deadline(); !known || time.Until(until) > time.Minute {
			t.Errorf("the deadline is %v, %v", until, known)
		}
		t.OK(adopted.Release(ctx))
		clients.LockError(t, held.Release(ctx), "job", redpoll.ErrNotOwned)
		clients.LockError(t, there.Lock("job", long).Adopt("stranger").Release(ctx), "job",
			redpoll.ErrNotOwned)
	})
}

// If many goroutines release a handle, one of them succeeds.
func TestLockReleasedByManyAtOnce(t *testing.T) {
	t.Parallel()
	rdb, _ := clients.Shared(t, redpoll.Options{})
	held := clients.Acquire(t, rdb, "job", long)
	var wg sync.WaitGroup
	released := make(chan bool, 16)
	for range 16 {
		wg.Go(func() {
			err := held.Release(ctx)
			if err != nil {
				clients.LockError(t, err, "job", redpoll.ErrNotHeld)
			}
			released <- err == nil
		})
	}
	wg.Wait()
	close(released)
	n := 0
	for ok := range released {
		if ok {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d releases succeeded", n)
	}
}

// Do holds the lock while the function runs, and releases it however the function ends.
//
// Covers: F353, F354
func TestLockDo(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		o := long
		o.Fencing = true
		lock := t.Client.Lock("job", o)
		mine := errors.New("mine")
		ended, end := context.WithCancel(ctx)
		for _, tc := range []struct {
			name string
			ctx  context.Context
			fn   func(ctx context.Context) error
			want error
		}{
			{"success", ctx, func(ctx context.Context) error {
				t.Want(true)(redpoll.HeldFrom(ctx).Owned(ctx))
				if redpoll.HeldFrom(ctx).Fence() == 0 {
					t.Error("the handle has no number")
				}
				return ctx.Err()
			}, nil},
			{"error", ctx, func(context.Context) error { return mine }, mine},
			{"context ends", ended, func(ctx context.Context) error { end(); <-ctx.Done(); return ctx.Err() },
				context.Canceled},
			{"released inside", ctx, func(ctx context.Context) error {
				if err := redpoll.HeldFrom(ctx).Release(ctx); err != nil {
					return err
				}
				<-ctx.Done()
				clients.LockError(t, context.Cause(ctx), "job", redpoll.ErrNotHeld)
				return nil
			}, nil},
		} {
			if err := lock.Do(tc.ctx, tc.fn); err != tc.want { //nolint:errorlint // the error itself must arrive
				t.Errorf("%s: got %v, want %v", tc.name, err, tc.want)
			}
			t.Want(false)(lock.Locked(ctx))
		}
		func() {
			defer func() {
				if recover() != "mine" {
					t.Error("the panic is lost")
				}
			}()
			_ = lock.Do(ctx, func(context.Context) error { panic("mine") })
		}()
		t.Want(false)(lock.Locked(ctx))
		if redpoll.HeldFrom(ctx) != nil {
			t.Error("a context without a lock has one")
		}
	})
}

// Goroutines that change a counter under a lock lose no change.
func TestLockExcludes(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{})
	lock := rdb.Lock("job", redpoll.LockOptions{TTL: time.Hour, Pause: time.Millisecond})
	var wg sync.WaitGroup
	n := 0
	for range 16 {
		wg.Go(func() {
			for range 5 {
				// Do would give a busy server no more than a second for the release.
				held, err := lock.Acquire(ctx)
				if err != nil {
					t.Error(err)
					return
				}
				n++
				if err := held.Release(ctx); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := srv.Do("EXISTS", "job"); n != 80 || got != int64(0) {
		t.Errorf("%d turns were taken, and the lock exists: %v", n, got)
	}
}

// If a lock is lost, its context ends with the cause, and the call that holds the lock returns the loss.
//
// Covers: F355
func TestLockLostInside(t *testing.T) {
	t.Parallel()
	short := redpoll.LockOptions{TTL: clients.Brief}
	renewed := short
	renewed.AutoExtend = true
	cases := []struct {
		name string
		o    redpoll.LockOptions
		lose func(t *clients.Test)
	}{
		{"its time runs out", short, func(*clients.Test) {}},
		{"deleted", short, func(t *clients.Test) { t.Server.Do("DEL", "job") }},
		{"taken over", short, func(t *clients.Test) { t.Server.Do("SET", "job", "thief") }},
		{"deleted while it is renewed", renewed, func(t *clients.Test) { t.Server.Do("DEL", "job") }},
		{"taken over while it is renewed", renewed,
			func(t *clients.Test) { t.Server.Do("SET", "job", "thief") }},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			clients.EachProtocol(t, func(t *clients.Test) {
				mine := errors.New("mine")
				err := t.Client.Lock("job", tc.o).Do(ctx, func(ctx context.Context) error {
					tc.lose(t)
					<-ctx.Done()
					clients.LockError(t, context.Cause(ctx), "job", redpoll.ErrNotOwned)
					redpolltest.Await(t, "the key has gone or is another's", func() bool {
						owned, err := redpoll.HeldFrom(ctx).Owned(context.WithoutCancel(ctx))
						return err == nil && !owned
					})
					return mine
				})
				clients.LockError(t, err, "job", redpoll.ErrNotOwned)
				if !errors.Is(err, mine) {
					t.Errorf("the function's error is not in %v", err)
				}
			})
		})
	}
}

// If a function ends with its context, before the key expires after the margin, the result is still the loss
// of the lock.
func TestLockLostAndObeyed(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(ctx context.Context) error{
		"with the context's error": func(ctx context.Context) error { return ctx.Err() },
		"without an error":         func(context.Context) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clients.EachProtocol(t, func(t *clients.Test) {
				// The key stays much longer than the time of the lock.
				o := redpoll.LockOptions{TTL: time.Minute, Margin: time.Minute - clients.Brief}
				err := t.Client.Lock("job", o).Do(ctx, func(ctx context.Context) error {
					<-ctx.Done()
					return end(ctx)
				})
				clients.LockError(t, err, "job", redpoll.ErrNotOwned)
				t.Holds(int64(0), "EXISTS", "job")
			})
		})
	}
}

// A lock is renewed in time even if most of its TTL is margin, or if it was extended by less than its TTL.
func TestLockAutoExtendInTime(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]redpoll.LockOptions{
		"large margin": {TTL: 10 * time.Second, Margin: 9 * time.Second, AutoExtend: true},
		"shortened":    {TTL: 10 * time.Second, AutoExtend: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clients.EachProtocol(t, func(t *clients.Test) {
				err := t.Client.Lock("job", o).Do(ctx, func(ctx context.Context) error {
					held := redpoll.HeldFrom(ctx)
					if name == "shortened" {
						t.OK(held.ExtendTo(ctx, time.Second))
					}
					first, _ := held.Deadline()
					redpolltest.Await(t, "it is renewed", func() bool {
						until, _ := held.Deadline()
						return until.After(first) || ctx.Err() != nil
					})
					return context.Cause(ctx)
				})
				t.OK(err)
			})
		})
	}
}

// With AutoExtend a lock is renewed long before its end, as long as its context lasts.
func TestLockAutoExtend(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		mon := t.Server.Monitor()
		o := redpoll.LockOptions{TTL: 2 * time.Second, AutoExtend: true}
		err := t.Client.Lock("job", o).Do(ctx, func(ctx context.Context) error {
			first, _ := redpoll.HeldFrom(ctx).Deadline()
			redpolltest.Await(t, "it is renewed", func() bool {
				until, _ := redpoll.HeldFrom(ctx).Deadline()
				return until.After(first) || ctx.Err() != nil
			})
			if n := mon.Count("PEXPIRE"); n == 0 {
				t.Error("the deadline moved without a renewal")
			}
			return context.Cause(ctx)
		})
		t.OK(err)
		t.Holds(int64(0), "EXISTS", "job")
	})
}

// The context of a handle ends when the lock is released or its function ends, and at once if the lock is not
// held.
func TestLockContext(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{})
	held := clients.Acquire(t, rdb, "job", long)
	type key struct{}
	parent := context.WithValue(ctx, key{}, 1)
	one, stopOne := held.Context(parent)
	defer stopOne()
	two, stopTwo := held.Context(parent)
	if redpoll.HeldFrom(one) != held || one.Value(key{}) != 1 {
		t.Error("the context lacks its values")
	}
	stopTwo()
	if !errors.Is(two.Err(), context.Canceled) || one.Err() != nil {
		t.Errorf("the contexts ended with %v and %v", one.Err(), two.Err())
	}
	if err := held.Release(ctx); err != nil {
		t.Error(err)
	}
	<-one.Done()
	clients.LockError(t, context.Cause(one), "job", redpoll.ErrNotHeld)
	for _, h := range []*redpoll.Held{held, nil, new(redpoll.Held)} {
		late, stop := h.Context(parent)
		if !errors.Is(context.Cause(late), redpoll.ErrNotHeld) {
			t.Errorf("the context of what is not held ended with %v", context.Cause(late))
		}
		stop()
	}
	// An adopted lock is checked at once.
	srv.Do("SET", "job", "other")
	adopted, stop := rdb.Lock("job", long).Adopt("abc").Context(parent)
	defer stop()
	<-adopted.Done()
	clients.LockError(t, context.Cause(adopted), "job", redpoll.ErrNotOwned)
}

// Locks of redis-py and of redpoll exclude each other. Both use the same key with the token as its value, and
// compare the token before they delete the key.
func TestLockBesideRedisPy(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		// The commands of redis-py 3.5 are SET NX PX, and a script that compares and deletes.
		const token, free = "8c0ac2ba1f2b11ef9e3f0242ac120002", "local v = redis.call('get', KEYS[1]) " +
			"if not v or v ~= ARGV[1] then return 0 end redis.call('del', KEYS[1]) return 1"
		o := long
		o.Fencing = true
		lock := t.Client.Lock("job", o)
		t.Holds("OK", "SET", "job", token, "NX", "PX", "60000")
		_, err := lock.TryAcquire(ctx)
		clients.LockError(t, err, "job", redpoll.ErrNotAcquired)
		t.Holds(int64(1), "EVAL", free, "1", "job", token)

		held := clients.Acquire(t, t.Client, "job", o)
		t.Holds(nil, "SET", "job", token, "NX", "PX", "60000")
		t.Holds(int64(0), "EVAL", free, "1", "job", token)
		t.Want(true)(held.Owned(ctx))
		t.Holds(int64(1), "EVAL", free, "1", "job", held.Token())
		clients.LockError(t, held.Release(ctx), "job", redpoll.ErrNotOwned)

		// A token is text: its bytes are sent unchanged without an encoding, and encoded with one.
		o.Token = "\xff\x00é"
		held = clients.Acquire(t, t.Client, "job", o)
		t.Holds(o.Token, "GET", "job")
		t.Want(true)(held.Owned(ctx))
		t.OK(held.Release(ctx))
		latin := clients.New(t, redpoll.Options{Addr: t.Server.Addr(), DB: t.Server.DB, Text: redpoll.Latin1})
		o.Token = "\x00é"
		held = clients.Acquire(t, latin, "job", o)
		t.Holds("\x00\xe9", "GET", "job")
		t.Want(true)(held.Owned(ctx))
		t.Want(true)(latin.Lock("job", o).Adopt(held.Token()).Owned(ctx))
		t.OK(held.Release(ctx))
		o.Token = "€"
		var de *redpoll.DataError
		if _, err := latin.Lock("job", o).TryAcquire(ctx); !errors.As(err, &de) || de.Argument != "Token" {
			t.Errorf("got %v, want a DataError that names the token", err)
		}
		if _, err := latin.Lock("job", long).Adopt("€").Owned(ctx); !errors.As(err, &de) ||
			de.Argument != "Token" {
			t.Errorf("got %v, want a DataError that names the token", err)
		}
	})
}

// Locks leave no goroutines behind, however they ended.
func TestLockLeavesNothingBehind(t *testing.T) {
	redpolltest.NoLeaks(t)
	rdb, _ := clients.Shared(t, redpoll.Options{})
	o := redpoll.LockOptions{TTL: time.Hour, AutoExtend: true}
	if err := rdb.Lock("done", o).Do(ctx, func(context.Context) error { return nil }); err != nil {
		t.Error(err)
	}
	held := clients.Acquire(t, rdb, "released", o)
	_, stop := held.Context(ctx) //nolint:govet // ended by the release
	_ = stop
	if err := held.Release(ctx); err != nil {
		t.Error(err)
	}
	parent, cancel := context.WithCancel(ctx)
	clients.Acquire(t, rdb, "forgotten", o).Context(parent) //nolint:govet // ended by its parent
	cancel()
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := rdb.Lock("never", o).Acquire(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
