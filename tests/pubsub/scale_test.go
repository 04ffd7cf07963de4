package pubsub_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// A thousand subscribers, half of them with connections of their own, come back when the server does.
func TestAThousandComeBack(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		const n = 1000
		// A server that gets so many connections at once may be slow to take them.
		rdb := clients.New(t, redpoll.Options{Addr: t.Server.Addr(), Protocol: t.Proto,
			DialTimeout: redpoll.Forever})
		var all sync.WaitGroup
		ready, back := make(chan struct{}, n), make(chan struct{}, n)
		for i := range n {
			sub := open(t, rdb, redpoll.PubSubOptions{Shared: i%2 == 0, HideConfirmations: true,
				SilenceTimeout: redpoll.Forever})
			all.Go(func() {
				c := "c" + strconv.Itoa(i%10)
				err := sub.Subscribe(guarded(t), c, "end")
				ready <- struct{}{}
				if err != nil {
					t.Error(err)
					back <- struct{}{}
					return
				}
				gaps, restored := 0, 0
				for m, err := range sub.Listen(guarded(t)) {
					switch {
					case err != nil:
						t.Errorf("subscriber %d: %v", i, err)
						back <- struct{}{}
						return
					case m.Kind == redpoll.KindGap:
						gaps++
					case m.Kind == redpoll.KindRestored:
						restored++
						back <- struct{}{}
					case m.Channel == c && m.Payload == c:
						_ = sub.Close()
					case m.Channel == c:
						t.Errorf("subscriber %d of %s got %s", i, c, m.Payload)
					}
				}
				if gaps == 0 || restored != 1 {
					t.Errorf("subscriber %d had %d gaps and came back %d times", i, gaps, restored)
				}
			})
		}
		for range n {
			<-ready
		}
		t.Server.Kill()
		t.Server.Restart()
		for range n {
			<-back
		}
		if s := rdb.Stats().Streams; s != n/2+1 {
			t.Errorf("%d connections, want %d", s, n/2+1)
		}
		for i := range 10 {
			c := "c" + strconv.Itoa(i)
			// Even channels have their subscribers on the shared connection.
			if got, want := t.Server.Do("PUBLISH", c, c), int64(1+99*(i%2)); got != want {
				t.Errorf("%s reached %v connections, want %d", c, got, want)
			}
		}
		all.Wait()
	})
}

// A million deliveries, to 100 objects that stop reading while their small queues are full: none is lost, and
// none comes twice. With the race detector, which makes everything slow, it is a tenth of that.
func TestAMillionDeliveries(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	srv.Do("CONFIG", "SET", "client-output-buffer-limit", "pubsub 0 0 0")
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr()})
	const objects = 100
	ctx, cancel := context.WithTimeout(background, 10*hangGuard) // a busy machine needs its time for so many
	defer cancel()
	messages := 10_000
	if raceEnabled {
		messages /= 10
	}
	var all sync.WaitGroup
	for range objects {
		o := redpoll.PubSubOptions{QueueMessages: 100, HideConfirmations: true, Overflow: redpoll.QueueWait,
			SilenceTimeout: redpoll.Forever}
		sub := open(t, rdb, o)
		ok(t, sub.Subscribe(guarded(t), "c"))
		all.Go(func() {
			for i := range messages {
				m, err := sub.Message(ctx)
				if err != nil || m.Payload != strconv.Itoa(i) {
					t.Errorf("got %q, %v in the place of %d", short(m), err, i)
					return
				}
			}
			if s := sub.Stats(); s.Delivered != uint64(messages) || s.Dropped+s.Gaps > 0 {
				t.Errorf("the counters are %+v", s)
			}
		})
	}
	const part = 1000
	for begin := 0; begin < messages; begin += part {
		p := rdb.Pipeline(redpoll.NoTransaction)
		for i := range part {
			p.Publish("c", begin+i)
		}
		ok(t, p.Exec(ctx))
	}
	all.Wait()
}

// While a reader sleeps what waits stays within the bound of bytes: the server keeps the rest, or it is
// dropped.
func TestBytesThatWait(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		t.Server.Do("CONFIG", "SET", "client-output-buffer-limit", "pubsub 0 0 0")
		const bound, size, n = 1 << 20, 16 << 10, 1000 // 16 times the bound
		o := redpoll.PubSubOptions{QueueBytes: bound, HideConfirmations: true,
			SilenceTimeout: redpoll.Forever}
		waits := open(t, t.Client, o)
		o.Overflow = redpoll.QueueDropOldest
		drops := open(t, t.Client, o)
		o.Shared = true
		shared := open(t, t.Client, o)
		all := []*redpoll.PubSub{waits, drops, shared}
		for _, sub := range all {
			ok(t, sub.Subscribe(guarded(t), "c"))
		}
		payload := strings.Repeat("x", size)
		p := t.Client.Pipeline(redpoll.NoTransaction)
		for range n {
			p.Publish("c", payload)
		}
		ok(t, p.Exec(guarded(t)))
		redpolltest.Await(t, "all has come that is taken", func() bool {
			return waits.Stats().WaitingBytes >= bound && drops.Stats().Received == n &&
				shared.Stats().Received == n
		})
		// Messages that came in one read are taken together.
		if s := waits.Stats(); s.WaitingBytes > 2*bound || s.Dropped > 0 {
			t.Errorf("the counters of the one that waits are %+v", s)
		}
		for _, sub := range all[1:] {
			s := sub.Stats()
			if s.WaitingBytes > bound || s.Dropped == 0 {
				t.Errorf("the counters of one that drops are %+v", s)
			}
			m, err := sub.Message(guarded(t))
			if err != nil || m.Kind != redpoll.KindGap || m.Gap.Dropped != s.Dropped {
				t.Errorf("got %q with %+v, %v", short(m), m.Gap, err)
			}
		}
		for range n {
			m, err := waits.Message(guarded(t))
			if err != nil || len(m.Payload) != size {
				t.Fatalf("got %v with %d bytes, %v", m.Kind, len(m.Payload), err)
			}
		}
	})
}

// A thousand idle objects that share a connection keep less than 1 MiB. Not in parallel: the heap of other
// tests would be counted.
func TestAllocatedByIdleObjects(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes how much memory is kept; " +
			"make test runs this test once more without it")
	}
	srv := redpolltest.Shared(t)
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr()})
	heap := func() int64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	const many = 1000
	ctx := guarded(t)
	names := make([]string, many)
	for i := range names {
		names[i] = fmt.Sprint(name(t, "c"), i)
	}
	before := heap()
	subs := make([]*redpoll.PubSub, many)
	for i := range subs {
		sub, err := rdb.PubSubWith(redpoll.PubSubOptions{Shared: true})
		ok(t, errors.Join(err, sub.Subscribe(ctx, names[i])))
		if _, err := sub.Message(ctx); err != nil {
			t.Fatal(err)
		}
		subs[i] = sub
	}
	kept := heap() - before
	t.Logf("%d idle objects keep %d KiB", many, kept>>10)
	if n := rdb.Stats().Streams; n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
	if kept > 1<<20 {
		t.Errorf("%d idle objects keep %d bytes, want less than 1 MiB", many, kept)
	}
	for _, sub := range subs {
		_ = sub.Close()
	}
}
