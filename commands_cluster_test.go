package redpoll_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

var (
	clusterMode = redpolltest.ServerOptions{Config: []string{"cluster-enabled yes"}}
	allSlots    = redpoll.SlotRange{Start: 0, End: 16383}
)

// fullCluster makes the server own all slots and waits until it serves them.
func fullCluster(t *commandTest) string {
	t.Helper()
	t.ok(t.rdb.ClusterAddSlotsRange(ctx, allSlots))
	await(t.T, "a cluster that works", func() bool {
		info, err := t.rdb.ClusterInfo(ctx)
		return err == nil && info.State == "ok"
	})
	id, err := t.rdb.ClusterMyID(ctx)
	if err != nil || len(id) != 40 {
		t.Fatalf("got the ID %q and %v", id, err)
	}
	return id
}

// A node without a name, where clients shall use names, has no host. That is not the host that was asked.
func TestClusterNodeWithoutAName(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	for _, endpoints := range []struct{ kind, host string }{{"hostname", "?"}, {"unknown-endpoint", ""}} {
		t.Run(endpoints.kind, func(t *testing.T) {
			t.Parallel()
			o := redpolltest.ServerOptions{Config: append([]string{"cluster-preferred-endpoint-type " + endpoints.kind, "cluster-announce-ip 127.0.0.1"}, clusterMode.Config...)}
			ownServer(t, o, func(t *commandTest) {
				fullCluster(t)
				slots, err := t.rdb.ClusterSlots(ctx)
				if err != nil || len(slots) != 1 || len(slots[0].Nodes) != 1 || slots[0].Nodes[0].Host != endpoints.host || slots[0].Nodes[0].Metadata["ip"] != "127.0.0.1" {
					t.Errorf("got %+v and %v, want the host %q", slots, err, endpoints.host)
				}
				shards, err := t.rdb.ClusterShards(ctx)
				if err != nil || len(shards) != 1 || len(shards[0].Nodes) != 1 || shards[0].Nodes[0].Endpoint != endpoints.host {
					t.Errorf("got %+v and %v, want the endpoint %q", shards, err, endpoints.host)
				}
			})
		})
	}
}

// A node alone that owns all slots.
func TestClusterNode(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	ownServer(t, clusterMode, func(t *commandTest) {
		t.says("Hash slot not served")(t.rdb.Get(ctx, "k"))
		me := fullCluster(t)
		info, err := t.rdb.ClusterInfo(ctx)
		if err != nil || info.State != "ok" || info.SlotsAssigned != 16384 || info.SlotsOK != 16384 || info.SlotsFail != 0 || info.KnownNodes != 1 || info.Size != 1 {
			t.Errorf("got %+v and %v, want a node alone with all slots", info, err)
		}
		nodes, err := t.rdb.ClusterNodes(ctx)
		if err != nil || len(nodes) != 1 {
			t.Fatalf("got %+v and %v, want one node", nodes, err)
		}
		n := nodes[0]
		if n.ID != me || n.Port != int64(t.srv.Port()) || n.BusPort == 0 || !slices.Contains(n.Flags, "myself") || !n.Connected || n.Master != "" || !reflect.DeepEqual(n.Slots, []redpoll.SlotRange{allSlots}) {
			t.Errorf("got %+v", n)
		}
		slots, err := t.rdb.ClusterSlots(ctx)
		if err != nil || len(slots) != 1 || slots[0].Start != 0 || slots[0].End != 16383 || len(slots[0].Nodes) != 1 || slots[0].Nodes[0].ID != me || slots[0].Nodes[0].Port != n.Port {
			t.Errorf("got %+v and %v", slots, err)
		}
		shards, err := t.rdb.ClusterShards(ctx)
		if err != nil || len(shards) != 1 || !reflect.DeepEqual(shards[0].Slots, []redpoll.SlotRange{allSlots}) || len(shards[0].Nodes) != 1 {
			t.Fatalf("got %+v and %v", shards, err)
		}
		if s := shards[0].Nodes[0]; s.ID != me || s.Port != n.Port || s.Role != "master" || s.Health != "online" || s.Extra != nil {
			t.Errorf("got %+v", s)
		}
		t.want([]redpoll.ClusterLink{})(t.rdb.ClusterLinks(ctx))
		t.want([]redpoll.ClusterNode{})(t.rdb.ClusterReplicas(ctx, me))
		t.want([]redpoll.ClusterNode{})(t.rdb.ClusterSlaves(ctx, me))
		t.says("Unknown node")(t.rdb.ClusterReplicas(ctx, strings.Repeat("0", 40)))
		t.want(0)(t.rdb.ClusterCountFailureReports(ctx, me))
		t.starts("CLUSTER ")(t.rdb.ClusterHelp(ctx))

		t.want(12182)(t.rdb.ClusterKeySlot(ctx, "foo"))
		t.want(12182)(t.rdb.ClusterKeySlot(ctx, "{foo}bar"))
		t.ok(t.rdb.Set(ctx, "foo", 1))
		t.ok(t.rdb.Set(ctx, "{foo}bar", 1))
		t.want(2)(t.rdb.ClusterCountKeysInSlot(ctx, 12182))
		t.want(0)(t.rdb.ClusterCountKeysInSlot(ctx, 5))
		keys, err := t.rdb.ClusterGetKeysInSlot(ctx, 12182, 10)
		slices.Sort(keys)
		t.want([]string{"foo", "{foo}bar"})(keys, err)
		t.want([]string{})(t.rdb.ClusterGetKeysInSlot(ctx, 5, 10))
		t.ok(t.rdb.ClusterSaveConfig(ctx))
		t.says("DB must be empty")(nil, t.rdb.ClusterFlushSlots(ctx))
		t.says("can't be called with master nodes containing keys")(nil, t.rdb.ClusterReset(ctx))
	})
}

// SETSLOT of Valkey waits for replicas, and for how long can be said.
func TestClusterSetSlotTimeout(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "", "8.0")
	ownServer(t, clusterMode, func(t *commandTest) {
		me := must[string](t)(t.rdb.ClusterMyID(ctx))
		t.ok(t.rdb.ClusterSetSlotNode(ctx, 5, me, redpoll.SetSlotTimeout(time.Second)))
		t.want([]redpoll.SlotRange{{Start: 5, End: 5}})(must[[]redpoll.ClusterNode](t)(t.rdb.ClusterNodes(ctx))[0].Slots, nil)
		t.ok(t.rdb.ClusterSetSlotStable(ctx, 5, redpoll.SetSlotTimeout(time.Millisecond)))
	})
}

func TestClusterMyShardID(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 2)
	ownServer(t, clusterMode, func(t *commandTest) {
		me := must[string](t)(t.rdb.ClusterMyID(ctx))
		shard := must[string](t)(t.rdb.ClusterMyShardID(ctx))
		if len(shard) != 40 || shard == me {
			t.Errorf("got %q on the node %q", shard, me)
		}
		t.want(shard)(t.rdb.ClusterMyShardID(ctx))
	})
}

func TestClusterSlotStats(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "8.2", "8.0")
	o := redpolltest.ServerOptions{Config: append([]string{"cluster-slot-stats-enabled yes"}, clusterMode.Config...)}
	ownServer(t, o, func(t *commandTest) {
		fullCluster(t)
		for _, key := range []string{"foo", "{foo}bar", "b"} { // slots 12182 and 3300
			t.ok(t.rdb.Set(ctx, key, "value"))
		}
		list := must[[]redpoll.SlotStats](t)(t.rdb.ClusterSlotStats(ctx, 12181, 12183))
		if len(list) != 3 || list[0].Slot != 12181 || list[0].KeyCount != 0 || list[1].KeyCount != 2 || list[1].NetworkIn == 0 || list[1].NetworkOut == 0 || list[0].NetworkIn != 0 {
			t.Errorf("got %+v, want two keys in slot 12182 and traffic", list)
		}
		for name, metric := range map[string]redpoll.SlotMetric{"keys": redpoll.ByKeyCount, "processor": redpoll.ByCPU, "in": redpoll.ByNetworkIn, "out": redpoll.ByNetworkOut} {
			top := must[[]redpoll.SlotStats](t)(t.rdb.ClusterSlotStatsOrderBy(ctx, metric, redpoll.AtMost(2), redpoll.Desc))
			slots := []int64{top[0].Slot, top[1].Slot}
			slices.Sort(slots)
			if len(top) != 2 || top[0].Extra != nil || metric != redpoll.ByCPU && (!slices.Equal(slots, []int64{3300, 12182}) || top[0].Slot != 12182) {
				t.Errorf("by %s: got %+v, want the slots 12182 and 3300", name, top)
			}
		}
		low := must[[]redpoll.SlotStats](t)(t.rdb.ClusterSlotStatsOrderBy(ctx, redpoll.ByKeyCount, redpoll.Asc))
		if len(low) != 16384 || low[16383].Slot != 12182 {
			t.Errorf("got %d slots, the last one %+v", len(low), low[len(low)-1])
		}
	})
}

func TestClusterSlotOwners(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	ownServer(t, clusterMode, func(t *commandTest) {
		assigned := func(want int64) {
			t.Helper()
			if info, err := t.rdb.ClusterInfo(ctx); err != nil || info.SlotsAssigned != want {
				t.Errorf("%d slots have an owner (%v), want %d", info.SlotsAssigned, err, want)
			}
		}
		t.ok(t.rdb.ClusterSetConfigEpoch(ctx, 3))
		t.says("Node config epoch is already non-zero")(nil, t.rdb.ClusterSetConfigEpoch(ctx, 4))
		t.want(redpoll.ClusterEpoch{Epoch: 3})(t.rdb.ClusterBumpEpoch(ctx))
		t.ok(t.rdb.ClusterAddSlots(ctx, 0, 5, 16383))
		assigned(3)
		t.says("already busy")(nil, t.rdb.ClusterAddSlots(ctx, 4, 5))
		t.ok(t.rdb.ClusterAddSlotsRange(ctx, redpoll.SlotRange{Start: 10, End: 19}, redpoll.SlotRange{Start: 30, End: 30}))
		assigned(14)
		nodes, err := t.rdb.ClusterNodes(ctx)
		if err != nil || len(nodes) != 1 || nodes[0].Epoch != 3 {
			t.Fatalf("got %+v and %v", nodes, err)
		}
		t.want([]redpoll.SlotRange{{Start: 0, End: 0}, {Start: 5, End: 5}, {Start: 10, End: 19}, {Start: 30, End: 30}, {Start: 16383, End: 16383}})(nodes[0].Slots, nil)
		t.ok(t.rdb.ClusterDelSlots(ctx, 0, 5))
		assigned(12)
		t.says("already unassigned")(nil, t.rdb.ClusterDelSlots(ctx, 0))
		t.ok(t.rdb.ClusterDelSlotsRange(ctx, redpoll.SlotRange{Start: 10, End: 14}))
		assigned(7)
		t.ok(t.rdb.ClusterFlushSlots(ctx))
		assigned(0)
		old, err := t.rdb.ClusterMyID(ctx)
		t.ok(err)
		t.ok(t.rdb.ClusterReset(ctx, redpoll.ResetSoft))
		t.want(old)(t.rdb.ClusterMyID(ctx))
		t.ok(t.rdb.ClusterReset(ctx, redpoll.ResetHard))
		if id, err := t.rdb.ClusterMyID(ctx); err != nil || id == old {
			t.Errorf("got the ID %s and %v after a hard reset, want a new one", id, err)
		}
	})
}

// Valkey moves slots with their keys by itself.
func TestClusterMigrateSlots(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "", "9.0")
	ownServer(t, clusterMode, func(t *commandTest) {
		me, slot := fullCluster(t), redpoll.SlotRange{Start: 12182, End: 12182}
		t.ok(t.rdb.Set(ctx, "foo", "bar"))
		srv := redpolltest.Start(t.T, clusterMode)
		other := newClient(t.T, redpoll.Options{Addr: srv.Addr()})
		id := must[string](t)(other.ClusterMyID(ctx))
		t.want([]redpoll.SlotMigrationState{})(t.rdb.ClusterGetSlotMigrations(ctx))
		t.says("No migrations ongoing")(nil, t.rdb.ClusterCancelSlotMigrations(ctx))
		migration := redpoll.SlotMigration{Slots: []redpoll.SlotRange{slot}, Node: id}
		t.says("Unknown node")(nil, t.rdb.ClusterMigrateSlots(ctx, migration))
		t.ok(t.rdb.ClusterMeet(ctx, srv.Host(), int64(srv.Port()), redpoll.ClusterBusPort(int64(srv.Port())+10000)))
		var job redpoll.SlotMigrationState
		await(t.T, "a slot that has moved", func() bool {
			list := must[[]redpoll.SlotMigrationState](t)(t.rdb.ClusterGetSlotMigrations(ctx))
			i := slices.IndexFunc(list, func(m redpoll.SlotMigrationState) bool { return m.State != "failed" })
			if i < 0 { // both have to know each other before either takes the other's slots
				_ = t.rdb.ClusterMigrateSlots(ctx, migration)
				return false
			}
			job = list[i]
			return job.State == "success"
		})
		if job.Operation != "EXPORT" || len(job.Name) != 40 || !slices.Equal(job.Slots, []redpoll.SlotRange{slot}) || job.Source != me || job.Target != id || job.Created.IsZero() || job.Extra != nil {
			t.Errorf("got %+v", job)
		}
		await(t.T, "the key at its new owner", func() bool { v, err := other.Get(ctx, "foo"); return v == "bar" && err == nil })
		if t.srv.AtLeastRelease("", "9.1") {
			// Whoever owns the slot of "0" begins, with a cursor for the owner of the slot.
			page := must[redpoll.ClusterPage](t)(t.rdb.ClusterScan(ctx, "0", redpoll.InSlot(12182)))
			page = must[redpoll.ClusterPage](t)(other.ClusterScan(ctx, page.Cursor, redpoll.InSlot(12182)))
			if !slices.Equal(page.Keys, []string{"foo"}) || page.Cursor != "0" {
				t.Errorf("got %+v, want the one key of the slot", page)
			}
		}
		t.ok(other.ClusterFlushSlot(ctx, 12182))
		t.want(0)(other.ClusterCountKeysInSlot(ctx, 12182))
	})
}

// A replica becomes a master of its own, which still knows the others.
func TestClusterReplicateNoOne(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "", "9.0")
	ownServer(t, clusterMode, func(t *commandTest) {
		me := fullCluster(t)
		srv := redpolltest.Start(t.T, clusterMode)
		other := newClient(t.T, redpoll.Options{Addr: srv.Addr()})
		t.ok(t.rdb.ClusterMeet(ctx, srv.Host(), int64(srv.Port()), redpoll.ClusterBusPort(int64(srv.Port())+10000)))
		await(t.T, "a replica", func() bool { return other.ClusterReplicate(ctx, me) == nil })
		role := func() string { return must[redpoll.Role](t)(other.Role(ctx)).Name }
		t.want("slave")(role(), nil)
		t.ok(other.ClusterReplicateNoOne(ctx))
		t.want("master")(role(), nil)
		if nodes := must[[]redpoll.ClusterNode](t)(other.ClusterNodes(ctx)); len(nodes) != 2 {
			t.Errorf("got %+v, want both nodes", nodes)
		}
	})
}

// Two nodes: they meet, move a slot, become master and replica, change places and part.
func TestClusterTwoNodes(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	ownServer(t, clusterMode, func(t *commandTest) {
		me := fullCluster(t)
		srv := redpolltest.Start(t.T, clusterMode)
		other := newClient(t.T, redpoll.Options{Addr: srv.Addr()})
		id, err := other.ClusterMyID(ctx)
		t.ok(err)
		t.says("Invalid node address")(nil, t.rdb.ClusterMeet(ctx, "nonsense", 1))
		t.says("I don't know about node")(nil, t.rdb.ClusterSetSlotMigrating(ctx, 5, id))
		t.says("Unknown node")(nil, t.rdb.ClusterForget(ctx, id))
		t.ok(t.rdb.ClusterMeet(ctx, srv.Host(), int64(srv.Port()), redpoll.ClusterBusPort(int64(srv.Port())+10000)))
		await(t.T, "nodes that know each other", func() bool {
			one, err1 := t.rdb.ClusterNodes(ctx)
			two, err2 := other.ClusterNodes(ctx)
			named := func(list []redpoll.ClusterNode, id string) bool {
				return slices.ContainsFunc(list, func(n redpoll.ClusterNode) bool {
					return n.ID == id && n.Connected && !slices.Contains(n.Flags, "handshake")
				})
			}
			return err1 == nil && err2 == nil && named(one, id) && named(two, me)
		})
		var links []redpoll.ClusterLink
		await(t.T, "links in both directions", func() bool {
			links, err = t.rdb.ClusterLinks(ctx)
			return err == nil && len(links) == 2
		})
		for _, l := range links {
			if l.Node != id || l.Direction != "to" && l.Direction != "from" || l.Created.IsZero() || l.Extra != nil {
				t.Errorf("got %+v", l)
			}
		}

		t.ok(t.rdb.ClusterSetSlotMigrating(ctx, 5, id))
		t.ok(other.ClusterSetSlotImporting(ctx, 5, me))
		mine := func(c *redpoll.Client) redpoll.ClusterNode {
			nodes, err := c.ClusterNodes(ctx)
			i := slices.IndexFunc(nodes, func(n redpoll.ClusterNode) bool { return slices.Contains(n.Flags, "myself") })
			if err != nil || i < 0 {
				t.Fatalf("got %+v and %v", nodes, err)
			}
			return nodes[i]
		}
		t.want([]redpoll.MovingSlot{{Slot: 5, Node: id}})(mine(t.rdb).Migrating, nil)
		t.want([]redpoll.MovingSlot{{Slot: 5, Node: me}})(mine(other).Importing, nil)
		t.ok(t.rdb.ClusterSetSlotStable(ctx, 5))
		t.want([]redpoll.MovingSlot(nil))(mine(t.rdb).Migrating, nil)
		t.ok(other.ClusterSetSlotNode(ctx, 5, id))
		t.ok(t.rdb.ClusterSetSlotNode(ctx, 5, id))
		t.want([]redpoll.SlotRange{{Start: 5, End: 5}})(mine(other).Slots, nil)
		t.want([]redpoll.SlotRange{{Start: 0, End: 4}, {Start: 6, End: 16383}})(mine(t.rdb).Slots, nil)

		t.says("You should send CLUSTER FAILOVER to a replica")(nil, other.ClusterFailover(ctx))
		t.ok(t.rdb.ClusterSetSlotNode(ctx, 5, me))
		t.ok(other.ClusterDelSlots(ctx, 5))
		t.ok(other.ClusterSetSlotNode(ctx, 5, me))
		t.ok(other.ClusterReplicate(ctx, me))
		var replicas []redpoll.ClusterNode
		await(t.T, "a replica", func() bool {
			replicas, err = t.rdb.ClusterReplicas(ctx, me)
			return err == nil && len(replicas) == 1
		})
		if r := replicas[0]; r.ID != id || r.Master != me || !slices.Contains(r.Flags, "slave") || r.Port != int64(srv.Port()) {
			t.Errorf("got %+v", r)
		}
		if t.srv.Version().AtLeast(7, 2) { // the nodes of a shard agree on its ID
			shard := must[string](t)(t.rdb.ClusterMyShardID(ctx))
			await(t.T, "the same shard", func() bool {
				id, err := other.ClusterMyShardID(ctx)
				return err == nil && id == shard
			})
		}
		t.ok(other.ClusterFailover(ctx, redpoll.ClusterTakeover))
		await(t.T, "a failover", func() bool { return slices.Contains(mine(other).Flags, "master") && len(mine(other).Slots) > 0 })
	})
}
