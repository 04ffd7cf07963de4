package route

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
)

// Router brings calls to servers and their replies back. Each topology has its own Router.
//
// Start and Finish carry a single command. A router to one server does in Start everything that needs no
// waiting; then the caller waits with call.Await, and Finish does the remaining work. A router to several
// servers does everything in Start.
type Router interface {
	// Start sends a call. If behind is true, the caller must wait with call.Await and then call Finish.
	// Otherwise the call has ended, or the caller gave it up: then gone is not nil, and the record does not
	// belong to the caller any more, see conn.Conn.Do.
	Start(ctx context.Context, call *conn.Call) (behind bool, gone *conn.GaveUp)
	// Finish completes a call after Start and the wait; lead is the result of call.Await.
	Finish(ctx context.Context, call *conn.Call, lead bool) *conn.GaveUp
	// Batch sends a pipeline. When it returns, each part has ended, or has been told that it was given up.
	Batch(ctx context.Context, b Batch)
	// Pin returns a session on the node of some keys, or on any node if there are no keys. A failure is an
	// *Unreached.
	Pin(ctx context.Context, keys [][]byte) (Session, error)
	// Lockers returns the independent routers over which a lock with this name is taken. This is the router
	// itself, unless the router leads to copies of the data.
	Lockers(name []byte) []Router
	// Nodes returns the known servers of the router.
	Nodes() []*Node
	// Changed returns a channel that is closed when Nodes has changed; then the next call returns another
	// channel. The channel is nil if the nodes never change.
	Changed() <-chan struct{}
	// Done is closed when the router and everything it owns is closed.
	Done() <-chan struct{}
	// Close refuses all further calls, and closes everything that the router owns.
	Close()
}

// Session is a router over one connection, for a holder whose commands must all use the same connection.
// Close gives the connection back.
type Session interface {
	Router
	// Hold with true says that the server keeps state for the holder, so another connection cannot replace
	// this one: when it is lost, every call fails with ErrBroken. Call Hold(true) after the call that created
	// the state. Hold(false) ends this. Hold reports whether the connection was lost.
	Hold(on bool) (broken bool)
	// Drop closes the connection, so the server drops the state that it keeps for the holder. The next call
	// gets another connection.
	Drop()
	// Wrote returns the number of calls that may have changed something.
	Wrote() uint64
}

// Node is one server with its pool of connections.
type Node struct {
	Addr string
	Pool *pool.Pool
	// Scripts has one bit per script, for the layer above: whether the server has received the script.
	Scripts atomic.Uint32
}

// NewNode makes a node from a pool.
func NewNode(p *pool.Pool) *Node { return &Node{Addr: p.Config().Conn.Addr, Pool: p} }

// Batch is a pipeline: commands that are sent together.
type Batch interface {
	// Atomic reports whether MULTI and EXEC enclose all commands, so that the batch is always one part.
	Atomic() bool
	// Len returns the number of commands to send.
	Len() int
	// Command describes one command.
	Command(i int) *command.Info
	// AppendKeys appends the keys of one command; see command.Info.AppendKeys.
	AppendKeys(dst [][]byte, i int) ([][]byte, error)
	// Refusal returns the error reply of a command; "" if it got another reply or none.
	Refusal(i int) string
	// Channel returns the channel that a command publishes to, and false if it does not publish.
	Channel(i int) (channel []byte, ok bool)
	// Part makes a part of some commands, in ascending order; nil means all commands. These commands get the
	// replies.
	Part(commands []int) Part
	// Split makes a batch of some commands, in ascending order, which get the replies. Batches that were
	// split off can be sent at the same time, but nothing else of this batch. An atomic one is not split.
	Split(commands []int) Batch
	// Fail makes the failure of a call the error of a command, in the place of the reply that it was given.
	Fail(i int, failed *conn.Call)
}

// Part is a set of commands of a Batch that are sent in one call.
type Part interface {
	// Call returns the call, ready to send.
	Call() *conn.Call
	// Refused reports whether any command of the part got an error reply.
	Refused() bool
	// GaveUp reports that the call was given up; its connection owns the record now.
	GaveUp(gone *conn.GaveUp)
}

// Unreached is the error for a connection that was wanted but not obtained.
type Unreached struct {
	Node string // the address; "" if no node was chosen
	Err  error
}

func (e *Unreached) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Unreached) Unwrap() error { return e.Err }

// Failed returns a call that failed because there was no connection.
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
