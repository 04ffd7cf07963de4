// Package testkit has what the tests of several packages need. It knows the protocol and no package of the
// client; what needs the client is in testkit/clients.
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

// Played is a server in this process that notes the commands which it gets and answers them as the test says.
// Its connections are pipes ([Played.Dial]), so that it works in a bubble of testing/synctest, where no test
// waits for the clock; that of [Listen] has real sockets. What breaks the protocol otherwise than by a wrong
// answer is a [redpolltest.Scripted] of its own.
type Played struct {
	// Answer gives the reply to a command, as frames of RESP: "" for none. The connection is closed behind an
	// answer that ends with HangUp. Answer may wait. conn is the number of the connection, from 1. nil
	// answers PING with PONG and everything else with OK.
	Answer func(conn int, words []string) string

	// Chop writes answers in pieces whose ends are chosen at random.
	Chop bool

	// Peer has the addresses of a server that listens.
	*redpolltest.Peer

	mu      sync.Mutex
	refusal error
	gate    chan struct{}
	dials   int
	made    int
	open    map[int]net.Conn // the server's ends
	heard   []heard
}

// heard is a command, and the number of the connection that it came on.
type heard struct {
	conn int
	line string
}

// Answers of a played server.
const (
	HangUp  = "hang up" // also at the end of another answer: closes the connection
	Silence = ""
)

// Listen starts a played server on a TCP port of 127.0.0.1 and on a Unix socket. It ends with the test.
func Listen(t testing.TB, answer func(conn int, words []string) string) *Played {
	t.Helper()
	p := &Played{Answer: answer}
	p.Peer = redpolltest.Scripted(t, func(c net.Conn) { p.serve(p.admit(c), c) })
	return p
}

// Dial makes a connection, as conn.Config.Dial.
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

// admit notes a connection and gives its number.
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

// Refuse makes attempts to connect fail from now on; nil ends that.
func (p *Played) Refuse(err error) {
	p.mu.Lock()
	p.refusal = err
	p.mu.Unlock()
}

// Hold makes attempts to connect that begin from now on wait until release is called.
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

// Dials is the number of attempts to connect so far.
func (p *Played) Dials() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dials
}

// Open is the number of connections that nobody has closed.
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

// Heard gives the commands that came so far, on any connection.
func (p *Played) Heard() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	lines := make([]string, len(p.heard))
	for i, h := range p.heard {
		lines[i] = h.line
	}
	return lines
}

// Count is how often a command with that name came so far.
func (p *Played) Count(name string) (n int) {
	for _, line := range p.Heard() {
		if word, _, _ := strings.Cut(line, " "); word == name {
			n++
		}
	}
	return n
}

// Sessions gives the commands that came so far by connection, those of one joined by "; ".
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

// Expect compares the commands that came so far.
func (p *Played) Expect(t testing.TB, want ...string) {
	t.Helper()
	if got := p.Heard(); !slices.Equal(got, want) {
		t.Errorf("the server heard %q, want %q", got, want)
	}
}

// ExpectSessions compares the commands that came so far, connection by connection.
func (p *Played) ExpectSessions(t testing.TB, want ...string) {
	t.Helper()
	if got := p.Sessions(); !slices.Equal(got, want) {
		t.Errorf("the server heard\n%q, want\n%q", got, want)
	}
}
