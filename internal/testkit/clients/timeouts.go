package clients

import (
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// Brief is the time-out of a client that is to run into it. A server that is well answers within it on a busy
// machine, too.
const Brief = 500 * time.Millisecond

// BriefTimeouts is a change of options: all time-outs are [Brief].
func BriefTimeouts(o *redpoll.Options) {
	o.DialTimeout, o.ReplyTimeout, o.WriteTimeout = Brief, Brief, Brief
}

// Outlast waits until silence has lasted for longer than ReplyTimeout, by the clock of clients with such
// options: a call that begins now and gets no answer has been given up, and one that begins then as well.
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

// AlwaysCheck is an interval of health checks that is over at the next use of a connection, if that was
// unused meanwhile.
const AlwaysCheck = time.Microsecond
