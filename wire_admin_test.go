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
	put    func(e *encoder)
	words  string
}{
	{"ClientGetRedir", func(e *encoder) { putClientGetRedir(e) }, "CLIENT GETREDIR"},
	{"ClientHelp", func(e *encoder) { putClientHelp(e) }, "CLIENT HELP"},
	{"ClientInfo", func(e *encoder) { putClientInfo(e) }, "CLIENT INFO"},
	{"ClientKill", func(e *encoder) { putClientKill(e, "127.0.0.1:5") }, "CLIENT KILL 127.0.0.1:5"},
	{"ClientKillFilter", func(e *encoder) { putClientKillFilter(e, []ClientFilter{ClientIDs(7)}) }, "CLIENT KILL ID 7"},
	{"ClientKillFilter", func(e *encoder) {
		putClientKillFilter(e, []ClientFilter{
			ClientIDs(1, 2), ClientOfKind(PubSubClient), ClientUser("bob"), ClientAddr("a:1"), ClientLAddr("b:2"), ClientSkipMe(false), ClientMaxAge(time.Minute),
		})
	}, "CLIENT KILL TYPE pubsub USER bob ADDR a:1 LADDR b:2 SKIPME no MAXAGE 60 ID 1 2"},
	{"ClientKillFilter", func(e *encoder) {
		putClientKillFilter(e, []ClientFilter{
			ClientName("n"), ClientMinIdle(2 * time.Second), ClientFlags("bx"), ClientLibName("l"), ClientLibVer("1.2"), ClientDB(3), ClientCapa("r"),
			ClientIP("1.2.3.4"), ClientSkipMe(true),
		})
	}, "CLIENT KILL NAME n IDLE 2 FLAGS bx LIB-NAME l LIB-VER 1.2 DB 3 CAPA r IP 1.2.3.4 SKIPME yes"},
	{"ClientList", func(e *encoder) { putClientList(e, nil) }, "CLIENT LIST"},
	{"ClientList", func(e *encoder) { putClientList(e, []ClientFilter{ClientOfKind(NormalClient)}) }, "CLIENT LIST TYPE normal"},
	{"ClientList", func(e *encoder) { putClientList(e, []ClientFilter{ClientOfKind(MasterClient)}) }, "CLIENT LIST TYPE master"},
	{"ClientList", func(e *encoder) { putClientList(e, []ClientFilter{ClientIDs(1, 2, 3)}) }, "CLIENT LIST ID 1 2 3"},
	{"ClientList", func(e *encoder) {
		putClientList(e, []ClientFilter{
			ClientIDs(5).Not(), ClientUser("u"), ClientUser("bob").Not(), ClientOfKind(ReplicaClient).Not(), ClientAddr("a:1").Not(), ClientLAddr("b:2").Not(),
			ClientName("n").Not(), ClientFlags("b").Not(), ClientLibName("l").Not(), ClientLibVer("1").Not(), ClientDB(3).Not(), ClientCapa("r").Not(), ClientIP("i").Not(),
		})
	}, "CLIENT LIST USER u NOT-USER bob NOT-TYPE replica NOT-ADDR a:1 NOT-LADDR b:2 NOT-NAME n NOT-FLAGS b NOT-LIB-NAME l NOT-LIB-VER 1 NOT-DB 3 NOT-CAPA r NOT-IP i NOT-ID 5"},
	{"ClientList", func(e *encoder) { putClientList(e, []ClientFilter{ClientName("n").Not().Not()}) }, "CLIENT LIST NAME n"},
	{"ClientPause", func(e *encoder) { putClientPause(e, 1500*time.Millisecond, nil) }, "CLIENT PAUSE 1500"},
	{"ClientPause", func(e *encoder) { putClientPause(e, 0, []ClientPauseOption{PauseWrite}) }, "CLIENT PAUSE 0 WRITE"},
	{"ClientPause", func(e *encoder) { putClientPause(e, time.Second, []ClientPauseOption{PauseAll}) }, "CLIENT PAUSE 1000 ALL"},
	{"ClientTrackingInfo", func(e *encoder) { putClientTrackingInfo(e) }, "CLIENT TRACKINGINFO"},
	{"ClientUnblock", func(e *encoder) { putClientUnblock(e, 7, nil) }, "CLIENT UNBLOCK 7"},
	{"ClientUnblock", func(e *encoder) { putClientUnblock(e, 7, []ClientUnblockOption{UnblockError}) }, "CLIENT UNBLOCK 7 ERROR"},
	{"ClientUnblock", func(e *encoder) { putClientUnblock(e, 7, []ClientUnblockOption{UnblockTimeout}) }, "CLIENT UNBLOCK 7 TIMEOUT"},
	{"ClientUnpause", func(e *encoder) { putClientUnpause(e) }, "CLIENT UNPAUSE"},
	{"ACLCat", func(e *encoder) { putACLCat(e) }, "ACL CAT"},
	{"ACLCatCommands", func(e *encoder) { putACLCatCommands(e, "read") }, "ACL CAT read"},
	{"ACLDelUser", func(e *encoder) { putACLDelUser(e, wireKeys) }, "ACL DELUSER a b"},
	{"ACLDryRun", func(e *encoder) { putACLDryRun(e, "bob", "ping", nil) }, "ACL DRYRUN bob ping"},
	{"ACLDryRun", func(e *encoder) { putACLDryRun(e, "bob", "set", []any{"k", 1}) }, "ACL DRYRUN bob set k 1"},
	{"ACLGenPass", func(e *encoder) { putACLGenPass(e) }, "ACL GENPASS"},
	{"ACLGenPassBits", func(e *encoder) { putACLGenPassBits(e, 32) }, "ACL GENPASS 32"},
	{"ACLGetUser", func(e *encoder) { putACLGetUser(e, "bob") }, "ACL GETUSER bob"},
	{"ACLHelp", func(e *encoder) { putACLHelp(e) }, "ACL HELP"},
	{"ACLList", func(e *encoder) { putACLList(e) }, "ACL LIST"},
	{"ACLLoad", func(e *encoder) { putACLLoad(e) }, "ACL LOAD"},
	{"ACLLog", func(e *encoder) { putACLLog(e) }, "ACL LOG"},
	{"ACLLogN", func(e *encoder) { putACLLogN(e, 5) }, "ACL LOG 5"},
	{"ACLLogReset", func(e *encoder) { putACLLogReset(e) }, "ACL LOG RESET"},
	{"ACLSave", func(e *encoder) { putACLSave(e) }, "ACL SAVE"},
	{"ACLSetUser", func(e *encoder) { putACLSetUser(e, "bob", nil) }, "ACL SETUSER bob"},
	{"ACLSetUser", func(e *encoder) { putACLSetUser(e, "bob", []string{"on", ">pw", "~a*", "+@read"}) }, "ACL SETUSER bob on >pw ~a* +@read"},
	{"ACLSetUserRules", func(e *encoder) { putACLSetUserRules(e, "bob", ACLRules{}) }, "ACL SETUSER bob off"},
	{"ACLSetUserRules", func(e *encoder) {
		putACLSetUserRules(e, "bob", ACLRules{
			ACLPermissions: ACLPermissions{
				Keys: []string{"a*", "%R~r*"}, Channels: []string{"news.*"}, Commands: []string{"+get", "-config|set"},
				Categories: []string{"+read", "-write", "+@hash", "-@dangerous"},
			},
			HashedPasswords: []string{"+00ff", "-11ee"}, Passwords: []string{"+new", "-old"},
			Enabled: true, ResetPasswords: true, ResetChannels: true, ResetKeys: true, Reset: true,
		})
	}, "ACL SETUSER bob reset resetkeys resetchannels resetpass on >new <old #00ff !11ee +@read -@write +@hash -@dangerous +get -config|set ~a* %R~r* &news.*"},
	{"ACLSetUserRules", func(e *encoder) { putACLSetUserRules(e, "bob", ACLRules{Enabled: true, NoPass: true}) }, "ACL SETUSER bob on nopass"},
	{"ACLUsers", func(e *encoder) { putACLUsers(e) }, "ACL USERS"},
	{"ACLWhoAmI", func(e *encoder) { putACLWhoAmI(e) }, "ACL WHOAMI"},
}

var wireClusterTests = []struct {
	method string
	put    func(e *encoder)
	words  string
}{
	{"ClusterAddSlots", func(e *encoder) { putClusterAddSlots(e, wireSlots) }, "CLUSTER ADDSLOTS 0 16383"},
	{"ClusterAddSlotsRange", func(e *encoder) { putClusterAddSlotsRange(e, wireRanges) }, "CLUSTER ADDSLOTSRANGE 0 99 200 200"},
	{"ClusterBumpEpoch", func(e *encoder) { putClusterBumpEpoch(e) }, "CLUSTER BUMPEPOCH"},
	{"ClusterCancelSlotMigrations", func(e *encoder) { putClusterCancelSlotMigrations(e) }, "CLUSTER CANCELSLOTMIGRATIONS"},
	{"ClusterCountFailureReports", func(e *encoder) { putClusterCountFailureReports(e, "id") }, "CLUSTER COUNT-FAILURE-REPORTS id"},
	{"ClusterCountKeysInSlot", func(e *encoder) { putClusterCountKeysInSlot(e, 5) }, "CLUSTER COUNTKEYSINSLOT 5"},
	{"ClusterDelSlots", func(e *encoder) { putClusterDelSlots(e, wireSlots) }, "CLUSTER DELSLOTS 0 16383"},
	{"ClusterDelSlotsRange", func(e *encoder) { putClusterDelSlotsRange(e, wireRanges) }, "CLUSTER DELSLOTSRANGE 0 99 200 200"},
	{"ClusterFailover", func(e *encoder) { putClusterFailover(e, nil) }, "CLUSTER FAILOVER"},
	{"ClusterFailover", func(e *encoder) { putClusterFailover(e, []ClusterFailoverOption{Force}) }, "CLUSTER FAILOVER FORCE"},
	{"ClusterFailover", func(e *encoder) { putClusterFailover(e, []ClusterFailoverOption{ClusterTakeover}) }, "CLUSTER FAILOVER TAKEOVER"},
	{"ClusterFlushSlot", func(e *encoder) { putClusterFlushSlot(e, 5, []FlushOption{Async}) }, "CLUSTER FLUSHSLOT 5 ASYNC"},
	{"ClusterFlushSlots", func(e *encoder) { putClusterFlushSlots(e) }, "CLUSTER FLUSHSLOTS"},
	{"ClusterForget", func(e *encoder) { putClusterForget(e, "id") }, "CLUSTER FORGET id"},
	{"ClusterGetKeysInSlot", func(e *encoder) { putClusterGetKeysInSlot(e, 5, 10) }, "CLUSTER GETKEYSINSLOT 5 10"},
	{"ClusterGetSlotMigrations", func(e *encoder) { putClusterGetSlotMigrations(e) }, "CLUSTER GETSLOTMIGRATIONS"},
	{"ClusterHelp", func(e *encoder) { putClusterHelp(e) }, "CLUSTER HELP"},
	{"ClusterInfo", func(e *encoder) { putClusterInfo(e) }, "CLUSTER INFO"},
	{"ClusterKeySlot", func(e *encoder) { putClusterKeySlot(e, "k") }, "CLUSTER KEYSLOT k"},
	{"ClusterLinks", func(e *encoder) { putClusterLinks(e) }, "CLUSTER LINKS"},
	{"ClusterMeet", func(e *encoder) { putClusterMeet(e, "h", 6379, nil) }, "CLUSTER MEET h 6379"},
	{"ClusterMeet", func(e *encoder) { putClusterMeet(e, "h", 6379, []ClusterMeetOption{ClusterBusPort(7000)}) }, "CLUSTER MEET h 6379 7000"},
	{"ClusterMigrateSlots", func(e *encoder) {
		putClusterMigrateSlots(e, []SlotMigration{{wireRanges, "id1"}, {wireRanges[:1], "id2"}})
	}, "CLUSTER MIGRATESLOTS SLOTSRANGE 0 99 200 200 NODE id1 SLOTSRANGE 0 99 NODE id2"},
	{"ClusterMigrationImport", func(e *encoder) { putClusterMigrationImport(e, wireRanges) }, "CLUSTER MIGRATION IMPORT 0 99 200 200"},
	{"ClusterMigrationCancel", func(e *encoder) { putClusterMigrationCancel(e, "id") }, "CLUSTER MIGRATION CANCEL ID id"},
	{"ClusterMigrationCancelAll", func(e *encoder) { putClusterMigrationCancelAll(e) }, "CLUSTER MIGRATION CANCEL ALL"},
	{"ClusterMigrationStatus", func(e *encoder) { putClusterMigrationStatus(e, "id") }, "CLUSTER MIGRATION STATUS ID id"},
	{"ClusterMigrationStatusAll", func(e *encoder) { putClusterMigrationStatusAll(e) }, "CLUSTER MIGRATION STATUS ALL"},
	{"ClusterMyID", func(e *encoder) { putClusterMyID(e) }, "CLUSTER MYID"},
	{"ClusterMyShardID", func(e *encoder) { putClusterMyShardID(e) }, "CLUSTER MYSHARDID"},
	{"ClusterNodes", func(e *encoder) { putClusterNodes(e) }, "CLUSTER NODES"},
	{"ClusterReplicas", func(e *encoder) { putClusterReplicas(e, "id") }, "CLUSTER REPLICAS id"},
	{"ClusterReplicate", func(e *encoder) { putClusterReplicate(e, "id") }, "CLUSTER REPLICATE id"},
	{"ClusterReset", func(e *encoder) { putClusterReset(e, nil) }, "CLUSTER RESET"},
	{"ClusterReset", func(e *encoder) { putClusterReset(e, []ClusterResetOption{ResetHard}) }, "CLUSTER RESET HARD"},
	{"ClusterReset", func(e *encoder) { putClusterReset(e, []ClusterResetOption{ResetSoft}) }, "CLUSTER RESET SOFT"},
	{"ClusterSaveConfig", func(e *encoder) { putClusterSaveConfig(e) }, "CLUSTER SAVECONFIG"},
	{"ClusterSetConfigEpoch", func(e *encoder) { putClusterSetConfigEpoch(e, 3) }, "CLUSTER SET-CONFIG-EPOCH 3"},
	{"ClusterSetSlotImporting", func(e *encoder) { putClusterSetSlotImporting(e, 5, "id", nil) }, "CLUSTER SETSLOT 5 IMPORTING id"},
	{"ClusterSetSlotMigrating", func(e *encoder) { putClusterSetSlotMigrating(e, 5, "id", nil) }, "CLUSTER SETSLOT 5 MIGRATING id"},
	{"ClusterSetSlotNode", func(e *encoder) { putClusterSetSlotNode(e, 5, "id", []SetSlotOption{SetSlotTimeout(time.Second)}) }, "CLUSTER SETSLOT 5 NODE id TIMEOUT 1000"},
	{"ClusterSetSlotStable", func(e *encoder) { putClusterSetSlotStable(e, 5, nil) }, "CLUSTER SETSLOT 5 STABLE"},
	{"ClusterShards", func(e *encoder) { putClusterShards(e) }, "CLUSTER SHARDS"},
	{"ClusterSlaves", func(e *encoder) { putClusterSlaves(e, "id") }, "CLUSTER SLAVES id"},
	{"ClusterSlotStats", func(e *encoder) { putClusterSlotStats(e, 0, 99) }, "CLUSTER SLOT-STATS SLOTSRANGE 0 99"},
	{"ClusterSlotStatsOrderBy", func(e *encoder) { putClusterSlotStatsOrderBy(e, ByKeyCount, nil) }, "CLUSTER SLOT-STATS ORDERBY KEY-COUNT"},
	{"ClusterSlotStatsOrderBy", func(e *encoder) { putClusterSlotStatsOrderBy(e, ByCPU, []SlotStatsOption{Asc, AtMost(3)}) }, "CLUSTER SLOT-STATS ORDERBY CPU-USEC LIMIT 3 ASC"},
	{"ClusterSlotStatsOrderBy", func(e *encoder) { putClusterSlotStatsOrderBy(e, ByMemory, []SlotStatsOption{Desc}) }, "CLUSTER SLOT-STATS ORDERBY MEMORY-BYTES DESC"},
	{"ClusterSlotStatsOrderBy", func(e *encoder) { putClusterSlotStatsOrderBy(e, ByNetworkIn, nil) }, "CLUSTER SLOT-STATS ORDERBY NETWORK-BYTES-IN"},
	{"ClusterSlotStatsOrderBy", func(e *encoder) { putClusterSlotStatsOrderBy(e, ByNetworkOut, nil) }, "CLUSTER SLOT-STATS ORDERBY NETWORK-BYTES-OUT"},
	{"ClusterSlots", func(e *encoder) { putClusterSlots(e) }, "CLUSTER SLOTS"},
}

var wireSentinelTests = []struct {
	method string
	put    func(e *encoder)
	words  string
}{
	{"SentinelCkQuorum", func(e *encoder) { putSentinelCkQuorum(e, "m") }, "SENTINEL CKQUORUM m"},
	{"SentinelConfigGet", func(e *encoder) { putSentinelConfigGet(e, wireKeys) }, "SENTINEL CONFIG GET a b"},
	{"SentinelConfigSet", func(e *encoder) { putSentinelConfigSet(e, []any{"announce-port", 7, "announce-ip", "h"}) }, "SENTINEL CONFIG SET announce-port 7 announce-ip h"},
	{"SentinelDebug", func(e *encoder) { putSentinelDebug(e) }, "SENTINEL DEBUG"},
	{"SentinelDebugSet", func(e *encoder) { putSentinelDebugSet(e, "ping-period", time.Second) }, "SENTINEL DEBUG ping-period 1000"},
	{"SentinelFailover", func(e *encoder) { putSentinelFailover(e, "m") }, "SENTINEL FAILOVER m"},
	{"SentinelFlushConfig", func(e *encoder) { putSentinelFlushConfig(e) }, "SENTINEL FLUSHCONFIG"},
	{"SentinelGetMasterAddrByName", func(e *encoder) { putSentinelGetMasterAddrByName(e, "m") }, "SENTINEL GET-MASTER-ADDR-BY-NAME m"},
	{"SentinelHelp", func(e *encoder) { putSentinelHelp(e) }, "SENTINEL HELP"},
	{"SentinelInfoCache", func(e *encoder) { putSentinelInfoCache(e, wireKeys) }, "SENTINEL INFO-CACHE a b"},
	{"SentinelIsMasterDownByAddr", func(e *encoder) { putSentinelIsMasterDownByAddr(e, "h", 6379, 3, "*") }, "SENTINEL IS-MASTER-DOWN-BY-ADDR h 6379 3 *"},
	{"SentinelMaster", func(e *encoder) { putSentinelMaster(e, "m") }, "SENTINEL MASTER m"},
	{"SentinelMasters", func(e *encoder) { putSentinelMasters(e) }, "SENTINEL MASTERS"},
	{"SentinelMonitor", func(e *encoder) { putSentinelMonitor(e, "m", "h", 6379, 2) }, "SENTINEL MONITOR m h 6379 2"},
	{"SentinelMyID", func(e *encoder) { putSentinelMyID(e) }, "SENTINEL MYID"},
	{"SentinelPendingScripts", func(e *encoder) { putSentinelPendingScripts(e) }, "SENTINEL PENDING-SCRIPTS"},
	{"SentinelRemove", func(e *encoder) { putSentinelRemove(e, "m") }, "SENTINEL REMOVE m"},
	{"SentinelReplicas", func(e *encoder) { putSentinelReplicas(e, "m") }, "SENTINEL REPLICAS m"},
	{"SentinelReset", func(e *encoder) { putSentinelReset(e, "m*") }, "SENTINEL RESET m*"},
	{"SentinelSentinels", func(e *encoder) { putSentinelSentinels(e, "m") }, "SENTINEL SENTINELS m"},
	{"SentinelSet", func(e *encoder) { putSentinelSet(e, "m", []any{"quorum", 2}) }, "SENTINEL SET m quorum 2"},
	{"SentinelSimulateFailure", func(e *encoder) {
		putSentinelSimulateFailure(e, []SentinelCrash{CrashAfterElection, CrashAfterPromotion})
	}, "SENTINEL SIMULATE-FAILURE CRASH-AFTER-ELECTION CRASH-AFTER-PROMOTION"},
	{"SentinelSimulateFailureHelp", func(e *encoder) { putSentinelSimulateFailureHelp(e) }, "SENTINEL SIMULATE-FAILURE HELP"},
	{"SentinelSlaves", func(e *encoder) { putSentinelSlaves(e, "m") }, "SENTINEL SLAVES m"},
}

// A selector is one word with blanks in it.
func TestWireACLSelectors(t *testing.T) {
	t.Parallel()
	got, err := encoded(t, func(e *encoder) {
		putACLSetUserRules(e, "bob", ACLRules{Enabled: true, Selectors: []ACLPermissions{
			{Commands: []string{"+get"}, Keys: []string{"b*"}},
			{Categories: []string{"+read"}, Channels: []string{"c*"}},
		}})
	}, nil)
	want := []string{"ACL", "SETUSER", "bob", "on", "(+get ~b*)", "(+@read &c*)"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q and %v, want %q", got, err, want)
	}
}

// Names and words of the protocol are no user data.
func TestWirePlainWords(t *testing.T) {
	t.Parallel()
	for name, put := range map[string]func(e *encoder){
		"ACLSetUser":  func(e *encoder) { putACLSetUser(e, "é", []string{"~é"}) },
		"SentinelSet": func(e *encoder) { putSentinelSet(e, "é", []any{"auth-pass", "é"}) },
		"ClientList":  func(e *encoder) { putClientList(e, []ClientFilter{ClientUser("é")}) },
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
	rules := func(r ACLRules) func(e *encoder) {
		return func(e *encoder) { putACLSetUserRules(e, "bob", r) }
	}
	filters := func(list ...ClientFilter) func(e *encoder) {
		return func(e *encoder) { putClientKillFilter(e, list) }
	}
	for _, c := range []struct {
		name, says string
		put        func(e *encoder)
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
		{"no such kind to list", "none of its constants", func(e *encoder) { putClientList(e, []ClientFilter{ClientOfKind(9)}) }},
		{"negative pause", "negative", func(e *encoder) { putClientPause(e, -time.Second, nil) }},
		{"tiny pause", "milliseconds", func(e *encoder) { putClientPause(e, time.Microsecond, nil) }},
		{"two ways to pause", "exclude each other", func(e *encoder) { putClientPause(e, 0, []ClientPauseOption{PauseAll, PauseWrite}) }},
		{"two ways to unblock", "exclude each other", func(e *encoder) { putClientUnblock(e, 1, []ClientUnblockOption{UnblockError, UnblockTimeout}) }},
		{"no users", "at least one", func(e *encoder) { putACLDelUser(e, nil) }},
		{"NoPass and a password", "exclude each other", rules(ACLRules{NoPass: true, Passwords: []string{"+secret"}})},
		{"NoPass and a hash", "exclude each other", rules(ACLRules{NoPass: true, HashedPasswords: []string{"-00"}})},
		{"password without sign", "begin with +", rules(ACLRules{Passwords: []string{"secret"}})},
		{"empty password", "begin with +", rules(ACLRules{Passwords: []string{""}})},
		{"hash without sign", "begin with +", rules(ACLRules{HashedPasswords: []string{"secret"}})},
		{"category without sign", "begin with +", rules(ACLRules{ACLPermissions: ACLPermissions{Categories: []string{"@read"}}})},
		{"command without sign", "begin with +", rules(ACLRules{ACLPermissions: ACLPermissions{Commands: []string{"get"}}})},
		{"command without sign in a selector", "begin with +", rules(ACLRules{Selectors: []ACLPermissions{{Commands: []string{"get"}}}})},
		{"empty selector", "an empty one", rules(ACLRules{Selectors: []ACLPermissions{{}}})},
		{"no slots", "at least one", func(e *encoder) { putClusterAddSlots(e, nil) }},
		{"slot too high", "no slot", func(e *encoder) { putClusterAddSlots(e, []int64{16384}) }},
		{"negative slot", "no slot", func(e *encoder) { putClusterCountKeysInSlot(e, -1) }},
		{"no ranges", "at least one", func(e *encoder) { putClusterAddSlotsRange(e, nil) }},
		{"range backwards", "ends before", func(e *encoder) { putClusterDelSlotsRange(e, []SlotRange{{5, 4}}) }},
		{"range too high", "no slot", func(e *encoder) { putClusterDelSlotsRange(e, []SlotRange{{5, 20000}}) }},
		{"no migrations", "at least one", func(e *encoder) { putClusterMigrateSlots(e, nil) }},
		{"migration of nothing", "at least one", func(e *encoder) { putClusterMigrateSlots(e, []SlotMigration{{Node: "id"}}) }},
		{"two ways to fail over", "exclude each other", func(e *encoder) { putClusterFailover(e, []ClusterFailoverOption{Force, ClusterTakeover}) }},
		{"two ways to reset", "exclude each other", func(e *encoder) { putClusterReset(e, []ClusterResetOption{ResetHard, ResetSoft}) }},
		{"no such metric", "none of its constants", func(e *encoder) { putClusterSlotStatsOrderBy(e, 9, nil) }},
		{"no slots to return", "at least 1", func(e *encoder) { putClusterSlotStatsOrderBy(e, ByCPU, []SlotStatsOption{AtMost(0)}) }},
		{"up and down", "exclude each other", func(e *encoder) { putClusterSlotStatsOrderBy(e, ByCPU, []SlotStatsOption{Asc, Desc}) }},
		{"no settings", "at least one", func(e *encoder) { putSentinelSet(e, "m", nil) }},
		{"setting without a value", "without a value", func(e *encoder) { putSentinelSet(e, "m", []any{"quorum"}) }},
		{"no parameters", "at least one", func(e *encoder) { putSentinelConfigGet(e, nil) }},
		{"no services", "at least one", func(e *encoder) { putSentinelInfoCache(e, nil) }},
		{"no failure", "at least one", func(e *encoder) { putSentinelSimulateFailure(e, nil) }},
		{"no such failure", "none of its constants", func(e *encoder) { putSentinelSimulateFailure(e, []SentinelCrash{9}) }},
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
