package route

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
)

// Single is the router to one server.
type Single struct {
	Node      *Node
	Policy    Policy
	Exclusive bool // every command uses a connection of its own
	Owned     bool // Close closes the pool

	closed   atomic.Bool  // further calls are refused
	draining atomic.Bool  // with an exception for calls with a context from Onward
	held     atomic.Int64 // calls and sessions with exclusive connections, see own
}

// Start sends a call, and repeats it as the policy allows.
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

// Finish completes a call after Start and the wait.
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

// ready returns the connection for a call if nothing has to be decided or waited for.
func (s *Single) ready(ctx context.Context, call *conn.Call) *conn.Conn {
	if ctx.Err() != nil || s.closed.Load() || s.Exclusive || call.Class != conn.Shared {
		return nil
	}
	return s.Node.Pool.Ready()
}

// persist handles a call in all cases but the ordinary one. first is a connection on which the call has
// already failed, or nil.
func (s *Single) persist(ctx context.Context, call *conn.Call, first *conn.Conn) *conn.GaveUp {
	if first == nil && ctx.Err() != nil {
		return refuse(call, s.Node.Addr, conn.NewGaveUp(ctx, conn.NotSent))
	}
	_, gone := s.Policy.retry(ctx, s, call, first, s.Done())
	return gone
}

// lend returns a connection of the kind that the call needs.
func (s *Single) lend(ctx context.Context, call *conn.Call, _ verdict) (lease, error) {
	switch {
	case s.over(ctx):
		return lease{}, pool.ErrClosed
	case s.Exclusive && call.Class != conn.Urgent:
		return s.own(ctx, conn.Session) // one limit for all calls, as in redis-py
	case call.Class != conn.Shared:
		return s.own(ctx, call.Class)
	}
	c, err := s.Node.Pool.Shared(ctx)
	return lease{c: c, at: s.Node, kind: shared}, err
}

// judge repeats a command that the server refuses for now. A write that a replica refuses goes to another
// connection, and so does a call that any of several replicas may answer.
func (s *Single) judge(c *conn.Conn, info *command.Info, refusal string) verdict {
	switch {
	case Unrun(info, refusal) && s.Node.Pool.Unready(c):
		return verdict{do: fresh}
	case Unrun(info, refusal):
		return verdict{do: wait}
	case (readOnly(info, refusal) || interrupted(refusal)) && s.Node.Pool.Demoted(c):
		return verdict{do: fresh}
	}
	return verdict{}
}

// interrupted reports whether the server ended a blocking command because it has become a replica. Nothing
// was taken.
func interrupted(refusal string) bool {
	return strings.HasPrefix(refusal, "UNBLOCKED ") && strings.Contains(refusal, "instance state changed")
}

func (s *Single) node() string { return s.Node.Addr }

// Batch sends a pipeline in one part, and sends its refused commands again. The owner waits in Batch itself,
// so that it needs no more stack frames than the caller of a single command.
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
	case call.Err == nil && !b.Atomic() && part.Refused():
		s.Policy.resend(ctx, s, s.follow, b, []sentPart{{call: call}}, s.Done())
	}
}

// follow sends a part of a pipeline again.
func (s *Single) follow(ctx context.Context, call *conn.Call, v verdict, tried *attempts) *conn.GaveUp {
	_, gone := s.Policy.loop(ctx, s, call, nil, v, tried)
	return gone
}

// Pin takes a connection from the pool.
func (s *Single) Pin(ctx context.Context, keys [][]byte) (Session, error) {
	return s.Policy.pin(ctx, s, keys, s.Done())
}

// Lockers returns the router itself.
func (s *Single) Lockers([]byte) []Router { return []Router{s} }

// Nodes returns the one server.
func (s *Single) Nodes() []*Node { return []*Node{s.Node} }

// Changed returns nil: the server never changes.
func (s *Single) Changed() <-chan struct{} { return nil }

// Done is closed with the pool.
func (s *Single) Done() <-chan struct{} { return s.Node.Pool.Done() }

// Close refuses all further calls, and closes the pool if the router owns it.
func (s *Single) Close() {
	s.closed.Store(true)
	if s.Owned {
		s.Node.Pool.Close()
	}
}

// Do sends a call over a router and waits for its end. It returns the result of conn.Conn.Do.
func Do(ctx context.Context, r Router, call *conn.Call) *conn.GaveUp {
	behind, gone := r.Start(ctx, call)
	if behind {
		return r.Finish(ctx, call, call.Await())
	}
	return gone
}

// refuse fails a call whose context ended before anything was done: the call stays with the caller.
func refuse(call *conn.Call, node string, gone *conn.GaveUp) *conn.GaveUp {
	call.NotSent(node, gone, conn.PhaseQueue)
	return nil
}
