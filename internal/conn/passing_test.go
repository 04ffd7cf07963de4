package conn

import (
	"context"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll/internal/testkit"
)

// halves answers BULK n with the first half of a string of n bytes, and the next command with the rest of it and OK.
func halves() *testkit.Played {
	rest := ""
	return &testkit.Played{Answer: func(_ int, words []string) string {
		if words[0] == "BULK" {
			n, _ := strconv.Atoi(words[1])
			rest = strings.Repeat("x", n-n/2) + "\r\n"
			return "$" + words[1] + "\r\n" + strings.Repeat("x", n/2)
		}
		defer func() { rest = "" }()
		return rest + "$2\r\nok\r\n"
	}}
}

// A connection is passed by while a large reply comes in, and tells its end to those who want to know.
func TestPassing(t *testing.T) {
	for name, c := range map[string]struct {
		size   int
		giveUp bool
		passed bool
	}{
		"large":              {70_000, false, true},
		"very large":         {10_000_000, false, true},
		"large and given up": {70_000, true, true},
		"small":              {60_000, false, false},
		"very small":         {60, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.Bubble(t, func(t *testing.T) {
				conn := playing(t, halves())
				var told atomic.Int32
				conn.Watch(func(*Conn) { told.Add(1) })
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				done := make(chan *GaveUp, 1)
				e := newEcho("")
				e.call.Wire = []byte("*2\r\n$4\r\nBULK\r\n$" + strconv.Itoa(len(strconv.Itoa(c.size))) + "\r\n" + strconv.Itoa(c.size) + "\r\n")
				go func() { done <- conn.Do(ctx, &e.call) }()
				synctest.Wait()
				if conn.Passed() != c.passed || conn.Fit() == c.passed {
					t.Errorf("passed by: %v, fit %v", conn.Passed(), conn.Fit())
				}
				if c.giveUp {
					cancel()
					<-done
					synctest.Wait()
					if conn.Passed() != c.passed {
						t.Errorf("passed by when its caller has gone: %v", conn.Passed())
					}
				}
				conn.Want()
				if _, err := within(conn, 0, Shared, "NEXT"); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if want := map[bool]int32{true: 1}[c.passed]; conn.Passed() || !conn.Fit() || told.Load() != want {
					t.Errorf("at the end: passed by %v, fit %v, told %d times", conn.Passed(), conn.Fit(), told.Load())
				}
				if !c.giveUp {
					if gone := <-done; gone != nil || len(e.got) != c.size {
						t.Errorf("%v, %d bytes", gone, len(e.got))
					}
				}
			})
		})
	}
}

// A large reply that stays away makes its connection suspect as any other does.
func TestLargeReplyStops(t *testing.T) {
	testkit.Bubble(t, func(t *testing.T) {
		c := playing(t, &testkit.Played{Answer: func(_ int, words []string) string {
			if words[0] == "BULK" {
				return "$100000\r\n" + strings.Repeat("x", 90_000)
			}
			return ""
		}})
		_, _ = within(c, 100*time.Millisecond, Shared, "BULK")
		testkit.Pass(time.Second)
		if c.Passed() || !c.Suspect() {
			t.Errorf("passed by %v, suspect %v", c.Passed(), c.Suspect())
		}
	})
}
