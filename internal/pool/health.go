package pool

import (
	"context"
	"errors"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/resp"
)

// ErrHealth is the failure of a connection on which something came back for the PING of a health check that
// is neither PONG nor an error reply: its replies do not belong to their commands any more.
var ErrHealth = errors.New("bad response from the PING of the health check")

// Overdue reports whether a connection has gone without a reply for longer than the interval.
func (p *Pool) Overdue(c *conn.Conn) bool {
	return p.cfg.HealthCheck > 0 && conn.Now()-c.Replied() > p.cfg.HealthCheck
}

// Healthy pings a connection if it is due. A connection that fails the check is closed.
func (p *Pool) Healthy(ctx context.Context, c *conn.Conn) error {
	if !p.Overdue(c) {
		return nil
	}
	return p.ping(ctx, c)
}

// Proven pings the lent connection that replaces one which failed its check. When it fails too it is dropped.
func (p *Pool) Proven(ctx context.Context, c *conn.Conn) (*conn.Conn, error) {
	began := conn.Now()
	if err := p.ping(ctx, c); err != nil {
		p.mu.Lock()
		if sub := p.all[c].sub; sub != nil {
			sub.pace.fail(&p.cfg, began)
		}
		p.mu.Unlock()
		p.Drop(c)
		return nil, err
	}
	return c, nil
}

// check pings a shared connection before its next use; one caller does it for all. A connection that fails is
// replaced once, and the new one is pinged too.
func (s *slot) check(ctx context.Context, c *conn.Conn) (*conn.Conn, error) {
	select {
	case s.checking <- struct{}{}:
	case <-ctx.Done():
		return nil, conn.NewGaveUp(ctx, conn.NotSent)
	}
	defer func() { <-s.checking }()
	if !s.pool.Overdue(c) && !c.Down() {
		return c, nil
	}
	if !c.Down() && s.pool.ping(ctx, c) == nil {
		return c, nil
	}
	c, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	began := conn.Now()
	if err := s.pool.ping(ctx, c); err != nil {
		if !errors.Is(err, conn.ErrRetired) {
			s.failed(began)
		}
		return nil, err
	}
	return c, nil
}

var pingWire = resp.AppendCommand(nil, "PING")

func (p *Pool) ping(ctx context.Context, c *conn.Conn) error {
	p.mu.Lock()
	p.stats.Pings++
	p.mu.Unlock()
	pong := false
	err := c.Ask(ctx, pingWire, func(frame []byte) {
		d := resp.NewDecoder(frame)
		b, err := d.Bytes()
		pong = err == nil && string(b) == "PONG"
	})
	var gone *conn.GaveUp
	var refused *conn.Refused
	switch {
	case errors.As(err, &gone):
		gone.Outcome = conn.NotSent // the command behind the check was not
		return gone
	case errors.Is(err, conn.ErrRetired):
		return err // there are calls under way on it, which are not concerned
	case pong, errors.As(err, &refused):
		return nil // also a server that loads, is busy or does not allow PING has answered: another connection would be no better
	case err == nil:
		err = ErrHealth
	}
	c.Fail(err)
	return err
}

// Ping sends PING over a connection and waits for the answer.
func (p *Pool) Ping(ctx context.Context, c *conn.Conn) error { return p.ping(ctx, c) }

// lookEvery is how often the watchdog looks at the connections: seldom enough that an idle process stays idle and
// a busy one does not notice, often enough for the shortest time-out.
func (p *Pool) lookEvery() time.Duration {
	const least, most = 25 * time.Millisecond, 250 * time.Millisecond
	every := most
	for _, d := range [...]time.Duration{p.cfg.Conn.ReplyTimeout, p.cfg.Conn.WriteTimeout,
		p.cfg.Sessions.IdleTimeout, p.cfg.Blocking.IdleTimeout, p.cfg.Large.IdleTimeout} {
		if d > 0 {
			every = min(every, d/4)
		}
	}
	return max(every, least)
}

// look is what the watchdog does, every so often.
func (p *Pool) look(now time.Duration) {
	for _, c := range p.snapshot() {
		c.Tick(now)
	}
	p.sweep()
	p.trim(now)
}
