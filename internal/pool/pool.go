// Package pool keeps the connections to one server: few shared ones, on which the commands of all callers
// travel together, and exclusive ones, lent to one holder at a time for commands that block or change the
// connection.
//
// Lock order: slot.mu, Pool.mu, Conn.mu. None is held while anything waits.
package pool

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
)

// Errors of Get and Shared, besides *conn.DialError and *conn.GaveUp.
var (
	ErrClosed    = errors.New("client is closed")
	ErrExhausted = errors.New("too many connections")
	ErrNoConn    = errors.New("no connection available")
)

// Config says how many connections a pool keeps and how it checks them. Defaults have been filled in.
type Config struct {
	Conn *conn.Config
	// Shared is the number of shared connections, filled one after the other; at least 1.
	Shared int
	// Max is the limit of exclusive connections; 0: none.
	Max int
	// Wait makes Get wait for a connection at the limit, for at most WaitTimeout (0: without end).
	Wait        bool
	WaitTimeout time.Duration
	// HealthCheck is how long a connection may go without a reply before it is pinged before
	// its next use; 0: never.
	HealthCheck time.Duration
	// BackoffMin and BackoffMax bound the pause between failed attempts to connect.
	BackoffMin, BackoffMax time.Duration
}

// Pool keeps the connections to one server. It is safe for concurrent use and makes its first connection when
// one is asked for.
type Pool struct {
	cfg   Config
	slots []slot

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	work   sync.WaitGroup // dials and the watchdog

	mu      sync.Mutex
	closed  bool
	watched bool                    // the watchdog runs
	all     map[*conn.Conn]bool     // every connection; true: shared
	idle    []*conn.Conn            // exclusive ones, the last one returned on top
	total   int                     // exclusive connections, being made, idle and lent
	waiters []chan grant            // first come, first served
	retired map[*conn.Conn]struct{} // forgotten by Reset while they were in use
	stats   Stats
	past    conn.Counts // of connections that are gone
}

// grant is what a waiting caller of Get is given: a connection, or with nil the right to make one.
type grant struct{ c *conn.Conn }

// New makes a pool. It opens nothing.
func New(cfg Config) *Pool {
	p := &Pool{cfg: cfg, slots: make([]slot, max(cfg.Shared, 1)),
		all: make(map[*conn.Conn]bool), retired: make(map[*conn.Conn]struct{})}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	for i := range p.slots {
		p.slots[i].pool = p
		p.slots[i].checking = make(chan struct{}, 1)
	}
	return p
}

// Done is closed with the pool.
func (p *Pool) Done() <-chan struct{} { return p.ctx.Done() }

// Config gives the configuration, to be read only.
func (p *Pool) Config() *Config { return &p.cfg }

// Get lends an exclusive connection until Put. A pooled one that the server has closed is replaced. At the
// limit it fails with ErrExhausted, or waits if the pool is of that kind.
func (p *Pool) Get(ctx context.Context) (*conn.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, conn.NewGaveUp(ctx, conn.NotSent)
	}
	c, err := p.take(ctx)
	if err != nil {
		return nil, err
	}
	sick := false
	if c != nil && c.Alive() {
		if p.Healthy(ctx, c) == nil {
			return c, nil
		}
		if ctx.Err() != nil {
			p.Put(c)
			return nil, conn.NewGaveUp(ctx, conn.NotSent)
		}
		sick = true
	}
	if c != nil {
		p.forget(c)
	}
	c, err = p.fresh(ctx)
	if err == nil && sick {
		return p.Proven(ctx, c)
	}
	return c, err
}

// take gives an idle connection, or nil with the right to make one.
func (p *Pool) take(ctx context.Context) (*conn.Conn, error) {
	p.mu.Lock()
	switch n := len(p.idle); {
	case p.closed:
		p.mu.Unlock()
		return nil, ErrClosed
	case n > 0:
		c := p.idle[n-1]
		p.idle[n-1] = nil
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return c, nil
	case p.cfg.Max <= 0 || p.total < p.cfg.Max:
		p.total++
		p.mu.Unlock()
		return nil, nil
	case !p.cfg.Wait:
		p.stats.Exhausted++
		p.mu.Unlock()
		return nil, fmt.Errorf("%w: all %d connections of the pool are in use", ErrExhausted, p.cfg.Max)
	}
	w := make(chan grant, 1)
	p.waiters = append(p.waiters, w)
	p.stats.Waits++
	p.mu.Unlock()
	return p.wait(ctx, w)
}

func (p *Pool) wait(ctx context.Context, w chan grant) (*conn.Conn, error) {
	var limit <-chan time.Time
	if p.cfg.WaitTimeout > 0 {
		t := time.NewTimer(p.cfg.WaitTimeout)
		defer t.Stop()
		limit = t.C
	}
	var err error
	select {
	case g := <-w:
		return g.c, nil
	case <-ctx.Done():
		err = conn.NewGaveUp(ctx, conn.NotSent)
	case <-limit:
		err = fmt.Errorf("%w: all %d connections of the pool stayed in use for %v", ErrNoConn, p.cfg.Max, p.cfg.WaitTimeout)
	case <-p.ctx.Done():
		err = ErrClosed
	}
	p.mu.Lock()
	for i, other := range p.waiters {
		if other == w {
			p.waiters = append(p.waiters[:i], p.waiters[i+1:]...)
			break
		}
	}
	if !errors.Is(err, ErrClosed) {
		p.stats.WaitTimeouts++
	}
	p.mu.Unlock()
	select {
	case g := <-w: // granted while we gave up: the next one shall have it
		if g.c != nil {
			p.Put(g.c)
		} else {
			p.vacate()
		}
	default:
	}
	return nil, err
}

// fresh makes an exclusive connection, whose place is already counted.
func (p *Pool) fresh(ctx context.Context) (*conn.Conn, error) {
	c, err := p.dial(ctx, false)
	if err != nil {
		p.vacate()
		return nil, err
	}
	return c, nil
}

// vacate gives up the place of an exclusive connection.
func (p *Pool) vacate() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next(grant{}) {
		return
	}
	p.total--
}

// next serves the first waiter, if there is one. mu is held.
func (p *Pool) next(g grant) bool {
	if len(p.waiters) == 0 || p.closed {
		return false
	}
	w := p.waiters[0]
	p.waiters = append(p.waiters[:0], p.waiters[1:]...)
	w <- g
	return true
}

// Put gives back a connection that Get lent. One that has failed is closed.
func (p *Pool) Put(c *conn.Conn) {
	p.mu.Lock()
	_, retired := p.retired[c]
	if c.Down() || retired || p.closed {
		p.mu.Unlock()
		c.Close()
		p.forget(c)
		p.vacate()
		return
	}
	if !p.next(grant{c}) {
		p.idle = append(p.idle, c)
	}
	p.mu.Unlock()
}

// Drop closes a lent connection instead of giving it back: its state is not what the next holder expects.
func (p *Pool) Drop(c *conn.Conn) {
	c.Close()
	p.forget(c)
	p.vacate()
}

// dial makes a connection and watches over it.
func (p *Pool) dial(ctx context.Context, shared bool) (*conn.Conn, error) {
	if p.ctx.Err() != nil {
		return nil, ErrClosed
	}
	began := conn.Now()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.ctx, cancel)() // Close ends it
	c, err := conn.Dial(ctx, p.cfg.Conn)
	if observe := p.cfg.Conn.Observe; observe != nil {
		observe(ctx, conn.Now()-began, err)
	}
	p.mu.Lock()
	p.stats.Dials++
	switch {
	case err != nil:
		p.stats.DialErrors++
		if p.closed {
			err = ErrClosed
		}
	case p.closed:
		err = ErrClosed
	default:
		p.all[c] = shared
		if !p.watched {
			p.watched = true
			p.work.Go(p.watch)
		}
	}
	p.mu.Unlock()
	log := p.cfg.Conn.Logger
	if err != nil {
		if c != nil {
			c.Close()
		}
		log.Debug("redpoll: connect failed", "node", p.cfg.Conn.Addr, "error", err)
		return nil, err
	}
	log.Debug("redpoll: connected", "node", p.cfg.Conn.Addr, "protocol", c.Info().Proto, "server", c.Info().Version)
	return c, nil
}

// forget closes a connection and takes it off the books.
func (p *Pool) forget(c *conn.Conn) {
	c.Close()
	p.mu.Lock()
	if _, ok := p.all[c]; ok {
		delete(p.all, c)
		delete(p.retired, c)
		n := c.Counts()
		p.past.Calls += n.Calls
		p.past.Writes += n.Writes
		p.stats.Closed++
	}
	p.mu.Unlock()
}

// Disconnect closes every connection, idle or in use. The pool stays usable and connects again on demand.
func (p *Pool) Disconnect() {
	for _, c := range p.snapshot() {
		c.Close()
	}
	p.mu.Lock()
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()
	for _, c := range idle {
		p.forget(c)
		p.vacate()
	}
}

// Reset forgets every connection: idle ones are closed now, those in use when they are given back.
func (p *Pool) Reset() {
	p.mu.Lock()
	idle := p.idle
	p.idle = nil
	for c := range p.all {
		p.retired[c] = struct{}{}
	}
	p.mu.Unlock()
	for _, c := range idle {
		p.forget(c)
		p.vacate()
	}
	for i := range p.slots {
		p.slots[i].cur.Store(nil)
	}
	p.sweep()
}

// sweep closes shared connections that Reset has retired, once nothing is in flight on them.
func (p *Pool) sweep() {
	p.mu.Lock()
	var gone []*conn.Conn
	for c := range p.retired {
		if p.all[c] && c.Load() == 0 {
			gone = append(gone, c)
		}
	}
	p.mu.Unlock()
	for _, c := range gone {
		p.forget(c)
	}
}

// Close closes every connection. Calls in flight end with an error, and so does every later one. It returns when
// nothing of the pool runs any more, and may be called again.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	p.total -= len(p.idle)
	p.idle = nil
	p.mu.Unlock()
	p.cancel()
	for _, c := range p.snapshot() {
		p.forget(c)
	}
	p.work.Wait()
}

func (p *Pool) snapshot() []*conn.Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]*conn.Conn, 0, len(p.all))
	for c := range p.all {
		all = append(all, c)
	}
	return all
}

// backoff is the pause before the n-th repeated attempt, n from 1: doubling, with jitter.
func backoff(n int, least, most time.Duration) time.Duration {
	d := most
	if n < 20 {
		d = min(least<<(n-1), most)
	}
	return d/2 + rand.N(d/2+1)
}

// Stats are the counters of a pool.
type Stats struct {
	Shared, Lent, Idle        int
	Dials, DialErrors, Closed uint64
	Waits, WaitTimeouts       uint64
	Exhausted, Pings          uint64
	Calls, Writes             uint64
}

// Stats gives the counters as they are now.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Calls, s.Writes = p.past.Calls, p.past.Writes
	for c, shared := range p.all {
		n := c.Counts()
		s.Calls += n.Calls
		s.Writes += n.Writes
		if shared && !c.Down() {
			s.Shared++
		}
	}
	s.Idle = len(p.idle)
	s.Lent = p.total - s.Idle
	return s
}
