package pool

import (
	"maps"
	"slices"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
)

// anyOf is the choice of a pool that leads to any of several replicas, and to the primary, which stands in
// for them, if none of them will do.
type anyOf struct {
	addrs []string // of the Locator's last answer; the last one is that of the stand-in
	// unready has the servers that cannot answer for now, and until when they are the last choice.
	unready map[string]time.Duration
}

const (
	// unreadyFor is how long a server that cannot answer for now gets no connection while there are others.
	unreadyFor = time.Second
	// standInFor is the lifetime of a connection to the stand-in, give or take a tenth.
	standInFor = 10 * time.Second
)

// Unready is called when a server cannot answer for now, because it loads its data or has lost its primary.
// It reports whether the pool leads to another server from now on. Only pools of replicas may do so.
func (p *Pool) Unready(c *conn.Conn) bool {
	if !p.chooses() {
		return false
	}
	now := conn.Now()
	p.mu.Lock()
	if p.anyOf.unready == nil {
		p.anyOf.unready = make(map[string]time.Duration)
	}
	maps.DeleteFunc(p.anyOf.unready, func(_ string, until time.Duration) bool { return until <= now })
	p.anyOf.unready[c.Node()] = now + unreadyFor
	ready := func(addr string) bool { return p.anyOf.unready[addr] == 0 }
	another := slices.ContainsFunc(p.anyOf.addrs, ready)
	m, known := p.all[c]
	current := known && m.era == p.era
	p.mu.Unlock()
	if another && current {
		p.Reset()
	}
	return another
}

// chooses reports whether any of several servers will do.
func (p *Pool) chooses() bool { return p.cfg.Locator != nil && p.cfg.Conn.Role == conn.Replica }

// readyFirst puts servers that cannot answer for now behind the others.
func (p *Pool) readyFirst(list []*conn.Config) []*conn.Config {
	if !p.chooses() {
		return list
	}
	now := conn.Now()
	var ready, unready []*conn.Config
	p.mu.Lock()
	defer p.mu.Unlock()
	p.anyOf.addrs = nil
	for _, cfg := range list {
		p.anyOf.addrs = append(p.anyOf.addrs, cfg.Addr)
		if now < p.anyOf.unready[cfg.Addr] {
			unready = append(unready, cfg)
			continue
		}
		ready = append(ready, cfg)
	}
	return append(ready, unready...)
}

// standIn reports whether a server stands in for others. mu is held.
func (p *Pool) standIn(addr string) bool {
	n := len(p.anyOf.addrs)
	return n > 1 && p.anyOf.addrs[n-1] == addr
}
