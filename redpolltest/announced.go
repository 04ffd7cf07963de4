package redpolltest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// AnnouncedAddr returns the host:port under which the server is known to the other servers of its group, and
// which these tell to clients: that of its proxy if the group has proxies, else that of the TLS port with
// ServerOptions.TLS, else that of the plain port.
func (s *Server) AnnouncedAddr() string { return s.announce(s.p) }

// announce is AnnouncedAddr of a server whose process is p. It sets the targets of the proxies.
func (s *Server) announce(p *process) string {
	port := p.port
	if p.opts.TLS {
		port = p.tlsPort
	}
	proxies := s.frontProxies()
	if len(proxies) == 0 {
		return loopback(port)
	}
	proxies[0].setTarget(loopback(port))
	return proxies[0].Addr()
}

// announceBus is announce for the port of the cluster bus.
func (s *Server) announceBus(p *process) string {
	proxies := s.frontProxies()
	if len(proxies) < 2 {
		return loopback(p.busPort)
	}
	proxies[1].setTarget(loopback(p.busPort))
	return proxies[1].Addr()
}

// Proxy returns the proxy in front of the server's announced port, in a group with the option Proxies; nil in
// others. Clients and other servers come through it, but not [Server.Do], and not connections that the server
// itself opens: these go through the proxies of the other servers.
func (s *Server) Proxy() *Proxy {
	if proxies := s.frontProxies(); len(proxies) > 0 {
		return proxies[0]
	}
	return nil
}

// frontProxies returns the proxies of the announced port and of the cluster bus, as far as there are any.
func (s *Server) frontProxies() []*Proxy {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proxies
}

// source is the address of the connections that the server opens in a group with proxies. Clients come from
// 127.0.0.1.
func (s *Server) source() string { return fmt.Sprintf("127.0.0.%d", 1+s.number) }

// present reports whether the server should answer the other servers of its group.
func (s *Server) present() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.apart && s.p.answers()
}

// ask is Do that returns errors, those of the server included.
func (s *Server) ask(args ...string) (any, error) {
	if !s.p.answers() {
		return nil, fmt.Errorf("the %s at %s does not run, or is paused", s.p.kind(), s.AnnouncedAddr())
	}
	reply, err := s.do(args)
	if e, ok := reply.(Error); ok {
		err = e
	}
	if err != nil {
		return nil, fmt.Errorf("%s at %s: %w", strings.Join(args[:min(2, len(args))], " "),
			s.AnnouncedAddr(), err)
	}
	return reply, nil
}

// mustAsk is ask that ends the test after an error.
func (s *Server) mustAsk(args ...string) any {
	s.t.Helper()
	reply, err := s.ask(args...)
	if err != nil {
		s.t.Fatalf("redpolltest: %v", err)
	}
	return reply
}

// mustAskAll is mustAsk for many commands that have no order. It returns their replies in the order of the
// commands. The commands go over several connections: a Valkey with replicas answers some only after a wait.
func (s *Server) mustAskAll(commands [][]string) []any {
	s.t.Helper()
	const connections = 32
	replies, errs := make([]any, len(commands)), make([]error, connections)
	var wg sync.WaitGroup
	for i := range connections {
		first, end := i*len(commands)/connections, (i+1)*len(commands)/connections
		if first < end {
			wg.Go(func() { errs[i] = s.doAll(commands[first:end], replies[first:end]) })
		}
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		s.t.Fatalf("redpolltest: %s: %v", s.AnnouncedAddr(), err)
	}
	return replies
}

// doAll sends commands over a connection of their own, and stores the replies.
func (s *Server) doAll(commands [][]string, replies []any) error {
	c, err := s.dial()
	if err != nil {
		return err
	}
	defer c.Close()
	s.mu.Lock()
	s.controls[c.LocalAddr().String()] = true
	for _, command := range commands {
		s.asked[strings.Join(command, "\x00")] = true
	}
	s.mu.Unlock()
	for i, command := range commands {
		if replies[i], err = c.roundTrip(command...); err != nil {
			return err
		}
		if e, ok := replies[i].(Error); ok {
			return fmt.Errorf("%q: %w", command, e)
		}
	}
	return nil
}

// transaction sends commands between MULTI and EXEC, and returns the errors.
func (s *Server) transaction(commands [][]string) error {
	commands = slices.Concat([][]string{{"MULTI"}}, commands, [][]string{{"EXEC"}})
	replies := make([]any, len(commands))
	err := s.doAll(commands, replies)
	results, _ := replies[len(replies)-1].([]any)
	for _, result := range results {
		if failed, ok := result.(Error); ok {
			err = errors.Join(err, failed)
		}
	}
	return err
}

// info returns the fields of a section of INFO.
func (s *Server) info(section string) (map[string]string, error) {
	reply, err := s.ask("INFO", section)
	if err != nil {
		return nil, err
	}
	fields := map[string]string{}
	for line := range strings.Lines(fmt.Sprint(reply)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		fields[name] = value
	}
	return fields, nil
}

// awaitNil waits until problem returns nil, and otherwise ends the test with the last problem. It asks less
// often than [Await], because servers have to answer.
func awaitNil(t testing.TB, what string, problem func() error) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		err := problem()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("redpolltest: waited in vain until %s: %v", what, err)
		}
	}
}
