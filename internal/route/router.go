package route

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
)

// Router brings calls to servers and their replies back. It is what differs between the topologies.
//
// Start and Finish are the way of a single command. A router to one server does in Start what the caller does not have to
// wait for; the caller waits itself, with call.Await, and Finish is the rest. A router over several servers does all in Start.
type Router interface {
	// Start sends a call. If behind is true the caller has to wait and to call Finish. Otherwise the call has ended, or was
	// given up: gone is not nil then, and the record is not the caller's any more, see conn.Conn.Do.
	Start(ctx context.Context, call *conn.Call) (behind bool, gone *conn.GaveUp)
	// Finish goes on after Start and the wait; lead is what call.Await gave.
	Finish(ctx context.Context, call *conn.Call, lead bool) *conn.GaveUp
	// Batch sends a pipeline. When it returns each part has ended, or has been told that it was given up.
	Batch(ctx context.Context, b Batch)
	// Pin gives a session on the node of some keys, or on any node if there are none. A failure is a *Unreached.
	Pin(ctx context.Context, keys [][]byte) (Session, error)
	// Lockers gives the independent routers over which a lock of that name is taken: the router itself, unless it leads to
	// copies of the data.
	Lockers(name []byte) []Router
	// Nodes gives the servers that it leads to, as far as they are known.
	Nodes() []*Node
	// Changed is closed when Nodes has changed; then there is another channel. It is nil if the nodes never change.
	Changed() <-chan struct{}
	// Done is closed when the router and what it owns is closed.
	Done() <-chan struct{}
	// Close refuses all further calls, and ends what the router owns.
	Close()
}

// Session is a router over one connection, for a holder that wants its commands on the same one. Close gives it back.
type Session interface {
	Router
	// Hold says that the server keeps state for the holder, so that another connection cannot take the place of this one: when
	// it is lost every call fails with ErrBroken from then on. Hold(false) ends that; it reports whether it was lost.
	// Hold(true) comes behind the call that made the server keep it.
	Hold(on bool) (broken bool)
	// Drop closes the connection, and so ends what the server keeps for the holder. The next call gets another one.
	Drop()
	// Wrote counts the calls that may have changed something.
	Wrote() uint64
}

// Node is one server with the connections to it.
type Node struct {
	Addr string
	Pool *pool.Pool
	// Scripts are bits by which the layer above remembers which of its scripts the server has had.
	Scripts atomic.Uint32
}

// NewNode makes a node of a pool.
func NewNode(p *pool.Pool) *Node { return &Node{Addr: p.Config().Conn.Addr, Pool: p} }

// Batch is a pipeline: commands that are sent together.
type Batch interface {
	// Atomic reports whether all commands stand between MULTI and EXEC, and so are always one part.
	Atomic() bool
	// Len is the number of commands that are to be sent.
	Len() int
	// Command gives what is known of one command.
	Command(i int) *command.Info
	// AppendKeys appends the keys of one command, see command.Info.AppendKeys.
	AppendKeys(dst [][]byte, i int) ([][]byte, error)
	// Refused reports whether any command has got an error reply.
	Refused() bool
	// Refusal is the error reply that a command has got; "" if there was another reply, or none.
	Refusal(i int) string
	// Part makes a part of some commands, in ascending order; nil stands for all of them. The replies go to these commands.
	Part(commands []int) Part
}

// Part is some commands of a Batch that are sent in one call.
type Part interface {
	// Call gives the call, ready to be sent.
	Call() *conn.Call
	// GaveUp tells that the call was given up; the record belongs to its connection.
	GaveUp(gone *conn.GaveUp)
}

// Unreached is a connection that was asked for and not got.
type Unreached struct {
	Node string // the address, "" if no node was chosen
	Err  error
}

func (e *Unreached) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *Unreached) Unwrap() error { return e.Err }

// Failed gives a call that has failed because no connection was got.
func Failed(err error) *conn.Call {
	call := new(conn.Call)
	var u *Unreached
	if errors.As(err, &u) {
		fail(call, u.Node, u.Err)
	} else {
		fail(call, "", err)
	}
	return call
}
