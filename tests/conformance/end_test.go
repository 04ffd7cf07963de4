package conformance

import (
	"errors"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// ends are about Close and Drain.
var ends = tests{
	"Close": func(t *T) {
		ctx, rdb := t.Context(), t.Another(redpoll.Options{})
		sub := t.subscribe(rdb, t.Key("channel"))
		mon, err := rdb.Monitor(ctx)
		if !t.refused("Monitor", err) {
			t.OK(err)
		}
		blocked := t.Go(func() error { _, err := rdb.BLPop(ctx, 0, t.Key("l")); return err })
		redpolltest.Await(t, "the call has a connection", func() bool { return rdb.Stats().LentConns > 0 })
		_, err = rdb.Get(ctx, t.Key("k"))
		t.Is(redpoll.Nil)(nil, err)
		t.OK(rdb.Close())
		clients.Unanswered(redpoll.ErrClosed).Check(t.T, blocked())
		_, err = rdb.Get(ctx, t.Key("k"))
		clients.NotSent(redpoll.ErrClosed).Check(t.T, err)
		clients.NotSent(redpoll.ErrClosed).Check(t.T, rdb.Set(ctx, t.Key("k"), 1))
		if sub != nil {
			if _, err := sub.Message(ctx); !errors.Is(err, redpoll.ErrClosed) {
				t.Errorf("the subscription ends with %v", err)
			}
		}
		if mon != nil {
			if err := endOf(mon.Listen(ctx)); !errors.Is(err, redpoll.ErrClosed) {
				t.Errorf("the monitor ends with %v", err)
			}
		}
		t.OK(rdb.Close())
	},
	"Drain": func(t *T) {
		ctx, rdb := t.Context(), t.Another(redpoll.Options{})
		blocked := t.Go(func() error { _, err := rdb.BLPop(ctx, 0, t.Key("l")); return err })
		redpolltest.Await(t, "the call has a connection", func() bool { return rdb.Stats().LentConns > 0 })
		held := clients.Acquire(t, rdb, t.Key("lock"), long)
		drained := t.Go(func() error { return rdb.Drain(ctx) })
		redpolltest.Await(t, "further calls are refused", func() bool {
			_, err := rdb.Get(ctx, t.Key("k"))
			return errors.Is(err, redpoll.ErrClosed)
		})
		clients.NotSent(redpoll.ErrClosed).Check(t.T, rdb.Set(ctx, t.Key("k"), 1))
		t.Want(true)(held.Owned(ctx))
		t.OK(held.Release(ctx))
		_, err := t.Client.RPush(ctx, t.Key("l"), "v")
		t.OK(err)
		t.OK(blocked())
		t.OK(drained())
	},
	"a client that was never used": func(t *T) {
		t.OK(t.Another(redpoll.Options{}).Close())
		t.OK(t.Another(redpoll.Options{}).Drain(t.Context()))
	},
}

// endOf is the error that ends a sequence.
func endOf[E any](from func(yield func(E, error) bool)) (err error) {
	for _, err = range from {
		if err != nil {
			return err
		}
	}
	return nil
}
