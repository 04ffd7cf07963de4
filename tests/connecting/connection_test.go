package connecting_test

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// kill makes the server close a connection, and waits until it is closed.
func kill(t testing.TB, srv *redpolltest.Server, id int64) {
	t.Helper()
	number := strconv.FormatInt(id, 10)
	if got := srv.Do("CLIENT", "KILL", "ID", number); got != int64(1) {
		t.Fatalf("CLIENT KILL gives %v", got)
	}
	redpolltest.Await(t, "the connection is closed",
		func() bool { return srv.Do("CLIENT", "LIST", "ID", number) == "" })
}

// Covers: F95, F118, E7
func TestClosedIdleConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]redpoll.Options{
		"shared": {}, "exclusive": {Exclusive: true, MaxConns: 1}, "shared RESP2": {Protocol: 2},
		"without retries":                {NoRetry: true, Exclusive: true},
		"shared without retries":         {NoRetry: true},
		"shared RESP2 without retries":   {NoRetry: true, Protocol: 2},
		"several shared without retries": {NoRetry: true, Conns: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb, srv := clients.Shared(t, o)
			for want := range int64(3) {
				kill(t, srv, clients.ID(t, rdb))
				testkit.Unused()
				if n, err := rdb.Incr(t.Context(), "n"); n != want+1 || err != nil {
					t.Errorf("INCR gives %d, %v", n, err)
				}
			}
		})
	}
}

// If the server has closed the idle connections, the next call gets a new one. This is not a retry, because
// nothing was sent before, so it also happens in clients without retries.
//
// Covers: F95, F118
func TestClosedIdleConnectionIsNoAttempt(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{TLS: true})
	ctx := t.Context()
	for name, o := range map[string]redpoll.Options{
		"shared":    {Addr: srv.Addr()},
		"exclusive": {Addr: srv.Addr(), Exclusive: true},
		"TLS":       {Addr: srv.TLSAddr(), TLS: srv.ClientTLS()},
	} {
		o.NoRetry = true
		for what, do := range map[string]func(*redpoll.Client) error{
			"write": func(rdb *redpoll.Client) error { return rdb.Set(ctx, "k", "v") },
			"pipeline": func(rdb *redpoll.Client) error {
				p := rdb.Pipeline()
				p.Incr("n")
				p.Incr("n")
				return p.Exec(ctx)
			},
			"blocking": func(rdb *redpoll.Client) error {
				_, err := rdb.BLPop(ctx, 10*time.Millisecond, "none")
				if errors.Is(err, redpoll.Nil) {
					err = nil
				}
				return err
			},
			"large": func(rdb *redpoll.Client) error { return rdb.Set(ctx, "l", strings.Repeat("x", 8<<20)) },
			"Conn": func(rdb *redpoll.Client) error {
				one, err := rdb.Conn(ctx)
				if err != nil {
					return err
				}
				return errors.Join(one.Ping(ctx), one.Close())
			},
		} {
			t.Run(name+" "+what, func(t *testing.T) {
				rdb := clients.New(t, o)
				for range 3 {
					if err := do(rdb); err != nil {
						t.Fatal(err)
					}
					srv.Do("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
					testkit.Unused()
				}
			})
		}
	}
}

// If a connection is made for a call and dies before the call can use it, this counts as an attempt.
// Otherwise a server that closes every connection would be dialed without end.
func TestFreshConnectionThatDiesIsAnAttempt(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t,
		testkit.Answering(map[string]string{"HELLO": testkit.HelloReply("7.0.15") + testkit.HangUp}))
	for name, o := range map[string]redpoll.Options{"shared": {}, "exclusive": {Exclusive: true}} {
		o.Addr, o.NoRetry = p.Addr(), true
		before := p.Accepted()
		err := clients.New(t, o).Set(t.Context(), "k", "v")
		var ce *redpoll.ConnError
		if !errors.As(err, &ce) || p.Accepted()-before != 1 {
			t.Errorf("%s: got %v after %d connections", name, err, p.Accepted()-before)
		}
	}
}

// Covers: F95
func TestUnreadBytesMakeAConnectionUnusable(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]redpoll.Options{
		"shared": {}, "exclusive": {Exclusive: true}, "shared without retries": {NoRetry: true},
		"exclusive without retries": {NoRetry: true, Exclusive: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := redpolltest.Shared(t)
			proxy := redpolltest.NewProxy(t, srv.Addr())
			o.Addr, o.DB = proxy.Addr(), srv.DB
			rdb := clients.New(t, o)
			id := clients.ID(t, rdb)
			proxy.Garbage(redpolltest.ToClient, 0, []byte(":41\r\n"), redpolltest.FromNow,
				redpolltest.Once).Wait()
			testkit.Unused()
			if n, err := rdb.Incr(t.Context(), "n"); n != 1 || err != nil {
				t.Errorf("INCR gives %d, %v", n, err)
			}
			if clients.ID(t, rdb) == id {
				t.Error("the connection is still used")
			}
		})
	}
}

// Covers: F71, F115, F116
func TestReplyTimeout(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]redpoll.Options{"shared": {}, "exclusive": {Exclusive: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := testkit.Listen(t, func(n int, args []string) string {
				if n == 1 && args[0] == "GET" {
					return testkit.Silence
				}
				return testkit.Friendly(n, args)
			})
			o.Addr, o.ReplyTimeout = p.Addr(), clients.Brief
			rdb := clients.New(t, o)
			_, err := rdb.Get(t.Context(), "k")
			ce := clients.ConnError(t, err, redpoll.PhaseRead, redpoll.MaybeExecuted)
			if !ce.Timeout() || ce.Elapsed < o.ReplyTimeout {
				t.Errorf("%v is not a time-out, or one after %v", err, ce.Elapsed)
			}
			if got, err := rdb.Get(t.Context(), "k"); got != "v" || err != nil {
				t.Errorf("then: %q, %v", got, err)
			}
			p.ExpectSessions(t, "HELLO 3; GET k", "HELLO 3; GET k")
		})
	}
}

// Covers: F115, F120
func TestDialTimeout(t *testing.T) {
	t.Parallel()
	silent := testkit.Listen(t, func(int, []string) string { return testkit.Silence })
	for name, tt := range map[string]struct {
		addr  string
		phase redpoll.Phase
	}{
		"no answer at all":                {redpolltest.Unanswered(t), redpoll.PhaseDial},
		"silent handshake":                {silent.Addr(), redpoll.PhaseHandshake},
		"silent handshake on unix socket": {silent.Socket(), redpoll.PhaseHandshake},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := clients.New(t, redpoll.Options{Addr: tt.addr, DialTimeout: clients.Brief})
			err := rdb.Ping(t.Context())
			ce := clients.ConnError(t, err, tt.phase, redpoll.NotSent)
			if !ce.Timeout() || !strings.Contains(err.Error(), tt.addr) {
				t.Errorf("got %v, want a time-out that names %s", err, tt.addr)
			}
		})
	}
}

// Covers: F117
func TestRetryOnTimeout(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		o       redpoll.Options
		command string
		heard   int
		ok      bool
	}{
		"off by default":       {redpoll.Options{}, "GET", 1, false},
		"on":                   {redpoll.Options{RetryOnTimeout: true}, "GET", 2, true},
		"accumulating write":   {redpoll.Options{RetryOnTimeout: true, RetryWrites: true}, "INCR", 1, false},
		"repeatable write":     {redpoll.Options{RetryOnTimeout: true}, "SET", 1, false},
		"repeatable write, on": {redpoll.Options{RetryOnTimeout: true, RetryWrites: true}, "SET", 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var silent atomic.Bool
			silent.Store(true)
			p := testkit.Listen(t, func(n int, args []string) string {
				if args[0] == tt.command && silent.Swap(false) {
					return testkit.Silence
				}
				return testkit.Friendly(n, args)
			})
			tt.o.Addr, tt.o.ReplyTimeout = p.Addr(), clients.Brief
			err := runCommand(t, clients.New(t, tt.o), tt.command)
			if (err == nil) != tt.ok || p.Count(tt.command) != tt.heard {
				t.Errorf("got %v after %d attempts", err, p.Count(tt.command))
			}
			if n := p.Accepted(); n != tt.heard {
				t.Errorf("%d connections: the second attempt needs a fresh one", n)
			}
		})
	}
	t.Run("only once", func(t *testing.T) {
		t.Parallel()
		p := testkit.Listen(t, testkit.Answering(map[string]string{"GET": testkit.Silence}))
		rdb := clients.New(t, redpoll.Options{
			Addr: p.Addr(), ReplyTimeout: clients.Brief, RetryOnTimeout: true,
		})
		err := runCommand(t, rdb, "GET")
		ce := clients.ConnError(t, err, redpoll.PhaseRead, redpoll.MaybeExecuted)
		if !ce.Timeout() || p.Count("GET") != 2 {
			t.Errorf("got %v after %d attempts", err, p.Count("GET"))
		}
	})
}

// runCommand runs GET, SET or INCR.
func runCommand(t testing.TB, rdb *redpoll.Client, name string) error {
	t.Helper()
	var err error
	switch name {
	case "GET":
		_, err = rdb.Get(t.Context(), "k")
	case "SET":
		err = rdb.Set(t.Context(), "k", "v")
	case "INCR":
		_, err = rdb.Incr(t.Context(), "k")
	default:
		t.Fatalf("which command is %s?", name)
	}
	return err
}

// Covers: F70, F89, F129
func TestServerHangsUp(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		o       redpoll.Options
		command string
		heard   int
		ok      bool
	}{
		"a read is repeated":             {redpoll.Options{}, "GET", 2, true},
		"unless that is off":             {redpoll.Options{NoRetry: true}, "GET", 1, false},
		"an accumulating write is not":   {redpoll.Options{}, "INCR", 1, false},
		"also not on demand":             {redpoll.Options{RetryWrites: true}, "INCR", 1, false},
		"a repeatable write is not":      {redpoll.Options{}, "SET", 1, false},
		"a repeatable write on demand":   {redpoll.Options{RetryWrites: true}, "SET", 2, true},
		"the same in exclusive mode":     {redpoll.Options{Exclusive: true}, "INCR", 1, false},
		"and reads are repeated as well": {redpoll.Options{Exclusive: true}, "GET", 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := testkit.Listen(t, func(n int, args []string) string {
				if n == 1 && args[0] == tt.command {
					return testkit.HangUp
				}
				return testkit.Friendly(n, args)
			})
			tt.o.Addr = p.Addr()
			rdb := clients.New(t, tt.o)
			err := runCommand(t, rdb, tt.command)
			if n := p.Count(tt.command); n != tt.heard {
				t.Errorf("%d attempts, want %d", n, tt.heard)
			}
			if tt.ok {
				if err != nil {
					t.Error(err)
				}
				return
			}
			ce := clients.ConnError(t, err, redpoll.PhaseRead, redpoll.MaybeExecuted)
			if !errors.Is(err, io.EOF) || ce.Timeout() ||
				!strings.Contains(err.Error(), "connection closed by server") {
				t.Errorf("got %v", err)
			}
			clients.Usable(t, rdb)
		})
	}
}

// Covers: F62, F127, F128, F146
func TestLargeValues(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{})
	value := strings.Repeat("0123456789abcdef", 6<<20/16)
	if err := rdb.Set(t.Context(), "large", value); err != nil {
		t.Fatal(err)
	}
	if got := srv.Do("STRLEN", "large"); got != int64(len(value)) {
		t.Errorf("the server has %v bytes", got)
	}
	if got, err := rdb.Get(t.Context(), "large"); got != value || err != nil {
		t.Errorf("%d bytes come back, %v", len(got), err)
	}
	clients.Usable(t, rdb)
}
