package redpoll

import (
	"context"
	"sync/atomic"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/route"
)

//go:generate go run ./internal/command/gen

// router brings a call to a server and back. It is what differs between the topologies.
type router interface {
	// Do is conn.Conn.Do, with the choice of a connection and with retries.
	Do(ctx context.Context, call *conn.Call) *conn.GaveUp
	Close()
}

// Client runs commands. Its methods are the server's commands; all of them may be called by many goroutines at
// once. Running a command never changes the client.
//
// Every method honours the deadline and the cancellation of its context, to the millisecond. A caller that
// gives up disturbs nobody else.
type Client struct {
	router    router
	pool      *Pool
	node      string
	text      TextEncoding
	hooks     *hooks
	callbacks *callbacks
	closed    atomic.Bool
}

// New makes a client. It does no I/O: the first command connects, and a wrong address shows then. The error is
// an [*OptionError].
func New(o Options) (*Client, error) {
	h, err := newHooks(o.Hooks)
	if err != nil {
		return nil, err
	}
	c := &Client{text: o.Text, hooks: h, callbacks: newCallbacks(o.Callbacks), pool: o.Pool}
	if h != nil && len(h.command) == 0 {
		c.hooks = nil
	}
	if c.pool == nil {
		if c.pool, err = NewPool(o); err != nil {
			return nil, err
		}
	}
	po := &c.pool.opts
	c.node = po.Addr
	c.router = &route.Single{Pool: c.pool.p, Owned: o.Pool == nil, Policy: po.policy(), Exclusive: po.Exclusive}
	return c, nil
}

// Open makes a client from a URL, see [ParseURL]. Like New it does no I/O.
func Open(url string) (*Client, error) {
	o, err := ParseURL(url)
	if err != nil {
		return nil, err
	}
	return New(o)
}

// Conn gives a client that runs every command on one connection of its own, taken from the same pool: for
// commands whose effect belongs to a connection, or to keep some work apart. It counts against
// Options.MaxConns until Close gives it back.
//
// A command that finds the connection lost fails, so that its loss is known, and is not repeated; the next one
// gets a new connection. A command whose context ends costs the connection.
func (c *Client) Conn(ctx context.Context) (*Client, error) {
	var pinned *route.Pinned
	err := error(pool.ErrClosed)
	if !c.closed.Load() {
		policy := c.pool.opts.policy()
		pinned, err = route.Pin(ctx, c.pool.p, &policy)
	}
	if err != nil {
		return nil, unconnected(c.node, err)
	}
	one := &Client{router: pinned, pool: c.pool, node: c.node, text: c.text, hooks: c.hooks, callbacks: c.callbacks}
	return one, nil
}

// Close ends the client. With a pool of its own it closes all connections, and calls in flight fail with
// [ErrClosed]; a passed pool stays open; a client made by Conn gives its connection back. It may be called
// again. The error is always nil.
func (c *Client) Close() error {
	if !c.closed.Swap(true) {
		c.router.Close()
	}
	return nil
}

// Pool gives the pool that the client uses.
func (c *Client) Pool() *Pool { return c.pool }

// Stats gives the counters of the client's pool.
func (c *Client) Stats() Stats { return c.pool.Stats() }

// String shows where the client leads, without any secret.
func (c *Client) String() string { return "redpoll.Client<" + c.pool.String() + ">" }
