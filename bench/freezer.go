package main

import (
	"io"
	"net"
	"sync"
)

// freezer passes connections on to a server until freeze. Then the existing connections are dead, as after a
// network that forgets them: they stay open, and nothing comes through any more. New ones are passed on. A
// [redpolltest.Proxy] treats new connections like the open ones.
type freezer struct {
	listener net.Listener
	target   string
	running  sync.WaitGroup

	mu       sync.Mutex
	pipes    map[*pipe]struct{} // pipes that are neither frozen nor ended
	held     []net.Conn         // ends of frozen pipes, to be closed at last
	accepted int
	closed   bool
}

// pipe is one connection through a freezer. Its fields are guarded by the freezer's mu.
type pipe struct {
	client, server net.Conn // server is nil before the dial
	frozen         bool
}

func newFreezer(target string) (*freezer, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &freezer{listener: l, target: target, pipes: map[*pipe]struct{}{}}
	f.running.Go(f.accept)
	return f, nil
}

func (f *freezer) addr() string { return f.listener.Addr().String() }

// dialed returns the number of connections of clients so far.
func (f *freezer) dialed() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.accepted
}

// freeze kills the open connections. Bytes that were not passed on before it returns are lost.
func (f *freezer) freeze() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for p := range f.pipes {
		p.frozen = true
		f.held = append(f.held, p.client)
		if p.server != nil {
			f.held = append(f.held, p.server)
		}
	}
	clear(f.pipes)
}

// close ends all connections, frozen ones included, and the listener.
func (f *freezer) close() {
	f.mu.Lock()
	f.closed = true
	_ = f.listener.Close()
	for _, c := range f.held {
		_ = c.Close()
	}
	for p := range f.pipes {
		_ = p.client.Close()
		if p.server != nil {
			_ = p.server.Close()
		}
	}
	f.mu.Unlock()
	f.running.Wait()
}

func (f *freezer) accept() {
	for {
		client, err := f.listener.Accept()
		if err != nil {
			return // closed
		}
		f.mu.Lock()
		p := &pipe{client: client}
		f.accepted++
		f.pipes[p] = struct{}{}
		f.running.Go(func() { f.run(p) })
		f.mu.Unlock()
	}
}

// run passes on both directions, until one of them ends or the pipe is frozen.
func (f *freezer) run(p *pipe) {
	server, err := net.Dial("tcp", f.target)
	if err != nil {
		f.end(p)
		return
	}
	f.mu.Lock()
	p.server = server
	switch {
	case f.closed:
		_ = server.Close()
	case p.frozen:
		f.held = append(f.held, server)
	}
	f.mu.Unlock()
	f.running.Go(func() { f.pass(p, p.server, p.client) })
	f.pass(p, p.client, p.server)
}

// pass copies one direction. Bytes that were read before the freeze and not written yet are lost.
func (f *freezer) pass(p *pipe, dst io.Writer, src io.Reader) {
	buf := make([]byte, 32<<10)
	for {
		n, err := src.Read(buf)
		f.mu.Lock()
		frozen := p.frozen
		if !frozen && n > 0 {
			// It writes under the lock, so that freeze is one moment for all. The bytes fit into the socket's
			// buffer.
			_, err = dst.Write(buf[:n])
		}
		f.mu.Unlock()
		if frozen {
			return
		}
		if err != nil {
			f.end(p)
			return
		}
	}
}

// end closes a pipe that is not frozen.
func (f *freezer) end(p *pipe) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p.frozen {
		return
	}
	delete(f.pipes, p)
	_ = p.client.Close()
	if p.server != nil {
		_ = p.server.Close()
	}
}
