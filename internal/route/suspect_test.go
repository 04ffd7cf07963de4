package route

import (
	"context"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// A dead link costs a caller its deadline once, whatever connection its calls use. The next call gets another
// connection at once, or after a short check of the old one or of an idle one.
func TestDeadLink(t *testing.T) {
	const deadline, limit, reprieve = 100 * time.Millisecond, 20 * time.Millisecond, 20 * time.Millisecond
	for name, c := range map[string]struct {
		exclusive bool
		class     conn.Class
		session   bool
		idle      int // idle exclusive connections
		takes     time.Duration
		dials     int
	}{
		"shared":                {takes: reprieve, dials: 2},
		"exclusive":             {exclusive: true, dials: 2},
		"exclusive, some idle":  {exclusive: true, idle: 3, takes: limit, dials: 4},
		"large":                 {class: conn.Large, dials: 2},
		"large, some idle":      {class: conn.Large, idle: 3, takes: limit, dials: 4},
		"in a session":          {session: true, dials: 2},
		"in one, some are idle": {session: true, idle: 3, takes: limit, dials: 4},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(_ *pool.Config, r *Single) {
				r.Exclusive = c.exclusive
			}, func(t *testing.T, r *Single, s *testkit.Played) {
				kept := conn.Session
				if c.class == conn.Large {
					kept = conn.Large
				}
				var old []*conn.Conn
				for range c.idle {
					one, err := r.Node.Pool.Get(t.Context(), kept)
					if err != nil {
						t.Fatal(err)
					}
					old = append(old, one)
				}
				for _, one := range old {
					r.Node.Pool.Put(one)
				}
				var router Router = r
				if c.session {
					session, err := r.Pin(t.Context(), nil)
					if err != nil {
						t.Fatal(err)
					}
					defer session.Close()
					router = session
				}
				call := newCall(c.class, "SET", "k", "v")
				succeeded(t, call, Do(t.Context(), router, &call.call))
				dead := max(c.idle, 1)
				s.Answer = func(n int, words []string) string {
					switch {
					case n <= dead:
						return ""
					case words[0] == "PING":
						return "+PONG\r\n"
					}
					return "+OK\r\n"
				}
				ctx, cancel := context.WithTimeout(t.Context(), deadline)
				defer cancel()
				call = newCall(c.class, "SET", "k", "v")
				if gone := Do(ctx, router, &call.call); gone == nil || gone.Outcome != conn.MaybeExecuted {
					t.Fatalf("gave up: %v", gone)
				}
				for i := range 3 {
					began := time.Now()
					call := newCall(c.class, "SET", "k", "v")
					succeeded(t, call, Do(t.Context(), router, &call.call))
					if i == 0 {
						testkit.Took(t, "the next call", began, c.takes, c.takes)
					} else {
						testkit.Took(t, "a later call", began, 0, 0)
					}
				}
				if s.Dials() != c.dials {
					t.Errorf("%d dials", s.Dials())
				}
			})
		})
	}
}

// Of the callers that share a dead connection, at most two calls fail, whatever their deadlines, and the
// connection answers no later call.
func TestDeadLinkOfMany(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *Single, s *testkit.Played) {
		call := newCall(conn.Shared, "SET", "k", "v")
		succeeded(t, call, Do(t.Context(), r, &call.call))
		s.Answer = func(n int, words []string) string {
			if n == 1 {
				return ""
			}
			return "+OK\r\n"
		}
		began := time.Now()
		failures := make(chan int, 16)
		for i := range cap(failures) {
			go func() {
				deadline := [...]time.Duration{100 * time.Millisecond, 500 * time.Millisecond,
					2 * time.Second}[i%3]
				for n := 0; ; n++ {
					ctx, cancel := context.WithTimeout(context.Background(), deadline)
					call := newCall(conn.Shared, "GET", "k")
					gone := Do(ctx, r, &call.call)
					cancel()
					if gone == nil && call.call.Answered() {
						failures <- n
						return
					}
				}
			}()
		}
		for range cap(failures) {
			if n := <-failures; n > 1 {
				t.Errorf("%d calls of a caller failed", n)
			}
		}
		testkit.Took(t, "all", began, 0, 2*time.Second+20*time.Millisecond)
		if s.Dials() != 2 {
			t.Errorf("%d dials", s.Dials())
		}
	})
}
