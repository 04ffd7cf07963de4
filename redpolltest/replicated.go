package redpolltest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
)

// ReplicatedOptions describes the servers that [StartReplicated] starts. The zero value is a primary with two
// replicas.
type ReplicatedOptions struct {
	// Replicas is the number of replicas. Default: 2.
	Replicas int

	// Server describes each of the servers. With TLS they speak TLS with each other, too, and share an
	// authority.
	Server ServerOptions

	// Proxies puts a [Proxy] in front of each server, see [Server.Proxy]. The servers announce the addresses
	// of the proxies, and replicas follow the primary through its proxy. Default: no proxies.
	Proxies bool
}

// Replicated is a primary and its replicas.
//
// Its methods are for the goroutine of the test: a method that cannot do its work ends the test. The methods
// of [Server] kill, pause and restart a single server.
type Replicated struct {
	g *group

	mu      sync.Mutex
	servers []*Server // the primary first
}

// StartReplicated starts a primary and its replicas for t alone and stops them when t ends. It returns when
// the replicas follow the primary. If t fails, the last lines of each server's log are printed.
//
//	rep := redpolltest.StartReplicated(t, redpolltest.ReplicatedOptions{Replicas: 2})
//	rep.Primary().Kill()
//	rep.Promote(rep.Replicas()[0])
func StartReplicated(t testing.TB, opts ReplicatedOptions) *Replicated {
	t.Helper()
	r := &Replicated{g: newLinkedGroup(t, opts.Server, opts.Proxies)}
	r.servers = r.g.start(r.g.node(nil))
	replicas := make([]member, cmp.Or(opts.Replicas, 2))
	for i := range replicas {
		replicas[i] = r.g.node(r.servers[0])
	}
	r.servers = append(r.servers, r.g.start(replicas...)...)
	r.AwaitSync()
	return r
}

// node describes a primary if that is nil, and otherwise a replica of it.
func (g *group) node(primary *Server) member {
	return member{spec{opts: g.opts}, func(s *Server, p *process) []string {
		lines := g.nodeLines(s, p)
		if primary != nil && !p.again {
			host, port := splitAddr(primary.AnnouncedAddr())
			lines = append(lines, "replicaof "+host+" "+port)
		}
		return lines
	}}
}

// Primary returns the present primary: the first one, or the last one that was promoted.
func (r *Replicated) Primary() *Server {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.servers[0]
}

// Replicas returns the other servers, in the order of their starts.
func (r *Replicated) Replicas() []*Server {
	r.mu.Lock()
	defer r.mu.Unlock()
	replicas := slices.Clone(r.servers[1:])
	slices.SortFunc(replicas, func(a, b *Server) int { return a.number - b.number })
	return replicas
}

// Servers returns the primary and then the replicas.
func (r *Replicated) Servers() []*Server { return append([]*Server{r.Primary()}, r.Replicas()...) }

// Addrs returns the announced addresses of the primary and then of the replicas.
func (r *Replicated) Addrs() []string { return announcedAddrs(r.Servers()) }

// Promote makes srv, a replica, the primary at once, without any care for what it may lack (REPLICAOF NO
// ONE). The others follow it, as far as they run. It returns when they do.
//
// The old primary does not follow if it was killed: after its Restart it still is a primary, see
// [Replicated.Follow].
func (r *Replicated) Promote(srv *Server) {
	t := r.g.t
	t.Helper()
	r.g.mustHave(srv, r.Replicas(), "a replica")
	srv.mustAsk("REPLICAOF", "NO", "ONE")
	r.adopt(srv)
}

// FailOver swaps the primary and srv, a replica, such that no write is lost (FAILOVER): the primary holds
// writes until srv has everything. It returns when all others follow srv. It needs Redis 6.2.
func (r *Replicated) FailOver(srv *Server) {
	r.g.t.Helper()
	r.g.mustHave(srv, r.Replicas(), "a replica")
	host, port := splitAddr(srv.AnnouncedAddr())
	r.Primary().mustAsk("FAILOVER", "TO", host, port)
	awaitNil(r.g.t, "the primary has handed over", func() error { return follows(r.Primary(), srv) })
	r.adopt(srv)
}

// adopt makes all running servers follow srv, which is the new primary.
func (r *Replicated) adopt(srv *Server) {
	r.g.t.Helper()
	r.mu.Lock()
	r.servers = append([]*Server{srv}, without(r.servers, srv)...)
	r.mu.Unlock()
	srv.mustAsk("CONFIG", "REWRITE")
	for _, s := range r.Replicas() {
		if s.p.answers() {
			r.repoint(s)
		}
	}
	r.AwaitSync()
}

// Follow makes srv a replica of the present primary, and returns when it has everything.
func (r *Replicated) Follow(srv *Server) {
	r.g.t.Helper()
	r.g.mustHave(srv, r.Replicas(), "a replica")
	r.repoint(srv)
	r.AwaitSync()
}

// repoint tells s to follow the primary, also after a restart.
func (r *Replicated) repoint(s *Server) {
	r.g.t.Helper()
	host, port := splitAddr(r.Primary().AnnouncedAddr())
	s.mustAsk("REPLICAOF", host, port)
	s.mustAsk("CONFIG", "REWRITE")
}

// AwaitSync waits until every running replica follows the primary and has all that the primary has at this
// call. Replicas that are paused or isolated do not count.
func (r *Replicated) AwaitSync() {
	t := r.g.t
	t.Helper()
	primary := r.Primary()
	info, err := primary.info("replication")
	if err != nil {
		t.Fatalf("redpolltest: %v", err)
	}
	offset := replicationOffset(info, "master_repl_offset")
	for _, s := range r.Replicas() {
		awaitNil(t, "the replica is in sync", func() error {
			if !s.present() {
				return nil
			}
			return inSync(s, primary, offset)
		})
	}
}

// inSync returns nil if replica follows primary and has everything up to offset.
func inSync(replica, primary *Server, offset int64) error {
	if err := follows(replica, primary); err != nil {
		return err
	}
	info, err := replica.info("replication")
	if err != nil {
		return err
	}
	if has := replicationOffset(info, "slave_repl_offset"); has < offset {
		return fmt.Errorf("%s is at offset %d of %d", replica.AnnouncedAddr(), has, offset)
	}
	return nil
}

func replicationOffset(info map[string]string, field string) int64 {
	offset, _ := strconv.ParseInt(info[field], 10, 64) // 0 if it is not there
	return offset
}

// AddReplica starts one more replica and returns it when it has everything.
func (r *Replicated) AddReplica() *Server {
	r.g.t.Helper()
	s := r.g.start(r.g.node(r.Primary()))[0]
	r.mu.Lock()
	r.servers = append(r.servers, s)
	r.mu.Unlock()
	r.AwaitSync()
	return s
}

// Remove kills srv, a replica, for good.
func (r *Replicated) Remove(srv *Server) {
	r.g.t.Helper()
	r.g.mustHave(srv, r.Replicas(), "a replica")
	r.g.remove(srv)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.servers = without(r.servers, srv)
}

// Move restarts srv on other ports, and behind a new proxy if there are proxies; nobody listens at the old
// address. If srv is the primary, the replicas are told the new address. It returns when all are in sync
// again. A primary without AppendOnly loses its data, as with Restart.
//
// The methods of srv that return addresses must not be called at the same time.
func (r *Replicated) Move(srv *Server) {
	r.g.t.Helper()
	r.g.mustHave(srv, r.Servers(), "one")
	r.g.move(srv)
	if srv == r.Primary() {
		for _, s := range r.Replicas() {
			if s.p.answers() {
				r.repoint(s)
			}
		}
	}
	r.AwaitSync()
}

// Isolate cuts srv off from the other servers, in both directions: connections between them stay open, but
// silent. Clients still reach it, and it reaches them: to cut these, use [Server.Proxy]. [Replicated.Heal] is
// the end of it. It needs the option Proxies, Linux and Redis 7.0.
func (r *Replicated) Isolate(srv *Server) {
	r.g.t.Helper()
	r.g.mustHave(srv, r.Servers(), "one")
	r.g.isolate(srv)
}

// Heal ends Isolate of all servers. Bytes that were held meanwhile arrive.
func (r *Replicated) Heal() { r.g.heal() }

func announcedAddrs(servers []*Server) []string {
	addrs := make([]string, len(servers))
	for i, s := range servers {
		addrs[i] = s.AnnouncedAddr()
	}
	return addrs
}

// without returns all but one.
func without[T comparable](all []T, one T) []T {
	return slices.DeleteFunc(slices.Clone(all), func(other T) bool { return other == one })
}
