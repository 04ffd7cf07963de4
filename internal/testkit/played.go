// Package testkit has the helpers that the tests of several packages need. It knows the protocol and no
// package of the client; helpers that need the client are in testkit/clients.
package testkit

import (
	"context"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/redpoll-go/redpoll/redpolltest"
)

// Played is a server in this process that records the commands it gets and answers them as the test says. Its
// connections are pipes ([Played.Dial]), so it works in a bubble of testing/synctest, where no test waits for
// the clock; a server of [Listen] has real sockets. A test that breaks the protocol in other ways than by a
// wrong answer uses a [redpolltest.Scripted].
type Played struct {
	// Answer returns the reply to a command, as frames of RESP; "" means none. After an answer that ends with
	// HangUp, the connection is closed. Answer may wait. conn is the number of the connection, counted
	// from 1. If Answer is nil, PING is answered with PONG and every other command with OK.
	Answer func(conn int, words []string) string

	// Chop writes answers in pieces of random sizes.
	Chop bool

	// Peer has the addresses of a listening server.
	*redpolltest.Peer

	mu      sync.Mutex
	refusal error
	gate    chan struct{}
	dials   int
	made    int
	open    map[int]net.Conn // the server's ends
	heard   []heard
}

// heard is a command, with the number of its connection.
type heard struct {
	conn int
	line string
}

// These are special answers of a played server.
const (
	HangUp  = "hang up" // closes the connection, also at the end of an answer
	Silence = ""
)

// Listen starts a played server on a TCP port of 127.0.0.1 and on a Unix socket. It ends with the test.
func Listen(t testing.TB, answer func(conn int, words []string) string) *Played {
	t.Helper()
	p := &Played{Answer: answer}
	p.Peer = redpolltest.Scripted(t, func(c net.Conn) { p.serve(p.admit(c), c) })
	return p
}

// Dial makes a connection; it fits conn.Config.Dial.
func (p *Played) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	p.mu.Lock()
	p.dials++
	gate, refusal := p.gate, p.refusal
	p.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if refusal != nil {
		return nil, refusal
	}
	theirs, ours := net.Pipe()
	n := p.admit(ours)
	go p.serve(n, ours)
	return theirs, nil
}

// admit notes a connection and returns its number.
func (p *Played) admit(c net.Conn) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.made++
	if p.open == nil {
		p.open = make(map[int]net.Conn)
	}
	p.open[p.made] = c
	return p.made
}

func (p *Played) serve(n int, nc net.Conn) {
	defer func() {
		nc.Close()
		p.mu.Lock()
		delete(p.open, n)
		p.mu.Unlock()
	}()
	c := redpolltest.WrapConn(nc)
	for {
		words, err := c.Command()
		if err != nil {
			return
		}
		p.mu.Lock()
		p.heard = append(p.heard, heard{n, strings.Join(words, " ")})
		p.mu.Unlock()
		answer := "+OK\r\n"
		switch {
		case p.Answer != nil:
			answer = p.Answer(n, words)
		case words[0] == "PING":
			answer = "+PONG\r\n"
		}
		answer, last := strings.CutSuffix(answer, HangUp)
		if p.write(nc, answer) != nil || last {
			return
		}
	}
}

func (p *Played) write(c net.Conn, answer string) error {
	for answer != "" {
		n := len(answer)
		if p.Chop && n > 1 && rand.IntN(3) == 0 {
			n = 1 + rand.IntN(n)
		}
		if _, err := c.Write([]byte(answer[:n])); err != nil {
			return err
		}
		answer = answer[n:]
	}
	return nil
}

// Refuse makes attempts to connect fail from now on; nil ends this.
func (p *Played) Refuse(err error) {
	p.mu.Lock()
	p.refusal = err
	p.mu.Unlock()
}

// Hold makes new attempts to connect wait until release is called.
func (p *Played) Hold() (release func()) {
	gate := make(chan struct{})
	p.mu.Lock()
	p.gate = gate
	p.mu.Unlock()
	return func() {
		p.mu.Lock()
		p.gate = nil
		p.mu.Unlock()
		close(gate)
	}
}

// Dials returns the number of attempts to connect so far.
func (p *Played) Dials() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dials
}

// Open returns the number of open connections.
func (p *Played) Open() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.open)
}

// Cut closes all connections from the server's side.
func (p *Played) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.open {
		c.Close()
	}
}

// Heard returns the commands so far, on all connections.
func (p *Played) Heard() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	lines := make([]string, len(p.heard))
	for i, h := range p.heard {
		lines[i] = h.line
	}
	return lines
}

// Count returns how often the command with this name came so far.
func (p *Played) Count(name string) (n int) {
	for _, line := range p.Heard() {
		if word, _, _ := strings.Cut(line, " "); word == name {
			n++
		}
	}
	return n
}

// Sessions returns the commands so far by connection; those of one connection are joined by "; ".
func (p *Played) Sessions() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	sessions := make([]string, p.made)
	for _, h := range p.heard {
		s := &sessions[h.conn-1]
		if *s != "" {
			*s += "; "
		}
		*s += h.line
	}
	return sessions
}

// Expect compares the commands so far.
func (p *Played) Expect(t testing.TB, want ...string) {
	t.Helper()
	if got := p.Heard(); !slices.Equal(got, want) {
		t.Errorf("the server heard %q, want %q", got, want)
	}
}

// ExpectSessions compares the commands so far, connection by connection.
func (p *Played) ExpectSessions(t testing.TB, want ...string) {
	t.Helper()
	if got := p.Sessions(); !slices.Equal(got, want) {
		t.Errorf("the server heard\n%q, want\n%q", got, want)
	}
}
