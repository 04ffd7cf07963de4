package pool

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// One watchdog looks at the connections of several pools, as often as the most hasty of them wants, and goes on for those that
// are left when one is closed. The bubble checks that its goroutine has ended when all are.
func TestWatchdogOfSeveralPools(t *testing.T) {
	testkit.Bubble(t, func(t *testing.T) {
		dog := new(Watchdog)
		s := new(testkit.Played)
		pool := func(idle time.Duration) *Pool {
			return New(Config{
				Conn:     &conn.Config{Network: "tcp", Addr: "n:1", RESP2: true, Dial: s.Dial, Logger: discard},
				Sessions: Bound{IdleTimeout: idle}, BackoffMin: backoffMin, BackoffMax: backoffMax, Watchdog: dog,
			})
		}
		patient, hasty := pool(time.Hour), pool(200*time.Millisecond)
		use := func(p *Pool) {
			c, err := p.Get(t.Context(), conn.Session)
			if err != nil {
				t.Fatal(err)
			}
			p.Put(c)
			synctest.Wait()
		}
		idle := func(want int, when string) {
			t.Helper()
			synctest.Wait()
			if got := patient.Stats().Idle + hasty.Stats().Idle; got != want || s.Open() != want {
				t.Errorf("%s %d connections are idle and %d open, want %d", when, got, s.Open(), want)
			}
		}
		use(patient) // its interval comes first, and is the longer one
		use(hasty)
		idle(2, "at the beginning")
		testkit.Pass(300 * time.Millisecond)
		idle(1, "behind the time-out of one")
		hasty.Close()
		testkit.Pass(time.Hour + time.Second)
		idle(0, "behind the time-out of the other")
		use(patient) // the goroutine may have ended and begins again where it has
		testkit.Pass(time.Hour + time.Second)
		idle(0, "behind another one")
		patient.Close()
		patient.Close()
	})
}
