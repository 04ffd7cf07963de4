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
	put    func(e *encoder)
	words  string
}{
	{"BitCount", func(e *encoder) { putBitCount(e, "k", nil) }, "BITCOUNT k"},
	{"BitCount", func(e *encoder) { putBitCount(e, "k", []BitCountOption{ByteRange(0, -1)}) }, "BITCOUNT k 0 -1"},
	{"BitCount", func(e *encoder) { putBitCount(e, "k", []BitCountOption{BitRange(1, 5)}) }, "BITCOUNT k 1 5 BIT"},
	{"BitPos", func(e *encoder) { putBitPos(e, "k", 1, nil) }, "BITPOS k 1"},
	{"BitPos", func(e *encoder) { putBitPos(e, "k", 0, []BitPosOption{ByteFrom(2)}) }, "BITPOS k 0 2"},
	{"BitPos", func(e *encoder) { putBitPos(e, "k", 1, []BitPosOption{ByteRange(2, -1)}) }, "BITPOS k 1 2 -1"},
	{"BitPos", func(e *encoder) { putBitPos(e, "k", 1, []BitPosOption{BitRange(2, 12)}) }, "BITPOS k 1 2 12 BIT"},
	{"BitOp", func(e *encoder) { putBitOp(e, BitXor, "d", wireKeys) }, "BITOP XOR d a b"},
	{"BitField", func(e *encoder) {
		putBitField(e, "k", []BitFieldOp{BitGet("u8", 3), BitOverflow(BitOverflowSat), BitSet("i64", 1, -5).Indexed(), BitIncrBy("u63", 0, 12)})
	}, "BITFIELD k GET u8 3 OVERFLOW SAT SET i64 #1 -5 INCRBY u63 0 12"},
	{"BitFieldRO", func(e *encoder) { putBitFieldRO(e, "k", []BitFieldOp{BitGet("u8", 3)}) }, "BITFIELD_RO k GET u8 3"},
	{"GetBit", func(e *encoder) { putGetBit(e, "k", 7) }, "GETBIT k 7"},
	{"SetBit", func(e *encoder) { putSetBit(e, "k", 7, 1) }, "SETBIT k 7 1"},
	{"Ping", func(e *encoder) { putPing(e) }, "PING"},
	{"PingMessage", func(e *encoder) { putPingMessage(e, "m") }, "PING m"},
	{"Echo", func(e *encoder) { putEcho(e, "m") }, "ECHO m"},
	{"ClientID", func(e *encoder) { putClientID(e) }, "CLIENT ID"},
	{"ClientGetName", func(e *encoder) { putClientGetName(e) }, "CLIENT GETNAME"},
	{"Copy", func(e *encoder) { putCopy(e, "a", "b", nil) }, "COPY a b"},
	{"Copy", func(e *encoder) { putCopy(e, "a", "b", []CopyOption{Replace, DB(3)}) }, "COPY a b DB 3 REPLACE"},
	{"Del", func(e *encoder) { putDel(e, wireKeys) }, "DEL a b"},
	{"Unlink", func(e *encoder) { putUnlink(e, wireKeys) }, "UNLINK a b"},
	{"Exists", func(e *encoder) { putExists(e, wireKeys) }, "EXISTS a b"},
	{"Touch", func(e *encoder) { putTouch(e, wireKeys) }, "TOUCH a b"},
	{"Dump", func(e *encoder) { putDump(e, "k") }, "DUMP k"},
	{"Restore", func(e *encoder) { putRestore(e, "k", 0, "v", nil) }, "RESTORE k 0 v"},
	{"Restore", func(e *encoder) { putRestore(e, "k", 1500*time.Millisecond, "v", []RestoreOption{Freq(3), Replace}) }, "RESTORE k 1500 v REPLACE FREQ 3"},
	{"RestoreAt", func(e *encoder) { putRestoreAt(e, "k", wireTime, "v", []RestoreOption{IdleTime(5 * time.Second)}) }, "RESTORE k 1700000000123 v ABSTTL IDLETIME 5"},
	{"Expire", func(e *encoder) { putExpire(e, "k", time.Minute, nil) }, "EXPIRE k 60"},
	{"Expire", func(e *encoder) { putExpire(e, "k", time.Minute, []ExpireOption{GT, XX}) }, "EXPIRE k 60 XX GT"},
	{"PExpire", func(e *encoder) { putPExpire(e, "k", time.Second, []ExpireOption{NX}) }, "PEXPIRE k 1000 NX"},
	{"ExpireAt", func(e *encoder) { putExpireAt(e, "k", wireTime.Truncate(time.Second), []ExpireOption{LT}) }, "EXPIREAT k 1700000000 LT"},
	{"PExpireAt", func(e *encoder) { putPExpireAt(e, "k", wireTime, nil) }, "PEXPIREAT k 1700000000123"},
	{"ExpireTime", func(e *encoder) { putExpireTime(e, "k") }, "EXPIRETIME k"},
	{"PExpireTime", func(e *encoder) { putPExpireTime(e, "k") }, "PEXPIRETIME k"},
	{"TTL", func(e *encoder) { putTTL(e, "k") }, "TTL k"},
	{"PTTL", func(e *encoder) { putPTTL(e, "k") }, "PTTL k"},
	{"Persist", func(e *encoder) { putPersist(e, "k") }, "PERSIST k"},
	{"Keys", func(e *encoder) { putKeys(e, "a*") }, "KEYS a*"},
	{"RandomKey", func(e *encoder) { putRandomKey(e) }, "RANDOMKEY"},
	{"Rename", func(e *encoder) { putRename(e, "a", "b") }, "RENAME a b"},
	{"RenameNX", func(e *encoder) { putRenameNX(e, "a", "b") }, "RENAMENX a b"},
	{"Move", func(e *encoder) { putMove(e, "k", 2) }, "MOVE k 2"},
	{"Type", func(e *encoder) { putType(e, "k") }, "TYPE k"},
	{"ObjectEncoding", func(e *encoder) { putObjectEncoding(e, "k") }, "OBJECT ENCODING k"},
	{"ObjectFreq", func(e *encoder) { putObjectFreq(e, "k") }, "OBJECT FREQ k"},
	{"ObjectIdleTime", func(e *encoder) { putObjectIdleTime(e, "k") }, "OBJECT IDLETIME k"},
	{"ObjectRefCount", func(e *encoder) { putObjectRefCount(e, "k") }, "OBJECT REFCOUNT k"},
	{"ObjectHelp", func(e *encoder) { putObjectHelp(e) }, "OBJECT HELP"},
	{"Scan", func(e *encoder) { putScan(e, 17, nil) }, "SCAN 17"},
	{"Scan", func(e *encoder) { putScan(e, 1<<64-1, []ScanOption{Type("set"), Count(10), Match("a*")}) }, "SCAN 18446744073709551615 MATCH a* COUNT 10 TYPE set"},
	{"Sort", func(e *encoder) { putSort(e, "k", nil) }, "SORT k"},
	{"Sort", func(e *encoder) { putSort(e, "k", []SortOption{Alpha, Desc, Limit(5, 10), By("w_*")}) }, "SORT k BY w_* LIMIT 5 10 DESC ALPHA"},
	{"SortGet", func(e *encoder) { putSortGet(e, "k", []string{"n_*"}, []SortOption{Asc}) }, "SORT k GET n_* ASC"},
	{"SortGroups", func(e *encoder) { putSortGroups(e, "k", []string{"n_*", "#"}, nil) }, "SORT k GET n_* GET #"},
	{"SortStore", func(e *encoder) { putSortStore(e, "d", "k", []SortStoreOption{GetPatterns("n_*", "#"), Limit(0, 1)}) }, "SORT k LIMIT 0 1 GET n_* GET # STORE d"},
	{"SortRO", func(e *encoder) { putSortRO(e, "k", []SortOption{Alpha}) }, "SORT_RO k ALPHA"},
	{"SortROGet", func(e *encoder) { putSortROGet(e, "k", []string{"n_*"}, nil) }, "SORT_RO k GET n_*"},
	{"SortROGroups", func(e *encoder) { putSortROGroups(e, "k", []string{"n_*", "#"}, nil) }, "SORT_RO k GET n_* GET #"},
	{"Migrate", func(e *encoder) { putMigrate(e, "h", 6379, wireKeys, 1, time.Second, nil) }, `MIGRATE h 6379 "" 1 1000 KEYS a b`},
	{"Migrate", func(e *encoder) {
		putMigrate(e, "h", 6379, wireKeys, 1, time.Second, []MigrateOption{MigrateAuth("u", "p"), Replace, MigrateCopy})
	}, `MIGRATE h 6379 "" 1 1000 COPY REPLACE AUTH2 u p KEYS a b`},
	{"Migrate", func(e *encoder) {
		putMigrate(e, "h", 6379, wireKeys, 1, time.Second, []MigrateOption{MigrateAuth("", "p")})
	}, `MIGRATE h 6379 "" 1 1000 AUTH p KEYS a b`},
	{"Wait", func(e *encoder) { putWait(e, 2, 1500*time.Millisecond) }, "WAIT 2 1500"},
	{"WaitAOF", func(e *encoder) { putWaitAOF(e, 1, 2, 0) }, "WAITAOF 1 2 0"},
	{"HSet", func(e *encoder) { putHSet(e, "h", []any{"f", 1, "g", 2.5}) }, "HSET h f 1 g 2.5"},
	{"HMSet", func(e *encoder) { putHMSet(e, "h", []any{"f", 1}) }, "HMSET h f 1"},
	{"HSetNX", func(e *encoder) { putHSetNX(e, "h", "f", "v") }, "HSETNX h f v"},
	{"HGet", func(e *encoder) { putHGet(e, "h", "f") }, "HGET h f"},
	{"HGetBytes", func(e *encoder) { putHGetBytes(e, "h", "f") }, "HGET h f"},
	{"HMGet", func(e *encoder) { putHMGet(e, "h", wireKeys) }, "HMGET h a b"},
	{"HGetAll", func(e *encoder) { putHGetAll(e, "h") }, "HGETALL h"},
	{"HKeys", func(e *encoder) { putHKeys(e, "h") }, "HKEYS h"},
	{"HVals", func(e *encoder) { putHVals(e, "h") }, "HVALS h"},
	{"HLen", func(e *encoder) { putHLen(e, "h") }, "HLEN h"},
	{"HExists", func(e *encoder) { putHExists(e, "h", "f") }, "HEXISTS h f"},
	{"HDel", func(e *encoder) { putHDel(e, "h", wireKeys) }, "HDEL h a b"},
	{"HIncrBy", func(e *encoder) { putHIncrBy(e, "h", "f", -3) }, "HINCRBY h f -3"},
	{"HIncrByFloat", func(e *encoder) { putHIncrByFloat(e, "h", "f", 1.5) }, "HINCRBYFLOAT h f 1.5"},
	{"HStrLen", func(e *encoder) { putHStrLen(e, "h", "f") }, "HSTRLEN h f"},
	{"HRandField", func(e *encoder) { putHRandField(e, "h") }, "HRANDFIELD h"},
	{"HRandFieldN", func(e *encoder) { putHRandFieldN(e, "h", -2) }, "HRANDFIELD h -2"},
	{"HRandFieldWithValues", func(e *encoder) { putHRandFieldWithValues(e, "h", 2) }, "HRANDFIELD h 2 WITHVALUES"},
	{"HScan", func(e *encoder) { putHScan(e, "h", 0, []MemberScanOption{Count(5), Match("a*")}) }, "HSCAN h 0 MATCH a* COUNT 5"},
	{"HScanNoValues", func(e *encoder) { putHScanNoValues(e, "h", 0, []MemberScanOption{Count(5)}) }, "HSCAN h 0 COUNT 5 NOVALUES"},
	{"HExpire", func(e *encoder) { putHExpire(e, "h", time.Minute, wireKeys, nil) }, "HEXPIRE h 60 FIELDS 2 a b"},
	{"HExpire", func(e *encoder) { putHExpire(e, "h", time.Minute, wireKeys, []HExpireOption{NX}) }, "HEXPIRE h 60 NX FIELDS 2 a b"},
	{"HPExpire", func(e *encoder) { putHPExpire(e, "h", time.Minute, wireKeys, []HExpireOption{XX}) }, "HPEXPIRE h 60000 XX FIELDS 2 a b"},
	{"HExpireAt", func(e *encoder) { putHExpireAt(e, "h", wireTime.Truncate(time.Second), wireKeys, []HExpireOption{GT}) }, "HEXPIREAT h 1700000000 GT FIELDS 2 a b"},
	{"HPExpireAt", func(e *encoder) { putHPExpireAt(e, "h", wireTime, wireKeys, []HExpireOption{LT}) }, "HPEXPIREAT h 1700000000123 LT FIELDS 2 a b"},
	{"HExpireTime", func(e *encoder) { putHExpireTime(e, "h", wireKeys) }, "HEXPIRETIME h FIELDS 2 a b"},
	{"HPExpireTime", func(e *encoder) { putHPExpireTime(e, "h", wireKeys) }, "HPEXPIRETIME h FIELDS 2 a b"},
	{"HTTL", func(e *encoder) { putHTTL(e, "h", wireKeys) }, "HTTL h FIELDS 2 a b"},
	{"HPTTL", func(e *encoder) { putHPTTL(e, "h", wireKeys) }, "HPTTL h FIELDS 2 a b"},
	{"HPersist", func(e *encoder) { putHPersist(e, "h", wireKeys) }, "HPERSIST h FIELDS 2 a b"},
	{"PFAdd", func(e *encoder) { putPFAdd(e, "k", nil) }, "PFADD k"},
	{"PFAdd", func(e *encoder) { putPFAdd(e, "k", []any{"a", 1}) }, "PFADD k a 1"},
	{"PFCount", func(e *encoder) { putPFCount(e, wireKeys) }, "PFCOUNT a b"},
	{"PFMerge", func(e *encoder) { putPFMerge(e, "d", nil) }, "PFMERGE d"},
	{"PFMerge", func(e *encoder) { putPFMerge(e, "d", wireKeys) }, "PFMERGE d a b"},
	{"LPush", func(e *encoder) { putLPush(e, "k", []any{"a", 1}) }, "LPUSH k a 1"},
	{"RPush", func(e *encoder) { putRPush(e, "k", []any{"a", 1}) }, "RPUSH k a 1"},
	{"LPushX", func(e *encoder) { putLPushX(e, "k", []any{"a", 1}) }, "LPUSHX k a 1"},
	{"RPushX", func(e *encoder) { putRPushX(e, "k", []any{"a", 1}) }, "RPUSHX k a 1"},
	{"LPop", func(e *encoder) { putLPop(e, "k") }, "LPOP k"},
	{"LPopN", func(e *encoder) { putLPopN(e, "k", 2) }, "LPOP k 2"},
	{"RPop", func(e *encoder) { putRPop(e, "k") }, "RPOP k"},
	{"RPopN", func(e *encoder) { putRPopN(e, "k", 2) }, "RPOP k 2"},
	{"BLPop", func(e *encoder) { putBLPop(e, 1500*time.Millisecond, wireKeys) }, "BLPOP a b 1.5"},
	{"BRPop", func(e *encoder) { putBRPop(e, 0, wireKeys) }, "BRPOP a b 0"},
	{"LMPop", func(e *encoder) { putLMPop(e, wireKeys, Right, []PopOption{Count(3)}) }, "LMPOP 2 a b RIGHT COUNT 3"},
	{"BLMPop", func(e *encoder) { putBLMPop(e, time.Second, wireKeys, Left, nil) }, "BLMPOP 1 2 a b LEFT"},
	{"LMove", func(e *encoder) { putLMove(e, "a", "b", Left, Right) }, "LMOVE a b LEFT RIGHT"},
	{"BLMove", func(e *encoder) { putBLMove(e, "a", "b", Right, Left, time.Microsecond) }, "BLMOVE a b RIGHT LEFT 0.001"},
	{"RPopLPush", func(e *encoder) { putRPopLPush(e, "a", "b") }, "RPOPLPUSH a b"},
	{"BRPopLPush", func(e *encoder) { putBRPopLPush(e, "a", "b", 10*time.Millisecond) }, "BRPOPLPUSH a b 0.01"},
	{"LRange", func(e *encoder) { putLRange(e, "k", 0, -1) }, "LRANGE k 0 -1"},
	{"LRangeBytes", func(e *encoder) { putLRangeBytes(e, "k", 0, -1) }, "LRANGE k 0 -1"},
	{"LIndex", func(e *encoder) { putLIndex(e, "k", -1) }, "LINDEX k -1"},
	{"LInsert", func(e *encoder) { putLInsert(e, "k", Before, "p", "v") }, "LINSERT k BEFORE p v"},
	{"LInsert", func(e *encoder) { putLInsert(e, "k", After, "p", "v") }, "LINSERT k AFTER p v"},
	{"LLen", func(e *encoder) { putLLen(e, "k") }, "LLEN k"},
	{"LRem", func(e *encoder) { putLRem(e, "k", -2, "v") }, "LREM k -2 v"},
	{"LSet", func(e *encoder) { putLSet(e, "k", 3, "v") }, "LSET k 3 v"},
	{"LTrim", func(e *encoder) { putLTrim(e, "k", 1, -1) }, "LTRIM k 1 -1"},
	{"LPos", func(e *encoder) { putLPos(e, "k", "v", []LPosOption{MaxLen(9), Rank(-1)}) }, "LPOS k v RANK -1 MAXLEN 9"},
	{"LPosN", func(e *encoder) { putLPosN(e, "k", "v", 0, []LPosOption{Rank(2)}) }, "LPOS k v COUNT 0 RANK 2"},
	{"DBSize", func(e *encoder) { putDBSize(e) }, "DBSIZE"},
	{"FlushDB", func(e *encoder) { putFlushDB(e, nil) }, "FLUSHDB"},
	{"FlushDB", func(e *encoder) { putFlushDB(e, []FlushOption{Async}) }, "FLUSHDB ASYNC"},
	{"FlushAll", func(e *encoder) { putFlushAll(e, []FlushOption{Sync}) }, "FLUSHALL SYNC"},
	{"Time", func(e *encoder) { putTime(e) }, "TIME"},
	{"SAdd", func(e *encoder) { putSAdd(e, "k", []any{"a", 1}) }, "SADD k a 1"},
	{"SRem", func(e *encoder) { putSRem(e, "k", []any{"a", 1}) }, "SREM k a 1"},
	{"SCard", func(e *encoder) { putSCard(e, "k") }, "SCARD k"},
	{"SIsMember", func(e *encoder) { putSIsMember(e, "k", "a") }, "SISMEMBER k a"},
	{"SMIsMember", func(e *encoder) { putSMIsMember(e, "k", []any{"a", 1}) }, "SMISMEMBER k a 1"},
	{"SMembers", func(e *encoder) { putSMembers(e, "k") }, "SMEMBERS k"},
	{"SMove", func(e *encoder) { putSMove(e, "a", "b", "m") }, "SMOVE a b m"},
	{"SPop", func(e *encoder) { putSPop(e, "k") }, "SPOP k"},
	{"SPopN", func(e *encoder) { putSPopN(e, "k", 2) }, "SPOP k 2"},
	{"SRandMember", func(e *encoder) { putSRandMember(e, "k") }, "SRANDMEMBER k"},
	{"SRandMemberN", func(e *encoder) { putSRandMemberN(e, "k", -2) }, "SRANDMEMBER k -2"},
	{"SDiff", func(e *encoder) { putSDiff(e, wireKeys) }, "SDIFF a b"},
	{"SInter", func(e *encoder) { putSInter(e, wireKeys) }, "SINTER a b"},
	{"SUnion", func(e *encoder) { putSUnion(e, wireKeys) }, "SUNION a b"},
	{"SDiffStore", func(e *encoder) { putSDiffStore(e, "d", wireKeys) }, "SDIFFSTORE d a b"},
	{"SInterStore", func(e *encoder) { putSInterStore(e, "d", wireKeys) }, "SINTERSTORE d a b"},
	{"SUnionStore", func(e *encoder) { putSUnionStore(e, "d", wireKeys) }, "SUNIONSTORE d a b"},
	{"SInterCard", func(e *encoder) { putSInterCard(e, wireKeys, nil) }, "SINTERCARD 2 a b"},
	{"SInterCard", func(e *encoder) { putSInterCard(e, wireKeys, []CardOption{CardLimit(5)}) }, "SINTERCARD 2 a b LIMIT 5"},
	{"SScan", func(e *encoder) { putSScan(e, "k", 3, []MemberScanOption{Match("a*")}) }, "SSCAN k 3 MATCH a*"},
	{"Get", func(e *encoder) { putGet(e, "k") }, "GET k"},
	{"GetBytes", func(e *encoder) { putGetBytes(e, "k") }, "GET k"},
	{"Set", func(e *encoder) { putSet(e, "k", "v", nil) }, "SET k v"},
	{"Set", func(e *encoder) { putSet(e, "k", 1.5, []SetOption{KeepTTL, XX}) }, "SET k 1.5 XX KEEPTTL"},
	{"Set", func(e *encoder) { putSet(e, "k", "v", []SetOption{EX(time.Minute), NX}) }, "SET k v NX EX 60"},
	{"Set", func(e *encoder) { putSet(e, "k", "v", []SetOption{PX(1500 * time.Millisecond)}) }, "SET k v PX 1500"},
	{"Set", func(e *encoder) { putSet(e, "k", "v", []SetOption{EXAT(wireTime.Truncate(time.Second))}) }, "SET k v EXAT 1700000000"},
	{"Set", func(e *encoder) { putSet(e, "k", "v", []SetOption{PXAT(wireTime)}) }, "SET k v PXAT 1700000000123"},
	{"SetGet", func(e *encoder) { putSetGet(e, "k", "v", []SetOption{NX}) }, "SET k v GET NX"},
	{"SetNX", func(e *encoder) { putSetNX(e, "k", "v") }, "SETNX k v"},
	{"SetEx", func(e *encoder) { putSetEx(e, "k", time.Minute, "v") }, "SETEX k 60 v"},
	{"PSetEx", func(e *encoder) { putPSetEx(e, "k", 1500*time.Millisecond, "v") }, "PSETEX k 1500 v"},
	{"GetSet", func(e *encoder) { putGetSet(e, "k", "v") }, "GETSET k v"},
	{"GetDel", func(e *encoder) { putGetDel(e, "k") }, "GETDEL k"},
	{"GetEx", func(e *encoder) { putGetEx(e, "k", nil) }, "GETEX k"},
	{"GetEx", func(e *encoder) { putGetEx(e, "k", []GetExOption{Persist}) }, "GETEX k PERSIST"},
	{"GetEx", func(e *encoder) { putGetEx(e, "k", []GetExOption{PXAT(wireTime)}) }, "GETEX k PXAT 1700000000123"},
	{"MGet", func(e *encoder) { putMGet(e, wireKeys) }, "MGET a b"},
	{"MGetBytes", func(e *encoder) { putMGetBytes(e, wireKeys) }, "MGET a b"},
	{"MSet", func(e *encoder) { putMSet(e, []any{"a", 1, "b", "2"}) }, "MSET a 1 b 2"},
	{"MSetNX", func(e *encoder) { putMSetNX(e, []any{"a", 1}) }, "MSETNX a 1"},
	{"Append", func(e *encoder) { putAppend(e, "k", "v") }, "APPEND k v"},
	{"StrLen", func(e *encoder) { putStrLen(e, "k") }, "STRLEN k"},
	{"GetRange", func(e *encoder) { putGetRange(e, "k", 0, -1) }, "GETRANGE k 0 -1"},
	{"GetRangeBytes", func(e *encoder) { putGetRangeBytes(e, "k", 0, -1) }, "GETRANGE k 0 -1"},
	{"SubStr", func(e *encoder) { putSubStr(e, "k", 0, -1) }, "SUBSTR k 0 -1"},
	{"SetRange", func(e *encoder) { putSetRange(e, "k", 5, "v") }, "SETRANGE k 5 v"},
	{"Incr", func(e *encoder) { putIncr(e, "k") }, "INCR k"},
	{"IncrBy", func(e *encoder) { putIncrBy(e, "k", -5) }, "INCRBY k -5"},
	{"IncrByFloat", func(e *encoder) { putIncrByFloat(e, "k", 1e16) }, "INCRBYFLOAT k 1e+16"},
	{"Decr", func(e *encoder) { putDecr(e, "k") }, "DECR k"},
	{"DecrBy", func(e *encoder) { putDecrBy(e, "k", 5) }, "DECRBY k 5"},
	{"LCS", func(e *encoder) { putLCS(e, "a", "b") }, "LCS a b"},
	{"LCSLen", func(e *encoder) { putLCSLen(e, "a", "b") }, "LCS a b LEN"},
	{"LCSIdx", func(e *encoder) { putLCSIdx(e, "a", "b", []LCSOption{MinMatchLen(4)}) }, "LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN"},
	{"ZAdd", func(e *encoder) { putZAdd(e, "k", wireMembers, nil) }, "ZADD k 1.0 m 2.5 n"},
	{"ZAdd", func(e *encoder) { putZAdd(e, "k", wireMembers, []ZAddOption{CH, GT, XX}) }, "ZADD k XX GT CH 1.0 m 2.5 n"},
	{"ZAddIncr", func(e *encoder) { putZAddIncr(e, "k", "m", 1.5, []ZAddOption{NX}) }, "ZADD k NX INCR 1.5 m"},
	{"ZIncrBy", func(e *encoder) { putZIncrBy(e, "k", 2, "m") }, "ZINCRBY k 2.0 m"},
	{"ZCard", func(e *encoder) { putZCard(e, "k") }, "ZCARD k"},
	{"ZCount", func(e *encoder) { putZCount(e, "k", "(1", 2.5) }, "ZCOUNT k (1 2.5"},
	{"ZLexCount", func(e *encoder) { putZLexCount(e, "k", "[a", "+") }, "ZLEXCOUNT k [a +"},
	{"ZScore", func(e *encoder) { putZScore(e, "k", "m") }, "ZSCORE k m"},
	{"ZMScore", func(e *encoder) { putZMScore(e, "k", wireKeys) }, "ZMSCORE k a b"},
	{"ZRank", func(e *encoder) { putZRank(e, "k", "m") }, "ZRANK k m"},
	{"ZRankWithScore", func(e *encoder) { putZRankWithScore(e, "k", "m") }, "ZRANK k m WITHSCORE"},
	{"ZRevRank", func(e *encoder) { putZRevRank(e, "k", "m") }, "ZREVRANK k m"},
	{"ZRevRankWithScore", func(e *encoder) { putZRevRankWithScore(e, "k", "m") }, "ZREVRANK k m WITHSCORE"},
	{"ZRem", func(e *encoder) { putZRem(e, "k", wireKeys) }, "ZREM k a b"},
	{"ZRange", func(e *encoder) { putZRange(e, "k", 0, -1, nil) }, "ZRANGE k 0 -1"},
	{"ZRange", func(e *encoder) { putZRange(e, "k", "(1", "+inf", []ZRangeOption{Limit(1, 2), Rev, ByScore}) }, "ZRANGE k (1 +inf BYSCORE REV LIMIT 1 2"},
	{"ZRangeWithScores", func(e *encoder) {
		putZRangeWithScores(e, "k", 5, "(1", []ZRangeScoresOption{Limit(0, 2), Rev, ByScore})
	}, "ZRANGE k 5 (1 BYSCORE REV LIMIT 0 2 WITHSCORES"},
	{"ZRangeStore", func(e *encoder) { putZRangeStore(e, "d", "k", 0, 5, []ZRangeOption{Rev}) }, "ZRANGESTORE d k 0 5 REV"},
	{"ZRevRange", func(e *encoder) { putZRevRange(e, "k", 0, 5) }, "ZREVRANGE k 0 5"},
	{"ZRevRangeWithScores", func(e *encoder) { putZRevRangeWithScores(e, "k", 0, 5) }, "ZREVRANGE k 0 5 WITHSCORES"},
	{"ZRangeByScore", func(e *encoder) { putZRangeByScore(e, "k", "-inf", 5, []LimitOption{Limit(0, 9)}) }, "ZRANGEBYSCORE k -inf 5 LIMIT 0 9"},
	{"ZRangeByScoreWithScores", func(e *encoder) { putZRangeByScoreWithScores(e, "k", 1, 5, []LimitOption{Limit(0, 9)}) }, "ZRANGEBYSCORE k 1 5 WITHSCORES LIMIT 0 9"},
	{"ZRevRangeByScore", func(e *encoder) { putZRevRangeByScore(e, "k", 5, 1, nil) }, "ZREVRANGEBYSCORE k 5 1"},
	{"ZRevRangeByScoreWithScores", func(e *encoder) { putZRevRangeByScoreWithScores(e, "k", 5, 1, nil) }, "ZREVRANGEBYSCORE k 5 1 WITHSCORES"},
	{"ZRangeByLex", func(e *encoder) { putZRangeByLex(e, "k", "-", "(b", []LimitOption{Limit(0, 9)}) }, "ZRANGEBYLEX k - (b LIMIT 0 9"},
	{"ZRevRangeByLex", func(e *encoder) { putZRevRangeByLex(e, "k", "+", "-", nil) }, "ZREVRANGEBYLEX k + -"},
	{"ZRemRangeByLex", func(e *encoder) { putZRemRangeByLex(e, "k", "-", "+") }, "ZREMRANGEBYLEX k - +"},
	{"ZRemRangeByRank", func(e *encoder) { putZRemRangeByRank(e, "k", 0, -2) }, "ZREMRANGEBYRANK k 0 -2"},
	{"ZRemRangeByScore", func(e *encoder) { putZRemRangeByScore(e, "k", 1, "(2") }, "ZREMRANGEBYSCORE k 1 (2"},
	{"ZPopMin", func(e *encoder) { putZPopMin(e, "k") }, "ZPOPMIN k"},
	{"ZPopMinN", func(e *encoder) { putZPopMinN(e, "k", 2) }, "ZPOPMIN k 2"},
	{"ZPopMax", func(e *encoder) { putZPopMax(e, "k") }, "ZPOPMAX k"},
	{"ZPopMaxN", func(e *encoder) { putZPopMaxN(e, "k", 2) }, "ZPOPMAX k 2"},
	{"BZPopMin", func(e *encoder) { putBZPopMin(e, time.Second, wireKeys) }, "BZPOPMIN a b 1"},
	{"BZPopMax", func(e *encoder) { putBZPopMax(e, time.Second, wireKeys) }, "BZPOPMAX a b 1"},
	{"ZMPop", func(e *encoder) { putZMPop(e, wireKeys, Min, []PopOption{Count(2)}) }, "ZMPOP 2 a b MIN COUNT 2"},
	{"BZMPop", func(e *encoder) { putBZMPop(e, time.Second, wireKeys, Max, nil) }, "BZMPOP 1 2 a b MAX"},
	{"ZRandMember", func(e *encoder) { putZRandMember(e, "k") }, "ZRANDMEMBER k"},
	{"ZRandMemberN", func(e *encoder) { putZRandMemberN(e, "k", 2) }, "ZRANDMEMBER k 2"},
	{"ZRandMemberWithScores", func(e *encoder) { putZRandMemberWithScores(e, "k", 2) }, "ZRANDMEMBER k 2 WITHSCORES"},
	{"ZDiff", func(e *encoder) { putZDiff(e, wireKeys) }, "ZDIFF 2 a b"},
	{"ZDiffWithScores", func(e *encoder) { putZDiffWithScores(e, wireKeys) }, "ZDIFF 2 a b WITHSCORES"},
	{"ZDiffStore", func(e *encoder) { putZDiffStore(e, "d", wireKeys) }, "ZDIFFSTORE d 2 a b"},
	{"ZInter", func(e *encoder) { putZInter(e, wireKeys, []ZCombineOption{AggregateMin, Weights(1, 2.5)}) }, "ZINTER 2 a b WEIGHTS 1.0 2.5 AGGREGATE MIN"},
	{"ZInterWithScores", func(e *encoder) { putZInterWithScores(e, wireKeys, []ZCombineOption{AggregateSum}) }, "ZINTER 2 a b AGGREGATE SUM WITHSCORES"},
	{"ZInterStore", func(e *encoder) { putZInterStore(e, "d", wireKeys, []ZCombineOption{AggregateMax}) }, "ZINTERSTORE d 2 a b AGGREGATE MAX"},
	{"ZInterCard", func(e *encoder) { putZInterCard(e, wireKeys, []CardOption{CardLimit(5)}) }, "ZINTERCARD 2 a b LIMIT 5"},
	{"ZUnion", func(e *encoder) { putZUnion(e, wireKeys, nil) }, "ZUNION 2 a b"},
	{"ZUnionWithScores", func(e *encoder) { putZUnionWithScores(e, wireKeys, []ZCombineOption{Weights(0, -1)}) }, "ZUNION 2 a b WEIGHTS 0.0 -1.0 WITHSCORES"},
	{"ZUnionStore", func(e *encoder) { putZUnionStore(e, "d", wireKeys, nil) }, "ZUNIONSTORE d 2 a b"},
	{"ZScan", func(e *encoder) { putZScan(e, "k", 0, []MemberScanOption{Count(7)}) }, "ZSCAN k 0 COUNT 7"},
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
			if !ok || !strings.HasPrefix(fn.Name.Name, "put") {
				continue
			}
			name := strings.TrimPrefix(fn.Name.Name, "put")
			if !slices.ContainsFunc(wireTests, func(c struct {
				method string
				put    func(e *encoder)
				words  string
			}) bool {
				return c.method == name
			}) {
				t.Errorf("%s has no row in wireTests", name)
			}
		}
	}
}
