package pubsub_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// Messages that are published while nobody reads can be read afterwards.
func TestRestingReader(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		for _, most := range []int{0, 100} {
			sub := open(t, t.Client, redpoll.PubSubOptions{HideConfirmations: true, QueueMessages: most})
			c := name(t, "c")
			ok(t, sub.Subscribe(guarded(t), c))
			const n = 10_000
			p := t.Client.Pipeline(redpoll.NoTransaction)
			for i := range n {
				p.Publish(c, i)
			}
			ok(t, p.Exec(guarded(t)))
			for i := range n {
				want(t, sub, fmt.Sprintf("message %s %d", c, i))
			}
			if s := sub.Stats(); s != (redpoll.PubSubStats{Received: n, Delivered: n}) {
				t.Errorf("the counters are %+v", s)
			}
			ok(t, sub.Close())
		}
	})
}

// 20 cuts are 20 gaps and 20 restorations. Only messages from the gaps are missing. The others arrive once
// and in order.
//
// Covers: F257
func TestTwentyCuts(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		proxy := redpolltest.NewProxy(t, t.Server.Addr())
		sub := open(t, clients.New(t, redpoll.Options{Addr: proxy.Addr(), Protocol: t.Proto}),
			redpoll.PubSubOptions{})
		c := name(t, "c")
		ok(t, sub.Subscribe(guarded(t), c))
		want(t, sub, "subscribe "+c+" 1")
		stop := make(chan struct{})
		published := make(chan struct{})
		go func() {
			defer close(published)
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				t.Server.Do("PUBLISH", c, strconv.Itoa(i))
			}
		}()
		last, gaps, restored, sinceCut := -1, 0, 0, 0
		away := false
		ctx := guarded(t)
		for restored < 20 || sinceCut < 10 {
			m, err := sub.Message(ctx)
			ok(t, err)
			switch m.Kind {
			case redpoll.KindGap:
				if !away {
					gaps++
				}
				away = true
			case redpoll.KindRestored:
				restored++
				away, sinceCut = false, 0
			case redpoll.KindSubscribe:
				if !m.Again || m.Count != 1 {
					t.Errorf("got %q", short(m))
				}
			case redpoll.KindMessage:
				i, err := strconv.Atoi(m.Payload)
				ok(t, err)
				if i <= last || i > last+1 && sinceCut > 0 {
					t.Fatalf("%d came behind %d, %d messages behind the last return", i, last, sinceCut)
				}
				last = i
				if sinceCut++; sinceCut == 10 && restored < 20 {
					proxy.DropAll([]redpolltest.How{redpolltest.Close, redpolltest.Reset}[restored%2])
				}
			}
		}
		close(stop)
		<-published
		if gaps != 20 || proxy.Accepted() < 21 {
			t.Errorf("%d gaps over %d connections, want 20 over 21", gaps, proxy.Accepted())
		}
	})
}

// Subscriptions of every kind, with their handlers, are restored with their own command. The event that all
// are restored comes before every message that is published later.
func TestEachKindComesBack(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	clients.EachProtocol(t, func(t *clients.Test) {
		proxy := redpolltest.NewProxy(t, t.Server.Addr())
		sub := open(t, clients.New(t, redpoll.Options{Addr: proxy.Addr(), Protocol: t.Proto}),
			redpoll.PubSubOptions{})
		c, p, s := name(t, "c"), name(t, "p*"), name(t, "s")
		handled := 0
		ok(t, sub.Subscribe(guarded(t), c))
		ok(t, sub.PSubscribeFunc(guarded(t), p, func(context.Context, redpoll.Message) error {
			handled++
			return nil
		}))
		ok(t, sub.SSubscribe(guarded(t), s))
		next(t, sub, 3)
		proxy.DropAll(redpolltest.Reset)
		m, err := sub.Message(guarded(t))
		ok(t, err)
		if m.Kind != redpoll.KindGap || m.Gap.Since.IsZero() ||
			!errors.As(m.Gap.Err, new(*redpoll.ConnError)) {
			t.Errorf("got %q with %+v", short(m), m.Gap)
		}
		want(t, sub, "subscribe "+c+" 1 again", "psubscribe "+p+" 2 again", "ssubscribe "+s+" 1 again")
		want(t, sub, "restored")
		publish(t, t.Server, c, "1")
		publish(t, t.Server, name(t, "pp"), "2")
		t.Server.Do("SPUBLISH", s, "3")
		want(t, sub, "message "+c+" 1", "smessage "+s+" 3")
		if handled != 1 {
			t.Errorf("the handler got %d messages", handled)
		}
	})
}

// The loss of the server, and its return, are reported without any call of the user, also to logs and hooks.
func TestServerEnds(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	events := make(chan redpoll.PubSubEvent, 1000)
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr(), Hooks: []redpoll.Hook{subscriptions(events)}})
	sub := open(t, rdb, redpoll.PubSubOptions{})
	ok(t, sub.Subscribe(guarded(t), "a", "b"))
	event := func(kind redpoll.MessageKind) redpoll.PubSubEvent {
		t.Helper()
		for {
			select {
			case e := <-events:
				if e.Kind == kind {
					return e
				}
			case <-guarded(t).Done():
				t.Fatalf("%v was not told", kind)
			}
		}
	}
	if e := event(redpoll.KindSubscribe); e.Names != 2 || e.Again || e.Node != srv.Addr() {
		t.Errorf("got %+v", e)
	}
	srv.Kill()
	if e := event(redpoll.KindGap); e.Err == nil {
		t.Errorf("got %+v", e)
	}
	if e := event(0); !errors.As(e.Err, new(*redpoll.ConnError)) {
		t.Errorf("got %+v", e)
	}
	srv.Restart()
	if e := event(redpoll.KindSubscribe); e.Names != 2 || !e.Again {
		t.Errorf("got %+v", e)
	}
	if e := event(redpoll.KindRestored); e.Away <= 0 {
		t.Errorf("got %+v", e)
	}
	publish(t, srv, "a", "x")
	lines := next(t, sub, 3)
	if !slices.Equal(lines, []string{"subscribe a 1", "subscribe b 2", "gap"}) {
		t.Errorf("got %q", lines)
	}
	for lines[len(lines)-1] == "gap" {
		lines = append(lines, next(t, sub, 1)...)
	}
	want(t, sub, "subscribe b 2 again", "restored", "message a x")
}

type subscriptions chan redpoll.PubSubEvent

func (s subscriptions) PubSubChanged(_ context.Context, e redpoll.PubSubEvent) { s <- e }

// If a server cuts a reader that is too slow for the server's limit, this is a gap. Without a gap nothing is
// lost.
func TestServerCutsASlowReader(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	srv.Do("CONFIG", "SET", "client-output-buffer-limit", "pubsub 1mb 1mb 60")
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr()})
	sub := open(t, rdb, redpoll.PubSubOptions{QueueMessages: 2, HideConfirmations: true})
	ok(t, sub.Subscribe(guarded(t), "c"))
	// Valkey does not count large payloads, which it keeps once for all subscribers.
	big := strings.Repeat("x", 4000)
	sent := 0
	for srv.Do("PUBLISH", "c", strconv.Itoa(sent)+" "+big) != int64(0) {
		if sent++; sent > 30_000 {
			t.Fatal("the server keeps everything")
		}
	}
	for i := 0; ; i++ {
		m, err := sub.Message(guarded(t))
		ok(t, err)
		if m.Kind == redpoll.KindGap {
			break
		}
		if n, _, _ := strings.Cut(m.Payload, " "); n != strconv.Itoa(i) {
			t.Fatalf("message %s came in the place of %d", n, i)
		}
	}
	want(t, sub, "restored")
	publish(t, srv, "c", "fine")
	want(t, sub, "message c fine")
}

// Objects that share a connection have their own counts, confirmations and queues.
func TestShared(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		a, b := name(t, "a"), name(t, "b")
		one := open(t, t.Client, redpoll.PubSubOptions{Shared: true})
		two := open(t, t.Client, redpoll.PubSubOptions{Shared: true})
		slow := open(t, t.Client, redpoll.PubSubOptions{
			Shared: true, QueueMessages: 3, HideConfirmations: true,
		})
		ok(t, one.Subscribe(guarded(t), a, b))
		ok(t, two.Subscribe(guarded(t), b))
		ok(t, slow.Subscribe(guarded(t), a))
		if n := t.Client.Stats().Streams; n != 1 {
			t.Errorf("%d connections, want 1", n)
		}
		want(t, one, "subscribe "+a+" 1", "subscribe "+b+" 2")
		want(t, two, "subscribe "+b+" 1")
		if n := t.Server.Do("PUBLISH", b, "x"); n != int64(1) {
			t.Errorf("the server has %v subscriptions, want one for both", n)
		}
		want(t, one, "message "+b+" x")
		want(t, two, "message "+b+" x")
		ok(t, one.Unsubscribe(guarded(t), b))
		want(t, one, "unsubscribe "+b+" 1")
		publish(t, t.Server, b, "y")
		want(t, two, "message "+b+" y")
		ok(t, two.Close())
		for i := range 10 {
			publish(t, t.Server, a, strconv.Itoa(i))
			want(t, one, fmt.Sprintf("message %s %d", a, i))
		}
		ok(t, one.CheckHealth(guarded(t)))
		want(t, slow, "gap 7", "message "+a+" 7", "message "+a+" 8", "message "+a+" 9")
		nothing(t, one)
		if s := slow.Stats(); s.Received != 10 || s.Dropped != 7 || s.Delivered != 3 || s.Gaps != 1 {
			t.Errorf("the counters are %+v", s)
		}
		if n := t.Server.Do("PUBLISH", b, "nobody"); n != int64(0) {
			t.Errorf("the server has %v subscriptions for nobody", n)
		}
	})
}

// Each object decides about messages for which there is no room, on a shared connection and on its own.
func TestOverflow(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		c := name(t, "c")
		for _, shared := range []bool{false, true} {
			o := redpoll.PubSubOptions{
				Shared: shared, HideConfirmations: true, Overflow: redpoll.QueueDropOldest, QueueBytes: 3,
			}
			bytes := open(t, t.Client, o)
			o.QueueMessages, o.QueueBytes = 3, 0
			o.Overflow = redpoll.QueueDropNewest
			newest := open(t, t.Client, o)
			o.Overflow = redpoll.QueueEnd
			end := open(t, t.Client, o)
			all := []*redpoll.PubSub{newest, bytes, end}
			for _, sub := range all {
				ok(t, sub.Subscribe(guarded(t), c))
			}
			for i := range 6 {
				publish(t, t.Server, c, strconv.Itoa(i))
			}
			ok(t, newest.CheckHealth(guarded(t)))
			ok(t, bytes.CheckHealth(guarded(t)))
			want(t, newest, "message "+c+" 0", "message "+c+" 1", "message "+c+" 2", "gap 3")
			want(t, bytes, "gap 3", "message "+c+" 3", "message "+c+" 4", "message "+c+" 5")
			publish(t, t.Server, c, "a message larger than the bound")
			want(t, newest, "message "+c+" a message larger than the bound")
			want(t, bytes, "message "+c+" a message larger than the bound")
			want(t, end, "message "+c+" 0", "message "+c+" 1", "message "+c+" 2")
			_, err := end.Message(guarded(t))
			is(t, err, redpoll.ErrOverflow)
			if end.Subscribed() {
				t.Error("it is subscribed behind its end")
			}
			ok(t, end.Subscribe(guarded(t), c))
			publish(t, t.Server, c, "again")
			want(t, end, "message "+c+" again")
			for _, sub := range all {
				ok(t, sub.Close())
			}
		}
	})
	rdb := clients.New(t, redpoll.Options{})
	for _, o := range []redpoll.PubSubOptions{
		{Shared: true, Overflow: redpoll.QueueWait}, {Overflow: 9},
		{QueueMessages: -1}, {QueueBytes: -1}, {SilenceTimeout: -1}, {SilenceTimeout: 5},
	} {
		if _, err := rdb.PubSubWith(o); !errors.As(err, new(*redpoll.OptionError)) {
			t.Errorf("%+v gives %v", o, err)
		}
	}
}

// Hooks hear of calls and may refuse them.
func TestCommandHooks(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Shared(t)
	h := &commandHook{}
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr(), Hooks: []redpoll.Hook{h}})
	sub := open(t, rdb, redpoll.PubSubOptions{})
	ok(t, sub.Subscribe(guarded(t), name(t, "c")))
	h.refuse = io.ErrClosedPipe
	is(t, sub.PSubscribe(guarded(t), name(t, "p")), redpoll.ErrLimited)
	if !slices.Equal(h.ended, []string{"SUBSCRIBE <nil>", "PSUBSCRIBE refused"}) {
		t.Errorf("heard %q", h.ended)
	}
	if len(sub.Patterns()) > 0 {
		t.Errorf("%q are subscribed", sub.Patterns())
	}
}

type commandHook struct {
	refuse error
	ended  []string
}

func (h *commandHook) CommandStarted(ctx context.Context, _ redpoll.CommandStart) context.Context {
	return ctx
}

func (h *commandHook) AllowCommand(context.Context, redpoll.CommandStart) error { return h.refuse }

func (h *commandHook) CommandEnded(_ context.Context, e redpoll.CommandEnd) {
	text := fmt.Sprint(e.Err)
	if e.Err != nil {
		text = "refused"
	}
	h.ended = append(h.ended, e.Command+" "+text)
}

// Objects that are nil or a zero value return errors.
func TestUnmade(t *testing.T) {
	t.Parallel()
	var zero *redpoll.Client
	for _, sub := range []*redpoll.PubSub{nil, {}, zero.PubSub(), new(redpoll.Client).PubSub()} {
		for name, err := range map[string]error{
			"Subscribe": sub.Subscribe(background, "c"), "Unsubscribe": sub.Unsubscribe(background),
			"Ping": sub.Ping(background, ""), "CheckHealth": sub.CheckHealth(background),
			"Run": sub.Run(background),
		} {
			if !errors.As(err, new(*redpoll.DataError)) {
				t.Errorf("%s gives %v", name, err)
			}
		}
		for _, err := range sub.Listen(background) {
			if !errors.As(err, new(*redpoll.DataError)) {
				t.Errorf("Listen gives %v", err)
			}
		}
		_, err := sub.Message(background)
		_, _, err2 := sub.Poll(background)
		if err == nil || err2 == nil || sub.Subscribed() || sub.Stats() != (redpoll.PubSubStats{}) ||
			len(sub.Channels()) > 0 || sub.Close() != nil {
			t.Error("a PubSub that nobody has made does something")
		}
	}
}
