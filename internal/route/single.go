package route

import (
	"context"
	"errors"
	"sync/atomic"

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
	if ctx.Err() != nil {
		return refuse(call, conn.NewGaveUp(ctx, conn.NotSent))
	}
	if s.closed.Load() {
		Fail(call, pool.ErrClosed)
		return nil
	}
	if s.Exclusive || call.Blocks || call.Alone {
		return s.alone(ctx, call)
	}
	tried := attempts{over: s.Pool.Done()}
	for {
		c, err := s.Pool.Ready(), error(nil)
		if c == nil {
			call.Begin()
			c, err = s.Pool.Shared(ctx)
		}
		if err == nil {
			if gone := c.Do(ctx, call); gone != nil {
				return gone
			}
			if call.Err == nil && !call.Refused() {
				return nil
			}
			err = call.Err
		} else {
			Fail(call, err)
		}
		if leftBehind(call) {
			call.Again() // not a failure: there is another connection by now
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
		c, err := s.Pool.Get(ctx)
		if err == nil {
			if gone := c.Do(ctx, call); gone != nil {
				// Its reply is still to come, and a blocking command would go on waiting
				// and take an element for nobody: hanging up ends it.
				s.Pool.Drop(c)
				return gone
			}
			s.Pool.Put(c)
			if call.Err == nil && !call.Refused() {
				return nil
			}
		} else {
			Fail(call, err)
		}
		if !s.Policy.again(ctx, call, &tried, paced(err)) {
			return nil
		}
		call.Again()
	}
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
