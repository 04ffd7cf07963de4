package redpolltest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// SentinelOptions describes the servers that [StartSentinel] starts. The zero value is a primary with two
// replicas, and three Sentinels without a password.
type SentinelOptions struct {
	// Name is the name under which the Sentinels know the primary. Default: mymaster.
	Name string

	// Sentinels is the number of Sentinels. Default: 3.
	Sentinels int

	// Quorum is the number of Sentinels that must see the primary down before a failover. Default: the
	// majority.
	Quorum int

	// Replicas is the number of replicas. Default: 2.
	Replicas int

	// DownAfter is the time without an answer after which a Sentinel takes a server for down. Default: one
	// second. A shorter time makes failovers quicker, and needless ones likely on a busy machine.
	DownAfter time.Duration

	// Password is the password of the Sentinels, not that of the servers. Default: none needed.
	Password string

	// Config has further lines for the configuration of each Sentinel. Default: none.
	Config []string

	// Server describes the primary and each replica. With TLS all of them and the Sentinels speak TLS with
	// each other, too, and share an authority. The Sentinels know the password, and what they tell to clients
	// are the TLS ports.
	Server ServerOptions

	// Proxies puts a [Proxy] in front of each server and each Sentinel, see [Server.Proxy]. They announce the
	// addresses of the proxies, and reach each other through them. Default: no proxies.
	Proxies bool
}

// Sentinel is a primary and its replicas, watched by Sentinels.
//
// Its methods are for the goroutine of the test: a method that cannot do its work ends the test. The methods
// of [Server] kill, pause and restart a single server or Sentinel.
type Sentinel struct {
	g    *group
	opts SentinelOptions

	mu        sync.Mutex
	nodes     []*Server
	sentinels []*Server
}

// StartSentinel starts a primary, its replicas and Sentinels for t alone and stops them when t ends. It
// returns when a failover would work: each Sentinel knows the others and all replicas. If t fails, the last
// lines of each log are printed.
//
//	sen := redpolltest.StartSentinel(t, redpolltest.SentinelOptions{})
//	... // a client of sen.Addrs() and sen.Name()
//	old := sen.KillPrimary()
//	sen.AwaitFailOver(old)
func StartSentinel(t testing.TB, opts SentinelOptions) *Sentinel {
	t.Helper()
	opts.Name = cmp.Or(opts.Name, "mymaster")
	opts.Sentinels = cmp.Or(opts.Sentinels, 3)
	opts.Quorum = cmp.Or(opts.Quorum, opts.Sentinels/2+1)
	opts.Replicas = cmp.Or(opts.Replicas, 2)
	opts.DownAfter = cmp.Or(opts.DownAfter, time.Second)
	s := &Sentinel{g: newLinkedGroup(t, opts.Server, opts.Proxies), opts: opts}
	s.nodes = s.g.start(s.g.node(nil))
	members := make([]member, opts.Replicas+opts.Sentinels)
	for i := range members {
		if i < opts.Replicas {
			members[i] = s.g.node(s.nodes[0])
		} else {
			members[i] = s.sentinel(s.nodes[0])
		}
	}
	started := s.g.start(members...)
	s.nodes = append(s.nodes, started[:opts.Replicas]...)
	s.sentinels = started[opts.Replicas:]
	s.AwaitPrimary(s.nodes[0])
	return s
}

// sentinel describes a Sentinel.
func (s *Sentinel) sentinel(primary *Server) member {
	o := &s.opts
	opts := ServerOptions{NoTCP: o.Server.NoTCP, TLS: o.Server.TLS, TLSNames: o.Server.TLSNames,
		RequireClientCert: o.Server.RequireClientCert, Password: o.Password, Config: o.Config}
	return member{spec{opts: opts, sentinel: true, ready: hurry}, func(srv *Server, p *process) []string {
		host, port := splitAddr(srv.announce(p))
		lines := append(s.g.linkLines(srv, p),
			"sentinel announce-ip "+host,
			"sentinel announce-port "+port)
		user, password := s.g.credentials()
		if !p.again { // later the Sentinel has written this itself
			host, port = splitAddr(primary.AnnouncedAddr())
			lines = append(lines,
				fmt.Sprintf("sentinel monitor %s %s %s %d", o.Name, host, port, o.Quorum),
				fmt.Sprintf("sentinel down-after-milliseconds %s %d", o.Name, o.DownAfter.Milliseconds()),
				fmt.Sprintf("sentinel failover-timeout %s %d", o.Name, 3*o.DownAfter.Milliseconds()),
				fmt.Sprintf("sentinel parallel-syncs %s %d", o.Name, o.Replicas))
			if user != "" {
				lines = append(lines, "sentinel auth-user "+o.Name+" "+user)
			}
		}
		if password != "" {
			lines = append(lines, "sentinel auth-pass "+o.Name+" "+confQuote(password))
		}
		if o.Password != "" {
			lines = append(lines, "sentinel sentinel-pass "+confQuote(o.Password))
		}
		return lines
	}}
}

// hurry shortens the periods of a Sentinel, which are seconds by default. A Sentinel before 7.0 cannot do
// this, and is slower. The periods hang together: a replica is fit to become the primary if it has answered
// PING within the last five periods of PING, and INFO, which is sent every second after the primary's end,
// within as many.
func hurry(c *Conn) error {
	_, err := c.roundTrip("SENTINEL", "DEBUG", "INFO-PERIOD", "500", "PING-PERIOD", "500", "PUBLISH-PERIOD",
		"200", "ASK-PERIOD", "300", "TILT-PERIOD", "1000", "MIN-LINK-RECONNECT-PERIOD", "1000")
	return err
}

// Name returns the name under which the Sentinels know the primary.
func (s *Sentinel) Name() string { return s.opts.Name }

// Addrs returns the announced addresses of the Sentinels.
func (s *Sentinel) Addrs() []string { return announcedAddrs(s.Sentinels()) }

// Sentinels returns the Sentinels. They can be killed, paused and restarted like other servers, and
// [Server.Do] sends commands to them; [Server.Password] is that of the Sentinels.
func (s *Sentinel) Sentinels() []*Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sentinels)
}

// Servers returns the servers that the Sentinels watch, in the order of their starts: at first the primary,
// and then its replicas.
func (s *Sentinel) Servers() []*Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.nodes)
}

// Primary returns the primary that the Sentinels name. If they differ, as during a failover, it is the
// primary of the first Sentinel that can be asked.
func (s *Sentinel) Primary() *Server {
	s.g.t.Helper()
	err := fmt.Errorf("no Sentinel runs")
	for _, sentinel := range s.Sentinels() {
		if !sentinel.present() {
			continue
		}
		var primary *Server
		if primary, err = s.namedBy(sentinel); err == nil {
			return primary
		}
	}
	s.g.t.Fatalf("redpolltest: %v", err)
	return nil
}

// Replicas returns the servers besides the primary, in the order of their starts.
func (s *Sentinel) Replicas() []*Server {
	s.g.t.Helper()
	return without(s.Servers(), s.Primary())
}

// namedBy returns the primary that one Sentinel names.
func (s *Sentinel) namedBy(sentinel *Server) (*Server, error) {
	reply, err := sentinel.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", s.opts.Name)
	if err != nil {
		return nil, err
	}
	words, ok := reply.([]any)
	if !ok || len(words) != 2 {
		return nil, fmt.Errorf("the Sentinel at %s names %v", sentinel.AnnouncedAddr(), reply)
	}
	addr := fmt.Sprintf("%v:%v", words[0], words[1])
	primary := s.g.at(addr)
	if primary == nil {
		return nil, fmt.Errorf("the Sentinel at %s names %s, where none of the servers is",
			sentinel.AnnouncedAddr(), addr)
	}
	return primary, nil
}

// KillPrimary kills the primary like kill -9 and returns it. It does not wait for the failover, see
// [Sentinel.AwaitFailOver].
func (s *Sentinel) KillPrimary() *Server {
	s.g.t.Helper()
	primary := s.Primary()
	primary.Kill()
	return primary
}

// FailOver makes the Sentinels promote a replica although the primary is well (SENTINEL FAILOVER). It returns
// the new primary when all are settled, see [Sentinel.AwaitPrimary]. Writes of the last moment may be lost.
func (s *Sentinel) FailOver() *Server {
	s.g.t.Helper()
	old := s.Primary()
	begin := func() error {
		err := fmt.Errorf("no Sentinel runs")
		for _, sentinel := range s.Sentinels() {
			if sentinel.present() {
				if _, err = sentinel.ask("SENTINEL", "FAILOVER", s.opts.Name); err == nil {
					return nil
				}
			}
		}
		return err
	}
	awaitNil(s.g.t, "a Sentinel begins a failover", begin)
	var primary *Server
	awaitNil(s.g.t, "the Sentinels agree on another primary", func() (err error) {
		primary, err = s.settled(func(srv *Server) bool { return srv != old })
		if err != nil && s.allName(old) {
			_ = begin() // refused while one is under way; Sentinels give one up that takes them too long
		}
		return err
	})
	return primary
}

// allName reports whether all running Sentinels name a server as the primary.
func (s *Sentinel) allName(srv *Server) bool {
	return !slices.ContainsFunc(s.Sentinels(), func(sentinel *Server) bool {
		named, err := s.namedBy(sentinel)
		return sentinel.present() && (err != nil || named != srv)
	})
}

// AwaitFailOver waits until another server than old is the primary, as in [Sentinel.AwaitPrimary], and
// returns it.
func (s *Sentinel) AwaitFailOver(old *Server) *Server {
	s.g.t.Helper()
	return s.awaitPrimary(func(srv *Server) bool { return srv != old })
}

// AwaitPrimary waits until all is settled with srv as the primary: every running Sentinel names it and knows
// the other Sentinels, and every other running server follows it. Servers and Sentinels that are paused or
// isolated do not count.
func (s *Sentinel) AwaitPrimary(srv *Server) {
	s.g.t.Helper()
	s.g.mustHave(srv, s.Servers(), "a server")
	s.awaitPrimary(func(primary *Server) bool { return primary == srv })
}

func (s *Sentinel) awaitPrimary(want func(*Server) bool) *Server {
	s.g.t.Helper()
	var primary *Server
	awaitNil(s.g.t, "the Sentinels agree on the primary", func() (err error) {
		primary, err = s.settled(want)
		return err
	})
	return primary
}

// settled returns the primary if there is one that want accepts and all is as AwaitPrimary says.
func (s *Sentinel) settled(want func(*Server) bool) (*Server, error) {
	var primary *Server
	for _, sentinel := range s.Sentinels() {
		if !sentinel.present() {
			continue
		}
		named, err := s.namedBy(sentinel)
		switch {
		case err != nil:
			return nil, err
		case !want(named) || primary != nil && named != primary:
			return nil, fmt.Errorf("the Sentinel at %s names %s", sentinel.AnnouncedAddr(),
				named.AnnouncedAddr())
		}
		primary = named
		if err := s.informed(sentinel, primary); err != nil {
			return nil, err
		}
	}
	if primary == nil {
		return nil, fmt.Errorf("no Sentinel runs")
	}
	info, err := primary.info("replication")
	if err == nil && info["role"] != "master" {
		err = fmt.Errorf("%s is not a primary yet", primary.AnnouncedAddr())
	}
	for _, node := range s.Servers() {
		if err == nil && node != primary && node.present() {
			err = follows(node, primary)
		}
	}
	return primary, err
}

// informed returns nil if a Sentinel knows all others, and knows that all running replicas are well.
func (s *Sentinel) informed(sentinel, primary *Server) error {
	reply, err := sentinel.ask("SENTINEL", "MASTER", s.opts.Name)
	if err != nil {
		return err
	}
	state := pairs(reply)
	if state["num-other-sentinels"] != strconv.Itoa(len(s.Sentinels())-1) || state["flags"] != "master" {
		return fmt.Errorf("the Sentinel at %s knows %s other Sentinels, and the primary's flags are %s",
			sentinel.AnnouncedAddr(), state["num-other-sentinels"], state["flags"])
	}
	if reply, err = sentinel.ask("SENTINEL", "REPLICAS", s.opts.Name); err != nil {
		return err
	}
	fit := map[string]bool{}
	replicas, _ := reply.([]any)
	for _, replica := range replicas {
		state := pairs(replica)
		fit[state["ip"]+":"+state["port"]] = state["flags"] == "slave" && state["master-link-status"] == "ok"
	}
	for _, node := range s.Servers() {
		if node != primary && node.present() && !fit[node.AnnouncedAddr()] {
			return fmt.Errorf("the Sentinel at %s does not know that the replica at %s is well",
				sentinel.AnnouncedAddr(), node.AnnouncedAddr())
		}
	}
	return nil
}

// pairs makes a map of names and values that alternate.
func pairs(reply any) map[string]string {
	fields := map[string]string{}
	words, _ := reply.([]any)
	for i := 0; i+1 < len(words); i += 2 {
		fields[fmt.Sprint(words[i])] = fmt.Sprint(words[i+1])
	}
	return fields
}

// AddReplica starts one more replica, and returns it when all is settled, as in [Sentinel.AwaitPrimary].
func (s *Sentinel) AddReplica() *Server {
	s.g.t.Helper()
	primary := s.Primary()
	srv := s.g.start(s.g.node(primary))[0]
	s.mu.Lock()
	s.nodes = append(s.nodes, srv)
	s.mu.Unlock()
	s.AwaitPrimary(primary)
	return srv
}

// AddSentinel starts one more Sentinel, and returns it when all is settled, as in [Sentinel.AwaitPrimary].
func (s *Sentinel) AddSentinel() *Server {
	s.g.t.Helper()
	primary := s.Primary()
	srv := s.g.start(s.sentinel(primary))[0]
	s.mu.Lock()
	s.sentinels = append(s.sentinels, srv)
	s.mu.Unlock()
	s.AwaitPrimary(primary)
	return srv
}

// Remove kills srv, a replica or a Sentinel, for good, and makes the Sentinels forget it (SENTINEL RESET). It
// returns when all is settled, as in [Sentinel.AwaitPrimary].
func (s *Sentinel) Remove(srv *Server) {
	s.g.t.Helper()
	primary := s.mustNotBePrimary(srv)
	s.g.remove(srv)
	s.mu.Lock()
	s.nodes, s.sentinels = without(s.nodes, srv), without(s.sentinels, srv)
	s.mu.Unlock()
	s.reset()
	s.AwaitPrimary(primary)
}

// Move restarts srv, a replica or a Sentinel, on other ports, and behind a new proxy if there are proxies;
// nobody listens at the old address. The Sentinels forget it (SENTINEL RESET). Move returns when all is
// settled, as in [Sentinel.AwaitPrimary].
//
// The methods of srv that return addresses must not be called at the same time.
func (s *Sentinel) Move(srv *Server) {
	s.g.t.Helper()
	primary := s.mustNotBePrimary(srv)
	s.g.move(srv)
	s.reset()
	s.AwaitPrimary(primary)
}

// mustNotBePrimary ends the test if srv is not a replica or a Sentinel. It returns the primary.
func (s *Sentinel) mustNotBePrimary(srv *Server) *Server {
	s.g.t.Helper()
	primary := s.Primary()
	s.g.mustHave(srv, without(append(s.Servers(), s.Sentinels()...), primary), "a replica or a Sentinel")
	return primary
}

// reset makes each Sentinel forget the others and the replicas, which it finds again.
func (s *Sentinel) reset() {
	s.g.t.Helper()
	for _, sentinel := range s.Sentinels() {
		if sentinel.present() {
			sentinel.mustAsk("SENTINEL", "RESET", s.opts.Name)
		}
	}
}

// Isolate cuts srv, a server or a Sentinel, off from all other ones, in both directions: connections between
// them stay open, but silent. Clients still reach it: to cut these, use [Server.Proxy]. [Sentinel.Heal] is
// the end of it. It needs the option Proxies, Linux and Redis 7.0.
func (s *Sentinel) Isolate(srv *Server) {
	s.g.t.Helper()
	s.g.mustHave(srv, s.g.all(), "one")
	s.g.isolate(srv)
}

// Heal ends Isolate of all servers and Sentinels. Bytes that were held meanwhile arrive. Heal does not wait
// until all is settled, see [Sentinel.AwaitPrimary].
func (s *Sentinel) Heal() { s.g.heal() }
