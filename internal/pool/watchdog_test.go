package pool

import (
	"context"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// One watchdog looks at the connections of several pools, at the shortest interval of all pools, and goes on
// for the other pools when one is closed. The bubble checks that its goroutine ends with the last pool.
func TestWatchdogOfSeveralPools(t *testing.T) {
	testkit.Bubble(t, func(t *testing.T) {
		dog := new(Watchdog)
		s := new(testkit.Played)
		patient, hasty := watched(dog, s.Dial, time.Hour), watched(dog, s.Dial, 200*time.Millisecond)
		use := func(p *Pool) {
			visit(t, p)
			synctest.Wait()
		}
		idle := func(want int, when string) {
			t.Helper()
			synctest.Wait()
			if got := patient.Stats().Idle + hasty.Stats().Idle; got != want || s.Open() != want {
				t.Errorf("%s %d connections are idle and %d open, want %d", when, got, s.Open(), want)
			}
		}
		use(patient) // its interval comes first and is the longer one
		use(hasty)
		idle(2, "at the beginning")
		testkit.Pass(300 * time.Millisecond)
		idle(1, "behind the time-out of one")
		hasty.Close()
		testkit.Pass(time.Hour + time.Second)
		idle(0, "behind the time-out of the other")
		use(patient) // the goroutine may have ended; then it starts again
		testkit.Pass(time.Hour + time.Second)
		idle(0, "behind another one")
		patient.Close()
		patient.Close()
	})
}

// A pool that joins later with a shorter interval shortens the interval of the watchdog at once.
func TestWatchdogHurries(t *testing.T) {
	testkit.Bubble(t, func(t *testing.T) {
		dog, s := new(Watchdog), new(testkit.Played)
		patient, hasty := watched(dog, s.Dial, time.Hour), watched(dog, s.Dial, 100*time.Millisecond)
		defer patient.Close()
		defer hasty.Close()
		if every := patient.lookEvery(); every < 200*time.Millisecond {
			t.Fatalf("the patient pool looks every %v, too", every)
		}
		visit(t, patient)
		testkit.Pass(time.Millisecond) // the goroutine waits for its first look
		visit(t, hasty)
		testkit.Pass(100*time.Millisecond + 2*hasty.lookEvery())
		synctest.Wait()
		if n := hasty.Stats().Idle; n != 0 {
			t.Errorf("%d connections are idle behind their time-out", n)
		}
	})
}

// After Close nobody uses a pool any more: Close waits for the current round, even if another pool blocks the
// round. The test is not parallel, because it looks at the goroutines of the program.
func TestWatchdogEndsItsRound(t *testing.T) {
	for name, last := range map[string]bool{"the last pool": true, "one of two pools": false} {
		t.Run(name, func(t *testing.T) {
			dog, s := new(Watchdog), new(testkit.Played)
			leaves := watched(dog, s.Dial, 100*time.Millisecond)
			visit(t, leaves)
			held := &dog.round // the lock that a round needs
			if !last {
				other := watched(dog, s.Dial, 100*time.Millisecond)
				visit(t, other)
				defer other.Close()
				held = &other.mu
			}
			held.Lock()
			redpolltest.Await(t, "a round is under way", func() bool { return stands("(*Watchdog).look(") })
			left := make(chan struct{})
			go func() {
				leaves.Close()
				close(left)
			}()
			over := func() bool {
				select {
				case <-left:
					return true
				default:
					return false
				}
			}
			redpolltest.Await(t, "Close has returned, or waits for the round",
				func() bool { return over() || stands("(*Watchdog).leave(") })
			if over() {
				t.Error("Close has returned in the middle of a round")
			}
			held.Unlock()
			<-left
		})
	}
}

// watched makes a pool with a watchdog and a timeout for idle connections.
func watched(dog *Watchdog, dial func(ctx context.Context, network, addr string) (net.Conn, error),
	idle time.Duration) *Pool {
	return New(Config{
		Conn:     &conn.Config{Network: "tcp", Addr: "n:1", RESP2: true, Dial: dial, Logger: discard},
		Sessions: Bound{IdleTimeout: idle}, BackoffMin: backoffMin, BackoffMax: backoffMax, Watchdog: dog,
	})
}

// visit makes a connection and leaves it idle.
func visit(t *testing.T, p *Pool) {
	t.Helper()
	c, err := p.Get(t.Context(), conn.Session)
	if err != nil {
		t.Fatal(err)
	}
	p.Put(c)
}

// stands reports whether a goroutine waits for a lock or a channel in a function, or below it.
func stands(function string) bool {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		state, _, _ := strings.Cut(stack, "\n")
		if strings.Contains(stack, function) &&
			(strings.Contains(state, "[sync.Mutex.Lock") || strings.Contains(state, "[chan receive")) {
			return true
		}
	}
	return false
}
