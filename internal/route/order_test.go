package route

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// Order O2: a write that was given up may run later, after a write that began later and was answered. The
// outcome of the first write says so, and the later write does not wait for it.
func TestGivenUpWriteMayRunLater(t *testing.T) {
	exclusive := func(_ *pool.Config, r *Single) { r.Exclusive = true }
	inBubble(t, exclusive, func(t *testing.T, r *Single, s *testkit.Played) {
		var ran []string
		held := make(chan struct{})
		s.Answer = func(_ int, words []string) string {
			if words[2] == "old" {
				<-held // the server reads it late
			}
			ran = append(ran, words[2])
			return "+OK\r\n"
		}
		ctx, cancel := context.WithCancel(t.Context())
		given := make(chan *conn.GaveUp, 1)
		go func() { given <- Do(ctx, r, &newCall(conn.Shared, "SET", "k", "old").call) }()
		synctest.Wait()
		cancel()
		if gone := <-given; gone == nil || gone.Outcome != conn.MaybeExecuted {
			t.Errorf("the first write was given up as %v", gone)
		}
		second := newCall(conn.Shared, "SET", "k", "new")
		succeeded(t, second, Do(t.Context(), r, &second.call))
		close(held)
		synctest.Wait()
		if want := []string{"new", "old"}; !slices.Equal(ran, want) {
			t.Errorf("the server ran %q, want %q", ran, want)
		}
		if want := []string{"SET k old", "SET k new"}; !slices.Equal(s.Sessions(), want) {
			t.Errorf("by connection the server heard %q, want %q", s.Sessions(), want)
		}
	})
}
