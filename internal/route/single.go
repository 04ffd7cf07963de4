package route

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
)

// Single sends every command to one server.
type Single struct {
	Pool      *pool.Pool
	Policy    Policy
	Exclusive bool // every command has a connection of its own
	Owned     bool // Close closes the pool

	closed atomic.Bool
}

// Do sends a call and waits for its reply, sending it again as the policy allows. The result is that of
// conn.Conn.Do.
func (s *Single) Do(ctx context.Context, call *conn.Call) *conn.GaveUp {
	behind, gone := s.Start(ctx, call)
	if behind {
		return s.Finish(ctx, call, call.Await())
	}
	return gone
}

// Start is Do up to where there is nothing to do but to wait: then it reports true, and Finish with what call.Await
// gives is the rest.
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
	if ctx.Err() != nil || s.closed.Load() || s.Exclusive || call.Blocks || call.Alone {
		return nil
	}
	return s.Pool.Ready()
}

// persist is Do without the ordinary case. first, if not nil, is a connection on which the call has already failed.
func (s *Single) persist(ctx context.Context, call *conn.Call, first *conn.Conn) *conn.GaveUp {
	if first == nil {
		switch {
		case ctx.Err() != nil:
			return refuse(call, conn.NewGaveUp(ctx, conn.NotSent))
		case s.closed.Load():
			Fail(call, pool.ErrClosed)
			return nil
		case s.Exclusive || call.Blocks || call.Alone:
			return s.alone(ctx, call)
		}
	}
	tried := attempts{over: s.Pool.Done()}
	for c := first; ; c = nil {
		err := call.Err
		if c == nil {
			call.Begin()
			if c, err = s.Pool.Shared(ctx); err != nil {
				Fail(call, err)
			} else {
				if gone := c.Do(ctx, call); gone != nil || call.Answered() {
					return gone
				}
				err = call.Err
			}
		}
		if leftBehind(call) || diedUnused(call, c) {
			call.Again() // not a failure: there is another connection by now, or will be
			continue
		}
		if !s.Policy.again(ctx, call, &tried, paced(err)) {
			return nil
		}
		call.Again()
	}
}

// alone sends a call over a connection that nobody else uses meanwhile.
func (s *Single) alone(ctx context.Context, call *conn.Call) *conn.GaveUp {
	tried := attempts{over: s.Pool.Done()}
	call.Begin()
	for {
		urgent := call.Info != nil && call.Info.Flags.Has(command.Urgent)
		c, err := s.connect(ctx, urgent)
		if errors.Is(err, pool.ErrExhausted) && !s.Exclusive && !call.Blocks {
			call.Alone = false // it would only hold others up, and does so rather than fail
			return s.persist(ctx, call, nil)
		}
		if err == nil {
			batch := call.Replies > 0 // asked for now: a call that is given up is not ours
			gone := c.Do(ctx, call)
			if gone != nil || urgent {
				// If its reply is still to come, a blocking command would go on waiting
				// and take an element for nobody: hanging up ends it.
				s.Pool.Drop(c)
			} else {
				s.Pool.Put(c)
			}
			if batch && gone != nil {
				c.Unsent(call, gone)
			}
			if gone != nil {
				return gone
			}
			if call.Err == nil && !call.Refused() {
				return nil
			}
		} else {
			Fail(call, err)
		}
		if !diedUnused(call, c) && !s.Policy.again(ctx, call, &tried, paced(err)) {
			return nil
		}
		call.Again()
	}
}

// connect gives a connection that nobody else uses.
func (s *Single) connect(ctx context.Context, urgent bool) (*conn.Conn, error) {
	if urgent {
		return s.Pool.Bare(ctx)
	}
	return s.Pool.Get(ctx)
}

// Close refuses all further calls, and ends the pool if it is owned.
func (s *Single) Close() {
	s.closed.Store(true)
	if s.Owned {
		s.Pool.Close()
	}
}

// Fail records that a call got no connection.
func Fail(call *conn.Call, err error) {
	phase := conn.PhaseQueue
	var de *conn.DialError
	if errors.As(err, &de) {
		phase = de.Phase
	}
	call.NotSent(err, phase)
}

// leftBehind reports whether a call came to a connection that this side has retired or closed since the call chose it.
func leftBehind(call *conn.Call) bool {
	return errors.Is(call.Err, conn.ErrRetired) ||
		call.Phase == conn.PhaseQueue && call.Outcome == conn.NotSent && errors.Is(call.Err, conn.ErrClosed)
}

// diedUnused reports whether a call found its connection, nil if it got none, at an end before anything of the call was sent: the
// server had closed it while it was idle. That is no attempt, so that the call has another connection also if it must not be
// repeated. It does not go on for ever: there are only so many connections that are older than the call.
func diedUnused(call *conn.Call, c *conn.Conn) bool {
	if c == nil || call.Err == nil || call.Outcome != conn.NotSent || call.Phase != conn.PhaseQueue {
		return false
	}
	if _, gone := call.Err.(*conn.GaveUp); gone || errors.Is(call.Err, pool.ErrClosed) {
		return false
	}
	return call.Began == 0 || c.Made() < call.Began
}

// paced reports whether a failure is one of connecting: the pool has its own pause between attempts.
func paced(err error) bool {
	var de *conn.DialError
	return errors.As(err, &de)
}

// refuse is for a context that is over before anything was done: the call stays the caller's.
func refuse(call *conn.Call, gone *conn.GaveUp) *conn.GaveUp {
	call.NotSent(gone, conn.PhaseQueue)
	return nil
}
