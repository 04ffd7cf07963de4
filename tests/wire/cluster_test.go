package wire_test

import (
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
)

var (
	slots      = []int64{0, 16383}
	slotRanges = []redpoll.SlotRange{{Start: 0, End: 99}, {Start: 200, End: 200}}
)

// clusterRows are the calls of methods for CLUSTER commands.
var clusterRows = []row{
	{"ClusterAddSlots", func(p *redpoll.Pipeline) {
		p.ClusterAddSlots(slots...)
	}, "CLUSTER ADDSLOTS 0 16383"},
	{"ClusterAddSlotsRange", func(p *redpoll.Pipeline) {
		p.ClusterAddSlotsRange(slotRanges...)
	}, "CLUSTER ADDSLOTSRANGE 0 99 200 200"},
	{"ClusterBumpEpoch", func(p *redpoll.Pipeline) { p.ClusterBumpEpoch() }, "CLUSTER BUMPEPOCH"},
	{"ClusterCancelSlotMigrations", func(p *redpoll.Pipeline) {
		p.ClusterCancelSlotMigrations()
	}, "CLUSTER CANCELSLOTMIGRATIONS"},
	{"ClusterCountFailureReports", func(p *redpoll.Pipeline) {
		p.ClusterCountFailureReports("id")
	}, "CLUSTER COUNT-FAILURE-REPORTS id"},
	{"ClusterCountKeysInSlot", func(p *redpoll.Pipeline) {
		p.ClusterCountKeysInSlot(5)
	}, "CLUSTER COUNTKEYSINSLOT 5"},
	{"ClusterDelSlots", func(p *redpoll.Pipeline) {
		p.ClusterDelSlots(slots...)
	}, "CLUSTER DELSLOTS 0 16383"},
	{"ClusterDelSlotsRange", func(p *redpoll.Pipeline) {
		p.ClusterDelSlotsRange(slotRanges...)
	}, "CLUSTER DELSLOTSRANGE 0 99 200 200"},
	{"ClusterFailover", func(p *redpoll.Pipeline) { p.ClusterFailover() }, "CLUSTER FAILOVER"},
	{"ClusterFailover", func(p *redpoll.Pipeline) {
		p.ClusterFailover(redpoll.Force)
	}, "CLUSTER FAILOVER FORCE"},
	{"ClusterFailover", func(p *redpoll.Pipeline) {
		p.ClusterFailover(redpoll.ClusterTakeover)
	}, "CLUSTER FAILOVER TAKEOVER"},
	{"ClusterFlushSlot", func(p *redpoll.Pipeline) {
		p.ClusterFlushSlot(5, redpoll.Async)
	}, "CLUSTER FLUSHSLOT 5 ASYNC"},
	{"ClusterFlushSlots", func(p *redpoll.Pipeline) { p.ClusterFlushSlots() }, "CLUSTER FLUSHSLOTS"},
	{"ClusterForget", func(p *redpoll.Pipeline) { p.ClusterForget("id") }, "CLUSTER FORGET id"},
	{"ClusterGetKeysInSlot", func(p *redpoll.Pipeline) {
		p.ClusterGetKeysInSlot(5, 10)
	}, "CLUSTER GETKEYSINSLOT 5 10"},
	{"ClusterGetSlotMigrations", func(p *redpoll.Pipeline) {
		p.ClusterGetSlotMigrations()
	}, "CLUSTER GETSLOTMIGRATIONS"},
	{"ClusterHelp", func(p *redpoll.Pipeline) { p.ClusterHelp() }, "CLUSTER HELP"},
	{"ClusterInfo", func(p *redpoll.Pipeline) { p.ClusterInfo() }, "CLUSTER INFO"},
	{"ClusterKeySlot", func(p *redpoll.Pipeline) { p.ClusterKeySlot("k") }, "CLUSTER KEYSLOT k"},
	{"ClusterLinks", func(p *redpoll.Pipeline) { p.ClusterLinks() }, "CLUSTER LINKS"},
	{"ClusterMeet", func(p *redpoll.Pipeline) { p.ClusterMeet("h", 6379) }, "CLUSTER MEET h 6379"},
	{"ClusterMeet", func(p *redpoll.Pipeline) {
		p.ClusterMeet("h", 6379, redpoll.ClusterBusPort(7000))
	}, "CLUSTER MEET h 6379 7000"},
	{"ClusterMigrateSlots", func(p *redpoll.Pipeline) {
		p.ClusterMigrateSlots([]redpoll.ClusterSlotMigration{{Slots: slotRanges, Node: "id1"},
			{Slots: slotRanges[:1], Node: "id2"}}...)
	}, "CLUSTER MIGRATESLOTS SLOTSRANGE 0 99 200 200 NODE id1 SLOTSRANGE 0 99 NODE id2"},
	{"ClusterMigrationImport", func(p *redpoll.Pipeline) {
		p.ClusterMigrationImport(slotRanges...)
	}, "CLUSTER MIGRATION IMPORT 0 99 200 200"},
	{"ClusterMigrationCancel", func(p *redpoll.Pipeline) {
		p.ClusterMigrationCancel("id")
	}, "CLUSTER MIGRATION CANCEL ID id"},
	{"ClusterMigrationCancelAll", func(p *redpoll.Pipeline) {
		p.ClusterMigrationCancelAll()
	}, "CLUSTER MIGRATION CANCEL ALL"},
	{"ClusterMigrationStatus", func(p *redpoll.Pipeline) {
		p.ClusterMigrationStatus("id")
	}, "CLUSTER MIGRATION STATUS ID id"},
	{"ClusterMigrationStatusAll", func(p *redpoll.Pipeline) {
		p.ClusterMigrationStatusAll()
	}, "CLUSTER MIGRATION STATUS ALL"},
	{"ClusterMyID", func(p *redpoll.Pipeline) { p.ClusterMyID() }, "CLUSTER MYID"},
	{"ClusterMyShardID", func(p *redpoll.Pipeline) { p.ClusterMyShardID() }, "CLUSTER MYSHARDID"},
	{"ClusterNodes", func(p *redpoll.Pipeline) { p.ClusterNodes() }, "CLUSTER NODES"},
	{"ClusterReplicas", func(p *redpoll.Pipeline) { p.ClusterReplicas("id") }, "CLUSTER REPLICAS id"},
	{"ClusterReplicate", func(p *redpoll.Pipeline) { p.ClusterReplicate("id") }, "CLUSTER REPLICATE id"},
	{"ClusterReplicateNoOne", func(p *redpoll.Pipeline) {
		p.ClusterReplicateNoOne()
	}, "CLUSTER REPLICATE NO ONE"},
	{"ClusterReset", func(p *redpoll.Pipeline) { p.ClusterReset() }, "CLUSTER RESET"},
	{"ClusterReset", func(p *redpoll.Pipeline) { p.ClusterReset(redpoll.ResetHard) }, "CLUSTER RESET HARD"},
	{"ClusterReset", func(p *redpoll.Pipeline) { p.ClusterReset(redpoll.ResetSoft) }, "CLUSTER RESET SOFT"},
	{"ClusterSaveConfig", func(p *redpoll.Pipeline) { p.ClusterSaveConfig() }, "CLUSTER SAVECONFIG"},
	{"ClusterScan", func(p *redpoll.Pipeline) { p.ClusterScan("0") }, "CLUSTERSCAN 0"},
	{"ClusterScan", func(p *redpoll.Pipeline) {
		p.ClusterScan("0B3a21-{06S}-96", redpoll.InSlot(0), redpoll.ScanType("hash"), redpoll.Match("a*"),
			redpoll.Count(100))
	}, "CLUSTERSCAN 0B3a21-{06S}-96 MATCH a* COUNT 100 TYPE hash SLOT 0"},
	{"ClusterSetConfigEpoch", func(p *redpoll.Pipeline) {
		p.ClusterSetConfigEpoch(3)
	}, "CLUSTER SET-CONFIG-EPOCH 3"},
	{"ClusterSetSlotImporting", func(p *redpoll.Pipeline) {
		p.ClusterSetSlotImporting(5, "id")
	}, "CLUSTER SETSLOT 5 IMPORTING id"},
	{"ClusterSetSlotMigrating", func(p *redpoll.Pipeline) {
		p.ClusterSetSlotMigrating(5, "id")
	}, "CLUSTER SETSLOT 5 MIGRATING id"},
	{"ClusterSetSlotNode", func(p *redpoll.Pipeline) {
		p.ClusterSetSlotNode(5, "id", redpoll.ClusterSetSlotTimeout(time.Second))
	}, "CLUSTER SETSLOT 5 NODE id TIMEOUT 1000"},
	{"ClusterSetSlotStable", func(p *redpoll.Pipeline) {
		p.ClusterSetSlotStable(5)
	}, "CLUSTER SETSLOT 5 STABLE"},
	{"ClusterShards", func(p *redpoll.Pipeline) { p.ClusterShards() }, "CLUSTER SHARDS"},
	{"ClusterSlaves", func(p *redpoll.Pipeline) { p.ClusterSlaves("id") }, "CLUSTER SLAVES id"},
	{"ClusterSlotStats", func(p *redpoll.Pipeline) {
		p.ClusterSlotStats(0, 99)
	}, "CLUSTER SLOT-STATS SLOTSRANGE 0 99"},
	{"ClusterSlotStats", func(p *redpoll.Pipeline) {
		p.ClusterSlotStats(16383, 16383)
	}, "CLUSTER SLOT-STATS SLOTSRANGE 16383 16383"},
	{"ClusterSlotStatsOrderBy", func(p *redpoll.Pipeline) {
		p.ClusterSlotStatsOrderBy(redpoll.ByKeyCount)
	}, "CLUSTER SLOT-STATS ORDERBY KEY-COUNT"},
	{"ClusterSlotStatsOrderBy", func(p *redpoll.Pipeline) {
		p.ClusterSlotStatsOrderBy(redpoll.ByCPU, redpoll.Asc, redpoll.AtMost(3))
	}, "CLUSTER SLOT-STATS ORDERBY CPU-USEC LIMIT 3 ASC"},
	{"ClusterSlotStatsOrderBy", func(p *redpoll.Pipeline) {
		p.ClusterSlotStatsOrderBy(redpoll.ByMemory, redpoll.Desc)
	}, "CLUSTER SLOT-STATS ORDERBY MEMORY-BYTES DESC"},
	{"ClusterSlotStatsOrderBy", func(p *redpoll.Pipeline) {
		p.ClusterSlotStatsOrderBy(redpoll.ByNetworkIn)
	}, "CLUSTER SLOT-STATS ORDERBY NETWORK-BYTES-IN"},
	{"ClusterSlotStatsOrderBy", func(p *redpoll.Pipeline) {
		p.ClusterSlotStatsOrderBy(redpoll.ByNetworkOut)
	}, "CLUSTER SLOT-STATS ORDERBY NETWORK-BYTES-OUT"},
	{"ClusterSlots", func(p *redpoll.Pipeline) { p.ClusterSlots() }, "CLUSTER SLOTS"},
}

func TestClusterRefused(t *testing.T) {
	t.Parallel()
	testRefused(t, []refused{
		{"no slots", "at least one", func(p *redpoll.Pipeline) { p.ClusterAddSlots() }},
		{"slot too high", "not a slot", func(p *redpoll.Pipeline) { p.ClusterAddSlots(16384) }},
		{"negative slot", "not a slot", func(p *redpoll.Pipeline) { p.ClusterCountKeysInSlot(-1) }},
		{"no ranges", "at least one", func(p *redpoll.Pipeline) { p.ClusterAddSlotsRange() }},
		{"range backwards", "ends before", func(p *redpoll.Pipeline) {
			p.ClusterDelSlotsRange([]redpoll.SlotRange{{Start: 5, End: 4}}...)
		}},
		{"range too high", "not a slot", func(p *redpoll.Pipeline) {
			p.ClusterDelSlotsRange([]redpoll.SlotRange{{Start: 5, End: 20000}}...)
		}},
		{"no migrations", "at least one", func(p *redpoll.Pipeline) { p.ClusterMigrateSlots() }},
		{"migration of nothing", "at least one", func(p *redpoll.Pipeline) {
			p.ClusterMigrateSlots([]redpoll.ClusterSlotMigration{{Node: "id"}}...)
		}},
		{"two ways to fail over", "exclude each other", func(p *redpoll.Pipeline) {
			p.ClusterFailover(redpoll.Force, redpoll.ClusterTakeover)
		}},
		{"two ways to reset", "exclude each other", func(p *redpoll.Pipeline) {
			p.ClusterReset(redpoll.ResetHard, redpoll.ResetSoft)
		}},
		{"range of counters backwards", "4 is before the start of the range, 5", func(p *redpoll.Pipeline) {
			p.ClusterSlotStats(5, 4)
		}},
		{"range of counters too low", "not a slot", func(p *redpoll.Pipeline) { p.ClusterSlotStats(-1, 4) }},
		{"range of counters too high", "not a slot", func(p *redpoll.Pipeline) {
			p.ClusterSlotStats(5,
				16384)
		}},
		{"scan of no slot", "not a slot", func(p *redpoll.Pipeline) {
			p.ClusterScan("0", redpoll.InSlot(16384))
		}},
		{"no such metric", "none of its constants", func(p *redpoll.Pipeline) {
			p.ClusterSlotStatsOrderBy(9)
		}},
		{"no slots to return", "at least 1", func(p *redpoll.Pipeline) {
			p.ClusterSlotStatsOrderBy(redpoll.ByCPU, redpoll.AtMost(0))
		}},
		{"up and down", "exclude each other", func(p *redpoll.Pipeline) {
			p.ClusterSlotStatsOrderBy(redpoll.ByCPU, redpoll.Asc, redpoll.Desc)
		}},
	})
}
