package pubsub_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// A frame that is cut anywhere, with a pause between its halves, is one message.
func TestFramesInPieces(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		sub := open(t, f.client(t, redpoll.Options{}), redpoll.PubSubOptions{HideConfirmations: true})
		ok(t, sub.Subscribe(background, "c"))
		frame := f.message("c", "hello")
		for cut := range len(frame) {
			if cut > 0 {
				f.last().say(t, frame[:cut])
				testkit.Pass(20 * time.Millisecond)
			}
			f.last().say(t, frame[cut:])
			want(t, sub, "message c hello")
		}
		var all strings.Builder
		for i := range 1000 {
			all.WriteString(f.message("c", fmt.Sprint(i)))
		}
		text := all.String()
		go func() {
			for i := 0; text != ""; i++ {
				n := min(len(text), 1+i*7919%97)
				f.last().say(t, text[:n])
				text = text[n:]
			}
		}()
		for i := range 1000 {
			want(t, sub, fmt.Sprintf("message c %d", i))
		}
		nothing(t, sub)
	})
}

// Each form of an answer to our own PING is taken, and none is shown.
//
// Covers: F140, F141
func TestFormsOfPong(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		sub := open(t, f.client(t, redpoll.Options{}), redpoll.PubSubOptions{HideConfirmations: true})
		forms := []string{
			"+PONG\r\n", "$7\r\nredpoll\r\n",
			"*2\r\n$4\r\npong\r\n$7\r\nredpoll\r\n", ">2\r\n$4\r\npong\r\n$7\r\nredpoll\r\n",
		}
		if f.proto == 2 {
			forms = forms[:3]
		}
		for _, form := range forms {
			f.set(func() {
				f.answer = func(_ *wire, words []string) (string, bool) { return form, words[0] == "PING" }
			})
			ok(t, sub.Subscribe(background, "c"))
			f.last().say(t, f.message("c", "1"))
			ok(t, sub.Unsubscribe(background, "c"))
			ok(t, sub.CheckHealth(background))
			ok(t, sub.Subscribe(background, "c"))
			testkit.Pass(time.Minute) // our own PINGs
			f.last().say(t, f.message("c", "2"))
			want(t, sub, "message c 1", "message c 2")
			nothing(t, sub)
		}
		if n := f.conns(); n != 1 {
			t.Errorf("%d connections, want 1", n)
		}
	})
}

// A link that is dead without a word is noticed by PINGs, with nobody calling anything, and replaced.
func TestDeadLink(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		sub := open(t, f.client(t, redpoll.Options{}), redpoll.PubSubOptions{})
		ok(t, sub.Subscribe(background, "c"))
		first := f.last()
		for range 20 { // as long as something comes, nobody asks
			testkit.Pass(time.Second)
			first.say(t, f.message("c", "x"))
		}
		f.set(func() {
			f.answer = func(c *wire, _ []string) (string, bool) { return "", c == first }
		})
		began := time.Now()
		for f.conns() == 1 {
			testkit.Pass(10 * time.Millisecond)
		}
		most := redpoll.DefaultSilenceTimeout + 100*time.Millisecond
		testkit.Took(t, "noticing a dead link", began, time.Second, most)
		synctest.Wait()
		next(t, sub, 21)
		m, err := sub.Message(background)
		ok(t, err)
		var ce *redpoll.ConnError
		if m.Kind != redpoll.KindGap || !errors.As(m.Gap.Err, &ce) || !ce.Timeout() {
			t.Errorf("got %q with %v, want a gap by a time-out", short(m), m.Gap)
		}
		if m.Gap.Since.After(began) {
			t.Errorf("the gap begins %v after the last sign of life", m.Gap.Since.Sub(began))
		}
		want(t, sub, "subscribe c 1 again", "restored")
	})
}

// When the server ends the connection in order, everything before that has come: the gap begins there.
func TestGapBehindAnOrderlyEnd(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		sub := open(t, f.client(t, redpoll.Options{}), redpoll.PubSubOptions{HideConfirmations: true})
		ok(t, sub.Subscribe(background, "c"))
		testkit.Pass(2 * time.Second)
		end := time.Now()
		f.last().Close()
		m, err := sub.Message(guarded(t))
		ok(t, err)
		if m.Kind != redpoll.KindGap || !m.Gap.Since.Equal(end) {
			t.Errorf("got %q since %v, want a gap since %v", short(m), m.Gap.Since, end)
		}
	})
}

// Of objects that share a connection the one with the shortest patience decides.
func TestShortestSilenceCounts(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		rdb := f.client(t, redpoll.Options{})
		for _, silence := range []time.Duration{redpoll.Forever, time.Minute, time.Second, time.Hour} {
			sub := open(t, rdb, redpoll.PubSubOptions{Shared: true, SilenceTimeout: silence})
			ok(t, sub.Subscribe(background, "c"))
		}
		testkit.Pass(time.Hour)
		first := f.last()
		f.set(func() { f.answer = func(c *wire, _ []string) (string, bool) { return "", c == first } })
		began := time.Now()
		for f.conns() == 1 {
			testkit.Pass(10 * time.Millisecond)
		}
		testkit.Took(t, "noticing a dead link", began, 0, 1100*time.Millisecond)
	})
}

// An error reply that nobody has asked for is what the server says before it hangs up: the gap tells it.
func TestServerSaysWhyItHangsUp(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		sub := open(t, f.client(t, redpoll.Options{}), redpoll.PubSubOptions{HideConfirmations: true})
		ok(t, sub.Subscribe(background, "c"))
		f.last().say(t, refusal("ERR maintenance"))
		m, err := sub.Message(guarded(t))
		ok(t, err)
		if m.Kind != redpoll.KindGap || !strings.Contains(fmt.Sprint(m.Gap.Err), "maintenance") {
			t.Errorf("got %q with %+v", short(m), m.Gap)
		}
		want(t, sub, "restored")
	})
}

// A failure that lasts ends a call at once.
func TestFailureThatLasts(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		f.answer = func(_ *wire, words []string) (string, bool) {
			return refusal("WRONGPASS invalid username-password pair or user is disabled."),
				words[0] == "AUTH" || words[0] == "HELLO"
		}
		rdb := f.client(t, redpoll.Options{Password: "wrong"})
		began := time.Now()
		is(t, rdb.PubSub().Subscribe(background, "c"), redpoll.ErrAuth)
		if took := time.Since(began); took > 0 {
			t.Errorf("Subscribe took %v", took)
		}
	})
}

// When the names of a gap have been unsubscribed before the connection is back, nothing comes back.
func TestNothingComesBack(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		sub := open(t, f.client(t, redpoll.Options{}), redpoll.PubSubOptions{})
		ok(t, sub.Subscribe(background, "c"))
		f.set(func() { f.refuse = io.ErrClosedPipe })
		f.last().Close()
		want(t, sub, "subscribe c 1", "gap", "gap")
		ok(t, sub.Unsubscribe(background))
		f.set(func() { f.refuse = nil })
		testkit.Pass(time.Second)
		want(t, sub, "unsubscribe c 0")
		nothing(t, sub)
		ok(t, sub.Subscribe(background, "d"))
		want(t, sub, "subscribe d 1")
		nothing(t, sub)
	})
}

// A reader who stops reading does not make the server look dead.
//
// Covers: F244
func TestSlowReader(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		o := redpoll.PubSubOptions{QueueMessages: 4, HideConfirmations: true}
		sub := open(t, f.client(t, redpoll.Options{}), o)
		ok(t, sub.Subscribe(background, "c"))
		c := f.last()
		go func() {
			for i := range 100 {
				c.say(t, f.message("c", fmt.Sprint(i)))
			}
		}()
		for i := range 100 {
			testkit.Pass(15 * time.Second)
			want(t, sub, fmt.Sprintf("message c %d", i))
			if n := sub.Stats().Waiting; n > 8 {
				t.Fatalf("%d messages wait in a queue of 4", n)
			}
		}
		testkit.Pass(time.Hour)
		nothing(t, sub)
		if n := f.conns(); n != 1 {
			t.Errorf("%d connections, want 1", n)
		}
	})
}

// Subscribe is confirmed even if its confirmation is behind unread messages in a full queue.
func TestSubscribeBehindAFullQueue(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		o := redpoll.PubSubOptions{QueueMessages: 4, HideConfirmations: true}
		// This server does not read while it cannot write.
		sub := open(t, f.client(t, redpoll.Options{WriteTimeout: redpoll.Forever}), o)
		ok(t, sub.Subscribe(background, "c"))
		c := f.last()
		go func() {
			for range 7 {
				c.say(t, f.message("c", "x"))
			}
		}()
		synctest.Wait()
		if n := sub.Stats().Waiting; n != 4 {
			t.Errorf("%d messages wait in a queue of 4", n)
		}
		ok(t, sub.Subscribe(background, "d"))

		// Beyond four times the limit, Subscribe ends with its context, and is undone when there is room.
		f.commands()
		f.set(func() {
			f.answer = func(c *wire, words []string) (string, bool) {
				if words[0] == "SUBSCRIBE" {
					for range 100 {
						_, _ = io.WriteString(c, f.message("c", "x"))
					}
				}
				return "", false
			}
		})
		ctx, cancel := context.WithTimeout(background, 5*time.Second)
		defer cancel()
		err := sub.Subscribe(ctx, "e")
		is(t, err, context.DeadlineExceeded)
		if !strings.Contains(fmt.Sprint(err), "the queue is full") {
			t.Errorf("the error does not say why: %v", err)
		}
		// Without a context that ends, ReplyTimeout ends it. The connection is not to blame.
		began := time.Now()
		for _, call := range []func() error{
			func() error { return sub.Subscribe(background, "e2") },
			func() error { return sub.Unsubscribe(background, "d") },
			func() error { return sub.Ping(background, "") },
		} {
			err = call()
			var ce *redpoll.ConnError
			if !errors.As(err, &ce) || !ce.Timeout() || !strings.Contains(err.Error(), "the queue is full") {
				t.Errorf("the error does not say why: %v", err)
			}
			is(t, err, redpoll.ErrMaybeExecuted)
			testkit.Took(t, "a call", began, redpoll.DefaultReplyTimeout, 2*redpoll.DefaultReplyTimeout)
			began = time.Now()
		}
		if got := sub.Channels(); !slices.Equal(got, []string{"c"}) {
			t.Errorf("%q are subscribed", got)
		}
		f.set(func() { f.answer = nil })
		next(t, sub, 107)
		synctest.Wait()
		got := f.commands()
		slices.Sort(got)
		if !slices.Equal(got, []string{"SUBSCRIBE e", "SUBSCRIBE e2", "UNSUBSCRIBE d", "UNSUBSCRIBE e",
			"UNSUBSCRIBE e2"}) {
			t.Errorf("the server heard %q", got)
		}
		if n := f.conns(); n != 1 {
			t.Errorf("%d connections, want 1", n)
		}
		nothing(t, sub)
	})
}

// A call that nobody waits for has all the time that the reader takes.
func TestQuietSubscribeBehindAFullQueue(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		o := redpoll.PubSubOptions{QueueMessages: 4, HideConfirmations: true, NoWait: true}
		sub := open(t, f.client(t, redpoll.Options{WriteTimeout: redpoll.Forever}), o)
		f.answer = func(c *wire, words []string) (string, bool) {
			if words[0] == "SUBSCRIBE" && words[1] == "d" {
				_, _ = io.WriteString(c, strings.Repeat(f.message("c", "x"), 100))
			}
			return "", false
		}
		ok(t, sub.Subscribe(background, "c"))
		synctest.Wait()
		ok(t, sub.Subscribe(background, "d"))
		testkit.Pass(time.Hour)
		next(t, sub, 100)
		synctest.Wait()
		f.last().say(t, f.message("d", "y"))
		want(t, sub, "message d y")
	})
}

// An error of SUBSCRIBE belongs to its call, and other replies to their calls.
func TestRefusal(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		sub := open(t, f.client(t, redpoll.Options{}), redpoll.PubSubOptions{})
		ok(t, sub.Subscribe(background, "mine"))
		f.set(func() {
			f.answer = func(_ *wire, words []string) (string, bool) {
				return refusal("NOPERM no permission for a channel"), slices.Contains(words, "secret")
			}
		})
		var calls sync.WaitGroup
		calls.Go(func() {
			err := sub.Subscribe(background, "other", "secret")
			is(t, err, redpoll.ErrNoPerm)
			is(t, err, redpoll.ErrRefused)
			if se := (*redpoll.ServerError)(nil); !errors.As(err, &se) || se.Command != "SUBSCRIBE" {
				t.Errorf("got %#v", err)
			}
		})
		calls.Go(func() { ok(t, sub.Ping(background, "hi")) })
		calls.Wait()
		want(t, sub, "subscribe mine 1", "pong hi")
		nothing(t, sub)
		if got := sub.Channels(); !slices.Equal(got, []string{"mine"}) {
			t.Errorf("%q are subscribed", got)
		}
		// The refused name has no further effect.
		ok(t, sub.Subscribe(background, "other"))
		want(t, sub, "subscribe other 2")

		quiet := open(t, f.client(t, redpoll.Options{}), redpoll.PubSubOptions{NoWait: true})
		ok(t, quiet.Subscribe(background, "secret"))
		_, err := quiet.Message(background)
		is(t, err, redpoll.ErrNoPerm)
	})
}

// If a name is not allowed any more after a cut, this is reported, and all others are restored. The name is
// restored when it is allowed again.
func TestRefusalAfterACut(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		sub := open(t, f.client(t, redpoll.Options{}), redpoll.PubSubOptions{})
		ok(t, sub.Subscribe(background, "a", "b", "c"))
		next(t, sub, 3)
		f.set(func() {
			f.answer = func(_ *wire, words []string) (string, bool) {
				return refusal("NOPERM no"), slices.Contains(words, "b")
			}
		})
		f.last().Close()
		want(t, sub, "gap", "subscribe a 1 again", "gap", "subscribe c 2 again")
		f.set(func() { f.answer = nil })
		want(t, sub, "subscribe b 3 again", "restored")
	})
}

// Polling with contexts that end loses nothing, and costs no connection.
//
// Covers: F240
func TestPollingWithContexts(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		sub := open(t, f.client(t, redpoll.Options{}), redpoll.PubSubOptions{HideConfirmations: true})
		ok(t, sub.Subscribe(background, "c"))
		frame := f.message("c", "hello")
		var got []string
		for i := range 1000 {
			switch i {
			case 500:
				f.last().say(t, frame[:len(frame)/2])
			case 501:
				f.last().say(t, frame[len(frame)/2:])
			}
			ctx, cancel := context.WithTimeout(background, 5*time.Millisecond)
			m, err := sub.Message(ctx)
			cancel()
			switch {
			case err == nil:
				got = append(got, short(m))
			case !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, redpoll.ErrNotSent):
				t.Fatal(err)
			}
		}
		if !slices.Equal(got, []string{"message c hello"}) || f.conns() != 1 {
			t.Errorf("got %q over %d connections", got, f.conns())
		}
	})
}

// A connection that is cut while it subscribes again passes nothing to the user, and no name is forgotten.
// Credentials are requested each time, and their refusal is reported.
//
// Covers: F255, F256, F258
func TestHalfReconnected(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		asked := 0
		rdb := f.client(t, redpoll.Options{Credentials: func(context.Context) (string, string, error) {
			asked++
			return "u", "p", nil
		}})
		auth := func(_ *wire, words []string) (string, bool) { return "+OK\r\n", words[0] == "AUTH" }
		f.answer = auth
		sub := open(t, rdb, redpoll.PubSubOptions{})
		ok(t, sub.Subscribe(background, "a", "b"))
		ok(t, sub.PSubscribe(background, "p*"))
		ok(t, sub.SSubscribe(background, "s"))
		want(t, sub, "subscribe a 1", "subscribe b 2", "psubscribe p* 3", "ssubscribe s 1")
		f.set(func() {
			f.answer = func(c *wire, words []string) (string, bool) {
				switch {
				case c.n == 2 && words[0] == "SUBSCRIBE": // half of it, and the end
					half := f.push("subscribe", "a", 1) + f.message("a", "old")
					half += f.push("subscribe", "b", 2)[:9]
					_, _ = io.WriteString(c, half)
					c.Close()
					return "", true
				case (c.n == 3 || c.n == 4) && (words[0] == "AUTH" || words[0] == "HELLO"):
					return refusal("WRONGPASS invalid username-password pair or user is disabled."), true
				}
				return auth(c, words)
			}
		})
		f.commands()
		before := asked
		f.last().Close()
		want(t, sub, "gap", "subscribe a 1 again", "message a old", "gap")
		m, err := sub.Message(background)
		ok(t, err)
		if m.Kind != redpoll.KindGap || !errors.Is(m.Gap.Err, redpoll.ErrAuth) {
			t.Errorf("got %q, want a gap with the refusal", short(m))
		}
		want(t, sub, "subscribe a 1 again", "subscribe b 2 again")
		want(t, sub, "psubscribe p* 3 again", "ssubscribe s 1 again")
		want(t, sub, "restored")
		if asked-before != f.conns()-1 {
			t.Errorf("asked %d times for the credentials of %d connections", asked-before, f.conns()-1)
		}
		f.last().say(t, f.message("a", "new"))
		want(t, sub, "message a new")
		nothing(t, sub)
	})
}

// The user's last word about a name is what counts behind a cut.
//
// Covers: F229
func TestLastWordWins(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		sub := open(t, f.client(t, redpoll.Options{}), redpoll.PubSubOptions{})
		ok(t, sub.Subscribe(background, "keep", "on", "off"))
		next(t, sub, 3)
		f.set(func() { f.refuse = io.ErrClosedPipe })
		f.last().Close()
		testkit.Pass(time.Second)
		ok(t, sub.Unsubscribe(background, "on", "off"))
		var calls sync.WaitGroup
		calls.Go(func() { ok(t, sub.Subscribe(background, "on")) })
		synctest.Wait()
		calls.Go(func() {
			err := sub.Subscribe(background, "never")
			is(t, err, redpoll.ErrNotSent)
		})
		synctest.Wait()
		ok(t, sub.Unsubscribe(background, "never"))
		f.commands()
		f.set(func() { f.refuse = nil })
		calls.Wait()
		if got := f.commands(); !slices.Equal(got, []string{"SUBSCRIBE keep", "SUBSCRIBE on"}) {
			t.Errorf("the server heard %q", got)
		}
		want(t, sub, "gap", "gap", "unsubscribe on 2", "unsubscribe off 1", "unsubscribe never 2")
		want(t, sub, "subscribe keep 1 again", "restored", "subscribe on 2")

		// Without a pause in between all three are told, in their order.
		quiet := open(t, f.client(t, redpoll.Options{}), redpoll.PubSubOptions{NoWait: true})
		ok(t, quiet.Subscribe(background, "c"))
		ok(t, quiet.Unsubscribe(background, "c"))
		ok(t, quiet.Subscribe(background, "d"))
		synctest.Wait()
		ok(t, quiet.Unsubscribe(background, "d"))
		ok(t, quiet.Subscribe(background, "d"))
		synctest.Wait()
		got := next(t, quiet, quiet.Stats().Waiting)
		if !slices.Equal(got[len(got)-3:], []string{"subscribe d 1", "unsubscribe d 0", "subscribe d 1"}) {
			t.Errorf("got %q", got)
		}
		if got := quiet.Channels(); !slices.Equal(got, []string{"d"}) {
			t.Errorf("%q are subscribed", got)
		}
	})
}

// A Subscribe that is given up leaves nothing behind, whether the server has heard of it or not.
//
// Covers: F259, F260
func TestSubscribeGivenUp(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		sub := open(t, f.client(t, redpoll.Options{}), redpoll.PubSubOptions{})
		f.refuse = io.ErrClosedPipe
		err := sub.Subscribe(background, "c") // bounded by RetryFor
		is(t, err, redpoll.ErrNotSent)
		is(t, err, io.ErrClosedPipe)
		f.set(func() { f.refuse = nil })
		ok(t, sub.Subscribe(background, "d"))

		mute := true
		f.set(func() {
			f.answer = func(_ *wire, words []string) (string, bool) {
				return "", mute && words[0] == "SUBSCRIBE"
			}
		})
		f.commands()
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		err = sub.Subscribe(ctx, "e")
		is(t, err, context.DeadlineExceeded)
		is(t, err, redpoll.ErrMaybeExecuted)
		f.last().say(t, f.push("subscribe", "e", 2))
		synctest.Wait()
		if got := f.commands(); !slices.Equal(got, []string{"SUBSCRIBE e", "UNSUBSCRIBE e"}) {
			t.Errorf("the server heard %q", got)
		}
		// One that the server has not answered before a cut is sent again by itself.
		var call sync.WaitGroup
		call.Go(func() { ok(t, sub.Subscribe(background, "f")) })
		synctest.Wait()
		f.set(func() { mute = false })
		f.last().Close()
		call.Wait()
		want(t, sub, "subscribe d 1", "gap", "subscribe d 1 again", "restored", "subscribe f 2")
		if got := sub.Channels(); !slices.Equal(got, []string{"d", "f"}) {
			t.Errorf("%q are subscribed", got)
		}
	})
}

// Pauses grow while nobody can be reached, and not from one cut to the next.
func TestPausesStartAnew(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		sub := open(t, f.client(t, redpoll.Options{}), redpoll.PubSubOptions{HideConfirmations: true})
		ok(t, sub.Subscribe(background, "c"))
		for i := range 20 {
			began := time.Now()
			f.last().Close()
			want(t, sub, "gap", "restored")
			testkit.Took(t, fmt.Sprintf("return %d", i), began, 0, 2*redpoll.DefaultMinBackoff)
		}
		f.set(func() { f.refuse = io.ErrClosedPipe })
		f.last().Close()
		testkit.Pass(time.Hour)
		f.set(func() { f.refuse = nil })
		testkit.Pass(redpoll.DefaultMaxBackoff)
		synctest.Wait()
		want(t, sub, "gap", "gap", "restored")
		if n := f.conns(); n != 22 {
			t.Errorf("%d connections, want 22", n)
		}
	})
}

// A server that confirms and hangs up again and again is not asked without a pause.
func TestServerThatHangsUpAgainAndAgain(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		const most = 1000
		f.answer = func(c *wire, words []string) (string, bool) {
			if words[0] != "SUBSCRIBE" || c.n > most {
				return "", false
			}
			_, _ = io.WriteString(c, f.push("subscribe", "c", 1))
			c.Close()
			return "", true
		}
		sub := open(t, f.client(t, redpoll.Options{}),
			redpoll.PubSubOptions{Overflow: redpoll.QueueDropOldest})
		ok(t, sub.Subscribe(background, "c"))
		testkit.Pass(time.Second)
		if n := f.conns(); n < 2 || n > most {
			t.Errorf("%d connections in a second", n)
		}
	})
}

// The first connection has proven itself before anything is subscribed. It stays a while when nothing is
// subscribed any more, and no goroutine is left behind.
//
// Covers: F139
func TestLifeOfAConnection(t *testing.T) {
	testkit.BubbleAlone(t, func(t *testing.T) {
		f := &fake{proto: 3}
		hellos := 0
		f.answer = func(c *wire, words []string) (string, bool) {
			if words[0] == "HELLO" {
				hellos++
			} else if hellos == 0 {
				t.Errorf("%q came before the handshake", words)
			}
			return "", false
		}
		rdb := f.client(t, redpoll.Options{})
		sub := open(t, rdb, redpoll.PubSubOptions{})
		ok(t, sub.Subscribe(background, "c"))
		ok(t, sub.Unsubscribe(background))
		testkit.Pass(5 * time.Second)
		if n := rdb.Stats().Streams; n != 1 {
			t.Errorf("%d connections, want 1", n)
		}
		testkit.Pass(20 * time.Second)
		synctest.Wait()
		if n := rdb.Stats().Streams; n != 0 {
			t.Errorf("%d connections are open when nothing is subscribed", n)
		}
		want(t, sub, "subscribe c 1", "unsubscribe c 0")
		nothing(t, sub)
		ok(t, sub.Subscribe(background, "c"))
		want(t, sub, "subscribe c 1")
	})
}

// A server that ends a subscription of itself, as it does when a slot moves, is asked again.
func TestTakenByTheServer(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		events := make(subscriptions, 10)
		rdb := f.client(t, redpoll.Options{Hooks: []redpoll.Hook{events}})
		sub := open(t, rdb, redpoll.PubSubOptions{})
		ok(t, sub.SSubscribe(background, "s"))
		f.last().say(t, f.push("sunsubscribe", "s", 0))
		want(t, sub, "ssubscribe s 1", "gap", "ssubscribe s 1 again", "restored")
		var told []redpoll.MessageKind
		for range 4 {
			told = append(told, (<-events).Kind)
		}
		if !slices.Equal(told, []redpoll.MessageKind{redpoll.KindSSubscribe, redpoll.KindGap,
			redpoll.KindSSubscribe, redpoll.KindRestored}) {
			t.Errorf("the hook heard %v", told)
		}
	})
}

// A message that has not the elements of its kind breaks the protocol.
func TestMessageOfAnotherLength(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		sub := open(t, f.client(t, redpoll.Options{}), redpoll.PubSubOptions{HideConfirmations: true})
		ok(t, sub.Subscribe(background, "c"))
		for _, frame := range []string{f.push("message", "c"), f.push("message", "c", "x", "y"),
			f.push("pmessage", "c", "x"), f.push("smessage", "c")} {
			f.last().say(t, frame)
			m, err := sub.Message(background)
			ok(t, err)
			if m.Kind != redpoll.KindGap || !errors.Is(m.Gap.Err, redpoll.ErrProtocol) {
				t.Errorf("%q: got %q, want a gap by the protocol", frame, short(m))
			}
			want(t, sub, "restored")
		}
	})
}

// A cut of a connection that has lasted is followed by an attempt at once, however long an earlier outage
// was.
func TestFirstAttemptComesAtOnce(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		sub := open(t, f.client(t, redpoll.Options{}), redpoll.PubSubOptions{HideConfirmations: true})
		ok(t, sub.Subscribe(background, "c"))
		f.set(func() { f.refuse = io.ErrClosedPipe })
		f.last().Close()
		testkit.Pass(time.Minute)
		f.set(func() { f.refuse = nil })
		want(t, sub, "gap", "gap", "restored")
		testkit.Pass(time.Minute)
		began := time.Now()
		f.last().Close()
		want(t, sub, "gap", "restored")
		if !time.Now().Equal(began) {
			t.Errorf("the first attempt came after %v", time.Since(began))
		}
	})
}

// A name that was unsubscribed is a new one: it is not in force, nor kept, before it is confirmed again.
func TestUnsubscribedNameIsNew(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		sub := open(t, f.client(t, redpoll.Options{}), redpoll.PubSubOptions{})
		ok(t, sub.Subscribe(background, "a", "b"))
		f.set(func() {
			f.answer = func(_ *wire, words []string) (string, bool) { return "", words[0] != "PING" }
		})
		ended, cancel := context.WithCancel(background)
		cancel()
		is(t, sub.Unsubscribe(ended, "a", "b"), context.Canceled)
		ctx, cancel := context.WithCancel(background)
		var calls sync.WaitGroup
		calls.Go(func() { is(t, sub.Subscribe(ctx, "a"), context.Canceled) })
		calls.Go(func() { ok(t, sub.Subscribe(background, "b")) })
		synctest.Wait()
		cancel()
		synctest.Wait()
		if got := sub.Channels(); !slices.Equal(got, []string{"b"}) {
			t.Errorf("%q are subscribed", got)
		}
		f.set(func() { f.answer = nil })
		f.last().Close()
		calls.Wait()
		want(t, sub, "subscribe a 1", "subscribe b 2", "unsubscribe a 1", "unsubscribe b 1", "subscribe b 1")
	})
}
