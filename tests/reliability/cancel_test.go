package reliability_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// Thousands of calls that are given up on a slow server close no connection, and do not disturb other
// callers.
func TestCanceledCallsCostNoConnection(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"TCP", "RESP2", "TLS", "unix socket"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := clients.NewWire(t, kind)
			c := w.Client(t)
			clients.Warm(t, c)
			w.Proxy.Delay(redpolltest.ToClient, 3*time.Millisecond)
			var hasty, patient sync.WaitGroup
			given, kept := 0, 0
			var mu sync.Mutex
			for i := range 40 {
				hasty.Go(func() {
					for n := range 50 {
						ctx, cancel := context.WithTimeout(background, rand.N(3*time.Millisecond))
						key := fmt.Sprint("hasty:", i)
						v, err := c.Echo(ctx, key+fmt.Sprint(":", n))
						cancel()
						mu.Lock()
						if err != nil {
							given++
							clients.Unanswered(context.DeadlineExceeded).Check(t, err)
						} else if kept++; v != key+fmt.Sprint(":", n) {
							t.Errorf("ECHO of %s:%d gave %q", key, n, v)
						}
						mu.Unlock()
					}
				})
			}
			for i := range 4 {
				patient.Go(func() {
					for n := range int64(30) {
						if got, err := c.Incr(background, fmt.Sprint("patient:", i)); err != nil ||
							got != n+1 {
							t.Errorf("undisturbed caller: INCR number %d gave %d, %v", n+1, got, err)
							return
						}
					}
				})
			}
			hasty.Wait()
			patient.Wait()
			if given < 1000 {
				t.Errorf("only %d calls were given up", given)
			}
			// Without CPU time the server seems to stop. This looks like a dead link, and costs one more
			// connection.
			s := c.Stats()
			most := 1 + int(min(s.Suspects, 1))
			if s.Closed != 0 || s.SharedConns > most || w.Proxy.Accepted() > most {
				t.Errorf("the canceled calls cost connections: %+v", s)
			}
		})
	}
}

// A blocking call that is given up also ends on the server, so it does not take an element and lose it.
func TestCanceledBlockingCallTakesNothing(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Shared(t)
	c := clients.New(t, redpoll.Options{Addr: srv.Addr(), DB: srv.DB})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { _, err := c.BLPop(ctx, 0, "list"); done <- err }()
	redpolltest.Await(t, "the call is on its way", func() bool { return c.Stats().Commands == 1 })
	cancel()
	clients.MaybeExecuted(context.Canceled).Check(t, <-done)
	redpolltest.Await(t, "its connection is closed", func() bool { return c.Stats().Closed == 1 })
	// The server notices when it next looks at its sockets, which is before it serves a later request.
	srv.Do("PING")
	srv.Do("RPUSH", "list", "element")
	if n := srv.Do("LLEN", "list"); n != int64(1) {
		t.Errorf("a call that was given up has taken an element: %v left", n)
	}
}
