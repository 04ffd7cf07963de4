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

// Bound limits the exclusive connections of one class, and says what a caller does when all of them are lent.
type Bound struct {
	// Max is the largest number of connections. 0 means no limit.
	Max int
	// Wait makes callers wait in their order. Otherwise they fail with ErrExhausted.
	Wait bool
	// WaitTimeout is the longest wait of a caller. 0 means as long as the context allows.
	WaitTimeout time.Duration
	// Stall limits the wait of a caller whose context has no deadline: it ends when no connection has come
	// back for this time, so that holders that wait for each other do not wait for ever. 0 means no limit.
	Stall time.Duration
	// Ease is how long a caller waits for a lent connection before it takes an idle or a new one. Until then
	// it gets the first connection that comes back. 0 means no wait.
	Ease time.Duration
	// IdleTimeout is how long a connection may be unused before it is closed. 0 means for ever.
	IdleTimeout time.Duration
	// Remedy is a part of error texts, behind the number of connections: it names the setting with the limit
	// and says what to do.
	Remedy string
}

// subpool holds the exclusive connections of one class. Callers of one class never wait behind callers of
// another class. Pool.mu guards its fields.
type subpool struct {
	pool    *Pool
	bound   Bound
	idle    []resting     // in the order of their return, the last one at the end
	total   int           // number of connections being made, idle or lent
	dialing int           // number of connections being made
	waiters list.List     // of *waiter; first come, first served
	patient int           // number of waiters within Bound.Ease
	pace    pace          // between the attempts to connect
	back    time.Duration // last time when a connection came back or ended
}

// waiter is a caller of Get that got no idle connection. Every connection that comes back or is made goes to
// the first waiter, whichever waiter it was made for: when a caller gives up, the connection is not lost for
// the others.
type waiter struct {
	ready chan grant    // capacity 1
	place *list.Element // in subpool.waiters; nil after it was served (Pool.mu)
	late  bool          // the class was at its bound when the wait began

	// A patient waiter waits for a lent connection to come back; no connection is made for it yet. Pool.mu
	// guards the field.
	patient bool
}

// grant is the result for a waiter.
type grant struct {
	c   *conn.Conn
	err error
}

// resting is an idle exclusive connection.
type resting struct {
	c     *conn.Conn
	since time.Duration
}

// pace makes pauses between attempts to connect after failures.
type pace struct {
	failures int           // number of failures in a row
	notUntil time.Duration // earliest time of the next attempt
	noted    time.Duration // time of the last failure
}

// fail notes a failed attempt. Attempts that ran at the same time count as one failure.
func (a *pace) fail(cfg *Config, began time.Duration) {
	if a.failures > 0 && began < a.noted {
		return
	}
	a.failures++
	a.noted = conn.Now()
	a.notUntil = a.noted + backoff.Doubling(a.failures, cfg.BackoffMin, cfg.BackoffMax)
}

// Get lends an exclusive connection of a class until Put. If the server has closed an idle connection, it is
// replaced. At the limit of the class Get fails with ErrExhausted, or waits, as Bound says.
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
	}
	return s.looked(ctx, c)
}

// looked checks a connection that was idle and returns it, or another one if it has failed.
func (s *subpool) looked(ctx context.Context, c *conn.Conn) (*conn.Conn, error) {
	p := s.pool
	switch {
	case !c.Alive():
		return s.replace(ctx, c)
	case p.Healthy(ctx, c) == nil:
		return c, nil
	case ctx.Err() != nil:
		p.Put(c)
		return nil, conn.NewGaveUp(ctx, conn.NotSent)
	}
	c, err := s.replace(ctx, c)
	if err != nil {
		return nil, err
	}
	return p.Proven(ctx, c)
}

// take returns an idle connection, or a place in the queue.
func (s *subpool) take() (*conn.Conn, *waiter, error) {
	p := s.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, ErrClosed
	}
	patient := s.bound.Ease > 0 && s.total > len(s.idle)
	if len(s.idle) > 0 && !patient {
		return s.pop(), nil, nil
	}
	w := &waiter{ready: make(chan grant, 1), patient: patient}
	if s.bound.Max > 0 && s.waiters.Len() >= s.bound.Max-s.lent() {
		if !s.bound.Wait {
			p.stats.Exhausted++
			return nil, nil, fmt.Errorf("%w: %w", ErrExhausted, s.full())
		}
		w.late = true
		p.stats.Waits++
	}
	w.place = s.waiters.PushBack(w)
	if patient {
		s.patient++
	}
	s.grow()
	return nil, w, nil
}

// pop takes the idle connection that was used last. mu is held.
func (s *subpool) pop() *conn.Conn {
	last := len(s.idle) - 1
	c := s.idle[last].c
	s.idle[last].c = nil
	s.idle = s.idle[:last]
	return c
}

// hurry ends the patience of a waiter: it returns an idle connection, or lets one be made.
func (s *subpool) hurry(w *waiter) *conn.Conn {
	p := s.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.place == nil || p.closed {
		return nil
	}
	if len(s.idle) > 0 {
		s.unqueue(w)
		return s.pop()
	}
	s.calm(w)
	s.grow()
	return nil
}

// unqueue removes a waiter from the queue. mu is held.
func (s *subpool) unqueue(w *waiter) {
	s.waiters.Remove(w.place)
	w.place = nil
	s.calm(w)
}

// calm makes a patient waiter an ordinary one. mu is held.
func (s *subpool) calm(w *waiter) {
	if w.patient {
		w.patient = false
		s.patient--
	}
}

// full returns an error saying that all connections are lent, and what to do.
func (s *subpool) full() error {
	return fmt.Errorf("all %d connections are in use: %s", s.bound.Max, s.bound.Remedy)
}

// lent returns the number of connections that callers hold. mu is held.
func (s *subpool) lent() int { return s.total - s.dialing - len(s.idle) }

// replace replaces a lent connection that has failed.
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

// wait waits for the result for a waiter, with the limits of Bound.
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
	var ease <-chan time.Time
	if s.bound.Ease > 0 {
		t := time.NewTimer(s.bound.Ease)
		defer t.Stop()
		ease = t.C
	}
	var err error
	for err == nil {
		select {
		case g := <-w.ready:
			return g.c, g.err
		case <-ease:
			if c := s.hurry(w); c != nil {
				return s.looked(ctx, c)
			}
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

// gaveUp returns the error of a waiter whose context has ended. The error says that all connections are lent
// if this was the reason of the wait.
func (s *subpool) gaveUp(ctx context.Context, w *waiter) error {
	gone := s.pool.gaveUp(ctx)
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

// stalled returns how long no connection has come back.
func (s *subpool) stalled() time.Duration {
	s.pool.mu.Lock()
	defer s.pool.mu.Unlock()
	return conn.Now() - s.back
}

// leave removes a waiter that gives up from the queue, and returns err. If the waiter has just got a
// connection, it goes to the next waiter.
func (s *subpool) leave(w *waiter, err error) error {
	p := s.pool
	p.mu.Lock()
	if w.late && !errors.Is(err, ErrClosed) {
		p.stats.WaitTimeouts++
	}
	served := w.place == nil
	if !served {
		s.unqueue(w)
	}
	p.mu.Unlock()
	if served {
		if g := <-w.ready; g.c != nil {
			p.Put(g.c)
		}
	}
	return err
}

// serve gives a grant to the first waiter. It returns false if there is no waiter. mu is held.
func (s *subpool) serve(g grant) bool {
	first := s.waiters.Front()
	if first == nil || s.pool.closed {
		return false
	}
	w := first.Value.(*waiter)
	s.unqueue(w)
	w.ready <- g
	return true
}

// grow starts to make connections for waiters, as far as the limit allows: all at once while the server can
// be reached, and one at a time while it cannot. mu is held.
func (s *subpool) grow() {
	wanted := s.waiters.Len() - s.patient
	if wanted == 0 && s.waiters.Len() > 0 && s.lent() == 0 {
		wanted = 1 // no lent connection can come back
	}
	for !s.pool.closed && s.dialing < wanted && (s.bound.Max <= 0 || s.total < s.bound.Max) &&
		(s.pace.failures == 0 || s.dialing == 0) {
		s.dialing++
		s.total++
		s.pool.begin(s.open)
	}
}

// open makes an exclusive connection for the first waiter. The connection is already counted.
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
	case p.closed: // Close removes its record
	default:
		s.pace = pace{}
		s.lay(c)
	}
	s.grow()
	return tell
}

// refuse tells waiters that an attempt to connect has failed. While other attempts go on, this is the failure
// of one waiter only. The last attempt fails all waiters that are within the limit, and, if no lent
// connection can come back, all waiters. mu is held.
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

// lay gives a connection to the first waiter, or adds it to the idle ones. mu is held.
func (s *subpool) lay(c *conn.Conn) {
	now := conn.Now()
	s.back = now
	if !s.serve(grant{c: c}) {
		s.idle = append(s.idle, resting{c, now})
	}
}

// Bare makes a connection beside those of the pool, without regard to limits, for an urgent command. The
// connection uses only commands that a server busy with a script allows. Drop ends it.
func (p *Pool) Bare(ctx context.Context) (*conn.Conn, error) {
	c, err := connect(ctx, p, func(ctx context.Context, cfg *conn.Config) (*conn.Conn, error) {
		return conn.Dial(ctx, cfg.Bare())
	})
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

// Put gives back a connection that Get lent. It is closed if it has failed, is too old, or was made before
// the last Reset.
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

// Drop closes a lent connection instead of giving it back, because the next holder cannot use it in its
// current state.
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

// retireIdle removes the records of all idle connections and returns these connections, to be closed. mu is
// held.
func (p *Pool) retireIdle() (all []*conn.Conn) {
	for i := range p.subpools {
		s := &p.subpools[i]
		all = append(all, s.retire(len(s.idle))...)
	}
	return all
}

// retire removes the records of the n connections with the longest idle time and returns these connections,
// to be closed. mu is held.
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

// trim closes connections that have been idle for too long. The connection with the longest idle time comes
// first.
func (p *Pool) trim(now time.Duration) {
	var old []*conn.Conn
	p.mu.Lock()
	for i := range p.subpools {
		s := &p.subpools[i]
		n := 0
		for n < len(s.idle) && (s.bound.IdleTimeout > 0 && now-s.idle[n].since > s.bound.IdleTimeout ||
			p.aged(s.idle[n].c, now)) {
			n++
		}
		old = append(old, s.retire(n)...)
	}
	p.mu.Unlock()
	closeAll(old)
}

// closeAll closes connections that have no record any more.
func closeAll(old []*conn.Conn) {
	for _, c := range old {
		c.Close()
	}
}
