package locks_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// loadLockScripts loads the scripts of locks, so that each call sends the same bytes.
func loadLockScripts(t testing.TB, srv *redpolltest.Server) {
	t.Helper()
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr()})
	held := clients.Acquire(t, rdb, "loading", redpoll.LockOptions{TTL: time.Hour, Fencing: true})
	if err := errors.Join(held.Reacquire(ctx), held.Release(ctx)); err != nil {
		t.Fatal(err)
	}
}

// Wherever the wire is cut, in either direction, a lock is taken once and released once, and both calls say
// so.
func TestLockCutAtEveryByte(t *testing.T) {
	t.Parallel()
	steps := []struct {
		name    string
		fencing bool
		release bool // the release is cut
	}{{"acquire", false, false}, {"acquire with a number", true, false}, {"release", false, true}}
	for _, kind := range []string{"TCP", "exclusive"} {
		for _, step := range steps {
			for dir, direction := range map[string]redpolltest.Direction{
				"request": redpolltest.ToServer,
				"reply":   redpolltest.ToClient,
			} {
				t.Run(strings.Join([]string{kind, step.name, dir}, "/"), func(t *testing.T) {
					t.Parallel()
					w := clients.NewWire(t, kind)
					loadLockScripts(t, w.Server)
					o := redpoll.LockOptions{TTL: time.Hour, Fencing: step.fencing}
					for at, last := int64(0), false; !last; at += 3 {
						rdb := w.Client(t)
						clients.Warm(t, rdb)
						name := fmt.Sprint("job", at)
						lock := rdb.Lock(name, o)
						var held *redpoll.Held
						if step.release {
							held = clients.Acquire(t, rdb, name, o)
						}
						before := w.Proxy.Bytes(direction)
						cut := w.Proxy.CutAfter(direction, at, redpolltest.Reset, redpolltest.FromNow,
							redpolltest.Once)
						var err error
						if step.release {
							err = held.Release(ctx)
						} else {
							held, err = lock.Acquire(ctx)
						}
						last = cut.Struck() == 0 && w.Proxy.Bytes(direction)-before < at
						cut.Lift()
						if err != nil {
							t.Fatalf("cut after %d bytes: %v", at, err)
						}
						if !step.release {
							if got := w.Server.Do("GET", name); got != held.Token() {
								t.Fatalf("cut after %d bytes: the key has %v, the handle %v",
									at, got, held.Token())
							}
							if step.fencing && held.Fence() != 1 {
								t.Fatalf("cut after %d bytes: the number is %d", at, held.Fence())
							}
							err = held.Release(ctx)
						}
						if got := w.Server.Do("EXISTS", name); err != nil || got != int64(0) {
							t.Fatalf("cut after %d bytes: the release gives %v, and the key exists: %v",
								at, err, got)
						}
						_ = rdb.Close()
					}
				})
			}
		}
	}
}

// If the reply is lost, Acquire finds out whether the lock was taken.
func TestLockWithLostReply(t *testing.T) {
	t.Parallel()
	for _, kind := range clients.WireKinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := clients.NewWire(t, kind)
			rdb := w.Client(t)
			lose := func(call func() error) error {
				t.Helper()
				clients.Warm(t, rdb)
				cut := w.Proxy.CutAfter(redpolltest.ToClient, 0, redpolltest.Reset, redpolltest.FromNow,
					redpolltest.Once)
				err := call()
				cut.Wait()
				return err
			}
			loadLockScripts(t, w.Server)
			var held *redpoll.Held
			err := lose(func() (err error) {
				held, err = rdb.Lock("job",
					redpoll.LockOptions{TTL: time.Hour, Fencing: true}).TryAcquire(ctx)
				return err
			})
			if err != nil || held.Fence() != 1 || w.Server.Do("GET", "job") != held.Token() {
				t.Fatalf("the lock is taken: %v", err)
			}
			err = lose(func() error { _, err := rdb.Lock("job", long).TryAcquire(ctx); return err })
			clients.LockError(t, err, "job", redpoll.ErrNotAcquired)

			err = lose(func() error { return held.Extend(ctx, time.Hour) })
			if !errors.Is(err, redpoll.ErrMaybeExecuted) {
				t.Errorf("adding to the time gives %v", err)
			}
			if until, _ := held.Deadline(); time.Until(until) > time.Hour {
				t.Error("time that may not have been added is counted upon")
			}
			for _, err := range []error{
				lose(func() error { return held.ExtendTo(ctx, 2*time.Hour) }),
				lose(func() error { return held.Reacquire(ctx) }),
				lose(func() error { return held.Release(ctx) }),
			} {
				if err != nil {
					t.Error(err)
				}
			}
			if got := w.Server.Do("EXISTS", "job"); got != int64(0) {
				t.Errorf("after the release the key exists: %v", got)
			}
		})
	}
}

// If a lock is taken after its caller has given up, it is released.
func TestLockOfCallerWhoGaveUp(t *testing.T) {
	t.Parallel()
	for _, kind := range clients.WireKinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := clients.NewWire(t, kind)
			loadLockScripts(t, w.Server)
			rdb := w.Client(t)
			clients.Warm(t, rdb)
			w.Proxy.Hold(redpolltest.ToClient)
			gone, cancel := context.WithCancel(ctx)
			got := make(chan error, 1)
			go func() {
				_, err := rdb.Lock("job", redpoll.LockOptions{TTL: redpoll.Forever}).Acquire(gone)
				got <- err
			}()
			redpolltest.Await(t, "the lock is taken",
				func() bool { return w.Server.Do("EXISTS", "job") == int64(1) })
			cancel()
			if err := <-got; !errors.Is(err, context.Canceled) || !errors.Is(err, redpoll.ErrMaybeExecuted) ||
				errors.Is(err, redpoll.ErrNotAcquired) {
				t.Errorf("got %v", err)
			}
			w.Proxy.Clear()
			redpolltest.Await(t, "the lock is given back",
				func() bool { return w.Server.Do("EXISTS", "job") == int64(0) })
		})
	}
}

// If it is not known whether a Release was executed, it can be repeated to find out.
func TestLockReleasedAgainAfterLostReply(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		ttl  time.Duration
		want error // error of the second release
	}{
		{"in time", time.Hour, nil},
		{"without an end", redpoll.Forever, nil},
		{"when the time has run out", time.Second, redpoll.ErrMaybeExecuted},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := clients.NewWire(t, "TCP")
			loadLockScripts(t, w.Server)
			rdb := w.Client(t)
			held := clients.Acquire(t, rdb, "job", redpoll.LockOptions{TTL: tc.ttl})
			w.Proxy.Hold(redpolltest.ToClient)
			gone, cancel := context.WithCancel(ctx)
			got := make(chan error, 1)
			go func() { got <- held.Release(gone) }()
			redpolltest.Await(t, "the lock is released",
				func() bool { return w.Server.Do("EXISTS", "job") == int64(0) })
			cancel()
			if err := <-got; !errors.Is(err, context.Canceled) || !errors.Is(err, redpoll.ErrMaybeExecuted) {
				t.Errorf("the first release gives %v", err)
			}
			if until, limited := held.Deadline(); tc.want != nil {
				if !limited {
					t.Fatal("the lock has no deadline")
				}
				redpolltest.Await(t, "the time has run out", func() bool { return time.Now().After(until) })
			}
			w.Proxy.Clear()
			if err := held.Release(ctx); !errors.Is(err, tc.want) {
				t.Errorf("the second release gives %v, want %v", err, tc.want)
			}
			clients.LockError(t, held.Release(ctx), "job", redpoll.ErrNotHeld)
		})
	}
}

// A Release that never reached the server leaves the handle unchanged.
func TestLockReleaseNotSent(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{})
	held := clients.Acquire(t, rdb, "job", long)
	gone, cancel := context.WithCancel(ctx)
	cancel()
	for _, err := range []error{
		held.Release(gone), held.Extend(gone, time.Second), held.ExtendTo(gone, time.Second),
		held.Reacquire(gone),
	} {
		if !errors.Is(err, context.Canceled) || !errors.Is(err, redpoll.ErrNotSent) {
			t.Errorf("got %v", err)
		}
	}
	if got := srv.Do("GET", "job"); got != held.Token() {
		t.Errorf("the key has %v", got)
	}
	if err := held.Release(ctx); err != nil {
		t.Error(err)
	}
}

// If the server cannot be reached, the context of a lock ends with the time of the lock, and gives the cause.
func TestLockContextWithoutServer(t *testing.T) {
	t.Parallel()
	for name, break_ := range map[string]func(p *redpolltest.Proxy){
		"unreachable": func(p *redpolltest.Proxy) { p.Refuse(); p.DropAll(redpolltest.Reset) },
		"silent":      func(p *redpolltest.Proxy) { p.BlackHole(redpolltest.ToClient) },
	} {
		for _, extend := range []bool{false, true} {
			t.Run(fmt.Sprint(name, "/renewed=", extend), func(t *testing.T) {
				t.Parallel()
				w := clients.NewWire(t, "TCP")
				rdb := w.Client(t)
				held := clients.Acquire(t, rdb, "job", redpoll.LockOptions{
					TTL: 300 * time.Millisecond, AutoExtend: extend,
				})
				inner, stop := held.Context(ctx)
				defer stop()
				break_(w.Proxy)
				<-inner.Done()
				cause := context.Cause(inner)
				clients.LockError(t, cause, "job", redpoll.ErrNotOwned)
				until, _ := held.Deadline()
				early := time.Until(until)
				if early > 0 && !strings.Contains(cause.Error(), "not owned any more: ") {
					t.Errorf("%v too early: %v", early, cause)
				}
				if errors.Is(cause, redpoll.ErrMaybeExecuted) || redpoll.OutcomeOf(cause) != redpoll.Refused {
					t.Errorf("the outcome of %v is %v", cause, redpoll.OutcomeOf(cause))
				}
			})
		}
	}
}

// If the server does not answer, Do ends within a second after its function, and says that the lock may still
// be held.
func TestLockDoWithoutServer(t *testing.T) {
	t.Parallel()
	w := clients.NewWire(t, "TCP")
	loadLockScripts(t, w.Server)
	rdb := w.Client(t)
	err := rdb.Lock("job", long).Do(ctx, func(context.Context) error {
		w.Proxy.BlackHole(redpolltest.ToClient)
		return nil
	})
	if !errors.Is(err, redpoll.ErrMaybeExecuted) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// Of concurrent renewals the shortest one counts, in whatever order their replies come.
func TestLockRenewalsAtTheSameTime(t *testing.T) {
	t.Parallel()
	w := clients.NewWire(t, "TCP")
	loadLockScripts(t, w.Server)
	rdb := w.Client(t)
	held := clients.Acquire(t, rdb, "job", long)
	left := func() time.Duration {
		ms, _ := w.Server.Do("PTTL", "job").(int64)
		return time.Duration(ms) * time.Millisecond
	}
	w.Proxy.Hold(redpolltest.ToClient)
	done := make(chan error, 2)
	go func() { done <- held.ExtendTo(ctx, 10*time.Minute) }()
	redpolltest.Await(t, "the time is shorter", func() bool { return left() <= 10*time.Minute })
	go func() { done <- held.Reacquire(ctx) }()
	redpolltest.Await(t, "the time is full again", func() bool { return left() > 10*time.Minute })
	w.Proxy.Clear()
	if err := errors.Join(<-done, <-done); err != nil {
		t.Error(err)
	}
	if until, limited := held.Deadline(); !limited || time.Until(until) > 10*time.Minute {
		t.Errorf("the deadline is in %v", time.Until(until))
	}
	if err := held.Reacquire(ctx); err != nil {
		t.Error(err)
	}
	if until, _ := held.Deadline(); time.Until(until) < 10*time.Minute {
		t.Errorf("after another renewal the deadline is in %v", time.Until(until))
	}
}
