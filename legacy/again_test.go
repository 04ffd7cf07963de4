package legacy_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/legacy"
)

// Covers: F384
func TestAgain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		answers []string // to each INCR in turn
		opts    redpoll.Options
		want    error
		outcome redpoll.Outcome
		heard   int
	}{
		{"answered", []string{":1\r\n"}, redpoll.Options{}, nil, redpoll.Executed, 1},
		{"lost once", []string{testkit.HangUp, ":2\r\n"}, redpoll.Options{}, nil, redpoll.Executed, 2},
		{"lost twice", []string{testkit.HangUp, testkit.HangUp}, redpoll.Options{}, io.EOF,
			redpoll.MaybeExecuted, 2},
		{"refused", []string{"-WRONGTYPE no\r\n"}, redpoll.Options{}, redpoll.ErrWrongType, redpoll.Refused,
			1},
		{"lost, then refused", []string{testkit.HangUp, "-WRONGTYPE no\r\n"}, redpoll.Options{},
			redpoll.ErrWrongType, redpoll.Refused, 2},
		// A refusal for now says nothing about the first call.
		{"lost, then not now", []string{testkit.HangUp, "-LOADING wait\r\n"}, redpoll.Options{NoRetry: true},
			io.EOF, redpoll.MaybeExecuted, 2},
		{"no reply", []string{""}, redpoll.Options{ReplyTimeout: 50 * time.Millisecond},
			redpoll.ErrMaybeExecuted, redpoll.MaybeExecuted, 1},
		{"garbage", []string{"?\r\n"}, redpoll.Options{}, redpoll.ErrProtocol, redpoll.MaybeExecuted, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			answers := make(chan string, len(tt.answers))
			for _, a := range tt.answers {
				answers <- a
			}
			p := testkit.Listen(t, func(int, []string) string { return <-answers })
			rdb := clientOf(t, p, tt.opts)
			var n int64
			err := legacy.Again(func() (err error) {
				n, err = rdb.Incr(ctx, "n")
				return err
			})
			if !errors.Is(err, tt.want) || redpoll.OutcomeOf(err) != tt.outcome {
				t.Errorf("the error is %v (%v), want %v (%v)", err, redpoll.OutcomeOf(err), tt.want,
					tt.outcome)
			}
			if tt.outcome == redpoll.MaybeExecuted &&
				(errors.Is(err, redpoll.ErrNotSent) || errors.Is(err, redpoll.ErrRefused)) {
				t.Errorf("%v matches a second outcome", err)
			}
			if err == nil && n != int64(tt.heard) {
				t.Errorf("the result is %d, want %d", n, tt.heard)
			}
			p.Expect(t, slices.Repeat([]string{"INCR n"}, tt.heard)...)
		})
	}
}

// A second call that was not sent must not hide that the first call may have run.
//
// Covers: F384
func TestAgainKeepsTheFirstOutcome(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, func(int, []string) string { return testkit.HangUp })
	rdb := clientOf(t, p, redpoll.Options{})
	calls := 0
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	err := legacy.Again(func() error {
		if calls++; calls == 2 {
			cancel()
		}
		_, err := rdb.Incr(ctx, "n")
		return err
	})
	if calls != 2 || !errors.Is(err, redpoll.ErrMaybeExecuted) || errors.Is(err, redpoll.ErrNotSent) {
		t.Errorf("%d calls, and the error %v", calls, err)
	}
	if !errors.Is(err, io.EOF) || !strings.Contains(err.Error(), "sent again: ") ||
		!strings.Contains(err.Error(), "context canceled") {
		t.Errorf("%v does not tell of both calls", err)
	}
	p.Expect(t, "INCR n")
}

func TestAgainLeavesOtherErrorsAlone(t *testing.T) {
	t.Parallel()
	own := errors.New("own")
	for _, want := range []error{nil, own, redpoll.Nil, &redpoll.DataError{}, context.Canceled} {
		calls := 0
		err := legacy.Again(func() error { calls++; return want })
		if !errors.Is(err, want) || calls != 1 {
			t.Errorf("%v: %d calls, and the error %v", want, calls, err)
		}
	}
	// A client is closed during the call.
	p := testkit.Listen(t, func(int, []string) string { return testkit.HangUp })
	rdb := clientOf(t, p, redpoll.Options{})
	_ = rdb.Close()
	calls := 0
	err := legacy.Again(func() error { calls++; _, err := rdb.Incr(ctx, "n"); return err })
	if !errors.Is(err, redpoll.ErrClosed) || calls != 1 {
		t.Errorf("%d calls, and the error %v", calls, err)
	}
}

// clientOf makes a client of a played server; the client sends nothing by itself.
func clientOf(t testing.TB, p *testkit.Played, o redpoll.Options) *redpoll.Client {
	t.Helper()
	o.Addr, o.Protocol, o.NoClientInfo = p.Addr(), 2, true
	return clients.New(t, o)
}
