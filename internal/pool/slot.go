package pool

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
)

// slot is the place of one shared connection. However many callers need it, one attempt to connect is under way
// at a time, and failed attempts are spaced out.
type slot struct {
	pool     *Pool
	cur      atomic.Pointer[conn.Conn]
	checking chan struct{} // a semaphore for health checks

	mu       sync.Mutex
	dialing  *dialing
	failures int           // attempts failed in a row
	notUntil time.Duration // the next attempt
}

// dialing is an attempt to connect that callers wait for. It is nobody's own: a caller that gives up does not take
// the connection away from the others.
type dialing struct {
	done chan struct{}
	c    *conn.Conn
	err  error
}

// fillFirst is how many calls a shared connection has under way before the next one is used: gathered
// requests are cheaper than spread ones.
const fillFirst = 16

// Ready gives the shared connection if there is one, it is up, and nothing has to be checked or chosen; else nil.
func (p *Pool) Ready() *conn.Conn {
	if len(p.slots) > 1 || p.cfg.HealthCheck > 0 {
		return nil
	}
	c := p.slots[0].cur.Load()
	if c == nil || c.Down() {
		return nil
	}
	return c
}

// Shared gives a connection for a command that may travel with others. It connects when it has to.
func (p *Pool) Shared(ctx context.Context) (*conn.Conn, error) {
	s := &p.slots[0]
	if len(p.slots) > 1 {
		s = p.emptiest()
	}
	c := s.cur.Load()
	if c == nil || c.Down() {
		var err error
		if c, err = s.connect(ctx); err != nil {
			return nil, err
		}
	}
	if p.cfg.HealthCheck > 0 && p.overdue(c) {
		return s.check(ctx, c)
	}
	return c, nil
}

// emptiest is the first slot that is not busy, or else the one with the least to do.
func (p *Pool) emptiest() *slot {
	best, least := &p.slots[0], int(^uint(0)>>1)
	for i := range p.slots {
		load := 0
		if c := p.slots[i].cur.Load(); c != nil {
			load = c.Load()
		}
		if load < fillFirst {
			return &p.slots[i]
		}
		if load < least {
			best, least = &p.slots[i], load
		}
	}
	return best
}

// connect joins the attempt that is under way or starts one.
func (s *slot) connect(ctx context.Context) (*conn.Conn, error) {
	s.mu.Lock()
	if c := s.cur.Load(); c != nil && !c.Down() {
		s.mu.Unlock()
		return c, nil
	}
	d := s.dialing
	if d == nil {
		d = &dialing{done: make(chan struct{})}
		if !s.pool.start(func() { s.dial(d) }) {
			s.mu.Unlock()
			return nil, ErrClosed
		}
		s.dialing = d
	}
	s.mu.Unlock()
	select {
	case <-d.done:
		return d.c, d.err
	case <-ctx.Done():
		return nil, conn.NewGaveUp(ctx, conn.NotSent)
	}
}

// start runs f in a goroutine that Close waits for, unless the pool is closed.
func (p *Pool) start(f func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.work.Go(f)
	return true
}

// fail notes that an attempt was in vain and spaces out the next one. mu is held.
func (s *slot) fail() {
	s.failures++
	s.notUntil = conn.Now() + backoff(s.failures, s.pool.cfg.BackoffMin, s.pool.cfg.BackoffMax)
}

// failed is fail for a connection that was made and turned out to be of no use.
func (s *slot) failed() {
	s.mu.Lock()
	s.fail()
	s.mu.Unlock()
}

func (s *slot) dial(d *dialing) {
	p := s.pool
	s.mu.Lock()
	pause := s.notUntil - conn.Now()
	s.mu.Unlock()
	if pause > 0 {
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-p.ctx.Done():
			t.Stop()
		}
	}
	d.c, d.err = p.dial(p.ctx, true)
	if d.err != nil && p.ctx.Err() != nil {
		d.err = ErrClosed
	}
	s.mu.Lock()
	if d.err != nil {
		s.fail()
	} else {
		s.failures, s.notUntil = 0, 0
		if old := s.cur.Swap(d.c); old != nil {
			p.forget(old)
		}
	}
	s.dialing = nil
	s.mu.Unlock()
	close(d.done)
}
