package route

import (
	"context"
	"errors"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
)

// action is what follows an attempt.
type action uint8

const (
	final action = iota // the caller gets what came of it
	fresh               // once more, over a connection that was made after this one
	there               // once more, on another node
	wait                // once more after a pause
)

// verdict is what a router makes of an attempt. The zero value lets the caller have what came of it.
type verdict struct {
	do      action
	at      *Node         // where to; nil: the router decides
	prelude *conn.Prelude // goes out in front of the next attempt: ASKING
}

// A chooser is the part of a router that one attempt needs. One retry loop serves all of them.
type chooser interface {
	// lend gives a connection for an attempt that comes after a verdict; the first one after the zero verdict.
	lend(ctx context.Context, call *conn.Call, last verdict) (lease, error)
	// judge says what follows an error reply that came over a connection. What the reply tells of the nodes is known afterwards.
	judge(c *conn.Conn, info *command.Info, refusal string) verdict
	// node is the address that errors name if no connection was got.
	node() string
}

// lease is a connection for one attempt.
type lease struct {
	c    *conn.Conn
	at   *Node
	kind leaseKind
	by   *Single // that counts it until it is returned; nil if nobody does
}

type leaseKind uint8

const (
	shared leaseKind = iota // others use it meanwhile
	lent                    // it goes back to its pool
	single                  // it serves once
)

// do sends a call over the connection and gives that back.
func (l lease) do(ctx context.Context, call *conn.Call) *conn.GaveUp {
	if l.kind == shared {
		return l.c.Do(ctx, call)
	}
	batch := call.Replies > 0 // asked for now: a call that is given up is not ours
	gone := l.c.Do(ctx, call)
	if gone != nil || l.kind == single {
		// If its reply is still to come, a blocking command would go on waiting and take an element for nobody: hanging
		// up ends it.
		l.at.Pool.Drop(l.c)
	} else {
		l.at.Pool.Put(l.c)
	}
	l.by.returned()
	if batch && gone != nil {
		l.c.Unsent(call, gone)
	}
	return gone
}

// retry is the loop behind every call that does not come to its end at once: it lends a connection, sends the call, judges
// what came of it, and repeats that as the policy allows. first, if not nil, is a shared connection on which the call has already
// failed. A call without bytes asks for the connection alone, which is got then. over is closed with the client.
func (p *Policy) retry(ctx context.Context, ch chooser, call *conn.Call, first *conn.Conn, over <-chan struct{}) (got lease, gone *conn.GaveUp) {
	tried := attempts{n: call.Repeats, since: call.Since, over: over}
	return p.loop(ctx, ch, call, first, verdict{}, &tried)
}

// loop is retry for a call that follows on a verdict, and on other attempts.
func (p *Policy) loop(ctx context.Context, ch chooser, call *conn.Call, first *conn.Conn, last verdict, tried *attempts) (got lease, gone *conn.GaveUp) {
	call.Begin()
	whole := call.Wait
	for c := first; ; c = nil {
		err := call.Err
		if c == nil {
			var l lease
			tried.began = conn.Now()
			within, end := tried.bounded(ctx, p)
			l, err = ch.lend(within, call, last)
			late := err != nil && within.Err() != nil && ctx.Err() == nil
			if end(); late {
				tried.recall(call)
				tried.conclude(call, last)
				return lease{}, nil
			}
			if err != nil {
				fail(call, ch.node(), err)
			} else if len(call.Wire) == 0 {
				return l, nil
			} else {
				own := call.Prelude
				call.Prelude = own.Then(last.prelude) // ASKING is for the command right behind it
				if gone = l.do(ctx, call); gone != nil {
					return l, gone
				}
				if call.Prelude = own; call.Answered() {
					return l, nil
				}
			}
			c = l.c
		}
		if leftBehind(call) || diedUnused(call, c) {
			call.Again() // not a failure: there is another connection by now, or will be
			continue
		}
		last = verdict{}
		if call.Refused() {
			last = ch.judge(call.Conn(), call.Info, call.Refusal)
		}
		if !p.again(ctx, call, tried, last, paced(call.Class, err)) {
			return lease{}, nil
		}
		call.Again()
		p.repeats(call)
		shorten(call, whole)
	}
}

// pin takes a connection for a session on the node of some keys, or on any node if there are none. A failure to connect is repeated
// as that of a command is.
func (p *Policy) pin(ctx context.Context, ch chooser, keys [][]byte, over <-chan struct{}) (Session, error) {
	var call conn.Call // without bytes: only its connection is wanted
	call.Class, call.Route = conn.Session, &conn.Route{To: conn.ToKeys, Keys: keys}
	got, _ := p.retry(ctx, ch, &call, nil, over)
	if got.c == nil {
		return nil, &Unreached{Node: call.Node(), Err: call.Err}
	}
	return &Pinned{at: got.at, by: got.by, ch: ch, policy: p, c: got.c}, nil
}

// shorten leaves a blocking call that is sent again what it has left of its whole time.
func shorten(call *conn.Call, whole time.Duration) {
	if call.Class != conn.Blocking || whole <= 0 || call.Replies > 0 || call.Info == nil || call.Holes != nil {
		return
	}
	left := max(whole-(conn.Now()-call.Began), time.Millisecond)
	wire := call.Info.WithTimeout(call.Wire, left)
	if &wire[0] != &call.Wire[0] {
		call.Wire, call.Wait = wire, left
	}
}

// fail records that a call got no connection to a node.
func fail(call *conn.Call, node string, err error) {
	phase := conn.PhaseQueue
	var de *conn.DialError
	if errors.As(err, &de) {
		phase = de.Phase
		if de.Node != "" {
			node = de.Node
		}
	}
	call.NotSent(node, err, phase)
}

// leftBehind reports whether a call came to a connection that this side has retired or closed since the call chose it.
func leftBehind(call *conn.Call) bool {
	return errors.Is(call.Err, conn.ErrRetired) ||
		call.Phase == conn.PhaseQueue && call.Outcome == conn.NotSent && errors.Is(call.Err, conn.ErrClosed)
}

// diedUnused reports whether a call found its connection, nil if it got none, at an end before anything of the call was sent: the
// server had closed it while it was idle. That is not an attempt, so the call has another connection also if it must not be
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

// paced reports whether a failure is one of connecting for which the pool has its own pause between attempts. The
// connections of urgent calls are not made by the pool.
func paced(class conn.Class, err error) bool {
	var de *conn.DialError
	return class != conn.Urgent && errors.As(err, &de)
}
