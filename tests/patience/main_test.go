// Package patience_test has tests of waiting: what calls wait for, how long, and how many connections they
// use.
package patience_test

import (
	"context"
	"errors"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/redpolltest"
)

func TestMain(m *testing.M) { redpolltest.Main(m) }

// play runs a test in virtual time, with a client of a played server.
func play(t *testing.T, o redpoll.Options, test func(t *testing.T, rdb *redpoll.Client, s *testkit.Played)) {
	t.Helper()
	testkit.BubbleAlone(t, func(t *testing.T) {
		s := &testkit.Played{Answer: answer}
		rdb := newClient(t, s, o)
		test(t, rdb, s)
	})
}

// newClient returns a client of a played server. The test closes it at its end.
func newClient(t *testing.T, s *testkit.Played, o redpoll.Options) *redpoll.Client {
	t.Helper()
	o.Dialer, o.Protocol, o.NoClientInfo = s.Dial, 2, true
	rdb, err := redpoll.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// answer answers for the played server. Transactions have one command, and blocking commands never end.
func answer(_ int, words []string) string {
	switch words[0] {
	case "PING":
		return "+PONG\r\n"
	case "GET":
		return "$1\r\n1\r\n"
	case "INCR", "EVAL", "EVALSHA":
		return ":1\r\n"
	case "BLPOP":
		return ""
	}
	return "+OK\r\n"
}

// inMulti is like answer, for transactions of one SET.
func inMulti() func(n int, words []string) string {
	queuing := make(map[int]bool) // each connection has a goroutine
	mu := make(chan struct{}, 1)
	return func(n int, words []string) string {
		mu <- struct{}{}
		defer func() { <-mu }()
		switch {
		case words[0] == "MULTI":
			queuing[n] = true
		case words[0] == "EXEC":
			queuing[n] = false
			return "*1\r\n+OK\r\n"
		case queuing[n]:
			return "+QUEUED\r\n"
		}
		return answer(n, words)
	}
}

// increase returns the function of a transaction that reads and writes.
func increase(ctx context.Context) func(tx *redpoll.Tx) error {
	return func(tx *redpoll.Tx) error {
		n, err := redpoll.Int(tx.Get(ctx, "n"))
		if err != nil {
			return err
		}
		tx.Multi().Set("n", n+1)
		return nil
	}
}

// wantNotSent checks that an error matches the targets, and that nothing was sent.
func wantNotSent(t *testing.T, err error, targets ...error) {
	t.Helper()
	if redpoll.OutcomeOf(err) != redpoll.NotSent {
		t.Errorf("the outcome of %v is %v", err, redpoll.OutcomeOf(err))
	}
	for _, target := range targets {
		if !errors.Is(err, target) {
			t.Errorf("%v is not %v", err, target)
		}
	}
}
