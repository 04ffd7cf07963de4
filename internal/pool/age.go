package pool

import (
	"math/rand/v2"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
)

// Connections end at a certain age, so that a name that leads to another server by now is followed, and so are other credentials. A
// shared one is replaced before it ends, and no call notices. One that is lent ends when it is given back.

// lifetime is how long a new connection may live, Config.MaxAge within a tenth, so that those made together do not end together. It is
// given as the time when it is over; 0 if there is no such time.
func (p *Pool) lifetime() time.Duration {
	if p.cfg.MaxAge <= 0 {
		return 0
	}
	tenth := p.cfg.MaxAge / 10
	return conn.Now() + p.cfg.MaxAge - tenth + rand.N(2*tenth+1)
}

// aged reports whether the lifetime of a connection is over. mu is held.
func (p *Pool) aged(c *conn.Conn, now time.Duration) bool {
	ends := p.all[c].ends
	return ends > 0 && now > ends
}

// againIn is how long a connection lives on when no other one could be made for it.
const againIn = 30 * time.Second

// replaceOld begins to replace shared connections whose lifetime is over, one after the other.
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

// replaceIn makes a connection that takes the place of an old one in a slot.
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
	default: // the old one has gone by itself
		rest := p.settle(s, c)
		p.mu.Unlock()
		if rest != nil {
			rest.Retire()
		}
	}
	p.sweep()
	return tell
}
