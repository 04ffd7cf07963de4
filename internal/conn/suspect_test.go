package conn

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/resp"
)

// playing makes a connection to a played server, in a bubble.
func playing(t *testing.T, s *testkit.Played) *Conn {
	t.Helper()
	c, err := Dial(t.Context(), &Config{
		Network: "tcp", Addr: "n:1", RESP2: true, Dial: s.Dial, ReplyTimeout: time.Minute,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// within sends a command with a deadline; 0 means none.
func within(c *Conn, deadline time.Duration, class Class, words ...string) (text string, err error) {
	ctx := context.Background()
	if deadline > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, deadline)
		defer cancel()
	}
	e := newEcho("")
	e.call.Wire, e.call.Class = resp.AppendCommand(nil, words...), class
	if gone := c.Do(ctx, &e.call); gone != nil {
		return "", gone
	}
	return e.got, e.call.Err
}

// after answers the command LATER after the time in its first argument.
func after(_ int, words []string) string {
	if words[0] == "LATER" {
		d, _ := time.ParseDuration(words[1])
		testkit.Pass(d)
	}
	return "$2\r\nok\r\n"
}

// A connection is suspect when a call has given up on it, a reply is owed, and no byte has come for 20 ms, or
// for four times its usual reply time.
func TestSuspect(t *testing.T) {
	const ms = time.Millisecond
	for name, c := range map[string]struct {
		usual    time.Duration // reply time of earlier calls
		takes    string        // time until the reply
		deadline time.Duration // of the call
		class    Class
		suspect  time.Duration // time after the call was sent; 0 if never
	}{
		"silent":                      {0, "1h", 100 * ms, Shared, 100 * ms},
		"silent, a short deadline":    {0, "1h", 5 * ms, Shared, 20 * ms},
		"just slow":                   {0, "15ms", 5 * ms, Shared, 0},
		"slow":                        {0, "300ms", 100 * ms, Shared, 100 * ms},
		"usually slow":                {50 * ms, "1h", 100 * ms, Shared, 200 * ms},
		"usually slow, far deadline":  {50 * ms, "1h", 300 * ms, Shared, 300 * ms},
		"usually slow, as this time":  {50 * ms, "150ms", 5 * ms, Shared, 0},
		"usually very slow":           {2 * time.Second, "1h", 100 * ms, Shared, time.Second},
		"held back on purpose":        {0, "1h", 100 * ms, Blocking, 0},
		"alone on its connection":     {0, "1h", 100 * ms, Session, 100 * ms},
		"no deadline, but an answer":  {0, "1s", 0, Shared, 0},
		"given up when nothing lacks": {0, "0s", 100 * ms, Shared, 0},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.Bubble(t, func(t *testing.T) {
				conn := playing(t, &testkit.Played{Answer: after})
				for range 2 * sampleEvery {
					if _, err := within(conn, 0, Shared, "LATER", c.usual.String()); err != nil {
						t.Fatal(err)
					}
				}
				began := time.Now()
				var told atomic.Int64
				conn.Watch(func(c *Conn) {
					if c.Suspect() {
						told.CompareAndSwap(0, int64(time.Since(began)))
					}
				})
				_, _ = within(conn, c.deadline, c.class, "LATER", c.takes)
				testkit.Pass(2 * time.Second)
				if got := time.Duration(told.Load()); got != c.suspect {
					t.Errorf("suspect after %v, want %v", got, c.suspect)
				}
				conn.Close()
				synctest.Wait()
				testkit.Pass(time.Hour) // the server ends
			})
		})
	}
}

// Bytes for other calls count too: the silence begins after the last byte. It may have begun long before a
// call is given up, when nobody looked at the clock.
func TestSilenceBeginsBehindTheLastByte(t *testing.T) {
	testkit.Bubble(t, func(t *testing.T) {
		c := playing(t, &testkit.Played{Answer: after})
		began := time.Now()
		var suspect atomic.Int64
		c.Watch(func(*Conn) { suspect.CompareAndSwap(0, int64(time.Since(began))) })
		var both sync.WaitGroup
		both.Go(func() { _, _ = within(c, 0, Shared, "LATER", "90ms") })
		synctest.Wait()
		both.Go(func() { _, _ = within(c, 100*time.Millisecond, Shared, "LATER", "1h") })
		both.Wait()
		if c.Suspect() {
			t.Error("a byte has just come")
		}
		testkit.Pass(time.Second)
		if got := time.Duration(suspect.Load()); got != 120*time.Millisecond {
			t.Errorf("suspect after %v", got)
		}
		c.Close()
		testkit.Pass(time.Hour)
	})
}

// A watchdog that looks at the connection knows a lower limit of the silence, so no time is lost then.
func TestSilenceThatTheWatchdogKnows(t *testing.T) {
	testkit.Bubble(t, func(t *testing.T) {
		c := playing(t, &testkit.Played{Answer: after})
		began := time.Now()
		var suspect atomic.Int64
		c.Watch(func(*Conn) { suspect.CompareAndSwap(0, int64(time.Since(began))) })
		for range 3 { // whatever it noted about the connection before
			c.Tick(Now())
			testkit.Pass(time.Hour)
		}
		began = time.Now()
		var both sync.WaitGroup
		both.Go(func() { _, _ = within(c, 0, Shared, "LATER", "90ms") })
		synctest.Wait()
		both.Go(func() { _, _ = within(c, 500*time.Millisecond, Shared, "LATER", "1h") })
		testkit.Pass(250 * time.Millisecond)
		c.Tick(Now())
		both.Wait()
		if got := time.Duration(suspect.Load()); got != 500*time.Millisecond {
			t.Errorf("suspect after %v", got)
		}
		c.Close()
		testkit.Pass(time.Hour)
	})
}

// A suspect connection gets one PING behind its queue, and the next byte clears it. Its callers get their
// replies.
func TestSuspectIsCleared(t *testing.T) {
	testkit.Bubble(t, func(t *testing.T) {
		s := &testkit.Played{Answer: after}
		c := playing(t, s)
		var told atomic.Int32
		c.Watch(func(*Conn) { told.Add(1) })
		patient := make(chan string, 1)
		go func() {
			text, err := within(c, 0, Shared, "LATER", "1s")
			if err != nil {
				t.Error(err)
			}
			patient <- text
		}()
		synctest.Wait()
		for range 3 { // each of them gives up
			_, err := within(c, 100*time.Millisecond, Shared, "GET", "k")
			if gone := (*GaveUp)(nil); !errors.As(err, &gone) {
				t.Fatal(err)
			}
		}
		if !c.Suspect() || c.Fit() || c.Down() || told.Load() != 1 {
			t.Fatalf("suspect %v, fit %v, down %v, told %d times", c.Suspect(), c.Fit(), c.Down(),
				told.Load())
		}
		if text := <-patient; text != "ok" {
			t.Errorf("who has time gets %q", text)
		}
		synctest.Wait()
		if !c.Fit() || told.Load() != 2 {
			t.Errorf("fit %v, told %d times", c.Fit(), told.Load())
		}
		s.Expect(t, "LATER 1s", "GET k", "PING", "GET k", "GET k")
		if c.Answered() != c.Asked() || c.husks.Load() != 0 || c.Load() != 0 {
			t.Errorf("asked at %v, answered one of %v; %d calls, %d husks", c.Asked(), c.Answered(), c.Load(),
				c.husks.Load())
		}
	})
}

// A connection on trial takes no calls until any byte has come, and becomes suspect if none comes.
func TestTry(t *testing.T) {
	for name, c := range map[string]struct {
		answer  func(int, []string) string
		fit     time.Duration // time after the trial began; -1 if never
		suspect bool          // suspect later
		down    bool
	}{
		"answers": {func(int, []string) string { return "+PONG\r\n" }, 0, false, false},
		"refuses": {func(int, []string) string { return "-NOPERM no\r\n" }, 0, false, false},
		"answers a bit late": {func(int, []string) string {
			testkit.Pass(15 * time.Millisecond)
			return "+PONG\r\n"
		}, 15 * time.Millisecond, false, false},
		"answers late": {func(int, []string) string {
			testkit.Pass(time.Second)
			return "+PONG\r\n"
		}, time.Second, true, false},
		"is silent": {func(int, []string) string { return "" }, -1, true, false},
		"hangs up":  {func(int, []string) string { return testkit.HangUp }, -1, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.Bubble(t, func(t *testing.T) {
				conn := playing(t, &testkit.Played{Answer: c.answer})
				began := time.Now()
				var mu sync.Mutex
				var suspect bool
				fit := time.Duration(-1)
				told := make(chan struct{}, 9)
				conn.Watch(func(c *Conn) {
					mu.Lock()
					defer mu.Unlock()
					suspect = suspect || c.Suspect()
					if c.Fit() && fit < 0 {
						fit = time.Since(began)
					}
					told <- struct{}{}
				})
				conn.Try()
				if conn.Fit() && c.fit != 0 {
					t.Error("fit at once")
				}
				testkit.Pass(2 * time.Second)
				<-told
				mu.Lock()
				defer mu.Unlock()
				if fit != c.fit || suspect != c.suspect || conn.Down() != c.down {
					t.Errorf("fit after %v, suspect %v, down %v", fit, suspect, conn.Down())
				}
			})
		})
	}
}

// A deserted connection has no waiting callers: they have left one by one, or their calls were posted. Only a
// suspect connection is ended.
func TestEndDeserted(t *testing.T) {
	testkit.Bubble(t, func(t *testing.T) {
		silent := &testkit.Played{Answer: func(int, []string) string { return "" }}
		c := playing(t, silent)
		e := newEcho("x")
		j := NewJoin(&e.call)
		post(c, &e.call)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		var all sync.WaitGroup
		all.Go(func() { j.Wait(ctx) })
		all.Go(func() { _, _ = within(c, 200*time.Millisecond, Shared, "GET", "k") })
		_, _ = within(c, 100*time.Millisecond, Shared, "GET", "k")
		for _, want := range []bool{false, false, true} {
			synctest.Wait()
			c.EndDeserted()
			if c.Down() != want {
				t.Errorf("down: %v, want %v", c.Down(), want)
			}
			testkit.Pass(100 * time.Millisecond)
		}
		all.Wait()
		if !errors.Is(c.Err(), ErrSuspect) || !IsTimeout(c.Err()) {
			t.Errorf("ended for %v", c.Err())
		}
		idle := playing(t, silent)
		if idle.EndDeserted(); idle.Down() {
			t.Error("an idle connection was ended")
		}
	})
}

// Posted calls that are given up make their connection suspect too, and so do calls with several replies.
func TestOtherCallsThatAreGivenUp(t *testing.T) {
	for name, call := range map[string]func(ctx context.Context, c *Conn){
		"posted": func(ctx context.Context, c *Conn) {
			e := newEcho("x")
			j := NewJoin(&e.call)
			post(c, &e.call)
			if gone := j.Wait(ctx); gone == nil {
				panic("an answer")
			}
		},
		"a batch": func(ctx context.Context, c *Conn) { c.Do(ctx, &newEchoes("a", "b", "c").call) },
		"asked":   func(ctx context.Context, c *Conn) { _ = c.Ask(ctx, PingWire, func([]byte) {}) },
	} {
		t.Run(name, func(t *testing.T) {
			testkit.Bubble(t, func(t *testing.T) {
				c := playing(t, &testkit.Played{Answer: func(_ int, words []string) string { return "" }})
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				defer cancel()
				call(ctx, c)
				if !c.Suspect() {
					t.Error("not suspect")
				}
			})
		})
	}
}

// A suspicion ends with its connection: nothing is sent on it any more, and its observer is called once more.
func TestSuspectFails(t *testing.T) {
	testkit.Bubble(t, func(t *testing.T) {
		s := &testkit.Played{Answer: func(int, []string) string { return "" }}
		c := playing(t, s)
		told := make(chan bool, 9)
		c.Watch(func(c *Conn) { told <- c.Down() })
		_, _ = within(c, 100*time.Millisecond, Shared, "GET", "k")
		synctest.Wait()
		s.Cut()
		if first, second := <-told, <-told; first || !second {
			t.Errorf("down when told: %v, then %v", first, second)
		}
		testkit.Pass(time.Hour)
		if len(told) > 0 || strings.Join(s.Heard(), " ") != "GET k PING" {
			t.Errorf("told again: %v; heard %q", len(told), s.Heard())
		}
	})
}

// The handshake gives the first reply time.
func TestReplyTimeOfTheHandshake(t *testing.T) {
	testkit.Bubble(t, func(t *testing.T) {
		s := &testkit.Played{Answer: func(_ int, words []string) string {
			testkit.Pass(30 * time.Millisecond)
			return "+OK\r\n"
		}}
		c, err := Dial(t.Context(), &Config{
			Network: "tcp", Addr: "n:1", RESP2: true, DB: 3, ClientName: "n", Dial: s.Dial,
			Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
		})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if got := c.Limit(); got != silenceFactor*30*time.Millisecond {
			t.Errorf("the limit is %v", got)
		}
	})
}
