package pubsub_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// A call that the server refuses subscribes nothing, also if it is the first one of its connection, and if
// some of its names came back, or belong to other calls.
func TestRefusedCallLeavesNothing(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	o := redpolltest.ServerOptions{Users: []redpolltest.User{{Name: "u", Password: "pw",
		Rules: "~* resetchannels &ok* +@all"}}}
	clients.OwnServer(t, o, func(t *clients.Test) {
		rdb := clients.New(t, redpoll.Options{Addr: t.Server.Addr(), Protocol: t.Proto, Username: "u",
			Password: "pw"})
		for _, shared := range []bool{false, true} {
			sub := open(t, rdb, redpoll.PubSubOptions{Shared: shared})
			is(t, sub.Subscribe(guarded(t), "ok1", "bad"), redpoll.ErrNoPerm)
			if got := sub.Channels(); len(got) > 0 || sub.Subscribed() {
				t.Errorf("%q are subscribed behind a refusal", got)
			}
			if n := t.Server.Do("PUBLISH", "ok1", "x"); n != int64(0) {
				t.Errorf("the server has %v subscribers", n)
			}
			nothing(t, sub)
			ok(t, sub.Subscribe(guarded(t), "ok2"))
			is(t, sub.Subscribe(guarded(t), "ok1", "ok2", "bad"), redpoll.ErrNoPerm)
			if got := sub.Channels(); !slices.Equal(got, []string{"ok2"}) {
				t.Errorf("%q are subscribed, want the one of the call that was allowed", got)
			}
			publish(t, t.Server, "ok2", "x")
			want(t, sub, "subscribe ok2 1", "message ok2 x")
			ok(t, sub.Close())
		}
	})
}

// A call that waits for the same name as one that is refused is not refused with it.
func TestRefusalIsThatOfOneCall(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		sub := open(t, f.client(t, redpoll.Options{}), redpoll.PubSubOptions{})
		ok(t, sub.Subscribe(background, "first"))
		gate := make(chan struct{})
		f.set(func() {
			f.answer = func(_ *wire, words []string) (string, bool) {
				if !slices.Contains(words, "bad") {
					return "", false
				}
				<-gate
				return refusal("NOPERM no"), true
			}
		})
		f.commands()
		var calls sync.WaitGroup
		calls.Go(func() { is(t, sub.Subscribe(background, "a", "b", "bad"), redpoll.ErrNoPerm) })
		synctest.Wait()
		calls.Go(func() { ok(t, sub.Subscribe(background, "b", "c", "b", "first")) })
		synctest.Wait()
		close(gate)
		calls.Wait()
		want(t, sub, "subscribe first 1", "subscribe c 2", "subscribe b 3", "subscribe first 3",
			"subscribe b 3")
		if got := sub.Channels(); len(got) != 3 || slices.Contains(got, "a") {
			t.Errorf("%q are subscribed", got)
		}
		synctest.Wait()
		heard := []string{"SUBSCRIBE a b bad", "SUBSCRIBE c", "SUBSCRIBE b"}
		if got := f.commands(); !slices.Equal(got, heard) {
			t.Errorf("the server heard %q", got)
		}
	})
}

// A call that ends when the server has confirmed a part of it leaves that part unsubscribed, except for names
// that were in force before or that another call wants. So does one that a cut has met in between.
func TestPartOfACallIsTakenBack(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		sub := open(t, f.client(t, redpoll.Options{}), redpoll.PubSubOptions{})
		ok(t, sub.Subscribe(background, "old"))
		part := func(c *wire, words []string) (string, bool) {
			if words[0] != "SUBSCRIBE" || !slices.Contains(words, "mute") {
				return "", false
			}
			reply := ""
			for _, name := range words[1:] {
				if name != "mute" {
					reply += f.push("subscribe", name, 1)
				}
			}
			return reply, true
		}
		f.set(func() { f.answer = part })
		f.commands()
		ctx, cancel := context.WithCancel(background)
		var calls sync.WaitGroup
		calls.Go(func() {
			is(t, sub.Subscribe(ctx, "old", "a", "b", "mute"), context.Canceled)
		})
		synctest.Wait()
		calls.Go(func() { ok(t, sub.Subscribe(background, "b")) })
		synctest.Wait()
		cancel()
		calls.Wait()
		synctest.Wait()
		if got := sub.Channels(); !slices.Equal(got, []string{"old", "b"}) {
			t.Errorf("%q are subscribed", got)
		}
		want(t, sub, "subscribe old 1", "subscribe old 1", "subscribe a 2", "subscribe b 3", "subscribe b 3",
			"unsubscribe a 2")
		f.last().say(t, f.message("a", "late"), f.message("b", "x"))
		want(t, sub, "message b x")
		got := f.commands()
		if !slices.Equal(got, []string{"SUBSCRIBE a b mute", "UNSUBSCRIBE a", "UNSUBSCRIBE mute"}) {
			t.Errorf("the server heard %q", got)
		}

		// A cut behind the first half: what was confirmed comes back; the call goes on until it is refused.
		calls.Go(func() { is(t, sub.Subscribe(background, "c", "mute"), redpoll.ErrNoPerm) })
		synctest.Wait()
		want(t, sub, "subscribe c 3")
		f.set(func() {
			f.answer = func(_ *wire, words []string) (string, bool) {
				return refusal("NOPERM no"), slices.Contains(words, "mute")
			}
		})
		f.last().Close()
		calls.Wait()
		synctest.Wait()
		want(t, sub, "gap", "subscribe old 1 again", "subscribe b 2 again", "subscribe c 3 again", "restored",
			"unsubscribe c 2")
		if got := sub.Channels(); !slices.Equal(got, []string{"old", "b"}) {
			t.Errorf("%q are subscribed", got)
		}
	})
}

// Confirmations of a call come one per word and in the order of the words, whatever is in force already.
//
// Covers: F216, F217
func TestOrderOfConfirmations(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		for _, shared := range []bool{false, true} {
			sub := open(t, t.Client, redpoll.PubSubOptions{Shared: shared})
			other := open(t, t.Client, redpoll.PubSubOptions{Shared: shared})
			ok(t, sub.Subscribe(guarded(t), "b", "a", "b", "c", "a"))
			want(t, sub, "subscribe b 1", "subscribe a 2", "subscribe b 2", "subscribe c 3", "subscribe a 3")
			ok(t, other.Subscribe(guarded(t), "c", "d"))
			ok(t, sub.Subscribe(guarded(t), "a", "e", "d", "a", "f", "b"))
			want(t, sub, "subscribe a 3", "subscribe e 4", "subscribe d 5", "subscribe a 5", "subscribe f 6",
				"subscribe b 6")
			ok(t, sub.Unsubscribe(guarded(t), "x", "b", "y", "b", "c", "a"))
			want(t, sub, "unsubscribe x 6", "unsubscribe b 5", "unsubscribe y 5", "unsubscribe b 5",
				"unsubscribe c 4", "unsubscribe a 3")
			if got := sub.Channels(); !slices.Equal(got, []string{"e", "d", "f"}) &&
				!slices.Equal(got, []string{"d", "e", "f"}) {
				t.Errorf("%q are subscribed", got)
			}
			ok(t, sub.Close())
			ok(t, other.Close())
		}
	})
	// While there is no connection the order is kept as well.
	play(t, func(t *testing.T, f *fake) {
		f.refuse = io.ErrClosedPipe
		sub := open(t, f.client(t, redpoll.Options{}), redpoll.PubSubOptions{})
		var calls sync.WaitGroup
		calls.Go(func() { ok(t, sub.Subscribe(background, "b", "a", "b")) })
		synctest.Wait()
		calls.Go(func() { ok(t, sub.Subscribe(background, "c", "a", "d")) })
		synctest.Wait()
		f.set(func() { f.refuse = nil })
		calls.Wait()
		want(t, sub, "subscribe b 1", "subscribe a 2", "subscribe b 2", "subscribe c 3", "subscribe a 3",
			"subscribe d 4")
	})
}

// A context that has ended does not keep Unsubscribe from doing its work, and is its error.
func TestUnsubscribeWithAnEndedContext(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		for _, noWait := range []bool{false, true} {
			sub := open(t, t.Client, redpoll.PubSubOptions{NoWait: noWait})
			a, b := name(t, "a"), name(t, "b")
			ok(t, sub.Subscribe(guarded(t), a, b))
			want(t, sub, "subscribe "+a+" 1", "subscribe "+b+" 2")
			ended, cancel := context.WithCancel(background)
			cancel()
			is(t, sub.Subscribe(ended, name(t, "c")), redpoll.ErrNotSent)
			err := sub.Unsubscribe(ended, a)
			is(t, err, context.Canceled)
			is(t, err, redpoll.ErrMaybeExecuted)
			if got := sub.Channels(); !slices.Equal(got, []string{b}) {
				t.Errorf("%q are subscribed", got)
			}
			want(t, sub, "unsubscribe "+a+" 1")
			is(t, sub.Unsubscribe(ended, a), redpoll.ErrNotSent)
			want(t, sub, "unsubscribe "+a+" 1")
			nothing(t, sub)
			ok(t, sub.Close())
		}
	})
}

// An answer that does not come is bounded by ReplyTimeout, also if the connection is alive otherwise. Nothing
// stays unclear, since the connection is replaced.
func TestAnswerThatDoesNotCome(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		sub := open(t, f.client(t, redpoll.Options{}), redpoll.PubSubOptions{})
		ok(t, sub.Subscribe(background, "c"))
		mute := func(mute func(words []string) bool) {
			f.set(func() {
				f.answer = func(_ *wire, words []string) (string, bool) { return "", mute(words) }
			})
		}
		late := func(what string, call func() error) {
			t.Helper()
			began, conns := time.Now(), f.conns()
			var ce *redpoll.ConnError
			if err := call(); !errors.As(err, &ce) || !ce.Timeout() {
				t.Errorf("%s: got %v, want a time-out", what, err)
			}
			testkit.Took(t, what, began, redpoll.DefaultReplyTimeout, 2*redpoll.DefaultReplyTimeout)
			synctest.Wait()
			if f.conns() == conns {
				t.Errorf("%s: the connection was not replaced", what)
			}
		}
		mute(func(words []string) bool { return words[len(words)-1] == "mute" && words[0] == "SUBSCRIBE" })
		late("Subscribe", func() error { return sub.Subscribe(background, "mute") })
		want(t, sub, "subscribe c 1", "gap", "subscribe c 1 again", "restored")

		mute(func(words []string) bool { return words[0] == "UNSUBSCRIBE" })
		began := time.Now()
		ok(t, sub.Subscribe(background, "d"))
		ok(t, sub.Unsubscribe(background, "d"))
		testkit.Took(t, "Unsubscribe", began, redpoll.DefaultReplyTimeout, 2*redpoll.DefaultReplyTimeout)
		want(t, sub, "subscribe d 2", "gap", "unsubscribe d 1", "subscribe c 1 again", "restored")

		mute(func(words []string) bool { return words[0] == "PING" })
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func(c *wire) {
			defer close(stopped)
			for {
				testkit.Pass(time.Second)
				select {
				case <-stop:
					return
				default:
					_, _ = io.WriteString(c, f.message("other", "x")) // a sign of life
				}
			}
		}(f.last())
		late("Ping", func() error { return sub.Ping(background, "mute") })
		close(stop)
		<-stopped
		want(t, sub, "gap", "subscribe c 1 again", "restored")
		if got := sub.Channels(); !slices.Equal(got, []string{"c"}) {
			t.Errorf("%q are subscribed", got)
		}
	})
}

// A server that takes nothing more is noticed by WriteTimeout, if by nothing else.
func TestServerThatTakesNothing(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		gate := make(chan struct{})
		defer close(gate)
		rdb := f.client(t, redpoll.Options{ReplyTimeout: redpoll.Forever, WriteTimeout: time.Second})
		sub := open(t, rdb, redpoll.PubSubOptions{SilenceTimeout: redpoll.Forever})
		ok(t, sub.Subscribe(background, "c"))
		f.set(func() {
			f.answer = func(c *wire, _ []string) (string, bool) {
				if c.n == 1 {
					<-gate
				}
				return "", false
			}
		})
		var calls sync.WaitGroup
		calls.Go(func() { ok(t, sub.Subscribe(background, "d")) })
		synctest.Wait()
		calls.Go(func() { ok(t, sub.Subscribe(background, "e")) })
		calls.Wait()
		want(t, sub, "subscribe c 1", "gap", "subscribe c 1 again", "restored", "subscribe d 2",
			"subscribe e 3")
	})
}

// The outcome of a call that is ended by something else says whether the server may have heard of it.
func TestOutcomeOfAnEndedCall(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		closeSub := func(_ *redpoll.Client, sub *redpoll.PubSub) error { return sub.Close() }
		closeClient := func(rdb *redpoll.Client, _ *redpoll.PubSub) error { return rdb.Close() }
		unsubscribe := func(_ *redpoll.Client, sub *redpoll.PubSub) error {
			f.last().Close() // nobody answers any more
			return sub.Unsubscribe(background, "c")
		}
		outage := func(*redpoll.Client, *redpoll.PubSub) error {
			f.set(func() { f.refuse = io.ErrClosedPipe })
			f.last().Close()
			return nil
		}
		for name, c := range map[string]struct {
			sent bool
			end  func(*redpoll.Client, *redpoll.PubSub) error
			want error
		}{
			"Close, sent":            {true, closeSub, redpoll.ErrConnClosed},
			"Close, not sent":        {false, closeSub, redpoll.ErrConnClosed},
			"Client.Close, sent":     {true, closeClient, redpoll.ErrClosed},
			"Client.Close, not sent": {false, closeClient, redpoll.ErrClosed},
			"Unsubscribe, sent":      {true, unsubscribe, nil},
			"Outage, sent":           {true, outage, io.ErrClosedPipe},
		} {
			f.set(func() {
				f.refuse = nil
				if !c.sent {
					f.refuse = io.ErrClosedPipe
				}
				f.answer = func(_ *wire, words []string) (string, bool) { return "", words[0] == "SUBSCRIBE" }
			})
			rdb := f.client(t, redpoll.Options{})
			sub := open(t, rdb, redpoll.PubSubOptions{})
			var call sync.WaitGroup
			call.Go(func() {
				err := sub.Subscribe(background, "c")
				outcome := redpoll.NotSent
				if c.sent {
					outcome = redpoll.MaybeExecuted
				}
				if got := redpoll.OutcomeOf(err); got != outcome || c.want != nil && !errors.Is(err, c.want) {
					t.Errorf("%s: got %v, which is %v", name, err, got)
				}
			})
			synctest.Wait()
			ok(t, c.end(rdb, sub))
			call.Wait()
			ok(t, rdb.Close())
		}
	})
}
