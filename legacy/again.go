package legacy

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/redpoll-go/redpoll"
)

// Again runs a call, and once more if the connection was lost before its reply came: redis-py 2.x does so with every
// command, without a word. It works with any method of any client:
//
//	var hits int64
//	err := legacy.Again(func() (err error) {
//		hits, err = rdb.Incr(ctx, "hits")
//		return err
//	})
//
// A command that ran, and whose reply was lost, then runs twice: INCR counts twice, LPUSH adds twice. That is why redpoll
// does not do it by itself. What certainly did not run it repeats anyway, and reads, too; for writes that may safely run
// twice there is [redpoll.Options].RetryWrites.
//
// A pipeline has to be filled inside of call, since Exec leaves it empty, also when it fails:
//
//	err := legacy.Again(func() error {
//		pipe := rdb.Pipeline()
//		pipe.Incr("hits")
//		return pipe.Exec(ctx)
//	})
//
// A time-out, the end of a context, an answer of the server, and a connection that this side closed are not repeated. The
// error is that of the second call; if this one did not run, the error says that the first one may have.
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

// hungUp reports whether a connection was lost by the other side's doing while a reply was awaited.
func hungUp(lost *redpoll.ConnError) bool {
	if lost.Outcome != redpoll.MaybeExecuted || lost.Timeout() {
		return false
	}
	for _, own := range []error{context.Canceled, redpoll.ErrClosed, redpoll.ErrConnClosed, redpoll.ErrProtocol} {
		if errors.Is(lost, own) {
			return false
		}
	}
	return true
}

// didNotRun reports whether an error is no answer to what became of the call before it.
func didNotRun(err error) bool {
	return slices.ContainsFunc([]error{
		redpoll.ErrNotSent, redpoll.ErrLoading, redpoll.ErrTryAgain, redpoll.ErrClusterDown,
	}, func(class error) bool { return errors.Is(err, class) })
}
