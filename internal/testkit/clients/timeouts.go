package clients

import (
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// Brief is the timeout of a client in tests that expect a timeout. A healthy server answers within it even on
// a busy machine.
const Brief = 500 * time.Millisecond

// BriefTimeouts changes options: all timeouts are [Brief].
func BriefTimeouts(o *redpoll.Options) {
	o.DialTimeout, o.ReplyTimeout, o.WriteTimeout = Brief, Brief, Brief
}

// Outlast waits until a silence has lasted longer than ReplyTimeout, by the clock of clients with these
// options: an unanswered call that begins now, and one that begins at the same time, have been given up by
// then.
func Outlast(t testing.TB, o redpoll.Options) {
	t.Helper()
	p := testkit.Listen(t, testkit.Answering(map[string]string{"GET": testkit.Silence}))
	rdb := New(t, redpoll.Options{Addr: p.Addr(), ReplyTimeout: o.ReplyTimeout, NoRetry: true})
	for range 2 {
		_, err := rdb.Get(t.Context(), "k")
		if ce := ConnError(t, err, redpoll.PhaseRead, redpoll.MaybeExecuted); !ce.Timeout() {
			t.Errorf("got %v, want a time-out", err)
		}
	}
}

// AlwaysCheck is an interval of health checks that ends before the next use of an idle connection.
const AlwaysCheck = time.Microsecond
