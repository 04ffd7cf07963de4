package ring

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// methods are those of django-redisdb's ConstRedis, each with a call of ours that does the same. Words that
// begin with a colon become keys, all of them on one node. A call must succeed, or find nothing.
var methods = map[string][]any{
	"append": {"Append", ":s", "v"}, "bitcount": {"BitCount", ":s"},
	"bitop": {"BitOp", redpoll.BitNot, ":dst", ":s"}, "bitpos": {"BitPos", ":s", 1},
	"blpop": {"BLPop", 1e9, ":l", ":l2"}, "brpop": {"BRPop", 1e9, ":l", ":l2"},
	"brpoplpush": {"BRPopLPush", ":l", ":l3", 1e9}, "config_resetstat": {"ConfigResetStat"},
	"config_rewrite": {"ConfigRewrite"},
	"config_set":     {"ConfigSet", "slowlog-max-len", "100"}, "dbsize": {"DBSize"}, "decr": {"Decr", ":n"},
	"delete": {"Del", ":gone", ":gone2"}, "dump": {"Dump", ":s"}, "echo": {"Echo", "v"},
	"eval": {"Eval", "return 1", []string{":s"}}, "evalsha": {"EvalSha", sum, []string{":s"}},
	"execute_command": {"Do", "GET", ":s"}, "exists": {"Exists", ":s"}, "expire": {"Expire", ":s", 1e12},
	"flushall": {"FlushAll"}, "flushdb": {"FlushDB"}, "get": {"Get", ":s"}, "getbit": {"GetBit", ":s", 1},
	"getrange": {"GetRange", ":s", 0, 1}, "getset": {"GetSet", ":s", "v"}, "hdel": {"HDel", ":h", "gone"},
	"hexists": {"HExists", ":h", "f"}, "hget": {"HGet", ":h", "f"}, "hgetall": {"HGetAll", ":h"},
	"hincrby": {"HIncrBy", ":h", "n", 1}, "hincrbyfloat": {"HIncrByFloat", ":h", "n", 0.5},
	"hkeys": {"HKeys", ":h"}, "hlen": {"HLen", ":h"}, "hmget": {"HMGet", ":h", "f", "g"},
	"hmset": {"HSet", ":h", "f", 1, "g", 2}, "hscan": {"HScan", ":h", 0}, "hset": {"HSet", ":h", "f", 1},
	"hsetnx": {"HSetNX", ":h", "new", 1}, "hvals": {"HVals", ":h"}, "incr": {"Incr", ":n"},
	"incrby": {"IncrBy", ":n", 2}, "incrbyfloat": {"IncrByFloat", ":n", 1.5}, "keys": {"Keys", "*"},
	"lindex": {"LIndex", ":l", 0}, "linsert": {"LInsert", ":l", redpoll.Before, "a", "b"}, "llen": {"LLen", ":l"},
	"lpop": {"LPop", ":l"}, "lpush": {"LPush", ":l", "a"}, "lpushx": {"LPushX", ":l", "a"},
	"lrange": {"LRange", ":l", 0, -1}, "lrem": {"LRem", ":l", 1, "x"}, "lset": {"LSet", ":l", 0, "c"},
	"ltrim": {"LTrim", ":l", 0, 9}, "mget": {"MGet", ":s", ":t"}, "move": {"Move", ":gone", 1},
	"mset": {"MSet", ":s", 1, ":t", 2}, "msetnx": {"MSetNX", ":s", 1, ":t", 2},
	"object": {"ObjectEncoding", ":s"}, "persist": {"Persist", ":s"}, "pexpire": {"PExpire", ":s", 1e12},
	"pfadd": {"PFAdd", ":p", "a"}, "pfcount": {"PFCount", ":p"}, "pfmerge": {"PFMerge", ":p2", ":p"},
	"ping": {"Ping"}, "psetex": {"Set", ":s", "v", redpoll.PX(1e12)}, "pttl": {"PTTL", ":s"},
	"publish": {"Publish", "channel", "v"}, "randomkey": {"RandomKey"}, "rename": {"Rename", ":r", ":r2"},
	"renamenx": {"RenameNX", ":r", ":r2"}, "rpop": {"RPop", ":l"}, "rpoplpush": {"RPopLPush", ":l", ":l2"},
	"rpush": {"RPush", ":l", "a"}, "rpushx": {"RPushX", ":l", "a"}, "sadd": {"SAdd", ":set", "a"},
	"scard": {"SCard", ":set"}, "script_exists": {"ScriptExists", sum}, "script_flush": {"ScriptFlush"},
	"script_load": {"ScriptLoad", "return 1"}, "sdiff": {"SDiff", ":set", ":set2"},
	"sdiffstore": {"SDiffStore", ":set3", ":set", ":set2"}, "set": {"Set", ":s", "v"},
	"setbit": {"SetBit", ":s", 1, 1}, "setex": {"Set", ":s", "v", redpoll.EX(1e12)}, "setnx": {"SetNX", ":s", "v"},
	"setrange": {"SetRange", ":s", 1, "x"}, "sinter": {"SInter", ":set", ":set2"},
	"sinterstore": {"SInterStore", ":set3", ":set", ":set2"}, "sismember": {"SIsMember", ":set", "a"},
	"slowlog_len": {"SlowLogLen"}, "slowlog_reset": {"SlowLogReset"}, "smembers": {"SMembers", ":set"},
	"smove": {"SMove", ":set", ":set2", "a"}, "sort": {"Sort", ":nums"}, "spop": {"SPop", ":set"},
	"srandmember": {"SRandMember", ":set"}, "srem": {"SRem", ":set", "a"}, "sscan": {"SScan", ":set", 0},
	"strlen": {"StrLen", ":s"}, "substr": {"GetRange", ":s", 0, -1}, "sunion": {"SUnion", ":set", ":set2"},
	"sunionstore": {"SUnionStore", ":set3", ":set", ":set2"}, "time": {"Time"}, "ttl": {"TTL", ":s"},
	"type": {"Type", ":s"}, "zadd": {"ZAdd", ":z", []redpoll.Z{{Member: "m", Score: 1}}}, "zcard": {"ZCard", ":z"},
	"zcount": {"ZCount", ":z", "-inf", "+inf"}, "zincrby": {"ZIncrBy", ":z", 1, "m"},
	"zinterstore": {"ZInterStore", ":z2", []string{":z"}}, "zlexcount": {"ZLexCount", ":z", "-", "+"},
	"zrange": {"ZRange", ":z", 0, -1}, "zrangebylex": {"ZRangeByLex", ":z", "-", "+"},
	"zrangebyscore": {"ZRangeByScore", ":z", "-inf", "+inf"}, "zrank": {"ZRank", ":z", "m"},
	"zrem": {"ZRem", ":z", "m"}, "zremrangebylex": {"ZRemRangeByLex", ":z2", "-", "+"},
	"zremrangebyrank":  {"ZRemRangeByRank", ":z2", 0, -1},
	"zremrangebyscore": {"ZRemRangeByScore", ":z2", "-inf", "+inf"}, "zrevrange": {"ZRevRange", ":z", 0, -1},
	"zrevrangebyscore": {"ZRevRangeByScore", ":z", "+inf", "-inf"}, "zrevrank": {"ZRevRank", ":z", "m"},
	"zscan": {"ZScan", ":z", 0}, "zscore": {"ZScore", ":z", "m"},
	"zunionstore": {"ZUnionStore", ":z2", []string{":z"}},
}

// sum is the digest of return 1.
const sum = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"

// aboutOne are the methods that say something about one server, which a ring has to be told.
var aboutOne = map[string][]any{
	"bgrewriteaof": {"BgRewriteAOF"}, "bgsave": {"BgSave"}, "client_getname": {"ClientGetName"},
	"client_kill": {"ClientKill", "127.0.0.1:1"}, "client_list": {"ClientList"}, "config_get": {"ConfigGet", "*"},
	"info": {"Info"}, "lastsave": {"LastSave"}, "save": {"Save"}, "scan": {"Scan", 0}, "shutdown": {"Shutdown"},
	"slaveof": {"ReplicaOf", "127.0.0.1", 1}, "slowlog_get": {"SlowLogGet", 1},
	"sentinel_get_master_addr_by_name": {"SentinelGetMasterAddrByName", "m"},
	"sentinel_master":                  {"SentinelMaster", "m"}, "sentinel_masters": {"SentinelMasters"},
	"sentinel_monitor": {"SentinelMonitor", "m", "h", 1, 1}, "sentinel_remove": {"SentinelRemove", "m"},
	"sentinel_sentinels": {"SentinelSentinels", "m"}, "sentinel_set": {"SentinelSet", "m", "o", "v"},
	"sentinel_slaves": {"SentinelReplicas", "m"},
}

// otherwise are the methods that are something else than one call, and the tests that have them.
var otherwise = map[string]string{
	"client_setname": "Options.ClientName, TestOptionsAreThoseOfEachNode", "debug_object": "Do, below",
	"expireat": "ExpireAt, below", "pexpireat": "PExpireAt, below", "restore": "Restore, below",
	"from_url": "Open, TestUnnamedNodesAreThoseOfPython", "hscan_iter": "HScanIter, below",
	"scan_iter": "ScanIter, TestRing", "sscan_iter": "SScanIter, below", "zscan_iter": "ZScanIter, below",
	"lock": "Lock, TestRing", "parse_response": "nothing: replies have types", "pipeline": "Pipeline, TestPipelines",
	"pubsub": "PubSub of a node, TestRing", "register_script": "RegisterScript, TestRing",
	"script_kill": "ScriptKill, below", "sentinel": "nothing: it only warns",
	"set_response_callback": "SetResponseCallback, below", "transaction": "Transaction, TestRing",
	"unwatch": "Conn.Unwatch, below", "watch": "Conn.Watch, below",
}

// Every method of the page of ConstRedis has a counterpart that works on a ring, or says what to use.
//
// Covers: F428
func TestMethodsOfConstRedis(t *testing.T) {
	t.Parallel()
	if n := len(methods) + len(aboutOne) + len(otherwise); n != 168 {
		t.Errorf("%d methods, want 168", n)
	}
	all := redpolltest.StartIndependents(t, 3, redpolltest.ServerOptions{})
	ctx, rdb := connect(t, named(all))
	fill := func() {
		t.Helper()
		_, err := rdb.RPush(ctx, "{m}:l", "a", "b", "c", "d")
		no(t, "RPUSH", err)
		_, err = rdb.RPush(ctx, "{m}:nums", 3, 1, 2)
		no(t, "RPUSH", err)
		_, err = rdb.SAdd(ctx, "{m}:set", "a", "b")
		no(t, "SADD", err)
		_, err = rdb.ZAdd(ctx, "{m}:z", []redpoll.Z{{Member: "m", Score: 1}})
		no(t, "ZADD", err)
		_, err = rdb.HSet(ctx, "{m}:h", "f", 1)
		no(t, "HSET", err)
		_, err = rdb.PFAdd(ctx, "{m}:p", "a")
		no(t, "PFADD", err)
		_, err = rdb.ScriptLoad(ctx, "return 1")
		no(t, "SCRIPT LOAD", err)
		no(t, "MSET", rdb.MSet(ctx, "{m}:s", "v", "{m}:t", "v", "{m}:r", "v", "{m}:n", 1))
	}
	call := func(words []any) error {
		t.Helper()
		args := slices.Clone(words[1:])
		for i, a := range args {
			switch a := a.(type) {
			case string:
				if strings.HasPrefix(a, ":") {
					args[i] = "{m}" + a
				}
			case []string:
				args[i] = []string{"{m}" + a[0]}
			}
		}
		_, err := clients.CallMethod(t, rdb, words[0].(string), args)
		return err
	}
	for name, words := range methods {
		no(t, "FLUSHALL", rdb.FlushAll(ctx))
		fill()
		if err := call(words); err != nil && !errors.Is(err, redpoll.Nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, words := range aboutOne {
		alone(t, name, call(words))
	}
	fill()
	others(t, rdb)
}

// others makes the calls that are more than one method.
func others(t *testing.T, rdb *redpoll.Client) {
	t.Helper()
	ctx := t.Context()
	_, err := rdb.Do(ctx, "DEBUG", "OBJECT", "{m}:s")
	alone(t, "DEBUG OBJECT", err)
	later := time.Now().Add(time.Hour).Truncate(time.Second)
	ok, err := rdb.ExpireAt(ctx, "{m}:s", later)
	same(t, "EXPIREAT", ok, err, true)
	ok, err = rdb.PExpireAt(ctx, "{m}:s", later)
	same(t, "PEXPIREAT", ok, err, true)
	dump, err := rdb.Dump(ctx, "{m}:t")
	no(t, "DUMP", errors.Join(err, rdb.Restore(ctx, "elsewhere", 0, dump)))
	fields, members, scores := 0, 0, 0
	for _, err := range rdb.HScanIter(ctx, "{m}:h") {
		no(t, "HScanIter", err)
		fields++
	}
	for _, err := range rdb.SScanIter(ctx, "{m}:set") {
		no(t, "SScanIter", err)
		members++
	}
	for _, err := range rdb.ZScanIter(ctx, "{m}:z") {
		no(t, "ZScanIter", err)
		scores++
	}
	same(t, "elements of the iterators", []int{fields, members, scores}, nil, []int{1, 2, 1})
	if err := rdb.ScriptKill(ctx); !errors.As(err, new(*redpoll.NodesError)) ||
		!strings.Contains(err.Error(), "NOTBUSY") {
		t.Errorf("SCRIPT KILL: %v", err)
	}
	rdb.SetResponseCallback("STRLEN", func(redpoll.Value, redpoll.CallbackOptions) (any, error) {
		return "mine", nil
	})
	v, err := rdb.Do(ctx, "STRLEN", "{m}:s")
	same(t, "a callback", v.Any(), err, "mine")
	one, err := rdb.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	no(t, "WATCH", one.Watch(ctx, "{m}:s"))
	no(t, "UNWATCH", one.Unwatch(ctx))
	no(t, "close", one.Close())
}
