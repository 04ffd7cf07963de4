package conformance

import (
	"strconv"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// pubsub is about subscriptions.
var pubsub = tests{
	"messages come in the order in which they were published": func(t *T) {
		ctx, channel := t.Context(), t.Key("channel")
		sub := t.subscribe(t.Client, channel)
		for i := range 50 {
			_, err := t.Client.Publish(ctx, channel, i)
			t.OK(err)
		}
		for i := range 50 {
			m, err := sub.Message(ctx)
			if err != nil || m.Payload != strconv.Itoa(i) || m.Channel != channel {
				t.Fatalf("message %d is %v, %v", i, m, err)
			}
		}
	},
	"patterns": func(t *T) {
		ctx := t.Context()
		sub := t.Client.PubSub()
		defer sub.Close()
		t.OK(sub.PSubscribe(ctx, t.Word("p")+"*"))
		_, err := t.Client.Publish(ctx, t.Word("p")+"1", "v")
		t.OK(err)
		m, err := sub.Message(ctx, redpoll.KindPSubscribe)
		if err != nil || m.Payload != "v" || m.Channel != t.Word("p")+"1" {
			t.Errorf("the message is %v, %v", m, err)
		}
	},
	"a published message is for those who are subscribed": func(t *T) {
		ctx, channel := t.Context(), t.Key("channel")
		sub := t.subscribe(t.Client, channel)
		n, err := t.Client.Publish(ctx, channel, "v")
		if t.OK(err); n != 1 && (n != 0 || !t.on.several()) { // subscribers of one server count
			t.Errorf("Publish gives %d", n)
		}
		if m, err := sub.Message(ctx); err != nil || m.Payload != "v" {
			t.Errorf("the message is %v, %v", m, err)
		}
		t.OK(sub.Unsubscribe(ctx, channel))
		t.Want(int64(0))(t.Client.Publish(ctx, channel, "v"))
	},
	"sharded channels": func(t *T) {
		redpolltest.RequireVersion(t, 7, 0)
		ctx, channel := t.Context(), t.Key("channel")
		sub := t.Client.PubSub()
		defer sub.Close()
		t.OK(sub.SSubscribe(ctx, channel))
		_, err := t.Client.SPublish(ctx, channel, "v")
		t.OK(err)
		m, err := sub.Message(ctx, redpoll.KindSSubscribe)
		if err != nil || m.Payload != "v" {
			t.Errorf("the message is %v, %v", m, err)
		}
	},
	"subscriptions come back after a cut": func(t *T) {
		ctx, channel := t.Context(), t.Key("channel")
		rdb := t.Another(redpoll.Options{})
		sub := t.subscribe(rdb, channel)
		rdb.Disconnect()
		for _, kind := range []redpoll.MessageKind{redpoll.KindGap, redpoll.KindRestored} {
			if m, err := sub.Message(ctx, redpoll.KindSubscribe); err != nil || m.Kind != kind {
				t.Fatalf("got %v, %v, want %v", m, err, kind)
			}
		}
		_, err := t.Client.Publish(ctx, channel, "v")
		t.OK(err)
		m, err := sub.Message(ctx)
		if err != nil || m.Payload != "v" {
			t.Errorf("the message is %v, %v", m, err)
		}
	},
}

// subscribe makes a subscription to a channel, whose confirmation is read. It is nil if the topology refuses
// subscriptions.
func (t *T) subscribe(rdb *redpoll.Client, channel string) *redpoll.PubSub {
	t.Helper()
	sub := rdb.PubSub()
	t.Cleanup(func() { _ = sub.Close() })
	err := sub.Subscribe(t.Context(), channel)
	if t.refused("PubSub", err) {
		return nil
	}
	t.OK(err)
	m, err := sub.Message(t.Context())
	if err != nil || m.Kind != redpoll.KindSubscribe {
		t.Fatalf("the confirmation is %v, %v", m, err)
	}
	return sub
}

// monitors are about MONITOR.
var monitors = tests{
	"shows what writes a client sends": func(t *T) {
		mon, err := t.Client.Monitor(t.Context())
		if t.refused("Monitor", err) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		defer mon.Close()
		t.OK(t.Client.Set(t.Context(), t.Key("k"), "v"))
		for entry, err := range mon.Listen(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if len(entry.Args) == 3 && entry.Args[1] == t.Key("k") {
				return
			}
		}
	},
}
