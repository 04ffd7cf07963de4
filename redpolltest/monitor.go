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

// Monitor records the commands that a server executes, by MONITOR.
type Monitor struct {
	s    *Server
	conn *Conn
	done chan struct{} // closed when the stream has ended

	mu      sync.Mutex
	changed chan struct{} // closed and replaced when something was recorded
	seen    []seenCommand
	err     error // why the stream ended
}

type seenCommand struct {
	db     int
	client string // address of the client, "lua" for scripts
	args   []string
}

// Monitor starts to record the commands that the server executes in DB. Commands
// that are not executed, because they are unknown, not allowed or malformed, are not
// seen, nor is AUTH. What [Server.Do] sends is left out, except on servers without a
// plain TCP port, where its connection cannot be told from others. It ends with the test.
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
	_ = c.SetDeadline(noDeadline) // it fails only when the connection did, which record sees
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

// Commands gives the commands seen since the start or the last Reset, each with its arguments,
// in the order of their execution. Everything whose reply a client had before this call is in it.
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
		if c.db == m.s.DB && !m.s.own(c.client, c.args) && !strings.HasPrefix(c.args[len(c.args)-1], markerPrefix) {
			commands = append(commands, c.args)
		}
	}
	return commands
}

// Count gives the number of commands with that name, in any case, among Commands.
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

// Reset forgets the commands seen so far.
func (m *Monitor) Reset() {
	m.s.t.Helper()
	seen, err := m.sync()
	if err != nil {
		m.s.t.Errorf("redpolltest: monitor: %v", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen = m.seen[len(seen):] // what came after the marker stays
}

const markerPrefix = "redpolltest-monitor-"

// sync has the server execute a unique command and waits until that was recorded: then
// everything before it was recorded, too.
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
	// The address may itself hold brackets (IPv6), but no bracket with a space and a quote.
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
		// The server's escapes are among those of Go.
		arg, err := strconv.Unquote(quoted)
		if err != nil {
			return cmd, bad
		}
		cmd.args = append(cmd.args, arg)
		rest = strings.TrimPrefix(rest[len(quoted):], " ")
	}
	return cmd, nil
}
