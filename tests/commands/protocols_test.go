package commands_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// protocolCall is a call of a method: its name, and the arguments after the context. A sign may precede the
// name: ~ if the reply differs from call to call, so that only its form is compared, and * for a list without
// an order.
type protocolCall []any

// protocolCalls returns calls of each method whose command is in server 7.0. Earlier calls make the data that
// later ones need.
func protocolCalls() []protocolCall {
	soon := time.Now().Add(time.Hour).Truncate(time.Second)
	sort := redpoll.SortAlpha
	streams := []redpoll.StreamFrom{{Key: "st", ID: "0"}, {Key: "none", ID: "0"}}
	fresh := []redpoll.StreamFrom{{Key: "st", ID: ">"}}
	points := []redpoll.GeoLocation{
		{Member: "Palermo", Longitude: 13.361389, Latitude: 38.115556},
		{Member: "Catania", Longitude: 15.087269, Latitude: 37.502669},
	}
	place, near := redpoll.FromLonLat(15, 37), redpoll.ByRadius(200, redpoll.Kilometers)
	const library = "#!lua name=lib\nredis.register_function{function_name='f', callback=function(k, a) " +
		"return {k[1] or false, a[1] or 1, 2.5} end, flags={'no-writes'}}"
	const every = "return {1, 'a', false, {ok='fine'}, {1, {2, 'b'}}, 2.9}"
	return []protocolCall{
		// strings and bits
		{"Set", "s", "hello"}, {"Set", "s", "x", redpoll.NX}, {"Set", "n", 10, redpoll.EX(time.Hour)},
		{"SetGet", "s", "hello world"}, {"SetGet", "new", "v"},
		{"SetNX", "s", "x"}, {"SetNX", "nx", "x"}, {"SetEx", "ex", time.Hour, "v"},
		{"PSetEx", "px", time.Hour, "v"}, {"Get", "s"}, {"Get", "none"}, {"Get", "l"},
		{"GetBytes", "s"}, {"GetBytes", "none"}, {"GetAppend", "s", []byte("x")}, {"GetSet", "nx", "y"},
		{"GetSet", "none2", "y"}, {"GetDel", "nx"}, {"GetDel", "none"},
		{"GetEx", "s", redpoll.Persist}, {"GetEx", "none"}, {"MGet", "s", "none", "n"},
		{"MGetBytes", "s", "none", "n"}, {"MSet", "a", 1, "b", 2}, {"MSetNX", "a", 1, "c", 2},
		{"Append", "a", "23"}, {"StrLen", "a"}, {"GetRange", "s", 1, 3}, {"GetRangeBytes", "s", 1, 3},
		{"GetRangeAppend", "s", 1, 3, []byte("x")}, {"SubStr", "s", 1, 3},
		{"SetRange", "b", 3, "z"}, {"Incr", "n"}, {"IncrBy", "n", 5}, {"IncrByFloat", "f", 1.5},
		{"Decr", "n"}, {"DecrBy", "n", 2}, {"Incr", "s"},
		{"LCS", "s", "new"}, {"LCSLen", "s", "b"}, {"LCSIdx", "s", "s"}, {"LCSIdx", "s", "none"},
		{"SetBit", "bits", 7, 1}, {"GetBit", "bits", 7}, {"BitCount", "bits"}, {"BitPos", "bits", 1},
		{"BitPos", "none", 1}, {"BitOp", redpoll.BitNot, "not", "bits"},
		{"BitField", "bf", redpoll.BitSet("u8", 0, 200), redpoll.BitOverflow(redpoll.BitOverflowFail),
			redpoll.BitIncrBy("u8", 0, 100), redpoll.BitGet("i8", 0)},
		{"BitFieldRO", "bf", redpoll.BitGet("u8", 0)},
		// lists
		{"RPush", "l", "b", "a", "c", 3, "a"}, {"LPush", "l", "z"}, {"LPushX", "none", 1}, {"RPushX", "l", 1},
		{"LLen", "l"}, {"LRange", "l", 0, -1}, {"LRangeBytes", "l", 0, -1},
		{"LRange", "none", 0, -1}, {"LIndex", "l", 1}, {"LIndex", "l", 99},
		{"LInsert", "l", redpoll.Before, "a", "i"}, {"LPos", "l", "a"}, {"LPos", "l", "q"},
		{"LPosN", "l", "a", 0}, {"LPosN", "none", "a", 0}, {"LRem", "l", 1, "z"}, {"LSet", "l", 0, "y"},
		{"LSet", "none", 0, "y"}, {"LTrim", "l", 0, 9},
		{"LMove", "l", "l2", redpoll.Left, redpoll.Right},
		{"LMove", "none", "l2", redpoll.Left, redpoll.Right}, {"RPopLPush", "l", "l2"},
		{"RPopLPush", "none", "l2"},
		{"LPop", "l2"}, {"LPop", "none"}, {"LPopN", "l2", 5}, {"LPopN", "none", 5}, {"LPopN", "l", 0},
		{"RPop", "l"}, {"RPopN", "l", 1}, {"RPopN", "none", 1},
		{"LMPop", []string{"none", "l"}, redpoll.Left}, {"LMPop", []string{"none"}, redpoll.Left},
		{"BLMPop", time.Second, []string{"l"}, redpoll.Right, redpoll.Count(1)},
		{"RPush", "q", 1, 2, 3, 4, 5}, {"BLPop", time.Second, "none", "q"},
		{"BLPop", time.Millisecond, "none"}, {"BRPop", time.Second, "q"},
		{"BLMove", "q", "q2", redpoll.Left, redpoll.Left, time.Second},
		{"BLMove", "none", "q2", redpoll.Left, redpoll.Left, time.Millisecond},
		{"BRPopLPush", "q", "q2", time.Second}, {"BLMPop", time.Millisecond, []string{"none"}, redpoll.Left},
		{"BRPop", time.Millisecond, "none"}, {"BRPopLPush", "none", "q2", time.Millisecond},
		// sets
		{"SAdd", "m", 1, 2, 3}, {"SAdd", "m2", 3, 4}, {"SAdd", "m1", "only"}, {"SRem", "m", 2},
		{"SCard", "m"}, {"SIsMember", "m", 1}, {"SMIsMember", "m", 1, 9}, {"SMembers", "m"},
		{"SMembers", "none"},
		{"SRandMember", "m1"}, {"SRandMember", "none"}, {"SRandMemberN", "m1", -3},
		{"SRandMemberN", "none", 2}, {"SDiff", "m", "m2"}, {"SInter", "m", "m2"}, {"SUnion", "m", "m2"},
		{"SDiffStore", "md", "m", "m2"}, {"SInterStore", "mi", "m", "m2"}, {"SUnionStore", "mu", "m", "m2"},
		{"SInterCard", []string{"m", "m2"}}, {"SScan", "m1", 0}, {"SScan", "none", 0},
		{"SMove", "m", "m2", 1}, {"SPop", "m1"}, {"SPop", "none"}, {"SPopN", "mi", 5}, {"SPopN", "none", 5},
		// sorted sets
		{
			"ZAdd", "z",
			[]redpoll.Z{{Member: "a", Score: 1}, {Member: "b", Score: 2.5}, {Member: "c", Score: 1e100}},
		},
		{"ZAdd", "z2", []redpoll.Z{{Member: "b", Score: 3}}}, {"ZAddIncr", "z", "a", 0.5},
		{"ZAddIncr", "z", "q", 1, redpoll.XX}, {"ZIncrBy", "z", 1, "a"},
		{"ZCard", "z"}, {"ZCount", "z", "-inf", "(3"}, {"ZLexCount", "z", "-", "+"}, {"ZScore", "z", "c"},
		{"ZScore", "z", "q"},
		{"ZMScore", "z", "a", "q"}, {"ZRank", "z", "a"}, {"ZRank", "z", "q"}, {"ZRevRank", "z", "a"},
		{"ZRange", "z", 0, -1}, {"ZRangeWithScores", "z", 0, -1}, {"ZRangeWithScores", "none", 0, -1},
		{"ZRangeStore", "zs", "z", 0, 1}, {"ZRevRange", "z", 0, -1}, {"ZRevRangeWithScores", "z", 0, -1},
		{"ZRangeByScore", "z", 0, 10}, {"ZRangeByScoreWithScores", "z", 0, 10},
		{"ZRevRangeByScore", "z", 10, 0}, {"ZRevRangeByScoreWithScores", "z", 10, 0},
		{"ZRangeByLex", "z", "-", "+"}, {"ZRevRangeByLex", "z", "+", "-"}, {"ZRandMember", "z2"},
		{"ZRandMember", "none"},
		{"ZRandMemberN", "z2", -2}, {"ZRandMemberN", "none", 1}, {"ZRandMemberWithScores", "z2", -2},
		{"ZRandMemberWithScores", "none", 2}, {"ZDiff", "z", "z2"}, {"ZDiffWithScores", "z", "z2"},
		{"ZDiffStore", "zd", "z", "z2"},
		{"ZInter", []string{"z", "z2"}}, {"ZInterWithScores", []string{"z", "z2"}},
		{"ZInterStore", "zi", []string{"z", "z2"}}, {"ZInterCard", []string{"z", "z2"}},
		{"ZUnion", []string{"z", "z2"}},
		{"ZUnionWithScores", []string{"z", "z2"}}, {"ZUnionStore", "zu", []string{"z", "z2"}},
		{"ZScan", "z", 0}, {"ZScan", "none", 0}, {"ZRemRangeByLex", "zd", "[a", "[a"},
		{"ZRemRangeByRank", "zd", 0, 0},
		{"ZRemRangeByScore", "zu", 0, 1}, {"ZRem", "zu", "q"}, {"ZPopMin", "zu"}, {"ZPopMin", "none"},
		{"ZPopMinN", "zu", 2}, {"ZPopMinN", "none", 2}, {"ZPopMax", "zs"}, {"ZPopMax", "none"},
		{"ZPopMaxN", "zs", 2},
		{"ZAdd", "zq", []redpoll.Z{
			{Member: "a", Score: 1}, {Member: "b", Score: 2}, {Member: "c", Score: 3},
			{Member: "d", Score: 4}, {Member: "e", Score: 5},
		}},
		{"BZPopMin", time.Second, "none", "zq"}, {"BZPopMax", time.Second, "zq"},
		{"BZPopMin", time.Millisecond, "none"}, {"BZPopMax", time.Millisecond, "none"},
		{"ZMPop", []string{"none", "zq"}, redpoll.ZMin}, {"ZMPop", []string{"none"}, redpoll.ZMin},
		{"BZMPop", time.Second, []string{"zq"}, redpoll.ZMax, redpoll.Count(2)},
		{"BZMPop", time.Millisecond, []string{"none"}, redpoll.ZMax},
		// hashes
		{"HSet", "h", "f", 1, "g", "x"}, {"HSet", "h1", "only", "v"}, {"HMSet", "h", "k", 2.5},
		{"HSetNX", "h", "f", 2}, {"HGet", "h", "f"}, {"HGet", "h", "none"}, {"HGetBytes", "h", "f"},
		{"HGetAppend", "h", "f", []byte("x")}, {"HMGet", "h", "f", "none"},
		{"HGetAll", "h"}, {"HGetAll", "none"}, {"HKeys", "h"}, {"HVals", "h"}, {"HLen", "h"},
		{"HExists", "h", "f"}, {"HStrLen", "h", "g"}, {"HIncrBy", "h", "f", 2},
		{"HIncrByFloat", "h", "k", 1.5}, {"HDel", "h", "g", "none"},
		{"HRandField", "h1"}, {"HRandField", "none"}, {"HRandFieldN", "h1", -2}, {"HRandFieldN", "none", 2},
		{"HRandFieldWithValues", "h1", -2}, {"HRandFieldWithValues", "none", 2}, {"HScan", "h", 0},
		{"HScan", "none", 0},
		{"PFAdd", "p", 1, 2}, {"PFAdd", "p2", 3}, {"PFCount", "p", "p2"}, {"PFMerge", "p3", "p", "p2"},
		// geo
		{"GeoAdd", "geo", points}, {"GeoDist", "geo", "Palermo", "Catania", redpoll.Kilometers},
		{"GeoDist", "geo", "Palermo", "none", redpoll.Kilometers}, {"GeoHash", "geo", "Palermo", "none"},
		{"GeoPos", "geo", "Palermo", "none"},
		{"GeoSearch", "geo", place, near,
			redpoll.Asc}, {"GeoSearch", "none", place, near}, {"GeoSearchLocations",
			"geo", place, near, redpoll.Asc, redpoll.WithCoord, redpoll.WithDist,
			redpoll.WithHash}, {"GeoSearchLocations", "geo", place, near, redpoll.Asc},
		{"GeoSearchLocations", "geo", place, near, redpoll.Asc, redpoll.WithHash},
		{"GeoSearchStore", "geo2", "geo", place, near},
		{"GeoRadius", "geo", 15.0, 37.0, 200.0, redpoll.Kilometers, redpoll.Asc},
		{"GeoRadiusRO", "geo", 15.0, 37.0, 200.0, redpoll.Kilometers, redpoll.Asc},
		{"GeoRadiusLocations", "geo", 15.0, 37.0, 200.0, redpoll.Kilometers, redpoll.Asc, redpoll.WithDist},
		{"GeoRadiusROLocations", "geo", 15.0, 37.0, 200.0, redpoll.Kilometers, redpoll.Asc,
			redpoll.WithCoord},
		{"GeoRadiusStore", "geo", 15.0, 37.0, 200.0, redpoll.Kilometers, "geo3"},
		{"GeoRadiusStoreDist", "geo", 15.0, 37.0, 200.0, redpoll.Kilometers, "geo4"},
		{"GeoRadiusByMember", "geo", "Palermo", 500.0, redpoll.Kilometers, redpoll.Asc},
		{"GeoRadiusByMemberRO", "geo", "Palermo", 500.0, redpoll.Kilometers, redpoll.Asc},
		{
			"GeoRadiusByMemberLocations", "geo", "Palermo", 500.0, redpoll.Kilometers, redpoll.Asc,
			redpoll.WithDist,
		},
		{"GeoRadiusByMemberROLocations", "geo", "Palermo", 500.0, redpoll.Kilometers, redpoll.Asc,
			redpoll.WithDist},
		{"GeoRadiusByMemberStore", "geo", "Palermo", 500.0, redpoll.Kilometers, "geo5"},
		{"GeoRadiusByMemberStoreDist", "geo", "Palermo", 500.0, redpoll.Kilometers, "geo6"},
		// streams
		{"XAdd", "st", "1-1", []any{"f", "v"}}, {"XAdd", "st", "2-1", []any{"f", "v", "g", 2}},
		{"XAdd", "st", "3-1", []any{"f", "w"}}, {"XAdd", "none", "1-1", []any{"f", "v"}, redpoll.NoMkStream},
		{"XLen", "st"},
		{"XRange", "st", "-", "+"}, {"XRange", "none", "-", "+"}, {"XRevRange", "st", "+", "-"},
		{"XRead", streams}, {"XRead", streams[1:]}, {"XReadBlock", time.Second, streams},
		{"XReadBlock", time.Millisecond, streams[1:]},
		{"XGroupCreate", "st", "g", "0"}, {"XGroupCreate", "st", "g", "0"}, {"XGroupCreate", "st", "g2", "$"},
		{"XGroupCreateConsumer", "st", "g", "c0"}, {"XReadGroup", "g", "c", fresh, redpoll.Count(2)},
		{"XReadGroupBlock", time.Second, "g", "c", fresh},
		{"XReadGroupBlock", time.Millisecond, "g", "c", fresh}, {"XReadGroup", "g", "c", fresh},
		{"XDel", "st", "2-1"}, {"XReadGroup", "g", "c", []redpoll.StreamFrom{{Key: "st", ID: "0"}}},
		{"XPending", "st", "g"}, {"XPending", "st", "g2"}, {"XPending", "st", "none"},
		{"~XPendingRange", "st", "g", "-", "+", 9},
		{"~XPendingConsumer", "st", "g", "c", "-", "+", 9}, {"XPendingRange", "st", "g2", "-", "+", 9},
		{"XClaim", "st", "g", "d", time.Duration(0), []string{"1-1", "9-9"}},
		{"XClaimJustID", "st", "g", "d", time.Duration(0), []string{"1-1"}},
		{"XAutoClaim", "st", "g", "e", time.Duration(0), "0"},
		{"XAutoClaimJustID", "st", "g", "e", time.Duration(0), "0"}, {"XAck", "st", "g", "1-1"},
		{"~XInfoStream", "st"}, {"~XInfoStreamFull", "st", 0}, {"XInfoStream", "none"}, {"XInfoGroups", "st"},
		{"~XInfoConsumers", "st", "g"}, {"XInfoConsumers", "st", "g2"}, {"XGroupSetID", "st", "g", "0"},
		{"XGroupDelConsumer", "st", "g", "c"}, {"XGroupDestroy", "st", "g"}, {"XGroupDestroy", "st", "g"},
		{"XSetID", "st", "5-0"}, {"XTrim", "st", redpoll.MaxLen(1)},
		{"XGroupHelp"}, {"XInfoHelp"}, {"XInfoStream", "st"},
		// keys
		{"Copy", "s", "copy"}, {"Copy", "none", "copy"}, {"Exists", "s", "s", "none"},
		{"Touch", "s", "none"}, {"Dump", "s"}, {"Dump", "none"}, {"Restore", "r", time.Duration(0), "bad"},
		{"RestoreAt", "r", soon, "bad"}, {"Expire", "s", time.Hour}, {"Expire", "none", time.Hour},
		{"PExpire", "s", time.Hour}, {"ExpireIn", "s", time.Hour / 7}, {"ExpireAt", "s", soon},
		{"PExpireAt", "s", soon}, {"ExpireUntil", "s", soon}, {"ExpireTime", "s"}, {"PExpireTime", "s"},
		{"ExpireTime", "l"},
		{"PExpireTime", "none"}, {"~TTL", "s"}, {"TTL", "l"}, {"TTL", "none"}, {"~PTTL", "s"}, {"PTTL", "l"},
		{"Persist", "s"}, {"Keys", "geo"}, {"~RandomKey"}, {"Rename", "copy", "copy2"},
		{"Rename", "none", "x"}, {"RenameNX", "copy2", "s"}, {"Move", "copy2", 3}, {"Move", "none", 3},
		{"Type", "z"}, {"Type", "none"}, {"ObjectEncoding", "l"}, {"ObjectEncoding", "none"},
		{"ObjectFreq", "s"}, {"ObjectIdleTime", "s"}, {"ObjectIdleTime", "none"}, {"ObjectRefCount", "s"},
		{"ObjectHelp"}, {"*Scan", 0, redpoll.Match("geo?"), redpoll.Count(10000)}, {"Sort", "m2"},
		{"Sort", "none"}, {"SortGet", "m2", []string{"none_*", "#"}},
		{"SortGroups", "m2", []string{"none_*", "#"}}, {"SortStore", "sorted", "m2", sort}, {"SortRO", "m2"},
		{"SortROGet", "m2", []string{"none_*"}}, {"SortROGroups", "m2", []string{"none_*", "#"}},
		{"Wait", 0, time.Millisecond},
		{"Migrate", "127.0.0.1", 1, []string{"none"}, 0, time.Second}, {"Unlink", "geo6", "none"},
		{"Del", "geo5", "none"},
		// scripts and functions
		{"Eval", every, nil}, {"EvalRO", every, nil},
		{"~ScriptLoad", "return 1"}, {"EvalSha", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", nil},
		{"EvalShaRO", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", nil}, {"EvalSha", "none", nil},
		{"Eval", "return redis.call('GET', KEYS[1])", []string{"none"}},
		{"Eval", "return {err='MINE text'}", nil}, {"Eval", "return {{err='MINE text'}}", nil},
		{"ScriptExists", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "none"}, {"ScriptKill"}, {"ScriptHelp"},
		{"ScriptFlush"}, {"FunctionLoad", library}, {"FunctionLoad", library}, {"FunctionList"},
		{"FunctionList", redpoll.WithCode}, {"FunctionList", redpoll.LibraryName("none")},
		{"FunctionDump"}, {"FunctionRestore", "bad"}, {"FunctionStats"}, {"FunctionKill"},
		{"FunctionHelp"}, {"FCall", "f", []string{"s"}, "x"}, {"FCallRO", "f", nil}, {"FCall", "none", nil},
		{"FunctionDelete", "lib"}, {"FunctionFlush"},
		{"Publish", "c", "m"}, {"SPublish", "c", "m"}, {"PubSubChannels", "*"}, {"PubSubNumSub", "c", "d"},
		{"PubSubNumPat"}, {"PubSubShardChannels", "*"}, {"PubSubShardNumSub", "c"}, {"PubSubHelp"},
		// connection and ACL
		{"Ping"}, {"PingMessage", "m"}, {"Echo", "m"}, {"~ClientID"}, {"ClientGetName"},
		{"ClientGetRedir"}, {"ClientHelp"}, {"~ClientInfo"}, {"~ClientList"}, {"ClientKill", "1.2.3.4:5"},
		{"ClientKillFilter", redpoll.ClientUser("default"), redpoll.ClientAddr("1.2.3.4:5")},
		{"ClientPause", time.Millisecond, redpoll.PauseWrite}, {"ClientUnpause"}, {"ClientTrackingInfo"},
		{"ClientUnblock", 99999},
		{"ACLSetUser", "u", "on", ">pw", "~a:*", "%R~b:*", "+@read", "-get", "&ch", "(+set ~c)"},
		{"ACLSetUserRules", "v", redpoll.ACLRules{NoPass: true}}, {"ACLGetUser", "u"},
		{"ACLGetUser", "default"}, {"ACLGetUser", "none"}, {"ACLList"}, {"ACLUsers"}, {"ACLWhoAmI"},
		{"*ACLCat"}, {"*ACLCatCommands", "read"}, {"ACLCatCommands", "none"},
		{"ACLDryRun", "u", "GET", "a:1"}, {"ACLDryRun", "default", "GET", "a"}, {"~ACLGenPass"},
		{"~ACLGenPassBits", 32}, {"ACLHelp"}, {"ACLLoad"}, {"ACLSave"}, {"~ACLLog"}, {"~ACLLogN", 1},
		{"ACLLogReset"}, {"ACLDelUser", "u", "v", "none"}, {"ACLLog"},
		// server
		{"DBSize"}, {"~Time"}, {"~Info"},
		{"~Info", "server", "memory", "persistence", "stats", "replication", "cpu", "modules", "errorstats",
			"keyspace"},
		{"Info", "none"}, {"ConfigGet", "maxmemory*"}, {"ConfigGet", "none"},
		{"ConfigSet", "lfu-log-factor", 11}, {"ConfigSet", "none", 1}, {"ConfigHelp"}, {"*Command"},
		{"CommandInfo", "get", "none", "config|get"}, {"*CommandInfo"},
		{"CommandDocs", "set", "config", "none"}, {"CommandDocs"}, {"*CommandList"},
		{"CommandCount"}, {"CommandGetKeys", "MSET", "a", 1, "b", 2}, {"CommandGetKeys", "PING", "x"},
		{"CommandGetKeysAndFlags", "LMOVE", "a", "b", "left", "right"}, {"CommandHelp"},
		{"ConfigSet", "slowlog-log-slower-than", 0}, {"Get", "s"}, {"~SlowLogGet", 2}, {"~SlowLogLen"},
		{"ConfigSet", "slowlog-log-slower-than", -1}, {"SlowLogReset"}, {"SlowLogGet", -1}, {"SlowLogHelp"},
		{"ConfigSet", "latency-monitor-threshold", 1}, {"Eval",
			"local t = redis.call('TIME'); local n = t; repeat n = redis.call('TIME') until (n[1] - " +
				"t[1]) * 1000000 + n[2] - t[2] > 5000; return 1",
			nil},
		{"~LatencyLatest"}, {"~LatencyHistory", "command"}, {"LatencyHistory", "none"}, {"~LatencyDoctor"},
		{"~LatencyGraph", "command"}, {"LatencyGraph", "none"}, {"~LatencyHistogram", "eval"},
		{"LatencyHistogram", "none"}, {"ConfigSet", "latency-monitor-threshold", 0}, {"~LatencyReset"},
		{"LatencyReset", "none"}, {"LatencyHelp"}, {"LatencyLatest"},
		{"~MemoryDoctor"}, {"~MemoryMallocStats"}, {"MemoryPurge"}, {"~MemoryStats"}, {"~MemoryUsage", "s"},
		{"MemoryUsage", "none"}, {"MemoryHelp"}, {"~LastSave"}, {"Save"}, {"BgSave"}, {"~BgRewriteAOF"},
		{"SwapDB", 5, 6}, {"Role"}, {"ReplicaOfNoOne"}, {"SlaveOfNoOne"},
		{"Failover"}, {"FailoverAbort"}, {"ShutdownAbort"}, {"~Lolwut"}, {"LolwutVersion", 1}, {"ModuleList"},
		{"ModuleLoad", "none"}, {"ModuleLoadEx", "none", nil}, {"ModuleUnload", "none"}, {"ModuleHelp"},
		{"~DebugObject", "s"}, {"DebugObject", "none"},
		{"ConfigResetStat"}, {"ConfigRewrite"},
		{"FlushDB"}, {"FlushAll", redpoll.Async},
	}
}

// clusterCalls returns calls that need a server in cluster mode.
func clusterCalls() []protocolCall {
	all := redpoll.SlotRange{Start: 0, End: 16383}
	return []protocolCall{
		{"~ClusterInfo"}, {"ClusterKeySlot", "k"}, {"ClusterHelp"}, {"~ClusterMyID"}, {"ClusterSlots"},
		{"~ClusterShards"}, {"ClusterLinks"}, {"~ClusterNodes"}, {"ClusterAddSlotsRange", all},
		{"ClusterAddSlots", 1}, {"ClusterDelSlots", 1}, {"ClusterAddSlots", 1},
		{"ClusterDelSlotsRange", redpoll.SlotRange{Start: 5, End: 9}}, {"ClusterAddSlots", 5, 6, 7, 8, 9},
		{"~ClusterSlots"}, {"~ClusterShards"},
		{"~ClusterNodes"}, {"ClusterCountFailureReports", "none"}, {"ClusterCountKeysInSlot", 7},
		{"ClusterGetKeysInSlot", 7, 9}, {"ClusterReplicas", "none"}, {"ClusterSlaves", "none"},
		{"ClusterReplicate", "none"},
		{"ClusterForget", "none"}, {"ClusterFailover"}, {"ClusterMeet", "none", 1},
		{"ClusterSetSlotImporting", 3, "none"}, {"ClusterSetSlotMigrating", 3, "none"},
		{"ClusterSetSlotNode", 3, "none"},
		{"ClusterSetSlotStable", 3}, {"ClusterBumpEpoch"}, {"ClusterSetConfigEpoch", 3},
		{"ClusterSaveConfig"}, {"ClusterFlushSlots"}, {"ClusterReset"},
	}
}

// notCalled are methods that TestProtocolsGiveTheSame does not call, although the test servers know their
// commands.
var notCalled = map[string]string{
	"ReplicaOf": "would replace the data", "SlaveOf": "would replace the data", "Shutdown": "ends the server",
	"GeoSearchPolygon": "needs Valkey 9.0", "GeoSearchPolygonLocations": "needs Valkey 9.0",
	"GeoSearchStorePolygon": "needs Valkey 9.0",
}

// Every method returns the same over RESP3 and RESP2. Two servers get the same calls, each over one protocol.
//
// Covers: F68
func TestProtocolsGiveTheSame(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	srv := redpolltest.Shared(t)
	called := map[string]bool{}
	since, clusterSince := callsOf(srv, false, true), callsOf(srv, true, true)
	for _, c := range slices.Concat(protocolCalls(), clusterCalls(), since, clusterSince) {
		called[strings.TrimLeft(c[0].(string), "~*")] = true
	}
	methods := commandMethods(t)
	for _, c := range serverCommands(t, srv.Do) {
		for _, m := range methods[c.name] {
			if !called[m] && notCalled[m] == "" {
				t.Errorf("%s is neither called nor left out with a reason", m)
			}
		}
	}
	t.Run("one server", func(t *testing.T) {
		t.Parallel()
		compareProtocols(t, redpolltest.ServerOptions{Config: []string{"enable-debug-command yes"}},
			slices.Concat(callsOf(srv, false, false), protocolCalls()))
	})
	t.Run("cluster", func(t *testing.T) {
		t.Parallel()
		// Reads are answered although the cluster may count as down for some time after its slots have got an
		// owner.
		o := redpolltest.ServerOptions{
			Config: append([]string{"cluster-allow-reads-when-down yes"}, clusterMode.Config...),
		}
		compareProtocols(t, o, slices.Concat(callsOf(srv, true, false), clusterCalls()))
	})
}

// compareProtocols makes the calls on two fresh servers and compares the results.
func compareProtocols(t *testing.T, o redpolltest.ServerOptions, calls []protocolCall) {
	t.Helper()
	var both [2]*redpoll.Client
	seen := false // the fields of records are those of servers up to these releases
	for i, protocol := range []int{3, 2} {
		srv := redpolltest.Start(t, o)
		seen = !srv.AtLeastRelease("8.1", "9.2")
		both[i] = clients.New(t, redpoll.Options{Addr: srv.Addr(), Protocol: protocol})
	}
	for _, c := range calls {
		name := strings.TrimLeft(c[0].(string), "~*")
		three, err3 := clients.CallMethod(t, both[0], name, c[1:])
		two, err2 := clients.CallMethod(t, both[1], name, c[1:])
		if extra := unknownFields(reflect.ValueOf(three)); seen && len(extra) > 0 {
			t.Errorf("%v: no field of the reply's type has %q", c, extra)
		}
		if err3, err2 := withoutAddress(err3), withoutAddress(err2); err3 != err2 {
			t.Errorf("%v: RESP3 gives the error %q, RESP2 %q", c, err3, err2)
		}
		switch c[0].(string)[0] {
		case '~':
			three, two = form(reflect.ValueOf(three)), form(reflect.ValueOf(two))
		case '*':
			three, two = anyOrder(three), anyOrder(two)
		}
		if !reflect.DeepEqual(three, two) {
			t.Errorf("%v: RESP3 gives\n%#v, RESP2\n%#v", c, three, two)
		}
	}
}

// unknownFields returns the names of fields that the server sent, and that the records of a reply do not
// have.
func unknownFields(v reflect.Value) (names []string) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); v.Type().Field(i).Name != "Extra" || f.Kind() != reflect.Map {
				names = append(names, unknownFields(f)...)
				continue
			}
			for k := range v.Field(i).Seq() {
				// The names of message counts depend on the messages of the cluster bus.
				if name := k.String(); !strings.HasPrefix(name, "cluster_stats_messages_") {
					names = append(names, v.Type().Name()+"."+name)
				}
			}
		}
	case reflect.Slice, reflect.Map:
		for _, e := range v.Seq2() {
			names = append(names, unknownFields(e)...)
		}
	}
	return names
}

// withoutAddress returns the text of an error without the server's port.
func withoutAddress(err error) string {
	var se *redpoll.ServerError
	if errors.As(err, &se) {
		return se.Code + " " + se.Message
	}
	return fmt.Sprint(err)
}

// anyOrder returns the elements of a list or of a page as sorted texts.
func anyOrder(list any) any {
	v := reflect.ValueOf(list)
	if v.Kind() == reflect.Struct {
		v = v.FieldByName("Items")
	}
	texts := make([]string, v.Len())
	for i := range texts {
		texts[i] = inOrder(v.Index(i))
	}
	slices.Sort(texts)
	return texts
}

// inOrder returns a value as text, with its subcommands sorted.
func inOrder(v reflect.Value) string {
	info, ok := v.Interface().(redpoll.CommandInfo)
	if null, is := v.Interface().(redpoll.Null[redpoll.CommandInfo]); is {
		info, ok = null.V, true
	}
	if !ok {
		return fmt.Sprint(v.Interface())
	}
	subs := anyOrder(info.Subcommands)
	info.Subcommands = nil
	return fmt.Sprint(info, subs)
}

// form returns the types and names in a reply, and what is missing, but no values.
func form(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Struct:
		if t, ok := v.Interface().(time.Time); ok {
			return t.IsZero()
		}
		if value, ok := v.Interface().(redpoll.Value); ok {
			return value.Kind()
		}
		fields := map[string]any{}
		for i := range v.NumField() {
			fields[v.Type().Field(i).Name] = form(v.Field(i))
		}
		return fields
	case reflect.Map:
		names := map[string]any{}
		for k, e := range v.Seq2() {
			names[fmt.Sprint(k)] = form(e)
		}
		return names
	case reflect.Slice:
		for _, e := range v.Seq2() {
			return []any{form(e)} // the number of elements may differ
		}
		return []any{}
	case reflect.Bool:
		return v.Bool()
	case reflect.Invalid:
		return nil
	}
	return v.Kind()
}
