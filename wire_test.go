package redpoll

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	wireKeys    = []string{"a", "b"}
	wireMembers = []Z{{"m", 1}, {"n", 2.5}}
	wireTime    = time.UnixMilli(1700000000123)
)

// wireTests are calls of every method, by its encoding function, and the words
// that go out; "" stands for an empty word.
var wireTests = []struct {
	method string
	put    func(p *Pipeline)
	words  string
}{
	{"BitCount", func(p *Pipeline) { p.BitCount("k") }, "BITCOUNT k"},
	{"BitCount", func(p *Pipeline) { p.BitCount("k", ByteRange(0, -1)) }, "BITCOUNT k 0 -1"},
	{"BitCount", func(p *Pipeline) { p.BitCount("k", BitRange(1, 5)) }, "BITCOUNT k 1 5 BIT"},
	{"BitPos", func(p *Pipeline) { p.BitPos("k", 1) }, "BITPOS k 1"},
	{"BitPos", func(p *Pipeline) { p.BitPos("k", 0, ByteFrom(2)) }, "BITPOS k 0 2"},
	{"BitPos", func(p *Pipeline) { p.BitPos("k", 1, ByteRange(2, -1)) }, "BITPOS k 1 2 -1"},
	{"BitPos", func(p *Pipeline) { p.BitPos("k", 1, BitRange(2, 12)) }, "BITPOS k 1 2 12 BIT"},
	{"BitOp", func(p *Pipeline) { p.BitOp(BitXor, "d", wireKeys...) }, "BITOP XOR d a b"},
	{"BitField", func(p *Pipeline) {
		p.BitField("k", BitGet("u8", 3), BitOverflow(BitOverflowSat), BitSet("i64", 1, -5).Indexed(), BitIncrBy("u63", 0, 12))
	}, "BITFIELD k GET u8 3 OVERFLOW SAT SET i64 #1 -5 INCRBY u63 0 12"},
	{"BitFieldRO", func(p *Pipeline) { p.BitFieldRO("k", BitGet("u8", 3)) }, "BITFIELD_RO k GET u8 3"},
	{"GetBit", func(p *Pipeline) { p.GetBit("k", 7) }, "GETBIT k 7"},
	{"SetBit", func(p *Pipeline) { p.SetBit("k", 7, 1) }, "SETBIT k 7 1"},
	{"Ping", func(p *Pipeline) { p.Ping() }, "PING"},
	{"PingMessage", func(p *Pipeline) { p.PingMessage("m") }, "PING m"},
	{"Echo", func(p *Pipeline) { p.Echo("m") }, "ECHO m"},
	{"ClientID", func(p *Pipeline) { p.ClientID() }, "CLIENT ID"},
	{"ClientGetName", func(p *Pipeline) { p.ClientGetName() }, "CLIENT GETNAME"},
	{"Copy", func(p *Pipeline) { p.Copy("a", "b") }, "COPY a b"},
	{"Copy", func(p *Pipeline) { p.Copy("a", "b", Replace, DB(3)) }, "COPY a b DB 3 REPLACE"},
	{"Del", func(p *Pipeline) { p.Del(wireKeys...) }, "DEL a b"},
	{"Unlink", func(p *Pipeline) { p.Unlink(wireKeys...) }, "UNLINK a b"},
	{"Exists", func(p *Pipeline) { p.Exists(wireKeys...) }, "EXISTS a b"},
	{"Touch", func(p *Pipeline) { p.Touch(wireKeys...) }, "TOUCH a b"},
	{"Dump", func(p *Pipeline) { p.Dump("k") }, "DUMP k"},
	{"Restore", func(p *Pipeline) { p.Restore("k", 0, "v") }, "RESTORE k 0 v"},
	{"Restore", func(p *Pipeline) { p.Restore("k", 1500*time.Millisecond, "v", Freq(3), Replace) }, "RESTORE k 1500 v REPLACE FREQ 3"},
	{"RestoreAt", func(p *Pipeline) { p.RestoreAt("k", wireTime, "v", IdleTime(5*time.Second)) }, "RESTORE k 1700000000123 v ABSTTL IDLETIME 5"},
	{"Expire", func(p *Pipeline) { p.Expire("k", time.Minute) }, "EXPIRE k 60"},
	{"Expire", func(p *Pipeline) { p.Expire("k", time.Minute, GT, XX) }, "EXPIRE k 60 XX GT"},
	{"ExpireIn", func(p *Pipeline) { p.ExpireIn("k", time.Second+1999999, GT) }, "PEXPIRE k 1001 GT"},
	{"ExpireIn", func(p *Pipeline) { p.ExpireIn("k", -time.Second-1) }, "PEXPIRE k -1000"},
	{"PExpire", func(p *Pipeline) { p.PExpire("k", time.Second, NX) }, "PEXPIRE k 1000 NX"},
	{"ExpireAt", func(p *Pipeline) { p.ExpireAt("k", wireTime.Truncate(time.Second), LT) }, "EXPIREAT k 1700000000 LT"},
	{"PExpireAt", func(p *Pipeline) { p.PExpireAt("k", wireTime) }, "PEXPIREAT k 1700000000123"},
	{"ExpireTime", func(p *Pipeline) { p.ExpireTime("k") }, "EXPIRETIME k"},
	{"PExpireTime", func(p *Pipeline) { p.PExpireTime("k") }, "PEXPIRETIME k"},
	{"TTL", func(p *Pipeline) { p.TTL("k") }, "TTL k"},
	{"PTTL", func(p *Pipeline) { p.PTTL("k") }, "PTTL k"},
	{"Persist", func(p *Pipeline) { p.Persist("k") }, "PERSIST k"},
	{"Keys", func(p *Pipeline) { p.Keys("a*") }, "KEYS a*"},
	{"RandomKey", func(p *Pipeline) { p.RandomKey() }, "RANDOMKEY"},
	{"Rename", func(p *Pipeline) { p.Rename("a", "b") }, "RENAME a b"},
	{"RenameNX", func(p *Pipeline) { p.RenameNX("a", "b") }, "RENAMENX a b"},
	{"Move", func(p *Pipeline) { p.Move("k", 2) }, "MOVE k 2"},
	{"Type", func(p *Pipeline) { p.Type("k") }, "TYPE k"},
	{"ObjectEncoding", func(p *Pipeline) { p.ObjectEncoding("k") }, "OBJECT ENCODING k"},
	{"ObjectFreq", func(p *Pipeline) { p.ObjectFreq("k") }, "OBJECT FREQ k"},
	{"ObjectIdleTime", func(p *Pipeline) { p.ObjectIdleTime("k") }, "OBJECT IDLETIME k"},
	{"ObjectRefCount", func(p *Pipeline) { p.ObjectRefCount("k") }, "OBJECT REFCOUNT k"},
	{"ObjectHelp", func(p *Pipeline) { p.ObjectHelp() }, "OBJECT HELP"},
	{"Scan", func(p *Pipeline) { p.Scan(17) }, "SCAN 17"},
	{"Scan", func(p *Pipeline) { p.Scan(1<<64-1, Type("set"), Count(10), Match("a*")) }, "SCAN 18446744073709551615 MATCH a* COUNT 10 TYPE set"},
	{"Sort", func(p *Pipeline) { p.Sort("k") }, "SORT k"},
	{"Sort", func(p *Pipeline) { p.Sort("k", Alpha, Desc, Limit(5, 10), By("w_*")) }, "SORT k BY w_* LIMIT 5 10 DESC ALPHA"},
	{"SortGet", func(p *Pipeline) { p.SortGet("k", []string{"n_*"}, Asc) }, "SORT k GET n_* ASC"},
	{"SortGroups", func(p *Pipeline) { p.SortGroups("k", []string{"n_*", "#"}) }, "SORT k GET n_* GET #"},
	{"SortStore", func(p *Pipeline) { p.SortStore("d", "k", GetPatterns("n_*", "#"), Limit(0, 1)) }, "SORT k LIMIT 0 1 GET n_* GET # STORE d"},
	{"SortRO", func(p *Pipeline) { p.SortRO("k", Alpha) }, "SORT_RO k ALPHA"},
	{"SortROGet", func(p *Pipeline) { p.SortROGet("k", []string{"n_*"}) }, "SORT_RO k GET n_*"},
	{"SortROGroups", func(p *Pipeline) { p.SortROGroups("k", []string{"n_*", "#"}) }, "SORT_RO k GET n_* GET #"},
	{"Migrate", func(p *Pipeline) { p.Migrate("h", 6379, wireKeys, 1, time.Second) }, `MIGRATE h 6379 "" 1 1000 KEYS a b`},
	{"Migrate", func(p *Pipeline) {
		p.Migrate("h", 6379, wireKeys, 1, time.Second, MigrateAuth("u", "p"), Replace, MigrateCopy)
	}, `MIGRATE h 6379 "" 1 1000 COPY REPLACE AUTH2 u p KEYS a b`},
	{"Migrate", func(p *Pipeline) {
		p.Migrate("h", 6379, wireKeys, 1, time.Second, MigrateAuth("", "p"))
	}, `MIGRATE h 6379 "" 1 1000 AUTH p KEYS a b`},
	{"Wait", func(p *Pipeline) { p.Wait(2, 1500*time.Millisecond) }, "WAIT 2 1500"},
	{"WaitAOF", func(p *Pipeline) { p.WaitAOF(1, 2, 0) }, "WAITAOF 1 2 0"},
	{"HSet", func(p *Pipeline) { p.HSet("h", "f", 1, "g", 2.5) }, "HSET h f 1 g 2.5"},
	{"HMSet", func(p *Pipeline) { p.HMSet("h", "f", 1) }, "HMSET h f 1"},
	{"HSetNX", func(p *Pipeline) { p.HSetNX("h", "f", "v") }, "HSETNX h f v"},
	{"HGet", func(p *Pipeline) { p.HGet("h", "f") }, "HGET h f"},
	{"HGetBytes", func(p *Pipeline) { p.HGetBytes("h", "f") }, "HGET h f"},
	{"HMGet", func(p *Pipeline) { p.HMGet("h", wireKeys...) }, "HMGET h a b"},
	{"HGetAll", func(p *Pipeline) { p.HGetAll("h") }, "HGETALL h"},
	{"HKeys", func(p *Pipeline) { p.HKeys("h") }, "HKEYS h"},
	{"HVals", func(p *Pipeline) { p.HVals("h") }, "HVALS h"},
	{"HLen", func(p *Pipeline) { p.HLen("h") }, "HLEN h"},
	{"HExists", func(p *Pipeline) { p.HExists("h", "f") }, "HEXISTS h f"},
	{"HDel", func(p *Pipeline) { p.HDel("h", wireKeys...) }, "HDEL h a b"},
	{"HIncrBy", func(p *Pipeline) { p.HIncrBy("h", "f", -3) }, "HINCRBY h f -3"},
	{"HIncrByFloat", func(p *Pipeline) { p.HIncrByFloat("h", "f", 1.5) }, "HINCRBYFLOAT h f 1.5"},
	{"HStrLen", func(p *Pipeline) { p.HStrLen("h", "f") }, "HSTRLEN h f"},
	{"HRandField", func(p *Pipeline) { p.HRandField("h") }, "HRANDFIELD h"},
	{"HRandFieldN", func(p *Pipeline) { p.HRandFieldN("h", -2) }, "HRANDFIELD h -2"},
	{"HRandFieldWithValues", func(p *Pipeline) { p.HRandFieldWithValues("h", 2) }, "HRANDFIELD h 2 WITHVALUES"},
	{"HScan", func(p *Pipeline) { p.HScan("h", 0, Count(5), Match("a*")) }, "HSCAN h 0 MATCH a* COUNT 5"},
	{"HScanNoValues", func(p *Pipeline) { p.HScanNoValues("h", 0, Count(5)) }, "HSCAN h 0 COUNT 5 NOVALUES"},
	{"HExpire", func(p *Pipeline) { p.HExpire("h", time.Minute, wireKeys) }, "HEXPIRE h 60 FIELDS 2 a b"},
	{"HExpire", func(p *Pipeline) { p.HExpire("h", time.Minute, wireKeys, NX) }, "HEXPIRE h 60 NX FIELDS 2 a b"},
	{"HExpireIn", func(p *Pipeline) { p.HExpireIn("h", time.Minute+1, wireKeys, NX) }, "HPEXPIRE h 60000 NX FIELDS 2 a b"},
	{"HPExpire", func(p *Pipeline) { p.HPExpire("h", time.Minute, wireKeys, XX) }, "HPEXPIRE h 60000 XX FIELDS 2 a b"},
	{"HExpireAt", func(p *Pipeline) { p.HExpireAt("h", wireTime.Truncate(time.Second), wireKeys, GT) }, "HEXPIREAT h 1700000000 GT FIELDS 2 a b"},
	{"HPExpireAt", func(p *Pipeline) { p.HPExpireAt("h", wireTime, wireKeys, LT) }, "HPEXPIREAT h 1700000000123 LT FIELDS 2 a b"},
	{"HExpireTime", func(p *Pipeline) { p.HExpireTime("h", wireKeys...) }, "HEXPIRETIME h FIELDS 2 a b"},
	{"HPExpireTime", func(p *Pipeline) { p.HPExpireTime("h", wireKeys...) }, "HPEXPIRETIME h FIELDS 2 a b"},
	{"HTTL", func(p *Pipeline) { p.HTTL("h", wireKeys...) }, "HTTL h FIELDS 2 a b"},
	{"HPTTL", func(p *Pipeline) { p.HPTTL("h", wireKeys...) }, "HPTTL h FIELDS 2 a b"},
	{"HPersist", func(p *Pipeline) { p.HPersist("h", wireKeys...) }, "HPERSIST h FIELDS 2 a b"},
	{"PFAdd", func(p *Pipeline) { p.PFAdd("k") }, "PFADD k"},
	{"PFAdd", func(p *Pipeline) { p.PFAdd("k", "a", 1) }, "PFADD k a 1"},
	{"PFCount", func(p *Pipeline) { p.PFCount(wireKeys...) }, "PFCOUNT a b"},
	{"PFMerge", func(p *Pipeline) { p.PFMerge("d") }, "PFMERGE d"},
	{"PFMerge", func(p *Pipeline) { p.PFMerge("d", wireKeys...) }, "PFMERGE d a b"},
	{"LPush", func(p *Pipeline) { p.LPush("k", "a", 1) }, "LPUSH k a 1"},
	{"RPush", func(p *Pipeline) { p.RPush("k", "a", 1) }, "RPUSH k a 1"},
	{"LPushX", func(p *Pipeline) { p.LPushX("k", "a", 1) }, "LPUSHX k a 1"},
	{"RPushX", func(p *Pipeline) { p.RPushX("k", "a", 1) }, "RPUSHX k a 1"},
	{"LPop", func(p *Pipeline) { p.LPop("k") }, "LPOP k"},
	{"LPopN", func(p *Pipeline) { p.LPopN("k", 2) }, "LPOP k 2"},
	{"RPop", func(p *Pipeline) { p.RPop("k") }, "RPOP k"},
	{"RPopN", func(p *Pipeline) { p.RPopN("k", 2) }, "RPOP k 2"},
	{"BLPop", func(p *Pipeline) { p.BLPop(1500*time.Millisecond, wireKeys...) }, "BLPOP a b 1.5"},
	{"BRPop", func(p *Pipeline) { p.BRPop(0, wireKeys...) }, "BRPOP a b 0"},
	{"LMPop", func(p *Pipeline) { p.LMPop(wireKeys, Right, Count(3)) }, "LMPOP 2 a b RIGHT COUNT 3"},
	{"BLMPop", func(p *Pipeline) { p.BLMPop(time.Second, wireKeys, Left) }, "BLMPOP 1 2 a b LEFT"},
	{"LMove", func(p *Pipeline) { p.LMove("a", "b", Left, Right) }, "LMOVE a b LEFT RIGHT"},
	{"BLMove", func(p *Pipeline) { p.BLMove("a", "b", Right, Left, 1001*time.Microsecond) }, "BLMOVE a b RIGHT LEFT 0.002"},
	{"RPopLPush", func(p *Pipeline) { p.RPopLPush("a", "b") }, "RPOPLPUSH a b"},
	{"BRPopLPush", func(p *Pipeline) { p.BRPopLPush("a", "b", 10*time.Millisecond) }, "BRPOPLPUSH a b 0.01"},
	{"LRange", func(p *Pipeline) { p.LRange("k", 0, -1) }, "LRANGE k 0 -1"},
	{"LRangeBytes", func(p *Pipeline) { p.LRangeBytes("k", 0, -1) }, "LRANGE k 0 -1"},
	{"LIndex", func(p *Pipeline) { p.LIndex("k", -1) }, "LINDEX k -1"},
	{"LInsert", func(p *Pipeline) { p.LInsert("k", Before, "p", "v") }, "LINSERT k BEFORE p v"},
	{"LInsert", func(p *Pipeline) { p.LInsert("k", After, "p", "v") }, "LINSERT k AFTER p v"},
	{"LLen", func(p *Pipeline) { p.LLen("k") }, "LLEN k"},
	{"LRem", func(p *Pipeline) { p.LRem("k", -2, "v") }, "LREM k -2 v"},
	{"LSet", func(p *Pipeline) { p.LSet("k", 3, "v") }, "LSET k 3 v"},
	{"LTrim", func(p *Pipeline) { p.LTrim("k", 1, -1) }, "LTRIM k 1 -1"},
	{"LPos", func(p *Pipeline) { p.LPos("k", "v", MaxLen(9), Rank(-1)) }, "LPOS k v RANK -1 MAXLEN 9"},
	{"LPosN", func(p *Pipeline) { p.LPosN("k", "v", 0, Rank(2)) }, "LPOS k v COUNT 0 RANK 2"},
	{"DBSize", func(p *Pipeline) { p.DBSize() }, "DBSIZE"},
	{"FlushDB", func(p *Pipeline) { p.FlushDB() }, "FLUSHDB"},
	{"FlushDB", func(p *Pipeline) { p.FlushDB(Async) }, "FLUSHDB ASYNC"},
	{"FlushAll", func(p *Pipeline) { p.FlushAll(Sync) }, "FLUSHALL SYNC"},
	{"Time", func(p *Pipeline) { p.Time() }, "TIME"},
	{"SAdd", func(p *Pipeline) { p.SAdd("k", "a", 1) }, "SADD k a 1"},
	{"SRem", func(p *Pipeline) { p.SRem("k", "a", 1) }, "SREM k a 1"},
	{"SCard", func(p *Pipeline) { p.SCard("k") }, "SCARD k"},
	{"SIsMember", func(p *Pipeline) { p.SIsMember("k", "a") }, "SISMEMBER k a"},
	{"SMIsMember", func(p *Pipeline) { p.SMIsMember("k", "a", 1) }, "SMISMEMBER k a 1"},
	{"SMembers", func(p *Pipeline) { p.SMembers("k") }, "SMEMBERS k"},
	{"SMove", func(p *Pipeline) { p.SMove("a", "b", "m") }, "SMOVE a b m"},
	{"SPop", func(p *Pipeline) { p.SPop("k") }, "SPOP k"},
	{"SPopN", func(p *Pipeline) { p.SPopN("k", 2) }, "SPOP k 2"},
	{"SRandMember", func(p *Pipeline) { p.SRandMember("k") }, "SRANDMEMBER k"},
	{"SRandMemberN", func(p *Pipeline) { p.SRandMemberN("k", -2) }, "SRANDMEMBER k -2"},
	{"SDiff", func(p *Pipeline) { p.SDiff(wireKeys...) }, "SDIFF a b"},
	{"SInter", func(p *Pipeline) { p.SInter(wireKeys...) }, "SINTER a b"},
	{"SUnion", func(p *Pipeline) { p.SUnion(wireKeys...) }, "SUNION a b"},
	{"SDiffStore", func(p *Pipeline) { p.SDiffStore("d", wireKeys...) }, "SDIFFSTORE d a b"},
	{"SInterStore", func(p *Pipeline) { p.SInterStore("d", wireKeys...) }, "SINTERSTORE d a b"},
	{"SUnionStore", func(p *Pipeline) { p.SUnionStore("d", wireKeys...) }, "SUNIONSTORE d a b"},
	{"SInterCard", func(p *Pipeline) { p.SInterCard(wireKeys) }, "SINTERCARD 2 a b"},
	{"SInterCard", func(p *Pipeline) { p.SInterCard(wireKeys, CardLimit(5)) }, "SINTERCARD 2 a b LIMIT 5"},
	{"SScan", func(p *Pipeline) { p.SScan("k", 3, Match("a*")) }, "SSCAN k 3 MATCH a*"},
	{"Get", func(p *Pipeline) { p.Get("k") }, "GET k"},
	{"GetBytes", func(p *Pipeline) { p.GetBytes("k") }, "GET k"},
	{"Set", func(p *Pipeline) { p.Set("k", "v") }, "SET k v"},
	{"Set", func(p *Pipeline) { p.Set("k", 1.5, KeepTTL, XX) }, "SET k 1.5 XX KEEPTTL"},
	{"Set", func(p *Pipeline) { p.Set("k", "v", EX(time.Minute), NX) }, "SET k v NX EX 60"},
	{"Set", func(p *Pipeline) { p.Set("k", "v", PX(1500*time.Millisecond)) }, "SET k v PX 1500"},
	{"Set", func(p *Pipeline) { p.Set("k", "v", TTL(2*time.Minute), NX) }, "SET k v NX EX 120"},
	{"Set", func(p *Pipeline) { p.Set("k", "v", TTL(time.Minute+7654321)) }, "SET k v PX 60007"},
	{"GetEx", func(p *Pipeline) { p.GetEx("k", TTL(time.Hour/7)) }, "GETEX k PX 514285"},
	{"Set", func(p *Pipeline) { p.Set("k", "v", EXAT(wireTime.Truncate(time.Second))) }, "SET k v EXAT 1700000000"},
	{"Set", func(p *Pipeline) { p.Set("k", "v", PXAT(wireTime)) }, "SET k v PXAT 1700000000123"},
	{"SetGet", func(p *Pipeline) { p.SetGet("k", "v", NX) }, "SET k v GET NX"},
	{"SetNX", func(p *Pipeline) { p.SetNX("k", "v") }, "SETNX k v"},
	{"SetEx", func(p *Pipeline) { p.SetEx("k", time.Minute, "v") }, "SETEX k 60 v"},
	{"PSetEx", func(p *Pipeline) { p.PSetEx("k", 1500*time.Millisecond, "v") }, "PSETEX k 1500 v"},
	{"GetSet", func(p *Pipeline) { p.GetSet("k", "v") }, "GETSET k v"},
	{"GetDel", func(p *Pipeline) { p.GetDel("k") }, "GETDEL k"},
	{"GetEx", func(p *Pipeline) { p.GetEx("k") }, "GETEX k"},
	{"GetEx", func(p *Pipeline) { p.GetEx("k", Persist) }, "GETEX k PERSIST"},
	{"GetEx", func(p *Pipeline) { p.GetEx("k", PXAT(wireTime)) }, "GETEX k PXAT 1700000000123"},
	{"MGet", func(p *Pipeline) { p.MGet(wireKeys...) }, "MGET a b"},
	{"MGetBytes", func(p *Pipeline) { p.MGetBytes(wireKeys...) }, "MGET a b"},
	{"MSet", func(p *Pipeline) { p.MSet("a", 1, "b", "2") }, "MSET a 1 b 2"},
	{"MSetNX", func(p *Pipeline) { p.MSetNX("a", 1) }, "MSETNX a 1"},
	{"Append", func(p *Pipeline) { p.Append("k", "v") }, "APPEND k v"},
	{"StrLen", func(p *Pipeline) { p.StrLen("k") }, "STRLEN k"},
	{"GetRange", func(p *Pipeline) { p.GetRange("k", 0, -1) }, "GETRANGE k 0 -1"},
	{"GetRangeBytes", func(p *Pipeline) { p.GetRangeBytes("k", 0, -1) }, "GETRANGE k 0 -1"},
	{"SubStr", func(p *Pipeline) { p.SubStr("k", 0, -1) }, "SUBSTR k 0 -1"},
	{"SetRange", func(p *Pipeline) { p.SetRange("k", 5, "v") }, "SETRANGE k 5 v"},
	{"Incr", func(p *Pipeline) { p.Incr("k") }, "INCR k"},
	{"IncrBy", func(p *Pipeline) { p.IncrBy("k", -5) }, "INCRBY k -5"},
	{"IncrByFloat", func(p *Pipeline) { p.IncrByFloat("k", 1e16) }, "INCRBYFLOAT k 1e+16"},
	{"Decr", func(p *Pipeline) { p.Decr("k") }, "DECR k"},
	{"DecrBy", func(p *Pipeline) { p.DecrBy("k", 5) }, "DECRBY k 5"},
	{"LCS", func(p *Pipeline) { p.LCS("a", "b") }, "LCS a b"},
	{"LCSLen", func(p *Pipeline) { p.LCSLen("a", "b") }, "LCS a b LEN"},
	{"LCSIdx", func(p *Pipeline) { p.LCSIdx("a", "b", MinMatchLen(4)) }, "LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN"},
	{"ZAdd", func(p *Pipeline) { p.ZAdd("k", wireMembers) }, "ZADD k 1.0 m 2.5 n"},
	{"ZAdd", func(p *Pipeline) { p.ZAdd("k", wireMembers, CH, GT, XX) }, "ZADD k XX GT CH 1.0 m 2.5 n"},
	{"ZAddIncr", func(p *Pipeline) { p.ZAddIncr("k", "m", 1.5, NX) }, "ZADD k NX INCR 1.5 m"},
	{"ZIncrBy", func(p *Pipeline) { p.ZIncrBy("k", 2, "m") }, "ZINCRBY k 2.0 m"},
	{"ZCard", func(p *Pipeline) { p.ZCard("k") }, "ZCARD k"},
	{"ZCount", func(p *Pipeline) { p.ZCount("k", "(1", 2.5) }, "ZCOUNT k (1 2.5"},
	{"ZLexCount", func(p *Pipeline) { p.ZLexCount("k", "[a", "+") }, "ZLEXCOUNT k [a +"},
	{"ZScore", func(p *Pipeline) { p.ZScore("k", "m") }, "ZSCORE k m"},
	{"ZMScore", func(p *Pipeline) { p.ZMScore("k", wireKeys...) }, "ZMSCORE k a b"},
	{"ZRank", func(p *Pipeline) { p.ZRank("k", "m") }, "ZRANK k m"},
	{"ZRankWithScore", func(p *Pipeline) { p.ZRankWithScore("k", "m") }, "ZRANK k m WITHSCORE"},
	{"ZRevRank", func(p *Pipeline) { p.ZRevRank("k", "m") }, "ZREVRANK k m"},
	{"ZRevRankWithScore", func(p *Pipeline) { p.ZRevRankWithScore("k", "m") }, "ZREVRANK k m WITHSCORE"},
	{"ZRem", func(p *Pipeline) { p.ZRem("k", wireKeys...) }, "ZREM k a b"},
	{"ZRange", func(p *Pipeline) { p.ZRange("k", 0, -1) }, "ZRANGE k 0 -1"},
	{"ZRange", func(p *Pipeline) { p.ZRange("k", "(1", "+inf", Limit(1, 2), Rev, ByScore) }, "ZRANGE k (1 +inf BYSCORE REV LIMIT 1 2"},
	{"ZRangeWithScores", func(p *Pipeline) { p.ZRangeWithScores("k", 5, "(1", Limit(0, 2), Rev, ByScore) }, "ZRANGE k 5 (1 BYSCORE REV LIMIT 0 2 WITHSCORES"},
	{"ZRangeStore", func(p *Pipeline) { p.ZRangeStore("d", "k", 0, 5, Rev) }, "ZRANGESTORE d k 0 5 REV"},
	{"ZRevRange", func(p *Pipeline) { p.ZRevRange("k", 0, 5) }, "ZREVRANGE k 0 5"},
	{"ZRevRangeWithScores", func(p *Pipeline) { p.ZRevRangeWithScores("k", 0, 5) }, "ZREVRANGE k 0 5 WITHSCORES"},
	{"ZRangeByScore", func(p *Pipeline) { p.ZRangeByScore("k", "-inf", 5, Limit(0, 9)) }, "ZRANGEBYSCORE k -inf 5 LIMIT 0 9"},
	{"ZRangeByScoreWithScores", func(p *Pipeline) { p.ZRangeByScoreWithScores("k", 1, 5, Limit(0, 9)) }, "ZRANGEBYSCORE k 1 5 WITHSCORES LIMIT 0 9"},
	{"ZRevRangeByScore", func(p *Pipeline) { p.ZRevRangeByScore("k", 5, 1) }, "ZREVRANGEBYSCORE k 5 1"},
	{"ZRevRangeByScoreWithScores", func(p *Pipeline) { p.ZRevRangeByScoreWithScores("k", 5, 1) }, "ZREVRANGEBYSCORE k 5 1 WITHSCORES"},
	{"ZRangeByLex", func(p *Pipeline) { p.ZRangeByLex("k", "-", "(b", Limit(0, 9)) }, "ZRANGEBYLEX k - (b LIMIT 0 9"},
	{"ZRevRangeByLex", func(p *Pipeline) { p.ZRevRangeByLex("k", "+", "-") }, "ZREVRANGEBYLEX k + -"},
	{"ZRemRangeByLex", func(p *Pipeline) { p.ZRemRangeByLex("k", "-", "+") }, "ZREMRANGEBYLEX k - +"},
	{"ZRemRangeByRank", func(p *Pipeline) { p.ZRemRangeByRank("k", 0, -2) }, "ZREMRANGEBYRANK k 0 -2"},
	{"ZRemRangeByScore", func(p *Pipeline) { p.ZRemRangeByScore("k", 1, "(2") }, "ZREMRANGEBYSCORE k 1 (2"},
	{"ZPopMin", func(p *Pipeline) { p.ZPopMin("k") }, "ZPOPMIN k"},
	{"ZPopMinN", func(p *Pipeline) { p.ZPopMinN("k", 2) }, "ZPOPMIN k 2"},
	{"ZPopMax", func(p *Pipeline) { p.ZPopMax("k") }, "ZPOPMAX k"},
	{"ZPopMaxN", func(p *Pipeline) { p.ZPopMaxN("k", 2) }, "ZPOPMAX k 2"},
	{"BZPopMin", func(p *Pipeline) { p.BZPopMin(time.Second, wireKeys...) }, "BZPOPMIN a b 1"},
	{"BZPopMax", func(p *Pipeline) { p.BZPopMax(time.Second, wireKeys...) }, "BZPOPMAX a b 1"},
	{"ZMPop", func(p *Pipeline) { p.ZMPop(wireKeys, Min, Count(2)) }, "ZMPOP 2 a b MIN COUNT 2"},
	{"BZMPop", func(p *Pipeline) { p.BZMPop(time.Second, wireKeys, Max) }, "BZMPOP 1 2 a b MAX"},
	{"ZRandMember", func(p *Pipeline) { p.ZRandMember("k") }, "ZRANDMEMBER k"},
	{"ZRandMemberN", func(p *Pipeline) { p.ZRandMemberN("k", 2) }, "ZRANDMEMBER k 2"},
	{"ZRandMemberWithScores", func(p *Pipeline) { p.ZRandMemberWithScores("k", 2) }, "ZRANDMEMBER k 2 WITHSCORES"},
	{"ZDiff", func(p *Pipeline) { p.ZDiff(wireKeys...) }, "ZDIFF 2 a b"},
	{"ZDiffWithScores", func(p *Pipeline) { p.ZDiffWithScores(wireKeys...) }, "ZDIFF 2 a b WITHSCORES"},
	{"ZDiffStore", func(p *Pipeline) { p.ZDiffStore("d", wireKeys...) }, "ZDIFFSTORE d 2 a b"},
	{"ZInter", func(p *Pipeline) { p.ZInter(wireKeys, AggregateMin, Weights(1, 2.5)) }, "ZINTER 2 a b WEIGHTS 1.0 2.5 AGGREGATE MIN"},
	{"ZInterWithScores", func(p *Pipeline) { p.ZInterWithScores(wireKeys, AggregateSum) }, "ZINTER 2 a b AGGREGATE SUM WITHSCORES"},
	{"ZInterStore", func(p *Pipeline) { p.ZInterStore("d", wireKeys, AggregateMax) }, "ZINTERSTORE d 2 a b AGGREGATE MAX"},
	{"ZInterCard", func(p *Pipeline) { p.ZInterCard(wireKeys, CardLimit(5)) }, "ZINTERCARD 2 a b LIMIT 5"},
	{"ZUnion", func(p *Pipeline) { p.ZUnion(wireKeys) }, "ZUNION 2 a b"},
	{"ZUnionWithScores", func(p *Pipeline) { p.ZUnionWithScores(wireKeys, Weights(0, -1)) }, "ZUNION 2 a b WEIGHTS 0.0 -1.0 WITHSCORES"},
	{"ZUnionStore", func(p *Pipeline) { p.ZUnionStore("d", wireKeys) }, "ZUNIONSTORE d 2 a b"},
	{"ZScan", func(p *Pipeline) { p.ZScan("k", 0, Count(7)) }, "ZSCAN k 0 COUNT 7"},
}

// Covers: F391, F392
func TestWire(t *testing.T) {
	t.Parallel()
	for _, c := range wireTests {
		want := strings.Fields(strings.ReplaceAll(c.words, `""`, "<empty>"))
		for i, w := range want {
			if w == "<empty>" {
				want[i] = ""
			}
		}
		got, err := encoded(t, c.put, nil)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q and %v, want %q", c.method, got, err, want)
		}
	}
}

// Every generated method must be on the wire table.
func TestWireIsComplete(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("commands_*_gen.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no generated files: %v", err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || !fn.Name.IsExported() {
				continue
			}
			name := fn.Name.Name
			if !slices.ContainsFunc(wireTests, func(c struct {
				method string
				put    func(p *Pipeline)
				words  string
			}) bool {
				return c.method == name
			}) {
				t.Errorf("%s has no row in wireTests", name)
			}
		}
	}
}
