package testkit

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

// started is close to the epoch of conn.Now, which is the start of the program.
var started = time.Now()

// Bubble runs a test in a bubble of testing/synctest, in parallel with other tests. Its clock begins after
// the start of the program: a bare bubble begins in the year 2000, where conn.Now would be negative.
func Bubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	bubble(t, test)
}

// BubbleAlone is Bubble for tests that use the clients of the root package. The clients keep records in
// pools, with channels that belong to the bubble that made them. So the pools are emptied before and after
// it, and the test must not run in parallel with others.
func BubbleAlone(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	emptyPools()
	defer emptyPools()
	bubble(t, test)
}

// emptyPools empties every sync.Pool.
func emptyPools() {
	for range 2 { // the first time a sync.Pool only puts its content aside
		runtime.GC()
	}
}

func bubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(started) + time.Hour)
		test(t)
	})
}

// Pass lets time pass in a bubble.
func Pass(d time.Duration) {
	//houserules:ok sleep: the time of a bubble is simulated
	time.Sleep(d)
}

// Took checks how much time of a bubble has passed since began.
func Took(t testing.TB, what string, began time.Time, least, most time.Duration) {
	t.Helper()
	if d := time.Since(began); d < least || d > most {
		t.Errorf("%s took %v, want between %v and %v", what, d, least, most)
	}
}
