package pool

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// However many callers need the shared connection, there is one attempt to connect, and all callers get the
// same connection.
func TestSharedDialsOnce(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, p *Pool, s *testkit.Played) {
		release := s.Hold()
		var all sync.WaitGroup
		var conns [50]*conn.Conn
		for i := range conns {
			all.Go(func() { conns[i], _ = p.Shared(context.Background()) })
		}
		synctest.Wait()
		release()
		all.Wait()
		for _, c := range conns {
			if c == nil || c != conns[0] {
				t.Fatalf("got %p beside %p", c, conns[0])
			}
		}
		if c := shared(t, p); c != conns[0] || s.Dials() != 1 {
			t.Errorf("%d dials", s.Dials())
		}
	})
}

// A failed attempt fails for all callers that waited for it.
func TestSharedFailsForAll(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, p *Pool, s *testkit.Played) {
		s.Refuse(errRefused)
		release := s.Hold()
		one, other := asking(t.Context(), p.Shared), asking(t.Context(), p.Shared)
		release()
		for _, g := range []got{<-one, <-other} {
			if !errors.Is(g.err, errRefused) {
				t.Errorf("got %v", g.err)
			}
		}
		if s.Dials() != 1 {
			t.Errorf("%d dials", s.Dials())
		}
	})
}

// When a caller gives up, the attempt goes on for the other callers, even if this caller began it.
func TestSharedCallerGivesUp(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, p *Pool, s *testkit.Played) {
		release := s.Hold()
		ctx, cancel := context.WithCancel(t.Context())
		first, second := asking(ctx, p.Shared), asking(t.Context(), p.Shared)
		cancel()
		notSent(t, (<-first).err)
		release()
		if g := <-second; g.err != nil || s.Dials() != 1 {
			t.Errorf("the other caller: %v after %d dials", g.err, s.Dials())
		}
	})
}

// The pauses between failed attempts grow, until an attempt succeeds. The end of its context ends a caller's
// wait in a pause.
func TestSharedAttemptsArePaced(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, p *Pool, s *testkit.Played) {
		checkPace(t, p.Shared, func(c *conn.Conn) { c.Close() }, s)
	})
}

// checkPace checks the pauses between attempts to connect.
func checkPace(t *testing.T, ask func(context.Context) (*conn.Conn, error), end func(c *conn.Conn),
	s *testkit.Played) {
	t.Helper()
	s.Refuse(errRefused)
	for n, most := range []time.Duration{0, backoffMin, 2 * backoffMin, 4 * backoffMin, 8 * backoffMin,
		backoffMax, backoffMax} {
		began := time.Now()
		if _, err := ask(t.Context()); !errors.Is(err, errRefused) {
			t.Fatalf("attempt %d: %v", n+1, err)
		}
		testkit.Took(t, fmt.Sprint("the pause before attempt ", n+1), began, most/2, most)
	}
	ctx, cancel := context.WithTimeout(t.Context(), backoffMax/4)
	defer cancel()
	_, err := ask(ctx)
	notSent(t, err)
	s.Refuse(nil)
	c, err := ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	end(c)
	began := time.Now()
	if c, err = ask(t.Context()); err != nil || time.Since(began) != 0 {
		t.Errorf("after a good attempt: %v, %v", time.Since(began), err)
	}
	end(c)
	s.Refuse(errRefused)
	for range 2 {
		_, _ = ask(t.Context())
	}
	testkit.Took(t, "the first pause after a good attempt", began, backoffMin/2, backoffMin)
}

// A failed connection is replaced when the next caller needs it, and its record is removed.
func TestSharedIsReplaced(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, p *Pool, s *testkit.Played) {
		old := shared(t, p)
		s.Cut()
		_, err := ask(t.Context(), old, "GET") // it reads, so it notices the end
		if err == nil || !old.Down() {
			t.Fatalf("the server hung up: %v", err)
		}
		c := shared(t, p)
		if c == old || c.Down() {
			t.Error("the same connection again")
		}
		if got := p.Stats(); got.Closed != 1 || got.Shared != 1 {
			t.Errorf("%+v", got)
		}
	})
}

// Ready returns the connection when nothing has to be decided.
func TestReady(t *testing.T) {
	for name, c := range map[string]struct {
		change func(cfg *Config)
		before func(t *testing.T, p *Pool)
		want   bool
	}{
		"nothing yet": {nil, func(*testing.T, *Pool) {}, false},
		"up":          {nil, func(t *testing.T, p *Pool) { shared(t, p) }, true},
		"down":        {nil, func(t *testing.T, p *Pool) { shared(t, p).Close() }, false},
		"retired":     {nil, func(t *testing.T, p *Pool) { shared(t, p).Retire() }, false},
		"reset":       {nil, func(t *testing.T, p *Pool) { shared(t, p); p.Reset() }, false},
		"health checks": {func(cfg *Config) {
			cfg.HealthCheck = time.Hour
		}, func(t *testing.T, p *Pool) { shared(t, p) }, false},
		"several to chose": {func(cfg *Config) {
			cfg.Shared = 2
		}, func(t *testing.T, p *Pool) { shared(t, p) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, c.change, func(t *testing.T, p *Pool, s *testkit.Played) {
				c.before(t, p)
				if got := p.Ready(); (got != nil) != c.want {
					t.Errorf("Ready gives %v", got)
				}
			})
		})
	}
}

// Of several shared connections the first one with room is used, because it is cheaper to send requests
// together. If all are busy, the one with the fewest calls is used.
func TestChoice(t *testing.T) {
	const full = fillFirst
	for _, c := range []struct {
		name  string
		loads []int // calls in flight; -1 means no connection
		want  int
	}{
		{"no connections", []int{-1, -1, -1}, 0},
		{"none is used", []int{0, 0, 0}, 0},
		{"the first one has room", []int{full - 1, 0, 0}, 0},
		{"the first one is full", []int{full, -1, 0}, 1},
		{"the second one has room", []int{full, full - 1, 0}, 1},
		{"the last one has room", []int{full, full, 3}, 2},
		{"all are full", []int{full + 2, full + 1, full + 3}, 1},
		{"all are as full", []int{full, full, full}, 0},
		{"the one before has ended", []int{3, full, full}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(cfg *Config) {
				cfg.Shared = len(c.loads)
			}, func(t *testing.T, p *Pool, s *testkit.Played) {
				release := answersLater(s)
				defer release()
				for i, load := range c.loads {
					if load < 0 {
						continue
					}
					p.mu.Lock()
					ch := p.dialIn(&p.slots[i])
					p.mu.Unlock()
					<-ch.d.done
					if ch.d.err != nil {
						t.Fatal(ch.d.err)
					}
					busy(ch.d.c, load)
				}
				want := &p.slots[c.want]
				there, dialing := want.cur.Load(), want.dialing
				if got := p.handy(); got != nil && got != there {
					t.Errorf("in a hurry another slot than %d", c.want)
				}
				got, err := p.choose()
				switch {
				case err != nil:
					t.Fatal(err)
				case there != nil:
					if got.c != there {
						t.Errorf("another slot than %d", c.want)
					}
				case dialing != nil || got.d == nil:
					t.Errorf("a dial for another slot than %d", c.want)
				default:
					<-got.d.done
				}
			})
		})
	}
}

// Connections are opened as they are needed: one for a few calls, the next one when the first is full.
func TestSharedFillsOneAfterTheOther(t *testing.T) {
	inBubble(t, func(cfg *Config) { cfg.Shared = 3 }, func(t *testing.T, p *Pool, s *testkit.Played) {
		release := answersLater(s)
		defer release()
		for i, want := range []int{1, 2, 3, 3} {
			c := shared(t, p)
			if s.Dials() != want {
				t.Errorf("%d dials for call %d", s.Dials(), i*fillFirst+1)
			}
			busy(c, fillFirst)
		}
	})
}
