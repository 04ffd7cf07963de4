package reliability_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// cutCommand is a command that is cut.
type cutCommand struct {
	name string // name of the command on the server
	via  string // "Do", or empty for the method
	read bool
	// Ok reports whether the reply is right.
	run func(ctx context.Context, c *redpoll.Client, key string) (ok bool, err error)
}

var cutCommands = []cutCommand{
	{name: "INCR", run: func(ctx context.Context, c *redpoll.Client, key string) (bool, error) {
		n, err := c.Incr(ctx, key)
		return n == 1, err
	}},
	{name: "SET", run: func(ctx context.Context, c *redpoll.Client, key string) (bool, error) {
		return true, c.Set(ctx, key, "v")
	}},
	{name: "GET", read: true, run: func(ctx context.Context, c *redpoll.Client, key string) (bool, error) {
		v, err := c.Get(ctx, key)
		return v == "there", err
	}},
	{name: "LPUSH", run: func(ctx context.Context, c *redpoll.Client, key string) (bool, error) {
		n, err := c.LPush(ctx, key, "e")
		return n == 1, err
	}},
	{name: "INCR", via: "Do", run: func(ctx context.Context, c *redpoll.Client, key string) (bool, error) {
		v, err := c.Do(ctx, "INCR", key)
		n, _ := v.Int()
		return n == 1, err
	}},
}

// cutter runs commands over a wire that is cut meanwhile.
type cutter struct {
	*clients.Wire
	mon  *redpolltest.Monitor // nil if lists are counted by their elements
	keys int
}

// key returns an unused key. All keys have the same length. For reads the key exists.
func (x *cutter) key(cmd *cutCommand) string {
	x.keys++
	key := fmt.Sprintf("k%06d", x.keys)
	if cmd.read {
		x.Server.Do("SET", key, "there")
	}
	return key
}

// length returns the number of bytes of the command in each direction.
func (x *cutter) length(t *testing.T, c *redpoll.Client, cmd *cutCommand) (request, reply int64) {
	t.Helper()
	clients.Warm(t, c)
	key := x.key(cmd)
	request, reply = x.Proxy.Bytes(redpolltest.ToServer), x.Proxy.Bytes(redpolltest.ToClient)
	if ok, err := cmd.run(t.Context(), c, key); err != nil || !ok {
		t.Fatalf("%s without a cut: %v, right reply: %v", cmd.name, err, ok)
	}
	return x.Proxy.Bytes(redpolltest.ToServer) - request, x.Proxy.Bytes(redpolltest.ToClient) - reply
}

// executions returns how often the server ran the command on the key.
func (x *cutter) executions(cmd *cutCommand, key string) (n int) {
	if x.mon == nil {
		length, _ := x.Server.Do("LLEN", key).(int64)
		return int(length)
	}
	for _, args := range x.mon.Commands() {
		if strings.EqualFold(args[0], cmd.name) && len(args) > 1 && args[1] == key {
			n++
		}
	}
	return n
}

// cut runs the command once while the wire is cut, and compares the outcome with the executions on the
// server.
func (x *cutter) cut(
	t *testing.T, c *redpoll.Client, cmd *cutCommand, retries bool, arm func() *redpolltest.Fault,
) error {
	t.Helper()
	clients.Warm(t, c)
	key := x.key(cmd)
	if x.mon != nil {
		x.mon.Reset()
	}
	fault := arm()
	ok, err := cmd.run(t.Context(), c, key)
	fault.Wait()
	x.compare(t, fmt.Sprint(cmd.name, " ", fault), cmd, key, ok, err)
	if retries && cmd.read && err != nil {
		t.Errorf("%s %v: a read is repeated, got %v", cmd.name, fault, err)
	}
	return err
}

// compare checks that the error, its outcome and the number of executions agree.
func (x *cutter) compare(t *testing.T, what string, cmd *cutCommand, key string, ok bool, err error) {
	t.Helper()
	ran := x.executions(cmd, key)
	if ran > 1 && !cmd.read {
		t.Errorf("%s: executed %d times", what, ran)
	}
	if cmd.name == "INCR" && ran == 1 && x.Server.Do("GET", key) != "1" {
		t.Errorf("%s: the counter is %v after one execution", what, x.Server.Do("GET", key))
	}
	if err == nil {
		if ran == 0 || !ok {
			t.Errorf("%s: reported as done, executed %d times, right reply: %v", what, ran, ok)
		}
		return
	}
	clients.Unanswered(nil).Check(t, err)
	var ce *redpoll.ConnError
	if errors.As(err, &ce) && ce.Command != cmd.name {
		t.Errorf("%s: the error %q is about %q", what, err, ce.Command)
	}
	if errors.Is(err, redpoll.ErrNotSent) && ran > 0 {
		t.Errorf("%s: reported as not sent, executed %d times: %v", what, ran, err)
	}
}

// If the wire is cut behind any byte of a request or of a reply, a write runs once at most, and the outcome
// of its error is true.
//
// Covers: F118, F129
func TestOutcomeIsTrueWhereverTheWireIsCut(t *testing.T) {
	t.Parallel()
	for _, kind := range clients.WireKinds {
		commands := cutCommands
		if kind != "TCP" {
			commands = commands[:3] // here only the wire matters
		}
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			for _, retries := range []bool{false, true} {
				t.Run(fmt.Sprintf("retries=%v", retries), func(t *testing.T) {
					t.Parallel()
					w := clients.NewWire(t, kind)
					x := &cutter{Wire: w, mon: w.Server.Monitor()}
					c := w.Client(t, func(o *redpoll.Options) { o.NoRetry = !retries })
					for i := range commands {
						x.cutEverywhere(t, c, &commands[i], retries)
					}
				})
			}
		})
	}
}

func (x *cutter) cutEverywhere(t *testing.T, c *redpoll.Client, cmd *cutCommand, retries bool) {
	request, reply := x.length(t, c, cmd)
	for _, how := range []redpolltest.How{redpolltest.Close, redpolltest.Reset} {
		for n := range request + 1 {
			x.cut(t, c, cmd, retries, func() *redpolltest.Fault {
				return x.Proxy.CutAfter(redpolltest.ToServer, n, how, redpolltest.FromNow, redpolltest.Once)
			})
		}
		for n := range reply + 1 {
			err := x.cut(t, c, cmd, retries, func() *redpolltest.Fault {
				return x.Proxy.CutAfter(redpolltest.ToClient, n, how, redpolltest.FromNow, redpolltest.Once)
			})
			if how == redpolltest.Close && err != nil && !errors.Is(err, io.EOF) {
				t.Errorf("%s, reply cut after %d bytes: the server closed the connection, the error says %v",
					cmd.name, n, err)
			}
			if n < reply && !retries && !errors.Is(err, redpoll.ErrMaybeExecuted) {
				t.Errorf("%s, reply cut after %d bytes: got %v", cmd.name, n, err)
			}
		}
		for _, n := range []int64{request - 1, request} {
			x.cut(t, c, cmd, retries, func() *redpolltest.Fault {
				return x.Proxy.CutAfter(redpolltest.ToServer, n, how, redpolltest.FromNow, redpolltest.Once,
					redpolltest.AfterReplies)
			})
		}
	}
}

// If the connection breaks during the handshake, the command was not sent. It is retried, succeeds and runs
// once. Without retries its outcome is NotSent.
func TestHandshakeCutAtAnyByte(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"TCP", "exclusive", "unix socket"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := clients.NewWire(t, kind)
			w.Options.DB, w.Options.ClientName = 1, "name"
			w.Server.DB = 1
			x := &cutter{Wire: w, mon: w.Server.Monitor()}
			measure := w.Client(t)
			clients.Warm(t, measure)
			// Without the PING, which has a request of 14 bytes and a reply of 7.
			lengths := map[redpolltest.Direction]int64{
				redpolltest.ToServer: w.Proxy.Bytes(redpolltest.ToServer) - 14,
				redpolltest.ToClient: w.Proxy.Bytes(redpolltest.ToClient) - 7,
			}
			for dir, length := range lengths {
				for n := range length {
					how := redpolltest.How(n % 2)
					x.cutHandshake(t, dir, n, how, false)
					x.cutHandshake(t, dir, n, how, true)
				}
			}
		})
	}
}

func (x *cutter) cutHandshake(
	t *testing.T, dir redpolltest.Direction, n int64, how redpolltest.How, retries bool,
) {
	t.Helper()
	c, err := redpoll.New(func() redpoll.Options { o := x.Options; o.NoRetry = !retries; return o }())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	cmd := &cutCommands[0]
	key := x.key(cmd)
	x.mon.Reset()
	fault := x.Proxy.CutAfter(dir, n, how, redpolltest.FromNow, redpolltest.Once)
	ok, err := cmd.run(t.Context(), c, key)
	fault.Lift()
	what := fmt.Sprintf("handshake, %v, retries: %v", fault, retries)
	x.compare(t, what, cmd, key, ok, err)
	switch {
	case retries && err != nil:
		t.Errorf("%s: %v", what, err)
	case err != nil && !errors.Is(err, redpoll.ErrNotSent):
		t.Errorf("%s: the command itself was never sent: %v", what, err)
	}
}

// A large request that is cut in the middle was not sent, unless the system has taken all of it.
func TestLargeRequestIsCut(t *testing.T) {
	t.Parallel()
	for _, kind := range clients.WireKinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := clients.NewWire(t, kind)
			x := &cutter{Wire: w}
			large := []byte(strings.Repeat("0123456789abcdef", 256<<10)) // 4 MiB
			cmd := &cutCommand{
				name: "LPUSH", run: func(ctx context.Context, c *redpoll.Client, key string) (bool, error) {
					n, err := c.LPush(ctx, key, large)
					return n == 1, err
				},
			}
			for _, retries := range []bool{false, true} {
				c := w.Client(t, func(o *redpoll.Options) { o.NoRetry = !retries })
				for _, n := range []int64{0, 100, 1 << 20, 3 << 20} {
					for _, how := range []redpolltest.How{redpolltest.Close, redpolltest.Reset} {
						x.cut(t, c, cmd, retries, func() *redpolltest.Fault {
							return w.Proxy.CutAfter(redpolltest.ToServer, n, how, redpolltest.FromNow,
								redpolltest.Once)
						})
					}
				}
			}
			if kind != "TCP" && kind != "exclusive" {
				return
			}
			// The proxy reads 256 KiB and no more, so the rest stays on this side.
			c := w.Client(t, clients.NoRetry)
			clients.Warm(t, c)
			w.Proxy.Hold(redpolltest.ToServer)
			done := make(chan error, 1)
			go func() { _, err := c.LPush(background, "held", large, large, large, large); done <- err }()
			w.Proxy.Await(func() bool { return w.Proxy.Arrived(redpolltest.ToServer) > 256<<10 })
			w.Proxy.DropAll(redpolltest.Reset)
			clients.NotSent(nil).Check(t, <-done)
			w.Proxy.Clear()
			if n := w.Server.Do("LLEN", "held"); n != int64(0) {
				t.Errorf("reported as not sent, the list has %v elements", n)
			}
		})
	}
}
