package redpolltest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// slotCount is the number of hash slots of a cluster.
const slotCount = 16384

// ClusterOptions describes the cluster that [StartCluster] starts. The zero value is three primaries without
// replicas.
type ClusterOptions struct {
	// Primaries is the number of primaries, which share all slots evenly. Default: 3.
	Primaries int

	// Replicas is the number of replicas of each primary. Default: none.
	Replicas int

	// NodeTimeout is the time without an answer after which a node takes another one for failed. Default: two
	// seconds. A shorter time makes failovers quicker, and needless ones likely on a busy machine.
	NodeTimeout time.Duration

	// Server describes each of the nodes. With TLS they speak TLS with each other, too, and share an
	// authority. Databases has an effect only where clusters have numbered databases.
	Server ServerOptions

	// Proxies puts a [Proxy] in front of each node, see [Server.Proxy], and one in front of its port for the
	// other nodes. The nodes announce the addresses of the proxies. Default: no proxies.
	Proxies bool
}

// Cluster is a cluster of servers. Replicas stay with their primaries: no node moves to another primary on
// its own, except in a failover.
//
// Its methods are for the goroutine of the test: a method that cannot do its work ends the test. The methods
// of [Server] kill, pause and restart a single node.
type Cluster struct {
	g    *group
	opts ClusterOptions

	mu    sync.Mutex
	nodes []*ClusterNode
	roles map[string]string // ID of a node to that of its primary when all agreed last
}

// StartCluster starts a cluster for t alone and stops it when t ends. It returns when the nodes agree on all
// slots and the replicas follow their primaries. If t fails, the last lines of each node's log are printed.
//
//	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{Replicas: 1})
//	... // a client of clu.Addrs()
//	old := clu.Owner(clu.Slot("key"))
//	old.Kill()
//	now := clu.AwaitFailOver(old)
//
// With a Redis before 7.0, t is skipped as by [RequireVersion].
func StartCluster(t testing.TB, opts ClusterOptions) *Cluster {
	t.Helper()
	RequireVersion(t, 7, 0)
	opts.Primaries = cmp.Or(opts.Primaries, 3)
	opts.NodeTimeout = cmp.Or(opts.NodeTimeout, 2*time.Second)
	c := &Cluster{g: newLinkedGroup(t, opts.Server, opts.Proxies), opts: opts}
	c.start(opts.Primaries * (1 + opts.Replicas))
	primaries := c.nodes[:opts.Primaries]
	for i, n := range c.nodes {
		// Each node has an epoch of its own from the start, so that none has to give way first.
		n.mustAsk("CLUSTER", "SET-CONFIG-EPOCH", strconv.Itoa(i+1))
		if i < len(primaries) {
			slots := share(i, len(primaries))
			n.mustAsk("CLUSTER", "ADDSLOTSRANGE", strconv.Itoa(slots.First), strconv.Itoa(slots.Last))
		}
		c.meet(n, c.nodes[:i])
	}
	c.awaitAcquainted()
	for i, n := range c.nodes[len(primaries):] {
		n.mustAsk("CLUSTER", "REPLICATE", primaries[i%len(primaries)].id)
	}
	c.AwaitOK()
	return c
}

// share returns the slots of the primary i of n.
func share(i, n int) SlotRange { return SlotRange{i * slotCount / n, (i+1)*slotCount/n - 1} }

// start starts n nodes that know nothing of each other, and appends them to c.nodes.
func (c *Cluster) start(n int) []*ClusterNode {
	c.g.t.Helper()
	members := make([]member, n)
	for i := range members {
		members[i] = member{spec{opts: c.opts.Server, bus: true}, c.config}
	}
	nodes := make([]*ClusterNode, n)
	for i, s := range c.g.start(members...) {
		nodes[i] = &ClusterNode{Server: s, c: c, id: fmt.Sprint(s.mustAsk("CLUSTER", "MYID"))}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes = append(c.nodes, nodes...)
	return nodes
}

// config returns the lines of a node's configuration.
func (c *Cluster) config(s *Server, p *process) []string {
	host, port := splitAddr(s.announce(p))
	_, busPort := splitAddr(s.announceBus(p))
	lines := append(c.g.nodeLines(s, p),
		"cluster-enabled yes",
		"cluster-config-file nodes.conf",
		fmt.Sprintf("cluster-node-timeout %d", c.opts.NodeTimeout.Milliseconds()),
		fmt.Sprintf("cluster-port %d", p.busPort),
		"cluster-announce-ip "+host,
		"cluster-announce-bus-port "+busPort,
		"cluster-allow-replica-migration no",
		"cluster-replica-validity-factor 0") // a replica may take over, however old its data
	switch {
	case p.opts.TLS:
		lines = append(lines, "tls-cluster yes", "cluster-announce-tls-port "+port)
	default:
		lines = append(lines, "cluster-announce-port "+port)
	}
	return lines
}

// meet introduces n to others.
func (c *Cluster) meet(n *ClusterNode, others []*ClusterNode) {
	c.g.t.Helper()
	for _, other := range others {
		if other.present() {
			host, port := splitAddr(other.AnnouncedAddr())
			_, busPort := splitAddr(other.announceBus(other.p))
			n.mustAsk("CLUSTER", "MEET", host, port, busPort)
		}
	}
}

// awaitAcquainted waits until every node knows every other one.
func (c *Cluster) awaitAcquainted() {
	c.g.t.Helper()
	awaitNil(c.g.t, "the nodes know each other", func() error {
		for _, n := range c.present() {
			v, err := n.view()
			if err == nil {
				err = c.complete(v)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Addrs returns the announced addresses of all nodes, in the order of their starts.
func (c *Cluster) Addrs() []string {
	var addrs []string
	for _, n := range c.Nodes() {
		addrs = append(addrs, n.AnnouncedAddr())
	}
	return addrs
}

// Nodes returns all nodes in the order of their starts: at first the primaries, and then their replicas.
func (c *Cluster) Nodes() []*ClusterNode {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.nodes)
}

// Primaries returns the present primaries, in the order of their starts.
func (c *Cluster) Primaries() []*ClusterNode {
	c.g.t.Helper()
	v := c.mustView()
	return slices.DeleteFunc(c.Nodes(), func(n *ClusterNode) bool {
		state := v.nodes[n.id]
		return state.primary != "" || state.has("fail") && len(state.slots) == 0
	})
}

// Owner returns the primary that has a slot; nil if there is none.
func (c *Cluster) Owner(slot int) *ClusterNode {
	c.g.t.Helper()
	for id, state := range c.mustView().nodes {
		if slices.ContainsFunc(state.slots, func(r SlotRange) bool { return r.Has(slot) }) {
			return c.node(id)
		}
	}
	return nil
}

// Slot returns the hash slot of a key.
func (c *Cluster) Slot(key string) int {
	c.g.t.Helper()
	slot, _ := c.first().mustAsk("CLUSTER", "KEYSLOT", key).(int64)
	return int(slot)
}

// node returns the node with an ID; nil if there is none.
func (c *Cluster) node(id string) *ClusterNode {
	for _, n := range c.Nodes() {
		if n.id == id {
			return n
		}
	}
	return nil
}

// present returns the nodes that should answer each other.
func (c *Cluster) present() []*ClusterNode {
	return slices.DeleteFunc(c.Nodes(), func(n *ClusterNode) bool { return !n.present() })
}

// first returns the first node that can be asked.
func (c *Cluster) first() *ClusterNode {
	c.g.t.Helper()
	nodes := c.present()
	if len(nodes) == 0 {
		c.g.t.Fatalf("redpolltest: no node of the cluster runs")
	}
	return nodes[0]
}

func (c *Cluster) mustView() view {
	c.g.t.Helper()
	v, err := c.first().view()
	if err != nil {
		c.g.t.Fatalf("redpolltest: %v", err)
	}
	return v
}

func (c *Cluster) mustHave(n *ClusterNode) {
	c.g.t.Helper()
	if n == nil || !slices.Contains(c.Nodes(), n) {
		c.g.t.Fatalf("redpolltest: this node is not one of this cluster")
	}
}

// AwaitOK waits until all is well: every slot is served, the nodes agree on addresses, roles and slots, and
// each replica follows its primary. Nodes that do not run, are paused or isolated do not count.
func (c *Cluster) AwaitOK() {
	c.g.t.Helper()
	awaitNil(c.g.t, "the cluster is well", c.problem)
}

// problem returns nil if all is well, and remembers the roles.
func (c *Cluster) problem() error {
	nodes := c.present()
	var agreed string
	for _, n := range nodes {
		v, err := n.view()
		if err == nil {
			err = c.complete(v)
		}
		if err != nil {
			return err
		}
		picture := v.picture(nodes)
		if agreed != "" && picture != agreed {
			return fmt.Errorf("the nodes do not agree:\n%s\n%s", agreed, picture)
		}
		agreed = picture
		info, err := n.ask("CLUSTER", "INFO")
		if err == nil && !strings.Contains(fmt.Sprint(info), "cluster_state:ok") {
			err = fmt.Errorf("%s says:\n%v", n.AnnouncedAddr(), info)
		}
		if primary := c.node(v.nodes[n.id].primary); err == nil && primary != nil && primary.present() {
			err = follows(n.Server, primary.Server)
		}
		if err != nil {
			return err
		}
	}
	if len(nodes) == 0 {
		return fmt.Errorf("no node runs")
	}
	v, err := nodes[0].view()
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.roles = map[string]string{}
	for id, state := range v.nodes {
		c.roles[id] = state.primary
	}
	return nil
}

// complete returns nil if v has the nodes of the cluster and no others, and those that run are well.
func (c *Cluster) complete(v view) error {
	nodes := c.Nodes()
	if len(v.nodes) != len(nodes) {
		return fmt.Errorf("%s knows %d nodes of %d", v.by.AnnouncedAddr(), len(v.nodes), len(nodes))
	}
	for _, n := range nodes {
		state, ok := v.nodes[n.id]
		if !ok || n.present() && (state.has("fail") || state.has("fail?") || state.has("handshake")) {
			return fmt.Errorf("%s knows %s as %q", v.by.AnnouncedAddr(), n.AnnouncedAddr(), state.flags)
		}
	}
	return nil
}

// FailOver makes a replica the primary of its slots and its primary a replica of it (CLUSTER FAILOVER).
// Nothing is lost. If the primary does not run, the replica does not wait for it (FORCE). FailOver returns
// when all is well again.
func (c *Cluster) FailOver(replica *ClusterNode) {
	t := c.g.t
	t.Helper()
	c.mustHave(replica)
	primary := replica.Primary()
	if primary == nil {
		t.Fatalf("redpolltest: %s is not a replica", replica.AnnouncedAddr())
	}
	command := []string{"CLUSTER", "FAILOVER"}
	if !primary.present() {
		command = append(command, "FORCE")
	}
	var last time.Time
	awaitNil(t, "the replica is a primary", func() error {
		info, err := replica.info("replication")
		if err != nil || info["role"] == "master" {
			return err
		}
		// The server gives up a failover after five seconds.
		if time.Since(last) > 6*time.Second {
			last = time.Now()
			_, err = replica.ask(command...)
		}
		return cmp.Or(err, fmt.Errorf("%s is still a replica", replica.AnnouncedAddr()))
	})
	c.AwaitOK()
}

// AwaitFailOver waits until a replica of old has taken its place and all is well, and returns this replica.
// Old, a primary, was killed, paused or isolated before.
func (c *Cluster) AwaitFailOver(old *ClusterNode) *ClusterNode {
	t := c.g.t
	t.Helper()
	c.mustHave(old)
	c.mu.Lock()
	roles := c.roles
	c.mu.Unlock()
	var heir *ClusterNode
	awaitNil(t, "a replica has taken over", func() error {
		for _, n := range c.present() {
			if roles[n.id] != old.id {
				continue
			}
			v, err := n.view()
			if err != nil {
				return err
			}
			if state := v.nodes[n.id]; state.primary == "" && len(state.slots) > 0 {
				heir = n
				return nil
			}
		}
		return fmt.Errorf("none of the replicas of %s is a primary", old.AnnouncedAddr())
	})
	c.AwaitOK()
	return heir
}

// AddPrimary starts one more node, a primary without slots, and returns it when all nodes know it. See
// [Cluster.MoveSlots].
func (c *Cluster) AddPrimary() *ClusterNode {
	c.g.t.Helper()
	return c.add(nil)
}

// AddReplica starts one more replica of primary, and returns it when it follows.
func (c *Cluster) AddReplica(primary *ClusterNode) *ClusterNode {
	c.g.t.Helper()
	c.mustHave(primary)
	return c.add(primary)
}

func (c *Cluster) add(primary *ClusterNode) *ClusterNode {
	c.g.t.Helper()
	n := c.start(1)[0]
	c.meet(n, without(c.Nodes(), n))
	c.awaitAcquainted()
	if primary != nil {
		n.mustAsk("CLUSTER", "REPLICATE", primary.id)
	}
	c.AwaitOK()
	return n
}

// Remove takes a node out of the cluster and kills it. Its slots and keys go to the other primaries, as in
// [Cluster.MoveSlots], and its replicas to the first of these. A node that does not run must not have slots.
// Remove returns when all is well.
func (c *Cluster) Remove(n *ClusterNode) {
	t := c.g.t
	t.Helper()
	c.mustHave(n)
	heirs := slices.DeleteFunc(without(c.Primaries(), n), func(n *ClusterNode) bool { return !n.present() })
	if len(heirs) == 0 {
		t.Fatalf("redpolltest: there is no other primary")
	}
	for i, part := range divide(n.Slots(), len(heirs)) {
		c.MoveSlots(heirs[i], part...)
	}
	for _, replica := range n.Replicas() {
		if replica.present() {
			replica.mustAsk("CLUSTER", "REPLICATE", heirs[0].id)
		}
	}
	c.AwaitOK()
	c.g.remove(n.Server)
	c.mu.Lock()
	c.nodes = without(c.nodes, n)
	c.mu.Unlock()
	for _, other := range c.present() {
		_, _ = other.ask("CLUSTER", "FORGET", n.id) // fails if it has heard of it from another node
	}
	c.AwaitOK()
}

// Move restarts a node on other ports, and behind new proxies if there are proxies; nobody listens at the old
// address. The node keeps its ID, and tells its address to the others. Move returns when all is well. A
// primary without AppendOnly loses its data, as with Restart.
//
// The methods of n that return addresses must not be called at the same time.
func (c *Cluster) Move(n *ClusterNode) {
	c.g.t.Helper()
	c.mustHave(n)
	c.g.move(n.Server)
	c.AwaitOK()
}

// Isolate cuts a node off from the other nodes, in both directions: connections between them stay open, but
// silent. Clients still reach it: to cut these, use [Server.Proxy]. [Cluster.Heal] is the end of it. It needs
// the option Proxies, Linux and Redis 7.0.
func (c *Cluster) Isolate(n *ClusterNode) {
	c.g.t.Helper()
	c.mustHave(n)
	c.g.isolate(n.Server)
}

// Heal ends Isolate of all nodes. Bytes that were held meanwhile arrive. Heal does not wait for the nodes to
// agree, see [Cluster.AwaitOK].
func (c *Cluster) Heal() { c.g.heal() }
