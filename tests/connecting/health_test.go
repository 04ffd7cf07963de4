package connecting_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// getsAndPings returns the GET and PING commands that a monitor saw.
func getsAndPings(m *redpolltest.Monitor) string {
	var seen []string
	for _, args := range m.Commands() {
		if args[0] == "GET" || args[0] == "PING" {
			seen = append(seen, strings.Join(args, " "))
		}
	}
	return strings.Join(seen, "; ")
}

// Covers: F130, F131, F132, E6
func TestHealthCheck(t *testing.T) {
	t.Parallel()
	byURL, err := redpoll.ParseURL("redis://?health_check_interval=1us")
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]redpoll.Options{
		"shared":    {HealthCheckInterval: clients.AlwaysCheck},
		"exclusive": {HealthCheckInterval: clients.AlwaysCheck, Exclusive: true}, "URL": byURL,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb, srv := clients.Shared(t, o)
			for name, rdb := range map[string]*redpoll.Client{
				"client": rdb,
				"Conn":   &clients.Pin(t, rdb).Client,
			} {
				m := srv.Monitor()
				_, _ = rdb.Get(t.Context(), "a")
				testkit.Unused()
				_, _ = rdb.Get(t.Context(), "b")
				if got := getsAndPings(m); !strings.Contains(got, "GET a; PING; GET b") {
					t.Errorf("%s: the server saw %s", name, got)
				}
			}
			if rdb.Stats().Pings == 0 {
				t.Error("Stats counts no pings")
			}
		})
	}
}

// Covers: F130, F132, F133, E6
func TestNoHealthCheckWithinTheInterval(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]redpoll.Options{
		"off": {}, "long interval": {HealthCheckInterval: time.Hour},
		"long interval, exclusive": {HealthCheckInterval: time.Hour, Exclusive: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb, srv := clients.Shared(t, o)
			m := srv.Monitor()
			_, _ = rdb.Get(t.Context(), "a")
			_, _ = rdb.Get(t.Context(), "b")
			_, _ = clients.Pin(t, rdb).Get(t.Context(), "c")
			if got := getsAndPings(m); got != "GET a; GET b; GET c" {
				t.Errorf("the server saw %s", got)
			}
		})
	}
}

// Covers: F136
func TestRepliesPutTheHealthCheckOff(t *testing.T) {
	t.Parallel()
	const interval = 60 * time.Millisecond
	for name, o := range map[string]redpoll.Options{"shared": {}, "exclusive": {Exclusive: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o.HealthCheckInterval = interval
			rdb, _ := clients.Shared(t, o)
			clients.Usable(t, rdb)
			began := time.Now() // start of the calls without a pause
			last := began       // start of the previous call
			redpolltest.Await(t, "calls without a pause have lasted for five intervals", func() bool {
				pings, start := rdb.Stats().Pings, time.Now()
				_, _ = rdb.Get(t.Context(), "k")
				switch {
				//houserules:ok clock: nothing is demanded of a machine that lets an interval pass
				case time.Since(last) > interval:
					began = start // the machine was slow, and a check may have been due
				case rdb.Stats().Pings > pings:
					t.Fatalf("checked although the last reply came less than %v ago", interval)
				}
				last = start
				//houserules:ok clock: the end of the loop
				return start.Sub(began) > 5*interval
			})
		})
	}
}

// Covers: F134, F138
func TestHealthCheckReplacesADeadConnection(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]redpoll.Options{
		"shared":    {},
		"exclusive": {Exclusive: true},
		"Conn":      {MaxConns: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The first connection stops answering health checks. Only a check can find out.
			var dead atomic.Bool
			p := testkit.Listen(t, func(n int, args []string) string {
				if n == 1 && args[0] == "PING" && dead.Load() {
					return testkit.HangUp
				}
				return testkit.Friendly(n, args)
			})
			o.Addr, o.HealthCheckInterval = p.Addr(), clients.AlwaysCheck
			o.NoRetry, o.NoClientInfo = true, true
			rdb := clients.New(t, o)
			if name == "Conn" {
				rdb = &clients.Pin(t, rdb).Client
			}
			if _, err := rdb.Incr(t.Context(), "n"); err != nil {
				t.Fatal(err)
			}
			dead.Store(true)
			testkit.Unused()
			if _, err := rdb.Incr(t.Context(), "n"); err != nil {
				t.Errorf("after the check: %v", err)
			}
			heard := p.Sessions()
			if len(heard) != 2 || !strings.HasSuffix(heard[0], "INCR n; PING") ||
				!strings.HasSuffix(heard[1], "PING; INCR n") {
				t.Errorf("the peer heard %q", heard)
			}
		})
	}
}

// Covers: F70, F134, F135
func TestHealthCheckFailsTwice(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ reply, says string }{
		"another status": {"+PANG\r\n", "bad response from the PING of the health check"},
		"a number":       {":1\r\n", "bad response from the PING of the health check"},
		"null":           {"$-1\r\n", "bad response from the PING of the health check"},
		"a list":         {"*1\r\n+PONG\r\n", "bad response from the PING of the health check"},
		"hung up":        {testkit.HangUp, "closed by server"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mended atomic.Bool
			p := testkit.Listen(t, func(n int, args []string) string {
				if args[0] == "PING" && !mended.Load() {
					return tt.reply
				}
				return testkit.Friendly(n, args)
			})
			for _, mode := range []string{"shared", "exclusive", "Conn"} {
				mended.Store(true)
				before, sent := p.Accepted(), p.Count("INCR")
				rdb := clients.New(t, redpoll.Options{
					Addr: p.Addr(), HealthCheckInterval: clients.AlwaysCheck, NoRetry: true,
					Exclusive: mode == "exclusive", MaxConns: 1,
				})
				if mode == "Conn" {
					rdb = &clients.Pin(t, rdb).Client
				}
				if _, err := rdb.Incr(t.Context(), "n"); err != nil {
					t.Fatal(err)
				}
				mended.Store(false)
				testkit.Unused()
				_, err := rdb.Incr(t.Context(), "n")
				var ce *redpoll.ConnError
				if !errors.As(err, &ce) || ce.Outcome != redpoll.NotSent ||
					!strings.Contains(err.Error(), tt.says) {
					t.Errorf("%s: got %v", mode, err)
				}
				if n := p.Accepted() - before; n != 2 || p.Count("INCR") != sent+1 {
					t.Errorf("%s: %d connections and %d commands", mode, n, p.Count("INCR")-sent)
				}
				mended.Store(true)
				clients.Usable(t, rdb)
			}
		})
	}
}

// An error is also an answer to a health check: the connection is alive, and the next command is sent.
func TestHealthCheckAnsweredByAnError(t *testing.T) {
	t.Parallel()
	for _, refusal := range []string{
		"-NOPERM User app has no permissions to run the 'ping' command\r\n",
		"-LOADING Redis is loading the dataset in memory\r\n",
		"-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n",
		"-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n",
		"-NOAUTH Authentication required.\r\n",
		"-ERR unknown command 'PING'\r\n",
		"!21\r\nSYNTAX invalid syntax\r\n",
	} {
		for _, mode := range []string{"shared", "exclusive", "Conn"} {
			t.Run(mode+refusal[:7], func(t *testing.T) {
				t.Parallel()
				p := testkit.Listen(t, testkit.Answering(map[string]string{"PING": refusal}))
				rdb := clients.New(t, redpoll.Options{
					Addr: p.Addr(), HealthCheckInterval: clients.AlwaysCheck, NoRetry: true,
					Exclusive: mode == "exclusive", MaxConns: 1,
				})
				if mode == "Conn" {
					rdb = &clients.Pin(t, rdb).Client
				}
				for range 3 {
					if _, err := rdb.Incr(t.Context(), "n"); err != nil {
						t.Fatal(err)
					}
					testkit.Unused()
				}
				if p.Accepted() != 1 || p.Count("PING") < 2 || p.Count("INCR") != 3 {
					t.Errorf("the peer heard %q", p.Sessions())
				}
			})
		}
	}
}

// If an ACL forbids PING, health checks do not cost a client its connections.
func TestHealthCheckForbiddenByACL(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	srv.Do("ACL", "SETUSER", "app", "on", ">pw", "~*", "+@all", "-ping")
	rdb := clients.New(t, redpoll.Options{
		Addr: srv.Addr(), Username: "app", Password: "pw", HealthCheckInterval: clients.AlwaysCheck,
	})
	id := clients.ID(t, rdb)
	testkit.Unused()
	if got := clients.ID(t, rdb); got != id || rdb.Stats().Pings == 0 {
		t.Errorf("connection %d was replaced by %d after %d checks", id, got, rdb.Stats().Pings)
	}
}

// A health check ends with the context of its call, whose command was then not sent.
func TestHealthCheckHonoursTheContext(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]redpoll.Options{"shared": {}, "exclusive": {Exclusive: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, mute, checks := testkit.Uncheckable(t)
			o.Addr, o.HealthCheckInterval = p.Addr(), clients.AlwaysCheck
			rdb := clients.New(t, o)
			if _, err := rdb.Incr(t.Context(), "n"); err != nil {
				t.Fatal(err)
			}
			mute()
			testkit.Unused()
			ctx, cancel := context.WithCancel(t.Context())
			go func() { <-checks; cancel() }()
			_, err := rdb.Incr(ctx, "n")
			if !errors.Is(err, context.Canceled) || redpoll.OutcomeOf(err) != redpoll.NotSent ||
				p.Count("INCR") != 1 {
				t.Errorf("got %v with %d commands sent", err, p.Count("INCR"))
			}
		})
	}
}

// While one call checks the connection of a Conn, other calls end with their contexts, and Close ends all
// calls.
func TestHealthCheckOfAConnHoldsUpNobody(t *testing.T) {
	t.Parallel()
	var pings atomic.Int64
	p := testkit.Listen(t, func(n int, args []string) string {
		// The check of the first call is answered.
		if args[0] == "GET" || args[0] == "PING" && pings.Add(1) > 1 {
			return testkit.Silence
		}
		return testkit.Friendly(n, args)
	})
	rdb := clients.New(t, redpoll.Options{
		Addr: p.Addr(), HealthCheckInterval: clients.AlwaysCheck, ReplyTimeout: redpoll.Forever,
	})
	one := clients.Pin(t, rdb)
	testkit.Unused()
	call := func(ctx context.Context) chan error {
		done := make(chan error, 1)
		go func() { _, err := one.Get(ctx, "k"); done <- err }()
		return done
	}
	ends := func(what string, done chan error, is error) {
		t.Helper()
		select {
		case err := <-done:
			if !errors.Is(err, is) {
				t.Errorf("%s ends with %v", what, err)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s does not end", what)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	sent := call(ctx)
	redpolltest.Await(t, "the first call is sent", func() bool { return p.Count("GET") == 1 })
	checks := call(context.Background())
	redpolltest.Await(t, "the second call checks", func() bool { return p.Count("PING") == 2 })
	cancel()
	ends("the call that gives up", sent, context.Canceled)
	redpolltest.Await(t, "the second call checks the new connection",
		func() bool { return p.Count("PING") == 3 })
	ctx, cancel = context.WithCancel(t.Context())
	waits := call(ctx)
	cancel()
	ends("a call that waits for the check", waits, context.Canceled)
	closed := make(chan error, 1)
	go func() { closed <- one.Close() }()
	ends("Close", closed, nil)
	ends("the check", checks, redpoll.ErrClosed)
	redpolltest.Await(t, "its connection is given back", func() bool { return rdb.Stats().LentConns == 0 })
}

// If the server closes idle connections, the user of a pinned connection gets one error, unless a health
// check finds out before. Pooled connections are replaced in both cases.
//
// Covers: F12, F95, F118, F138, E7
func TestServerClosesIdleConnections(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{Config: []string{"timeout 1"}})
	plain := clients.New(t, redpoll.Options{Addr: srv.Addr()})
	withChecks := clients.New(t, redpoll.Options{Addr: srv.Addr(), HealthCheckInterval: clients.AlwaysCheck})
	exclusive := clients.New(t, redpoll.Options{Addr: srv.Addr(), Exclusive: true})
	lone, safe := clients.Pin(t, plain), clients.Pin(t, withChecks)
	all := []*redpoll.Client{plain, withChecks, exclusive, &lone.Client, &safe.Client}
	for _, rdb := range all {
		clients.Usable(t, rdb)
	}
	redpolltest.Await(t, "the server closes its idle connections", func() bool {
		list, _ := srv.Do("CLIENT", "LIST").(string)
		return strings.Count(list, "\n") == 1
	})
	clients.ConnError(t, lone.Ping(t.Context()), redpoll.PhaseQueue, redpoll.NotSent)
	for _, rdb := range all {
		clients.Usable(t, rdb) // including the client with the closed connection
	}
}
