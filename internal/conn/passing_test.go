package conn

import (
	"context"
	"io"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/resp"
)

// halves answers BULK n with the first half of a string of n bytes, and the next command with the second half
// and OK.
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

// A connection is passed by while a large reply comes in, and reports the end of the reply to callers of
// Want.
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
				e.call.Wire = []byte("*2\r\n$4\r\nBULK\r\n$" + strconv.Itoa(len(strconv.Itoa(c.size))) +
					"\r\n" + strconv.Itoa(c.size) + "\r\n")
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
				if want := map[bool]int32{true: 1}[c.passed]; conn.Passed() || !conn.Fit() ||
					told.Load() != want {
					t.Errorf("at the end: passed by %v, fit %v, told %d times", conn.Passed(), conn.Fit(),
						told.Load())
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

// A large reply that stops makes its connection suspect like any other silence.
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

// A pool may know a failed connection for long. It keeps nothing of a reply that was cut.
func TestCutReplyIsNotKept(t *testing.T) {
	for name, giveUp := range map[string]bool{"awaited": false, "given up": true} {
		t.Run(name, func(t *testing.T) {
			testkit.Bubble(t, func(t *testing.T) {
				conn := playing(t, halves())
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				e := newEcho("")
				e.call.Wire = resp.AppendCommand(nil, "BULK", "10000000")
				done := make(chan *GaveUp, 1)
				go func() { done <- conn.Do(ctx, &e.call) }()
				synctest.Wait()
				if !conn.Passed() {
					t.Fatal("half of the reply has not come")
				}
				if giveUp {
					cancel()
					<-done
				}
				conn.Fail(io.ErrUnexpectedEOF)
				synctest.Wait()
				if n := conn.rd.Buffered(); n > 0 {
					t.Errorf("%d bytes are kept", n)
				}
			})
		})
	}
}
