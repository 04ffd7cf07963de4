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

	mu      sync.Mutex
	dialing *dialing
	pace    pace
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
	if p.cfg.HealthCheck > 0 && p.Overdue(c) {
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
		if !s.pool.start(func() func() { return s.dial(d) }) {
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

// start is begin for callers that do not hold mu. It reports false when the pool is closed.
func (p *Pool) start(f func() (tell func())) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.begin(f)
	return true
}

// failed notes that a connection which was made since then turned out to be of no use.
func (s *slot) failed(began time.Duration) {
	s.mu.Lock()
	s.pace.fail(&s.pool.cfg, began)
	s.mu.Unlock()
}

func (s *slot) dial(d *dialing) (tell func()) {
	p := s.pool
	s.mu.Lock()
	until := s.pace.notUntil
	s.mu.Unlock()
	p.pause(until)
	began := conn.Now()
	d.c, tell, d.err = p.dial(nil)
	if d.err != nil && p.ctx.Err() != nil {
		d.err = ErrClosed
	}
	var old *conn.Conn
	s.mu.Lock()
	if d.err != nil {
		s.pace.fail(&p.cfg, began)
	} else {
		s.pace = pace{}
		old = s.cur.Swap(d.c)
	}
	s.dialing = nil
	s.mu.Unlock()
	close(d.done)
	if old != nil {
		p.forget(old) // it had failed
	}
	return tell
}
