package pool

import (
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
)

// demotion is what is known of a server that takes no writes although it should. Its name may lead to another one by now.
type demotion struct {
	fresh int           // the era of the connections that were made because of it; 0: there are none
	final time.Duration // until when it is believed that no other connection helps
}

// believed is how long it is believed. Callers of writes would make connections all the time otherwise.
const believed = time.Second

// Demoted is told that the server at the other end of a connection has refused a write since it is a replica. It reports whether
// the write may succeed over another connection: the name of the server is resolved anew for that, and so the connections that
// were made before are retired. When a connection that was made for this reason is refused too, that is final for a second. Pools
// for replicas never do this.
func (p *Pool) Demoted(c *conn.Conn) bool {
	if p.cfg.Conn.Role == conn.Replica {
		return false
	}
	p.mu.Lock()
	d, now := &p.demotion, conn.Now()
	m, known := p.all[c]
	switch {
	case now < d.final:
		p.mu.Unlock()
		return false
	case !known || m.era != p.era:
		p.mu.Unlock()
		return true // there are other connections already, or will be
	case m.era == d.fresh:
		d.fresh, d.final = 0, now+believed
		p.mu.Unlock()
		return false
	}
	d.fresh = p.era + 1
	p.mu.Unlock()
	p.cfg.Conn.Logger.Warn("redpoll: the server takes no writes: its name is resolved anew", "node", p.cfg.Conn.Addr)
	p.Reset()
	return true
}
