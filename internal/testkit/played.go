// Package testkit has what the tests of several packages need.
package testkit

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/redpoll-go/redpoll/resp"
)

// Played is a server in this process whose connections are pipes, so that it works in a bubble of testing/synctest, where
// no test waits for the clock. Each of its answers is a frame of RESP.
type Played struct {
	// Answer gives the reply to a command: "" for none, HangUp to close the connection instead. It may wait. conn is the
	// number of the connection, from 1. nil answers PING with PONG and everything else with OK.
	Answer func(conn int, words []string) string

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

// HangUp is an answer that closes the connection.
const HangUp = "hang up"

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
	p.mu.Lock()
	p.made++
	n := p.made
	if p.open == nil {
		p.open = make(map[int]net.Conn)
	}
	p.open[n] = ours
	p.mu.Unlock()
	go p.serve(n, ours)
	return theirs, nil
}

func (p *Played) serve(n int, c net.Conn) {
	defer func() {
		c.Close()
		p.mu.Lock()
		delete(p.open, n)
		p.mu.Unlock()
	}()
	r := resp.NewReader(c, 0, resp.Limits{})
	for {
		words, err := r.ReadCommand()
		if err != nil {
			return
		}
		text := make([]string, len(words))
		for i := range words {
			text[i] = string(words[i])
		}
		p.mu.Lock()
		p.heard = append(p.heard, heard{n, strings.Join(text, " ")})
		p.mu.Unlock()
		answer := "+OK\r\n"
		switch {
		case p.Answer != nil:
			answer = p.Answer(n, text)
		case text[0] == "PING":
			answer = "+PONG\r\n"
		}
		switch answer {
		case HangUp:
			return
		case "": // an empty write to a pipe would be an empty read at the other end
			continue
		}
		if _, err := c.Write([]byte(answer)); err != nil {
			return
		}
	}
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
