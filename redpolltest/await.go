package redpolltest

import (
	"testing"
	"time"
)

// noDeadline clears the deadline of a connection.
var noDeadline time.Time

// Await waits until ok returns true, and calls it every millisecond. It is for conditions without an event:
// the state of a server, the counters of a client. After half a minute it ends the test with a message that
// names the condition. ok runs on the goroutine that calls Await, which must be the goroutine of the test.
//
// A test that waits for a condition is correct even on a busy machine; a test that sleeps is not.
// [Proxy.Await] is woken by the proxy's own events.
func Await(t testing.TB, what string, ok func() bool) {
	t.Helper()
	awaitWithin(t, patience, what, ok)
}

func awaitWithin(t testing.TB, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// await waits for done to be closed. It gives up after [patience].
func await(done <-chan struct{}) bool {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}
