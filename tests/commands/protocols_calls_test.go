package commands_test

import (
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// callsSince are calls that need more than server 7.0, with the first release of Redis and of Valkey that can
// answer them. An empty text means that no release can. Servers only get the calls that they can answer.
var callsSince = []struct {
	redis, valkey string
	calls         func() []protocolCall
}{
	{"7.2", "7.2", func() []protocolCall {
		return []protocolCall{
			{"Set", "s", "text"},
			{"ZAdd", "zr", []redpoll.Z{{Member: "a", Score: 1.5}, {Member: "b", Score: 1e300}}},
			{"ZRankWithScore", "zr", "b"}, {"ZRevRankWithScore", "zr", "b"}, {"ZRankWithScore", "zr", "none"},
			{"ZRevRankWithScore", "none", "a"},
			{"WaitAOF", 0, 0, time.Millisecond}, {"WaitAOF", 1, 0, time.Millisecond},
			{"WaitAOF", 0, 1, time.Millisecond},
		}
	}},
	{"7.4", "8.0", func() []protocolCall {
		return []protocolCall{
			{"HSet", "hn", "a", 1}, {"HScanNoValues", "hn", 0}, {"HScanNoValues", "none", 0},
			{"ClientKillFilter", redpoll.ClientMaxAge(1000 * time.Hour)},
			{"XAdd", "stn", "1-1", []any{"f", "v"}}, {"XAdd", "stn", "2-1", []any{"f", "w"}},
			{"XRead", []redpoll.StreamFrom{{Key: "stn", ID: "+"}, {Key: "none", ID: "+"}}},
			{"XRead", []redpoll.StreamFrom{{Key: "none", ID: "+"}}},
		}
	}},
	{"7.4", "9.0", hashExpiryCalls},
	{"8.0", "9.0", func() []protocolCall {
		soon := time.Now().Add(time.Hour).Truncate(time.Second)
		return []protocolCall{
			{"HSetEx", "hx", []any{"a", 1, "b", "x"}, redpoll.EXAT(soon)},
			{"HExpireTime", "hx", "a", "b"}, {"HSetEx", "hx", []any{"a", 2, "c", 3}, redpoll.FNX},
			{"HSetEx", "hx", []any{"a", 2}, redpoll.FXX, redpoll.KeepTTL},
			{"HSetEx", "none", []any{"a", 2}, redpoll.FXX}, {"HSetEx", "s", []any{"a", 2}},
			{"HGetEx", "hx", []string{"a", "none"}, redpoll.Persist}, {"HTTL", "hx", "a"},
			{"HGetEx", "none", []string{"a"}}, {"HGetEx", "s", []string{"a"}},
		}
	}},
	{"8.0", "9.1", func() []protocolCall {
		return []protocolCall{
			{"HGetDel", "hx", "a", "none"}, {"HGetDel", "hx", "b"}, {"HGetDel", "hx", "b"},
			{"HGetDel", "s", "b"}, {"Exists", "hx"},
		}
	}},
	{"8.0", "", vectorCalls},
	{"8.0.3", "", func() []protocolCall {
		return []protocolCall{
			{"VSimWithAttribs", "v", redpoll.VectorElement("a")},
			{"VSimWithAttribs", "none", redpoll.VectorElement("a")},
		}
	}},
	{"", "8.0", func() []protocolCall {
		return []protocolCall{
			{"ScriptLoad", "return 77"}, {"ScriptShow", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"},
			{"ScriptLoad", "return 1"}, {"ScriptShow", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"},
		}
	}},
	{"", "8.1", func() []protocolCall {
		return []protocolCall{
			{"Set", "if", "a"}, {"Set", "if", "b", redpoll.IfEq("a")}, {"Set", "if", "c", redpoll.IfEq("a")},
			{"SetGet", "if", "c", redpoll.IfEq("a")}, {"SetGet", "if", "c", redpoll.IfEq("b")},
			{"Set", "none", "c", redpoll.IfEq("b")}, {"SetGet", "none", "c", redpoll.IfEq("b")},
			{"~ClientList", redpoll.ClientUser("default")},
			{"~ClientList", redpoll.ClientUser("default"), redpoll.ClientSkipMe(true)},
			{"ClientList", redpoll.ClientAddr("1.2.3.4:5")}, {"ClientList", redpoll.ClientLAddr("1.2.3.4:5")},
			{"ClientList", redpoll.ClientMaxAge(1000 * time.Hour)},
			{"ClientKillFilter", redpoll.ClientIDs(1<<40, 1<<41)}, {"BgSaveCancel"},
			{"ConfigSet", "commandlog-execution-slower-than", 0, "commandlog-request-larger-than",
				0, "commandlog-reply-larger-than", 0}, {"Get", "s"},
			{"~CommandLogGet", 1, redpoll.CommandLogSlow},
			{"~CommandLogGet", -1, redpoll.CommandLogLargeRequest},
			{"~CommandLogGet", 2, redpoll.CommandLogLargeReply}, {"~CommandLogLen", redpoll.CommandLogSlow},
			{"ConfigSet", "commandlog-execution-slower-than", -1, "commandlog-request-larger-than", -1,
				"commandlog-reply-larger-than", -1}, {"CommandLogReset", redpoll.CommandLogSlow},
			{"CommandLogGet", -1, redpoll.CommandLogSlow}, {"CommandLogReset", redpoll.CommandLogLargeReply},
			{"CommandLogLen", redpoll.CommandLogLargeReply}, {"CommandLogHelp"},
		}
	}},
	{"", "9.0", func() []protocolCall {
		return []protocolCall{
			{"DelIfEq", "s", "other"}, {"DelIfEq", "none", "text"}, {"DelIfEq", "he", "text"},
			{"DelIfEq", "s", "text"}, {"Set", "s", "text"},
		}
	}},
	{"8.4", "9.1", func() []protocolCall {
		return []protocolCall{
			{"MSetEx", []any{"ma", 1, "mb", 2}, redpoll.PX(time.Hour)},
			{"MSetEx", []any{"ma", 3, "mc", 2}, redpoll.NX}, {"MSetEx", []any{"ma", 4}, redpoll.XX},
			{"MGet", "ma", "mb", "mc"}, {"~PTTL", "mb"}, {"PTTL", "ma"},
		}
	}},
}

// hashExpiryCalls are calls for expiring fields of a hash.
func hashExpiryCalls() []protocolCall {
	soon := time.Now().Add(time.Hour).Truncate(time.Second)
	a := []string{"a", "none"}
	return []protocolCall{
		{"HSet", "he", "a", 1, "b", 2, "c", 3}, {"HExpire", "he", time.Hour, a},
		{"HExpire", "he", time.Hour, a, redpoll.NX}, {"HExpire", "none", time.Hour, a},
		{"HExpire", "s", time.Hour, a}, {"HPExpire", "he", 2 * time.Hour, a, redpoll.GT},
		{"HExpireIn", "he", time.Hour / 7, a, redpoll.LT},
		{"HExpireAt", "he", soon, a, redpoll.XX}, {"HPExpireAt", "he", soon, a, redpoll.LT},
		{"HExpireUntil", "he", soon, a, redpoll.LT},
		{"HExpireTime", "he", "a", "b", "none"}, {"HPExpireTime", "he", "a", "b", "none"},
		{"HExpireTime", "none", "a"}, {"HPExpireTime", "none", "a"}, {"HExpireTime", "s", "a"},
		{"~HTTL", "he", "a"}, {"~HPTTL", "he", "a"}, {"HTTL", "he", "b", "none"},
		{"HPTTL", "he", "b", "none"}, {"HTTL", "none", "a"}, {"HPTTL", "none", "a"},
		{"HPersist", "he", "a", "b", "none"}, {"HPersist", "none", "a"}, {"HPExpire", "he", 0, []string{"c"}},
		{"HGetAll", "he"},
	}
}

// vectorCalls are calls for vector sets.
func vectorCalls() []protocolCall {
	a, some := redpoll.VectorElement("a"), redpoll.VectorValues(1, 1, 0)
	return []protocolCall{
		{"VAdd", "v", redpoll.VectorValues(1, 0, 0.5), "a", redpoll.VAddQuantNone}, {"VAdd", "v",
			redpoll.VectorFP32(0, 1, 0), "b", redpoll.VAddQuantNone, redpoll.VAddCAS, redpoll.VectorEF(50),
			redpoll.VAddAttr(`{"y":1}`)}, {"VAdd", "v", some, "c", redpoll.VAddQuantNone},
		{"VAdd", "v", some, "c", redpoll.VAddQuantNone},
		{"VAdd", "v", some, "c", redpoll.VAddQuantBin}, {"VAdd", "v", redpoll.VectorValues(1), "c"},
		{"VAdd", "s", some, "c"}, {"VAddReduced", "vr", 2, some, "only"},
		{"VAdd", "vb", some, "only", redpoll.VAddQuantBin, redpoll.VAddMaxLinks(8)},
		{"VCard", "v"}, {"VCard", "none"}, {"VDim", "v"}, {"VDim", "vr"}, {"VDim", "none"},
		{"VEmb", "v", "a"}, {"VEmb", "vb", "only"}, {"VEmb", "v", "none"}, {"VEmb", "none", "a"},
		{"VEmbRaw", "v", "a"}, {"VEmbRaw", "vb", "only"}, {"~VEmbRaw", "vr", "only"},
		{"VEmbRaw", "v", "none"}, {"VEmbRaw", "none", "a"}, {"VGetAttr", "v", "b"}, {"VGetAttr", "v", "a"},
		{"VGetAttr", "none", "a"}, {"VSetAttr", "v", "a", `{"y":2}`}, {"VSetAttr", "v", "b", ""},
		{"VGetAttr", "v", "b"}, {"VSetAttr", "v", "none", "{}"}, {"VSetAttr", "none", "a", "{}"},
		{"~VInfo", "v"}, {"~VInfo", "vr"}, {"VInfo", "none"}, {"VInfo", "s"}, {"VIsMember", "v", "a"},
		{"VIsMember", "v", "none"}, {"VIsMember", "none", "a"}, {"VLinks", "v", "none"},
		{"VLinks", "none", "a"}, {"VLinksWithScores", "v", "none"}, {"VLinksWithScores", "none", "a"},
		{"VRandMember", "vb"}, {"VRandMember", "none"}, {"VRandMemberN", "vb", 3}, {"VRandMemberN", "vb", -3},
		{"VRandMemberN", "none", 3}, {"VRandMemberN", "vb", 0}, {"*VRandMemberN", "v", 9},
		{"VSim", "v", a},
		{"VSim", "v", some, redpoll.Count(1), redpoll.VectorEF(9), redpoll.VSimTruth, redpoll.VSimNoThread},
		{"VSim", "v", a, redpoll.VectorFilter(".y == 2"), redpoll.VectorFilterEF(5)},
		{"VSim", "v", a, redpoll.VectorFilter("((")}, {"VSim", "v", redpoll.VectorElement("none")},
		{"VSim", "none", a}, {"VSim", "v", redpoll.VectorValues(1)},
		{"VSimWithScores", "v", a}, {"VSimWithScores", "v", a, redpoll.VSimEpsilon(0.2)},
		{"VSimWithScores", "v", a, redpoll.VectorFilter(".y == 9")}, {"VSimWithScores", "none", a},
		{"Type", "v"}, {"VRem", "v", "b"}, {"VRem", "v", "b"}, {"VRem", "none", "b"}, {"VRem", "vb", "only"},
		{"Exists", "vb"},
	}
}

// clusterCallsSince are the calls of callsSince that need a server in cluster mode.
var clusterCallsSince = []struct {
	redis, valkey string
	calls         func() []protocolCall
}{
	{"7.2", "7.2", func() []protocolCall { return []protocolCall{{"~ClusterMyShardID"}} }},
	{"8.2", "8.0", func() []protocolCall {
		slots := redpoll.SlotRange{Start: 10, End: 12}
		return []protocolCall{
			{"ClusterAddSlotsRange", slots}, {"ClusterSlotStats", 9, 12}, {"ClusterSlotStats", 0, 0},
			{"ClusterSlotStats", 12, 9}, {"ClusterSlotStatsOrderBy", redpoll.ByKeyCount},
			{"ClusterSlotStatsOrderBy", redpoll.ByKeyCount, redpoll.AtMost(2), redpoll.Asc},
			{"ClusterDelSlotsRange", slots},
		}
	}},
	{"", "9.0", func() []protocolCall {
		return []protocolCall{
			{"ClusterGetSlotMigrations"}, {"ClusterCancelSlotMigrations"}, {"ClusterMigrateSlots",
				redpoll.ClusterSlotMigration{Slots: []redpoll.SlotRange{{Start: 1, End: 2}}, Node: "none"}},
			{"ClusterFlushSlot", 3}, {"ClusterFlushSlot", 3, redpoll.Async}, {"ClusterReplicateNoOne"},
		}
	}},
	{"", "9.1", func() []protocolCall {
		first := redpoll.SlotRange{Start: 0, End: 0}
		return []protocolCall{
			{"ClusterScan", "0"}, {"ClusterAddSlotsRange", first}, {"ClusterScan", "0"},
			{"ClusterScan", "nonsense"}, {"ClusterDelSlotsRange", first},
		}
	}},
}

// callsOf returns the calls of callsSince that srv can answer. With all, it returns those of all servers.
func callsOf(srv *redpolltest.Server, cluster, all bool) []protocolCall {
	var list []protocolCall
	from := callsSince
	if cluster {
		from = clusterCallsSince
	}
	for _, c := range from {
		if all || srv.AtLeastRelease(c.redis, c.valkey) {
			list = append(list, c.calls()...)
		}
	}
	return list
}
