package conn

import "context"

// Large arguments are written from the memory of their caller, and nothing reads that any more when the caller has its call back. So a
// caller that leaves before the last byte has left closes the connection, which serves nobody else, and waits for the write to end,
// which it does at once then. A call with holes is never a husk.

// withdraw ends the connection of a call whose context is over, and waits until it is the caller's again: with the end of the context as
// its failure, unless the reply was faster. The caller holds no role.
func (c *Conn) withdraw(call *Call, gone *GaveUp) *GaveUp {
	c.gaveUpLast(call.departs())
	c.fail(ErrClosed, PhaseRead)
	for <-call.ready == signalLead {
		// The role was handed to us before that.
		c.mu.Lock()
		c.layDown(0, nil)
	}
	call.withdrawn(gone)
	return nil
}

// resignWithdrawn is withdraw for the reader, who has handed out n replies.
func (c *Conn) resignWithdrawn(call *Call, gone *GaveUp, n int) *GaveUp {
	c.gaveUpLast(call.departs())
	c.mu.Lock()
	c.layDown(n, ErrClosed)
	<-call.ready
	call.withdrawn(gone)
	return nil
}

// withdrawn makes the failure of the call that of its context. Its outcome is what was found when the connection was settled.
func (c *Call) withdrawn(gone *GaveUp) {
	if c.Err != nil {
		gone.Outcome = c.Outcome
		c.Err = gone
	}
}

// reclaim waits until nothing reads the large arguments of a call any more that has ended. Usually its end comes behind its last byte. When
// a server has refused it before that, and neither takes the rest nor hangs up, the context ends the connection.
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

// untilFlushed gives a channel that is closed when a goroutine lays the flusher's role down. mu is held.
func (c *Conn) untilFlushed() <-chan struct{} {
	if c.flushed == nil {
		c.flushed = make(chan struct{})
	}
	return c.flushed
}
