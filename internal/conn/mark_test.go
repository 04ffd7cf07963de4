package conn

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

// marked makes a connection on which marks are due whenever there were enough calls.
func marked(t *testing.T, p *peer) *Conn {
	c := p.dial(p.config())
	c.info.Proto = 3
	c.watch.marks.at = -markEvery
	return c
}

func talkUntil(t *testing.T, c *Conn, stop func(e *echo) bool) {
	var wg sync.WaitGroup
	for id := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				e := newEcho(fmt.Sprintf("%d/%d", id, i))
				if g := c.Do(context.Background(), &e.call); g != nil {
					t.Error(g)
				}
				if stop(e) {
					return
				}
			}
		})
	}
	wg.Wait()
}

// A mark is answered, no caller notices it, and the next one is sent after it.
func TestMarksAreAnswered(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	c := marked(t, p)
	var calls atomic.Int64
	var watchdog sync.Mutex // there is only one watchdog
	talkUntil(t, c, func(e *echo) bool {
		if e.call.Err != nil || e.got == "" || e.got[0] == 'r' {
			t.Errorf("%v, got %q", e.call.Err, e.got)
			return true
		}
		if calls.Add(1)%500 == 0 {
			watchdog.Lock()
			c.Tick(Now() + markEvery*2)
			watchdog.Unlock()
		}
		return calls.Load() > 4*markCalls
	})
	c.Tick(Now())
	if n := c.watch.marks.n; n == 0 {
		t.Error("no mark was sent")
	}
	if err := c.Err(); err != nil {
		t.Error(err)
	}
}

// A mark finds a surplus reply in traffic that never pauses.
func TestMarksFindSurplusReply(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	p.surplus.Store(100)
	c := marked(t, p)
	var calls atomic.Int64
	var watchdog sync.Mutex
	talkUntil(t, c, func(e *echo) bool {
		if e.call.Err != nil {
			var desync *DesyncError
			if !errors.As(e.call.Err, &desync) {
				t.Error(e.call.Err)
			}
			return true
		}
		if calls.Add(1)%500 == 0 {
			watchdog.Lock()
			c.Tick(Now())
			watchdog.Unlock()
		}
		return false
	})
}
