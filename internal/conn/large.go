package conn

import "context"

// Large arguments are written from the memory of their caller, and are not read any more when the caller has
// its call back. So if a caller leaves before the last byte was sent, it closes the connection, which no
// other call uses, and waits for the end of the write, which then comes at once. A call with holes never
// becomes a husk.

// withdraw ends the connection of a call whose context is over, and waits until the call belongs to the
// caller again. The call fails with the end of the context, unless its reply was faster. The caller holds no
// role.
func (c *Conn) withdraw(call *Call, gone *GaveUp) *GaveUp {
	c.gaveUpLast(call.departs())
	c.fail(ErrClosed, PhaseRead)
	for <-call.ready == signalLead {
		// The role was handed to this caller before.
		c.mu.Lock()
		c.layDownUnlock(0, nil)
	}
	call.withdrawn(gone)
	return nil
}

// resignWithdrawn is withdraw for the reader, which has handed out n replies.
func (c *Conn) resignWithdrawn(call *Call, gone *GaveUp, n int) *GaveUp {
	c.gaveUpLast(call.departs())
	c.mu.Lock()
	c.layDownUnlock(n, ErrClosed)
	<-call.ready
	call.withdrawn(gone)
	return nil
}

// withdrawn replaces the failure of the call by the end of its context. The outcome is that of the
// connection's failure.
func (c *Call) withdrawn(gone *GaveUp) {
	if c.Err != nil {
		gone.Outcome = c.Outcome
		c.Err = gone
	}
}

// reclaim waits until the large arguments of a call that has ended are not read any more. Usually the call
// ends after its last byte was sent. If the server refuses the call before, and neither reads the rest nor
// closes the connection, the end of the context closes it.
func (c *Conn) reclaim(ctx context.Context, call *Call) {
	c.mu.Lock()
	over := ctx.Done()
	for c.flushing && call.end > c.written {
		flushed := c.untilFlushed()
		c.mu.Unlock()
		select {
		case <-flushed:
			c.mu.Lock()
		case <-over:
			over = nil
			c.mu.Lock()
			c.failLocked(ErrClosed, PhaseWrite)
		}
	}
	c.mu.Unlock()
}

// untilFlushed returns a channel that is closed when a goroutine gives up the flusher's role. mu is held.
func (c *Conn) untilFlushed() <-chan struct{} {
	if c.flushed == nil {
		c.flushed = make(chan struct{})
	}
	return c.flushed
}
