package pubsub_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// Confirmations do not fill a queue: a program subscribes as many names as it likes before it reads.
func TestConfirmationsAreNotMessages(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		const n = 5000
		names := make([]string, n)
		for i := range names {
			names[i] = name(t, strconv.Itoa(i))
		}
		for _, overflow := range []redpoll.QueueOverflow{redpoll.QueueWait, redpoll.QueueDropOldest,
			redpoll.QueueDropNewest, redpoll.QueueEnd} {
			sub := open(t, t.Client, redpoll.PubSubOptions{QueueMessages: 10, Overflow: overflow})
			ok(t, sub.Subscribe(guarded(t), names...))
			publish(t, t.Server, names[n-1], "x")
			ok(t, sub.CheckHealth(guarded(t)))
			for i, c := range names {
				want(t, sub, fmt.Sprintf("subscribe %s %d", c, i+1))
			}
			want(t, sub, "message "+names[n-1]+" x")
			ok(t, sub.Close())
		}
	})
}

// Cuts are told however many of them there are, and whatever was dropped in between.
func TestManyCutsBehindAFullQueue(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		for _, overflow := range []redpoll.QueueOverflow{redpoll.QueueDropOldest, redpoll.QueueDropNewest} {
			sub := open(t, f.client(t, redpoll.Options{}),
				redpoll.PubSubOptions{QueueMessages: 2, Overflow: overflow})
			ok(t, sub.Subscribe(background, "c"))
			for range 600 { // each is a gap, a confirmation, and a return
				f.last().say(t, f.message("c", "x"))
				synctest.Wait()
				f.last().Close()
				ok(t, sub.Ping(background, "")) // it is subscribed again
			}
			var last []string
			gaps, open := uint64(0), false
			waiting := sub.Stats().Waiting
			for range waiting {
				last = next(t, sub, 1)
				switch {
				case last[0] == "gap":
					open = true
					gaps++
				case strings.HasPrefix(last[0], "gap "): // of messages
					gaps++
				case last[0] == "restored":
					open = false
				}
			}
			if s := sub.Stats(); open || gaps != s.Gaps || waiting > 1100 {
				t.Errorf("behind %q a gap is open: %v; %d gaps, with the counters %+v", last, open, gaps, s)
			}
			ok(t, sub.Close())
		}
	})
}

// A full queue with QueueEnd is the error of each call that reads, until the object subscribes again, and no
// handler of errors can pass over it.
func TestOverflowStays(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		c := name(t, "c")
		handled := 0
		handler := func(context.Context, redpoll.Message) error {
			handled++
			return nil
		}
		sub := open(t, t.Client, redpoll.PubSubOptions{QueueMessages: 2, Overflow: redpoll.QueueEnd,
			HideConfirmations: true})
		fill := func() {
			t.Helper()
			ok(t, sub.SubscribeFunc(guarded(t), c, handler))
			before := sub.Stats()
			p := t.Client.Pipeline()
			for range 4 {
				p.Publish(c, "x")
			}
			ok(t, p.Exec(guarded(t)))
			redpolltest.Await(t, "the queue has overflowed", func() bool { return !sub.Subscribed() })
			s := sub.Stats()
			if got := s.Received - before.Received; got < 3 || s.Dropped-before.Dropped != got-2 {
				t.Errorf("the counters are %+v behind %+v", s, before)
			}
		}
		fill()
		for range 2 {
			_, err := sub.Message(guarded(t))
			is(t, err, redpoll.ErrOverflow)
			_, _, err = sub.Poll(guarded(t))
			is(t, err, redpoll.ErrOverflow)
			for _, err := range sub.Listen(guarded(t)) {
				is(t, err, redpoll.ErrOverflow)
			}
		}
		if !strings.Contains(redpoll.ErrOverflow.Error(), "subscribe again") || handled != 2 {
			t.Errorf("%v, and %d were handled", redpoll.ErrOverflow, handled)
		}
		fill()
		pass := redpoll.PubSubRunOptions{
			OnError: func(context.Context, redpoll.Message, error) error { return nil },
		}
		is(t, sub.RunWith(guarded(t), pass), redpoll.ErrOverflow)
		if handled != 4 {
			t.Errorf("%d were handled", handled)
		}
		if _, err := sub.Message(guarded(t)); !errors.As(err, new(*redpoll.StateError)) {
			t.Errorf("behind the end of Run the error is %v", err)
		}
	})
}

// Close ends what reads, also if somebody subscribes again before the readers have seen it; and the end of an
// older Run leaves the newer subscription alone.
func TestCloseBeforeANewSubscription(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		for _, o := range []redpoll.PubSubOptions{{HideConfirmations: true}, {HideConfirmations: true,
			KeepOpen: true}, {HideConfirmations: true, Shared: true}} {
			sub := open(t, f.client(t, redpoll.Options{}), o)
			gate, inside := make(chan struct{}), make(chan struct{})
			handler := func(context.Context, redpoll.Message) error {
				close(inside)
				<-gate
				return nil
			}
			ok(t, sub.SubscribeFunc(background, "h", handler))
			var runs, readers sync.WaitGroup
			runs.Go(func() { ok(t, sub.Run(background)) })
			f.last().say(t, f.message("h", "x"))
			<-inside
			readers.Go(func() {
				if _, err := sub.Message(background); !errors.As(err, new(*redpoll.StateError)) {
					t.Errorf("Message gives %v", err)
				}
			})
			readers.Go(func() {
				for m, err := range sub.Listen(background) {
					t.Errorf("Listen gives %q, %v", short(m), err)
				}
			})
			synctest.Wait()
			ok(t, sub.Close())
			ok(t, sub.Subscribe(background, "c"))
			readers.Wait()
			close(gate)
			runs.Wait()
			if got := sub.Channels(); len(got) != 1 {
				t.Errorf("%q are subscribed", got)
			}
			f.last().say(t, f.message("c", "y"))
			want(t, sub, "message c y")
			ok(t, sub.Close())
		}
	})
}

// Run that is stopped by its context ends without an error, also if a handler returns that of the context.
func TestRunIsStoppedInAHandler(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		cause := errors.New("stopped")
		for _, how := range []func(ctx context.Context) error{context.Context.Err, context.Cause} {
			sub := open(t, t.Client, redpoll.PubSubOptions{})
			c := name(t, "c")
			ctx, stop := context.WithCancelCause(guarded(t))
			ok(t, sub.SubscribeFunc(guarded(t), c, func(ctx context.Context, _ redpoll.Message) error {
				stop(cause)
				return fmt.Errorf("a handler: %w", how(ctx))
			}))
			publish(t, t.Server, c, "x")
			ok(t, sub.Run(ctx))
			stop(nil)
		}
	})
}
