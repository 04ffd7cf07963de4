package locks_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// overtaken is a hook that runs a function before the commands of one context are sent.
type overtaken struct{ first func() }

type overtakenKey struct{}

func (o *overtaken) CommandStarted(ctx context.Context, _ redpoll.CommandStart) context.Context {
	if ctx.Value(overtakenKey{}) != nil {
		o.first()
	}
	return ctx
}

func (*overtaken) CommandEnded(context.Context, redpoll.CommandEnd) {}

// If a lock is renewed or checked while its holder releases it, the error says released, and not lost.
func TestReleaseOvertakesARenewal(t *testing.T) {
	t.Parallel()
	slow := context.WithValue(ctx, overtakenKey{}, true)
	for name, use := range map[string]func(h *redpoll.Held) error{
		"Extend":    func(h *redpoll.Held) error { return h.Extend(slow, time.Second) },
		"ExtendTo":  func(h *redpoll.Held) error { return h.ExtendTo(slow, time.Second) },
		"Reacquire": func(h *redpoll.Held) error { return h.Reacquire(slow) },
		"Context": func(h *redpoll.Held) error {
			c, stop := h.Context(slow)
			defer stop()
			<-c.Done()
			return context.Cause(c)
		},
	} {
		for _, extend := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				hook := new(overtaken)
				rdb, _ := clients.Shared(t, redpoll.Options{Hooks: []redpoll.Hook{hook}})
				h := clients.Acquire(t, rdb, "job", redpoll.LockOptions{
					TTL: 3 * time.Second, AutoExtend: extend,
				})
				released := errors.New("not released")
				hook.first = func() {
					if released != nil {
						released = h.Release(ctx)
					}
				}
				err := use(h)
				if !errors.Is(err, redpoll.ErrNotHeld) || errors.Is(err, redpoll.ErrNotOwned) {
					t.Errorf("got %v", err)
				}
				if released != nil {
					t.Errorf("the release gives %v", released)
				}
			})
		}
	}
}

// A renewal that hangs does not affect others that succeed.
func TestLockRenewalHangs(t *testing.T) {
	t.Parallel()
	for name, renew := range map[string]func(ctx context.Context, h *redpoll.Held) error{
		"to the full time": func(ctx context.Context, h *redpoll.Held) error { return h.Reacquire(ctx) },
		"to a shorter time": func(ctx context.Context, h *redpoll.Held) error {
			return h.ExtendTo(ctx, time.Minute)
		},
		"by some time": func(ctx context.Context, h *redpoll.Held) error {
			return h.Extend(ctx, time.Minute)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hangs, over := make(chan struct{}), make(chan struct{})
			hook := &overtaken{first: func() { close(hangs); <-over }}
			rdb, _ := clients.Shared(t, redpoll.Options{Hooks: []redpoll.Hook{hook}})
			h := clients.Acquire(t, rdb, "job", long)
			done := make(chan error, 1)
			go func() { done <- renew(context.WithValue(ctx, overtakenKey{}, true), h) }()
			<-hangs
			last := time.Time{}
			for range 3 {
				if err := h.Reacquire(ctx); err != nil {
					t.Fatal(err)
				}
				until, _ := h.Deadline()
				if !until.After(last) {
					t.Errorf("a renewal leaves the end at %v", until)
				}
				if left := time.Until(until); (left < 2*time.Minute) != (name == "to a shorter time") {
					t.Errorf("%v are left", left)
				}
				last = until
			}
			close(over)
			if err := <-done; err != nil {
				t.Error(err)
			}
			if until, _ := h.Deadline(); until.Before(last) {
				t.Errorf("the end was %v, and is %v", last, until)
			}
		})
	}
}

// Renewals that always overlap are valid.
func TestLockRenewalsOverlap(t *testing.T) {
	t.Parallel()
	const rounds = 40
	var begun atomic.Int64
	hook := &overtaken{first: func() {
		// Each renewal is sent after the next one has begun.
		n := begun.Add(1)
		redpolltest.Await(t, "the next renewal has begun",
			func() bool { return begun.Load() > n || begun.Load() >= rounds })
	}}
	rdb, _ := clients.Shared(t, redpoll.Options{Hooks: []redpoll.Hook{hook}})
	h := clients.Acquire(t, rdb, "job", long)
	held, stop := h.Context(ctx)
	defer stop()
	first, _ := h.Deadline()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for begun.Load() < rounds {
				if err := h.Reacquire(context.WithValue(ctx, overtakenKey{}, true)); err != nil {
					t.Error(err)
					return
				}
				if until, _ := h.Deadline(); !until.After(first) {
					t.Errorf("a renewal among others leaves the end at %v", until)
				}
			}
		})
	}
	redpolltest.Await(t, "half of them have begun", func() bool { return begun.Load() >= rounds/2 })
	middle, _ := h.Deadline()
	wg.Wait()
	if until, _ := h.Deadline(); !until.After(middle) {
		t.Errorf("the end was %v after half of the renewals, and is %v after all", middle, until)
	}
	if held.Err() != nil {
		t.Errorf("the context of a lock that was renewed: %v", context.Cause(held))
	}
}

// The loss of the lock of an outer Do does not affect the lock of an inner one.
func TestLockDoInsideAnother(t *testing.T) {
	t.Parallel()
	rdb, _ := clients.Shared(t, redpoll.Options{})
	short := redpoll.LockOptions{TTL: time.Minute, Margin: time.Minute - clients.Brief}
	err := rdb.Lock("outer", short).Do(ctx, func(ctx context.Context) error {
		inner := rdb.Lock("inner", long).Do(ctx, func(ctx context.Context) error {
			<-ctx.Done()
			clients.LockError(t, context.Cause(ctx), "outer", redpoll.ErrNotOwned)
			return nil
		})
		if inner != nil {
			t.Errorf("the inner Do gives %v", inner)
		}
		return nil
	})
	clients.LockError(t, err, "outer", redpoll.ErrNotOwned)
}

// If it is not known whether a Release was executed, a renewal that finds the lock shows that it was not.
func TestLockHeldAfterAllIsReleasedAnew(t *testing.T) {
	t.Parallel()
	w := clients.NewWire(t, "TCP")
	rdb := w.Client(t)
	held := clients.Acquire(t, rdb, "job", long)
	if err := held.Reacquire(ctx); err != nil {
		t.Fatal(err)
	}
	w.Proxy.BlackHole(redpolltest.ToServer)
	if err := held.Release(briefly(t)); !errors.Is(err, redpoll.ErrMaybeExecuted) {
		t.Fatalf("the first release gives %v", err)
	}
	w.Proxy.Clear()
	w.Proxy.DropAll(redpolltest.Reset)
	if err := held.Reacquire(ctx); err != nil {
		t.Fatal(err)
	}
	w.Server.Do("SET", "job", "somebody else's")
	clients.LockError(t, held.Release(ctx), "job", redpoll.ErrNotOwned)
}
