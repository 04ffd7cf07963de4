package pool

import (
	"context"
	"time"

	"github.com/redpoll-go/redpoll/internal/backoff"
	"github.com/redpoll-go/redpoll/internal/conn"
)

// A suspect connection has some time to answer its PING before another one is dialled: until it has been
// silent for silentBefore and for reprieveTicks short waits, but at most reprieveMost. A server stops for
// such a time now and then, because it lacks CPU time or forks. If this process lacks CPU time, each short
// wait takes longer too. Calls wait either for the reply or for the new connection.
const (
	silentBefore  = 60 * time.Millisecond
	reprieveTick  = 2 * time.Millisecond
	reprieveTicks = 10
	reprieveMost  = 80 * time.Millisecond
)

// silentMore is how long a suspect connection must stay silent after a reply on another connection, before it
// is closed.
const silentMore = time.Second

// suspected is a shared connection that takes no new calls, because a call gave up while the connection was
// silent.
type suspected struct {
	c         *conn.Conn
	since     time.Duration // begin of the silence
	disproved time.Duration // when another connection got a reply; 0 if none did
}

// reconsider is called when a connection becomes suspect, is cleared, or fails while suspect. No lock is
// held.
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

// suspect puts a silent connection aside. It returns the other shared connections that are not newer, to be
// tried: they may be dead too, and each dead one would cost its callers their deadlines. mu is held.
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

// takeBack gives a slot to a connection that was suspect, or forgets the connection if it has failed. It
// returns the connection that has no slot now, nil if there is none. mu is held.
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

// reprieve waits before another connection is dialled for a suspect one. It returns a connection that has
// become fit in the meantime, nil if there is none.
func (p *Pool) reprieve() *conn.Conn {
	first := conn.Now()
	for ticks := 0; ; {
		began := conn.Now()
		p.mu.Lock()
		silent := began // begin of the longest silence
		for _, a := range p.aside {
			silent = min(silent, a.since)
			if a.c.Late() {
				ticks = 0 // the connection has answered
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

// anyFit returns a shared connection that is fit, nil if there is none. mu is held.
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

// undecided reports whether a connection, which may be nil, is suspect or on trial. A failed connection keeps
// these marks, but nobody reports the end of its trial, so it does not count.
func undecided(c *conn.Conn) bool { return c != nil && !c.Down() && (c.OnTrial() || c.Suspect()) }

// tend handles suspect and extra connections. The watchdog calls it.
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

// disprove returns the suspect connections to close as soon as no call waits on them. For such a connection,
// the server has answered a request on another connection that was sent after the PING, and the suspect
// connection has stayed silent for silentMore. mu is held.
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

// witness returns a connection to ask whether the server answers; nil if this is known or there is no such
// connection. mu is held.
func (p *Pool) witness() *conn.Conn {
	for i := range p.aside {
		if p.aside[i].disproved != 0 {
			continue
		}
		return p.anyFit()
	}
	return nil
}

// shrink removes and returns extra connections that no call has needed for extraFor. mu is held.
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

// unproven reports whether a lent connection may be dead like another one that failed in silence: no request
// has been answered on it since then.
func (p *Pool) unproven(c *conn.Conn) bool {
	doubted := time.Duration(p.doubted.Load())
	return doubted > 0 && c.Answered() < doubted
}

// prove pings an unproven connection, and closes it if the reply takes much longer than usual on this
// connection.
func (p *Pool) prove(ctx context.Context, c *conn.Conn) error {
	short, cancel := context.WithTimeout(ctx, c.Limit())
	defer cancel()
	err := p.ping(short, c)
	if err != nil && ctx.Err() == nil {
		c.Abort(conn.ErrSuspect)
	}
	return err
}
