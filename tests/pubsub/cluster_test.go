package pubsub_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/slot"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// fakes are the two nodes of a cluster, a and b. At first a has all slots below split, and b has the others.
type fakes struct {
	nodes map[string]*fake

	mu    sync.Mutex
	split int
}

const (
	addrA = "10.0.0.1:7001"
	addrB = "10.0.0.2:7002"
)

func (f *fakes) a() *fake { return f.nodes[addrA] }
func (f *fakes) b() *fake { return f.nodes[addrB] }

// give makes another map: a has all slots below split.
func (f *fakes) give(split int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.split = split
}

// has reports whether a node has a slot.
func (f *fakes) has(addr string, n int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return (n < f.split) == (addr == addrA)
}

func (f *fakes) slots() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var ranges []any
	if f.split > 0 {
		ranges = append(ranges, []any{0, f.split - 1, []any{"10.0.0.1", 7001, strings.Repeat("a", 40)}})
	}
	if f.split < slot.Count {
		ranges = append(ranges,
			[]any{f.split, slot.Count - 1, []any{"10.0.0.2", 7002, strings.Repeat("b", 40)}})
	}
	return testkit.Reply(2, ranges)
}

// answers makes a node answer as one of a cluster does. other comes first; nil for nothing else.
func (f *fakes) answers(addr string, other func(c *wire, words []string) (reply string, ok bool)) {
	node := f.nodes[addr]
	node.set(func() {
		node.answer = func(c *wire, words []string) (string, bool) {
			if other != nil {
				if reply, ok := other(c, words); ok {
					return reply, true
				}
			}
			switch {
			case words[0] == "CLUSTER":
				return f.slots(), true
			case words[0] != "SSUBSCRIBE" && words[0] != "SUNSUBSCRIBE":
				return "", false
			}
			first := slot.Of([]byte(words[1]))
			for _, name := range words[2:] {
				if slot.Of([]byte(name)) != first {
					return refusal("CROSSSLOT Keys in request don't hash to the same slot"), true
				}
			}
			if !f.has(addr, first) {
				return f.moved(addr, first), true
			}
			return "", false
		}
	})
}

// moved is the redirect of a node to the other one.
func (f *fakes) moved(from string, n int) string {
	to := addrA
	if from == addrA {
		to = addrB
	}
	return refusal(fmt.Sprintf("MOVED %d %s", n, to))
}

// of gives the connection on which a node has a subscription.
func (f *fake) of(t testing.TB, name string) *wire {
	t.Helper()
	synctest.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range slices.Backward(f.wires) {
		if c.subs["S"+name] {
			return c
		}
	}
	t.Fatalf("nobody has subscribed to %s", name)
	return nil
}

// shards gives the commands about sharded channels that a node has heard.
func (f *fake) shards() []string {
	return slices.DeleteFunc(f.commands(), func(line string) bool {
		return !strings.HasPrefix(line, "SSUB") && !strings.HasPrefix(line, "SUNSUB")
	})
}

// playCluster runs a test with virtual time and a fake cluster, over both protocols.
func playCluster(t *testing.T, o redpoll.Options, test func(t *testing.T, f *fakes, rdb *redpoll.Client)) {
	t.Helper()
	play(t, func(t *testing.T, one *fake) {
		f := &fakes{nodes: map[string]*fake{addrA: one, addrB: {proto: one.proto}}, split: slot.Count / 2}
		f.answers(addrA, nil)
		f.answers(addrB, nil)
		o := o
		o.Protocol, o.NoClientInfo = one.proto, true
		o.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
			return f.nodes[addr].Dial(ctx, network, addr)
		}
		rdb, err := redpoll.NewCluster(redpoll.ClusterOptions{Addrs: []string{addrA}, Node: o})
		ok(t, err)
		t.Cleanup(func() { _ = rdb.Close() })
		test(t, f, rdb)
	})
}

// sharded gives names of channels of which a node has the slots, all of different slots.
func (f *fakes) sharded(addr string, n int) (list []string) {
	for i := 0; len(list) < n; i++ {
		if name := fmt.Sprint("s", i); f.has(addr, slot.Of([]byte(name))) {
			list = append(list, name)
		}
	}
	return list
}

// A command has channels of one slot: in a call, behind a cut, and when they are unsubscribed.
//
// Covers: P20, P35
func TestOneCommandPerSlot(t *testing.T) {
	playCluster(t, redpoll.Options{}, func(t *testing.T, f *fakes, rdb *redpoll.Client) {
		sub := open(t, rdb, redpoll.PubSubOptions{HideConfirmations: true})
		a, b := f.sharded(addrA, 2), f.sharded(addrB, 1)
		names := []string{a[0], b[0], a[1], "{" + a[0] + "}x"}
		commands := func(word string) {
			t.Helper()
			testkit.Pass(time.Millisecond)
			heard := append(f.a().shards(), f.b().shards()...)
			slices.Sort(heard)
			want := []string{word + " " + a[0] + " {" + a[0] + "}x", word + " " + a[1], word + " " + b[0]}
			slices.Sort(want)
			if !slices.Equal(heard, want) {
				t.Errorf("heard %q, want %q", heard, want)
			}
		}
		ok(t, sub.SSubscribe(background, names...))
		commands("SSUBSCRIBE")
		f.a().of(t, a[0]).Close()
		f.b().of(t, b[0]).Close()
		testkit.Pass(time.Second)
		commands("SSUBSCRIBE")
		ok(t, sub.SUnsubscribe(background))
		commands("SUNSUBSCRIBE")
	})
}

// A redirect of SSUBSCRIBE is followed, with nothing in it for whoever reads.
//
// Covers: P22
func TestRedirectedSubscribe(t *testing.T) {
	playCluster(t, redpoll.Options{}, func(t *testing.T, f *fakes, rdb *redpoll.Client) {
		sub := open(t, rdb, redpoll.PubSubOptions{})
		name := f.sharded(addrA, 1)[0]
		ok(t, sub.SSubscribe(background, name))
		ok(t, sub.SUnsubscribe(background))
		f.give(0)
		ok(t, sub.SSubscribe(background, name))
		f.b().of(t, name).say(t, f.b().push("smessage", name, "hello"))
		want(t, sub, "ssubscribe "+name+" 1", "sunsubscribe "+name+" 0", "ssubscribe "+name+" 1",
			"smessage "+name+" hello")
	})
}

// A server that loses a slot says so. The channel is subscribed at its new owner; in between there is a gap.
func TestSlotLeaves(t *testing.T) {
	playCluster(t, redpoll.Options{}, func(t *testing.T, f *fakes, rdb *redpoll.Client) {
		sub := open(t, rdb, redpoll.PubSubOptions{})
		stays, name := f.sharded(addrB, 1)[0], f.sharded(addrA, 1)[0]
		ok(t, sub.SSubscribe(background, stays, name))
		next(t, sub, 2)
		f.give(slot.Of([]byte(name))) // a keeps the slots below
		old := f.a().of(t, name)
		old.say(t, f.a().push("sunsubscribe", name, 0))
		testkit.Pass(time.Second)
		want(t, sub, "gap", "ssubscribe "+name+" 2 again", "restored")
		f.b().of(t, name).say(t, f.b().push("smessage", name, "x"), f.b().push("smessage", stays, "y"))
		want(t, sub, "smessage "+name+" x", "smessage "+stays+" y")
		old.say(t, f.a().push("smessage", name, "of the old owner"))
		testkit.Pass(time.Second)
		nothing(t, sub)
	})
}

// A slot leaves while SUNSUBSCRIBE is on its way: the server says that the subscription is over, and then
// redirects the command. The call succeeds, and the redirect is not the answer to anything else.
func TestSlotLeavesDuringUnsubscribe(t *testing.T) {
	playCluster(t, redpoll.Options{}, func(t *testing.T, f *fakes, rdb *redpoll.Client) {
		sub := open(t, rdb, redpoll.PubSubOptions{HideConfirmations: true})
		names := f.sharded(addrA, 2)
		ok(t, sub.SSubscribe(background, names...))
		conns := f.a().conns()
		f.answers(addrA, func(c *wire, words []string) (string, bool) {
			if words[0] != "SUNSUBSCRIBE" {
				return "", false
			}
			return f.a().push("sunsubscribe", words[1], 0) + f.moved(addrA, slot.Of([]byte(words[1]))), true
		})
		ok(t, sub.SUnsubscribe(background, names[0]))
		ok(t, sub.CheckHealth(background))
		f.a().of(t, names[1]).say(t, f.a().push("smessage", names[1], "x"))
		want(t, sub, "smessage "+names[1]+" x")
		if n := f.a().conns(); n != conns {
			t.Errorf("%d connections, want %d", n, conns)
		}
	})
}

// Nodes that redirect to each other are asked with pauses, until the context ends.
func TestRedirectsInCircles(t *testing.T) {
	playCluster(t, redpoll.Options{}, func(t *testing.T, f *fakes, rdb *redpoll.Client) {
		for _, addr := range []string{addrA, addrB} {
			f.answers(addr, func(_ *wire, words []string) (string, bool) {
				if words[0] != "SSUBSCRIBE" {
					return "", false
				}
				return f.moved(addr, slot.Of([]byte(words[1]))), true
			})
		}
		sub := open(t, rdb, redpoll.PubSubOptions{})
		ctx, cancel := context.WithTimeout(background, 10*time.Second)
		defer cancel()
		err := sub.SSubscribe(ctx, "s")
		is(t, err, context.DeadlineExceeded)
		testkit.Pass(time.Minute)
		if n := len(f.a().shards()) + len(f.b().shards()); n < 5 || n > 100 {
			t.Errorf("%d commands within 10 s", n)
		}
		if got := sub.ShardChannels(); len(got) > 0 {
			t.Errorf("subscribed to %q", got)
		}
		ok(t, rdb.Close())
	})
}

// While nobody has the slot a call waits, for RetryFor at the most. The error is that of the server.
func TestSubscribeWhileClusterIsDown(t *testing.T) {
	o := redpoll.Options{RetryFor: 5 * time.Second}
	playCluster(t, o, func(t *testing.T, f *fakes, rdb *redpoll.Client) {
		var up atomic.Bool
		f.answers(addrA, func(_ *wire, words []string) (string, bool) {
			if words[0] != "SSUBSCRIBE" || up.Load() {
				return "", false
			}
			return refusal("CLUSTERDOWN Hash slot not served"), true
		})
		name := f.sharded(addrA, 1)[0]
		sub := open(t, rdb, redpoll.PubSubOptions{})
		began := time.Now()
		err := sub.SSubscribe(background, name)
		var refused *redpoll.ServerError
		if !errors.As(err, &refused) || refused.Code != "CLUSTERDOWN" {
			t.Errorf("got %v", err)
		}
		testkit.Took(t, "giving up", began, 4*time.Second, 6*time.Second)
		time.AfterFunc(2*time.Second, func() { up.Store(true) })
		ok(t, sub.SSubscribe(background, name))
		want(t, sub, "ssubscribe "+name+" 1")
	})
}

// The last word counts while nobody knows the nodes.
func TestLastWordWithoutAMap(t *testing.T) {
	playCluster(t, redpoll.Options{}, func(t *testing.T, f *fakes, rdb *redpoll.Client) {
		for _, node := range f.nodes {
			node.set(func() { node.refuse = errors.New("nobody is there") })
		}
		sub := open(t, rdb, redpoll.PubSubOptions{})
		first := make(chan error, 1)
		go func() { first <- sub.SSubscribe(background, "x", "y") }()
		testkit.Pass(time.Second)
		ok(t, sub.SUnsubscribe(background, "x"))
		if err := <-first; !errors.Is(err, redpoll.ErrNotSent) {
			t.Errorf("the call that was undone: %v", err)
		}
		go func() { first <- sub.SSubscribe(background, "z") }()
		testkit.Pass(time.Second)
		for _, node := range f.nodes {
			node.set(func() { node.refuse = nil })
		}
		ok(t, <-first)
		if got := sub.ShardChannels(); !slices.Equal(got, []string{"z"}) {
			t.Errorf("subscribed to %q, want z", got)
		}
		heard := append(f.a().shards(), f.b().shards()...)
		if !slices.Equal(heard, []string{"SSUBSCRIBE z"}) {
			t.Errorf("heard %q", heard)
		}
	})
}

// The end of the client ends all connections of a subscription over several nodes.
func TestCloseWithSeveralNodes(t *testing.T) {
	playCluster(t, redpoll.Options{}, func(t *testing.T, f *fakes, rdb *redpoll.Client) {
		sub := open(t, rdb, redpoll.PubSubOptions{})
		names := append(f.sharded(addrA, 2), f.sharded(addrB, 2)...)
		ok(t, sub.SSubscribe(background, names...))
		ok(t, sub.Subscribe(background, "plain"))
		next(t, sub, 5)
		ok(t, sub.Close())
		ok(t, sub.SSubscribe(background, names[0]))
		want(t, sub, "ssubscribe "+names[0]+" 1")
		ok(t, rdb.Close())
		_, err := sub.Message(background)
		is(t, err, redpoll.ErrClosed)
	})
}
