package route

import (
	"context"
	"sync/atomic"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
)

// Single is the router to one server.
type Single struct {
	Node      *Node
	Policy    Policy
	Exclusive bool // every command has a connection of its own
	Owned     bool // Close closes the pool

	closed   atomic.Bool  // further calls are refused
	draining atomic.Bool  // but for those whose context is that of Onward
	held     atomic.Int64 // calls and sessions with connections of their own, see own
}

// Start sends a call, and again as the policy allows.
func (s *Single) Start(ctx context.Context, call *conn.Call) (behind bool, gone *conn.GaveUp) {
	c := s.ready(ctx, call)
	if c != nil {
		behind, gone = c.Start(ctx, call)
		if behind || gone != nil || call.Answered() {
			return behind, gone
		}
	}
	return false, s.persist(ctx, call, c)
}

// Finish goes on after Start and the wait.
func (s *Single) Finish(ctx context.Context, call *conn.Call, lead bool) *conn.GaveUp {
	c := call.Conn()
	if lead {
		if gone := c.Lead(ctx, call); gone != nil {
			return gone
		}
	}
	if call.Answered() {
		return nil
	}
	return s.persist(ctx, call, c)
}

// ready gives the connection for a call if nothing has to be decided or waited for.
func (s *Single) ready(ctx context.Context, call *conn.Call) *conn.Conn {
	if ctx.Err() != nil || s.closed.Load() || s.Exclusive || call.Class != conn.Shared {
		return nil
	}
	return s.Node.Pool.Ready()
}

// persist is the whole way of a call without the ordinary case. first, if not nil, is a connection on which the call has already
// failed.
func (s *Single) persist(ctx context.Context, call *conn.Call, first *conn.Conn) *conn.GaveUp {
	if first == nil && ctx.Err() != nil {
		return refuse(call, s.Node.Addr, conn.NewGaveUp(ctx, conn.NotSent))
	}
	_, gone := s.Policy.retry(ctx, s, call, first, s.Done())
	return gone
}

// lend gives a connection of the kind that the call needs.
func (s *Single) lend(ctx context.Context, call *conn.Call, _ verdict) (lease, error) {
	switch {
	case s.over(ctx):
		return lease{}, pool.ErrClosed
	case s.Exclusive && call.Class != conn.Urgent:
		return s.own(ctx, conn.Session) // one bound for all, as in redis-py
	case call.Class != conn.Shared:
		return s.own(ctx, call.Class)
	}
	c, err := s.Node.Pool.Shared(ctx)
	return lease{c: c, at: s.Node, kind: shared}, err
}

// judge sends again what the server refuses for now, and over another connection what it does not take as a replica.
func (s *Single) judge(c *conn.Conn, info *command.Info, refusal string) verdict {
	switch {
	case Unrun(info, refusal):
		return verdict{do: wait}
	case readOnly(info, refusal) && s.Node.Pool.Demoted(c):
		return verdict{do: fresh}
	}
	return verdict{}
}

func (s *Single) node() string { return s.Node.Addr }

// Batch sends a pipeline in one part, and what was refused of it again. Its owner waits here, with no frame more than a caller of
// a single command has.
func (s *Single) Batch(ctx context.Context, b Batch) {
	part := b.Part(nil)
	call := part.Call()
	behind, gone := s.Start(ctx, call)
	if behind {
		gone = s.Finish(ctx, call, call.Await())
	}
	switch {
	case gone != nil:
		part.GaveUp(gone)
	case call.Err == nil && !b.Atomic() && b.Refused():
		s.Policy.resend(ctx, s, s.follow, b, call, s.Done())
	}
}

// follow sends a part of a pipeline again.
func (s *Single) follow(ctx context.Context, call *conn.Call, v verdict, tried *attempts) *conn.GaveUp {
	_, gone := s.Policy.loop(ctx, s, call, nil, v, tried)
	return gone
}

// Pin takes a connection out of the pool.
func (s *Single) Pin(ctx context.Context, keys [][]byte) (Session, error) {
	return s.Policy.pin(ctx, s, keys, s.Done())
}

// Lockers gives the router itself.
func (s *Single) Lockers([]byte) []Router { return []Router{s} }

// Nodes gives the one server.
func (s *Single) Nodes() []*Node { return []*Node{s.Node} }

// Changed gives nil: the server never changes.
func (s *Single) Changed() <-chan struct{} { return nil }

// Done is closed with the pool.
func (s *Single) Done() <-chan struct{} { return s.Node.Pool.Done() }

// Close refuses all further calls, and ends the pool if it is owned.
func (s *Single) Close() {
	s.closed.Store(true)
	if s.Owned {
		s.Node.Pool.Close()
	}
}

// Do sends a call over a router and waits for its end. The result is that of conn.Conn.Do.
func Do(ctx context.Context, r Router, call *conn.Call) *conn.GaveUp {
	behind, gone := r.Start(ctx, call)
	if behind {
		return r.Finish(ctx, call, call.Await())
	}
	return gone
}

// refuse is for a context that is over before anything was done: the call stays the caller's.
func refuse(call *conn.Call, node string, gone *conn.GaveUp) *conn.GaveUp {
	call.NotSent(node, gone, conn.PhaseQueue)
	return nil
}
