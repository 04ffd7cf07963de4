package redpolltest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Monitor records the commands that a server executes, with MONITOR.
type Monitor struct {
	s    *Server
	conn *Conn
	done chan struct{} // closed when the stream has ended

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each new record
	seen    []seenCommand
	err     error // why the stream ended
}

type seenCommand struct {
	db     int
	client string // address of the client, "lua" for scripts
	args   []string
}

// Monitor starts to record the commands that the server executes in DB. It does not record AUTH, and commands
// that are unknown, not allowed or malformed, because the server does not execute them. Commands of
// [Server.Do] are left out, except on servers without a plain TCP port, where their connection cannot be
// recognized. The recording ends with the test.
func (s *Server) Monitor() *Monitor {
	s.t.Helper()
	m := &Monitor{s: s, done: make(chan struct{}), changed: make(chan struct{})}
	c, err := s.dial()
	if err == nil {
		m.conn = c
		var reply any
		if reply, err = c.roundTrip("MONITOR"); err == nil && reply != "OK" {
			err = fmt.Errorf("MONITOR: %v", reply)
		}
	}
	if err != nil {
		s.t.Errorf("redpolltest: %v", err)
		m.err = err
		close(m.done)
		return m
	}
	_ = c.SetDeadline(noDeadline) // it fails only if the connection failed, which record notices
	go m.record()
	s.t.Cleanup(func() {
		_ = c.Close()
		<-m.done
	})
	return m
}

func (m *Monitor) record() {
	defer close(m.done)
	for {
		reply, err := m.conn.Reply()
		var cmd seenCommand
		if err == nil {
			line, ok := reply.(string)
			if !ok {
				line = fmt.Sprint(reply)
			}
			cmd, err = parseMonitorLine(line)
		}
		m.mu.Lock()
		if err != nil {
			m.err = err
		} else {
			m.seen = append(m.seen, cmd)
		}
		close(m.changed)
		m.changed = make(chan struct{})
		m.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Commands returns the commands since the start or the last Reset, each with its arguments, in the order of
// their execution. It includes every command whose reply a client had before this call.
func (m *Monitor) Commands() [][]string {
	m.s.t.Helper()
	seen, err := m.sync()
	if err != nil {
		m.s.t.Errorf("redpolltest: monitor: %v", err)
	}
	m.s.mu.Lock()
	defer m.s.mu.Unlock()
	var commands [][]string
	for _, c := range seen {
		if c.db == m.s.DB && !m.s.own(c.client, c.args) &&
			!strings.HasPrefix(c.args[len(c.args)-1], markerPrefix) {
			commands = append(commands, c.args)
		}
	}
	return commands
}

// Count returns how many of the commands have this name, in any case.
func (m *Monitor) Count(name string) int {
	m.s.t.Helper()
	n := 0
	for _, args := range m.Commands() {
		if strings.EqualFold(args[0], name) {
			n++
		}
	}
	return n
}

// Reset forgets the commands so far.
func (m *Monitor) Reset() {
	m.s.t.Helper()
	seen, err := m.sync()
	if err != nil {
		m.s.t.Errorf("redpolltest: monitor: %v", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen = m.seen[len(seen):] // commands after the marker stay
}

const markerPrefix = "redpolltest-monitor-"

// sync makes the server execute a unique command and waits for its record: every earlier command has been
// recorded then.
func (m *Monitor) sync() ([]seenCommand, error) {
	marker := markerPrefix + rand.Text()
	if reply := m.s.Do("ECHO", marker); reply != marker {
		return nil, fmt.Errorf("ECHO: %v", reply)
	}
	for {
		m.mu.Lock()
		seen, err, changed := slices.Clone(m.seen), m.err, m.changed
		m.mu.Unlock()
		for i := len(seen) - 1; i >= 0; i-- {
			if slices.Equal(seen[i].args, []string{"ECHO", marker}) {
				return seen[:i], nil
			}
		}
		if err != nil {
			return seen, err
		}
		if !await(changed) {
			return seen, errors.New("the server's stream is silent")
		}
	}
}

// parseMonitorLine reads `1700000000.123456 [0 127.0.0.1:1234] "SET" "k" "v\x00"`.
func parseMonitorLine(line string) (seenCommand, error) {
	var cmd seenCommand
	bad := fmt.Errorf("not a line of MONITOR: %q", line)
	_, rest, ok := strings.Cut(line, " [")
	if !ok {
		return cmd, bad
	}
	// The address may itself contain brackets (IPv6), but no bracket with a space and a quote.
	from, rest, ok := strings.Cut(rest, `] "`)
	if !ok {
		return cmd, bad
	}
	db, client, ok := strings.Cut(from, " ")
	if !ok {
		return cmd, bad
	}
	cmd.client = client
	var err error
	if cmd.db, err = strconv.Atoi(db); err != nil {
		return cmd, bad
	}
	rest = `"` + rest
	for rest != "" {
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return cmd, bad
		}
		// Go knows all escapes of the server.
		arg, err := strconv.Unquote(quoted)
		if err != nil {
			return cmd, bad
		}
		cmd.args = append(cmd.args, arg)
		rest = strings.TrimPrefix(rest[len(quoted):], " ")
	}
	return cmd, nil
}
