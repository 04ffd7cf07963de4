package conn

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// Join awaits the ends of several calls that were posted, on one connection or on many. It serves one caller once.
type Join struct {
	calls []*Call
	left  atomic.Int32  // calls that have not ended and were not given up
	known []known       // by place
	ready chan struct{} // capacity 1: told when left becomes 0
}

// known is what Wait may ask of a call that may be another goroutine's by then.
type known struct {
	at   atomic.Pointer[Conn] // where it was posted; nil: nowhere yet
	husk atomic.Bool          // given up
}

// NewJoin makes the calls ones that Wait awaits. Each has to be given to Conn.Post afterwards, or to Fail.
func NewJoin(calls ...*Call) *Join {
	j := &Join{calls: calls, known: make([]known, len(calls)), ready: make(chan struct{}, 1)}
	j.left.Store(int32(len(calls)))
	for i, call := range calls {
		call.join, call.place = j, i
		call.done = closedDone // a posted call never reads for others
		call.Begin()
	}
	return j
}

// Fail ends a call for which there is no connection to node.
func (j *Join) Fail(call *Call, node string, err error, phase Phase) {
	if !call.claim() {
		call.Sink.Release() // it has been given up
		return
	}
	call.NotSent(node, err, phase)
	call.wake(signalDone)
}

// Wait waits until all calls have ended, or the context has. The result is nil when all records are the caller's again,
// each with its reply or its failure. Otherwise it has a GaveUp for each call that was given up, whose record belongs to its
// connection until its Sink is released, and nil for the others.
func (j *Join) Wait(ctx context.Context) []*GaveUp {
	select {
	case <-j.ready:
		j.part(nil)
		return nil
	case <-ctx.Done():
	}
	gone := make([]*GaveUp, len(j.calls))
	queued := make([]Moment, len(j.calls))
	for i, call := range j.calls {
		g := NewGaveUp(ctx, MaybeExecuted)
		g.Elapsed, g.Repeats = Now()-call.Began, call.Repeats // before it is given up: its record may be in use again from then on
		if j.known[i].at.Load().quit(call, &queued[i]) {
			j.arrive(i, signalHusk)
		}
		if c := j.known[i].at.Load(); c != nil {
			g.Node = c.cfg.Addr
		} else {
			g.Outcome = NotSent // Post will see that it was given up
		}
		gone[i] = g
	}
	<-j.ready // replies that are being decoded are as good as here
	for i := range gone {
		if c := j.known[i].at.Load(); c != nil && j.known[i].husk.Load() {
			c.GaveUp(queued[i])
		}
	}
	left := 0
	for i := range gone {
		if j.known[i].husk.Load() {
			left++
		} else {
			gone[i] = nil
		}
	}
	j.part(gone)
	if left == 0 {
		return nil
	}
	return gone
}

// part makes the calls that were not given up ordinary ones again, which may be sent once more by other means.
func (j *Join) part(gone []*GaveUp) {
	for i, call := range j.calls {
		if gone == nil || gone[i] == nil {
			call.join = nil
		}
	}
}

// quit makes a posted call a husk, unless a reply to it is being decoded. c is nil if the call has not come to a connection. queued
// becomes the moment at which it did.
func (c *Conn) quit(call *Call, queued *Moment) bool {
	if c == nil {
		return call.leave() // if it is posted just now it counts as one that somebody waits for
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	*queued = call.departs()
	left := call.leave()
	if left {
		c.husks.Add(1)
	}
	return left
}

// arrive notes that a call has ended, or was given up.
func (j *Join) arrive(place int, s signal) {
	if s == signalHusk {
		j.known[place].husk.Store(true)
	}
	if j.left.Add(-1) == 0 {
		j.ready <- struct{}{}
	}
}

// Post queues calls of a Join, and sees to it that they are written and their replies read. It does not wait for either:
// it takes no reader's role, so that one caller can have calls under way on many connections, and others never wait for
// a caller that reads somewhere else. If nobody else is there to read, a goroutine does.
//
// The calls are queued together: no other call comes in between. A connection that takes no more calls, or whose server
// takes no bytes so that too many wait already, fails them.
func (c *Conn) Post(calls ...*Call) {
	c.mu.Lock()
	if err := c.crowded(); err != nil {
		c.mu.Unlock()
		for _, call := range calls {
			call.join.Fail(call, c.cfg.Addr, err, PhaseQueue)
		}
		return
	}
	now := Now()
	for _, call := range calls {
		call.join.known[call.place].at.Store(c) // before the look: Wait takes it for unsent if this is missing
		if call.state.Load() == stateHusk {
			call.Sink.Release() // given up before it came here
			continue
		}
		call.expect()
		if call.Class == Blocking {
			c.mixed.Store(true)
		}
		if c.waiting == 0 {
			c.quiet = call.patience(c.cfg.ReplyTimeout)
		}
		call.conn = c
		call.queued = Moment{now, c.life.Load()}
		c.counts.Calls++
		c.enqueue(call)
	}
	c.dispatch(now)
}

// dispatch sees to it that what is queued is written and replies are read, without the help of a caller. It is entered with mu
// held and unlocks.
func (c *Conn) dispatch(now time.Duration) {
	if c.flushing {
		c.mu.Unlock()
		return
	}
	c.flushing = true
	idle := now-c.stamp > peekAfter && !c.reading && c.inflight.empty() && c.sent.empty()
	c.stamp = now
	if idle {
		c.mu.Unlock()
		c.peek()
		c.mu.Lock()
	}
	c.writeQueued(nil, false)
	if c.reading {
		c.mu.Unlock()
		return
	}
	c.passRole()
}

// errCrowded is the failure of posted calls, which cannot wait for room.
var errCrowded = errors.New("too many bytes wait for the server to take them")

// crowded is why posted calls cannot be queued, nil if they can. mu is held.
func (c *Conn) crowded() error {
	switch {
	case c.err != nil || c.retiring:
		return c.refusal()
	case c.out.size > maxQueued:
		return errCrowded
	}
	return nil
}
