package pool

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// parts makes the server answer BULK with the first half of a large string, and the second half later, on
// demand.
type parts struct {
	mu   sync.Mutex
	rest map[int]bool // connections whose second half is missing
}

func inParts(s *testkit.Played) *parts {
	q := &parts{rest: make(map[int]bool)}
	half := strings.Repeat("x", 50_000)
	s.Answer = func(n int, words []string) string {
		q.mu.Lock()
		defer q.mu.Unlock()
		switch {
		case words[0] == "BULK":
			q.rest[n] = true
			return "$100000\r\n" + half
		case q.rest[n]:
			q.rest[n] = false
			return half + "\r\n+OK\r\n"
		}
		return "+OK\r\n"
	}
	return q
}

// fetching begins a call with a large reply on a connection, and returns after the first half. end sends the
// second half.
func fetching(t *testing.T, c *conn.Conn) (end func()) {
	t.Helper()
	var done sync.WaitGroup
	done.Go(func() { _, _ = ask(context.Background(), c, "BULK") })
	synctest.Wait()
	if c.Fit() {
		t.Fatal("no large reply is under way")
	}
	return func() {
		if _, err := ask(context.Background(), c, "NEXT"); err != nil {
			t.Error(err)
		}
		done.Wait()
	}
}

// A shared connection that receives a large reply takes no new call while there is another connection or may
// be. There are at most eight shared connections, and later as many as configured.
func TestLargeRepliesArePassedBy(t *testing.T) {
	for _, configured := range []int{1, 3} {
		t.Run(strings.Repeat("i", configured), func(t *testing.T) {
			inBubble(t, func(cfg *Config) {
				cfg.Shared = configured
			}, func(t *testing.T, p *Pool, s *testkit.Played) {
				inParts(s)
				var ends []func()
				seen := make(map[*conn.Conn]bool)
				for range mostShared {
					c := shared(t, p)
					if seen[c] {
						t.Error("the same connection again")
					}
					seen[c] = true
					ends = append(ends, fetching(t, c))
				}
				for range 5 {
					if c := shared(t, p); !seen[c] {
						t.Error("one more connection")
					}
				}
				if got := p.Stats(); got.Shared != mostShared || got.PassedBy != mostShared-1 {
					t.Errorf("%+v", got)
				}
				ends[3]()
				synctest.Wait()
				if c := shared(t, p); !c.Fit() {
					t.Error("the one that is fit was not used")
				}
				for i, end := range ends {
					if i != 3 {
						end()
					}
				}
				testkit.Pass(2 * extraFor)
				if got := p.Stats(); got.Shared != configured || s.Dials() != mostShared ||
					s.Open() != configured {
					t.Errorf("%+v", got)
				}
			})
		})
	}
}

// Calls that wait for another connection go on when the large reply has ended, or when no other connection
// can be made.
func TestLargeReplyEndsBeforeTheDial(t *testing.T) {
	for name, refused := range map[string]bool{"dial takes long": false, "dial fails": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, p *Pool, s *testkit.Played) {
				inParts(s)
				c := shared(t, p)
				end := fetching(t, c)
				if refused {
					s.Refuse(errRefused)
				}
				release := s.Hold()
				waits := asking(t.Context(), p.Shared)
				synctest.Wait()
				if refused {
					release()
					if g := <-waits; g.c != c || g.err != nil {
						t.Errorf("got another one: %v, %v", g.c != c, g.err)
					}
					if got := shared(t, p); got != c || s.Dials() != 2 {
						t.Errorf("a call waits for another attempt: %d dials", s.Dials())
					}
					end()
					return
				}
				end()
				if g := <-waits; g.c != c || g.err != nil {
					t.Errorf("got another one: %v, %v", g.c != c, g.err)
				}
				release()
				if p.Ready() != c {
					t.Error("not ready")
				}
			})
		})
	}
}
