// Package keyevents_test has the tests of redpoll.KeyEvents.
package keyevents_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// background is for calls that have to end without a deadline of their own.
var background = context.Background()

// guarded gives a context for a call that must not hang.
func guarded(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(background, 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// ok demands success.
func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// is demands an error.
func is(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got the error %v, want %v", err, want)
	}
}

// over runs a test over both protocols, each with a server of its own.
func over(t *testing.T, o redpolltest.ServerOptions,
	test func(t *testing.T, srv *redpolltest.Server, proto int)) {
	t.Parallel()
	for _, proto := range []int{2, 3} {
		t.Run(fmt.Sprintf("RESP%d", proto), func(t *testing.T) {
			t.Parallel()
			test(t, redpolltest.Start(t, o), proto)
		})
	}
}

// events makes an object that is closed with the test.
func events(t testing.TB, rdb *redpoll.Client, o redpoll.KeyEventsOptions) *redpoll.KeyEvents {
	t.Helper()
	ev, err := rdb.KeyEvents(guarded(t), o)
	ok(t, err)
	t.Cleanup(func() { _ = ev.Close() })
	return ev
}

// short is an event in one line.
func short(e redpoll.KeyEvent) string {
	if e.Kind != redpoll.KindMessage {
		return e.Kind.String()
	}
	return fmt.Sprintf("%s %q in %d", e.Event, e.Key, e.DB)
}

// want compares the next events.
func want(t testing.TB, ev *redpoll.KeyEvents, lines ...string) {
	t.Helper()
	ctx := guarded(t)
	var got []string
	for range lines {
		e, err := ev.Next(ctx)
		if err != nil {
			t.Fatalf("behind %q: %v", got, err)
		}
		got = append(got, short(e))
	}
	if !slices.Equal(got, lines) {
		t.Fatalf("got %q, want %q", got, lines)
	}
}

// restored reads up to the event that all is in force again, and gives the last gap in front of it.
func restored(t testing.TB, ev *redpoll.KeyEvents) *redpoll.Gap {
	t.Helper()
	var gap *redpoll.Gap
	for e, err := range ev.Listen(guarded(t)) {
		ok(t, err)
		switch e.Kind {
		case redpoll.KindGap:
			gap = e.Gap
		case redpoll.KindRestored:
			return gap
		}
	}
	t.Fatal("the loop has ended")
	return nil
}

// to makes a client of a server.
func to(t testing.TB, addr string, proto int, change ...func(*redpoll.Options)) *redpoll.Client {
	t.Helper()
	o := redpoll.Options{Addr: addr, Protocol: proto}
	for _, f := range change {
		f(&o)
	}
	return clients.New(t, o)
}
