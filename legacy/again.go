package legacy

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/redpoll-go/redpoll"
)

// Again runs a call, and runs it once more if the connection was lost before the reply came. redis-py 2.x
// silently does this with every command. Again works with any method of any client:
//
//	var hits int64
//	err := legacy.Again(func() (err error) {
//		hits, err = rdb.Incr(ctx, "hits")
//		return err
//	})
//
// If a command ran and its reply was lost, the command runs twice: INCR counts twice, LPUSH adds twice. For
// this reason redpoll does not do it by itself. Redpoll itself repeats commands that certainly did not run,
// and reads; for writes that may safely run twice there is [redpoll.Options].RetryWrites.
//
// Fill a pipeline inside call, because Exec empties it, also when it fails:
//
//	err := legacy.Again(func() error {
//		pipe := rdb.Pipeline()
//		pipe.Incr("hits")
//		return pipe.Exec(ctx)
//	})
//
// A timeout, the end of a context, an error reply of the server, and a connection closed by this side are not
// repeated. Again returns the error of the second call. If the second call did not run, the error says that
// the first call may have run.
func Again(call func() error) error {
	first := call()
	var lost *redpoll.ConnError
	if !errors.As(first, &lost) || !hungUp(lost) {
		return first
	}
	second := call()
	if !didNotRun(second) {
		return second
	}
	told := *lost
	told.Err = fmt.Errorf("%w; sent again: %v", lost.Err, second) // %v: it must not match ErrNotSent as well
	return &told
}

// hungUp reports whether the other side ended a connection while a reply was awaited.
func hungUp(lost *redpoll.ConnError) bool {
	if lost.Outcome != redpoll.MaybeExecuted || lost.Timeout() {
		return false
	}
	for _, own := range []error{context.Canceled, redpoll.ErrClosed, redpoll.ErrConnClosed,
		redpoll.ErrProtocol} {
		if errors.Is(lost, own) {
			return false
		}
	}
	return true
}

// didNotRun reports whether an error says nothing about the call before.
func didNotRun(err error) bool {
	return slices.ContainsFunc([]error{
		redpoll.ErrNotSent, redpoll.ErrLoading, redpoll.ErrTryAgain, redpoll.ErrClusterDown,
	}, func(class error) bool { return errors.Is(err, class) })
}
