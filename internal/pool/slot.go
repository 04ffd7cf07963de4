package pool

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
)

// slot is the place of one shared connection. However many callers need it, one attempt to connect is under way
// at a time, and failed attempts are spaced out. It is guarded by Pool.mu, but for a look at cur.
//
// The first slots are those of the configuration. The others are extra ones, filled while no connection of the first is fit
// for another call, and emptied again.
type slot struct {
	cur     atomic.Pointer[conn.Conn]
	dialing *dialing
	pace    pace
	used    time.Duration // when a call needed it last, if it is an extra one
}

// dialing is an attempt to connect that callers wait for. It is nobody's own: a caller that gives up does not take
// the connection away from the others.
type dialing struct {
	done  chan struct{}
	spare bool // it is for want of a fit connection, and not needed if there is one
	c     *conn.Conn
	err   error
}

const (
	// fillFirst is how many calls a shared connection has under way before the next one is used: gathered
	// requests are cheaper than spread ones.
	fillFirst = 16
	// mostShared is how many shared connections there are at most, if the configuration does not ask for more.
	mostShared = 8
	// extraFor is how long an extra connection is kept that no call needs.
	extraFor = 10 * time.Second
)

// makeSlots gives the places for so many configured connections.
func makeSlots(configured int) []slot { return make([]slot, max(configured+1, mostShared)) }

// home gives the slots of the configuration.
func (p *Pool) home() []slot { return p.slots[:p.cfg.Shared] }

// extra gives the other slots.
func (p *Pool) extra() []slot { return p.slots[p.cfg.Shared:] }

// Ready gives the shared connection if there is one, it is fit, and nothing has to be checked or chosen; else nil.
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

// Shared gives a connection for a command that may travel with others. It connects when it has to.
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

// obtain gives a shared connection, without a health check.
func (p *Pool) obtain(ctx context.Context) (*conn.Conn, error) {
	for {
		if c := p.handy(); c != nil {
			return c, nil
		}
		ch, err := p.choose()
		if ch.c != nil || err != nil {
			return ch.c, err
		}
		c, err := ch.await(ctx)
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

// handy gives the first fit connection that is not busy, or else the one with the least to do, without a lock of the pool; nil if
// there is more to decide.
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

// choice is a connection for a call, or what the call has to wait for.
type choice struct {
	c     *conn.Conn
	d     *dialing      // nil if nothing is dialled for it
	turn  chan struct{} // closed when another connection may be fit
	large *conn.Conn    // to be used if the attempt to connect fails; nil if it would be the call's failure
}

// await waits for the end of the attempt to connect. It gives nothing at all when the caller has to choose again.
func (ch choice) await(ctx context.Context) (*conn.Conn, error) {
	var done chan struct{}
	if ch.d != nil {
		done = ch.d.done
	}
	select {
	case <-done:
		return ch.dialed()
	case <-ch.turn:
		select {
		case <-done: // what was dialled for it is better than nothing, or than another choice
			return ch.dialed()
		default:
			return nil, nil
		}
	case <-ctx.Done():
		return nil, conn.NewGaveUp(ctx, conn.NotSent)
	}
}

// dialed gives what the attempt to connect has brought.
func (ch choice) dialed() (*conn.Conn, error) {
	if ch.d.err != nil && ch.large != nil && ch.large.Err() == nil {
		return ch.large, nil
	}
	return ch.d.c, ch.d.err
}

// choose gives the connection for a new call: of the configured ones the first that is not busy, a place without a
// connection included, or else the one with the least to do. If none of them is fit it is an extra one.
//
// A connection in the middle of a large reply is passed by while there is another one, or may be.
//
// While a connection is suspect others are used, and one is dialled only if there is no other: the server may be slow, and then
// each further connection would only add to its work.
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

// besideLarge is what a call does while the shared connections that are not suspect are in the middle of large replies: it waits for
// another connection, or for the end of one of these replies, or shares the one with the least to do. mu is held.
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
			if c.Want(); c.Fit() { // it has just ended
				return choice{c: c}
			}
		}
	}
	if large == nil {
		return p.withoutFit()
	}
	if vacant == nil || p.doubtful() || vacant.pace.notUntil > conn.Now() || vacant.dialing == nil && p.sharedNow() >= mostShared {
		return choice{c: large}
	}
	ch := p.dialIn(vacant)
	ch.large = large
	return ch
}

// withoutFit is what a call does while no shared connection is fit. mu is held.
func (p *Pool) withoutFit() choice {
	var vacant *slot
	for i := range p.slots {
		s := &p.slots[i]
		c := s.cur.Load()
		switch {
		case undecided(c):
			return choice{turn: p.turning()} // it is known soon, or about to be put aside
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

// spareOne gives the first extra connection that is fit and not busy, or else the one with the least to do. mu is held.
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

// promote moves a fit extra connection to a vacant slot of the configuration; nil if there is none. mu is held.
func (p *Pool) promote(to *slot) *conn.Conn {
	extra := p.extra()
	for i := range extra {
		if c := extra[i].cur.Load(); c != nil && c.Fit() {
			extra[i].cur.Store(nil)
			to.cur.Store(c) // what was there had failed
			return c
		}
	}
	return nil
}

// sharedNow is the number of shared connections, those being made included. mu is held.
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

// dialIn joins the attempt to fill a slot that is under way or starts one. mu is held, and the pool is not closed.
func (p *Pool) dialIn(s *slot) choice {
	if s.dialing == nil {
		d := &dialing{done: make(chan struct{}), spare: p.doubtful()}
		s.dialing = d
		p.begin(func() func() { return p.fill(s, d) })
	}
	return choice{d: s.dialing, turn: p.turning()}
}

// turning gives the channel that is closed when callers should choose again. mu is held.
func (p *Pool) turning() chan struct{} {
	if p.turn == nil {
		p.turn = make(chan struct{})
	}
	return p.turn
}

// turned makes callers that wait choose again. mu is held.
func (p *Pool) turned() {
	if p.turn != nil {
		close(p.turn)
		p.turn = nil
	}
}

// failed notes that a shared connection which was made since then turned out to be of no use.
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

// settle puts a connection into a slot, or into an extra one if a fit connection has come there meanwhile. It gives the
// connection that has no place any more, nil if there is none. mu is held.
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

// forgetEnded takes a connection off the books unless calls are under way on it.
func (p *Pool) forgetEnded(c *conn.Conn) {
	if c.Err() != nil {
		p.forget(c)
	}
}
