package conn

import (
	"context"
	"time"
)

// GaveUp is why Do returned without the reply: the caller's context ended first.
type GaveUp struct {
	Err     error  // context.Canceled or context.DeadlineExceeded
	Cause   error  // what context.Cause says, if it says more, or why the call was to be sent again
	Node    string // the address of the server that the call went to last; "" if it never came so far
	Outcome Outcome
	Elapsed time.Duration // since the request was queued
	Repeats int           // how often it was sent again
	Unsent  int           // how many bytes at its end have certainly not left, see Conn.Unsent
}

func (e *GaveUp) Error() string {
	if e.Cause == nil {
		return e.Err.Error()
	}
	return e.Err.Error() + ": " + e.Cause.Error()
}

// Unwrap gives both the context's error and its cause.
func (e *GaveUp) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.Cause}
}

// NewGaveUp says that the context has ended.
func NewGaveUp(ctx context.Context, o Outcome) *GaveUp {
	g := &GaveUp{Err: ctx.Err(), Outcome: o}
	if cause := context.Cause(ctx); cause != g.Err {
		g.Cause = cause
	}
	return g
}

// gaveUp says that the context of a call has ended while the call was on its way.
func (c *Call) gaveUp(ctx context.Context) *GaveUp {
	g := NewGaveUp(ctx, MaybeExecuted)
	g.Elapsed = Now() - c.Began
	g.Node, g.Repeats = c.Node(), c.Repeats
	return g
}

// Unsent looks how much of a batch that was given up has left, and notes it in gone. The connection has been closed, since
// it served that batch alone: so it takes no time to wait until nothing is written any more. It is for batches only, whose
// calls nobody uses again: another call belongs to the connection from the moment on that it was given up.
func (c *Conn) Unsent(call *Call, gone *GaveUp) {
	if c.raw == nil || gone.Outcome == NotSent {
		return // closing a user's own connection may take its time
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

// canceller ends the read of a leader whose context ends. It is owned by the reader.
//
// Registering with a context costs about half a microsecond. Callers that use one context for many
// commands should pay that once, so the registration is kept when the same context leads twice
// in a row; a context that is used once is let go at once.
type canceller struct {
	done <-chan struct{} // registered with the context of this channel
	last <-chan struct{} // the context that led before
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

// rest is called at the end of each leadership, before the role is laid down: letting go of a context may run
// the user's code, which must not happen under the connection's lock.
func (k *canceller) rest() {
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

// take gives the function that ends the registration, to be called outside the lock; nil if there is none.
func (k *canceller) take() func() bool {
	stop := k.stop
	k.done, k.stop = nil, nil
	return stop
}

var past = time.Unix(1, 0)

// interrupt ends the read of the leader if its context is over. A leader that has come since the context of an
// earlier one ended is left alone.
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
