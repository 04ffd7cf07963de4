package pool

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

const (
	ms    = time.Millisecond
	limit = 20 * ms // of silence

	reprieve = reprieveTicks * reprieveTick // before a dial
)

// links says which connections of a played server are frozen, by number.
type links struct {
	mu     sync.Mutex
	frozen map[int]chan struct{} // closed when the connection goes on
}

// freezing makes connections of the server freeze on demand. All of them go on before the end of the test.
func freezing(s *testkit.Played) *links {
	l := &links{frozen: make(map[int]chan struct{})}
	s.Answer = func(n int, words []string) string {
		l.mu.Lock()
		gate := l.frozen[n]
		l.mu.Unlock()
		if gate != nil {
			<-gate
		}
		if words[0] == "PING" {
			return "+PONG\r\n"
		}
		return "+OK\r\n"
	}
	return l
}

func (l *links) freeze(conns ...int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range conns {
		l.frozen[n] = make(chan struct{})
	}
}

// goOn ends the freeze of all connections, whose replies come now.
func (l *links) goOn() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for n, gate := range l.frozen {
		close(gate)
		delete(l.frozen, n)
	}
}

// failing makes a call on a connection that its caller gives up.
func failing(t *testing.T, c *conn.Conn, deadline time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	_, err := ask(ctx, c, "GET")
	if gone := (*conn.GaveUp)(nil); !errors.As(err, &gone) {
		t.Fatalf("got %v", err)
	}
}

// frozenPool runs a test with a pool with a watchdog of short intervals and a server that freezes
// connections.
func frozenPool(t *testing.T, change func(cfg *Config),
	test func(t *testing.T, p *Pool, s *testkit.Played, l *links)) {
	t.Helper()
	inBubble(t, func(cfg *Config) {
		cfg.Conn.ReplyTimeout = time.Minute
		if change != nil {
			change(cfg)
		}
	}, func(t *testing.T, p *Pool, s *testkit.Played) {
		l := freezing(s)
		defer l.goOn()
		test(t, p, s, l)
	})
}

// A connection on which a call gave up in silence takes no new calls. One other connection is dialled for all
// callers, and becomes the ready one.
func TestSuspectIsReplaced(t *testing.T) {
	frozenPool(t, nil, func(t *testing.T, p *Pool, s *testkit.Played, l *links) {
		old := shared(t, p)
		l.freeze(1)
		failing(t, old, 100*ms)
		if p.Ready() != nil {
			t.Error("a suspect connection is ready")
		}
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if c, err := p.Shared(context.Background()); c == old || err != nil {
					t.Errorf("got the old one %v, %v", c == old, err)
				}
			})
		}
		all.Wait()
		if p.Ready() == nil || p.Ready() == old || old.Down() || s.Dials() != 2 {
			t.Errorf("old down %v, %d dials", old.Down(), s.Dials())
		}
		if got := p.Stats(); got.Suspects != 1 || got.Shared != 2 || got.Closed != 0 {
			t.Errorf("%+v", got)
		}
	})
}

// If the suspect connection is cleared while another one is dialled, calls go back to it and do not wait for
// the dial. The new connection is an extra one then, which is closed some time later.
func TestSuspectIsClearedDuringTheDial(t *testing.T) {
	frozenPool(t, nil, func(t *testing.T, p *Pool, s *testkit.Played, l *links) {
		old := shared(t, p)
		l.freeze(1)
		failing(t, old, 100*ms)
		release := s.Hold()
		waits := asking(t.Context(), p.Shared)
		testkit.Pass(reprieve)
		synctest.Wait()
		if s.Dials() != 2 {
			t.Errorf("%d dials", s.Dials())
		}
		began := time.Now()
		l.goOn()
		if g := <-waits; g.c != old || g.err != nil || time.Since(began) != 0 {
			t.Errorf("got another one: %v, %v after %v", g.c != old, g.err, time.Since(began))
		}
		if p.Ready() != old {
			t.Error("another one is ready")
		}
		release()
		synctest.Wait()
		if p.Ready() != old || p.Stats().Shared != 2 {
			t.Errorf("%+v", p.Stats())
		}
		testkit.Pass(extraFor + time.Second)
		if got := p.Stats(); p.Ready() != old || got.Shared != 1 || got.Closed != 1 || s.Open() != 1 {
			t.Errorf("%+v", got)
		}
	})
}

// A suspect connection has a short time to answer before another one is dialled.
func TestReprieve(t *testing.T) {
	for name, c := range map[string]struct {
		deadline, answers time.Duration // answers: time after the suspicion
		dials             int
	}{
		"in time":                  {100 * ms, reprieve - ms, 1},
		"too late":                 {100 * ms, reprieve + ms, 2},
		"a short deadline":         {limit, silentBefore - limit - ms, 1},
		"a short one and too late": {limit, silentBefore - limit + ms, 2},
	} {
		t.Run(name, func(t *testing.T) {
			frozenPool(t, nil, func(t *testing.T, p *Pool, s *testkit.Played, l *links) {
				old := shared(t, p)
				l.freeze(1)
				failing(t, old, c.deadline)
				time.AfterFunc(c.answers, l.goOn)
				if got := shared(t, p); (got == old) != (c.dials == 1) {
					t.Errorf("the old one: %v", got == old)
				}
				testkit.Pass(time.Second)
				if s.Dials() != c.dials {
					t.Errorf("%d dials", s.Dials())
				}
			})
		})
	}
}

// If a suspect connection is cleared after its replacement has come, it becomes the extra one, and replaces
// the other when that one fails.
func TestSuspectIsClearedLater(t *testing.T) {
	for name, fails := range map[string]bool{"not needed": false, "needed": true} {
		t.Run(name, func(t *testing.T) {
			frozenPool(t, nil, func(t *testing.T, p *Pool, s *testkit.Played, l *links) {
				old := shared(t, p)
				l.freeze(1)
				failing(t, old, 100*ms)
				c := shared(t, p)
				l.goOn()
				synctest.Wait()
				if p.Ready() != c {
					t.Error("the replacement is not ready")
				}
				if fails {
					l.freeze(2)
					failing(t, c, 100*ms)
					if got := shared(t, p); got != old {
						t.Error("the old one was not used")
					}
				}
				testkit.Pass(extraFor + time.Second)
				if s.Dials() != 2 || old.Down() == fails {
					t.Errorf("%d dials, old down %v", s.Dials(), old.Down())
				}
			})
		})
	}
}

// Several shared connections may be dead together. When one is suspect, the others are tried, and take no
// calls before they have answered. Another one is dialled only if none answers, and never more than one.
func TestOthersAreTried(t *testing.T) {
	for _, c := range []struct {
		name   string
		frozen []int
		dials  int
		takes  time.Duration
	}{
		{"one is dead", []int{1}, 4, 0},
		{"one is left", []int{1, 2, 4}, 4, 0},
		{"all are dead", []int{1, 2, 3, 4}, 5, limit + reprieve},
	} {
		t.Run(c.name, func(t *testing.T) {
			frozenPool(t, func(cfg *Config) {
				cfg.Shared = 4
			}, func(t *testing.T, p *Pool, s *testkit.Played, l *links) {
				var conns []*conn.Conn
				for i := range 4 {
					p.mu.Lock()
					ch := p.dialIn(&p.slots[i])
					p.mu.Unlock()
					<-ch.d.done
					conns = append(conns, ch.d.c)
				}
				l.freeze(c.frozen...)
				failing(t, conns[0], 100*ms)
				began := time.Now()
				var all sync.WaitGroup
				for range 10 {
					all.Go(func() {
						got, err := p.Shared(context.Background())
						if i := slices.Index(conns, got); err != nil || slices.Contains(c.frozen, i+1) {
							t.Errorf("got connection %d, %v", i+1, err)
						}
					})
				}
				all.Wait()
				testkit.Took(t, "getting another connection", began, c.takes, c.takes)
				testkit.Pass(50 * ms)
				shared(t, p)
				if s.Dials() != c.dials || p.Stats().Suspects != uint64(len(c.frozen)) {
					t.Errorf("%d dials, %+v", s.Dials(), p.Stats())
				}
			})
		})
	}
}

// A suspect connection is closed when the server has answered on another one since, the connection has been
// silent for one second more, and no call waits on it.
func TestSuspectIsClosed(t *testing.T) {
	for _, c := range []struct {
		name     string
		patient  time.Duration // deadline of a waiting call; 0 if there is none
		replaced bool
		closed   time.Duration // latest time after the suspicion, less half a second; 0 if never
	}{
		{"disproved", 0, true, time.Second},
		{"somebody waits", 5 * time.Second, true, 5 * time.Second},
		{"nobody asks on another one", 0, false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			frozenPool(t, nil, func(t *testing.T, p *Pool, s *testkit.Played, l *links) {
				old := shared(t, p)
				l.freeze(1)
				var waits sync.WaitGroup
				if c.patient > 0 {
					waits.Go(func() { failing(t, old, 100*ms+c.patient) })
				}
				failing(t, old, 100*ms)
				began := time.Now()
				if c.replaced {
					shared(t, p)
				}
				for time.Since(began) < 20*time.Second && old.Err() == nil {
					testkit.Pass(50 * ms)
				}
				waits.Wait()
				if c.closed == 0 {
					if old.Err() != nil {
						t.Errorf("closed: %v", old.Err())
					}
					return
				}
				testkit.Took(t, "closing", began, c.closed, c.closed+600*ms)
				if !errors.Is(old.Err(), conn.ErrSuspect) {
					t.Errorf("closed for %v", old.Err())
				}
				testkit.Pass(time.Second)
				if got := p.Stats(); got.Shared != 1 || got.Closed != 1 {
					t.Errorf("%+v", got)
				}
			})
		})
	}
}

// A caller without a deadline waits on the suspect connection, up to the reply timeout, and gets its reply
// when the connection goes on.
func TestPatientCallerOnASuspect(t *testing.T) {
	for name, wakes := range map[string]bool{"wakes up": true, "stays silent": false} {
		t.Run(name, func(t *testing.T) {
			frozenPool(t, nil, func(t *testing.T, p *Pool, s *testkit.Played, l *links) {
				old := shared(t, p)
				l.freeze(1)
				patient := make(chan error, 1)
				go func() {
					_, err := ask(context.Background(), old, "SET")
					patient <- err
				}()
				synctest.Wait()
				failing(t, old, 100*ms)
				if _, err := ask(t.Context(), shared(t, p), "GET"); err != nil {
					t.Error(err)
				}
				testkit.Pass(30 * time.Second)
				if old.Down() {
					t.Fatal("closed while somebody waits")
				}
				if wakes {
					l.goOn()
					if err := <-patient; err != nil {
						t.Error(err)
					}
					return
				}
				if err := <-patient; !errors.Is(err, conn.ErrSilent) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// A server that is silent on every connection gets only one more connection, and none of the old ones is
// closed. Calls wait for this server.
func TestServerIsSlow(t *testing.T) {
	for _, configured := range []int{1, 3} {
		t.Run(strings.Repeat("i", configured), func(t *testing.T) {
			frozenPool(t, func(cfg *Config) {
				cfg.Shared = configured
			}, func(t *testing.T, p *Pool, s *testkit.Played, l *links) {
				for i := range configured {
					p.mu.Lock()
					ch := p.dialIn(&p.slots[i])
					p.mu.Unlock()
					<-ch.d.done
				}
				l.freeze(1, 2, 3)
				release := s.Hold()
				for range 5 {
					for range 4 {
						ctx, cancel := context.WithTimeout(t.Context(), 100*ms)
						if c, err := p.Shared(ctx); err == nil {
							_, _ = ask(ctx, c, "GET")
						} else {
							notSent(t, err)
						}
						cancel()
					}
					testkit.Pass(time.Second)
				}
				if s.Dials() != configured+1 || p.Stats().Closed != 0 {
					t.Errorf("%d dials, %+v", s.Dials(), p.Stats())
				}
				l.goOn()
				release()
				testkit.Pass(time.Second)
				for range 10 {
					if _, err := ask(t.Context(), shared(t, p), "GET"); err != nil {
						t.Error(err)
					}
				}
				testkit.Pass(extraFor + time.Second)
				if got := p.Stats(); s.Dials() != configured+1 || got.Shared != configured ||
					got.Closed != 1 {
					t.Errorf("%d dials, %+v", s.Dials(), got)
				}
			})
		})
	}
}

// A silent health check costs each caller at most its own deadline: the first caller that gives up makes the
// connection suspect for all.
func TestSilentHealthCheck(t *testing.T) {
	frozenPool(t, func(cfg *Config) {
		cfg.HealthCheck = interval
	}, func(t *testing.T, p *Pool, s *testkit.Played, l *links) {
		old := shared(t, p)
		testkit.Pass(2 * interval)
		l.freeze(1)
		began := time.Now()
		patient := asking(t.Context(), p.Shared) // its check belongs to no caller
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 100*ms)
		defer cancel()
		hasty := asking(ctx, p.Shared)
		notSent(t, (<-hasty).err)
		if g := <-patient; g.c == nil || g.c == old || g.err != nil {
			t.Errorf("got %v", g.err)
		}
		testkit.Took(t, "waiting with others", began, 100*ms+reprieve, 100*ms+reprieve)
		if s.Dials() != 2 {
			t.Errorf("%d dials", s.Dials())
		}
	})
}

// After a call on an exclusive connection gave up in silence, idle connections that were not used since are
// pinged before they are lent. One that does not answer soon is replaced.
func TestIdleConnectionsAreProven(t *testing.T) {
	for _, c := range []struct {
		name   string
		frozen []int
		silent bool // the connection of the call that gave up is silent
		takes  time.Duration
		pings  int
		dials  int
	}{
		{"nothing happened", []int{1}, false, 0, 0, 3},
		{"they answer", []int{1}, true, 0, 1, 3},
		{"they are dead too", []int{1, 2, 3}, true, limit, 2, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			frozenPool(t, nil, func(t *testing.T, p *Pool, s *testkit.Played, l *links) {
				one, two, three := get(t, p), get(t, p), get(t, p)
				p.Put(two)
				p.Put(three)
				l.freeze(c.frozen...)
				if c.silent {
					failing(t, one, 100*ms)
				}
				p.Drop(one)
				began := time.Now()
				got := get(t, p)
				testkit.Took(t, "getting a connection", began, c.takes, c.takes)
				if _, err := ask(t.Context(), got, "GET"); err != nil {
					t.Error(err)
				}
				p.Put(got)
				again := get(t, p)
				if again != got || p.Stats().Pings != uint64(c.pings) || s.Dials() != c.dials {
					t.Errorf("the same again %v, %d pings, %d dials", again == got, p.Stats().Pings,
						s.Dials())
				}
			})
		})
	}
}

// Reset, Disconnect and Close treat suspect connections like all others.
func TestSuspectsEndWithTheOthers(t *testing.T) {
	for name, end := range map[string]func(*Pool){"Reset": (*Pool).Reset, "Disconnect": (*Pool).Disconnect,
		"Close": (*Pool).Close} {
		t.Run(name, func(t *testing.T) {
			frozenPool(t, nil, func(t *testing.T, p *Pool, s *testkit.Played, l *links) {
				old := shared(t, p)
				l.freeze(1)
				failing(t, old, 100*ms)
				other := shared(t, p)
				end(p)
				l.goOn()
				testkit.Pass(time.Second)
				if !old.Down() || !other.Down() || s.Open() != 0 {
					t.Errorf("old down %v, other down %v, %d open", old.Down(), other.Down(), s.Open())
				}
				c, err := p.Shared(t.Context())
				if name == "Close" {
					if !errors.Is(err, ErrClosed) {
						t.Errorf("got %v", err)
					}
				} else if err != nil || c == old || c == other || s.Dials() != 3 {
					t.Errorf("got %v after %d dials", err, s.Dials())
				}
			})
		})
	}
}

// The end of the pool also ends callers that wait while all connections are suspect.
func TestCloseWhileAllAreSuspect(t *testing.T) {
	frozenPool(t, nil, func(t *testing.T, p *Pool, s *testkit.Played, l *links) {
		old := shared(t, p)
		l.freeze(1)
		failing(t, old, 100*ms)
		release := s.Hold()
		defer release()
		waits := asking(t.Context(), p.Shared)
		synctest.Wait()
		go p.Close()
		if g := <-waits; !errors.Is(g.err, ErrClosed) {
			t.Errorf("got %v", g.err)
		}
	})
}

// A connection that fails during its trial does not keep calls waiting: the next call dials another one. It
// does not matter that the trial was never decided, even if no waiting caller is told of the failure.
func TestConnectionFailsOnTrial(t *testing.T) {
	for name, waits := range map[string]bool{"a call waits": true, "nobody waits": false} {
		t.Run(name, func(t *testing.T) {
			frozenPool(t, nil, func(t *testing.T, p *Pool, s *testkit.Played, l *links) {
				c := shared(t, p)
				l.freeze(1)
				c.Try()
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				var g got
				if waits {
					ch := asking(ctx, p.Shared)
					s.Cut()
					g = <-ch
				} else {
					synctest.Wait()
					s.Cut()
					synctest.Wait()
					g.c, g.err = p.Shared(ctx)
				}
				if g.c == c || g.err != nil {
					t.Errorf("got the old one %v, %v", g.c == c, g.err)
				}
			})
		})
	}
}
