package pool

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
)

// slot is the place of one shared connection. However many callers need the connection, there is only one
// attempt to connect at a time, with pauses between failed attempts. Pool.mu guards the fields, but cur can
// be loaded without it.
//
// The first slots are those of the configuration. The other slots are extra: they are filled while no
// connection of the first slots is fit for another call, and are emptied again.
type slot struct {
	cur     atomic.Pointer[conn.Conn]
	dialing *dialing
	pace    pace
	used    time.Duration // last use of an extra slot
}

// dialing is an attempt to connect that callers wait for. It belongs to no caller: when one caller gives up,
// the others still get the connection.
type dialing struct {
	done  chan struct{}
	spare bool // not needed if a connection becomes fit
	c     *conn.Conn
	err   error
}

const (
	// fillFirst is how many calls a shared connection has in flight before the next connection is used: it is
	// cheaper to send many requests together.
	fillFirst = 16
	// mostShared is the most shared connections, unless the configuration asks for more.
	mostShared = 8
	// extraFor is how long an unused extra connection is kept.
	extraFor = 10 * time.Second
)

// makeSlots makes the slots for this number of configured connections.
func makeSlots(configured int) []slot { return make([]slot, max(configured+1, mostShared)) }

// home returns the slots of the configuration.
func (p *Pool) home() []slot { return p.slots[:p.cfg.Shared] }

// extra returns the other slots.
func (p *Pool) extra() []slot { return p.slots[p.cfg.Shared:] }

// Ready returns the shared connection if there is only one, it is fit, and no check is due; otherwise nil.
func (p *Pool) Ready() *conn.Conn {
	if p.cfg.Shared > 1 || p.cfg.HealthCheck > 0 {
		return nil
	}
	c := p.slots[0].cur.Load()
	if c == nil || !c.Fit() {
		return nil
	}
	return c
}

// ReplyTime returns how long the server takes to answer, as the shared connections have seen it. It is 0 if
// none has.
func (p *Pool) ReplyTime() time.Duration {
	home := p.home()
	for i := range home {
		if c := home[i].cur.Load(); c != nil && !c.Down() {
			return c.ReplyTime()
		}
	}
	return 0
}

// Shared returns a connection that callers share. It connects if necessary.
func (p *Pool) Shared(ctx context.Context) (*conn.Conn, error) {
	for {
		c, err := p.obtain(ctx)
		if err == nil && p.Overdue(c) {
			c, err = p.checked(ctx, c)
		}
		if c != nil || err != nil {
			return c, err
		}
	}
}

// obtain returns a shared connection, without a health check.
func (p *Pool) obtain(ctx context.Context) (*conn.Conn, error) {
	for {
		if c := p.handy(); c != nil {
			return c, nil
		}
		ch, err := p.choose()
		if ch.c != nil || err != nil {
			return ch.c, err
		}
		c, err := p.await(ctx, ch)
		if c != nil && ch.large != nil && c != ch.large {
			p.mu.Lock()
			p.stats.PassedBy++
			p.mu.Unlock()
		}
		if c != nil || err != nil {
			return c, err
		}
	}
}

// handy returns the first fit connection that is not busy, or else the one with the fewest calls, without
// taking Pool.mu. It returns nil if the choice needs the lock.
func (p *Pool) handy() *conn.Conn {
	var best *conn.Conn
	least := 0
	home := p.home()
	for i := range home {
		c := home[i].cur.Load()
		if c == nil || !c.Fit() {
			return nil
		}
		if len(home) == 1 {
			return c
		}
		load := c.Load()
		if load < fillFirst {
			return c
		}
		if best == nil || load < least {
			best, least = c, load
		}
	}
	return best
}

// choice is a connection for a call, or the events that the call must wait for.
type choice struct {
	c     *conn.Conn
	d     *dialing      // nil if there is no dial to wait for
	turn  chan struct{} // closed when another connection may be fit
	large *conn.Conn    // used if the dial fails; nil if the call should fail
}

// await waits for the end of the attempt to connect. If it returns neither a connection nor an error, the
// caller must choose again.
func (p *Pool) await(ctx context.Context, ch choice) (*conn.Conn, error) {
	var done chan struct{}
	if ch.d != nil {
		done = ch.d.done
	}
	select {
	case <-done:
		return ch.dialed()
	case <-ch.turn:
		select {
		case <-done: // a new connection is better than another choice
			return ch.dialed()
		default:
			return nil, nil
		}
	case <-ctx.Done():
		return nil, p.gaveUp(ctx)
	}
}

// dialed returns the result of the attempt to connect.
func (ch choice) dialed() (*conn.Conn, error) {
	if ch.d.err != nil && ch.large != nil && ch.large.Err() == nil {
		return ch.large, nil
	}
	return ch.d.c, ch.d.err
}

// choose returns the connection for a new call: the first configured slot whose connection is not busy, or
// which has no connection yet; otherwise the connection with the fewest calls. If no configured connection is
// fit, it is an extra connection.
//
// A connection that receives a large reply is passed by while there is another connection, or may be soon.
//
// While a connection is suspect, other connections are used. A new one is dialled only if there is no other:
// the server may be slow, and each further connection would add to its work.
func (p *Pool) choose() (choice, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.sealed {
		return choice{}, ErrClosed
	}
	var best, large *conn.Conn
	least := 0
	home := p.home()
	for i := range home {
		s := &home[i]
		c := s.cur.Load()
		if c == nil || c.Down() {
			if c = p.promote(s); c == nil {
				if p.doubtful() {
					continue
				}
				ch := p.dialIn(s)
				ch.large = large
				return ch, nil
			}
		}
		if !c.Fit() {
			if large == nil && c.Passed() {
				large = c
			}
			continue
		}
		load := c.Load()
		if best == nil || load < least {
			best, least = c, load
		}
		if load < fillFirst {
			break
		}
	}
	if best == nil {
		best = p.spareOne()
	}
	switch {
	case best == nil && large == nil:
		return p.withoutFit(), nil
	case best == nil:
		return p.besideLarge(), nil
	case large != nil:
		p.stats.PassedBy++
	}
	return choice{c: best}, nil
}

// besideLarge chooses while all connections that are not suspect receive large replies: the call waits for
// another connection or for the end of a large reply, or shares the connection with the fewest calls. mu is
// held.
func (p *Pool) besideLarge() choice {
	var large *conn.Conn
	var vacant *slot
	least := 0
	for i := range p.slots {
		s := &p.slots[i]
		c := s.cur.Load()
		switch {
		case c == nil || c.Down():
			if vacant == nil || s.dialing != nil {
				vacant = s
			}
		case c.Passed():
			if load := c.Load(); large == nil || load < least {
				large, least = c, load
			}
			if c.Want(); c.Fit() { // the reply has just ended
				return choice{c: c}
			}
		}
	}
	if large == nil {
		return p.withoutFit()
	}
	if vacant == nil || p.doubtful() || vacant.pace.notUntil > conn.Now() ||
		vacant.dialing == nil && p.sharedNow() >= mostShared {
		return choice{c: large}
	}
	ch := p.dialIn(vacant)
	ch.large = large
	return ch
}

// withoutFit chooses while no shared connection is fit. mu is held.
func (p *Pool) withoutFit() choice {
	var vacant *slot
	for i := range p.slots {
		s := &p.slots[i]
		c := s.cur.Load()
		switch {
		case undecided(c):
			return choice{turn: p.turning()} // the trial ends soon, or the connection is put aside soon
		case s.dialing != nil:
			return p.dialIn(s)
		case vacant == nil && (c == nil || c.Down()):
			vacant = s
		}
	}
	if vacant == nil || p.sharedNow() >= len(p.slots) {
		return choice{turn: p.turning()}
	}
	return p.dialIn(vacant)
}

// spareOne returns the first extra connection that is fit and not busy, or else the one with the fewest
// calls. mu is held.
func (p *Pool) spareOne() (best *conn.Conn) {
	var at *slot
	least := 0
	extra := p.extra()
	for i := range extra {
		c := extra[i].cur.Load()
		if c == nil || !c.Fit() {
			continue
		}
		if load := c.Load(); best == nil || least >= fillFirst && load < least {
			at, best, least = &extra[i], c, load
		}
	}
	if at != nil {
		at.used = conn.Now()
	}
	return best
}

// promote moves a fit extra connection to a vacant slot of the configuration and returns it; nil if there is
// none. mu is held.
func (p *Pool) promote(to *slot) *conn.Conn {
	extra := p.extra()
	for i := range extra {
		if c := extra[i].cur.Load(); c != nil && c.Fit() {
			extra[i].cur.Store(nil)
			to.cur.Store(c) // the old connection had failed
			return c
		}
	}
	return nil
}

// sharedNow returns the number of shared connections, including those being made. mu is held.
func (p *Pool) sharedNow() int {
	n := len(p.aside)
	for i := range p.slots {
		s := &p.slots[i]
		if c := s.cur.Load(); c != nil && !c.Down() {
			n++
		}
		if s.dialing != nil {
			n++
		}
	}
	return n
}

// dialIn joins the attempt to fill a slot, or starts one. mu is held, and the pool is not closed.
func (p *Pool) dialIn(s *slot) choice {
	if s.dialing == nil {
		d := &dialing{done: make(chan struct{}), spare: p.doubtful()}
		s.dialing = d
		p.begin(func() func() { return p.fill(s, d) })
	}
	return choice{d: s.dialing, turn: p.turning()}
}

// turning returns the channel that is closed when callers should choose again. mu is held.
func (p *Pool) turning() chan struct{} {
	if p.turn == nil {
		p.turn = make(chan struct{})
	}
	return p.turn
}

// turned makes waiting callers choose again. mu is held.
func (p *Pool) turned() {
	if p.turn != nil {
		close(p.turn)
		p.turn = nil
	}
}

// failed notes that a shared connection, whose dial or check began at that time, was useless.
func (p *Pool) failed(c *conn.Conn, began time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.slots {
		if p.slots[i].cur.Load() == c {
			p.slots[i].pace.fail(&p.cfg, began)
		}
	}
}

// fill makes the connection for a slot.
func (p *Pool) fill(s *slot, d *dialing) (tell func()) {
	p.mu.Lock()
	until := s.pace.notUntil
	p.mu.Unlock()
	p.pause(until)
	if d.spare {
		if d.c = p.reprieve(); d.c != nil {
			p.mu.Lock()
			s.dialing = nil
			close(d.done)
			p.mu.Unlock()
			return nil
		}
	}
	began := conn.Now()
	d.c, tell, d.err = p.dial(nil)
	if d.err != nil && p.ctx.Err() != nil {
		d.err = ErrClosed
	}
	var old *conn.Conn
	p.mu.Lock()
	s.dialing = nil
	if d.err != nil {
		s.pace.fail(&p.cfg, began)
	} else {
		s.pace = pace{}
		old = p.settle(s, d.c)
	}
	close(d.done)
	if d.err == nil {
		p.turned() // for callers that do not wait for this attempt
	}
	p.mu.Unlock()
	if old != nil {
		old.Retire()
		p.forgetEnded(old)
	}
	return tell
}

// settle puts a connection into a slot, or into an extra slot if the first slot has a fit connection now. It
// returns the connection that has no slot now, nil if there is none. mu is held.
func (p *Pool) settle(s *slot, c *conn.Conn) (old *conn.Conn) {
	if cur := s.cur.Load(); cur == nil || cur.Down() {
		return s.cur.Swap(c)
	}
	extra := p.extra()
	for i := range extra {
		if cur := extra[i].cur.Load(); cur == nil || cur.Down() {
			extra[i].used = conn.Now()
			return extra[i].cur.Swap(c)
		}
	}
	return c
}

// forgetEnded forgets a connection unless it has calls in flight.
func (p *Pool) forgetEnded(c *conn.Conn) {
	if c.Err() != nil {
		p.forget(c)
	}
}
