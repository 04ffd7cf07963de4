package pool

import (
	"context"
	"time"

	"github.com/redpoll-go/redpoll/internal/backoff"
	"github.com/redpoll-go/redpoll/internal/conn"
)

// A suspect connection has some time to answer its PING before another one is dialled: until it has been silent for silentBefore, and
// for reprieveTicks short waits in any case, but no longer than reprieveMost. Servers stand still that long now and then, for want of CPU
// time or while they fork, and if it is we who lack CPU time each of these waits takes the longer. Calls wait for the one or the other.
const (
	silentBefore  = 60 * time.Millisecond
	reprieveTick  = 2 * time.Millisecond
	reprieveTicks = 10
	reprieveMost  = 80 * time.Millisecond
)

// silentMore is how long a suspect connection must stay silent after another one was answered, before it is closed.
const silentMore = time.Second

// suspected is a shared connection that takes no new calls, since a call gave up on its silence.
type suspected struct {
	c         *conn.Conn
	since     time.Duration // the beginning of its silence
	disproved time.Duration // when it was seen that the server answers on another connection; 0 if it was not
}

// reconsider is told of each connection that has become suspect, is so no more, or has failed in that state. No lock is held.
func (p *Pool) reconsider(c *conn.Conn) {
	p.mu.Lock()
	m, known := p.all[c]
	if !known || p.closed {
		p.mu.Unlock()
		return
	}
	var try []*conn.Conn
	var old *conn.Conn
	switch {
	case c.Suspect() && !c.Down():
		try = p.suspect(c, m.sub == nil)
	case m.sub == nil:
		old = p.takeBack(c)
	}
	p.turned()
	p.mu.Unlock()
	for _, other := range try {
		other.Try()
	}
	if old != nil {
		old.Retire()
	}
}

// suspect puts a silent connection aside. It gives the other shared connections that are not newer: the same may have happened
// to them, and if nobody asked them each would cost its callers their deadlines. mu is held.
func (p *Pool) suspect(c *conn.Conn, shared bool) (try []*conn.Conn) {
	since, to := c.Silence()
	p.doubted.Store(max(p.doubted.Load(), int64(to)))
	if !shared {
		p.stats.Suspects++
		return nil
	}
	for i := range p.aside {
		if p.aside[i].c == c {
			return nil
		}
	}
	p.stats.Suspects++
	p.aside = append(p.aside, suspected{c: c, since: since})
	for i := range p.slots {
		s := &p.slots[i]
		switch cur := s.cur.Load(); {
		case cur == c:
			s.cur.Store(nil)
		case cur != nil && cur.Made() < to:
			try = append(try, cur)
		}
	}
	return try
}

// takeBack gives a connection a place again that was suspect, or forgets it if it has failed. It gives the connection that has no
// place any more, nil if there is none. mu is held.
func (p *Pool) takeBack(c *conn.Conn) (old *conn.Conn) {
	for i := range p.aside {
		if p.aside[i].c != c {
			continue
		}
		p.aside = append(p.aside[:i], p.aside[i+1:]...)
		if c.Down() {
			return nil
		}
		home := p.home()
		for i := range home {
			if cur := home[i].cur.Load(); cur == nil || cur.Down() {
				return home[i].cur.Swap(c)
			}
		}
		return p.settle(&home[0], c)
	}
	return nil
}

// reprieve waits before another connection is dialled for a suspect one. It gives a connection that has become fit meanwhile, nil
// if there is none.
func (p *Pool) reprieve() *conn.Conn {
	first := conn.Now()
	for ticks := 0; ; {
		began := conn.Now()
		p.mu.Lock()
		silent := began // the beginning of the longest silence
		for _, a := range p.aside {
			silent = min(silent, a.since)
			if a.c.Late() {
				ticks = 0 // it has answered
			}
		}
		c := p.anyFit()
		turn := p.turning()
		p.mu.Unlock()
		enough := ticks >= reprieveTicks && began-silent >= silentBefore || began-first >= reprieveMost
		if c != nil || enough || !backoff.Wait(p.ctx, reprieveTick, turn) {
			return c
		}
		if conn.Now()-began >= reprieveTick {
			ticks++
		}
	}
}

// anyFit gives a shared connection that is fit, nil if there is none. mu is held.
func (p *Pool) anyFit() *conn.Conn {
	for i := range p.slots {
		if c := p.slots[i].cur.Load(); c != nil && c.Fit() {
			return c
		}
	}
	return nil
}

// doubtful reports whether a shared connection is suspect or on trial. mu is held.
func (p *Pool) doubtful() bool {
	if len(p.aside) > 0 {
		return true
	}
	for i := range p.slots {
		if undecided(p.slots[i].cur.Load()) {
			return true
		}
	}
	return false
}

// undecided reports whether a connection, which may be nil, is suspect or on trial. One that has failed meanwhile keeps these marks, and
// nobody would ever tell what becomes of it.
func undecided(c *conn.Conn) bool { return c != nil && !c.Down() && (c.OnTrial() || c.Suspect()) }

// tend looks after suspect and extra connections. The watchdog calls it.
func (p *Pool) tend(now time.Duration) {
	p.mu.Lock()
	over := p.disprove(now)
	var ask *conn.Conn
	if over == nil && len(p.aside) > 0 {
		ask = p.witness()
	}
	old := p.shrink(now)
	p.mu.Unlock()
	for _, c := range over {
		c.EndDeserted()
	}
	if ask != nil {
		ask.Inquire()
	}
	for _, c := range old {
		c.Retire()
	}
}

// disprove gives the suspect connections that are to be closed as soon as nobody waits on them: the server has answered a request
// on another connection that was sent after their PING, and they have been silent for some time since. mu is held.
func (p *Pool) disprove(now time.Duration) (over []*conn.Conn) {
	for i := range p.aside {
		a := &p.aside[i]
		if a.disproved == 0 {
			asked := a.c.Asked()
			for c := range p.all {
				if !c.Down() && !c.Suspect() && c.Answered() > asked {
					a.disproved = now
					break
				}
			}
			continue
		}
		if now-a.disproved >= silentMore {
			over = append(over, a.c)
		}
	}
	return over
}

// witness gives a connection to be asked whether the server answers, nil if that is known or there is none. mu is held.
func (p *Pool) witness() *conn.Conn {
	for i := range p.aside {
		if p.aside[i].disproved != 0 {
			continue
		}
		return p.anyFit()
	}
	return nil
}

// shrink takes out extra connections that no call has needed for some time. mu is held.
func (p *Pool) shrink(now time.Duration) (old []*conn.Conn) {
	extra := p.extra()
	for i := range extra {
		if c := extra[i].cur.Load(); c != nil && (c.Down() || now-extra[i].used > extraFor) {
			extra[i].cur.Store(nil)
			old = append(old, c)
		}
	}
	return old
}

// unproven reports whether a lent connection may be as dead as another one that has failed in silence: no request is known to
// have been answered on it since.
func (p *Pool) unproven(c *conn.Conn) bool {
	doubted := time.Duration(p.doubted.Load())
	return doubted > 0 && c.Answered() < doubted
}

// prove asks an unproven connection for a sign of life, and closes it if none comes within the time that the connection usually
// takes and some more.
func (p *Pool) prove(ctx context.Context, c *conn.Conn) error {
	short, cancel := context.WithTimeout(ctx, c.Limit())
	defer cancel()
	err := p.ping(short, c)
	if err != nil && ctx.Err() == nil {
		c.Abort(conn.ErrSuspect)
	}
	return err
}
