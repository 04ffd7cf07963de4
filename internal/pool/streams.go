package pool

import (
	"context"

	"github.com/redpoll-go/redpoll/internal/conn"
)

// OpenStream opens a connection that its holder reads and writes itself, for subscriptions and the like. It
// has no bound and no idle time-out, is never too old, and ends with the pool, or with Disconnect.
func (p *Pool) OpenStream(ctx context.Context) (*conn.Stream, error) {
	if p.ctx.Err() != nil {
		return nil, ErrClosed
	}
	at := p.here()
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(at.ctx, cancel)()
	began := conn.Now()
	s, err := connect(within, p, conn.OpenStream)
	took := conn.Now() - began
	p.mu.Lock()
	if p.place != at && !p.closed && ctx.Err() == nil {
		p.mu.Unlock() // the server has moved meanwhile
		if s != nil {
			s.Close()
		}
		return p.OpenStream(ctx)
	}
	p.stats.Dials++
	switch {
	case err != nil:
		p.stats.DialErrors++
		if p.closed {
			err = ErrClosed
		}
	case p.closed:
		err = ErrClosed
	default:
		if p.streams == nil {
			p.streams = make(map[*conn.Stream]bool)
		}
		p.streams[s] = true
	}
	p.mu.Unlock()
	if observe := p.cfg.Conn.Observe; observe != nil {
		go observe(p.ctx, took, err) // user code, which nobody waits for
	}
	if err != nil {
		if s != nil {
			s.Fail(err)
		}
		p.presence.failed(began, err)
		return nil, err
	}
	p.presence.made(s)
	s.OnEnd(func(e conn.End) {
		p.ended(s.Node(), e)
		p.left(s)
	})
	return s, nil
}

// left takes a stream that has ended off the books.
func (p *Pool) left(s *conn.Stream) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.streams, s)
	p.past.Add(s.Counts())
	p.stats.Closed++
}

// openStreams gives the streams. mu is held.
func (p *Pool) openStreams() []*conn.Stream {
	all := make([]*conn.Stream, 0, len(p.streams))
	for s := range p.streams {
		all = append(all, s)
	}
	return all
}
