package reliability_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// ledger records the results of one caller for its own two keys.
type ledger struct {
	counter, last string // keys
	acked, maybe  int64  // INCR commands
	set, wanted   int64  // last number known to be stored, and last number sent
}

// work runs INCR and SET until stop. It passes errors to note.
func (l *ledger) work(c *redpoll.Client, stop *atomic.Bool, progress *atomic.Int64, note func(error)) {
	for n := int64(1); !stop.Load(); n++ {
		ctx, cancel := context.WithTimeout(background, time.Minute)
		_, err := c.Incr(ctx, l.counter)
		cancel()
		if err == nil {
			l.acked++
			progress.Add(1)
		} else {
			note(err)
			if !errors.Is(err, redpoll.ErrNotSent) {
				l.maybe++
			}
		}
		ctx, cancel = context.WithTimeout(background, time.Minute)
		err = c.Set(ctx, l.last, n)
		cancel()
		if err == nil {
			l.set, l.wanted = n, n
			progress.Add(1)
		} else {
			note(err)
			if !errors.Is(err, redpoll.ErrNotSent) {
				l.wanted = n
			}
		}
	}
}

// check compares the ledger with the server.
func (l *ledger) check(t *testing.T, srv *redpolltest.Server) {
	t.Helper()
	number := func(key string) int64 {
		text, _ := srv.Do("GET", key).(string)
		n, _ := strconv.ParseInt(text, 10, 64)
		return n
	}
	if n := number(l.counter); n < l.acked || n > l.acked+l.maybe {
		t.Errorf("%s is %d: %d were acknowledged, %d more may have run", l.counter, n, l.acked, l.maybe)
	}
	if n := number(l.last); n != l.set && (n < l.set || n > l.wanted) {
		t.Errorf("%s is %d: %d was acknowledged, the last one sent was %d", l.last, n, l.set, l.wanted)
	}
}

// A server is killed and started again ten times under 64 callers. No acknowledged write is lost, no write
// runs twice, and calls that were not under way at the time of a kill wait until the server is back.
//
// Covers: F118, F157
func TestKillAndRestartUnderLoad(t *testing.T) {
	t.Parallel()
	const callers, kills = 64, 10
	for _, exclusive := range []bool{false, true} {
		t.Run(fmt.Sprintf("exclusive=%v", exclusive), func(t *testing.T) {
			t.Parallel()
			srv := redpolltest.Start(t, redpolltest.ServerOptions{AppendOnly: true})
			c := clients.New(t, redpoll.Options{Addr: srv.Addr(), Exclusive: exclusive})
			var (
				stop     atomic.Bool
				progress atomic.Int64
				mu       sync.Mutex
				errs     = map[redpoll.Outcome][]error{}
				callersG sync.WaitGroup
				ledgers  [callers]ledger
			)
			note := func(err error) {
				clients.Unanswered(nil).Check(t, err)
				mu.Lock()
				defer mu.Unlock()
				errs[redpoll.OutcomeOf(err)] = append(errs[redpoll.OutcomeOf(err)], err)
			}
			for i := range ledgers {
				ledgers[i].counter, ledgers[i].last = fmt.Sprint("counter:", i), fmt.Sprint("last:", i)
				callersG.Go(func() { ledgers[i].work(c, &stop, &progress, note) })
			}
			more := func() {
				t.Helper()
				from := progress.Load()
				redpolltest.Await(t, "callers get on",
					func() bool { return progress.Load() > from+20*callers })
			}
			for range kills {
				more()
				srv.Kill()
				refused := c.Stats().DialErrors
				redpolltest.Await(t, "callers have met the dead server",
					func() bool { return c.Stats().DialErrors >= refused+3 })
				srv.Restart()
			}
			more()
			stop.Store(true)
			callersG.Wait()
			for i := range ledgers {
				ledgers[i].check(t, srv)
			}
			// Each caller may have one call under way when the server dies.
			if n := len(errs[redpoll.MaybeExecuted]); n > callers*kills {
				t.Errorf("%d calls may have been executed, at most %d were on their way", n, callers*kills)
			}
			if n := len(errs[redpoll.NotSent]); n > 0 {
				t.Errorf("%d calls were not sent, although the server came back: %v",
					n, errs[redpoll.NotSent][0])
			}
			t.Logf("%d calls, maybe executed: %d", progress.Load(), len(errs[redpoll.MaybeExecuted]))
		})
	}
}
