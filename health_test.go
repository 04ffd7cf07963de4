package redpoll_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// always is an interval that is over at the next use of a connection, if that was unused meanwhile.
const always = time.Microsecond

// uncheckable starts a peer that answers no PING any more once it is told to, and says when it has heard one since.
func uncheckable(t testing.TB) (p *peer, mute func(), heard <-chan struct{}) {
	var muted atomic.Bool
	pings := make(chan struct{}, 100)
	return newPeer(t, func(n int, args []string) string {
		if args[0] == "PING" && muted.Load() {
			pings <- struct{}{}
			return silence
		}
		return friendly(n, args)
	}), func() { muted.Store(true) }, pings
}

// getsAndPings filters what a monitor saw.
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
		"shared": {HealthCheckInterval: always}, "exclusive": {HealthCheckInterval: always, Exclusive: true}, "URL": byURL,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb, srv := sharedClient(t, o)
			for name, rdb := range map[string]*redpoll.Client{"client": rdb, "Conn": pin(t, rdb).Client} {
				m := srv.Monitor()
				_, _ = rdb.Get(t.Context(), "a")
				unused()
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
		"off": {}, "long interval": {HealthCheckInterval: time.Hour}, "long interval, exclusive": {HealthCheckInterval: time.Hour, Exclusive: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb, srv := sharedClient(t, o)
			m := srv.Monitor()
			_, _ = rdb.Get(t.Context(), "a")
			_, _ = rdb.Get(t.Context(), "b")
			_, _ = pin(t, rdb).Get(t.Context(), "c")
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
			rdb, _ := sharedClient(t, o)
			usable(t, rdb)
			began := time.Now() // of calls that came one soon after the other
			last := began       // of the call before
			await(t, "calls without a pause have lasted for five intervals", func() bool {
				pings, start := rdb.Stats().Pings, time.Now()
				_, _ = rdb.Get(t.Context(), "k")
				switch {
				//houserules:ok clock: nothing is demanded of a machine that lets an interval pass
				case time.Since(last) > interval:
					began = start // a slow machine: a check may have been due
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
	for name, o := range map[string]redpoll.Options{"shared": {}, "exclusive": {Exclusive: true}, "Conn": {MaxConns: 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The first connection answers no more health checks; nobody can see that but by asking.
			var dead atomic.Bool
			p := newPeer(t, func(n int, args []string) string {
				if n == 0 && args[0] == "PING" && dead.Load() {
					return hangUp
				}
				return friendly(n, args)
			})
			o.Addr, o.HealthCheckInterval, o.NoRetry, o.NoClientInfo = p.Addr(), always, true, true
			rdb := newClient(t, o)
			if name == "Conn" {
				rdb = pin(t, rdb).Client
			}
			if _, err := rdb.Incr(t.Context(), "n"); err != nil {
				t.Fatal(err)
			}
			dead.Store(true)
			unused()
			if _, err := rdb.Incr(t.Context(), "n"); err != nil {
				t.Errorf("after the check: %v", err)
			}
			heard := p.heard()
			if len(heard) != 2 || !strings.HasSuffix(heard[0], "INCR n; PING") || !strings.HasSuffix(heard[1], "PING; INCR n") {
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
		"hung up":        {hangUp, "closed by server"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mended atomic.Bool
			p := newPeer(t, func(n int, args []string) string {
				if args[0] == "PING" && !mended.Load() {
					return tt.reply
				}
				return friendly(n, args)
			})
			for _, mode := range []string{"shared", "exclusive", "Conn"} {
				mended.Store(true)
				before, sent := p.Accepted(), p.count("INCR")
				rdb := newClient(t, redpoll.Options{
					Addr: p.Addr(), HealthCheckInterval: always, NoRetry: true, Exclusive: mode == "exclusive", MaxConns: 1,
				})
				if mode == "Conn" {
					rdb = pin(t, rdb).Client
				}
				if _, err := rdb.Incr(t.Context(), "n"); err != nil {
					t.Fatal(err)
				}
				mended.Store(false)
				unused()
				_, err := rdb.Incr(t.Context(), "n")
				var ce *redpoll.ConnError
				if !errors.As(err, &ce) || ce.Outcome != redpoll.NotSent || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("%s: got %v", mode, err)
				}
				if n := p.Accepted() - before; n != 2 || p.count("INCR") != sent+1 {
					t.Errorf("%s: %d connections and %d commands", mode, n, p.count("INCR")-sent)
				}
				mended.Store(true)
				usable(t, rdb)
			}
		})
	}
}

// An error reply is an answer: the connection lives, whatever the server thinks of PING, and the command
// behind the check is sent.
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
				p := newPeer(t, answering(map[string]string{"PING": refusal}))
				rdb := newClient(t, redpoll.Options{
					Addr: p.Addr(), HealthCheckInterval: always, NoRetry: true, Exclusive: mode == "exclusive", MaxConns: 1,
				})
				if mode == "Conn" {
					rdb = pin(t, rdb).Client
				}
				for range 3 {
					if _, err := rdb.Incr(t.Context(), "n"); err != nil {
						t.Fatal(err)
					}
					unused()
				}
				if p.Accepted() != 1 || p.count("PING") < 2 || p.count("INCR") != 3 {
					t.Errorf("the peer heard %q", p.heard())
				}
			})
		}
	}
}

// An ACL that forbids PING costs a client with health checks no connection.
func TestHealthCheckForbiddenByACL(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	srv.Do("ACL", "SETUSER", "app", "on", ">pw", "~*", "+@all", "-ping")
	rdb := newClient(t, redpoll.Options{Addr: srv.Addr(), Username: "app", Password: "pw", HealthCheckInterval: always})
	id := clientID(t, rdb)
	unused()
	if got := clientID(t, rdb); got != id || rdb.Stats().Pings == 0 {
		t.Errorf("connection %d was replaced by %d after %d checks", id, got, rdb.Stats().Pings)
	}
}

// A check that waits for an answer ends with the caller's context, and the command behind it was not sent.
func TestHealthCheckHonoursTheContext(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]redpoll.Options{"shared": {}, "exclusive": {Exclusive: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, mute, checks := uncheckable(t)
			o.Addr, o.HealthCheckInterval = p.Addr(), always
			rdb := newClient(t, o)
			if _, err := rdb.Incr(t.Context(), "n"); err != nil {
				t.Fatal(err)
			}
			mute()
			unused()
			ctx, cancel := context.WithCancel(t.Context())
			go func() { <-checks; cancel() }()
			_, err := rdb.Incr(ctx, "n")
			if !errors.Is(err, context.Canceled) || redpoll.OutcomeOf(err) != redpoll.NotSent || p.count("INCR") != 1 {
				t.Errorf("got %v with %d commands sent", err, p.count("INCR"))
			}
		})
	}
}

// While one call checks the connection of a Conn, others on it end with their contexts, and Close ends all.
func TestHealthCheckOfAConnHoldsUpNobody(t *testing.T) {
	t.Parallel()
	var pings atomic.Int64
	p := newPeer(t, func(n int, args []string) string {
		if args[0] == "GET" || args[0] == "PING" && pings.Add(1) > 1 { // the check of the first call is answered
			return silence
		}
		return friendly(n, args)
	})
	rdb := newClient(t, redpoll.Options{Addr: p.Addr(), HealthCheckInterval: always, ReplyTimeout: redpoll.Forever})
	one := pin(t, rdb)
	unused()
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
	await(t, "the first call is sent", func() bool { return p.count("GET") == 1 })
	checks := call(context.Background())
	await(t, "the second call checks", func() bool { return p.count("PING") == 2 })
	cancel()
	ends("the call that gives up", sent, context.Canceled)
	await(t, "the second call checks the new connection", func() bool { return p.count("PING") == 3 })
	ctx, cancel = context.WithCancel(t.Context())
	waits := call(ctx)
	cancel()
	ends("a call that waits for the check", waits, context.Canceled)
	closed := make(chan error, 1)
	go func() { closed <- one.Close() }()
	ends("Close", closed, nil)
	ends("the check", checks, redpoll.ErrClosed)
	await(t, "its connection is given back", func() bool { return rdb.Stats().LentConns == 0 })
}

// A server that closes idle connections: the holder of a pinned one hears of it once, unless health checks find out
// before. Pooled connections are replaced in either case.
//
// Covers: F12, F95, F118, F138, E7
func TestServerClosesIdleConnections(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{Config: []string{"timeout 1"}})
	plain := newClient(t, redpoll.Options{Addr: srv.Addr()})
	withChecks := newClient(t, redpoll.Options{Addr: srv.Addr(), HealthCheckInterval: always})
	exclusive := newClient(t, redpoll.Options{Addr: srv.Addr(), Exclusive: true})
	lone, safe := pin(t, plain), pin(t, withChecks)
	all := []*redpoll.Client{plain, withChecks, exclusive, lone.Client, safe.Client}
	for _, rdb := range all {
		usable(t, rdb)
	}
	await(t, "the server closes its idle connections", func() bool {
		list, _ := srv.Do("CLIENT", "LIST").(string)
		return strings.Count(list, "\n") == 1
	})
	connError(t, lone.Ping(t.Context()), redpoll.PhaseQueue, redpoll.NotSent)
	for _, rdb := range all {
		usable(t, rdb) // lone as well, now
	}
}
