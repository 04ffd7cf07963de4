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

// Pinned sends every command over one exclusive connection, held until Close. When the connection is lost the
// command that finds out fails, so that the holder knows; the next one gets a new connection. When a server says that another one
// has the keys now, the session moves there with the command that was refused, unless something is held.
type Pinned struct {
	ch     chooser // of the router that it comes from, as is policy
	policy *Policy
	by     *Single // that counts the session until it is closed; nil if nobody does

	away atomic.Bool // a command was asked of another node, and the session is still there

	mu      sync.Mutex // never held while anything waits
	at      *Node      // changes only while nobody uses c
	back    *Node      // where the next command goes again, if away is set
	c       *conn.Conn // nil after a loss. Whoever takes it out gives it back to the pool.
	users   int        // calls that use c
	mending *mending   // not nil: a caller checks or replaces the connection
	closed  bool
	held    bool   // the server keeps state for us on c
	broken  bool   // c was lost while it was held
	wrote   uint64 // calls that may have changed something
}

// ErrBroken is the failure of calls after a connection was lost that was held.
var ErrBroken = errors.New("the connection was lost, and what it had watched")

// Hold says that the server keeps state for the holder on the connection, so that another one cannot take its place: when it
// is lost, every call fails with ErrBroken from then on. Hold(false) ends that; it reports whether the connection was lost.
// Hold(true) comes behind the call that made the server keep it.
func (p *Pinned) Hold(on bool) (broken bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	broken = p.broken
	p.held, p.broken = on, on && p.c == nil // it may have been lost with the answer that made the caller call us
	return broken
}

// Drop closes the connection, and so ends what the server keeps for the holder. The next call gets another one.
func (p *Pinned) Drop() {
	p.mu.Lock()
	c := p.c
	p.mu.Unlock()
	if c != nil {
		p.lose(c)
	}
}

// Wrote counts the calls that may have changed something.
func (p *Pinned) Wrote() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wrote
}

// mending is what one caller does to the connection while others wait.
type mending struct {
	done chan struct{}
	stop context.CancelFunc
}

// Start sends a call over the pinned connection. It is never sent again.
func (p *Pinned) Start(ctx context.Context, call *conn.Call) (behind bool, gone *conn.GaveUp) {
	return false, p.do(ctx, call)
}

// Finish has nothing to do: Start does it all.
func (p *Pinned) Finish(context.Context, *conn.Call, bool) *conn.GaveUp {
	panic("BUG: a pinned connection was waited for")
}

func (p *Pinned) do(ctx context.Context, call *conn.Call) *conn.GaveUp {
	if ctx.Err() != nil {
		return refuse(call, p.node().Addr, conn.NewGaveUp(ctx, conn.NotSent))
	}
	call.Begin()
	if p.away.Load() {
		p.goBack()
	}
	own := call.Prelude
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
		held, moved := false, false
		switch next.do {
		case there:
			held, moved = p.move(at, next.at)
			if moved && next.prelude != nil {
				p.comeBackTo(at)
			}
		case fresh:
			held, moved = p.move(at, at)
		default:
			return nil
		}
		if held {
			// The watched keys may be elsewhere too, where nobody watches them.
			call.Again()
			call.NotSent(at.Addr, ErrBroken, conn.PhaseQueue)
			return nil
		}
		tried.over = p.Done()
		if !moved || !p.policy.again(ctx, call, &tried, next, false) {
			return nil
		}
		call.Again()
		call.Prelude = own.Then(next.prelude)
		p.policy.repeats(call)
	}
}

// attempt sends a call over the connection, once. at is the node that it went to.
func (p *Pinned) attempt(ctx context.Context, call *conn.Call) (at *Node, gone *conn.GaveUp) {
	c, at, err := p.conn(ctx)
	if err != nil {
		fail(call, at.Addr, err)
		return at, nil
	}
	// Asked for now: a call that is given up is not ours.
	writes, batch := call.Info == nil || call.Info.Retry != command.RetryRead, call.Replies > 0
	gone = c.Do(ctx, call)
	p.mu.Lock()
	p.users--
	if writes {
		p.wrote++
	}
	p.mu.Unlock()
	if gone != nil || c.Down() {
		p.lose(c) // it failed, or its reply is still to come
	}
	if batch && gone != nil && c.Down() {
		c.Unsent(call, gone)
	}
	return at, gone
}

// move makes the session one on another node, or on a new connection to the same one, which the next call gets. It reports
// whether the connection was held, and is lost now, and whether the session is on the other node. It stays where it is while
// others use its connection.
func (p *Pinned) move(from, to *Node) (held, moved bool) {
	p.mu.Lock()
	c := p.c
	switch {
	case p.held || p.broken:
		p.mu.Unlock()
		if c != nil {
			p.lose(c)
		}
		return true, false
	case p.at != from || p.closed || p.users > 0 || p.mending != nil:
		moved = p.at == to
		p.mu.Unlock()
		return false, moved
	}
	p.at, p.c = to, nil
	p.mu.Unlock()
	if c != nil {
		from.Pool.Put(c)
	}
	return false, true
}

// comeBackTo makes the next command one for a node again: this one is a guest where it goes.
func (p *Pinned) comeBackTo(home *Node) {
	p.mu.Lock()
	p.back = home
	p.mu.Unlock()
	p.away.Store(true)
}

// goBack ends a visit to another node, unless something is held there.
func (p *Pinned) goBack() {
	p.mu.Lock()
	at, back := p.at, p.back
	p.back = nil
	stays := back == nil || p.held
	p.mu.Unlock()
	p.away.Store(false)
	if !stays {
		p.move(at, back)
	}
}

// node gives the node that the session is on.
func (p *Pinned) node() *Node {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at
}

// conn gives the connection, a new one after a loss, checked if a health check is due. One caller does what has to
// be done, the others wait for it as long as their contexts allow. at is the node that it leads to, or would.
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
		p.mending = &mending{make(chan struct{}), stop}
		old := p.c
		p.mu.Unlock()
		defer stop()
		c, err = p.mend(mctx, at, old)
		return c, at, err
	}
}

// mend checks a connection, or gets another one when there is none or the check fails. Nobody else does so meanwhile.
func (p *Pinned) mend(ctx context.Context, at *Node, c *conn.Conn) (*conn.Conn, error) {
	var err error
	fresh := c == nil
	if fresh {
		c, err = at.Pool.Get(ctx, conn.Session)
	} else if at.Pool.Answers(ctx, c) != nil {
		fresh = true
		if held := p.lose(c); held && ctx.Err() != nil {
			err = conn.NewGaveUp(ctx, conn.NotSent) // the next call will hear of the loss
		} else if held {
			err = ErrBroken
		} else if c, err = at.Pool.Get(ctx, conn.Session); err == nil {
			c, err = at.Pool.Proven(ctx, c)
		}
	}
	p.mu.Lock()
	close(p.mending.done)
	p.mending = nil
	closed := p.closed
	switch {
	case err != nil, closed:
	case fresh:
		p.c = c
		p.users++
	case p.c == c:
		p.users++
	default: // it was lost since it was checked
		err = conn.ErrClosed
	}
	p.mu.Unlock()
	if closed && fresh && err == nil {
		at.Pool.Put(c)
	}
	if closed {
		err = pool.ErrClosed
	}
	return c, err
}

// lose drops a connection that failed or that a caller left with its reply still to come.
// It reports whether the connection was held.
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

// Pin gives another session of the same router.
func (p *Pinned) Pin(ctx context.Context, keys [][]byte) (Session, error) {
	return p.policy.pin(ctx, p.ch, keys, p.Done())
}

// Lockers gives the session itself.
func (p *Pinned) Lockers([]byte) []Router { return []Router{p} }

// Nodes gives the one server.
func (p *Pinned) Nodes() []*Node { return []*Node{p.node()} }

// Changed gives nil: nobody is told that a session moves.
func (p *Pinned) Changed() <-chan struct{} { return nil }

// Done is closed with the pool.
func (p *Pinned) Done() <-chan struct{} { return p.node().Pool.Done() }

// Close gives the connection back to its pool. Calls that still use it end with pool.ErrClosed.
func (p *Pinned) Close() {
	p.mu.Lock()
	c, at, used, first := p.c, p.at, p.users > 0 || p.mending != nil, !p.closed
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
		p.by.returned()
	}
}
