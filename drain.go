package redpoll

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll/internal/backoff"
	"github.com/redpoll-go/redpoll/internal/route"
)

// Drain ends the client without an error for what is under way, as Shutdown does for a server of net/http: further calls fail with
// [ErrClosed] and are not sent, calls under way come to their end, and then it is Close. The server's command SHUTDOWN is
// [Client.Shutdown].
//
// Under way are
//   - commands and pipelines that have been sent, until their replies come; for a blocking command that is when the server
//     answers, so give these contexts that end,
//   - a [Conn], a [HashImport] and a transaction, until they are closed; their commands run as before. Inside them calls of the
//     client itself are refused like others, and so is another Conn,
//   - a lock that was acquired, until it is released, or its time is over; the methods of [Held] work as before. A lock
//     without an end that nobody releases lasts as long as ctx.
//
// Calls that wait for their first connection, or for the pause before a repeat, may be refused. Iterators end with ErrClosed at
// their next page.
//
// If ctx ends first the client is closed at once, and what was still under way is cut: calls fail with ErrClosed. The error is
// then a [*DrainError] that counts them. With a passed pool only the calls of this client are awaited. The pool
// stays open, so that nothing is cut and what is left goes on. A context without an end waits as long as it takes. Drain may be
// called again, and Close meanwhile, which ends it. For the client inside a Conn the error is a [*StateError].
func (c *Client) Drain(ctx context.Context) error {
	if c.unmade() {
		return nil
	}
	if c.tx != nil {
		return errInnerClose
	}
	router, ok := c.router.(route.Drainer)
	if !ok || c.closed.Load() {
		return c.Close()
	}
	router.Stop()
	left := func() DrainError { return DrainError{Conns: router.Held(), Locks: c.locks.held()} }
	err := c.awaitEnd(ctx, left)
	calls := router.Settle()
	if err == nil {
		err = c.awaitEnd(ctx, func() DrainError { return DrainError{Calls: calls()} })
	} else {
		err.Calls = calls()
	}
	_ = c.Close()
	if err != nil {
		return err
	}
	return nil
}

// Bounds of the pauses between looks at what is under way.
const (
	firstDrainLook = time.Millisecond
	lastDrainLook  = 20 * time.Millisecond
)

// awaitEnd waits until nothing is left. The error, nil then, says what was left when ctx ended, or the client was closed.
func (c *Client) awaitEnd(ctx context.Context, left func() DrainError) *DrainError {
	for n := 1; ; n++ {
		e := left()
		switch {
		case e == DrainError{}:
			return nil
		case c.closed.Load():
			e.Err = ErrClosed
			return &e
		case !backoff.Wait(ctx, backoff.Doubling(n, firstDrainLook, lastDrainLook), nil):
			e.Err = ctx.Err()
			return &e
		}
	}
}

// DrainError says what was under way when the context of [Client.Drain] ended, or the client was closed. It matches the context's error,
// or [ErrClosed]. Each call has an error of its own, which says what became of it.
type DrainError struct {
	Calls int   // commands and pipelines on shared connections, also those whose callers have gone
	Conns int   // connections that blocking commands, large requests, transactions and Conns hold or wait for
	Locks int   // locks that were held
	Err   error // why nobody waited any longer
}

// Error counts what was left.
func (e *DrainError) Error() string {
	return fmt.Sprintf("redpoll: drain: %v, with %d calls, %d connections of their own and %d locks under way", e.Err, e.Calls, e.Conns, e.Locks)
}

func (e *DrainError) redpollError() {}

// Unwrap gives the cause.
func (e *DrainError) Unwrap() error { return e.Err }

// locks are those that a client holds. The zero value has none.
type locks struct {
	mu  sync.Mutex
	all map[*Held]struct{}
}

// add counts a lock from before it is asked for, so that Drain cannot come in between.
func (l *locks) add(h *Held) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = make(map[*Held]struct{})
	}
	l.all[h] = struct{}{}
	if n := len(l.all); n&(n-1) == 0 { // now and then, those that nobody has released
		l.sweep()
	}
}

func (l *locks) remove(h *Held) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.all, h)
}

// held is the number of those whose time is not over.
func (l *locks) held() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep()
	return len(l.all)
}

// sweep forgets locks whose time is over. mu is held.
func (l *locks) sweep() {
	now := time.Now()
	for h := range l.all {
		if until, ok := h.Deadline(); ok && !now.Before(until) {
			delete(l.all, h)
		}
	}
}
