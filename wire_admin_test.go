package redpoll

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// The commands about connections, ACL users, clusters and Sentinels; see wireTests.
func init() {
	wireTests = append(wireTests, wireClientTests...)
	wireTests = append(wireTests, wireClusterTests...)
	wireTests = append(wireTests, wireSentinelTests...)
}

var (
	wireSlots  = []int64{0, 16383}
	wireRanges = []SlotRange{{0, 99}, {200, 200}}
)

var wireClientTests = []struct {
	method string
	put    func(p *Pipeline)
	words  string
}{
	{"ClientGetRedir", func(p *Pipeline) { p.ClientGetRedir() }, "CLIENT GETREDIR"},
	{"ClientHelp", func(p *Pipeline) { p.ClientHelp() }, "CLIENT HELP"},
	{"ClientInfo", func(p *Pipeline) { p.ClientInfo() }, "CLIENT INFO"},
	{"ClientKill", func(p *Pipeline) { p.ClientKill("127.0.0.1:5") }, "CLIENT KILL 127.0.0.1:5"},
	{"ClientKillFilter", func(p *Pipeline) { p.ClientKillFilter(ClientIDs(7)) }, "CLIENT KILL ID 7"},
	{"ClientKillFilter", func(p *Pipeline) {
		p.ClientKillFilter([]ClientFilter{
			ClientIDs(1, 2), ClientOfKind(PubSubClient), ClientUser("bob"), ClientAddr("a:1"), ClientLAddr("b:2"), ClientSkipMe(false), ClientMaxAge(time.Minute),
		}...)
	}, "CLIENT KILL TYPE pubsub USER bob ADDR a:1 LADDR b:2 SKIPME no MAXAGE 60 ID 1 2"},
	{"ClientKillFilter", func(p *Pipeline) {
		p.ClientKillFilter([]ClientFilter{
			ClientName("n"), ClientMinIdle(2 * time.Second), ClientFlags("bx"), ClientLibName("l"), ClientLibVer("1.2"), ClientDB(3), ClientCapa("r"),
			ClientIP("1.2.3.4"), ClientSkipMe(true),
		}...)
	}, "CLIENT KILL NAME n IDLE 2 FLAGS bx LIB-NAME l LIB-VER 1.2 DB 3 CAPA r IP 1.2.3.4 SKIPME yes"},
	{"ClientList", func(p *Pipeline) { p.ClientList() }, "CLIENT LIST"},
	{"ClientList", func(p *Pipeline) { p.ClientList(ClientOfKind(NormalClient)) }, "CLIENT LIST TYPE normal"},
	{"ClientList", func(p *Pipeline) { p.ClientList(ClientOfKind(MasterClient)) }, "CLIENT LIST TYPE master"},
	{"ClientList", func(p *Pipeline) { p.ClientList(ClientIDs(1, 2, 3)) }, "CLIENT LIST ID 1 2 3"},
	{"ClientList", func(p *Pipeline) {
		p.ClientList([]ClientFilter{
			ClientIDs(5).Not(), ClientUser("u"), ClientUser("bob").Not(), ClientOfKind(ReplicaClient).Not(), ClientAddr("a:1").Not(), ClientLAddr("b:2").Not(),
			ClientName("n").Not(), ClientFlags("b").Not(), ClientLibName("l").Not(), ClientLibVer("1").Not(), ClientDB(3).Not(), ClientCapa("r").Not(), ClientIP("i").Not(),
		}...)
	}, "CLIENT LIST USER u NOT-USER bob NOT-TYPE replica NOT-ADDR a:1 NOT-LADDR b:2 NOT-NAME n NOT-FLAGS b NOT-LIB-NAME l NOT-LIB-VER 1 NOT-DB 3 NOT-CAPA r NOT-IP i NOT-ID 5"},
	{"ClientList", func(p *Pipeline) { p.ClientList(ClientName("n").Not().Not()) }, "CLIENT LIST NAME n"},
	{"ClientPause", func(p *Pipeline) { p.ClientPause(1500 * time.Millisecond) }, "CLIENT PAUSE 1500"},
	{"ClientPause", func(p *Pipeline) { p.ClientPause(0, PauseWrite) }, "CLIENT PAUSE 0 WRITE"},
	{"ClientPause", func(p *Pipeline) { p.ClientPause(time.Second, PauseAll) }, "CLIENT PAUSE 1000 ALL"},
	{"ClientTrackingInfo", func(p *Pipeline) { p.ClientTrackingInfo() }, "CLIENT TRACKINGINFO"},
	{"ClientUnblock", func(p *Pipeline) { p.ClientUnblock(7) }, "CLIENT UNBLOCK 7"},
	{"ClientUnblock", func(p *Pipeline) { p.ClientUnblock(7, UnblockError) }, "CLIENT UNBLOCK 7 ERROR"},
	{"ClientUnblock", func(p *Pipeline) { p.ClientUnblock(7, UnblockTimeout) }, "CLIENT UNBLOCK 7 TIMEOUT"},
	{"ClientUnpause", func(p *Pipeline) { p.ClientUnpause() }, "CLIENT UNPAUSE"},
	{"ACLCat", func(p *Pipeline) { p.ACLCat() }, "ACL CAT"},
	{"ACLCatCommands", func(p *Pipeline) { p.ACLCatCommands("read") }, "ACL CAT read"},
	{"ACLDelRole", func(p *Pipeline) { p.ACLDelRole(wireKeys...) }, "ACL DELROLE a b"},
	{"ACLDelUser", func(p *Pipeline) { p.ACLDelUser(wireKeys...) }, "ACL DELUSER a b"},
	{"ACLDryRun", func(p *Pipeline) { p.ACLDryRun("bob", "ping") }, "ACL DRYRUN bob ping"},
	{"ACLDryRun", func(p *Pipeline) { p.ACLDryRun("bob", "set", "k", 1) }, "ACL DRYRUN bob set k 1"},
	{"ACLGenPass", func(p *Pipeline) { p.ACLGenPass() }, "ACL GENPASS"},
	{"ACLGenPassBits", func(p *Pipeline) { p.ACLGenPassBits(32) }, "ACL GENPASS 32"},
	{"ACLGetRole", func(p *Pipeline) { p.ACLGetRole("reader") }, "ACL GETROLE reader"},
	{"ACLGetUser", func(p *Pipeline) { p.ACLGetUser("bob") }, "ACL GETUSER bob"},
	{"ACLHelp", func(p *Pipeline) { p.ACLHelp() }, "ACL HELP"},
	{"ACLList", func(p *Pipeline) { p.ACLList() }, "ACL LIST"},
	{"ACLLoad", func(p *Pipeline) { p.ACLLoad() }, "ACL LOAD"},
	{"ACLLog", func(p *Pipeline) { p.ACLLog() }, "ACL LOG"},
	{"ACLLogN", func(p *Pipeline) { p.ACLLogN(5) }, "ACL LOG 5"},
	{"ACLLogReset", func(p *Pipeline) { p.ACLLogReset() }, "ACL LOG RESET"},
	{"ACLRoles", func(p *Pipeline) { p.ACLRoles() }, "ACL ROLES"},
	{"ACLSave", func(p *Pipeline) { p.ACLSave() }, "ACL SAVE"},
	{"ACLSetRole", func(p *Pipeline) { p.ACLSetRole("reader") }, "ACL SETROLE reader"},
	{"ACLSetRole", func(p *Pipeline) { p.ACLSetRole("reader", "~app:*", "+@read", "(+info)") }, "ACL SETROLE reader ~app:* +@read (+info)"},
	{"ACLSetUser", func(p *Pipeline) { p.ACLSetUser("bob") }, "ACL SETUSER bob"},
	{"ACLSetUser", func(p *Pipeline) { p.ACLSetUser("bob", "on", ">pw", "~a*", "+@read") }, "ACL SETUSER bob on >pw ~a* +@read"},
	{"ACLSetUserRules", func(p *Pipeline) { p.ACLSetUserRules("bob", ACLRules{}) }, "ACL SETUSER bob off"},
	{"ACLSetUserRules", func(p *Pipeline) {
		p.ACLSetUserRules("bob", ACLRules{
			ACLPermissions: ACLPermissions{
				Databases: []int64{0, 12}, Keys: []string{"a*", "%R~r*"}, Channels: []string{"news.*"}, Commands: []string{"+get", "-config|set"},
				Categories: []string{"+read", "-write", "+@hash", "-@dangerous"},
			},
			HashedPasswords: []string{"+00ff", "-11ee"}, Passwords: []string{"+new", "-old"},
			Enabled: true, ResetPasswords: true, ResetChannels: true, ResetKeys: true, Reset: true,
		})
	}, "ACL SETUSER bob reset resetkeys resetchannels resetpass on >new <old #00ff !11ee +@read -@write +@hash -@dangerous +get -config|set ~a* %R~r* &news.* db=0,12"},
	{"ACLSetUserRules", func(p *Pipeline) { p.ACLSetUserRules("bob", ACLRules{Enabled: true, NoPass: true}) }, "ACL SETUSER bob on nopass"},
	{"ACLUsers", func(p *Pipeline) { p.ACLUsers() }, "ACL USERS"},
	{"ACLWhoAmI", func(p *Pipeline) { p.ACLWhoAmI() }, "ACL WHOAMI"},
}

var wireClusterTests = []struct {
	method string
	put    func(p *Pipeline)
	words  string
}{
	{"ClusterAddSlots", func(p *Pipeline) { p.ClusterAddSlots(wireSlots...) }, "CLUSTER ADDSLOTS 0 16383"},
	{"ClusterAddSlotsRange", func(p *Pipeline) { p.ClusterAddSlotsRange(wireRanges...) }, "CLUSTER ADDSLOTSRANGE 0 99 200 200"},
	{"ClusterBumpEpoch", func(p *Pipeline) { p.ClusterBumpEpoch() }, "CLUSTER BUMPEPOCH"},
	{"ClusterCancelSlotMigrations", func(p *Pipeline) { p.ClusterCancelSlotMigrations() }, "CLUSTER CANCELSLOTMIGRATIONS"},
	{"ClusterCountFailureReports", func(p *Pipeline) { p.ClusterCountFailureReports("id") }, "CLUSTER COUNT-FAILURE-REPORTS id"},
	{"ClusterCountKeysInSlot", func(p *Pipeline) { p.ClusterCountKeysInSlot(5) }, "CLUSTER COUNTKEYSINSLOT 5"},
	{"ClusterDelSlots", func(p *Pipeline) { p.ClusterDelSlots(wireSlots...) }, "CLUSTER DELSLOTS 0 16383"},
	{"ClusterDelSlotsRange", func(p *Pipeline) { p.ClusterDelSlotsRange(wireRanges...) }, "CLUSTER DELSLOTSRANGE 0 99 200 200"},
	{"ClusterFailover", func(p *Pipeline) { p.ClusterFailover() }, "CLUSTER FAILOVER"},
	{"ClusterFailover", func(p *Pipeline) { p.ClusterFailover(Force) }, "CLUSTER FAILOVER FORCE"},
	{"ClusterFailover", func(p *Pipeline) { p.ClusterFailover(ClusterTakeover) }, "CLUSTER FAILOVER TAKEOVER"},
	{"ClusterFlushSlot", func(p *Pipeline) { p.ClusterFlushSlot(5, Async) }, "CLUSTER FLUSHSLOT 5 ASYNC"},
	{"ClusterFlushSlots", func(p *Pipeline) { p.ClusterFlushSlots() }, "CLUSTER FLUSHSLOTS"},
	{"ClusterForget", func(p *Pipeline) { p.ClusterForget("id") }, "CLUSTER FORGET id"},
	{"ClusterGetKeysInSlot", func(p *Pipeline) { p.ClusterGetKeysInSlot(5, 10) }, "CLUSTER GETKEYSINSLOT 5 10"},
	{"ClusterGetSlotMigrations", func(p *Pipeline) { p.ClusterGetSlotMigrations() }, "CLUSTER GETSLOTMIGRATIONS"},
	{"ClusterHelp", func(p *Pipeline) { p.ClusterHelp() }, "CLUSTER HELP"},
	{"ClusterInfo", func(p *Pipeline) { p.ClusterInfo() }, "CLUSTER INFO"},
	{"ClusterKeySlot", func(p *Pipeline) { p.ClusterKeySlot("k") }, "CLUSTER KEYSLOT k"},
	{"ClusterLinks", func(p *Pipeline) { p.ClusterLinks() }, "CLUSTER LINKS"},
	{"ClusterMeet", func(p *Pipeline) { p.ClusterMeet("h", 6379) }, "CLUSTER MEET h 6379"},
	{"ClusterMeet", func(p *Pipeline) { p.ClusterMeet("h", 6379, ClusterBusPort(7000)) }, "CLUSTER MEET h 6379 7000"},
	{"ClusterMigrateSlots", func(p *Pipeline) {
		p.ClusterMigrateSlots([]SlotMigration{{wireRanges, "id1"}, {wireRanges[:1], "id2"}}...)
	}, "CLUSTER MIGRATESLOTS SLOTSRANGE 0 99 200 200 NODE id1 SLOTSRANGE 0 99 NODE id2"},
	{"ClusterMigrationImport", func(p *Pipeline) { p.ClusterMigrationImport(wireRanges...) }, "CLUSTER MIGRATION IMPORT 0 99 200 200"},
	{"ClusterMigrationCancel", func(p *Pipeline) { p.ClusterMigrationCancel("id") }, "CLUSTER MIGRATION CANCEL ID id"},
	{"ClusterMigrationCancelAll", func(p *Pipeline) { p.ClusterMigrationCancelAll() }, "CLUSTER MIGRATION CANCEL ALL"},
	{"ClusterMigrationStatus", func(p *Pipeline) { p.ClusterMigrationStatus("id") }, "CLUSTER MIGRATION STATUS ID id"},
	{"ClusterMigrationStatusAll", func(p *Pipeline) { p.ClusterMigrationStatusAll() }, "CLUSTER MIGRATION STATUS ALL"},
	{"ClusterMyID", func(p *Pipeline) { p.ClusterMyID() }, "CLUSTER MYID"},
	{"ClusterMyShardID", func(p *Pipeline) { p.ClusterMyShardID() }, "CLUSTER MYSHARDID"},
	{"ClusterNodes", func(p *Pipeline) { p.ClusterNodes() }, "CLUSTER NODES"},
	{"ClusterReplicas", func(p *Pipeline) { p.ClusterReplicas("id") }, "CLUSTER REPLICAS id"},
	{"ClusterReplicate", func(p *Pipeline) { p.ClusterReplicate("id") }, "CLUSTER REPLICATE id"},
	{"ClusterReplicateNoOne", func(p *Pipeline) { p.ClusterReplicateNoOne() }, "CLUSTER REPLICATE NO ONE"},
	{"ClusterReset", func(p *Pipeline) { p.ClusterReset() }, "CLUSTER RESET"},
	{"ClusterReset", func(p *Pipeline) { p.ClusterReset(ResetHard) }, "CLUSTER RESET HARD"},
	{"ClusterReset", func(p *Pipeline) { p.ClusterReset(ResetSoft) }, "CLUSTER RESET SOFT"},
	{"ClusterSaveConfig", func(p *Pipeline) { p.ClusterSaveConfig() }, "CLUSTER SAVECONFIG"},
	{"ClusterScan", func(p *Pipeline) { p.ClusterScan("0") }, "CLUSTERSCAN 0"},
	{"ClusterScan", func(p *Pipeline) {
		p.ClusterScan("0B3a21-{06S}-96", InSlot(0), Type("hash"), Match("a*"), Count(100))
	}, "CLUSTERSCAN 0B3a21-{06S}-96 MATCH a* COUNT 100 TYPE hash SLOT 0"},
	{"ClusterSetConfigEpoch", func(p *Pipeline) { p.ClusterSetConfigEpoch(3) }, "CLUSTER SET-CONFIG-EPOCH 3"},
	{"ClusterSetSlotImporting", func(p *Pipeline) { p.ClusterSetSlotImporting(5, "id") }, "CLUSTER SETSLOT 5 IMPORTING id"},
	{"ClusterSetSlotMigrating", func(p *Pipeline) { p.ClusterSetSlotMigrating(5, "id") }, "CLUSTER SETSLOT 5 MIGRATING id"},
	{"ClusterSetSlotNode", func(p *Pipeline) { p.ClusterSetSlotNode(5, "id", SetSlotTimeout(time.Second)) }, "CLUSTER SETSLOT 5 NODE id TIMEOUT 1000"},
	{"ClusterSetSlotStable", func(p *Pipeline) { p.ClusterSetSlotStable(5) }, "CLUSTER SETSLOT 5 STABLE"},
	{"ClusterShards", func(p *Pipeline) { p.ClusterShards() }, "CLUSTER SHARDS"},
	{"ClusterSlaves", func(p *Pipeline) { p.ClusterSlaves("id") }, "CLUSTER SLAVES id"},
	{"ClusterSlotStats", func(p *Pipeline) { p.ClusterSlotStats(0, 99) }, "CLUSTER SLOT-STATS SLOTSRANGE 0 99"},
	{"ClusterSlotStats", func(p *Pipeline) { p.ClusterSlotStats(16383, 16383) }, "CLUSTER SLOT-STATS SLOTSRANGE 16383 16383"},
	{"ClusterSlotStatsOrderBy", func(p *Pipeline) { p.ClusterSlotStatsOrderBy(ByKeyCount) }, "CLUSTER SLOT-STATS ORDERBY KEY-COUNT"},
	{"ClusterSlotStatsOrderBy", func(p *Pipeline) { p.ClusterSlotStatsOrderBy(ByCPU, Asc, AtMost(3)) }, "CLUSTER SLOT-STATS ORDERBY CPU-USEC LIMIT 3 ASC"},
	{"ClusterSlotStatsOrderBy", func(p *Pipeline) { p.ClusterSlotStatsOrderBy(ByMemory, Desc) }, "CLUSTER SLOT-STATS ORDERBY MEMORY-BYTES DESC"},
	{"ClusterSlotStatsOrderBy", func(p *Pipeline) { p.ClusterSlotStatsOrderBy(ByNetworkIn) }, "CLUSTER SLOT-STATS ORDERBY NETWORK-BYTES-IN"},
	{"ClusterSlotStatsOrderBy", func(p *Pipeline) { p.ClusterSlotStatsOrderBy(ByNetworkOut) }, "CLUSTER SLOT-STATS ORDERBY NETWORK-BYTES-OUT"},
	{"ClusterSlots", func(p *Pipeline) { p.ClusterSlots() }, "CLUSTER SLOTS"},
}

var wireSentinelTests = []struct {
	method string
	put    func(p *Pipeline)
	words  string
}{
	{"SentinelCkQuorum", func(p *Pipeline) { p.SentinelCkQuorum("m") }, "SENTINEL CKQUORUM m"},
	{"SentinelConfigGet", func(p *Pipeline) { p.SentinelConfigGet(wireKeys...) }, "SENTINEL CONFIG GET a b"},
	{"SentinelConfigSet", func(p *Pipeline) { p.SentinelConfigSet("announce-port", 7, "announce-ip", "h") }, "SENTINEL CONFIG SET announce-port 7 announce-ip h"},
	{"SentinelDebug", func(p *Pipeline) { p.SentinelDebug() }, "SENTINEL DEBUG"},
	{"SentinelDebugSet", func(p *Pipeline) { p.SentinelDebugSet("ping-period", time.Second) }, "SENTINEL DEBUG ping-period 1000"},
	{"SentinelFailover", func(p *Pipeline) { p.SentinelFailover("m") }, "SENTINEL FAILOVER m"},
	{"SentinelFailover", func(p *Pipeline) { p.SentinelFailover("m", SentinelCoordinated) }, "SENTINEL FAILOVER m COORDINATED"},
	{"SentinelFlushConfig", func(p *Pipeline) { p.SentinelFlushConfig() }, "SENTINEL FLUSHCONFIG"},
	{"SentinelGetMasterAddrByName", func(p *Pipeline) { p.SentinelGetMasterAddrByName("m") }, "SENTINEL GET-MASTER-ADDR-BY-NAME m"},
	{"SentinelGetPrimaryAddrByName", func(p *Pipeline) { p.SentinelGetPrimaryAddrByName("m") }, "SENTINEL GET-PRIMARY-ADDR-BY-NAME m"},
	{"SentinelHelp", func(p *Pipeline) { p.SentinelHelp() }, "SENTINEL HELP"},
	{"SentinelInfoCache", func(p *Pipeline) { p.SentinelInfoCache(wireKeys...) }, "SENTINEL INFO-CACHE a b"},
	{"SentinelIsMasterDownByAddr", func(p *Pipeline) { p.SentinelIsMasterDownByAddr("h", 6379, 3, "*") }, "SENTINEL IS-MASTER-DOWN-BY-ADDR h 6379 3 *"},
	{"SentinelIsPrimaryDownByAddr", func(p *Pipeline) { p.SentinelIsPrimaryDownByAddr("h", 6379, 3, "*") }, "SENTINEL IS-PRIMARY-DOWN-BY-ADDR h 6379 3 *"},
	{"SentinelMaster", func(p *Pipeline) { p.SentinelMaster("m") }, "SENTINEL MASTER m"},
	{"SentinelMasters", func(p *Pipeline) { p.SentinelMasters() }, "SENTINEL MASTERS"},
	{"SentinelMonitor", func(p *Pipeline) { p.SentinelMonitor("m", "h", 6379, 2) }, "SENTINEL MONITOR m h 6379 2"},
	{"SentinelMyID", func(p *Pipeline) { p.SentinelMyID() }, "SENTINEL MYID"},
	{"SentinelPendingScripts", func(p *Pipeline) { p.SentinelPendingScripts() }, "SENTINEL PENDING-SCRIPTS"},
	{"SentinelPrimaries", func(p *Pipeline) { p.SentinelPrimaries() }, "SENTINEL PRIMARIES"},
	{"SentinelPrimary", func(p *Pipeline) { p.SentinelPrimary("m") }, "SENTINEL PRIMARY m"},
	{"SentinelRemove", func(p *Pipeline) { p.SentinelRemove("m") }, "SENTINEL REMOVE m"},
	{"SentinelReplicas", func(p *Pipeline) { p.SentinelReplicas("m") }, "SENTINEL REPLICAS m"},
	{"SentinelReset", func(p *Pipeline) { p.SentinelReset("m*") }, "SENTINEL RESET m*"},
	{"SentinelSentinels", func(p *Pipeline) { p.SentinelSentinels("m") }, "SENTINEL SENTINELS m"},
	{"SentinelSet", func(p *Pipeline) { p.SentinelSet("m", "quorum", 2) }, "SENTINEL SET m quorum 2"},
	{"SentinelSimulateFailure", func(p *Pipeline) {
		p.SentinelSimulateFailure([]SentinelCrash{CrashAfterElection, CrashAfterPromotion}...)
	}, "SENTINEL SIMULATE-FAILURE CRASH-AFTER-ELECTION CRASH-AFTER-PROMOTION"},
	{"SentinelSimulateFailureHelp", func(p *Pipeline) { p.SentinelSimulateFailureHelp() }, "SENTINEL SIMULATE-FAILURE HELP"},
	{"SentinelSlaves", func(p *Pipeline) { p.SentinelSlaves("m") }, "SENTINEL SLAVES m"},
}

// A selector is one word with blanks in it.
func TestWireACLSelectors(t *testing.T) {
	t.Parallel()
	got, err := encoded(t, func(p *Pipeline) {
		p.ACLSetUserRules("bob", ACLRules{Enabled: true, Selectors: []ACLPermissions{
			{Commands: []string{"+get"}, Keys: []string{"b*"}},
			{Categories: []string{"+read"}, Channels: []string{"c*"}, Databases: []int64{3}},
		}})
	}, nil)
	want := []string{"ACL", "SETUSER", "bob", "on", "(+get ~b*)", "(+@read &c* db=3)"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q and %v, want %q", got, err, want)
	}
}

// The time for which a server may be busy with a command is added to that for its reply, within MULTI too.
func TestWireBusy(t *testing.T) {
	t.Parallel()
	rdb, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer rdb.Close()
	for _, p := range []*Pipeline{rdb.Pipeline(), rdb.Pipeline(NoTransaction)} {
		p.Get("k")
		if p.b.blocks {
			t.Error("GET may be held back")
		}
		p.ClusterSetSlotNode(5, "id", SetSlotTimeout(time.Second))
		p.Do("CLUSTER SETSLOT", 5, "NODE", "id", "timeout", 2000)
		p.Do("CLUSTER", "SETSLOT", 5, "STABLE")
		p.Migrate("h", 1, []string{"k"}, 0, 4*time.Second)
		p.Do("migrate", "h", 1, "k", 0, 8000)
		if !p.b.blocks || p.b.wait != 15*time.Second {
			t.Errorf("blocks: %v, for %v, want 15 s", p.b.blocks, p.b.wait)
		}
	}
}

// Names and words of the protocol are no user data.
func TestWirePlainWords(t *testing.T) {
	t.Parallel()
	for name, put := range map[string]func(p *Pipeline){
		"ACLSetUser":  func(p *Pipeline) { p.ACLSetUser("é", "~é") },
		"SentinelSet": func(p *Pipeline) { p.SentinelSet("é", "auth-pass", "é") },
		"ClientList":  func(p *Pipeline) { p.ClientList(ClientUser("é")) },
	} {
		plain, err := encoded(t, put, nil)
		latin, err2 := encoded(t, put, Latin1)
		if err := errors.Join(err, err2); err != nil || !slices.Equal(plain, latin) {
			t.Errorf("%s: sends %q with an encoding, %q without (%v)", name, latin, plain, err)
		}
	}
}

// What types cannot exclude is refused before anything is sent, and no password gets into the error.
func TestWireAdminRefused(t *testing.T) {
	t.Parallel()
	rules := func(r ACLRules) func(p *Pipeline) {
		return func(p *Pipeline) { p.ACLSetUserRules("bob", r) }
	}
	filters := func(list ...ClientFilter) func(p *Pipeline) {
		return func(p *Pipeline) { p.ClientKillFilter(list...) }
	}
	for _, c := range []struct {
		name, says string
		put        func(p *Pipeline)
	}{
		{"no filter", "at least one", filters()},
		{"empty filter", "an empty one", filters(ClientFilter{})},
		{"empty filters", "an empty one", filters(ClientFilter{}, ClientFilter{})},
		{"filter without IDs", "ID without a number", filters(ClientIDs())},
		{"filter twice", "USER twice", filters(ClientUser("a"), ClientUser("b"))},
		{"not younger", "no NOT-MAXAGE", filters(ClientMaxAge(time.Second).Not())},
		{"not idle", "no NOT-IDLE", filters(ClientMinIdle(time.Second).Not())},
		{"not skipping", "no NOT-SKIPME", filters(ClientSkipMe(true).Not())},
		{"age in milliseconds", "whole number of seconds", filters(ClientMaxAge(time.Millisecond))},
		{"negative database", "at least 0", filters(ClientDB(-1))},
		{"no such kind", "none of its constants", filters(ClientOfKind(9))},
		{"no such kind to list", "none of its constants", func(p *Pipeline) { p.ClientList(ClientOfKind(9)) }},
		{"negative pause", "negative", func(p *Pipeline) { p.ClientPause(-time.Second) }},
		{"tiny pause", "milliseconds", func(p *Pipeline) { p.ClientPause(time.Microsecond) }},
		{"two ways to pause", "exclude each other", func(p *Pipeline) { p.ClientPause(0, PauseAll, PauseWrite) }},
		{"two ways to unblock", "exclude each other", func(p *Pipeline) { p.ClientUnblock(1, UnblockError, UnblockTimeout) }},
		{"no users", "at least one", func(p *Pipeline) { p.ACLDelUser() }},
		{"NoPass and a password", "exclude each other", rules(ACLRules{NoPass: true, Passwords: []string{"+secret"}})},
		{"NoPass and a hash", "exclude each other", rules(ACLRules{NoPass: true, HashedPasswords: []string{"-00"}})},
		{"password without sign", "begin with +", rules(ACLRules{Passwords: []string{"secret"}})},
		{"empty password", "begin with +", rules(ACLRules{Passwords: []string{""}})},
		{"hash without sign", "begin with +", rules(ACLRules{HashedPasswords: []string{"secret"}})},
		{"category without sign", "begin with +", rules(ACLRules{ACLPermissions: ACLPermissions{Categories: []string{"@read"}}})},
		{"command without sign", "begin with +", rules(ACLRules{ACLPermissions: ACLPermissions{Commands: []string{"get"}}})},
		{"command without sign in a selector", "begin with +", rules(ACLRules{Selectors: []ACLPermissions{{Commands: []string{"get"}}}})},
		{"database below zero", "negative", rules(ACLRules{ACLPermissions: ACLPermissions{Databases: []int64{0, -1}}})},
		{"empty selector", "an empty one", rules(ACLRules{Selectors: []ACLPermissions{{}}})},
		{"no slots", "at least one", func(p *Pipeline) { p.ClusterAddSlots() }},
		{"slot too high", "no slot", func(p *Pipeline) { p.ClusterAddSlots(16384) }},
		{"negative slot", "no slot", func(p *Pipeline) { p.ClusterCountKeysInSlot(-1) }},
		{"no ranges", "at least one", func(p *Pipeline) { p.ClusterAddSlotsRange() }},
		{"range backwards", "ends before", func(p *Pipeline) { p.ClusterDelSlotsRange([]SlotRange{{5, 4}}...) }},
		{"range too high", "no slot", func(p *Pipeline) { p.ClusterDelSlotsRange([]SlotRange{{5, 20000}}...) }},
		{"no migrations", "at least one", func(p *Pipeline) { p.ClusterMigrateSlots() }},
		{"migration of nothing", "at least one", func(p *Pipeline) { p.ClusterMigrateSlots([]SlotMigration{{Node: "id"}}...) }},
		{"two ways to fail over", "exclude each other", func(p *Pipeline) { p.ClusterFailover(Force, ClusterTakeover) }},
		{"two ways to reset", "exclude each other", func(p *Pipeline) { p.ClusterReset(ResetHard, ResetSoft) }},
		{"range of counters backwards", "4 is before the start of the range, 5", func(p *Pipeline) { p.ClusterSlotStats(5, 4) }},
		{"range of counters too low", "no slot", func(p *Pipeline) { p.ClusterSlotStats(-1, 4) }},
		{"range of counters too high", "no slot", func(p *Pipeline) { p.ClusterSlotStats(5, 16384) }},
		{"scan of no slot", "no slot", func(p *Pipeline) { p.ClusterScan("0", InSlot(16384)) }},
		{"no roles", "at least one", func(p *Pipeline) { p.ACLDelRole() }},
		{"no such metric", "none of its constants", func(p *Pipeline) { p.ClusterSlotStatsOrderBy(9) }},
		{"no slots to return", "at least 1", func(p *Pipeline) { p.ClusterSlotStatsOrderBy(ByCPU, AtMost(0)) }},
		{"up and down", "exclude each other", func(p *Pipeline) { p.ClusterSlotStatsOrderBy(ByCPU, Asc, Desc) }},
		{"no settings", "at least one", func(p *Pipeline) { p.SentinelSet("m") }},
		{"setting without a value", "without a value", func(p *Pipeline) { p.SentinelSet("m", "quorum") }},
		{"no parameters", "at least one", func(p *Pipeline) { p.SentinelConfigGet() }},
		{"no services", "at least one", func(p *Pipeline) { p.SentinelInfoCache() }},
		{"no failure", "at least one", func(p *Pipeline) { p.SentinelSimulateFailure() }},
		{"no such failure", "none of its constants", func(p *Pipeline) { p.SentinelSimulateFailure([]SentinelCrash{9}...) }},
	} {
		_, err := encoded(t, c.put, nil)
		var data *DataError
		if !errors.As(err, &data) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want a DataError that says %q", c.name, err, c.says)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v shows the password", c.name, err)
		}
	}
}
