package pool

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/redpoll-go/redpoll/internal/backoff"
	"github.com/redpoll-go/redpoll/internal/conn"
)

// Locator says which server a pool leads to, for servers that change places: the primary of a deployment that
// fails over. It may be used by several goroutines.
type Locator interface {
	// Locate returns the servers that the next connection may lead to, the best one first. The pool uses the
	// first one to which it can connect. Locate is called before each connection. For a pool of replicas the
	// last one of several is the primary, which stands in for them.
	Locate(ctx context.Context) ([]*conn.Config, error)
	// Doubt tells the Locator that a server was lost, could not be reached, or is not what Locate said, and
	// why: conn.ErrNotPrimary if it is a replica. It must not block.
	Doubt(addr string, why error)
	// Missing returns why nobody can say where the server is; nil if somebody has said it.
	Missing() error
}

// ErrMoved is the error of calls on connections to the old server, which did not answer within moveGrace.
var ErrMoved = errors.New("the server was replaced by another one")

// moveGrace is how long calls in flight wait for their replies after the server was replaced.
const moveGrace = time.Second

// place is where the server of a pool is, until it moves.
type place struct {
	ctx  context.Context // ends when the server moves, and with the pool
	left context.CancelFunc
}

// newPlace returns a place for a pool.
func (p *Pool) newPlace() *place {
	ctx, left := context.WithCancel(p.ctx)
	return &place{ctx, left}
}

// here returns the current place.
func (p *Pool) here() *place {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.place
}

// pause waits until a time of the clock conn.Now. It returns earlier if the server moves or the pool ends.
func (p *Pool) pause(until time.Duration) {
	at := p.here()
	backoff.Wait(at.ctx, until-conn.Now(), nil)
}

// Moved tells the pool that its Locator has found another server. Connections are not used for further calls,
// as after Reset, attempts to connect to the old server are given up, and new ones begin at once. Calls in
// flight that are not answered within moveGrace fail with ErrMoved, and streams fail at once.
func (p *Pool) Moved() {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.place.left()
	p.place = p.newPlace()
	for i := range p.slots {
		p.slots[i].pace = pace{}
	}
	for i := range p.subpools {
		p.subpools[i].pace = pace{}
	}
	p.cutEra, p.cutAt = p.era+1, conn.Now()+moveGrace
	streams := p.openStreams()
	p.mu.Unlock()
	p.Reset()
	for _, s := range streams {
		s.Fail(ErrMoved)
	}
}

// Silent reports whether the server has owed a reply for longer than d, and has been silent meanwhile. Calls
// without a deadline do not make a connection suspect.
func (p *Pool) Silent(d time.Duration) bool {
	return slices.ContainsFunc(p.snapshot(), func(c *conn.Conn) bool { return c.Quiet() > d })
}

// cutOld closes the connections to an old server that were not given back within moveGrace.
func (p *Pool) cutOld(now time.Duration) {
	var old []*conn.Conn
	p.mu.Lock()
	if p.cutAt != 0 && now >= p.cutAt {
		for c, m := range p.all {
			if m.era < p.cutEra {
				old = append(old, c)
			}
		}
		p.cutAt = 0
	}
	p.mu.Unlock()
	for _, c := range old {
		c.Fail(ErrMoved)
	}
}

// Cut ends every connection with an error for the calls in flight.
func (p *Pool) Cut(err error) {
	for _, c := range p.snapshot() {
		c.Fail(err)
	}
}

// connect calls dial for the server, wherever it is.
func connect[C any](ctx context.Context, p *Pool,
	dial func(ctx context.Context, cfg *conn.Config) (C, error)) (c C, err error) {
	if p.cfg.Locator == nil {
		return dial(ctx, p.cfg.Conn)
	}
	candidates, err := p.cfg.Locator.Locate(ctx)
	for _, cfg := range p.readyFirst(candidates) {
		if c, err = dial(ctx, cfg); err == nil {
			return c, nil
		}
		if ctx.Err() != nil {
			break // the failure says nothing about the server
		}
		p.cfg.Locator.Doubt(cfg.Addr, err)
	}
	return c, err
}

// lost tells the Locator about a connection that the other side has ended.
func (p *Pool) lost(addr string, e conn.End) {
	if p.cfg.Locator != nil && !e.Own && !errors.Is(e.Err, ErrClosed) && !errors.Is(e.Err, ErrMoved) {
		p.cfg.Locator.Doubt(addr, e.Err)
	}
}

// gaveUp is the error of a call that ended before it had a connection.
func (p *Pool) gaveUp(ctx context.Context) *conn.GaveUp {
	gone := conn.NewGaveUp(ctx, conn.NotSent)
	if gone.Cause == nil && p.cfg.Locator != nil {
		gone.Cause = p.cfg.Locator.Missing()
	}
	return gone
}
