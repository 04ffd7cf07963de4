package reliability_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// refusingPeer starts a server that answers each command after the handshake with the same line. It returns
// the address and the number of answers.
func refusingPeer(t *testing.T, line func(addr string) string) (string, *atomic.Int64) {
	commands := new(atomic.Int64)
	var p *testkit.Played
	p = testkit.Listen(t, func(_ int, words []string) string {
		if words[0] == "HELLO" {
			return helloReply
		}
		commands.Add(1)
		return line(p.Addr())
	})
	return p.Addr(), commands
}

const helloReply = "%1\r\n+proto\r\n:3\r\n"

// paced returns the largest number of attempts of a caller in this time: two at once, one after each pause of
// 4, 8, 16 ... ms, of which each may be shortened by half, and one more that has begun.
func paced(after time.Duration) int64 {
	n := int64(3)
	for pause := redpoll.DefaultMinBackoff; after >= pause/2; {
		after -= pause / 2
		pause = min(2*pause, redpoll.DefaultMaxBackoff)
		n++
	}
	return n
}

// A server that always refuses gets few attempts from any number of callers, and each call ends with its
// context.
func TestAttemptsArePaced(t *testing.T) {
	t.Parallel()
	for _, exclusive := range []bool{false, true} {
		for _, callers := range []int{1, 20} {
			name := fmt.Sprintf("exclusive=%v, %d callers", exclusive, callers)
			// Each caller retries its command. Attempts to connect serve all callers together. Only the first
			// attempts are as many as the callers with exclusive connections.
			attempts := func(after time.Duration) int64 { return int64(callers) * paced(after) }
			shared := paced
			if exclusive {
				shared = func(after time.Duration) int64 { return int64(callers) + paced(after) }
			}
			// all lets the callers try until there were some attempts, and compares the number with the time
			// that has passed.
			all := func(
				t *testing.T, o redpoll.Options,
				count func() int64, most func(time.Duration) int64, check func(error),
			) {
				t.Helper()
				o.Exclusive, o.RetryFor = exclusive, redpoll.Forever
				c := clients.New(t, o)
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				var wg sync.WaitGroup
				ended := make(chan struct{})
				began := time.Now()
				for range callers {
					wg.Go(func() { _, err := c.Get(ctx, "k"); check(err) })
				}
				go func() { wg.Wait(); close(ended) }()
				enough := most(0) + 3
				redpolltest.Await(t, "there were repeats", func() bool {
					select {
					case <-ended:
						return true
					default:
						return count() >= enough
					}
				})
				cancel()
				<-ended
				if n, most := count(), most(time.Since(began)); n > most {
					t.Errorf("%d attempts in %v, want %d at most", n, time.Since(began), most)
				}
			}
			repeats := func(t *testing.T, n int64) {
				t.Helper()
				if n < 2 {
					t.Errorf("%d attempts", n)
				}
			}
			t.Run("refused/"+name, func(t *testing.T) {
				t.Parallel()
				var dials atomic.Int64
				all(t, redpoll.Options{Dialer: func(context.Context, string, string) (net.Conn, error) {
					dials.Add(1)
					return nil, errors.New("refused")
				}}, dials.Load, shared, func(err error) { clients.NotSent(context.Canceled).Check(t, err) })
				repeats(t, dials.Load())
			})
			t.Run("closed at once/"+name, func(t *testing.T) {
				t.Parallel()
				proxy := redpolltest.NewProxy(t, "127.0.0.1:1")
				proxy.Reject(redpolltest.Close)
				count := func() int64 { return int64(proxy.Accepted()) }
				// An endpoint that hangs up at HELLO is tried three times, because it may be an old server.
				most := func(after time.Duration) int64 { return 3 * shared(after) }
				all(t, redpoll.Options{Addr: proxy.Addr()},
					count, most, func(err error) { clients.NotSent(context.Canceled).Check(t, err) })
				repeats(t, count())
			})
			for _, code := range []string{"LOADING", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN"} {
				t.Run(code+"/"+name, func(t *testing.T) {
					t.Parallel()
					addr, commands := refusingPeer(t,
						func(string) string { return "-" + code + " not now\r\n" })
					all(t, redpoll.Options{Addr: addr}, commands.Load, attempts, func(err error) {
						var se *redpoll.ServerError
						if err == nil ||
							errors.As(err, &se) && (se.Code != code || !errors.Is(err, redpoll.ErrRefused)) {
							t.Errorf("got %v", err)
						}
					})
					repeats(t, commands.Load())
				})
			}
			t.Run("MOVED to itself/"+name, func(t *testing.T) {
				t.Parallel()
				addr, commands := refusingPeer(t,
					func(addr string) string { return "-MOVED 42 " + addr + "\r\n" })
				all(t, redpoll.Options{Addr: addr}, commands.Load, attempts, func(err error) {
					if !errors.Is(err, redpoll.ErrMoved) {
						t.Errorf("got %v", err)
					}
				})
			})
			t.Run("closed at the command/"+name, func(t *testing.T) {
				t.Parallel()
				var commands atomic.Int64
				peer := testkit.Listen(t, func(_ int, words []string) string {
					if words[0] == "HELLO" {
						return helloReply
					}
					commands.Add(1)
					return testkit.HangUp
				})
				all(t, redpoll.Options{Addr: peer.Addr()},
					commands.Load, attempts, func(err error) { clients.Unanswered(nil).Check(t, err) })
				repeats(t, commands.Load())
			})
		}
	}
}

// Retries end without a deadline, and long before a distant one: after RetryFor if nothing ran, and otherwise
// after MaxRetries.
func TestAttemptsAreBounded(t *testing.T) {
	t.Parallel()
	within, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	proxy := redpolltest.NewProxy(t, "127.0.0.1:1")
	proxy.Refuse()
	for _, exclusive := range []bool{false, true} {
		for what, ctx := range map[string]context.Context{"no deadline": background, "far deadline": within} {
			o := redpoll.Options{
				Exclusive: exclusive, RetryFor: 50 * time.Millisecond, MaxBackoff: 5 * time.Millisecond,
			}
			addr, commands := refusingPeer(t, func(string) string { return "-LOADING for ever\r\n" })
			o.Addr = addr
			if _, err := clients.New(t, o).Incr(ctx, "k"); !errors.Is(err, redpoll.ErrLoading) ||
				!errors.Is(err, redpoll.ErrRefused) {
				t.Errorf("%s, exclusive=%v: got %v, want the server's refusal", what, exclusive, err)
			}
			o.Addr = proxy.Addr()
			c := clients.New(t, o)
			_, err := c.Incr(ctx, "k")
			clients.NotSent(nil).Check(t, err)
			if n, m := commands.Load(), c.Stats().Dials; n < 2 || m < 2 {
				t.Errorf("%s, exclusive=%v: %d attempts, and %d to connect", what, exclusive, n, m)
			}
			p := testkit.Listen(t, func(n int, args []string) string {
				if args[0] == "GET" {
					return testkit.HangUp
				}
				return testkit.Friendly(n, args)
			})
			_, err = clients.New(t, redpoll.Options{Addr: p.Addr(), Exclusive: exclusive,
				RetryFor: redpoll.Forever}).Get(ctx, "k")
			clients.MaybeExecuted(nil).Check(t, err)
			if n := p.Count("GET"); n != redpoll.DefaultMaxRetries+1 {
				t.Errorf("%s, exclusive=%v: %d attempts of a read, want %d",
					what, exclusive, n, redpoll.DefaultMaxRetries+1)
			}
		}
	}
}

// With RetryFor: Forever a call waits until the server is back, with any number of attempts, if its context
// allows.
func TestDeadlineIsUsedUp(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"TCP", "exclusive"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := clients.NewWire(t, kind)
			c := w.Client(t,
				func(o *redpoll.Options) { o.RetryFor, o.MaxBackoff = redpoll.Forever, 5*time.Millisecond })
			w.Proxy.Refuse()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			done := make(chan error, 1)
			go func() { _, err := c.Incr(ctx, "n"); done <- err }()
			redpolltest.Await(t, "there were many attempts", func() bool {
				return len(done) > 0 || c.Stats().DialErrors > 40
			})
			w.Proxy.Clear()
			if err := <-done; err != nil {
				t.Errorf("gave up early: %v", err)
			}
		})
	}
}

// If the context ends between the retries of a refused call, the error has the end of the context and the
// refusal.
func TestContextEndsDuringRefusals(t *testing.T) {
	t.Parallel()
	const refusal = "-LOADING not now\r\n"
	for name, tt := range map[string]struct {
		first string // answer to the first attempt
		want  clients.Failed
	}{
		"refused only": {refusal,
			clients.Failed{Outcomes: []redpoll.Outcome{redpoll.Refused}, Is: context.Canceled}},
		"an earlier attempt may have run": {testkit.HangUp, clients.MaybeExecuted(context.Canceled)},
	} {
		for _, exclusive := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, exclusive=%v", name, exclusive), func(t *testing.T) {
				t.Parallel()
				p := testkit.Listen(t, func(n int, args []string) string {
					switch {
					case args[0] != "GET":
						return testkit.Friendly(n, args)
					case n == 1:
						return tt.first
					}
					return refusal
				})
				attempts := 1
				if tt.first == testkit.HangUp {
					attempts = 2
				}
				var wire testkit.Tap
				c := clients.New(t, redpoll.Options{
					Addr: p.Addr(), MinBackoff: time.Hour, RetryFor: redpoll.Forever, Exclusive: exclusive,
					Dialer: wire.Dial, NoClientInfo: true,
				})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				go func() {
					redpolltest.Await(t, "the refusal is here", func() bool {
						taken, waits := wire.Taken()
						return p.Count("GET") == attempts &&
							taken == attempts*len(testkit.HelloReply("7.0.15"))+len(refusal) && !waits
					})
					cancel()
				}()
				_, err := c.Get(ctx, "k")
				tt.want.Check(t, err)
				var se *redpoll.ServerError
				if !errors.Is(err, redpoll.ErrLoading) || !errors.As(err, &se) || se.Command != "GET" ||
					se.Node != p.Addr() {
					t.Errorf("%v does not tell the refusal", err)
				}
			})
		}
	}
}
