package conn

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"
)

// Join waits for the ends of several posted calls, on one connection or on many. It serves one caller once.
type Join struct {
	calls []*Call
	left  atomic.Int32  // calls that neither ended nor were given up
	known []known       // by place
	ready chan struct{} // capacity 1; signalled when left becomes 0
}

// known is the part of a call that Wait may read after another goroutine may use the record.
type known struct {
	at   atomic.Pointer[Conn] // connection of the post; nil if not posted yet
	husk atomic.Bool          // the call was given up
}

// NewJoin prepares the calls for Wait. Each call must then be given to Post, or to Fail.
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

// Fail ends a call that got no connection to node.
func (j *Join) Fail(call *Call, node string, err error, phase Phase) {
	if !call.claim() {
		call.Sink.Release() // the call was given up
		return
	}
	call.NotSent(node, err, phase)
	call.wake(signalDone)
}

// Wait waits until all calls have ended, or the context has ended. If the result is nil, all records belong
// to the caller again, each with its reply or its failure. Otherwise the result has a GaveUp for each call
// that was given up, and nil for every other call. The record of a given-up call belongs to its connection
// until its Sink is released.
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
		// Read these fields before the call is given up: another goroutine may use the record after that.
		g.Elapsed, g.Repeats = Now()-call.Began, call.Repeats
		if j.known[i].at.Load().quit(call, &queued[i]) {
			j.arrive(i, signalHusk)
		}
		if c := j.known[i].at.Load(); c != nil {
			g.Node, g.Conn = c.cfg.Addr, c
		} else {
			g.Outcome = NotSent // Post will notice that the call was given up
		}
		gone[i] = g
	}
	<-j.ready // replies that are being decoded come at once
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

// part makes the calls that were not given up ordinary calls again, which may be sent once more in another
// way.
func (j *Join) part(gone []*GaveUp) {
	for i, call := range j.calls {
		if gone == nil || gone[i] == nil {
			call.join = nil
		}
	}
}

// quit makes a posted call a husk, unless the reader is decoding a reply of it. c is nil if the call got no
// connection. quit sets queued to the time when the call was queued.
func (c *Conn) quit(call *Call, queued *Moment) bool {
	if c == nil {
		return call.leave() // a call that is just being posted counts as awaited
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

// arrive notes that a call has ended or was given up.
func (j *Join) arrive(place int, s signal) {
	if s == signalHusk {
		j.known[place].husk.Store(true)
	}
	if j.left.Add(-1) == 0 {
		j.ready <- struct{}{}
	}
}

// Posted is a call of a Join, and the connection that it goes over.
type Posted struct {
	Call *Call
	On   *Conn
}

// Post queues calls of a Join on their connections, and lets them be written and their replies be read. It
// does not wait for either. It takes no reader's role, so one caller can have calls in flight on many
// connections, and no other caller waits for a reader that is busy on another connection. If no other caller
// can read, a goroutine reads. Before the writes Post yields once, for all connections, so that other callers
// append.
//
// The calls for one connection are queued together, in their order: no other call comes between them. Calls
// fail on a connection that takes no more calls, or on which too many bytes wait for the server.
func Post(list ...Posted) {
	var room [8]*Conn
	flush := room[:0] // whose flusher is this caller
	company, calls := false, uint64(0)
	for i, p := range list {
		if slices.ContainsFunc(list[:i], func(earlier Posted) bool { return earlier.On == p.On }) {
			continue // it went with the first one
		}
		if p.On.queueOf(list[i:]) {
			flush = append(flush, p.On)
			company = company || p.On.batch > 1
			calls += p.On.counts.Calls
			p.On.mu.Unlock()
		}
	}
	if company {
		flush[0].yieldFor(flush, calls)
	}
	for _, c := range flush {
		c.mu.Lock()
		c.dispatchUnlock()
	}
}

// queueOf queues those calls of a list that go over c. It reports whether the caller has the flusher's role
// now; then mu is held.
func (c *Conn) queueOf(list []Posted) bool {
	c.mu.Lock()
	if err := c.crowded(); err != nil {
		c.mu.Unlock()
		for _, p := range list {
			if p.On == c {
				p.Call.join.Fail(p.Call, c.cfg.Addr, err, PhaseQueue)
			}
		}
		return false
	}
	now := Now()
	for _, p := range list {
		if p.On == c {
			c.queuePosted(p.Call, now)
		}
	}
	if !c.flusher(now) {
		c.mu.Unlock()
		return false
	}
	return true
}

// queuePosted queues a call, unless it was given up. mu is held.
func (c *Conn) queuePosted(call *Call, now time.Duration) {
	// stored before the check: otherwise Wait could report NotSent
	call.join.known[call.place].at.Store(c)
	if call.state.Load() == stateHusk {
		call.Sink.Release() // given up before the post
		return
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

// yieldFor is gather for several connections. The flusher of all of them calls it, with no mu held. calls is
// how many calls they have had.
func (c *Conn) yieldFor(all []*Conn, calls uint64) {
	took := c.yield.once()
	var after uint64
	for _, one := range all {
		one.mu.Lock()
		after += one.counts.Calls
		one.mu.Unlock()
	}
	c.yield.judge(took, after-calls)
}

// flusher makes the caller the flusher, unless there is one, and looks at a connection that was idle. mu is
// held before and after.
func (c *Conn) flusher(now time.Duration) bool {
	if c.flushing {
		return false
	}
	c.flushing = true
	idle := now-c.stamp > peekAfter && !c.reading && c.inflight.empty() && c.sent.empty()
	c.stamp = now
	if idle {
		c.mu.Unlock()
		c.peek()
		c.mu.Lock()
	}
	return true
}

// dispatchUnlock writes what is queued and lets replies be read, without a caller. The flusher enters it with
// mu held; it unlocks mu.
func (c *Conn) dispatchUnlock() {
	c.writeQueued(nil, false)
	if c.reading {
		c.mu.Unlock()
		return
	}
	c.passRoleUnlock()
}

// errCrowded is the failure of posted calls on a full connection: posted calls cannot wait for room.
var errCrowded = errors.New("too many bytes wait for the server to take them")

// crowded returns why posted calls cannot be queued, nil if they can. mu is held.
func (c *Conn) crowded() error {
	switch {
	case c.err != nil || c.retiring:
		return c.refusal()
	case c.out.size > maxQueued:
		return errCrowded
	}
	return nil
}
