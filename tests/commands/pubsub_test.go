package commands_test

import (
	"slices"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// subscriber subscribes on a connection of its own until the test ends.
func subscriber(t *clients.Test, words ...string) {
	t.Helper()
	if _, err := redpolltest.Dial(t, t.Server.Addr()).Do(words...); err != nil {
		t.Fatal(err)
	}
}

// Covers: F22, F227, F267-F270
func TestPublish(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		t.Want(0)(t.Client.Publish(ctx, "c", "nobody hears"))
		t.Want([]string{})(t.Client.PubSubChannels(ctx, "*"))
		subscriber(t, "SUBSCRIBE", "c")
		subscriber(t, "SUBSCRIBE", "c")
		subscriber(t, "SUBSCRIBE", "d")
		subscriber(t, "PSUBSCRIBE", "c*")
		t.Want(3)(t.Client.Publish(ctx, "c", "hello"))
		channels := testkit.Must[[]string](t)(t.Client.PubSubChannels(ctx, "*"))
		slices.Sort(channels)
		t.Want([]string{"c", "d"})(channels, nil)
		t.Want([]string{"d"})(t.Client.PubSubChannels(ctx, "d*"))
		t.Want([]redpoll.ChannelCount{{Channel: "d",
			Count: 1}, {Channel: "c", Count: 2}, {Channel: "none", Count: 0}})(
			t.Client.PubSubNumSub(ctx, "d", "c", "none"))
		t.Want([]redpoll.ChannelCount{})(t.Client.PubSubNumSub(ctx))
		t.Want(1)(t.Client.PubSubNumPat(ctx))
	})
}

func TestShardPublish(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		t.Want(0)(t.Client.SPublish(ctx, "c", "nobody hears"))
		subscriber(t, "SSUBSCRIBE", "c")
		t.Want(1)(t.Client.SPublish(ctx, "c", "hello"))
		t.Want([]string{"c"})(t.Client.PubSubShardChannels(ctx, "*"))
		t.Want([]redpoll.ChannelCount{{Channel: "c", Count: 1}, {Channel: "none", Count: 0}})(
			t.Client.PubSubShardNumSub(ctx, "c", "none"))
		t.Want([]string{})(t.Client.PubSubChannels(ctx, "*"))
	})
}
