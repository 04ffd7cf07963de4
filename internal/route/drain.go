package route

import (
	"context"
	"time"

	"github.com/redpoll-go/redpoll/internal/backoff"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
)

// Drainer is the router of a client that can be closed without an error for the calls in flight. Call Stop
// first; then Settle, when Held is 0 or when the time is up; Close last.
//
// A call that comes during this sequence either fails with pool.ErrClosed or ends normally. Every call that
// could be cut has been counted: see Held and pool.Pool.Seal.
type Drainer interface {
	// Stop refuses further calls, except those with a context from Onward.
	Stop()
	// Held returns the number of calls and sessions that have an exclusive connection, or wait for one.
	Held() int
	// Settle ends the permission of Onward. The function calls counts the calls still in flight on shared
	// connections.
	Settle() (calls func() int)
}

type onward struct{}

// Onward returns a context for calls that belong to work in progress, such as the release of a lock. Stop
// does not refuse these calls.
func Onward(ctx context.Context) context.Context { return context.WithValue(ctx, onward{}, true) }

// Stop refuses further calls.
func (s *Single) Stop() {
	s.draining.Store(true)
	s.closed.Store(true)
}

// Held returns the number of calls and sessions that have an exclusive connection, or wait for one.
func (s *Single) Held() int { return int(s.held.Load()) }

// Settle ends the permission of Onward. Connections that no other client shares take no further calls.
func (s *Single) Settle() (calls func() int) {
	s.draining.Store(false)
	if s.Owned {
		return s.Node.Pool.Seal()
	}
	return s.Node.Pool.Calls()
}

// retire refuses further calls to a server that is not used any more. The function end waits until the calls
// in flight have had time to end, or until the client is closed, and then closes the pool.
func (s *Single) retire(closed <-chan struct{}) (end func()) {
	s.Stop()
	calls := s.Settle()
	return func() {
		for n := 1; n < 8 && s.Held()+calls() > 0; n++ {
			backoff.Wait(s.Node.Pool.Context(), backoff.Doubling(n, 10*time.Millisecond, avoided), closed)
		}
		s.Node.Pool.Cut(pool.ErrMoved) // the client is not closed, as the error of Close would say
		s.Close()
	}
}

// over reports whether a call is refused because the router is closed, or draining.
func (s *Single) over(ctx context.Context) bool {
	return s.closed.Load() && (!s.draining.Load() || ctx.Value(onward{}) == nil)
}

// own lends an exclusive connection of a class. It counts the call before it asks whether the router is
// closed: so either own sees Stop, or Stop sees the call in Held.
func (s *Single) own(ctx context.Context, class conn.Class) (lease, error) {
	s.held.Add(1)
	l := lease{at: s.Node, kind: lent, by: s}
	err := pool.ErrClosed
	switch {
	case s.over(ctx):
	case class == conn.Urgent:
		l.kind = single
		l.c, err = s.Node.Pool.Bare(ctx)
	default:
		l.c, err = s.Node.Pool.Get(ctx, class)
	}
	if err != nil {
		s.held.Add(-1)
		return lease{}, err
	}
	return l, nil
}

// returned notes that a connection lent by own is not in use any more. A lease of another router has no
// Single.
func (s *Single) returned() {
	if s != nil {
		s.held.Add(-1)
	}
}
