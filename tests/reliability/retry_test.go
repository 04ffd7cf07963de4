package reliability_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// A call that was certainly not sent is sent again, without an error for the caller.
//
// Covers: F95, F118
func TestUnsentIsRepeated(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		// trouble makes the next call fail before it is sent. over ends the trouble when the client has met
		// it.
		trouble func(w *clients.Wire, c *redpoll.Client)
		met     func(w *clients.Wire, c *redpoll.Client) bool
		open    bool // the client has a connection before
	}{
		{name: "connection refused", trouble: func(w *clients.Wire, _ *redpoll.Client) { w.Proxy.Refuse() },
			met: func(_ *clients.Wire, c *redpoll.Client) bool { return c.Stats().DialErrors >= 3 }},
		{name: "closed on connect",
			trouble: func(w *clients.Wire, _ *redpoll.Client) { w.Proxy.Reject(redpolltest.Close) },
			met:     func(w *clients.Wire, _ *redpoll.Client) bool { return w.Proxy.Accepted() >= 4 }},
		{name: "reset on connect",
			trouble: func(w *clients.Wire, _ *redpoll.Client) { w.Proxy.Reject(redpolltest.Reset) },
			met:     func(w *clients.Wire, _ *redpoll.Client) bool { return w.Proxy.Accepted() >= 4 }},
		{name: "closed while idle", open: true, trouble: func(w *clients.Wire, _ *redpoll.Client) {
			w.Proxy.DropAll(redpolltest.Close)
			testkit.Unused()
		}},
		{name: "reset while idle", open: true, trouble: func(w *clients.Wire, _ *redpoll.Client) {
			w.Proxy.DropAll(redpolltest.Reset)
			testkit.Unused()
		}},
		{name: "closed while idle, then refused", open: true,
			trouble: func(w *clients.Wire, _ *redpoll.Client) {
				w.Proxy.Refuse()
				w.Proxy.DropAll(redpolltest.Close)
				testkit.Unused()
			}, met: func(_ *clients.Wire, c *redpoll.Client) bool { return c.Stats().DialErrors >= 3 }},
	}
	for _, kind := range clients.WireKinds {
		for _, tc := range cases {
			t.Run(kind+"/"+tc.name, func(t *testing.T) {
				t.Parallel()
				w := clients.NewWire(t, kind)
				c := w.Client(t)
				if tc.open {
					clients.Warm(t, c)
				}
				tc.trouble(w, c)
				done := make(chan error, 1)
				go func() { _, err := c.Incr(background, "n"); done <- err }()
				if tc.met != nil {
					redpolltest.Await(t, "the call has met the trouble",
						func() bool { return tc.met(w, c) || len(done) > 0 })
					if len(done) > 0 {
						t.Fatalf("the call did not wait for better times: %v", <-done)
					}
					w.Proxy.Clear()
				}
				if err := <-done; err != nil {
					t.Errorf("provably not sent, and not repeated: %v", err)
				}
				if n := w.Server.Do("GET", "n"); n != "1" {
					t.Errorf("the counter is %v", n)
				}
			})
		}
	}
}

// With NoRetry the caller gets the error, whose outcome is NotSent.
//
// Covers: F89
func TestNoRetryReportsUnsent(t *testing.T) {
	t.Parallel()
	for _, kind := range clients.WireKinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := clients.NewWire(t, kind)
			mon := w.Server.Monitor()
			incr := func(what string) {
				t.Helper()
				c := w.Client(t, clients.NoRetry)
				_, err := c.Incr(t.Context(), "n")
				if err == nil {
					t.Errorf("%s: no error", what)
					return
				}
				clients.NotSent(nil).Check(t, err)
			}
			w.Proxy.Refuse()
			incr("refused")
			w.Proxy.Reject(redpolltest.Reset)
			incr("reset on connect")
			w.Proxy.Reject(redpolltest.Close)
			incr("closed on connect")
			if n := mon.Count("INCR"); n != 0 {
				t.Errorf("the server ran %d commands that were reported as not sent", n)
			}
		})
	}
}

// A write whose reply was lost is retried only if the options say so and a second run leaves the same state.
// A write that adds to a value is never retried.
func TestLostReplyOfAWrite(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name  string
		asked bool
		run   func(ctx context.Context, c *redpoll.Client) error
		sent  string
		times int
	}{
		{"SET", false, func(ctx context.Context, c *redpoll.Client) error { return c.Set(ctx, "k", 1) },
			"SET", 1},
		{"SET with RetryWrites",
			true, func(ctx context.Context, c *redpoll.Client) error { return c.Set(ctx, "k", 1) }, "SET", 2},
		{"SET NX with RetryWrites", true,
			func(ctx context.Context, c *redpoll.Client) error { return c.Set(ctx, "k", 1, redpoll.NX) },
			"SET", 1},
		{"INCR with RetryWrites", true,
			func(ctx context.Context, c *redpoll.Client) error { _, err := c.Incr(ctx, "k"); return err },
			"INCR", 1},
		{"Do SET NX with RetryWrites", true, func(ctx context.Context, c *redpoll.Client) error {
			_, err := c.Do(ctx, "SET", "k", 1, "NX")
			return err
		}, "SET", 1},
		{"Do unknown with RetryWrites", true, func(ctx context.Context, c *redpoll.Client) error {
			_, err := c.Do(ctx, "NOSUCH", "k")
			return err
		}, "", 0},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := clients.NewWire(t, "TCP")
			mon := w.Server.Monitor()
			c := w.Client(t, func(o *redpoll.Options) { o.RetryWrites = tc.asked })
			clients.Warm(t, c)
			fault := w.Proxy.CutAfter(redpolltest.ToClient, 1, redpolltest.Close, redpolltest.FromNow,
				redpolltest.Once)
			err := tc.run(t.Context(), c)
			fault.Wait()
			if tc.times > 1 {
				if err != nil {
					t.Errorf("not repeated: %v", err)
				}
			} else {
				clients.MaybeExecuted(nil).Check(t, err)
			}
			if tc.sent != "" && mon.Count(tc.sent) != tc.times {
				t.Errorf("executed %d times, want %d", mon.Count(tc.sent), tc.times)
			}
			if accepted := w.Proxy.Accepted(); tc.times == 0 && accepted != 1 {
				t.Errorf("%d connections: an unknown command was repeated", accepted)
			}
		})
	}
}

// The arguments of a write decide whether it may run twice. On a real server the result is that of one run.
func TestLostReplyOfAStore(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		run   func(ctx context.Context, c *redpoll.Client) (int64, error)
		sent  string
		times int
		left  []string // a command that reads the destination, and its reply
	}{
		"SDIFFSTORE b a b": {func(ctx context.Context, c *redpoll.Client) (int64, error) {
			return c.SDiffStore(ctx, "b", "a", "b")
		},
			"SDIFFSTORE", 1, []string{"SORT b", "1 3"}},
		"SDIFFSTORE d a b": {func(ctx context.Context, c *redpoll.Client) (int64, error) {
			return c.SDiffStore(ctx, "d", "a", "b")
		},
			"SDIFFSTORE", 2, []string{"SORT d", "1 3"}},
		"SUNIONSTORE b a b": {func(ctx context.Context, c *redpoll.Client) (int64, error) {
			return c.SUnionStore(ctx, "b", "a", "b")
		},
			"SUNIONSTORE", 2, []string{"SORT b", "1 2 3"}},
		"ZDIFFSTORE y x y": {func(ctx context.Context, c *redpoll.Client) (int64, error) {
			return c.ZDiffStore(ctx, "y", "x", "y")
		},
			"ZDIFFSTORE", 1, []string{"ZRANGE y 0 -1", "1 3"}},
		"ZUNIONSTORE x x y": {func(ctx context.Context, c *redpoll.Client) (int64, error) {
			return c.ZUnionStore(ctx, "x", []string{"x", "y"})
		}, "ZUNIONSTORE", 1, []string{"ZRANGE x 0 -1 WITHSCORES", "1 1 3 3 2 4"}},
		"ZUNIONSTORE d x y": {func(ctx context.Context, c *redpoll.Client) (int64, error) {
			return c.ZUnionStore(ctx, "d", []string{"x", "y"})
		}, "ZUNIONSTORE", 2, []string{"ZRANGE d 0 -1 WITHSCORES", "1 1 3 3 2 4"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := clients.NewWire(t, "TCP")
			for _, line := range []string{"SADD a 1 2 3", "SADD b 2", "ZADD x 1 1 2 2 3 3", "ZADD y 2 2"} {
				w.Server.Do(strings.Fields(line)...)
			}
			mon := w.Server.Monitor()
			c := w.Client(t, func(o *redpoll.Options) { o.RetryWrites = true })
			clients.Warm(t, c)
			fault := w.Proxy.CutAfter(redpolltest.ToClient, 1, redpolltest.Close, redpolltest.FromNow,
				redpolltest.Once)
			_, err := tc.run(t.Context(), c)
			fault.Wait()
			if tc.times == 1 {
				clients.MaybeExecuted(nil).Check(t, err)
			} else if err != nil {
				t.Errorf("not repeated: %v", err)
			}
			if n := mon.Count(tc.sent); n != tc.times {
				t.Errorf("executed %d times, want %d", n, tc.times)
			}
			var left []string
			for _, x := range w.Server.Do(strings.Fields(tc.left[0])...).([]any) {
				left = append(left, x.(string))
			}
			if got := strings.Join(left, " "); got != tc.left[1] {
				t.Errorf("%s gives %q, want %q", tc.left[0], got, tc.left[1])
			}
		})
	}
}

// The same is true for commands that the server may not have. A played server loses their first reply.
func TestLostReplyOfAModulesWrite(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		run    func(ctx context.Context, c *redpoll.Client) error
		sent   string
		answer string
		times  int
	}{
		"by index": {func(ctx context.Context, c *redpoll.Client) error {
			_, err := c.JSONDel(ctx, "k", "$.a[0]")
			return err
		},
			"JSON.DEL", ":1\r\n", 1},
		"by name": {func(ctx context.Context, c *redpoll.Client) error {
			_, err := c.JSONDel(ctx, "k", "$.a")
			return err
		},
			"JSON.DEL", ":1\r\n", 2},
		"setting by index": {func(ctx context.Context, c *redpoll.Client) error {
			return c.JSONSet(ctx, "k", "$.a[0]", 1)
		},
			"JSON.SET", "+OK\r\n", 2},
		"merging a null": {func(ctx context.Context, c *redpoll.Client) error {
			return c.JSONMerge(ctx, "k", "$", `{"a":null}`)
		},
			"JSON.MERGE", "+OK\r\n", 1},
		"a read that begins at the end": {func(ctx context.Context, c *redpoll.Client) error {
			_, err := c.XReadBlock(ctx, time.Second, []redpoll.StreamFrom{{Key: "s", ID: "$"}})
			return err
		}, "XREAD", "*0\r\n", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := testkit.Listen(t, func(n int, args []string) string {
				switch {
				case args[0] != tc.sent:
					return testkit.Friendly(n, args)
				case n == 1:
					return testkit.HangUp
				}
				return tc.answer
			})
			err := tc.run(t.Context(), clients.New(t, redpoll.Options{Addr: p.Addr(), RetryWrites: true}))
			if tc.times == 1 {
				clients.MaybeExecuted(nil).Check(t, err)
			} else if err != nil {
				t.Errorf("not repeated: %v", err)
			}
			if n := p.Count(tc.sent); n != tc.times {
				t.Errorf("sent %d times, want %d", n, tc.times)
			}
		})
	}
}

// If the first attempt of a call may have run, its outcome is not NotSent because its retries were not sent.
func TestOutcomeCoversAllAttempts(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		run  func(ctx context.Context, c *redpoll.Client) error
	}{
		{"SET", func(ctx context.Context, c *redpoll.Client) error { return c.Set(ctx, "k", "v") }},
		{"GET", func(ctx context.Context, c *redpoll.Client) error { _, err := c.Get(ctx, "k"); return err }},
	}
	for _, kind := range []string{"TCP", "exclusive"} {
		for _, tc := range cases {
			t.Run(kind+"/"+tc.name, func(t *testing.T) {
				t.Parallel()
				w := clients.NewWire(t, kind)
				c := w.Client(t, func(o *redpoll.Options) { o.RetryWrites, o.MaxRetries = true, 5 })
				for _, canceled := range []bool{false, true} {
					clients.Warm(t, c)
					w.Proxy.Refuse() // for later connections
					ctx, cancel := context.WithCancel(t.Context())
					fault := w.Proxy.CutAfter(redpolltest.ToClient, 1, redpolltest.Close, redpolltest.FromNow,
						redpolltest.Once)
					if canceled { // in most cases during the retries
						go func() { <-fault.Done(); cancel() }()
					}
					err := tc.run(ctx, c)
					fault.Wait()
					cancel()
					w.Proxy.Clear()
					clients.MaybeExecuted(nil).Check(t, err)
				}
			})
		}
	}
}

// A server that hangs up at HELLO 3 may just be restarting. The client does not conclude that it lacks RESP3.
func TestRestartIsNotTakenForAnOldServer(t *testing.T) {
	t.Parallel()
	w := clients.NewWire(t, "TCP")
	c := w.Client(t)
	for _, n := range []int64{0, 1, 10} {
		fault := w.Proxy.CutAfter(redpolltest.ToServer, n, redpolltest.Close, redpolltest.FromNow,
			redpolltest.Once)
		clients.Warm(t, c)
		fault.Wait()
		w.Proxy.DropAll(redpolltest.Close)
		testkit.Unused()
	}
	v, err := c.Do(t.Context(), "CLIENT", "LIST")
	text, _ := v.Text()
	if err != nil || !strings.Contains(text, "resp=3") {
		t.Errorf("after interrupted handshakes the client speaks RESP2: %v %s", err, text)
	}
}

// The elapsed time of an error belongs to its call, not to an earlier call that used the same memory.
func TestElapsedIsThatOfTheCall(t *testing.T) {
	t.Parallel()
	w := clients.NewWire(t, "TCP")
	c := w.Client(t, clients.NoRetry, func(o *redpoll.Options) { o.MaxBackoff = time.Millisecond })
	clients.Warm(t, c)
	w.Proxy.DropAll(redpolltest.Close)
	w.Proxy.Refuse()
	for range 20 {
		start := time.Now()
		err := c.Ping(t.Context())
		took := time.Since(start)
		var ce *redpoll.ConnError
		if !errors.As(err, &ce) {
			t.Fatalf("got %v", err)
		}
		if ce.Elapsed > took {
			t.Errorf("%q says %v, the call took %v", err, ce.Elapsed, took)
		}
	}
}
