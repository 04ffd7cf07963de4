package pool

import (
	"errors"

	"github.com/redpoll-go/redpoll/internal/conn"
)

// Authenticate sends a command that renews the credentials of every connection, behind what is under way on it. A connection whose
// server refuses it goes on with its old ones until its calls have ended, and is replaced then. Connections that are just being made
// renew theirs when they are ready. It does not wait.
func (p *Pool) Authenticate(wire []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.renewal = &wire
	for c := range p.all {
		p.renew(c)
	}
}

// renew sends the renewal over a connection. mu is held.
func (p *Pool) renew(c *conn.Conn) {
	if p.closed {
		return
	}
	wire := *p.renewal
	p.begin(func() (tell func()) {
		err := c.Ask(p.ctx, wire, func([]byte) {})
		if refused := (*conn.Refused)(nil); errors.As(err, &refused) {
			p.cfg.Conn.Logger.Warn("redpoll: renewed credentials were refused", "node", p.cfg.Conn.Addr, "error", err)
			c.Retire()
		}
		return nil
	})
}
