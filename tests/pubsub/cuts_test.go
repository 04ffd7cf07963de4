package pubsub_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// A ledger checks what an object reads: published numbers of each class come once and in their order, and
// none is missing but where a gap is told.
type ledger struct {
	t        *testing.T
	last     map[redpoll.MessageKind]int
	away     map[redpoll.MessageKind]bool // numbers may be missing in front of the next one
	lost     bool
	restored int
	since    int // messages since the last return
}

func newLedger(t *testing.T) *ledger {
	return &ledger{t: t, last: make(map[redpoll.MessageKind]int), away: make(map[redpoll.MessageKind]bool)}
}

func (l *ledger) take(m redpoll.Message) {
	switch {
	case m.Kind == redpoll.KindGap:
		l.lost = true
		for kind := redpoll.KindMessage; kind.Published(); kind++ {
			l.away[kind] = true
		}
	case m.Kind == redpoll.KindRestored:
		if !l.lost {
			l.t.Error("all is back, and nothing was away")
		}
		l.lost, l.since = false, 0
		l.restored++
	case m.Kind.Published():
		i, err := strconv.Atoi(m.Payload)
		if err != nil || i <= l.last[m.Kind] || i > l.last[m.Kind]+1 && !l.away[m.Kind] {
			l.t.Errorf("%q came behind %d", short(m), l.last[m.Kind])
		}
		l.last[m.Kind], l.away[m.Kind] = i, false
		l.since++
	}
}

// least is the newest number that has come in every class.
func (l *ledger) least() int64 {
	return int64(min(l.last[redpoll.KindMessage], l.last[redpoll.KindPMessage], l.last[redpoll.KindSMessage]))
}

// 20 cuts at any byte, of replies and of what is subscribed again: for every kind of subscriptions, on
// connections of one object and of several.
//
// Covers: F257
func TestCutsAtRandomBytes(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	clients.EachProtocol(t, func(t *clients.Test) {
		for _, shared := range []bool{false, true} {
			t.Run(map[bool]string{false: "own", true: "shared"}[shared], func(t2 *testing.T) {
				randomCuts(t2, t, shared)
			})
		}
	})
}

func randomCuts(t *testing.T, over *clients.Test, shared bool) {
	proxy := redpolltest.NewProxy(t, over.Server.Addr())
	rdb := clients.New(t, redpoll.Options{Addr: proxy.Addr(), Protocol: over.Proto})
	c, p, s := name(t, "c"), name(t, "p"), name(t, "s")
	o := redpoll.PubSubOptions{Shared: shared, HideConfirmations: true}
	subs := []*redpoll.PubSub{open(t, rdb, o)}
	if shared {
		subs = append(subs, open(t, rdb, o))
	}
	for _, sub := range subs {
		ok(t, sub.Subscribe(guarded(t), c))
		ok(t, sub.PSubscribe(guarded(t), p+"*"))
		ok(t, sub.SSubscribe(guarded(t), s))
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	var published, end atomic.Int64 // end: the readers read up to there; 0 as long as there are cuts
	go func() {
		defer close(stopped)
		for {
			n := strconv.FormatInt(published.Add(1), 10)
			over.Server.Do("PUBLISH", c, n)
			over.Server.Do("PUBLISH", p+"x", n)
			over.Server.Do("SPUBLISH", s, n)
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	read := func(sub *redpoll.PubSub, look func(l *ledger)) {
		ctx, l := guarded(t), newLedger(t)
		for {
			m, err := sub.Message(ctx)
			if err != nil {
				t.Errorf("with %+v: %v", l.last, err)
				return
			}
			l.take(m)
			look(l)
			if last := end.Load(); last > 0 && l.least() >= last && !l.lost {
				return
			}
		}
	}
	var second sync.WaitGroup
	for _, sub := range subs[1:] {
		second.Go(func() { read(sub, func(*ledger) {}) })
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	cuts := 0
	read(subs[0], func(l *ledger) {
		if l.restored < cuts || l.since < 10 || l.lost || end.Load() > 0 {
			return
		}
		if cuts = l.restored + 1; cuts > 20 {
			proxy.Clear()
			end.Store(published.Load())
			return
		}
		how := []redpolltest.How{redpolltest.Close, redpolltest.Reset}[r.IntN(2)]
		if cuts%2 == 0 {
			proxy.CutAfter(redpolltest.ToClient, 1+r.Int64N(500), how, redpolltest.FromNow, redpolltest.Once)
			return
		}
		// The connection that follows is cut in its handshake, or while all is subscribed again.
		proxy.CutAfter(redpolltest.ToServer, 1+r.Int64N(400), how, redpolltest.FromNow, redpolltest.Once)
		proxy.DropAll(how)
	})
	second.Wait()
	close(stop)
	<-stopped
}

// An Unsubscribe that the server has not answered before a cut has come to its end: nothing is subscribed.
func TestUnsubscribeMeetsACut(t *testing.T) {
	play(t, func(t *testing.T, f *fake) {
		sub := open(t, f.client(t, redpoll.Options{}), redpoll.PubSubOptions{})
		ok(t, sub.Subscribe(background, "keep", "away"))
		next(t, sub, 2)
		f.set(func() {
			f.answer = func(_ *wire, words []string) (string, bool) { return "", words[0] == "UNSUBSCRIBE" }
		})
		var call sync.WaitGroup
		call.Go(func() { ok(t, sub.Unsubscribe(background, "away")) })
		synctest.Wait()
		f.commands()
		f.last().Close()
		call.Wait()
		want(t, sub, "gap", "unsubscribe away 1", "subscribe keep 1 again", "restored")
		if got := f.commands(); !slices.Equal(got, []string{"SUBSCRIBE keep"}) {
			t.Errorf("the server heard %q", got)
		}
	})
}

// However calls and cuts meet, the server's last word about a name is the user's.
func TestCallsAmongCuts(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		proxy := redpolltest.NewProxy(t, t.Server.Addr())
		rdb := clients.New(t, redpoll.Options{Addr: proxy.Addr(), Protocol: t.Proto})
		sub := open(t, rdb, redpoll.PubSubOptions{Overflow: redpoll.QueueDropOldest})
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				came := proxy.Bytes(redpolltest.ToClient)
				proxy.DropAll([]redpolltest.How{redpolltest.Close, redpolltest.Reset}[i%2])
				proxy.Await(func() bool {
					select {
					case <-stop:
						return true
					default:
						return proxy.Bytes(redpolltest.ToClient) > came+300+int64(i*37%500)
					}
				})
			}
		}()
		var calls sync.WaitGroup
		for i := range 4 {
			calls.Go(func() {
				c := name(t, strconv.Itoa(i))
				for range 50 {
					ok(t, sub.Subscribe(guarded(t), c))
					ok(t, sub.Unsubscribe(guarded(t), c))
				}
				if i%2 == 0 {
					ok(t, sub.Subscribe(guarded(t), c))
				}
			})
		}
		calls.Wait()
		close(stop)
		ok(t, sub.Ping(guarded(t), "")) // moves the counters of the proxy
		<-stopped
		for i := range 4 {
			redpolltest.Await(t, "the server agrees", func() bool {
				list, _ := t.Server.Do("PUBSUB", "NUMSUB", name(t, strconv.Itoa(i))).([]any)
				return len(list) == 2 && list[1] == int64(1-i%2)
			})
		}
		if got := sub.Channels(); len(got) != 2 {
			t.Errorf("%q are subscribed", got)
		}
	})
}

// A program that reads, at KindRestored, the data that its messages are about has missed no write: the next
// message is about that state, or the write behind it (case P15).
func TestReadAtReturnMissesNothing(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		proxy := redpolltest.NewProxy(t, t.Server.Addr())
		rdb := clients.New(t, redpoll.Options{Addr: proxy.Addr(), Protocol: t.Proto})
		sub := open(t, rdb, redpoll.PubSubOptions{})
		c := name(t, "c")
		ok(t, sub.Subscribe(guarded(t), c))
		t.Server.Do("SET", c, "0")
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for i := 1; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				t.Server.Do("SET", c, strconv.Itoa(i))
				t.Server.Do("PUBLISH", c, strconv.Itoa(i))
			}
		}()
		known := -1 // -1: any message may be next
		proxy.DropAll(redpolltest.Reset)
		for cuts, ctx := 1, guarded(t); cuts <= 20; {
			m, err := sub.Message(ctx)
			ok(t, err)
			switch {
			case m.Kind == redpoll.KindGap:
				known = -1
			case m.Kind == redpoll.KindRestored:
				if known, err = strconv.Atoi(t.Server.Do("GET", c).(string)); err != nil {
					t.Fatal(err)
				}
			case m.Kind == redpoll.KindMessage && known >= 0:
				if i, err := strconv.Atoi(m.Payload); err != nil || i > known+1 {
					t.Fatalf("message %s came when %d was known", m.Payload, known)
				}
				known = -1
				cuts++
				proxy.DropAll([]redpolltest.How{redpolltest.Close, redpolltest.Reset}[cuts%2])
			}
		}
		close(stop)
		<-stopped
	})
}

// A channel that the ACL forbids is the error of its own call; all else goes on over the same connection.
func TestForbiddenChannel(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	o := redpolltest.ServerOptions{Users: []redpolltest.User{{Name: "u", Password: "pw",
		Rules: "~* resetchannels &free* +@all"}}}
	clients.OwnServer(t, o, func(t *clients.Test) {
		rdb := clients.New(t, redpoll.Options{Addr: t.Server.Addr(), Protocol: t.Proto, Username: "u",
			Password: "pw"})
		for _, shared := range []bool{false, true} {
			sub := open(t, rdb, redpoll.PubSubOptions{Shared: shared, HideConfirmations: true})
			other := open(t, rdb, redpoll.PubSubOptions{Shared: shared, HideConfirmations: true})
			ok(t, sub.Subscribe(guarded(t), "free"))
			var calls sync.WaitGroup
			for range 10 {
				calls.Go(func() { is(t, sub.Subscribe(guarded(t), "secret", "free1"), redpoll.ErrNoPerm) })
				calls.Go(func() { is(t, sub.PSubscribe(guarded(t), "*"), redpoll.ErrNoPerm) })
				calls.Go(func() { is(t, sub.SSubscribe(guarded(t), "secret"), redpoll.ErrNoPerm) })
				calls.Go(func() { ok(t, sub.PSubscribe(guarded(t), "free*")) })
				calls.Go(func() { ok(t, other.Subscribe(guarded(t), "free")) })
				calls.Go(func() { ok(t, sub.CheckHealth(guarded(t))) })
			}
			calls.Wait()
			publish(t, t.Server, "free", "x")
			want(t, other, "message free x")
			want(t, sub, "message free x", "pmessage free* free x")
			if got := len(sub.Channels()) + len(sub.Patterns()) + len(sub.ShardChannels()); got != 2 {
				t.Errorf("%d names are subscribed, want 2", got)
			}
			if s := sub.Stats(); s.Gaps > 0 {
				t.Errorf("the counters are %+v", s)
			}
			ok(t, sub.Close())
			ok(t, other.Close())
		}
	})
}
