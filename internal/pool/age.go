package pool

import (
	"math/rand/v2"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
)

// Connections end at a certain age, so that the pool follows a name that leads to another server now, and
// uses new credentials. A shared connection is replaced before it ends, and no call notices. A lent
// connection ends when it is given back.

// lifetime returns the time when a new connection becomes too old; 0 if there is no such time. The time
// varies by a tenth of Config.MaxAge, so that connections made together do not end together. mu is held.
func (p *Pool) lifetime(c *conn.Conn) time.Duration {
	age := p.cfg.MaxAge
	if p.standIn(c.Node()) && (age <= 0 || age > standInFor) {
		age = standInFor // then one of the others may do again
	}
	if age <= 0 {
		return 0
	}
	tenth := age / 10
	return conn.Now() + age - tenth + rand.N(2*tenth+1)
}

// aged reports whether a connection is too old. mu is held.
func (p *Pool) aged(c *conn.Conn, now time.Duration) bool {
	ends := p.all[c].ends
	return ends > 0 && now > ends
}

// againIn is how long an old connection lives on after its replacement failed to connect.
const againIn = 30 * time.Second

// replaceOld begins to replace shared connections that are too old, one after the other.
func (p *Pool) replaceOld(now time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.replacing || p.closed || p.sealed {
		return
	}
	home := p.home()
	for i := range home {
		if c := home[i].cur.Load(); c != nil && c.Fit() && p.aged(c, now) {
			p.replacing = true
			p.begin(func() (tell func()) { return p.replaceIn(&home[i], c) })
			return
		}
	}
}

// replaceIn makes a connection that replaces an old one in a slot.
func (p *Pool) replaceIn(s *slot, old *conn.Conn) (tell func()) {
	c, tell, err := p.dial(nil)
	p.mu.Lock()
	p.replacing = false
	switch {
	case err != nil:
		if m, known := p.all[old]; known {
			m.ends = conn.Now() + againIn
			p.all[old] = m
		}
		p.mu.Unlock()
		return tell
	case s.cur.CompareAndSwap(old, c):
		p.mu.Unlock()
		old.Retire()
	default: // the old connection is not in the slot any more
		rest := p.settle(s, c)
		p.mu.Unlock()
		if rest != nil {
			rest.Retire()
		}
	}
	p.sweep()
	return tell
}
