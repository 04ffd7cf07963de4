package route

import (
	"context"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
)

// Pinned sends every command over one exclusive connection, held until Close. When the connection is lost the
// command that finds out fails, so that the holder knows; the next one gets a new connection.
type Pinned struct {
	pool *pool.Pool
	// lock guards c and closed. A channel, because its holder may dial: others wait for it as long as
	// their contexts allow.
	lock   chan struct{}
	c      *conn.Conn // nil after a loss
	closed bool
}

// Pin takes a connection out of the pool. A failure to connect is repeated as that of a command is.
func Pin(ctx context.Context, p *pool.Pool, policy *Policy) (*Pinned, error) {
	var call conn.Call
	tried := attempts{over: p.Done()}
	for {
		c, err := p.Get(ctx)
		if err == nil {
			return &Pinned{pool: p, c: c, lock: make(chan struct{}, 1)}, nil
		}
		Fail(&call, err)
		if !policy.again(ctx, &call, &tried, false) {
			return nil, call.Err
		}
	}
}

// Do sends a call over the pinned connection.
func (p *Pinned) Do(ctx context.Context, call *conn.Call) *conn.GaveUp {
	if ctx.Err() != nil {
		return refuse(call, conn.NewGaveUp(ctx, conn.NotSent))
	}
	call.Begin()
	c, err := p.conn(ctx)
	if err != nil {
		Fail(call, err)
		return nil
	}
	gone := c.Do(ctx, call)
	if gone != nil || c.Down() {
		p.lose(c)
	}
	return gone
}

// conn gives the connection, a new one after a loss, checked if a health check is due.
func (p *Pinned) conn(ctx context.Context) (*conn.Conn, error) {
	select {
	case p.lock <- struct{}{}:
	case <-ctx.Done():
		return nil, conn.NewGaveUp(ctx, conn.NotSent)
	}
	defer func() { <-p.lock }()
	if p.closed {
		return nil, pool.ErrClosed
	}
	sick := p.c != nil
	if sick {
		if p.pool.Healthy(ctx, p.c) == nil {
			return p.c, nil
		}
		p.pool.Drop(p.c)
		p.c = nil
	}
	c, err := p.pool.Get(ctx)
	if err == nil && sick {
		c, err = p.pool.Proven(ctx, c)
	}
	p.c = c
	return c, err
}

// lose drops a connection that failed or that a caller left with its reply still to come.
func (p *Pinned) lose(c *conn.Conn) {
	p.lock <- struct{}{}
	if p.c == c {
		p.c = nil
		p.pool.Drop(c)
	}
	<-p.lock
}

// Close gives the connection back to its pool.
func (p *Pinned) Close() {
	p.lock <- struct{}{}
	defer func() { <-p.lock }()
	p.closed = true
	if p.c == nil {
		return
	}
	if p.c.Load() > 0 {
		p.pool.Drop(p.c) // somebody is still using it
	} else {
		p.pool.Put(p.c)
	}
	p.c = nil
}
