package pubsub_test

import (
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

// Covers: F21, F213-F217, F219, F222-F227
func TestSubscribe(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		dials := t.Client.Stats().Dials
		sub := open(t, t.Client, redpoll.PubSubOptions{})
		if d := t.Client.Stats().Dials; d != dials {
			t.Errorf("making the object opened %d connections", d-dials)
		}
		a, b, p := name(t, "a"), name(t, "b"), name(t, "*")
		ok(t, sub.Subscribe(guarded(t), a, b))
		ok(t, sub.PSubscribe(guarded(t), p))
		want(t, sub, "subscribe "+a+" 1", "subscribe "+b+" 2", "psubscribe "+p+" 3")
		ok(t, sub.Subscribe(guarded(t), a))
		want(t, sub, "subscribe "+a+" 3")
		if n, err := t.Client.Publish(background, a, "some data"); n != 2 || err != nil {
			t.Errorf("published to %d, %v; want 2", n, err)
		}
		want(t, sub, "message "+a+" some data", "pmessage "+p+" "+a+" some data")
		ok(t, sub.Unsubscribe(guarded(t)))
		ok(t, sub.PUnsubscribe(guarded(t), p))
		want(t, sub, "unsubscribe "+a+" 2", "unsubscribe "+b+" 1", "punsubscribe "+p+" 0")
		nothing(t, sub)
	})
}
