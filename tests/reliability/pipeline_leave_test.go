package reliability_test

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// held starts a server that answers a batch with the text before, and with the text after when goOn is
// called.
func held(t *testing.T, before, after string) (p *redpolltest.Peer, goOn func()) {
	let := make(chan struct{})
	p = redpolltest.Scripted(t, func(nc net.Conn) {
		c := redpolltest.WrapConn(nc)
		for {
			args, err := c.Command()
			if err != nil {
				return
			}
			answer := map[string]string{"HELLO": "%1\r\n+proto\r\n:3\r\n", "ECHO": "$5\r\nother\r\n",
				"PING": "+PONG\r\n"}[args[0]]
			if args[0] == "EXEC" || args[0] == "LAST" {
				if _, err = c.Write([]byte(before)); err != nil {
					return
				}
				<-let
				answer = after
			}
			if _, err := c.Write([]byte(answer)); err != nil {
				return
			}
		}
	})
	return p, sync.OnceFunc(func() { close(let) })
}

// A pipeline that is given up in the middle of its replies does not disturb others on its connection: their
// replies stay in step. The results of its handles do not change any more.
func TestGivenUpPipelineHarmsNobody(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name          string
		plain         bool
		before, after string
		came          int // replies that have arrived
	}{
		{"plain, none", true, "", "$1\r\na\r\n$1\r\nb\r\n+c\r\n", 0},
		{"plain, one", true, "$1\r\na\r\n", "$1\r\nb\r\n+c\r\n", 1},
		{"plain, one and a half", true, "$1\r\na\r\n$1\r\n", "b\r\n+c\r\n", 1},
		{"plain, all but the last", true, "$1\r\na\r\n$1\r\nb\r\n+", "c\r\n", 2},
		{"transaction, none", false, "", good2, 0},
		{"transaction, between", false, "+OK\r\n+QUEUED\r\n", "+QUEUED\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n", 0},
		{"transaction, before EXEC", false, queued2, "*2\r\n$1\r\na\r\n$1\r\nb\r\n", 0},
		{"transaction, in the header", false, queued2 + "*2", "\r\n$1\r\na\r\n$1\r\nb\r\n", 0},
		{"transaction, behind the header", false, queued2 + "*2\r\n", "$1\r\na\r\n$1\r\nb\r\n", 0},
		{"transaction, one", false, queued2 + "*2\r\n$1\r\na\r\n", "$1\r\nb\r\n", 1},
		{"transaction, then nothing of it", false, queued2, "*-1\r\n", 0},
		{"transaction, then an error", false, queued2, "-ERR no\r\n", 0},
	} {
		for _, ending := range []string{"cancel", "deadline"} {
			t.Run(tt.name+"/"+ending, func(t *testing.T) {
				t.Parallel()
				var wire testkit.Tap
				p, goOn := held(t, tt.before, tt.after)
				defer goOn()
				rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), Protocol: 3, Dialer: wire.Dial})
				clients.Usable(t, rdb)
				before, _ := wire.Taken()
				var opts []redpoll.PipelineOption
				if tt.plain {
					opts = append(opts, redpoll.NoTransaction)
				}
				pipe := rdb.Pipeline(opts...)
				a, b := pipe.Get("a"), pipe.GetDel("b")
				if tt.plain {
					lastOf(pipe)
				}
				ctx, cancel := context.WithCancel(t.Context())
				done, others := make(chan error, 1), make(chan error, 4)
				if ending == "deadline" {
					cancel()
					ctx, cancel = context.WithTimeout(t.Context(), clients.Brief)
				}
				go func() { done <- pipe.Exec(ctx) }()
				came := func() bool {
					taken, waits := wire.Taken()
					return taken == before+len(tt.before) && waits
				}
				redpolltest.Await(t, "the replies have come",
					func() bool { return came() || ctx.Err() != nil })
				inTime := ctx.Err() == nil // false only on a very busy machine
				for range cap(others) {
					go func() {
						v, err := rdb.Echo(context.Background(), "x")
						if err == nil && v != "other" {
							err = fmt.Errorf("another caller got %q", v)
						}
						others <- err
					}()
				}
				if ending == "cancel" {
					redpolltest.Await(t, "the others are queued",
						func() bool { return rdb.Stats().Commands >= 2+4 })
					cancel()
				}
				err := <-done
				cancel()
				clients.MaybeExecuted(ctx.Err()).Check(t, err)
				for i, h := range []*redpoll.Reply[string]{a, b} {
					if want := []string{"a", "b"}[i]; i < tt.came && !inTime && h.Err() != nil {
						clients.MaybeExecuted(ctx.Err()).Check(t, h.Err())
					} else if i < tt.came && (h.Val() != want || h.Err() != nil) {
						t.Errorf("handle %d has %q, %v", i, h.Val(), h.Err())
					} else if i >= tt.came {
						clients.MaybeExecuted(ctx.Err()).Check(t, h.Err())
					}
				}
				said := fmt.Sprint(a, b, pipe.Results())
				pipe.Discard()
				goOn()
				for range cap(others) {
					if err := <-others; err != nil {
						t.Error(err)
					}
				}
				clients.Usable(t, rdb)
				if now := fmt.Sprint(a, b, pipe.Results()); now != said {
					t.Errorf("the handles have changed from %s to %s", said, now)
				}
				if n := p.Accepted(); n != 1 {
					t.Errorf("%d connections", n)
				}
			})
		}
	}
}

// stuckBatches are pipelines that wait for replies.
var stuckBatches = []stuckCall{
	{"transaction", clients.MaybeExecuted(nil), func(ctx context.Context, c *redpoll.Client) error {
		return c.Pipelined(ctx, func(p *redpoll.Pipeline) error { p.Incr("n"); p.Get("k"); return nil })
	}, false},
	{"pipeline", clients.MaybeExecuted(nil), func(ctx context.Context, c *redpoll.Client) error {
		return c.Pipelined(ctx, func(p *redpoll.Pipeline) error { p.Incr("n"); p.Get("k"); return nil },
			redpoll.NoTransaction)
	}, false},
	{"pipeline that blocks", clients.MaybeExecuted(nil), func(ctx context.Context, c *redpoll.Client) error {
		return c.Pipelined(ctx,
			func(p *redpoll.Pipeline) error { p.Incr("n"); p.BLPop(0, "none"); return nil },
			redpoll.NoTransaction)
	}, true},
	{"large pipeline", clients.Unanswered(nil), func(ctx context.Context, c *redpoll.Client) error {
		return c.Pipelined(ctx, func(p *redpoll.Pipeline) error {
			for range 100 {
				p.Set("k", largeValue[:64<<10])
			}
			return nil
		}, redpoll.NoTransaction)
	}, false},
	{"large transaction", clients.Unanswered(nil), func(ctx context.Context, c *redpoll.Client) error {
		return c.Pipelined(ctx, func(p *redpoll.Pipeline) error {
			for range 100 {
				p.Set("k", largeValue[:64<<10])
			}
			return nil
		})
	}, false},
}

// A pipeline ends with its context, whatever has happened to the server.
func TestContextEndsAPipeline(t *testing.T) {
	t.Parallel()
	for _, kind := range clients.WireKinds {
		for trouble, make := range map[string]func(w *clients.Wire){
			"server stands still": func(w *clients.Wire) { w.Server.Pause() },
			"requests vanish":     func(w *clients.Wire) { w.Proxy.BlackHole(redpolltest.ToServer) },
			"replies vanish":      func(w *clients.Wire) { w.Proxy.BlackHole(redpolltest.ToClient) },
			"some replies come": func(w *clients.Wire) {
				w.Proxy.Truncate(redpolltest.ToClient, 5, redpolltest.FromNow)
			},
		} {
			if kind != "TCP" && trouble != "server stands still" {
				continue
			}
			t.Run(kind+"/"+trouble, func(t *testing.T) {
				t.Parallel()
				w := clients.NewWire(t, kind)
				for _, call := range stuckBatches {
					if trouble == "replies vanish" && strings.HasPrefix(call.name, "large") {
						continue // the same as small ones there
					}
					t.Run(call.name, func(t *testing.T) {
						after := 20 * time.Millisecond
						if strings.HasPrefix(call.name, "large") {
							after = 100 * time.Millisecond // the race detector encodes it slowly
						}
						endsPromptly(t, call, after, func(t *testing.T) func(context.Context) error {
							w.Server.Resume()
							w.Proxy.Clear()
							c := w.Client(t)
							warmBoth(t, c)
							make(w)
							return func(ctx context.Context) error { return call.run(ctx, c) }
						})
						w.Server.Resume()
					})
				}
			})
		}
	}
}

// Requests and replies may be larger than the buffers of both sides: replies are read while the pipeline is
// written.
func TestLargePipelineStreams(t *testing.T) {
	t.Parallel()
	for _, kind := range clients.WireKinds {
		for _, mode := range [][]redpoll.PipelineOption{nil, {redpoll.NoTransaction}} {
			t.Run(fmt.Sprint(kind, "/", mode), func(t *testing.T) {
				t.Parallel()
				w := clients.NewWire(t, kind)
				c := w.Client(t)
				pipe := c.Pipeline(mode...)
				text := strings.Repeat("0123456789abcdef", 4<<10) // 64 KiB
				const n = 400
				list := make([]*redpoll.Reply[string], n)
				for i := range list {
					list[i] = pipe.Echo(fmt.Sprint(i) + text)
				}
				stop := make(chan struct{})
				var beside sync.WaitGroup
				beside.Go(func() { // other callers are served meanwhile
					for {
						if err := c.Ping(background); err != nil {
							t.Error(err)
						}
						select {
						case <-stop:
							return
						default:
						}
					}
				})
				if err := pipe.Exec(t.Context()); err != nil {
					t.Error(err)
				}
				close(stop)
				beside.Wait()
				for i, h := range list {
					if h.Err() != nil || h.Val() != fmt.Sprint(i)+text {
						t.Fatalf("command %d: %d bytes, %v", i, len(h.Val()), h.Err())
					}
				}
			})
		}
	}
}

func TestManyCommandsInOnePipeline(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"TCP", "RESP2", "TLS"} {
		for _, mode := range [][]redpoll.PipelineOption{nil, {redpoll.NoTransaction}} {
			t.Run(fmt.Sprint(kind, "/", mode), func(t *testing.T) {
				t.Parallel()
				w := clients.NewWire(t, kind)
				c := w.Client(t)
				pipe := c.Pipeline(mode...)
				const n = 100_000
				list := make([]*redpoll.Reply[int64], n)
				for i := range list {
					list[i] = pipe.Incr("n")
				}
				if err := pipe.Exec(t.Context()); err != nil {
					t.Fatal(err)
				}
				for i, h := range list {
					if h.Err() != nil || h.Val() != int64(i+1) {
						t.Fatalf("command %d gave %d, %v", i, h.Val(), h.Err())
					}
				}
			})
		}
	}
}

// A large pipeline is not copied: sending it takes next to no memory, not even over TLS or to a slow server.
// Not parallel: the test measures the process.
func TestLargePipelineIsNotCopied(t *testing.T) {
	srv := redpolltest.Start(t, redpolltest.ServerOptions{TLS: true})
	for kind, opts := range map[string]redpoll.Options{
		"TCP": {Addr: srv.Addr()},
		"TLS": {Addr: srv.TLSAddr(), TLS: srv.ClientTLS()},
	} {
		rdb := clients.New(t, opts)
		warmBoth(t, rdb)
		text := strings.Repeat("x", 100_000)
		const n = 640
		least := uint64(1 << 60)
		for range 3 {
			pipe := rdb.Pipeline(redpoll.NoTransaction)
			for range n {
				pipe.Set("k", text)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			if err := pipe.Exec(t.Context()); err != nil {
				t.Fatal(err)
			}
			runtime.ReadMemStats(&after)
			least = min(least, after.TotalAlloc-before.TotalAlloc)
		}
		if least > uint64(len(text)*n/4) {
			t.Errorf("%s: %d bytes were allocated to send %d", kind, least, len(text)*n)
		}
	}
}

// The reply to a large transaction is decoded piece by piece: it takes little memory besides the results. Not
// parallel: the test measures the process.
func TestReplyOfALargeTransactionIsNotHeldWhole(t *testing.T) {
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr()})
	const size, n = 100_000, 640
	srv.Do("SET", "k", strings.Repeat("x", size))
	clients.Usable(t, rdb)
	least := uint64(1 << 60)
	for range 3 {
		pipe := rdb.Pipeline()
		for range n {
			pipe.Get("k")
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := pipe.Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	if least > size*n*5/4 {
		t.Errorf("%d bytes were allocated for results of %d", least, size*n)
	}
}
