package pool

import (
	"context"
	"errors"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/resp"
)

// ErrHealth is the failure of a connection whose reply to the PING of a health check is neither PONG nor an
// error reply: replies do not belong to their commands any more.
var ErrHealth = errors.New("bad response from the PING of the health check")

// Overdue reports whether the last reply on a connection is older than the interval.
func (p *Pool) Overdue(c *conn.Conn) bool {
	return p.cfg.HealthCheck > 0 && conn.Now()-c.Replied() > p.cfg.HealthCheck
}

// Healthy pings an idle connection if a check is due or the connection is unproven. A connection that fails
// the check is closed.
func (p *Pool) Healthy(ctx context.Context, c *conn.Conn) error {
	switch {
	case p.unproven(c):
		return p.prove(ctx, c)
	case !p.Overdue(c):
		return nil
	}
	return p.ask(ctx, c)
}

// Answers pings a connection that is not idle in the pool if a check is due.
func (p *Pool) Answers(ctx context.Context, c *conn.Conn) error {
	if !p.Overdue(c) {
		return nil
	}
	return p.ask(ctx, c)
}

// ask pings a lent connection. If the caller gives up and the connection is suspect, ask closes the
// connection.
func (p *Pool) ask(ctx context.Context, c *conn.Conn) error {
	err := p.ping(ctx, c)
	if err != nil && c.Suspect() {
		c.Abort(conn.ErrSuspect)
	}
	return err
}

// Proven pings the lent connection that replaces a connection with a failed check. If it fails too, it is
// dropped.
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

// checking is the health check of a shared connection. It belongs to no caller, like a dial.
type checking struct {
	since conn.Moment // begin of the check
	done  chan struct{}
	c     *conn.Conn // the connection that passed
	err   error
}

// checked pings a shared connection before its next use, once for all callers. If it returns neither a
// connection nor an error, the caller must choose again. A caller that gives up while the connection is
// silent makes the connection suspect, so that other callers do not wait for it too.
func (p *Pool) checked(ctx context.Context, c *conn.Conn) (*conn.Conn, error) {
	p.mu.Lock()
	k := p.checks[c]
	switch {
	case p.closed:
		p.mu.Unlock()
		return nil, ErrClosed
	case k != nil:
	case !p.Overdue(c) && !c.Down():
		p.mu.Unlock()
		return c, nil
	default:
		k = &checking{since: c.Moment(), done: make(chan struct{})}
		p.checks[c] = k
		p.begin(func() func() { p.check(k, c); return nil })
	}
	turn := p.turning()
	p.mu.Unlock()
	for {
		select {
		case <-k.done:
			return k.c, k.err
		case <-turn:
			if c.Suspect() {
				return nil, nil
			}
			p.mu.Lock()
			turn = p.turning()
			p.mu.Unlock()
		case <-ctx.Done():
			c.GaveUp(k.since)
			return nil, conn.NewGaveUp(ctx, conn.NotSent)
		}
	}
}

// check runs the health check. A connection that fails is replaced once, and the new connection is pinged
// too.
func (p *Pool) check(k *checking, c *conn.Conn) {
	k.c = c
	if c.Down() || p.ping(p.ctx, c) != nil {
		k.c, k.err = p.substitute()
	}
	p.mu.Lock()
	delete(p.checks, c)
	p.mu.Unlock()
	close(k.done)
}

// substitute returns another connection for one that failed its check.
func (p *Pool) substitute() (*conn.Conn, error) {
	c, err := p.obtain(p.ctx)
	if err == nil {
		began := conn.Now()
		if err = p.ping(p.ctx, c); err != nil && !errors.Is(err, conn.ErrRetired) {
			p.failed(c, began)
		}
	}
	switch {
	case err == nil:
		return c, nil
	case p.ctx.Err() != nil:
		err = ErrClosed
	}
	return nil, err
}

func (p *Pool) ping(ctx context.Context, c *conn.Conn) error {
	p.mu.Lock()
	p.stats.Pings++
	p.mu.Unlock()
	pong := false
	err := c.Ask(ctx, conn.PingWire, func(frame []byte) {
		d := resp.NewDecoder(frame)
		b, err := d.Bytes()
		pong = err == nil && string(b) == "PONG"
	})
	var gone *conn.GaveUp
	var refused *conn.Refused
	switch {
	case errors.As(err, &gone):
		gone.Outcome = conn.NotSent // the command behind the check was not sent
		return gone
	case errors.Is(err, conn.ErrRetired):
		return err // its calls in flight go on undisturbed
	case pong, errors.As(err, &refused):
		// An error reply is a reply too. A server that loads, is busy or forbids PING has answered, and
		// another connection would not help.
		return nil
	case err == nil:
		err = ErrHealth
	}
	c.Fail(err)
	return err
}

// Ping sends PING over a connection and waits for the reply.
func (p *Pool) Ping(ctx context.Context, c *conn.Conn) error { return p.ping(ctx, c) }

// lookEvery returns the interval of the watchdog: long enough that an idle process stays idle, and short
// enough for the shortest timeout.
func (p *Pool) lookEvery() time.Duration {
	const least, most = 25 * time.Millisecond, 250 * time.Millisecond
	every := most
	for _, d := range [...]time.Duration{p.cfg.Conn.ReplyTimeout, p.cfg.Conn.WriteTimeout,
		p.cfg.Sessions.IdleTimeout, p.cfg.Blocking.IdleTimeout, p.cfg.Large.IdleTimeout, p.cfg.MaxAge} {
		if d > 0 {
			every = min(every, d/4)
		}
	}
	return max(every, least)
}

// look does the periodic work of the watchdog.
func (p *Pool) look(now time.Duration) {
	for _, c := range p.snapshot() {
		c.Tick(now)
	}
	p.cutOld(now)
	p.tend(now)
	p.sweep()
	p.trim(now)
	p.replaceOld(now)
}
