package conformance

import (
	"context"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

// locks are about locks over several processes.
var locks = tests{
	"one holder at a time": func(t *T) {
		ctx, lock := t.Context(), t.Client.Lock(t.Key("lock"), long)
		held := clients.Acquire(t, t.Client, t.Key("lock"), long)
		_, err := lock.TryAcquire(ctx)
		clients.LockError(t, err, t.Key("lock"), redpoll.ErrNotAcquired)
		t.OK(held.Release(ctx))
		clients.LockError(t, held.Release(ctx), t.Key("lock"), redpoll.ErrNotHeld)
		held, err = lock.TryAcquire(ctx)
		t.OK(err)
		t.OK(held.Release(ctx))
	},
	"the truth, at once": func(t *T) {
		ctx, lock := t.Context(), t.Client.Lock(t.Key("lock"), long)
		for range 20 {
			t.Want(false)(lock.Locked(ctx))
			held, err := lock.Acquire(ctx)
			t.OK(err)
			t.Want(true)(lock.Locked(ctx))
			t.Want(true)(held.Owned(ctx))
			t.OK(held.Extend(ctx, time.Minute))
			t.OK(held.Release(ctx))
		}
	},
	"none of several counters loses a step": func(t *T) {
		ctx, k := t.Context(), t.Key("n")
		o := long
		o.Pause = 5 * time.Millisecond
		var workers []func() error
		for range 4 {
			workers = append(workers, t.Go(func() error {
				for range 5 {
					err := t.Client.Lock(t.Key("lock"), o).Do(ctx, func(ctx context.Context) error {
						n, err := t.Client.StrLen(redpoll.FromPrimary(ctx), k)
						if err != nil {
							return err
						}
						_, err = t.Client.SetRange(ctx, k, n, "x")
						return err
					})
					if err != nil {
						return err
					}
				}
				return nil
			}))
		}
		for _, ended := range workers {
			t.OK(ended())
		}
		t.Want(int64(20))(t.Client.StrLen(t.primary(), k))
	},
	"fencing numbers grow": func(t *T) {
		o := long
		o.Fencing = true
		last := int64(0)
		for range 3 {
			held := clients.Acquire(t, t.Client, t.Key("lock"), o)
			if held.Fence() <= last {
				t.Errorf("the number %d comes behind %d", held.Fence(), last)
			}
			last = held.Fence()
			t.OK(held.Release(t.Context()))
		}
	},
}

// long is the time of locks that must not run out during a test.
var long = redpoll.LockOptions{TTL: time.Hour}
