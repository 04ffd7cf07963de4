package route

import (
	"context"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
)

// Drainer is a router of a client that can be ended without an error for the calls under way. Stop comes first; Settle when Held is
// 0, or when there is no more time; Close last.
//
// A call that comes while this goes on is refused with pool.ErrClosed, or comes to its end. There is no moment at which it can be cut
// without having been counted: see Held and pool.Pool.Seal.
type Drainer interface {
	// Stop refuses further calls, but for those whose context is that of Onward.
	Stop()
	// Held is the number of calls and sessions that have a connection of their own, or wait for one.
	Held() int
	// Settle is the end of Onward. The function that it gives counts the calls that are still under way on shared connections.
	Settle() (calls func() int)
}

type onward struct{}

// Onward gives a context for calls that belong to something under way, such as the release of a lock: they are not refused
// while the rest comes to its end.
func Onward(ctx context.Context) context.Context { return context.WithValue(ctx, onward{}, true) }

// Stop refuses further calls.
func (s *Single) Stop() {
	s.draining.Store(true)
	s.closed.Store(true)
}

// Held is the number of calls and sessions that have a connection of their own, or wait for one.
func (s *Single) Held() int { return int(s.held.Load()) }

// Settle ends what Onward allowed. Connections that are shared with nobody else take no further calls.
func (s *Single) Settle() (calls func() int) {
	s.draining.Store(false)
	if s.Owned {
		return s.Node.Pool.Seal()
	}
	return s.Node.Pool.Calls()
}

// over reports whether a call is refused because the router is closed, or about to be.
func (s *Single) over(ctx context.Context) bool {
	return s.closed.Load() && (!s.draining.Load() || ctx.Value(onward{}) == nil)
}

// own lends an exclusive connection of a class. The call is counted before the router is asked whether it is closed: so Stop is
// either seen here, or sees the call.
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

// returned notes that a connection that own has lent is not in use any more.
func (s *Single) returned() {
	if s != nil { // the lease of another router
		s.held.Add(-1)
	}
}
