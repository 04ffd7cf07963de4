package pool

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// limited configures a limit of exclusive connections.
func limited(most int) func(cfg *Config) {
	return func(cfg *Config) { cfg.Sessions.Max = most }
}

// waits configures a limit at which callers wait, at most for the time limit.
func waits(most int, limit time.Duration) func(cfg *Config) {
	return func(cfg *Config) { cfg.Sessions = Bound{Max: most, Wait: true, WaitTimeout: limit} }
}

// The connection that came back last is lent first, so that the others may grow old.
func TestGetLastReturned(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, p *Pool, s *testkit.Played) {
		one, two, three := get(t, p), get(t, p), get(t, p)
		for _, c := range []*conn.Conn{two, three, one} {
			p.Put(c)
		}
		if a, b, c := get(t, p), get(t, p), get(t, p); a != one || b != three || c != two {
			t.Error("in another order")
		}
		if s.Dials() != 3 {
			t.Errorf("%d dials", s.Dials())
		}
	})
}

// At the limit Get fails at once. A caller for whom a connection is being made has a place.
func TestGetAtTheLimit(t *testing.T) {
	inBubble(t, limited(2), func(t *testing.T, p *Pool, s *testkit.Played) {
		one := get(t, p)
		release := s.Hold()
		second := asking(t.Context(), p.session)
		if _, err := p.Get(t.Context(), conn.Session); !errors.Is(err, ErrExhausted) ||
			p.Stats().Exhausted != 1 {
			t.Errorf("the third caller: %v, %+v", err, p.Stats())
		}
		release()
		if g := <-second; g.err != nil {
			t.Errorf("the second caller: %v", g.err)
		}
		p.Put(one)
		if c := get(t, p); c != one {
			t.Error("another connection")
		}
	})
}

// A caller whose context has ended gets no connection, even if one is idle.
func TestGetInAnEndedContext(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, p *Pool, s *testkit.Played) {
		p.Put(get(t, p))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := p.Get(ctx, conn.Session)
		notSent(t, err)
		if p.Stats().Idle != 1 {
			t.Errorf("%+v", p.Stats())
		}
	})
}

// A caller's wait for a place ends in one of these ways.
func TestGetWaits(t *testing.T) {
	const limit, deadline = time.Minute, time.Second
	for name, c := range map[string]struct {
		limit   time.Duration
		end     func(p *Pool, lent *conn.Conn) // nil if nothing happens
		ends    bool                           // the caller's context ends
		want    error                          // nil for a connection
		after   time.Duration
		expired uint64
	}{
		"a connection comes back": {limit, func(p *Pool, c *conn.Conn) { p.Put(c) }, false, nil, 0, 0},
		"a connection is dropped": {limit, func(p *Pool, c *conn.Conn) { p.Drop(c) }, false, nil, 0, 0},
		"a broken one comes back": {limit, func(p *Pool, c *conn.Conn) {
			c.Close()
			p.Put(c)
		}, false, nil, 0, 0},
		"the time-out":             {limit, nil, false, ErrNoConn, limit, 1},
		"the context":              {limit, nil, true, context.DeadlineExceeded, deadline, 1},
		"the context, no time-out": {0, nil, true, context.DeadlineExceeded, deadline, 1},
		"the pool is closed":       {0, func(p *Pool, _ *conn.Conn) { p.Close() }, false, ErrClosed, 0, 0},
		"a forgotten one came back": {limit, func(p *Pool, c *conn.Conn) {
			p.Reset()
			p.Put(c)
		}, false, nil, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, waits(1, c.limit), func(t *testing.T, p *Pool, s *testkit.Played) {
				lent := get(t, p)
				ctx, cancel := t.Context(), func() {}
				if c.ends {
					ctx, cancel = context.WithTimeout(ctx, deadline)
				}
				defer cancel()
				began := time.Now()
				waiter := asking(ctx, p.session)
				if got := p.Stats(); got.Waits != 1 {
					t.Errorf("%+v", got)
				}
				if c.end != nil {
					c.end(p, lent)
				}
				g := <-waiter
				if !errors.Is(g.err, c.want) || c.want == nil && (g.c == nil || g.c.Down()) {
					t.Errorf("got %v, %v", g.c, g.err)
				}
				testkit.Took(t, "the wait", began, c.after, c.after)
				if got := p.Stats(); got.WaitTimeouts != c.expired || got.Exhausted != 0 {
					t.Errorf("%+v", got)
				}
			})
		})
	}
}

// Waiters are served in their order; one that gives up loses its place and takes nothing from the others.
func TestWaitersAreServedInTheirOrder(t *testing.T) {
	inBubble(t, waits(1, 0), func(t *testing.T, p *Pool, s *testkit.Played) {
		lent := get(t, p)
		first := asking(t.Context(), p.session)
		ctx, cancel := context.WithCancel(t.Context())
		leaves := asking(ctx, p.session)
		third := asking(t.Context(), p.session)
		cancel()
		notSent(t, (<-leaves).err)
		for n, waiter := range []<-chan got{first, third} {
			p.Put(lent)
			if g := <-waiter; g.c != lent {
				t.Errorf("waiter %d got %v, %v", n, g.c, g.err)
			}
		}
		if s.Dials() != 1 {
			t.Errorf("%d dials", s.Dials())
		}
	})
}

// A caller may give up at the moment when it is served: the connection is not lost.
func TestWaiterGivesUpWhenServed(t *testing.T) {
	inBubble(t, waits(1, 0), func(t *testing.T, p *Pool, s *testkit.Played) {
		for range 100 {
			lent := get(t, p)
			ctx, cancel := context.WithCancel(t.Context())
			waiter := asking(ctx, p.session)
			cancel()
			p.Put(lent) // usually before the waiter runs
			if g := <-waiter; g.err == nil {
				p.Put(g.c)
			}
			synctest.Wait()
			if got := p.Stats(); got.Idle != 1 || got.Lent != 0 || s.Dials() != 1 {
				t.Fatalf("%+v", got)
			}
		}
	})
}

// A connection that comes back goes to the first waiter, even while another one is being made for this
// waiter; the new one goes to the next caller.
func TestReturnedBeforeMade(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, p *Pool, s *testkit.Played) {
		one := get(t, p)
		release := s.Hold()
		waiter := asking(t.Context(), p.session)
		p.Put(one)
		if g := <-waiter; g.c != one {
			t.Errorf("got %v, %v", g.c, g.err)
		}
		release()
		synctest.Wait()
		if got := p.Stats(); got.Idle != 1 || got.Lent != 1 || got.Dials != 2 {
			t.Errorf("%+v", got)
		}
		get(t, p)
		if s.Dials() != 2 {
			t.Errorf("%d dials", s.Dials())
		}
	})
}

// A connection that was being made for a caller that gave up is kept for the next one.
func TestMadeForNobody(t *testing.T) {
	inBubble(t, limited(1), func(t *testing.T, p *Pool, s *testkit.Played) {
		release := s.Hold()
		ctx, cancel := context.WithCancel(t.Context())
		leaves := asking(ctx, p.session)
		cancel()
		notSent(t, (<-leaves).err)
		next := asking(t.Context(), p.session) // it joins the dial
		release()
		if g := <-next; g.err != nil || s.Dials() != 1 {
			t.Errorf("%v after %d dials", g.err, s.Dials())
		}
	})
}

// An idle connection that has ended is replaced within its place, so the limit does not matter.
func TestGetReplaces(t *testing.T) {
	inBubble(t, limited(1), func(t *testing.T, p *Pool, s *testkit.Played) {
		old := get(t, p)
		p.Put(old)
		old.Close()
		c := get(t, p)
		if c == old || c.Down() {
			t.Error("the same connection again")
		}
		if got := p.Stats(); got.Lent != 1 || got.Closed != 1 || got.Exhausted != 0 {
			t.Errorf("%+v", got)
		}
		p.Put(c)
		c.Close()
		s.Refuse(errRefused)
		if _, err := p.Get(t.Context(), conn.Session); !errors.Is(err, errRefused) {
			t.Errorf("while the server cannot be reached: %v", err)
		}
		if got := p.Stats(); got.Lent != 0 || got.Idle != 0 {
			t.Errorf("%+v", got)
		}
	})
}

// Get notices that the server closed an idle connection before it lends the connection.
func TestGetSeesThatTheServerHungUp(t *testing.T) {
	t.Parallel()
	hangUp := make(chan struct{})
	var connections atomic.Int32
	server := redpolltest.Scripted(t, func(c net.Conn) {
		if connections.Add(1) == 1 {
			<-hangUp
			return
		}
		_, _ = c.Read(make([]byte, 1))
	})
	p := New(Config{Conn: &conn.Config{Network: "tcp", Addr: server.Addr(), RESP2: true, Logger: discard},
		Sessions: Bound{Max: 1}, BackoffMax: time.Second})
	defer p.Close()
	old := get(t, p)
	p.Put(old)
	close(hangUp)
	redpolltest.Await(t, "Get replaces the connection", func() bool {
		c := get(t, p)
		p.Put(c)
		return c != old
	})
	if got := p.Stats(); got.Closed != 1 || got.Dials != 2 || got.Calls != 0 {
		t.Errorf("%+v", got)
	}
}

// While the server can be reached, connections are made all at once.
func TestGrowAtOnce(t *testing.T) {
	inBubble(t, waits(4, 0), func(t *testing.T, p *Pool, s *testkit.Played) {
		release := s.Hold()
		for range 6 {
			asking(t.Context(), p.session)
		}
		if s.Dials() != 4 {
			t.Errorf("%d dials for 6 callers with a limit of 4", s.Dials())
		}
		release()
		synctest.Wait()
		if got := p.Stats(); got.Lent != 4 || got.Waits != 2 {
			t.Errorf("%+v", got)
		}
	})
}

// While the server cannot be reached, connections are made one at a time; after the first success all others
// follow.
func TestGrowOneAtATimeAfterAFailure(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, p *Pool, s *testkit.Played) {
		s.Refuse(errRefused)
		if _, err := p.Get(t.Context(), conn.Session); !errors.Is(err, errRefused) {
			t.Fatal(err)
		}
		s.Refuse(nil)
		release := s.Hold()
		for range 5 {
			asking(t.Context(), p.session)
		}
		testkit.Pass(backoffMax)
		if s.Dials() != 2 {
			t.Errorf("%d dials, want one more", s.Dials())
		}
		release()
		synctest.Wait()
		if got := p.Stats(); got.Lent != 5 || got.Dials != 6 {
			t.Errorf("%+v", got)
		}
	})
}

// There are pauses between failed attempts, as for shared connections.
func TestGetAttemptsArePaced(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, p *Pool, s *testkit.Played) {
		checkPace(t, p.session, func(c *conn.Conn) { p.Drop(c) }, s)
	})
}

// Attempts that fail together count as one failure for the pause, and each of them fails one caller.
func TestAttemptsThatFailTogether(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, p *Pool, s *testkit.Played) {
		s.Refuse(errRefused)
		release := s.Hold()
		var callers []<-chan got
		for range 5 {
			callers = append(callers, asking(t.Context(), p.session))
		}
		testkit.Pass(time.Second)
		release()
		for _, c := range callers {
			if g := <-c; !errors.Is(g.err, errRefused) {
				t.Errorf("got %v", g.err)
			}
		}
		s.Refuse(nil)
		began := time.Now()
		get(t, p)
		testkit.Took(t, "the pause", began, backoffMin/2, backoffMin)
	})
}

// A failed attempt fails all callers that are within the limit. Callers that wait for a connection to come
// back go on waiting.
func TestFailureConcernsThoseWithRoom(t *testing.T) {
	inBubble(t, waits(2, 0), func(t *testing.T, p *Pool, s *testkit.Played) {
		lent := get(t, p)
		s.Refuse(errRefused)
		release := s.Hold()
		first := asking(t.Context(), p.session)
		second := asking(t.Context(), p.session) // waits for lent
		release()
		if g := <-first; !errors.Is(g.err, errRefused) {
			t.Errorf("the first caller: %v", g.err)
		}
		select {
		case g := <-second:
			t.Fatalf("the second caller: %v", g.err)
		default:
		}
		p.Put(lent)
		if g := <-second; g.c != lent {
			t.Errorf("the second caller: %v, %v", g.c, g.err)
		}
	})
}

// If no lent connection can come back, a failed attempt fails all callers, however many there are.
func TestFailureConcernsAll(t *testing.T) {
	inBubble(t, waits(1, 0), func(t *testing.T, p *Pool, s *testkit.Played) {
		s.Refuse(errRefused)
		release := s.Hold()
		callers := []<-chan got{asking(t.Context(), p.session), asking(t.Context(), p.session),
			asking(t.Context(), p.session)}
		release()
		for _, c := range callers {
			if g := <-c; !errors.Is(g.err, errRefused) {
				t.Errorf("got %v", g.err)
			}
		}
		if s.Dials() != 1 {
			t.Errorf("%d dials", s.Dials())
		}
	})
}

// Connections that were unused for too long are closed; those used later stay.
func TestTrim(t *testing.T) {
	inBubble(t, func(cfg *Config) {
		cfg.Sessions.IdleTimeout = time.Minute
	}, func(t *testing.T, p *Pool, s *testkit.Played) {
		old, used, lent := get(t, p), get(t, p), get(t, p)
		p.Put(old)
		p.Put(used)
		testkit.Pass(40 * time.Second)
		if c := get(t, p); c != used {
			t.Fatal("another connection than the last one")
		}
		p.Put(used)
		testkit.Pass(40 * time.Second)
		if !old.Down() || used.Down() || lent.Down() || p.Stats().Idle != 1 {
			t.Errorf("old %v, used %v, lent %v, %+v", old.Down(), used.Down(), lent.Down(), p.Stats())
		}
		testkit.Pass(time.Minute)
		if !used.Down() || lent.Down() || p.Stats().Idle != 0 || p.Stats().Lent != 1 {
			t.Errorf("used %v, lent %v, %+v", used.Down(), lent.Down(), p.Stats())
		}
	})
}

// Without a timeout idle connections stay for ever.
func TestNoTrim(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, p *Pool, s *testkit.Played) {
		c := get(t, p)
		p.Put(c)
		testkit.Pass(time.Hour)
		if c.Down() {
			t.Error("it was closed")
		}
	})
}

// Lent connections and waiting callers of one class do not affect callers of another class.
func TestClassesAreApart(t *testing.T) {
	one := Bound{Max: 1, Wait: true}
	inBubble(t, func(cfg *Config) {
		cfg.Sessions, cfg.Blocking, cfg.Large = one, one, one
	}, func(t *testing.T, p *Pool, s *testkit.Played) {
		classes := []conn.Class{conn.Session, conn.Blocking, conn.Large}
		for _, class := range classes {
			began := time.Now()
			if _, err := p.Get(t.Context(), class); err != nil {
				t.Fatal(err)
			}
			testkit.Took(t, "a connection of another class", began, 0, 0)
			for range 3 {
				asking(t.Context(), func(ctx context.Context) (*conn.Conn, error) {
					return p.Get(ctx, class)
				})
			}
		}
		if _, err := p.Shared(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := p.Bare(t.Context()); err != nil {
			t.Error(err)
		}
		got := p.Stats()
		for _, class := range classes {
			if want := (ClassStats{Open: 1, Lent: 1, Waiting: 3}); got.Classes[class] != want {
				t.Errorf("class %d: %+v", class, got.Classes[class])
			}
		}
		if want := (ClassStats{Open: 1, Lent: 1}); got.Lent != 4 || got.Classes[conn.Urgent] != want ||
			s.Dials() != 5 {
			t.Errorf("%d dials, %+v", s.Dials(), got)
		}
	})
}

// A connection goes back to its class, and is closed after the idle timeout of this class.
func TestClassesTrimApart(t *testing.T) {
	inBubble(t, func(cfg *Config) {
		cfg.Sessions.IdleTimeout, cfg.Large.IdleTimeout = time.Minute, 10*time.Second
	}, func(t *testing.T, p *Pool, s *testkit.Played) {
		open := func() (n [conn.Classes]int) {
			for i, c := range p.Stats().Classes {
				n[i] = c.Idle
			}
			return n
		}
		for _, class := range []conn.Class{conn.Session, conn.Blocking, conn.Large} {
			c, err := p.Get(t.Context(), class)
			if err != nil {
				t.Fatal(err)
			}
			p.Put(c)
		}
		want := [conn.Classes]int{conn.Session: 1, conn.Blocking: 1, conn.Large: 1}
		for _, step := range []struct {
			pass  time.Duration
			class conn.Class // class whose connection is closed then
		}{{11 * time.Second, conn.Large}, {50 * time.Second, conn.Session}} {
			if open() != want {
				t.Errorf("idle: %v, want %v", open(), want)
			}
			testkit.Pass(step.pass)
			want[step.class] = 0
		}
		testkit.Pass(time.Hour)
		if open() != want || s.Open() != 1 {
			t.Errorf("idle: %v, want %v", open(), want)
		}
	})
}

// A failed attempt to connect for one class makes no pause and no failure for another class.
func TestClassesFailApart(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, p *Pool, s *testkit.Played) {
		s.Refuse(errRefused)
		if _, err := p.Get(t.Context(), conn.Blocking); !errors.Is(err, errRefused) {
			t.Fatal(err)
		}
		s.Refuse(nil)
		began := time.Now()
		get(t, p)
		testkit.Took(t, "a connection of another class", began, 0, 0)
	})
}

// At the limit every error says how many connections there are and what to do, and the end of a context keeps
// its own cause.
func TestErrorsAtTheBound(t *testing.T) {
	const remedy = "MaxConns bounds them"
	why := errors.New("the caller has had enough")
	for name, c := range map[string]struct {
		bound Bound
		end   func(ctx context.Context) (context.Context, context.CancelFunc)
		want  []error
	}{
		"at once":      {Bound{}, context.WithCancel, []error{ErrExhausted}},
		"the time-out": {Bound{Wait: true, WaitTimeout: time.Second}, context.WithCancel, []error{ErrNoConn}},
		"the context": {Bound{Wait: true}, func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Second)
		}, []error{context.DeadlineExceeded}},
		"the context, with a cause": {Bound{Wait: true},
			func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeoutCause(ctx, time.Second, why)
			}, []error{context.DeadlineExceeded, why}},
	} {
		t.Run(name, func(t *testing.T) {
			c.bound.Max, c.bound.Remedy = 2, remedy
			inBubble(t, func(cfg *Config) {
				cfg.Sessions = c.bound
			}, func(t *testing.T, p *Pool, s *testkit.Played) {
				get(t, p)
				get(t, p)
				ctx, cancel := c.end(t.Context())
				defer cancel()
				_, err := p.session(ctx)
				for _, want := range c.want {
					if !errors.Is(err, want) {
						t.Errorf("%v is not %v", err, want)
					}
				}
				if !strings.Contains(err.Error(), "all 2 connections are in use: "+remedy) {
					t.Errorf("%v does not say what to do", err)
				}
			})
		})
	}
}

// A caller that is within the limit gets no error about the limit when its context ends while a connection is
// being made.
func TestErrorsBelowTheBound(t *testing.T) {
	inBubble(t, waits(1, 0), func(t *testing.T, p *Pool, s *testkit.Played) {
		defer s.Hold()()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		first, second := asking(ctx, p.session), asking(ctx, p.session)
		for _, g := range []got{<-first, <-second} {
			if !errors.Is(g.err, context.DeadlineExceeded) || strings.Contains(g.err.Error(), "in use") {
				t.Errorf("got %v", g.err)
			}
		}
	})
}

// Holders that wait for each other would wait for ever, so a caller without a deadline gives up when no
// connection has come back for a while. Each connection that comes back gives the waiters the same time
// again.
func TestStall(t *testing.T) {
	const stall = 20 * time.Second
	bound := Bound{Max: 2, Wait: true, Stall: stall}
	inBubble(t, func(cfg *Config) { cfg.Sessions = bound }, func(t *testing.T, p *Pool, s *testkit.Played) {
		one, two := get(t, p), get(t, p)
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		first, second, patient := asking(t.Context(), p.session), asking(t.Context(), p.session),
			asking(ctx, p.session)
		testkit.Pass(15 * time.Second)
		p.Put(one)
		if g := <-first; g.c != one {
			t.Errorf("the first waiter got %v, %v", g.c, g.err)
		}
		g := <-second
		testkit.Took(t, "the wait", began, 15*time.Second+stall, 15*time.Second+stall)
		if !errors.Is(g.err, ErrNoConn) || p.Stats().WaitTimeouts != 1 {
			t.Errorf("the second waiter got %v, %+v", g.err, p.Stats())
		}
		testkit.Pass(10 * time.Minute)
		p.Drop(two)
		if g := <-patient; g.err != nil || g.c == two {
			t.Errorf("the one with a deadline got %v, %v", g.c, g.err)
		}
	})
}

// With Ease a caller first waits for a lent connection, and then takes an idle or a new one.
func TestEase(t *testing.T) {
	const ease = 5 * time.Millisecond
	bound := func(cfg *Config) { cfg.Sessions = Bound{Max: 8, Wait: true, Ease: ease} }
	t.Run("comes back", func(t *testing.T) {
		inBubble(t, bound, func(t *testing.T, p *Pool, s *testkit.Played) {
			first := get(t, p)
			next := asking(t.Context(), p.session)
			testkit.Pass(ease - 1)
			p.Put(first)
			if g := <-next; g.c != first || s.Dials() != 1 {
				t.Errorf("got %v, %v after %d dials, want the connection that came back", g.c, g.err,
					s.Dials())
			}
		})
	})
	t.Run("does not come back", func(t *testing.T) {
		inBubble(t, bound, func(t *testing.T, p *Pool, s *testkit.Played) {
			first := get(t, p)
			next, last := asking(t.Context(), p.session), asking(t.Context(), p.session)
			testkit.Pass(ease)
			second, third := <-next, <-last
			if second.c == nil || third.c == nil || s.Dials() != 3 {
				t.Fatalf("got %v and %v after %d dials, want two more connections", second, third, s.Dials())
			}
			p.Put(second.c)
			next = asking(t.Context(), p.session)
			testkit.Pass(ease)
			if g := <-next; g.c != second.c || s.Dials() != 3 {
				t.Errorf("got %v, %v after %d dials, want the idle connection", g.c, g.err, s.Dials())
			}
			p.Put(first)
		})
	})
	t.Run("is closed", func(t *testing.T) {
		inBubble(t, bound, func(t *testing.T, p *Pool, s *testkit.Played) {
			first := get(t, p)
			next := asking(t.Context(), p.session)
			began := time.Now()
			p.Drop(first)
			if g := <-next; g.c == nil || g.c == first || s.Dials() != 2 {
				t.Errorf("got %v, %v after %d dials, want a new connection", g.c, g.err, s.Dials())
			}
			testkit.Took(t, "the new connection", began, 0, ease-1)
		})
	})
	t.Run("caller gives up", func(t *testing.T) {
		inBubble(t, bound, func(t *testing.T, p *Pool, s *testkit.Played) {
			first := get(t, p)
			ctx, cancel := context.WithTimeout(t.Context(), ease/2)
			defer cancel()
			_, err := p.session(ctx)
			notSent(t, err)
			p.Put(first)
			if again := get(t, p); again != first || s.Dials() != 1 {
				t.Errorf("after %d dials another connection than the idle one", s.Dials())
			}
		})
	})
}
