// Package pubsub_test has the tests of subscriptions.
package pubsub_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/redpolltest"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// background is for calls that have to end without a deadline of their own.
var background = context.Background()

// hangGuard bounds waits that end at once unless something is wrong.
const hangGuard = 30 * time.Second

// guarded gives a context for a call that must not hang.
func guarded(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(background, hangGuard)
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

// open makes an object that is closed with the test.
func open(t testing.TB, rdb *redpoll.Client, o redpoll.PubSubOptions) *redpoll.PubSub {
	t.Helper()
	sub, err := rdb.PubSubWith(o)
	ok(t, err)
	t.Cleanup(func() { _ = sub.Close() })
	return sub
}

// short is a message in one line.
func short(m redpoll.Message) string {
	switch {
	case m.Kind.Confirmation():
		again := ""
		if m.Again {
			again = " again"
		}
		return fmt.Sprintf("%v %s %d%s", m.Kind, m.Channel, m.Count, again)
	case m.Kind == redpoll.KindPMessage:
		return fmt.Sprintf("%v %s %s %s", m.Kind, m.Pattern, m.Channel, m.Payload)
	case m.Kind.Published():
		return fmt.Sprintf("%v %s %s", m.Kind, m.Channel, m.Payload)
	case m.Kind == redpoll.KindGap && m.Gap.Dropped > 0:
		return fmt.Sprintf("gap %d", m.Gap.Dropped)
	case m.Kind == redpoll.KindPong:
		return "pong " + m.Payload
	}
	return m.Kind.String()
}

// next gives the next messages, each in one line.
func next(t testing.TB, sub *redpoll.PubSub, n int) (lines []string) {
	t.Helper()
	ctx := guarded(t)
	for range n {
		m, err := sub.Message(ctx)
		if err != nil {
			t.Fatalf("behind %q: %v", lines, err)
		}
		lines = append(lines, short(m))
	}
	return lines
}

// want compares the next messages.
func want(t testing.TB, sub *redpoll.PubSub, lines ...string) {
	t.Helper()
	if got := next(t, sub, len(lines)); !slices.Equal(got, lines) {
		t.Fatalf("got %q, want %q", got, lines)
	}
}

// nothing demands that nothing is there to be read.
func nothing(t testing.TB, sub *redpoll.PubSub) {
	t.Helper()
	if m, there, err := sub.Poll(background); there || err != nil {
		t.Errorf("got %q, %v; want nothing", short(m), err)
	}
}

// name is a channel that only this test uses: channels know no databases.
func name(t testing.TB, suffix string) string { return t.Name() + ":" + suffix }

// is demands an error.
func is(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got the error %v, want %v", err, want)
	}
}

// publish publishes through the server's own connection.
func publish(t testing.TB, srv *redpolltest.Server, channel, payload string) {
	t.Helper()
	if n, ok := srv.Do("PUBLISH", channel, payload).(int64); !ok || n == 0 {
		t.Fatalf("%s reached nobody", payload)
	}
}
