package redpoll_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// What is provably not sent is sent again, so that the caller sees no error.
//
// Covers: F95, F118
func TestUnsentIsRepeated(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		// trouble makes the next call fail before it is sent; over ends that as soon as the client
		// has met it.
		trouble func(w *wire, c *redpoll.Client)
		met     func(w *wire, c *redpoll.Client) bool
		open    bool // the client has a connection before
	}{
		{name: "connection refused", trouble: func(w *wire, _ *redpoll.Client) { w.proxy.Refuse() },
			met: func(_ *wire, c *redpoll.Client) bool { return c.Stats().DialErrors >= 3 }},
		{name: "closed on connect", trouble: func(w *wire, _ *redpoll.Client) { w.proxy.Reject(redpolltest.Close) },
			met: func(w *wire, _ *redpoll.Client) bool { return w.proxy.Accepted() >= 4 }},
		{name: "reset on connect", trouble: func(w *wire, _ *redpoll.Client) { w.proxy.Reject(redpolltest.Reset) },
			met: func(w *wire, _ *redpoll.Client) bool { return w.proxy.Accepted() >= 4 }},
		{name: "closed while idle", open: true, trouble: func(w *wire, _ *redpoll.Client) { w.proxy.DropAll(redpolltest.Close); unused() }},
		{name: "reset while idle", open: true, trouble: func(w *wire, _ *redpoll.Client) { w.proxy.DropAll(redpolltest.Reset); unused() }},
		{name: "closed while idle, then refused", open: true, trouble: func(w *wire, _ *redpoll.Client) {
			w.proxy.Refuse()
			w.proxy.DropAll(redpolltest.Close)
			unused()
		}, met: func(_ *wire, c *redpoll.Client) bool { return c.Stats().DialErrors >= 3 }},
	}
	for _, kind := range wireKinds {
		for _, tc := range cases {
			t.Run(kind+"/"+tc.name, func(t *testing.T) {
				t.Parallel()
				w := newWire(t, kind)
				c := w.client(t)
				if tc.open {
					warm(t, c)
				}
				tc.trouble(w, c)
				done := make(chan error, 1)
				go func() { _, err := c.Incr(background, "n"); done <- err }()
				if tc.met != nil {
					await(t, "the call has met the trouble", func() bool { return tc.met(w, c) || len(done) > 0 })
					if len(done) > 0 {
						t.Fatalf("the call did not wait for better times: %v", <-done)
					}
					w.proxy.Clear()
				}
				if err := <-done; err != nil {
					t.Errorf("provably not sent, and not repeated: %v", err)
				}
				if n := w.srv.Do("GET", "n"); n != "1" {
					t.Errorf("the counter is %v", n)
				}
			})
		}
	}
}

// NoRetry gives the failure to the caller, and says truly that nothing was sent.
//
// Covers: F89
func TestNoRetryReportsUnsent(t *testing.T) {
	t.Parallel()
	for _, kind := range wireKinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newWire(t, kind)
			mon := w.srv.Monitor()
			incr := func(what string) {
				t.Helper()
				c := w.client(t, noRetry)
				_, err := c.Incr(t.Context(), "n")
				if err == nil {
					t.Errorf("%s: no error", what)
					return
				}
				notSent(nil).check(t, err)
			}
			w.proxy.Refuse()
			incr("refused")
			w.proxy.Reject(redpolltest.Reset)
			incr("reset on connect")
			w.proxy.Reject(redpolltest.Close)
			incr("closed on connect")
			if n := mon.Count("INCR"); n != 0 {
				t.Errorf("the server ran %d commands that were reported as not sent", n)
			}
		})
	}
}

// A write whose reply was lost is repeated only if the caller asked for it and if it leaves the same state; one
// that adds up never is.
func TestLostReplyOfAWrite(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name  string
		asked bool
		run   func(ctx context.Context, c *redpoll.Client) error
		sent  string
		times int
	}{
		{"SET", false, func(ctx context.Context, c *redpoll.Client) error { return c.Set(ctx, "k", 1) }, "SET", 1},
		{"SET with RetryWrites", true, func(ctx context.Context, c *redpoll.Client) error { return c.Set(ctx, "k", 1) }, "SET", 2},
		{"SET NX with RetryWrites", true, func(ctx context.Context, c *redpoll.Client) error { return c.Set(ctx, "k", 1, redpoll.NX) }, "SET", 1},
		{"INCR with RetryWrites", true, func(ctx context.Context, c *redpoll.Client) error { _, err := c.Incr(ctx, "k"); return err }, "INCR", 1},
		{"Do SET NX with RetryWrites", true, func(ctx context.Context, c *redpoll.Client) error {
			_, err := c.Do(ctx, "SET", "k", 1, "NX")
			return err
		}, "SET", 1},
		{"Do unknown with RetryWrites", true, func(ctx context.Context, c *redpoll.Client) error { _, err := c.Do(ctx, "NOSUCH", "k"); return err }, "", 0},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t, "TCP")
			mon := w.srv.Monitor()
			c := w.client(t, func(o *redpoll.Options) { o.RetryWrites = tc.asked })
			warm(t, c)
			fault := w.proxy.CutAfter(redpolltest.ToClient, 1, redpolltest.Close, redpolltest.FromNow, redpolltest.Once)
			err := tc.run(t.Context(), c)
			fault.Wait()
			if tc.times > 1 {
				if err != nil {
					t.Errorf("not repeated: %v", err)
				}
			} else {
				maybe(nil).check(t, err)
			}
			if tc.sent != "" && mon.Count(tc.sent) != tc.times {
				t.Errorf("executed %d times, want %d", mon.Count(tc.sent), tc.times)
			}
			if accepted := w.proxy.Accepted(); tc.times == 0 && accepted != 1 {
				t.Errorf("%d connections: an unknown command was repeated", accepted)
			}
		})
	}
}

// A call that may have run in its first attempt has not become one that was never sent because its repeats were
// not.
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
				w := newWire(t, kind)
				c := w.client(t, func(o *redpoll.Options) { o.RetryWrites, o.MaxRetries = true, 5 })
				for _, canceled := range []bool{false, true} {
					warm(t, c)
					w.proxy.Refuse() // for later connections
					ctx, cancel := context.WithCancel(t.Context())
					fault := w.proxy.CutAfter(redpolltest.ToClient, 1, redpolltest.Close, redpolltest.FromNow, redpolltest.Once)
					if canceled { // during the repeats, most often
						go func() { <-fault.Done(); cancel() }()
					}
					err := tc.run(ctx, c)
					fault.Wait()
					cancel()
					w.proxy.Clear()
					maybe(nil).check(t, err)
				}
			})
		}
	}
}

// A server that hangs up while it is asked for RESP3 may just be restarting. The client does not conclude from
// that that the server speaks RESP2 only.
func TestRestartIsNotTakenForAnOldServer(t *testing.T) {
	t.Parallel()
	w := newWire(t, "TCP")
	c := w.client(t)
	for _, n := range []int64{0, 1, 10} {
		fault := w.proxy.CutAfter(redpolltest.ToServer, n, redpolltest.Close, redpolltest.FromNow, redpolltest.Once)
		warm(t, c)
		fault.Wait()
		w.proxy.DropAll(redpolltest.Close)
		unused()
	}
	v, err := c.Do(t.Context(), "CLIENT", "LIST")
	text, _ := v.Text()
	if err != nil || !strings.Contains(text, "resp=3") {
		t.Errorf("after interrupted handshakes the client speaks RESP2: %v %s", err, text)
	}
}

// The elapsed time of an error is that of the call, not of an earlier one whose record was used again.
func TestElapsedIsThatOfTheCall(t *testing.T) {
	t.Parallel()
	w := newWire(t, "TCP")
	c := w.client(t, noRetry, func(o *redpoll.Options) { o.MaxBackoff = time.Millisecond })
	warm(t, c)
	w.proxy.DropAll(redpolltest.Close)
	w.proxy.Refuse()
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
