package pool

import (
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
)

// demotion is the state of a server that refuses writes because it is a replica. The server's name may lead
// to another server now.
type demotion struct {
	fresh int           // era of the connections made for this reason; 0 if none
	final time.Duration // until when no new connection is tried
}

// believed is how long Demoted does not try another connection. Without it callers of writes would make
// connections all the time.
const believed = time.Second

// Demoted is called when the server refused a write over a connection because the server is a replica. It
// reports whether the write may succeed over another connection. For this the name of the server is resolved
// again, so older connections are retired. If a connection made for this reason is refused too, Demoted
// returns false for one second. Pools for replicas always return false. A pool with a Locator asks it again,
// however often the role changes: the Locator decides how long to wait.
func (p *Pool) Demoted(c *conn.Conn) bool {
	if p.cfg.Conn.Role == conn.Replica {
		return false
	}
	if p.cfg.Locator != nil {
		p.cfg.Locator.Doubt(c.Node(), conn.ErrNotPrimary)
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
		return true // other connections exist already, or will soon
	case m.era == d.fresh && p.cfg.Locator == nil:
		d.fresh, d.final = 0, now+believed
		p.mu.Unlock()
		return false
	}
	d.fresh = p.era + 1
	p.mu.Unlock()
	p.cfg.Conn.Logger.Warn("redpoll: the server takes no writes: its name is resolved anew", "node",
		p.cfg.Conn.Addr)
	p.Reset()
	return true
}
