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

// Bound says how many exclusive connections of one class there may be, and what becomes of a caller that finds all of
// them lent.
type Bound struct {
	// Max is the number of connections at most; 0: no bound.
	Max int
	// Wait makes callers wait in their order. Otherwise they fail with ErrExhausted.
	Wait bool
	// WaitTimeout is how long a caller waits at most; 0: as long as its context allows.
	WaitTimeout time.Duration
	// Stall is how long a caller whose context has no deadline waits at most while no connection at all comes back, so
	// that holders which wait for one another do not wait for ever; 0: without end.
	Stall time.Duration
	// IdleTimeout is how long a connection may be unused before it is closed; 0: for ever.
	IdleTimeout time.Duration
	// Remedy says, behind the number of connections in an error, which setting bounds them and what to do.
	Remedy string
}

// subpool is the exclusive connections of one class. Callers that need one class never wait behind those of another.
// Its fields are guarded by Pool.mu.
type subpool struct {
	pool    *Pool
	bound   Bound
	idle    []resting     // the last one returned on top
	total   int           // connections that are being made, idle or lent
	dialing int           // those being made
	waiters list.List     // of *waiter; first come, first served
	pace    pace          // of the attempts to connect
	back    time.Duration // when a connection last came back, or ended
}

// waiter is a caller of Get for whom no connection was idle. Connections that come back and connections that are
// made go to the first waiter, whoever asked for them: a caller that gives up does not take away what
// was under way for it.
type waiter struct {
	ready chan grant    // capacity 1
	place *list.Element // in subpool.waiters; nil when it has been served. Guarded by Pool.mu.
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

// Get lends an exclusive connection of a class until Put. A pooled one that the server has closed is replaced. At the
// bound of the class it fails with ErrExhausted, or waits, as Bound says.
func (p *Pool) Get(ctx context.Context, class conn.Class) (*conn.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, conn.NewGaveUp(ctx, conn.NotSent)
	}
	s := &p.subpools[class]
	c, w, err := s.take()
	switch {
	case err != nil:
		return nil, err
	case w != nil:
		return s.wait(ctx, w)
	case !c.Alive():
		return s.replace(ctx, c)
	case p.Healthy(ctx, c) == nil:
		return c, nil
	case ctx.Err() != nil:
		p.Put(c)
		return nil, conn.NewGaveUp(ctx, conn.NotSent)
	}
	if c, err = s.replace(ctx, c); err != nil {
		return nil, err
	}
	return p.Proven(ctx, c)
}

// take gives an idle connection, or a place in the queue.
func (s *subpool) take() (*conn.Conn, *waiter, error) {
	p := s.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, ErrClosed
	}
	if n := len(s.idle); n > 0 {
		c := s.idle[n-1].c
		s.idle[n-1].c = nil
		s.idle = s.idle[:n-1]
		return c, nil, nil
	}
	w := &waiter{ready: make(chan grant, 1)}
	if s.bound.Max > 0 && s.waiters.Len() >= s.bound.Max-s.lent() {
		if !s.bound.Wait {
			p.stats.Exhausted++
			return nil, nil, fmt.Errorf("%w: %w", ErrExhausted, s.full())
		}
		w.late = true
		p.stats.Waits++
	}
	w.place = s.waiters.PushBack(w)
	s.grow()
	return nil, w, nil
}

// full says that all connections are lent, and what to do about it.
func (s *subpool) full() error {
	return fmt.Errorf("all %d connections are in use: %s", s.bound.Max, s.bound.Remedy)
}

// lent is the number of connections that callers hold. mu is held.
func (s *subpool) lent() int { return s.total - s.dialing - len(s.idle) }

// replace puts another connection in the place of a lent one that is of no use.
func (s *subpool) replace(ctx context.Context, c *conn.Conn) (*conn.Conn, error) {
	p := s.pool
	c.Close()
	p.mu.Lock()
	p.strike(c)
	if p.closed {
		p.mu.Unlock()
		return nil, ErrClosed
	}
	w := &waiter{ready: make(chan grant, 1)}
	w.place = s.waiters.PushFront(w)
	s.grow()
	p.mu.Unlock()
	return s.wait(ctx, w)
}

// wait waits for what a waiter is given, and ends as Bound says.
func (s *subpool) wait(ctx context.Context, w *waiter) (*conn.Conn, error) {
	patience, stall := time.Duration(0), false
	if w.late {
		patience = s.bound.WaitTimeout
		if _, limited := ctx.Deadline(); !limited && patience == 0 {
			patience, stall = s.bound.Stall, true
		}
	}
	var alarm <-chan time.Time
	var t *time.Timer
	if patience > 0 {
		t = time.NewTimer(patience)
		defer t.Stop()
		alarm = t.C
	}
	var err error
	for err == nil {
		select {
		case g := <-w.ready:
			return g.c, g.err
		case <-ctx.Done():
			err = s.gaveUp(ctx, w)
		case <-alarm:
			if left := patience - s.stalled(); stall && left > 0 {
				t.Reset(left)
				continue
			}
			err = fmt.Errorf("%w: none came back within %v: %w", ErrNoConn, patience, s.full())
		case <-s.pool.ctx.Done():
			err = ErrClosed
		}
	}
	return nil, s.leave(w, err)
}

// gaveUp says that a waiter's context has ended, and that all connections are lent if that is why it waited.
func (s *subpool) gaveUp(ctx context.Context, w *waiter) error {
	gone := conn.NewGaveUp(ctx, conn.NotSent)
	s.pool.mu.Lock()
	full := w.late && s.lent() >= s.bound.Max
	s.pool.mu.Unlock()
	switch {
	case full && gone.Cause != nil:
		gone.Cause = fmt.Errorf("%w; %w", gone.Cause, s.full())
	case full:
		gone.Cause = s.full()
	}
	return gone
}

// stalled is for how long no connection has come back.
func (s *subpool) stalled() time.Duration {
	s.pool.mu.Lock()
	defer s.pool.mu.Unlock()
	return conn.Now() - s.back
}

// leave takes a waiter that gives up out of the queue, and gives err back. A connection that it was given meanwhile goes to
// the next one.
func (s *subpool) leave(w *waiter, err error) error {
	p := s.pool
	p.mu.Lock()
	if w.late && !errors.Is(err, ErrClosed) {
		p.stats.WaitTimeouts++
	}
	served := w.place == nil
	if !served {
		s.waiters.Remove(w.place)
		w.place = nil
	}
	p.mu.Unlock()
	if served {
		if g := <-w.ready; g.c != nil {
			p.Put(g.c)
		}
	}
	return err
}

// serve gives a grant to the first waiter, if there is one. mu is held.
func (s *subpool) serve(g grant) bool {
	first := s.waiters.Front()
	if first == nil || s.pool.closed {
		return false
	}
	w := s.waiters.Remove(first).(*waiter)
	w.place = nil
	w.ready <- g
	return true
}

// grow begins to make connections for waiters that none is being made for, as far as the bound allows: all at once
// while the server can be reached, and one at a time while it cannot. mu is held.
func (s *subpool) grow() {
	for !s.pool.closed && s.dialing < s.waiters.Len() && (s.bound.Max <= 0 || s.total < s.bound.Max) &&
		(s.pace.failures == 0 || s.dialing == 0) {
		s.dialing++
		s.total++
		s.pool.begin(s.open)
	}
}

// open makes an exclusive connection, whose place is already counted, for the first waiter.
func (s *subpool) open() (tell func()) {
	p := s.pool
	p.mu.Lock()
	until := s.pace.notUntil
	p.mu.Unlock()
	p.pause(until)
	p.mu.Lock()
	if s.waiters.Len() == 0 {
		s.dialing--
		s.total--
		p.mu.Unlock()
		return nil
	}
	p.mu.Unlock()

	began := conn.Now()
	c, tell, err := p.dial(s)
	p.mu.Lock()
	defer p.mu.Unlock()
	s.dialing--
	switch {
	case err != nil:
		s.total--
		s.pace.fail(&p.cfg, began)
		s.refuse(err)
	case p.closed: // Close takes it off the books
	default:
		s.pace = pace{}
		s.lay(c)
	}
	s.grow()
	return tell
}

// refuse tells waiters that an attempt to connect has failed. As long as others are under way it is the failure
// of one waiter only. The last one speaks for all that have room, and, when no connection is out
// that could come back, for everybody. mu is held.
func (s *subpool) refuse(err error) {
	n := 1
	if s.dialing == 0 {
		n = s.waiters.Len()
		if lent := s.lent(); lent > 0 && s.bound.Max > 0 {
			n = s.bound.Max - lent
		}
	}
	for ; n > 0; n-- {
		if !s.serve(grant{err: err}) {
			return
		}
	}
}

// lay gives a connection to the first waiter, or puts it on top of the idle ones. mu is held.
func (s *subpool) lay(c *conn.Conn) {
	now := conn.Now()
	s.back = now
	if !s.serve(grant{c: c}) {
		s.idle = append(s.idle, resting{c, now})
	}
}

// Bare makes a connection beside those of the pool, whatever their bounds, for an urgent command: it has only what a server
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
	s := &p.subpools[conn.Urgent]
	s.total++
	p.enter(c, s)
	return c, nil
}

// Put gives back a connection that Get lent. One that has failed or is too old, or that Reset has forgotten, is closed.
func (p *Pool) Put(c *conn.Conn) {
	p.mu.Lock()
	m := p.all[c]
	if p.closed || c.Down() || m.sub == nil || m.era != p.era || p.aged(c, conn.Now()) {
		p.mu.Unlock()
		p.Drop(c)
		return
	}
	m.sub.lay(c)
	p.mu.Unlock()
}

// Drop closes a lent connection instead of giving it back: its state is not what the next holder expects.
func (p *Pool) Drop(c *conn.Conn) {
	c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.all[c]
	p.strike(c)
	if m.sub != nil {
		m.sub.back = conn.Now()
		m.sub.grow()
	}
}

// grow lets every class make the connections that its waiters need. mu is held.
func (p *Pool) grow() {
	for i := range p.subpools {
		p.subpools[i].grow()
	}
}

// retireIdle takes all idle connections off the books and gives them, to be closed. mu is held.
func (p *Pool) retireIdle() (all []*conn.Conn) {
	for i := range p.subpools {
		s := &p.subpools[i]
		all = append(all, s.retire(len(s.idle))...)
	}
	return all
}

// retire takes the n connections that have been idle for longest off the books and gives them, to be closed. mu is held.
func (s *subpool) retire(n int) []*conn.Conn {
	old := make([]*conn.Conn, n)
	for i := range old {
		old[i] = s.idle[i].c
		s.pool.strike(old[i])
	}
	rest := append(s.idle[:0], s.idle[n:]...)
	clear(s.idle[len(rest):])
	s.idle = rest
	return old
}

// trim closes connections that have been idle for too long. The longest unused one lies at the bottom.
func (p *Pool) trim(now time.Duration) {
	var old []*conn.Conn
	p.mu.Lock()
	for i := range p.subpools {
		s := &p.subpools[i]
		n := 0
		for n < len(s.idle) && (s.bound.IdleTimeout > 0 && now-s.idle[n].since > s.bound.IdleTimeout || p.aged(s.idle[n].c, now)) {
			n++
		}
		old = append(old, s.retire(n)...)
	}
	p.mu.Unlock()
	closeAll(old)
}

// closeAll closes connections that are off the books.
func closeAll(old []*conn.Conn) {
	for _, c := range old {
		c.Close()
	}
}
