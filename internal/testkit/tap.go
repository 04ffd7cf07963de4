package testkit

import (
	"context"
	"net"
	"sync"
)

// A Tap is a dialer for one connection that shows how much the client has read.
type Tap struct {
	mu    sync.Mutex
	taken int
	waits bool
}

type tapped struct {
	net.Conn
	tap *Tap
}

// Dial fits redpoll.Options.Dialer.
func (p *Tap) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	nc, err := new(net.Dialer).DialContext(ctx, network, addr)
	return tapped{nc, p}, err
}

func (c tapped) Read(b []byte) (int, error) {
	c.tap.mu.Lock()
	c.tap.waits = true
	c.tap.mu.Unlock()
	n, err := c.Conn.Read(b)
	c.tap.mu.Lock()
	c.tap.taken += n
	c.tap.waits = false
	c.tap.mu.Unlock()
	return n, err
}

// Taken returns the number of bytes that the client has read, and whether it waits for more.
func (p *Tap) Taken() (taken int, waits bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.taken, p.waits
}
