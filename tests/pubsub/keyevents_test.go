package pubsub_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// configured makes a fake server of one that has all settings of events, or answers to CONFIG in another way.
func configured(f *fake, other func(c *wire) (reply string, ok bool)) {
	f.set(func() {
		f.answer = func(c *wire, words []string) (string, bool) {
			if words[0] != "CONFIG" {
				return "", false
			}
			if reply, ok := other(c); ok {
				return reply, true
			}
			return testkit.Reply(2, []any{"notify-keyspace-events", "AKE"}), true
		}
	})
}

func usual(*wire) (string, bool) { return "", false }

// An event behind a gap is a new one, whatever came in front of it.
func TestKeyEventBehindAGap(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		configured(f, usual)
		rdb := f.client(t, redpoll.Options{})
		o := redpoll.KeyEventsOptions{Keys: []string{"k"}, Patterns: []string{"k*"}}
		ev, err := rdb.KeyEvents(background, o)
		ok(t, err)
		defer ev.Close()
		next := func(kind redpoll.MessageKind) {
			t.Helper()
			if e, err := ev.Next(background); err != nil || e.Kind != kind {
				t.Errorf("got %+v, %v; want %v", e, err, kind)
			}
		}
		f.last().say(t, f.message("__keyspace@0__:k", "set"))
		next(redpoll.KindMessage)
		f.last().Close() // before its second copy
		next(redpoll.KindGap)
		next(redpoll.KindRestored)
		f.last().say(t, f.push("pmessage", "__keyspace@0__:k*", "__keyspace@0__:k", "set"))
		next(redpoll.KindMessage)
	})
}

// The question for the setting is bounded, and asked again while the server cannot answer it.
func TestSettingIsAskedAgain(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		rdb := f.client(t, redpoll.Options{})
		for _, no := range []string{"LOADING Redis is loading the dataset in memory",
			"BUSY Redis is busy running a script."} {
			first := f.conns() + 1
			configured(f, func(c *wire) (string, bool) { return refusal(no), c.n <= first })
			ev, err := rdb.KeyEvents(background, redpoll.KeyEventsOptions{})
			ok(t, err)
			ok(t, ev.Close())
		}
		configured(f, func(*wire) (string, bool) { return "", true })
		_, err := rdb.KeyEvents(background, redpoll.KeyEventsOptions{})
		if ce := (*redpoll.ConnError)(nil); !errors.As(err, &ce) || !ce.Timeout() {
			t.Errorf("a question without an answer gives %v", err)
		}
	})
}

// A full queue that ends the object closes its connection.
func TestKeyEventsEndWithTheirConnection(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		configured(f, usual)
		rdb := f.client(t, redpoll.Options{})
		ev, err := rdb.KeyEvents(background, redpoll.KeyEventsOptions{Keys: []string{"k"}, QueueMessages: 1,
			Overflow: redpoll.QueueEnd})
		ok(t, err)
		f.last().say(t, f.message("__keyspace@0__:k", "set"), f.message("__keyspace@0__:k", "del"))
		synctest.Wait() // both have come before the first one is taken
		_, err = ev.Next(background)
		ok(t, err)
		for range 2 {
			_, err = ev.Next(background)
			is(t, err, redpoll.ErrOverflow)
		}
		if n := rdb.Stats().Streams; n != 0 {
			t.Errorf("%d connections are left", n)
		}
	})
}

// A monitor that the server answers when the client has been closed ends at once.
func TestMonitorMeetsTheEndOfTheClient(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		rdb := f.client(t, redpoll.Options{})
		gate := make(chan struct{})
		f.set(func() {
			f.answer = func(_ *wire, words []string) (string, bool) {
				if words[0] == "MONITOR" {
					<-gate
				}
				return "+OK\r\n", words[0] == "MONITOR"
			}
		})
		var call sync.WaitGroup
		call.Go(func() {
			ctx, cancel := context.WithCancel(background)
			defer cancel()
			_, err := rdb.Monitor(ctx)
			is(t, err, redpoll.ErrClosed)
		})
		synctest.Wait()
		ok(t, rdb.Close())
		close(gate)
		call.Wait()
		if n := rdb.Stats().Streams; n != 0 {
			t.Errorf("%d connections are left", n)
		}
	})
}

// A server that does not know the setting is not known to publish. With Enable its refusal is the error.
func TestServerWithoutTheSetting(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		f.answer = func(_ *wire, words []string) (string, bool) {
			if words[0] == "CONFIG" && words[1] == "GET" {
				return testkit.Reply(2, []any{}), true
			}
			return refusal("ERR Unknown option"), words[0] == "CONFIG"
		}
		rdb := f.client(t, redpoll.Options{})
		ev, err := rdb.KeyEvents(background, redpoll.KeyEventsOptions{})
		ok(t, err)
		if ev.Checked() {
			t.Error("the setting counts as checked")
		}
		ok(t, ev.Close())
		_, err = rdb.KeyEvents(background, redpoll.KeyEventsOptions{Enable: true})
		if !errors.As(err, new(*redpoll.ServerError)) {
			t.Errorf("got %v, want the refusal", err)
		}
	})
}
