package pool

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redpoll-go/redpoll/internal/backoff"
	"github.com/redpoll-go/redpoll/internal/conn"
)

// waiter is a caller of Get for whom no connection was idle. Connections that come back and connections that are
// made go to the first waiter, whoever asked for them: a caller that gives up does not take away what
// was under way for it.
type waiter struct {
	ready chan grant    // capacity 1
	place *list.Element // in Pool.waiters; nil when it has been served. Guarded by Pool.mu.
	limit time.Duration // how long it waits at most; 0: without end
	late  bool          // it waits for a place, and not just for a connection to be made
}

// grant is what a waiter is given.
type grant struct {
	c   *conn.Conn
	err error
}

// resting is an exclusive connection that nobody uses.
type resting struct {
	c     *conn.Conn
	since time.Duration
}

// pace spaces out the attempts to connect after failed ones.
type pace struct {
	failures int           // attempts failed in a row
	notUntil time.Duration // the next attempt
	noted    time.Duration // the last failure
}

// fail notes that an attempt was in vain. Several that were under way at the same time count as one.
func (a *pace) fail(cfg *Config, began time.Duration) {
	if a.failures > 0 && began < a.noted {
		return
	}
	a.failures++
	a.noted = conn.Now()
	a.notUntil = a.noted + backoff.Doubling(a.failures, cfg.BackoffMin, cfg.BackoffMax)
}

// Get lends an exclusive connection until Put. A pooled one that the server has closed is replaced. At the
// limit it fails with ErrExhausted, or waits if the pool is of that kind.
func (p *Pool) Get(ctx context.Context) (*conn.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, conn.NewGaveUp(ctx, conn.NotSent)
	}
	c, w, err := p.take()
	switch {
	case err != nil:
		return nil, err
	case w != nil:
		return p.wait(ctx, w)
	case !c.Alive():
		return p.replace(ctx, c)
	case p.Healthy(ctx, c) == nil:
		return c, nil
	case ctx.Err() != nil:
		p.Put(c)
		return nil, conn.NewGaveUp(ctx, conn.NotSent)
	}
	if c, err = p.replace(ctx, c); err != nil {
		return nil, err
	}
	return p.Proven(ctx, c)
}

// take gives an idle connection, or a place in the queue.
func (p *Pool) take() (*conn.Conn, *waiter, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, ErrClosed
	}
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1].c
		p.idle[n-1].c = nil
		p.idle = p.idle[:n-1]
		return c, nil, nil
	}
	w := &waiter{ready: make(chan grant, 1)}
	if p.cfg.Max > 0 && p.waiters.Len() >= p.cfg.Max-p.lent() {
		if !p.cfg.Wait {
			p.stats.Exhausted++
			return nil, nil, fmt.Errorf("%w: all %d connections of the pool are in use", ErrExhausted, p.cfg.Max)
		}
		w.late, w.limit = true, p.cfg.WaitTimeout
		p.stats.Waits++
	}
	w.place = p.waiters.PushBack(w)
	p.grow()
	return nil, w, nil
}

// lent is the number of connections that callers hold. mu is held.
func (p *Pool) lent() int { return p.total - p.dialing - len(p.idle) }

// replace puts another connection in the place of a lent one that is of no use.
func (p *Pool) replace(ctx context.Context, c *conn.Conn) (*conn.Conn, error) {
	c.Close()
	p.mu.Lock()
	p.strike(c)
	p.total--
	if p.closed {
		p.mu.Unlock()
		return nil, ErrClosed
	}
	w := &waiter{ready: make(chan grant, 1)}
	w.place = p.waiters.PushFront(w)
	p.grow()
	p.mu.Unlock()
	return p.wait(ctx, w)
}

func (p *Pool) wait(ctx context.Context, w *waiter) (*conn.Conn, error) {
	var limit <-chan time.Time
	if w.limit > 0 {
		t := time.NewTimer(w.limit)
		defer t.Stop()
		limit = t.C
	}
	var err error
	select {
	case g := <-w.ready:
		return g.c, g.err
	case <-ctx.Done():
		err = conn.NewGaveUp(ctx, conn.NotSent)
	case <-limit:
		err = fmt.Errorf("%w: none of the %d connections of the pool came free within %v", ErrNoConn, p.cfg.Max, w.limit)
	case <-p.ctx.Done():
		err = ErrClosed
	}
	p.mu.Lock()
	if w.late && !errors.Is(err, ErrClosed) {
		p.stats.WaitTimeouts++
	}
	served := w.place == nil
	if !served {
		p.waiters.Remove(w.place)
		w.place = nil
	}
	p.mu.Unlock()
	if served { // while we gave up: the next one shall have it
		if g := <-w.ready; g.c != nil {
			p.Put(g.c)
		}
	}
	return nil, err
}

// serve gives a grant to the first waiter, if there is one. mu is held.
func (p *Pool) serve(g grant) bool {
	first := p.waiters.Front()
	if first == nil || p.closed {
		return false
	}
	w := p.waiters.Remove(first).(*waiter)
	w.place = nil
	w.ready <- g
	return true
}

// grow begins to make connections for waiters that none is being made for, as far as the limit allows: all at once
// while the server can be reached, and one at a time while it cannot. mu is held.
func (p *Pool) grow() {
	for !p.closed && p.dialing < p.waiters.Len() && (p.cfg.Max <= 0 || p.total < p.cfg.Max) &&
		(p.pace.failures == 0 || p.dialing == 0) {
		p.dialing++
		p.total++
		p.begin(p.open)
	}
}

// open makes an exclusive connection, whose place is already counted, for the first waiter.
func (p *Pool) open() (tell func()) {
	p.mu.Lock()
	until := p.pace.notUntil
	p.mu.Unlock()
	p.pause(until)
	p.mu.Lock()
	if p.waiters.Len() == 0 {
		p.dialing--
		p.total--
		p.mu.Unlock()
		return nil
	}
	p.mu.Unlock()

	began := conn.Now()
	c, tell, err := p.dial(false)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dialing--
	switch {
	case err != nil:
		p.total--
		p.pace.fail(&p.cfg, began)
		p.refuse(err)
	case p.closed:
		p.total-- // Close has closed it
	default:
		p.pace = pace{}
		p.lay(c)
	}
	p.grow()
	return tell
}

// refuse tells waiters that an attempt to connect has failed. As long as others are under way it is the failure
// of one waiter only. The last one speaks for all that have room, and, when no connection is out
// that could come back, for everybody. mu is held.
func (p *Pool) refuse(err error) {
	n := 1
	if p.dialing == 0 {
		n = p.waiters.Len()
		if lent := p.lent(); lent > 0 && p.cfg.Max > 0 {
			n = p.cfg.Max - lent
		}
	}
	for ; n > 0; n-- {
		if !p.serve(grant{err: err}) {
			return
		}
	}
}

// lay gives a connection to the first waiter, or puts it on top of the idle ones. mu is held.
func (p *Pool) lay(c *conn.Conn) {
	if !p.serve(grant{c: c}) {
		p.idle = append(p.idle, resting{c, conn.Now()})
	}
}

// Bare makes a connection beside those of the pool, whatever their limit, for an urgent command: it has only what a server
// that is busy with a script grants. Drop ends it.
func (p *Pool) Bare(ctx context.Context) (*conn.Conn, error) {
	c, err := conn.Dial(ctx, p.cfg.Conn.Bare())
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		c.Close()
		return nil, ErrClosed
	}
	p.enter(c, false)
	p.total++ // as if it had been lent
	return c, nil
}

// Put gives back a connection that Get lent. One that has failed, or that Reset has forgotten, is closed.
func (p *Pool) Put(c *conn.Conn) {
	p.mu.Lock()
	if p.closed || c.Down() || p.all[c].era != p.era {
		p.mu.Unlock()
		p.Drop(c)
		return
	}
	p.lay(c)
	p.mu.Unlock()
}

// Drop closes a lent connection instead of giving it back: its state is not what the next holder expects.
func (p *Pool) Drop(c *conn.Conn) {
	c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.strike(c)
	p.total--
	p.grow()
}

// discard closes connections that were idle, whose places have been given up.
func (p *Pool) discard(idle []resting) {
	for _, r := range idle {
		p.forget(r.c)
	}
}

// retireIdle takes all idle connections out. mu is held.
func (p *Pool) retireIdle() []resting {
	idle := p.idle
	p.idle = nil
	p.total -= len(idle)
	return idle
}

// trim closes exclusive connections that have been idle for too long. The longest unused one lies at the bottom.
func (p *Pool) trim(now time.Duration) {
	if p.cfg.IdleTimeout <= 0 {
		return
	}
	p.mu.Lock()
	n := 0
	for n < len(p.idle) && now-p.idle[n].since > p.cfg.IdleTimeout {
		n++
	}
	old := append([]resting(nil), p.idle[:n]...)
	p.idle = append(p.idle[:0], p.idle[n:]...)
	clear(p.idle[len(p.idle):][:n])
	p.total -= n
	p.mu.Unlock()
	p.discard(old)
}
