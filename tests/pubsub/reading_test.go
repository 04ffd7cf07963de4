package pubsub_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// Covers: F218, F220, F221, F228
func TestUnsubscribe(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		sub := open(t, t.Client, redpoll.PubSubOptions{})
		if sub.Subscribed() {
			t.Error("a new object is subscribed")
		}
		ok(t, sub.Unsubscribe(guarded(t)))
		ok(t, sub.PUnsubscribe(guarded(t), "unknown"))
		want(t, sub, "unsubscribe  0", "punsubscribe unknown 0")
		a, b := name(t, "a"), name(t, "b")
		ok(t, sub.Subscribe(guarded(t), a, b))
		ok(t, sub.Unsubscribe(guarded(t), "unknown"))
		ok(t, sub.PUnsubscribe(guarded(t)))
		want(t, sub, "subscribe "+a+" 1", "subscribe "+b+" 2", "unsubscribe unknown 2", "punsubscribe  2")
		if !sub.Subscribed() || !slices.Equal(sub.Channels(), []string{a, b}) {
			t.Errorf("subscribed: %v, to %q", sub.Subscribed(), sub.Channels())
		}
		ok(t, sub.Unsubscribe(guarded(t)))
		want(t, sub, "unsubscribe "+a+" 1", "unsubscribe "+b+" 0")
		if sub.Subscribed() {
			t.Error("it is subscribed when everything is unsubscribed")
		}
		if n := t.Server.Do("PUBLISH", a, "x"); n != int64(0) {
			t.Errorf("the server has %v subscribers", n)
		}
	})
}

// Covers: F230-F235
func TestHandlers(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		sub := open(t, t.Client, redpoll.PubSubOptions{})
		a, p := name(t, "a"), name(t, "*")
		var got []string
		note := func(_ context.Context, m redpoll.Message) error {
			got = append(got, short(m))
			return nil
		}
		ok(t, sub.SubscribeFunc(guarded(t), a, note))
		ok(t, sub.PSubscribeFunc(guarded(t), p, note))
		want(t, sub, "subscribe "+a+" 1", "psubscribe "+p+" 2")
		publish(t, t.Server, a, "x")
		ok(t, sub.Ping(guarded(t), "done"))
		want(t, sub, "pong done")
		if !slices.Equal(got, []string{"message " + a + " x", "pmessage " + p + " " + a + " x"}) {
			t.Errorf("the handlers got %q", got)
		}
		// The newest registration counts, and one without a handler takes it away.
		ok(t, sub.Subscribe(guarded(t), a))
		failed := errors.New("of a handler")
		fail := func(context.Context, redpoll.Message) error { return failed }
		ok(t, sub.PSubscribeFunc(guarded(t), p, fail))
		publish(t, t.Server, a, "y")
		want(t, sub, "subscribe "+a+" 2", "psubscribe "+p+" 2", "message "+a+" y")
		if _, err := sub.Message(guarded(t)); !errors.Is(err, failed) {
			t.Errorf("got the error %v, want that of the handler", err)
		}
	})
}

// Covers: F142, F236-F238, F261
func TestWhatIsShown(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		sub := open(t, t.Client, redpoll.PubSubOptions{HideConfirmations: true})
		if err := sub.CheckHealth(guarded(t)); !errors.As(err, new(*redpoll.StateError)) {
			t.Errorf("a check before any subscription gives %v", err)
		}
		ok(t, sub.Ping(guarded(t), "early"))
		a := name(t, "a")
		ok(t, sub.Subscribe(guarded(t), a))
		ok(t, sub.CheckHealth(guarded(t)))
		ok(t, sub.Ping(guarded(t), ""))
		publish(t, t.Server, a, "x")
		want(t, sub, "pong early", "pong ", "message "+a+" x")

		all := open(t, t.Client, redpoll.PubSubOptions{})
		ok(t, all.Subscribe(guarded(t), a))
		ok(t, all.Subscribe(guarded(t), a))
		m, err := all.Message(guarded(t), redpoll.KindPSubscribe)
		ok(t, err)
		if m.Kind != redpoll.KindSubscribe {
			t.Errorf("got %q", short(m))
		}
		if m, there, err := all.Poll(background, redpoll.KindSubscribe); there || err != nil {
			t.Errorf("got %q, %v, want nothing shown", short(m), err)
		}
		ok(t, all.Subscribe(guarded(t), a))
		publish(t, t.Server, a, "y")
		m, err = all.Message(guarded(t), redpoll.KindSubscribe)
		ok(t, err)
		if short(m) != "message "+a+" y" {
			t.Errorf("got %q", short(m))
		}
	})
}

// Covers: F239, F241-F243
func TestReading(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		sub := open(t, t.Client, redpoll.PubSubOptions{})
		var state *redpoll.StateError
		if _, err := sub.Message(guarded(t)); !errors.As(err, &state) {
			t.Errorf("Message before any subscription gives %v", err)
		}
		if _, _, err := sub.Poll(guarded(t)); !errors.As(err, &state) || !errors.Is(err, redpoll.ErrNotSent) {
			t.Errorf("Poll before any subscription gives %v", err)
		}
		for m, err := range sub.Listen(guarded(t)) {
			t.Errorf("Listen before any subscription gives %q, %v", short(m), err)
		}
		a := name(t, "a")
		ok(t, sub.Subscribe(guarded(t), a))
		want(t, sub, "subscribe "+a+" 1")
		nothing(t, sub)
		publish(t, t.Server, a, "x")
		var got []string
		for m, err := range sub.Listen(guarded(t)) {
			ok(t, err)
			if got = append(got, short(m)); m.Kind == redpoll.KindMessage {
				ok(t, sub.Unsubscribe(guarded(t)))
			}
		}
		if !slices.Equal(got, []string{"message " + a + " x", "unsubscribe " + a + " 0"}) {
			t.Errorf("Listen gave %q", got)
		}
		// It waits for a Subscribe under way, and with KeepOpen for Close.
		ok(t, sub.Subscribe(guarded(t), a))
		ctx, cancel := context.WithCancel(guarded(t))
		defer cancel()
		for m, err := range sub.Listen(ctx) {
			if err != nil {
				is(t, err, context.Canceled)
			} else if short(m) != "subscribe "+a+" 1" {
				t.Errorf("got %q", short(m))
			}
			cancel()
		}
		ok(t, sub.Close())
		kept := open(t, t.Client, redpoll.PubSubOptions{KeepOpen: true, HideConfirmations: true})
		var loop sync.WaitGroup
		loop.Go(func() {
			for m, err := range kept.Listen(guarded(t)) {
				if err != nil || short(m) != "message "+a+" y" {
					t.Errorf("got %q, %v", short(m), err)
				}
				ok(t, kept.Close())
			}
		})
		ok(t, kept.Subscribe(guarded(t), a))
		ok(t, kept.Unsubscribe(guarded(t), a))
		ok(t, kept.Subscribe(guarded(t), a))
		publish(t, t.Server, a, "y")
		loop.Wait()
	})
}

// A handler that panics does so in the call that reads. Run closes its object, which can be used again, and
// others on the same connection go on; so they do while a handler stands still.
func TestHandlerThatPanicsOrStandsStill(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		for _, shared := range []bool{false, true} {
			o := redpoll.PubSubOptions{Shared: shared, HideConfirmations: true}
			sub, other, still := open(t, t.Client, o), open(t, t.Client, o), open(t, t.Client, o)
			c := name(t, "c")
			gate := make(chan struct{})
			ok(t, still.SubscribeFunc(guarded(t), c, func(context.Context, redpoll.Message) error {
				<-gate
				return nil
			}))
			ok(t, other.Subscribe(guarded(t), c))
			ok(t, sub.SubscribeFunc(guarded(t), c, func(context.Context, redpoll.Message) error {
				panic("of a handler")
			}))
			ctx, stop := context.WithCancel(guarded(t))
			var run sync.WaitGroup
			run.Go(func() { ok(t, still.Run(ctx)) })
			publish(t, t.Server, c, "1")
			func() {
				defer func() {
					if r := recover(); r != "of a handler" {
						t.Errorf("Run panics with %v", r)
					}
				}()
				t.Errorf("Run gives %v", sub.Run(guarded(t)))
			}()
			if sub.Subscribed() {
				t.Error("it is subscribed when Run has ended")
			}
			ok(t, sub.Subscribe(guarded(t), c))
			publish(t, t.Server, c, "2")
			want(t, sub, "message "+c+" 2")
			want(t, other, "message "+c+" 1", "message "+c+" 2")
			close(gate)
			stop()
			run.Wait()
			ok(t, sub.Close())
			ok(t, other.Close())
		}
	})
}

// Covers: F83, F245-F249, F251, F252, F390
func TestRun(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		proxy := redpolltest.NewProxy(t, t.Server.Addr())
		rdb := clients.New(t, redpoll.Options{Addr: proxy.Addr(), Protocol: t.Proto})
		sub := open(t, rdb, redpoll.PubSubOptions{})
		if err := sub.Run(guarded(t)); !errors.As(err, new(*redpoll.StateError)) {
			t.Errorf("Run without a subscription gives %v", err)
		}
		a, b, end := name(t, "a"), name(t, "b"), name(t, "end")
		ok(t, sub.Subscribe(guarded(t), a))
		err := sub.Run(guarded(t))
		is(t, err, redpoll.ErrNoHandler)
		if !errors.As(err, new(redpoll.Error)) || !strings.Contains(fmt.Sprint(err), a) {
			t.Errorf("the error %v does not name %s", err, a)
		}
		got := make(chan string, 100)
		note := func(_ context.Context, m redpoll.Message) error {
			got <- m.Payload
			return nil
		}
		ok(t, sub.SubscribeFunc(guarded(t), a, note))
		ctx, stop := context.WithCancel(guarded(t))
		done := make(chan error, 1)
		events := make(chan string, 100)
		go func() {
			done <- sub.RunWith(ctx, redpoll.PubSubRunOptions{
				OnEvent: func(_ context.Context, m redpoll.Message) {
					events <- short(m)
				},
			})
		}()
		publish(t, t.Server, a, "1")
		if s := <-got; s != "1" {
			t.Errorf("the handler got %q", s)
		}
		ok(t, sub.Subscribe(guarded(t), b)) // without a handler: dropped
		publish(t, t.Server, b, "dropped")
		proxy.DropAll(redpolltest.Reset)
		for <-events != "restored" {
		}
		publish(t, t.Server, a, "2")
		if s := <-got; s != "2" {
			t.Errorf("the handler got %q", s)
		}
		stop()
		ok(t, <-done)
		if sub.Subscribed() {
			t.Error("the object is subscribed when Run has ended")
		}

		// An error of a handler ends it, unless somebody takes it.
		failed := errors.New("of a handler")
		fail := func(context.Context, redpoll.Message) error { return failed }
		ok(t, sub.SubscribeFunc(guarded(t), a, fail))
		go func() { done <- sub.Run(guarded(t)) }()
		publish(t, t.Server, a, "3")
		is(t, <-done, failed)
		ok(t, sub.SubscribeFunc(guarded(t), a, fail))
		ok(t, sub.SubscribeFunc(guarded(t), end, func(context.Context, redpoll.Message) error {
			return context.Canceled
		}))
		go func() {
			onError := func(_ context.Context, m redpoll.Message, err error) error {
				if m.Channel == end {
					return err
				}
				is(t, err, failed)
				return nil
			}
			done <- sub.RunWith(guarded(t), redpoll.PubSubRunOptions{OnError: onError})
		}()
		publish(t, t.Server, a, "4")
		publish(t, t.Server, end, "5")
		is(t, <-done, context.Canceled)
	})
}

// Covers: F253
func TestClose(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		rdb := clients.New(t, redpoll.Options{Addr: t.Server.Addr(), Protocol: t.Proto})
		sub := open(t, rdb, redpoll.PubSubOptions{})
		a := name(t, "a")
		ok(t, sub.Subscribe(guarded(t), a))
		publish(t, t.Server, a, "x")
		ok(t, sub.Close())
		ok(t, sub.Close())
		if sub.Subscribed() || rdb.Stats().Streams != 0 {
			t.Errorf("subscribed: %v, over %d connections", sub.Subscribed(), rdb.Stats().Streams)
		}
		if _, err := sub.Message(guarded(t)); !errors.As(err, new(*redpoll.StateError)) {
			t.Errorf("Message of a closed object gives %v", err)
		}
		ok(t, sub.Subscribe(guarded(t), a))
		want(t, sub, "subscribe "+a+" 1")

		// The end of the client is that of its subscriptions.
		for _, end := range []func(*redpoll.Client) error{
			(*redpoll.Client).Close,
			func(rdb *redpoll.Client) error { return rdb.Drain(guarded(t)) },
		} {
			rdb := clients.New(t, redpoll.Options{Addr: t.Server.Addr(), Protocol: t.Proto})
			var subs []*redpoll.PubSub
			var waiting sync.WaitGroup
			for _, shared := range []bool{false, true} {
				sub := open(t, rdb, redpoll.PubSubOptions{Shared: shared, HideConfirmations: true})
				ok(t, sub.Subscribe(guarded(t), a))
				subs = append(subs, sub)
				waiting.Go(func() {
					_, err := sub.Message(guarded(t))
					is(t, err, redpoll.ErrClosed)
				})
			}
			fresh := rdb.PubSub()
			ok(t, end(rdb))
			waiting.Wait()
			for _, sub := range append(subs, fresh) {
				is(t, sub.Subscribe(guarded(t), a), redpoll.ErrClosed)
			}
		}
	})
}

// While a client drains, objects that are in use go on and others do not begin.
func TestDrain(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		gate := make(chan struct{})
		f.answer = func(_ *wire, words []string) (string, bool) {
			if words[0] != "GET" {
				return "", false
			}
			<-gate
			return "$1\r\nv\r\n", true
		}
		rdb := f.client(t, redpoll.Options{})
		used, fresh := open(t, rdb, redpoll.PubSubOptions{}), open(t, rdb, redpoll.PubSubOptions{})
		ok(t, used.Subscribe(background, "c"))
		var calls sync.WaitGroup
		calls.Go(func() {
			_, err := rdb.Get(background, "k")
			ok(t, err)
		})
		synctest.Wait()
		calls.Go(func() { ok(t, rdb.Drain(guarded(t))) })
		synctest.Wait()
		is(t, fresh.Subscribe(background, "c"), redpoll.ErrClosed)
		ok(t, used.Subscribe(background, "d"))
		close(gate)
		calls.Wait()
		is(t, used.Subscribe(background, "e"), redpoll.ErrClosed)
	})
}

// Covers: F263
func TestEncodings(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Shared(t)
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr(), Text: redpoll.Latin1})
	sub := open(t, rdb, redpoll.PubSubOptions{})
	a := name(t, "é")
	ok(t, sub.Subscribe(guarded(t), a))
	ok(t, sub.PSubscribe(guarded(t), name(t, "[é]")))
	publish(t, srv, name(t, "\xe9"), "gr\xfcn")
	p := name(t, "[é]")
	want(t, sub, "subscribe "+a+" 1", "psubscribe "+p+" 2")
	want(t, sub, "message "+a+" grün", "pmessage "+p+" "+a+" grün")
	err := sub.Subscribe(guarded(t), "世")
	if !errors.As(err, new(*redpoll.DataError)) {
		t.Errorf("a channel that cannot be written gives %v", err)
	}
	if err := sub.Subscribe(guarded(t)); !errors.As(err, new(*redpoll.DataError)) {
		t.Errorf("no channel at all gives %v", err)
	}

	if err := sub.SubscribeFunc(guarded(t), name(t, "h"), nil); !errors.As(err, new(*redpoll.DataError)) {
		t.Errorf("a nil handler gives %v", err)
	}

	strict := clients.New(t, redpoll.Options{Addr: srv.Addr(), Text: redpoll.UTF8Strict})
	sub = open(t, strict, redpoll.PubSubOptions{HideConfirmations: true})
	ok(t, sub.Subscribe(guarded(t), name(t, "s")))
	publish(t, srv, name(t, "s"), "\xff")
	publish(t, srv, name(t, "s"), "fine")
	m, err := sub.Message(guarded(t))
	if !errors.As(err, new(*redpoll.ReplyError)) || m.Channel != name(t, "s") {
		t.Errorf("a payload that cannot be read gives %q, %v", short(m), err)
	}
	want(t, sub, "message "+name(t, "s")+" fine")
}

func TestSharded(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	clients.EachProtocol(t, func(t *clients.Test) {
		sub := open(t, t.Client, redpoll.PubSubOptions{})
		a := name(t, "a")
		ok(t, sub.Subscribe(guarded(t), a))
		ok(t, sub.SSubscribe(guarded(t), a))
		if n, err := t.Client.SPublish(background, a, "x"); n != 1 || err != nil {
			t.Errorf("published to %d, %v", n, err)
		}
		ok(t, sub.SUnsubscribe(guarded(t)))
		want(t, sub, "subscribe "+a+" 1", "ssubscribe "+a+" 1", "smessage "+a+" x", "sunsubscribe "+a+" 0")
	})
}

// An object may be used by many goroutines: each message goes to one of them.
//
// Covers: F264
func TestManyGoroutines(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		sub := open(t, t.Client, redpoll.PubSubOptions{HideConfirmations: true,
			SilenceTimeout: redpoll.Forever})
		var calls sync.WaitGroup
		for i := range 8 {
			calls.Go(func() {
				for j := range 20 {
					c := name(t, fmt.Sprint(i))
					ok(t, sub.Subscribe(guarded(t), c))
					if j < 19 {
						ok(t, sub.Unsubscribe(guarded(t), c))
					}
				}
			})
		}
		calls.Wait()
		const each = 50
		var mu sync.Mutex
		seen := make(map[string]int)
		for range 4 {
			calls.Go(func() {
				for range 8 * each / 4 {
					m, err := sub.Message(guarded(t))
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					seen[m.Channel+m.Payload]++
					mu.Unlock()
				}
			})
		}
		for i := range 8 {
			for j := range each {
				publish(t, t.Server, name(t, fmt.Sprint(i)), fmt.Sprint(j))
			}
		}
		calls.Wait()
		if len(seen) != 8*each {
			t.Errorf("%d different messages came, want %d", len(seen), 8*each)
		}
	})
}
