package commands_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

var (
	clusterMode = redpolltest.ServerOptions{Config: []string{"cluster-enabled yes"}}
	allSlots    = redpoll.SlotRange{Start: 0, End: 16383}
)

// fullCluster gives all slots to the server, and waits until it serves them.
func fullCluster(t *clients.Test) string {
	t.Helper()
	t.OK(t.Client.ClusterAddSlotsRange(ctx, allSlots))
	redpolltest.Await(t.T, "a cluster that works", func() bool {
		info, err := t.Client.ClusterInfo(ctx)
		return err == nil && info.State == "ok"
	})
	id, err := t.Client.ClusterMyID(ctx)
	if err != nil || len(id) != 40 {
		t.Fatalf("got the ID %q and %v", id, err)
	}
	return id
}

// If clients should use host names and a node has none, its host is empty. It is not the host that was asked.
func TestClusterNodeWithoutAName(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	for _, endpoints := range []struct{ kind, host string }{{"hostname", "?"}, {"unknown-endpoint", ""}} {
		t.Run(endpoints.kind, func(t *testing.T) {
			t.Parallel()
			o := redpolltest.ServerOptions{Config: append([]string{"cluster-preferred-endpoint-type " +
				endpoints.kind, "cluster-announce-ip 127.0.0.1"}, clusterMode.Config...)}
			clients.OwnServer(t, o, func(t *clients.Test) {
				fullCluster(t)
				slots, err := t.Client.ClusterSlots(ctx)
				if err != nil || len(slots) != 1 || len(slots[0].Nodes) != 1 ||
					slots[0].Nodes[0].Host != endpoints.host ||
					slots[0].Nodes[0].Metadata["ip"] != "127.0.0.1" {
					t.Errorf("got %+v and %v, want the host %q", slots, err, endpoints.host)
				}
				shards, err := t.Client.ClusterShards(ctx)
				if err != nil || len(shards) != 1 || len(shards[0].Nodes) != 1 ||
					shards[0].Nodes[0].Endpoint != endpoints.host {
					t.Errorf("got %+v and %v, want the endpoint %q", shards, err, endpoints.host)
				}
			})
		})
	}
}

// A single node owns all slots.
func TestClusterNode(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	clients.OwnServer(t, clusterMode, func(t *clients.Test) {
		t.Says("Hash slot not served")(t.Client.Get(ctx, "k"))
		me := fullCluster(t)
		info, err := t.Client.ClusterInfo(ctx)
		if err != nil || info.State != "ok" || info.SlotsAssigned != 16384 || info.SlotsOK != 16384 ||
			info.SlotsFail != 0 || info.KnownNodes != 1 || info.Size != 1 {
			t.Errorf("got %+v and %v, want a node alone with all slots", info, err)
		}
		nodes, err := t.Client.ClusterNodes(ctx)
		if err != nil || len(nodes) != 1 {
			t.Fatalf("got %+v and %v, want one node", nodes, err)
		}
		n := nodes[0]
		if n.ID != me || n.Port != int64(t.Server.Port()) ||
			n.BusPort == 0 || !slices.Contains(n.Flags, "myself") || !n.Connected || n.Master != "" ||
			!reflect.DeepEqual(n.Slots, []redpoll.SlotRange{allSlots}) {
			t.Errorf("got %+v", n)
		}
		slots, err := t.Client.ClusterSlots(ctx)
		if err != nil || len(slots) != 1 || slots[0].Start != 0 || slots[0].End != 16383 ||
			len(slots[0].Nodes) != 1 || slots[0].Nodes[0].ID != me || slots[0].Nodes[0].Port != n.Port {
			t.Errorf("got %+v and %v", slots, err)
		}
		shards, err := t.Client.ClusterShards(ctx)
		if err != nil || len(shards) != 1 ||
			!reflect.DeepEqual(shards[0].Slots, []redpoll.SlotRange{allSlots}) || len(shards[0].Nodes) != 1 {
			t.Fatalf("got %+v and %v", shards, err)
		}
		s := shards[0].Nodes[0]
		if s.ID != me || s.Port != n.Port || s.Role != "master" || s.Health != "online" || s.Extra != nil {
			t.Errorf("got %+v", s)
		}
		t.Want([]redpoll.ClusterLink{})(t.Client.ClusterLinks(ctx))
		t.Want([]redpoll.ClusterNode{})(t.Client.ClusterReplicas(ctx, me))
		t.Want([]redpoll.ClusterNode{})(t.Client.ClusterSlaves(ctx, me))
		t.Says("Unknown node")(t.Client.ClusterReplicas(ctx, strings.Repeat("0", 40)))
		t.Want(0)(t.Client.ClusterCountFailureReports(ctx, me))
		t.Starts("CLUSTER ")(t.Client.ClusterHelp(ctx))

		t.Want(12182)(t.Client.ClusterKeySlot(ctx, "foo"))
		t.Want(12182)(t.Client.ClusterKeySlot(ctx, "{foo}bar"))
		t.OK(t.Client.Set(ctx, "foo", 1))
		t.OK(t.Client.Set(ctx, "{foo}bar", 1))
		t.Want(2)(t.Client.ClusterCountKeysInSlot(ctx, 12182))
		t.Want(0)(t.Client.ClusterCountKeysInSlot(ctx, 5))
		keys, err := t.Client.ClusterGetKeysInSlot(ctx, 12182, 10)
		slices.Sort(keys)
		t.Want([]string{"foo", "{foo}bar"})(keys, err)
		t.Want([]string{})(t.Client.ClusterGetKeysInSlot(ctx, 5, 10))
		t.OK(t.Client.ClusterSaveConfig(ctx))
		t.Says("DB must be empty")(nil, t.Client.ClusterFlushSlots(ctx))
		t.Says("can't be called with master nodes containing keys")(nil, t.Client.ClusterReset(ctx))
	})
}

// In Valkey, SETSLOT waits for replicas, for a time that the call can choose.
func TestClusterSetSlotTimeout(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "", "8.0")
	clients.OwnServer(t, clusterMode, func(t *clients.Test) {
		me := testkit.Must[string](t)(t.Client.ClusterMyID(ctx))
		t.OK(t.Client.ClusterSetSlotNode(ctx, 5, me, redpoll.ClusterSetSlotTimeout(time.Second)))
		t.Want([]redpoll.SlotRange{{Start: 5, End: 5}})(
			testkit.Must[[]redpoll.ClusterNode](t)(t.Client.ClusterNodes(ctx))[0].Slots, nil)
		t.OK(t.Client.ClusterSetSlotStable(ctx, 5, redpoll.ClusterSetSlotTimeout(time.Millisecond)))
	})
}

func TestClusterMyShardID(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 2)
	clients.OwnServer(t, clusterMode, func(t *clients.Test) {
		me := testkit.Must[string](t)(t.Client.ClusterMyID(ctx))
		shard := testkit.Must[string](t)(t.Client.ClusterMyShardID(ctx))
		if len(shard) != 40 || shard == me {
			t.Errorf("got %q on the node %q", shard, me)
		}
		t.Want(shard)(t.Client.ClusterMyShardID(ctx))
	})
}

func TestClusterSlotStats(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "8.2", "8.0")
	o := redpolltest.ServerOptions{
		Config: append([]string{"cluster-slot-stats-enabled yes"}, clusterMode.Config...),
	}
	clients.OwnServer(t, o, func(t *clients.Test) {
		fullCluster(t)
		for _, key := range []string{"foo", "{foo}bar", "b"} { // slots 12182 and 3300
			t.OK(t.Client.Set(ctx, key, "value"))
		}
		list := testkit.Must[[]redpoll.ClusterSlotStats](t)(t.Client.ClusterSlotStats(ctx, 12181, 12183))
		if len(list) != 3 || list[0].Slot != 12181 || list[0].KeyCount != 0 || list[1].KeyCount != 2 ||
			list[1].NetworkIn == 0 || list[1].NetworkOut == 0 || list[0].NetworkIn != 0 {
			t.Errorf("got %+v, want two keys in slot 12182 and traffic", list)
		}
		for name, metric := range map[string]redpoll.ClusterSlotMetric{
			"keys":      redpoll.ByKeyCount,
			"processor": redpoll.ByCPU,
			"in":        redpoll.ByNetworkIn,
			"out":       redpoll.ByNetworkOut,
		} {
			top := testkit.Must[[]redpoll.ClusterSlotStats](t)(
				t.Client.ClusterSlotStatsOrderBy(ctx, metric, redpoll.AtMost(2), redpoll.Desc))
			slots := []int64{top[0].Slot, top[1].Slot}
			slices.Sort(slots)
			if len(top) != 2 || top[0].Extra != nil || metric != redpoll.ByCPU &&
				(!slices.Equal(slots, []int64{3300, 12182}) || top[0].Slot != 12182) {
				t.Errorf("by %s: got %+v, want the slots 12182 and 3300", name, top)
			}
		}
		low := testkit.Must[[]redpoll.ClusterSlotStats](t)(
			t.Client.ClusterSlotStatsOrderBy(ctx, redpoll.ByKeyCount, redpoll.Asc))
		if len(low) != 16384 || low[16383].Slot != 12182 {
			t.Errorf("got %d slots, the last one %+v", len(low), low[len(low)-1])
		}
	})
}

func TestClusterSlotOwners(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	clients.OwnServer(t, clusterMode, func(t *clients.Test) {
		assigned := func(want int64) {
			t.Helper()
			if info, err := t.Client.ClusterInfo(ctx); err != nil || info.SlotsAssigned != want {
				t.Errorf("%d slots have an owner (%v), want %d", info.SlotsAssigned, err, want)
			}
		}
		t.OK(t.Client.ClusterSetConfigEpoch(ctx, 3))
		t.Says("Node config epoch is already non-zero")(nil, t.Client.ClusterSetConfigEpoch(ctx, 4))
		t.Want(redpoll.ClusterEpoch{Epoch: 3})(t.Client.ClusterBumpEpoch(ctx))
		t.OK(t.Client.ClusterAddSlots(ctx, 0, 5, 16383))
		assigned(3)
		t.Says("already busy")(nil, t.Client.ClusterAddSlots(ctx, 4, 5))
		t.OK(t.Client.ClusterAddSlotsRange(ctx, redpoll.SlotRange{Start: 10, End: 19}, redpoll.SlotRange{
			Start: 30, End: 30,
		}))
		assigned(14)
		nodes, err := t.Client.ClusterNodes(ctx)
		if err != nil || len(nodes) != 1 || nodes[0].Epoch != 3 {
			t.Fatalf("got %+v and %v", nodes, err)
		}
		t.Want([]redpoll.SlotRange{{Start: 0, End: 0}, {Start: 5, End: 5}, {Start: 10,
			End: 19}, {Start: 30, End: 30}, {Start: 16383, End: 16383}})(nodes[0].Slots, nil)
		t.OK(t.Client.ClusterDelSlots(ctx, 0, 5))
		assigned(12)
		t.Says("already unassigned")(nil, t.Client.ClusterDelSlots(ctx, 0))
		t.OK(t.Client.ClusterDelSlotsRange(ctx, redpoll.SlotRange{Start: 10, End: 14}))
		assigned(7)
		t.OK(t.Client.ClusterFlushSlots(ctx))
		assigned(0)
		old, err := t.Client.ClusterMyID(ctx)
		t.OK(err)
		t.OK(t.Client.ClusterReset(ctx, redpoll.ResetSoft))
		t.Want(old)(t.Client.ClusterMyID(ctx))
		t.OK(t.Client.ClusterReset(ctx, redpoll.ResetHard))
		if id, err := t.Client.ClusterMyID(ctx); err != nil || id == old {
			t.Errorf("got the ID %s and %v after a hard reset, want a new one", id, err)
		}
	})
}

// Valkey can move slots together with their keys.
func TestClusterMigrateSlots(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "", "9.0")
	clients.OwnServer(t, clusterMode, func(t *clients.Test) {
		me, slot := fullCluster(t), redpoll.SlotRange{Start: 12182, End: 12182}
		t.OK(t.Client.Set(ctx, "foo", "bar"))
		srv := redpolltest.Start(t.T, clusterMode)
		other := clients.New(t.T, redpoll.Options{Addr: srv.Addr()})
		id := testkit.Must[string](t)(other.ClusterMyID(ctx))
		t.Want([]redpoll.ClusterSlotMigrationState{})(t.Client.ClusterGetSlotMigrations(ctx))
		t.Says("No migrations ongoing")(nil, t.Client.ClusterCancelSlotMigrations(ctx))
		migration := redpoll.ClusterSlotMigration{Slots: []redpoll.SlotRange{slot}, Node: id}
		t.Says("Unknown node")(nil, t.Client.ClusterMigrateSlots(ctx, migration))
		t.OK(t.Client.ClusterMeet(ctx, srv.Host(), int64(srv.Port()),
			redpoll.ClusterBusPort(int64(srv.Port())+10000)))
		var job redpoll.ClusterSlotMigrationState
		redpolltest.Await(t.T, "a slot that has moved", func() bool {
			list := testkit.Must[[]redpoll.ClusterSlotMigrationState](t)(
				t.Client.ClusterGetSlotMigrations(ctx))
			i := slices.IndexFunc(list,
				func(m redpoll.ClusterSlotMigrationState) bool { return m.State != "failed" })
			if i < 0 { // each node must know the other before it can take its slots
				_ = t.Client.ClusterMigrateSlots(ctx, migration)
				return false
			}
			job = list[i]
			return job.State == "success"
		})
		if job.Operation != "EXPORT" || len(job.Name) != 40 ||
			!slices.Equal(job.Slots, []redpoll.SlotRange{slot}) || job.Source != me || job.Target != id ||
			job.Created.IsZero() || job.Extra != nil {
			t.Errorf("got %+v", job)
		}
		redpolltest.Await(t.T, "the key at its new owner",
			func() bool { v, err := other.Get(ctx, "foo"); return v == "bar" && err == nil })
		if t.Server.AtLeastRelease("", "9.1") {
			// The owner of slot 0 answers cursor 0. Its new cursor is for the owner of the requested slot.
			page := testkit.Must[redpoll.ClusterPage](t)(
				t.Client.ClusterScan(ctx, "0", redpoll.InSlot(12182)))
			page = testkit.Must[redpoll.ClusterPage](t)(
				other.ClusterScan(ctx, page.Cursor, redpoll.InSlot(12182)))
			if !slices.Equal(page.Keys, []string{"foo"}) || page.Cursor != "0" {
				t.Errorf("got %+v, want the one key of the slot", page)
			}
		}
		t.OK(other.ClusterFlushSlot(ctx, 12182))
		t.Want(0)(other.ClusterCountKeysInSlot(ctx, 12182))
	})
}

// A replica becomes a master without slots, and still knows the other nodes.
func TestClusterReplicateNoOne(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "", "9.0")
	clients.OwnServer(t, clusterMode, func(t *clients.Test) {
		me := fullCluster(t)
		srv := redpolltest.Start(t.T, clusterMode)
		other := clients.New(t.T, redpoll.Options{Addr: srv.Addr()})
		t.OK(t.Client.ClusterMeet(ctx, srv.Host(), int64(srv.Port()),
			redpoll.ClusterBusPort(int64(srv.Port())+10000)))
		redpolltest.Await(t.T, "a replica", func() bool { return other.ClusterReplicate(ctx, me) == nil })
		role := func() string { return testkit.Must[redpoll.RoleInfo](t)(other.Role(ctx)).Name }
		t.Want("slave")(role(), nil)
		t.OK(other.ClusterReplicateNoOne(ctx))
		t.Want("master")(role(), nil)
		if nodes := testkit.Must[[]redpoll.ClusterNode](t)(other.ClusterNodes(ctx)); len(nodes) != 2 {
			t.Errorf("got %+v, want both nodes", nodes)
		}
	})
}

// Two nodes meet, move a slot, become master and replica, change their roles and part.
func TestClusterTwoNodes(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	clients.OwnServer(t, clusterMode, func(t *clients.Test) {
		me := fullCluster(t)
		srv := redpolltest.Start(t.T, clusterMode)
		other := clients.New(t.T, redpoll.Options{Addr: srv.Addr()})
		id, err := other.ClusterMyID(ctx)
		t.OK(err)
		t.Says("Invalid node address")(nil, t.Client.ClusterMeet(ctx, "nonsense", 1))
		t.Says("I don't know about node")(nil, t.Client.ClusterSetSlotMigrating(ctx, 5, id))
		t.Says("Unknown node")(nil, t.Client.ClusterForget(ctx, id))
		t.OK(t.Client.ClusterMeet(ctx, srv.Host(), int64(srv.Port()),
			redpoll.ClusterBusPort(int64(srv.Port())+10000)))
		redpolltest.Await(t.T, "nodes that know each other", func() bool {
			one, err1 := t.Client.ClusterNodes(ctx)
			two, err2 := other.ClusterNodes(ctx)
			named := func(list []redpoll.ClusterNode, id string) bool {
				return slices.ContainsFunc(list, func(n redpoll.ClusterNode) bool {
					return n.ID == id && n.Connected && !slices.Contains(n.Flags, "handshake")
				})
			}
			return err1 == nil && err2 == nil && named(one, id) && named(two, me)
		})
		var links []redpoll.ClusterLink
		redpolltest.Await(t.T, "links in both directions", func() bool {
			links, err = t.Client.ClusterLinks(ctx)
			return err == nil && len(links) == 2
		})
		for _, l := range links {
			if l.Node != id || l.Direction != "to" && l.Direction != "from" || l.Created.IsZero() ||
				l.Extra != nil {
				t.Errorf("got %+v", l)
			}
		}

		t.OK(t.Client.ClusterSetSlotMigrating(ctx, 5, id))
		t.OK(other.ClusterSetSlotImporting(ctx, 5, me))
		mine := func(c *redpoll.Client) redpoll.ClusterNode {
			nodes, err := c.ClusterNodes(ctx)
			i := slices.IndexFunc(nodes,
				func(n redpoll.ClusterNode) bool { return slices.Contains(n.Flags, "myself") })
			if err != nil || i < 0 {
				t.Fatalf("got %+v and %v", nodes, err)
			}
			return nodes[i]
		}
		t.Want([]redpoll.ClusterMovingSlot{{Slot: 5, Node: id}})(mine(t.Client).Migrating, nil)
		t.Want([]redpoll.ClusterMovingSlot{{Slot: 5, Node: me}})(mine(other).Importing, nil)
		t.OK(t.Client.ClusterSetSlotStable(ctx, 5))
		t.Want([]redpoll.ClusterMovingSlot(nil))(mine(t.Client).Migrating, nil)
		t.OK(other.ClusterSetSlotNode(ctx, 5, id))
		t.OK(t.Client.ClusterSetSlotNode(ctx, 5, id))
		t.Want([]redpoll.SlotRange{{Start: 5, End: 5}})(mine(other).Slots, nil)
		t.Want([]redpoll.SlotRange{{Start: 0, End: 4}, {Start: 6, End: 16383}})(mine(t.Client).Slots, nil)

		t.Says("You should send CLUSTER FAILOVER to a replica")(nil, other.ClusterFailover(ctx))
		t.OK(t.Client.ClusterSetSlotNode(ctx, 5, me))
		t.OK(other.ClusterDelSlots(ctx, 5))
		t.OK(other.ClusterSetSlotNode(ctx, 5, me))
		t.OK(other.ClusterReplicate(ctx, me))
		var replicas []redpoll.ClusterNode
		redpolltest.Await(t.T, "a replica", func() bool {
			replicas, err = t.Client.ClusterReplicas(ctx, me)
			return err == nil && len(replicas) == 1
		})
		r := replicas[0]
		if r.ID != id || r.Master != me || !slices.Contains(r.Flags, "slave") || r.Port != int64(srv.Port()) {
			t.Errorf("got %+v", r)
		}
		if t.Server.Version().AtLeast(7, 2) { // the nodes of a shard have the same ID
			shard := testkit.Must[string](t)(t.Client.ClusterMyShardID(ctx))
			redpolltest.Await(t.T, "the same shard", func() bool {
				id, err := other.ClusterMyShardID(ctx)
				return err == nil && id == shard
			})
		}
		t.OK(other.ClusterFailover(ctx, redpoll.ClusterTakeover))
		redpolltest.Await(t.T, "a failover",
			func() bool { return slices.Contains(mine(other).Flags, "master") && len(mine(other).Slots) > 0 })
	})
}
