package conn

import (
	"context"
	"time"
)

// GaveUp says why Do returned without the reply: the caller's context ended first.
type GaveUp struct {
	Err error // context.Canceled or context.DeadlineExceeded
	// Cause is the cause of the context if it has one, or the failure because of which the call was to be
	// sent again.
	Cause   error  // more about the reason; nil if there is none
	Node    string // address of the call's last server; "" if none
	Conn    *Conn  // the connection that the call may still be on; nil if none
	Outcome Outcome
	Elapsed time.Duration // time since the request was queued
	Repeats int           // how often the call was sent again
	Unsent  int           // bytes at the end that were not sent, see Conn.Unsent
}

func (e *GaveUp) Error() string {
	if e.Cause == nil {
		return e.Err.Error()
	}
	return e.Err.Error() + ": " + e.Cause.Error()
}

// Unwrap returns the context's error and its cause.
func (e *GaveUp) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.Cause}
}

// NewGaveUp describes a context that has ended.
func NewGaveUp(ctx context.Context, o Outcome) *GaveUp {
	g := &GaveUp{Err: ctx.Err(), Outcome: o}
	if cause := context.Cause(ctx); cause != g.Err {
		g.Cause = cause
	}
	return g
}

// gaveUp describes the end of the context of a call in flight.
func (c *Call) gaveUp(ctx context.Context) *GaveUp {
	g := NewGaveUp(ctx, MaybeExecuted)
	g.Elapsed = Now() - c.Began
	g.Node, g.Conn, g.Repeats = c.Node(), c.conn, c.Repeats
	return g
}

// Unsent finds out how much of a given-up batch was sent, and records it in gone. The connection served only
// this batch and has been closed, so the current write ends soon and Unsent can wait for it. Unsent is for
// batches only: nobody reuses their records, while any other record belongs to the connection as soon as the
// caller gives up.
func (c *Conn) Unsent(call *Call, gone *GaveUp) {
	if c.raw == nil || gone.Outcome == NotSent {
		return // closing a user's own connection may take long
	}
	c.mu.Lock()
	for c.flushing {
		flushed := c.untilFlushed()
		c.mu.Unlock()
		<-flushed
		c.mu.Lock()
	}
	left := c.left()
	c.mu.Unlock()
	if call.end > left {
		size := call.Size()
		gone.Unsent = int(min(call.end-left, uint64(size)))
		if sent := size - gone.Unsent; call.Commit == 0 || sent < call.Commit {
			gone.Outcome = NotSent
		}
	}
}

// canceller ends the read of a leader whose context ends. The reader owns it.
//
// Registering with a context costs about half a microsecond. Callers that use one context for many commands
// should pay this once, so the registration stays if the same context leads twice in a row. The registration
// of a context that leads once ends at once.
type canceller struct {
	done <-chan struct{} // Done channel of the registered context
	last <-chan struct{} // Done channel of the leader before
	stop func() bool
}

func (k *canceller) arm(ctx context.Context, c *Conn, done <-chan struct{}) {
	if k.done == done {
		return
	}
	k.disarm()
	k.done = done
	k.stop = context.AfterFunc(ctx, c.onInterrupt)
}

// endLead is called at the end of each leadership, before the leader gives up the reader's role: ending a
// registration may run the user's code, which must not happen under the connection's lock.
func (k *canceller) endLead() {
	if k.done == nil {
		return
	}
	done := k.done
	if done != k.last {
		k.disarm()
	}
	k.last = done
}

func (k *canceller) disarm() {
	if stop := k.take(); stop != nil {
		stop()
	}
}

// take returns the function that ends the registration, to be called outside the lock; nil if there is none.
func (k *canceller) take() func() bool {
	stop := k.stop
	k.done, k.stop = nil, nil
	return stop
}

var past = time.Unix(1, 0)

// interrupt ends the read of the leader if its context has ended. It does nothing to a new leader with
// another context.
func (c *Conn) interrupt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.reading || c.leader == nil || c.leader.done == nil {
		return
	}
	select {
	case <-c.leader.done:
		c.sock.SetReadDeadline(past)
	default:
	}
}
