package redpoll_test

import (
	"slices"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// subscriber subscribes past the client, until the test ends.
func subscriber(t *commandTest, words ...string) {
	t.Helper()
	if _, err := redpolltest.Dial(t, t.srv.Addr()).Do(words...); err != nil {
		t.Fatal(err)
	}
}

// Covers: F22, F227, F267-F270
func TestPublish(t *testing.T) {
	t.Parallel()
	ownServer(t, redpolltest.ServerOptions{}, func(t *commandTest) {
		t.want(0)(t.rdb.Publish(ctx, "c", "nobody hears"))
		t.want([]string{})(t.rdb.PubSubChannels(ctx, "*"))
		subscriber(t, "SUBSCRIBE", "c")
		subscriber(t, "SUBSCRIBE", "c")
		subscriber(t, "SUBSCRIBE", "d")
		subscriber(t, "PSUBSCRIBE", "c*")
		t.want(3)(t.rdb.Publish(ctx, "c", "hello"))
		channels := must[[]string](t)(t.rdb.PubSubChannels(ctx, "*"))
		slices.Sort(channels)
		t.want([]string{"c", "d"})(channels, nil)
		t.want([]string{"d"})(t.rdb.PubSubChannels(ctx, "d*"))
		t.want([]redpoll.ChannelCount{{Channel: "d", Count: 1}, {Channel: "c", Count: 2}, {Channel: "none", Count: 0}})(
			t.rdb.PubSubNumSub(ctx, "d", "c", "none"))
		t.want([]redpoll.ChannelCount{})(t.rdb.PubSubNumSub(ctx))
		t.want(1)(t.rdb.PubSubNumPat(ctx))
	})
}

func TestShardPublish(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	ownServer(t, redpolltest.ServerOptions{}, func(t *commandTest) {
		t.want(0)(t.rdb.SPublish(ctx, "c", "nobody hears"))
		subscriber(t, "SSUBSCRIBE", "c")
		t.want(1)(t.rdb.SPublish(ctx, "c", "hello"))
		t.want([]string{"c"})(t.rdb.PubSubShardChannels(ctx, "*"))
		t.want([]redpoll.ChannelCount{{Channel: "c", Count: 1}, {Channel: "none", Count: 0}})(t.rdb.PubSubShardNumSub(ctx, "c", "none"))
		t.want([]string{})(t.rdb.PubSubChannels(ctx, "*"))
	})
}
