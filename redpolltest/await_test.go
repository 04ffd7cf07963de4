package redpolltest

import (
	"strings"
	"testing"
	"time"
)

func TestAwait(t *testing.T) {
	t.Parallel()
	asked := 0
	fake := pretend(t, func(t testing.TB) {
		Await(t, "it was asked thrice", func() bool { asked++; return asked == 3 })
	})
	if fake.Failed() || asked != 3 {
		t.Errorf("asked %d times, output: %s", asked, fake.text())
	}
	fake = pretend(t, func(t testing.TB) {
		awaitWithin(t, time.Millisecond, "pigs fly", func() bool { return false })
	})
	if !fake.Failed() || !strings.Contains(fake.text(), "until pigs fly") {
		t.Errorf("failed: %v, output: %s", fake.Failed(), fake.text())
	}
}
