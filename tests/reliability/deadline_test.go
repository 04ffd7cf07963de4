package reliability_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// endings are the ways in which a context ends after some time. ended returns the time of the end.
var endings = []struct {
	name string
	err  error
	make func(after time.Duration) (ctx context.Context, cancel context.CancelFunc, ended func() time.Time)
}{
	{"deadline", context.DeadlineExceeded,
		func(after time.Duration) (context.Context, context.CancelFunc, func() time.Time) {
			end := time.Now().Add(after)
			ctx, cancel := context.WithDeadline(context.Background(), end)
			return ctx, cancel, func() time.Time { return end }
		}},
	{"cancel", context.Canceled,
		func(after time.Duration) (context.Context, context.CancelFunc, func() time.Time) {
			ctx, cancel := context.WithCancel(context.Background())
			end := make(chan time.Time, 1)
			time.AfterFunc(after, func() { end <- time.Now(); cancel() })
			return ctx, cancel, func() time.Time { return <-end }
		}},
}

// slice is how long a goroutine that could run may wait for a processor.
const slice = 10 * time.Millisecond

// lingerFor is how long a blocking command that is given up waits for a reply that is under way
// (internal/conn).
const lingerFor = 5 * time.Millisecond

// lateness is the time from the end of a context until two goroutines notice it. The bare goroutine only
// waits for the context, so its time shows how busy the machine is. The other goroutine is in a call.
type lateness struct{ bare, call time.Duration }

// bearable is the only way in which tests check a lateness.
func (l lateness) bearable() bool {
	return l.call <= 5*l.bare+slice
}

// measure runs a call until its context has ended, after some time. A blocking command waits a moment longer
// for its reply, and so does the bare goroutine.
func measure(
	ending int, after time.Duration, blocks bool, run func(ctx context.Context) error,
) (late lateness, err error, early bool) {
	ctx, cancel, ended := endings[ending].make(after)
	defer cancel()
	bare, ready := make(chan time.Time, 1), make(chan struct{})
	go func() {
		close(ready)
		<-ctx.Done()
		if blocks {
			//houserules:ok sleep: a measure of the machine, beside what is measured
			time.Sleep(lingerFor)
		}
		bare <- time.Now()
	}()
	<-ready
	err = run(ctx)
	back := time.Now()
	early = ctx.Err() == nil && endings[ending].name == "cancel"
	end := ended()
	return lateness{(<-bare).Sub(end), back.Sub(end)}, err, early || back.Before(end)
}

// endsPromptly runs a call that cannot succeed until its context ends. If one return is late, the machine may
// be busy, or the time was too short to start the call, so the next try has more time. The client is at fault
// if all tries are late. prepare runs before each try.
func endsPromptly(
	t *testing.T, call stuckCall, after time.Duration,
	prepare func(t *testing.T) func(ctx context.Context) error,
) {
	t.Helper()
	const tries, longest = 12, 2 * time.Second
	for i, ending := range endings {
		want := call.want
		want.Is = ending.err
		var all []lateness
		for n := range tries {
			late, err, early := measure(i, min(after<<n, longest), call.blocks, prepare(t))
			if n < tries-1 && len(want.Outcomes) > 0 && errors.Is(err, redpoll.ErrNotSent) &&
				!slices.Contains(want.Outcomes, redpoll.NotSent) {
				continue // the time was too short
			}
			want.Check(t, err)
			if early {
				t.Errorf("%s: the call ended before its context: %v", ending.name, err)
			}
			if all = append(all, late); t.Failed() || late.bearable() {
				break
			}
		}
		if !t.Failed() && !all[len(all)-1].bearable() {
			t.Errorf("%s: all tries came back late: %+v", ending.name, all)
		}
	}
}

// stuckCall is a call that waits for a reply.
type stuckCall struct {
	name   string
	want   clients.Failed
	run    func(ctx context.Context, c *redpoll.Client) error
	blocks bool
}

// unsent returns a call that has no connection yet.
func unsent(call stuckCall) stuckCall {
	call.want, call.blocks = clients.NotSent(nil), false
	return call
}

// largeValue is larger than the buffers of the system.
var largeValue = make([]byte, 4<<20)

var stuckCalls = []stuckCall{
	{"GET", clients.MaybeExecuted(nil),
		func(ctx context.Context, c *redpoll.Client) error { _, err := c.Get(ctx, "k"); return err }, false},
	{"INCR", clients.MaybeExecuted(nil),
		func(ctx context.Context, c *redpoll.Client) error { _, err := c.Incr(ctx, "k"); return err }, false},
	{"Do GET", clients.MaybeExecuted(nil),
		func(ctx context.Context, c *redpoll.Client) error { _, err := c.Do(ctx, "GET", "k"); return err },
		false},
	{"BLPOP", clients.MaybeExecuted(nil),
		func(ctx context.Context, c *redpoll.Client) error { _, err := c.BLPop(ctx, 0, "l"); return err },
		true},
	{"Do BLPOP", clients.MaybeExecuted(nil), func(ctx context.Context, c *redpoll.Client) error {
		_, err := c.Do(ctx, "BLPOP", "l", 0)
		return err
	}, true},
	{"large SET", clients.Unanswered(nil), func(ctx context.Context, c *redpoll.Client) error {
		return c.Set(ctx, "k", largeValue)
	}, false},
}

// warmBoth opens a shared connection and an exclusive one of each class, so that calls only wait for replies.
func warmBoth(t *testing.T, c *redpoll.Client) {
	t.Helper()
	clients.Warm(t, c)
	redpolltest.Await(t, "there is a connection for blocking commands", func() bool {
		_, err := c.BLPop(t.Context(), time.Millisecond, "nothing")
		return errors.Is(err, redpoll.Nil)
	})
	redpolltest.Await(t, "there is a connection for large requests", func() bool {
		p := c.Pipeline()
		p.Echo(make([]byte, 300<<10))
		return p.Exec(t.Context()) == nil
	})
	var one *redpoll.Conn
	redpolltest.Await(t, "there is a second connection", func() (ok bool) {
		var err error
		one, err = c.Conn(t.Context())
		return err == nil
	})
	clients.Warm(t, &one.Client)
	one.Close()
}

// A call that waits for its reply ends with its context, whatever has happened to the server.
func TestContextEndsWaitForReply(t *testing.T) {
	t.Parallel()
	type trouble struct {
		name string
		make func(w *clients.Wire)
	}
	troubles := []trouble{
		{"server stands still", func(w *clients.Wire) { w.Server.Pause() }},
		{"requests vanish", func(w *clients.Wire) { w.Proxy.BlackHole(redpolltest.ToServer) }},
		{"replies vanish", func(w *clients.Wire) { w.Proxy.BlackHole(redpolltest.ToClient) }},
	}
	for _, kind := range clients.WireKinds {
		for _, trouble := range troubles {
			if kind != "TCP" && trouble.name != "server stands still" {
				continue
			}
			t.Run(kind+"/"+trouble.name, func(t *testing.T) {
				t.Parallel()
				w := clients.NewWire(t, kind)
				for _, call := range stuckCalls {
					t.Run(call.name, func(t *testing.T) {
						after := 20 * time.Millisecond
						if call.name == "large SET" {
							after = 100 * time.Millisecond // the race detector encodes it slowly
						}
						endsPromptly(t, call, after, func(t *testing.T) func(context.Context) error {
							w.Server.Resume()
							w.Proxy.Clear()
							c := w.Client(t)
							warmBoth(t, c)
							trouble.make(w)
							return func(ctx context.Context) error { return call.run(ctx, c) }
						})
						w.Server.Resume()
					})
				}
			})
		}
	}
}

// A call that waits for a connection ends with its context. Nothing was sent.
func TestContextEndsWaitForConnection(t *testing.T) {
	t.Parallel()
	silent := redpolltest.Scripted(t, func(conn net.Conn) {
		_, _ = redpolltest.WrapConn(conn).Read(make([]byte, 1))
		for { // reads everything, and never answers
			if _, err := conn.Read(make([]byte, 4096)); err != nil {
				return
			}
		}
	})
	refusing := redpolltest.NewProxy(t, "127.0.0.1:1")
	refusing.Refuse()
	cases := []struct {
		name string
		opts redpoll.Options
	}{
		{"dialing", redpoll.Options{Addr: redpolltest.Unanswered(t)}},
		{
			"dialing with a deaf dialer",
			redpoll.Options{Dialer: func(context.Context, string, string) (net.Conn, error) {
				<-t.Context().Done()
				return nil, errors.New("the test is over")
			}},
		},
		{"handshake", redpoll.Options{Addr: silent.Addr()}},
		{"handshake on a unix socket", redpoll.Options{Addr: silent.Socket()}},
		{"handshake of TLS", redpoll.Options{Addr: silent.Addr(), TLS: &tls.Config{}}},
		{"pause between attempts",
			redpoll.Options{Addr: refusing.Addr(), MinBackoff: time.Minute, RetryFor: redpoll.Forever}},
	}
	for _, tc := range cases {
		for _, exclusive := range []bool{false, true} {
			name := tc.name
			if exclusive {
				name += ", exclusive"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				o := tc.opts
				o.Exclusive = exclusive
				for _, call := range stuckCalls[:5] {
					if strings.Contains(call.name, "Do") {
						continue // the same as without a script up to here
					}
					endsPromptly(t, unsent(call), 20*time.Millisecond,
						func(t *testing.T) func(context.Context) error {
							c := clients.New(t, o)
							return func(ctx context.Context) error { return call.run(ctx, c) }
						})
				}
				if o.MinBackoff > 0 {
					return // Conn makes one attempt
				}
				endsPromptly(t, stuckCall{want: clients.NotSent(nil)},
					20*time.Millisecond, func(t *testing.T) func(context.Context) error {
						c := clients.New(t, o)
						return func(ctx context.Context) error { _, err := c.Conn(ctx); return err }
					})
			})
		}
	}
}

// A call that waits for a full pool ends with its context.
func TestContextEndsWaitForPool(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Shared(t)
	for _, exclusive := range []bool{false, true} {
		c := clients.New(t, redpoll.Options{
			Addr: srv.Addr(), DB: srv.DB, MaxConns: 1, WaitForConn: true, Exclusive: exclusive,
		})
		ctx, cancel := context.WithCancel(t.Context())
		held := make(chan error, 1)
		one, err := c.Conn(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer one.Close()
		go func() { _, err := one.BLPop(ctx, 0, "never"); held <- err }()
		redpolltest.Await(t, "the only connection is in use", func() bool { return c.Stats().LentConns == 1 })
		calls := []stuckCall{{name: "Conn", run: func(ctx context.Context, c *redpoll.Client) error {
			_, err := c.Conn(ctx)
			return err
		}}}
		if exclusive {
			calls = append(calls, stuckCalls[0], stuckCalls[3])
		}
		for _, call := range calls {
			endsPromptly(t, unsent(call), 20*time.Millisecond, func(*testing.T) func(context.Context) error {
				return func(ctx context.Context) error { return call.run(ctx, c) }
			})
		}
		cancel()
		clients.MaybeExecuted(context.Canceled).Check(t, <-held)
		if err := c.Ping(t.Context()); err != nil {
			t.Errorf("the pool is not usable after the wait: %v", err)
		}
		if _, err := c.BLPop(t.Context(), 10*time.Millisecond, "never"); !errors.Is(err, redpoll.Nil) {
			t.Errorf("nobody holds the only connection any more, got %v", err)
		}
	}
}

// A call whose context has already ended sends nothing, and does not connect either.
func TestContextOverBeforeTheCall(t *testing.T) {
	t.Parallel()
	w := clients.NewWire(t, "TCP")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, exclusive := range []bool{false, true} {
		c := w.Client(t, func(o *redpoll.Options) { o.Exclusive = exclusive })
		for _, call := range stuckCalls {
			clients.NotSent(context.Canceled).Check(t, call.run(ctx, c))
		}
		_, err := c.Conn(ctx)
		clients.NotSent(context.Canceled).Check(t, err)
	}
	if n := w.Proxy.Accepted(); n != 0 {
		t.Errorf("%d connections were made for nothing", n)
	}
}

// A transaction on watched keys ends with its context if the server stops answering.
func TestContextEndsTransaction(t *testing.T) {
	t.Parallel()
	w := clients.NewWire(t, "TCP")
	for name, fn := range map[string]func(ctx context.Context, tx *redpoll.Tx) error{
		"in the function": func(ctx context.Context, tx *redpoll.Tx) error {
			<-ctx.Done()
			return tx.Ping(ctx)
		},
		"in a pause": func(context.Context, *redpoll.Tx) error { return redpoll.ErrWatch },
		"before Exec": func(ctx context.Context, tx *redpoll.Tx) error {
			tx.Multi().Incr("n")
			<-ctx.Done()
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			w.Proxy.Clear()
			c := w.Client(t)
			warmBoth(t, c)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			err := ended(t, name, func(context.Context) error { // nothing comes back from the server
				return c.TransactionWith(ctx, redpoll.TxOptions{Delay: time.Hour},
					func(tx *redpoll.Tx) error {
						w.Proxy.Hold(redpolltest.ToClient)
						time.AfterFunc(time.Millisecond, cancel)
						return fn(ctx, tx)
					}, "k")
			})
			clients.Failed{Is: context.Canceled}.Check(t, err)
		})
	}
}
