package redpoll

import (
	"context"
	"sync/atomic"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/route"
)

//go:generate go run ./internal/command/gen

// Client runs commands. Its methods are the server's commands; all of them may be called by many goroutines at
// once. Running a command never changes the client. A Client that is nil or a zero value runs nothing: its methods give a
// [*DataError].
//
// Every method honours the deadline and the cancellation of its context, to the millisecond. A caller that
// gives up disturbs nobody else.
type Client struct {
	router    route.Router
	direct    *route.Single // the router, if it is that of one server and a call needs nothing more: no hooks
	policy    route.Policy
	home      *Pool // what Pool gives
	db        int   // for hooks
	text      TextEncoding
	hooks     *hooks
	callbacks *callbacks
	tx        *watching // of the client inside a Conn; nil on any other
	locks     *locks    // that are held
	closed    atomic.Bool
}

// New makes a client. It does no I/O: the first command connects, and a wrong address shows then. The error is
// an [*OptionError].
func New(o Options) (*Client, error) {
	h, err := newHooks(o.Hooks)
	if err != nil {
		return nil, err
	}
	c := &Client{locks: new(locks), text: o.Text, hooks: h.ofCommands(), callbacks: newCallbacks(o.Callbacks), home: o.Pool}
	own, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	switch {
	case c.home == nil:
		if c.home, err = NewPool(o); err != nil {
			return nil, err
		}
	case c.home.node == nil:
		return nil, &OptionError{"Pool", "is a zero Pool: NewPool makes pools"}
	}
	c.policy, c.db = own.policy(), c.home.opts.DB
	c.policy.Repeats = c.home.repeats
	single := &route.Single{Node: c.home.node, Owned: o.Pool == nil, Policy: c.policy, Exclusive: c.home.opts.Exclusive}
	c.router = single
	if c.hooks == nil {
		c.direct = single
	}
	return c, nil
}

// unmadeClient stands for a client that is nil.
var unmadeClient Client

// unmade reports whether the client is nil or a zero value, which leads nowhere.
func (c *Client) unmade() bool { return c == nil || c.router == nil }

// noClient is the error of what such a client should do.
func noClient(command string) error {
	return &DataError{command, "client", "is nil or a zero Client: New and Open make clients"}
}

// Open makes a client from a URL, see [ParseURL]. Like New it does no I/O.
func Open(url string) (*Client, error) {
	o, err := ParseURL(url)
	if err != nil {
		return nil, err
	}
	return New(o)
}

// Close ends the client: every later call fails with [ErrClosed]. With a pool of its own it closes all connections, and
// calls in flight fail with ErrClosed too. A passed pool stays open: calls in flight go on until they end by
// themselves, and a [Conn] that was taken before goes on until it is closed. [Client.Drain] lets calls in flight end
// first. Close may be called again. The error is nil, but for the client inside a Conn: closing that one is a
// [*StateError], since its connection has to go back.
func (c *Client) Close() error {
	if c.unmade() {
		return nil
	}
	if c.tx != nil {
		return errInnerClose
	}
	if !c.closed.Swap(true) {
		c.router.Close()
	}
	return nil
}

// Pool gives the pool that the client uses.
func (c *Client) Pool() *Pool {
	if c.unmade() {
		return nil
	}
	return c.home
}

// Stats gives the counters of the client's pool.
func (c *Client) Stats() Stats {
	if c.unmade() {
		return Stats{}
	}
	var all Stats
	for _, n := range c.router.Nodes() {
		all.add(n.Pool.Stats())
	}
	all.Retries = c.home.repeats.Load()
	return all
}

// String shows where the client leads, without any secret.
func (c *Client) String() string {
	if c.unmade() {
		return "redpoll.Client<made by neither New nor Open>"
	}
	return "redpoll.Client<" + c.home.String() + ">"
}

// unsent is the error of a context that has ended before something was sent.
func (c *Client) unsent(ctx context.Context, what string) *ConnError {
	gone := conn.NewGaveUp(ctx, conn.NotSent)
	gone.Node = c.where()
	return abandonment(what, gone)
}

// where is the address of the server that the client leads to, "" if there are several.
func (c *Client) where() string {
	if nodes := c.router.Nodes(); len(nodes) == 1 {
		return nodes[0].Addr
	}
	return ""
}
