package route

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// A call whose connection this side has just taken out of use goes to another connection.
func TestLeftBehind(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err     error
		phase   conn.Phase
		outcome conn.Outcome
		want    bool
	}{
		"answered":                    {nil, 0, 0, false},
		"retired":                     {conn.ErrRetired, conn.PhaseQueue, conn.NotSent, true},
		"closed before it was sent":   {conn.ErrClosed, conn.PhaseQueue, conn.NotSent, true},
		"closed while it was written": {conn.ErrClosed, conn.PhaseWrite, conn.NotSent, false},
		"closed while its reply came": {conn.ErrClosed, conn.PhaseRead, conn.MaybeExecuted, false},
		"the server hung up before":   {conn.ErrStale, conn.PhaseQueue, conn.NotSent, false},
		"the client is closed":        {pool.ErrClosed, conn.PhaseQueue, conn.NotSent, false},
		"the caller's context is over": {&conn.GaveUp{Err: context.Canceled}, conn.PhaseQueue, conn.NotSent,
			false},
		"closed with the client's call": {pool.ErrClosed, conn.PhaseRead, conn.MaybeExecuted, false},
	} {
		if got := leftBehind(&conn.Call{Err: c.err, Phase: c.phase, Outcome: c.outcome}); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A connection that is older than the call and ended before anything was sent does not count as an attempt.
func TestDiedUnused(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *Single, s *testkit.Played) {
		testkit.Pass(time.Hour)
		c, err := r.Node.Pool.Shared(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		const before, after = -time.Second, time.Second
		for _, c := range []struct {
			name    string
			c       *conn.Conn
			began   time.Duration // before or after the connection was made
			err     error
			phase   conn.Phase
			outcome conn.Outcome
			want    bool
		}{
			{"an older connection", c, after, conn.ErrStale, conn.PhaseQueue, conn.NotSent, true},
			{"a younger one", c, before, conn.ErrStale, conn.PhaseQueue, conn.NotSent, false},
			{"one of the same moment", c, 0, conn.ErrStale, conn.PhaseQueue, conn.NotSent, false},
			{"no connection", nil, after, conn.ErrStale, conn.PhaseQueue, conn.NotSent, false},
			{"answered", c, after, nil, conn.PhaseQueue, conn.NotSent, false},
			{"written in part", c, after, conn.ErrStale, conn.PhaseWrite, conn.NotSent, false},
			{"may have run", c, after, conn.ErrStale, conn.PhaseRead, conn.MaybeExecuted, false},
			{"given up", c, after, &conn.GaveUp{Err: context.Canceled}, conn.PhaseQueue, conn.NotSent, false},
			{"the client is closed", c, after, pool.ErrClosed, conn.PhaseQueue, conn.NotSent, false},
		} {
			call := &conn.Call{Err: c.err, Phase: c.phase, Outcome: c.outcome}
			if call.Began = c.began; c.c != nil {
				call.Began += c.c.Made()
			}
			if got := diedUnused(call, c.c); got != c.want {
				t.Errorf("%s: %v", c.name, got)
			}
		}
		if call := (&conn.Call{Err: conn.ErrStale, Outcome: conn.NotSent}); !diedUnused(call, c) {
			t.Error("a call that has not begun")
		}
	})
}

// A call that was not tried yet goes to another connection even if the policy repeats nothing.
func TestRetryOfWhatWasNotTried(t *testing.T) {
	for name, kind := range map[string]struct {
		end     func(c *conn.Conn, other func())
		younger bool // younger than the call
	}{
		"died idle":           {func(c *conn.Conn, _ func()) { c.Fail(errors.New("cut")) }, false},
		"closed":              {func(c *conn.Conn, _ func()) { c.Close() }, false},
		"closed, younger":     {func(c *conn.Conn, _ func()) { c.Close() }, true},
		"retired":             {func(c *conn.Conn, other func()) { other(); c.Retire() }, false},
		"retired, younger":    {func(c *conn.Conn, other func()) { other(); c.Retire() }, true},
		"retired with nobody": {func(c *conn.Conn, _ func()) { c.Retire() }, true},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, r *Single, s *testkit.Played) {
				gate := make(chan struct{})
				s.Answer = func(_ int, words []string) string {
					if words[0] == "GET" {
						<-gate
					}
					return "+OK\r\n"
				}
				call := newCall(conn.Shared, "INCR", "k")
				if kind.younger {
					call.call.Begin()
					testkit.Pass(time.Second)
				}
				c, err := r.Node.Pool.Shared(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				testkit.Pass(time.Second)
				kind.end(c, func() {
					go func() {
						waits := newCall(conn.Shared, "GET", "k")
						Do(context.Background(), r, &waits.call)
					}()
					synctest.Wait()
				})
				if gone := c.Do(t.Context(), &call.call); gone != nil || call.call.Err == nil {
					t.Fatalf("%v, %v", gone, call.call.Err)
				}
				gone := r.persist(t.Context(), &call.call, c)
				succeeded(t, call, gone)
				if call.call.Repeats != 0 || s.Dials() != 2 {
					t.Errorf("%d repeats, %d dials", call.call.Repeats, s.Dials())
				}
				close(gate)
			})
		})
	}
}

// The result of a call after several failures of the server.
func TestRetryLoop(t *testing.T) {
	cut := errors.New("any failure of a connection")
	for _, c := range []struct {
		name    string
		words   []string
		policy  Policy
		answers []string // the last one is repeated
		want    error    // nil, a dial error, or cut
		refusal string
		outcome conn.Outcome
		sent    int // how often the server received the call
	}{
		{"answered", []string{"GET", "k"}, Policy{Max: 3}, []string{"+OK\r\n"}, nil, "", 0, 1},
		{"a read is cut once", []string{"GET", "k"}, Policy{Max: 1}, []string{testkit.HangUp, "+OK\r\n"}, nil,
			"", 0, 2},
		{"a read is always cut", []string{"GET", "k"}, Policy{Max: 2}, []string{testkit.HangUp}, cut, "",
			conn.MaybeExecuted, 3},
		{"a write is cut", []string{"SET", "k", "v"}, Policy{For: Forever, Max: 3}, []string{testkit.HangUp},
			cut, "", conn.MaybeExecuted, 1},
		{"a write is loading", []string{"INCR", "k"}, Policy{For: Forever},
			[]string{"-LOADING a\r\n", "-LOADING b\r\n", "+OK\r\n"}, nil, "", 0, 3},
		{"always loading", []string{"INCR", "k"}, onceMore, []string{"-LOADING a\r\n"}, nil, "LOADING a", 0,
			2},
		{"refused for good", []string{"INCR", "k"}, Policy{For: Forever, Max: 2},
			[]string{"-WRONGTYPE a\r\n"}, nil, "WRONGTYPE a", 0, 1},
		{"cut, then always loading", []string{"GET", "k"},
			Policy{For: time.Second, Max: 2, Min: time.Second, Most: time.Second},
			[]string{testkit.HangUp, "-LOADING a\r\n"}, cut, "", conn.MaybeExecuted, 3},
		{"cut, then refused", []string{"GET", "k"}, Policy{Max: 2}, []string{testkit.HangUp, "-NOPERM a\r\n"},
			nil, "NOPERM a", 0, 2},
	} {
		for kind, class := range map[string]conn.Class{"shared": conn.Shared, "lent": conn.Blocking,
			"urgent": conn.Urgent} {
			t.Run(c.name+"/"+kind, func(t *testing.T) {
				inBubble(t, func(_ *pool.Config, r *Single) {
					r.Policy = c.policy
					r.Policy.Min, r.Policy.Most = max(r.Policy.Min, time.Millisecond),
						max(r.Policy.Most, time.Millisecond)
				}, func(t *testing.T, r *Single, s *testkit.Played) {
					var n atomic.Int32
					s.Answer = func(int, []string) string {
						return c.answers[min(int(n.Add(1)), len(c.answers))-1]
					}
					call := newCall(class, c.words...)
					gone := Do(t.Context(), r, &call.call)
					switch {
					case c.want == nil && c.refusal == "":
						succeeded(t, call, gone)
					case c.want == nil:
						if gone != nil || call.call.Refusal != c.refusal || !call.call.Refused() {
							t.Errorf("gave up %v, error %v, refusal %q", gone, call.call.Err,
								call.call.Refusal)
						}
					default:
						failed(t, call, gone, call.call.Err, c.outcome)
					}
					if int(n.Load()) != c.sent || call.call.Repeats != c.sent-1 {
						t.Errorf("the server heard it %d times; %d repeats", n.Load(), call.call.Repeats)
					}
				})
			})
		}
	}
}

// Attempts to connect are repeated as long as the policy allows, with the pauses of the pool or, for urgent
// calls, of the policy. The last failure names the node and the phase.
func TestRetryOfDials(t *testing.T) {
	for name, class := range map[string]conn.Class{"shared": conn.Shared, "lent": conn.Blocking,
		"urgent": conn.Urgent} {
		t.Run(name, func(t *testing.T) {
			const lasts, pause = time.Second, 10 * time.Millisecond
			inBubble(t, func(cfg *pool.Config, r *Single) {
				cfg.BackoffMin, cfg.BackoffMax = pause, pause
				r.Policy = Policy{For: lasts, Min: pause, Most: pause}
			}, func(t *testing.T, r *Single, s *testkit.Played) {
				refused := errors.New("refused")
				s.Refuse(refused)
				call := newCall(class, "INCR", "k")
				began := time.Now()
				failed(t, call, Do(t.Context(), r, &call.call), refused, conn.NotSent)
				testkit.Took(t, "all attempts", began, lasts-pause, lasts)
				if n := s.Dials(); n < int(lasts/pause) || n > 2*int(lasts/pause) ||
					call.call.Phase != conn.PhaseDial || call.call.Repeats < n-1 {
					t.Errorf("%d dials, phase %v, %d repeats", n, call.call.Phase, call.call.Repeats)
				}
			})
		})
	}
}

// The end of Policy.For also ends the wait for a connection: the call gets the error of the attempt before.
func TestRetryEndsInTheDial(t *testing.T) {
	refused := errors.New("refused")
	for name, class := range map[string]conn.Class{"shared": conn.Shared, "lent": conn.Blocking,
		"urgent": conn.Urgent} {
		for first, answer := range map[string]string{"not connected": "", "loading": "-LOADING a\r\n"} {
			t.Run(name+"/"+first, func(t *testing.T) {
				inBubble(t, func(_ *pool.Config, r *Single) {
					r.Policy.For = time.Second
				}, func(t *testing.T, r *Single, s *testkit.Played) {
					// After the first attempt, and before the second one, no connection succeeds any more.
					blackHole := func() {
						s.Refuse(nil)
						s.Hold()
						r.Node.Pool.Disconnect()
					}
					if answer == "" {
						s.Refuse(refused)
						time.AfterFunc(time.Millisecond/4, blackHole)
					}
					s.Answer = func(int, []string) string {
						time.AfterFunc(time.Millisecond/4, blackHole)
						return answer
					}
					began := time.Now()
					call := newCall(class, "INCR", "k")
					gone := Do(t.Context(), r, &call.call)
					testkit.Took(t, "the call", began, time.Second-time.Millisecond, time.Second)
					switch {
					case answer == "":
						failed(t, call, gone, refused, conn.NotSent)
					case gone != nil || call.call.Refusal != "LOADING a":
						t.Errorf("gave up %v, error %v, refusal %q", gone, call.call.Err, call.call.Refusal)
					}
				})
			})
		}
	}
}

// A session without a connection is an *Unreached error, from which Failed makes a call.
func TestPinFails(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(t *testing.T, r *Single, s *testkit.Played)
		want    error
		phase   conn.Phase
		dials   int
	}{
		"no server": {func(_ *testing.T, _ *Single, s *testkit.Played) {
			s.Refuse(errCut)
		}, errCut, conn.PhaseDial, 1},
		"none left": {func(t *testing.T, r *Single, _ *testkit.Played) {
			_, _ = r.Node.Pool.Get(t.Context(), conn.Session)
		}, pool.ErrExhausted, conn.PhaseQueue, 1},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(cfg *pool.Config, r *Single) {
				cfg.Sessions.Max, r.Policy.Max = 1, 1
			}, func(t *testing.T, r *Single, s *testkit.Played) {
				c.prepare(t, r, s)
				_, err := r.Pin(t.Context(), nil)
				var u *Unreached
				if !errors.As(err, &u) || !errors.Is(err, c.want) || u.Node != "n:1" ||
					u.Error() != u.Err.Error() || s.Dials() != c.dials {
					t.Fatalf("%v after %d dials", err, s.Dials())
				}
				if call := Failed(err); !errors.Is(call.Err, c.want) || call.Node() != "n:1" ||
					call.Phase != c.phase || call.Outcome != conn.NotSent {
					t.Errorf("%v at %q, phase %v", call.Err, call.Node(), call.Phase)
				}
			})
		})
	}
	if call := Failed(pool.ErrClosed); !errors.Is(call.Err, pool.ErrClosed) || call.Node() != "" {
		t.Errorf("without a node: %v at %q", call.Err, call.Node())
	}
}
