package redpolltest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// group is the servers of one topology. They share their certificates, start together and end together.
type group struct {
	t               testing.TB
	opts            ServerOptions // of the nodes; Sentinels have others
	proxies         bool
	certs           *Certificates
	controlPassword string

	mu      sync.Mutex
	servers []*Server // in the order of their starts
	started int       // the number of the last server
	doors   []*Proxy  // all proxies, to be closed
}

// newGroup returns a group without servers that ends with t.
func newGroup(t testing.TB, opts ServerOptions, proxies bool) *group {
	t.Helper()
	g := &group{t: t, opts: opts, proxies: proxies, controlPassword: rand.Text()}
	if opts.TLS {
		var err error
		if g.certs, err = newCertificates(t.TempDir(), opts.TLSNames); err != nil {
			t.Fatalf("redpolltest: %v", err)
		}
	}
	t.Cleanup(g.close)
	return g
}

// newLinkedGroup is newGroup for servers that reach each other.
func newLinkedGroup(t testing.TB, opts ServerOptions, proxies bool) *group {
	t.Helper()
	if opts.NoTCP && !opts.TLS {
		t.Fatalf("redpolltest: the servers of a group reach each other by TCP: NoTCP needs TLS")
	}
	return newGroup(t, opts, proxies)
}

// member describes a server that is to become one of the group.
type member struct {
	spec
	config func(*Server, *process) []string // for spec.lines
}

// start starts servers at the same time and returns them in the order of the members.
func (g *group) start(members ...member) []*Server {
	g.t.Helper()
	servers, errs := make([]*Server, len(members)), make([]error, len(members))
	var wg sync.WaitGroup
	for i, m := range members {
		s, err := g.newMember(m.bus)
		if err != nil {
			errs[i] = err
			continue
		}
		m.group = g
		m.lines = func(p *process) []string { return m.config(s, p) }
		servers[i] = s
		wg.Go(func() { s.p, errs[i] = newProcess(m.spec) })
	}
	wg.Wait()
	g.mu.Lock()
	for i, s := range servers {
		if errs[i] == nil {
			g.servers = append(g.servers, s)
		}
	}
	g.mu.Unlock()
	if err := errors.Join(errs...); err != nil {
		g.t.Fatalf("redpolltest: %v", err)
	}
	g.keepApart()
	return servers
}

// newMember returns a server without its process.
func (g *group) newMember(bus bool) (*Server, error) {
	s := newServer(g.t, nil, 0)
	g.mu.Lock()
	g.started++
	s.number = g.started
	g.mu.Unlock()
	return s, g.openProxies(s, bus)
}

// openProxies puts new proxies in front of s, whose targets follow.
func (g *group) openProxies(s *Server, bus bool) error {
	if !g.proxies {
		return nil
	}
	proxies := make([]*Proxy, 1, 2)
	if bus {
		proxies = append(proxies, nil)
	}
	for i := range proxies {
		p, err := openProxy(g.t, "")
		if err != nil {
			return err
		}
		proxies[i] = p
		g.mu.Lock()
		g.doors = append(g.doors, p)
		g.mu.Unlock()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.proxies = proxies
	return nil
}

// close kills all servers at once, so that their logs do not end with the ends of the others.
func (g *group) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range g.servers {
		s.closeControl()
		s.checkCrash()
	}
	var wg sync.WaitGroup
	for _, s := range g.servers {
		wg.Go(func() { _ = s.p.kill() }) // so that its log is complete
	}
	wg.Wait()
	for _, s := range g.servers {
		if g.t.Failed() {
			g.t.Logf("%s", s.p.tail())
		}
		s.p.destroy()
	}
	for _, p := range g.doors {
		p.close()
	}
}

// all returns the servers of the group, also those that do not run.
func (g *group) all() []*Server {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.servers)
}

// remove kills s, which the other servers have forgotten or will forget.
func (g *group) remove(s *Server) {
	g.t.Helper()
	s.Kill()
	s.closeControl()
	s.mu.Lock()
	proxies := s.proxies
	s.mu.Unlock()
	for _, p := range proxies {
		p.Refuse()
		p.DropAll(Close)
	}
}

// at returns the server that announces addr; nil if there is none.
func (g *group) at(addr string) *Server {
	for _, s := range g.all() {
		if s.AnnouncedAddr() == addr {
			return s
		}
	}
	return nil
}

// credentials returns what servers log in with at each other; a password of "" means that none is needed.
func (g *group) credentials() (user, password string) {
	if g.opts.ownDefaultUser() {
		return controlUser, g.controlPassword
	}
	return "", g.opts.Password
}

// linkLines configure the connections that a server opens to others.
func (g *group) linkLines(s *Server, p *process) []string {
	var lines []string
	if p.opts.TLS {
		lines = append(lines, "tls-replication yes")
	}
	if g.proxies && canIsolate && p.bin.redis.AtLeast(7, 0) {
		lines = append(lines, "bind-source-addr "+s.source())
	}
	return lines
}

// nodeLines configure replication.
func (g *group) nodeLines(s *Server, p *process) []string {
	host, port := splitAddr(s.announce(p))
	lines := append(g.linkLines(s, p),
		"repl-diskless-sync yes",
		"repl-diskless-sync-delay 0",
		"repl-diskless-load on-empty-db",
		"repl-ping-replica-period 1",
		"repl-timeout 10",
		"replica-announce-ip "+host,
		"replica-announce-port "+port)
	user, password := g.credentials()
	if user != "" {
		lines = append(lines, "masteruser "+user)
	}
	if password != "" {
		lines = append(lines, "masterauth "+confQuote(password))
	}
	return lines
}

// move restarts s on other ports.
func (g *group) move(s *Server) {
	g.t.Helper()
	s.mu.Lock()
	old := s.proxies
	s.mu.Unlock()
	err := g.openProxies(s, s.p.bus)
	if err == nil {
		err = s.p.move()
	}
	s.closeControl()
	for _, p := range old {
		p.Refuse()
		p.DropAll(Close)
	}
	if err != nil {
		g.t.Fatalf("redpolltest: %v", err)
	}
	g.keepApart()
}

// canIsolate reports whether processes can have addresses of their own: all of 127.0.0.0/8 is there on Linux
// only.
const canIsolate = runtime.GOOS == "linux"

// isolate cuts s off from the other servers of the group, but not from clients.
func (g *group) isolate(s *Server) {
	g.t.Helper()
	if !g.proxies || !canIsolate || !s.p.bin.redis.AtLeast(7, 0) {
		g.t.Fatalf("redpolltest: Isolate needs the option Proxies, Linux and Redis 7.0")
	}
	g.setApart(s, true)
}

// heal ends isolate of all servers.
func (g *group) heal() {
	for _, s := range g.all() {
		g.setApart(s, false)
	}
}

// keepApart makes servers that are isolated so for new servers and proxies, too.
func (g *group) keepApart() {
	for _, s := range g.all() {
		s.mu.Lock()
		apart := s.apart
		s.mu.Unlock()
		if apart {
			g.setApart(s, true)
		}
	}
}

func (g *group) setApart(s *Server, apart bool) {
	s.mu.Lock()
	s.apart = apart
	s.mu.Unlock()
	for _, other := range g.all() {
		if other == s {
			continue
		}
		for _, p := range s.frontProxies() {
			p.setApart(other.source(), apart)
		}
		for _, p := range other.frontProxies() {
			p.setApart(s.source(), apart)
		}
	}
}

func splitAddr(addr string) (host, port string) {
	i := strings.LastIndexByte(addr, ':')
	return addr[:i], addr[i+1:]
}

// mustHave ends the test if s is not one of servers, which are called what.
func (g *group) mustHave(s *Server, servers []*Server, what string) {
	g.t.Helper()
	if s == nil || !slices.Contains(servers, s) {
		g.t.Fatalf("redpolltest: this server is not %s of this group", what)
	}
}

// follows returns nil if replica follows primary and its link is up.
func follows(replica, primary *Server) error {
	info, err := replica.info("replication")
	if err != nil {
		return err
	}
	addr := info["master_host"] + ":" + info["master_port"]
	if info["role"] != "slave" || addr != primary.AnnouncedAddr() || info["master_link_status"] != "up" {
		return fmt.Errorf("%s, a %s of %s, whose link is %q, does not follow %s", replica.AnnouncedAddr(),
			info["role"], addr, info["master_link_status"], primary.AnnouncedAddr())
	}
	return nil
}
