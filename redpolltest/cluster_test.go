package redpolltest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// startCluster starts a cluster of three primaries with a replica each, and returns the owner of a key, its
// slot, and another primary.
func startCluster(t *testing.T, opts ClusterOptions) (clu *Cluster, slot int, owner, other *ClusterNode) {
	t.Helper()
	opts.Replicas = 1
	clu = StartCluster(t, opts)
	slot = clu.Slot("{x}a")
	owner = clu.Owner(slot)
	return clu, slot, owner, without(clu.Primaries(), owner)[0]
}

func beginsWith(t *testing.T, reply any, want string) {
	t.Helper()
	if got := fmt.Sprint(reply); !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %s", got, want)
	}
}

func TestClusterServes(t *testing.T) {
	t.Parallel()
	clu, slot, owner, other := startCluster(t, ClusterOptions{})
	if len(clu.Nodes()) != 6 || len(clu.Addrs()) != 6 || len(clu.Primaries()) != 3 {
		t.Fatalf("nodes at %v", clu.Addrs())
	}
	if slot != 16287 || owner != clu.Nodes()[2] {
		t.Errorf("the slot is %d, the owner %s", slot, owner.Addr())
	}
	var slots []SlotRange
	for i, n := range clu.Nodes() {
		if n.Addr() != clu.Addrs()[i] || n.Do("CLUSTER", "MYID") != n.ID() {
			t.Errorf("node %s is at %s", n.ID(), n.Addr())
		}
		if primary := n.Primary(); i < 3 {
			slots = append(slots, n.Slots()...)
			if primary != nil || !slices.Equal(n.Replicas(), clu.Nodes()[i+3:i+4]) {
				t.Errorf("node %d has the replicas %v", i, n.Replicas())
			}
		} else if primary != clu.Nodes()[i-3] || n.Slots() != nil || len(n.Replicas()) != 0 {
			t.Errorf("node %d is a replica of %v", i, primary)
		}
	}
	if got := fmt.Sprint(slots); got != "[0-5460 5461-10921 10922-16383]" {
		t.Errorf("slots %s", got)
	}
	beginsWith(t, owner.Do("SET", "{x}a", "v"), "OK")
	beginsWith(t, other.Do("GET", "{x}a"), "MOVED 16287 "+owner.Addr())
}

func TestClusterFailsOver(t *testing.T) {
	t.Parallel()
	clu, slot, first, _ := startCluster(t, ClusterOptions{})
	second := first.Replicas()[0]
	clu.FailOver(second)
	if clu.Owner(slot) != second || first.Primary() != second {
		t.Errorf("after a failover by hand the owner is %s", clu.Owner(slot).Addr())
	}
	second.Kill()
	if got := clu.AwaitFailOver(second); got != first || clu.Owner(slot) != first {
		t.Errorf("after a kill the owner is %s", got.Addr())
	}
	beginsWith(t, first.Do("SET", "{x}a", "v"), "OK")
	second.Restart()
	clu.AwaitOK()
	first.Kill()
	clu.FailOver(second)
	first.Restart()
	clu.AwaitOK()
	clu.FailOver(first)
	if second.Primary() != first || slices.Contains(clu.Primaries(), second) {
		t.Errorf("in the end it is a replica of %v", second.Primary())
	}
}

func TestSlotMoveInSteps(t *testing.T) {
	t.Parallel()
	clu, slot, from, to := startCluster(t, ClusterOptions{Server: ServerOptions{Password: "p w"}})
	for _, key := range []string{"{x}a", "{x}b", "{x}c"} {
		beginsWith(t, from.Do("SET", key, "v"), "OK")
	}
	ask := fmt.Sprintf("ASK %d %s", slot, to.Addr())
	move := clu.BeginMove(slot, to)
	beginsWith(t, from.Do("GET", "{x}new"), ask)
	beginsWith(t, from.Do("GET", "{x}a"), "v")
	move.MoveKeys("{x}a", "{x}none")
	beginsWith(t, from.Do("GET", "{x}a"), ask)
	beginsWith(t, from.Do("MGET", "{x}a", "{x}b"), "TRYAGAIN")
	move.Undo()
	beginsWith(t, from.Do("MGET", "{x}a", "{x}new"), "[v <nil>]")

	move = clu.BeginMove(slot, to)
	move.MoveKeys("{x}b")
	move.MoveKeys()
	beginsWith(t, from.Do("GET", "{x}c"), ask)
	move.Finish()
	beginsWith(t, from.Do("GET", "{x}c"), fmt.Sprintf("MOVED %d %s", slot, to.Addr()))
	beginsWith(t, to.Do("MGET", "{x}a", "{x}b", "{x}c"), "[v v v]")
	if clu.Owner(slot) != to {
		t.Errorf("the owner is %s", clu.Owner(slot).Addr())
	}
}

func TestClusterGrowsMovesAndShrinks(t *testing.T) {
	t.Parallel()
	clu, slot, owner, _ := startCluster(t, ClusterOptions{})
	beginsWith(t, owner.Do("SET", "{x}a", "v"), "OK")
	added := clu.AddPrimary()
	clu.MoveSlots(added, SlotRange{0, 9}, SlotRange{slot, slot})
	if got := fmt.Sprint(added.Slots()); got != fmt.Sprintf("[0-9 %d]", slot) {
		t.Errorf("the new primary has the slots %s", got)
	}
	beginsWith(t, added.Do("GET", "{x}a"), "v")
	replica := clu.AddReplica(added)
	beginsWith(t, replica.Do("GET", "{x}a"), fmt.Sprintf("MOVED %d %s", slot, added.Addr()))

	old := replica.Addr()
	clu.Move(replica)
	if replica.Addr() == old || replica.Primary() != added {
		t.Errorf("the replica was at %s, and is at %s", old, replica.Addr())
	}
	if text := fmt.Sprint(owner.Do("CLUSTER", "NODES")); strings.Contains(text, old+"@") ||
		!strings.Contains(text, replica.Addr()+"@") {
		t.Errorf("a move from %s to %s:\n%s", old, replica.Addr(), text)
	}
	clu.Remove(added)
	if len(clu.Nodes()) != 7 || replica.Primary() == added || clu.Owner(slot) == nil {
		t.Errorf("%d nodes are left", len(clu.Nodes()))
	}
	beginsWith(t, clu.Owner(slot).Do("GET", "{x}a"), "v")
	clu.Remove(replica)
}

func TestMoveSlotsAtomically(t *testing.T) {
	t.Parallel()
	RequireRelease(t, "8.4", "9.0")
	clu, slot, from, to := startCluster(t, ClusterOptions{Server: ServerOptions{Password: "p w"}})
	beginsWith(t, from.Do("SET", "{x}a", "v"), "OK")
	clu.MoveSlotsAtomically(to, SlotRange{5000, 6000}, SlotRange{slot, slot})
	beginsWith(t, to.Do("GET", "{x}a"), "v")
	beginsWith(t, from.Do("GET", "{x}a"), fmt.Sprintf("MOVED %d %s", slot, to.Addr()))
}

func TestClusterIsolate(t *testing.T) {
	t.Parallel()
	requireIsolation(t)
	clu, slot, old, _ := startCluster(t, ClusterOptions{Proxies: true})
	clu.Isolate(old)
	now := clu.AwaitFailOver(old)
	if old.Do("CLUSTER", "MYID") != old.ID() || clu.Owner(slot) != now {
		t.Errorf("the owner is %s", clu.Owner(slot).AnnouncedAddr())
	}
	if v, err := old.view(); err != nil || v.nodes[old.ID()].primary != "" {
		t.Errorf("cut off, the old primary sees itself as %v, %v", v.nodes[old.ID()], err)
	}
	mustDo(t, Dial(t, old.AnnouncedAddr()), "PONG", "PING")
	clu.Heal()
	clu.AwaitOK()
	if old.Primary() != now {
		t.Errorf("after the end of the partition it follows %v", old.Primary())
	}
	door := old.Proxy()
	clu.Move(old)
	if door == old.Proxy() || old.AnnouncedAddr() != old.Proxy().Addr() || old.Primary() != now {
		t.Errorf("after its move the node is at %s", old.AnnouncedAddr())
	}
	beginsWith(t, old.Do("GET", "{x}a"), fmt.Sprintf("MOVED %d %s", slot, now.AnnouncedAddr()))
}

func TestClusterWithTLS(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		opts ClusterOptions
	}{
		{"client certificates, and no other port", ClusterOptions{
			Server: ServerOptions{NoTCP: true, TLS: true, RequireClientCert: true}}},
		{"proxies, and a default user without rights", ClusterOptions{Proxies: true,
			Server: ServerOptions{TLS: true, Users: []User{{Name: "default", Rules: "+ping"}}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			clu, slot, from, to := startCluster(t, c.opts)
			if reply, err := pingTLS(from.AnnouncedAddr(), to.ClientTLS()); reply != "PONG" {
				t.Errorf("by TLS: %v, %v", reply, err)
			}
			beginsWith(t, from.Do("SET", "{x}a", "v"), "OK")
			clu.MoveSlots(to, SlotRange{slot, slot})
			beginsWith(t, to.Do("GET", "{x}a"), "v")
			clu.FailOver(to.Replicas()[0])
			beginsWith(t, clu.Owner(slot).Do("GET", "{x}a"), "v")
		})
	}
}
