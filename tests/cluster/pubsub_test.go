package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// listener is a subscription whose messages are awaited.
type listener struct {
	t   *testing.T
	ctx context.Context
	sub *redpoll.PubSub
	// skip are kinds that hears leaves out.
	skip []redpoll.MessageKind
}

func listen(t *testing.T, ctx context.Context, rdb *redpoll.Client, o redpoll.PubSubOptions) *listener {
	t.Helper()
	sub, err := rdb.PubSubWith(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sub.Close() })
	return &listener{t, ctx, sub, []redpoll.MessageKind{redpoll.KindSSubscribe}}
}

// next returns the next message that keep wants.
func (l *listener) next(what string, keep func(m redpoll.Message) bool) redpoll.Message {
	l.t.Helper()
	for {
		m, err := l.sub.Message(l.ctx)
		if err != nil {
			l.t.Fatalf("%s: %v", what, err)
		}
		if keep(m) {
			return m
		}
	}
}

func (l *listener) kind(kind redpoll.MessageKind) redpoll.Message {
	l.t.Helper()
	return l.next(kind.String(), func(m redpoll.Message) bool { return m.Kind == kind })
}

// hears publishes to each channel, and demands that all of it comes, each once, and nothing else.
func (l *listener) hears(rdb *redpoll.Client, payload string, channels ...string) {
	l.t.Helper()
	for _, channel := range channels {
		n, err := rdb.SPublish(l.ctx, channel, payload)
		same(l.t, "SPUBLISH "+channel, n, err, 1)
	}
	left := slices.Clone(channels)
	for len(left) > 0 {
		m, err := l.sub.Message(l.ctx, l.skip...)
		if err != nil {
			l.t.Fatalf("%q are missing: %v", left, err)
		}
		i := slices.Index(left, m.Channel)
		if m.Kind != redpoll.KindSMessage || m.Payload != payload || i < 0 {
			l.t.Fatalf("got %v, %v; %q are missing", m, m.Gap, left)
		}
		left = slices.Delete(left, i, i+1)
	}
}

// names are sharded channels over all slots.
func names(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprint("channel", i))
	}
	return list
}

// within returns names of channels whose slots lie in a range.
func within(clu *redpolltest.Cluster, r redpolltest.SlotRange, n int) (list []string) {
	for i := 0; len(list) < n; i++ {
		if name := fmt.Sprint("c", i); r.Has(clu.Slot(name)) {
			list = append(list, name)
		}
	}
	return list
}

// One object has channels of all slots, subscribed in one call or one by one, and hears all of them; counts
// are those of the object. A cut of all connections is a gap that ends when all of them are back.
//
// Covers: P20, P22, P35
func TestShardedChannels(t *testing.T) {
	t.Parallel()
	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{})
	ctx, rdb := connect(t, clu)
	for _, shared := range []bool{false, true} {
		t.Run(fmt.Sprint("shared ", shared), func(t *testing.T) {
			l := listen(t, ctx, rdb, redpoll.PubSubOptions{Shared: shared})
			all := names(100)
			no(t, "SSUBSCRIBE", l.sub.SSubscribe(ctx, all[:90]...))
			for _, name := range all[90:] {
				no(t, "SSUBSCRIBE", l.sub.SSubscribe(ctx, name))
			}
			for i := range all {
				if m := l.kind(redpoll.KindSSubscribe); m.Count != i+1 {
					t.Fatalf("confirmation %d: %v", i, m)
				}
			}
			l.hears(rdb, "one", all...)
			no(t, "CheckHealth", l.sub.CheckHealth(ctx))
			rdb.Disconnect()
			l.kind(redpoll.KindGap)
			back := 0
			l.next("the end of the gap", func(m redpoll.Message) bool {
				if m.Kind == redpoll.KindSSubscribe && m.Again {
					back++
				}
				return m.Kind == redpoll.KindRestored
			})
			if back != len(all) {
				t.Errorf("%d of %d channels were back at the end of the gap", back, len(all))
			}
			l.hears(rdb, "two", all...)
			no(t, "SUNSUBSCRIBE", l.sub.SUnsubscribe(ctx, all[:50]...))
			for i := range 50 {
				if m := l.kind(redpoll.KindSUnsubscribe); m.Count != 99-i {
					t.Fatalf("confirmation %d: %v", i, m)
				}
			}
			l.hears(rdb, "three", all[50:]...)
			n, err := rdb.SPublish(ctx, all[0], "nobody")
			same(t, "SPUBLISH", n, err, 0)
			no(t, "SUNSUBSCRIBE", l.sub.SUnsubscribe(ctx))
			if l.sub.Subscribed() {
				t.Errorf("still subscribed: %q", l.sub.ShardChannels())
			}
		})
	}
}

// Subscriptions follow slots that move, back and forth, and the servers are left with one subscription each.
func TestShardedChannelsFollowSlots(t *testing.T) {
	t.Parallel()
	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{})
	ctx, rdb := connect(t, clu)
	from, to := clu.Primaries()[0], clu.Primaries()[1]
	moving := redpolltest.SlotRange{First: from.Slots()[0].First, Last: from.Slots()[0].First + 30}
	l := listen(t, ctx, rdb, redpoll.PubSubOptions{})
	// Slots move one after the other, so that a gap may end before the last of them has moved.
	l.skip = append(l.skip, redpoll.KindGap, redpoll.KindRestored)
	moved := within(clu, moving, 5)
	resting := names(5)
	resting = slices.DeleteFunc(resting, func(name string) bool { return moving.Has(clu.Slot(name)) })
	no(t, "SSUBSCRIBE", l.sub.SSubscribe(ctx, append(slices.Clone(moved), resting...)...))
	for round, target := range []*redpolltest.ClusterNode{to, from, to} {
		clu.MoveSlots(target, moving)
		gap := l.kind(redpoll.KindGap)
		var ce *redpoll.ConnError
		if gap.Gap.Since.IsZero() || !errors.As(gap.Gap.Err, &ce) || ce.Node == "" {
			t.Errorf("the gap is %v", gap.Gap)
		}
		l.kind(redpoll.KindRestored)
		redpolltest.Await(t, "the new owner has all channels", func() bool {
			return !slices.ContainsFunc(moved, func(name string) bool {
				return fmt.Sprint(target.Do("PUBSUB", "SHARDNUMSUB", name)) != fmt.Sprint([]any{name, int64(1)})
			})
		})
		l.hears(rdb, fmt.Sprint("round ", round), append(slices.Clone(moved), resting...)...)
	}
	redpolltest.Await(t, "the old owner has nothing left", func() bool {
		return len(from.Do("PUBSUB", "SHARDCHANNELS", "c*").([]any)) <= len(resting)
	})
	no(t, "SUNSUBSCRIBE", l.sub.SUnsubscribe(ctx, moved...))
	if n := len(l.sub.ShardChannels()); n != len(resting) {
		t.Errorf("%d channels are left, want %d", n, len(resting))
	}
}

// Calls during a resharding have the last word, and fail with nothing that a redirect has to do with.
func TestSubscribingWhileSlotsMove(t *testing.T) {
	t.Parallel()
	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{})
	ctx, rdb := connect(t, clu)
	from, to := clu.Primaries()[0], clu.Primaries()[1]
	moving := redpolltest.SlotRange{First: from.Slots()[0].First, Last: from.Slots()[0].First + 20}
	l := listen(t, ctx, rdb, redpoll.PubSubOptions{Overflow: redpoll.QueueDropOldest})
	channels := within(clu, moving, 8)
	stop, done := make(chan struct{}), make(chan struct{})
	var rounds atomic.Int64
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
			}
			if err := l.sub.SSubscribe(ctx, channels...); err != nil {
				t.Errorf("SSUBSCRIBE: %v", err)
				return
			}
			if err := l.sub.SUnsubscribe(ctx, channels[:4]...); err != nil {
				t.Errorf("SUNSUBSCRIBE: %v", err)
				return
			}
			rounds.Add(1)
		}
	}()
	for range 2 {
		clu.MoveSlots(to, moving)
		clu.MoveSlots(from, moving)
	}
	close(stop)
	<-done
	if got := l.sub.ShardChannels(); !slices.Equal(got, channels[4:]) {
		t.Errorf("subscribed to %q, want %q", got, channels[4:])
	}
	redpolltest.Await(t, "the servers have what is wanted, and nothing else", func() bool {
		var all []string
		for _, n := range clu.Primaries() {
			for _, name := range n.Do("PUBSUB", "SHARDCHANNELS").([]any) {
				all = append(all, fmt.Sprint(name))
			}
		}
		slices.Sort(all)
		want := slices.Clone(channels[4:])
		slices.Sort(want)
		return slices.Equal(all, want)
	})
	t.Logf("%d rounds", rounds.Load())
}

// While a node is dead the messages of the others come, and its channels come back with its replica. The gap
// names the node.
//
// Covers: P26
func TestShardedChannelsFailover(t *testing.T) {
	t.Parallel()
	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{Replicas: 1})
	ctx, rdb := connect(t, clu)
	l := listen(t, ctx, rdb, redpoll.PubSubOptions{})
	all := names(30)
	no(t, "SSUBSCRIBE", l.sub.SSubscribe(ctx, all...))
	victim := clu.Primaries()[0]
	var others []string
	for _, name := range all {
		if clu.Owner(clu.Slot(name)) != victim {
			others = append(others, name)
		}
	}
	if len(others) == len(all) {
		t.Fatal("the node has no channel")
	}
	victim.Kill()
	gap := l.kind(redpoll.KindGap)
	var ce *redpoll.ConnError
	if !errors.As(gap.Gap.Err, &ce) || ce.Node != victim.AnnouncedAddr() {
		t.Errorf("the gap has the error %v, want one of %s", gap.Gap.Err, victim.AnnouncedAddr())
	}
	for _, name := range others {
		n, err := rdb.SPublish(ctx, name, "meanwhile")
		same(t, "SPUBLISH "+name, n, err, 1)
	}
	for range others {
		l.next("a message of another node", func(m redpoll.Message) bool {
			if m.Kind == redpoll.KindRestored {
				t.Error("the gap has ended before the failover")
			}
			return m.Kind == redpoll.KindSMessage
		})
	}
	clu.AwaitFailOver(victim)
	l.kind(redpoll.KindRestored)
	l.hears(rdb, "back", all...)

	// A planned failover: the old primary lives on as a replica.
	old := clu.Primaries()[0]
	for _, n := range clu.Nodes() {
		if n != victim && strings.Contains(fmt.Sprint(n.Do("ROLE")), "slave") {
			old = n
		}
	}
	clu.FailOver(old)
	l.kind(redpoll.KindRestored)
	// A node that has not heard of the failover yet may lead back for a moment, which is another gap.
	redpolltest.Await(t, "the owners have all channels", func() bool {
		return !slices.ContainsFunc(all, func(name string) bool {
			owner := clu.Owner(clu.Slot(name))
			return fmt.Sprint(owner.Do("PUBSUB", "SHARDNUMSUB", name)) != fmt.Sprint([]any{name, int64(1)})
		})
	})
	l.skip = append(l.skip, redpoll.KindGap, redpoll.KindRestored)
	l.hears(rdb, "after the planned one", all...)
	no(t, "SUNSUBSCRIBE", l.sub.SUnsubscribe(ctx))
}

// Plain channels and patterns are subscribed at one node. When it dies, or leaves the cluster, they are
// subscribed at another one of the present map.
//
// Covers: P37
func TestPlainChannelsMoveOn(t *testing.T) {
	t.Parallel()
	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{Replicas: 1})
	ctx, rdb := connect(t, clu)
	l := listen(t, ctx, rdb, redpoll.PubSubOptions{})
	no(t, "SUBSCRIBE", l.sub.Subscribe(ctx, "plain"))
	no(t, "PSUBSCRIBE", l.sub.PSubscribe(ctx, "pattern*"))
	subscribed := func() (at *redpolltest.ClusterNode) {
		t.Helper()
		redpolltest.Await(t, "one node has the subscription", func() bool {
			n := 0
			for _, node := range clu.Primaries() {
				if fmt.Sprint(node.Do("PUBSUB", "NUMSUB", "plain")) == "[plain 1]" {
					at = node
					n++
				}
			}
			return n == 1
		})
		return at
	}
	hears := func(payload string) {
		t.Helper()
		for _, channel := range []string{"plain", "pattern1"} {
			_, err := rdb.Publish(ctx, channel, payload)
			no(t, "PUBLISH", err)
			m := l.next("a message", func(m redpoll.Message) bool { return m.Kind.Published() })
			if m.Channel != channel || m.Payload != payload {
				t.Errorf("got %v, want %s on %s", m, payload, channel)
			}
		}
	}
	hears("first")
	victim := subscribed()
	victim.Kill()
	l.kind(redpoll.KindRestored)
	hears("second")
	clu.AwaitFailOver(victim)
	leaver := subscribed()
	clu.Remove(leaver)
	l.kind(redpoll.KindRestored)
	hears("third")
	if at := subscribed(); at == leaver {
		t.Error("the subscription is at the node that has left")
	}
}

// PUBSUB counts the subscribers of all nodes.
func TestSubscribersOfAllNodes(t *testing.T) {
	t.Parallel()
	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{})
	ctx, rdb := connect(t, clu)
	all := names(20)
	a, b := listen(t, ctx, rdb, redpoll.PubSubOptions{}), listen(t, ctx, rdb, redpoll.PubSubOptions{})
	no(t, "SSUBSCRIBE", a.sub.SSubscribe(ctx, all...))
	no(t, "SSUBSCRIBE", b.sub.SSubscribe(ctx, all[:5]...))
	for i := range 4 {
		l := listen(t, ctx, rdb, redpoll.PubSubOptions{})
		no(t, "SUBSCRIBE", l.sub.Subscribe(ctx, "common", fmt.Sprint("own", i)))
	}
	got, err := rdb.PubSubShardChannels(ctx, "channel*")
	slices.Sort(got)
	slices.Sort(all)
	same(t, "PUBSUB SHARDCHANNELS", got, err, all)
	counts, err := rdb.PubSubShardNumSub(ctx, "channel0", "channel9", "none")
	same(t, "PUBSUB SHARDNUMSUB", counts, err, "[{channel0 2} {channel9 1} {none 0}]")
	got, err = rdb.PubSubChannels(ctx, "*")
	slices.Sort(got)
	same(t, "PUBSUB CHANNELS", got, err, "[common own0 own1 own2 own3]")
	counts, err = rdb.PubSubNumSub(ctx, "own2", "common", "channel0")
	same(t, "PUBSUB NUMSUB", counts, err, "[{own2 1} {common 4} {channel0 0}]")
}

// A replica that is given another primary hears nothing of its old channels, and its server does not say so.
// The subscription follows the map, and is at the owner of its slot again.
//
// Covers: P25
func TestShardedChannelsStayAtPrimaries(t *testing.T) {
	t.Parallel()
	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{Replicas: 1})
	ctx, rdb := connect(t, clu)
	l := listen(t, ctx, rdb, redpoll.PubSubOptions{})
	all := names(12)
	no(t, "SSUBSCRIBE", l.sub.SSubscribe(ctx, all...))
	demoted := clu.Primaries()[0]
	other := clu.Primaries()[1]
	var heir *redpolltest.ClusterNode
	for _, n := range clu.Nodes() {
		if strings.Contains(fmt.Sprint(n.Do("ROLE")), fmt.Sprint("slave 127.0.0.1 ", port(demoted))) {
			heir = n
		}
	}
	if heir == nil {
		t.Fatal("no replica")
	}
	clu.FailOver(heir)
	demoted.Do("CLUSTER", "REPLICATE", other.ID())
	l.kind(redpoll.KindRestored)
	redpolltest.Await(t, "every channel is at a primary", func() bool {
		return len(demoted.Do("PUBSUB", "SHARDCHANNELS").([]any)) == 0
	})
	for _, name := range all {
		var heard atomic.Bool
		done := make(chan struct{})
		go func() {
			defer close(done)
			// Nodes that have not heard of it all may cause another gap, in which messages are lost.
			redpolltest.Await(t, name+" is heard", func() bool {
				_, err := rdb.SPublish(ctx, name, "v")
				return err != nil || heard.Load()
			})
		}()
		l.next("a message of "+name, func(m redpoll.Message) bool {
			return m.Kind == redpoll.KindSMessage && m.Channel == name
		})
		heard.Store(true)
		<-done
	}
}

// port is the port that a node announces.
func port(n *redpolltest.ClusterNode) string {
	_, port, _ := strings.Cut(n.AnnouncedAddr(), ":")
	return port
}
