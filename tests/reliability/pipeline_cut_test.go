package reliability_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// cutBatch is a pipeline of three commands that is cut.
type cutBatch struct {
	name  string
	plain bool
	read  bool
	ends  [3]int64 // end of each reply on the wire, RESP3
}

var cutBatches = []cutBatch{
	{name: "transaction", ends: [3]int64{5 + 27 + 4 + 5, 5 + 27 + 4 + 9, 5 + 27 + 4 + 13}},
	{name: "pipeline", plain: true, ends: [3]int64{5, 9, 13}},
	{name: "reads", plain: true, read: true, ends: [3]int64{15, 30, 45}},
}

// ran is what the handles of the three commands report.
type ran struct {
	exec    error
	handles [3]error
	right   [3]bool // the reply is the right one
	empty   [3]bool // there is not a reply
}

func (b *cutBatch) run(ctx context.Context, c *redpoll.Client, key string) (r ran) {
	var opts []redpoll.PipelineOption
	if b.plain {
		opts = append(opts, redpoll.NoTransaction)
	}
	pipe := c.Pipeline(opts...)
	if b.read {
		var n [3]*redpoll.Reply[string]
		for i := range n {
			n[i] = pipe.Echo(key + cutKeys[i])
		}
		r.exec = pipe.Exec(ctx)
		for i, h := range n {
			r.handles[i], r.right[i], r.empty[i] = h.Err(), h.Val() == key+cutKeys[i], h.Val() == ""
		}
		return r
	}
	set := pipe.Set(key+cutKeys[0], "v")
	incr := pipe.Incr(key + cutKeys[1])
	push := pipe.LPush(key+cutKeys[2], "e")
	r.exec = pipe.Exec(ctx)
	r.handles = [3]error{set.Err(), incr.Err(), push.Err()}
	r.right = [3]bool{true, incr.Val() == 1, push.Val() == 1}
	r.empty = [3]bool{true, incr.Val() == 0, push.Val() == 0}
	return r
}

var cutKeys = [3]string{".a", ".b", ".c"}

// cutBatch runs the batch once while the wire is cut, and compares its handles with the executions on the
// server.
func (x *cutter) cutBatch(
	t *testing.T, c *redpoll.Client, b *cutBatch, retries bool, arm func() *redpolltest.Fault,
) ran {
	t.Helper()
	clients.Warm(t, c)
	x.keys++
	key := fmt.Sprintf("k%06d", x.keys)
	x.mon.Reset()
	fault := arm()
	r := b.run(t.Context(), c, key)
	fault.Wait()
	var times [3]int
	for _, args := range x.mon.Commands() {
		for i := range times {
			if len(args) > 1 && args[1] == key+cutKeys[i] {
				times[i]++
			}
		}
	}
	what := fmt.Sprint(b.name, " ", fault)
	if !b.plain && (times[0] != times[1] || times[1] != times[2]) {
		t.Errorf("%s: a part of the transaction was executed: %v", what, times)
	}
	for i, n := range times {
		if n > 1 && !b.read {
			t.Errorf("%s: command %d was executed %d times", what, i, n)
		}
		x.compareHandle(t, fmt.Sprint(what, ", command ", i), r, i, n)
	}
	switch {
	case r.exec == nil:
		if r.handles != [3]error{} {
			t.Errorf("%s: Exec has no error, the handles say %v", what, r.handles)
		}
		return r
	case errors.Is(r.exec, redpoll.ErrNotSent):
		if times != [3]int{} {
			t.Errorf("%s: reported as not sent, executed %v", what, times)
		}
		if retries {
			t.Errorf("%s: not sent and not repeated: %v", what, r.exec)
		}
	case b.read && retries:
		t.Errorf("%s: a pipeline of reads is repeated, got %v", what, r.exec)
	}
	clients.Unanswered(nil).Check(t, r.exec)
	var ce *redpoll.ConnError
	if errors.As(r.exec, &ce) && ce.Command != "transaction" && ce.Command != "pipeline" {
		t.Errorf("%s: the error is about %q", what, ce.Command)
	}
	return r
}

// compareHandle checks that a handle and the number of executions agree.
func (x *cutter) compareHandle(t *testing.T, what string, r ran, i, times int) {
	t.Helper()
	err := r.handles[i]
	if err == nil {
		if times == 0 || !r.right[i] {
			t.Errorf("%s: reported as done, executed %d times, right reply: %v", what, times, r.right[i])
		}
		return
	}
	clients.Unanswered(nil).Check(t, err)
	if errors.Is(err, redpoll.ErrNotSent) && times > 0 {
		t.Errorf("%s: reported as not sent, executed %d times: %v", what, times, err)
	}
	if errors.Is(r.exec, redpoll.ErrNotSent) && !errors.Is(err, redpoll.ErrNotSent) {
		t.Errorf("%s: Exec says %v, the handle %v", what, r.exec, err)
	}
	if !r.empty[i] {
		t.Errorf("%s: a failed command has a result", what)
	}
}

// Wherever the wire is cut, a transaction is executed as a whole or not at all, and each command of a plain
// pipeline once at most. The errors of Exec and of every handle are true.
//
// Covers: F180
func TestOutcomesOfAPipelineAreTrueWhereverTheWireIsCut(t *testing.T) {
	t.Parallel()
	for _, kind := range clients.WireKinds {
		for _, retries := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/retries=%v", kind, retries), func(t *testing.T) {
				t.Parallel()
				w := clients.NewWire(t, kind)
				x := &cutter{Wire: w, mon: w.Server.Monitor()}
				c := w.Client(t, func(o *redpoll.Options) { o.NoRetry, o.RetryWrites = !retries, retries })
				for i := range cutBatches {
					x.cutBatchEverywhere(t, c, &cutBatches[i], kind, retries)
				}
			})
		}
	}
}

func (x *cutter) cutBatchEverywhere(t *testing.T, c *redpoll.Client, b *cutBatch, kind string, retries bool) {
	clients.Warm(t, c)
	request, reply := x.Proxy.Bytes(redpolltest.ToServer), x.Proxy.Bytes(redpolltest.ToClient)
	x.keys++
	if r := b.run(t.Context(), c, fmt.Sprintf("k%06d", x.keys)); r.exec != nil ||
		r.right != [3]bool{true, true, true} {
		t.Fatalf("%s without a cut: %v", b.name, r)
	}
	request, reply = x.Proxy.Bytes(redpolltest.ToServer)-request, x.Proxy.Bytes(redpolltest.ToClient)-reply
	for _, how := range []redpolltest.How{redpolltest.Close, redpolltest.Reset} {
		for n := range request + 1 {
			if kind != "TCP" && (n+int64(how))%2 == 0 {
				continue // here only the wire matters
			}
			x.cutBatch(t, c, b, retries, func() *redpolltest.Fault {
				return x.Proxy.CutAfter(redpolltest.ToServer, n, how, redpolltest.FromNow, redpolltest.Once)
			})
		}
		for n := range reply + 1 {
			r := x.cutBatch(t, c, b, retries, func() *redpolltest.Fault {
				return x.Proxy.CutAfter(redpolltest.ToClient, n, how, redpolltest.FromNow, redpolltest.Once)
			})
			if n < reply && !(retries && b.read) && !errors.Is(r.exec, redpoll.ErrMaybeExecuted) {
				t.Errorf("%s, replies cut after %d bytes: got %v", b.name, n, r.exec)
			}
			if kind == "TLS" || how == redpolltest.Reset {
				continue // the bytes of TLS are not replies, and some replies may be lost
			}
			for i, end := range b.ends {
				if n >= end && r.handles[i] != nil {
					t.Errorf(
						"%s, replies cut after %d bytes: the reply of command %d came, its handle says %v",
						b.name, n, i, r.handles[i])
				}
			}
		}
		for n := request / 2; n <= request; n += 5 {
			x.cutBatch(t, c, b, retries, func() *redpolltest.Fault {
				return x.Proxy.CutAfter(redpolltest.ToServer, n, how, redpolltest.FromNow, redpolltest.Once,
					redpolltest.AfterReplies)
			})
		}
	}
}

// If a large pipeline is cut while it is sent, the commands that have left may have run, and the others are
// not sent.
func TestLargePipelineIsCut(t *testing.T) {
	t.Parallel()
	for _, kind := range clients.WireKinds {
		for _, plain := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/plain=%v", kind, plain), func(t *testing.T) {
				t.Parallel()
				w := clients.NewWire(t, kind)
				c := w.Client(t)
				warmBoth(t, c)
				text := strings.Repeat("0123456789abcdef", 4<<10) // 64 KiB
				for round, after := range []int64{0, 100, 1 << 20, 5 << 20, 9 << 20} {
					var opts []redpoll.PipelineOption
					if plain {
						opts = append(opts, redpoll.NoTransaction)
					}
					pipe := c.Pipeline(opts...)
					list := make([]*redpoll.Status, 160)
					for i := range list {
						list[i] = pipe.Set(fmt.Sprint(round, ".", i), text)
					}
					fault := w.Proxy.CutAfter(redpolltest.ToServer, after, redpolltest.Reset,
						redpolltest.FromNow, redpolltest.Once)
					err := pipe.Exec(t.Context())
					fault.Wait()
					done := 0
					for i, h := range list {
						there := w.Server.Do("EXISTS", fmt.Sprint(round, ".", i)) == int64(1)
						switch {
						case h.Err() == nil:
							done++
							if !there {
								t.Errorf("%d bytes: command %d is said to be done", after, i)
							}
						case errors.Is(h.Err(), redpoll.ErrNotSent) && there:
							t.Errorf("%d bytes: command %d is said to be not sent", after, i)
						}
					}
					if err == nil && done < len(list) || !plain && done != 0 && done != len(list) {
						t.Errorf("%d bytes: Exec says %v, %d commands have their reply", after, err, done)
					}
				}
			})
		}
	}
}

// If a large pipeline is given up while the server does not read, the commands that have certainly not left
// are not sent. Of a transaction these are all commands, because its EXEC has not left.
func TestLargePipelineIsGivenUp(t *testing.T) {
	t.Parallel()
	for _, kind := range clients.WireKinds {
		for _, plain := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/plain=%v", kind, plain), func(t *testing.T) {
				t.Parallel()
				w := clients.NewWire(t, kind)
				c := w.Client(t)
				warmBoth(t, c)
				for _, pinned := range []bool{false, true} {
					on := c
					if pinned {
						one, err := c.Conn(t.Context())
						if err != nil {
							t.Fatal(err)
						}
						defer one.Close()
						on = &one.Client
					}
					giveUpLarge(t, w, on, plain)
				}
			})
		}
	}
}

func giveUpLarge(t *testing.T, w *clients.Wire, c *redpoll.Client, plain bool) {
	t.Helper()
	var opts []redpoll.PipelineOption
	if plain {
		opts = append(opts, redpoll.NoTransaction)
	}
	clients.Warm(t, c)
	text := strings.Repeat("0123456789abcdef", 4<<10) // 64 KiB
	pipe := c.Pipeline(opts...)
	list := make([]*redpoll.Status, 500) // more than the buffers of two sockets hold
	for i := range list {
		list[i] = pipe.Set(fmt.Sprint(i), text)
	}
	w.Proxy.Hold(redpolltest.ToServer)
	arrived := w.Proxy.Arrived(redpolltest.ToServer)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		// The first command has left.
		w.Proxy.Await(func() bool { return w.Proxy.Arrived(redpolltest.ToServer) > arrived+128<<10 })
		cancel()
	}()
	err := pipe.Exec(ctx)
	if !errors.Is(err, context.Canceled) || errors.Is(err, redpoll.ErrNotSent) == plain {
		t.Errorf("Exec gives %v", err)
	}
	w.Proxy.Clear()
	w.Proxy.DropAll(redpolltest.Close)
	for i, h := range list {
		if !plain && !errors.Is(h.Err(), redpoll.ErrNotSent) || !errors.Is(h.Err(), context.Canceled) {
			t.Fatalf("command %d: %v", i, h.Err())
		}
		if i > 0 && errors.Is(list[i-1].Err(), redpoll.ErrNotSent) &&
			!errors.Is(h.Err(), redpoll.ErrNotSent) {
			t.Errorf("command %d is not sent, but the next one %v", i-1, h.Err())
		}
	}
	if last := list[len(list)-1].Err(); !errors.Is(last, redpoll.ErrNotSent) {
		t.Errorf("the last command, which cannot have left: %v", last)
	}
	clients.Usable(t, c)
	for i, h := range list {
		if errors.Is(h.Err(), redpoll.ErrNotSent) && w.Server.Do("EXISTS", fmt.Sprint(i)) != int64(0) {
			t.Errorf("command %d is said to be not sent", i)
		}
	}
	w.Server.Do("FLUSHALL")
}
