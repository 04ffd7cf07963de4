package pool

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

const interval = time.Minute

func checked(cfg *Config) { cfg.HealthCheck = interval }

// pings counts the health checks that a server received.
func pings(s *testkit.Played) (n int) {
	for _, command := range s.Heard() {
		if command == "PING" {
			n++
		}
	}
	return n
}

// A check is due when the last reply is older than the interval.
func TestOverdue(t *testing.T) {
	for _, c := range []struct {
		name     string
		interval time.Duration
		rests    time.Duration
		used     bool // a reply comes later
		want     bool
	}{
		{"no checks", 0, time.Hour, false, false},
		{"new", interval, 0, false, false},
		{"at the interval", interval, interval, false, false},
		{"later", interval, interval + 1, false, true},
		{"used since", interval, interval + 1, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(cfg *Config) {
				cfg.HealthCheck = c.interval
			}, func(t *testing.T, p *Pool, s *testkit.Played) {
				one := get(t, p)
				testkit.Pass(c.rests)
				if c.used {
					if _, err := ask(t.Context(), one, "GET"); err != nil {
						t.Fatal(err)
					}
				}
				if got := p.Overdue(one); got != c.want {
					t.Errorf("Overdue: %v", got)
				}
			})
		})
	}
}

// Any reply to PING except a strange one proves that the connection works; after a strange reply it has lost
// step.
func TestHealthy(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		wait   time.Duration
		pings  int
		want   error // ErrHealth, conn.ErrClosed, or nil if healthy
		down   bool
	}{
		"not due":        {testkit.HangUp, interval, 0, nil, false},
		"PONG":           {"+PONG\r\n", 2 * interval, 1, nil, false},
		"PONG as bulk":   {"$4\r\nPONG\r\n", 2 * interval, 1, nil, false},
		"loading":        {"-LOADING wait\r\n", 2 * interval, 1, nil, false},
		"not allowed":    {"-NOPERM no\r\n", 2 * interval, 1, nil, false},
		"something else": {"+OK\r\n", 2 * interval, 1, ErrHealth, true},
		"a number":       {":1\r\n", 2 * interval, 1, ErrHealth, true},
		"hung up":        {testkit.HangUp, 2 * interval, 1, errAny, true},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, checked, func(t *testing.T, p *Pool, s *testkit.Played) {
				s.Answer = func(int, []string) string { return c.answer }
				one := get(t, p)
				testkit.Pass(c.wait)
				err := p.Healthy(t.Context(), one)
				switch {
				case c.want == nil && err != nil, c.want != nil && err == nil,
					c.want == ErrHealth && !errors.Is(err, ErrHealth):
					t.Errorf("Healthy: %v, want %v", err, c.want)
				}
				if pings(s) != c.pings || p.Stats().Pings != uint64(c.pings) || one.Down() != c.down {
					t.Errorf("%d pings (%d counted), down %v", pings(s), p.Stats().Pings, one.Down())
				}
			})
		})
	}
}

var errAny = errors.New("any error")

// A caller whose context ends during a check has not sent its own command. The connection becomes suspect
// only if it was silent for some time.
func TestHealthyGivenUp(t *testing.T) {
	for _, c := range []struct {
		deadline time.Duration
		down     bool
	}{{limit / 2, false}, {limit, true}, {time.Second, true}} {
		t.Run(c.deadline.String(), func(t *testing.T) {
			inBubble(t, checked, func(t *testing.T, p *Pool, s *testkit.Played) {
				s.Answer = func(int, []string) string { return "" }
				one := get(t, p)
				testkit.Pass(2 * interval)
				ctx, cancel := context.WithTimeout(t.Context(), c.deadline)
				defer cancel()
				notSent(t, p.Healthy(ctx, one))
				if one.Down() != c.down {
					t.Errorf("down: %v", one.Down())
				}
			})
		})
	}
}

// Ping also asks when no check is due.
func TestPing(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, p *Pool, s *testkit.Played) {
		if err := p.Ping(t.Context(), get(t, p)); err != nil || pings(s) != 1 {
			t.Errorf("%v after %d pings", err, pings(s))
		}
	})
}

// sick makes PING fail on some connections of a server, by number.
func sick(s *testkit.Played, conns ...int) {
	s.Answer = func(n int, words []string) string {
		switch {
		case words[0] != "PING":
			return "+OK\r\n"
		case slices.Contains(conns, n):
			return "+OK\r\n"
		}
		return "+PONG\r\n"
	}
}

// A connection that fails its check is replaced once, and the new one is checked too. If it fails as well,
// the caller gets the error, and the next attempt to connect waits as after a failed one.
func TestChecksReplaceOnce(t *testing.T) {
	for _, c := range []struct {
		name  string
		sick  []int
		dials int
		pings int
		want  error
	}{
		{"healthy", nil, 1, 1, nil},
		{"the old one is sick", []int{1}, 2, 2, nil},
		{"the new one as well", []int{1, 2}, 2, 2, ErrHealth},
	} {
		for kind, f := range map[string]func(p *Pool) func(context.Context) (*conn.Conn, error){
			"shared": func(p *Pool) func(context.Context) (*conn.Conn, error) { return p.Shared },
			"lent": func(p *Pool) func(context.Context) (*conn.Conn, error) {
				return func(ctx context.Context) (*conn.Conn, error) {
					c, err := p.Get(ctx, conn.Session)
					if err == nil {
						p.Put(c)
					}
					return c, err
				}
			},
		} {
			t.Run(c.name+"/"+kind, func(t *testing.T) {
				inBubble(t, func(cfg *Config) {
					checked(cfg)
					cfg.Sessions.Max = 1
				}, func(t *testing.T, p *Pool, s *testkit.Played) {
					sick(s, c.sick...)
					first, err := f(p)(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					testkit.Pass(2 * interval)
					one, err := f(p)(t.Context())
					if !errors.Is(err, c.want) || (err == nil) != (one != nil) {
						t.Errorf("got %v, %v, want %v", one, err, c.want)
					}
					if s.Dials() != c.dials || pings(s) != c.pings || first.Down() != (c.dials > 1) {
						t.Errorf("%d dials, %d pings, the first one is down: %v", s.Dials(), pings(s),
							first.Down())
					}
					if c.want == nil {
						return
					}
					began := time.Now()
					if _, err := f(p)(t.Context()); err != nil {
						t.Errorf("the next caller: %v", err)
					}
					testkit.Took(t, "connecting", began, backoffMin/2, backoffMin)
				})
			})
		}
	}
}

// One caller checks the shared connection for all callers; those whose contexts end need not wait.
func TestSharedIsCheckedOnce(t *testing.T) {
	inBubble(t, checked, func(t *testing.T, p *Pool, s *testkit.Played) {
		gate := make(chan struct{})
		s.Answer = func(int, []string) string { <-gate; return "+PONG\r\n" }
		first := shared(t, p)
		testkit.Pass(2 * interval)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if c, err := p.Shared(context.Background()); c != first || err != nil {
					t.Errorf("got %v, %v", c, err)
				}
			})
		}
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		leaves := asking(ctx, p.Shared)
		cancel()
		notSent(t, (<-leaves).err)
		close(gate)
		all.Wait()
		if pings(s) != 1 {
			t.Errorf("%d pings", pings(s))
		}
	})
}

// A caller that gives up during the check of its exclusive connection gives it back, unless the connection
// was silent for some time: the next caller would lose time on it too.
func TestGetGivenUpDuringTheCheck(t *testing.T) {
	for _, c := range []struct {
		deadline time.Duration
		idle     int
	}{{limit / 2, 1}, {time.Second, 0}} {
		t.Run(c.deadline.String(), func(t *testing.T) {
			inBubble(t, checked, func(t *testing.T, p *Pool, s *testkit.Played) {
				s.Answer = func(int, []string) string { return "" }
				one := get(t, p)
				p.Put(one)
				testkit.Pass(2 * interval)
				ctx, cancel := context.WithTimeout(t.Context(), c.deadline)
				defer cancel()
				_, err := p.Get(ctx, conn.Session)
				notSent(t, err)
				if got := p.Stats(); got.Idle != c.idle || got.Lent != 0 || s.Dials() != 1 {
					t.Errorf("%+v", got)
				}
			})
		})
	}
}

// A shared connection that retires during its check is not at fault: its calls go on, and no pause follows.
func TestCheckOfARetiringConnection(t *testing.T) {
	inBubble(t, checked, func(t *testing.T, p *Pool, s *testkit.Played) {
		first := shared(t, p)
		testkit.Pass(2 * interval)
		first.Retire()
		began := time.Now()
		c := shared(t, p)
		if c == first || time.Since(began) != 0 {
			t.Errorf("the same connection %v, after %v", c == first, time.Since(began))
		}
	})
}
