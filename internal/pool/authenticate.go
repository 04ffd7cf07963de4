package pool

import (
	"errors"

	"github.com/redpoll-go/redpoll/internal/conn"
)

// Authenticate sends a command with new credentials over every connection, behind the calls in flight. If the
// server refuses the command, the connection keeps its old credentials until its calls have ended, and is
// then replaced. Connections that are being made renew their credentials when they are ready. Authenticate
// does not wait.
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
			p.cfg.Conn.Logger.Warn("redpoll: renewed credentials were refused", "node", p.cfg.Conn.Addr,
				"error", err)
			c.Retire()
		}
		return nil
	})
}
