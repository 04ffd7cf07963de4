package route

import (
	"context"
	"errors"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
)

// action is the next step after an attempt.
type action uint8

const (
	final action = iota // the caller gets the result of the attempt
	fresh               // again, over a connection made after this one
	there               // again, on another node
	wait                // again, after a pause
)

// verdict is a router's decision about an attempt. The zero value means that the caller gets the result.
type verdict struct {
	do      action
	at      *Node         // the next node; nil if the router decides
	prelude *conn.Prelude // sent in front of the next attempt: ASKING
}

// A chooser is the part of a router that one attempt needs. All routers use the same retry loop.
type chooser interface {
	// lend returns a connection for an attempt that follows a verdict. The first attempt follows the zero
	// verdict.
	lend(ctx context.Context, call *conn.Call, last verdict) (lease, error)
	// judge decides what follows an error reply that came over a connection. It also learns what the reply
	// says about the nodes.
	judge(c *conn.Conn, info *command.Info, refusal string) verdict
	// node returns the address for errors of calls that got no connection.
	node() string
}

// mapped is a chooser whose nodes change. A pause before an attempt ends with such a change.
type mapped interface{ changes() <-chan struct{} }

// lease is a connection for one attempt.
type lease struct {
	c    *conn.Conn
	at   *Node
	kind leaseKind
	by   *Single // the router that counts the lease; nil if there is none
}

type leaseKind uint8

const (
	shared leaseKind = iota // other calls use it at the same time
	lent                    // it goes back to the pool
	single                  // it is used once
)

// do sends a call over the connection and returns the connection.
func (l lease) do(ctx context.Context, call *conn.Call) *conn.GaveUp {
	if l.kind == shared {
		return l.c.Do(ctx, call)
	}
	// Read this field now: after a call is given up, the record belongs to the connection.
	batch := call.Replies > 0
	gone := l.c.Do(ctx, call)
	if gone != nil || l.kind == single {
		// If the reply of a blocking command is still to come, the command would go on waiting and take an
		// element that nobody gets. Closing the connection prevents this.
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

// retry is the loop for every call that does not end at once. It borrows a connection, sends the call, judges
// the result, and repeats this as the policy allows. first is a shared connection on which the call has
// already failed, or nil. A call without bytes only wants a connection, and retry returns this connection.
// over is closed with the client.
func (p *Policy) retry(ctx context.Context, ch chooser, call *conn.Call, first *conn.Conn,
	over <-chan struct{}) (got lease, gone *conn.GaveUp) {
	tried := attempts{n: call.Repeats, since: call.Since, over: over}
	return p.loop(ctx, ch, call, first, verdict{}, &tried)
}

// loop is retry for a call that has a verdict and earlier attempts.
func (p *Policy) loop(ctx context.Context, ch chooser, call *conn.Call, first *conn.Conn, last verdict,
	tried *attempts) (got lease, gone *conn.GaveUp) {
	call.Begin()
	whole := call.Wait
	of, changing := ch.(mapped)
	for c := first; ; c = nil {
		if changing {
			tried.news = of.changes() // before the attempt: the map may change during it
		}
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
				call.Prelude = own.Then(last.prelude) // ASKING counts only for the command right behind it
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
			call.Again() // not a failure: another connection exists, or will soon
			continue
		}
		last = verdict{}
		if call.Refused() {
			last = ch.judge(call.Conn(), call.Info, call.Refusal)
		}
		if last.do == there && last.at != nil {
			tried.path = append(tried.path, call.Node())
		}
		if !p.again(ctx, call, tried, last, paced(call.Class, err)) {
			return lease{}, nil
		}
		call.Again()
		p.repeats(call)
		shorten(call, whole)
	}
}

// pin takes a connection for a session on the node of some keys, or on any node if there are no keys. A
// failed connect is repeated like that of a command.
func (p *Policy) pin(ctx context.Context, ch chooser, keys [][]byte, over <-chan struct{}) (Session, error) {
	var call conn.Call // has no bytes: it only wants a connection
	call.Class, call.Route = conn.Session, &conn.Route{To: conn.ToKeys, Keys: keys}
	got, _ := p.retry(ctx, ch, &call, nil, over)
	if got.c == nil {
		return nil, &Unreached{Node: call.Node(), Err: call.Err}
	}
	return &Pinned{at: got.at, by: got.by, ch: ch, policy: p, keys: call.Route, over: over, c: got.c}, nil
}

// shorten gives a blocking call that is sent again the rest of its time.
func shorten(call *conn.Call, whole time.Duration) {
	if call.Class != conn.Blocking || whole <= 0 || call.Replies > 0 || call.Info == nil ||
		call.Holes != nil {
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

// leftBehind reports whether this side retired or closed the connection of a call after the call had chosen
// it.
func leftBehind(call *conn.Call) bool {
	return errors.Is(call.Err, conn.ErrRetired) ||
		call.Phase == conn.PhaseQueue && call.Outcome == conn.NotSent && errors.Is(call.Err, conn.ErrClosed)
}

// diedUnused reports whether the connection of a call ended before any byte of the call was sent: the server
// had closed the idle connection. This does not count as an attempt, so the call gets another connection even
// if it must not be repeated. The loop ends, because the number of connections older than the call is
// limited. c is nil if the call got no connection.
func diedUnused(call *conn.Call, c *conn.Conn) bool {
	if c == nil || call.Err == nil || call.Outcome != conn.NotSent || call.Phase != conn.PhaseQueue {
		return false
	}
	if _, gone := call.Err.(*conn.GaveUp); gone || errors.Is(call.Err, pool.ErrClosed) {
		return false
	}
	return call.Began == 0 || c.Made() < call.Began
}

// paced reports whether the failure is one of connecting for which the pool pauses between attempts. The pool
// does not make the connections of urgent calls.
func paced(class conn.Class, err error) bool {
	var de *conn.DialError
	return class != conn.Urgent && errors.As(err, &de)
}
