package route

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
)

// Pinned sends every command over one exclusive connection until Close. When the connection is lost, the
// command that notices the loss fails, so that the holder knows; the next command gets a new connection. When
// a server says that another server has the keys now, the session moves there and sends the refused command
// again, unless the server keeps state for the session (see Hold).
type Pinned struct {
	ch     chooser // the router that the session comes from
	policy *Policy
	keys   *conn.Route     // the keys that decide the node, if the session's node leaves
	over   <-chan struct{} // closed with the router

	away atomic.Bool // a command follows ASK to another node; the session is still there

	mu   sync.Mutex // never held while anything waits
	at   *Node      // the session's node; changes only while nobody uses c
	back *Node      // the node of the next command if away is set
	by   *Single    // the router that counts the session; nil if there is none
	// nil after a loss. The goroutine that takes c out of the field gives it back to the pool.
	c       *conn.Conn // the connection
	users   int        // number of calls that use c
	mending *mending   // the check or replacement in progress; nil if there is none
	closed  bool
	held    bool   // the server keeps state for the holder on c
	broken  bool   // c was lost while it was held
	wrote   uint64 // number of calls that may have changed something
}

// ErrBroken is the error of calls after the session lost a connection on which the server kept state.
var ErrBroken = errors.New("the connection was lost, and what it had watched")

// Hold with true says that the server keeps state for the holder on the connection, so another connection
// cannot replace it: when it is lost, every call fails with ErrBroken. Call Hold(true) after the call that
// created the state. Hold(false) ends this. Hold reports whether the connection was lost.
func (p *Pinned) Hold(on bool) (broken bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	broken = p.broken
	// The connection may already be lost, together with the reply that made the caller call Hold.
	p.held, p.broken = on, on && p.c == nil
	return broken
}

// Drop closes the connection, so the server drops the state that it keeps for the holder. The next call gets
// another connection.
func (p *Pinned) Drop() {
	p.mu.Lock()
	c := p.c
	p.mu.Unlock()
	if c != nil {
		p.lose(c)
	}
}

// Wrote returns the number of calls that may have changed something.
func (p *Pinned) Wrote() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wrote
}

// mending is the check or replacement of the connection by one caller while other callers wait.
type mending struct {
	done   chan struct{}
	stop   context.CancelFunc
	drains bool // a caller waits until nobody uses the connection
}

// Start sends a call over the pinned connection. It is never sent again.
func (p *Pinned) Start(ctx context.Context, call *conn.Call) (behind bool, gone *conn.GaveUp) {
	return false, p.do(ctx, call)
}

// Finish is never called: Start does everything.
func (p *Pinned) Finish(context.Context, *conn.Call, bool) *conn.GaveUp {
	panic("BUG: a pinned connection was waited for")
}

func (p *Pinned) do(ctx context.Context, call *conn.Call) *conn.GaveUp {
	if ctx.Err() != nil {
		return refuse(call, p.node().Addr, conn.NewGaveUp(ctx, conn.NotSent))
	}
	call.Begin()
	own := call.Prelude
	if p.away.Load() && !p.goBack(ctx) {
		call.Prelude = own.Then(asking) // the slot is not there yet for all
	}
	var tried attempts
	for {
		at, gone := p.attempt(ctx, call)
		if gone != nil {
			return gone
		}
		call.Prelude = own
		if !call.Refused() {
			return nil
		}
		next := p.ch.judge(call.Conn(), call.Info, call.Refusal)
		to := at
		switch next.do {
		case there:
			to = next.at
		case fresh:
		default:
			return nil
		}
		held, now := p.move(ctx, at, to)
		if held {
			// Keys that WATCH names may have moved too, and nobody watches them on the other node.
			call.Again()
			call.NotSent(at.Addr, ErrBroken, conn.PhaseQueue)
			return nil
		}
		if now != to {
			next.prelude = nil // the node of the session decides again
		} else if next.prelude != nil {
			p.comeBackTo(at)
		}
		tried.over = p.Done()
		if !p.policy.again(ctx, call, &tried, next, false) {
			return nil
		}
		call.Again()
		call.Prelude = own.Then(next.prelude)
		p.policy.repeats(call)
	}
}

// attempt sends a call over the connection once. at is the node of the connection.
func (p *Pinned) attempt(ctx context.Context, call *conn.Call) (at *Node, gone *conn.GaveUp) {
	c, at, err := p.conn(ctx)
	if err != nil {
		fail(call, at.Addr, err)
		return at, nil
	}
	// Read these fields now: after a call is given up, the record belongs to the connection.
	writes, batch := call.Info == nil || call.Info.Retry != command.RetryRead, call.Replies > 0
	gone = c.Do(ctx, call)
	p.mu.Lock()
	if p.users--; p.users == 0 && p.mending != nil && p.mending.drains {
		close(p.mending.done)
		p.mending = nil
	}
	if writes {
		p.wrote++
	}
	p.mu.Unlock()
	if gone != nil || c.Down() {
		p.lose(c) // the call failed, or its reply is still to come
	}
	if batch && gone != nil && c.Down() {
		c.Unsent(call, gone)
	}
	return at, gone
}

// move moves the session to another node, or to a new connection of the same node; the next call gets the new
// connection. It waits until no other call uses the connection. held reports that the server kept state on
// the connection, which is lost now. Else now is the node of the session: another one than to if the session
// has moved before, or has not because ctx has ended.
func (p *Pinned) move(ctx context.Context, from, to *Node) (held bool, now *Node) {
	for {
		p.mu.Lock()
		c := p.c
		switch {
		case p.held || p.broken:
			p.mu.Unlock()
			if c != nil {
				p.lose(c)
			}
			return true, nil
		case p.at != from || p.closed:
			defer p.mu.Unlock()
			return false, p.at
		case p.users == 0 && p.mending == nil:
			p.at, p.c = to, nil
			p.mu.Unlock()
			if c != nil {
				from.Pool.Put(c)
			}
			return false, to
		case p.mending == nil: // nobody may begin to use the connection
			p.mending = &mending{done: make(chan struct{}), stop: func() {}, drains: true}
		}
		done := p.mending.done
		p.mu.Unlock()
		select {
		case <-done:
		case <-ctx.Done():
			return false, from
		}
	}
}

// comeBackTo sends the next command to a node again, because the current command visits another node.
func (p *Pinned) comeBackTo(home *Node) {
	p.mu.Lock()
	p.back = home
	p.mu.Unlock()
	p.away.Store(true)
}

// goBack ends the visit to another node. It returns false if the server keeps state there: then the visit
// goes on, and each command asks for it.
func (p *Pinned) goBack(ctx context.Context) bool {
	p.mu.Lock()
	at, back := p.at, p.back
	if back != nil && p.held && !p.broken {
		p.mu.Unlock()
		return false
	}
	p.back = nil
	p.mu.Unlock()
	p.away.Store(false)
	if back != nil {
		p.move(ctx, at, back)
	}
	return true
}

// node returns the node of the session.
func (p *Pinned) node() *Node {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at
}

// conn returns the connection: a new one after a loss, and one that has been checked if a health check is
// due. One caller does this work; the others wait as long as their contexts allow. at is the node of the
// connection, also if there is an error.
func (p *Pinned) conn(ctx context.Context) (c *conn.Conn, at *Node, err error) {
	for {
		p.mu.Lock()
		at = p.at
		switch {
		case p.closed:
			p.mu.Unlock()
			return nil, at, pool.ErrClosed
		case p.broken:
			p.mu.Unlock()
			return nil, at, ErrBroken
		case p.mending != nil:
			done := p.mending.done
			p.mu.Unlock()
			select {
			case <-done:
				continue
			case <-ctx.Done():
				return nil, at, conn.NewGaveUp(ctx, conn.NotSent)
			}
		case p.c != nil && !at.Pool.Overdue(p.c):
			c = p.c
			p.users++
			p.mu.Unlock()
			return c, at, nil
		}
		mctx, stop := context.WithCancel(ctx)
		p.mending = &mending{done: make(chan struct{}), stop: stop}
		old := p.c
		p.mu.Unlock()
		defer stop()
		return p.mend(mctx, at, old)
	}
}

// fetch gets a connection to the session's node, or if that has left the deployment, to the node that has the
// session's keys now: moved is the lease of this one, which its router counts.
func (p *Pinned) fetch(ctx context.Context, at *Node) (c *conn.Conn, moved lease, err error) {
	if c, err = at.Pool.Get(ctx, conn.Session); !errors.Is(err, pool.ErrClosed) {
		return c, lease{}, err
	}
	call := conn.Call{Class: conn.Session, Route: p.keys}
	moved, err = p.ch.lend(ctx, &call, verdict{})
	return moved.c, moved, err
}

// mend checks a connection, or gets another one if there is none or the check fails. Only one caller mends at
// a time.
func (p *Pinned) mend(ctx context.Context, at *Node, c *conn.Conn) (*conn.Conn, *Node, error) {
	var err error
	var moved lease
	fresh := c == nil
	if fresh {
		c, moved, err = p.fetch(ctx, at)
	} else if at.Pool.Answers(ctx, c) != nil {
		fresh = true
		if held := p.lose(c); held && ctx.Err() != nil {
			err = conn.NewGaveUp(ctx, conn.NotSent) // the next call returns ErrBroken
		} else if held {
			err = ErrBroken
		} else if c, moved, err = p.fetch(ctx, at); err == nil && moved.c == nil {
			c, err = at.Pool.Proven(ctx, c)
		}
	}
	p.mu.Lock()
	close(p.mending.done)
	p.mending = nil
	closed := p.closed
	released := moved.by // does not count the session any more
	switch {
	case err != nil, closed:
	case fresh:
		p.c = c
		p.users++
		if moved.c != nil {
			released, p.by, p.at = p.by, moved.by, moved.at
		}
	case p.c == c:
		p.users++
	default: // lost since the check
		err = conn.ErrClosed
	}
	p.mu.Unlock()
	if moved.c != nil {
		at = moved.at
		released.returned()
	}
	if closed && fresh && err == nil {
		at.Pool.Put(c)
	}
	if closed {
		err = pool.ErrClosed
	}
	return c, at, err
}

// lose drops a connection that failed, or whose caller left before the reply came. It reports whether the
// server kept state on the connection.
func (p *Pinned) lose(c *conn.Conn) (held bool) {
	p.mu.Lock()
	ours, at := p.c == c, p.at
	if ours {
		p.c = nil
		p.broken = p.held
	}
	held = p.broken
	p.mu.Unlock()
	if ours {
		at.Pool.Drop(c)
	}
	return held
}

// Batch sends a pipeline, once.
func (p *Pinned) Batch(ctx context.Context, b Batch) {
	part := b.Part(nil)
	if gone := p.do(ctx, part.Call()); gone != nil {
		part.GaveUp(gone)
	}
}

// Pin returns another session of the same router.
func (p *Pinned) Pin(ctx context.Context, keys [][]byte) (Session, error) {
	return p.policy.pin(ctx, p.ch, keys, p.Done())
}

// Lockers returns the session itself.
func (p *Pinned) Lockers([]byte) []Router { return []Router{p} }

// Nodes returns the node of the session.
func (p *Pinned) Nodes() []*Node { return []*Node{p.node()} }

// Changed returns nil: nobody is told when a session moves.
func (p *Pinned) Changed() <-chan struct{} { return nil }

// Done is closed with the router.
func (p *Pinned) Done() <-chan struct{} { return p.over }

// Close gives the connection back to its pool. Calls that still use the connection end with pool.ErrClosed.
func (p *Pinned) Close() {
	p.mu.Lock()
	c, at, used, first := p.c, p.at, p.users > 0 || p.mending != nil, !p.closed
	by := p.by
	p.c, p.closed = nil, true
	if p.mending != nil {
		p.mending.stop()
	}
	p.mu.Unlock()
	switch {
	case c == nil:
	case used:
		c.Fail(pool.ErrClosed)
		at.Pool.Drop(c)
	default:
		at.Pool.Put(c)
	}
	if first {
		by.returned()
	}
}
