package follow

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
)

// Peers are servers that are asked questions, each over one connection. Set Config before the first use.
type Peers struct {
	Config func(addr string) *conn.Config

	watchdog pool.Watchdog
	mu       sync.Mutex
	closed   bool
	pools    map[string]*pool.Pool
}

// Ask sends an encoded command to a server; see conn.Conn.Ask. A connection that was lost while it was idle
// is replaced.
func (p *Peers) Ask(ctx context.Context, addr string, wire []byte, take func(frame []byte)) error {
	for first := true; ; first = false {
		to, err := p.pool(addr)
		if err != nil {
			return err
		}
		c, err := to.Shared(ctx)
		if err != nil {
			return err // connecting has failed
		}
		err = c.Ask(ctx, wire, take)
		var refused *conn.Refused
		if err == nil || !first || ctx.Err() != nil || errors.As(err, &refused) {
			return err
		}
	}
}

// Stream opens a stream to a server.
func (p *Peers) Stream(ctx context.Context, addr string) (*conn.Stream, error) {
	to, err := p.pool(addr)
	if err != nil {
		return nil, err
	}
	return to.OpenStream(ctx)
}

// Keep closes the connections to all other servers.
func (p *Peers) Keep(addrs []string) {
	var gone []*pool.Pool
	p.mu.Lock()
	for addr, of := range p.pools {
		if !slices.Contains(addrs, addr) {
			gone = append(gone, of)
			delete(p.pools, addr)
		}
	}
	p.mu.Unlock()
	closeAll(gone)
}

// Close closes all connections.
func (p *Peers) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.Keep(nil)
}

func closeAll(pools []*pool.Pool) {
	for _, p := range pools {
		p.Close()
	}
}

func (p *Peers) pool(addr string) (*pool.Pool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return nil, pool.ErrClosed
	case p.pools == nil:
		p.pools = make(map[string]*pool.Pool)
	case p.pools[addr] != nil:
		return p.pools[addr], nil
	}
	// Those who ask make the pauses between attempts.
	made := pool.New(pool.Config{Conn: p.Config(addr), Watchdog: &p.watchdog})
	p.pools[addr] = made
	return made, nil
}
