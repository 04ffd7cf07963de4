package wire_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
)

// serverRows are the calls of methods for the server.
var serverRows = []row{
	{"DBSize", func(p *redpoll.Pipeline) { p.DBSize() }, "DBSIZE"},
	{"FlushDB", func(p *redpoll.Pipeline) { p.FlushDB() }, "FLUSHDB"},
	{"FlushDB", func(p *redpoll.Pipeline) { p.FlushDB(redpoll.Async) }, "FLUSHDB ASYNC"},
	{"FlushAll", func(p *redpoll.Pipeline) { p.FlushAll(redpoll.Sync) }, "FLUSHALL SYNC"},
	{"Time", func(p *redpoll.Pipeline) { p.Time() }, "TIME"},
	{"Info", func(p *redpoll.Pipeline) { p.Info() }, "INFO"},
	{"Info", func(p *redpoll.Pipeline) { p.Info("memory", "cpu") }, "INFO memory cpu"},
	{"ConfigGet", func(p *redpoll.Pipeline) { p.ConfigGet("max*", "save") }, "CONFIG GET max* save"},
	{"ConfigSet", func(p *redpoll.Pipeline) {
		p.ConfigSet("maxmemory", 100, "save", "")
	}, `CONFIG SET maxmemory 100 save ""`},
	{"ConfigResetStat", func(p *redpoll.Pipeline) { p.ConfigResetStat() }, "CONFIG RESETSTAT"},
	{"ConfigRewrite", func(p *redpoll.Pipeline) { p.ConfigRewrite() }, "CONFIG REWRITE"},
	{"ConfigHelp", func(p *redpoll.Pipeline) { p.ConfigHelp() }, "CONFIG HELP"},
	{"Command", func(p *redpoll.Pipeline) { p.Command() }, "COMMAND"},
	{"CommandInfo", func(p *redpoll.Pipeline) {
		p.CommandInfo("get", "config|set")
	}, "COMMAND INFO get config|set"},
	{"CommandInfo", func(p *redpoll.Pipeline) { p.CommandInfo() }, "COMMAND INFO"},
	{"CommandDocs", func(p *redpoll.Pipeline) { p.CommandDocs("get") }, "COMMAND DOCS get"},
	{"CommandList", func(p *redpoll.Pipeline) { p.CommandList() }, "COMMAND LIST"},
	{"CommandList", func(p *redpoll.Pipeline) {
		p.CommandList(redpoll.CommandsOfModule("m"))
	}, "COMMAND LIST FILTERBY MODULE m"},
	{"CommandList", func(p *redpoll.Pipeline) {
		p.CommandList(redpoll.CommandsOfCategory("read"))
	}, "COMMAND LIST FILTERBY ACLCAT read"},
	{"CommandList", func(p *redpoll.Pipeline) {
		p.CommandList(redpoll.CommandsLike("x*"))
	}, "COMMAND LIST FILTERBY PATTERN x*"},
	{"CommandCount", func(p *redpoll.Pipeline) { p.CommandCount() }, "COMMAND COUNT"},
	{"CommandGetKeys", func(p *redpoll.Pipeline) {
		p.CommandGetKeys("SET", "a", 1)
	}, "COMMAND GETKEYS SET a 1"},
	{"CommandGetKeysAndFlags", func(p *redpoll.Pipeline) {
		p.CommandGetKeysAndFlags("GET", "a")
	}, "COMMAND GETKEYSANDFLAGS GET a"},
	{"CommandHelp", func(p *redpoll.Pipeline) { p.CommandHelp() }, "COMMAND HELP"},
	{"SlowLogGet", func(p *redpoll.Pipeline) { p.SlowLogGet(-1) }, "SLOWLOG GET -1"},
	{"SlowLogLen", func(p *redpoll.Pipeline) { p.SlowLogLen() }, "SLOWLOG LEN"},
	{"SlowLogReset", func(p *redpoll.Pipeline) { p.SlowLogReset() }, "SLOWLOG RESET"},
	{"SlowLogHelp", func(p *redpoll.Pipeline) { p.SlowLogHelp() }, "SLOWLOG HELP"},
	{"CommandLogGet", func(p *redpoll.Pipeline) {
		p.CommandLogGet(5, redpoll.CommandLogSlow)
	}, "COMMANDLOG GET 5 SLOW"},
	{"CommandLogLen", func(p *redpoll.Pipeline) {
		p.CommandLogLen(redpoll.CommandLogLargeRequest)
	}, "COMMANDLOG LEN LARGE-REQUEST"},
	{"CommandLogReset", func(p *redpoll.Pipeline) {
		p.CommandLogReset(redpoll.CommandLogLargeReply)
	}, "COMMANDLOG RESET LARGE-REPLY"},
	{"CommandLogHelp", func(p *redpoll.Pipeline) { p.CommandLogHelp() }, "COMMANDLOG HELP"},
	{"LatencyDoctor", func(p *redpoll.Pipeline) { p.LatencyDoctor() }, "LATENCY DOCTOR"},
	{"LatencyGraph", func(p *redpoll.Pipeline) { p.LatencyGraph("command") }, "LATENCY GRAPH command"},
	{"LatencyHistogram", func(p *redpoll.Pipeline) {
		p.LatencyHistogram("get", "set")
	}, "LATENCY HISTOGRAM get set"},
	{"LatencyHistory", func(p *redpoll.Pipeline) { p.LatencyHistory("fork") }, "LATENCY HISTORY fork"},
	{"LatencyLatest", func(p *redpoll.Pipeline) { p.LatencyLatest() }, "LATENCY LATEST"},
	{"LatencyReset", func(p *redpoll.Pipeline) { p.LatencyReset("fork") }, "LATENCY RESET fork"},
	{"LatencyHelp", func(p *redpoll.Pipeline) { p.LatencyHelp() }, "LATENCY HELP"},
	{"MemoryDoctor", func(p *redpoll.Pipeline) { p.MemoryDoctor() }, "MEMORY DOCTOR"},
	{"MemoryMallocStats", func(p *redpoll.Pipeline) { p.MemoryMallocStats() }, "MEMORY MALLOC-STATS"},
	{"MemoryPurge", func(p *redpoll.Pipeline) { p.MemoryPurge() }, "MEMORY PURGE"},
	{"MemoryStats", func(p *redpoll.Pipeline) { p.MemoryStats() }, "MEMORY STATS"},
	{"MemoryUsage", func(p *redpoll.Pipeline) { p.MemoryUsage("k") }, "MEMORY USAGE k"},
	{"MemoryUsage", func(p *redpoll.Pipeline) {
		p.MemoryUsage("k", redpoll.MemorySamples(0))
	}, "MEMORY USAGE k SAMPLES 0"},
	{"MemoryHelp", func(p *redpoll.Pipeline) { p.MemoryHelp() }, "MEMORY HELP"},
	{"LastSave", func(p *redpoll.Pipeline) { p.LastSave() }, "LASTSAVE"},
	{"Save", func(p *redpoll.Pipeline) { p.Save() }, "SAVE"},
	{"BgSave", func(p *redpoll.Pipeline) { p.BgSave() }, "BGSAVE"},
	{"BgSave", func(p *redpoll.Pipeline) { p.BgSave(redpoll.BgSaveSchedule) }, "BGSAVE SCHEDULE"},
	{"BgSaveCancel", func(p *redpoll.Pipeline) { p.BgSaveCancel() }, "BGSAVE CANCEL"},
	{"BgRewriteAOF", func(p *redpoll.Pipeline) { p.BgRewriteAOF() }, "BGREWRITEAOF"},
	{"SwapDB", func(p *redpoll.Pipeline) { p.SwapDB(1, 12) }, "SWAPDB 1 12"},
	{"Role", func(p *redpoll.Pipeline) { p.Role() }, "ROLE"},
	{"ReplicaOf", func(p *redpoll.Pipeline) { p.ReplicaOf("h", 6379) }, "REPLICAOF h 6379"},
	{"ReplicaOfNoOne", func(p *redpoll.Pipeline) { p.ReplicaOfNoOne() }, "REPLICAOF NO ONE"},
	{"SlaveOf", func(p *redpoll.Pipeline) { p.SlaveOf("h", 6379) }, "SLAVEOF h 6379"},
	{"SlaveOfNoOne", func(p *redpoll.Pipeline) { p.SlaveOfNoOne() }, "SLAVEOF NO ONE"},
	{"Failover", func(p *redpoll.Pipeline) { p.Failover() }, "FAILOVER"},
	{"Failover", func(p *redpoll.Pipeline) {
		p.Failover(redpoll.FailoverTimeout(time.Second))
	}, "FAILOVER TIMEOUT 1000"},
	{"Failover", func(p *redpoll.Pipeline) {
		p.Failover(redpoll.FailoverForce(1500*time.Microsecond), redpoll.FailoverTo("h", 6380))
	}, "FAILOVER TO h 6380 FORCE TIMEOUT 2"},
	{"FailoverAbort", func(p *redpoll.Pipeline) { p.FailoverAbort() }, "FAILOVER ABORT"},
	{"ShutdownAbort", func(p *redpoll.Pipeline) { p.ShutdownAbort() }, "SHUTDOWN ABORT"},
	{"Lolwut", func(p *redpoll.Pipeline) { p.Lolwut() }, "LOLWUT"},
	{"LolwutVersion", func(p *redpoll.Pipeline) { p.LolwutVersion(5, 40, 20) }, "LOLWUT VERSION 5 40 20"},
	{"ModuleList", func(p *redpoll.Pipeline) { p.ModuleList() }, "MODULE LIST"},
	{"ModuleLoad", func(p *redpoll.Pipeline) { p.ModuleLoad("/m.so", "a", "b") }, "MODULE LOAD /m.so a b"},
	{"ModuleLoadEx", func(p *redpoll.Pipeline) { p.ModuleLoadEx("/m.so", nil) }, "MODULE LOADEX /m.so"},
	{"ModuleLoadEx", func(p *redpoll.Pipeline) {
		p.ModuleLoadEx("/m.so", []redpoll.ModuleConfig{{Name: "m.a", Value: "1"}, {Name: "m.b", Value: "2"}},
			"x", "y")
	}, "MODULE LOADEX /m.so CONFIG m.a 1 CONFIG m.b 2 ARGS x y"},
	{"ModuleUnload", func(p *redpoll.Pipeline) { p.ModuleUnload("m") }, "MODULE UNLOAD m"},
	{"ModuleHelp", func(p *redpoll.Pipeline) { p.ModuleHelp() }, "MODULE HELP"},
	{"HotKeysStart", func(p *redpoll.Pipeline) {
		p.HotKeysStart(redpoll.HotKeysCPU)
	}, "HOTKEYS START METRICS 1 CPU"},
	{"HotKeysStart", func(p *redpoll.Pipeline) {
		p.HotKeysStart(redpoll.HotKeysCPU|redpoll.HotKeysNet, redpoll.HotKeysSlots(1, 300),
			redpoll.HotKeysSample(10), redpoll.HotKeysDuration(time.Minute), redpoll.Count(5))
	}, "HOTKEYS START METRICS 2 CPU NET COUNT 5 DURATION 60 SAMPLE 10 SLOTS 2 1 300"},
	{"HotKeysStop", func(p *redpoll.Pipeline) { p.HotKeysStop() }, "HOTKEYS STOP"},
	{"HotKeysGet", func(p *redpoll.Pipeline) { p.HotKeysGet() }, "HOTKEYS GET"},
	{"HotKeysGetRates", func(p *redpoll.Pipeline) { p.HotKeysGetRates() }, "HOTKEYS GET"},
	{"HotKeysReset", func(p *redpoll.Pipeline) { p.HotKeysReset() }, "HOTKEYS RESET"},
	{"HotKeysHelp", func(p *redpoll.Pipeline) { p.HotKeysHelp() }, "HOTKEYS HELP"},
	{"BackupStart", func(p *redpoll.Pipeline) { p.BackupStart() }, "BACKUP START"},
	{"BackupSeal", func(p *redpoll.Pipeline) { p.BackupSeal() }, "BACKUP SEAL"},
	{"BackupStatus", func(p *redpoll.Pipeline) { p.BackupStatus() }, "BACKUP STATUS"},
	{"BackupList", func(p *redpoll.Pipeline) { p.BackupList() }, "BACKUP LIST"},
	{"BackupAbort", func(p *redpoll.Pipeline) { p.BackupAbort() }, "BACKUP ABORT"},
	{"BackupCleanup", func(p *redpoll.Pipeline) { p.BackupCleanup() }, "BACKUP CLEANUP"},
	{"BackupHelp", func(p *redpoll.Pipeline) { p.BackupHelp() }, "BACKUP HELP"},
	{"DebugObject", func(p *redpoll.Pipeline) { p.DebugObject("k") }, "DEBUG OBJECT k"},
}

// A pipeline cannot queue SHUTDOWN, so these are calls of a client.
func TestShutdownWords(t *testing.T) {
	t.Parallel()
	r := newRecorder(t, nil)
	for _, c := range []struct {
		opts  []redpoll.ShutdownOption
		words string
	}{
		{nil, "SHUTDOWN"},
		{[]redpoll.ShutdownOption{redpoll.Force, redpoll.ShutdownNow, redpoll.ShutdownNoSave},
			"SHUTDOWN NOSAVE NOW FORCE"},
		{[]redpoll.ShutdownOption{redpoll.ShutdownSave}, "SHUTDOWN SAVE"},
		{[]redpoll.ShutdownOption{redpoll.ShutdownSafe, redpoll.Force}, "SHUTDOWN FORCE SAFE"},
		{[]redpoll.ShutdownOption{redpoll.ShutdownFailover, redpoll.ShutdownSafe}, "SHUTDOWN SAFE FAILOVER"},
	} {
		err := r.Shutdown(t.Context(), c.opts...)
		if got := r.take(); len(got) != 1 || !slices.Equal(got[0], strings.Fields(c.words)) {
			t.Errorf("the server heard %q and the call ends with %v, want %s", got, err, c.words)
		}
	}
}
