package redpoll

import (
	"context"

	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/route"
)

// Conn is a client that runs every command on one connection of its own, from [Client.Conn] until Close: to watch keys (see [Tx]),
// to keep some work apart, or to know that its commands run on the same connection, one after the other. All methods of a
// client are there; Watch, Unwatch, Multi, Wait and WaitAOF are there only, since they speak of their connection.
//
// Commands on it are never repeated. One that finds the connection lost fails, so that the loss is known; the next one
// gets a new connection. A command whose context ends while it is under way costs the connection, and other
// commands under way on it, which fail with [ErrConnClosed]. A blocking command holds up those behind it. Commands
// that change the connection for later ones are refused here too, with a [*StateError]: it goes back to the pool.
//
// Client.Conn never returns a nil Conn without an error. A nil Conn panics in the methods that it takes from its Client, as any
// nil pointer does. The methods that only a Conn has give a [*DataError] then, and so do all methods of a zero Conn that
// return an error. Close does nothing in both.
type Conn struct {
	*Client // for what takes a client, such as Script.On. It ends with the Conn, and cannot be closed by itself
}

// Conn takes a connection out of the pool and gives a client over it, see [Conn]. It counts against Options.MaxConns until its
// Close gives it back, and waits at that bound in order, within ctx. Whoever holds one and takes another needs two: see
// Options.MaxConns. Connecting for it is repeated as a command is. keys, if any, are those that it will be used for: where
// keys live on several servers they say which one the connection leads to.
func (c *Client) Conn(ctx context.Context, keys ...string) (*Conn, error) {
	if c.unmade() {
		return nil, noClient("Conn")
	}
	if c.closed.Load() {
		return nil, unconnected(&route.Unreached{Node: c.where(), Err: pool.ErrClosed})
	}
	session, err := c.router.Pin(ctx, c.encoded(keys))
	if err != nil {
		return nil, unconnected(err)
	}
	one := &Client{
		router: session, policy: c.policy, home: c.home, db: c.db,
		locks: c.locks, text: c.text, hooks: c.hooks, callbacks: c.callbacks,
		tx: &watching{session: session},
	}
	return &Conn{one}, nil
}

// encoded gives keys as they are on the wire. One that cannot be encoded is left out: the command that uses it says so.
func (c *Client) encoded(keys []string) [][]byte {
	var list [][]byte
	for _, key := range keys {
		b := []byte(key)
		if c.text != nil {
			var err error
			if b, err = c.text.AppendEncode(nil, key); err != nil {
				continue
			}
		}
		list = append(list, b)
	}
	return list
}

// held is the client of a Conn, or one that blames the Conn if nobody has made it.
func (c *Conn) held() *Client {
	if c.unmade() {
		return &unmadeConn
	}
	return c.Client
}

// unmadeConn stands for a Conn that nobody has made.
var unmadeConn Client

// inner is the client of a Conn, nil if that is nil.
func (c *Conn) inner() *Client {
	if c == nil {
		return nil
	}
	return c.Client
}

// unmade reports whether this is not a Conn that Client.Conn has made.
func (c *Conn) unmade() bool { return c.inner().unmade() || c.tx == nil }

// noConn is the error of what a Conn should do that nobody has made.
func noConn(command string) error {
	return &DataError{command, "Conn", "is nil or a zero Conn: Client.Conn and Client.Transaction make them"}
}

// Close gives the connection back to its pool, or closes it if calls are in flight on it, which then fail with [ErrClosed], as does
// every later call. If keys are watched it sends UNWATCH first, and closes the connection when that is not answered within a
// second. It may be called again. The error is always nil.
func (c *Conn) Close() error {
	if c.unmade() || c.closed.Swap(true) {
		return nil
	}
	defer c.router.Close() // also when a hook panics
	c.tx.release(c)
	return nil
}

// errInnerClose is for a client whose connection would never go back.
var errInnerClose = &StateError{Command: "Close", Instead: "close the Conn that this client belongs to"}
