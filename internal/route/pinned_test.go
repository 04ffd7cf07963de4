package route

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// pinned runs a test with a session to a played server.
func pinned(t *testing.T, change func(cfg *pool.Config, r *Single),
	test func(t *testing.T, p *Pinned, s *testkit.Played)) {
	t.Helper()
	inBubble(t, change, func(t *testing.T, r *Single, s *testkit.Played) {
		session, err := r.Pin(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer session.Close()
		test(t, session.(*Pinned), s)
	})
}

// run sends a command over a session and returns the error for its caller.
func run(ctx context.Context, p Router, words ...string) error {
	call := newCall(conn.Shared, words...)
	if gone := Do(ctx, p, &call.call); gone != nil {
		return gone
	}
	return call.call.Err
}

// running starts run in a goroutine and returns when the goroutine waits.
func running(ctx context.Context, p Router, words ...string) <-chan error {
	told := make(chan error, 1)
	go func() { told <- run(ctx, p, words...) }()
	synctest.Wait()
	return told
}

// All commands of a session use one connection, which no other caller gets until it is given back.
func TestPinned(t *testing.T) {
	pinned(t, nil, func(t *testing.T, p *Pinned, s *testkit.Played) {
		c := p.c
		for range 3 {
			if err := run(t.Context(), p, "SET", "k", "v"); err != nil {
				t.Error(err)
			}
		}
		other, err := p.Pin(t.Context(), nil)
		if err != nil || other.(*Pinned).c == c || s.Dials() != 2 {
			t.Errorf("another session: %v after %d dials", err, s.Dials())
		}
		other.Close()
		p.Close()
		if next, err := p.at.Pool.Get(t.Context(), conn.Session); err != nil || next != c {
			t.Errorf("the connection did not come back: %v", err)
		}
		if err := run(t.Context(), p, "GET", "k"); !errors.Is(err, pool.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}

// A session never sends a command twice, whatever the policy says: the holder must know.
func TestPinnedNeverRepeats(t *testing.T) {
	for name, answer := range map[string]string{"loading": "-LOADING wait\r\n", "cut": testkit.HangUp} {
		t.Run(name, func(t *testing.T) {
			patient := func(_ *pool.Config, r *Single) { r.Policy.Max, r.Policy.For = 5, Forever }
			pinned(t, patient, func(t *testing.T, p *Pinned, s *testkit.Played) {
				s.Answer = func(int, []string) string { return answer }
				call := newCall(conn.Shared, "GET", "k")
				if gone := Do(t.Context(), p, &call.call); gone != nil || call.call.Answered() {
					t.Errorf("%v, %q", gone, call.text)
				}
				s.Expect(t, "GET k")
			})
		})
	}
}

// A session whose connection was lost, in whatever way, gets another one for the next command.
func TestPinnedGetsAnother(t *testing.T) {
	for name, lose := range map[string]func(t *testing.T, p *Pinned, s *testkit.Played){
		"cut": func(t *testing.T, p *Pinned, s *testkit.Played) {
			s.Cut()
			if err := run(t.Context(), p, "GET", "k"); err == nil {
				t.Error("the server hung up and nobody heard of it")
			}
		},
		"given up": func(t *testing.T, p *Pinned, s *testkit.Played) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			var gone *conn.GaveUp
			if err := run(ctx, p, "BLPOP", "silent", "0"); !errors.As(err, &gone) ||
				gone.Outcome != conn.MaybeExecuted {
				t.Errorf("given up: %v", err)
			}
		},
		"dropped": func(_ *testing.T, p *Pinned, _ *testkit.Played) { p.Drop(); p.Drop() },
	} {
		t.Run(name, func(t *testing.T) {
			pinned(t, nil, func(t *testing.T, p *Pinned, s *testkit.Played) {
				s.Answer = func(_ int, words []string) string {
					if words[0] == "BLPOP" {
						return ""
					}
					return "+OK\r\n"
				}
				lose(t, p, s)
				synctest.Wait()
				if s.Open() != 0 {
					t.Errorf("%d connections are open", s.Open())
				}
				if err := run(t.Context(), p, "GET", "k"); err != nil {
					t.Errorf("the next command: %v", err)
				}
				if st := p.at.Pool.Stats(); s.Dials() != 2 || st.Lent != 1 || st.Idle != 0 {
					t.Errorf("%d dials, %+v", s.Dials(), st)
				}
			})
		})
	}
}

// A context that has ended leaves the connection alone.
func TestPinnedInAnEndedContext(t *testing.T) {
	pinned(t, nil, func(t *testing.T, p *Pinned, s *testkit.Played) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		call := newCall(conn.Shared, "SET", "k", "v")
		failed(t, call, Do(ctx, p, &call.call), context.Canceled, conn.NotSent)
		if p.c == nil || p.c.Down() || p.Wrote() != 0 {
			t.Error("it is lost")
		}
	})
}

// While the server keeps state for the holder, calls fail after a loss until the holder calls Hold(false).
func TestPinnedHold(t *testing.T) {
	for name, c := range map[string]struct {
		do     func(t *testing.T, p *Pinned, s *testkit.Played)
		broken bool
	}{
		"held": {func(_ *testing.T, p *Pinned, _ *testkit.Played) { p.Hold(true) }, false},
		"lost while held": {func(_ *testing.T, p *Pinned, _ *testkit.Played) {
			p.Hold(true)
			p.Drop()
		}, true},
		"lost before": {func(_ *testing.T, p *Pinned, _ *testkit.Played) {
			p.Drop()
			p.Hold(true)
		}, true},
		"lost when released": {func(_ *testing.T, p *Pinned, _ *testkit.Played) {
			p.Hold(true)
			p.Hold(false)
			p.Drop()
		}, false},
		"cut while held": {func(t *testing.T, p *Pinned, s *testkit.Played) {
			p.Hold(true)
			s.Cut()
			_ = run(t.Context(), p, "GET", "k")
		}, true},
		"lost before, and got again": {func(t *testing.T, p *Pinned, _ *testkit.Played) {
			p.Drop()
			_ = run(t.Context(), p, "GET", "k")
			p.Hold(true)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			pinned(t, nil, func(t *testing.T, p *Pinned, s *testkit.Played) {
				c.do(t, p, s)
				for range 2 {
					call := newCall(conn.Shared, "SET", "k", "v")
					gone := Do(t.Context(), p, &call.call)
					if c.broken {
						failed(t, call, gone, ErrBroken, conn.NotSent)
					} else {
						succeeded(t, call, gone)
					}
				}
				if got := p.Hold(false); got != c.broken {
					t.Errorf("Hold reports %v", got)
				}
				if p.Hold(false) {
					t.Error("Hold reports the same loss twice")
				}
				call := newCall(conn.Shared, "SET", "k", "v")
				gone := Do(t.Context(), p, &call.call)
				succeeded(t, call, gone)
			})
		})
	}
}

// Calls that may have changed something are counted, also when they failed half-way.
func TestPinnedWrote(t *testing.T) {
	pinned(t, nil, func(t *testing.T, p *Pinned, s *testkit.Played) {
		for _, c := range []struct {
			words []string
			want  uint64
		}{
			{[]string{"GET", "k"}, 0},
			{[]string{"SET", "k", "v"}, 1},
			{[]string{"INCR", "k"}, 2},
			{[]string{"NOBODYKNOWS", "k"}, 3},
			{[]string{"EXISTS", "k"}, 3},
		} {
			if err := run(t.Context(), p, c.words...); err != nil || p.Wrote() != c.want {
				t.Errorf("%v: %v, counted %d", c.words, err, p.Wrote())
			}
		}
		s.Cut()
		if err := run(t.Context(), p, "SET", "k", "v"); err == nil || p.Wrote() != 4 {
			t.Errorf("cut: %v, counted %d", err, p.Wrote())
		}
		s.Refuse(errCut)
		if err := run(t.Context(), p, "SET", "k", "v"); err == nil || p.Wrote() != 4 {
			t.Errorf("not connected: %v, counted %d", err, p.Wrote())
		}
	})
}

// Closing a session while commands use its connection ends these commands and the connection.
func TestPinnedClosedWhileUsed(t *testing.T) {
	pinned(t, nil, func(t *testing.T, p *Pinned, s *testkit.Played) {
		s.Answer = func(int, []string) string { return "" }
		one, other := running(t.Context(), p, "GET", "a"), running(t.Context(), p, "GET", "b")
		p.Close()
		for _, told := range []<-chan error{one, other} {
			if err := <-told; !errors.Is(err, pool.ErrClosed) {
				t.Error(err)
			}
		}
		synctest.Wait()
		if st := p.at.Pool.Stats(); st.Lent != 0 || st.Idle != 0 || s.Open() != 0 {
			t.Errorf("%d open, %+v", s.Open(), st)
		}
	})
}

// Closing a session while a caller makes another connection ends all callers that wait for it, at once.
func TestPinnedClosedWhileMended(t *testing.T) {
	pinned(t, nil, func(t *testing.T, p *Pinned, s *testkit.Played) {
		p.Drop()
		release := s.Hold()
		one, other := running(t.Context(), p, "GET", "a"), running(t.Context(), p, "GET", "b")
		p.Close()
		for _, told := range []<-chan error{one, other} {
			if err := <-told; !errors.Is(err, pool.ErrClosed) {
				t.Error(err)
			}
		}
		release()
		synctest.Wait()
		if st := p.at.Pool.Stats(); st.Lent != 0 || st.Idle != 1 {
			t.Errorf("what was being made is not the pool's: %+v", st)
		}
	})
}

// If a session is closed at the moment when its new connection is ready, the pool gets the connection back.
func TestPinnedClosedWhenMended(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *Single, s *testkit.Played) {
		for range 100 {
			session, err := r.Pin(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			session.Drop()
			release := s.Hold()
			told := running(t.Context(), session, "GET", "k")
			release()
			for range 10 {
				runtime.Gosched()
			}
			session.Close()
			<-told
			synctest.Wait()
			if st := r.Node.Pool.Stats(); st.Lent != 0 {
				t.Fatalf("%+v", st)
			}
		}
	})
}

// After a loss one caller makes another connection for all callers. Each caller may give up alone, even the
// one that connects.
func TestPinnedIsMendedOnce(t *testing.T) {
	for name, leaver := range map[string]int{"nobody leaves": -1, "the one that mends leaves": 0,
		"one that waits leaves": 1} {
		t.Run(name, func(t *testing.T) {
			pinned(t, nil, func(t *testing.T, p *Pinned, s *testkit.Played) {
				p.Drop()
				release := s.Hold()
				leaving, leave := context.WithCancel(t.Context())
				defer leave()
				var callers []<-chan error
				for i := range 4 {
					ctx := t.Context()
					if i == leaver {
						ctx = leaving
					}
					callers = append(callers, running(ctx, p, "GET", "k"))
				}
				if leaver >= 0 {
					leave()
					if err := <-callers[leaver]; !errors.Is(err, context.Canceled) {
						t.Errorf("the one that leaves: %v", err)
					}
				}
				release()
				for i, told := range callers {
					if i == leaver {
						continue
					}
					if err := <-told; err != nil {
						t.Errorf("caller %d: %v", i, err)
					}
				}
				if st := p.at.Pool.Stats(); s.Dials() != 2 || st.Lent != 1 {
					t.Errorf("%d dials, %+v", s.Dials(), st)
				}
			})
		})
	}
}

// A failure to connect is the failure of the call that connected; the next call tries again.
func TestPinnedCannotConnect(t *testing.T) {
	pinned(t, nil, func(t *testing.T, p *Pinned, s *testkit.Played) {
		p.Drop()
		s.Refuse(errCut)
		call := newCall(conn.Shared, "SET", "k", "v")
		failed(t, call, Do(t.Context(), p, &call.call), errCut, conn.NotSent)
		if call.call.Phase != conn.PhaseDial {
			t.Errorf("phase %v", call.call.Phase)
		}
		s.Refuse(nil)
		if err := run(t.Context(), p, "SET", "k", "v"); err != nil {
			t.Error(err)
		}
	})
}

// A session's connection that fails a health check is replaced by one that passes, unless the server keeps
// state on it.
func TestPinnedIsChecked(t *testing.T) {
	const interval = time.Minute
	for name, c := range map[string]struct {
		sick  int // how many connections fail, counted from the first
		held  bool
		ends  bool // the caller's context ends during the check
		want  error
		heard []string
		dials int
	}{
		"healthy":           {0, false, false, nil, []string{"PING", "GET k"}, 1},
		"healthy and held":  {0, true, false, nil, []string{"PING", "GET k"}, 1},
		"sick":              {1, false, false, nil, []string{"PING", "PING", "GET k"}, 2},
		"the new one too":   {2, false, false, pool.ErrHealth, []string{"PING", "PING"}, 2},
		"sick and held":     {1, true, false, ErrBroken, []string{"PING"}, 1},
		"the context ends":  {0, false, true, context.DeadlineExceeded, []string{"PING"}, 1},
		"and held, it ends": {0, true, true, context.DeadlineExceeded, []string{"PING"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			pinned(t, func(cfg *pool.Config, _ *Single) {
				cfg.HealthCheck = interval
			}, func(t *testing.T, p *Pinned, s *testkit.Played) {
				s.Answer = func(n int, words []string) string {
					switch {
					case words[0] != "PING" || n <= c.sick:
						return "+OK\r\n"
					case c.ends:
						return ""
					}
					return "+PONG\r\n"
				}
				p.Hold(c.held)
				testkit.Pass(2 * interval)
				ctx, cancel := t.Context(), func() {}
				if c.ends {
					ctx, cancel = context.WithTimeout(ctx, time.Second)
				}
				defer cancel()
				if err := run(ctx, p, "GET", "k"); !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
				heard := s.Heard()
				if c.ends && len(heard) == 2 && heard[1] == "PING" {
					heard = heard[:1] // the connection fell silent, and may ask again before it is closed
				}
				if !slices.Equal(heard, c.heard) {
					t.Errorf("the server heard %q, want %q", heard, c.heard)
				}
				if s.Dials() != c.dials {
					t.Errorf("%d dials", s.Dials())
				}
				if c.held && c.want != nil {
					if err := run(t.Context(), p, "GET", "k"); !errors.Is(err, ErrBroken) {
						t.Errorf("the next call hears %v", err)
					}
				}
			})
		})
	}
}

// A pipeline over a session is sent once, and its part is told when it was given up.
func TestPinnedBatch(t *testing.T) {
	pinned(t, nil, func(t *testing.T, p *Pinned, s *testkit.Played) {
		b := newBatch("SET a 1", "SET b 1")
		s.Answer = func(int, []string) string { return "-LOADING wait\r\n" }
		p.Batch(t.Context(), b)
		s.Expect(t, "SET a 1", "SET b 1")
		if !b.Refused() || b.gone != nil {
			t.Errorf("refusals %q, gave up %v", b.refusals, b.gone)
		}
		b = newBatch("SET a 1")
		s.Answer = func(int, []string) string { return "" }
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		p.Batch(ctx, b)
		if b.gone == nil || b.gone.Outcome != conn.MaybeExecuted {
			t.Errorf("gave up: %v", b.gone)
		}
		synctest.Wait()
		if s.Open() != 0 {
			t.Error("the connection is not closed")
		}
	})
}
