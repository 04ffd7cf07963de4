package pool

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/redpolltest"
	"github.com/redpoll-go/redpoll/resp"
)

func TestMain(m *testing.M) { redpolltest.Main(m) }

// inBubble runs a test with a pool of a played server, with virtual time. change changes the configuration
// first.
func inBubble(t *testing.T, change func(cfg *Config), test func(t *testing.T, p *Pool, s *testkit.Played)) {
	t.Helper()
	testkit.Bubble(t, func(t *testing.T) {
		s := new(testkit.Played)
		cfg := Config{
			Conn: &conn.Config{
				Network: "tcp", Addr: "n:1", RESP2: true, Dial: s.Dial, TrackReplies: true,
				Logger: discard,
			},
			Shared: 1, BackoffMin: backoffMin, BackoffMax: backoffMax,
		}
		if change != nil {
			change(&cfg)
		}
		p := New(cfg)
		defer p.Close()
		test(t, p, s)
	})
}

const (
	backoffMin = 100 * time.Millisecond
	backoffMax = time.Second
)

var discard = slog.New(slog.NewTextHandler(io.Discard, nil))

var errRefused = errors.New("refused")

// reply is a call that keeps its reply as text.
type reply struct {
	call conn.Call
	text string
}

func (r *reply) Decode(frame []byte) {
	d := resp.NewDecoder(frame)
	r.text, _ = d.Text()
}

func (r *reply) Release() {}

// ask sends a command over a connection and returns the reply.
func ask(ctx context.Context, c *conn.Conn, words ...string) (string, error) {
	r := new(reply)
	r.call.Wire, r.call.Sink = resp.AppendCommand(nil, words...), r
	r.call.Reset()
	if gone := c.Do(ctx, &r.call); gone != nil {
		return "", gone
	}
	return r.text, r.call.Err
}

// busy puts this number of calls on a connection; the server does not answer them until release.
func busy(c *conn.Conn, n int) (end *sync.WaitGroup) {
	end = new(sync.WaitGroup)
	for range n {
		end.Go(func() { _, _ = ask(context.Background(), c, "WAITS") })
	}
	synctest.Wait()
	return end
}

// answersLater makes the server answer WAITS when release is called, and all other commands at once.
func answersLater(s *testkit.Played) (release func()) {
	gate := make(chan struct{})
	s.Answer = func(_ int, words []string) string {
		switch words[0] {
		case "WAITS":
			<-gate
		case "PING":
			return "+PONG\r\n"
		}
		return "+OK\r\n"
	}
	return sync.OnceFunc(func() { close(gate) })
}

func get(t *testing.T, p *Pool) *conn.Conn {
	t.Helper()
	c, err := p.Get(t.Context(), conn.Session)
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	return c
}

// session is Get for sessions.
func (p *Pool) session(ctx context.Context) (*conn.Conn, error) { return p.Get(ctx, conn.Session) }

func shared(t *testing.T, p *Pool) *conn.Conn {
	t.Helper()
	c, err := p.Shared(t.Context())
	if err != nil {
		t.Fatalf("Shared: %v", err)
	}
	return c
}

// got is the result of a caller in its own goroutine.
type got struct {
	c   *conn.Conn
	err error
}

// asking calls f in a goroutine, and returns when the goroutine waits.
func asking(ctx context.Context, f func(ctx context.Context) (*conn.Conn, error)) <-chan got {
	ch := make(chan got, 1)
	go func() {
		c, err := f(ctx)
		ch <- got{c, err}
	}()
	synctest.Wait()
	return ch
}

// notSent checks the error of a caller whose context ended before anything was sent.
func notSent(t *testing.T, err error) {
	t.Helper()
	var gone *conn.GaveUp
	if !errors.As(err, &gone) || gone.Outcome != conn.NotSent {
		t.Errorf("error %v, want that the caller gave up and nothing was sent", err)
	}
}

// A pool connects when a caller needs a connection, and not earlier.
func TestNewConnectsNowhere(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, p *Pool, s *testkit.Played) {
		testkit.Pass(time.Hour)
		if s.Dials() != 0 || p.Stats() != (Stats{}) {
			t.Errorf("%d dials, %+v", s.Dials(), p.Stats())
		}
	})
}

// After Close nobody gets a connection, and no connection is left; a second Close does nothing.
func TestClose(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, p *Pool, s *testkit.Played) {
		release := answersLater(s)
		defer release()
		lent, rests, c := get(t, p), get(t, p), shared(t, p)
		p.Put(rests)
		var inFlight error
		asked := make(chan struct{})
		go func() {
			_, inFlight = ask(context.Background(), c, "WAITS")
			close(asked)
		}()
		synctest.Wait()
		p.Close()
		<-asked
		if !errors.Is(inFlight, ErrClosed) {
			t.Errorf("the call in flight: %v", inFlight)
		}
		release()
		synctest.Wait()
		if s.Open() != 0 || !lent.Down() || !rests.Down() || !c.Down() {
			t.Errorf("%d connections are open", s.Open())
		}
		for name, f := range map[string]func(context.Context) (*conn.Conn, error){"Get": p.session,
			"Shared": p.Shared, "Bare": p.Bare} {
			if _, err := f(t.Context()); !errors.Is(err, ErrClosed) {
				t.Errorf("%s: %v", name, err)
			}
		}
		p.Put(lent)
		p.Close()
		select {
		case <-p.Done():
		default:
			t.Error("Done is not closed")
		}
	})
}

// Close ends attempts to connect and the pauses between them, and callers that wait for a connection get the
// reason.
func TestCloseEndsAttempts(t *testing.T) {
	for name, prepare := range map[string]func(s *testkit.Played, p *Pool){
		"dialing": func(s *testkit.Played, _ *Pool) { s.Hold() },
		"in the pause": func(s *testkit.Played, p *Pool) {
			s.Refuse(errRefused)
			_, _ = p.Get(context.Background(), conn.Session)
			_, _ = p.Shared(context.Background())
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(cfg *Config) {
				cfg.BackoffMin, cfg.BackoffMax = time.Hour, time.Hour
			}, func(t *testing.T, p *Pool, s *testkit.Played) {
				prepare(s, p)
				began := time.Now()
				one, other := asking(t.Context(), p.session), asking(t.Context(), p.Shared)
				p.Close()
				if g := <-one; !errors.Is(g.err, ErrClosed) {
					t.Errorf("Get: %v", g.err)
				}
				if g := <-other; !errors.Is(g.err, ErrClosed) {
					t.Errorf("Shared: %v", g.err)
				}
				if time.Since(began) != 0 {
					t.Errorf("after %v", time.Since(began))
				}
			})
		})
	}
}

// Reset closes idle connections now, lent ones when they come back, and shared ones after their last call in
// flight; later callers get new connections.
func TestReset(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, p *Pool, s *testkit.Played) {
		release := answersLater(s)
		lent, rests, idleShared := get(t, p), get(t, p), shared(t, p)
		p.Put(rests)
		end := busy(idleShared, 2)
		p.Reset()
		if !rests.Down() || lent.Down() || idleShared.Err() != nil {
			t.Errorf("idle down %v, lent down %v, shared %v", rests.Down(), lent.Down(), idleShared.Err())
		}
		if c := shared(t, p); c == idleShared {
			t.Error("the shared connection is still given")
		}
		if c := get(t, p); c == rests || c == lent {
			t.Error("an exclusive connection of before is given")
		}
		p.Put(lent)
		if !lent.Down() {
			t.Error("the lent one outlives its return")
		}
		release()
		end.Wait()
		synctest.Wait()
		if idleShared.Err() == nil {
			t.Error("the shared one outlives its last call")
		}
		testkit.Pass(time.Second) // the watchdog runs sweep
		if got := p.Stats(); got.Closed != 3 || got.Shared != 1 || got.Lent != 1 || got.Idle != 0 {
			t.Errorf("%+v", got)
		}
	})
}

// Disconnect closes every connection at once, also in use, and the pool goes on.
func TestDisconnect(t *testing.T) {
	inBubble(t, func(cfg *Config) { cfg.Sessions.Max = 2 }, func(t *testing.T, p *Pool, s *testkit.Played) {
		lent, rests, c := get(t, p), get(t, p), shared(t, p)
		p.Put(rests)
		p.Disconnect()
		if !lent.Down() || !rests.Down() || !c.Down() {
			t.Errorf("down: lent %v, idle %v, shared %v", lent.Down(), rests.Down(), c.Down())
		}
		if got := p.Stats(); got.Lent != 1 || got.Idle != 0 || got.Shared != 0 || got.Closed != 2 {
			t.Errorf("%+v", got)
		}
		p.Put(lent)
		one, two := get(t, p), get(t, p) // both places are free
		for _, c := range []*conn.Conn{one, two, shared(t, p)} {
			if text, err := ask(t.Context(), c, "SET"); text != "OK" || err != nil {
				t.Errorf("%q, %v", text, err)
			}
		}
	})
}

// A bare connection does not count for the limits of the pool, and no other caller gets it.
func TestBare(t *testing.T) {
	inBubble(t, func(cfg *Config) {
		cfg.Sessions.Max, cfg.Conn.ClientName, cfg.Conn.DB = 1, "name", 3
	}, func(t *testing.T, p *Pool, s *testkit.Played) {
		c := get(t, p)
		s.Expect(t, "CLIENT SETNAME name", "SELECT 3")
		bare, err := p.Bare(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		s.Expect(t, "CLIENT SETNAME name", "SELECT 3") // no command that a busy server refuses
		if got := p.Stats(); got.Lent != 2 {
			t.Errorf("%+v", got)
		}
		p.Drop(bare)
		if !bare.Down() || c.Down() || p.Stats().Lent != 1 {
			t.Errorf("after Drop: %+v", p.Stats())
		}
		s.Refuse(errRefused)
		var de *conn.DialError
		if _, err := p.Bare(t.Context()); !errors.As(err, &de) || !errors.Is(err, errRefused) {
			t.Errorf("refused: %v", err)
		}
	})
}

// The counters include connections that have ended.
func TestStats(t *testing.T) {
	inBubble(t, func(cfg *Config) { cfg.Sessions.Max = 2 }, func(t *testing.T, p *Pool, s *testkit.Played) {
		one, two, c := get(t, p), get(t, p), shared(t, p)
		for _, c := range []*conn.Conn{one, two, two, c} {
			if _, err := ask(t.Context(), c, "GET"); err != nil {
				t.Fatal(err)
			}
		}
		_, _ = p.Get(t.Context(), conn.Session)
		synctest.Wait() // the reply may come before the write is counted
		p.Put(one)
		p.Drop(two)
		s.Refuse(errRefused)
		c.Close()
		_, _ = p.Shared(t.Context())
		testkit.Pass(time.Second)
		want := Stats{Idle: 1, Dials: 4, DialErrors: 1, Closed: 2, Exhausted: 1}
		want.Calls, want.Writes = 4, 4
		want.Sent, want.Received = 4*uint64(len("*1\r\n$3\r\nGET\r\n")), 4*uint64(len("+OK\r\n"))
		want.Classes[conn.Session] = ClassStats{Open: 1, Idle: 1}
		if got := p.Stats(); got != want {
			t.Errorf("%+v\nwant %+v", got, want)
		}
	})
}

// An observer is called after everyone else knows the result of an attempt, and may close the pool.
func TestObserverMayClose(t *testing.T) {
	for name, f := range map[string]func(p *Pool) func(context.Context) (*conn.Conn, error){
		"shared":    func(p *Pool) func(context.Context) (*conn.Conn, error) { return p.Shared },
		"exclusive": func(p *Pool) func(context.Context) (*conn.Conn, error) { return p.session },
	} {
		t.Run(name, func(t *testing.T) {
			var p *Pool
			told := make(chan error, 9)
			inBubble(t, func(cfg *Config) {
				told = make(chan error, 9)
				cfg.Conn.Observe = func(_ context.Context, _ time.Duration, err error) {
					p.Close()
					told <- err
				}
			}, func(t *testing.T, pool *Pool, s *testkit.Played) {
				p = pool
				g := <-asking(t.Context(), f(p))
				if err := <-told; err != nil || g.err != nil {
					t.Errorf("observed %v, got %v", err, g.err)
				}
			})
		})
	}
}

// The watchdog looks four times within the shortest timeout, with a lower and an upper bound.
func TestLookEvery(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reply, write, idle time.Duration
		want               time.Duration
	}{
		"no time-outs": {0, 0, 0, 250 * time.Millisecond},
		"long ones":    {time.Minute, time.Minute, time.Hour, 250 * time.Millisecond},
		"reply":        {400 * time.Millisecond, time.Minute, 0, 100 * time.Millisecond},
		"write":        {time.Minute, 400 * time.Millisecond, 0, 100 * time.Millisecond},
		"idle":         {0, 0, 800 * time.Millisecond, 200 * time.Millisecond},
		"very short":   {time.Millisecond, 0, 0, 25 * time.Millisecond},
		"least of them": {400 * time.Millisecond, 200 * time.Millisecond, 800 * time.Millisecond,
			50 * time.Millisecond},
	} {
		p := New(Config{Conn: &conn.Config{ReplyTimeout: c.reply, WriteTimeout: c.write},
			Sessions: Bound{IdleTimeout: c.idle}})
		if got := p.lookEvery(); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// A sealed pool takes no calls on shared connections, even from a caller that holds one already. It lets
// calls in flight end, and makes no more shared connections.
func TestSeal(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, p *Pool, s *testkit.Played) {
		release := answersLater(s)
		c, lent := shared(t, p), get(t, p)
		end := busy(c, 3)
		calls := p.Seal()
		if n := calls(); n != 3 {
			t.Errorf("%d calls are under way, want 3", n)
		}
		if _, err := ask(t.Context(), c, "SET"); !errors.Is(err, conn.ErrRetired) {
			t.Errorf("a call that comes too late: %v", err)
		}
		if _, err := p.Shared(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("Shared: %v", err)
		}
		if text, err := ask(t.Context(), lent, "SET"); text != "OK" {
			t.Errorf("over a lent one: %q, %v", text, err)
		}
		get(t, p)
		release()
		end.Wait()
		if n := calls(); n != 0 || c.Err() == nil {
			t.Errorf("%d calls are under way at the end, the connection: %v", n, c.Err())
		}
	})
}

// If Seal comes between a dial and the callers that wait for it, they get no connection.
func TestSealWhileDialing(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, p *Pool, s *testkit.Played) {
		release := s.Hold()
		waiter := asking(t.Context(), p.Shared)
		calls := p.Seal()
		release()
		if g := <-waiter; !errors.Is(g.err, ErrClosed) || calls() != 0 {
			t.Errorf("got %v, %v", g.c, g.err)
		}
		synctest.Wait()
		if s.Open() != 0 {
			t.Errorf("%d connections are open", s.Open())
		}
	})
}

// Calls counts the calls in flight now, and no later ones.
func TestCalls(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, p *Pool, s *testkit.Played) {
		gate := make(chan struct{})
		s.Answer = func(int, []string) string { <-gate; return "+OK\r\n" }
		c := shared(t, p)
		end := busy(c, 2)
		left := p.Calls()
		later := busy(c, 3)
		for want := 2; want >= 0; want-- {
			if n := left(); n != want {
				t.Errorf("%d calls are left, want %d", n, want)
			}
			if want > 0 {
				gate <- struct{}{}
				synctest.Wait()
			}
		}
		close(gate)
		end.Wait()
		later.Wait()
		if n := left(); n != 0 {
			t.Errorf("%d calls are left at the end", n)
		}
	})
}
