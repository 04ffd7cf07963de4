package wire_test

import (
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
)

// sentinelRows are the calls of methods for Sentinels.
var sentinelRows = []row{
	{"SentinelCkQuorum", func(p *redpoll.Pipeline) { p.SentinelCkQuorum("m") }, "SENTINEL CKQUORUM m"},
	{"SentinelConfigGet", func(p *redpoll.Pipeline) {
		p.SentinelConfigGet(keys...)
	}, "SENTINEL CONFIG GET a b"},
	{"SentinelConfigSet", func(p *redpoll.Pipeline) {
		p.SentinelConfigSet("announce-port", 7, "announce-ip", "h")
	}, "SENTINEL CONFIG SET announce-port 7 announce-ip h"},
	{"SentinelDebug", func(p *redpoll.Pipeline) { p.SentinelDebug() }, "SENTINEL DEBUG"},
	{"SentinelDebugSet", func(p *redpoll.Pipeline) {
		p.SentinelDebugSet("ping-period", time.Second)
	}, "SENTINEL DEBUG ping-period 1000"},
	{"SentinelFailover", func(p *redpoll.Pipeline) { p.SentinelFailover("m") }, "SENTINEL FAILOVER m"},
	{"SentinelFailover", func(p *redpoll.Pipeline) {
		p.SentinelFailover("m", redpoll.SentinelCoordinated)
	}, "SENTINEL FAILOVER m COORDINATED"},
	{"SentinelFlushConfig", func(p *redpoll.Pipeline) { p.SentinelFlushConfig() }, "SENTINEL FLUSHCONFIG"},
	{"SentinelGetMasterAddrByName", func(p *redpoll.Pipeline) {
		p.SentinelGetMasterAddrByName("m")
	}, "SENTINEL GET-MASTER-ADDR-BY-NAME m"},
	{"SentinelGetPrimaryAddrByName", func(p *redpoll.Pipeline) {
		p.SentinelGetPrimaryAddrByName("m")
	}, "SENTINEL GET-PRIMARY-ADDR-BY-NAME m"},
	{"SentinelHelp", func(p *redpoll.Pipeline) { p.SentinelHelp() }, "SENTINEL HELP"},
	{"SentinelInfoCache", func(p *redpoll.Pipeline) {
		p.SentinelInfoCache(keys...)
	}, "SENTINEL INFO-CACHE a b"},
	{"SentinelIsMasterDownByAddr", func(p *redpoll.Pipeline) {
		p.SentinelIsMasterDownByAddr("h", 6379, 3, "*")
	}, "SENTINEL IS-MASTER-DOWN-BY-ADDR h 6379 3 *"},
	{"SentinelIsPrimaryDownByAddr", func(p *redpoll.Pipeline) {
		p.SentinelIsPrimaryDownByAddr("h", 6379, 3, "*")
	}, "SENTINEL IS-PRIMARY-DOWN-BY-ADDR h 6379 3 *"},
	{"SentinelMaster", func(p *redpoll.Pipeline) { p.SentinelMaster("m") }, "SENTINEL MASTER m"},
	{"SentinelMasters", func(p *redpoll.Pipeline) { p.SentinelMasters() }, "SENTINEL MASTERS"},
	{"SentinelMonitor", func(p *redpoll.Pipeline) {
		p.SentinelMonitor("m", "h", 6379, 2)
	}, "SENTINEL MONITOR m h 6379 2"},
	{"SentinelMyID", func(p *redpoll.Pipeline) { p.SentinelMyID() }, "SENTINEL MYID"},
	{"SentinelPendingScripts", func(p *redpoll.Pipeline) {
		p.SentinelPendingScripts()
	}, "SENTINEL PENDING-SCRIPTS"},
	{"SentinelPrimaries", func(p *redpoll.Pipeline) { p.SentinelPrimaries() }, "SENTINEL PRIMARIES"},
	{"SentinelPrimary", func(p *redpoll.Pipeline) { p.SentinelPrimary("m") }, "SENTINEL PRIMARY m"},
	{"SentinelRemove", func(p *redpoll.Pipeline) { p.SentinelRemove("m") }, "SENTINEL REMOVE m"},
	{"SentinelReplicas", func(p *redpoll.Pipeline) { p.SentinelReplicas("m") }, "SENTINEL REPLICAS m"},
	{"SentinelReset", func(p *redpoll.Pipeline) { p.SentinelReset("m*") }, "SENTINEL RESET m*"},
	{"SentinelSentinels", func(p *redpoll.Pipeline) { p.SentinelSentinels("m") }, "SENTINEL SENTINELS m"},
	{"SentinelSet", func(p *redpoll.Pipeline) { p.SentinelSet("m", "quorum", 2) }, "SENTINEL SET m quorum 2"},
	{"SentinelSimulateFailure", func(p *redpoll.Pipeline) {
		p.SentinelSimulateFailure([]redpoll.SentinelCrash{redpoll.CrashAfterElection,
			redpoll.CrashAfterPromotion}...)
	}, "SENTINEL SIMULATE-FAILURE CRASH-AFTER-ELECTION CRASH-AFTER-PROMOTION"},
	{"SentinelSimulateFailureHelp", func(p *redpoll.Pipeline) {
		p.SentinelSimulateFailureHelp()
	}, "SENTINEL SIMULATE-FAILURE HELP"},
	{"SentinelSlaves", func(p *redpoll.Pipeline) { p.SentinelSlaves("m") }, "SENTINEL SLAVES m"},
}

func TestSentinelRefused(t *testing.T) {
	t.Parallel()
	testRefused(t, []refused{
		{"no settings", "at least one", func(p *redpoll.Pipeline) { p.SentinelSet("m") }},
		{"setting without a value", "without a value", func(p *redpoll.Pipeline) {
			p.SentinelSet("m", "quorum")
		}},
		{"no parameters", "at least one", func(p *redpoll.Pipeline) { p.SentinelConfigGet() }},
		{"no services", "at least one", func(p *redpoll.Pipeline) { p.SentinelInfoCache() }},
		{"no failure", "at least one", func(p *redpoll.Pipeline) { p.SentinelSimulateFailure() }},
		{"no such failure", "none of its constants", func(p *redpoll.Pipeline) {
			p.SentinelSimulateFailure([]redpoll.SentinelCrash{9}...)
		}},
	})
}
