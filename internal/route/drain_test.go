package route

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// A stopped router refuses calls, except those that belong to work in progress, until it settles.
func TestStop(t *testing.T) {
	for name, class := range map[string]conn.Class{"shared": conn.Shared, "blocking": conn.Blocking,
		"large": conn.Large, "urgent": conn.Urgent} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, r *Single, s *testkit.Played) {
				warm := newCall(conn.Shared, "SET", "k", "v")
				succeeded(t, warm, Do(t.Context(), r, &warm.call))
				r.Stop()
				call := newCall(class, "SET", "k", "v")
				failed(t, call, Do(t.Context(), r, &call.call), pool.ErrClosed, conn.NotSent)
				call = newCall(class, "SET", "k", "v")
				gone := Do(Onward(t.Context()), r, &call.call)
				succeeded(t, call, gone)
				calls := r.Settle()
				call = newCall(class, "SET", "k", "v")
				failed(t, call, Do(Onward(t.Context()), r, &call.call), pool.ErrClosed, conn.NotSent)
				if n := calls(); n != 0 || r.Held() != 0 {
					t.Errorf("%d calls, %d held", n, r.Held())
				}
			})
		})
	}
}

// A call with an exclusive connection is counted before it gets the connection and until it gives it back,
// even if it gets none.
func TestHeld(t *testing.T) {
	inBubble(t, func(cfg *pool.Config, _ *Single) {
		cfg.Sessions = pool.Bound{Max: 1, Wait: true}
	}, func(t *testing.T, r *Single, s *testkit.Played) {
		held := func(want int) {
			t.Helper()
			synctest.Wait()
			if n := r.Held(); n != want {
				t.Errorf("%d are held, want %d", n, want)
			}
		}
		s.Answer = func(int, []string) string { return "" }
		ctx, cancel := context.WithCancel(t.Context())
		one, err := r.Pin(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		held(1)
		go func() { _, _ = r.Pin(ctx, nil) }()
		for _, class := range []conn.Class{conn.Blocking, conn.Large, conn.Urgent} {
			go func() {
				call := newCall(class, "GET", "k")
				Do(ctx, r, &call.call)
			}()
		}
		held(5)
		cancel()
		held(1)
		one.Drop()
		one.Close()
		one.Close()
		held(0)
		s.Refuse(errors.New("refused"))
		_, _ = r.Pin(t.Context(), nil)
		call := newCall(conn.Blocking, "GET", "k")
		Do(t.Context(), r, &call.call)
		held(0)
	})
}
